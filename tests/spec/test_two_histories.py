"""Cases: a participant shows two histories of its log. What both share counts; the rest is kept on
every branch and not counted; whatever rests on it says so; and the log goes on under another name."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest

from tests.asking import incident, only, rows
from tests.samples import at
from tests.world import World
from trucekeeper.errors import Code
from trucekeeper.statements import kinds, parts
from trucekeeper.vocabulary.ids import LogName

SHARED = "01 06:10 a reports mortar-fire at Karsk by d-army on e-brigades killed 2 #shared"


def forked(*later: str) -> World:
    """A tells of one event; then of another to one reader, and of a third one to another."""
    world = World(SHARED, "02 06:00 a reports shelling at Vell by e-brigades killed 1 #told-one")
    world.say("02 09:00 b saw all #b-saw")
    world.goes_back("a.guarantors", 1)
    world.say("02 07:00 a reports shelling at Between by e-brigades killed 7 #told-other")
    world.say("02 09:00 c saw a.guarantors #c-saw")
    for line in later:
        world.say(line)
    return world


def test_what_both_histories_share_counts_and_the_rest_is_kept_and_not_counted() -> None:
    world = forked("03 10:00 b proves-two-histories-of a.guarantors #proof")
    picture = world.derive()
    frozen = only(picture, "disputed_logs")
    assert (frozen["log"], frozen["size"], frozen["disputed"]) == ("a.guarantors", 1, 2)
    assert (frozen["found_by"], frozen["basis"]) == (["b"], [world.ref("proof")])
    assert [i["reports"] for i in rows(picture, "incidents")] == [1]
    kept = rows(picture, "statements", state="disputed")
    assert [row["ref"] for row in kept] == ["a.guarantors/1", "a.guarantors/1"]
    assert {row["code"] for row in kept} == {Code.DISPUTED.id}
    assert sorted(b for row in kept for b in row["branches"]) == sorted(frozen["branches"])
    assert only(picture, "statements", ref=world.ref("shared"))["state"] == "in-effect"


def test_nobody_s_word_makes_a_log_frozen_without_proof() -> None:
    world = World(SHARED, "02 06:00 a reports shelling at Vell by e-brigades #more")
    world.goes_back("a.guarantors", 1)
    world.say("02 07:00 a reports shelling at Between by e-brigades #less")
    good = world.evidence("a.guarantors")
    world.others.clear()
    mended = msgspec.structs.replace(good, one_entry=good.other_entry)
    bodies = [
        (kinds.TwoHistories(log="a.guarantors", evidence=mended), Code.NO_EVIDENCE),
        (kinds.TwoHistories(log="c.guarantors", evidence=good), Code.NO_EVIDENCE),
        (kinds.TwoHistories(log="x.guarantors", evidence=good), Code.WRONG_REFERENCE),
    ]
    for body, code in bodies:
        log, index = world.state("b", "guarantors", at(3), body)
        row = only(world.derive(), "statements", ref=f"{log}/{index}")
        assert (row["state"], row["code"]) == ("not-admissible", code.id)
    assert rows(world.derive(), "disputed_logs") == []
    # Told where readers of the log are not alone, it is not admissible either.
    body = kinds.TwoHistories(log="a.guarantors", evidence=good)
    log, index = world.state("b", "public", at(3), body)
    row = only(world.derive(), "statements", ref=f"{log}/{index}")
    assert row["code"] == Code.CITES_NARROWER.id
    assert rows(world.derive(), "disputed_logs") == []


def test_two_heads_alone_freeze_the_whole_log_until_more_is_proven() -> None:
    world = forked()
    bare = world.evidence("a.guarantors", whole=False)
    world.state("c", "guarantors", at(3), kinds.TwoHistories(log="a.guarantors", evidence=bare))
    picture = world.derive()
    assert only(picture, "disputed_logs")["size"] == 0
    assert rows(picture, "incidents") == []
    assert len(rows(picture, "statements", state="disputed")) == 3
    # Of the same two heads, b can prove how far they agree.
    world.say("04 10:00 b proves-two-histories-of a.guarantors")
    picture = world.derive()
    assert only(picture, "disputed_logs")["size"] == 1
    assert only(picture, "disputed_logs")["found_by"] == ["b", "c"]
    assert len(rows(picture, "incidents")) == 1


def test_a_third_history_that_parts_earlier_takes_more_away() -> None:
    world = forked("03 10:00 b proves-two-histories-of a.guarantors")
    world.goes_back("a.guarantors", 0)
    world.say("01 06:30 a reports shelling at Southby by e-brigades #told-third")
    # It is held but not yet stated: what all histories held share is what counts.
    assert only(world.derive(), "disputed_logs")["size"] == 0
    world.say("05 10:00 c proves-two-histories-of a.guarantors")
    frozen = only(world.derive(), "disputed_logs")
    assert (frozen["size"], frozen["found_by"]) == (0, ["b", "c"])
    assert (frozen["disputed"], len(frozen["branches"])) == (4, 3)


def test_evidence_counts_on_a_disputed_branch_too_and_cannot_be_taken_back() -> None:
    world = forked("03 10:00 b proves-two-histories-of a.guarantors #proof")
    world.say("04 10:00 b withdraws proof")
    assert only(world.derive(), "disputed_logs")["size"] == 1
    world.say("05 10:00 b reports shelling at Southby by e-brigades")
    world.goes_back("b.guarantors", 0)
    world.say("05 11:00 b reports shelling at Karsk by e-brigades")
    world.say("06 10:00 c proves-two-histories-of b.guarantors")
    frozen = rows(world.derive(), "disputed_logs")
    assert [(f["log"], f["size"]) for f in frozen] == [("a.guarantors", 1), ("b.guarantors", 0)]


def test_what_rests_on_a_disputed_entry_says_so() -> None:
    world = forked(
        "03 09:00 c affirms author of told-one #position",
        "03 09:30 b matches told-other with shared #match",
        "03 10:00 b proves-two-histories-of a.guarantors",
    )
    picture = world.derive()
    position = only(picture, "positions", ref=world.ref("position"))
    assert (position["state"], position["incident"]) == ("subject-disputed", None)
    stated = only(picture, "statements", ref=world.ref("position"))
    assert (stated["state"], stated["rests_on"]) == ("in-effect", ["a.guarantors/1"])
    # So do contexts that cite a head beyond, which stay proof of receipt for what is shared.
    for name in ("b-saw", "c-saw"):
        row = only(picture, "statements", ref=world.ref(name))
        assert (row["state"], row["rests_on"]) == ("in-effect", ["a.guarantors/1"])
    told = {row["row"] for row in rows(picture, "disputed_values", table="positions")}
    assert told == {world.ref("position")}
    assert only(picture, "disputed_logs")["resting"] == 4


def test_a_clock_that_runs_from_a_receipt_beyond_the_freeze_says_so() -> None:
    world = World("""
        01 09:00 c reports mortar-fire at Karsk by d-army on e-brigades killed 2 #on-d
        01 09:30 c reports mortar-fire at Between by e-brigades on d-army killed 1 #on-e
        02 10:00 a saw c.guarantors
        02 11:00 a answers on-d: denied #one
        02 13:00 b saw all
    """)
    world.goes_back("a.guarantors", 1)
    world.say("02 11:30 a reports shelling at Between by e-brigades #other")
    world.say("03 10:00 b proves-two-histories-of a.guarantors")
    picture = world.derive(as_of="2031-03-20")
    # a's own receipt stands in what both histories share; its answer does not.
    owed_by_a = only(picture, "clocks", trigger=world.ref("on-d"), owed_by="a")
    assert (owed_by_a["state"], owed_by_a["met_by"]) == ("overdue", None)
    owed_by_b = only(picture, "clocks", trigger=world.ref("on-e"), owed_by="b")
    assert owed_by_b["receipt"] is not None
    (resting,) = rows(picture, "disputed_values", table="clocks")
    assert world.ref("on-e") in resting["row"]
    assert (resting["rests_on"], resting["basis"]) == (["a.guarantors/1"], ["b.guarantors/0"])


def test_a_disputed_entry_starts_no_clock_and_changes_nothing() -> None:
    world = World(SHARED, "02 09:00 b saw all", "02 12:00 a withdraws shared #taken-back")
    world.goes_back("a.guarantors", 1)
    world.say("02 13:00 a corrects shared: mortar-fire at Karsk by e-brigades killed 9")
    assert only(world.derive(), "statements", ref=world.ref("shared"))["state"] == "in-effect"
    assert [r["killed_max"] for r in rows(world.derive(), "incidents")] == [2]


def test_a_head_that_nobody_here_holds_is_pending_and_one_below_the_freeze_is_wrong() -> None:
    world = forked("03 10:00 b proves-two-histories-of a.guarantors")
    world.goes_back("a.guarantors", 1)
    world.say("02 08:00 a reports shelling at Southby by e-brigades #hidden")
    world.say("04 09:00 c saw a.guarantors #saw-hidden")
    world.say("04 10:00 c affirms author of hidden #on-hidden")
    del world.entries[LogName("a.guarantors")][1:]
    for name in ("saw-hidden", "on-hidden"):
        row = only(world.derive(), "statements", ref=world.ref(name))
        assert (row["state"], row["code"]) == ("pending", Code.PENDING.id)
    head = parts.SeenHead(log="a.guarantors", size=1, root="0" * 64)
    log, index = world.state("c", "guarantors", at(5), kinds.Context(heads=(head,)))
    row = only(world.derive(), "statements", ref=f"{log}/{index}")
    assert (row["state"], row["code"]) == ("not-admissible", Code.WRONG_HEAD.id)


# The log goes on


def test_a_log_goes_on_under_another_name_as_one_author_s_record() -> None:
    world = forked(
        "03 10:00 b proves-two-histories-of a.guarantors",
        "04 10:00 a continues at 1 #opening",
        "04 11:00 a reports shelling at Southby by e-brigades killed 3 #later",
        "04 12:00 a corrects shared: mortar-fire at Karsk by d-army on e-brigades killed 4 #mended",
        "05 09:00 c saw a.guarantors.2",
        "05 10:00 c affirms author of later",
    )
    assert world.ref("later") == "a.guarantors.2/2"
    picture = world.derive()
    assert only(picture, "disputed_logs")["goes_on_as"] == "a.guarantors.2"
    for name in ("opening", "later"):
        assert only(picture, "statements", ref=world.ref(name))["state"] == "in-effect"
    assert only(picture, "statements", ref=world.ref("shared"))["state"] == "corrected"
    assert incident(world, "shared", picture)["killed_max"] == 4
    assert incident(world, "later", picture)["sources"] == ["a"]
    # Two reports of one author, in two logs, stay two reports of one source.
    assert {row["author"] for row in rows(picture, "statements", state="in-effect")} >= {"a"}


def test_a_continuation_counts_once_the_log_before_it_is_proven_to_have_two_histories() -> None:
    world = World(SHARED, "02 06:00 a reports shelling at Vell by e-brigades #more")
    world.say("04 10:00 a continues at 1 #opening")
    world.say("04 11:00 a reports shelling at Southby by e-brigades #later")
    picture = world.derive()
    for name in ("opening", "later"):
        row = only(picture, "statements", ref=world.ref(name))
        assert (row["state"], row["code"]) == ("pending", Code.PENDING.id)
    # Nobody leaves out of the record what it had said by opening another log.
    assert only(picture, "statements", ref=world.ref("more"))["state"] == "in-effect"


def test_a_log_is_opened_by_its_participant_s_root_key() -> None:
    """Who took the log's key cannot open another log with it."""
    world = forked("03 10:00 b proves-two-histories-of a.guarantors", "04 10:00 a continues at 1")
    world.say("04 11:00 a reports shelling at Southby by e-brigades")
    taken = world.entries[LogName("a.guarantors.2")]
    unnamed = [taken[0], taken[2]]
    world.entries[LogName("a.guarantors.2")] = unnamed
    picture = world.derive()
    assert only(picture, "disputed_logs")["goes_on_as"] is None
    row = only(picture, "statements", ref="a.guarantors.2/1")
    assert (row["state"], row["code"]) == ("pending", Code.PENDING.id)


