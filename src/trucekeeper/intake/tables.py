"""Report tables, as CSV or as a workbook: one row, one report.

Every cell that cannot be understood is reported and its row left out; the other rows go on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code, Problem
from trucekeeper.intake.cells import Row, e6, one_of, shown, word_shown
from trucekeeper.intake.columns import BY_NAME, INFO_GRADES, match_headers
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.moments import EXPECTED, bounds, parse_offset
from trucekeeper.intake.setting import Setting
from trucekeeper.intake.sheets import Sheet
from trucekeeper.statements.kinds import Report
from trucekeeper.statements.parts import Observer, Place
from trucekeeper.vocabulary.places import Bools, Ints, inside
from trucekeeper.vocabulary.quantities import COUNT_UNITS, Count
from trucekeeper.vocabulary.times import DAY_S, Period, instant, instant_text

_NAME_MAX = 300
_TEXT_MAX = 20_000
_CODE_MAX = 60
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
#: Columns that say one field of a report by one word of a list.
_CLOSED = ("basis", "act", "weapon", "phenomenon", "direction", "source_grade")


def take_table(
    sheet: Sheet, setting: Setting, mapping: Mapping[str, str]
) -> tuple[list[Draft], list[Problem]]:
    """The reports of a table and what is wrong with the other rows.

    mapping: their column → ours. Raises IntakeError where a needed column is missing."""
    columns, problems = match_headers(sheet, mapping)
    problems = [*sheet.problems, *problems]
    drafts: list[tuple[Draft, Row]] = []
    for row in sheet.rows(columns):
        if _explains(row):
            continue
        draft = _draft(row, setting)
        problems += row.problems
        if draft is not None:
            drafts.append((draft, row))
    swapped = _swapped([draft for draft, _ in drafts], setting.agreement)
    for (_, row), is_swapped in zip(drafts, swapped, strict=True):
        if is_swapped:
            problems.append(_swap_problem(row))
    return [draft for (draft, _), bad in zip(drafts, swapped, strict=True) if not bad], problems


def _explains(row: Row) -> bool:
    """Whether nothing stands in it but the form's own explanations."""
    return bool(row.cells) and all(
        text == BY_NAME[column].explains for column, text in row.cells.items()
    )


def _draft(row: Row, setting: Setting) -> Draft | None:
    """The report of a row. Every cell is read, so that all that is wrong stands in its problems."""
    info_grade = row.word("info_grade", INFO_GRADES)
    occurred = _occurred(row, setting)
    stated: dict[str, Any] = {
        **{name: _closed(row, name) for name in _CLOSED},
        "place": _place(row, setting.agreement),
        "report_ref": _short(row, "report_ref"),
        "count": _count(row),
        "observer": _observer(row),
        "means": row.words("means", BY_NAME["means"].words),
        "alleged_author": _names(row, "alleged_author"),
        "target": _names(row, "target"),
        "killed": row.range("killed_min", "killed_max"),
        "injured": row.range("injured_min", "injured_max"),
        "origins": _names(row, "origin"),
        "info_grade": None if info_grade is None else int(info_grade),
        "description": _short(row, "description", _TEXT_MAX),
    }
    on_behalf_of = _participant(row, setting.agreement)
    language = _language(row, setting)
    if row.problems or occurred is None:
        return None
    draft = setting.draft(Report(occurred=occurred, **stated), row.origin)
    return replace(draft, on_behalf_of=on_behalf_of, language=language)


def _closed(row: Row, column: str) -> Any:
    return row.word(column, BY_NAME[column].words, needed=BY_NAME[column].needed)


def _short(row: Row, column: str, most: int = _NAME_MAX) -> str | None:
    text = row.text(column)
    if text is not None and len(text) > most:
        row.bad(column, f"a text of {len(text)} characters", f"at most {most}")
        return None
    return text


def _names(row: Row, column: str) -> tuple[str, ...]:
    names = row.texts(column)
    longest = max(map(len, names), default=0)
    if len(names) > 50 or longest > _NAME_MAX:
        found = f"{len(names)} names, the longest of {longest} characters"
        row.bad(column, found, f"at most 50 names of at most {_NAME_MAX} characters")
    return names


def _count(row: Row) -> Count | None:
    between, unit = row.between("count"), row.word("count_unit", COUNT_UNITS)
    if row.has("count") and not row.has("count_unit"):
        row.bad("count_unit", shown(""), one_of("", COUNT_UNITS))
    if row.has("count_unit") and not row.has("count"):
        row.bad("count", shown(""), "how many, as `3` or `3-5`")
    return None if between is None else Count(unit=unit, min=between[0], max=between[1])


