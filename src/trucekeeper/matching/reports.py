"""What is matched: reports, and the units of those that are one before any comparison of
sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from trucekeeper.matching.settings import Settings
from trucekeeper.matching.texts import Grams
from trucekeeper.vocabulary.places import point_squared_m


@dataclass(frozen=True, slots=True)
class MatchReport:
    """A report as matching sees it. tie: its leaf hash, by which ties break. authors, targets: the
    groups alleged, as alternatives; empty where not stated. name: a gazetteer code, or the name of
    the place as stated. A report without a point is never matched."""

    id: str
    tie: str
    source: str
    earliest: int
    latest: int
    lat_e6: int | None
    lon_e6: int | None
    radius_m: int | None
    act: str | None
    weapon: str | None = None
    authors: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    killed_min: int | None = None
    killed_max: int | None = None
    name: str | None = None
    text: Grams | None = None
    #: Whether records of this source that lie close over one period are taken together first.
    repeats: bool = False
    #: Whether the agreement was in force when it happened; what lies outside is never matched.
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class Constraints:
    """What signed `match` statements bind: pairs of report ids that are the same event, and that
    are not."""

    same: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """What is matched: one report, or several that are one by repetition or by a binding statement.

    members: ordered by tie. face: what the unit states together; None where no member can be
    compared, so that the unit stands for itself. around: how many reports lie around its face."""

    members: tuple[MatchReport, ...]
    sources: frozenset[str]
    face: MatchReport | None
    around: int

    @property
    def tie(self) -> str:
        return self.members[0].tie


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
    gap_twice = abs(a.earliest + a.latest - b.earliest - b.latest)
    return (
        gap_twice <= 2 * settings.density_gap_s
        and squared_between(a, b) <= settings.density_radius_m**2
    )


def squared_between(a: MatchReport, b: MatchReport) -> int:
    """Squared metres between the points of two reports that have them."""
    assert a.lat_e6 is not None and a.lon_e6 is not None
    assert b.lat_e6 is not None and b.lon_e6 is not None
    return point_squared_m(a.lat_e6, a.lon_e6, b.lat_e6, b.lon_e6)


def make_units(
    reports: Sequence[MatchReport],
    around: Mapping[str, int],
    joined: Iterable[tuple[str, str]],
    settings: Settings,
) -> list[Unit]:
    """The units of all reports, ordered by tie. reports: ordered by tie. around: of those that are
    compared. joined: pairs of ids that are one."""
    by_id = {r.id: n for n, r in enumerate(reports)}
    leader = list(range(len(reports)))

    def find(n: int) -> int:
        while leader[n] != n:
            leader[n] = n = leader[leader[n]]
        return n

    for one, other in (*filed_alike(reports, settings.crowd_max), *joined):
        if one in by_id and other in by_id:
            first, second = sorted((find(by_id[one]), find(by_id[other])))
            leader[second] = first
    groups: dict[int, list[MatchReport]] = {}
    for n, report in enumerate(reports):
        groups.setdefault(find(n), []).append(report)
    units = []
    only = {source: frozenset({source}) for source in {r.source for r in reports}}
    for members in groups.values():
        if len(members) == 1 and (own := members[0]).id in around:
            units.append(Unit((own,), only[own.source], own, around[own.id]))
            continue
        face = face_of([r for r in members if r.id in around], members)
        near = 0 if face is None else around[face.id]
        units.append(Unit(tuple(members), frozenset(r.source for r in members), face, near))
    return units


def filed_alike(reports: Iterable[MatchReport], most: int) -> Iterator[tuple[str, str]]:
    """Pairs of records that repeat each other: of one source that the agreement says repeats, over
    one period, one within the other's stated radius. Where more than `most` share a period none is
    compared."""
    alike: dict[tuple[object, ...], list[MatchReport]] = {}
    for report in reports:
        if report.repeats and report.lat_e6 is not None:
            alike.setdefault((report.source, report.earliest, report.latest), []).append(report)
    for group in alike.values():
        for a, b in combinations(group if len(group) <= most else (), 2):
            assert a.radius_m is not None and b.radius_m is not None
            if squared_between(a, b) <= max(a.radius_m, b.radius_m) ** 2:
                yield a.id, b.id


def face_of(compared: Sequence[MatchReport], members: Sequence[MatchReport]) -> MatchReport | None:
    """The least of the compared members, completed from all in the order of their ties."""
    if not compared:
        return None
    first = compared[0]
    if len(members) == 1:
        return first
    numbers = next((r for r in members if (r.killed_min, r.killed_max) != (None, None)), first)
    return replace(
        first,
        weapon=next((r.weapon for r in members if r.weapon is not None), None),
        authors=next((r.authors for r in members if r.authors), frozenset()),
        targets=next((r.targets for r in members if r.targets), frozenset()),
        killed_min=numbers.killed_min,
        killed_max=numbers.killed_max,
        name=next((r.name for r in members if r.name is not None), None),
        text=next((r.text for r in members if r.text is not None), None),
    )
