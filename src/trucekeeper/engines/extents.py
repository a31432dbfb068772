"""Which reports a window holds, and for which of them it decides as all reports would.

A window holds every report whose period and point touch its extent. Near its rim reports have
neighbours that it does not hold: nothing is known there. From there on doubt spreads as evidence
does, to what could be compared with a doubtful report, to the lists it stands in, to all that hangs
together with it. What no doubt reaches is decided, to the last byte."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, isqrt, radians

import numpy as np

from trucekeeper.engines.columns import Coded
from trucekeeper.engines.scoring import Array
from trucekeeper.engines.sweep import TURN_E6
from trucekeeper.matching.settings import Settings
from trucekeeper.vocabulary.places import DEGREE_M, E6


@dataclass(frozen=True)
class Extent:
    """What a window holds: periods that touch `since` to `until` (seconds), latitudes from `south`
    to `north`, longitudes no further from `middle` than `half` (millionths of a degree). None:
    without a bound on that side."""

    since: int | None = None
    until: int | None = None
    south: int | None = None
    north: int | None = None
    middle: int = 0
    half: int | None = None

    def holds(self, earliest: Array, latest: Array, lat: Array, lon: Array) -> Array:
        """Which reports a window of this extent holds."""
        held = np.ones(len(lat), bool)
        if self.since is not None:
            held &= latest >= self.since
        if self.until is not None:
            held &= earliest <= self.until
        if self.south is not None:
            held &= lat >= self.south
        if self.north is not None:
            held &= lat <= self.north
        if self.half is not None:
            held &= self._across(lon) <= self.half
        return held

    def covers(self, table: Coded, settings: Settings) -> Array:
        """Which rows of a table could have no neighbour outside."""
        own = table.columns
        known = np.ones(len(own["lat"]), bool)
        gap_s, middle = settings.gap_edges_s[-1], (own["earliest"] + own["latest"]) // 2
        if self.since is not None:
            known &= own["earliest"] - gap_s >= self.since
            known &= middle - settings.density_gap_s > self.since
        if self.until is not None:
            known &= own["latest"] + gap_s <= self.until
            known &= middle + settings.density_gap_s < self.until
        reach = reach_e6(settings)
        if self.south is not None:
            known &= own["lat"] - reach >= self.south
        if self.north is not None:
            known &= own["lat"] + reach <= self.north
        if self.half is not None:
            furthest = int(np.abs(own["lat"]).max(initial=0))
            known &= self._across(own["lon"]) + wide_e6(reach, furthest + reach) <= self.half
        return known

    def _across(self, lon: Array) -> Array:
        """How far from the middle longitudes lie, the shorter way round."""
        across = np.abs(lon - self.middle)
        return np.minimum(across, TURN_E6 - across)


#: Every report there is.
ALL = Extent()


def reach_m(radius_m: int, settings: Settings) -> int:
    """Beyond which distance no two reports with radii up to this one are candidates."""
    radius_m = min(radius_m, settings.radius_m_max)
    variance = (radius_m**2 // 2 + settings.place_floor_m**2) // 2 + 1
    return min(isqrt(settings.place_edges[-1] * variance // 8) + 1, settings.reach_m_max)


def reach_e6(settings: Settings) -> int:
    """How far from a report, in latitude, another can say anything about it."""
    furthest_m = max(reach_m(settings.radius_m_max, settings), settings.density_radius_m)
    return (furthest_m + 1) * E6 // DEGREE_M + 1


def wide_e6(tall: int, lat_e6: int) -> int:
    """How many millionths of longitude are as wide as some of latitude are tall, at the most, up to
    this far from the equator; a whole turn near a pole."""
    degrees = lat_e6 / E6
    if degrees >= 89:
        return TURN_E6
    # Within whole degrees no chord of the table of cosines is lower; distances are cut to metres.
    return min(int((tall + 2 * E6 // DEGREE_M) / (cos(radians(degrees)) * 0.998)) + 1, TURN_E6)


def over_edges(flagged: Array, one: Array, other: Array) -> Array:
    """The flagged rows and those that an edge joins to one."""
    touching = flagged[one] | flagged[other]
    reached = flagged.copy()
    reached[one[touching]] = reached[other[touching]] = True
    return reached


def over_groups(flagged: Array, group: Array) -> Array:
    """The flagged rows and all that are in a group with one. group: for each row a row that names
    its group."""
    doubtful = np.zeros(len(group), bool)
    doubtful[group[flagged]] = True
    return doubtful[group]
