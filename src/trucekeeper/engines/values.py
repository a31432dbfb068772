"""The matcher over report values: the same incidents as the definition, without comparing every
pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trucekeeper.engines.columns import BITS, Coded, coded, source_masks
from trucekeeper.engines.compiled import HAS_COMPILER
from trucekeeper.engines.kernel import (
    THREADS,
    Settled,
    Swept,
    candidate_pairs,
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
    groups, _ = repeats_of(swept, settings, THREADS)
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
    members_of = [
        [positions[order[row]] for row in settled.listed[a:b].tolist()]
        for a, b in zip(settled.start[:-1].tolist(), settled.start[1:].tolist(), strict=True)
    ]
    alone = set(range(len(units))) - set(positions)
    incidents = sorted(
        [*((m[0], n, m) for n, m in enumerate(members_of)), *((n, -1, [n]) for n in alone)]
    )
    number = {n: at for at, (_, n, _) in enumerate(incidents) if n >= 0}
    row_of = {positions[unit]: row for row, unit in enumerate(order.tolist())}
    memberships: dict[str, Membership] = {}
    possible: set[tuple[int, int]] = set()
    for at, (_, n, members) in enumerate(incidents):
        for position in members:
            unit = units[position]
            member = Membership(at, 1000, 0, (), None, matched=False)
            if n >= 0:
                member = _membership(settled, row_of[position], at, number)
            possible |= {
                (min(at, rival), max(at, rival))
                for rival, evidence in member.rivals
                if evidence >= settings.possible_min_milli
            }
            first = unit.members[0].id
            for report in unit.members:
                own = report.id == first
                memberships[report.id] = member if own else member.as_repeat_of(first)
    clusters = tuple(
        tuple(
            r.id
            for r in sorted((r for p in members for r in units[p].members), key=lambda r: r.tie)
        )
        for _, _, members in incidents
    )
    bounds = Bounds(crowded, int(settled.cut.sum()), int(settled.raised.sum()))
    return Matches(clusters, memberships, tuple(sorted(possible)), bounds, counted, settings)


def _membership(settled: Settled, row: int, incident: int, number: dict[int, int]) -> Membership:
    """Where a row belongs. number: of each incident of the rows among all."""
    begin, end = settled.rival_start[row], settled.rival_start[row + 1]
    rivals = zip(
        (number[rival] for rival in settled.rival[begin:end].tolist()),
        settled.evidence[begin:end].tolist(),
        strict=True,
    )
    best_first = tuple(sorted(rivals, key=lambda rival: (-rival[1], rival[0])))
    posterior, binding = int(settled.posterior[row]), int(settled.binding[row])
    return Membership(incident, posterior, binding, best_first, None, matched=True)
