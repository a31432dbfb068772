"""What each side says of each element of an incident, and whether the sides agree on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from trucekeeper.agreement.rules import Agreement
from trucekeeper.incidents.located import Located
from trucekeeper.incidents.names import naming_member
from trucekeeper.matching.clusters import Matches
from trucekeeper.statements.kinds import Report
from trucekeeper.vocabulary.categories import Likeness, act_likeness, ancestors, weapon_likeness
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.places import E6, point_squared_m
from trucekeeper.vocabulary.quantities import Range
from trucekeeper.vocabulary.relations import BASIS, TEXT, TEXTS, Column, Relation
from trucekeeper.vocabulary.times import instant_text
from trucekeeper.vocabulary.words import Element, ElementStatus

ELEMENTS_RELATION = Relation(
    "elements",
    "What each side says of each element of each incident. Elements of which nobody says anything "
    "are left out: unknown.",
    (
        Column("incident", TEXT, "number of the incident"),
        Column("element", TEXT, "occurrence, time, place, act, weapon, author, target or effect"),
        Column(
            "status",
            TEXT,
            "agreed, contested or single-sided, over what participants state; components make "
            "nothing contested",
        ),
        Column("by", TEXTS, "who states a value, in the order of `values`"),
        Column("values", TEXTS, "the values as stated"),
        BASIS,
    ),
    ("incident", "element"),
)


class Incident(msgspec.Struct, frozen=True):
    """The reports that speak of one event. number: neutral, of this face. aliases: the other
    members' numbers. aggregate: too long or too imprecise to be one event; counted apart."""

    number: str
    aliases: tuple[str, ...]
    members: tuple[Located, ...]
    aggregate: bool

    def of_source(self, source: str) -> tuple[Located, ...]:
        return tuple(member for member in self.members if member.source == source)


def make_incidents(
    located: Sequence[Located], matches: Matches, numbers: Mapping[RefText, str]
) -> list[Incident]:
    """The incidents of a face, by number. numbers: each report's own."""
    by_ref = {r.ref: r for r in located}
    found = []
    for cluster in matches.clusters:
        members = tuple([by_ref[RefText(ref)] for ref in cluster])
        naming = members[0] if len(members) == 1 else naming_member(members)
        aliases = tuple([numbers[m.ref] for m in members if m is not naming])
        aggregate = not any(matches.memberships[m.ref].matched for m in members)
        found.append(Incident(numbers[naming.ref], aliases, members, aggregate))
    return sorted(found, key=lambda incident: incident.number)


_ORDER: tuple[Element, ...] = (
    "occurrence", "time", "place", "act", "weapon", "author", "target", "effect",
)  # fmt: skip


def stated_values(located: Located) -> list[tuple[Element, str]]:
    """What a report says of each element, as text; elements of which it says nothing are left
    out."""
    said = ((element, stated_value(element, located)) for element in _ORDER)
    return [(element, value) for element, value in said if value]


def stated_value(element: Element, located: Located) -> str | None:
    """What a report says of one element; nothing: None, or no text."""
    report = located.report
    match element:
        case "occurrence":
            return "occurred"
        case "time":
            return f"{instant_text(located.earliest)}/{instant_text(located.latest)}"
        case "place":
            return place_text(report)
        case "act":
            return report.act
        case "weapon":
            return report.weapon
        case "author":
            return " or ".join(report.alleged_author)
        case "target":
            return " or ".join(report.target)
        case "effect":
            return effect_text(report.killed, report.injured)
        case "scope":
            return None


def place_text(report: Report) -> str | None:
    """The place as stated: name, code, point and radius."""
    place = report.place
    parts = [part for part in (place.name, place.code) if part]
    if place.lat_e6 is not None and place.lon_e6 is not None:
        parts.append(
            f"{_degrees(place.lat_e6)}, {_degrees(place.lon_e6)} within {place.radius_m} m"
        )
    return "; ".join(parts) or None


def _degrees(e6: int) -> str:
    # Exact: what a quotient is rounded by lies far below its sixth decimal.
    return f"{e6 / E6:.6f}".rstrip("0").rstrip(".")


def effect_text(killed: Range | None, injured: Range | None) -> str | None:
    """Casualties as stated, as `killed 3-5, injured 2 or more`."""
    parts = [
        f"{word} {_range_text(r)}"
        for word, r in (("killed", killed), ("injured", injured))
        if r is not None
    ]
    return ", ".join(parts) or None


def _range_text(r: Range) -> str:
    if r.max is None:
        return f"{r.min} or more"
    if r.min is None:
        return f"at most {r.max}"
    return str(r.min) if r.min == r.max else f"{r.min}-{r.max}"


