"""The columns of a report table: what each holds, in plain English, and the words it is limited to.

The form is made from this list, and tables are read by it: a filled form always fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from trucekeeper.errors import Code, IntakeError, Place, Problem
from trucekeeper.intake.cells import clean
from trucekeeper.intake.sheets import Sheet
from trucekeeper.vocabulary.categories import ACTS, WEAPONS
from trucekeeper.vocabulary.quantities import COUNT_UNITS
from trucekeeper.vocabulary.words import Basis, Direction, Means, Phenomenon, SourceGrade


def _words(literal: Any) -> tuple[str, ...]:
    return get_args(literal)


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column. explains: at most 255 characters, the room of an Excel hint. words: the closed list
    it is limited to, if it is. needed: no row is a report without it."""

    name: str
    explains: str
    words: tuple[str, ...] = ()
    needed: bool = False

    @property
    def label(self) -> str:
        """The name as a heading; read back as the name."""
        return self.name.replace("_", " ").capitalize()


SOURCE_GRADES = _words(SourceGrade)
INFO_GRADES = ("1", "2", "3", "4", "5", "6")

COLUMNS: tuple[ReportColumn, ...] = (
    ReportColumn(
        "report_ref",
        "Your own number for this report. Never use it for another. A row sent again with the same "
        "number and other content corrects the report; an equal one changes nothing.",
    ),
    ReportColumn("basis", "How you come to know of it.", _words(Basis), needed=True),
    ReportColumn("on_behalf_of", "The participant for whom you report, if not for yourself."),
    ReportColumn(
        "act", "What was done. Choose the broader word where you do not know more.",
        tuple(ACTS), needed=True,
    ),
    ReportColumn("weapon", "With what class of weapon. Empty: not known.", tuple(WEAPONS)),
    ReportColumn("phenomenon", "What was seen or heard.", _words(Phenomenon)),
    ReportColumn("direction", "Which way the fire went, as observed.", _words(Direction)),
    ReportColumn("count", "How many, as 3 or 3-5. Say in the next column of what."),
    ReportColumn("count_unit", "What is counted.", COUNT_UNITS),
    ReportColumn(
        "occurred_earliest",
        "When at the earliest: 2031-03-01 or 2031-03-01 06:10, in the time of the agreement. A day "
        "alone begins at midnight.",
        needed=True,
    ),
    ReportColumn(
        "occurred_latest",
        "When at the latest. A day alone is meant until its end. Empty: within the day or the "
        "minute of the column before.",
    ),
    ReportColumn(
        "time_zone", "Empty: the time of the agreement. Otherwise UTC, or an offset as +03:00."
    ),
    ReportColumn("place_name", "The name of the place, as your source writes it."),
    ReportColumn("pcode", "The code of the area, if you know no point."),
    ReportColumn("latitude", "Decimal degrees, north positive, as 10.123456."),
    ReportColumn("longitude", "Decimal degrees, east positive, as 20.123456."),
    ReportColumn(
        "radius_m",
        "How far from that point it may have been at most, in metres. Needed where there is a "
        "point: 500 for a village, 25000 for a district.",
    ),
    ReportColumn("observer_place", "From where it was observed: the name of the post or place."),
    ReportColumn("observer_radius_m", "How exact the observer's place is, in metres."),
    ReportColumn("bearing_deg", "Direction from the observer, in degrees from true north, 0-359."),
    ReportColumn("distance_m", "Estimated distance from the observer, in metres."),
    ReportColumn(
        "means", "By what it was observed. Several are separated by semicolons.", _words(Means)
    ),
    ReportColumn(
        "alleged_author",
        "Who is said to have done it, as your source names them. Several are alternatives, "
        "separated by semicolons. Empty: not stated.",
    ),
    ReportColumn(
        "target",
        "Against whom, as your source names them. Several are alternatives, separated by "
        "semicolons. Empty: not stated.",
    ),
    ReportColumn("killed_min", "Killed, at least. 0 means surely none; empty: not stated."),
    ReportColumn("killed_max", "Killed, at most."),
    ReportColumn("injured_min", "Injured, at least. 0 means surely none; empty: not stated."),
    ReportColumn("injured_max", "Injured, at most."),
    ReportColumn(
        "origin",
        "Who said it first. Outlets that relay one another are one origin. Several are separated "
        "by semicolons.",
    ),
    ReportColumn(
        "source_grade", "Reliability of the source, A (completely) to F (cannot be judged).",
        SOURCE_GRADES,
    ),
    ReportColumn(
        "info_grade", "Credibility of what it says, 1 (confirmed) to 6 (cannot be judged).",
        INFO_GRADES,
    ),
    ReportColumn(
        "description",
        "Anything else, in your own words. Never the name of a witness, complainant, detainee or "
        "missing person.",
    ),
    ReportColumn("language", "The language of the description, as en, ar, fr."),
)  # fmt: skip
BY_NAME: Mapping[str, ReportColumn] = {column.name: column for column in COLUMNS}
#: A file with fewer of our columns than this is hardly a report table.
RECOGNISED_MIN = 2