def _occurred(row: Row, setting: Setting) -> Period | None:
    """The period of a row; None where the row says none that can be."""
    row.needed("occurred_earliest", EXPECTED)
    earliest, latest = row.moment("occurred_earliest"), row.moment("occurred_latest")
    zone = row.text("time_zone")
    zone_s = None if zone is None else parse_offset(zone)
    if zone is not None and zone_s is None:
        row.bad("time_zone", shown(zone), "nothing, `UTC` or an offset as `+03:00`")
    if earliest is None or row.is_bad("occurred_latest"):
        return None
    start, end = bounds(earliest, latest, zone_s, setting.calendar)
    if start > setting.now:
        expected = f"at or before {instant_text(setting.now)}, when it is stated"
        row.bad("occurred_earliest", instant_text(start), expected, Code.FUTURE_DATE)
    elif end > (day_end := _day_end(setting, zone_s)):
        expected = f"at or before {instant_text(day_end)}, the end of the day on which it is stated"
        row.bad("occurred_latest", instant_text(end), expected, Code.FUTURE_DATE)
    elif end <= start:
        row.bad("occurred_latest", instant_text(end), f"a time after {instant_text(start)}")
    else:
        return Period(earliest=instant(start), latest=instant(end))
    return None


def _day_end(setting: Setting, zone_s: int | None) -> int:
    """The end of the day on which the rows are stated, where that day ends last: by the agreement's
    time or by the row's."""
    calendar, now = setting.calendar, setting.now
    offsets = {calendar.offset_s(now), calendar.offset_s(now) if zone_s is None else zone_s}
    return max(((now + offset) // DAY_S + 1) * DAY_S - offset for offset in offsets)


def _place(row: Row, agreement: Agreement) -> Place:
    lat, lon = row.degrees("latitude"), row.degrees("longitude")
    radius_m = row.whole("radius_m", 20_100_000, "whole metres")
    has_point = row.has("latitude") or row.has("longitude")
    for column, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if row.has(other) and not row.has(column):
            row.bad(column, shown(""), f"a {column}, as there is a {other}")
    if has_point and not row.has("radius_m"):
        row.bad("radius_m", shown(""), "how far from the point it may have been, in metres")
    if row.has("radius_m") and not has_point:
        row.bad("radius_m", "a radius without a point", "a latitude and longitude, or no radius")
    _off_the_globe(row, lat, lon)
    code = _short(row, "pcode", _CODE_MAX)
    if (
        code is not None
        and agreement.file.reporting_areas
        and agreement.reporting_area(code) is None
    ):
        expected = "a code that begins with one of a reporting area of the agreement"
        row.bad("pcode", "a code of no area", expected, Code.NOT_IN_AGREEMENT)
    return Place(
        lat_e6=None if lat is None else e6(lat),
        lon_e6=None if lon is None else e6(lon),
        radius_m=radius_m,
        code=code,
        name=_short(row, "place_name"),
    )


def _off_the_globe(row: Row, lat: Decimal | None, lon: Decimal | None) -> None:
    if lat is not None and abs(lat) > 90:
        fits_swapped = abs(lat) <= 180 and (lon is None or abs(lon) <= 90)
        code = Code.SWAPPED_COORDINATES if fits_swapped else Code.BAD_CELL
        row.bad("latitude", "a latitude beyond 90 degrees", "-90 to 90", code)
    if lon is not None and abs(lon) > 180:
        row.bad("longitude", "a longitude beyond 180 degrees", "-180 to 180")


def _observer(row: Row) -> Observer | None:
    observer = Observer(
        place_name=_short(row, "observer_place"),
        radius_m=row.whole("observer_radius_m", 20_100_000, "whole metres"),
        bearing_deg=row.whole("bearing_deg", 359, "whole degrees"),
        distance_m=row.whole("distance_m", 20_100_000, "whole metres"),
    )
    return None if observer == Observer() else observer


def _participant(row: Row, agreement: Agreement) -> str | None:
    text = row.text("on_behalf_of")
    if text is None or text in agreement.participants:
        return text
    found, expected = word_shown(text, agreement.participants), one_of(text, agreement.participants)
    row.bad("on_behalf_of", found, expected, Code.NOT_IN_AGREEMENT)
    return None


def _language(row: Row, setting: Setting) -> str:
    text = row.text("language")
    if text is not None and not _LANGUAGE.fullmatch(text):
        row.bad("language", shown(text), "a language tag, as `en` or `ar`")
    return text or setting.language


def _swapped(drafts: list[Draft], agreement: Agreement) -> list[bool]:
    """For each report, whether its point lies in no area of the agreement but would if its latitude
    and longitude changed places. All at once: an area has thousands of edges."""
    places = [draft.body.place if isinstance(draft.body, Report) else Place() for draft in drafts]
    lats = np.array([place.lat_e6 or 0 for place in places], dtype=np.int64)
    lons = np.array([place.lon_e6 or 0 for place in places], dtype=np.int64)
    has_point = np.array([place.lat_e6 is not None for place in places], dtype=bool)
    # A longitude beyond 90 degrees is no latitude.
    could_be = has_point & (np.abs(lons) <= 90_000_000)
    found: Bools = could_be & ~_in_areas(agreement, lats, lons) & _in_areas(agreement, lons, lats)
    return [bool(is_swapped) for is_swapped in found]


def _in_areas(agreement: Agreement, lats: Ints, lons: Ints) -> Bools:
    result: Bools = np.zeros(len(lats), dtype=bool)
    for _, polygon in agreement.area_polygons:
        result |= inside(polygon, lats, lons)
    return result


def _swap_problem(row: Row) -> Problem:
    found = "a point in no area of the agreement, which would be in one with the two swapped"
    return Problem(Code.SWAPPED_COORDINATES, row.place("latitude"), found, "latitude, longitude")
