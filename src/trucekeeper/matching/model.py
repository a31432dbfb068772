"""The score of a pair of reports, term by term, in plain Python: the definition.

    score = prior − ln(surroundings) + place + time + act + weapon + author + target + killed

place = ln(πR² / 2πσ²) − d²/2σ², where σ² is the variance of the difference of two points each
somewhere in its own stated disc, R the radius in which the surroundings are counted; time likewise
over τ² and the counted length. A report that is vague about place or time therefore gains little
from lying close."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from trucekeeper.matching.scale import ln_milli
from trucekeeper.matching.settings import NumberTerms, Settings, WordTerms
from trucekeeper.vocabulary.categories import Likeness, act_likeness, weapon_likeness
from trucekeeper.vocabulary.places import point_squared_m

#: 1000 × ln(2π) / 2.
HALF_LN_2PI_MILLI = 919


@dataclass(frozen=True, slots=True)
class MatchReport:
    """A report as matching sees it. tie: its leaf hash, by which ties break. authors, targets: the
    groups alleged, as alternatives; empty where not stated. A report without a point is never
    matched."""

    id: str
    tie: str
    source: str
    earliest: int
    latest: int
    lat_e6: int | None
    lon_e6: int | None
    radius_m: int | None
    act: str
    weapon: str | None = None
    authors: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    killed_min: int | None = None
    killed_max: int | None = None
    #: Whether records of this source that lie close over one period are taken together first.
    repeats: bool = False
    #: Whether the agreement was in force when it happened; what lies outside is never matched.
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class Unit:
    """What is matched: one report, or several that are one by repetition or by a binding statement.

    members: ordered by tie. face: what the unit states together; None where no member is precise
    enough to be matched, so that the unit stands for itself."""

    members: tuple[MatchReport, ...]
    sources: frozenset[str]
    face: MatchReport | None

    @property
    def tie(self) -> str:
        return self.members[0].tie


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one score, in milli-nats."""

    prior: int
    place: int
    time: int
    act: int
    weapon: int
    author: int
    target: int
    killed: int

    @property
    def total(self) -> int:
        return (
            self.prior
            + self.place
            + self.time
            + self.act
            + self.weapon
            + self.author
            + self.target
            + self.killed
        )


def is_eligible(report: MatchReport, settings: Settings) -> bool:
    """Whether a report is precise enough in place and time to be matched."""
    return (
        report.in_force
        and report.radius_m is not None
        and report.lat_e6 is not None
        and report.radius_m <= settings.radius_m_max
        and report.latest - report.earliest <= settings.period_s_max
    )


def in_surroundings(a: MatchReport, b: MatchReport, settings: Settings) -> bool:
    """Whether two reports lie in each other's surroundings."""
    gap = abs(a.earliest + a.latest - b.earliest - b.latest) // 2
    return gap <= settings.density_gap_s and _squared_m(a, b) <= settings.density_radius_m**2


