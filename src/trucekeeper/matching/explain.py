"""Why a report is in its incident, and how two reports compare: the terms of a score, each with
what was compared. A value without language; `render.weighing` has the words and the picture.

The terms of a membership are those of the whole incident less those of the incident without the
report, term by term. So they add up to the evidence that binds it there, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isqrt

from trucekeeper.matching.clusters import Matches
from trucekeeper.matching.reports import MatchReport, Unit, face_of, is_eligible, squared_between
from trucekeeper.matching.settings import Settings
from trucekeeper.matching.terms import (
    act_tree,
    is_candidate,
    killed_likeness,
    killed_range,
    name_likeness,
    set_terms,
    sides_likeness,
    weapon_tree,
)
from trucekeeper.matching.texts import likeness_milli

Fact = int | str | tuple[str, ...] | None
#: The order in which the terms are told: what the reports say, then what surrounds them.
FIELDS = (
    "place", "time", "act", "weapon", "author", "target", "killed", "name", "text",
    "surroundings", "prior",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WeighedTerm:
    """One term. field: of `Terms`. how: how the values compare (`not-stated`: nothing to compare).
    facts: what the words of it name; distances in metres, times in seconds, `own` and `others` as
    stated."""

    field: str
    milli: int
    how: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True)
class Weighing:
    """The evidence that a report and others speak of one event, in milli-nats, term by term.

    others: one for each unit; what repeats them is left out."""

    report: str
    others: tuple[str, ...]
    terms: tuple[WeighedTerm, ...]

    @property
    def total_milli(self) -> int:
        """The sum of the terms: the score of the pair, or what binds the report to the others."""
        return sum(term.milli for term in self.terms)


@dataclass(frozen=True)
class WeighedMembership:
    """Why a report is in its incident. weighing: None where it stands alone. rival: the weighing
    against the best rival incident, with its position in `Matches.clusters`."""

    report: str
    posterior_milli: int
    repeat_of: str | None
    matched: bool
    weighing: Weighing | None
    rival: tuple[int, Weighing] | None


def not_compared(
    a: MatchReport, b: MatchReport, around: Mapping[str, int], settings: Settings
) -> str | None:
    """Why two reports are no candidate pair: outside, vague, crowded, same-source or far; None
    where they are one. around: as in `Matches`."""
    for report in (a, b):
        if not report.in_force:
            return "outside"
        if not is_eligible(report, settings) or report.id not in around:
            return "vague"
        if around[report.id] > settings.crowd_max:
            return "crowded"
    if settings.between(a.source, b.source) is None:
        return "same-source"
    return None if is_candidate(a, b, settings) else "far"


def weigh_pair(
    a: MatchReport, b: MatchReport, around: Mapping[str, int], settings: Settings
) -> Weighing:
    """The terms of a candidate pair, as two reports that nobody repeats."""
    units = [Unit((r,), frozenset({r.source}), r, around[r.id]) for r in (a, b)]
    return _weigh(units[0], [units[1]], settings)


def weigh_membership(
    report: str, reports: Mapping[str, MatchReport], matches: Matches
) -> WeighedMembership:
    """Why a report is where it is. reports: those of its incident and of its rivals, at least."""
    member = matches.memberships[report]
    own = _units(member.cluster, reports, matches)
    unit = next(u for u in own if any(r.id == report for r in u.members))
    rest = [u for u in own if u is not unit]
    rival = None
    if member.rivals:
        position = member.rivals[0][0]
        theirs = _units(position, reports, matches)
        # A unit of one of its own sources would have to leave.
        without = [u for u in theirs if not u.sources & unit.sources]
        rival = position, _weigh(unit, without, matches.settings)
    weighing = _weigh(unit, rest, matches.settings) if rest else None
    return WeighedMembership(
        report, member.posterior_milli, member.repeat_of, member.matched, weighing, rival
    )


def _units(cluster: int, reports: Mapping[str, MatchReport], matches: Matches) -> list[Unit]:
    """The units of an incident, as they were matched."""
    around, most = matches.around, matches.settings.crowd_max
    by_first: dict[str, list[MatchReport]] = {}
    for id in matches.clusters[cluster]:
        first = matches.memberships[id].repeat_of or id
        by_first.setdefault(first, []).append(reports[id])
    units = []
    for members in by_first.values():
        face = face_of([r for r in members if around.get(r.id, most + 1) <= most], members)
        near = 0 if face is None else around[face.id]
        units.append(Unit(tuple(members), frozenset(r.source for r in members), face, near))
    return units


def _weigh(unit: Unit, others: Sequence[Unit], settings: Settings) -> Weighing:
    """What the unit adds to the evidence of the others."""
    together = asdict(set_terms([*others, unit], settings))
    apart = asdict(set_terms(others, settings))
    assert unit.face is not None
    faces = [u.face for u in others if u.face is not None]
    terms = []
    for field in FIELDS:
        how, facts = _compared(field, unit, faces, settings)
        terms.append(WeighedTerm(field, together[field] - apart[field], how, facts))
    ids = sorted(u.members[0].id for u in others)
    return Weighing(unit.members[0].id, tuple(ids), tuple(terms))


Compared = tuple[str, Mapping[str, Fact]]


def _compared(
    field: str, unit: Unit, others: Sequence[MatchReport], settings: Settings
) -> Compared:
    """How the report compares with the others in a field, and the facts."""
    own = unit.face
    assert own is not None
    match field:
        case "place":
            return _places(own, others)
        case "time":
            return _times(own, others)
        case "text":
            return _texts(own, others)
        case "surroundings":
            return "counted", {
                "around": unit.around - 1,
                "radius_m": settings.density_radius_m,
                "gap_s": settings.density_gap_s,
            }
        case "prior":
            return "given", {}
        case _:
            return _values(*_FIELDS[field](own, others, settings))


def _places(own: MatchReport, others: Sequence[MatchReport]) -> Compared:
    """The distance to the farthest of the others, beside the stated radii."""
    assert own.radius_m is not None
    distance = max(isqrt(squared_between(own, other)) for other in others)
    radius = max(other.radius_m or 0 for other in others)
    facts = {
        "distance_m": distance,
        "own_radius_m": own.radius_m,
        "others_radius_m": radius,
        "count": len(others),
    }
    within = max(own.radius_m, radius)
    if distance == 0:
        return "same-point", facts
    return ("within" if distance <= within else "apart"), {**facts, "within_m": within}


def _times(own: MatchReport, others: Sequence[MatchReport]) -> Compared:
    """How long the period overlaps with that of each of the others, or the widest gap."""
    shared = min(min(own.latest, o.latest) - max(own.earliest, o.earliest) for o in others)
    span = max(own.latest, *(o.latest for o in others)) - min(
        own.earliest, *(o.earliest for o in others)
    )
    facts = {
        "own_s": own.latest - own.earliest,
        "others_s": max(o.latest - o.earliest for o in others),
        "span_s": span,
        "count": len(others),
    }
    if shared > 0:
        return "overlap", {**facts, "shared_s": shared}
    return ("apart" if shared else "adjoining"), {**facts, "gap_s": -shared}


def _texts(own: MatchReport, others: Sequence[MatchReport]) -> Compared:
    """The greatest likeness to a text of the others."""
    stated = [o.text for o in others if o.text is not None]
    if own.text is None or not stated:
        return "not-stated", {}
    return "alike", {"likeness_milli": max(likeness_milli(own.text, text) for text in stated)}


def _values(own: str | None, others: Sequence[str | None], kinds: Sequence[str | None]) -> Compared:
    """Values of a field. kinds: how each of the others compares; None where either says nothing."""
    found = Counter(kind for kind in kinds if kind is not None)
    if not found:
        return "not-stated", {}
    stated = tuple(dict.fromkeys(value for value in others if value is not None))
    facts: dict[str, Fact] = {"own": own, "others": stated}
    if len(found) == 1:
        return next(iter(found)), facts
    alike = found["same"] + found["overlap"] + found["both_zero"]
    return "mixed", {**facts, "alike": alike, "all": found.total()}


Values = tuple[str | None, Sequence[str | None], Sequence[str | None]]


def _acts(own: MatchReport, others: Sequence[MatchReport], _: Settings) -> Values:
    kinds = [act_tree(own.act, o.act) if own.act and o.act else None for o in others]
    return own.act, [o.act for o in others], kinds


def _weapons(own: MatchReport, others: Sequence[MatchReport], _: Settings) -> Values:
    kinds = [weapon_tree(own.weapon, o.weapon) if own.weapon and o.weapon else None for o in others]
    return own.weapon, [o.weapon for o in others], kinds


def _sides(own: frozenset[str], others: Sequence[frozenset[str]]) -> Values:
    kinds = [sides_likeness(own, other) if own and other else None for other in others]
    return _either(own), [_either(other) for other in others], kinds


def _either(alternatives: frozenset[str]) -> str | None:
    return " or ".join(sorted(alternatives)) or None


def _authors(own: MatchReport, others: Sequence[MatchReport], _: Settings) -> Values:
    return _sides(own.authors, [o.authors for o in others])


def _targets(own: MatchReport, others: Sequence[MatchReport], _: Settings) -> Values:
    return _sides(own.targets, [o.targets for o in others])


def _killed(own: MatchReport, others: Sequence[MatchReport], settings: Settings) -> Values:
    kinds = [killed_likeness(own, o, settings.killed_near_max) for o in others]
    return _range(own), [_range(o) for o in others], kinds


def _range(report: MatchReport) -> str | None:
    """`2`, `1-3`, `2-` with an open end; None where no number is stated."""
    if (report.killed_min, report.killed_max) == (None, None):
        return None
    low, high = killed_range(report)
    if report.killed_max is None:
        return f"{low}-"
    return str(low) if low == high else f"{low}-{high}"


def _names(own: MatchReport, others: Sequence[MatchReport], _: Settings) -> Values:
    return own.name, [o.name for o in others], [name_likeness(own, o) for o in others]


_FIELDS: Mapping[str, Callable[[MatchReport, Sequence[MatchReport], Settings], Values]] = {
    "act": _acts,
    "weapon": _weapons,
    "author": _authors,
    "target": _targets,
    "killed": _killed,
    "name": _names,
}
