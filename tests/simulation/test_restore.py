"""A backup that is put back while the network is whole never leads to a second history."""

from __future__ import annotations

from tests.simulation.test_crash import says
from trucekeeper.errors import Code
from trucekeeper.simulation.checks import Watcher
from trucekeeper.simulation.faults import Faults
from trucekeeper.simulation.world import World


def put_back_after(*, mirrored: bool) -> tuple[World, Watcher]:
    """A world whose node a is back at a backup, after another mirrored, or only witnessed, what it
    stated since."""
    world = World(6, size=3, faults=Faults())
    watcher = Watcher(world)
    a, b = world.stations["a"], world.stations["b"]
    for _ in range(4):
        says(a)
    b.fetch("a")
    a.backup = a.disk.image()
    for _ in range(4):
        says(a)
    if mirrored:
        b.fetch("a")
    else:
        a.tell("b")
    watcher.after_step()
    a.put_back()
    a.start()
    return world, watcher


def test_what_another_mirrored_is_brought_back_before_anything_is_signed() -> None:
    world, watcher = put_back_after(mirrored=True)
    a = world.stations["a"]
    before = a.disk.image()
    a.do(a.speak)
    assert Code.RESTORED_BACKUP in {code for code, _ in a.met}
    assert a.disk.image() == before
    a.mend()
    says(a)
    world.settle()
    watcher.at_the_end()
    assert not a.forked


def test_what_another_only_witnessed_keeps_the_node_from_signing() -> None:
    world, watcher = put_back_after(mirrored=False)
    a = world.stations["a"]
    before = a.disk.image()
    a.do(a.speak)
    a.mend()
    a.do(a.speak)
    assert Code.RESTORED_BACKUP in {code for code, _ in a.met}
    assert a.disk.image() == before
    world.settle()
    watcher.at_the_end()
    assert not a.forked