def compare(element: Element, a: Located, b: Located) -> Likeness | None:
    """How two reports compare on an element; None where either says nothing. Overlap in time, place
    or number is agreement; a broader word neither confirms nor contradicts."""
    one, other = a.report, b.report
    match element:
        case "occurrence":
            return Likeness.SAME
        case "time":
            return (
                Likeness.SAME if a.earliest < b.latest and b.earliest < a.latest else Likeness.OTHER
            )
        case "place":
            return _compare_places(one, other)
        case "act":
            return act_likeness(one.act, other.act)
        case "weapon":
            return (
                weapon_likeness(one.weapon, other.weapon) if one.weapon and other.weapon else None
            )
        case "author":
            return compare_sets(a.authors, b.authors)
        case "target":
            return compare_sets(a.targets, b.targets)
        case "effect":
            return _compare_ranges(one.killed, other.killed)
        case "scope":
            return None


def compare_sets(a: Sequence[str], b: Sequence[str]) -> Likeness | None:
    """How two sets of alternatives compare; None where either is empty."""
    one, other = set(a), set(b)
    if not one or not other:
        return None
    return Likeness.SAME if one == other else Likeness.BROADER if one & other else Likeness.OTHER


def _compare_places(one: Report, other: Report) -> Likeness | None:
    a, b = one.place, other.place
    if a.lat_e6 is None or a.lon_e6 is None or b.lat_e6 is None or b.lon_e6 is None:
        if a.code is None or b.code is None:
            return None
        return (
            Likeness.BROADER
            if a.code.startswith(b.code) or b.code.startswith(a.code)
            else Likeness.OTHER
        )
    apart = point_squared_m(a.lat_e6, a.lon_e6, b.lat_e6, b.lon_e6)
    reach = (a.radius_m or 0) + (b.radius_m or 0)
    return Likeness.SAME if apart <= reach * reach else Likeness.OTHER


def _compare_ranges(a: Range | None, b: Range | None) -> Likeness | None:
    if a is None or b is None:
        return None
    low = max(a.min or 0, b.min or 0)
    high = min(a.max if a.max is not None else low, b.max if b.max is not None else low)
    return Likeness.SAME if low <= high else Likeness.OTHER


def element_status(
    element: Element, spoken: Sequence[Located], agreement: Agreement
) -> ElementStatus:
    """Whether participants agree on an element, of the reports that speak to it. What only
    components say is single-sided."""
    if len(spoken) < 2:
        return "single-sided" if spoken else "unknown"
    participants = [m for m in spoken if m.source in agreement.participants]
    if len({m.source for m in participants}) < 2:
        return "single-sided"
    likenesses = {
        compare(element, a, b) for a, b in combinations(participants, 2) if a.source != b.source
    }
    if likenesses & {Likeness.OTHER, Likeness.SIBLING}:
        return "contested"
    return "agreed" if Likeness.SAME in likenesses else "single-sided"


Columns = dict[str, list[Any]]


def element_columns(incidents: Iterable[Incident], agreement: Agreement) -> Columns:
    """The columns of the relation `elements`: each source's values once, in the agreement's order
    of sources."""
    found: Columns = {column.name: [] for column in ELEMENTS_RELATION.columns}
    for incident in incidents:
        if len(incident.members) == 1:
            _add_alone(found, incident.number, incident.members[0])
        else:
            _add_together(found, incident, agreement)
    return found


def _add_alone(found: Columns, number: str, member: Located) -> None:
    """The rows of an incident of one report: whatever it says is single-sided."""
    said = stated_values(member)
    count = len(said)
    found["incident"] += [number] * count
    found["element"] += [element for element, _ in said]
    found["status"] += ["single-sided"] * count
    found["by"] += [[member.source]] * count
    found["values"] += [[value] for _, value in said]
    found["basis"] += [[member.ref]] * count


def _add_together(found: Columns, incident: Incident, agreement: Agreement) -> None:
    order = agreement.order
    said: dict[Element, list[tuple[Located, str]]] = {}
    for member in sorted(incident.members, key=lambda m: (order[m.source], m.statement.leaf)):
        for element, value in stated_values(member):
            said.setdefault(element, []).append((member, value))
    for element, claims in said.items():
        once = dict.fromkeys((member.source, value) for member, value in claims)
        found["incident"].append(incident.number)
        found["element"].append(element)
        found["status"].append(element_status(element, [m for m, _ in claims], agreement))
        found["by"].append([source for source, _ in once])
        found["values"].append([value for _, value in once])
        found["basis"].append([member.ref for member, _ in claims])


def contested(elements: pa.Table) -> set[str]:
    """The numbers of the incidents with an element on which participants differ."""
    differ = pc.equal(elements.column("status"), "contested")
    return set(elements.column("incident").filter(differ).to_pylist())


def narrowest(words: Mapping[str, None] | Sequence[str], tree: str) -> str | None:
    """The one word that all others are broader than, or None where they lie on different
    branches."""
    options = list(words)
    if not options:
        return None
    least = max(options, key=lambda word: (len(ancestors(tree, word)), word))
    return least if all(word in ancestors(tree, least) for word in options) else None
