"""Which part of the world a map shows, and where on it a point lies. Mercator, north up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trucekeeper.reporting.document import Map, MapPoint
from trucekeeper.vocabulary.places import DEGREE_M, E6

#: Pixels.
WIDTH = 760
_HEIGHT_MAX = 640
_MARGIN = 12
#: Mercator ends before the poles.
_LAT_MAX = 85.0


@dataclass(frozen=True, slots=True)
class View:
    """The part of the world that is shown. turn: whether longitudes run on over 180 degrees."""

    west: float
    north_y: float
    scale: float
    height: float
    turn: bool

    def at(self, lon_e6: int, lat_e6: int) -> tuple[float, float]:
        """Pixels from the upper left of a point in millionths of a degree."""
        x = (longitude(lon_e6, self.turn) - self.west) * self.scale
        y = (self.north_y - mercator(lat_e6 / E6)) * self.scale
        return x + _MARGIN, y + _MARGIN

    def pixels(self, metres: int, lat_e6: int) -> float:
        """How many pixels a distance is at a latitude."""
        shrink = max(0.05, math.cos(math.radians(lat_e6 / E6)))
        return metres / (DEGREE_M * shrink) * self.scale


def split_points(map_: Map) -> tuple[list[MapPoint], list[MapPoint]]:
    """The points that are drawn, and those so far from every outline that drawing them would shrink
    all else: farther off than half of what the outlines span."""
    places = [place for _, _, _, rings in map_.outlines for ring in rings for place in ring]
    if not places:
        return list(map_.points), []
    turn = _turns(map_)
    xs, ys = [longitude(lon, turn) for lon, _ in places], [lat / E6 for _, lat in places]
    reach = max(max(xs) - min(xs), max(ys) - min(ys)) / 2
    west, east = min(xs) - reach, max(xs) + reach
    south, north = min(ys) - reach, max(ys) + reach
    near: list[MapPoint] = []
    far: list[MapPoint] = []
    for point in map_.points:
        x, y = longitude(point.lon_e6, turn), point.lat_e6 / E6
        (near if west <= x <= east and south <= y <= north else far).append(point)
    return near, far


def _turns(map_: Map) -> bool:
    lons = [lon for _, _, _, rings in map_.outlines for ring in rings for lon, _ in ring]
    lons += [point.lon_e6 for point in map_.points]
    return bool(lons) and max(lons) - min(lons) > 180 * E6


def view_of(map_: Map, points: Sequence[MapPoint]) -> View | None:
    """What holds every outline and point, with some air around a single point."""
    places = [place for _, _, _, rings in map_.outlines for ring in rings for place in ring]
    places += [(point.lon_e6, point.lat_e6) for point in points]
    if not places:
        return None
    turn = _turns(map_)
    lons = [longitude(lon, turn) for lon, _ in places]
    ys = [mercator(lat / E6) for _, lat in places]
    wide, high = max(lons) - min(lons), max(ys) - min(ys)
    air = 0.2 if max(wide, high) < 0.1 else 0.02 * max(wide, high)
    wide, high = wide + 2 * air, high + 2 * air
    scale = min((WIDTH - 2 * _MARGIN) / wide, (_HEIGHT_MAX - 2 * _MARGIN) / high)
    spare = ((WIDTH - 2 * _MARGIN) / scale - wide) / 2
    return View(min(lons) - air - spare, max(ys) + air, scale, high * scale + 2 * _MARGIN, turn)


def longitude(lon_e6: int, turn: bool) -> float:
    """A longitude in degrees, from -180 to 180, or where it turns from 0 to 360."""
    return lon_e6 / E6 + (360 if turn and lon_e6 < 0 else 0)


def mercator(lat: float) -> float:
    """The Mercator ordinate of a latitude, in degrees at the equator."""
    held = max(-_LAT_MAX, min(_LAT_MAX, lat))
    return math.degrees(math.asinh(math.tan(math.radians(held))))
