"""What hangs together: groups of reports that no strong link leaves, of bounded size.

The bound is part of the definition, so that every engine, slab and tile gives the same: a group of
more than `most` members raises its own threshold by a step, and its parts theirs, until each fits.
Whether a report belongs to a group follows from the links near it alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Link = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Components:
    """of: for each member the least member of its group. raised: how many members are in groups
    whose threshold was raised."""

    of: list[int]
    raised: int


def bounded_components(count: int, links: Sequence[Link], most: int, step: int) -> Components:
    """The groups of `count` members by links (one, other, score) of a score above 0."""
    threshold = [0] * count
    while True:
        of = _joined(count, links, threshold)
        size = [0] * count
        for root in of:
            size[root] += 1
        too_large = [n for n in range(count) if size[of[n]] > most]
        if not too_large:
            return Components(of, sum(t > 0 for t in threshold))
        for n in too_large:
            threshold[n] += step


def _joined(count: int, links: Sequence[Link], threshold: Sequence[int]) -> list[int]:
    """The least member of each member's group, by the links above both ends' thresholds."""
    leader = list(range(count))

    def find(n: int) -> int:
        while leader[n] != n:
            leader[n] = n = leader[leader[n]]
        return n

    for one, other, score in links:
        if score > threshold[one] and score > threshold[other]:
            first, second = sorted((find(one), find(other)))
            leader[second] = first
    return [find(n) for n in range(count)]
