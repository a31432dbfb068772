"""What could be reached with the true parameters: terms counted from the truth, and the best cut found with it.

The pairwise oracle clusters by sums of pair scores, as a linkage tool can; the cluster oracle is our matcher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from benchmarks.made_up import MadeUp
from benchmarks.quality import Array, agreement
from benchmarks.sum_linkage import sum_linkage
from trucekeeper.engines import levels as lv
from trucekeeper.engines.columns import Words
from trucekeeper.engines.estimation import compared, with_prior
from trucekeeper.engines.kernel import THREADS, Swept, candidate_pairs
from trucekeeper.engines.looks import Counted, level_evidence, pairs_put_off
from trucekeeper.engines.moments import frequencies_of, pair_tables, tables_of
from trucekeeper.engines.scoring import SOURCE
from trucekeeper.engines.tables import read_table
from trucekeeper.engines.windows import match_window
from trucekeeper.matching.settings import DEFAULT, Settings

MEASURES = ("pair_f1", "cluster_f1", "bcubed_f1")
CUTS_MILLI = range(-2_400, 1_201, 400)
#: Below any score: all pairs are counted, whatever their other fields say.
ALL_MILLI = -(10**6)


def oracles(made: MadeUp) -> dict[str, Any]:
    """The best of each measure over all cuts, with the true parameters."""
    table = read_table(made.table, DEFAULT).coded
    swept = compared(table, DEFAULT, THREADS)
    settings = true_settings(swept, table.words, made.incident)
    under = swept.under(table.words, settings)
    one, other, score = candidate_pairs(under, THREADS)
    source, truth = swept.rows[:, SOURCE], made.incident[swept.order]
    prior = settings.tables.prior_milli
    pairwise, whole = [], []
    for cut in CUTS_MILLI:
        home = sum_linkage(source, one, other, score - cut)
        pairwise.append({"cut": cut, **agreement(home, truth)})
        found = match_window(table, with_prior(settings, prior - cut))
        whole.append({"cut": cut, **agreement(found.least, made.incident)})
    return {"pairwise": best(pairwise), "cluster": best(whole)}


def best(tried: list[dict[str, float]]) -> Mapping[str, Mapping[str, float]]:
    """For each measure the row that does best on it."""
    return {of: max(tried, key=lambda row: row[of]) for of in MEASURES}


def true_settings(swept: Swept, words: Words, incident: Array) -> Settings:
    """Settings as `estimate` makes them, from the truth instead of the excess over chance."""
    one, other = pairs_put_off(swept, 0, THREADS, same_source=False)
    truth = incident[swept.order]
    same = truth[one] == truth[other]
    settings = replace(DEFAULT, name="true", frequencies=frequencies_of(swept, words))
    for _ in range(2):
        counted = counts(swept.under(words, settings), words, settings, one, other, same)
        settings = replace(
            settings,
            tables=tables_of(counted, None, settings, swept),
            pairs=pair_tables(counted, words, settings, swept),
        )
    return settings


def counts(
    swept: Swept, words: Words, settings: Settings, one: Array, other: Array, same: Array
) -> Counted:
    """The levels of true pairs and of others. same: whether a pair is true."""
    levels = level_evidence(words, settings)

    def counted(chosen: Array) -> tuple[Array, Array, Array]:
        result: tuple[Array, Array, Array] = lv.count_levels(
            swept.rows,
            swept.grams,
            swept.evidence,
            levels,
            one[chosen],
            other[chosen],
            0,
            ALL_MILLI,
        )
        return result

    true, others = counted(same), counted(~same)
    levels_near, pairs_near, scores_near = (a + b for a, b in zip(true, others, strict=True))
    return Counted(levels_near, pairs_near, scores_near, *others, 1.0, 1.0, 0.0)
