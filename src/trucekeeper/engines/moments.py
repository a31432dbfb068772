"""The terms of matching from counts of pairs: what there is more of on the same days than by chance
are the pairs of one event (method of moments)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace

from trucekeeper.engines import levels as lv
from trucekeeper.engines.columns import Words
from trucekeeper.engines.kernel import Swept
from trucekeeper.engines.looks import Counted
from trucekeeper.engines.scoring import (
    ACT,
    AUTHORS,
    EARLIEST,
    KILLED_MAX,
    KILLED_MIN,
    LATEST,
    NAME,
    TARGETS,
    VARIANCE,
    WEAPON,
    Array,
)
from trucekeeper.matching.settings import (
    Frequencies,
    NameTerms,
    NumberTerms,
    Settings,
    SourcePair,
    Tables,
    WordTerms,
)
from trucekeeper.matching.terms import joined

#: A pair of sources is drawn towards all by so many pairs.
SHRINKAGE_PAIRS = 400
_ROUNDED_MILLI = 10


def frequencies_of(swept: Swept, words: Words) -> Frequencies:
    """What a value that both state adds, by how rare it is: ln(Σp² / p), so that the mean over
    agreeing pairs of unrelated reports is about 0."""
    rows = swept.rows

    def rare(column: int, names: Sequence[Any]) -> dict[str, int]:
        counts = np.bincount(rows[:, column], minlength=len(names)).astype(float)
        counts[0] = 0
        if not counts.sum():
            return {}
        shares = counts / counts.sum()
        typical = float((shares**2).sum())
        return {
            (name if isinstance(name, str) else joined(name) or ""): milli(
                np.log(typical / share), 3_000
            )
            for name, share in zip(names[1:], shares[1:].tolist(), strict=True)
            if share > 0 and name is not None
        }

    exact = rows[
        (rows[:, KILLED_MAX] == rows[:, KILLED_MIN]) & (rows[:, KILLED_MAX] > 0), KILLED_MIN
    ]
    counts = np.bincount(np.minimum(exact, 15), minlength=16) + 0.5
    shares = counts[1:] / counts[1:].sum()
    killed = tuple(milli(np.log((shares**2).sum() / share), 3_000) for share in shares.tolist())
    return Frequencies(
        act=rare(ACT, words.acts),
        weapon=rare(WEAPON, words.weapons),
        author=rare(AUTHORS, words.sets),
        target=rare(TARGETS, words.sets),
        name=rare(NAME, words.names),
        killed=(0, *killed),
    )


def tables_of(counted: Counted, pair: int | None, settings: Settings, swept: Swept) -> Tables:
    """The terms of all sources together, or of one pair of sources drawn towards them."""
    more, far = (counted.near - counted.far).sum(0), counted.far.sum(0)
    if pair is not None:
        own = counted.near[pair] - counted.far[pair]
        more = own + SHRINKAGE_PAIRS * _shares(more)
        far = counted.far[pair] + SHRINKAGE_PAIRS * _shares(far)
    prior = settings.tables.prior_milli
    return replace(
        settings.tables,
        prior_milli=prior,
        same_point_milli=_same_point(more, far, settings, swept),
        place_milli=_place_terms(more[lv.PLACE], settings),
        time_milli=_time_terms(more[lv.TIME], far[lv.TIME], settings, swept),
        act=_word_terms(more[lv.ACT], far[lv.ACT]),
        weapon=_word_terms(more[lv.WEAPON], far[lv.WEAPON]),
        author=_word_terms(more[lv.AUTHOR], far[lv.AUTHOR]),
        target=_word_terms(more[lv.TARGET], far[lv.TARGET]),
        killed=NumberTerms(
            **dict(
                zip(
                    ("overlap", "both_zero", "near", "far"),
                    _ratios(more[lv.KILLED], far[lv.KILLED], range(1, 5)),
                    strict=True,
                )
            )
        ),
        name=NameTerms(
            **dict(
                zip(
                    ("same", "similar", "other"),
                    _ratios(more[lv.NAME], far[lv.NAME], range(1, 4)),
                    strict=True,
                )
            )
        ),
        text_milli=tuple(
            _ratios(more[lv.TEXT], far[lv.TEXT], range(1, len(settings.text_edges) + 2))
        ),
    )


def pair_tables(
    counted: Counted, words: Words, settings: Settings, swept: Swept
) -> tuple[SourcePair, ...]:
    """Tables of the pairs of sources that have enough pairs of their own."""
    sources = len(words.sources)
    found = []
    for a in range(1, sources):
        for b in range(a + 1, sources):
            pair = a * sources + b
            if counted.near_pairs[pair] - counted.far_pairs[pair] >= SHRINKAGE_PAIRS:
                one, other = sorted((str(words.sources[a]), str(words.sources[b])))
                found.append(
                    SourcePair(
                        one=one, other=other, tables=tables_of(counted, pair, settings, swept)
                    )
                )
    return tuple(sorted(found, key=lambda p: (p.one, p.other)))


def _shares(counts: Array) -> Array:
    """Each feature's levels as shares."""
    positive = np.maximum(counts, 0)
    result: Array = positive / np.maximum(positive.sum(axis=-1, keepdims=True), 1e-9)
    return result