@pytest.mark.parametrize(
    ("line", "size", "root"),
    [("another root", 1, "0" * 64), ("no root", 1, None), ("a root of nothing", 0, "0" * 64)],
)
def test_a_continuation_cites_the_log_as_it_was(line: str, size: int, root: str | None) -> None:
    world = forked("03 10:00 b proves-two-histories-of a.guarantors")
    body = kinds.Continuation(continues="a.guarantors", size=size, root=root)
    log, index = world.state("a", "guarantors", at(4), body)
    world.say("04 11:00 a reports shelling at Southby by e-brigades #later")
    for ref in (f"{log}/{index}", world.ref("later")):
        row = only(world.derive(), "statements", ref=ref)
        assert row["code"] in (Code.LOG_NOT_OPENED.id, Code.WRONG_HEAD.id), line


def test_a_log_is_opened_by_its_first_entry_and_by_no_other() -> None:
    world = forked("03 10:00 b proves-two-histories-of a.guarantors")
    moment = datetime(2031, 3, 4, 10, tzinfo=at(1).tzinfo)
    body = kinds.Continuation(continues="a.guarantors", size=0)
    world.entries[LogName("a.guarantors.2")] = []
    world.say("04 09:00 a reports shelling at Southby by e-brigades #first")
    world.entries[LogName("c.guarantors")].append(b"{}")
    refs = [world.ref("first")]
    assert only(world.derive(), "statements", ref=refs[0])["code"] == Code.LOG_NOT_OPENED.id
    del world.entries[LogName("a.guarantors.2")]
    log, index = world.append(LogName("c.guarantors"), entry_of(world, body, moment))
    assert (
        only(world.derive(), "statements", ref=f"{log}/{index}")["code"] == Code.LOG_NOT_OPENED.id
    )


