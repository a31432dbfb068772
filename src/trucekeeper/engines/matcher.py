"""`match_reports`: the matcher alone, over an Arrow table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from trucekeeper.engines.compiled import HAS_COMPILER
from trucekeeper.engines.estimation import estimate
from trucekeeper.engines.extras import need
from trucekeeper.engines.increment import are_among, with_further
from trucekeeper.engines.kernel import THREADS
from trucekeeper.engines.scoring import Array
from trucekeeper.engines.slabs import match_table_in_slabs
from trucekeeper.engines.spark import match_table_on_spark
from trucekeeper.engines.table_checks import check_table, plain, repeated_ids
from trucekeeper.engines.tables import ReportTable, read_table, reports_of
from trucekeeper.engines.values import match_on_columns
from trucekeeper.engines.windows import Found, match_window, result_table
from trucekeeper.errors import Code, IntakeError, Place, Problem, QuestionError
from trucekeeper.matching.clusters import Bounds, Matches
from trucekeeper.matching.reference import match_by_definition
from trucekeeper.matching.reports import Constraints
from trucekeeper.matching.settings import DEFAULT, Settings


@dataclass(frozen=True)
class MatchedReports:
    """What `match_reports` gives. It is an Arrow stream, so that pyarrow, DuckDB, polars and pandas
    read it as a table.

    table: id, incident (the least id of it), posterior_milli, and on request evidence_milli, rival,
    rival_evidence_milli; in the order of ids. reports: what
    was matched. settings: what it was matched under. bounds: what the bounds of the definition cut.
    warnings: of the estimate."""

    table: pa.Table
    reports: pa.Table
    settings: Settings
    bounds: Bounds
    warnings: tuple[str, ...] = ()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table for whoever reads Arrow (PyCapsule interface)."""
        return self.table.__arrow_c_stream__(requested_schema)

    def with_reports(self, further: pa.Table) -> MatchedReports:
        """The result with further reports, under the same settings: what matching all of them anew
        gives, at the cost of what they can touch. Raises IntakeError with what is wrong with them,
        by row, and QuestionError where Numba is not installed."""
        need("numba")
        check_table(further)
        if not len(further):
            return self
        ids = plain(further["id"])
        again = are_among(ids, self.table["id"])
        if again.any():
            raise IntakeError(*repeated_ids(ids, again))
        reports = pa.concat_tables([self.reports, further], promote_options="permissive")
        table, more = with_further(self.table, reports, self.settings)
        return replace(self, table=table, reports=reports, bounds=self.bounds + more)


def match_reports(
    table: pa.Table,
    *,
    engine: str = "kernel",
    settings: Settings | None = None,
    rivals: bool = False,
) -> MatchedReports:
    """Which reports of an Arrow table speak of the same event (columns: `engines.tables`).

    engine: one of ENGINES; all give the same. settings: None estimates them once from the table,
    and gives them with the result. rivals: whether the result also says what evidence binds each
    report to its incident (milli-nats), which other incident would be the best for it, and on what
    evidence. Raises IntakeError with what is wrong with the table, by row,
    and QuestionError for another engine."""
    if engine not in ENGINES:
        where = Place(key="engine")
        raise QuestionError(Problem(Code.NO_SUCH_FORMAT, where, engine, ", ".join(ENGINES)))
    read = read_table(table, DEFAULT if settings is None else settings)
    warnings: tuple[str, ...] = ()
    if settings is None:
        estimated = estimate(read.coded, threads=THREADS)
        settings, warnings = estimated.settings, estimated.warnings
    result, bounds = ENGINES[engine](table, read, settings, rivals)
    return MatchedReports(result, table, settings, bounds, warnings)


Result = tuple[pa.Table, Bounds]


def _by_kernel(_: pa.Table, read: ReportTable, settings: Settings, rivals: bool) -> Result:
    if not HAS_COMPILER:
        matches = match_on_columns(reports_of(read), Constraints(), settings)
        return _of_matches(read, matches, rivals)
    matched = match_window(read.coded, settings)
    return result_table(read.ids, matched, rivals=rivals), matched.bounds


def _by_definition(_: pa.Table, read: ReportTable, settings: Settings, rivals: bool) -> Result:
    matches = match_by_definition(reports_of(read), Constraints(), settings)
    return _of_matches(read, matches, rivals)


def _by_duckdb(table: pa.Table, _: ReportTable, settings: Settings, rivals: bool) -> Result:
    return match_table_in_slabs(table, settings, rivals=rivals)


def _by_spark(table: pa.Table, _: ReportTable, settings: Settings, rivals: bool) -> Result:
    return match_table_on_spark(table, settings, rivals=rivals)


def _of_matches(read: ReportTable, matches: Matches, rivals: bool) -> Result:
    held = [matches.memberships[str(n)] for n in range(len(read.ids))]
    first = [int(members[0]) for members in matches.clusters]
    best = [m.rivals[0] if m.rivals else None for m in held]
    found = Found(
        least=_ints(first[m.cluster] for m in held),
        posterior=_ints(m.posterior_milli for m in held),
        binding=_ints(m.score_milli for m in held),
        rival=_ints(-1 if rival is None else first[rival[0]] for rival in best),
        rival_evidence=_ints(0 if rival is None else rival[1] for rival in best),
    )
    return result_table(read.ids, found, rivals=rivals), matches.bounds


def _ints(values: Iterable[int]) -> Array:
    return np.fromiter(values, np.int64)


#: How a table is matched: the table, what was read of it, the settings, whether with rivals.
ENGINES: Mapping[str, Callable[[pa.Table, ReportTable, Settings, bool], Result]] = {
    "reference": _by_definition,
    "kernel": _by_kernel,
    "duckdb": _by_duckdb,
    "spark": _by_spark,
}
