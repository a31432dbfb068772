"""`match_reports`: the matcher alone, over an Arrow table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from trucekeeper.engines.columns import Coded
from trucekeeper.engines.compiled import HAS_COMPILER
from trucekeeper.engines.estimation import estimate
from trucekeeper.engines.kernel import (
    THREADS,
    Settled,
    Swept,
    repeats_of,
    settle,
    surroundings,
    sweep_of,
)
from trucekeeper.engines.scoring import (
    AROUND,
    AUTHORS,
    GRAMS,
    GRAMS_END,
    KILLED_MAX,
    KILLED_MIN,
    NAME,
    RANK,
    SKELETON,
    TARGETS,
    WEAPON,
    Array,
)
from trucekeeper.engines.tables import ReportTable, read_table, reports_of
from trucekeeper.engines.values import match_on_columns
from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.matching.clusters import Bounds, Matches
from trucekeeper.matching.reference import match_by_definition
from trucekeeper.matching.reports import Constraints
from trucekeeper.matching.settings import DEFAULT, Settings


@dataclass(frozen=True)
class Matched:
    """The result over the rows of a table in the order of ties. least: the row by which the
    incident is known. repeat_of: the row of which it is a repetition, or itself. compared: whether
    it was precise enough, and not in a crowd."""

    least: Array
    posterior: Array
    binding: Array
    repeat_of: Array
    compared: Array
    bounds: Bounds


def match_coded(table: Coded, settings: Settings, threads: int = THREADS) -> Matched:
    """Which rows of a table speak of the same event."""
    own = table.columns
    count = len(own["lat"])
    eligible = (own["radius"] <= settings.radius_m_max) & (
        own["latest"] - own["earliest"] <= settings.period_s_max
    )
    swept = sweep_of(table, settings)
    swept = swept.only(eligible[swept.order])
    swept = swept.with_around(surroundings(swept, threads))
    calm = swept.rows[:, AROUND] <= settings.crowd_max
    swept = swept.only(calm)
    repeat_of = np.arange(count)
    if settings.repeats is not None:
        swept = _without_repeats(swept, repeat_of, settings, threads)
    settled = settle(swept, settings, threads)
    compared = np.zeros(count, bool)
    compared[swept.order] = True
    return _spread(settled, swept.order, repeat_of, compared, int((~calm).sum()))


def _without_repeats(swept: Swept, repeat_of: Array, settings: Settings, threads: int) -> Swept:
    """The sweep with one row for each set of repetitions, completed from the others."""
    groups = repeats_of(swept, settings, threads)
    rank = swept.rows[:, RANK]
    by_group = np.lexsort((rank, groups))
    begins = np.flatnonzero(np.diff(groups[by_group], prepend=-1))
    leader = np.empty(len(by_group), np.int64)
    leader[by_group] = np.repeat(by_group[begins], np.diff([*begins, len(by_group)]))
    again = leader != np.arange(len(leader))
    repeat_of[swept.order[again]] = swept.order[leader[again]]
    rows = swept.rows.copy()
    # Later repetitions first, so that the first that states a value is written last.
    for row in by_group[::-1][again[by_group[::-1]]].tolist():
        _complete(rows[leader[row]], swept.rows[leader[row]], swept.rows[row])
    return replace(swept, rows=rows).only(~again)


def _complete(face: Array, first: Array, other: Array) -> None:
    """Take over into a face what its first report leaves unstated and another states."""
    for field in (WEAPON, AUTHORS, TARGETS, NAME):
        if not first[field] and other[field]:
            face[field] = other[field]
            if field == NAME:
                face[SKELETON] = other[SKELETON]
    if first[GRAMS] == first[GRAMS_END] and other[GRAMS] < other[GRAMS_END]:
        face[[GRAMS, GRAMS_END]] = other[[GRAMS, GRAMS_END]]
    if first[KILLED_MAX] < 0 <= other[KILLED_MAX]:
        face[[KILLED_MIN, KILLED_MAX]] = other[[KILLED_MIN, KILLED_MAX]]


def _spread(
    settled: Settled, order: Array, repeat_of: Array, compared: Array, crowded: int
) -> Matched:
    """The result of the compared rows, and of those that repeat them or stand alone."""
    count = len(repeat_of)
    least, posterior, binding = np.arange(count), np.full(count, 1000), np.zeros(count, np.int64)
    leaders = settled.listed[settled.start[:-1]]
    least[order] = order[leaders[settled.incident]]
    posterior[order], binding[order] = settled.posterior, settled.binding
    least, posterior, binding = least[repeat_of], posterior[repeat_of], binding[repeat_of]
    # An incident is known by its least report, repetitions included.
    known_by = np.arange(count)
    np.minimum.at(known_by, least, np.arange(count))
    bounds = Bounds(crowded, settled.candidates_cut, settled.raised)
    return Matched(known_by[least], posterior, binding, repeat_of, compared[repeat_of], bounds)


@dataclass(frozen=True)
class MatchedReports:
    """What `match_reports` gives. It is an Arrow stream, so that pyarrow, DuckDB, polars and pandas
    read it as a table.

    table: id, incident (the least id of it), posterior_milli; in the order of ids. settings: what
    was matched under. bounds: what the bounds of the definition cut. warnings: of the estimate."""

    table: pa.Table
    settings: Settings
    bounds: Bounds
    warnings: tuple[str, ...] = ()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table for whoever reads Arrow (PyCapsule interface)."""
        return self.table.__arrow_c_stream__(requested_schema)


