"""The map of a report as one inline SVG: outlines, lines of zones by whose map they are, incidents
by scope.

Mercator, north up. A scope has a shape and a word; no shade stands for a participant. A line of a
sketch or of one participant's map is dashed and the legend says whose it is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise, product

from trucekeeper.render.catalogue import Wording
from trucekeeper.render.readings import is_agreed, map_name, sentence_case
from trucekeeper.reporting.document import Map, MapPoint
from trucekeeper.vocabulary.places import DEGREE_M, E6

Ring = Sequence[tuple[int, int]]
Outline = tuple[str, str, str, tuple[tuple[tuple[int, int], ...], ...]]

WIDTH = 760
_HEIGHT_MAX = 640
_MARGIN = 12
#: Points of an outline nearer to the last one kept than this, in pixels, are left out.
_THIN_PX = 0.7
#: A circle of uncertainty smaller than this, in pixels, would be hidden by its symbol.
_RADIUS_MIN_PX = 9
#: Mercator ends before the poles.
_LAT_MAX = 85.0
#: Half the size of a symbol in pixels, where there are at most so many of them.
_SIZES = ((60, 5.0), (200, 4.0), (10**9, 3.2))
#: Heights at which a name of an area is tried, in pixels from its middle, until it hides nothing.
_SHIFTS = (4, -16, 24, -36, 44, -56, 64)
SCOPES = ("inside", "outside", "contested", "undetermined")
_DASHES = ("6 3", "2 3", "9 3 2 3", "1 2 5 2")


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
        x = (_longitude(lon_e6, self.turn) - self.west) * self.scale
        y = (self.north_y - _mercator(lat_e6 / E6)) * self.scale
        return x + _MARGIN, y + _MARGIN

    def pixels(self, metres: int, lat_e6: int) -> float:
        """How many pixels a distance is at a latitude."""
        shrink = max(0.05, math.cos(math.radians(lat_e6 / E6)))
        return metres / (DEGREE_M * shrink) * self.scale


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels that something fills."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def map_svg(map_: Map, wording: Wording, *, id: str) -> str | None:
    """The map as SVG, or None where there is nothing to draw. id: prefix of its identifiers."""
    near, _ = split_points(map_)
    view = _view(map_, near)
    if view is None:
        return None
    title, told = wording.catalogue.figures[map_.id], map_description(map_, wording)
    head = (
        f'<svg class="map" role="img" viewBox="0 0 {WIDTH} {view.height:.0f}" '
        f'aria-labelledby="{id}-title {id}-desc">'
        f'<title id="{id}-title">{escape(title)}</title><desc id="{id}-desc">{escape(told)}</desc>'
    )
    areas = [o for o in map_.outlines if o[0] == "area"]
    body = [
        *(f'<path class="area" d="{_path(rings, view)}"/>' for _, _, _, rings in areas),
        *(
            f'<path class="zone"{_dash(map_, o)} d="{_path(o[3], view)}"/>'
            for o in map_.outlines
            if o[0] == "zone"
        ),
        *_circles(near, view),
        *_points(near, view, wording),
        *_labels(map_, near, view, wording),
    ]
    return f"{head}{''.join(body)}</svg>"


def map_description(map_: Map, wording: Wording) -> str:
    """What the map shows, in words."""
    counted = Counter(point.scope for point in map_.points)
    number = wording.number
    listed = [f"{wording.word('scope', scope)}: {number(counted[scope])}" for scope in SCOPES]
    args = {"count": len(map_.points), "scopes": "; ".join(listed)}
    template = wording.phrase("map-shows")
    return "".join(text for text, _ in wording.filled(template, args))


def left_out(map_: Map, wording: Wording) -> str | None:
    """Which incidents have a point that is not drawn; None where all are."""
    _, far = split_points(map_)
    args = {"count": len(far), "incidents": ", ".join(point.incident for point in far)}
    told = wording.filled(wording.phrase("off-map"), args)
    return "".join(text for text, _ in told) if far else None


def legend(map_: Map, wording: Wording) -> list[tuple[str, str]]:
    """Each symbol of the map, as SVG, and what it stands for."""
    counted = Counter(point.scope for point in map_.points)
    rows = [
        (
            _small(_symbol(scope, 8, 8, 5)),
            sentence_case(wording.word("scope", scope)) + f" ({wording.number(counted[scope])})",
        )
        for scope in SCOPES
        if counted[scope]
    ]
    if any(outline[0] == "area" for outline in map_.outlines):
        rows.append(
            (_small('<path class="area" d="M1 3H15V13H1Z"/>'), wording.phrase("legend-area"))
        )
    lines = [outline for outline in map_.outlines if outline[0] == "zone"]
    for number, outline in enumerate(lines, 1):
        line = f'<path class="zone"{_dash(map_, outline)} d="M0 8H16"/>'
        told = f"{wording.place(outline[1])}: {map_name(outline[2], wording)}"
        rows.append((_small(line), f"{number}. {sentence_case(told)}"))
    if any(not is_agreed(outline[2]) for outline in lines):
        rows.append(("", wording.phrase("legend-dashed")))
    return rows


def _small(shape: str) -> str:
    return f'<svg class="key" viewBox="0 0 16 16" aria-hidden="true">{shape}</svg>'


def split_points(map_: Map) -> tuple[list[MapPoint], list[MapPoint]]:
    """The points that are drawn, and those so far from every outline that drawing them would shrink
    all else: farther off than half of what the outlines span."""
    places = [place for _, _, _, rings in map_.outlines for ring in rings for place in ring]
    if not places:
        return list(map_.points), []
    turn = _turns(map_)
    xs, ys = [_longitude(lon, turn) for lon, _ in places], [lat / E6 for _, lat in places]
    reach = max(max(xs) - min(xs), max(ys) - min(ys)) / 2
    west, east = min(xs) - reach, max(xs) + reach
    south, north = min(ys) - reach, max(ys) + reach
    near: list[MapPoint] = []
    far: list[MapPoint] = []
    for point in map_.points:
        x, y = _longitude(point.lon_e6, turn), point.lat_e6 / E6
        (near if west <= x <= east and south <= y <= north else far).append(point)
    return near, far


def _turns(map_: Map) -> bool:
    lons = [lon for _, _, _, rings in map_.outlines for ring in rings for lon, _ in ring]
    lons += [point.lon_e6 for point in map_.points]
    return bool(lons) and max(lons) - min(lons) > 180 * E6


def _view(map_: Map, points: Sequence[MapPoint]) -> View | None:
    """What holds every outline and point, with some air around a single point."""
    places = [place for _, _, _, rings in map_.outlines for ring in rings for place in ring]
    places += [(point.lon_e6, point.lat_e6) for point in points]
    if not places:
        return None
    turn = _turns(map_)
    lons = [_longitude(lon, turn) for lon, _ in places]
    ys = [_mercator(lat / E6) for _, lat in places]
    wide, high = max(lons) - min(lons), max(ys) - min(ys)
    air = 0.2 if max(wide, high) < 0.1 else 0.02 * max(wide, high)
    wide, high = wide + 2 * air, high + 2 * air
    scale = min((WIDTH - 2 * _MARGIN) / wide, (_HEIGHT_MAX - 2 * _MARGIN) / high)
    spare = ((WIDTH - 2 * _MARGIN) / scale - wide) / 2
    return View(min(lons) - air - spare, max(ys) + air, scale, high * scale + 2 * _MARGIN, turn)


def _longitude(lon_e6: int, turn: bool) -> float:
    return lon_e6 / E6 + (360 if turn and lon_e6 < 0 else 0)


def _mercator(lat: float) -> float:
    """The Mercator ordinate of a latitude, in degrees at the equator."""
    held = max(-_LAT_MAX, min(_LAT_MAX, lat))
    return math.degrees(math.asinh(math.tan(math.radians(held))))


def _path(rings: Iterable[Ring], view: View) -> str:
    """The rings as a path, without the points that nobody could tell apart."""
    parts = []
    for ring in rings:
        kept: list[tuple[float, float]] = []
        for lon, lat in ring[:-1]:
            x, y = view.at(lon, lat)
            if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) > _THIN_PX:
                kept.append((x, y))
        if len(kept) > 2:
            parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept) + "Z")
    return "".join(parts)


def _dash(map_: Map, outline: Outline) -> str:
    """The dashes of a line that is not agreed: another pattern for each version of a zone."""
    if is_agreed(outline[2]):
        return ""
    versions = [o[2] for o in map_.outlines if o[1] == outline[1] and not is_agreed(o[2])]
    return f' stroke-dasharray="{_DASHES[versions.index(outline[2]) % len(_DASHES)]}"'


def _circles(points: Iterable[MapPoint], view: View) -> list[str]:
    """Circles of uncertainty, each once, where they are large enough to be seen."""
    found = dict.fromkeys((p.lon_e6, p.lat_e6, p.radius_m) for p in points)
    drawn = []
    for lon, lat, radius_m in found:
        radius = view.pixels(radius_m, lat)
        if radius >= _RADIUS_MIN_PX:
            x, y = view.at(lon, lat)
            drawn.append(f'<circle class="radius" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
    return drawn


def _points(points: Iterable[MapPoint], view: View, wording: Wording) -> list[str]:
    """A symbol for each place and scope, side by side where one place has several, with the number
    of incidents where there are more than one."""
    places: dict[tuple[int, int], dict[str, list[str]]] = {}
    for point in points:
        here = places.setdefault((point.lon_e6, point.lat_e6), {})
        here.setdefault(point.scope, []).append(point.incident)
    many = sum(map(len, places.values()))
    size = next(size for most, size in _SIZES if many <= most)
    drawn = []
    for (lon, lat), by_scope in places.items():
        x, y = view.at(lon, lat)
        scopes = [scope for scope in SCOPES if scope in by_scope]
        for i, scope in enumerate(scopes):
            at = x + (i - (len(scopes) - 1) / 2) * 3 * size
            numbers = by_scope[scope]
            what = numbers[0] if len(numbers) == 1 else wording.number(len(numbers))
            title = escape(f"{what}: {wording.word('scope', scope)}")
            drawn.append(f"<g><title>{title}</title>{_symbol(scope, at, y, size)}")
            if len(numbers) > 1:
                above = y - size - 2
                drawn.append(f'<text class="many" x="{at:.1f}" y="{above:.1f}">{what}</text>')
            drawn.append("</g>")
    return drawn


def _symbol(scope: str, x: float, y: float, r: float) -> str:
    """A disc inside, an open square outside, a half-filled diamond contested, an open circle
    undetermined."""
    match scope:
        case "inside":
            return f'<circle class="solid" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>'
        case "outside":
            s = r * 0.9
            return (
                f'<rect class="open" x="{x - s:.1f}" y="{y - s:.1f}" '
                f'width="{2 * s:.1f}" height="{2 * s:.1f}"/>'
            )
        case "contested":
            t = r * 1.3
            left = f"M{x:.1f} {y - t:.1f}L{x - t:.1f} {y:.1f}L{x:.1f} {y + t:.1f}Z"
            whole = f"M{x:.1f} {y - t:.1f}l{t:.1f} {t:.1f}l{-t:.1f} {t:.1f}l{-t:.1f} {-t:.1f}Z"
            return f'<path class="open" d="{whole}"/><path class="solid" d="{left}"/>'
        case _:
            return f'<circle class="open" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>'


def _labels(map_: Map, points: Iterable[MapPoint], view: View, wording: Wording) -> Iterator[str]:
    """The number of each line in the legend, on the line, no two on one another; names of areas in
    their middle, or as near to it as they hide no symbol and no other label."""
    taken: list[Box] = []
    lines = [outline for outline in map_.outlines if outline[0] == "zone"]
    for number, (_, _, _, rings) in enumerate(lines, 1):
        corners = _corners(max(rings, key=_size), view)
        tags = [_box(x, y + 4, "  ") for x, y in corners]
        chosen = next((i for i, tag in enumerate(tags) if not any(map(tag.meets, taken))), 0)
        taken.append(tags[chosen])
        x, y = corners[chosen]
        yield (
            f'<circle class="tag" cx="{x:.1f}" cy="{y:.1f}" r="8"/>'
            f'<text class="tag" x="{x:.1f}" y="{y + 4:.1f}">{number}</text>'
        )
    taken += [_box(*view.at(p.lon_e6, p.lat_e6), "  ") for p in points]
    for kind, id, _, rings in map_.outlines:
        # A code below the reporting areas has no name of its own.
        if kind == "area" and f"area:{id}" in wording.names:
            x, y = view.at(*_middle(max(rings, key=_size)))
            told = wording.place(id)
            boxes = [_box(x, y + shift, told) for shift in _SHIFTS]
            free = (i for i, box in enumerate(boxes) if not any(map(box.meets, taken)))
            chosen = next(free, 0)
            taken.append(boxes[chosen])
            y += _SHIFTS[chosen]
            yield f'<text class="label" x="{x:.1f}" y="{y:.1f}">{escape(told)}</text>'


def _corners(ring: Ring, view: View) -> list[tuple[float, float]]:
    """The points of a line nearest to the corners of what it spans."""
    places = [view.at(lon, lat) for lon, lat in ring]
    xs, ys = [x for x, _ in places], [y for _, y in places]
    return [
        min(places, key=lambda place: math.dist(place, corner))
        for corner in product((min(xs), max(xs)), (min(ys), max(ys)))
    ]


def _box(x: float, y: float, text: str) -> Box:
    """About what a text around x and above y fills, at 7 pixels a letter."""
    wide = 7.0 * len(text)
    return Box(x - wide / 2, y - 12, x + wide / 2, y + 4)


def _size(ring: Ring) -> int:
    return abs(_twice_area(ring))


def _twice_area(ring: Ring) -> int:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def _middle(ring: Ring) -> tuple[int, int]:
    """The centroid of a ring; of its corners where it has no area."""
    twice = _twice_area(ring)
    if twice == 0:
        return sum(x for x, _ in ring) // len(ring), sum(y for _, y in ring) // len(ring)
    pairs = list(pairwise(ring))
    x = sum((a[0] + b[0]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs)
    y = sum((a[1] + b[1]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs)
    return x // (3 * twice), y // (3 * twice)
