"""Tiles of space and time, each with the reports around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trucekeeper.engines.extents import Extent, wide_e6
from trucekeeper.engines.scoring import Array
from trucekeeper.vocabulary.places import E6
from trucekeeper.vocabulary.times import DAY_S

#: A tile is one number: days, then bands of latitude and cells of longitude with so many bits each.
_BITS = 10


@dataclass(frozen=True)
class Tiles:
    """Tiles of so many days and degrees. around_s, around_e6: how far around each is looked, in
    seconds and millionths of a degree of latitude. degrees divide 180."""

    days: int = 64
    degrees: int = 10
    around_s: int = 12 * DAY_S
    around_e6: int = 1_500_000

    def twice_around(self) -> Tiles:
        return Tiles(self.days, self.degrees, 2 * self.around_s, 2 * self.around_e6)

    def own(self, earliest: Array, lat: Array, lon: Array) -> Array:
        """The tile of each report."""
        side = self.degrees * E6
        band = np.minimum((lat + 90 * E6) // side, 180 // self.degrees - 1)
        cell = (lon + 180 * E6) // side % (360 // self.degrees)
        return _number(earliest // (self.days * DAY_S), band, cell)

    def around(self, earliest: Array, latest: Array, lat: Array, lon: Array) -> tuple[Array, Array]:
        """Every tile that a report lies in or around: rows, and for each the tile."""
        side, length = self.degrees * E6, self.days * DAY_S
        rows, day = _spread(
            np.arange(len(lat)),
            (earliest - self.around_s - 1) // length,
            (latest + self.around_s) // length,
        )
        up = lat[rows] + 90 * E6
        lowest = np.maximum((up - self.around_e6 - 1) // side, 0)
        highest = np.minimum((up + self.around_e6) // side, 180 // self.degrees - 1)
        at, band = _spread(np.arange(len(rows)), lowest, highest)
        rows, day = rows[at], day[at]
        wide = np.array([self._wide_e6(n) for n in range(180 // self.degrees)])[band]
        across, cells = lon[rows] + 180 * E6, 360 // self.degrees
        first, last = (across - wide - 1) // side, (across + wide) // side
        last = np.minimum(last, first + cells - 1)
        at, cell = _spread(np.arange(len(rows)), first, last)
        return rows[at], _number(day[at], band[at], cell % cells)

    def extent(self, tile: int) -> Extent:
        """What the reports in and around a tile are all those of."""
        day, band, cell = tile >> 2 * _BITS, tile >> _BITS & 2**_BITS - 1, tile & 2**_BITS - 1
        side, length = self.degrees * E6, self.days * DAY_S
        south, north = band * side - 90 * E6, (band + 1) * side - 90 * E6
        half = side // 2 + self._wide_e6(band)
        return Extent(
            since=day * length - self.around_s,
            until=(day + 1) * length + self.around_s,
            south=None if south - self.around_e6 <= -90 * E6 else south - self.around_e6,
            north=None if north + self.around_e6 >= 90 * E6 else north + self.around_e6,
            middle=cell * side + side // 2 - 180 * E6,
            half=None if half >= 180 * E6 else half,
        )

    def _wide_e6(self, band: int) -> int:
        """How far around a tile of a band is looked, in longitude."""
        side = self.degrees * E6
        furthest = max(90 * E6 - band * side, (band + 1) * side - 90 * E6)
        return wide_e6(self.around_e6, furthest + self.around_e6)


def _number(day: Array, band: Array, cell: Array) -> Array:
    return (day << 2 * _BITS) + (band << _BITS) + cell


def _spread(rows: Array, first: Array, last: Array) -> tuple[Array, Array]:
    """Each row once for every whole number from first to last, and that number."""
    counts = np.maximum(last - first + 1, 0)
    repeated = np.repeat(rows, counts)
    begin = np.cumsum(counts) - counts
    return repeated, np.repeat(first - begin, counts) + np.arange(len(repeated))
