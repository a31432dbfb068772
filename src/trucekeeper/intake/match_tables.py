"""Files of reports for the matcher alone: Parquet or CSV in, incidents out. Nothing is stated, no
node is asked.

The columns are those of `engines.tables`. In CSV an empty cell is not stated, instants are
`YYYY-MM-DDTHH:MM:SSZ` or seconds since 1970, alternatives of an author or target are parted by `|`,
and ids are text unless all of them are whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec.structs import replace

from trucekeeper.engines.matcher import MatchedReports, match_reports
from trucekeeper.engines.table_checks import TOLD_MAX
from trucekeeper.errors import Code, IntakeError, Place, Problem
from trucekeeper.intake.sheets import Sheet, read_bytes, read_csv
from trucekeeper.matching.settings import Settings
from trucekeeper.vocabulary.times import parse_instant

SUFFIXES = (".parquet", ".csv", ".csv.gz")
_WHOLE = ("lat_e6", "lon_e6", "radius_m", "killed_min", "killed_max")
_MOMENTS = ("earliest", "latest")
_SIDES = ("author", "target")
_WHOLE_DIGITS_MAX = 18


def match_file(
    path: Path, *, engine: str, settings: Settings | None, rivals: bool = False
) -> MatchedReports:
    """Which reports of a file speak of the same event, as `match_reports` gives it. Raises
    IntakeError with what is wrong, by row (in CSV as a spreadsheet counts them, the header being
    row 1; in Parquet from 0), and QuestionError for another engine."""
    if path.name.endswith((".csv", ".csv.gz")):
        sheet = read_csv(path.name, read_bytes(path))
        table, rows = _table_of(sheet), [line.number for line in sheet.lines]
    elif path.suffix == ".parquet":
        table, rows = _read_parquet(path), None
    else:
        place, listed = Place(file=path.name), ", ".join(SUFFIXES)
        raise IntakeError(Problem(Code.UNKNOWN_FORMAT, place, path.suffix or "no suffix", listed))
    try:
        return match_reports(table, engine=engine, settings=settings, rivals=rivals)
    except IntakeError as error:
        problems = [_placed(problem, path.name, rows) for problem in error.problems]
        raise IntakeError(*problems) from error


def _placed(problem: Problem, file: str, rows: Sequence[int] | None) -> Problem:
    """The problem with its file, and the row as the file counts it."""
    row = problem.place.row
    if row is not None and rows is not None:
        row = rows[row]
    return replace(problem, place=replace(problem.place, file=file, row=row))


def _read_parquet(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        place, found = Place(file=path.name), str(error).partition("\n")[0]
        raise IntakeError(Problem(Code.NOT_READABLE, place, found, "a Parquet file")) from error


def _table_of(sheet: Sheet) -> pa.Table:
    """The columns of a sheet with their types. Raises IntakeError."""
    problems = list(sheet.problems)
    columns: dict[str, pa.Array] = {}
    for at, name in enumerate(sheet.headers):
        cells = [line.cells[at].strip() or None for line in sheet.lines]
        if name == "id":
            columns[name] = _ids(cells)
            continue
        kind, read, expected = _READ.get(name, (pa.string(), str, ""))
        values, wrong = _values(cells, read)
        columns[name] = pa.array(values, kind)
        problems += _told(sheet, wrong, name, expected)
    if problems:
        raise IntakeError(*problems)
    return pa.table(columns)


def _values(
    cells: Sequence[str | None], read: Callable[[str], Any]
) -> tuple[list[Any], list[tuple[int, str]]]:
    """The cells as values, and the positions and texts of those that are none."""
    values, wrong = [], []
    for n, cell in enumerate(cells):
        value = None if cell is None else read(cell)
        values.append(value)
        if value is None and cell is not None:
            wrong.append((n, cell))
    return values, wrong


def _told(
    sheet: Sheet, wrong: Sequence[tuple[int, str]], column: str, expected: str
) -> Iterator[Problem]:
    """The first bad cells of a column by row; the others are counted."""
    for n, cell in wrong[:TOLD_MAX]:
        place = Place(file=sheet.file, row=sheet.lines[n].number, column=column)
        yield Problem(Code.BAD_CELL, place, f"`{cell}`", expected)
    if len(wrong) > TOLD_MAX:
        rest = f"{len(wrong) - TOLD_MAX} further rows"
        yield Problem(Code.BAD_CELL, Place(file=sheet.file, column=column), rest, expected)


def _ids(cells: Sequence[str | None]) -> pa.Array:
    """Whole numbers where all are written as such; else text, so that `007` stays `007`."""
    numbers = [None if cell is None else _whole(cell) for cell in cells]
    if all(cell is None or cell == str(n) for cell, n in zip(cells, numbers, strict=True)):
        return pa.array(numbers, pa.int64())
    return pa.array(cells, pa.string())


def _whole(cell: str) -> int | None:
    digits = cell.removeprefix("-")
    if digits.isascii() and digits.isdecimal() and len(digits) <= _WHOLE_DIGITS_MAX:
        return int(cell)
    return None


def _moment(cell: str) -> int | None:
    whole = _whole(cell)
    return parse_instant(cell) if whole is None else whole


def _alternatives(cell: str) -> list[str] | None:
    return [part.strip() for part in cell.split("|") if part.strip()] or None


_READ: dict[str, tuple[pa.DataType, Callable[[str], Any], str]] = {
    **{name: (pa.int64(), _whole, "a whole number") for name in _WHOLE},
    **{name: (pa.int64(), _moment, "2031-03-01T06:10:00Z, or seconds") for name in _MOMENTS},
    **{name: (pa.list_(pa.string()), _alternatives, "names parted by |") for name in _SIDES},
}
