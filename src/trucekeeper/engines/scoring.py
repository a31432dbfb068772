"""The terms of `matching.terms` over rows of whole numbers, compiled.

Term by term the same integer arithmetic; `tests/properties/test_engines.py` compares them. All of
the settings lie in one array, for what passes several to a small function takes longer than the
function."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from trucekeeper.engines.compiled import compiled
from trucekeeper.matching.terms import MANY, QUARTER_S
from trucekeeper.matching.texts import LENGTH
from trucekeeper.vocabulary.places import DEGREE_M, E6

Array = npt.NDArray[Any]
_HALF_TURN, _TURN = 180 * E6, 360 * E6

#: Columns of `rows`: what is compared, a row each, in the order of the sweep; numbers of 32 bits
#: where all fit, else of 64; times since an epoch. What the sweep reads stands first, in one line
#: of the cache. Codes are 0 where not stated. VARIANCE: of one coordinate, square metres. AROUND:
#: reports around, itself included, LN_AROUND its logarithm, LN_LENGTH that of the period. GRAMS,
#: GRAMS_END: where the grams of its text stand in `grams`. RANK: place in the order of ties. MASK:
#: the first of the columns that hold the sources of a unit as bits.
LON, LAT, EARLIEST, LATEST, SOURCE, VARIANCE, COSINE, LN_AROUND = range(8)
LN_LENGTH, ACT, WEAPON, AUTHORS, TARGETS, KILLED_MIN, KILLED_MAX, NAME, SKELETON = range(8, 17)
GRAMS, GRAMS_END, RANK, AROUND, MASK = range(17, 22)

#: A gram of a text is one number: which gram, and in the lower bits its weight.
WEIGHT_BITS = 10

#: Places in `evidence`: the settings over the codes of a table. First whole numbers, then where
#: each list begins. BETWEEN: for two sources where their terms begin, 0 for none. ..._LIKE: for two
#: words of a tree which of the five terms, later codes are words outside. ..._RARE: what a rare
#: value adds, by code. SETS: for each set of alternatives where its groups begin and end, SETS_AT
#: the groups.
(
    SOURCES,
    SPREAD,
    WHOLE,
    TIME_FLOOR,
    KILLED_NEAR_MAX,
    BEYOND,
    REACH_M,
    DENSITY_M,
    DENSITY_S,
    CROWD_MAX,
    EDGE_MIN,
    PLACE_BINS,
    GAP_BINS,
    TEXT_BINS,
    ACT_WORDS,
    WEAPON_WORDS,
    KILLED_COUNT,
    BETWEEN,
    PLACE_EDGES,
    GAP_EDGES,
    TEXT_EDGES,
    ACT_LIKE,
    WEAPON_LIKE,
    ACT_RARE,
    WEAPON_RARE,
    AUTHOR_RARE,
    TARGET_RARE,
    NAME_RARE,
    KILLED_RARE,
    SETS,
    SETS_AT,
    LN_STEPS,
    TIME_TERMS,
    TEXT_TERMS,
    CONFIDENCE,
    UNSEEN,
    WEIGHTS,
    HEADER,
) = range(38)

#: Places among the terms of two sources. Of words: not stated, same, broader, sibling, other; of
#: killed: not stated, overlap, both zero, near, far; of name: not stated, same, similar, other.
#: Then place, time and text.
PRIOR, SAME_POINT, HAS_SAME_POINT = range(3)
ACT_TERMS, WEAPON_TERMS, AUTHOR_TERMS, TARGET_TERMS, KILLED_TERMS, NAME_TERMS = range(3, 33, 5)
PLACE_TERMS = 33


@compiled
def ln_milli(e: Array, n: int) -> int:
    # A number below 2^53 as a binary64 (IEEE 754) has its exponent and mantissa side by side.
    bits = np.float64(n).view(np.int64)
    return ((bits >> 52) - 1023) * 693147 // 1000 + e[e[LN_STEPS] + ((bits >> 44) & 255)]


@compiled
def squared_m(rows: Array, i: int, j: int) -> int:
    across = abs(rows[i, LON] - rows[j, LON])
    if across > _HALF_TURN:
        across = _TURN - across
    north = abs(rows[i, LAT] - rows[j, LAT]) * DEGREE_M // E6
    east = across * DEGREE_M // E6 * ((rows[i, COSINE] + rows[j, COSINE]) // 2) // E6
    return east * east + north * north


@compiled
def bin_of(e: Array, edges: int, count: int, value: int) -> int:
    low = 0
    while low < count and e[edges + low] < value:
        low += 1
    return low


@compiled
def terms_of(rows: Array, e: Array, i: int, j: int) -> int:
    """Where the terms of the sources of two rows begin; 0 where they are not compared."""
    return e[e[BETWEEN] + rows[i, SOURCE] * e[SOURCES] + rows[j, SOURCE]]


@compiled
def place_term(e: Array, t: int, squared: int, variance: int) -> int:
    if squared == 0 and e[t + HAS_SAME_POINT]:
        return e[t + SAME_POINT]
    place_bin = bin_of(e, e[PLACE_EDGES], e[PLACE_BINS], 16 * squared // variance)
    if place_bin == e[PLACE_BINS]:
        return e[BEYOND]
    return e[SPREAD] - ln_milli(e, variance) + e[t + PLACE_TERMS + place_bin]


@compiled
def quarters(e: Array, length_s: int) -> int:
    return ln_milli(e, max(length_s, e[TIME_FLOOR]) // QUARTER_S)


@compiled
def time_term(
    e: Array, t: int, lo: int, hi: int, ln_own: int, earliest: int, latest: int, ln_length: int
) -> int:
    """The term of two periods, the logarithms of whose lengths are known."""
    start, end = max(lo, earliest), min(hi, latest)
    at = t + e[TIME_TERMS]
    if start < end:
        return e[WHOLE] + quarters(e, end - start) - ln_own - ln_length + e[at]
    gap_bin = bin_of(e, e[GAP_EDGES], e[GAP_BINS], start - end)
    if gap_bin == e[GAP_BINS]:
        return e[BEYOND]
    return e[at + 1 + gap_bin]


@compiled
def word_term(e: Array, terms: int, like: int, words: int, rare: int, a: int, b: int) -> int:
    if a == 0 or b == 0:
        return 0
    if a == b:
        return e[terms + 1] + e[rare + a]
    if a < words and b < words:
        return e[terms + e[like + a * words + b]]
    return e[terms + 4]


@compiled
def sets_term(e: Array, terms: int, rare: int, a: int, b: int) -> int:
    if a == 0 or b == 0:
        return 0
    if a == b:
        return e[terms + 1] + e[rare + a]
    groups = e[SETS_AT]
    for m in range(groups + e[e[SETS] + a], groups + e[e[SETS] + a + 1]):
        for n in range(groups + e[e[SETS] + b], groups + e[e[SETS] + b + 1]):
            if e[m] == e[n]:
                return e[terms + 2]
    return e[terms + 4]


@compiled
def act_term(rows: Array, e: Array, t: int, i: int, j: int) -> int:
    a, b = rows[i, ACT], rows[j, ACT]
    return word_term(e, t + ACT_TERMS, e[ACT_LIKE], e[ACT_WORDS], e[ACT_RARE], a, b)


@compiled
def weapon_term(rows: Array, e: Array, t: int, i: int, j: int) -> int:
    a, b = rows[i, WEAPON], rows[j, WEAPON]
    return word_term(e, t + WEAPON_TERMS, e[WEAPON_LIKE], e[WEAPON_WORDS], e[WEAPON_RARE], a, b)


@compiled
def author_term(rows: Array, e: Array, t: int, i: int, j: int) -> int:
    return sets_term(e, t + AUTHOR_TERMS, e[AUTHOR_RARE], rows[i, AUTHORS], rows[j, AUTHORS])


@compiled
def target_term(rows: Array, e: Array, t: int, i: int, j: int) -> int:
    return sets_term(e, t + TARGET_TERMS, e[TARGET_RARE], rows[i, TARGETS], rows[j, TARGETS])


@compiled
def killed_term(rows: Array, e: Array, t: int, i: int, j: int) -> int:
    top_a, top_b = rows[i, KILLED_MAX], rows[j, KILLED_MAX]
    if top_a < 0 or top_b < 0:
        return 0
    low_a, low_b = rows[i, KILLED_MIN], rows[j, KILLED_MIN]
    apart = max(low_a, low_b) - min(top_a, top_b)
    if apart > 0:
        return e[t + KILLED_TERMS + (3 if apart <= e[KILLED_NEAR_MAX] else 4)]
    if top_a == 0 and top_b == 0:
        return e[t + KILLED_TERMS + 2]
    if low_a != low_b:
        return e[t + KILLED_TERMS + 1]
    return e[t + KILLED_TERMS + 1] + e[e[KILLED_RARE] + min(low_a, e[KILLED_COUNT] - 1)]


@compiled
def name_term(rows: Array, e: Array, t: int, i: int, j: int) -> int:
    a, b = rows[i, NAME], rows[j, NAME]
    if a == 0 or b == 0:
        return 0
    if a == b:
        return e[t + NAME_TERMS + 1] + e[e[NAME_RARE] + a]
    return e[t + NAME_TERMS + (2 if rows[i, SKELETON] == rows[j, SKELETON] else 3)]


@compiled
def text_term(rows: Array, grams: Array, e: Array, t: int, i: int, j: int) -> int:
    m, m_end, n, n_end = rows[i, GRAMS], rows[i, GRAMS_END], rows[j, GRAMS], rows[j, GRAMS_END]
    if m == m_end or n == n_end:
        return 0
    alike = 0
    while m < m_end and n < n_end:
        one, other = grams[m] >> WEIGHT_BITS, grams[n] >> WEIGHT_BITS
        if one == other:
            weights = (1 << WEIGHT_BITS) - 1
            alike += (grams[m] & weights) * (grams[n] & weights)
        m += one <= other
        n += other <= one
    return e[t + e[TEXT_TERMS] + bin_of(e, e[TEXT_EDGES], e[TEXT_BINS], alike // LENGTH)]


@compiled
def pair_score(rows: Array, grams: Array, e: Array, i: int, j: int, squared: int) -> int:
    """The score of the set of two rows."""
    t = terms_of(rows, e, i, j)
    score = e[t + PRIOR] - (rows[i, LN_AROUND] + rows[j, LN_AROUND]) // 2
    score += place_term(e, t, squared, rows[i, VARIANCE] + rows[j, VARIANCE])
    score += time_term(
        e,
        t,
        rows[i, EARLIEST],
        rows[i, LATEST],
        rows[i, LN_LENGTH],
        rows[j, EARLIEST],
        rows[j, LATEST],
        rows[j, LN_LENGTH],
    )
    score += act_term(rows, e, t, i, j) + weapon_term(rows, e, t, i, j)
    score += author_term(rows, e, t, i, j) + target_term(rows, e, t, i, j)
    score += killed_term(rows, e, t, i, j) + name_term(rows, e, t, i, j)
    if len(grams):
        score += text_term(rows, grams, e, t, i, j)
    return score


assert MANY < 2**31, "ranges of casualties fit 32 bits"
