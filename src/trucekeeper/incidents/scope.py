"""Step 3: whether the agreement covers an incident: four tests, by time, place, act and actor, each
with its clause.

Outside where any test is outside, contested where participants' own statements or readings lead to
different answers, undetermined where something is missing, inside only where every test is.
Components make nothing contested: what they state counts only where no participant states anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from trucekeeper.agreement.model import Clause, ExcludedArea, Zone, ZoneMap
from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.adherence import GroupStanding, Standings
from trucekeeper.incidents.elements import Incident
from trucekeeper.incidents.located import Located
from trucekeeper.vocabulary.categories import ancestors
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.relations import BASIS, CLAUSES, TEXT, Column, Relation
from trucekeeper.vocabulary.words import ScopeResult, ScopeTest

SCOPE = Relation(
    "scope",
    "Whether the agreement covers each incident: one row a test.",
    (
        Column("incident", TEXT, "number of the incident"),
        Column("test", TEXT, "time, place, act or actor"),
        Column("result", TEXT, "inside, outside, contested or undetermined"),
        Column("reason", TEXT, "what decided, or what is missing"),
        BASIS,
        CLAUSES,
    ),
    ("incident", "test"),
)
TESTS: tuple[ScopeTest, ...] = ("time", "place", "act", "actor")


@dataclass(frozen=True, slots=True)
class Test:
    """The answer of one test: for one report, or for an incident."""

    result: ScopeResult
    reason: str
    clauses: tuple[str, ...] = ()
    refs: tuple[RefText, ...] = ()


@dataclass(frozen=True, slots=True)
class ZoneFinding:
    """Which zone an incident lies in, by which map. basis: `agreed 2`, `a 1` (a participant's
    version), `sketch 1`."""

    zone: Zone
    basis: str
    across: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope of an incident. exempt: an act that the clause expressly permits."""

    result: ScopeResult
    deciding: tuple[ScopeTest, ...]
    tests: dict[ScopeTest, Test]
    clause: str | None
    exempt: bool
    zones: tuple[ZoneFinding, ...]

    @property
    def zone(self) -> Zone | None:
        """The zone whose guarantors decide: the first that the incident lies in."""
        return self.zones[0].zone if self.zones else None


