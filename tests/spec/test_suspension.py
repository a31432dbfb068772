"""Cases: the mechanism is suspended, sealed, handed over and resumed by those who decide; nobody
becomes late meanwhile, and nothing is lost."""

from __future__ import annotations

from tests.asking import Row, only, rows
from tests.samples import at
from tests.world import World
from trucekeeper.facade import Picture
from trucekeeper.reporting.document import Paragraph, Table
from trucekeeper.statements.kinds import Suspension

ACCUSED = "01 06:10 b reports mortar-fire at Karsk by d-army on civilians killed 2 #r"
RECEIVED = "09 00:00 a saw all"
SUSPENDED = """
    09 12:00 a suspends from 10
    09 12:00 b suspends from 10
    09 12:00 c suspends from 10
"""
RESUMED = """
    20 12:00 a resumes from 20
    20 12:00 b resumes from 20
    20 12:00 c resumes from 20
"""


def clock(world: World, as_of: str) -> Row:
    return only(world.derive(as_of), "clocks", clock="answer", trigger=world.ref("r"))


def test_a_word_alone_suspends_nothing() -> None:
    world = World(ACCUSED, RECEIVED, "09 12:00 a suspends from 10")
    found = only(world.derive(), "mechanism", act="suspend")
    assert (found["state"], found["lacking"]) == ("lacks-words", ["b", "c"])
    assert clock(world, "2031-03-12")["state"] == "overdue"


def test_it_is_suspended_by_the_rule_by_which_the_mechanism_decides() -> None:
    world = World(SUSPENDED)
    found = only(world.derive(), "mechanism", act="suspend")
    assert (found["state"], found["stated_by"], found["until"]) == (
        "in-effect",
        ["a", "b", "c"],
        None,
    )
    assert found["clauses"] == ["4"]


def test_words_for_different_days_are_not_the_same_act() -> None:
    world = World(
        "09 12:00 a suspends from 10", "09 12:00 b suspends from 10", "09 12:00 c suspends from 11"
    )
    assert {r["state"] for r in rows(world.derive(), "mechanism")} == {"lacks-words"}


def test_who_has_no_vote_suspends_nothing() -> None:
    world = World(
        "09 12:00 a suspends from 10", "09 12:00 b suspends from 10", "09 12:00 un suspends from 10"
    )
    assert only(world.derive(), "mechanism")["lacking"] == ["c"]


def test_an_act_under_another_text_is_kept_and_does_nothing() -> None:
    world = World()
    body = Suspension(act="suspend", agreement_digest="0" * 64, effective=at(10))
    for who in "abc":
        world.state(who, "guarantors", at(9), body)
    assert only(world.derive(), "mechanism")["state"] == "other-text"


def test_a_clock_stands_still_while_the_mechanism_is_suspended() -> None:
    world = World(ACCUSED, RECEIVED, SUSPENDED)
    found = clock(world, "2031-03-25")
    assert (found["state"], found["due"]) == ("suspended", None)


def test_it_goes_on_where_it_stood() -> None:
    """Received on the 9th, due in 48 hours, 24 of which had run when it was suspended."""
    world = World(ACCUSED, RECEIVED, SUSPENDED, RESUMED)
    assert clock(world, "2031-03-15")["state"] == "suspended"
    assert clock(world, "2031-03-20")["state"] == "running"
    found = clock(world, "2031-03-22")
    assert (found["due"], found["state"]) == ("2031-03-21T00:00:00Z", "overdue")


def test_who_was_late_before_stays_late() -> None:
    world = World(ACCUSED, "02 00:00 a saw all", SUSPENDED)
    assert clock(world, "2031-03-25")["state"] == "overdue"


def test_an_answer_given_meanwhile_counts() -> None:
    world = World(
        ACCUSED, RECEIVED, SUSPENDED, "15 08:00 a answers r: denied", "15 12:00 b saw all"
    )
    assert clock(world, "2031-03-25")["state"] == "met"


def test_silence_consents_to_nothing_meanwhile() -> None:
    decision = "09 06:00 b decides no-violation on r, by silence #d"
    world = World(ACCUSED, decision, "09 08:00 a saw all", "09 08:00 c saw all", SUSPENDED)
    assert only(world.derive(), "outcomes")["status"] == "proposed"
    world = World(ACCUSED, decision, "09 08:00 a saw all", "09 08:00 c saw all")
    assert only(world.derive(), "outcomes")["status"] == "finding"


def test_a_word_given_is_not_undone_by_taking_it_back() -> None:
    world = World(SUSPENDED, "12 08:00 a withdraws a.guarantors/0")
    assert only(world.derive(), "mechanism")["state"] == "in-effect"


def test_days_of_suspension_are_no_calm_days() -> None:
    world = World(
        "08 23:00 a looks north: full", SUSPENDED, "12 23:00 b looks north: partial", RESUMED
    )
    document = Picture(world.derive()).report("2031-03").document
    (section,) = (s for s in document.sections if s.id == "coverage")
    said, table = section.parts[:2]
    assert isinstance(said, Paragraph)
    assert isinstance(table, Table)
    north = dict(zip((column.id for column in table.columns), table.rows[0], strict=True))
    assert (north["looking.suspended"], north["looking.not-stated"]) == (9, 20)
    assert "coverage.suspended" in {message.id for message in said.sentences}


SEALED = """
    10 08:00 a saw all
    10 09:00 a seals from 10
    10 09:10 b saw all
    10 09:10 b seals from 10
    10 09:20 c saw all
    10 09:20 c seals from 10
"""


def test_a_sealed_record_names_its_last_heads_and_keeps_what_comes_later() -> None:
    world = World(ACCUSED, SEALED, "12 06:10 b reports shelling at Vell by d-army #late")
    picture = world.derive()
    found = only(picture, "sealed_logs", log="b.guarantors")
    assert (found["size"], found["entries_after"]) == (3, 1)
    assert only(picture, "statements", ref=world.ref("late"))["after_seal"] is True
    assert only(picture, "statements", ref=world.ref("r"))["after_seal"] is False
    assert len(rows(picture, "incidents")) == 2


def test_without_a_sealing_nothing_is_marked() -> None:
    picture = World(ACCUSED).derive()
    assert rows(picture, "sealed_logs") == []
    assert only(picture, "statements")["after_seal"] is None


def test_what_is_stated_after_the_resumption_is_not_marked() -> None:
    world = World(ACCUSED, SEALED, RESUMED, "21 06:10 b reports shelling at Vell by d-army #new")
    assert only(world.derive(), "statements", ref=world.ref("new"))["after_seal"] is False


def test_a_hand_over_shows_whether_the_custodian_holds_everything() -> None:
    handed = "".join(f"\n 11 08:00 {who} hands-over from 11 to un" for who in "abc")
    world = World(ACCUSED, SEALED, handed)
    assert not any(r["custodian_holds"] for r in rows(world.derive(), "sealed_logs"))
    world.say("12 08:00 un saw all")
    sealed = [r for r in rows(world.derive(), "sealed_logs") if r["size"] is not None]
    assert [(r["log"], r["custodian_holds"]) for r in sealed] == [
        ("a.guarantors", True),
        ("b.guarantors", True),
        ("c.guarantors", True),
    ]


def test_an_act_that_lacks_what_it_needs_does_not_count() -> None:
    world = World("10 09:00 a seals from 10 #empty", "10 10:00 a hands-over from 10 #nobody")
    for name in ("empty", "nobody"):
        assert only(world.derive(), "statements", ref=world.ref(name))["code"] == "S-041"
