"""Step 3: whether the agreement covers an incident: four tests, by time, place, act and actor, each
with its clause.

Outside where any test is outside, contested where participants' own statements or readings lead to
different answers, undetermined where something is missing, inside only where every test is.
Components make nothing contested: what they state counts only where no participant states anything.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trucekeeper.agreement.model import Clause, Zone
from trucekeeper.agreement.rules import Agreement, Dated
from trucekeeper.governance.adherence import Standings
from trucekeeper.incidents.actors import Actors
from trucekeeper.incidents.answers import Test, ZoneFinding
from trucekeeper.incidents.elements import Incident
from trucekeeper.incidents.located import Located
from trucekeeper.incidents.members import Members, Reports
from trucekeeper.incidents.zones import Zoning, most_precise
from trucekeeper.vocabulary.categories import ancestors
from trucekeeper.vocabulary.columns import Classes, classes, joined, lists, together
from trucekeeper.vocabulary.places import Ints
from trucekeeper.vocabulary.reasons import Reason, by_report_of, reason
from trucekeeper.vocabulary.relations import BASIS, CLAUSES, TEXT, TEXTS, Column, Relation
from trucekeeper.vocabulary.words import ScopeResult, ScopeTest

SCOPE = Relation(
    "scope",
    "Whether the agreement covers each incident: one row a test.",
    (
        Column("incident", TEXT, "number of the incident"),
        Column("test", TEXT, "time, place, act or actor"),
        Column("result", TEXT, "inside, outside, contested or undetermined"),
        Column(
            "reasons",
            TEXTS,
            "what decided, or what is missing: identifiers with arguments; a catalogue has the "
            "words",
        ),
        BASIS,
        CLAUSES,
    ),
    ("incident", "test"),
)
TESTS: tuple[ScopeTest, ...] = ("time", "place", "act", "actor")


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
    """The scope tests of one agreement. Reports that are alike in all that the tests look at get
    one answer, computed once."""

    def __init__(self, agreement: Agreement, standings: Standings) -> None:
        self.agreement = agreement
        self.zoning = Zoning(agreement)
        self.actors = Actors(agreement, standings)
        clauses = [(c, agreement.span(c)) for c in agreement.file.clauses if c.acts]
        self.clauses = [(clause, span) for clause, span in clauses if span is not None]
        blocks: tuple[Dated, ...] = (
            *agreement.file.clauses,
            *agreement.file.zones,
            *agreement.file.excluded_areas,
        )
        spans = [agreement.span(b) for b in blocks] + self.zoning.spans() + [agreement.in_force]
        self._edges = sorted({edge for span in spans if span is not None for edge in span})
        self._scopes: dict[tuple[object, ...], Scope] = {}
        self._times: dict[tuple[int, int], Test] = {}
        self._acts: dict[tuple[object, ...], Test] = {}
        self._places: dict[tuple[object, ...], Test] = {}
        self._zones: dict[tuple[object, ...], tuple[ZoneFinding, ...]] = {}

    def of_all(self, members: Members) -> list[Scope]:
        """The scope of every incident, worked out once for all whose reports are alike in all that
        the tests look at."""
        looked_at = self._looked_at(members.reports)[members.row]
        least, most = members.least(looked_at).tolist(), members.greatest(looked_at).tolist()
        known: dict[int, Scope] = {}
        found = []
        for incident, one, other in zip(members.incidents, least, most, strict=True):
            scope = known.get(one) if one == other else None
            if scope is None:
                scope = self.of(incident)
            if one == other:
                known[one] = scope
            found.append(scope)
        return found

    def _looked_at(self, reports: Reports) -> Ints:
        """The reports by all that the tests look at, as the numbers of classes."""
        earliest, latest = reports.spans
        seen = [
            np.searchsorted(self._edges, earliest, side="right"),
            np.searchsorted(self._edges, latest, side="left"),
            np.searchsorted(self.actors.standings.edges, earliest, side="right"),
        ]
        seen += [
            reports.by(path).of for path in ("report.act", "author_sides", "target_sides", "way")
        ]
        return together(seen)

    def _between(self, report: Located) -> tuple[int, int]:
        """Between which edges of what holds at a time a report begins and ends."""
        begins, ends = (
            bisect_right(self._edges, report.earliest),
            bisect_left(self._edges, report.latest),
        )
        return begins, ends

    def of(self, incident: Incident) -> Scope:
        """The scope of one incident."""
        clause, tests = self._tests(self._deciding_members(incident))
        zones = self._zones_of(incident)
        key = (clause and clause.id, *tests.values(), id(zones))
        if key not in self._scopes:
            self._scopes[key] = self._concluded(clause, tests, zones)
        return self._scopes[key]

    def _concluded(
        self, clause: Clause | None, tests: dict[ScopeTest, Test], zones: tuple[ZoneFinding, ...]
    ) -> Scope:
        result = _overall(test.result for test in tests.values())
        deciding = tuple(name for name in TESTS if tests[name].result == result)
        own = clause.id if clause is not None else None
        named = next((c for name in deciding for c in tests[name].clauses), own)
        cited = own if result == "inside" else named
        exempt = (
            clause is not None and clause.acts_are == "exempt" and tests["act"].result == "outside"
        )
        return Scope(result, deciding, tests, cited, exempt, zones)

    def _zones_of(self, incident: Incident) -> tuple[ZoneFinding, ...]:
        best = most_precise(incident)
        key = (bisect_right(self._edges, best.earliest), best.way)
        if key not in self._zones:
            self._zones[key] = self.zoning.zones_of(best)
        return self._zones[key]

    def _tests(self, members: Sequence[Located]) -> tuple[Clause | None, dict[ScopeTest, Test]]:
        """The clause that speaks to an incident, and the answers of the four tests under it."""
        clause, act, place = self._clause(members)
        return clause, {
            "time": self._combine([self._time(m) for m in members], members),
            "place": place,
            "act": act,
            "actor": self._actor(members, clause),
        }

    def _deciding_members(self, incident: Incident) -> Sequence[Located]:
        participants = [m for m in incident.members if m.source in self.agreement.participants]
        return participants or incident.members

    def _actor(self, members: Sequence[Located], clause: Clause | None) -> Test:
        """The actor test over the reports that name a side. One report that names an excluded side
        does not take an event out of the agreement while another names a side and leaves it
        open."""
        naming = [m for m in members if m.authors or m.targets] or members
        tests = [self.actors.test(m, clause) for m in naming]
        return self._combine(tests, naming, ("contested", "inside", "undetermined", "outside"))

    def _combine(
        self,
        tests: Sequence[Test],
        members: Sequence[Located],
        order: Sequence[ScopeResult] = ("contested", "outside", "inside", "undetermined"),
    ) -> Test:
        """One answer from those of several reports: different answers of two participants make it
        contested; an answer and an undetermined one give what comes first in order, usually the
        answer, for both speak of one event."""
        first = tests[0]
        if all(test is first for test in tests):
            return first
        by_result: dict[ScopeResult, list[tuple[Test, Located]]] = {}
        for test, member in zip(tests, members, strict=True):
            by_result.setdefault(test.result, []).append((test, member))
        if "inside" in by_result and "outside" in by_result:
            sources = {m.source for r in ("inside", "outside") for _, m in by_result[r]}
            both = by_result["inside"][:1] + by_result["outside"][:1]
            reasons = tuple(by_report_of(r, m.source) for t, m in both for r in t.reasons)
            result: ScopeResult = (
                "contested"
                if len(sources & set(self.agreement.participants)) > 1
                else "undetermined"
            )
            clauses = tuple(dict.fromkeys(c for t, _ in both for c in t.clauses))
            return Test(result, reasons, clauses, tuple(r for t, _ in both for r in t.refs))
        best = next(result for result in order if result in by_result)
        return by_result[best][0][0]

    def _time(self, report: Located) -> Test:
        key = self._between(report)
        if key not in self._times:
            self._times[key] = self._in_force(report)
        return self._times[key]

    def _in_force(self, report: Located) -> Test:
        start, end = self.agreement.in_force
        if report.latest <= start or report.earliest >= end:
            before = report.latest <= start
            return Test("outside", (reason("before-agreement" if before else "after-agreement"),))
        if report.earliest < start or report.latest > end:
            return Test("undetermined", (reason("beyond-agreement"),))
        return Test("inside", (reason("in-force"),))

    def _clause(self, members: Sequence[Located]) -> tuple[Clause | None, Test, Test]:
        """The clause that speaks to the act and place, and the two tests under it: an exemption
        where one surely applies, else the clause under which the act is nearest to inside."""
        options: list[tuple[int, Clause, Test, Test]] = []
        for clause, span in self.clauses:
            act = self._combine([self._act(m, clause, span) for m in members], members)
            if act.result == "outside":
                continue
            place = self._combine([self._place(m, clause) for m in members], members)
            rank = _RANK[_overall((act.result, place.result))]
            if clause.acts_are == "exempt":
                if rank == 0:
                    permitted = reason("act-permitted", clause=clause.id)
                    return clause, Test("outside", (permitted,), (clause.id,), act.refs), place
                continue
            options.append((rank, clause, act, place))
        if not options:
            nothing = Test("outside", (reason("act-in-no-clause"),))
            return None, nothing, self._everywhere(members)
        _, clause, act, place = min(options, key=lambda option: option[0])
        return clause, act, place

    def _place(self, report: Located, clause: Clause) -> Test:
        key = (clause.id, bisect_right(self._edges, report.earliest), report.way)
        if key not in self._places:
            self._places[key] = self.zoning.place(report, clause)
        return self._places[key]

    def _everywhere(self, members: Sequence[Located]) -> Test:
        return self._combine([self.zoning.everywhere(m) for m in members], members)

    def _act(self, report: Located, clause: Clause, span: tuple[int, int]) -> Test:
        key = (clause.id, report.report.act, self._between(report))
        if key not in self._acts:
            self._acts[key] = self._of_act(report, clause, span)
        return self._acts[key]

    def _of_act(self, report: Located, clause: Clause, span: tuple[int, int]) -> Test:
        if report.latest <= span[0] or report.earliest >= span[1]:
            return _of_clause("outside", reason("clause-not-in-force", clause=clause.id), clause)
        act = report.report.act
        above = ancestors("act", act)
        if any(word in above for word in clause.acts):
            told = reason("act-of-clause", act=act, acts_are=clause.acts_are, clause=clause.id)
            return _of_clause("inside", told, clause)
        if any(act in ancestors("act", word) for word in clause.acts):
            told = reason("act-broader", act=act, clause=clause.id)
            return _of_clause("undetermined", told, clause)
        told = reason("act-not-of-clause", act=act, clause=clause.id)
        return _of_clause("outside", told, clause)


def _of_clause(result: ScopeResult, told: Reason, clause: Clause) -> Test:
    return Test(result, (told,), (clause.id,))


_RANK: dict[ScopeResult, int] = {"inside": 0, "contested": 1, "undetermined": 2, "outside": 3}


def _overall(results: Iterable[ScopeResult]) -> ScopeResult:
    held = set(results)
    order: tuple[ScopeResult, ...] = ("outside", "contested", "undetermined", "inside")
    return next(result for result in order if result in held)


def scope_table(members: Members, scopes: Sequence[Scope]) -> pa.Table:
    """The relation `scope`. Answers that are one value are put into a column once."""
    names = sorted(TESTS)
    tests = [scope.tests[name] for scope in scopes for name in names]
    alike = classes(map(id, tests))
    told = [tests[place] for place in alike.first.tolist()]
    incident = pa.array(np.repeat(np.arange(len(scopes)), len(TESTS)))
    reports = lists(members.refs, members.start).take(incident)
    return SCOPE.table_of(
        {
            "incident": members.numbers.take(incident),
            "test": pa.array(names * len(scopes), TEXT),
            "result": Classes(alike.of, [test.result for test in told]).column(TEXT),
            "reasons": Classes(alike.of, [test.reasons for test in told]).column(TEXTS),
            "basis": joined(reports, Classes(alike.of, [test.refs for test in told]).column(TEXTS)),
            "clauses": Classes(alike.of, [test.clauses for test in told]).column(TEXTS),
        }
    )
