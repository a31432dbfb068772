"""What holds for every report and every file: written to a row and read back a report is the same;
whatever stands in a file, each row is either a draft or named in a problem."""

from __future__ import annotations

import gzip
import io
from contextlib import suppress
from datetime import UTC
from decimal import Decimal
from typing import Any, get_args

import msgspec
import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.intake.files import NOW, USUAL, at, csv_text, local, setting
from tests.intake.log import Log
from trucekeeper.errors import IntakeError
from trucekeeper.errors import Place as Where
from trucekeeper.intake.cells import clean
from trucekeeper.intake.columns import COLUMNS
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.fields import FieldReader
from trucekeeper.intake.setting import finish
from trucekeeper.intake.sheets import read_csv
from trucekeeper.intake.stated import settle, stated_before
from trucekeeper.intake.tables import take_table
from trucekeeper.intake.workbooks import read_workbook
from trucekeeper.statements.kinds import BODIES, Report
from trucekeeper.statements.parts import Kind, Observer, Place
from trucekeeper.vocabulary.categories import ACTS, WEAPONS
from trucekeeper.vocabulary.quantities import COUNT_UNITS, Count, Range
from trucekeeper.vocabulary.text import is_plain
from trucekeeper.vocabulary.times import Period, instant, seconds
from trucekeeper.vocabulary.words import Basis, Direction, Means, Phenomenon, SourceGrade