def entry_of(world: World, body: kinds.Body, moment: datetime) -> bytes:
    """The entry of a body that belongs to no log."""
    world.state("a", "guarantors", moment, body)
    return world.entries[LogName("a.guarantors.2")].pop()


def test_what_is_not_counted_cannot_be_corrected_only_stated_anew() -> None:
    world = forked(
        "03 10:00 b proves-two-histories-of a.guarantors",
        "04 10:00 a continues at 1",
        "04 11:00 a withdraws told-one #change",
        "04 12:00 a reports shelling at Vell by e-brigades killed 1 #anew",
    )
    picture = world.derive()
    row = only(picture, "statements", ref=world.ref("change"))
    assert (row["state"], row["code"]) == ("not-admissible", Code.CHANGES_DISPUTED.id)
    assert only(picture, "statements", ref=world.ref("anew"))["state"] == "in-effect"


def test_a_log_that_goes_on_can_have_two_histories_itself() -> None:
    world = forked(
        "03 10:00 b proves-two-histories-of a.guarantors",
        "04 10:00 a continues at 1",
        "04 11:00 a reports shelling at Southby by e-brigades #one",
    )
    world.goes_back("a.guarantors.2", 1)
    world.say("04 12:00 a reports shelling at Karsk by e-brigades #other")
    world.say("05 10:00 c proves-two-histories-of a.guarantors.2")
    world.say("06 10:00 a continues at 1")
    world.say("06 11:00 a reports shelling at Southby by e-brigades #third")
    picture = world.derive()
    frozen = {row["log"]: row["goes_on_as"] for row in rows(picture, "disputed_logs")}
    assert frozen == {"a.guarantors": "a.guarantors.2", "a.guarantors.2": "a.guarantors.3"}
    assert only(picture, "statements", ref=world.ref("third"))["state"] == "in-effect"
