"""Whether sources file an event twice, told from the distinct events of one town and day by a
mixture of two kinds of pairs of one source (EM, Dempster, Laird and Rubin 1977)."""

from __future__ import annotations

import numpy as np

from trucekeeper.engines import levels as lv
from trucekeeper.engines.columns import Words, evidence_of
from trucekeeper.engines.kernel import Swept
from trucekeeper.engines.looks import level_evidence, pairs_put_off
from trucekeeper.engines.moments import milli
from trucekeeper.engines.scoring import EARLIEST, LATEST, LN_AROUND, VARIANCE, Array
from trucekeeper.matching.settings import NameTerms, NumberTerms, Settings, Tables, WordTerms


def within_sources(swept: Swept, words: Words, settings: Settings, threads: int) -> Tables | None:
    """The terms within one source; None where no source seems to file an event twice.

    A mixture of two kinds of pairs of one source that lie close in place and time: the same event
    again, which agrees in nearly everything, and another event of the day."""
    e, leveled = evidence_of(words, settings), level_evidence(words, settings)

    def looked_at(shift: int) -> tuple[Array, Array, Array]:
        one, other = pairs_put_off(swept.under(words, settings), shift, threads, same_source=True)
        levels = lv.all_levels(swept.rows, swept.grams, e, leveled, one, other, shift)
        close = levels[:, lv.TIME] == 0
        return one[close], other[close], levels[close]

    one, other, levels = looked_at(0)
    if len(levels) < 200:
        return None
    unrelated = [looked_at(shift)[2] for shift in (7, 14)]
    share, again, apart = _two_kinds(levels, np.concatenate(unrelated))
    told_again = float((_odds_again(levels, share, again, apart) > 1).sum())
    by_chance = [
        float((_odds_again(other_weeks, share, again, apart) > 1).sum()) / 2
        for other_weeks in unrelated
    ]
    excess = told_again - max(by_chance)
    if excess < max(50, REPEATED_SHARE_MIN * len(swept.rows), 0.7 * told_again):
        return None
    return _repeat_tables(swept, settings, share, again, apart, one, other)


#: Fewer repetitions than this share of reports are not told from chance.
REPEATED_SHARE_MIN = 0.005
#: Fewer unrelated pairs do not show what such look like.
UNRELATED_MIN = 50


def _two_kinds(levels: Array, unrelated: Array) -> tuple[float, Array, Array]:
    """The share of pairs that tell one event again, and the shares of levels [feature, level] among
    them and among the others. unrelated: pairs of other weeks, which the others look like to begin
    with: where nearly all tell one event again, all together look like those."""
    features, size = levels.shape[1], lv.LEVELS
    begun = unrelated if len(unrelated) >= UNRELATED_MIN else levels
    apart = np.stack([np.bincount(begun[:, f], minlength=size) + 0.5 for f in range(features)])
    apart /= apart.sum(1, keepdims=True)
    again = np.full((features, size), 1e-3)
    # To begin with: nearly everything as before. What is not stated says nothing of either kind.
    again[lv.PLACE, lv.SAME_POINT], again[lv.PLACE, 0] = 0.9, 0.1
    again[lv.TIME, 0] = 0.98
    for feature in range(lv.ACT, features):
        again[feature, 1] = 0.9
    again[lv.KILLED, 2], again[lv.KILLED, 3] = 0.5, 0.2
    share = 0.02
    for _ in range(60):
        odds = _odds_again(levels, share, again, apart)
        sure = odds / (1 + odds)
        before, share = share, float(np.clip(sure.mean(), 1e-6, 0.9))
        for feature in range(features):
            for table, weight in ((again, sure), (apart, 1 - sure)):
                counts = np.bincount(levels[:, feature], weights=weight, minlength=size) + 0.05
                if feature >= lv.ACT:
                    counts[0] = 0.05
                table[feature] = counts / counts.sum()
        if abs(share - before) < 1e-7:
            break
    return share, again, apart


def _odds_again(levels: Array, share: float, again: Array, apart: Array) -> Array:
    """The odds that each pair tells one event again."""
    features = np.arange(levels.shape[1])
    stated = (levels > 0) | (features < lv.ACT)
    ratio = np.where(stated, np.log(again[features, levels] / apart[features, levels]), 0).sum(1)
    result: Array = share / (1 - share) * np.exp(np.clip(ratio, -40, 40))
    return result


def _repeat_tables(
    swept: Swept,
    settings: Settings,
    share: float,
    again: Array,
    apart: Array,
    one: Array,
    other: Array,
) -> Tables:
    """Terms whose sum is the log odds of the mixture. Place has the spread of both discs in it, and
    the prior the surroundings: what they are on average is taken out again."""
    ratio = np.log(again / apart)
    bins, gaps = len(settings.place_edges), len(settings.gap_edges_s)
    variance = (swept.rows[one, VARIANCE].astype(float) + swept.rows[other, VARIANCE]).mean()
    spread = 2 * np.log(settings.density_radius_m) - np.log(2 * variance)
    near = float((swept.rows[one, LN_AROUND] + swept.rows[other, LN_AROUND]).mean()) / 2_000
    lengths = np.maximum(swept.rows[one, LATEST] - swept.rows[one, EARLIEST], settings.time_floor_s)
    overlap = float(np.log(2 * settings.density_gap_s / lengths).mean())

    def terms(feature: int, levels: range) -> list[int]:
        return [milli(float(ratio[feature, level]), 6_000) for level in levels]

    place = [milli(float(ratio[lv.PLACE, level]) - spread, 20_000) for level in range(bins)]
    words = [
        WordTerms(*terms(feature, range(1, 5)))
        for feature in (lv.ACT, lv.WEAPON, lv.AUTHOR, lv.TARGET)
    ]
    return Tables(
        prior_milli=milli(float(np.log(share / (1 - share))) + near, 20_000),
        same_point_milli=milli(float(ratio[lv.PLACE, lv.SAME_POINT]), 20_000),
        place_milli=tuple(place),
        time_milli=(milli(float(ratio[lv.TIME, 0]) - overlap, 20_000), *[-20_000] * gaps),
        act=words[0], weapon=words[1], author=words[2], target=words[3],
        killed=NumberTerms(*terms(lv.KILLED, range(1, 5))),
        name=NameTerms(*terms(lv.NAME, range(1, 4))),
        text_milli=tuple(terms(lv.TEXT, range(1, len(settings.text_edges) + 2))),
    )  # fmt: skip
