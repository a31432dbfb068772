"""Reports of small worlds, as a reader reads them."""

from __future__ import annotations

import pytest

from tests.render import worlds
from tests.render.page import Page
from tests.world import World
from trucekeeper.render.html import report_page

TWO_AUTHORS = """
01 06:10 a        reports mortar-fire at Karsk by d-army or e-brigades on civilians #r1
02 06:10 a        affirms author of r1 as d-army
02 06:20 b        affirms author of r1 as e-brigades
02 06:30 c        denies author of r1 as d-army
"""


def page(world: World, period: str = "2031-03") -> Page:
    return Page(report_page(worlds.document(world.derive(), period)).html)


def test_who_affirms_and_who_denies_which_author_is_told_apart() -> None:
    text = page(World(TWO_AUTHORS)).text
    assert "Authorship by Army of D is affirmed by Guarantor A." in text
    assert "Authorship by Brigades of E is affirmed by Guarantor B." in text
    assert "Authorship by Army of D is denied by Guarantor C." in text


def test_a_week_with_a_tally_alone_has_no_single_reports_and_says_zero() -> None:
    world = World("02 06:10 a reports mortar-fire at Karsk by d-army")
    worlds.add_tallies(world)
    head, *rows = page(world).grid("table-registered.by-time")
    assert head[1:3] == ["Guarantor A: single reports", "Guarantor A: tally"]
    by_week = {row[0]: row[1:3] for row in rows}
    assert by_week["2031-W09"] == ["1", "not stated"]
    assert by_week["2031-W13"] == ["0", "13"]


def test_inside_the_agreement_needs_no_reason_and_outside_gives_every_one() -> None:
    text = page(World("""
        05 06:10 a reports mortar-fire at Karsk by d-army on e-brigades #r1
        05 07:10 a affirms whole of r1
        06 06:10 a reports mortar-fire at Far-Off by black-flag on e-brigades #r2
        06 07:10 a affirms whole of r2
    """)).text  # fmt: skip
    assert (
        "Scope: inside the agreement, under clause 1 (No use of armed force in the zones).\n"
        in text
    )
    assert (
        "Scope: outside the agreement, under clause 1 (No use of armed force in the zones). Reason: "
        "outside North zone on agreed map 1; outside South zone on map a1 of Guarantor A; "
        "outside South zone on map b1 of Guarantor B; Black Flag: standing excluded in the agreement."
        in text
    )


def test_a_finding_against_the_scope_says_so() -> None:
    text = page(World("""
        01 06:10 a reports mortar-fire at Far-Off by d-army on civilians killed 2 #r
        02 10:00 b affirms whole of r
        05 10:00 c decides established-consensus on r, present b c, for b c #d
        05 12:00 b affirms whole of d
    """)).text  # fmt: skip
    assert (
        "That decision goes against the scope that the record gives: outside the agreement." in text
    )


def test_the_interested_guarantor_is_told_with_both_outcomes() -> None:
    text = page(World("""
        05 06:10 b reports mortar-fire at Karsk by d-army on e-brigades #r1
        05 07:10 a denies occurrence of r1
        05 07:20 b affirms whole of r1
        05 07:30 c affirms whole of r1
    """)).text  # fmt: skip
    assert (
        "Guarantor A is itself, or through the side it answers for, the alleged author. With its vote: facts contested. "
        "Without it: facts and responsibility agreed by all. The outcome without that vote counts, under clause 4 "
        "(How the mechanism decides)." in text
    )
    assert "violation established" not in text


def test_a_day_on_which_nobody_could_look_is_never_calm() -> None:
    text = page(World("05 06:10 a looks north: denied"), "2031-03-05").text
    assert "Where nobody could look, the absence of reports says nothing." in text
    assert "was denied access, 1" in text
    nobody = page(World("05 06:10 a reports mortar-fire at Karsk"), "2031-03-07").text
    assert "No participant states whether it could look anywhere in this period." in nobody


def test_days_that_follow_one_another_with_the_same_words_share_a_row() -> None:
    lines = [f"{day} 06:10 a looks north: denied" for day in ("05", "06", "07", "09")]
    lines += ["06 06:20 b looks north: none", "07 06:20 b looks south: none"]
    told = page(World(*lines)).grid("table-coverage.denied")[1:]
    assert [row[:4] for row in told] == [
        ["2031-03-05 to 2031-03-07", "North zone", "Guarantor A", "Denied"],
        ["2031-03-06", "North zone", "Guarantor B", "Could not"],
        ["2031-03-07", "South zone", "Guarantor B", "Could not"],
        ["2031-03-09", "North zone", "Guarantor A", "Denied"],
    ]


def test_nothing_at_all_is_still_a_report() -> None:
    text = page(World()).text
    assert "From Guarantor A, Guarantor B and Guarantor C, none was received" in text
    assert "No report speaks of a single incident wholly inside the period." in text
    assert "No incident of this period has a point." in text


@pytest.mark.parametrize("period", ["2031-03-05", "2031-W10", "2031-03-01..2031-03-20", "2031-03"])
def test_every_kind_of_period_has_its_report(period: str) -> None:
    made = report_page(worlds.document(worlds.rich(), period))
    assert Page(made.html).one("h1").text.startswith("Joint report: ")
