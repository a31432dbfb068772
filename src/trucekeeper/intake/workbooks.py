"""Excel workbooks as rows of text. Dates become `YYYY-MM-DD` or `YYYY-MM-DD HH:MM:SS` by how the
cell is formatted; numbers their shortest decimal form; nothing passes through arithmetic."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.styles.numbers import is_datetime
from openpyxl.utils.exceptions import InvalidFileException

from trucekeeper.errors import Code, IntakeError, Place, Problem
from trucekeeper.intake.cells import UNCOMPUTED
from trucekeeper.intake.sheets import Sheet, sheet_of

ZIP = b"PK\x03\x04"
#: The sheet that our own form is filled in on, and those beside it.
REPORTS, LISTS, HELP = "reports", "lists", "how to"
Record = tuple[int, list[str]]
_FORMULA = re.compile(rb"<f[ >/]")


def read_workbook(file: str, data: bytes) -> Sheet:
    """The table of a workbook: its sheet `reports`, or else its first sheet. Other sheets with
    anything in them are reported as not read.

    Raises IntakeError where the file is no whole workbook or the sheet is empty."""
    try:
        has_formulas = _has_formulas(data)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        found = "a workbook without its end, or damaged"
        raise IntakeError(
            Problem(Code.TRUNCATED, Place(file=file), found, "a whole XLSX file")
        ) from error
    try:
        with warnings.catch_warnings():
            # The library warns of decorations that it does not keep; no cell is among them.
            warnings.simplefilter("ignore")
            records, problems = _read(file, data, has_formulas=has_formulas)
    except (InvalidFileException, KeyError, ValueError, SyntaxError, OSError) as error:
        found = "no workbook that can be read"
        raise IntakeError(
            Problem(Code.NOT_READABLE, Place(file=file), found, "an XLSX file")
        ) from error
    if not any(any(cells) for _, cells in records):
        raise IntakeError(
            Problem(Code.MISSING_COLUMN, Place(file=file, row=1), "no header", "column names")
        )
    return sheet_of(file, _squared(records), problems)


def _read(file: str, data: bytes, *, has_formulas: bool) -> tuple[list[Record], list[Problem]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    name = REPORTS if REPORTS in sheets else next(iter(sheets))
    records = list(_records(sheets[name]))
    if has_formulas:
        formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        marked = formulas[name]
        marked.reset_dimensions()
        pairs = zip(records, marked.iter_rows(), strict=True)
        records = [_with_formulas(record, cells) for record, cells in pairs]
        formulas.close()
    unread = [
        other
        for other in sheets
        if other not in (name, LISTS, HELP) and any(any(c) for _, c in _records(sheets[other]))
    ]
    book.close()
    return records, [
        Problem(
            Code.SHEET_NOT_READ, Place(file=file), f"another sheet, `{other}`", f"`{name}` only"
        )
        for other in unread
    ]


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        names = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        return any(_FORMULA.search(parts.read(name)) for name in names)


def _records(sheet: Any) -> Iterator[Record]:
    # The size that a workbook states of itself may be wrong, and cells beyond it would be lost.
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        yield number, [_text(cell) for cell in cells]


def _text(cell: Any) -> str:
    match cell.value:
        case None:
            return ""
        case bool(value):
            return str(value).upper()
        case int(value):
            return str(value)
        case float(value):
            # repr gives the shortest decimal that is this number: what was typed.
            return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
        case datetime() as value:
            return _time_text(value, str(cell.number_format))
        case value:
            return str(value)


def _time_text(value: datetime, number_format: str) -> str:
    """A day alone where the cell is formatted as one and holds no time of day."""
    # Excel keeps days as fractions: the nearest second is what was typed.
    value = (value + timedelta(milliseconds=500)).replace(microsecond=0)
    has_time = value.time() != value.time().min
    if not has_time and is_datetime(number_format) == "date":
        return value.strftime("%Y-%m-%d")
    return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")


def _with_formulas(record: Record, formulas: Any) -> Record:
    """The row with a mark in each cell whose formula has no saved value: it is not empty."""
    number, texts = record
    marked = [
        UNCOMPUTED if not text and cell.data_type == "f" else text
        for text, cell in zip(texts, formulas, strict=False)
    ]
    return number, [*marked, *texts[len(marked) :]]


def _squared(records: list[Record]) -> Iterator[Record]:
    """The rows as wide as the header: a workbook leaves out empty cells at the end of a row."""
    width = next(len(cells) for _, cells in records if any(cells))
    for number, cells in records:
        yield number, cells + [""] * (width - len(cells))
