"""The matcher on a cluster: tile after tile of space and time, carried by Apache Spark.

Each tile is matched with what lies around it; those that could not decide for all of their own
reports are matched again with twice as much around."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from trucekeeper.engines.extras import need
from trucekeeper.engines.table_checks import TOLD_MAX, column_problems, row_problems
from trucekeeper.engines.tables import checked_table, numbers
from trucekeeper.engines.tiles import Tiles
from trucekeeper.engines.windows import match_window, result_table
from trucekeeper.errors import Code, IntakeError, Place, Problem
from trucekeeper.matching.clusters import Bounds
from trucekeeper.matching.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_CUT = ("crowded", "cut", "raised")


def match_table_on_spark(
    table: pa.Table, settings: Settings, tiles: Tiles | None = None, *, rivals: bool = False
) -> tuple[pa.Table, Bounds]:
    """The result for a checked table of reports, in the order of ids, and what the bounds cut.
    Raises QuestionError where PySpark or Numba is not installed."""
    session = _session()
    plain = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    frame = session.createDataFrame(pa.table(plain, names=table.column_names))
    result, bounds = _match(frame, settings, tiles or Tiles(), rivals)
    return result.orderBy("id").toArrow(), bounds


def match_frame(
    frame: DataFrame, settings: Settings, tiles: Tiles | None = None, *, rivals: bool = False
) -> tuple[DataFrame, Bounds]:
    """The result for reports on a cluster, as `match_reports` gives it, and what the bounds cut.
    Raises IntakeError with what is wrong with the reports, by id, and QuestionError where Numba is
    not installed."""
    need("numba", "pyspark", "pandas")
    _check(frame)
    return _match(frame, settings, tiles or Tiles(), rivals)


def _session() -> SparkSession:
    need("numba", "pyspark", "pandas")
    from pyspark.sql import SparkSession  # noqa: PLC0415  # an extra

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return SparkSession.builder.appName("trucekeeper").getOrCreate()


def _check(frame: DataFrame) -> None:
    problems = column_problems(frame.limit(0).toArrow().schema)
    if not problems:
        wrong = frame.mapInArrow(
            _wrong_rows, "id string, place string, found string, wanted string"
        )
        problems += [
            Problem(Code.BAD_CELL, Place(column=row.place, key=row.id), row.found, row.wanted)
            for row in wrong.limit(TOLD_MAX).collect()
        ]
        twice = frame.groupBy("id").count().filter("count > 1").orderBy("id").limit(TOLD_MAX)
        problems += [
            Problem(Code.BAD_CELL, Place(column="id"), f"{row[0]}, {row[1]} times", "each id once")
            for row in twice.collect()
        ]
    if problems:
        raise IntakeError(*problems)


def _wrong_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        found = [p for p in row_problems(pa.Table.from_batches([batch])) if p.place.row is not None]
        ids = [f"id {batch['id'][p.place.row].as_py()}" for p in found]
        columns = [ids, *([getattr(p, n) for p in found] for n in ("found", "expected"))]
        where = [p.place.column for p in found]
        names = ["id", "place", "found", "wanted"]
        yield pa.RecordBatch.from_arrays(
            [pa.array(c, pa.string()) for c in (columns[0], where, *columns[1:])], names
        )


def _match(
    frame: DataFrame, settings: Settings, tiles: Tiles, rivals: bool
) -> tuple[DataFrame, Bounds]:
    from pyspark.sql import functions as f  # noqa: PLC0415  # an extra

    kind = dict(frame.dtypes)["id"]
    result = {"id": kind, "incident": kind, "posterior_milli": "int"}
    if rivals:
        result |= {"evidence_milli": "bigint", "rival": kind, "rival_evidence_milli": "bigint"}
    every = {"tile": "bigint", **result, "decided": "boolean", **dict.fromkeys(_CUT, "bigint")}
    schema = ", ".join(f"{name} {of}" for name, of in every.items())
    columns = ", ".join(f"{field.name} {field.dataType.simpleString()}" for field in frame.schema)
    wanted: list[int] | None = None
    parts: list[Any] = []
    while wanted is None or wanted:
        spread = frame.mapInArrow(_spreader(tiles, wanted), f"tile bigint, {columns}")
        part = (
            spread.groupBy("tile").applyInArrow(_matcher(tiles, settings, rivals), schema).persist()
        )
        undecided = part.filter(~f.col("decided")).select("tile").distinct().collect()
        wanted = sorted(row.tile for row in undecided)
        parts.append(part.filter(~f.col("tile").isin(wanted)) if wanted else part)
        tiles = tiles.twice_around()
    found = reduce(lambda one, other: one.unionAll(other), parts)
    sums = found.agg(*(f.sum(name) for name in _CUT)).collect()[0]
    return found.select(*result), Bounds(*(n or 0 for n in sums))


def _spreader(tiles: Tiles, wanted: list[int] | None) -> Any:
    """Each report to every tile that it lies in or around, or to those wanted."""

    def spread(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            table = pa.Table.from_batches([batch])
            at = [numbers(table, name) for name in ("earliest", "latest", "lat_e6", "lon_e6")]
            rows, tile = tiles.around(*at)
            if wanted is not None:
                chosen = np.isin(tile, wanted)
                rows, tile = rows[chosen], tile[chosen]
            taken = table.take(pa.array(rows)).add_column(0, "tile", pa.array(tile))
            yield from taken.to_batches()

    return spread


def _matcher(tiles: Tiles, settings: Settings, rivals: bool) -> Any:
    """The result for the own reports of a tile."""

    def match(key: tuple[pa.Scalar, ...], table: pa.Table) -> pa.Table:
        tile = key[0].as_py()
        read = checked_table(table.drop_columns("tile"), settings)
        column = read.coded.columns
        own = tiles.own(column["earliest"], column["lat"], column["lon"]) == tile
        matched = match_window(read.coded, settings, threads=1, extent=tiles.extent(tile))
        found = result_table(read.ids, matched, rivals=rivals)
        found = found.add_column(0, "tile", pa.array(np.full(len(own), tile, np.int64)))
        more = {"decided": matched.decided, **{n: getattr(matched, n) for n in _CUT}}
        for name, values in more.items():
            kind = pa.bool_() if name == "decided" else pa.int64()
            found = found.append_column(name, pa.array(values).cast(kind))
        return found.filter(pa.array(own))

    return match
