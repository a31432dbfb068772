"""Reports with what their place and parties mean under the agreement: reporting area, zones,
groups. One row a report, computed for all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

import msgspec
import numpy as np

from trucekeeper.agreement.model import ExcludedArea, Zone, ZoneMap
from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.matching.reports import MatchReport
from trucekeeper.statements.kinds import Report
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.places import Bools, Ints, inside, near_edge
from trucekeeper.vocabulary.text import name_key
from trucekeeper.vocabulary.times import seconds

#: How a disc lies to a map: wholly in, wholly out, across its line, or there is no point to tell
#: by.
Lie = Literal["in", "out", "across", "no-point"]
Sides = tuple[tuple[str, ...], ...]


class Located(msgspec.Struct, frozen=True):
    """A report in effect. area: the reporting area by its point or code; None where it is in none.
    area_stated: the reporting area that the publisher names, where it names one. authors, targets:
    groups of the agreement, or the name as stated, folded, where the agreement knows no such
    group."""

    statement: Statement
    report: Report
    earliest: int
    latest: int
    area: str | None
    area_stated: str | None
    authors: tuple[str, ...]
    targets: tuple[str, ...]
    #: The alternatives as sides: the groups that a source names together as one side.
    author_sides: Sides
    target_sides: Sides
    #: How it lies to each map version, by (zone or excluded area, version); and the same as one
    #: value.
    lies: Mapping[tuple[str, str], Lie]
    way: tuple[Lie, ...]
    ref: RefText
    #: The participant or component whose report it is.
    source: str


def locate(governed: Governed) -> list[Located]:
    """Every report in effect with its area, zones and groups."""
    agreement = governed.agreement
    reports = governed.of_kind(Report)
    lats, lons, radii, rows = _points([report for _, report in reports])
    areas = _areas(agreement, lats, lons)
    keys = [(owner, map_.version) for owner, map_ in maps_of(agreement)]
    lies = [_lies(agreement, map_, lats, lons, radii) for _, map_ in maps_of(agreement)]
    ways = list(zip(*lies, strict=True)) or [()] * len(lats)
    no_point: Lie = "no-point"
    nowhere = (no_point,) * len(keys)
    #: Many reports lie alike; each way is one mapping.
    lying = {way: dict(zip(keys, way, strict=True)) for way in {*ways, nowhere}}
    naming = _Naming(agreement)
    found = []
    for (statement, report), row in zip(reports, rows, strict=True):
        place = report.place
        way = nowhere if row is None else ways[row]
        earliest = seconds(report.occurred.earliest)
        author_sides, authors = naming.sides(report.alleged_author, earliest)
        target_sides, targets = naming.sides(report.target, earliest)
        found.append(
            Located(
                statement,
                report,
                earliest,
                seconds(report.occurred.latest),
                areas[row] if row is not None else naming.area(place.code),
                naming.area_named(place.area_name),
                authors,
                targets,
                author_sides,
                target_sides,
                lying[way],
                way,
                statement.ref,
                statement.author,
            )
        )
    return found


class _Naming:
    """What the names in reports mean under an agreement, each looked up once."""

    def __init__(self, agreement: Agreement) -> None:
        self.agreement = agreement
        self._known: dict[tuple[Sequence[str], int], tuple[Sides, tuple[str, ...]]] = {}

    def sides(self, names: Sequence[str], at: int) -> tuple[Sides, tuple[str, ...]]:
        """The alternatives as sides, and the groups of all."""
        key = (names, bisect_right(self.agreement.name_edges, at))
        if key not in self._known:
            sides = _sides(self.agreement, names, at)
            self._known[key] = sides, _flat(sides)
        return self._known[key]

    def area(self, code: str | None) -> str | None:
        """The reporting area of a code."""
        area = None if code is None else self.agreement.reporting_area(code)
        return None if area is None else area.id

    def area_named(self, name: str | None) -> str | None:
        """The reporting area that a publisher names."""
        area = None if name is None else self.agreement.reporting_area_named(name)
        return None if area is None else area.id


def maps_of(agreement: Agreement) -> list[tuple[str, ZoneMap]]:
    """Every map version of every zone and excluded area."""
    places: tuple[Zone | ExcludedArea, ...] = (
        *agreement.file.zones,
        *agreement.file.excluded_areas,
    )
    return [(place.id, map_) for place in places for map_ in place.maps]


def as_match_reports(located: Sequence[Located], agreement: Agreement) -> list[MatchReport]:
    """The reports as matching sees them."""
    starts, ends = agreement.in_force
    groups = cache(frozenset[str])
    repeats = {c.id for c in agreement.file.components if c.repeats == "day-and-place"}
    return [
        MatchReport(
            r.ref,
            r.statement.leaf,
            r.source,
            r.earliest,
            r.latest,
            r.report.place.lat_e6,
            r.report.place.lon_e6,
            r.report.place.radius_m,
            r.report.act,
            r.report.weapon,
            groups(r.authors),
            groups(r.targets),
            None if r.report.killed is None else r.report.killed.min,
            None if r.report.killed is None else r.report.killed.max,
            repeats=r.source in repeats,
            in_force=r.latest > starts and r.earliest < ends,
        )
        for r in located
    ]


def _points(reports: Sequence[Report]) -> tuple[Ints, Ints, Ints, list[int | None]]:
    """The points and radii of those that have them, and each report's row among them."""
    rows: list[int | None] = []
    values: list[tuple[int, int, int]] = []
    for report in reports:
        place = report.place
        if place.lat_e6 is None or place.lon_e6 is None or place.radius_m is None:
            rows.append(None)
        else:
            rows.append(len(values))
            values.append((place.lat_e6, place.lon_e6, place.radius_m))
    table = np.array(values, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2], rows


def _areas(agreement: Agreement, lats: Ints, lons: Ints) -> list[str | None]:
    """The reporting area of each point, by the polygons of its codes."""
    found: list[str | None] = [None] * len(lats)
    for code, polygon in agreement.area_polygons:
        area = agreement.reporting_area(code)
        if area is not None:
            for row in np.flatnonzero(inside(polygon, lats, lons)).tolist():
                found[row] = area.id
    return found


def _lies(agreement: Agreement, map_: ZoneMap, lats: Ints, lons: Ints, radii: Ints) -> list[Lie]:
    polygon = agreement.polygon(map_)
    within: Bools = inside(polygon, lats, lons)
    across: Bools = near_edge(polygon, lats, lons, radii)
    words: tuple[Lie, ...] = ("out", "in", "across")
    return [words[n] for n in np.where(across, 2, within).tolist()]


def _sides(agreement: Agreement, names: Sequence[str], at: int) -> Sides:
    """The groups of each alternative. A name that the agreement does not know as a whole and that
    lists several, separated by commas, is one side of several groups."""
    found = []
    for name in names:
        listed = [name] if agreement.find_group(name, at) is not None else name.split(",")
        found.append(tuple(dict.fromkeys(_group(agreement, one, at) for one in listed)))
    return tuple(dict.fromkeys(found))


def _group(agreement: Agreement, name: str, at: int) -> str:
    """The group's identifier; a name that the agreement does not know stays, folded."""
    group = agreement.find_group(name, at)
    return name_key(name) if group is None else group.id


def _flat(sides: Sides) -> tuple[str, ...]:
    return tuple(dict.fromkeys(group for side in sides for group in side))
