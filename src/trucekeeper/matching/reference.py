"""The matcher as defined: every pair of units is scored. Slow and obvious; the engines are compared
with it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from trucekeeper.matching.clusters import Constraints, Edge, Matches, cluster
from trucekeeper.matching.model import MatchReport, in_surroundings, make_units, pair_terms
from trucekeeper.matching.settings import Settings


def match_by_definition(
    reports: Sequence[MatchReport], constraints: Constraints, settings: Settings
) -> Matches:
    """Which reports speak of the same event."""
    units = make_units(reports, constraints.same, settings)
    scored = [(i, unit, unit.face) for i, unit in enumerate(units) if unit.face is not None]
    around = dict.fromkeys(range(len(units)), 0)
    for (i, one, a), (j, other, b) in combinations(scored, 2):
        if not one.sources & other.sources and in_surroundings(a, b, settings):
            around[i] += 1
            around[j] += 1
    edges = []
    for (i, one, a), (j, other, b) in combinations(scored, 2):
        if one.sources & other.sources:
            continue
        terms = pair_terms(a, b, around[i], around[j], settings)
        if terms is not None and terms.total >= settings.edge_min_milli:
            edges.append(Edge(i, j, terms.total))
    return cluster(units, edges, constraints, settings, around)
