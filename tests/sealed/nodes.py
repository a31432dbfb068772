"""Nodes of the spec agreement with age identities that know one another."""

from __future__ import annotations

from pathlib import Path

from tests.functional.test_nodes import node, still
from trucekeeper import workspace
from trucekeeper.sealing import Parcel, Sealing
from trucekeeper.workspace import Node

PERSONS = [
    ["name", "born", "held at"],
    ["Orlena Quistov", "2001", "north yard"],
    ["Bram Telleske", "1988", "north yard"],
    ["Ismene Vaud", "1979", "south yard"],
]


def sealing_nodes(folder: Path, *participants: str) -> dict[str, Node]:
    """New nodes that can seal to each other and open what is sealed to them."""
    nodes = {name: node(folder / name, name) for name in participants}
    for name, held in nodes.items():
        held.sync(*(folder / other for other in participants if other != name))
    return nodes


def reopened(held: Node) -> Node:
    return still(workspace.open(held.folder.path))


def seal_persons(held: Node, *recipients: str, circle: str = "guarantors") -> str:
    """Seal the list of persons; its reference."""
    parcel = Parcel(held.participants[0], circle, recipients)
    return Sealing(held).seal(PERSONS, parcel, what="persons", form="list")
