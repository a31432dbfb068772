"""What is wrong with a table of reports, by column and row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucekeeper.engines.scoring import Array
from trucekeeper.errors import Code, IntakeError, Place, Problem
from trucekeeper.matching.terms import MANY
from trucekeeper.vocabulary.places import E6
from trucekeeper.vocabulary.times import FIRST_INSTANT, LAST_INSTANT

NEEDED = ("id", "source", "earliest", "latest", "lat_e6", "lon_e6")
OPTIONAL = (
    "radius_m", "act", "weapon", "author", "target", "killed_min", "killed_max", "place", "text",
)  # fmt: skip
#: Problems of one kind that are told in full; the others are counted.
TOLD_MAX = 20
#: Half of the way round the globe: no radius is greater.
RADIUS_M_MAX = 20_100_000
_BOUNDS = {
    "earliest": (FIRST_INSTANT, LAST_INSTANT, "seconds since 1970, of the years 1 to 9999"),
    "latest": (FIRST_INSTANT, LAST_INSTANT, "seconds since 1970, of the years 1 to 9999"),
    "lat_e6": (-90 * E6, 90 * E6, "−90000000 to 90000000"),
    "lon_e6": (-180 * E6, 180 * E6, "−180000000 to 180000000"),
    "radius_m": (0, RADIUS_M_MAX, f"a number from 0 to {RADIUS_M_MAX}"),
    "killed_min": (0, MANY, f"a number from 0 to {MANY}"),
    "killed_max": (0, MANY, f"a number from 0 to {MANY}"),
}
_NUMBER_MAX = 2**63 - 1
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def check_table(table: pa.Table) -> None:
    """Raises IntakeError with what is wrong with a table, by row."""
    problems = column_problems(table.schema) or list(row_problems(table))
    if problems:
        raise IntakeError(*problems)


def column_problems(schema: pa.Schema) -> list[Problem]:
    """What is wrong with the columns of a table: missing, not known, there twice, of another
    kind."""
    return [*_names(schema)] or [*_kinds(schema)]


def row_problems(table: pa.Table, first: int = 0) -> Iterator[Problem]:
    """What is wrong with the rows of a table whose columns are right, the first of each kind.
    first: the number of its first row."""
    gaps = list(_gaps(table, first))
    yield from gaps
    if not gaps:
        yield from _numbers_out_of_bounds(table, first)
        yield from _rows_at_odds(table, first)


def whole_numbers(column: pa.ChunkedArray, default: int) -> Array:
    """A column of whole numbers or instants as numbers of 64 bits, instants in seconds. What is
    greater counts as the greatest."""
    per_second = _PER_SECOND[column.type.unit] if pa.types.is_timestamp(column.type) else 1
    if pa.types.is_uint64(column.type):
        most = pa.scalar(_NUMBER_MAX, pa.uint64())
        column = pc.min_element_wise(column, most, skip_nulls=False)
    column = column.cast(pa.int64())
    if column.null_count:
        column = pc.fill_null(column, default)
    found: Array = column.to_numpy().astype(np.int64, copy=False)
    return found if per_second == 1 else found // per_second


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column with its values in their rows, in a kind of text that all of Arrow computes with."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.string()) if pa.types.is_string_view(column.type) else column


def is_listed(kind: pa.DataType) -> bool:
    """Whether a column holds lists."""
    return pa.types.is_list(kind) or pa.types.is_large_list(kind)


def _names(schema: pa.Schema) -> Iterator[Problem]:
    """Columns that are missing, not known, or there twice."""
    for name in NEEDED:
        if name not in schema.names:
            where = Place(column=name)
            yield Problem(Code.MISSING_COLUMN, where, "no such column", ", ".join(NEEDED))
    for name in dict.fromkeys(schema.names):
        if name not in (*NEEDED, *OPTIONAL):
            expected = ", ".join((*NEEDED, *OPTIONAL))
            yield Problem(Code.UNKNOWN_COLUMN, Place(column=name), name, expected)
        elif (times := schema.names.count(name)) > 1:
            found = f"{times} columns of this name"
            yield Problem(Code.UNKNOWN_COLUMN, Place(column=name), found, "each column once")


def _kinds(schema: pa.Schema) -> Iterator[Problem]:
    """Columns whose values are of another kind; of one that holds nothing the kind is free."""
    for name, kind in zip(schema.names, schema.types, strict=True):
        expected, fits = _KINDS[name]
        if not fits(kind) and not pa.types.is_null(kind):
            yield Problem(Code.BAD_CELL, Place(column=name), str(kind), expected)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_moment(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_timestamp(kind)


def _is_side(kind: pa.DataType) -> bool:
    return _is_text(kind) or (is_listed(kind) and _is_text(kind.value_type))


_WHOLE = ("whole numbers", pa.types.is_integer)
_TEXT = ("text", _is_text)
_MOMENT = ("seconds since 1970, or instants", _is_moment)
_SIDE = ("text, or lists of text", _is_side)
_KINDS: dict[str, tuple[str, Callable[[pa.DataType], bool]]] = {
    "id": ("whole numbers or text", lambda kind: pa.types.is_integer(kind) or _is_text(kind)),
    **dict.fromkeys(("earliest", "latest"), _MOMENT),
    **dict.fromkeys(("lat_e6", "lon_e6", "radius_m", "killed_min", "killed_max"), _WHOLE),
    **dict.fromkeys(("source", "act", "weapon", "place", "text"), _TEXT),
    **dict.fromkeys(("author", "target"), _SIDE),
}


def _gaps(table: pa.Table, first: int) -> Iterator[Problem]:
    """Rows without what is needed, and lists with nothing among their words."""
    for name in NEEDED:
        column = plain(table.column(name))
        missing = pc.is_null(column)
        if name == "source" and not pa.types.is_null(column.type):
            empty = pc.equal(pc.utf8_trim_whitespace(column.cast(pa.large_string())), "")
            missing = pc.or_(missing, pc.fill_null(empty, fill_value=False))
        yield from _rows(missing.to_numpy(), first, name, lambda _: "nothing", "a value")
    for name in ("author", "target"):
        if name in table.column_names and is_listed(table.schema.field(name).type):
            lists = table.column(name).to_pylist()
            wrong = np.array([None in (words or ()) for words in lists], bool)
            yield from _rows(wrong, first, name, lambda _: "null in a list", "a list of words")


def _numbers_out_of_bounds(table: pa.Table, first: int) -> Iterator[Problem]:
    for name, (least, most, expected) in _BOUNDS.items():
        if name in table.column_names:
            column = table.column(name)
            values = whole_numbers(column, least)
            wrong = (values < least) | (values > most)
            yield from _rows(wrong, first, name, partial(_cell, column), expected)


def _cell(column: pa.ChunkedArray, row: int) -> str:
    return str(column[row].as_py())


def _rows_at_odds(table: pa.Table, first: int) -> Iterator[Problem]:
    """Ends that do not come after their beginnings, and ids that stand twice."""
    earliest, latest = (whole_numbers(table.column(name), 0) for name in ("earliest", "latest"))
    yield from _rows(
        earliest >= latest,
        first,
        "latest",
        lambda n: f"{earliest[n]} to {latest[n]}",
        "an end after the beginning",
    )
    if {"killed_min", "killed_max"} <= set(table.column_names):
        low = whole_numbers(table.column("killed_min"), 0)
        high = whole_numbers(table.column("killed_max"), MANY)
        yield from _rows(
            low > high,
            first,
            "killed_max",
            lambda n: f"{low[n]} to {high[n]}",
            "at least the number of killed_min",
        )
    ids = plain(table.column("id"))
    if len(pc.unique(ids)) < len(ids):
        counts = pc.value_counts(ids)
        twice = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
        yield from repeated_ids(ids, pc.is_in(ids, value_set=twice).to_numpy(), first)


def repeated_ids(ids: pa.ChunkedArray, repeated: Array, first: int = 0) -> Iterator[Problem]:
    """The problem of each id that stands elsewhere too."""
    return _rows(repeated, first, "id", partial(_cell, ids), "each id once")


def _rows(
    wrong: Array, first: int, column: str, found: Callable[[int], str], expected: str
) -> Iterator[Problem]:
    rows = np.flatnonzero(wrong).tolist()
    for n in rows[:TOLD_MAX]:
        yield Problem(Code.BAD_CELL, Place(row=first + n, column=column), found(n), expected)
    if len(rows) > TOLD_MAX:
        rest = f"{len(rows) - TOLD_MAX} further rows"
        yield Problem(Code.BAD_CELL, Place(column=column), rest, expected)
