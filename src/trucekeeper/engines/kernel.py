"""The matcher over columns of whole numbers: the same incidents as the definition, without
comparing every pair. Compiled where Numba is installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

import numpy as np

from trucekeeper.engines import belonging, grid, settling, sweep
from trucekeeper.engines import edges as kept_edges
from trucekeeper.engines.columns import (
    Coded,
    Words,
    evidence_of,
    ln_milli_array,
    rows_of,
)
from trucekeeper.engines.compiled import HAS_COMPILER
from trucekeeper.engines.extents import over_edges, over_groups, reach_m
from trucekeeper.engines.scoring import AROUND, LN_AROUND, MASK, RANK, SOURCES, Array
from trucekeeper.matching.components import bounded_components
from trucekeeper.matching.settings import Settings

Part = TypeVar("Part")


@dataclass(frozen=True)
class Settled:
    """The result over the rows of columns. incident: for each row the number of its incident.
    start, listed: the rows of each incident, in the order of ties; incidents in the order of their
    least. rival_start, rival, evidence: the rival incidents of each row, best first. cut: how many
    candidate pairs that it comes first in were not kept; raised: whether its threshold was raised.
    doubts: for each set of doubtful rows that was given, which it reaches."""

    incident: Array
    start: Array
    listed: Array
    posterior: Array
    binding: Array
    rival_start: Array
    rival: Array
    evidence: Array
    cut: Array
    raised: Array
    doubts: tuple[Array, ...] = ()


#: The result is the same for any number.
THREADS = os.cpu_count() or 1


@dataclass(frozen=True)
class Swept:
    """Rows in the order of the sweep, the grams of their texts, the settings over their codes.
    order: for each row its row in the table, whose rows are in the order of ties."""

    rows: Array
    grams: Array
    evidence: Array
    runs: sweep.Runs
    order: Array

    @cached_property
    def by_rank(self) -> Array:
        """The rows in the order of ties."""
        place = np.full(int(self.order.max(initial=-1)) + 1, -1, np.int32)
        place[self.order] = np.arange(len(self.order), dtype=np.int32)
        return place[place >= 0]

    def with_around(self, around: Array) -> Swept:
        """The same with what lies around each row of the table."""
        rows = self.rows.copy()
        rows[:, AROUND] = around[self.order]
        rows[:, LN_AROUND] = ln_milli_array(rows[:, AROUND].astype(np.int64))
        return replace(self, rows=rows)

    def under(self, words: Words, settings: Settings) -> Swept:
        """The same rows under other settings."""
        return replace(self, evidence=evidence_of(words, settings))

    def only(self, chosen: Array) -> Swept:
        """The same with the chosen rows only."""
        if chosen.all():
            return self
        rows = self.rows[chosen]
        return replace(
            self, rows=rows, runs=sweep.find_runs(rows, self.runs.tall), order=self.order[chosen]
        )


def sweep_of(table: Coded, settings: Settings, *, masks: Array | None = None) -> Swept:
    """A table sorted for the sweep. masks: the sources of each row as bits, if not its own."""
    own = table.columns
    # Where reports are precise and surroundings wide, bands must not become too many.
    reach = max(
        reach_m(int(own["radius"].max(initial=0)), settings), settings.density_radius_m // 8
    )
    tall = sweep.band_height_e6(reach)
    order = sweep.sweep_order(own["lat"], own["lon"], own["earliest"], own["latest"], tall)
    rows, grams = rows_of(table, order, settings, masks=masks)
    evidence = evidence_of(table.words, settings)
    return Swept(rows, grams, evidence, sweep.find_runs(rows, tall), order)


def near(swept: Swept, flagged: Array) -> Array:
    """The flagged rows of a table and every one in the sweep that could be compared with one."""
    found = flagged.copy()
    if flagged.any():
        rows = flagged[swept.order]
        found[swept.order] = sweep.near(swept.rows, swept.evidence, swept.runs, rows)
    return found


def surroundings(swept: Swept, threads: int) -> Array:
    """How many rows lie around each row of the table, itself included; 0 for rows not in the
    sweep."""
    found = np.zeros(int(swept.order.max(initial=-1)) + 1, np.int32)
    found[swept.order] = _surroundings(swept, threads)
    return found


def _surroundings(swept: Swept, threads: int) -> Array:
    if HAS_COMPILER:
        return sweep.surroundings(swept.rows, swept.evidence, swept.runs, threads)
    return grid.surroundings(swept.rows, swept.evidence)


def _candidate_edges(
    swept: Swept, threads: int, *, same_source: bool = False
) -> tuple[Array, Array, Array]:
    if HAS_COMPILER:
        return sweep.candidate_edges(
            swept.rows, swept.grams, swept.evidence, swept.runs, threads, same_source=same_source
        )
    return grid.candidate_edges(swept.rows, swept.grams, swept.evidence, same_source=same_source)


def repeating_pairs(swept: Swept, threads: int) -> tuple[Array, Array, Array]:
    """The pairs of rows of one source that tell the same, with their scores."""
    return _candidate_edges(swept, threads, same_source=True)


def repeats_of(swept: Swept, pairs: tuple[Array, Array, Array], settings: Settings) -> Array:
    """For each row in the order of the sweep the row of its own source whose repetition it is, or
    itself. pairs: `repeating_pairs`."""
    count, most, step = len(swept.order), settings.component_max, settings.threshold_step_milli
    if HAS_COMPILER:
        groups, _ = kept_edges.bounded_groups(count, *pairs, most, step)
    else:
        links = list(zip(*(part.tolist() for part in pairs), strict=True))
        groups = np.array(bounded_components(count, links, most, step).of, dtype=np.int64)
    result: Array = groups
    return result


def hanging_together(count: int, edges: tuple[Array, Array, Array]) -> Array:
    """For each row a row that names all that hang together with it, whatever the bound."""
    together, _ = kept_edges.bounded_groups(count, *edges, count + 1, 1)
    result: Array = together
    return result


def precise(table: Coded, settings: Settings) -> Array:
    """Which rows of a table are precise enough to be matched."""
    own = table.columns
    length = own["latest"] - own["earliest"]
    result: Array = (own["radius"] <= settings.radius_m_max) & (length <= settings.period_s_max)
    return result


def settle(
    swept: Swept,
    settings: Settings,
    threads: int,
    *,
    apart: Sequence[tuple[int, int]] = (),
    doubts: Sequence[Array] = (),
) -> Settled:
    """Incidents of the rows of a sweep. apart: pairs of rows of the table that are bound to be
    apart. doubts: sets of rows of the table whose candidates may be others than those in the
    sweep."""
    rows, evidence = swept.rows, swept.evidence
    one, other, score = candidate_pairs(swept, threads)
    start, listed = kept_edges.edges_at_rows(rows, one, other, score)
    kept = kept_edges.among_the_best(
        rows, start, listed, one, other, settings.candidates_max, int(evidence[SOURCES])
    )
    edges = one[kept], other[kept], score[kept]
    groups, threshold = kept_edges.bounded_groups(
        len(rows), *edges, settings.component_max, settings.threshold_step_milli
    )
    place = np.empty(int(swept.order.max(initial=-1)) + 1, np.int64)
    place[swept.order] = np.arange(len(rows))
    bound = place[np.array(apart, dtype=np.int64).reshape(-1, 2)]
    label = _labels(swept, groups, edges, bound, settings, threads)
    settled = _settled(swept, label, edges, bound, settings, threads)
    rank = rows[:, RANK]
    first_end = np.where(rank[one] < rank[other], one, other)[~kept]
    settled = replace(
        settled, cut=np.bincount(first_end, minlength=len(rows)), raised=threshold > 0
    )
    if not any(doubt.any() for doubt in doubts):
        return replace(settled, doubts=tuple(doubt[swept.order] for doubt in doubts))
    together = hanging_together(len(rows), edges)
    reached = (over_edges(doubt[swept.order], one, other) for doubt in doubts)
    reached = (over_edges(over_groups(doubt, together), edges[0], edges[1]) for doubt in reached)
    return replace(settled, doubts=tuple(reached))


def candidate_pairs(swept: Swept, threads: int) -> tuple[Array, Array, Array]:
    """The candidate pairs of rows that have no source in common, with their scores."""
    one, other, score = _candidate_edges(swept, threads)
    # A unit of several sources may share one with a unit whose face is of another.
    free = ~(swept.rows[one, MASK:] & swept.rows[other, MASK:]).any(axis=1)
    return (one, other, score) if free.all() else (one[free], other[free], score[free])


def _labels(
    swept: Swept,
    groups: Array,
    edges: tuple[Array, Array, Array],
    apart: Array,
    settings: Settings,
    threads: int,
) -> Array:
    """For each row the least member of its incident."""
    one, other, score = edges
    start, listed, number = kept_edges.in_groups(groups, swept.by_rank)
    edge_start, ids = kept_edges.edges_within(swept.rows, number, len(start) - 1, one, other, score)
    label = np.arange(len(groups))
    _in_parts(
        lambda first, last: settling.settle_groups(
            swept.rows,
            swept.grams,
            swept.evidence,
            apart,
            settings.rounds_max,
            settings.component_max,
            start,
            listed,
            edge_start,
            ids,
            one,
            other,
            score,
            first,
            last,
            label,
        ),
        len(start) - 1,
        threads,
    )
    return label


def _settled(
    swept: Swept,
    label: Array,
    edges: tuple[Array, Array, Array],
    apart: Array,
    settings: Settings,
    threads: int,
) -> Settled:
    """Incidents in the order of their least members, and where each row belongs."""
    rows, grams, evidence = swept.rows, swept.grams, swept.evidence
    most = settings.component_max
    start, listed, incident = kept_edges.in_groups(label, swept.by_rank)
    scores = _in_parts(
        lambda a, b: belonging.scores_of(rows, grams, evidence, apart, most, start, listed, a, b),
        len(start) - 1,
        threads,
    )
    held = np.concatenate([np.zeros(0, np.int64), *scores])
    near_start, near = kept_edges.edges_at_rows(rows, *edges)
    parts = _in_parts(
        lambda a, b: belonging.memberships(
            rows,
            grams,
            evidence,
            apart,
            most,
            incident,
            start,
            listed,
            held,
            near_start,
            near,
            edges[0],
            edges[1],
            a,
            b,
        ),
        len(rows),
        threads,
    )
    posterior, binding, counts, rival, found = (
        np.concatenate([np.zeros(0, np.int64), *(part[n] for part in parts)]) for n in range(5)
    )
    rival_start = np.concatenate([[0], np.cumsum(counts)])
    return Settled(
        incident,
        start,
        listed,
        posterior,
        binding,
        rival_start,
        rival,
        found,
        cut=np.zeros(len(rows), np.int64),
        raised=np.zeros(len(rows), bool),
    )


def _in_parts(function: Callable[[int, int], Part], count: int, threads: int) -> list[Part]:
    """The results of a function over shares of a range, in order."""
    cuts = np.linspace(0, count, 8 * threads + 1).astype(np.int64).tolist()
    shares = [(a, b) for a, b in pairwise(cuts) if a < b]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda share: function(*share), shares))
