"""Points, discs and polygons in whole numbers.

Coordinates are millionths of a degree (WGS 84), distances whole metres. Every test is exact integer
arithmetic, so that no outcome depends on a machine's floating point. Distances are local and
equirectangular (sphere of 6,371,008.8 m, IUGG mean radius); over the tens of kilometres at which
reports are compared that is within 0.6 % of the geodesic, far inside the stated radii."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

import msgspec
import numpy as np
import numpy.typing as npt

Latitude = Annotated[int, msgspec.Meta(ge=-90_000_000, le=90_000_000)]
Longitude = Annotated[int, msgspec.Meta(ge=-180_000_000, le=180_000_000)]
Metres = Annotated[int, msgspec.Meta(ge=0, le=20_100_000)]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Metres in one degree of latitude.
DEGREE_M = 111_195
E6 = 1_000_000
#: Millionths of the cosine of 0, 1, ... 90 degrees.
_COSINE_E6 = np.array(
    [
        1000000, 999848, 999391, 998630, 997564, 996195, 994522, 992546, 990268, 987688, 984808,
        981627, 978148, 974370, 970296, 965926, 961262, 956305, 951057, 945519, 939693, 933580,
        927184, 920505, 913545, 906308, 898794, 891007, 882948, 874620, 866025, 857167, 848048,
        838671, 829038, 819152, 809017, 798636, 788011, 777146, 766044, 754710, 743145, 731354,
        719340, 707107, 694658, 681998, 669131, 656059, 642788, 629320, 615661, 601815, 587785,
        573576, 559193, 544639, 529919, 515038, 500000, 484810, 469472, 453990, 438371, 422618,
        406737, 390731, 374607, 358368, 342020, 325568, 309017, 292372, 275637, 258819, 241922,
        224951, 207912, 190809, 173648, 156434, 139173, 121869, 104528, 87156, 69756, 52336,
        34899, 17452, 0, 0,
    ],
    dtype=np.int64,
)  # fmt: skip

_COSINES: tuple[int, ...] = tuple(_COSINE_E6.tolist())


def cosine_e6(lat_e6: Ints) -> Ints:
    """Millionths of the cosine of a latitude, linear between whole degrees."""
    whole, part = np.divmod(np.abs(lat_e6), E6)
    here, next_ = _COSINE_E6[whole], _COSINE_E6[whole + 1]
    result: Ints = here - (here - next_) * part // E6
    return result


def offset_m(lat_e6: Ints, lon_e6: Ints, from_lat_e6: Ints, from_lon_e6: Ints) -> tuple[Ints, Ints]:
    """Metres east and north of one set of points from another, by the mean of their cosines.
    Symmetric: exchanging the two sets only changes the signs."""
    north = _scaled(lat_e6 - from_lat_e6, DEGREE_M)
    across: Ints = lon_e6 - from_lon_e6
    # The shorter way round the globe.
    turns: Ints = (across > 180 * E6).astype(np.int64) - (across < -180 * E6).astype(np.int64)
    cosine = (cosine_e6(lat_e6) + cosine_e6(from_lat_e6)) // 2
    east = _scaled(_scaled(across - 360 * E6 * turns, DEGREE_M), cosine)
    return east, north


def squared_m(lat_e6: Ints, lon_e6: Ints, from_lat_e6: Ints, from_lon_e6: Ints) -> Ints:
    """Squared distance in square metres."""
    east, north = offset_m(lat_e6, lon_e6, from_lat_e6, from_lon_e6)
    return east * east + north * north


def _scaled(value: Ints, factor: Ints | int) -> Ints:
    """Value × factor / 1e6, rounded towards zero so that it is odd in `value`."""
    magnitude: Ints = np.abs(value) * np.asarray(factor, dtype=np.int64) // E6
    return np.where(value < 0, -magnitude, magnitude)


def point_squared_m(lat_e6: int, lon_e6: int, other_lat_e6: int, other_lon_e6: int) -> int:
    """Squared distance in square metres, as `squared_m` computes it."""
    east, north = offset_metres(lat_e6, lon_e6, other_lat_e6, other_lon_e6)
    return east * east + north * north


def offset_metres(lat_e6: int, lon_e6: int, from_lat_e6: int, from_lon_e6: int) -> tuple[int, int]:
    """Metres east and north of one point from another, as `offset_m` computes them."""
    up, across = lat_e6 - from_lat_e6, lon_e6 - from_lon_e6
    if abs(across) > 180 * E6:
        across -= 360 * E6 if across > 0 else -360 * E6
    cosine = (point_cosine_e6(lat_e6) + point_cosine_e6(from_lat_e6)) // 2
    east = abs(across) * DEGREE_M // E6 * cosine // E6
    north = abs(up) * DEGREE_M // E6
    return east if across >= 0 else -east, north if up >= 0 else -north


def point_cosine_e6(lat_e6: int) -> int:
    """Millionths of the cosine of a latitude, as `cosine_e6` computes them."""
    whole, part = divmod(abs(lat_e6), E6)
    here, next_ = _COSINES[whole], _COSINES[whole + 1]
    return here - (here - next_) * part // E6


class Polygon(msgspec.Struct, frozen=True):
    """A polygon with holes, or several: a point is inside where it is inside an odd number of rings
    (RFC 7946 rings, longitude before latitude in the file). rings: closed, each a tuple of (lon_e6,
    lat_e6)."""

    rings: tuple[tuple[tuple[int, int], ...], ...]

    def bounds(self) -> tuple[int, int, int, int]:
        """West, south, east, north in millionths of a degree."""
        lons = [lon for ring in self.rings for lon, _ in ring]
        lats = [lat for ring in self.rings for _, lat in ring]
        return min(lons), min(lats), max(lons), max(lats)

    def edges(self) -> Ints:
        """Rows of lon, lat, lon, lat: the edges of all rings."""
        rows = [(*a, *b) for ring in self.rings for a, b in pairwise(ring)]
        return np.array(rows, dtype=np.int64).reshape(-1, 4)


def inside(polygon: Polygon, lat_e6: Ints, lon_e6: Ints) -> Bools:
    """Which points are inside; a point on an edge counts as inside on the south and west sides
    only, so that polygons that share an edge never both hold it."""
    result = np.zeros(len(lat_e6), dtype=bool)
    west, south, east, north = polygon.bounds()
    near = np.flatnonzero(
        (lon_e6 >= west) & (lon_e6 <= east) & (lat_e6 >= south) & (lat_e6 <= north)
    )
    x, y = lon_e6[near], lat_e6[near]
    odd = np.zeros(len(near), dtype=bool)
    for x1, y1, x2, y2 in polygon.edges().tolist():
        spans = (y1 > y) != (y2 > y)
        # The edge passes east of the point: compared by cross-multiplication, exact in 64 bits.
        turn = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
        odd ^= spans & ((turn > 0) if y2 > y1 else (turn < 0))
    result[near] = odd
    return result


def near_edge(polygon: Polygon, lat_e6: Ints, lon_e6: Ints, radius_m: Ints) -> Bools:
    """Which discs touch or cross an edge of the polygon."""
    result = np.zeros(len(lat_e6), dtype=bool)
    if not len(lat_e6):
        return result
    north_e6 = radius_m * E6 // DEGREE_M + 2
    east_e6 = north_e6 * E6 // np.maximum(cosine_e6(lat_e6), 1) + 2
    west, south, east, north = polygon.bounds()
    near = np.flatnonzero(
        (lon_e6 + east_e6 >= west)
        & (lon_e6 - east_e6 <= east)
        & (lat_e6 + north_e6 >= south)
        & (lat_e6 - north_e6 <= north)
    )
    x, y = lon_e6[near], lat_e6[near]
    east_by, north_by = east_e6[near], north_e6[near]
    cosines = cosine_e6(y)
    for edge in polygon.edges().tolist():
        (left, right), (low, high) = sorted(edge[::2]), sorted(edge[1::2])
        close = (left <= x + east_by) & (right >= x - east_by)
        close &= (low <= y + north_by) & (high >= y - north_by) & ~result[near]
        for i in np.flatnonzero(close).tolist():
            radius = int(radius_m[near[i]])
            result[near[i]] = _within(edge, int(x[i]), int(y[i]), int(cosines[i]), radius)
    return result


def _within(edge: list[int], x: int, y: int, cosine: int, radius_m: int) -> bool:
    """Whether a point is within radius_m of an edge, on the plane that is true at the point."""
    ax, bx = ((lon - x) * DEGREE_M * cosine // E6 // E6 for lon in (edge[0], edge[2]))
    ay, by = ((lat - y) * DEGREE_M // E6 for lat in (edge[1], edge[3]))
    dx, dy = bx - ax, by - ay
    length_squared = dx * dx + dy * dy
    along = -(ax * dx + ay * dy)
    if along <= 0 or length_squared == 0:
        return ax * ax + ay * ay <= radius_m * radius_m
    if along >= length_squared:
        return bx * bx + by * by <= radius_m * radius_m
    cross = ax * dy - ay * dx
    return cross * cross <= radius_m * radius_m * length_squared
