"""Clusters by the sums of pair scores: the best that pairs alone can say, to compare with."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: What a pair that is no candidate says, in milli-nats: the one constant of the prototype, found on a seed never reported.
NO_CANDIDATE_MILLI = -2_000


def sum_linkage(source: Array, one: Array, other: Array, score: Array) -> Array:
    """The cluster of each report. Clusters join best first while the sum over their pairs is above zero; no two reports of
    one source share a cluster. one, other, score: candidate pairs, scores less the cut."""
    members: dict[int, list[int]] = {n: [n] for n in range(len(source))}
    sources = {n: 1 << s for n, s in enumerate(source.tolist())}
    # Of each cluster, the others that it has pairs with: their sum and how many they are.
    near: dict[int, dict[int, tuple[int, int]]] = {n: {} for n in range(len(source))}
    heap = []
    for a, b, points in zip(one.tolist(), other.tolist(), score.tolist(), strict=True):
        near[a][b] = near[b][a] = (points, 1)
        if points > 0:
            heap.append((-points, min(a, b), max(a, b)))
    heapq.heapify(heap)
    while heap:
        points, a, b = heapq.heappop(heap)
        if a not in members or b not in members or -points != _linkage(members, near, a, b):
            continue
        members[a] += members.pop(b)
        sources[a] |= sources.pop(b)
        _take_over(near, a, b)
        for c in [c for c in near[a] if sources[a] & sources[c]]:
            del near[a][c], near[c][a]
        for c in near[a]:
            points = _linkage(members, near, a, c)
            if points > 0:
                heapq.heappush(heap, (-points, min(a, c), max(a, c)))
    home = np.empty(len(source), np.int64)
    for n, held in members.items():
        home[held] = n
    return home


def _linkage(
    members: dict[int, list[int]], near: dict[int, dict[int, tuple[int, int]]], a: int, b: int
) -> int:
    if b not in near[a]:
        return 0
    points, pairs = near[a][b]
    return points + NO_CANDIDATE_MILLI * (len(members[a]) * len(members[b]) - pairs)


def _take_over(near: dict[int, dict[int, tuple[int, int]]], a: int, b: int) -> None:
    """Let a have the pairs of b as well."""
    del near[a][b]
    for c, (points, pairs) in near.pop(b).items():
        if c == a:
            continue
        del near[c][b]
        had, of = near[a].get(c, (0, 0))
        near[a][c] = near[c][a] = (had + points, of + pairs)
