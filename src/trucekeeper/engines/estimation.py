"""The settings of matching, estimated from a record without labels.

What two sources' reports of one event look like is not known; what unrelated reports look like is:
one source's reports beside another's of a week earlier or later at the same places. What there is
more of than that on the same day is the reports of one event (method of moments, field by field,
among pairs that the other fields already support). How many more there are sets the threshold.
Pairs of one source on the same day are a second background: where the two disagree, it is said.

Floats serve here and
nowhere else in matching: the rounded result is a settings file that an agreement annexes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from msgspec.structs import replace

from trucekeeper.engines import levels as lv
from trucekeeper.engines.columns import Coded, Words
from trucekeeper.engines.compiled import HAS_COMPILER
from trucekeeper.engines.kernel import (
    Swept,
    precise,
    repeating_pairs,
    repeats_of,
    settle,
    surroundings,
    sweep_of,
)
from trucekeeper.engines.looks import Counted, count, looks_at
from trucekeeper.engines.moments import frequencies_of, milli, pair_tables, tables_of
from trucekeeper.engines.repetition import within_sources
from trucekeeper.engines.scoring import AROUND, EARLIEST, LAT, LATEST, LON, VARIANCE, Array
from trucekeeper.matching.settings import DEFAULT, Settings
from trucekeeper.vocabulary.places import squared_m

#: Reports that are asked at most; of more a stretch of days in the middle.
ASKED_MAX = 200_000
#: Below this share of candidates that are of one event, counts of incidents are uncertain.
TRUE_SHARE_MIN = 0.01
#: Fewer expected pairs of one event are too few to estimate from.
EXPECTED_MIN = 100
#: Log odds from which the excess over chance is counted; below, it is read off the regression.
COUNTED_FROM = 1.0
#: What was chosen because it looks best looks better than it is: so much of the evidence counts in
#: a posterior. Found on made-up reports (docs/benchmarks.md).
SELECTED = 0.8
_ROUNDED_MILLI = 10
NOTHING_COMPILES = (
    "settings are estimated only where Numba is installed (the extra 'fast'): those to begin with "
    "are kept"
)
#: An unrelated pair must be met so often in other weeks, or nothing tells it from one of one event.
LOOKS_MIN = 1.0
TOO_SHORT = (
    "the record is hardly longer than a week, so nothing shows how unrelated reports compare: the "
    "settings to begin with are kept"
)
NOTHING_TO_COMPARE = (
    "no report is precise enough to be compared: the settings to begin with are kept"
)


@dataclass(frozen=True)
class Estimate:
    """Settings, and what was found on the way. expected_pairs: candidate pairs of one event;
    candidates: all. warnings: where the estimate is doubtful, in words."""

    settings: Settings
    expected_pairs: int
    candidates: int
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Odds:
    """Odds of a pair = exp(slope × score + shift). expected: pairs of one event."""

    slope: float
    shift: float
    expected: float


def estimate(table: Coded, *, start: Settings = DEFAULT, threads: int) -> Estimate:
    """Settings for a table of reports. start: bounds and edges, and terms to begin with."""
    if not HAS_COMPILER:
        return Estimate(start, 0, 0, (NOTHING_COMPILES,))
    words = table.words
    swept = _asked(compared(table, start, threads))
    if not len(swept.rows):
        return Estimate(start, 0, 0, (NOTHING_TO_COMPARE,))
    settings = replace(
        start, name="estimated", frequencies=frequencies_of(swept, words), pairs=(), repeats=None
    )
    repeats = within_sources(swept, words, settings, threads)
    if repeats is not None:
        settings = replace(settings, repeats=repeats)
        asked = swept.under(words, settings)
        again = repeats_of(asked, repeating_pairs(asked, threads), settings)
        swept = swept.only(again == np.arange(len(again)))
    looks = looks_at(swept, threads)
    if float(looks.by_shift.sum()) < LOOKS_MIN:
        return Estimate(start, 0, len(looks.near[0]), (TOO_SHORT,))
    for _ in range(2):
        counted = count(swept.under(words, settings), looks, settings, words, threads)
        settings = replace(
            settings,
            tables=tables_of(counted, None, settings, swept),
            pairs=pair_tables(counted, words, settings, swept),
        )
    counted = count(swept.under(words, settings), looks, settings, words, threads)
    odds = _odds(counted)
    warnings = tuple(_warnings(counted, odds))
    if odds.expected < EXPECTED_MIN:
        return Estimate(start, round(odds.expected), int(counted.near_pairs.sum()), warnings)
    confidence = max(1, milli(SELECTED * odds.slope, 2_000))
    settings = _calibrated(
        swept, words, replace(settings, confidence_milli=confidence), odds, threads
    )
    return Estimate(settings, round(odds.expected), int(counted.near_pairs.sum()), warnings)


def compared(table: Coded, settings: Settings, threads: int) -> Swept:
    """The rows that are precise enough and not in a crowd, with what lies around them."""
    swept = sweep_of(table, settings)
    swept = swept.only(precise(table, settings)[swept.order])
    swept = swept.with_around(surroundings(swept, threads))
    return swept.only(swept.rows[:, AROUND] <= settings.crowd_max)


def _asked(swept: Swept) -> Swept:
    """At most so many rows: those of a stretch of days in the middle."""
    count = len(swept.rows)
    if count <= ASKED_MAX:
        return swept
    first = (count - ASKED_MAX) // 2
    chosen = np.zeros(count, bool)
    chosen[first : first + ASKED_MAX] = True
    return swept.only(chosen)


def _odds(counted: Counted) -> _Odds:
    """The odds by score: logistic regression of pairs of the same days against pairs of other
    weeks, by Newton's method. Of each bin of scores, near = far (1 + odds)."""
    near, far, looks = counted.near_scores, counted.far_scores, counted.looks
    score = ((np.arange(lv.SCORES) - lv.SCORES // 2 + 0.5) * lv.SCORE_MILLI) / 1000
    slope, shift = 1.0, 0.0
    for _ in range(50):
        odds = np.exp(np.clip(slope * score + shift, -30, 30))
        share = (1 + odds) / (1 + odds + looks)
        # The derivative of ln(share) and of ln(1 − share) in slope × score + shift.
        rise, fall = odds / (1 + odds) * (1 - share), -odds / (1 + odds + looks)
        pull = near * rise + far * fall
        weight = (near + far) * share * (1 - share) * (odds / (1 + odds)) ** 2
        gradient = np.array([(pull * score).sum(), pull.sum()])
        curvature = np.array(
            [
                [(weight * score**2).sum(), (weight * score).sum()],
                [(weight * score).sum(), weight.sum()],
            ]
        )
        step = np.linalg.solve(curvature + 1e-6 * np.eye(2), gradient)
        slope, shift = (
            slope + float(np.clip(step[0], -0.2, 0.2)),
            shift + float(np.clip(step[1], -1, 1)),
        )
        slope = min(max(slope, 0.2), 2.0)
        if np.abs(step).max() < 1e-6:
            break
    log_odds = slope * score + shift
    odds = np.exp(np.clip(log_odds, -30, 30))
    # Where pairs of one event are not few, what there is more than by chance is counted as it is.
    many = log_odds > COUNTED_FROM
    expected = np.where(many, near - far / looks, near * odds / (1 + odds))
    return _Odds(slope, shift, max(float(expected.sum()), 0))


def _calibrated(
    swept: Swept, words: Words, settings: Settings, odds: _Odds, threads: int
) -> Settings:
    """The settings whose prior lets incidents hold as many pairs as are expected: candidates, and
    what is no candidate but hangs together through a third."""

    def shortfall(prior: int) -> float:
        tried = with_prior(settings, prior)
        found = settle(swept.under(words, tried), tried, threads)
        pairs, candidates = pairs_within(found.start, found.listed, swept, tried, least=3)
        beyond = pairs / max(candidates, 1)
        held, _ = pairs_within(found.start, found.listed, swept, tried, least=2)
        return held - beyond * odds.expected

    return with_prior(settings, _bisected(shortfall, 0, -4_000, 8_000))


def _bisected(rising: Callable[[int], float], goal: float, low: int, high: int) -> int:
    """The argument at which a rising function of whole numbers reaches a goal, to tens."""
    while high - low > _ROUNDED_MILLI:
        middle = (low + high) // 2
        if rising(middle) < goal:
            low = middle
        else:
            high = middle
    return (low + high) // 2 // _ROUNDED_MILLI * _ROUNDED_MILLI


def with_prior(settings: Settings, prior_milli: int) -> Settings:
    """The settings with other odds before anything is compared."""
    pairs = tuple(
        replace(p, tables=replace(p.tables, prior_milli=prior_milli)) for p in settings.pairs
    )
    return replace(settings, tables=replace(settings.tables, prior_milli=prior_milli), pairs=pairs)


def pairs_within(
    start: Array, listed: Array, swept: Swept, settings: Settings, *, least: int
) -> tuple[int, int]:
    """How many pairs there are within incidents of at least so many reports, and how many of them
    are candidates."""
    sizes = np.diff(start)
    pairs, candidates = 0, 0
    for size in np.unique(sizes[sizes >= least]).tolist():
        begins = start[:-1][sizes == size]
        members = listed[begins[:, None] + np.arange(size)]
        for a, b in combinations(range(size), 2):
            close = _are_candidates(swept.rows, members[:, a], members[:, b], settings)
            pairs, candidates = pairs + len(close), candidates + int(close.sum())
    return pairs, candidates


def _are_candidates(rows: Array, one: Array, other: Array, settings: Settings) -> Array:
    wide = rows.astype(np.int64, copy=False)
    squared = squared_m(*(wide[ends, column] for ends in (one, other) for column in (LAT, LON)))
    gap = np.maximum(wide[one, EARLIEST], wide[other, EARLIEST]) - np.minimum(
        wide[one, LATEST], wide[other, LATEST]
    )
    close = 16 * squared <= settings.place_edges[-1] * (wide[one, VARIANCE] + wide[other, VARIANCE])
    result: Array = close & (squared <= settings.reach_m_max**2) & (gap <= settings.gap_edges_s[-1])
    return result


def _warnings(counted: Counted, odds: _Odds) -> list[str]:
    """What makes the estimate doubtful."""
    found = []
    near, far = float(counted.near_pairs.sum()), float(counted.far_pairs.sum())
    if abs(counted.own - far) > max(0.5 * odds.expected, 0.05 * far, 100):
        found.append(
            f"the two backgrounds disagree: of {near:.0f} candidates {far:.0f} are unrelated by "
            f"reports of other weeks, {counted.own:.0f} by pairs of one source; sources do not "
            "cover the same places"
        )
    if counted.bursts > 1:
        found.append(
            f"one source has {counted.bursts:.2f} times as many pairs of reports of one place and "
            "day as of one place and other weeks: distinct events come in bursts, and some will be "
            "taken for one"
        )
    if odds.expected < TRUE_SHARE_MIN * near:
        found.append(
            f"of {near:.0f} candidates {odds.expected:.0f} are of one event, fewer than one in a "
            "hundred: the number of incidents is uncertain"
        )
    if odds.expected < EXPECTED_MIN:
        found.append(_too_few(odds.expected))
    return found


def _too_few(expected: float) -> str:
    return (
        f"only {expected:.0f} pairs of one event are expected, too few to estimate from: the "
        "settings to begin with are kept"
    )
