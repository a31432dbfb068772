"""The matcher over report values: the same incidents as the definition, without comparing every
pair."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from trucekeeper.engines.columns import BITS, Coded, coded, source_masks
from trucekeeper.engines.compiled import HAS_COMPILER
from trucekeeper.engines.kernel import (
    THREADS,
    Settled,
    Swept,
    candidate_pairs,
    repeating_pairs,
    repeats_of,
    settle,
    surroundings,
    sweep_of,
)
from trucekeeper.engines.scoring import Array
from trucekeeper.matching.clusters import Bounds, Edge, Matches, Membership, cluster
from trucekeeper.matching.reports import Constraints, MatchReport, Unit, is_eligible, make_units
from trucekeeper.matching.settings import Settings


def match_on_columns(
    reports: Sequence[MatchReport], constraints: Constraints, settings: Settings
) -> Matches:
    """Which reports speak of the same event; equal to `match_by_definition`."""
    ordered = sorted(reports, key=lambda r: r.tie)
    eligible = [r for r in ordered if is_eligible(r, settings)]
    around_all = surroundings(sweep_of(coded(eligible), settings), THREADS)
    counted = {r.id: n for r, n in zip(eligible, around_all.tolist(), strict=True)}
    around = {id: n for id, n in counted.items() if n <= settings.crowd_max}
    compared = [r for r in ordered if r.id in around]
    joined = [*_repeated(compared, around, settings), *constraints.same]
    units = make_units(ordered, around, joined, settings)
    faces = [(n, unit, unit.face) for n, unit in enumerate(units) if unit.face is not None]
    table = coded([face for _, _, face in faces])
    swept = sweep_of(table, settings, masks=_masks(table, [unit for _, unit, _ in faces]))
    swept = swept.with_around(np.array([unit.around for _, unit, _ in faces], dtype=np.int32))
    crowded = len(counted) - len(around)
    positions = [n for n, _, _ in faces]
    if not HAS_COMPILER:
        edges = _edges(swept, positions)
        return cluster(units, edges, constraints, settings, around=counted, crowded=crowded)
    row_of = {r.id: row for row, (_, unit, _) in enumerate(faces) for r in unit.members}
    apart = {(row_of[a], row_of[b]) for a, b in constraints.apart if a in row_of and b in row_of}
    settled = settle(swept, settings, THREADS, apart=[ends for ends in apart if ends[0] != ends[1]])
    return _as_matches(units, positions, settled, swept.order, counted, crowded, settings)


def _edges(swept: Swept, positions: Sequence[int]) -> list[Edge]:
    """The candidate pairs of units of different sources, by their positions."""
    edges = []
    for one, other, score in zip(
        *(part.tolist() for part in candidate_pairs(swept, 1)), strict=True
    ):
        ends = sorted(positions[int(swept.order[row])] for row in (one, other))
        edges.append(Edge(ends[0], ends[1], score))
    return edges


def _repeated(
    compared: Sequence[MatchReport], around: dict[str, int], settings: Settings
) -> list[tuple[str, str]]:
    """Pairs of reports, each with another of its own source's that tells the same."""
    if settings.repeats is None:
        return []
    swept = sweep_of(coded(compared), settings)
    swept = swept.with_around(np.array([around[r.id] for r in compared], dtype=np.int32))
    groups = repeats_of(swept, repeating_pairs(swept, THREADS), settings)
    ends = zip(swept.order.tolist(), swept.order[groups].tolist(), strict=True)
    return [(compared[n].id, compared[m].id) for n, m in ends if n != m]


def _masks(table: Coded, units: Sequence[Unit]) -> Array | None:
    """The sources of each unit as bits, where some have several."""
    if all(len(unit.sources) == 1 for unit in units):
        return None
    number = {name: n for n, name in enumerate(table.words.sources)}
    # A source that no face has still forbids a second report of its own.
    for unit in units:
        for source in sorted(unit.sources):
            number.setdefault(source, len(number))
    masks = np.zeros((len(units), len(number) // BITS + 1), dtype=np.int64)
    for row, unit in enumerate(units):
        for source in unit.sources:
            masks[row] |= source_masks(np.array([number[source]]), len(number))[0]
    return masks


def _as_matches(
    units: Sequence[Unit],
    positions: Sequence[int],
    settled: Settled,
    order: Array,
    counted: dict[str, int],
    crowded: int,
    settings: Settings,
) -> Matches:
    """The result over units: those without a face stand for themselves."""
    unit_of = np.array(positions, dtype=np.int64)[order]
    listed, start = unit_of[settled.listed].tolist(), settled.start.tolist()
    members_of = [listed[a:b] for a, b in pairwise(start)]
    alone = set(range(len(units))) - set(positions)
    incidents = sorted(
        [*((m[0], n, m) for n, m in enumerate(members_of)), *((n, -1, [n]) for n in alone)]
    )
    number = np.zeros(len(members_of), dtype=np.int64)
    for at, (_, n, _) in enumerate(incidents):
        if n >= 0:
            number[n] = at
    held = dict(zip(unit_of.tolist(), _memberships(settled, number), strict=True))
    memberships: dict[str, Membership] = {}
    clusters = []
    for at, (_, _, members) in enumerate(incidents):
        for position in members:
            first, *repeats = units[position].members
            member = held.get(position) or Membership(at, 1000, 0, (), None, matched=False)
            memberships[first.id] = member
            for report in repeats:
                memberships[report.id] = member.as_repeat_of(first.id)
        reports = [r for position in members for r in units[position].members]
        if len(reports) > len(members):
            reports.sort(key=lambda r: r.tie)
        clusters.append(tuple([r.id for r in reports]))
    bounds = Bounds(crowded, int(settled.cut.sum()), int(settled.raised.sum()))
    possible = _possible(settled, number, settings.possible_min_milli)
    return Matches(tuple(clusters), memberships, possible, bounds, counted, settings)


def _memberships(settled: Settled, number: Array) -> list[Membership]:
    """Where each row belongs. number: of each incident of the rows among all."""
    rivals = list(zip(number[settled.rival].tolist(), settled.evidence.tolist(), strict=True))
    incident, start = number[settled.incident].tolist(), settled.rival_start.tolist()
    posterior, binding = settled.posterior.tolist(), settled.binding.tolist()
    return [
        Membership(at, sure, bound, _best_first(rivals[a:b]), None, matched=True)
        for at, sure, bound, (a, b) in zip(
            incident, posterior, binding, pairwise(start), strict=True
        )
    ]


def _best_first(rivals: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    if len(rivals) > 1:
        rivals.sort(key=lambda rival: (-rival[1], rival[0]))
    return tuple(rivals)


def _possible(settled: Settled, number: Array, least: int) -> tuple[tuple[int, int], ...]:
    """The pairs of incidents that a possible link joins, in order."""
    row = np.repeat(np.arange(len(settled.incident)), np.diff(settled.rival_start))
    links = settled.evidence >= least
    one, other = number[settled.incident[row[links]]], number[settled.rival[links]]
    pairs = np.unique(np.stack([np.minimum(one, other), np.maximum(one, other)], axis=1), axis=0)
    return tuple(map(tuple, pairs.tolist()))
