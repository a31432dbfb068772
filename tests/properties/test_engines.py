"""Property 6: every engine gives what the reference gives, under any settings."""

from __future__ import annotations

from collections.abc import Sequence
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.match_strategies import constraints, match_reports, match_settings
from trucekeeper.engines import kernel, values
from trucekeeper.engines.values import match_on_columns
from trucekeeper.matching.clusters import Matches
from trucekeeper.matching.reference import match_by_definition
from trucekeeper.matching.reports import Constraints, MatchReport
from trucekeeper.matching.settings import DEFAULT, Settings


def as_value(matches: Matches) -> dict[str, object]:
    """A result as plain values, by name."""
    return {
        "clusters": matches.clusters,
        "memberships": dict(matches.memberships),
        "possible": matches.possible,
        "around": dict(matches.around),
        "bounds": matches.bounds,
    }


def match_in_numpy(
    reports: Sequence[MatchReport], bound: Constraints, settings: Settings
) -> Matches:
    """The engine as it is where nothing compiles."""
    with (
        mock.patch.object(kernel, "HAS_COMPILER", new=False),
        mock.patch.object(values, "HAS_COMPILER", new=False),
    ):
        return match_on_columns(reports, bound, settings)


@given(match_reports(), match_settings(), st.data())
def test_compiled_or_not_an_engine_gives_what_the_definition_gives(
    reports: list[MatchReport], settings: Settings, data: st.DataObject
) -> None:
    bound = data.draw(constraints(reports))
    defined = as_value(match_by_definition(reports, bound, settings))
    assert as_value(match_on_columns(reports, bound, settings)) == defined
    assert as_value(match_in_numpy(reports, bound, settings)) == defined


@given(match_reports(), st.data())
def test_so_it_does_under_the_default_annex(
    reports: list[MatchReport], data: st.DataObject
) -> None:
    bound = data.draw(constraints(reports))
    defined = as_value(match_by_definition(reports, bound, DEFAULT))
    assert as_value(match_on_columns(reports, bound, DEFAULT)) == defined
    assert as_value(match_in_numpy(reports, bound, DEFAULT)) == defined
