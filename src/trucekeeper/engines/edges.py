"""Which candidate pairs are kept, and which rows hang together, compiled: what
`matching.clusters.best_of_both_ends` and `matching.components` define."""

from __future__ import annotations

import numpy as np

from trucekeeper.engines.compiled import compiled
from trucekeeper.engines.scoring import LATEST, RANK, SOURCE, Array


@compiled
def comes_before(rows: Array, one: Array, other: Array, score: Array, a: int, b: int) -> bool:
    """Whether edge a is better than edge b."""
    if score[a] != score[b]:
        return score[a] > score[b]
    i, j, k, m = one[a], other[a], one[b], other[b]
    apart_a = abs(rows[i, LATEST] - rows[j, LATEST])
    apart_b = abs(rows[k, LATEST] - rows[m, LATEST])
    if apart_a != apart_b:
        return apart_a < apart_b
    least_a, least_b = min(rows[i, RANK], rows[j, RANK]), min(rows[k, RANK], rows[m, RANK])
    if least_a != least_b:
        return least_a < least_b
    return max(rows[i, RANK], rows[j, RANK]) < max(rows[k, RANK], rows[m, RANK])


@compiled
def edges_at_rows(rows: Array, one: Array, other: Array, score: Array) -> tuple[Array, Array]:
    """The edges at each row, best first: where each row's begin, and the edges."""
    count = len(rows)
    start = np.zeros(count + 1, np.int64)
    for edge in range(len(one)):
        start[one[edge] + 1] += 1
        start[other[edge] + 1] += 1
    for row in range(count):
        start[row + 1] += start[row]
    filled = start[:count].copy()
    edges = np.empty(2 * len(one), np.int32)
    for edge in range(len(one)):
        for row in (one[edge], other[edge]):
            edges[filled[row]] = edge
            filled[row] += 1
    for row in range(count):
        sort_edges(rows, one, other, score, edges[start[row] : start[row + 1]])
    return start, edges


@compiled
def sort_edges(rows: Array, one: Array, other: Array, score: Array, edges: Array) -> None:
    """Sort a list of edges, best first: by insertion if few, by a heap if many."""
    if len(edges) <= 32:
        for a in range(1, len(edges)):
            edge = edges[a]
            b = a
            while b > 0 and comes_before(rows, one, other, score, edge, edges[b - 1]):
                edges[b] = edges[b - 1]
                b -= 1
            edges[b] = edge
        return
    for top in range(len(edges) // 2 - 1, -1, -1):
        sink(rows, one, other, score, edges, top, len(edges))
    for last in range(len(edges) - 1, 0, -1):
        edges[0], edges[last] = edges[last], edges[0]
        sink(rows, one, other, score, edges, 0, last)


@compiled
def sink(
    rows: Array, one: Array, other: Array, score: Array, edges: Array, top: int, count: int
) -> None:
    """Let an edge sink in a heap whose top is the worst."""
    while 2 * top + 1 < count:
        child = 2 * top + 1
        if child + 1 < count and comes_before(
            rows, one, other, score, edges[child], edges[child + 1]
        ):
            child += 1
        if not comes_before(rows, one, other, score, edges[top], edges[child]):
            return
        edges[top], edges[child] = edges[child], edges[top]
        top = child


@compiled
def among_the_best(
    rows: Array, start: Array, edges: Array, one: Array, other: Array, most: int, sources: int
) -> Array:
    """Which edges are among the best `most` of their source at both ends."""
    ends = np.zeros(len(one), np.uint8)
    seen = np.zeros(sources, np.int32)
    for row in range(len(rows)):
        for edge in edges[start[row] : start[row + 1]]:
            source = rows[other[edge] if one[edge] == row else one[edge], SOURCE]
            seen[source] += 1
            if seen[source] <= most:
                ends[edge] += 1
        for edge in edges[start[row] : start[row + 1]]:
            seen[rows[other[edge] if one[edge] == row else one[edge], SOURCE]] = 0
    return ends == 2


@compiled
def leader_of(leader: Array, row: int) -> int:
    while leader[row] != row:
        leader[row] = leader[leader[row]]
        row = leader[row]
    return row


@compiled
def bounded_groups(
    count: int, one: Array, other: Array, score: Array, most: int, step: int
) -> tuple[Array, Array]:
    """The least row of each row's group, and each row's threshold."""
    leader = np.arange(count).astype(np.int32)
    threshold = np.zeros(count, np.int32)
    size = np.zeros(count, np.int32)
    live = np.flatnonzero(score > 0)
    while True:
        for edge in live:
            a, b = one[edge], other[edge]
            if score[edge] > threshold[a] and score[edge] > threshold[b]:
                first, second = leader_of(leader, a), leader_of(leader, b)
                if first < second:
                    leader[second] = first
                elif second < first:
                    leader[first] = second
        size[:] = 0
        for row in range(count):
            leader[row] = leader_of(leader, row)
            size[leader[row]] += 1
        kept = np.zeros(len(live), np.bool_)
        for at in range(len(live)):
            kept[at] = size[leader[one[live[at]]]] > most and size[leader[other[live[at]]]] > most
        too_large = np.flatnonzero(size[leader] > most)
        if not len(too_large):
            return leader, threshold
        for row in too_large:
            leader[row] = row
            threshold[row] += step
        live = live[kept]


@compiled
def in_groups(of: Array, by_rank: Array) -> tuple[Array, Array, Array]:
    """Rows by group. of: for each row a row that names its group. by_rank: the rows in the order of
    ties. Gives where the rows of each group begin, the rows of each in the order of ties, and each
    row's group by number; groups in the order of their least rows."""
    count = len(of)
    number, named = np.empty(count, np.int64), np.full(count, -1, np.int64)
    size = np.zeros(count + 1, np.int64)
    groups = 0
    for row in by_rank:
        name = of[row]
        if named[name] < 0:
            named[name] = groups
            groups += 1
        number[row] = named[name]
        size[number[row] + 1] += 1
    start = size[: groups + 1].copy()
    for n in range(groups):
        start[n + 1] += start[n]
    filled = start.copy()
    listed = np.empty(count, np.int64)
    for row in by_rank:
        listed[filled[number[row]]] = row
        filled[number[row]] += 1
    return start, listed, number


@compiled
def edges_within(
    rows: Array, number: Array, groups: int, one: Array, other: Array, score: Array
) -> tuple[Array, Array]:
    """The edges within each group, best first: where each group's begin, and the edges."""
    start = np.zeros(groups + 1, np.int64)
    for edge in range(len(one)):
        if number[one[edge]] == number[other[edge]]:
            start[number[one[edge]] + 1] += 1
    for n in range(groups):
        start[n + 1] += start[n]
    filled = start.copy()
    edges = np.empty(start[groups], np.int32)
    for edge in range(len(one)):
        group = number[one[edge]]
        if group == number[other[edge]]:
            edges[filled[group]] = edge
            filled[group] += 1
    for n in range(groups):
        sort_edges(rows, one, other, score, edges[start[n] : start[n + 1]])
    return start, edges
