"""Cases: receipts that contexts carry, what they prove, and the label of a quorum that gates
nothing."""

from __future__ import annotations

import msgspec

from tests.asking import Row, only
from tests.samples import at
from tests.world import World, agreement
from trucekeeper.agreement.rules import Agreement
from trucekeeper.statements import kinds
from trucekeeper.vocabulary.relations import rows_of

REPORT = "01 06:10 b reports mortar-fire at Karsk by d-army on civilians killed 2 #r"
TWO_OF_THREE = """[[quorums]]
id = "two"
needed = 2
of = ["a", "b", "c"]
circle = "guarantors"
clause = "4"

[[clocks]]
id = "answer\""""


def with_quorum() -> Agreement:
    return agreement(('[[clocks]]\nid = "answer"', TWO_OF_THREE))


def receipts(world: World) -> list[Row]:
    return rows_of(world.derive().tables["receipts"])


def head(world: World, log: str, **also: object) -> Row:
    return only(world.derive(), "heads", log=log, **also)


def test_a_receipt_says_who_held_which_head_when_in_which_capacity() -> None:
    world = World(
        REPORT,
        "02 09:00 c cosigns b.guarantors #one",
        "02 10:00 un cosigns b.guarantors as mirror #other",
        "03 09:00 a saw all, carrying one other #context",
    )
    told = [
        (r["log"], r["size"], r["by"], r["capacity"], r["at"], r["state"]) for r in receipts(world)
    ]
    assert told == [
        ("b.guarantors", 1, "c", "held-a-head", "2031-03-02T09:00:00Z", "verified"),
        ("b.guarantors", 1, "un", "holds-the-data", "2031-03-02T10:00:00Z", "verified"),
    ]
    assert all(r["basis"] == [world.ref("context")] for r in receipts(world))


def test_an_author_carries_receipts_of_its_own_log() -> None:
    world = World(REPORT, "02 09:00 c cosigns b.guarantors #k", "02 10:00 b saw all, carrying k")
    assert [r["state"] for r in receipts(world)] == ["verified"]
    assert head(world, "b.guarantors", size=1)["receipts_by"] == ["c"]
    assert head(world, "b.guarantors", is_last=True)["receipts_by"] == []


def test_a_receipt_proves_receipt_and_starts_the_clock() -> None:
    world = World(REPORT, "02 08:00 a cosigns b.guarantors #k", "05 09:00 b saw all, carrying k #c")
    found = only(world.derive(), "clocks", clock="answer", trigger=world.ref("r"))
    assert (found["received"], found["receipt"]) == ("2031-03-02T08:00:00Z", world.ref("c"))
    assert found["state"] == "overdue"


def test_a_line_that_does_not_verify_is_named_and_its_context_counts() -> None:
    world = World(REPORT, "02 08:00 a cosigns b.guarantors #k")
    held = world.cosigned["k"]
    world.cosigned["k"] = msgspec.structs.replace(held, size=2)
    world.say("03 08:00 c saw all, carrying k #context")
    assert [r["state"] for r in receipts(world)] == ["does-not-verify"]
    assert only(world.derive(), "statements", ref=world.ref("context"))["state"] == "in-effect"


def test_a_receipt_of_another_head_is_not_one_of_this_log() -> None:
    world = World(REPORT, "02 08:00 a cosigns b.guarantors #k")
    world.entries["b.guarantors"] = []  # type: ignore[index]
    world.say("01 06:10 b reports shelling at Vell by d-army")
    world.say("03 08:00 c saw all, carrying k")
    assert [r["state"] for r in receipts(world)] == ["other-head"]


def test_a_receipt_beyond_the_cut_waits() -> None:
    world = World(REPORT, "02 08:00 a cosigns b.guarantors #k")
    del world.entries["b.guarantors"]  # type: ignore[arg-type]
    world.say("03 08:00 c saw all, carrying k")
    assert [r["state"] for r in receipts(world)] == ["pending"]


def test_without_its_key_a_receipt_is_kept_and_proves_nothing() -> None:
    world = World(
        REPORT,
        "02 08:00 a cosigns b.guarantors as stranger #k",
        "05 09:00 b saw all, carrying k",
    )
    assert [r["state"] for r in receipts(world)] == ["unknown-key"]
    assert only(world.derive(), "clocks", clock="answer")["state"] == "not-started"


def test_a_quorum_is_a_label() -> None:
    world = World(
        REPORT,
        "02 08:00 a cosigns b.guarantors #one",
        "02 09:00 c cosigns b.guarantors #other",
        "03 09:00 un saw all, carrying one",
        rules=with_quorum(),
    )
    assert head(world, "b.guarantors")["quorum"] == "not-met"
    world.say("03 10:00 un saw all, carrying other")
    found = head(world, "b.guarantors")
    assert (found["quorum"], found["receipts_by"], found["clauses"]) == ("met", ["a", "c"], ["4"])
    assert only(world.derive(), "statements", ref=world.ref("r"))["state"] == "in-effect"


def test_without_a_provision_no_quorum_is_agreed() -> None:
    assert head(World(REPORT), "b.guarantors")["quorum"] == "none-agreed"


def test_the_authors_own_side_does_not_count() -> None:
    """The log of d in public: a answers for d, so a's receipt of it is no outsider's."""
    rules = agreement(
        ('[[clocks]]\nid = "answer"', TWO_OF_THREE.replace('"guarantors"', '"public"'))
    )
    world = World(
        "01 06:10 d reports mortar-fire at Karsk by e-brigades #r",
        "02 08:00 a/public cosigns d.public #one",
        "02 09:00 c/public cosigns d.public #other",
        "03 09:00 un/public saw all, carrying one other",
        rules=rules,
    )
    assert head(world, "d.public")["quorum"] == "not-met"
    assert head(world, "d.public")["receipts_by"] == ["a", "c"]


def test_receipts_of_a_narrower_circle_are_not_told_in_a_wider_one() -> None:
    world = World(REPORT, "02 08:00 a cosigns b.guarantors #k")
    body = kinds.Context(heads=(), receipts=(world.cosigned["k"],))
    world.state("un", "public", at(3), body, name="c")
    assert only(world.derive(), "statements", ref=world.ref("c"))["code"] == "S-007"
