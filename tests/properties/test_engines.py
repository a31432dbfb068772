"""Property 6: every engine gives what the reference gives, under any settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as with_fields

from tests.properties.match_strategies import constraints, match_reports, match_settings
from tests.told import told
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


def test_two_reports_across_a_pole_meet_once() -> None:
    """From either side of the pole the other is within reach both ways round."""
    across = [
        replace(report, lat_e6=89_850_000, lon_e6=lon)
        for report, lon in zip(told("A1|a|3|0,0\nB1|b|3|0,0"), (0, -180_000_000), strict=True)
    ]
    wide = with_fields(DEFAULT, density_radius_m=70_000)
    defined = match_by_definition(across, Constraints(), wide)
    assert dict(defined.around) == {"A1": 2, "B1": 2}
    assert as_value(match_on_columns(across, Constraints(), wide)) == as_value(defined)


def test_wide_surroundings_of_precise_reports_are_soon_counted() -> None:
    """Bands of the sweep as low as the reports are precise were two hundred thousand here."""
    settings = with_fields(
        DEFAULT, reach_m_max=1, density_radius_m=200_000, density_gap_s=10**9, period_s_max=10**9
    )
    reports = told("A1|a|3|0,0\nB1|b|9000|150,0\nC1|c|20000|60,60")
    defined = match_by_definition(reports, Constraints(), settings)
    assert set(defined.around.values()) == {2, 3}
    assert as_value(match_on_columns(reports, Constraints(), settings)) == as_value(defined)