#: Two hours east of Greenwich.
OFFSET_S = 7_200
RULES = local(OFFSET_S // 60)

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
#: A spreadsheet's errors begin so, and are no names.
names = texts.map(lambda text: clean(text.replace(";", ",").lstrip("#"))).filter(
    lambda text: text and not text.startswith("#")
)
lists = st.lists(names, max_size=3, unique=True).map(tuple)
numbers = st.integers(0, 10**6)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value or none."""
    return st.none() | strategy


def words(literal: Any) -> st.SearchStrategy[Any]:
    """A word of a closed list."""
    return st.sampled_from(get_args(literal))


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    """Ranges with one bound or both."""
    low, high = sorted((draw(numbers), draw(numbers)))
    return draw(st.sampled_from([Range(min=low), Range(max=high), Range(min=low, max=high)]))


@st.composite
def places(draw: st.DrawFn) -> Place:
    """Places with a point, a code and a name, or less."""
    point: dict[str, Any] = {}
    if draw(st.booleans()):
        # South of what lies in an area if its coordinates are swapped.
        point = {
            "lat_e6": draw(st.integers(-90_000_000, 7_000_000)),
            "lon_e6": draw(st.integers(-180_000_000, 180_000_000)),
            "radius_m": draw(st.integers(0, 20_100_000)),
        }
    code = draw(st.sampled_from([None, "N1", "S101"]))
    return Place(**point, code=code, name=draw(maybe(names)))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    """Whole local days, or seconds."""
    start = draw(st.integers(at("2031-03-01 00:00"), NOW))
    if draw(st.booleans()):
        start -= (start + OFFSET_S) % 86_400
        return Period(earliest=instant(start), latest=instant(start + 86_400))
    return Period(
        earliest=instant(start), latest=instant(start + draw(st.integers(1, NOW + 60 - start)))
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Reports of every shape that a row can say."""
    low, high = sorted((draw(numbers), draw(numbers)))
    observer = Observer(
        place_name=draw(maybe(names)),
        radius_m=draw(maybe(numbers)),
        bearing_deg=draw(maybe(st.integers(0, 359))),
        distance_m=draw(maybe(numbers)),
    )
    return Report(
        basis=draw(words(Basis)),
        act=draw(st.sampled_from(list(ACTS))),
        occurred=draw(periods()),
        place=draw(places()),
        report_ref=draw(names),
        weapon=draw(maybe(st.sampled_from(list(WEAPONS)))),
        phenomenon=draw(maybe(words(Phenomenon))),
        direction=draw(maybe(words(Direction))),
        count=draw(
            maybe(st.sampled_from(COUNT_UNITS).map(lambda u: Count(unit=u, min=low, max=high)))  # type: ignore[arg-type]
        ),
        observer=None if observer == Observer() else observer,
        means=draw(st.lists(words(Means), max_size=3, unique=True).map(tuple)),
        alleged_author=draw(lists),
        target=draw(lists),
        killed=draw(maybe(ranges())),
        injured=draw(maybe(ranges())),
        origins=draw(lists),
        source_grade=draw(maybe(words(SourceGrade))),
        info_grade=draw(maybe(st.integers(1, 6))),
        description=draw(maybe(names)),
    )


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """A report with what stands around it."""
    return Draft(
        "a",
        "guarantors",
        draw(reports()),
        Where(file="march.csv", row=2),
        on_behalf_of=draw(st.sampled_from([None, "d"])),
        language=draw(st.sampled_from(["en", "ar", "pt-BR"])),
    )


def row_of(draft: Draft, style: str) -> dict[str, str]:
    """The row that says a draft. style: how its times are written."""
    body = draft.body
    assert isinstance(body, Report)
    earliest, latest, zone = times_of(body.occurred, style)
    place, observer = body.place, body.observer or Observer()
    killed, injured = body.killed or Range(), body.injured or Range()
    count = None if body.count is None else f"{body.count.min}-{body.count.max}"
    plain: dict[str, object] = {
        "report_ref": body.report_ref,
        "basis": body.basis,
        "on_behalf_of": draft.on_behalf_of,
        "act": body.act,
        "weapon": body.weapon,
        "phenomenon": body.phenomenon,
        "direction": body.direction,
        "count": count,
        "count_unit": None if body.count is None else body.count.unit,
        "occurred_earliest": earliest,
        "occurred_latest": latest,
        "time_zone": zone,
        "place_name": place.name,
        "pcode": place.code,
        "latitude": degrees(place.lat_e6),
        "longitude": degrees(place.lon_e6),
        "radius_m": place.radius_m,
        "observer_place": observer.place_name,
        "observer_radius_m": observer.radius_m,
        "bearing_deg": observer.bearing_deg,
        "distance_m": observer.distance_m,
        "means": "; ".join(body.means),
        "alleged_author": "; ".join(body.alleged_author),
        "target": "; ".join(body.target),
        "killed_min": killed.min,
        "killed_max": killed.max,
        "injured_min": injured.min,
        "injured_max": injured.max,
        "origin": "; ".join(body.origins),
        "source_grade": body.source_grade,
        "info_grade": body.info_grade,
        "description": body.description,
        "language": draft.language,
    }
    return {name: "" if value is None else str(value) for name, value in plain.items()}


def degrees(e6: int | None) -> str | None:
    """Millionths of a degree as decimal degrees."""
    return None if e6 is None else format(Decimal(e6).scaleb(-6), "f")


def times_of(occurred: Period, style: str) -> tuple[str, str, str]:
    """The two cells of a period and its time zone."""
    start, end = seconds(occurred.earliest), seconds(occurred.latest)
    is_whole_days = (start + OFFSET_S) % 86_400 == (end + OFFSET_S) % 86_400 == 0
    shift = {"local": OFFSET_S, "utc": 0, "column": -12_600, "own": 3_600}[style]
    behind = "+01:00" if style == "own" else ""
    zone = {"local": "", "utc": "UTC", "column": "-03:30", "own": "+05:00"}[style]
    if style == "local" and is_whole_days:
        days = [instant(moment + OFFSET_S) for moment in (start, end - 86_400)]
        return days[0].strftime("%Y-%m-%d"), days[1].strftime("%Y-%m-%d"), zone
    cells = [f"{instant(m + shift):%Y-%m-%d %H:%M:%S}{behind}" for m in (start, end)]
    return cells[0], cells[1], zone


styles = st.sampled_from(["local", "utc", "column", "own"])
delimiters = st.sampled_from([",", ";", "\t"])


@given(drafts(), styles, delimiters, st.booleans())
def test_a_draft_written_to_a_row_and_read_back_is_the_same(
    draft: Draft, style: str, delimiter: str, packed: bool
) -> None:
    """Whatever its times are written in, its cells are divided by, and compressed or not."""
    data = csv_text([row_of(draft, style)], delimiter).encode()
    sheet = read_csv("march.csv", gzip.compress(data) if packed else data)
    found, problems = take_table(sheet, setting(RULES), {})
    assert (found, problems) == ([draft], [])


@settings(max_examples=25)
@given(drafts(), styles)
def test_the_same_through_a_workbook(draft: Draft, style: str) -> None:
    """As text cells: no spreadsheet's idea of a number or a date comes between."""
    row = row_of(draft, style)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for at_, (name, value) in enumerate(row.items(), start=1):
        sheet.cell(1, at_, name)
        cell = sheet.cell(2, at_, value)
        cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    found, problems = take_table(read_workbook("march.csv", out.getvalue()), setting(RULES), {})
    assert (found, problems) == ([draft], [])


@given(st.lists(drafts(), max_size=4, unique_by=lambda draft: draft.body.report_ref))  # type: ignore[attr-defined]
def test_what_is_stated_once_is_not_stated_again(some: list[Draft]) -> None:
    """In any order, and however often."""
    good, problems = finish(some, setting(RULES))
    assert (good, problems) == (some, [])
    log = Log()
    for draft in settle(good, {}).drafts:
        log.sign(draft)
    again = settle(reversed(good), stated_before(log.record()))
    assert (again.drafts, again.problems, again.repeated) == ((), (), len(some))


@given(texts)
def test_text_is_always_in_the_form_of_statements(text: str) -> None:
    """Whatever people bring; and taken in again it is the same."""
    assert is_plain(clean(text))
    assert clean(clean(text)) == clean(text)


cells = st.one_of(
    texts,
    st.sampled_from(
        ["", "0", "-1", "3-5", "2031-03-01", "2031-03-01 06:10", "UTC", "90.5", "#N/A"]
    ),
    st.sampled_from([*ACTS, *WEAPONS]),
)


@given(
    st.lists(
        st.dictionaries(st.sampled_from([c.name for c in COLUMNS]), cells, max_size=12),
        min_size=1,
        max_size=5,
    )
)
def test_no_row_is_lost_unsaid(rows: list[dict[str, str]]) -> None:
    """Each is a draft or has a problem."""
    text = csv_text([{**USUAL, **row} for row in rows])
    found, problems = take_table(read_csv("march.csv", text.encode()), setting(), {})
    good, impossible = finish(found, setting())
    told = {p.place.row for p in (*problems, *impossible)}
    assert {draft.origin.row for draft in good} | told == set(range(2, len(rows) + 2))
    assert not {draft.origin.row for draft in good} & told


@given(st.binary(max_size=200) | texts.map(str.encode))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    """No other error than our own comes out."""
    with suppress(IntakeError):
        read_csv("t.csv", data)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.decimals()
    | texts
    | st.datetimes(timezones=st.sampled_from([UTC, None]))
    | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["earliest", "latitude", "lon_e6", "min", "unit", "kind", "body", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(list(BODIES)), st.data())
def test_any_nested_data_is_a_body_or_named(key: tuple[str, int], data: st.DataObject) -> None:
    """A mistake anywhere is a problem with its key, never an error."""
    names_ = [field.name for field in msgspec.structs.fields(BODIES[key])]
    value = data.draw(st.fixed_dictionaries(dict.fromkeys(names_, values)))
    reader = FieldReader("s.toml", {}, RULES.calendar)
    body = reader.body(*key, value, "statement[0]")
    assert isinstance(body, Kind) == (not reader.problems)
    assert all(str(p.place.key).startswith("statement[0]") for p in reader.problems)
