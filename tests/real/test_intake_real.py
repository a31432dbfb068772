"""The published data sets of the reference case, taken in whole. They lie beside the repository and
are no part of it: where they are absent, these tests say so and skip. Names of groups and places
are read from the files, never written here."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.intake.log import Log
from trucekeeper.agreement.rules import Agreement, load
from trucekeeper.intake.drafts import Draft, Taken
from trucekeeper.intake.persons import warnings
from trucekeeper.intake.read import take
from trucekeeper.intake.stated import stated_before
from trucekeeper.statements.kinds import Report, Tally
from trucekeeper.vocabulary.times import parse_instant, seconds

SHARED = Path(__file__).parents[2].parent / "shared"
DATA = SHARED / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no data in ../{SHARED.name}")

GED = DATA / "ged-syria-2017" / "ged_syria_20161201_20171231.csv.gz"
VIDEOS = DATA / "syrian-archive-observations" / "observations_excl_2016jan_nov.csv.gz"
PLACES = DATA / "syrian-archive-observations" / "places.csv"
BULLETINS = DATA / "ru-tr-commission-2017"

AGREEMENT = b"""
[agreement]
id = "window"
title = "A calendar with its summer time"
in_force = 2016-12-29T22:00:00Z
reporting_circle = "public"

[time]
offsets = [
  { from = 2016-01-01T00:00:00Z, minutes = 120 },
  { from = 2017-03-30T22:00:00Z, minutes = 180 },
  { from = 2017-10-26T21:00:00Z, minutes = 120 },
]

[[participants]]
id = "a"
name = "A"
role = "guarantor"

[[participants]]
id = "b"
name = "B"
role = "guarantor"

[[components]]
id = "open"
name = "An open data set"
keeper = "a"
published = 2020-01-01T00:00:00Z

[[circles]]
id = "public"
members = ["a", "b"]

[[clauses]]
id = "1"
summary = "A clause"

[decision]
rule = "consensus"
circle = "public"
quorum = 2

[[entitlements]]
kinds = ["*"]
by = ["*"]
"""
NOW = parse_instant("2026-01-01T00:00:00Z") or 0
#: Local midnight at which the window opens.
OPENS = parse_instant("2016-12-29T22:00:00Z") or 0
SIX_DAYS_S = 6 * 86_400


@cache
def rules() -> Agreement:
    """An agreement that says what local time is, and little else."""
    return load(AGREEMENT, {})


def taken(path: Path, **options: object) -> Taken:
    """A file taken in for the component."""
    usual = {"author": "open", "circle": "public", "stated": {}, "now": NOW}
    return take(path, rules(), **{**usual, **options})  # type: ignore[arg-type]


@cache
def ged() -> Taken:
    """The event data."""
    return taken(GED)


@cache
def videos() -> Taken:
    """The video archive, with its list of places."""
    return taken(VIDEOS, places=PLACES)


@cache
def bulletins() -> Taken:
    """The bulletins, their two party codes in the order in which they first stand."""
    with (BULLETINS / "counts.csv").open(encoding="utf-8", newline="") as file:
        codes = dict.fromkeys(row["registering_party"] for row in csv.DictReader(file))
    first, second = codes
    return taken(BULLETINS, parties={first: "a", second: "b"}, publisher="a")


@cache
def rows(path: Path) -> Mapping[int, dict[str, str]]:
    """The rows of a compressed table as they stand, by row number."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return dict(enumerate(csv.DictReader(file), start=2))


def reports(result: Taken) -> list[tuple[Draft, Report]]:
    """The drafts that are reports, each with its body."""
    return [(draft, draft.body) for draft in result.drafts if isinstance(draft.body, Report)]


def ends(report: Report) -> int:
    """The end of the period, in seconds."""
    return seconds(report.occurred.latest)


def begins(report: Report) -> int:
    """The beginning of the period, in seconds."""
    return seconds(report.occurred.earliest)


# The event data


def test_every_event_is_a_report() -> None:
    """6,028 rows, none lost, each with its own reference; 51 contradict themselves and say so."""
    result = ged()
    assert len(result.drafts) == len(rows(GED)) == 6_028
    assert [draft.origin.row for draft in result.drafts] == list(rows(GED))
    assert len({report.report_ref for _, report in reports(result)}) == 6_028
    assert sum(bool(report.doubts) for _, report in reports(result)) == 51
    assert [problem.code.id for problem in result.problems] == ["I-009"] * 51
    assert {draft.stated_at for draft in result.drafts} == {parse_instant("2020-01-01T00:00:00Z")}


def test_events_of_the_window() -> None:
    """5,619 end in it, of which 8 begin earlier."""
    inside = [report for _, report in reports(ged()) if ends(report) > OPENS]
    assert len(inside) == 5_619
    assert sum(begins(report) < OPENS for report in inside) == 8


def test_events_whose_place_and_time_are_known() -> None:
    """Precision 1 or 2 of both is the same as a radius of at most 25 km and a period of at most six
    local days: 5,043 rows of the window, the same rows, also across a change of the clocks."""
    inside = [(draft, report) for draft, report in reports(ged()) if ends(report) > OPENS]
    by_precision = {
        draft.origin.row
        for draft, _ in inside
        for row in [rows(GED)[draft.origin.row or 0]]
        if int(row["where_prec"]) <= 2 and int(row["date_prec"]) <= 2
    }
    by_bounds = {
        draft.origin.row
        for draft, report in inside
        if report.place.radius_m is not None
        and report.place.radius_m <= 25_000
        and ends(report) - begins(report) <= SIX_DAYS_S
    }
    assert len(by_precision) == 5_043
    assert by_bounds == by_precision


