"""Nodes of the spec agreement with age identities that know one another."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.functional.test_nodes import node, still
from trucekeeper import workspace
from trucekeeper.keys.age import identity_from_seed
from trucekeeper.sealing import Parcel, Sealing
from trucekeeper.storage.sealing_keys import write_identity, write_recipients
from trucekeeper.workspace import Node

PARTICIPANTS = ("a", "b", "c", "d", "e", "un")
PERSONS = [
    ["name", "born", "held at"],
    ["Orlena Quistov", "2001", "north yard"],
    ["Bram Telleske", "1988", "north yard"],
    ["Ismene Vaud", "1979", "south yard"],
]


def identity(participant: str) -> str:
    """The age recipient of a participant of the tests."""
    return identity_from_seed(_seed(participant)).recipient


def _seed(participant: str) -> bytes:
    return hashlib.sha256(f"test {participant}".encode()).digest()


def sealing_node(folder: Path, participant: str) -> Node:
    """A new node that can seal to all and open what is sealed to it."""
    made = node(folder / participant, participant)
    write_identity(made.folder.path, identity_from_seed(_seed(participant)))
    write_recipients(made.folder.path, {p: (identity(p),) for p in PARTICIPANTS})
    return made


def sealing_nodes(folder: Path, *participants: str) -> dict[str, Node]:
    return {name: sealing_node(folder, name) for name in participants}


def reopened(held: Node) -> Node:
    return still(workspace.open(held.folder.path))


def seal_persons(held: Node, *recipients: str, circle: str = "guarantors") -> str:
    """Seal the list of persons; its reference."""
    parcel = Parcel(held.participants[0], circle, recipients)
    return Sealing(held).seal(PERSONS, parcel, what="persons", form="list")
