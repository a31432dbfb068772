"""What pairs of reports look like, on the same days and put off by weeks: what estimation
counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from trucekeeper.engines import levels as lv
from trucekeeper.engines import sweep
from trucekeeper.engines.columns import Words, evidence_of
from trucekeeper.engines.kernel import Swept
from trucekeeper.engines.scoring import EARLIEST, LATEST, SOURCE, Array
from trucekeeper.matching.settings import Frequencies, NameTerms, NumberTerms, Settings, WordTerms
from trucekeeper.vocabulary.times import DAY_S

#: How far reports are put off to be surely unrelated.
SHIFTS_DAYS = (7, -7, 14, -14, 21, -21)


@dataclass(frozen=True)
class Counted:
    """Levels of pairs [sources², feature, level], their number [sources²] and their scores: of two
    sources on the same days, and unrelated ones, which are `looks` looks at as many. bursts: how
    much more often one source has two reports of one place and day than of one place and other
    weeks. own: unrelated pairs as one source alone would have them expected."""

    near: Array
    near_pairs: Array
    near_scores: Array
    far: Array
    far_pairs: Array
    far_scores: Array
    looks: float
    bursts: float
    own: float


def level_evidence(words: Words, settings: Settings) -> Array:
    """The settings with each term replaced by its level."""
    alike = WordTerms(same=1, broader=2, sibling=3, other=4)
    tables = replace(
        settings.tables,
        act=alike, weapon=alike, author=alike, target=alike,
        killed=NumberTerms(overlap=1, both_zero=2, near=3, far=4),
        name=NameTerms(same=1, similar=2, other=3),
        text_milli=tuple(range(1, len(settings.text_edges) + 2)),
    )  # fmt: skip
    return evidence_of(
        words, replace(settings, tables=tables, pairs=(), frequencies=Frequencies(), repeats=None)
    )


@dataclass(frozen=True)
class Looks:
    """Candidate pairs as rows of a sweep, of two sources and of one: on the same days, and put off
    by each shift. by_shift: how often an unrelated pair is met in each."""

    near: tuple[Array, Array]
    far: Mapping[int, tuple[Array, Array]]
    own_near: tuple[Array, Array]
    own_far: Mapping[int, tuple[Array, Array]]
    by_shift: Array


def looks_at(swept: Swept, threads: int) -> Looks:
    """The candidate pairs of a sweep, on the same days and put off."""

    def pairs(shift: int, *, same_source: bool) -> tuple[Array, Array]:
        return pairs_put_off(swept, shift, threads, same_source=same_source)

    day = (swept.rows[:, EARLIEST].astype(np.int64) + swept.rows[:, LATEST]) // (2 * DAY_S)
    met = []
    for shift in SHIFTS_DAYS:
        # From either side; those at the ends of the record are not met.
        within = (day + shift >= day.min()) & (day + shift <= day.max())
        met.append(max(2 * float(within.mean()), 1e-9))
    return Looks(
        pairs(0, same_source=False),
        {shift: pairs(shift, same_source=False) for shift in SHIFTS_DAYS},
        pairs(0, same_source=True),
        {shift: pairs(shift, same_source=True) for shift in SHIFTS_DAYS},
        np.array(met),
    )


def pairs_put_off(
    swept: Swept, shift: int, threads: int, *, same_source: bool
) -> tuple[Array, Array]:
    """Candidate pairs of rows, the first put off by so many days."""
    rows, e, runs = swept.rows, swept.evidence, swept.runs
    with ThreadPoolExecutor(threads) as pool:
        shares = sweep.in_shares(runs, 4 * threads)
        parts = list(
            pool.map(
                lambda s: lv.pairs_of_shift(rows, e, runs, s[0], s[1], shift, same_source), shares
            )
        )
    empty = np.zeros(0, np.int32)
    one, other = (np.concatenate([empty, *(part[n] for part in parts)]) for n in range(2))
    return one, other


def count(swept: Swept, looks: Looks, settings: Settings, words: Words, threads: int) -> Counted:
    """What the pairs look like under settings."""
    levels = level_evidence(words, settings)

    def counted(task: tuple[int, tuple[Array, Array]]) -> tuple[Array, Array, Array]:
        shift, (one, other) = task
        result: tuple[Array, Array, Array] = lv.count_levels(
            swept.rows, swept.grams, swept.evidence, levels, one, other, shift, 0
        )
        return result

    tasks = [(0, looks.near), (0, looks.own_near), *looks.far.items(), *looks.own_far.items()]
    with ThreadPoolExecutor(threads) as pool:
        near, own_near, *shifted = pool.map(counted, tasks)
    half, per_pair = len(SHIFTS_DAYS), float(looks.by_shift.sum())
    far = [_sum(found[n] for found in shifted[:half]) / per_pair for n in range(3)]
    own_far = [_sum(found[n] for found in shifted[half:]) / per_pair for n in range(3)]
    more, usual = float(own_near[1].sum()), float(own_far[1].sum())
    # What one shift finds differs from another's as this day may differ by chance.
    by_shift = np.array([float(found[1].sum()) for found in shifted[half:]]) / looks.by_shift
    bursts = more / usual if usual else 1.0
    if more - usual > 4 * float(by_shift.std(ddof=1)) + 3 * np.sqrt(usual):
        _add_bursts(far, [a - b for a, b in zip(own_near, own_far, strict=True)], own_far)
    else:
        bursts = 1.0
    return Counted(
        *near, far[0], far[1], far[2] * per_pair, per_pair, bursts, _by_own(swept, words, more)
    )


def _sum(parts: Iterable[Array]) -> Array:
    return np.sum(list(parts), axis=0)


def _add_bursts(far: list[Array], more: Sequence[Array], own_far: Sequence[Array]) -> None:
    """Distinct events of one place and day are many: as many more unrelated pairs of two sources as
    there are of one."""
    scale = float(far[1].sum()) / max(float(own_far[1].sum()), 1)
    share = far[1] / max(float(far[1].sum()), 1)
    far[0] = far[0] + scale * share[:, None, None] * np.maximum(more[0].sum(0), 0)
    far[1] = far[1] + scale * share * float(more[1].sum())
    far[2] = far[2] + scale * np.maximum(more[2], 0)


def _by_own(swept: Swept, words: Words, own_pairs: float) -> float:
    """How many unrelated pairs of two sources there would be if all sources covered alike."""
    of = np.bincount(swept.rows[:, SOURCE], minlength=len(words.sources)).astype(float)
    return own_pairs * (float(of.sum()) ** 2 - float((of**2).sum())) / max(float((of**2).sum()), 1)
