"""How sure each row's place is, and its rivals, compiled: what `matching.clusters` defines."""

from __future__ import annotations

import numpy as np

from trucekeeper.engines.compiled import compiled, wider
from trucekeeper.engines.scoring import CONFIDENCE, UNSEEN, WEIGHTS, Array
from trucekeeper.engines.sets import clash
from trucekeeper.engines.settling import scored
from trucekeeper.matching.scale import SCORE_LIMIT_MILLI, STEP_MILLI
from trucekeeper.matching.terms import FORBIDDEN


@compiled
def scores_of(
    rows: Array,
    grams: Array,
    e: Array,
    apart: Array,
    most: int,
    start: Array,
    listed: Array,
    first: int,
    last: int,
) -> Array:
    """The evidence of incidents first to last."""
    found, sums = np.zeros(last - first, np.int64), np.empty(most + 2, np.int64)
    for n in range(first, last):
        k = start[n + 1] - start[n]
        if k > 1:
            chosen = listed[start[n] : start[n + 1]].copy()
            found[n - first] = scored(rows, grams, e, apart, most, chosen, k, sums)
    return found


@compiled
def memberships(
    rows: Array,
    grams: Array,
    e: Array,
    apart: Array,
    most: int,
    incident: Array,
    start: Array,
    listed: Array,
    held: Array,
    near_start: Array,
    near_edges: Array,
    one: Array,
    other: Array,
    first: int,
    last: int,
) -> tuple[Array, Array, Array, Array, Array]:
    """For rows first to last: posterior, the evidence that binds; and of each, how many rivals, the
    rival incidents and the evidence for them, best first."""
    size = last - first
    posterior, binding = np.empty(size, np.int32), np.zeros(size, np.int64)
    counts, found = np.zeros(size, np.int32), 0
    rivals, evidence = np.empty(1024, np.int32), np.empty(1024, np.int64)
    buffer, sums = np.empty(most + 2, np.int64), np.empty(most + 2, np.int64)
    stay, unseen = weight_of(e, 0), weight_of(e, e[UNSEEN])
    for row in range(first, last):
        own, total, begin, rest = incident[row], stay + unseen, found, np.int64(0)
        if start[own + 1] - start[own] > 1:
            k = all_but(listed, start, own, row, -1, buffer)
            rest = scored(rows, grams, e, apart, most, buffer, k, sums)
            binding[row - first] = held[own] - rest
            total += weight_of(e, (rest - held[own]) * e[CONFIDENCE] // 1000)
        for edge in near_edges[near_start[row] : near_start[row + 1]]:
            rival = incident[other[edge] if one[edge] == row else one[edge]]
            if rival == own or is_among(rivals, begin, found, rival):
                continue
            gain, there = with_rival(
                rows,
                grams,
                e,
                apart,
                most,
                row,
                own,
                rival,
                rest,
                start,
                listed,
                held,
                buffer,
                sums,
            )
            if gain == FORBIDDEN:
                continue
            total += weight_of(e, gain * e[CONFIDENCE] // 1000)
            rivals, evidence = placed_rival(rivals, evidence, begin, found, rival, there)
            found += 1
        posterior[row - first], counts[row - first] = 1000 * stay // total, found - begin
    return posterior, binding, counts, rivals[:found].copy(), evidence[:found].copy()


@compiled
def with_rival(
    rows: Array,
    grams: Array,
    e: Array,
    apart: Array,
    most: int,
    row: int,
    own: int,
    rival: int,
    rest: int,
    start: Array,
    listed: Array,
    held: Array,
    buffer: Array,
    sums: Array,
) -> tuple[int, int]:
    """What all evidence would gain if a row went to a rival, in exchange for the report of its own
    source there; and what would bind it there. FORBIDDEN where it cannot. rest: the evidence for
    its own incident without it."""
    exchanged, clashes = -1, 0
    for n in range(start[rival], start[rival + 1]):
        if clash(rows, listed[n], row):
            exchanged = listed[n]
            clashes += 1
    if clashes > 1:
        return FORBIDDEN, 0
    without, here = held[rival], rest
    if exchanged >= 0:
        k = all_but(listed, start, rival, -1, exchanged, buffer)
        without = scored(rows, grams, e, apart, most, buffer, k, sums)
        k = all_but(listed, start, own, row, -1, buffer)
        buffer[k] = exchanged
        here = scored(rows, grams, e, apart, most, buffer, k + 1, sums)
    k = all_but(listed, start, rival, -1, exchanged, buffer)
    buffer[k] = row
    there = scored(rows, grams, e, apart, most, buffer, k + 1, sums)
    if there == FORBIDDEN or here == FORBIDDEN:
        return FORBIDDEN, 0
    return there + here - held[rival] - held[own], there - without


@compiled
def all_but(listed: Array, start: Array, incident: int, but: int, nor: int, out: Array) -> int:
    """The rows of an incident but two, into out; how many."""
    k = 0
    for n in range(start[incident], start[incident + 1]):
        if listed[n] != but and listed[n] != nor:
            out[k] = listed[n]
            k += 1
    return k


@compiled
def is_among(rivals: Array, begin: int, end: int, rival: int) -> bool:
    for n in range(begin, end):
        if rivals[n] == rival:
            return True
    return False


@compiled
def placed_rival(
    rivals: Array, evidence: Array, begin: int, end: int, rival: int, found: int
) -> tuple[Array, Array]:
    """The same with a rival in its place among those of its row: best first, of equal ones the
    earlier."""
    if end == len(rivals):
        rivals, evidence = wider(rivals), wider(evidence)
    at = end
    while at > begin and (
        found > evidence[at - 1] or (found == evidence[at - 1] and rival < rivals[at - 1])
    ):
        rivals[at], evidence[at] = rivals[at - 1], evidence[at - 1]
        at -= 1
    rivals[at], evidence[at] = rival, found
    return rivals, evidence


@compiled
def weight_of(e: Array, score: int) -> int:
    bounded = max(-SCORE_LIMIT_MILLI, min(SCORE_LIMIT_MILLI, score))
    return e[e[WEIGHTS] + (bounded + SCORE_LIMIT_MILLI) // STEP_MILLI]
