"""From scored pairs to incidents: the evidence of a whole incident decides, one report per source.

Within a group of reports that hang together, the best pairs are joined first, as long as the
evidence for one event grows. Then every report may go where it fits better: to another incident,
in exchange for the report of its own source there, or alone. Of equal pairs, the one whose periods
end nearer to each other comes first: who dates an event by when it was told or recorded may give
too early a beginning, hardly too early an end. What is still equal breaks by leaf hash, never by
who stated it."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace

from trucekeeper.matching.components import bounded_components
from trucekeeper.matching.reports import Constraints, Unit
from trucekeeper.matching.scale import weight
from trucekeeper.matching.settings import Settings
from trucekeeper.matching.terms import FORBIDDEN, set_score


@dataclass(frozen=True, slots=True)
class Edge:
    """A candidate pair of units, by position, with its score."""

    one: int
    other: int
    score_milli: int


@dataclass(frozen=True, slots=True)
class Membership:
    """Where one report belongs. cluster: position of its incident in `Matches.clusters`. posterior:
    thousandths, against its rivals and against standing alone. score: the evidence that binds it to
    the other members. rivals: other incidents and the evidence for each. repeat_of: the report that
    it repeats, or is bound to. matched: whether it could be compared at all."""

    cluster: int
    posterior_milli: int
    score_milli: int
    rivals: tuple[tuple[int, int], ...]
    repeat_of: str | None
    matched: bool

    def as_repeat_of(self, report: str) -> Membership:
        """The same for a report that repeats another."""
        return replace(self, repeat_of=report)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the bounds of the definition cut. crowded: reports with too many around them to be
    compared. candidates: pairs that were not among the best of both ends. raised: reports in groups
    whose threshold was raised."""

    crowded: int = 0
    candidates: int = 0
    raised: int = 0

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(*map(operator.add, astuple(self), astuple(other)))

    def __sub__(self, other: Bounds) -> Bounds:
        return Bounds(*map(operator.sub, astuple(self), astuple(other)))


@dataclass(frozen=True)
class Matches:
    """The result. clusters: report ids, ordered by tie, in the order of their first. possible:
    pairs of clusters that a possible link joins. around: for each report, how many lay in its
    surroundings."""

    clusters: tuple[tuple[str, ...], ...]
    memberships: Mapping[str, Membership]
    possible: tuple[tuple[int, int], ...]
    bounds: Bounds
    around: Mapping[str, int] = field(repr=False)
    settings: Settings = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Option:
    """Where a unit could go instead. home: the rival incident; None: alone. exchanged: the unit
    that would take its place. gain: what all evidence would gain. evidence: what would bind it
    there."""

    home: int | None
    exchanged: int | None
    gain: int
    evidence: int


def cluster(
    units: Sequence[Unit],
    edges: Sequence[Edge],
    constraints: Constraints,
    settings: Settings,
    *,
    around: Mapping[str, int],
    crowded: int,
) -> Matches:
    """Incidents from units (ordered by tie) and their scored pairs."""
    kept = best_of_both_ends(units, edges, settings)
    links = [(e.one, e.other, e.score_milli) for e in kept]
    groups = bounded_components(
        len(units), links, settings.component_max, settings.threshold_step_milli
    )
    clustering = _Clustering(units, kept, _apart(units, constraints), groups.of, settings)
    clustering.join()
    clustering.settle()
    bounds = Bounds(crowded, len(edges) - len(kept), groups.raised)
    return clustering.result(bounds, around)


def best_of_both_ends(
    units: Sequence[Unit], edges: Sequence[Edge], settings: Settings
) -> list[Edge]:
    """Edges that are among the best of each source at both their ends, best first."""
    ranked = sorted(
        edges,
        key=lambda e: (-e.score_milli, ends_apart_s(units[e.one], units[e.other]), e.one, e.other),
    )
    seen: dict[tuple[int, str], int] = defaultdict(int)
    kept = []
    for edge in ranked:
        ranks = []
        for end, far in ((edge.one, edge.other), (edge.other, edge.one)):
            face = units[far].face
            assert face is not None
            seen[end, face.source] += 1
            ranks.append(seen[end, face.source])
        if max(ranks) <= settings.candidates_max:
            kept.append(edge)
    return kept


def ends_apart_s(one: Unit, other: Unit) -> int:
    """Seconds between the ends of two periods."""
    assert one.face is not None and other.face is not None, "only what is precise is compared"
    return abs(one.face.latest - other.face.latest)


def _apart(units: Sequence[Unit], constraints: Constraints) -> set[tuple[int, int]]:
    unit_of = {report.id: n for n, unit in enumerate(units) for report in unit.members}
    pairs = {
        (unit_of[one], unit_of[other])
        for one, other in constraints.apart
        if one in unit_of and other in unit_of
    }
    return {ends for a, b in pairs if a != b for ends in ((a, b), (b, a))}