def test_points_and_areas_of_the_events() -> None:
    """A point for precision 1 and 2 only; the publisher's area wherever it names one."""
    radii = Counter(report.place.radius_m for _, report in reports(ged()))
    assert radii == {2_000: 3_220, 25_000: 2_180, None: 628}
    assert sum(report.place.area_name is None for _, report in reports(ged())) == 131


def test_no_firing_side_is_made_up() -> None:
    """Two sides are alternatives of both; one-sided violence names who acts."""
    for draft, report in reports(ged()):
        one_sided = rows(GED)[draft.origin.row or 0]["type_of_violence"] == "3"
        assert (report.alleged_author != report.target) == one_sided
        assert len(report.alleged_author) >= 1


def test_the_data_set_twice() -> None:
    """Signed once, nothing of it is new."""
    log = Log()
    for draft in ged().drafts:
        log.sign(draft)
    again = taken(GED, stated=stated_before(log.record()))
    assert (len(again.drafts), again.repeated) == (0, 6_028)


# The video archive


def test_every_observation_is_a_report() -> None:
    """1,767 rows, none lost; of the 304 recorded in the window, 201 have a point, 35 their own."""
    assert len(videos().drafts) == len(rows(VIDEOS)) == 1_767
    assert not videos().problems
    recorded = [
        (report, rows(VIDEOS)[draft.origin.row or 0])
        for draft, report in reports(videos())
        if rows(VIDEOS)[draft.origin.row or 0]["Recording_Date"] >= "2016-12-30"
    ]
    assert len(recorded) == 304
    assert sum(bool(row["Latitude"]) for _, row in recorded) == 35
    pointed = [report for report, _ in recorded if report.place.lat_e6 is not None]
    assert len(pointed) == 201
    assert {report.place.radius_m for report in pointed} == {2_000}
    days = {(begins(r), r.place.lat_e6, r.place.lon_e6) for r in pointed}
    assert len(days) == 70


def test_one_event_has_many_videos() -> None:
    """The most of one day and town are 44, on three points near one another; the most of one day
    and point 36."""
    inside = [r for _, r in reports(videos()) if begins(r) >= OPENS and r.place.lat_e6 is not None]
    by_town = Counter((begins(r), r.place.name) for r in inside)
    by_point = Counter((begins(r), r.place.lat_e6, r.place.lon_e6) for r in inside)
    (town, most), (_, second) = by_town.most_common(2)
    assert (most, second < most) == (44, True)
    assert by_point.most_common(1)[0][1] == 36
    points = {(r.place.lat_e6, r.place.lon_e6) for r in inside if (begins(r), r.place.name) == town}
    assert len(points) == 3
    lats, lons = ([p[i] or 0 for p in points] for i in (0, 1))
    assert max(lats) - min(lats) < 20_000
    assert max(lons) - min(lons) < 20_000


# The bulletins


def tallies() -> list[Tally]:
    """The tallies of all bulletins."""
    return [draft.body for draft in bulletins().drafts if isinstance(draft.body, Tally)]


def test_every_count_of_the_bulletins_is_in_a_tally() -> None:
    """40 bulletins and 227 counts, 9 of them empty; one bulletin gives one party no count."""
    assert len(tallies()) == len(bulletins().drafts) == 79
    assert len({(tally.report_ref or "").partition(" ")[0] for tally in tallies()}) == 40
    parts = [part for tally in tallies() for part in tally.parts]
    assert len(parts) == 227
    assert sum(part.count is None for part in parts) == 9
    assert {tally.published_by for tally in tallies()} == {"a"}


def test_dates_and_spans_of_the_bulletins() -> None:
    """33 are dated; one is of a week, the others of a day."""
    dated = {(tally.report_ref or "").partition(" ")[0] for tally in tallies() if tally.period}
    assert len(dated) == 33
    weekly = {
        (tally.report_ref or "").partition(" ")[0] for tally in tallies() if tally.span == "week"
    }
    assert len(weekly) == 1
    assert all(("undated" in tally.doubts) == (tally.period is None) for tally in tallies())


def test_bulletins_that_contradict_themselves() -> None:
    """Two, in one party's counts each; kept as stated."""
    doubts = [d for tally in tallies() for d in tally.doubts if d != "undated"]
    assert doubts == [
        "the parts add up to 6, the stated total is 7",
        "the parts add up to 93, the stated total is 82",
    ]
    assert [problem.code.id for problem in bulletins().problems] == ["I-009", "I-009"]


def test_what_one_party_says_of_the_other_s_counts() -> None:
    """Every phrase is understood; what is judged is never more than what was registered."""
    judged = [tally for tally in tallies() if tally.judgements]
    assert {tally.registered_by for tally in judged} == {"b"}
    assert {j.by for tally in judged for j in tally.judgements} == {"a"}
    assert all(sum(j.count for j in t.judgements) == t.totals[0] for t in judged)
    assert sum(j.says == "target-excluded" for t in judged for j in t.judgements) == 2


def test_equal_bulletins_of_different_days() -> None:
    """Two bulletins a month apart carry equal totals, and both are there."""
    totals = Counter(
        (tally.totals, tally.registered_by)
        for tally in tallies()
        if tally.published_on is not None and tally.published_on.day == 15
    )
    assert sorted(totals.values()) == [2, 2]


def test_the_warning_about_names_is_seldom_given() -> None:
    """docs/decisions/12-sealed.md gives the figure; three of the four name somebody."""
    drafts = [draft for read in (ged(), videos(), bulletins()) for draft in read.drafts]
    assert len(drafts) == 7_874
    assert len(warnings(drafts, rules())) == 4
