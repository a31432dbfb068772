"""Cases: which of several reports are one incident, and how sure that is. Rows as in `tests/told.py`."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.told import incidents, matched, told
from trucekeeper.matching.clusters import Matches
from trucekeeper.matching.reports import Constraints, MatchReport, Unit
from trucekeeper.matching.settings import DEFAULT
from trucekeeper.matching.terms import FORBIDDEN, set_score

REPEATS = replace(DEFAULT, repeats=replace(DEFAULT.tables, prior_milli=2_000))

TWO = """
    A1 | a | 3 | 0.0, 0 | 1 | shelling | g | 2
    B1 | b | 3 | 0.5, 0 | 1 | shelling | g | 2
"""


def test_two_sources_tell_of_one_event() -> None:
    found = matched(told(TWO))
    assert found.clusters == (("A1", "B1"),)
    assert {m.posterior_milli for m in found.memberships.values()} == {981}


def test_nothing_compared_makes_a_posterior_certain() -> None:
    """However much is alike: an event that nobody else reported may be the one told of."""
    rows = (
        TWO
        + "C1 | c | 3 | 0.2, 0 | 1 | shelling | g | 2\nD1 | d | 3 | 0.3, 0 | 1 | shelling | g | 2"
    )
    found = matched(told(rows))
    assert len(found.clusters) == 1
    assert all(m.posterior_milli < 990 for m in found.memberships.values())


def test_two_vague_reports_say_little_by_being_near() -> None:
    exact = matched(told("A1 | a | 3 | 0, 0 | 1\nB1 | b | 3 | 0.5, 0 | 1")).memberships["A1"]
    vague = matched(told("A1 | a | 3-5 | 0, 0 | 15\nB1 | b | 3-5 | 0.5, 0 | 15")).memberships["A1"]
    assert vague.score_milli < exact.score_milli - 3_000
    assert vague.posterior_milli < exact.posterior_milli


def test_where_much_happens_being_near_says_less() -> None:
    crowd = "\n".join(f"N{n} | n | 3 | {8 + n}, 9 | 1 | air-strike | h | 0" for n in range(6))
    calm, busy = (matched(told(rows)).memberships["A1"] for rows in (TWO, TWO + crowd))
    assert busy.score_milli < calm.score_milli


def test_of_two_rivals_alike_neither_is_sure() -> None:
    found = matched(
        told("""
        A1 | a | 3 | 0, 0 | 1 | shelling | g | 2
        A2 | a | 3 | 4, 0 | 1 | shelling | g | 2
        B1 | b | 3 | 2, 0 | 1 | shelling | g | 2
    """)
    )
    assert found.clusters == (("A1", "B1"), ("A2",))
    assert found.memberships["B1"].rivals == ((1, found.memberships["B1"].score_milli),)
    assert found.memberships["B1"].posterior_milli < 500
    assert found.memberships["A1"].posterior_milli > 900
    assert found.possible == ((0, 1),)


def test_what_lies_in_a_chain_is_not_one_event() -> None:
    """Each is near the next, the ends are far apart."""
    assert incidents(told("""
        A1 | a | 3 | 0, 0 | 1 | shelling
        B1 | b | 3 | 3, 0 | 1 | shelling
        C1 | c | 3 | 6, 0 | 1 | shelling
        D1 | d | 3 | 9, 0 | 1 | shelling
    """)) == ["A1 B1", "C1 D1"]  # fmt: skip


def test_two_events_of_one_town_and_day_keep_their_own_reports() -> None:
    assert incidents(told("""
        A1 | a | 3 | 0, 0 | 3 | shelling | g | 2
        A2 | a | 3 | 0, 0 | 3 | shelling | h | 9
        B2 | b | 3 | 0, 0 | 3 | shelling | h | 9
        C1 | c | 3 | 0, 0 | 3 | shelling | g | 2
        B1 | b | 3 | 0, 0 | 3 | shelling | g | 2
        C2 | c | 3 | 0, 0 | 3 | shelling | h | 9
    """)) == ["A1 C1 B1", "A2 B2 C2"]  # fmt: skip


def test_reports_are_exchanged_where_the_whole_gains() -> None:
    """B1 and A2 are the second best pair; once the best is joined, an exchange is better for all."""
    reports = told("""
        B1 | b | 3 | 1, 0 | 1 | air-strike | - | 2
        B2 | b | 4 | 3, 0 | 3 | air-strike | h | -
        A1 | a | 3 | 6, 0 | 3 | shelling   | h | 2
        A2 | a | 3 | 5, 0 | 3 | -          | h | 9
    """)
    joined, settled = (
        matched(reports, settings=replace(DEFAULT, rounds_max=rounds)) for rounds in (0, 2)
    )
    assert joined.clusters == (("B1", "A2"), ("B2", "A1"))
    assert settled.clusters == (("B1", "A1"), ("B2", "A2"))
    assert evidence(reports, settled) > evidence(reports, joined)


def evidence(reports: list[MatchReport], found: Matches) -> int:
    """The evidence of all incidents together."""
    unit = {r.id: Unit((r,), frozenset({r.source}), r, found.around[r.id]) for r in reports}
    return sum(set_score([unit[id] for id in ids], found.settings) for ids in found.clusters)


def test_a_source_speaks_once_of_one_event() -> None:
    rows = TWO.replace("| b |", "| a |")
    assert incidents(told(rows)) == ["A1", "B1"]


def test_a_source_that_repeats_itself_is_one_report_that_counts_once() -> None:
    rows = TWO.replace("| b |", "| a |") + "C1 | c | 3 | 0, 0 | 1 | shelling | g | 2"
    found = matched(told(rows), settings=REPEATS)
    assert found.clusters == (("A1", "B1", "C1"),)
    assert found.memberships["B1"].repeat_of == "A1"
    assert found.memberships["C1"].repeat_of is None
    alone = matched(told(rows.replace("B1 | a", "B1 | c")), settings=REPEATS).memberships["A1"]
    assert found.memberships["A1"].posterior_milli <= alone.posterior_milli + 1


def test_what_a_repetition_adds_its_first_report_is_taken_to_state() -> None:
    """The first names no author; its repetition does, and another author speaks against joining."""
    rows = """
        A1 | a | 3 | 0.0, 0 | 1 | shelling | - | 2
        A2 | a | 3 | 0.1, 0 | 1 | shelling | h | 2
        C1 | c | 3 | 0.0, 0 | 1 | shelling | g | 2
    """
    apart, together = (
        matched(told(text), settings=REPEATS).memberships["A1"].score_milli
        for text in (rows, rows.replace("| h |", "| g |"))
    )
    words = DEFAULT.tables.author
    assert together - apart == words.same - words.other


def test_bound_together_though_far_apart() -> None:
    rows = TWO.replace("0.5, 0", "900, 0")
    assert incidents(told(rows)) == ["A1", "B1"]
    found = matched(told(rows), Constraints(same=(("A1", "B1"),)))
    assert found.clusters == (("A1", "B1"),)
    assert found.memberships["B1"].repeat_of == "A1"


def test_bound_together_they_are_of_both_sources() -> None:
    """No second report of either source joins them."""
    rows = (
        TWO + "B2 | b | 3 | 0, 0 | 1 | shelling | g | 2\nC1 | c | 3 | 0, 0 | 1 | shelling | g | 2"
    )
    found = incidents(told(rows), Constraints(same=(("A1", "B1"),)))
    assert found == ["A1 B1 C1", "B2"]


def test_bound_apart_they_have_no_common_third() -> None:
    rows = TWO + "C1 | c | 3 | 0.5, 0 | 1 | shelling | g | 2"
    bound = Constraints(apart=(("A1", "B1"),))
    assert incidents(told(rows)) == ["A1 B1 C1"]
    assert incidents(told(rows), bound) == ["A1 C1", "B1"]


def test_bound_together_and_apart_they_are_together() -> None:
    """One report is not two: whoever signs both has said that they are one."""
    pair = (("A1", "B1"),)
    assert incidents(told(TWO), Constraints(same=pair, apart=pair)) == ["A1 B1"]


@pytest.mark.parametrize(
    "row",
    ["C1 | c | 3 | 0, 0 | 30 | shelling | g | 2", "C1 | c | 1-9 | 0, 0 | 1 | shelling | g | 2", "C1 | c | 3 | - | - | shelling | g | 2"],
    ids=["vague in place", "vague in time", "without a point"],
)  # fmt: skip
def test_what_is_vague_is_not_compared_and_disturbs_nobody(row: str) -> None:
    usual, found = matched(told(TWO)), matched(told(TWO + row))
    assert found.clusters == (("A1", "B1"), ("C1",))
    assert found.memberships["C1"].matched is False
    assert found.memberships["A1"] == usual.memberships["A1"]
    assert "C1" not in found.around


def test_a_crowd_is_not_compared_and_is_counted() -> None:
    settings = replace(DEFAULT, crowd_max=2)
    assert matched(told(TWO), settings=settings).bounds.crowded == 0
    found = matched(told(TWO + "C1 | c | 3 | 1, 0 | 1"), settings=settings)
    assert found.clusters == (("A1",), ("B1",), ("C1",))
    assert (found.bounds.crowded, set(found.around.values())) == (3, {3})


def test_of_many_candidates_of_one_source_the_best_are_kept() -> None:
    rows = (
        TWO + "B2 | b | 3 | 2, 0 | 1 | shelling | g | 2\nB3 | b | 3 | 3, 0 | 1 | shelling | g | 2"
    )
    found = matched(told(rows), settings=replace(DEFAULT, candidates_max=1))
    assert found.clusters[0] == ("A1", "B1")
    assert found.bounds.candidates == 2
    assert found.memberships["A1"].rivals == ()
    assert len(matched(told(rows)).memberships["A1"].rivals) == 2


def test_what_hangs_together_too_widely_falls_into_parts() -> None:
    """Four near each other, two at most in a group: the best pairs stay."""
    rows = """
        A1 | a | 3 | 0.0, 0 | 1 | shelling | g | 2
        B1 | b | 3 | 0.0, 0 | 1 | shelling | g | 2
        C1 | c | 3 | 2.5, 0 | 1 | shelling | - | -
        D1 | d | 3 | 2.5, 0 | 1 | shelling | - | -
    """
    found = matched(told(rows), settings=replace(DEFAULT, component_max=2))
    assert found.clusters == (("A1", "B1"), ("C1", "D1"))
    assert found.bounds.raised == 4


def test_a_set_in_which_a_source_speaks_twice_has_no_evidence() -> None:
    found = told(TWO + "A2 | a | 3 | 0, 0 | 1 | shelling | g | 2")
    units = [Unit((r,), frozenset({r.source}), r, 1) for r in found]
    assert set_score(units[:1], DEFAULT) == 0
    assert set_score(units[:2], DEFAULT) > 0
    assert set_score(units, DEFAULT) == FORBIDDEN
