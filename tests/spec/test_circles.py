"""Cases: who may read what, releases, and what is kept but not admissible."""

from __future__ import annotations

from tests.asking import incident, only, rows, statement
from tests.world import World, agreement

REVIEWED = (
    'to = ["*"]\n\n[[entitlements]]\nkinds = ["report", "answer"',
    'to = ["*"]\nsecond_officer = true\n\n[[entitlements]]\nkinds = ["report", "answer"',
)


def test_a_release_coarser_than_its_original_counts_once() -> None:
    world = World("""
        01 06:10 a         reports mortar-fire at Karsk within 300 m by d-army on civilians killed 2 #r
        03 10:00 a/public  releases r: mortar-fire at Karsk within 30000 m by d-army killed 2 during 48 h #out
    """)
    inner = world.derive()
    assert len(rows(inner, "incidents")) == 1
    assert statement(world, "out", inner)["state"] == "released"
    assert inner.numbers[world.ref("r")] == incident(world, "r", inner)["incident"]
    public = world.derive(face="public")
    found = only(public, "incidents")
    assert (found["radius_m"], found["target"]) == (30_000, [])


def test_a_release_that_says_more_than_its_original_is_flagged() -> None:
    world = World("""
        01 06:10 a         reports mortar-fire at Karsk within 300 m by d-army killed 2 #r
        03 10:00 a/public  releases r: mortar-fire at Karsk within 100 m by d-army killed 2 during 48 h #out
    """)
    assert statement(world, "out")["doubtful_release"] is True


def test_a_corrected_original_makes_its_release_stale_and_changes_it_not() -> None:
    world = World("""
        01 06:10 a         reports mortar-fire at Karsk within 300 m by d-army killed 2 #r
        03 10:00 a/public  releases r: mortar-fire at Karsk within 3000 m by d-army killed 2 during 96 h #out
        04 10:00 a         corrects r: mortar-fire at Karsk within 300 m by d-army killed 5
    """)
    assert statement(world, "out")["doubtful_release"] is True
    assert only(world.derive(face="public"), "incidents")["killed_max"] == 2


def test_what_cites_a_narrower_circle_is_not_admissible() -> None:
    world = World("""
        01 06:10 a         reports mortar-fire at Karsk by d-army #r
        02 10:00 b/public  denies occurrence of r #p
    """)
    assert statement(world, "p")["code"] == "S-007"


def test_a_public_context_cites_public_heads_only() -> None:
    world = World("""
        01 06:10 a         reports mortar-fire at Karsk by d-army
        01 06:10 c/public  reports mortar-fire at Vell by d-army
        02 10:00 b/public  saw a.guarantors c.public #context
    """)
    picture = world.derive(face="public")
    assert rows(picture, "statements", author="a") == []
    assert only(picture, "statements", ref=world.ref("context"))["state"] == "in-effect"


def test_who_is_not_entitled_is_kept_and_not_admissible() -> None:
    world = World(
        "01 06:10 a/public reports mortar-fire at Karsk by d-army #r",
        "02 10:00 d denies occurrence of r #p",
    )
    assert statement(world, "p")["code"] == "S-005"
    assert statement(world, "p")["state"] == "not-admissible"


def test_a_second_officer_is_needed_where_the_agreement_says_so() -> None:
    rules = agreement(REVIEWED)
    line = "01 06:10 a reports mortar-fire at Karsk by d-army #r"
    assert statement(World(line, rules=rules), "r")["state"] == "awaits-review"
    approved = World(line, rules=rules)
    approved.reviews("01 07:00", "a", "r", approves=True)
    assert statement(approved, "r")["state"] == "in-effect"
    rejected = World(line, rules=rules)
    rejected.reviews("01 07:00", "a", "r", approves=False)
    assert statement(rejected, "r")["code"] == "S-010"
    same = World(line, rules=rules)
    same.reviews("01 07:00", "a", "r", approves=True, officer="officer-1")
    assert statement(same, "r")["state"] == "awaits-review"


def test_a_statement_that_cites_beyond_the_cut_is_pending() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army #r
        02 10:00 b  denies occurrence of r #p
    """)
    del world.entries["a.guarantors"]  # type: ignore[arg-type]  # a log name
    assert statement(world, "p")["state"] == "pending"


def test_what_was_known_then_is_what_others_had_seen() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army #r
        05 10:00 b  saw all
        06 10:00 b  denies occurrence of r
        09 10:00 a  saw all
    """)
    assert world.known("2031-03-04T00:00:00Z") == {}
    assert world.known("2031-03-07T00:00:00Z") == {"a.guarantors": 1}
    assert world.known("2031-03-10T00:00:00Z") == {"a.guarantors": 1, "b.guarantors": 2}


def test_two_participants_who_recognise_different_texts() -> None:
    world = World("01 06:00 a recognises this", "01 06:00 b recognises another")
    told = {row["participant"]: row["same_text"] for row in rows(world.derive(), "recognitions")}
    assert told == {"a": True, "b": False}
