"""From scored pairs to incidents: evidence summed over all members, one report per source.

Bounds are part of the definition, so that every engine gives the same: each unit keeps its best
candidates, and an edge stays only if both its ends keep it. Of equal pairs, the one whose periods
end nearer to each other comes first: who dates an event by when it was told or recorded may give
too early a beginning, hardly too early an end. What is still equal breaks by leaf hash, never by
who stated it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trucekeeper.matching.model import Unit
from trucekeeper.matching.scale import weight
from trucekeeper.matching.settings import Settings


@dataclass(frozen=True, slots=True)
class Constraints:
    """What signed `match` statements bind: pairs of report ids that are the same event, and that
    are not."""

    same: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()


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
    the other members. repeat_of: the report that it repeats, or is bound to."""

    cluster: int
    posterior_milli: int
    score_milli: int
    rivals: tuple[tuple[int, int], ...]
    repeat_of: str | None
    matched: bool


@dataclass(frozen=True)
class Matches:
    """The result. clusters: report ids, ordered by tie, in the order of their first. possible:
    pairs of clusters that a possible link joins. around: for each report, how many of other sources
    lay in its surroundings."""

    clusters: tuple[tuple[str, ...], ...]
    memberships: Mapping[str, Membership]
    possible: tuple[tuple[int, int], ...]
    around: Mapping[str, int] = field(repr=False)
    settings: Settings = field(repr=False)


def cluster(
    units: Sequence[Unit],
    edges: Sequence[Edge],
    constraints: Constraints,
    settings: Settings,
    around: Mapping[int, int],
) -> Matches:
    """Incidents from units (ordered by tie) and their scored pairs."""
    return _Clustering(units, edges, constraints, settings).run(around)


class _Clustering:
    def __init__(
        self,
        units: Sequence[Unit],
        edges: Sequence[Edge],
        constraints: Constraints,
        settings: Settings,
    ) -> None:
        self.units = units
        self.settings = settings
        self.apart = self._apart(constraints)
        self.edges = self._bounded(edges)
        self.scores: dict[int, dict[int, int]] = defaultdict(dict)
        for edge in self.edges:
            self.scores[edge.one][edge.other] = self.scores[edge.other][edge.one] = edge.score_milli
        self.home = list(range(len(units)))
        self.members = [[i] for i in range(len(units))]
        bits = {
            name: 1 << i for i, name in enumerate(sorted({s for u in units for s in u.sources}))
        }
        #: The sources of each unit, and of each cluster, as bits.
        self.unit_sources = [sum(bits[source] for source in unit.sources) for unit in units]
        self.sources = list(self.unit_sources)

    def run(self, around: Mapping[int, int]) -> Matches:
        for edge in self.edges:
            if edge.score_milli <= 0:
                break
            self._merge(self.home[edge.one], self.home[edge.other])
        order = sorted(set(self.home))
        number = {home: position for position, home in enumerate(order)}
        clusters = tuple(self._reports(home) for home in order)
        memberships: dict[str, Membership] = {}
        possible: set[tuple[int, int]] = set()
        for i, unit in enumerate(self.units):
            own, rivals = self._evidence(i)
            numbered = tuple(
                sorted(
                    ((number[home], score) for home, score in rivals.items()),
                    key=lambda r: (-r[1], r[0]),
                )
            )
            posterior = self._posterior(own, [score for _, score in numbered])
            for report in unit.members:
                repeat_of = None if report is unit.members[0] else unit.members[0].id
                memberships[report.id] = Membership(
                    number[self.home[i]],
                    posterior,
                    own or 0,
                    numbered,
                    repeat_of,
                    unit.face is not None,
                )
            possible |= {
                self._pair(number[self.home[i]], n)
                for n, score in numbered
                if score >= self.settings.possible_min_milli
            }
        nearby = {
            report.id: around.get(i, 0)
            for i, unit in enumerate(self.units)
            for report in unit.members
        }
        return Matches(clusters, memberships, tuple(sorted(possible)), nearby, self.settings)

    def _apart(self, constraints: Constraints) -> set[tuple[int, int]]:
        unit_of = {report.id: i for i, unit in enumerate(self.units) for report in unit.members}
        return {
            self._pair(unit_of[one], unit_of[other])
            for one, other in constraints.apart
            if one in unit_of and other in unit_of and unit_of[one] != unit_of[other]
        }

    def _bounded(self, edges: Sequence[Edge]) -> list[Edge]:
        """Edges that both ends keep among their best, best first."""
        ranked = sorted(
            (e for e in edges if self._pair(e.one, e.other) not in self.apart),
            key=lambda e: (-e.score_milli, self._ends_apart_s(e), *self._pair(e.one, e.other)),
        )
        kept: dict[int, int] = defaultdict(int)
        held: dict[tuple[int, int], int] = defaultdict(int)
        for edge in ranked:
            for end in (edge.one, edge.other):
                kept[end] += 1
                if kept[end] <= self.settings.candidates_max:
                    held[self._pair(edge.one, edge.other)] += 1
        return [edge for edge in ranked if held[self._pair(edge.one, edge.other)] == 2]

    def _ends_apart_s(self, edge: Edge) -> int:
        one, other = self.units[edge.one].face, self.units[edge.other].face
        assert one is not None and other is not None, "only what is precise is compared"
        return abs(one.latest - other.latest)

    @staticmethod
    def _pair(one: int, other: int) -> tuple[int, int]:
        return (one, other) if one < other else (other, one)

    def _merge(self, a: int, b: int) -> None:
        if a == b or self.sources[a] & self.sources[b] or self._held_apart(a, b):
            return
        if sum(self._score(i, j) for i in self.members[a] for j in self.members[b]) <= 0:
            return
        keep, gone = self._pair(a, b)
        for i in self.members[gone]:
            self.home[i] = keep
        self.members[keep] += self.members[gone]
        self.members[gone] = []
        self.sources[keep] |= self.sources[gone]

    def _held_apart(self, a: int, b: int) -> bool:
        return bool(self.apart) and any(
            self._pair(i, j) in self.apart for i in self.members[a] for j in self.members[b]
        )

    def _may_take(self, home: int, i: int) -> bool:
        """Whether a cluster could take a unit that is not in it."""
        if self.sources[home] & self.unit_sources[i]:
            return False
        return not self.apart or not any(self._pair(i, j) in self.apart for j in self.members[home])

    def _score(self, i: int, j: int) -> int:
        return self.scores[i].get(j, self.settings.missing_milli)

    def _evidence(self, i: int) -> tuple[int | None, dict[int, int]]:
        """What binds a unit to its own incident (None where it is alone there), and to each rival
        that could take it."""
        home = self.home[i]
        scores = self.scores.get(i, {})
        missing = self.settings.missing_milli
        own = None
        if len(self.members[home]) > 1:
            own = sum(scores.get(j, missing) for j in self.members[home] if j != i)
        rivals = {}
        for rival in {self.home[j] for j in scores}:
            if rival != home and self._may_take(rival, i):
                rivals[rival] = sum(scores.get(j, missing) for j in self.members[rival])
        return own, rivals

    def _posterior(self, own: int | None, rivals: Sequence[int]) -> int:
        alone = weight(0)
        here = alone if own is None else weight(own)
        rest = (0 if own is None else alone) + sum(weight(score) for score in rivals)
        return 1000 * here // (here + rest)

    def _reports(self, home: int) -> tuple[str, ...]:
        reports = [report for i in self.members[home] for report in self.units[i].members]
        return tuple(report.id for report in sorted(reports, key=lambda r: r.tie))
