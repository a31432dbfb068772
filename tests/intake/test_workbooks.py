"""Excel workbooks: dates, numbers, formulas, sheets beside the one that is read."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from tests.intake.files import USUAL, at, codes, period, taken
from trucekeeper.errors import IntakeError
from trucekeeper.intake.workbooks import read_workbook
from trucekeeper.statements.kinds import Report

#: A local time that no zone belongs to, as cells hold it.
_SIX_TEN = datetime(2031, 3, 1, 6, 10)  # noqa: DTZ001 (cells know no zone)


def book(*rows: list[object], title: str = "Sheet1", **others: list[list[object]]) -> bytes:
    """A workbook with one sheet of rows, and further sheets by title."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for name, lines in others.items():
        other = workbook.create_sheet(name)
        for line in lines:
            other.append(line)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def cells(data: bytes) -> list[tuple[str, ...]]:
    """The cells of the rows below the header."""
    return [line.cells for line in read_workbook("t.xlsx", data).lines]


def test_numbers_are_read_as_they_were_typed() -> None:
    """Through their shortest decimal form: no trailing .0, no power of ten."""
    data = book(["a", "b", "c"], [3, 3.0, 36.6013], [10**12, 1e-7, True])
    assert cells(data) == [("3", "3", "36.6013"), ("1000000000000", "0.0000001", "TRUE")]


def test_numbers_as_excel_keeps_them() -> None:
    """Excel writes 17 digits of the binary number; what was typed is the shortest that is it."""
    kept = format(36.6013, ".17g").encode()
    assert len(kept) > 15
    out = io.BytesIO()
    typed = zipfile.ZipFile(io.BytesIO(book(["a"], [36.6013])))
    with typed, zipfile.ZipFile(out, "w") as saved:
        for name in typed.namelist():
            saved.writestr(name, typed.read(name).replace(b"36.6013", kept))
    assert cells(out.getvalue()) == [("36.6013",)]


def test_dates_by_how_the_cell_is_formatted() -> None:
    """A day alone stays a day; with a time of day it keeps it."""
    midnight = datetime(2031, 3, 1)  # noqa: DTZ001 (cells know no zone)
    seconds = datetime(2031, 3, 1, 6, 10, 5)  # noqa: DTZ001 (cells know no zone)
    data = book(["a", "b", "c", "d"], [date(2031, 3, 1), _SIX_TEN, midnight, seconds])
    assert cells(data) == [
        ("2031-03-01", "2031-03-01 06:10", "2031-03-01 00:00", "2031-03-01 06:10:05")
    ]


def test_a_day_column_may_hold_times() -> None:
    """The form formats its columns as days; what has a time of day keeps it all the same."""
    workbook = openpyxl.load_workbook(io.BytesIO(book(["a"], [_SIX_TEN])))
    workbook.worksheets[0]["A2"].number_format = "yyyy-mm-dd"
    out = io.BytesIO()
    workbook.save(out)
    assert cells(out.getvalue()) == [("2031-03-01 06:10",)]


def test_rows_and_empty_cells() -> None:
    """Rows count as the sheet shows them; a row that ends early is as wide as the header."""
    data = book([], ["a", "b", "c"], ["1"], [], ["1", None, "3"])
    sheet = read_workbook("t.xlsx", data)
    assert [(line.number, line.cells) for line in sheet.lines] == [
        (3, ("1", "", "")),
        (5, ("1", "", "3")),
    ]
    assert not sheet.problems


def test_a_cell_beyond_the_header() -> None:
    """It stands under no column: the row is reported, not cut."""
    sheet = read_workbook("t.xlsx", book(["a", "b"], ["1", "2", "3"], ["4", "5"]))
    assert [(p.code.id, p.place.row) for p in sheet.problems] == [("I-005", 2)]
    assert [line.number for line in sheet.lines] == [3]


def test_a_formula_without_a_saved_value_is_not_empty() -> None:
    """Whoever saved the file never computed it: the cell is marked."""
    assert cells(book(["a", "b"], ["=1+1", 2])) == [("#FORMULA?", "2")]


def test_the_sheet_that_is_read() -> None:
    """`reports`, wherever it stands, else the first; a sheet passed over is named (I-013)."""
    data = book(["x"], ["1"], title="cover", reports=[["a"], ["2"]], lists=[["l"], ["3"]])
    sheet = read_workbook("t.xlsx", data)
    assert [line.cells for line in sheet.lines] == [("2",)]
    assert [(p.code.id, p.found) for p in sheet.problems] == [("I-013", "another sheet, `cover`")]
    assert not read_workbook("t.xlsx", book(["a"], ["1"], more=[])).problems


def _without_a_sheet() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("readme.txt", "no workbook")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (book(["a"], ["1"])[:-200], "I-002"),
        (_without_a_sheet(), "I-001"),
        (book(), "I-003"),
    ],
)
def test_workbooks_with_nothing_to_read(data: bytes, code: str) -> None:
    """Cut off, no workbook at all, or empty."""
    with pytest.raises(IntakeError) as refused:
        read_workbook("t.xlsx", data)
    assert codes(refused.value.problems) == [code]


def test_reports_from_a_workbook(tmp_path: Path) -> None:
    """Date cells and number cells make the same report as text would."""
    typed: dict[str, object] = {
        **USUAL,
        "occurred_earliest": _SIX_TEN,
        "occurred_latest": date(2031, 3, 1),
        "latitude": 10.123456,
        "longitude": 20.5,
        "radius_m": 500.0,
        "report_ref": 17,
        "killed_min": 2,
        "place_name": "كرسك",
    }
    path = tmp_path / "march.xlsx"
    path.write_bytes(book(list(typed), list(typed.values())))
    result = taken(path)
    assert not result.problems
    (body,) = (draft.body for draft in result.drafts)
    assert isinstance(body, Report)
    assert period(body) == (at("2031-03-01 06:10"), at("2031-03-02 00:00"))
    assert (body.place.lat_e6, body.place.lon_e6, body.place.radius_m) == (
        10_123_456,
        20_500_000,
        500,
    )
    assert (body.report_ref, body.place.name) == ("17", "كرسك")
