"""The relations `incidents` and `outcomes` for all incidents at once; equal to `incident_row` and
`outcome_row`, which define them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from trucekeeper.findings.outcomes import OUTCOMES, Examined, outcome_row
from trucekeeper.findings.summary import INCIDENTS, common_act, common_weapon, names_in_order
from trucekeeper.incidents.members import Members
from trucekeeper.vocabulary.columns import Classes, classes, ints, lists, starts_of
from trucekeeper.vocabulary.crosswalks import acled_sub_event
from trucekeeper.vocabulary.places import E6, Bools, Ints
from trucekeeper.vocabulary.relations import TEXT, TEXTS

#: Above and below every number that is stated.
_NONE_MIN, _NONE_MAX = 2**62, -1


def incident_table(examined: Sequence[Examined], members: Members) -> pa.Table:
    """The relation `incidents`."""
    return INCIDENTS.table_of(
        {
            "incident": members.numbers,
            "reports": pa.array(np.diff(members.start)),
            "basis": lists(members.refs, members.start),
            "aliases": pa.array([i.aliases for i in members.incidents], TEXTS),
            "posterior_milli": pa.array(members.least(members.posterior)),
            **_when_and_where(members),
            **_what(members),
            **_by_whom(members),
            **_under_the_agreement(examined),
        }
    )


def _when_and_where(members: Members) -> dict[str, pa.Array]:
    """The time that all reports allow, and the place of the most precise."""
    latest_start, first_end = members.greatest(members.earliest), members.least(members.latest)
    common = latest_start < first_end
    best = members.row[_most_precise(members)]
    reports = members.reports
    places = [reports.located[row].report.place for row in best.tolist()]
    return {
        "occurred_earliest": pa.array(
            np.where(common, latest_start, members.least(members.earliest))
        ),
        "occurred_latest": pa.array(np.where(common, first_end, members.greatest(members.latest))),
        "area": reports.by("area").column(TEXT, best),
        "latitude": pa.array([None if p.lat_e6 is None else p.lat_e6 / E6 for p in places]),
        "longitude": pa.array([None if p.lon_e6 is None else p.lon_e6 / E6 for p in places]),
        "radius_m": pa.array([p.radius_m for p in places], pa.int64()),
        "area_stated": _area_stated(members, best),
    }


def _area_stated(members: Members, best: Ints) -> pa.Array:
    """The area that the most precise report names, else the first that one names."""
    held = members.reports.by("area_stated")
    names = np.array([bool(name) for name in held.values], dtype=bool)
    at = np.flatnonzero(names[held.of[members.row]])[::-1]
    chosen = best.copy()
    chosen[members.of[at]] = members.row[at]
    return held.column(TEXT, np.where(names[held.of[best]], best, chosen))


def _most_precise(members: Members) -> Ints:
    """Of each incident the member with the smallest radius, then the shortest period, then by leaf
    hash; one without a point comes last."""
    held = members.reports.by("report.place.radius_m")
    radius = ints([_NONE_MIN if radius is None else radius for radius in held.values])
    length = members.latest - members.earliest
    order = np.lexsort((length, radius[held.of[members.row]], members.of))
    first: Ints = order[members.start[:-1]]
    return first


def _what(members: Members) -> dict[str, pa.Array]:
    """Act, weapon and casualties as all reports together give them."""
    acts = _together(members, "report.act", common_act)
    near = [None if act is None else acled_sub_event(act) for act in acts.values]
    killed = members.reports.by("report.killed")
    bounds = {
        "killed_min": [_NONE_MIN if r is None or r.min is None else r.min for r in killed.values],
        "killed_max": [_NONE_MAX if r is None or r.max is None else r.max for r in killed.values],
    }
    least, most = (ints(values)[killed.of[members.row]] for values in bounds.values())
    low, high = members.least(least), members.greatest(most)
    return {
        "act": acts.column(TEXT),
        "acled_sub_event": Classes(acts.of, near).column(TEXT),
        "weapon": _together(members, "report.weapon", common_weapon).column(TEXT),
        "killed_min": pa.array(low, mask=low == _NONE_MIN),
        "killed_max": pa.array(high, mask=high == _NONE_MAX),
    }


def _by_whom(members: Members) -> dict[str, pa.Array]:
    """Who reports it, how that was matched, and whom they name."""
    count, sources = len(members.incidents), len(members.sources)
    spoke = np.unique(members.of * sources + members.source)
    several = np.bincount(spoke // max(sources, 1), minlength=count)
    kind = np.select(
        [
            ints([i.aggregate for i in members.incidents]) == 1,
            several > 1,
            np.diff(members.start) > 1,
        ],
        [0, 1, 2],
        3,
    )
    words = pa.array(["aggregate", "matched", "repeated", "single"])

    def in_order(named: Sequence[Sequence[str]]) -> tuple[str, ...]:
        return tuple(names_in_order((n for names in named for n in names), members.agreement))

    return {
        "sources": lists(
            members.sources.take(pa.array(spoke % max(sources, 1))), starts_of(several)
        ),
        "matching": words.take(pa.array(kind)),
        "origins": _origins(members),
        "alleged_author": _together(members, "authors", in_order).column(TEXTS),
        "target": _together(members, "targets", in_order).column(TEXTS),
    }


def _origins(members: Members) -> pa.Array:
    """How many origins stand behind the reports."""
    held = members.reports.by("report.origins")
    names: list[set[str]] = [set() for _ in members.incidents]
    some = np.array([bool(origins) for origins in held.values], dtype=bool)
    for at in np.flatnonzero(some[held.of[members.row]]).tolist():
        names[members.of[at]] |= set(held.values[held.of[members.row[at]]])
    return pa.array([len(n) or None for n in names], pa.int64())


def _under_the_agreement(examined: Sequence[Examined]) -> dict[str, pa.Array]:
    scopes = classes(id(e.scope) for e in examined)
    told = [examined[place].scope for place in scopes.first.tolist()]
    zones = [scope.zones[0] if scope.zones else None for scope in told]

    def column(values: Sequence[Any], type_: pa.DataType = TEXT) -> pa.Array:
        return Classes(scopes.of, values).column(type_)

    return {
        "zone": column([None if zone is None else zone.zone.id for zone in zones]),
        "zone_basis": column([() if zone is None else zone.basis for zone in zones], TEXTS),
        "scope": column([scope.result for scope in told]),
        "scope_clause": column([scope.clause for scope in told]),
        "scope_test": column([scope.deciding for scope in told], TEXTS),
        "clauses": column([[scope.clause] if scope.clause else [] for scope in told], TEXTS),
        "outcome": classes(e.outcome for e in examined).column(TEXT),
        "status": classes(e.status for e in examined).column(TEXT),
    }


def _together(members: Members, path: str, rule: Callable[[Sequence[Any]], Any]) -> Classes[Any]:
    """For each incident what follows from what its reports say, each thing once, in the order of
    its members; asked once for all incidents that are alike."""
    held = members.reports.by(path)
    of = held.of[members.row]
    known: dict[tuple[int, ...], int] = {(n,): n for n in range(len(held.values))}
    found = members.least(of)
    for n in np.flatnonzero(found != members.greatest(of)).tolist():
        said = tuple(dict.fromkeys(of[members.start[n] : members.start[n + 1]].tolist()))
        found[n] = known.setdefault(said, len(known))
    return Classes(found, [rule([held.values[n] for n in said]) for said in known])


def outcome_table(examined: Sequence[Examined], members: Members) -> pa.Table:
    """The relation `outcomes`. Where nobody spoke, what follows is worked out once for all that are
    alike."""
    silent = [e.decided is None and not any(e.views.values()) for e in examined]
    alike = classes(
        (
            e.status, e.outcome, e.draft, e.draft_without, e.counting, e.voters, e.interested,
            e.scope.clause,
        ) if quiet else number
        for number, (e, quiet) in enumerate(zip(examined, silent, strict=True))
    )  # fmt: skip
    rows = [outcome_row(examined[place], members.agreement) for place in alike.first.tolist()]
    columns = {
        column.name: Classes(alike.of, [row[column.name] for row in rows]).column(column.type)
        for column in OUTCOMES.columns
    }
    columns["incident"] = members.numbers
    columns["basis"] = _basis(members, alike, [row["basis"] for row in rows], silent)
    return OUTCOMES.table_of(columns)


def _basis(
    members: Members, alike: Classes[Any], told: Sequence[Sequence[str]], silent: Sequence[bool]
) -> pa.Array:
    """Where nobody spoke, the reports; else what was told."""
    quiet: Bools = np.array(silent, dtype=bool)
    refs = lists(members.refs, members.start)
    spoken = Classes(alike.of, told).column(TEXTS)
    both = pa.concat_arrays([refs, spoken])
    count = len(quiet)
    return both.take(pa.array(np.where(quiet, np.arange(count), count + np.arange(count))))