def _place_terms(more: Array, settings: Settings) -> tuple[int, ...]:
    """Ln of the density of d²/σ² among pairs of one event over that of the spread alone."""
    bins = len(settings.place_edges)
    share = np.maximum(more[:bins], 0.5) / np.maximum(more[:bins], 0.5).sum()
    width = np.diff(np.array([0, *settings.place_edges])) / 16
    return tuple(milli(v, 20_000) for v in np.log(2 * share / width).tolist())


def _same_point(more: Array, far: Array, settings: Settings, swept: Swept) -> int | None:
    """The term of one and the same point; None where hardly any pair has one."""
    same, unrelated = float(more[lv.PLACE, lv.SAME_POINT]), float(far[lv.PLACE, lv.SAME_POINT])
    if same + unrelated < 50:
        return None
    bins = len(settings.place_edges)
    everything = max(float(more[lv.PLACE, :bins].sum()) + same, 1)
    # Unrelated pairs that are not of one point spread over the reach of mean precision.
    variance = float(swept.rows[:, VARIANCE].mean()) * 2
    area = settings.place_edges[-1] / 16 * variance
    disc = (
        max(float(far[lv.PLACE, :bins].sum()), 1) * settings.density_radius_m**2 / area + unrelated
    )
    return milli(np.log(max(same, 0.5) / everything / (max(unrelated, 0.5) / disc)), 20_000)


def _time_terms(more: Array, far: Array, settings: Settings, swept: Swept) -> tuple[int, ...]:
    """Ln of the share of pairs of one event that overlap; and for each gap how much more frequent
    it is among them than by chance within the time in which surroundings are counted."""
    gaps = len(settings.gap_edges_s)
    same, by_chance = np.maximum(more[: gaps + 1], 0.5), np.maximum(far[: gaps + 1], 0.5)
    same = same / same.sum()
    lengths = np.maximum(swept.rows[:, LATEST] - swept.rows[:, EARLIEST], settings.time_floor_s)
    whole = by_chance[0] * settings.density_gap_s / float(lengths.mean())
    found = [np.log(same[0]), *np.log(same[1:] / (by_chance[1:] / whole))]
    return tuple(milli(float(v), 20_000) for v in found)


def _word_terms(more: Array, far: Array) -> WordTerms:
    same, broader, sibling, other = _ratios(more, far, range(1, 5))
    return WordTerms(same=same, broader=broader, sibling=sibling, other=other)


def _ratios(more: Array, far: Array, levels: range) -> list[int]:
    """Ln of the shares of levels among pairs of one event over those among unrelated ones."""
    own, by_chance = (np.maximum(counts[list(levels)], 0.5) for counts in (more, far))
    if more[list(levels)].sum() < 20:
        return [0] * len(levels)
    return [milli(float(v), 6_000) for v in np.log(own / own.sum() / (by_chance / by_chance.sum()))]


def milli(value: float, most: int) -> int:
    """Thousandths, rounded to tens, bounded."""
    rounded = round(float(value) * 1000 / _ROUNDED_MILLI) * _ROUNDED_MILLI
    return max(-most, min(most, rounded))
