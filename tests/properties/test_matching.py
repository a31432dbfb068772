"""What holds of every matching: it hangs on what the reports say, not on how they come, and near
reports alone decide."""

from __future__ import annotations

import random
from dataclasses import replace
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.match_strategies import (
    DAY_S,
    SOURCES,
    constraints,
    match_reports,
    match_settings,
)
from tests.properties.test_engines import as_value
from trucekeeper.engines import values
from trucekeeper.engines.values import match_on_columns
from trucekeeper.matching.clusters import Matches
from trucekeeper.matching.reference import match_by_definition
from trucekeeper.matching.reports import Constraints, MatchReport
from trucekeeper.matching.settings import Settings

#: Beyond every reach in time that generated settings have.
LATER_S = 10**10


@given(match_reports(), match_settings(), st.randoms(use_true_random=False))
def test_the_order_of_reports_does_not_matter(
    reports: list[MatchReport], settings: Settings, chance: random.Random
) -> None:
    shuffled = list(reports)
    chance.shuffle(shuffled)
    for matcher in (match_by_definition, match_on_columns):
        one, other = (matcher(r, Constraints(), settings) for r in (reports, shuffled))
        assert as_value(one) == as_value(other)


@given(match_reports(), match_settings(), st.sampled_from((1, 2, 3, 7)))
def test_the_number_of_threads_does_not_matter(
    reports: list[MatchReport], settings: Settings, threads: int
) -> None:
    usual = match_on_columns(reports, Constraints(), settings)
    with mock.patch.object(values, "THREADS", threads):
        other = match_on_columns(reports, Constraints(), settings)
    assert as_value(usual) == as_value(other)


@given(match_reports(), match_settings(), st.data())
def test_every_report_is_in_exactly_one_incident(
    reports: list[MatchReport], settings: Settings, data: st.DataObject
) -> None:
    matches = match_on_columns(reports, data.draw(constraints(reports)), settings)
    assert sorted(id for cluster in matches.clusters for id in cluster) == [r.id for r in reports]
    for position, cluster in enumerate(matches.clusters):
        assert all(matches.memberships[id].cluster == position for id in cluster)


@given(match_reports(), match_settings())
def test_an_incident_has_one_report_of_a_source_save_repeats(
    reports: list[MatchReport], settings: Settings
) -> None:
    matches = match_on_columns(reports, Constraints(), settings)
    source = {r.id: r.source for r in reports}
    for cluster in matches.clusters:
        firsts = [source[id] for id in cluster if matches.memberships[id].repeat_of is None]
        assert len(firsts) == len(set(firsts))


@given(match_reports(), match_settings(), st.data())
def test_what_is_bound_together_is_together_and_what_is_bound_apart_apart(
    reports: list[MatchReport], settings: Settings, data: st.DataObject
) -> None:
    bound = data.draw(constraints(reports))
    matches = match_on_columns(reports, bound, settings)
    of = {id: member.cluster for id, member in matches.memberships.items()}
    assert all(of[one] == of[other] for one, other in bound.same)
    # What is one report is not two: repeated, or bound together.
    one_of = {id: member.repeat_of or id for id, member in matches.memberships.items()}
    for one, other in bound.apart:
        assert of[one] != of[other] or one_of[one] == one_of[other]


@given(match_reports(), match_settings())
def test_a_posterior_is_a_share_and_a_possible_link_leads_elsewhere(
    reports: list[MatchReport], settings: Settings
) -> None:
    matches = match_on_columns(reports, Constraints(), settings)
    for member in matches.memberships.values():
        assert 0 <= member.posterior_milli <= 1000
        assert member.cluster not in {rival for rival, _ in member.rivals}
        assert list(member.rivals) == sorted(member.rivals, key=lambda r: (-r[1], r[0]))
    assert all(one < other for one, other in matches.possible)


@given(match_reports(most=30), match_settings(), st.integers(0, 2**32), st.data())
def test_a_report_far_away_changes_nothing_elsewhere(
    reports: list[MatchReport], settings: Settings, seed: int, data: st.DataObject
) -> None:
    """Not even where it is at the same point, if it is at quite another time."""
    chance = random.Random(seed)  # noqa: S311  # a report, not a key
    near = data.draw(st.sampled_from(reports)) if reports else None
    if near is None:
        return
    begin = max(r.latest for r in reports) + LATER_S
    stranger = replace(
        near,
        id="stranger",
        tie=f"{chance.getrandbits(32):08x}ffff",
        source=chance.choice(SOURCES),
        earliest=begin,
        latest=begin + DAY_S,
    )
    bound = data.draw(constraints(reports))
    before = match_on_columns(reports, bound, settings)
    after = match_on_columns([*reports, stranger], bound, settings)
    assert set(after.clusters) - set(before.clusters) == {("stranger",)}
    assert _by_first(before) == {
        id: told for id, told in _by_first(after).items() if id != "stranger"
    }
    around = dict(after.around)
    around.pop("stranger", None)
    assert around == dict(before.around)


def _by_first(matches: Matches) -> dict[str, object]:
    """What is told of each report, incidents named by their first."""
    return {
        id: (
            matches.clusters[m.cluster],
            (m.posterior_milli, m.score_milli, m.repeat_of, m.matched),
            [(matches.clusters[rival], evidence) for rival, evidence in m.rivals],
        )
        for id, m in matches.memberships.items()
    }


@given(match_reports(), match_settings(), st.data())
def test_other_names_in_the_same_order_rename_the_result_and_change_nothing_else(
    reports: list[MatchReport], settings: Settings, data: st.DataObject
) -> None:
    bound = data.draw(constraints(reports))
    named = {r.id: f"named-{n:05d}" for n, r in enumerate(reports)}
    ties = {tie: f"{n:06d}" for n, tie in enumerate(sorted(r.tie for r in reports))}
    renamed = [replace(r, id=named[r.id], tie=ties[r.tie]) for r in reports]
    bound_renamed = Constraints(
        *(tuple((named[a], named[b]) for a, b in pairs) for pairs in (bound.same, bound.apart))
    )
    before = match_on_columns(reports, bound, settings)
    after = match_on_columns(renamed, bound_renamed, settings)
    assert [[named[id] for id in c] for c in before.clusters] == [list(c) for c in after.clusters]
    assert (before.possible, before.bounds) == (after.possible, after.bounds)
    assert {named[id]: n for id, n in before.around.items()} == dict(after.around)
    for id, member in before.memberships.items():
        first = None if member.repeat_of is None else named[member.repeat_of]
        assert after.memberships[named[id]] == replace(member, repeat_of=first)
