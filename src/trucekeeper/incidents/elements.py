"""What each side says of each element of an incident, and whether the sides agree on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from trucekeeper.agreement.rules import Agreement
from trucekeeper.incidents.located import Located
from trucekeeper.incidents.names import naming_member, report_numbers
from trucekeeper.matching.clusters import Matches
from trucekeeper.statements.kinds import Report
from trucekeeper.vocabulary.categories import Likeness, act_likeness, ancestors, weapon_likeness
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.places import Point, distance_squared_m
from trucekeeper.vocabulary.quantities import Range
from trucekeeper.vocabulary.relations import BASIS, TEXT, TEXTS, Column, Relation
from trucekeeper.vocabulary.times import instant_text
from trucekeeper.vocabulary.words import ELEMENTS, Element, ElementStatus

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


@dataclass(frozen=True)
class Incident:
    """The reports that speak of one event. number: neutral, of this face. aliases: the other
    members' numbers. aggregate: too long or too imprecise to be one event; counted apart."""

    number: str
    aliases: tuple[str, ...]
    members: tuple[Located, ...]
    aggregate: bool

    def of_source(self, source: str) -> tuple[Located, ...]:
        return tuple(member for member in self.members if member.source == source)


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that one source gives to one element."""

    source: str
    value: str
    refs: tuple[RefText, ...]
    member: Located


def make_incidents(
    located: Sequence[Located], matches: Matches, agreement: Agreement
) -> list[Incident]:
    """The incidents of a face, by number."""
    numbers = report_numbers(located, agreement)
    by_ref = {r.ref: r for r in located}
    found = []
    for cluster in matches.clusters:
        members = tuple(by_ref[RefText(ref)] for ref in cluster)
        naming = naming_member(members)
        number = numbers[naming.ref]
        aliases = tuple(numbers[m.ref] for m in members if m is not naming)
        aggregate = not any(matches.memberships[m.ref].matched for m in members)
        found.append(Incident(number, aliases, members, aggregate))
    return sorted(found, key=lambda incident: incident.number)


def stated_value(element: Element, located: Located) -> str | None:
    """What a report says of an element, as text; None where it says nothing."""
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
            return " or ".join(report.alleged_author) or None
        case "target":
            return " or ".join(report.target) or None
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
    whole, part = divmod(abs(e6), 1_000_000)
    return f"{'-' if e6 < 0 else ''}{whole}.{part:06d}".rstrip("0").rstrip(".")


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


def claims(incident: Incident, element: Element, agreement: Agreement) -> list[Claim]:
    """The values that sources give to an element, one per source and value, in the agreement's
    order of sources."""
    found: dict[tuple[str, str], list[Located]] = {}
    for member in incident.members:
        value = stated_value(element, member)
        if value is not None:
            found.setdefault((member.source, value), []).append(member)
    rows = [
        Claim(source, value, tuple(m.ref for m in ms), ms[0])
        for (source, value), ms in found.items()
    ]
    return sorted(
        rows, key=lambda claim: (agreement.order[claim.source], claim.member.statement.leaf)
    )


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
    apart = distance_squared_m(
        Point(lat_e6=a.lat_e6, lon_e6=a.lon_e6), Point(lat_e6=b.lat_e6, lon_e6=b.lon_e6)
    )
    reach = (a.radius_m or 0) + (b.radius_m or 0)
    return Likeness.SAME if apart <= reach * reach else Likeness.OTHER


def _compare_ranges(a: Range | None, b: Range | None) -> Likeness | None:
    if a is None or b is None:
        return None
    low = max(a.min or 0, b.min or 0)
    high = min(a.max if a.max is not None else low, b.max if b.max is not None else low)
    return Likeness.SAME if low <= high else Likeness.OTHER


def element_status(incident: Incident, element: Element, agreement: Agreement) -> ElementStatus:
    """Whether participants agree on an element. What only components say is single-sided."""
    spoken = [m for m in incident.members if stated_value(element, m) is not None]
    if not spoken:
        return "unknown"
    participants = [m for m in spoken if m.source in agreement.participants]
    likenesses = {
        compare(element, a, b) for a, b in combinations(participants, 2) if a.source != b.source
    }
    if likenesses & {Likeness.OTHER, Likeness.SIBLING}:
        return "contested"
    return "agreed" if Likeness.SAME in likenesses else "single-sided"


def element_rows(incident: Incident, agreement: Agreement) -> list[dict[str, Any]]:
    """The rows of one incident in the relation `elements`."""
    found = []
    for element in ELEMENTS:
        said = claims(incident, element, agreement)
        if said:
            found.append(
                {
                    "incident": incident.number,
                    "element": element,
                    "status": element_status(incident, element, agreement),
                    "by": [claim.source for claim in said],
                    "values": [claim.value for claim in said],
                    "basis": [ref for claim in said for ref in claim.refs],
                }
            )
    return found


def narrowest(words: Mapping[str, None] | Sequence[str], tree: str) -> str | None:
    """The one word that all others are broader than, or None where they lie on different
    branches."""
    options = list(words)
    if not options:
        return None
    least = max(options, key=lambda word: (len(ancestors(tree, word)), word))
    return least if all(word in ancestors(tree, least) for word in options) else None
