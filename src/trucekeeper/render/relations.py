"""A relation of a picture in the formats of the command line and of the console's downloads."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.render.geojson import collection, feature
from trucekeeper.render.tables import csv_text
from trucekeeper.vocabulary.relations import rows_of

RELATION_FORMATS = ("table", "json", "csv", "geojson", "parquet")
#: A cell of a terminal's table is folded beyond so many characters.
_CELL_WIDTH_MAX = 36
#: What would steer the terminal, or turn the direction of what follows.
#: A longer one is cut in a terminal, where it says so by its last character.
_CELL_CHARACTERS_MAX = 400
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def relation_text(
    table: pa.Table, format: str, *, rows_max: int = 50, width: int | None = None
) -> bytes:
    """A relation in one of RELATION_FORMATS; UTF-8 but for `parquet`.

    rows_max, width: rows and characters (None: the terminal's) of `table` alone, which says at its
    end how many rows and which columns it leaves out. Raises QuestionError where there is no such
    format, or for `geojson` of a relation without coordinates."""
    if format not in formats_of(table):
        raise no_such_format(format, formats_of(table))
    match format:
        case "json":
            lines = [msgspec.json.encode(row) for row in rows_of(table)]
            return b"[\n" + b",\n".join(lines) + b"\n]\n"
        case "csv":
            rows = (list(row.values()) for row in rows_of(table))
            return csv_text(table.column_names, rows).encode()
        case "geojson":
            return _geojson(table)
        case "parquet":
            sink = io.BytesIO()
            pq.write_table(table, sink)
            return sink.getvalue()
        case _:
            return _terminal(table, rows_max, width or get_terminal_size((120, 50)).columns)


def formats_of(table: pa.Table) -> list[str]:
    """The formats in which a relation can be given: `geojson` only where it has points."""
    has_points = {"latitude", "longitude"} <= set(table.column_names)
    return [f for f in RELATION_FORMATS if f != "geojson" or has_points]


def no_such_format(format: str, known: Sequence[str]) -> QuestionError:
    """The refusal of a format that there is not."""
    return QuestionError(Problem(Code.NO_SUCH_FORMAT, Place(), f"`{format}`", ", ".join(known)))


def _geojson(table: pa.Table) -> bytes:
    features = []
    for row in rows_of(table):
        lat, lon = row.pop("latitude"), row.pop("longitude")
        where = None if lat is None or lon is None else (lon, lat)
        features.append(feature(str(next(iter(row.values()))), where, row))
    return collection(features)


def _terminal(table: pa.Table, rows_max: int, width: int) -> bytes:
    """The first rows, with as many columns from the left as the width holds."""
    # A terminal's library, which only this format needs.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    rows = rows_of(table.slice(0, rows_max))
    cells = {name: [_plain(row[name]) for row in rows] for name in table.column_names}
    shown = _fitting(cells, width)
    grid = Table(box=None, pad_edge=False, header_style="")
    for name in shown:
        numeric = pa.types.is_integer(table.schema.field(name).type)
        grid.add_column(name, overflow="fold", justify="right" if numeric else "left")
    for i in range(len(rows)):
        grid.add_row(*(Text(cells[name][i]) for name in shown))
    buffer = io.StringIO()
    Console(file=buffer, width=width, color_system=None).print(grid)
    lines = [line.rstrip() for line in buffer.getvalue().splitlines()]
    hidden = [name for name in table.column_names if name not in shown]
    lines += [f"{len(rows):,} of {table.num_rows:,} rows."]
    if hidden:
        lines[-1] += f" Columns not shown here: {', '.join(hidden)}."
    if hidden or len(rows) < table.num_rows:
        lines[-1] += " The other formats give all."
    return ("\n".join(lines) + "\n").encode()


def _fitting(cells: dict[str, list[str]], width: int) -> list[str]:
    """The first columns whose natural widths, folded, fit side by side; one at least."""
    shown: list[str] = []
    used = 0
    for name, column in cells.items():
        wide = min(_CELL_WIDTH_MAX, max(map(len, column), default=0))
        used += max(wide, len(name)) + 2
        if shown and used > width:
            break
        shown.append(name)
    return shown


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    if len(text) > _CELL_CHARACTERS_MAX:  # a post-quantum key would fill the screen
        text = f"{text[: _CELL_CHARACTERS_MAX - 1]}\N{HORIZONTAL ELLIPSIS}"
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split("\n")))
