"""The matcher over coded rows: all there are, or a window of them.

A window decides for those of its rows that no report outside could have changed, and says which
they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from trucekeeper.engines.columns import Coded
from trucekeeper.engines.extents import ALL, Extent, over_groups
from trucekeeper.engines.kernel import (
    THREADS,
    Settled,
    Swept,
    hanging_together,
    near,
    precise,
    repeating_pairs,
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
from trucekeeper.matching.clusters import Bounds
from trucekeeper.matching.settings import Settings


@dataclass(frozen=True)
class Found:
    """Where each row of a table belongs. least: the row by which its incident is known; binding:
    the evidence that binds it there; rival: the row by which its best rival incident is known, −1
    for none, and the evidence for that."""

    least: Array
    posterior: Array
    binding: Array
    rival: Array
    rival_evidence: Array


@dataclass(frozen=True)
class Matched(Found):
    """The result over the rows of a table in the order of ties. repeat_of: the row of which it is a
    repetition, or itself. compared: whether it was precise enough, and not in a crowd. Then what
    the bounds cut, by row: crowded; cut, how many pairs that the row comes first in were not kept;
    raised. decided: whether a window gives what all reports would. touched: whether what was
    changed can be seen in it."""

    repeat_of: Array
    compared: Array
    crowded: Array
    cut: Array
    raised: Array
    decided: Array
    touched: Array

    @property
    def bounds(self) -> Bounds:
        return self.bounds_of(np.ones(len(self.least), bool))

    def bounds_of(self, chosen: Array) -> Bounds:
        """What the bounds cut of the chosen rows."""
        columns = (self.crowded, self.cut, self.raised)
        return Bounds(*(int(column[chosen].sum()) for column in columns))


def match_window(
    table: Coded,
    settings: Settings,
    threads: int = THREADS,
    *,
    extent: Extent = ALL,
    changed: Array | None = None,
) -> Matched:
    """Which rows of a table speak of the same event. extent: of what reports the table holds.
    changed: rows that are new, or have new rows around them."""
    eligible = precise(table, settings)
    unknown = np.zeros(len(eligible), bool) if changed is None else changed
    doubts = [eligible & ~extent.covers(table, settings), unknown]
    swept = sweep_of(table, settings)
    swept = swept.only(eligible[swept.order])
    swept = swept.with_around(surroundings(swept, threads))
    doubts = [near(swept, doubt) for doubt in doubts]
    calm = swept.rows[:, AROUND] <= settings.crowd_max
    crowded = np.zeros(len(eligible), bool)
    crowded[swept.order[~calm]] = True
    swept = swept.only(calm)
    repeat_of = np.arange(len(eligible))
    if settings.repeats is not None:
        swept, doubts = _without_repeats(swept, doubts, repeat_of, settings, threads)
    settled = settle(swept, settings, threads, doubts=doubts)
    return _spread(settled, swept.order, repeat_of, crowded, doubts)


def _without_repeats(
    swept: Swept, doubts: list[Array], repeat_of: Array, settings: Settings, threads: int
) -> tuple[Swept, list[Array]]:
    """The sweep with one row for each set of repetitions, completed from the others; and the rows
    whose candidates are in doubt then."""
    pairs = repeating_pairs(swept, threads)
    groups = repeats_of(swept, pairs, settings)
    if any(doubt.any() for doubt in doubts):
        together = hanging_together(len(groups), pairs)
        for doubt in doubts:
            doubt[swept.order] = over_groups(doubt[swept.order], together)
        doubts = [near(swept, doubt) for doubt in doubts]
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
    return replace(swept, rows=rows).only(~again), doubts


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
    settled: Settled, order: Array, repeat_of: Array, crowded: Array, doubts: list[Array]
) -> Matched:
    """The result of the compared rows, and of those that repeat them or stand alone."""
    count = len(repeat_of)
    least, posterior, binding = np.arange(count), np.full(count, 1000), np.zeros(count, np.int64)
    cut, raised, compared = (np.zeros(count, kind) for kind in (np.int64, bool, bool))
    leaders = settled.listed[settled.start[:-1]]
    least[order] = order[leaders[settled.incident]]
    posterior[order], binding[order] = settled.posterior, settled.binding
    cut[order], raised[order], compared[order] = settled.cut, settled.raised, True
    for doubt, reached in zip(doubts, settled.doubts, strict=True):
        doubt[order] |= reached
        np.logical_or(doubt, doubt[repeat_of], out=doubt)
    rival, evidence = np.full(count, -1), np.zeros(count, np.int64)
    begin, end = settled.rival_start[:-1], settled.rival_start[1:]
    has_rival, best = begin < end, begin[begin < end]
    rival[order[has_rival]] = order[leaders[settled.rival[best]]]
    evidence[order[has_rival]] = settled.evidence[best]
    least = least[repeat_of]
    # An incident is known by its least report, repetitions included.
    known_by = np.arange(count)
    np.minimum.at(known_by, least, np.arange(count))
    return Matched(
        least=known_by[least],
        posterior=posterior[repeat_of],
        binding=binding[repeat_of],
        rival=np.where(rival < 0, -1, known_by[rival])[repeat_of],
        rival_evidence=evidence[repeat_of],
        repeat_of=repeat_of,
        compared=compared[repeat_of],
        crowded=crowded,
        cut=cut,
        raised=raised,
        decided=~doubts[0],
        touched=doubts[1],
    )


def result_table(ids: pa.Array, found: Found, *, rivals: bool) -> pa.Table:
    """What `match_reports` gives for the rows of a table."""
    columns = {
        "id": ids,
        "incident": ids.take(pa.array(found.least)),
        "posterior_milli": pa.array(found.posterior.astype(np.int32)),
    }
    if rivals:
        none = found.rival < 0
        columns["evidence_milli"] = pa.array(found.binding)
        columns["rival"] = ids.take(pa.array(found.rival, mask=none))
        columns["rival_evidence_milli"] = pa.array(found.rival_evidence, mask=none)
    return pa.table(columns)
