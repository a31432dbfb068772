"""The relation `incidents`: one row an incident, with what counts of it all. What most readers open
first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from trucekeeper.agreement.rules import Agreement
from trucekeeper.findings.outcomes import Examined
from trucekeeper.incidents.elements import Incident, narrowest
from trucekeeper.incidents.located import Located
from trucekeeper.matching.clusters import Matches
from trucekeeper.vocabulary.categories import Likeness, act_likeness
from trucekeeper.vocabulary.crosswalks import acled_sub_event
from trucekeeper.vocabulary.places import E6
from trucekeeper.vocabulary.relations import (
    BASIS,
    CLAUSES,
    INSTANT,
    TEXT,
    TEXTS,
    WHOLE,
    Column,
    Relation,
)

INCIDENTS = Relation(
    "incidents",
    "One row an incident: what the reports that speak of it say together, and what follows under "
    "the agreement.",
    (
        Column("incident", TEXT, "neutral number, of this face"),
        Column("reports", WHOLE, "how many reports speak of it"),
        Column(
            "origins", WHOLE, "how many origins stand behind the reports; null where none names one"
        ),
        Column(
            "occurred_earliest",
            INSTANT,
            "from when: the time that all reports allow, else the least of theirs",
        ),
        Column("occurred_latest", INSTANT, "until before when"),
        Column("area", TEXT, "reporting area by the map; null where in none"),
        Column(
            "act",
            TEXT,
            "the narrowest act that contradicts no report; null where reports contradict",
        ),
        Column("alleged_author", TEXTS, "every author alleged"),
        Column("target", TEXTS, "every target stated"),
        Column("scope", TEXT, "inside, outside, contested or undetermined"),
        Column("outcome", TEXT, "the finding, else the draft that counts"),
        Column("status", TEXT, "reported, examined, proposed, finding or not-published"),
        Column(
            "matching",
            TEXT,
            "matched (several sources), repeated (one source), single, or aggregate (too vague to "
            "match)",
        ),
        Column("sources", TEXTS, "the participants and components that report it"),
        Column("latitude", pa.float64(), "of the most precise report, degrees"),
        Column("longitude", pa.float64(), "of the most precise report, degrees"),
        Column("radius_m", WHOLE, "of the most precise report"),
        Column("area_stated", TEXT, "reporting area that the publisher names, where it names one"),
        Column("zone", TEXT, "zone it lies in"),
        Column(
            "zone_basis",
            TEXTS,
            "how it lies by which map: `inside agreed 1`; every participant's map where none is "
            "agreed, else the sketch",
        ),
        Column("acled_sub_event", TEXT, "the ACLED sub-event type nearest to the act"),
        Column("weapon", TEXT, "the narrowest weapon, as with the act"),
        Column("killed_min", WHOLE, "the least that any report states"),
        Column("killed_max", WHOLE, "the most that any report states"),
        Column("scope_clause", TEXT, "the clause that decided"),
        Column("scope_test", TEXTS, "the tests that decided"),
        Column("aliases", TEXTS, "numbers of its other reports"),
        Column("posterior_milli", WHOLE, "least posterior of a membership, thousandths"),
        BASIS,
        CLAUSES,
    ),
    ("incident",),
)


def incident_row(examined: Examined, matches: Matches, agreement: Agreement) -> dict[str, Any]:
    """The row of one incident."""
    incident, scope = examined.incident, examined.scope
    members = incident.members
    best = _most_precise(members)
    place = best.report.place
    earliest, latest = _common_period(members)
    sources = sorted({m.source for m in members}, key=agreement.order.__getitem__)
    origins = {o for m in members for o in m.report.origins}
    act = common_act(list(dict.fromkeys(m.report.act for m in members)))
    zone = scope.zones[0] if scope.zones else None
    killed = [m.report.killed for m in members if m.report.killed is not None]
    return {
        "incident": incident.number,
        "aliases": list(incident.aliases),
        "reports": len(members),
        "sources": sources,
        "origins": len(origins) or None,
        "occurred_earliest": earliest,
        "occurred_latest": latest,
        "latitude": None if place.lat_e6 is None else place.lat_e6 / E6,
        "longitude": None if place.lon_e6 is None else place.lon_e6 / E6,
        "radius_m": place.radius_m,
        "area": best.area,
        "area_stated": next((m.area_stated for m in (best, *members) if m.area_stated), None),
        "zone": None if zone is None else zone.zone.id,
        "zone_basis": [] if zone is None else zone.basis,
        "act": act,
        "acled_sub_event": None if act is None else acled_sub_event(act),
        "weapon": common_weapon(list(dict.fromkeys(m.report.weapon for m in members))),
        "alleged_author": names_in_order((n for m in members for n in m.authors), agreement),
        "target": names_in_order((n for m in members for n in m.targets), agreement),
        "killed_min": min((r.min for r in killed if r.min is not None), default=None),
        "killed_max": max((r.max for r in killed if r.max is not None), default=None),
        "scope": scope.result,
        "scope_clause": scope.clause,
        "scope_test": list(scope.deciding),
        "outcome": examined.outcome,
        "status": examined.status,
        "matching": _matching(incident, sources),
        "posterior_milli": min(matches.memberships[m.ref].posterior_milli for m in members),
        "basis": [m.ref for m in members],
        "clauses": [scope.clause] if scope.clause else [],
    }


def _matching(incident: Incident, sources: list[str]) -> str:
    if incident.aggregate:
        return "aggregate"
    return "matched" if len(sources) > 1 else "repeated" if len(incident.members) > 1 else "single"


def _most_precise(members: tuple[Located, ...]) -> Located:
    """The report with the smallest radius, then the shortest period, then by leaf hash; one without
    a point comes last."""
    return min(
        members,
        key=lambda m: (
            m.report.place.radius_m is None,
            m.report.place.radius_m or 0,
            m.latest - m.earliest,
            m.statement.leaf,
        ),
    )


def _common_period(members: tuple[Located, ...]) -> tuple[int, int]:
    earliest, latest = max(m.earliest for m in members), min(m.latest for m in members)
    if earliest < latest:
        return earliest, latest
    return min(m.earliest for m in members), max(m.latest for m in members)


def common_act(acts: Sequence[str]) -> str | None:
    """The narrowest act that contradicts none; else the one that none of the others contradicts: an
    act by its effect beside one by its means."""
    narrow = narrowest(acts, "act")
    if narrow is not None:
        return narrow
    for one in sorted(acts, key=lambda act: act == "violence-against-civilians"):
        if all(act_likeness(one, act) in (Likeness.SAME, Likeness.BROADER) for act in acts):
            return one
    return None


def common_weapon(weapons: Sequence[str | None]) -> str | None:
    """The narrowest weapon that contradicts none."""
    return narrowest([weapon for weapon in weapons if weapon], "weapon")


def names_in_order(names: Iterable[str], agreement: Agreement) -> list[str]:
    """Each name once, in the agreement's order of groups; names that it does not know come last."""
    order = agreement.group_order
    return sorted(set(names), key=lambda name: (order.get(name, len(order)), name))
