"""Relations: Arrow tables with named, typed and documented columns.

A relation is what one step of the derivation gives. Its rows carry, in `basis`, the references of
the statements they rest on, and in `clauses` the provisions of the agreement, so that `explain`
needs nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from trucekeeper.vocabulary.columns import is_counting_up
from trucekeeper.vocabulary.times import instant_text

TEXT = pa.string()
TEXTS = pa.list_(pa.string())
WHOLE = pa.int64()
TRUTH = pa.bool_()
INSTANT = pa.timestamp("s", tz="UTC")
DAY = pa.date32()

Row = Mapping[str, Any]


class Column(msgspec.Struct, frozen=True):
    """One column: its name, its Arrow type and what it says. A null means: not stated, or unknown,
    as the column says."""

    name: str
    type: pa.DataType
    says: str


class Relation(msgspec.Struct, frozen=True):
    """A named relation. `key`: the columns that name a row and by which tables are sorted."""

    name: str
    says: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(column.name, column.type) for column in self.columns])

    def table(self, rows: Iterable[Row]) -> pa.Table:
        """The rows as a table, sorted by the key. Every row gives every column."""
        held = list(rows)
        names = [column.name for column in self.columns]
        assert all(row.keys() == set(names) for row in held[:1]), (
            self.name,
            set(held[0]) ^ set(names),
        )
        return self.table_of({name: [row[name] for row in held] for name in names})

    def table_of(self, columns: Mapping[str, Sequence[Any] | pa.Array]) -> pa.Table:
        """The columns as a table, sorted by the key; nulls come first."""
        arrays = [_as_array(columns[column.name], column.type) for column in self.columns]
        table = pa.Table.from_arrays(arrays, schema=self.schema)
        keys = [(name, "ascending", "at_start") for name in self.key]
        order = pc.sort_indices(table, sort_keys=keys).to_numpy()
        return table if is_counting_up(order) else table.take(order)


def _as_array(values: Sequence[Any] | pa.Array, type_: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values if values.type == type_ else values.cast(type_)
    return pa.array(values, type=type_)


BASIS = Column("basis", TEXTS, "references of the statements that this row rests on")
CLAUSES = Column("clauses", TEXTS, "clauses of the agreement that this row rests on")


def canonical_lines(table: pa.Table) -> list[bytes]:
    """The rows as canonical JSON, one line each, sorted: what `picture.digest` is computed over."""
    names = sorted(table.column_names)
    # The fields of a struct are written in their order, so that no row has to be sorted.
    fields = {f"field_{n}": name for n, name in enumerate(names)}
    row = msgspec.defstruct("Row", [(field, Any) for field in fields], rename=fields)
    columns = [plain_values(table.column(name)) for name in names]
    return sorted(map(msgspec.json.Encoder().encode, map(row, *columns)))


def plain_values(column: pa.ChunkedArray) -> list[Any]:
    """A column as values that JSON has: instants as `YYYY-MM-DDTHH:MM:SSZ`, days as
    `YYYY-MM-DD`."""
    if pa.types.is_timestamp(column.type):
        instants = column.cast(pa.int64()).to_pylist()
        texts = {at: None if at is None else instant_text(at) for at in set(instants)}
        return [texts[at] for at in instants]
    if pa.types.is_date(column.type):
        return [None if day is None else day.isoformat() for day in column.to_pylist()]
    values: list[Any] = column.to_pylist()
    return values


def relations_digest(tables: Mapping[str, pa.Table]) -> str:
    """SHA-256 over all relations, by name, as sorted canonical JSON lines."""
    state = hashlib.sha256()
    for name in sorted(tables):
        state.update(f"{name}\n".encode())
        state.update(b"".join([line + b"\n" for line in canonical_lines(tables[name])]))
    return state.hexdigest()


def rows_of(table: pa.Table, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The rows as dictionaries of plain values, in table order."""
    names = list(columns or table.column_names)
    values = [plain_values(table.column(name)) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