def match_reports(
    table: pa.Table, *, engine: str = "kernel", settings: Settings | None = None
) -> MatchedReports:
    """Which reports of an Arrow table speak of the same event (columns: `engines.tables`).

    engine: one of ENGINES; all give the same. settings: None estimates them once from the table,
    and gives them with the result. Raises IntakeError with what is wrong with the table, by row,
    and QuestionError for another engine."""
    if engine not in ENGINES:
        where = Place(key="engine")
        raise QuestionError(Problem(Code.NO_SUCH_FORMAT, where, engine, ", ".join(ENGINES)))
    read = read_table(table, DEFAULT if settings is None else settings)
    warnings: tuple[str, ...] = ()
    if settings is None:
        estimated = estimate(read.coded, threads=THREADS)
        settings, warnings = estimated.settings, estimated.warnings
    matched = ENGINES[engine](read, settings)
    result = pa.table(
        {
            "id": read.ids,
            "incident": read.ids.take(pa.array(matched.least)),
            "posterior_milli": matched.posterior.astype(np.int32),
        }
    )
    return MatchedReports(result, settings, matched.bounds, warnings)


def _by_kernel(read: ReportTable, settings: Settings) -> Matched:
    if HAS_COMPILER:
        return match_coded(read.coded, settings)
    return _of_matches(match_on_columns(reports_of(read), Constraints(), settings), len(read.ids))


def _by_definition(read: ReportTable, settings: Settings) -> Matched:
    return _of_matches(
        match_by_definition(reports_of(read), Constraints(), settings), len(read.ids)
    )


def _of_matches(matches: Matches, count: int) -> Matched:
    """A result over values as one over rows."""
    held = [matches.memberships[str(n)] for n in range(count)]
    return Matched(
        least=np.array([int(matches.clusters[m.cluster][0]) for m in held], dtype=np.int64),
        posterior=np.array([m.posterior_milli for m in held], dtype=np.int64),
        binding=np.array([m.score_milli for m in held], dtype=np.int64),
        repeat_of=np.array(
            [n if m.repeat_of is None else int(m.repeat_of) for n, m in enumerate(held)]
        ),
        compared=np.array([m.matched for m in held], dtype=bool),
        bounds=matches.bounds,
    )


#: How a table is matched.
ENGINES: Mapping[str, Callable[[ReportTable, Settings], Matched]] = {
    "reference": _by_definition,
    "kernel": _by_kernel,
}
