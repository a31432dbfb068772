"""The evidence for one event behind a set of rows, compiled: `matching.terms.set_score`."""

from __future__ import annotations

import numpy as np

from trucekeeper.engines.compiled import compiled
from trucekeeper.engines.scoring import (
    ACT,
    COSINE,
    EARLIEST,
    GRAMS,
    GRAMS_END,
    KILLED_MAX,
    LAT,
    LATEST,
    LN_AROUND,
    LN_LENGTH,
    LON,
    MASK,
    NAME,
    PRIOR,
    RANK,
    VARIANCE,
    Array,
    act_term,
    author_term,
    killed_term,
    name_term,
    pair_score,
    place_term,
    quarters,
    squared_m,
    target_term,
    terms_of,
    text_term,
    time_term,
    weapon_term,
)
from trucekeeper.matching.terms import FORBIDDEN, PRECISION
from trucekeeper.vocabulary.places import DEGREE_M, E6

_HALF_TURN, _TURN = 180 * E6, 360 * E6


@compiled
def in_order_of_precision(rows: Array, chosen: Array, k: int) -> None:
    for a in range(1, k):
        row = chosen[a]
        b = a
        while b > 0 and (
            rows[row, VARIANCE] < rows[chosen[b - 1], VARIANCE]
            or (
                rows[row, VARIANCE] == rows[chosen[b - 1], VARIANCE]
                and rows[row, RANK] < rows[chosen[b - 1], RANK]
            )
        ):
            chosen[b] = chosen[b - 1]
            b -= 1
        chosen[b] = row


@compiled
def place_of_set(rows: Array, e: Array, chosen: Array, k: int) -> int:
    first = chosen[0]
    variance = np.int64(rows[first, VARIANCE])
    weights, east_sum, north_sum = PRECISION // variance, 0, 0
    total = 0
    for n in range(1, k):
        row = chosen[n]
        up = rows[row, LAT] - rows[first, LAT]
        across = rows[row, LON] - rows[first, LON]
        if across > _HALF_TURN:
            across -= _TURN
        if across < -_HALF_TURN:
            across += _TURN
        cosine = (rows[row, COSINE] + rows[first, COSINE]) // 2
        east = abs(across) * DEGREE_M // E6 * cosine // E6
        north = abs(up) * DEGREE_M // E6
        if across < 0:
            east = -east
        if up < 0:
            north = -north
        mid_east, mid_north = 0, 0
        if n > 1:
            mid_east, mid_north = east_sum // weights, north_sum // weights
        squared = (east - mid_east) * (east - mid_east) + (north - mid_north) * (north - mid_north)
        own = rows[row, VARIANCE]
        total += place_term(e, terms_of(rows, e, first, row), squared, variance + own)
        weight = PRECISION // own
        east_sum += weight * east
        north_sum += weight * north
        weights += weight
        variance = PRECISION // weights
    return total


@compiled
def time_of_set(rows: Array, e: Array, chosen: Array, k: int) -> int:
    first = chosen[0]
    lo, hi = np.int64(rows[first, EARLIEST]), np.int64(rows[first, LATEST])
    length = np.int64(rows[first, LN_LENGTH])
    total = 0
    for n in range(1, k):
        row = chosen[n]
        t = terms_of(rows, e, first, row)
        earliest, latest = np.int64(rows[row, EARLIEST]), np.int64(rows[row, LATEST])
        total += time_term(e, t, lo, hi, length, earliest, latest, rows[row, LN_LENGTH])
        if max(lo, earliest) < min(hi, latest):
            lo, hi = max(lo, earliest), min(hi, latest)
            length = quarters(e, hi - lo)
    return total


@compiled
def field_term(rows: Array, grams: Array, e: Array, field: int, t: int, i: int, j: int) -> int:
    if field == 0:
        return act_term(rows, e, t, i, j)
    if field == 1:
        return weapon_term(rows, e, t, i, j)
    if field == 2:
        return author_term(rows, e, t, i, j)
    if field == 3:
        return target_term(rows, e, t, i, j)
    if field == 4:
        return killed_term(rows, e, t, i, j)
    if field == 5:
        return name_term(rows, e, t, i, j)
    return text_term(rows, grams, e, t, i, j)


@compiled
def is_stated(rows: Array, field: int, row: int) -> bool:
    if field == 4:
        return rows[row, KILLED_MAX] >= 0
    if field == 5:
        return rows[row, NAME] > 0
    if field == 6:
        return rows[row, GRAMS] < rows[row, GRAMS_END]
    return rows[row, ACT + field] > 0


@compiled
def fields_of_set(rows: Array, grams: Array, e: Array, chosen: Array, k: int, sums: Array) -> int:
    """Of each field the sum against that member's value which the others support best."""
    total = 0
    for field in range(7):
        stated = False
        for a in range(k):
            sums[a] = 0
            if not is_stated(rows, field, chosen[a]):
                sums[a] = FORBIDDEN
                continue
            stated = True
            for b in range(a):
                if sums[b] != FORBIDDEN:
                    t = terms_of(rows, e, chosen[a], chosen[b])
                    term = field_term(rows, grams, e, field, t, chosen[a], chosen[b])
                    sums[a] += term
                    sums[b] += term
        if stated:
            best = sums[0]
            for a in range(1, k):
                best = max(best, sums[a])
            total += best
    return total


@compiled
def clash(rows: Array, i: int, j: int) -> bool:
    """Whether two units have a source in common."""
    for word in range(MASK, rows.shape[1]):
        if rows[i, word] & rows[j, word]:
            return True
    return False


@compiled
def set_score(rows: Array, grams: Array, e: Array, chosen: Array, k: int, sums: Array) -> int:
    """The evidence for one event behind the first k rows chosen, which are put in order; FORBIDDEN
    where a source speaks twice. sums: room for k."""
    if k < 2:
        return 0
    for a in range(k):
        for b in range(a):
            if clash(rows, chosen[a], chosen[b]):
                return FORBIDDEN
    if k == 2:
        return pair_score(
            rows, grams, e, chosen[0], chosen[1], squared_m(rows, chosen[0], chosen[1])
        )
    in_order_of_precision(rows, chosen, k)
    prior, near = 0, 0
    for n in range(k):
        near += rows[chosen[n], LN_AROUND]
        if n:
            prior += e[terms_of(rows, e, chosen[0], chosen[n]) + PRIOR]
    return (
        prior
        - (k - 1) * near // k
        + place_of_set(rows, e, chosen, k)
        + time_of_set(rows, e, chosen, k)
        + fields_of_set(rows, grams, e, chosen, k, sums)
    )
