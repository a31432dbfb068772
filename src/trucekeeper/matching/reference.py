"""The matcher as defined: every pair is compared. Slow and obvious; the engines are compared with
it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from trucekeeper.matching.clusters import Edge, Matches, cluster
from trucekeeper.matching.components import bounded_components
from trucekeeper.matching.reports import (
    Constraints,
    MatchReport,
    Unit,
    in_surroundings,
    is_eligible,
    make_units,
)
from trucekeeper.matching.settings import Settings
from trucekeeper.matching.terms import is_candidate, set_terms


def match_by_definition(
    reports: Sequence[MatchReport], constraints: Constraints, settings: Settings
) -> Matches:
    """Which reports speak of the same event."""
    ordered = sorted(reports, key=lambda r: r.tie)
    counted = surroundings([r for r in ordered if is_eligible(r, settings)], settings)
    around = {id: n for id, n in counted.items() if n <= settings.crowd_max}
    compared = [r for r in ordered if r.id in around]
    joined = [*repeated(compared, around, settings), *constraints.same]
    units = make_units(ordered, around, joined, settings)
    edges = scored(units, settings)
    crowded = len(counted) - len(around)
    return cluster(units, edges, constraints, settings, around=counted, crowded=crowded)


def surroundings(eligible: Sequence[MatchReport], settings: Settings) -> dict[str, int]:
    """How many reports lie around each, itself included; counted to one beyond the bound."""
    around = {r.id: 1 for r in eligible}
    for a, b in combinations(eligible, 2):
        if in_surroundings(a, b, settings):
            around[a.id] += 1
            around[b.id] += 1
    return {id: min(n, settings.crowd_max + 1) for id, n in around.items()}


def repeated(
    compared: Sequence[MatchReport], around: Mapping[str, int], settings: Settings
) -> list[tuple[str, str]]:
    """Pairs of reports, each with the first of its own source's that tell the same."""
    if settings.repeats is None:
        return []
    alone = [Unit((r,), frozenset({r.source}), r, around[r.id]) for r in compared]
    links = []
    for (i, a), (j, b) in combinations(enumerate(compared), 2):
        if a.source == b.source and is_candidate(a, b, settings):
            score = set_terms([alone[i], alone[j]], settings).total
            links.append((i, j, score))
    groups = bounded_components(
        len(compared), links, settings.component_max, settings.threshold_step_milli
    )
    return [(compared[n].id, compared[root].id) for n, root in enumerate(groups.of) if n != root]


def scored(units: Sequence[Unit], settings: Settings) -> list[Edge]:
    """The candidate pairs of units of different sources."""
    edges = []
    for (i, one), (j, other) in combinations(enumerate(units), 2):
        if one.face is None or other.face is None or one.sources & other.sources:
            continue
        if is_candidate(one.face, other.face, settings):
            score = set_terms([one, other], settings).total
            if score >= settings.edge_min_milli:
                edges.append(Edge(i, j, score))
    return edges