class Scoping:
    """The scope tests of one agreement; what recurs is computed once."""

    def __init__(self, agreement: Agreement, standings: Standings) -> None:
        self.agreement = agreement
        self.standings = standings
        self._actors: dict[tuple[object, ...], Test] = {}
        self._zone_maps = {
            zone.id: [(m, self.agreement.span(m)) for m in zone.maps]
            for zone in agreement.file.zones
        }
        self._area_maps = {
            a.id: [(m, self.agreement.span(m)) for m in a.maps]
            for a in agreement.file.excluded_areas
        }

    def of(self, incident: Incident) -> Scope:
        """The scope of one incident."""
        members = self._deciding_members(incident)
        clause, act, place = self._clause(members)
        tests: dict[ScopeTest, Test] = {
            "time": self._combine([self._time(m) for m in members], members),
            "place": place,
            "act": act,
            "actor": self._combine([self._actor(m, clause) for m in members], members),
        }
        result = _overall(test.result for test in tests.values())
        deciding = tuple(name for name in TESTS if tests[name].result == result)
        cited = next(
            (c for name in deciding for c in tests[name].clauses), clause.id if clause else None
        )
        exempt = clause is not None and clause.acts_are == "exempt" and act.result == "outside"
        return Scope(result, deciding, tests, cited, exempt, self._zones(incident))

    def _deciding_members(self, incident: Incident) -> Sequence[Located]:
        participants = [m for m in incident.members if m.source in self.agreement.participants]
        return participants or incident.members

    def _combine(self, tests: Sequence[Test], members: Sequence[Located]) -> Test:
        """One answer from those of several reports: different answers of two participants make it
        contested; an answer and an undetermined one give the answer, for both speak of one
        event."""
        by_result: dict[ScopeResult, list[tuple[Test, Located]]] = {}
        for test, member in zip(tests, members, strict=True):
            by_result.setdefault(test.result, []).append((test, member))
        if "inside" in by_result and "outside" in by_result:
            sources = {m.source for r in ("inside", "outside") for _, m in by_result[r]}
            both = by_result["inside"][:1] + by_result["outside"][:1]
            reason = "; ".join(
                f"by {self.agreement.name(m.source)}'s report: {t.reason}" for t, m in both
            )
            result: ScopeResult = (
                "contested"
                if len(sources & set(self.agreement.participants)) > 1
                else "undetermined"
            )
            clauses = tuple(dict.fromkeys(c for t, _ in both for c in t.clauses))
            return Test(
                result, reason, clauses, tuple(r for t, m in both for r in (*t.refs, m.ref))
            )
        order: tuple[ScopeResult, ...] = ("contested", "outside", "inside", "undetermined")
        best = next(result for result in order if result in by_result)
        test = by_result[best][0][0]
        return Test(
            test.result,
            test.reason,
            test.clauses,
            tuple(dict.fromkeys((*test.refs, *(m.ref for _, m in by_result[best])))),
        )

    def _time(self, report: Located) -> Test:
        start, end = self.agreement.in_force
        if report.latest <= start or report.earliest >= end:
            return Test(
                "outside",
                "before the agreement" if report.latest <= start else "after the agreement",
            )
        if report.earliest < start or report.latest > end:
            return Test("undetermined", "the period reaches beyond the agreement's")
        return Test("inside", "while the agreement is in force")

    def _clause(self, members: Sequence[Located]) -> tuple[Clause | None, Test, Test]:
        """The clause that speaks to the act and place, and the two tests under it: an exemption
        where one surely applies, else the clause under which the act is nearest to inside."""
        options: list[tuple[int, Clause, Test, Test]] = []
        for clause in self.agreement.file.clauses:
            if not clause.acts or self.agreement.span(clause) is None:
                continue
            act = self._combine([self._act(m, clause) for m in members], members)
            if act.result == "outside":
                continue
            place = self._combine([self._place(m, clause) for m in members], members)
            rank = _RANK[_overall((act.result, place.result))]
            if clause.acts_are == "exempt":
                if rank == 0:
                    exempt = Test(
                        "outside", f"an act that `{clause.id}` permits", (clause.id,), act.refs
                    )
                    return clause, exempt, place
                continue
            options.append((rank, clause, act, place))
        if not options:
            refs = tuple(m.ref for m in members)
            return (
                None,
                Test("outside", "no clause in force speaks of this act", (), refs),
                self._everywhere(members),
            )
        _, clause, act, place = min(options, key=lambda option: option[0])
        return clause, act, place

    def _everywhere(self, members: Sequence[Located]) -> Test:
        return self._combine([self._excluded_area(m) for m in members], members)

    def _act(self, report: Located, clause: Clause) -> Test:
        span = self.agreement.span(clause)
        assert span is not None
        if report.latest <= span[0] or report.earliest >= span[1]:
            return Test("outside", f"`{clause.id}` was not in force", (clause.id,))
        act = report.report.act
        above = ancestors("act", act)
        if any(word in above for word in clause.acts):
            return Test("inside", f"`{act}` is {clause.acts_are} by `{clause.id}`", (clause.id,))
        if any(act in ancestors("act", word) for word in clause.acts):
            return Test(
                "undetermined", f"`{act}` is broader than what `{clause.id}` names", (clause.id,)
            )
        return Test("outside", f"`{clause.id}` does not speak of `{act}`", (clause.id,))

    def _place(self, report: Located, clause: Clause) -> Test:
        if not clause.zones:
            return self._excluded_area(report)
        answers = []
        for zone in self.agreement.file.zones:
            if zone.id in clause.zones and self.agreement.holds(zone, report.earliest):
                answers.append(self._in_maps(report, zone, self._zone_maps[zone.id], clause.id))
        order: tuple[ScopeResult, ...] = ("inside", "contested", "undetermined", "outside")
        for result in order:
            for answer in answers:
                if answer.result == result:
                    return answer
        return Test("outside", f"no zone of `{clause.id}` was in force", (clause.id,))

    def _excluded_area(self, report: Located) -> Test:
        """Everywhere is inside but the areas that a clause excludes; being inside one of those is
        outside the agreement."""
        turned: dict[ScopeResult, ScopeResult] = {"inside": "outside", "outside": "inside"}
        answers = []
        for area in self.agreement.file.excluded_areas:
            if self.agreement.holds(area, report.earliest):
                test = self._in_maps(report, area, self._area_maps[area.id], area.clause)
                answers.append(
                    Test(turned.get(test.result, test.result), test.reason, test.clauses)
                )
        order: tuple[ScopeResult, ...] = ("outside", "contested", "undetermined")
        found = next((a for result in order for a in answers if a.result == result), None)
        return found or Test(
            "inside", "the agreement holds everywhere", tuple(c for a in answers for c in a.clauses)
        )

    def _in_maps(
        self,
        report: Located,
        place: Zone | ExcludedArea,
        maps: Sequence[tuple[ZoneMap, tuple[int, int] | None]],
        clause: str,
    ) -> Test:
        """Whether a report lies in a zone under each map version in force. A sketch decides
        nothing. An agreed map decides; without one, versions of participants that differ make it
        contested."""
        held = [
            m
            for m, span in maps
            if span is not None and span[0] <= report.earliest < span[1] and m.by != "sketch"
        ]
        agreed = [m for m in held if m.by == "agreed"]
        deciding = agreed or held
        cited = tuple(dict.fromkeys((place.clause or clause, clause)))
        if not deciding:
            return Test("undetermined", f"no agreed map of {place.name}", cited)
        lies = [(m, report.lies[place.id, m.version]) for m in deciding]
        told = "; ".join(
            f"{_LIE_WORDS[lie]} {place.name} on {self._whose(m)} map {m.version}" for m, lie in lies
        )
        kinds = {lie for _, lie in lies}
        if kinds <= {"in", "out"} and len(kinds) == 2:
            return Test("contested", told, cited)
        if kinds == {"in"}:
            return Test("inside", told, cited)
        if kinds == {"out"}:
            return Test("outside", told, cited)
        return Test("undetermined", told, cited)

    def _whose(self, map_: ZoneMap) -> str:
        return "the agreed" if map_.by == "agreed" else f"{self.agreement.name(map_.by)}'s"

    def _actor(self, report: Located, clause: Clause | None) -> Test:
        """Over every author and target that is possible together: outside where each way a side is
        excluded or not bound; inside where each way all are bound; contested where a standing on
        which it turns is."""
        key = (
            report.authors,
            report.targets,
            clause and clause.id,
            self.standings.interval(report.earliest),
        )
        if key not in self._actors:
            self._actors[key] = self._actor_test(report, clause)
        return self._actors[key]

    def _actor_test(self, report: Located, clause: Clause | None) -> Test:
        if not report.authors and not report.targets:
            return Test("undetermined", "neither author nor target is stated")
        authors: Sequence[str | None] = report.authors or (None,)
        targets: Sequence[str | None] = report.targets or (None,)
        pairs = [(a, t) for a, t in product(authors, targets) if a != t] or list(
            product(authors, targets)
        )
        answers = [self._pair(a, t, report.earliest, clause) for a, t in pairs]
        results = {answer.result for answer in answers}
        chosen: ScopeResult = (
            next(iter(results))
            if len(results) == 1
            else "contested"
            if "contested" in results
            else "undetermined"
        )
        relevant = [a for a in answers if a.result == chosen] or answers
        reason = "; ".join(dict.fromkeys(a.reason for a in relevant))
        clauses = tuple(dict.fromkeys(c for a in relevant for c in a.clauses))
        return Test(
            chosen, reason, clauses, tuple(dict.fromkeys(ref for a in relevant for ref in a.refs))
        )

    def _pair(self, author: str | None, target: str | None, at: int, clause: Clause | None) -> Test:
        sides = [self._side(name, at) for name in (author, target)]
        outside = [s for s in sides if s is not None and s.effect == "outside"]
        refs = tuple(ref for s in sides if s is not None for ref in s.basis)
        if outside:
            cited = tuple(dict.fromkeys(s.group.clause for s in outside if s.group.clause))
            return Test(
                "outside", "; ".join(f"{s.group.name}: {s.why}" for s in outside), cited, refs
            )
        contested = [s for s in sides if s is not None and s.effect == "contested"]
        if contested:
            cited = tuple(dict.fromkeys(s.group.clause for s in contested if s.group.clause))
            return Test(
                "contested", "; ".join(f"{s.group.name}: {s.why}" for s in contested), cited, refs
            )
        for name, side, word in ((author, sides[0], "author"), (target, sides[1], "target")):
            if side is None:
                what = (
                    f"the {word} is not stated"
                    if name is None
                    else f"no group of the name `{name}` in the agreement"
                )
                return Test("undetermined", what)
            if side.effect == "undetermined":
                return Test(
                    "undetermined",
                    f"{side.group.name}: {side.why}",
                    (side.group.clause,) if side.group.clause else (),
                    refs,
                )
        return self._named_sides(author, target, clause, refs)

    def _named_sides(
        self,
        author: str | None,
        target: str | None,
        clause: Clause | None,
        refs: tuple[RefText, ...],
    ) -> Test:
        if clause is not None and clause.by and author not in clause.by:
            return Test("outside", f"`{clause.id}` does not bind this author", (clause.id,), refs)
        if clause is not None and clause.against and target not in clause.against:
            return Test(
                "outside", f"`{clause.id}` does not protect this target", (clause.id,), refs
            )
        return Test(
            "inside", "both sides are bound, or protected", (clause.id,) if clause else (), refs
        )

    def _side(self, name: str | None, at: int) -> GroupStanding | None:
        group = None if name is None else self.agreement.groups.get(name)
        return None if group is None else self.standings.at(group, at)

    def _zones(self, incident: Incident) -> tuple[ZoneFinding, ...]:
        """The zones in which a member's disc lies, by the best map at hand: agreed, then
        participants', then a sketch."""
        best = min(
            incident.members,
            key=lambda m: (
                m.report.place.radius_m is None,
                m.report.place.radius_m or 0,
                m.statement.leaf,
            ),
        )
        found = []
        for zone in self.agreement.file.zones:
            if not self.agreement.holds(zone, best.earliest):
                continue
            held = [
                m
                for m, span in self._zone_maps[zone.id]
                if span is not None and span[0] <= best.earliest < span[1]
            ]
            held.sort(
                key=lambda m: (
                    ("agreed", "sketch").index(m.by) * 2 if m.by in ("agreed", "sketch") else 1
                )
            )
            hit = next((m for m in held if best.lies[zone.id, m.version] in ("in", "across")), None)
            if hit is not None:
                found.append(
                    ZoneFinding(
                        zone, f"{hit.by} {hit.version}", best.lies[zone.id, hit.version] == "across"
                    )
                )
        return tuple(found)


_RANK: dict[ScopeResult, int] = {"inside": 0, "contested": 1, "undetermined": 2, "outside": 3}
_LIE_WORDS = {
    "in": "inside",
    "out": "outside",
    "across": "across the line of",
    "no-point": "without a point to tell by, against",
}


def _overall(results: Iterable[ScopeResult]) -> ScopeResult:
    held = set(results)
    order: tuple[ScopeResult, ...] = ("outside", "contested", "undetermined", "inside")
    return next(result for result in order if result in held)


def scope_rows(incident: Incident, scope: Scope) -> list[dict[str, Any]]:
    """The rows of one incident in the relation `scope`."""
    return [
        {
            "incident": incident.number,
            "test": name,
            "result": test.result,
            "reason": test.reason,
            "basis": list(test.refs) or [m.ref for m in incident.members],
            "clauses": list(test.clauses),
        }
        for name, test in scope.tests.items()
    ]