class _Clustering:
    """home: for each unit the number of its incident. members: of each incident, in order."""

    def __init__(
        self,
        units: Sequence[Unit],
        kept: Sequence[Edge],
        apart: set[tuple[int, int]],
        group: Sequence[int],
        settings: Settings,
    ) -> None:
        self.units, self.kept, self.apart, self.group = units, kept, apart, group
        self.settings = settings
        self.near: dict[int, list[int]] = defaultdict(list)
        for edge in kept:
            self.near[edge.one].append(edge.other)
            self.near[edge.other].append(edge.one)
        self.home = list(range(len(units)))
        self.members = {n: [n] for n in self.home}
        self._scores: dict[tuple[int, ...], int] = {}

    def join(self) -> None:
        """Join the best pairs of each group first, as long as the evidence grows."""
        for edge in self.kept:
            one, other = self.home[edge.one], self.home[edge.other]
            if edge.score_milli <= 0 or one == other:
                continue
            if self.group[edge.one] != self.group[edge.other]:
                continue
            both = self.members[one] + self.members[other]
            apart = self._score(self.members[one]) + self._score(self.members[other])
            if self._score(both) > apart:
                del self.members[one], self.members[other]
                self._place(both)

    def settle(self) -> None:
        """Let every unit move where the evidence gains most, group by group, as often as the
        settings allow or until none does."""
        groups: dict[int, list[int]] = defaultdict(list)
        for n in self.near:
            groups[self.group[n]].append(n)
        for group in groups.values():
            for _ in range(self.settings.rounds_max):
                moved = [self._move(n) for n in sorted(group)]
                if not any(moved):
                    break

    def _move(self, n: int) -> bool:
        """Move a unit to its best option, if it gains. Of equal ones the first counts."""
        options = self._options(n, within=self.group[n])
        inside = [option for option in options if option.gain > 0]
        if not inside:
            return False
        best = max(inside, key=lambda option: option.gain)
        home, exchanged = self.home[n], best.exchanged
        left = [m for m in self.members.pop(home) if m != n]
        theirs = [] if best.home is None else self.members.pop(best.home)
        for members in (
            [*left, *([] if exchanged is None else [exchanged])],
            [*(m for m in theirs if m != exchanged), n],
        ):
            if members:
                self._place(members)
        return True

    def _place(self, members: list[int]) -> None:
        """Make an incident of members; it is known by the least."""
        home = min(members)
        self.members[home] = sorted(members)
        for member in members:
            self.home[member] = home

    def _options(self, n: int, *, within: int | None) -> Iterator[_Option]:
        """Where a unit could go: alone, or to the incident of a unit that it is kept near to, in
        the order of their least members. within: a group, or anywhere."""
        home = self.home[n]
        own = self.members[home]
        rest = [m for m in own if m != n]
        if rest:
            yield _Option(None, None, self._score(rest) - self._score(own), 0)
        rivals = {
            self.home[m] for m in self.near[n] if within is None or self.group[m] == within
        } - {home}
        for rival in sorted(rivals):
            theirs = self.members[rival]
            clash = [m for m in theirs if self.units[m].sources & self.units[n].sources]
            if len(clash) > 1:
                continue
            without = [m for m in theirs if m not in clash]
            there, here = self._score([*without, n]), self._score([*rest, *clash])
            if FORBIDDEN in (there, here):
                continue
            gain = there + here - self._score(theirs) - self._score(own)
            exchanged = clash[0] if clash else None
            yield _Option(rival, exchanged, gain, there - self._score(without))

    def _score(self, members: Sequence[int]) -> int:
        if len(members) < 2:
            return 0
        key = tuple(sorted(members))
        if key not in self._scores:
            self._scores[key] = self._scored(key)
        return self._scores[key]

    def _scored(self, members: tuple[int, ...]) -> int:
        if len(members) > self.settings.component_max:
            return FORBIDDEN
        if self.apart and any((a, b) in self.apart for a in members for b in members):
            return FORBIDDEN
        return set_score([self.units[m] for m in members], self.settings)

    def result(self, bounds: Bounds, around: Mapping[str, int]) -> Matches:
        """The incidents, and for every report where it belongs and where it might."""
        order = sorted(set(self.home))
        number = {home: position for position, home in enumerate(order)}
        memberships: dict[str, Membership] = {}
        possible: set[tuple[int, int]] = set()
        for n, unit in enumerate(self.units):
            own = number[self.home[n]]
            member = self._membership(n, number)
            possible |= {
                (min(own, rival), max(own, rival))
                for rival, evidence in member.rivals
                if evidence >= self.settings.possible_min_milli
            }
            for report in unit.members:
                first = report is unit.members[0]
                memberships[report.id] = (
                    member if first else member.as_repeat_of(unit.members[0].id)
                )
        clusters = tuple(self._reports(home) for home in order)
        possible_links = tuple(sorted(possible))
        return Matches(clusters, memberships, possible_links, bounds, around, self.settings)

    def _membership(self, n: int, number: Mapping[int, int]) -> Membership:
        options = list(self._options(n, within=None))
        binding = next((-o.gain for o in options if o.home is None), 0)
        stay, confidence = weight(0), self.settings.confidence_milli
        others = sum(weight(o.gain * confidence // 1000) for o in options)
        unseen = 0 if self.units[n].face is None else weight(self.settings.unseen_milli)
        posterior = 1000 * stay // (stay + unseen + others)
        rivals = sorted(
            ((number[o.home], o.evidence) for o in options if o.home is not None),
            key=lambda rival: (-rival[1], rival[0]),
        )
        matched = self.units[n].face is not None
        return Membership(number[self.home[n]], posterior, binding, tuple(rivals), None, matched)

    def _reports(self, home: int) -> tuple[str, ...]:
        reports = [report for n in self.members[home] for report in self.units[n].members]
        return tuple(report.id for report in sorted(reports, key=lambda r: r.tie))