def pair_terms(
    a: MatchReport, b: MatchReport, around_a: int, around_b: int, settings: Settings
) -> Terms | None:
    """The terms of a pair; None where it is no candidate. around: how many reports of other sources
    lie around each."""
    squared = _squared_m(a, b)
    gap_twice = abs(a.earliest + a.latest - b.earliest - b.latest)
    if squared > settings.reach_m_max**2 or gap_twice > 2 * settings.gap_s_max:
        return None
    assert a.radius_m is not None and b.radius_m is not None
    variance = (a.radius_m**2 + b.radius_m**2) // 4 + settings.place_floor_m**2
    width_a, width_b = a.latest - a.earliest, b.latest - b.earliest
    variance_s = (width_a**2 + width_b**2) // 12 + settings.time_floor_s**2
    place_bin = bisect_left(settings.place_edges, 16 * squared // variance)
    time_bin = bisect_left(settings.time_edges, 4 * gap_twice**2 // variance_s)
    if place_bin == len(settings.place_edges) or time_bin == len(settings.time_edges):
        return None
    return Terms(
        prior=settings.prior_milli - (ln_milli(around_a + 1) + ln_milli(around_b + 1)) // 2,
        place=2 * ln_milli(settings.density_radius_m)
        - ln_milli(2 * variance)
        + settings.place_milli[place_bin],
        time=ln_milli(2 * settings.density_gap_s)
        - ln_milli(variance_s) // 2
        - HALF_LN_2PI_MILLI
        + settings.time_milli[time_bin],
        act=settings.act.of(act_likeness(a.act, b.act)),
        weapon=0
        if a.weapon is None or b.weapon is None
        else settings.weapon.of(weapon_likeness(a.weapon, b.weapon)),
        author=_sets_term(a.authors, b.authors, settings.author),
        target=_sets_term(a.targets, b.targets, settings.target),
        killed=numbers_term(
            (a.killed_min, a.killed_max), (b.killed_min, b.killed_max), settings.killed
        ),
    )


def sets_likeness(a: frozenset[str], b: frozenset[str]) -> Likeness | None:
    """How two sets of alternatives compare; None where either is empty."""
    if not a or not b:
        return None
    if a == b:
        return Likeness.SAME
    return Likeness.BROADER if a & b else Likeness.OTHER


def numbers_term(
    a: tuple[int | None, int | None], b: tuple[int | None, int | None], terms: NumberTerms
) -> int:
    """The term of two ranges; a missing bound is read as open, a range with no bound says
    nothing."""
    if a == (None, None) or b == (None, None):
        return 0
    low_a, high_a = a[0] or 0, 10**9 if a[1] is None else a[1]
    low_b, high_b = b[0] or 0, 10**9 if b[1] is None else b[1]
    apart = max(low_a, low_b) - min(high_a, high_b)
    if apart <= 0:
        return terms.both_zero if high_a == 0 and high_b == 0 else terms.overlap
    return terms.near if apart <= terms.near_max else terms.far


def make_units(
    reports: Sequence[MatchReport], same: Sequence[tuple[str, str]], settings: Settings
) -> list[Unit]:
    """The units of all reports, ordered by tie: repeats of one source, and reports that are bound
    to be the same."""
    by_id = {r.id: r for r in sorted(reports, key=lambda r: r.tie)}
    leader = {id: id for id in by_id}

    def find(id: str) -> str:
        while leader[id] != id:
            leader[id] = id = leader[leader[id]]
        return id

    def join(one: str, other: str) -> None:
        first, second = sorted((find(one), find(other)), key=lambda end: by_id[end].tie)
        leader[second] = first

    repeated = [(one.id, other.id) for one, other in _repeats(by_id.values())]
    for one, other in (*repeated, *same):
        if one in by_id and other in by_id:
            join(one, other)
    groups: dict[str, list[MatchReport]] = {}
    for id, report in by_id.items():
        groups.setdefault(find(id), []).append(report)
    return [
        Unit(tuple(g), frozenset(r.source for r in g), _face(g, settings)) for g in groups.values()
    ]


def _repeats(reports: Iterable[MatchReport]) -> Iterator[tuple[MatchReport, MatchReport]]:
    """Pairs of records that repeat each other: of one source that is known to repeat, over one
    period, one within the other's stated radius."""
    alike: dict[tuple[object, ...], list[MatchReport]] = {}
    for report in reports:
        if report.repeats and report.lat_e6 is not None:
            alike.setdefault((report.source, report.earliest, report.latest), []).append(report)
    for group in alike.values():
        for a, b in combinations(group, 2):
            assert a.radius_m is not None and b.radius_m is not None
            if _squared_m(a, b) <= max(a.radius_m, b.radius_m) ** 2:
                yield a, b


def _face(group: list[MatchReport], settings: Settings) -> MatchReport | None:
    """The precise report with the least tie, completed from the others in the order of their
    ties."""
    first = next((r for r in group if is_eligible(r, settings)), None)
    if first is None or len(group) == 1:
        return first
    numbers = next((r for r in group if (r.killed_min, r.killed_max) != (None, None)), first)
    return replace(
        first,
        weapon=next((r.weapon for r in group if r.weapon is not None), None),
        authors=next((r.authors for r in group if r.authors), frozenset()),
        targets=next((r.targets for r in group if r.targets), frozenset()),
        killed_min=numbers.killed_min,
        killed_max=numbers.killed_max,
    )


def _squared_m(a: MatchReport, b: MatchReport) -> int:
    assert (
        a.lat_e6 is not None
        and a.lon_e6 is not None
        and b.lat_e6 is not None
        and b.lon_e6 is not None
    )
    return point_squared_m(a.lat_e6, a.lon_e6, b.lat_e6, b.lon_e6)


def _sets_term(a: frozenset[str], b: frozenset[str], terms: WordTerms) -> int:
    likeness = sets_likeness(a, b)
    return 0 if likeness is None else terms.of(likeness)
