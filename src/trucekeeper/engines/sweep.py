"""Neighbours in space and time, found by sweeping sorted rows.

Rows of the table are sorted by the day in which the middle of their period falls, by band of
latitude, by longitude. Each run of one day and band meets the runs of the days and bands around
it, both read from west to east, so that memory is read in order."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from trucekeeper.engines.compiled import compiled, wider
from trucekeeper.engines.scoring import (
    CROWD_MAX,
    DENSITY_M,
    DENSITY_S,
    EARLIEST,
    EDGE_MIN,
    GAP_BINS,
    GAP_EDGES,
    LAT,
    LATEST,
    LON,
    PLACE_BINS,
    PLACE_EDGES,
    REACH_M,
    SOURCE,
    VARIANCE,
    Array,
    pair_score,
    squared_m,
    terms_of,
)
from trucekeeper.vocabulary.places import DEGREE_M, E6
from trucekeeper.vocabulary.times import DAY_S

TURN_E6 = 360 * E6
#: Room for rounding at the edges of windows, millionths of a degree.
_SLACK_E6 = 64


class Runs(NamedTuple):
    """Runs of one day and band. start: one more than there are runs. length_s: the longest period;
    variance: the greatest; tall: height of a band in millionths of a degree."""

    day: Array
    band: Array
    start: Array
    tall: int
    length_s: int
    variance: int


def sweep_order(lat: Array, lon: Array, earliest: Array, latest: Array, tall: int) -> Array:
    """The order in which rows are swept: day, band, longitude, row."""
    day = (earliest + latest) // (2 * DAY_S)
    band = (lat.astype(np.int64) + 90 * E6) // tall
    day, bands = day - day.min(initial=1 << 40), int(band.max(initial=0)) + 1
    if not len(day) or (int(day.max()) + 1) * bands >= 2**34:
        return np.lexsort((lon, band, day))
    # 29 bits hold a longitude. A stable sort keeps equal ones in the order of the rows.
    key = (day * bands + band) * 2**29 + (lon.astype(np.int64) + 180 * E6)
    return np.argsort(key, kind="stable")


def find_runs(rows: Array, tall: int) -> Runs:
    """The runs of rows that are in order."""
    day = (rows[:, EARLIEST].astype(np.int64) + rows[:, LATEST]) // (2 * DAY_S)
    band = (rows[:, LAT].astype(np.int64) + 90 * E6) // tall
    changes = np.flatnonzero((day[1:] != day[:-1]) | (band[1:] != band[:-1])) + 1
    start = np.concatenate([[0], changes, [len(day)]]).astype(np.int64)
    if not len(day):
        start = np.zeros(1, dtype=np.int64)
    first = start[:-1]
    lengths, variances = rows[:, LATEST] - rows[:, EARLIEST], rows[:, VARIANCE]
    return Runs(
        day[first],
        band[first],
        start,
        tall,
        int(lengths.max(initial=0)),
        int(variances.max(initial=1)),
    )


def band_height_e6(reach_m: int) -> int:
    """The height of a band that reaches no further than its neighbours."""
    return reach_m * E6 // DEGREE_M + 2


@compiled
def find_run(runs: Runs, day: int, band: int) -> int:
    low, high = 0, len(runs.day)
    while low < high:
        mid = (low + high) // 2
        if runs.day[mid] < day or (runs.day[mid] == day and runs.band[mid] < band):
            low = mid + 1
        else:
            high = mid
    if low < len(runs.day) and runs.day[low] == day and runs.band[low] == band:
        return low
    return -1


@compiled
def days_of(runs: Runs) -> int:
    """How far apart the days of two runs are at most."""
    return runs.day[-1] - runs.day[0] if len(runs.day) else 0


@compiled
def bands_of(runs: Runs) -> int:
    """How far apart the bands of two runs are at most."""
    return runs.band.max() - runs.band.min() if len(runs.day) else 0


@compiled
def half_width_e6(runs: Runs, one: int, other: int, reach_m: int) -> int:
    """How far apart in longitude two rows of two bands can be and still lie within reach."""
    top = max(runs.band[one], runs.band[other]) + 1
    bottom = min(runs.band[one], runs.band[other])
    north, south = top * runs.tall - 90 * E6, 90 * E6 - bottom * runs.tall
    # The mean of the cosines is least where both lie at the edge nearest to a pole.
    degrees = max(north, south) / E6
    if degrees >= 89.9:
        return np.int64(TURN_E6)
    # A parabola below the cosine: within whole degrees no chord of the table is lower.
    cosine = np.cos(degrees * np.pi / 180) * 0.998 - 0.0001
    if cosine <= 0:
        return np.int64(TURN_E6)
    width = reach_m * E6 / DEGREE_M / cosine + _SLACK_E6
    # What reaches half of the way round from either side reaches everything, and meets it once.
    return np.int64(width) if width < TURN_E6 // 2 else np.int64(TURN_E6)


@compiled
def count_around(rows: Array, e: Array, runs: Runs, first: int, last: int) -> Array:
    """For the rows of some runs, how many rows lie around, themselves included; to one beyond the
    bound."""
    begin = runs.start[first]
    counts = np.zeros(runs.start[last] - begin, np.int32)
    squared_max = e[DENSITY_M] * e[DENSITY_M]
    days = min(e[DENSITY_S] // DAY_S + 1, days_of(runs))
    bands = min((e[DENSITY_M] * E6 // DEGREE_M + 2) // runs.tall + 1, bands_of(runs))
    for run in range(first, last):
        for near_first in range(2):
            # The own run first: in a crowd the bound is soon reached.
            for to_day in range(-days, days + 1):
                for to_band in range(-bands, bands + 1):
                    own = to_day == 0 and to_band == 0
                    if own != (near_first == 0):
                        continue
                    other = (
                        run
                        if own
                        else find_run(runs, runs.day[run] + to_day, runs.band[run] + to_band)
                    )
                    if other < 0:
                        continue
                    width = half_width_e6(runs, run, other, e[DENSITY_M])
                    for turn in range(-1, 2):
                        shift = np.int64(turn) * TURN_E6
                        if turn and width >= TURN_E6:
                            continue
                        low, end = runs.start[other], runs.start[other + 1]
                        for i in range(runs.start[run], runs.start[run + 1]):
                            x = rows[i, LON] + shift
                            if turn and (
                                x + width < rows[runs.start[other], LON]
                                or x - width > rows[end - 1, LON]
                            ):
                                continue
                            count = counts[i - begin]
                            while low < end and rows[low, LON] < x - width:
                                low += 1
                            for j in range(low, end):
                                if count > e[CROWD_MAX] or rows[j, LON] > x + width:
                                    break
                                gap_twice = abs(
                                    rows[i, EARLIEST]
                                    + rows[i, LATEST]
                                    - rows[j, EARLIEST]
                                    - rows[j, LATEST]
                                )
                                if (
                                    gap_twice <= 2 * e[DENSITY_S]
                                    and squared_m(rows, i, j) <= squared_max
                                ):
                                    count += 1
                            counts[i - begin] = count
    return counts


@compiled
def squared_if_near(rows: Array, e: Array, i: int, j: int, edge: int, gap_max: int) -> int:
    """The squared distance of two rows, −1 where they are no candidates."""
    start = max(rows[i, EARLIEST], rows[j, EARLIEST])
    if start - min(rows[i, LATEST], rows[j, LATEST]) > gap_max:
        return -1
    squared = squared_m(rows, i, j)
    if squared > e[REACH_M] * e[REACH_M]:
        return -1
    return squared if 16 * squared <= edge * (rows[i, VARIANCE] + rows[j, VARIANCE]) else -1


@compiled
def candidates(
    rows: Array, grams: Array, e: Array, runs: Runs, first: int, last: int, same_source: bool
) -> tuple[Array, Array, Array]:
    """The candidate pairs of the rows of some runs with later rows, with their scores: of one
    source from 1, of two from the least that counts."""
    one, found = np.empty(1024, np.int32), 0
    other_end, score = one.copy(), one.copy()
    least = 1 if same_source else e[EDGE_MIN]
    edge, gap_max = e[e[PLACE_EDGES] + e[PLACE_BINS] - 1], e[e[GAP_EDGES] + e[GAP_BINS] - 1]
    days = min((runs.length_s + gap_max) // DAY_S + 1, days_of(runs))
    # Two reports of the greatest variance reach furthest.
    reach_m = min(e[REACH_M], np.int64(math.sqrt(edge * runs.variance / 8)) + 1)
    bands = min((reach_m * E6 // DEGREE_M + 1) // runs.tall + 1, bands_of(runs))
    for run in range(first, last):
        for to_day in range(days + 1):
            for to_band in range(-bands if to_day else 0, bands + 1):
                near = find_run(runs, runs.day[run] + to_day, runs.band[run] + to_band)
                if near < 0:
                    continue
                width = half_width_e6(runs, run, near, reach_m)
                for turn in range(-1, 2):
                    shift = np.int64(turn) * TURN_E6
                    if turn and width >= TURN_E6:
                        continue
                    low, end = runs.start[near], runs.start[near + 1]
                    for i in range(runs.start[run], runs.start[run + 1]):
                        x = rows[i, LON] + shift
                        if turn and (x + width < rows[low, LON] or x - width > rows[end - 1, LON]):
                            continue
                        # Middles lie apart by at most half of both lengths and the gap.
                        length = rows[i, LATEST] - rows[i, EARLIEST]
                        if to_day > (length + runs.length_s + 2 * gap_max) // (2 * DAY_S) + 1:
                            continue
                        while low < end - 1 and rows[low, LON] < x - width:
                            low += 1
                        own_reach = math.sqrt(edge * (rows[i, VARIANCE] + runs.variance) / 16) + 1
                        own_width = np.int64(width * min(own_reach / reach_m, 1.0) + _SLACK_E6)
                        begin = low
                        if near == run and begin <= i:
                            begin = i + 1
                        for j in range(begin, end):
                            if rows[j, LON] > x + own_width:
                                break
                            if rows[j, LON] < x - own_width:
                                continue
                            if (rows[i, SOURCE] == rows[j, SOURCE]) != same_source:
                                continue
                            squared = squared_if_near(rows, e, i, j, edge, gap_max)
                            if squared < 0 or terms_of(rows, e, i, j) == 0:
                                continue
                            points = pair_score(rows, grams, e, i, j, squared)
                            if points < least:
                                continue
                            if found == len(one):
                                one, other_end, score = wider(one), wider(other_end), wider(score)
                            one[found], other_end[found], score[found] = i, j, points
                            found += 1
    return one[:found].copy(), other_end[:found].copy(), score[:found].copy()


@compiled
def near(rows: Array, e: Array, runs: Runs, flagged: Array) -> Array:
    """The flagged rows and every row that could be compared with one, of whatever source."""
    found = flagged.copy()
    edge, gap_max = e[e[PLACE_EDGES] + e[PLACE_BINS] - 1], e[e[GAP_EDGES] + e[GAP_BINS] - 1]
    days = min((runs.length_s + gap_max) // DAY_S + 1, days_of(runs))
    bands = min((e[REACH_M] * E6 // DEGREE_M + 1) // runs.tall + 1, bands_of(runs))
    for run in range(len(runs.day)):
        if not flagged[runs.start[run] : runs.start[run + 1]].any():
            continue
        for to_day in range(-days, days + 1):
            for to_band in range(-bands, bands + 1):
                other = find_run(runs, runs.day[run] + to_day, runs.band[run] + to_band)
                if other < 0:
                    continue
                width = half_width_e6(runs, run, other, e[REACH_M])
                longitudes = rows[runs.start[other] : runs.start[other + 1], LON]
                for turn in range(-1, 2):
                    shift = np.int64(turn) * TURN_E6
                    if turn and width >= TURN_E6:
                        continue
                    for i in range(runs.start[run], runs.start[run + 1]):
                        x = rows[i, LON] + shift
                        if not flagged[i]:
                            continue
                        first = runs.start[other] + np.searchsorted(longitudes, x - width)
                        for j in range(first, runs.start[other + 1]):
                            if rows[j, LON] > x + width:
                                break
                            if not found[j] and squared_if_near(rows, e, i, j, edge, gap_max) >= 0:
                                found[j] = True
    return found


def in_shares(runs: Runs, shares: int) -> list[tuple[int, int]]:
    """Ranges of runs of about equally many rows."""
    if len(runs.start) < 2:
        return []
    cuts = np.searchsorted(runs.start, np.linspace(0, int(runs.start[-1]), shares + 1))
    cuts[-1] = len(runs.start) - 1
    return [(a, b) for a, b in pairwise(cuts.tolist()) if a < b]


def surroundings(rows: Array, e: Array, runs: Runs, threads: int) -> Array:
    """How many rows lie around each."""
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(
            lambda share: count_around(rows, e, runs, *share), in_shares(runs, 8 * threads)
        )
        return np.concatenate([np.zeros(0, np.int32), *parts])


def candidate_edges(
    rows: Array, grams: Array, e: Array, runs: Runs, threads: int, *, same_source: bool = False
) -> tuple[Array, Array, Array]:
    """All candidate pairs with their scores."""
    with ThreadPoolExecutor(threads) as pool:
        parts = list(
            pool.map(
                lambda share: candidates(rows, grams, e, runs, share[0], share[1], same_source),
                in_shares(runs, 8 * threads),
            )
        )
    empty = np.zeros(0, np.int32)
    return tuple(np.concatenate([empty, *(part[n] for part in parts)]) for n in range(3))
