"""Neighbours and scores in NumPy, where nothing compiles: the same candidates as the sweep.

Rows are put into classes of stated radius and length of period, powers of two, so that each pair of
classes has a reach beyond which no pair can be a candidate; cells of that size are joined with
their neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trucekeeper.engines import scoring as s
from trucekeeper.engines.scoring import Array
from trucekeeper.matching.terms import QUARTER_S
from trucekeeper.vocabulary.places import DEGREE_M, E6, cosine_e6, squared_m

#: At most so many pairs are held at once.
PAIRS_AT_ONCE = 2_000_000
_CIRCLE = 360 * E6
Pairs = tuple[Array, Array]


def surroundings(rows: Array, e: Array) -> Array:
    """How many rows lie around each, themselves included; to one beyond the bound."""
    counts = np.ones(len(rows), dtype=np.int64)
    everything = np.arange(len(rows))
    wide = rows.astype(np.int64)
    for one, other in _near(wide, everything, everything, int(e[s.DENSITY_M]), int(e[s.DENSITY_S])):
        near = _gap_twice(wide, one, other) <= 2 * e[s.DENSITY_S]
        near &= _squared(wide, one, other) <= e[s.DENSITY_M] ** 2
        for side in (one[near], other[near]):
            counts += np.bincount(side, minlength=len(rows))
    return np.minimum(counts, e[s.CROWD_MAX] + 1).astype(np.int32)


def candidate_edges(
    rows: Array, grams: Array, e: Array, *, same_source: bool = False
) -> tuple[Array, Array, Array]:
    """All candidate pairs with their scores: of one source from 1, of two from the least that
    counts."""
    wide = rows.astype(np.int64)
    least = 1 if same_source else int(e[s.EDGE_MIN])
    parts = []
    for left, right in _candidates(wide, e):
        fits = (wide[left, s.SOURCE] == wide[right, s.SOURCE]) == same_source
        one, other = left[fits], right[fits]
        terms = e[e[s.BETWEEN] + wide[one, s.SOURCE] * e[s.SOURCES] + wide[other, s.SOURCE]]
        close = np.flatnonzero(_are_close(wide, e, one, other) & (terms > 0))
        score = _scores(wide, grams, e, terms[close], one[close], other[close])
        chosen, kept = score[score >= least], close[score >= least]
        low, high = np.minimum(one, other)[kept], np.maximum(one, other)[kept]
        parts.append((low, high, chosen))
    one, other, score = (
        np.concatenate([np.zeros(0, np.int64), *(part[n] for part in parts)]) for n in range(3)
    )
    return one.astype(np.int32), other.astype(np.int32), score.astype(np.int32)


def _are_close(rows: Array, e: Array, one: Array, other: Array) -> Array:
    squared = _squared(rows, one, other)
    variance = rows[one, s.VARIANCE] + rows[other, s.VARIANCE]
    gap = np.maximum(rows[one, s.EARLIEST], rows[other, s.EARLIEST]) - np.minimum(
        rows[one, s.LATEST], rows[other, s.LATEST]
    )
    edge, gap_max = e[e[s.PLACE_EDGES] + e[s.PLACE_BINS] - 1], e[e[s.GAP_EDGES] + e[s.GAP_BINS] - 1]
    result: Array = (
        (squared <= e[s.REACH_M] ** 2) & (16 * squared <= edge * variance) & (gap <= gap_max)
    )
    return result


def _scores(rows: Array, grams: Array, e: Array, t: Array, one: Array, other: Array) -> Array:
    """`scoring.pair_score` of each pair."""
    score = e[t + s.PRIOR] - (rows[one, s.LN_AROUND] + rows[other, s.LN_AROUND]) // 2
    score += _place(rows, e, t, one, other) + _time(rows, e, t, one, other)
    for terms, column, like, words, rare in (
        (s.ACT_TERMS, s.ACT, s.ACT_LIKE, s.ACT_WORDS, s.ACT_RARE),
        (s.WEAPON_TERMS, s.WEAPON, s.WEAPON_LIKE, s.WEAPON_WORDS, s.WEAPON_RARE),
    ):
        a, b = rows[one, column], rows[other, column]
        known = (a < e[words]) & (b < e[words])
        level = np.where(known, e[e[like] + np.where(known, a * e[words] + b, 0)], 4)
        score += _worded(e, t + terms, a, b, level, e[e[rare] + a])
    for terms, column, rare in (
        (s.AUTHOR_TERMS, s.AUTHORS, s.AUTHOR_RARE),
        (s.TARGET_TERMS, s.TARGETS, s.TARGET_RARE),
    ):
        a, b = rows[one, column], rows[other, column]
        score += _worded(e, t + terms, a, b, _set_levels(e, a, b), e[e[rare] + a])
    score += _killed(rows, e, t, one, other)
    a, b = rows[one, s.NAME], rows[other, s.NAME]
    level = np.where(rows[one, s.SKELETON] == rows[other, s.SKELETON], 2, 3)
    score += _worded(e, t + s.NAME_TERMS, a, b, level, e[e[s.NAME_RARE] + a])
    if len(grams):
        stated = (rows[:, s.GRAMS_END] > rows[:, s.GRAMS])[[one, other]].all(axis=0)
        for n in np.flatnonzero(stated).tolist():
            score[n] += s.text_term(rows, grams, e, int(t[n]), int(one[n]), int(other[n]))
    result: Array = score
    return result


def _worded(e: Array, terms: Array, a: Array, b: Array, level: Array, rare: Array) -> Array:
    """The terms of two columns of words; 0 where either is not stated."""
    same = a == b
    found = np.where(same, e[terms + 1] + rare, e[terms + level])
    result: Array = np.where((a > 0) & (b > 0), found, 0)
    return result


def _set_levels(e: Array, a: Array, b: Array) -> Array:
    """Whether two sets have a group in common, found once for each pair of sets that occurs."""
    pairs, inverse = np.unique(np.stack([a, b]), axis=1, return_inverse=True)
    starts, groups = e[s.SETS], e[s.SETS_AT]

    def of(code: int) -> set[int]:
        return set(e[groups + e[starts + code] : groups + e[starts + code + 1]].tolist())

    levels = np.array([2 if of(x) & of(y) else 4 for x, y in pairs.T.tolist()], dtype=np.int64)
    return levels[inverse.reshape(-1)] if len(levels) else np.zeros(len(a), np.int64)


def _place(rows: Array, e: Array, t: Array, one: Array, other: Array) -> Array:
    squared = _squared(rows, one, other)
    variance = rows[one, s.VARIANCE] + rows[other, s.VARIANCE]
    edges = e[e[s.PLACE_EDGES] : e[s.PLACE_EDGES] + e[s.PLACE_BINS]]
    place_bin = np.searchsorted(edges, 16 * squared // variance, side="left")
    found = (
        e[s.SPREAD]
        - _ln(e, variance)
        + e[t + s.PLACE_TERMS + np.minimum(place_bin, len(edges) - 1)]
    )
    found = np.where(place_bin == len(edges), e[s.BEYOND], found)
    one_point = (squared == 0) & (e[t + s.HAS_SAME_POINT] > 0)
    result: Array = np.where(one_point, e[t + s.SAME_POINT], found)
    return result


def _time(rows: Array, e: Array, t: Array, one: Array, other: Array) -> Array:
    start = np.maximum(rows[one, s.EARLIEST], rows[other, s.EARLIEST])
    end = np.minimum(rows[one, s.LATEST], rows[other, s.LATEST])
    at = t + e[s.TIME_TERMS]
    lengths = rows[one, s.LN_LENGTH] + rows[other, s.LN_LENGTH]
    shared = _ln(e, np.maximum(end - start, e[s.TIME_FLOOR]) // QUARTER_S)
    edges = e[e[s.GAP_EDGES] : e[s.GAP_EDGES] + e[s.GAP_BINS]]
    gap_bin = np.searchsorted(edges, start - end, side="left")
    apart = np.where(
        gap_bin == len(edges), e[s.BEYOND], e[at + 1 + np.minimum(gap_bin, len(edges) - 1)]
    )
    result: Array = np.where(start < end, e[s.WHOLE] + shared - lengths + e[at], apart)
    return result


def _killed(rows: Array, e: Array, t: Array, one: Array, other: Array) -> Array:
    (low_a, top_a), (low_b, top_b) = (
        (rows[ends, s.KILLED_MIN], rows[ends, s.KILLED_MAX]) for ends in (one, other)
    )
    apart = np.maximum(low_a, low_b) - np.minimum(top_a, top_b)
    level = np.where(apart <= 0, 1, np.where(apart <= e[s.KILLED_NEAR_MAX], 3, 4))
    level = np.where((apart <= 0) & (top_a == 0) & (top_b == 0), 2, level)
    rare = e[e[s.KILLED_RARE] + np.clip(low_a, 0, e[s.KILLED_COUNT] - 1)]
    found = e[t + s.KILLED_TERMS + level] + np.where((level == 1) & (low_a == low_b), rare, 0)
    result: Array = np.where((top_a >= 0) & (top_b >= 0), found, 0)
    return result


def _ln(e: Array, n: Array) -> Array:
    bits = n.astype(np.float64).view(np.int64)
    result: Array = ((bits >> 52) - 1023) * 693_147 // 1000 + e[e[s.LN_STEPS] + (bits >> 44 & 255)]
    return result


def _squared(rows: Array, one: Array, other: Array) -> Array:
    return squared_m(*(rows[ends, column] for ends in (one, other) for column in (s.LAT, s.LON)))


def _gap_twice(rows: Array, one: Array, other: Array) -> Array:
    middles = rows[:, s.EARLIEST] + rows[:, s.LATEST]
    result: Array = np.abs(middles[one] - middles[other])
    return result


def _candidates(rows: Array, e: Array) -> Iterator[Pairs]:
    """Pairs that may lie within reach of each other; some that do not are among them."""
    if not len(rows):
        return
    lengths = rows[:, s.LATEST] - rows[:, s.EARLIEST]
    classes = np.stack(
        [np.frexp(c.astype(np.float64))[1] for c in (rows[:, s.VARIANCE], lengths)], axis=1
    )
    keys, inverse = np.unique(classes, axis=0, return_inverse=True)
    members = [np.flatnonzero(inverse.reshape(-1) == k) for k in range(len(keys))]
    edge, gap_max = e[e[s.PLACE_EDGES] + e[s.PLACE_BINS] - 1], e[e[s.GAP_EDGES] + e[s.GAP_BINS] - 1]
    for a, one in enumerate(members):
        for other in members[a:]:
            variance = int(rows[one, s.VARIANCE].max()) + int(rows[other, s.VARIANCE].max())
            reach = min(int(np.sqrt(float(edge) * variance / 16)) + 1, int(e[s.REACH_M]))
            gap = (int(lengths[one].max()) + int(lengths[other].max())) // 2 + int(gap_max) + 1
            yield from _near(rows, one, other, reach, gap)


def _near(rows: Array, one: Array, other: Array, reach_m: int, gap_s: int) -> Iterator[Pairs]:
    """Pairs within neighbouring cells of this size, each once."""
    same_side = one is other or np.array_equal(one, other)
    cells = _Cells(rows, other, reach_m, gap_s)
    for left, right in cells.join(rows, one):
        keep = left < right if same_side else np.ones(len(left), bool)
        yield left[keep], right[keep]


class _Cells:
    """Rows sorted by cells of time, latitude and longitude, at least as large as the reach."""

    def __init__(self, rows: Array, chosen: Array, reach_m: int, gap_s: int) -> None:
        self.tall = reach_m * E6 // DEGREE_M + 2
        # A cell must be as wide as the reach where the meridians stand closest.
        greatest = np.abs(rows[:, s.LAT]).max(keepdims=True) if len(rows) else np.zeros(1, np.int64)
        wide = self.tall * E6 // max(int(cosine_e6(greatest)[0]), 1) + 2
        #: Near a pole one cell goes round the globe; elsewhere the seam at 180 degrees is joined
        #: too.
        self.round = wide > 90 * E6
        self.wide = 2 * _CIRCLE if self.round else wide
        self.long = 2 * gap_s + 2
        time, y, x = self._cell(rows, chosen, 0)
        self.y_span = int(y.max()) + 3 if len(chosen) else 1
        self.x_low, self.x_high = (int(x.min()), int(x.max())) if len(chosen) else (0, 0)
        keys = self._key(time, y, x)
        order = np.argsort(keys, kind="stable")
        self.rows, self.keys = chosen[order], keys[order]

    def _cell(self, rows: Array, chosen: Array, shift: int) -> tuple[Array, Array, Array]:
        y = (rows[chosen, s.LAT] + 90 * E6) // self.tall + 1
        x = (rows[chosen, s.LON] + shift) // self.wide
        return (rows[chosen, s.EARLIEST] + rows[chosen, s.LATEST]) // self.long, y, x

    def _key(self, time: Array, y: Array, x: Array) -> Array:
        span = self.x_high - self.x_low + 5
        result: Array = (time * self.y_span + y) * span + (x - self.x_low + 2)
        return result

    def join(self, rows: Array, chosen: Array) -> Iterator[Pairs]:
        """Each of the chosen with every sorted row in its own and the neighbouring cells, once."""
        for shift in (0,) if self.round else (0, _CIRCLE, -_CIRCLE):
            time, y, x = self._cell(rows, chosen, shift)
            near = np.flatnonzero((x >= self.x_low - 1) & (x <= self.x_high + 1))
            for dt in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    some = near[y[near] + dy < self.y_span]
                    key = self._key(time[some] + dt, y[some] + dy, x[some])
                    low = np.searchsorted(self.keys, key - 1, side="left")
                    high = np.searchsorted(self.keys, key + 1, side="right")
                    yield from self._expanded(chosen[some], low, high - low)

    def _expanded(self, chosen: Array, low: Array, counts: Array) -> Iterator[Pairs]:
        start = 0
        ends = np.cumsum(counts)
        while start < len(chosen):
            done = int(ends[start - 1]) if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, done + PAIRS_AT_ONCE, side="right")))
            some = counts[start:stop]
            total = int(some.sum())
            if total:
                left = np.repeat(chosen[start:stop], some)
                offset = np.arange(total) - np.repeat(np.cumsum(some) - some, some)
                yield left, self.rows[np.repeat(low[start:stop], some) + offset]
            start = stop
