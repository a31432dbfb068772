"""Tables as people bring them, as rows of text: CSV with `,` `;` or tab, plain or compressed.

Rows count from 1 with the header as row 1, as a spreadsheet shows them: a quoted line break begins
no row, an empty line is one. Nothing is guessed: a row of another width than the header's is
reported and left out. Workbooks are read in `workbooks`."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from trucekeeper.errors import Code, IntakeError, Place, Problem
from trucekeeper.intake.cells import Row

GZIP = b"\x1f\x8b"
#: A gzip header, not a zlib one.
_GZIP_BITS = 31
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DELIMITERS = (",", ";", "\t")


class Line(NamedTuple):
    """The cells of one row, as many as the header has. number: from 1, the header being row 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. headers: as they stand in the file. problems: of the rows that are not in `lines`,
    or of the file."""

    file: str
    headers: tuple[str, ...]
    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]

    def rows(self, columns: Mapping[str, int]) -> Iterator[Row]:
        """The rows, by the columns that are wanted: our name → position."""
        headers = {name: self.headers[at] for name, at in columns.items()}
        for line in self.lines:
            cells = {name: line.cells[at] for name, at in columns.items()}
            yield Row(self.file, line.number, cells, headers)

    def columns(self, wanted: Iterable[str]) -> dict[str, int]:
        """Position of each column that is wanted by its exact name, of those that are there."""
        return {name: self.headers.index(name) for name in wanted if name in self.headers}

    def require(self, needed: Iterable[str]) -> None:
        """Raises IntakeError that names each needed column that is missing."""
        missing = [name for name in needed if name not in self.headers]
        if missing:
            place, found = Place(file=self.file, row=1), f"{len(self.headers)} other columns"
            raise IntakeError(
                *(Problem(Code.MISSING_COLUMN, place, found, f"`{name}`") for name in missing)
            )


def read_bytes(path: Path) -> bytes:
    """The bytes of a file. Raises IntakeError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        place, found = Place(file=path.name), error.strerror or "no file"
        raise IntakeError(
            Problem(Code.NOT_READABLE, place, found, "a file that can be read")
        ) from error


def decode_text(file: str, data: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises IntakeError with the line of the first byte that is not."""
    data = data.removeprefix(_BYTE_ORDER_MARK)
    try:
        # No header has the byte 0: it stands between the letters of UTF-16.
        text, at = data.decode("utf-8"), data.partition(b"\n")[0].find(b"\x00")
    except UnicodeDecodeError as error:
        text, at = "", error.start
    if at < 0:
        return text
    place, found = Place(file=file, line=data[:at].count(b"\n") + 1), f"the byte {data[at]:#04x}"
    raise IntakeError(Problem(Code.WRONG_ENCODING, place, found, "UTF-8 text"))


def read_csv(file: str, data: bytes) -> Sheet:
    """The table of a CSV file, compressed or not. What comes before the place at which a file was
    cut off is good; the rest is reported."""
    data, cut = _decompressed(file, data)
    text = decode_text(file, data)
    records, problems = _records(file, text, cut)
    header = next(((n, cells) for n, cells in records if any(map(str.strip, cells))), None)
    if header is None:
        raise IntakeError(
            *problems,
            Problem(Code.MISSING_COLUMN, Place(file=file, row=1), "no header", "column names"),
        )
    return sheet_of(file, records, problems)


def sheet_of(
    file: str, records: Iterable[tuple[int, list[str]]], problems: Iterable[Problem]
) -> Sheet:
    """The table of records with their row numbers; the first that is not empty is the header."""
    filled = [(number, cells) for number, cells in records if any(map(str.strip, cells))]
    headers = tuple(cell.strip() for cell in filled[0][1])
    lines, found = [], list(problems)
    for number, cells in filled[1:]:
        spare = cells[len(headers) :]
        if len(cells) >= len(headers) and not any(map(str.strip, spare)):
            lines.append(Line(number, tuple(cells[: len(headers)])))
            continue
        is_last_short = number == filled[-1][0] and len(cells) < len(headers)
        code = Code.TRUNCATED if is_last_short else Code.BAD_CELL
        place = Place(file=file, row=number)
        found.append(Problem(code, place, f"{len(cells)} cells", f"{len(headers)} cells"))
    return Sheet(file, headers, tuple(lines), tuple(found))


def _decompressed(file: str, data: bytes) -> tuple[bytes, Problem | None]:
    """The bytes inside a gzip file up to the last whole line, and whether it was cut off."""
    if not data.startswith(GZIP):
        return data, None
    whole = bytearray()
    rest = data
    try:
        while rest.startswith(GZIP):
            stream = zlib.decompressobj(_GZIP_BITS)
            whole += stream.decompress(rest)
            rest = stream.unused_data
    except zlib.error as error:
        found = "a compressed file that is damaged"
        raise IntakeError(
            Problem(Code.NOT_READABLE, Place(file=file), found, "a whole gzip file")
        ) from error
    if stream.eof:
        return bytes(whole), None
    cut = Problem(Code.TRUNCATED, Place(file=file), "a compressed file without its end", "its end")
    return bytes(whole[: whole.rfind(b"\n") + 1]), cut


def _records(
    file: str, text: str, cut: Problem | None
) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    """Row numbers with their cells, and what is wrong with the others."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    records: list[tuple[int, list[str]]] = []
    problems = [] if cut is None else [cut]
    number = 0
    while True:
        number += 1
        try:
            records.append((number, next(reader)))
        except StopIteration:
            return records, problems
        except csv.Error as error:
            place = Place(file=file, row=number)
            if "expected after" not in str(error):
                # A quotation that never ends, or none that a cell could hold: what follows it
                # cannot be told from what it quotes.
                found = "a quotation that is not closed"
                problems.append(Problem(Code.TRUNCATED, place, found, "a closing quotation mark"))
                return records, problems
            found = "a quotation mark inside a quoted cell"
            problems.append(Problem(Code.BAD_CELL, place, found, "such marks doubled"))


def _delimiter(text: str) -> str:
    """The delimiter that divides the first line with anything in it into most cells."""
    first = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
    return max(_DELIMITERS, key=lambda d: len(next(csv.reader([first], delimiter=d))))
