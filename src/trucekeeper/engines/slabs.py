"""The matcher over more reports than fit into memory: slab after slab of time, carried by DuckDB.

A slab is matched with what lies around it; where that was not enough to decide for all of its own
reports, it is matched again with twice as much around. So the result is that of all reports at
once, whatever the size of a slab."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from trucekeeper.engines.extents import Extent
from trucekeeper.engines.extras import need
from trucekeeper.engines.table_checks import TOLD_MAX, column_problems, row_problems
from trucekeeper.engines.tables import checked_table
from trucekeeper.engines.windows import match_window, result_table
from trucekeeper.errors import Code, IntakeError, Place, Problem
from trucekeeper.matching.clusters import Bounds
from trucekeeper.matching.settings import Settings
from trucekeeper.vocabulary.times import DAY_S

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: How far around a slab is looked at first.
AROUND_S = 12 * DAY_S
#: Reports of one slab, what lies around it not counted. A day with more is one slab.
SLAB_REPORTS = 1_000_000
#: What DuckDB keeps in memory; the rest goes to disk.
MEMORY = "2GB"
#: Rows that are checked at once.
CHECKED = 500_000


def match_table_in_slabs(
    table: pa.Table,
    settings: Settings,
    *,
    rivals: bool = False,
    slab_reports: int = SLAB_REPORTS,
    around_s: int = AROUND_S,
) -> tuple[pa.Table, Bounds]:
    """The result for a checked table of reports, in the order of ids, and what the bounds cut.
    Raises QuestionError where DuckDB or Numba is not installed."""
    with tempfile.TemporaryDirectory(prefix="trucekeeper-") as folder:
        con = _database(folder)
        con.register("given", table)
        con.execute(f"create view report as {_with_seconds(table.schema)}")
        ordered, bounds = _match(con, Path(folder), settings, rivals, slab_reports, around_s)
        return con.sql(ordered).to_arrow_table(), bounds


def match_parquet(
    reports: Path,
    result: Path,
    settings: Settings,
    *,
    rivals: bool = False,
    slab_reports: int = SLAB_REPORTS,
    around_s: int = AROUND_S,
) -> Bounds:
    """Match the reports of a Parquet file into another, in the order of ids; returns what the
    bounds cut. In memory is one slab at a time. Raises IntakeError with what is wrong with the
    reports, by row, and QuestionError where DuckDB or Numba is not installed."""
    try:
        schema = pq.read_schema(reports)
    except (OSError, pa.ArrowException) as error:
        place, found = Place(file=reports.name), str(error).partition("\n")[0]
        raise IntakeError(Problem(Code.NOT_READABLE, place, found, "a Parquet file")) from error
    with tempfile.TemporaryDirectory(prefix=".trucekeeper-", dir=result.parent) as folder:
        con = _database(folder)
        con.execute(f"create view given as from read_parquet({_quoted(reports)})")
        _check(con)
        # In the order of time, a slab is a few stretches of the file.
        by_time, whole = Path(folder) / "by-time.parquet", Path(folder) / "result.parquet"
        sorted_ = f"{_with_seconds(schema)} order by from_s"
        con.execute(f"copy ({sorted_}) to {_quoted(by_time)} (format parquet)")
        con.execute(f"create view report as from read_parquet({_quoted(by_time)})")
        ordered, bounds = _match(con, Path(folder), settings, rivals, slab_reports, around_s)
        con.execute(f"copy ({ordered}) to {_quoted(whole)} (format parquet)")
        whole.replace(result)
    return bounds


def _database(folder: str) -> DuckDBPyConnection:
    need("duckdb", "numba")
    import duckdb  # noqa: PLC0415  # an extra

    con = duckdb.connect()
    con.execute("set temp_directory = ?", [folder])
    con.execute("set memory_limit = ?", [MEMORY])
    return con


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _with_seconds(schema: pa.Schema) -> str:
    """All reports, with their beginning and end in seconds."""
    seconds = {
        name: f"cast(floor(epoch({name})) as bigint)"
        if pa.types.is_timestamp(schema.field(name).type)
        else name
        for name in ("earliest", "latest")
    }
    from_s, until_s = seconds.values()
    return f"select *, {from_s} as from_s, {until_s} as until_s from given"  # noqa: S608


def _check(con: DuckDBPyConnection) -> None:
    """Raises IntakeError with what is wrong with the given reports."""
    reader = con.sql("from given").to_arrow_reader(CHECKED)
    problems, row = column_problems(reader.schema), 0
    if not problems:
        for batch in reader:
            problems += row_problems(pa.Table.from_batches([batch]), row)
            row += len(batch)
    if not problems:
        twice = "select id, count(*) from given group by id having count(*) > 1 order by id limit ?"
        problems += [
            Problem(Code.BAD_CELL, Place(column="id"), f"{id}, {n} times", "each id once")
            for id, n in con.execute(twice, [TOLD_MAX]).fetchall()
        ]
    if problems:
        raise IntakeError(*problems)


def _match(
    con: DuckDBPyConnection,
    folder: Path,
    settings: Settings,
    rivals: bool,
    slab_reports: int,
    around_s: int,
) -> tuple[str, Bounds]:
    """Match slab by slab; gives the question whose answer is the result in order."""
    found, bounds = folder / "found.parquet", Bounds()
    writer = None
    for first, end in _slabs(con, slab_reports):
        part, cut = _match_slab(con, first, end, settings, rivals, around_s)
        bounds += cut
        writer = writer or pq.ParquetWriter(found, part.schema)
        writer.write_table(part)
    assert writer is not None
    writer.close()
    return f"from read_parquet({_quoted(found)}) order by id", bounds


def _slabs(con: DuckDBPyConnection, slab_reports: int) -> Iterator[tuple[int, int]]:
    """Where slabs begin and end, in seconds: whole days with about so many reports."""
    by_day = con.sql(
        "select from_s // ? as day, count(*) as reports from report group by 1 order by 1",
        params=[DAY_S],
    ).to_arrow_table()
    day, reports = by_day["day"].to_numpy(), by_day["reports"].to_numpy()
    if not len(day):
        yield 0, 0
        return
    share = (np.cumsum(reports) - 1) // slab_reports
    cuts = [int(day[0]), *day[1:][share[1:] != share[:-1]].tolist(), int(day[-1]) + 1]
    yield from ((a * DAY_S, b * DAY_S) for a, b in pairwise(cuts))


def _match_slab(
    con: DuckDBPyConnection,
    first: int,
    end: int,
    settings: Settings,
    rivals: bool,
    around_s: int,
) -> tuple[pa.Table, Bounds]:
    """The result for the reports that begin from first and before end."""
    ends = "select min(until_s), max(from_s) from report"
    ((first_end, last_beginning),) = con.execute(ends).fetchall()
    while True:
        since, until = first - around_s, end + around_s
        window = con.sql(
            "select * exclude (from_s, until_s) from report where until_s >= ? and from_s <= ?",
            params=[since, until],
        ).to_arrow_table()
        extent = Extent(
            since=None if first_end is None or since <= first_end else since,
            until=None if last_beginning is None or until >= last_beginning else until,
        )
        read = checked_table(window, settings)
        matched = match_window(read.coded, settings, extent=extent)
        earliest = read.coded.columns["earliest"]
        own = (first <= earliest) & (earliest < end)
        if matched.decided[own].all():
            found = result_table(read.ids, matched, rivals=rivals)
            return found.filter(pa.array(own)), matched.bounds_of(own)
        around_s *= 2
