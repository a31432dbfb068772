"""Observations of a video archive: one video, one report.

The date is that of the recording, not of the event: the event lies between the beginning of the day
before it and its end. Titles are not mined, so no author is stated; what the publisher says beside
the description (its own type, reference, channel, links) stays in the description, word for word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from trucekeeper.errors import Code, Problem
from trucekeeper.intake.cells import Row, e6, shown
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.moments import EXPECTED_DAY, days
from trucekeeper.intake.setting import Setting
from trucekeeper.intake.sheets import Sheet, read_bytes, read_csv
from trucekeeper.statements.kinds import Report
from trucekeeper.statements.parts import Place
from trucekeeper.vocabulary.text import name_key
from trucekeeper.vocabulary.times import Period

COLUMNS = (
    "Description", "City", "Neighborhood", "Latitude", "Longitude", "Reference_Code",
    "Violation_Type", "Recording_Date", "Recording_Hour", "Recording_Minute", "Source",
    "Youtube_ID", "Weapons_Used", "URLs_And_News", "Database_ID",
)  # fmt: skip
#: What makes a table one of observations; it may lack the others.
NEEDED = (
    "Description", "City", "Neighborhood", "Violation_Type", "Recording_Date", "Database_ID",
)  # fmt: skip
_PLACE_COLUMNS = ("City", "Neighborhood", "Latitude", "Longitude")
#: How far from its point a place of the archive may have been: the size of a town.
_RADIUS_M = 2_000

#: By a word of the weapon: the act and the class of weapon.
_BY_WEAPON = {
    "chemical": ("alleged-toxic-agent-use", "suspected-chemical"),
    "cluster": ("cluster-munition-use", "cluster-munition"),
    "incendiary": ("incendiary-munition-use", "incendiary-weapon"),
}
#: By a word of the publisher's type.
_BY_TYPE = {"displacement": "forced-displacement", "siege": "aid-blocked"}
_CASUALTIES = "alleged civilian casualties"

#: A point of the list of places, in millionths of a degree, by town and quarter.
Places = Mapping[tuple[str, str], tuple[int, int]]


def take_archive(
    sheet: Sheet, setting: Setting, places: Places
) -> tuple[list[Draft], list[Problem]]:
    """The reports of the observations and what is wrong with the other rows. Raises IntakeError
    where a column is missing."""
    sheet.require(NEEDED)
    drafts: list[Draft] = []
    problems = list(sheet.problems)
    for row in sheet.rows(sheet.columns(COLUMNS)):
        body = _report(row, setting, places)
        problems += row.problems
        if body is not None:
            drafts.append(setting.draft(body, row.origin, stated_at=setting.stated_at))
    return drafts, problems


def read_places(path: Path) -> tuple[Places, list[Problem]]:
    """The points of a list of towns and quarters. Where it gives one place two points, neither is
    taken."""
    sheet = read_csv(path.name, read_bytes(path))
    sheet.require(_PLACE_COLUMNS)
    found: dict[tuple[str, str], tuple[int, int]] = {}
    problems, twice = list(sheet.problems), set()
    for row in sheet.rows(sheet.columns(_PLACE_COLUMNS)):
        lat, lon = row.degrees("Latitude"), row.degrees("Longitude")
        if lat is None or lon is None:
            problems += row.problems
            continue
        key, point = _place_key(row), (e6(lat), e6(lon))
        if found.setdefault(key, point) != point:
            twice.add(key)
            expected = "one point for one town and quarter"
            problems.append(Problem(Code.BAD_CELL, row.origin, "another point", expected))
    return {key: point for key, point in found.items() if key not in twice}, problems


def _place_key(row: Row) -> tuple[str, str]:
    return name_key(row.text("City") or ""), name_key(row.text("Neighborhood") or "")


def _report(row: Row, setting: Setting, places: Places) -> Report | None:
    """The report of a video; None where its row cannot be understood."""
    occurred = _period(row, setting)
    place = _place(row, places)
    reference = row.text("Database_ID") or row.text("Reference_Code")
    if row.problems or occurred is None:
        return None
    act, weapon = _act(row)
    channel = row.text("Source")
    return Report(
        basis="open-source",
        act=act,
        weapon=weapon,
        occurred=occurred,
        place=place,
        report_ref=reference,
        origins=() if channel is None else (channel.casefold(),),
        description=_description(row),
        address=row.text("Youtube_ID"),
    )


def _period(row: Row, setting: Setting) -> Period | None:
    row.needed("Recording_Date", EXPECTED_DAY)
    day = row.day("Recording_Date")
    return None if day is None else days(day - timedelta(days=1), day, setting.calendar)


def _place(row: Row, places: Places) -> Place:
    """The row's own point, else that of its town and quarter in the list, else only names."""
    town, quarter = row.text("City"), row.text("Neighborhood")
    lat, lon = row.degrees("Latitude"), row.degrees("Longitude")
    for column, other in (("Latitude", "Longitude"), ("Longitude", "Latitude")):
        if row.has(other) and not row.has(column):
            row.bad(column, shown(""), f"a value, as `{other}` has one")
    own = None if lat is None or lon is None else (e6(lat), e6(lon))
    point = own or places.get(_place_key(row))
    return Place(
        lat_e6=None if point is None else point[0],
        lon_e6=None if point is None else point[1],
        radius_m=None if point is None else _RADIUS_M,
        name=quarter or town,
        area_name=town,
    )


def _act(row: Row) -> tuple[str, str | None]:
    """The act, and the class of weapon where the row names one, and one only."""
    weapons, type_ = (row.text(name) or "" for name in ("Weapons_Used", "Violation_Type"))
    named = [found for word, found in _BY_WEAPON.items() if word in weapons.casefold()]
    if len(named) == 1:
        return named[0]
    for word, act in _BY_TYPE.items():
        if word in type_.casefold():
            return act, None
    is_casualties = type_.casefold().startswith(_CASUALTIES)
    return "violence-against-civilians" if is_casualties else "armed-force", None


def _description(row: Row) -> str | None:
    """The publisher's description, and below it what it says in other columns, as stated."""
    clock = [row.text(name) for name in ("Recording_Hour", "Recording_Minute")]
    recorded = " ".join(filter(None, (row.text("Recording_Date"), *clock)))
    said = (
        ("Type", row.text("Violation_Type")),
        ("Weapons", row.text("Weapons_Used")),
        ("Reference", row.text("Reference_Code")),
        ("Channel", row.text("Source")),
        ("Recorded (day, hour, minute)", recorded),
        ("Links", row.text("URLs_And_News")),
    )
    lines = [row.text("Description"), *(f"{name}: {text}" for name, text in said if text)]
    return "\n".join(line for line in lines if line) or None
