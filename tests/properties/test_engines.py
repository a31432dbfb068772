"""Property 6: every engine gives what the reference gives."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.strategies import match_reports
from trucekeeper.engines.values import match_on_columns
from trucekeeper.matching.clusters import Matches
from trucekeeper.matching.reference import match_by_definition
from trucekeeper.matching.reports import Constraints, MatchReport
from trucekeeper.matching.settings import DEFAULT


def as_value(matches: Matches) -> object:
    """A result as a plain value."""
    return matches.clusters, dict(matches.memberships), matches.possible, dict(matches.around)


@given(match_reports(), st.data())
def test_the_grid_gives_what_the_definition_gives(
    reports: list[MatchReport], data: st.DataObject
) -> None:
    ids = [r.id for r in reports] or ["r0"]
    pairs = st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(ids)), max_size=3)
    same, apart = (tuple((a, b) for a, b in data.draw(pairs) if a != b) for _ in range(2))
    constraints = Constraints(same, apart)
    defined = match_by_definition(reports, constraints, DEFAULT)
    assert as_value(match_on_columns(reports, constraints, DEFAULT)) == as_value(defined)


@given(match_reports(), st.randoms(use_true_random=False))
def test_the_order_of_reports_does_not_matter(
    reports: list[MatchReport], chance: random.Random
) -> None:
    shuffled = list(reports)
    chance.shuffle(shuffled)
    one, other = (match_by_definition(r, Constraints(), DEFAULT) for r in (reports, shuffled))
    assert as_value(one) == as_value(other)


@given(match_reports())
def test_every_report_is_in_exactly_one_incident(reports: list[MatchReport]) -> None:
    matches = match_on_columns(reports, Constraints(), DEFAULT)
    assert sorted(id for cluster in matches.clusters for id in cluster) == sorted(
        r.id for r in reports
    )


@given(match_reports())
def test_an_incident_has_one_report_of_a_source_save_repeats(reports: list[MatchReport]) -> None:
    matches = match_on_columns(reports, Constraints(), DEFAULT)
    source = {r.id: r.source for r in reports}
    for cluster in matches.clusters:
        firsts = [source[id] for id in cluster if matches.memberships[id].repeat_of is None]
        assert len(firsts) == len(set(firsts))
