"""The whole derivation over made-up reports: seconds from decoded statements to all relations, of
all processors too, and peak memory.

make bench
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence

import msgspec

from benchmarks.quality import scores
from benchmarks.world import make
from tests.world import agreement
from trucekeeper.engines.memory import without_collecting
from trucekeeper.engines.values import match_on_columns
from trucekeeper.governance.record import Cut, LogHead, Record, read_entries
from trucekeeper.logs.tree import leaf_hash
from trucekeeper.matching.reports import MatchReport
from trucekeeper.picture import Matcher, derive
from trucekeeper.statements import kinds, parts
from trucekeeper.statements.encoding import Envelope, encode, encode_body
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.vocabulary.quantities import Range
from trucekeeper.vocabulary.times import Period, instant


def entry(report: MatchReport, number: int) -> bytes:
    """A made-up report as a statement."""
    killed = None
    if report.killed_min is not None:
        killed = Range(min=report.killed_min, max=report.killed_max)
    body = kinds.Report(
        basis="own-observation",
        act=report.act or "armed-force",
        occurred=Period(earliest=instant(report.earliest), latest=instant(report.latest)),
        place=parts.Place(lat_e6=report.lat_e6, lon_e6=report.lon_e6, radius_m=report.radius_m),
        report_ref=report.id,
        weapon=report.weapon,
        alleged_author=tuple(report.authors),
        target=tuple(report.targets),
        killed=killed,
    )
    public = report.source in ("d", "e", "press")
    return encode(
        Envelope(
            kind="report", version=1, officer="officer-1", stated_at=instant(report.latest + 3_600),
            body=msgspec.Raw(encode_body(body)), salt=None if public else f"{number:032x}",
        )
    )  # fmt: skip


def record_of(reports: Sequence[MatchReport]) -> Record:
    """The logs that hold the reports, each in its author's log, decoded."""
    logs: dict[LogName, list[bytes]] = {}
    for number, report in enumerate(reports):
        circle = "public" if report.source in ("d", "e", "press") else "guarantors"
        logs.setdefault(LogName(f"{report.source}.{circle}"), []).append(entry(report, number))
    return {log: read_entries(log, [(leaf_hash(e), e) for e in held]) for log, held in logs.items()}


def main(counts: Sequence[int]) -> None:
    print(
        "| reports | incidents | decode s | derive s | of it matching s | processor s | digest s | peak MB | pair F1 | cluster F1 | B-cubed F1 |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for count in counts:
        print(row(count), flush=True)


def row(count: int) -> str:
    """One line of the table."""
    truth = make(count, seed=11)
    started = time.perf_counter()
    record = record_of(truth.reports)
    decoded = time.perf_counter()
    spent: list[float] = []
    cut = Cut(
        agreement().digest,
        "0" * 64,
        1,
        "guarantors",
        tuple(LogHead(log, len(e), "") for log, e in record.items()),
    )
    with without_collecting():
        worked = time.process_time()
        derived = derive(agreement(), record, cut, matcher=timed(match_on_columns, spent))
        tables = dict(derived.tables)
        ended, worked = time.perf_counter(), time.process_time() - worked
        digest = derived.digest
    digested = time.perf_counter()
    assert digest
    assert len(tables["matches"]) == len(truth.reports)
    clusters = [[m.report.report_ref or "" for m in e.incident.members] for e in derived.examined]
    found = scores(clusters, {r.id: i for r, i in zip(truth.reports, truth.incidents, strict=True)})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    cells = [
        len(truth.reports), len(clusters), f"{decoded - started:.1f}", f"{ended - decoded:.1f}", f"{spent[0]:.1f}", f"{worked:.1f}", f"{digested - ended:.1f}",
        peak, *(f"{found[name]:.3f}" for name in ("pair_f1", "cluster_f1", "bcubed_f1")),
    ]  # fmt: skip
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def timed(matcher: Matcher, spent: list[float]) -> Matcher:
    """The matcher, noting how long it took."""

    def run(*arguments: object) -> object:
        started = time.perf_counter()
        result = matcher(*arguments)  # type: ignore[arg-type]  # passed through
        spent.append(time.perf_counter() - started)
        return result

    return run  # type: ignore[return-value]  # passed through


if __name__ == "__main__":
    main([int(float(count)) for count in sys.argv[1:]] or [10_000, 100_000])
