"""What becomes one before sources are compared, and what hangs together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.told import told
from trucekeeper.matching.components import Components, bounded_components
from trucekeeper.matching.reports import filed_alike, make_units
from trucekeeper.matching.settings import DEFAULT

FILED = """
    A1 | a | 3   | 0.0, 0 | 1 | shelling
    A2 | a | 3   | 0.9, 0 | 1 | shelling
    A3 | a | 3   | 1.8, 0 | 1 | air-strike
    A4 | a | 3   | 9.0, 0 | 1 | shelling
    A5 | a | 3-4 | 0.0, 0 | 1 | shelling
    B1 | b | 3   | 0.0, 0 | 1 | shelling
    A6 | a | 3   | -      | - | shelling
"""


def test_records_of_a_source_that_repeats_are_one_within_their_radius_and_period() -> None:
    """A3 lies within a radius of A2, A2 of A1: all three are one. None is compared by what it tells."""
    reports = [replace(r, repeats=True) for r in told(FILED)]
    assert list(filed_alike(reports, 4_000)) == [("A1", "A2"), ("A2", "A3")]
    units = make_units(reports, {r.id: 1 for r in reports if r.lat_e6 is not None}, (), DEFAULT)
    assert [[r.id for r in unit.members] for unit in units] == [
        ["A1", "A2", "A3"], ["A4"], ["A5"], ["B1"], ["A6"],
    ]  # fmt: skip
    assert [unit.face is None for unit in units] == [False, False, False, False, True]


def test_nothing_repeats_by_default_nor_where_too_many_share_a_period() -> None:
    reports = told(FILED)
    assert list(filed_alike(reports, 4_000)) == []
    assert list(filed_alike([replace(r, repeats=True) for r in reports], 3)) == []


def test_a_unit_states_what_its_members_state_first() -> None:
    first, second, third = (
        replace(report, weapon=weapon, name=name)
        for report, weapon, name in zip(
            told("""
                A1 | a | 3 | 0, 0 | 1 | shelling   | - | -
                A2 | a | 3 | 5, 0 | 9 | air-strike | g | 2
                A3 | a | 3 | 6, 0 | 9 | air-strike | h | 7
            """),
            (None, None, "mortar"),
            (None, "Karsk", "Vell"),
            strict=True,
        )
    )
    (unit,) = make_units(
        [first, second, third], {"A1": 4, "A2": 9, "A3": 9}, [("A1", "A2"), ("A3", "A2")], DEFAULT
    )
    face = unit.face
    assert face is not None
    assert (face.id, face.lon_e6, face.radius_m, face.act) == ("A1", 0, 1_000, "shelling")
    assert (face.weapon, face.authors, face.name) == ("mortar", frozenset("g"), "Karsk")
    assert (face.killed_min, face.killed_max, unit.around) == (2, 2, 4)


def test_a_unit_is_compared_by_a_member_that_can_be() -> None:
    """The first is too vague: the second stands for both, the first still adds what it states."""
    reports = told("""
        A1 | a | 3 | 0, 0 | 90 | shelling | g | 2
        B1 | b | 3 | 0, 0 | 1  | shelling | - | -
    """)
    (unit,) = make_units(reports, {"B1": 1}, [("B1", "A1")], DEFAULT)
    assert unit.face is not None
    assert (unit.face.id, unit.face.authors, unit.tie) == ("B1", frozenset("g"), "0000")
    assert unit.sources == {"a", "b"}


def test_a_bound_report_that_is_not_there_joins_nothing() -> None:
    reports = told(FILED)[:2]
    assert len(make_units(reports, {}, [("A1", "withdrawn"), ("gone", "A2")], DEFAULT)) == 2


LINKS = {
    "nothing hangs together": ((3, [], 2), [0, 1, 2], 0),
    "a link of no evidence joins nothing": ((2, [(0, 1, 0)], 2), [0, 1], 0),
    "a chain that fits": ((3, [(2, 1, 10), (1, 0, 10)], 3), [0, 0, 0], 0),
    "a chain breaks at its weakest link": (
        (4, [(0, 1, 900), (1, 2, 300), (2, 3, 900)], 2), [0, 0, 2, 2], 4,
    ),
    "links alike all break": ((3, [(0, 1, 600), (1, 2, 600)], 2), [0, 1, 2], 3),
    "two groups break each for itself": (
        (6, [(0, 1, 600), (1, 2, 600), (3, 4, 1), (4, 5, 1)], 2), [0, 1, 2, 3, 4, 5], 6,
    ),
    "a group that fits is left as it is": (
        (5, [(0, 1, 600), (1, 2, 600), (3, 4, 1)], 2), [0, 1, 2, 3, 3], 3,
    ),
    "a part that is still too large raises further": (
        (5, [(0, 1, 900), (1, 2, 600), (2, 0, 900), (2, 3, 100), (3, 4, 900)], 2), [0, 1, 2, 3, 3], 5,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given_", "of", "raised"), LINKS.values(), ids=list(LINKS))
def test_groups_raise_their_own_threshold(
    given_: tuple[int, list[tuple[int, int, int]], int], of: list[int], raised: int
) -> None:
    count, links, most = given_
    assert bounded_components(count, links, most, 250) == Components(of, raised)


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(
                st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(-500, 2_000)),
                max_size=30,
            ),
        )
    ),
    st.integers(2, 5),
    st.sampled_from((1, 250, 5_000)),
)
def test_groups_fit_and_hang_on_no_order_of_links(
    graph: tuple[int, list[tuple[int, int, int]]], most: int, step: int
) -> None:
    count, links = graph
    found = bounded_components(count, links, most, step)
    assert max(found.of.count(root) for root in found.of) <= most
    assert all(found.of[root] == root <= n for n, root in enumerate(found.of))
    shuffled = [(b, a, score) for a, b, score in reversed(links)]
    assert bounded_components(count, shuffled, most, step) == found
