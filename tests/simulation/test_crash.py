"""A machine that stops at each of the effects on its disk, one after the other, in the middle of
what a node does; then everything holds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.note import parse_note
from trucekeeper.logs.witness import monitoring_path
from trucekeeper.simulation.checks import Watcher
from trucekeeper.simulation.faults import Faults, Misdeed
from trucekeeper.simulation.station import Station
from trucekeeper.simulation.world import World
from trucekeeper.storage.log_folder import HEAD
from trucekeeper.vocabulary.ids import LogName

LOG = LogName("a.public")
#: What a crash keeps is chance: each place is tried with several.
CHANCES = 3


def world(*, equivocates: bool = False) -> World:
    """Three nodes of which a and b have stated something."""
    misdeeds = (("a", Misdeed.EQUIVOCATES),) if equivocates else ()
    made = World(5, size=3, faults=Faults(misdeeds=misdeeds))
    for name in ("a", "a", "a", "b"):
        says(made.stations[name])
    return made


def says(station: Station) -> None:
    """State something in the public circle; refusals are errors here."""
    assert station.member is not None
    before = {log: len(leaves) for log, leaves in station.acknowledged.items()}
    while before == {log: len(leaves) for log, leaves in station.acknowledged.items()}:
        station.speak()


def sweep(
    prepare: Callable[[], World],
    who: str,
    act: Callable[[World], None],
    check: Callable[[World], None],
) -> int:
    """Let the machine stop at effect 0, 1, 2, ... of an act until the act is through; how many
    effects it has."""
    for place in count():
        for chance in range(CHANCES):
            made = prepare()
            watcher = Watcher(made)
            watcher.after_step()
            station = made.stations[who]
            station.disk.chance.seed(chance)
            station.disk.crash_at = station.disk.operations + place
            act(made)
            crashed = station.member is None
            station.disk.crash_at = None
            if crashed:
                station.start()
                station.mend()
            watcher.after_step()
            check(made)
            if chance == place % CHANCES:
                made.settle()
                watcher.at_the_end()
            if not crashed and chance == CHANCES - 1:
                return place
    raise AssertionError


def nothing(_made: World) -> None:
    """The checks of every run are enough."""


def test_appending() -> None:
    def act(made: World) -> None:
        made.stations["a"].do(made.stations["a"].speak)

    def check(made: World) -> None:
        says(made.stations["a"])

    assert sweep(world, "a", act, check) > 10


def test_mirroring() -> None:
    def act(made: World) -> None:
        made.stations["b"].do(lambda: made.stations["b"].fetch("a"))

    assert sweep(world, "b", act, nothing) > 10


def test_giving_a_receipt() -> None:
    """A receipt that has left the node is remembered by it."""

    def prepare() -> World:
        made = world()
        made.stations["b"].fetch("a")
        says(made.stations["a"])
        return made

    def act(made: World) -> None:
        made.stations["a"].do(lambda: made.stations["a"].tell("b"))

    def check(made: World) -> None:
        a, b = made.stations["a"], made.stations["b"]
        for log in a.signers:
            note = parse_note(a.disk.read(f"logs/{log}/{HEAD}")) if a.node.held[log].size else None
            if note is not None and any(
                line.name.endswith("b/witness") for line in note.signatures
            ):
                path = f"witness/{monitoring_path(made.agreement.origin(log))}"
                seen = parse_checkpoint(parse_note(b.disk.read(path)).text)
                assert seen.size >= parse_checkpoint(note.text).size

    assert sweep(prepare, "b", act, check) > 2


@pytest.mark.parametrize("name", ["tile/entries", "tile/0", "checkpoint"])
def test_mending_a_mirror(name: str) -> None:
    def prepare() -> World:
        made = world()
        made.stations["b"].fetch("a")
        made.stations["c"].fetch("a")
        damage(made.stations["b"], "a.", name)
        made.stations["b"].start()
        return made

    def act(made: World) -> None:
        made.stations["b"].do(made.stations["b"].mend)

    def check(made: World) -> None:
        assert made.stations["b"].node.problems == ()

    assert sweep(prepare, "b", act, check) > 2


@pytest.mark.parametrize("name", ["tile/entries", "checkpoint", ".head"])
def test_mending_an_own_log(name: str) -> None:
    def prepare() -> World:
        made = world()
        made.stations["b"].fetch("a")
        damage(made.stations["a"], "a.", name)
        made.stations["a"].start()
        return made

    def act(made: World) -> None:
        made.stations["a"].do(made.stations["a"].mend)

    def check(made: World) -> None:
        assert made.stations["a"].node.problems == ()
        says(made.stations["a"])

    assert sweep(prepare, "a", act, check) > 2


def test_bringing_back_what_a_restored_backup_lacks() -> None:
    def prepare() -> World:
        made = world()
        a, b = made.stations["a"], made.stations["b"]
        a.backup = a.disk.image()
        says(a)
        b.fetch("a")
        a.put_back()
        a.start()
        return made

    def act(made: World) -> None:
        made.stations["a"].do(made.stations["a"].mend)

    def check(made: World) -> None:
        a, b = made.stations["a"], made.stations["b"]
        assert a.node.problems == ()
        for log in a.signers.keys() & b.node.held:
            assert a.node.held[log].size == b.node.held[log].size
        says(a)
        assert not a.forked

    assert sweep(prepare, "a", act, check) > 2


def damage(station: Station, author: str, name: str) -> None:
    """Flip a bit in one file of each log of an author."""
    for path in station.disk.files("logs"):
        log, _, file = path.partition("/")
        if log.startswith(author) and file.startswith(name):
            station.disk.flip(f"logs/{path}", at=3)


def test_taking_a_second_history() -> None:
    def prepare() -> World:
        made = world(equivocates=True)
        made.steps = 16
        made._split("a")  # what the world does at some step
        for machine in (made.stations["a"], made.twins["a"]):
            machine.node.before_signing = None
            says(machine)
        made.sees_twin |= {"b": False, "c": True}
        made.stations["b"].fetch("a")
        made.stations["c"].fetch("a")
        return made

    def act(made: World) -> None:
        made.stations["b"].do(lambda: made.stations["b"].fetch("c"))

    assert sweep(prepare, "b", act, nothing) > 10
