"""Nodes on disk from the worlds of the field's notation."""

from __future__ import annotations

from pathlib import Path

from tests.render.worlds import RICH, add_tallies
from tests.world import ATTACHMENTS, World, agreement_text
from trucekeeper import workspace
from trucekeeper.keys.custody import public_seed
from trucekeeper.workspace import Node


def rich_world() -> World:
    """The world in which almost everything happens."""
    world = World(RICH)
    add_tallies(world)
    return world


def node_of(world: World, folder: Path, *changes: tuple[str, str]) -> Node:
    """A node of an exercise, with the keys of all and everything that the world's logs hold."""
    source = folder.parent / f"{folder.name}-agreement"
    source.mkdir(parents=True)
    (source / "agreement.toml").write_bytes(agreement_text(*changes))
    for name, data in ATTACHMENTS.items():
        (source / name).write_bytes(data)
    participants = list(world.agreement.participants)
    node = workspace.new(
        folder,
        source / "agreement.toml",
        participants,
        seeds=lambda name: public_seed("test", name),
    )
    for log, entries in world.entries.items():
        node.append(log, entries)
    return workspace.open(folder)