def header_key(header: str) -> str:
    """The form in which headers are compared: letters and digits, without case."""
    return "".join(ch for ch in clean(header).casefold() if ch.isalnum())


_BY_KEY = {header_key(column.name): column.name for column in COLUMNS}


def recognised(headers: Sequence[str], mapping: Mapping[str, str]) -> int:
    """How many of our columns a file has, by name or by the mapping."""
    return len({name for header in headers if (name := _name(header, mapping)) is not None})


def match_headers(sheet: Sheet, mapping: Mapping[str, str]) -> tuple[dict[str, int], list[Problem]]:
    """Position of each of our columns in a file; and what is odd about the others.

    mapping: their column → ours. Raises IntakeError where it names no column of ours, or where a
    needed column is missing."""
    _refuse_bad_mapping(sheet, mapping)
    found: dict[str, int] = {}
    problems = [
        Problem(Code.MISSING_COLUMN, Place(file=sheet.file, row=1), "a file without it", f"`{its}`")
        for its in mapping
        if header_key(its) not in map(header_key, sheet.headers)
    ]
    theirs = {header_key(its) for its in mapping}
    # What is mapped by hand comes first: it stands even where another column has our name.
    by_hand_first = sorted(enumerate(sheet.headers), key=lambda h: header_key(h[1]) not in theirs)
    for at, header in by_hand_first:
        place = Place(file=sheet.file, row=1, column=header or f"number {at + 1}")
        name = _name(header, mapping)
        if name is not None and name not in found:
            found[name] = at
        elif name is not None:
            problems.append(
                Problem(Code.UNKNOWN_COLUMN, place, f"`{name}` a second time", f"one `{name}`")
            )
        elif header or any(line.cells[at].strip() for line in sheet.lines):
            problems.append(
                Problem(Code.UNKNOWN_COLUMN, place, "a column of its own", _nearest(header))
            )
    missing = [column.name for column in COLUMNS if column.needed and column.name not in found]
    if missing:
        place = Place(file=sheet.file, row=1)
        raise IntakeError(
            *(Problem(Code.MISSING_COLUMN, place, "no such column", f"`{n}`") for n in missing),
            *problems,
        )
    return found, problems


def _name(header: str, mapping: Mapping[str, str]) -> str | None:
    """Our name of a header: what it is mapped to, else what it says."""
    key = header_key(header)
    mapped = next((ours for its, ours in mapping.items() if header_key(its) == key), None)
    return _BY_KEY.get(header_key(mapped or header))


def _nearest(header: str) -> str:
    near = get_close_matches(header_key(header), _BY_KEY, n=1)
    return f"`{_BY_KEY[near[0]]}`, perhaps" if near else "a column of the form"


def _refuse_bad_mapping(sheet: Sheet, mapping: Mapping[str, str]) -> None:
    unknown = [ours for ours in mapping.values() if header_key(ours) not in _BY_KEY]
    if unknown:
        raise IntakeError(
            *(
                Problem(
                    Code.UNKNOWN_COLUMN, Place(file=sheet.file), f"mapped to `{n}`", _nearest(n)
                )
                for n in unknown
            )
        )
