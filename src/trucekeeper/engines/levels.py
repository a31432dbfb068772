"""How the fields of pairs compare, counted for estimation, compiled.

A feature is one comparison: place (bins of squared distance over variance), time (overlap, then
bins of the gap), act, weapon, author, target, killed, name, text. Its level is where its term
stands."""

from __future__ import annotations

import numpy as np

from trucekeeper.engines.compiled import compiled, wider
from trucekeeper.engines.scoring import (
    AROUND,
    EARLIEST,
    GAP_BINS,
    GAP_EDGES,
    HEADER,
    LATEST,
    LN_AROUND,
    LN_LENGTH,
    LON,
    PLACE_BINS,
    PLACE_EDGES,
    PRIOR,
    REACH_M,
    SOURCE,
    SOURCES,
    VARIANCE,
    Array,
    bin_of,
    ln_milli,
    place_term,
    squared_m,
    terms_of,
    time_term,
)
from trucekeeper.engines.sets import field_term
from trucekeeper.engines.sweep import TURN_E6, Runs, find_run, half_width_e6
from trucekeeper.vocabulary.times import DAY_S

FEATURES = ("place", "time", "act", "weapon", "author", "target", "killed", "name", "text")
PLACE, TIME, ACT, WEAPON, AUTHOR, TARGET, KILLED, NAME, TEXT = range(len(FEATURES))
#: More levels than any feature has; the last of place is one and the same point.
LEVELS = 64
SAME_POINT = LEVELS - 1
#: Scores are counted in so many bins of so many milli-nats, around 0.
SCORES, SCORE_MILLI = 400, 100
#: How many reports of one event a report meets with another: itself and about as many more.
COMPANY = 2


@compiled
def pairs_of_shift(
    rows: Array, e: Array, runs: Runs, first: int, last: int, shift: int, same_source: bool
) -> tuple[Array, Array]:
    """The candidate pairs of the rows of some runs, put off by `shift` days, with all rows; without
    a shift, with later rows only."""
    found = 0
    one, other = np.empty(1024, np.int32), np.empty(1024, np.int32)
    edge, gap_max = e[e[PLACE_EDGES] + e[PLACE_BINS] - 1], e[e[GAP_EDGES] + e[GAP_BINS] - 1]
    reach_m = min(e[REACH_M], np.int64(np.sqrt(edge * runs.variance / 8)) + 1)
    reach_squared, later = e[REACH_M] * e[REACH_M], np.int64(shift) * DAY_S
    days = (runs.length_s + gap_max) // DAY_S + 1
    for run in range(first, last):
        for to_day in range(-days, days + 1):
            for to_band in range(-1, 2):
                near = find_run(runs, runs.day[run] + shift + to_day, runs.band[run] + to_band)
                if near < 0:
                    continue
                width = min(half_width_e6(runs, run, near, reach_m), TURN_E6)
                low, end = runs.start[near], runs.start[near + 1]
                for i in range(runs.start[run], runs.start[run + 1]):
                    x = rows[i, LON]
                    while low < end and rows[low, LON] < x - width:
                        low += 1
                    for j in range(low, end):
                        if rows[j, LON] > x + width:
                            break
                        if (shift == 0 and j <= i) or (
                            (rows[i, SOURCE] == rows[j, SOURCE]) != same_source
                        ):
                            continue
                        start = max(rows[i, EARLIEST] + later, rows[j, EARLIEST])
                        if start - min(rows[i, LATEST] + later, rows[j, LATEST]) > gap_max:
                            continue
                        squared = squared_m(rows, i, j)
                        variance = rows[i, VARIANCE] + rows[j, VARIANCE]
                        if squared > reach_squared or 16 * squared > edge * variance:
                            continue
                        if found == len(one):
                            one, other = wider(one), wider(other)
                        one[found], other[found] = i, j
                        found += 1
    return one[:found].copy(), other[:found].copy()


@compiled
def compare(
    rows: Array,
    grams: Array,
    e: Array,
    levels: Array,
    i: int,
    j: int,
    later: int,
    t: int,
    level: Array,
    term: Array,
) -> int:
    """The levels and the terms of a pair whose first row is put off; gives the sum of all terms."""
    squared, variance = squared_m(rows, i, j), rows[i, VARIANCE] + rows[j, VARIANCE]
    place_bin = bin_of(e, e[PLACE_EDGES], e[PLACE_BINS], 16 * squared // variance)
    level[PLACE] = place_bin if squared else SAME_POINT
    term[PLACE] = place_term(e, t, squared, variance)
    lo, hi = rows[i, EARLIEST] + later, rows[i, LATEST] + later
    earliest, latest = rows[j, EARLIEST], rows[j, LATEST]
    gap = max(lo, earliest) - min(hi, latest)
    level[TIME] = 0 if gap < 0 else 1 + bin_of(e, e[GAP_EDGES], e[GAP_BINS], gap)
    term[TIME] = time_term(e, t, lo, hi, rows[i, LN_LENGTH], earliest, latest, rows[j, LN_LENGTH])
    around = rows[i, LN_AROUND] + rows[j, LN_AROUND]
    if later:
        # Had they really met, each would count the other, and who tells of its event as well.
        around = ln_milli(e, rows[i, AROUND] + COMPANY) + ln_milli(e, rows[j, AROUND] + COMPANY)
    total = e[t + PRIOR] - around // 2 + term[PLACE] + term[TIME]
    for field in range(7):
        level[ACT + field] = field_term(rows, grams, levels, field, HEADER, i, j)
        term[ACT + field] = field_term(rows, grams, e, field, t, i, j)
        total += term[ACT + field]
    return total


@compiled
def count_levels(
    rows: Array,
    grams: Array,
    e: Array,
    levels: Array,
    one: Array,
    other: Array,
    shift: int,
    cut: int,
) -> tuple[Array, Array, Array]:
    """For each pair of sources, feature and level, how many pairs there are whose other features
    score at least `cut`; how many pairs in all; and how many of each score, in bins of
    SCORE_MILLI."""
    sources = e[SOURCES]
    counts = np.zeros((sources * sources, len(FEATURES), LEVELS), np.int64)
    totals, scores = np.zeros(sources * sources, np.int64), np.zeros(SCORES, np.int64)
    level, term = np.zeros(len(FEATURES), np.int64), np.zeros(len(FEATURES), np.int64)
    for n in range(len(one)):
        i, j = one[n], other[n]
        a, b = rows[i, SOURCE], rows[j, SOURCE]
        t = terms_of(rows, e, i, j)
        if t == 0:
            t = HEADER
        total = compare(rows, grams, e, levels, i, j, shift * DAY_S, t, level, term)
        pair = min(a, b) * sources + max(a, b)
        totals[pair] += 1
        scores[min(max(total // SCORE_MILLI + SCORES // 2, 0), SCORES - 1)] += 1
        for feature in range(len(FEATURES)):
            if total - term[feature] >= cut:
                counts[pair, feature, level[feature]] += 1
    return counts, totals, scores


@compiled
def all_levels(
    rows: Array, grams: Array, e: Array, levels: Array, one: Array, other: Array, shift: int
) -> Array:
    """The levels of each pair whose first row is put off by so many days."""
    found = np.zeros((len(one), len(FEATURES)), np.int64)
    term = np.zeros(len(FEATURES), np.int64)
    for n in range(len(one)):
        compare(rows, grams, e, levels, one[n], other[n], shift * DAY_S, HEADER, found[n], term)
    return found
