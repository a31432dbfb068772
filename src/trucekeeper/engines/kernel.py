"""The matcher on a grid of space and time, in NumPy: the same incidents as the reference, without
scoring every pair.

Units are put into classes of stated radius and length of period, powers of two, so that each pair
of classes has a reach beyond which no pair can be a candidate; cells of that size are joined with
their neighbours. Every score is computed by the same integer arithmetic as `matching.model`, term
by term."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isqrt
from typing import TypeVar

import numpy as np

from trucekeeper.matching.clusters import Constraints, Edge, Matches, cluster
from trucekeeper.matching.model import (
    HALF_LN_2PI_MILLI,
    MatchReport,
    Unit,
    make_units,
    numbers_term,
    sets_likeness,
)
from trucekeeper.matching.scale import ln_milli, ln_milli_array
from trucekeeper.matching.settings import Settings
from trucekeeper.vocabulary.categories import act_likeness, weapon_likeness
from trucekeeper.vocabulary.places import DEGREE_M, E6, Bools, Ints, cosine_e6, squared_m

#: At most so many candidate pairs are held at once.
PAIRS_AT_ONCE = 2_000_000
_CIRCLE = 360 * E6
Value = TypeVar("Value")
Pairs = tuple[Ints, Ints]


def match_on_grid(
    reports: Sequence[MatchReport], constraints: Constraints, settings: Settings
) -> Matches:
    """Which reports speak of the same event; equal to `match_by_definition`."""
    units = make_units(reports, constraints.same, settings)
    grid = _Units(units)
    around = grid.surroundings(settings)
    edges: list[Edge] = []
    for one, other in grid.candidates(settings):
        edges += _scored(grid, one, other, around, settings)
    counts = dict(zip(grid.position.tolist(), around.tolist(), strict=True))
    return cluster(
        units, edges, constraints, settings, {i: counts.get(i, 0) for i in range(len(units))}
    )


class _Units:
    """The columns of the units that are precise enough to be matched."""

    def __init__(self, units: Sequence[Unit]) -> None:
        scored = [(i, unit, unit.face) for i, unit in enumerate(units) if unit.face is not None]
        faces = [face for _, _, face in scored]
        self.position = _ints([i for i, _, _ in scored])
        self.lat = _ints([f.lat_e6 for f in faces])
        self.lon = _ints([f.lon_e6 for f in faces])
        self.radius = _ints([f.radius_m for f in faces])
        self.middle_twice = _ints([f.earliest + f.latest for f in faces])
        self.width = _ints([f.latest - f.earliest for f in faces])
        self.sources = _source_bits([unit.sources for _, unit, _ in scored])
        self.act, self.acts = _coded([f.act for f in faces])
        self.weapon, self.weapons = _coded([f.weapon for f in faces])
        self.author, self.authors = _coded([f.authors for f in faces])
        self.target, self.targets = _coded([f.targets for f in faces])
        self.killed, self.killeds = _coded([(f.killed_min, f.killed_max) for f in faces])

    def __len__(self) -> int:
        return len(self.position)

    def surroundings(self, settings: Settings) -> Ints:
        """For each unit, how many of other sources lie within the counted radius and time."""
        counts = np.zeros(len(self), dtype=np.int64)
        everything = np.arange(len(self))
        for one, other in self._near(
            everything, everything, settings.density_radius_m, settings.density_gap_s
        ):
            near = self._gap_twice(one, other) // 2 <= settings.density_gap_s
            near &= self._squared(one, other) <= settings.density_radius_m**2
            for side in (one[near], other[near]):
                counts += np.bincount(side, minlength=len(self))
        return counts

    def candidates(self, settings: Settings) -> Iterator[Pairs]:
        """Pairs of different sources that may lie within reach of each other; a few that do not are
        among them."""
        radius_class = np.frexp(self.radius.astype(np.float64))[1]
        width_class = np.frexp(self.width.astype(np.float64))[1]
        keys, inverse = np.unique(
            np.stack([radius_class, width_class], axis=1), axis=0, return_inverse=True
        )
        members = [np.flatnonzero(inverse.reshape(-1) == k) for k in range(len(keys))]
        for a in range(len(members)):
            for b in range(a, len(members)):
                reach, gap = self._reach(members[a], members[b], settings)
                yield from self._near(members[a], members[b], reach, gap)

    def _reach(self, one: Ints, other: Ints, settings: Settings) -> tuple[int, int]:
        """Beyond which distance and gap no pair of two classes falls into the last bin."""
        radius = [int(self.radius[side].max()) for side in (one, other)]
        width = [int(self.width[side].max()) for side in (one, other)]
        variance = (radius[0] ** 2 + radius[1] ** 2) // 4 + settings.place_floor_m**2
        variance_s = (width[0] ** 2 + width[1] ** 2) // 12 + settings.time_floor_s**2
        reach = isqrt((settings.place_edges[-1] + 1) * variance // 16) + 1
        gap = isqrt((settings.time_edges[-1] + 1) * variance_s // 16) + 1
        return min(reach, settings.reach_m_max), min(gap, settings.gap_s_max)

    def _near(self, one: Ints, other: Ints, reach_m: int, gap_s: int) -> Iterator[Pairs]:
        """Pairs within neighbouring cells of this size, each once, of different sources."""
        same_side = one is other or np.array_equal(one, other)
        cells = _Cells(self, other, reach_m, gap_s)
        for left, right in cells.join(self, one):
            keep = ~(self.sources[left] & self.sources[right]).any(axis=1)
            if same_side:
                keep &= left < right
            yield left[keep], right[keep]

    def _squared(self, one: Ints, other: Ints) -> Ints:
        return squared_m(self.lat[one], self.lon[one], self.lat[other], self.lon[other])

    def _gap_twice(self, one: Ints, other: Ints) -> Ints:
        gap: Ints = np.abs(self.middle_twice[one] - self.middle_twice[other])
        return gap


class _Cells:
    """Units sorted by cells of time, latitude and longitude, at least as large as the reach."""

    def __init__(self, units: _Units, rows: Ints, reach_m: int, gap_s: int) -> None:
        self.tall = reach_m * E6 // DEGREE_M + 2
        # A cell must be as wide as the reach where the meridians stand closest.
        greatest = np.abs(units.lat).max(keepdims=True) if len(units) else np.zeros(1, np.int64)
        wide = self.tall * E6 // max(int(cosine_e6(greatest)[0]), 1) + 2
        #: Near a pole one cell goes round the globe; elsewhere the seam at 180 degrees is joined
        #: too.
        self.round = wide > 90 * E6
        self.wide = 2 * _CIRCLE if self.round else wide
        self.long = 2 * gap_s + 2
        time, y, x = self._cell(units, rows, 0)
        self.y_span = int(y.max()) + 3 if len(rows) else 1
        self.x_low, self.x_high = (int(x.min()), int(x.max())) if len(rows) else (0, 0)
        keys = self._key(time, y, x)
        order = np.argsort(keys, kind="stable")
        self.rows, self.keys = rows[order], keys[order]

    def _cell(self, units: _Units, rows: Ints, shift: int) -> tuple[Ints, Ints, Ints]:
        y = (units.lat[rows] + 90 * E6) // self.tall + 1
        x = (units.lon[rows] + shift) // self.wide
        return units.middle_twice[rows] // self.long, y, x

    def _key(self, time: Ints, y: Ints, x: Ints) -> Ints:
        span = self.x_high - self.x_low + 5
        return (time * self.y_span + y) * span + (x - self.x_low + 2)

    def join(self, units: _Units, rows: Ints) -> Iterator[Pairs]:
        """Each of `rows` with every sorted unit in its own and the neighbouring cells, once."""
        for shift in (0,) if self.round else (0, _CIRCLE, -_CIRCLE):
            time, y, x = self._cell(units, rows, shift)
            near = np.flatnonzero((x >= self.x_low - 1) & (x <= self.x_high + 1))
            for dt in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    some = near[y[near] + dy < self.y_span]
                    key = self._key(time[some] + dt, y[some] + dy, x[some])
                    low = np.searchsorted(self.keys, key - 1, side="left")
                    high = np.searchsorted(self.keys, key + 1, side="right")
                    yield from self._expanded(rows[some], low, high - low)

    def _expanded(self, rows: Ints, low: Ints, counts: Ints) -> Iterator[Pairs]:
        start = 0
        ends = np.cumsum(counts)
        while start < len(rows):
            done = int(ends[start - 1]) if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, done + PAIRS_AT_ONCE, side="right")))
            some = counts[start:stop]
            total = int(some.sum())
            if total:
                left = np.repeat(rows[start:stop], some)
                offset = np.arange(total) - np.repeat(np.cumsum(some) - some, some)
                yield left, self.rows[np.repeat(low[start:stop], some) + offset]
            start = stop


def _scored(units: _Units, one: Ints, other: Ints, around: Ints, settings: Settings) -> list[Edge]:
    """The pairs that are candidates, with their scores: the terms of `matching.model.pair_terms`,
    vectorised."""
    squared, gap_twice = units._squared(one, other), units._gap_twice(one, other)  # noqa: SLF001  # one subject, two names
    variance = (units.radius[one] ** 2 + units.radius[other] ** 2) // 4 + settings.place_floor_m**2
    variance_s = (units.width[one] ** 2 + units.width[other] ** 2) // 12 + settings.time_floor_s**2
    place_bin = np.searchsorted(_ints(settings.place_edges), 16 * squared // variance, side="left")
    time_bin = np.searchsorted(
        _ints(settings.time_edges), 4 * gap_twice**2 // variance_s, side="left"
    )
    keep: Bools = (squared <= settings.reach_m_max**2) & (gap_twice <= 2 * settings.gap_s_max)
    keep &= (place_bin < len(settings.place_edges)) & (time_bin < len(settings.time_edges))
    one, other, variance, variance_s, place_bin, time_bin = (
        column[keep] for column in (one, other, variance, variance_s, place_bin, time_bin)
    )
    score = (
        settings.prior_milli
        - (ln_milli_array(around[one] + 1) + ln_milli_array(around[other] + 1)) // 2
    )
    score += (
        2 * ln_milli(settings.density_radius_m)
        - ln_milli_array(2 * variance)
        + _ints(settings.place_milli)[place_bin]
    )
    score += (
        ln_milli(2 * settings.density_gap_s)
        - ln_milli_array(variance_s) // 2
        - HALF_LN_2PI_MILLI
        + _ints(settings.time_milli)[time_bin]
    )
    for codes, values, term in _terms(units, settings):
        score += _term_of(codes[one], codes[other], values, term)
    chosen = np.flatnonzero(score >= settings.edge_min_milli)
    ends = zip(
        units.position[one[chosen]].tolist(),
        units.position[other[chosen]].tolist(),
        score[chosen].tolist(),
        strict=True,
    )
    return [Edge(min(i, j), max(i, j), s) for i, j, s in ends]


def _terms(
    units: _Units, settings: Settings
) -> Iterator[tuple[Ints, Sequence[object], Callable[..., int]]]:
    """Each field's codes, its values, and the term of two values."""
    yield units.act, units.acts, lambda a, b: settings.act.of(act_likeness(a, b))
    yield (
        units.weapon,
        units.weapons,
        lambda a, b: 0 if a is None or b is None else settings.weapon.of(weapon_likeness(a, b)),
    )
    for codes, values, terms in (
        (units.author, units.authors, settings.author),
        (units.target, units.targets, settings.target),
    ):
        yield (
            codes,
            values,
            lambda a, b, terms=terms: (
                0 if (like := sets_likeness(a, b)) is None else terms.of(like)
            ),
        )
    yield units.killed, units.killeds, lambda a, b: numbers_term(a, b, settings.killed)


def _term_of(one: Ints, other: Ints, values: Sequence[object], term: Callable[..., int]) -> Ints:
    """The term of each pair, computed once for every pair of values that occurs."""
    codes, inverse = np.unique(one * len(values) + other, return_inverse=True)
    table = _ints(
        [term(values[code // len(values)], values[code % len(values)]) for code in codes.tolist()]
    )
    result: Ints = table[inverse.reshape(-1)]
    return result


def _coded(values: Sequence[Value]) -> tuple[Ints, list[Value]]:
    """Each value as the position of its first like in the list of distinct ones."""
    codes: dict[Value, int] = {}
    return _ints([codes.setdefault(value, len(codes)) for value in values]), list(codes)


def _source_bits(sources: Sequence[frozenset[str]]) -> Ints:
    """Each unit's sources as bits, 62 to a column."""
    names = {name: i for i, name in enumerate(sorted({s for own in sources for s in own}))}
    bits = np.zeros((len(sources), len(names) // 62 + 1), dtype=np.int64)
    for row, own in enumerate(sources):
        for name in own:
            bits[row, names[name] // 62] |= 1 << names[name] % 62
    return bits


def _ints(values: Sequence[int | None] | Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)
