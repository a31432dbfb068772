"""Cases: how the record itself was kept is told, and counts all the same."""

from __future__ import annotations

from tests.asking import only
from tests.samples import at
from tests.world import World
from trucekeeper.errors import Code
from trucekeeper.governance.keeping import keeping_problems
from trucekeeper.statements.kinds import Suspension, UncheckedStart


def started(*lines: str) -> World:
    world = World("01 06:10 b reports mortar-fire at Karsk by d-army")
    body = UncheckedStart(sizes={"b.guarantors": 1}, asked=("a", "c"))
    world.state("b", "guarantors", at(2), body, name="start")
    for line in lines:
        world.say(line)
    return world


def codes(world: World) -> set[Code]:
    return {problem.code for problem in keeping_problems(world.derive().governed)}


def test_a_start_that_no_peer_could_check_is_shown() -> None:
    world = started()
    found = only(world.derive(), "unchecked_starts")
    assert (found["sizes"], found["asked"]) == (["b.guarantors 1"], ["a", "c"])
    assert found["followed_by"] is None
    assert codes(world) == {Code.UNCHECKED_START}


def test_it_is_settled_once_another_saw_the_log_go_on_from_there() -> None:
    world = started("03 08:00 a saw all")
    assert only(world.derive(), "unchecked_starts")["followed_by"] == "2031-03-03T08:00:00Z"
    assert codes(world) == set()


def test_it_tells_no_sizes_to_who_cannot_read_the_logs() -> None:
    world = World()
    world.state("b", "public", at(2), UncheckedStart(sizes={"b.guarantors": 1}), name="start")
    assert only(world.derive(), "statements", ref=world.ref("start"))["code"] == "S-007"


def test_a_stated_time_outside_its_bracket_is_told() -> None:
    world = World(
        "03 06:10 b reports mortar-fire at Karsk by d-army",
        "01 12:00 a saw all",
        "02 12:00 c saw all",
    )
    assert Code.OUTSIDE_BRACKET in codes(world)


def test_a_receipt_that_does_not_verify_is_told() -> None:
    world = World(
        "01 06:10 b reports mortar-fire at Karsk by d-army", "02 08:00 a cosigns b.guarantors #k"
    )
    del world.entries["b.guarantors"]  # type: ignore[arg-type]
    world.say("01 06:10 b reports shelling at Vell by d-army")
    world.say("03 08:00 c saw all, carrying k")
    assert Code.BAD_RECEIPT in codes(world)


def test_an_act_under_another_text_is_told() -> None:
    world = World("09 12:00 a suspends from 10")
    assert codes(world) == set()
    body = Suspension(act="suspend", agreement_digest="0" * 64, effective=at(10))
    world.state("b", "guarantors", at(9), body)
    assert codes(world) == {Code.OTHER_TEXT}
