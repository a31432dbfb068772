"""Cases: what follows from positions, and what only a decision finds."""

from __future__ import annotations

from tests.asking import incident, only, outcome
from tests.world import World

SEEN = """
    01 06:10 c  reports mortar-fire at Karsk by d-army on civilians killed 2 #r
"""


def test_not_examined_where_nobody_took_a_position() -> None:
    found = outcome(World(SEEN), "r")
    assert (found["outcome"], found["status"]) == ("not-examined", "reported")


def test_all_affirm_is_a_draft_and_no_finding() -> None:
    world = World(
        SEEN,
        """
        02 10:00 a  affirms whole of r
        02 10:00 b  affirms whole of r
    """,
    )
    found = outcome(world, "r")
    assert (found["draft"], found["status"]) == ("established-consensus", "examined")
    assert found["decision"] is None


def test_the_accused_guarantor_alone_denies() -> None:
    world = World(
        SEEN,
        """
        02 10:00 a  denies whole of r
        02 10:00 b  affirms occurrence of r
        02 10:00 b  cannot-confirm author of r (no-access)
    """,
    )
    found = outcome(world, "r")
    assert found["interested"] == ["a"]
    assert found["draft"] == "facts-contested"
    assert found["draft_without_interested"] == "responsibility-not-agreed"
    assert (found["counting"], found["outcome"]) == (
        "without-interested",
        "responsibility-not-agreed",
    )
    assert found["occurrence_affirmed_by"] == ["b", "c"]


def test_an_author_nobody_names_is_not_established() -> None:
    world = World("""
        01 06:10 c  reports mortar-fire at Karsk on civilians killed 2 #r
        02 10:00 a  affirms whole of r
        02 10:00 b  affirms whole of r
        02 12:00 a  affirms author of r as d-army
    """)
    assert outcome(world, "r")["outcome"] == "scope-not-agreed"


def test_could_not_be_verified_and_why() -> None:
    world = World(
        SEEN,
        """
        02 10:00 a  cannot-confirm whole of r (no-access)
        02 10:00 b  cannot-confirm whole of r (too-late)
    """,
    )
    found = outcome(world, "r")
    assert found["outcome"] == "not-verified"
    assert found["hindrances"] == ["no-access", "too-late"]


def test_awaiting_instructions_is_no_denial() -> None:
    world = World(
        SEEN,
        """
        02 10:00 a  awaits-instructions whole of r
        02 10:00 b  affirms whole of r
    """,
    )
    found = outcome(world, "r")
    assert found["draft"] == "awaiting-positions"


def test_all_deny_is_no_violation() -> None:
    world = World("""
        01 06:10 press  reports mortar-fire at Karsk by d-army on civilians killed 2 #r
        02 10:00 a  denies occurrence of r
        02 10:00 b  denies occurrence of r
        02 10:00 c  denies occurrence of r
    """)
    assert outcome(world, "r")["draft"] == "no-violation"


def test_fire_at_an_excluded_group_is_outside_the_agreement() -> None:
    world = World("""
        01 06:10 b  reports mortar-fire at Karsk by d-army on black-flag #r
        02 10:00 a  affirms whole of r
    """)
    assert outcome(world, "r")["outcome"] == "outside-agreement"


def test_a_permitted_act() -> None:
    world = World("""
        01 06:10 b  reports controlled-detonation at Karsk by d-army on civilians #r
        02 10:00 a  affirms whole of r
    """)
    assert outcome(world, "r")["outcome"] == "exempt-act"


def test_a_component_alone_makes_no_guarantor_interested() -> None:
    world = World("""
        01 06:10 press  reports mortar-fire at Karsk by d-army on civilians killed 2 #r
        02 10:00 b  affirms occurrence of r
    """)
    assert outcome(world, "r")["interested"] == []


DECIDED = (
    SEEN
    + """
    02 10:00 a  denies author of r
    02 10:00 b  affirms whole of r
    05 10:00 c  decides established-majority on r, present a b c, for b c #d
"""
)


def test_a_decision_is_proposed_until_its_endorsers_endorse_it() -> None:
    found = outcome(World(DECIDED), "r")
    assert (found["status"], found["missing"]) == ("proposed", ["b"])


def test_a_decision_that_is_endorsed_is_a_finding() -> None:
    world = World(DECIDED, "05 12:00 b affirms whole of d")
    found = outcome(world, "r")
    assert (found["status"], found["outcome"]) == ("finding", "established-majority")
    assert found["against_scope"] is False
    assert incident(world, "r")["status"] == "finding"


def test_a_decision_below_the_quorum_does_not_stand() -> None:
    world = World(
        SEEN,
        """
        05 10:00 c  decides no-violation on r, present c, for b c #d
        05 12:00 b  affirms whole of d
    """,
    )
    assert outcome(world, "r")["status"] == "proposed"


def test_the_silence_rule_runs_from_receipt() -> None:
    lines = (
        SEEN
        + """
        05 10:00 c  decides responsibility-not-agreed on r, for c, by silence #d
        05 12:00 b  saw all
    """
    )
    world = World(lines)
    assert outcome(world, "r", world.derive("2031-03-07"))["status"] == "proposed"
    assert outcome(world, "r", world.derive("2031-03-09"))["status"] == "finding"
    objected = World(lines, "06 12:00 b denies whole of d")
    assert outcome(objected, "r")["status"] == "proposed"


def test_a_walk_out_does_not_stop_the_others() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk on civilians killed 2 #r
        02 10:00 b  affirms whole of r
        05 10:00 a  decides author-not-established on r, for a b, by silence #d
        05 12:00 b  affirms whole of d
        05 13:00 un saw all
    """)
    # C takes nothing in: it is deemed served after 240 hours, and silent after 72 more.
    before, after = (outcome(world, "r", world.derive(f"2031-03-{day}")) for day in (18, 19))
    assert (before["status"], before["missing"]) == ("proposed", ["c"])
    assert (after["status"], after["outcome"]) == ("finding", "author-not-established")
    assert after["silent"] == ["c"]
    assert after["against_scope"] is False


def test_a_finding_of_a_violation_against_the_scope_stands_and_is_marked() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Far-Off by d-army on civilians killed 2 #r
        02 10:00 b  affirms whole of r
        05 10:00 c  decides established-consensus on r, present b c, for b c #d
        05 12:00 b  affirms whole of d
    """)
    found = outcome(world, "r")
    assert (found["status"], found["against_scope"]) == ("finding", True)
    assert incident(world, "r")["scope"] == "outside"


def test_a_later_position_of_the_same_author_replaces_the_earlier() -> None:
    world = World(
        SEEN,
        """
        02 10:00 b  denies occurrence of r #first
        03 10:00 b  affirms occurrence of r #second
    """,
    )
    picture = world.derive()
    assert only(picture, "positions", ref=world.ref("first"))["state"] == "replaced"
    assert outcome(world, "r", picture)["occurrence_affirmed_by"] == ["b", "c"]


def test_in_a_wider_face_the_outcome_is_not_published() -> None:
    world = World("""
        01 06:10 c/public  reports mortar-fire at Karsk by d-army on civilians killed 2 #r
        02 10:00 b/public  affirms occurrence of r
    """)
    found = outcome(world, "r", world.derive(face="public"))
    assert (found["outcome"], found["status"]) == ("not-published", "not-published")
