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
from trucekeeper.render.map_view import WIDTH, View, split_points, view_of
from trucekeeper.render.readings import is_agreed, sentence_case
from trucekeeper.reporting.document import Map, MapPoint

Ring = Sequence[tuple[int, int]]
Outline = tuple[str, str, str, tuple[tuple[tuple[int, int], ...], ...]]

#: Points of an outline nearer to the last one kept than this, in pixels, are left out.
_THIN_PX = 0.7
#: A circle of uncertainty smaller than this, in pixels, would be hidden by its symbol.
_RADIUS_MIN_PX = 9
#: Half the size of a symbol, pixels.
_SIZE = 4.8
#: Points nearer than this in pixels share one symbol a scope; the second where the first leaves
#: more places than can be told apart.
_NEAR_PX, _PLACES_MAX = (14.0, 46.0), 120
#: More circles than this hide the map.
_CIRCLES_MAX = 60
_LINE_PX = 12
#: Heights at which a name of an area is tried, in pixels from its middle, until it hides nothing.
_SHIFTS = (4, -16, 24, -36, 44, -56, 64)
SCOPES = ("inside", "outside", "contested", "undetermined")
_DASHES = ("6 3", "2 3", "9 3 2 3", "1 2 5 2")


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


@dataclass(frozen=True, slots=True)
class Stack:
    """Incidents near one another, by scope, around a point in pixels: a symbol each, one below the
    other."""

    x: float
    y: float
    by_scope: dict[str, list[str]]

    @property
    def box(self) -> Box:
        half = len(self.by_scope) * _LINE_PX / 2
        return Box(self.x - _SIZE, self.y - half, self.x + 7 * _SIZE, self.y + half)


def map_svg(map_: Map, wording: Wording, *, id: str) -> str | None:
    """The map as SVG, or None where there is nothing to draw. id: prefix of its identifiers."""
    near, _ = split_points(map_)
    view = view_of(map_, near)
    if view is None:
        return None
    stacks = _stacks(near, view)
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
        *_symbols(stacks, wording),
        *_labels(map_, stacks, view, wording),
    ]
    return f"{head}{''.join(body)}</svg>"


def map_description(map_: Map, wording: Wording) -> str:
    """What the map shows, in words."""
    counted = Counter(point.scope for point in map_.points)
    number = wording.number
    listed = [f"{wording.word('scope', scope)}: {number(counted[scope])}" for scope in SCOPES]
    args = {"count": len(map_.points), "scopes": "; ".join(listed)}
    return wording.text(wording.phrase("map-shows"), args)


def left_out(map_: Map, wording: Wording) -> str | None:
    """Which incidents have a point that is not drawn; None where all are."""
    _, far = split_points(map_)
    args = {"count": len(far), "incidents": ", ".join(point.incident for point in far)}
    return wording.text(wording.phrase("off-map"), args) if far else None


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
        told = f"{wording.place(outline[1])}: {wording.map(outline[2])}"
        rows.append((_small(line), f"{number}. {sentence_case(told)}"))
    near, _ = split_points(map_)
    view = view_of(map_, near)
    if view is not None and _circles(near, view):
        circle = _small('<circle class="radius" cx="8" cy="8" r="7"/>')
        rows.append((circle, wording.phrase("legend-circle")))
    if near:
        rows.append(("", wording.phrase("legend-many")))
    if any(not is_agreed(outline[2]) for outline in lines):
        rows.append(("", wording.phrase("legend-dashed")))
    return rows


def _small(shape: str) -> str:
    return f'<svg class="key" viewBox="0 0 16 16" aria-hidden="true">{shape}</svg>'


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


def _circles(points: Sequence[MapPoint], view: View) -> list[str]:
    """Circles of uncertainty, each once, where they are large enough to be seen; none where they
    are too many to be told apart."""
    found = dict.fromkeys((p.lon_e6, p.lat_e6, p.radius_m) for p in points)
    drawn = []
    for lon, lat, radius_m in found:
        radius = view.pixels(radius_m, lat)
        if radius >= _RADIUS_MIN_PX:
            x, y = view.at(lon, lat)
            drawn.append(f'<circle class="radius" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
    return drawn if len(drawn) <= _CIRCLES_MAX else []


def _symbols(stacks: Iterable[Stack], wording: Wording) -> Iterator[str]:
    """The symbols of each stack, each with the number of incidents where there are more than
    one."""
    for stack in stacks:
        top = stack.y - (len(stack.by_scope) - 1) / 2 * _LINE_PX
        for i, (scope, incidents) in enumerate(stack.by_scope.items()):
            y = top + i * _LINE_PX
            number = wording.number(len(incidents))
            what = incidents[0] if len(incidents) == 1 else number
            title = escape(f"{what}: {wording.word('scope', scope)}")
            beside = f'x="{stack.x + _SIZE + 3:.1f}" y="{y + 4:.1f}"'
            many = f'<text class="many" {beside}>{number}</text>' if len(incidents) > 1 else ""
            yield f"<g><title>{title}</title>{_symbol(scope, stack.x, y, _SIZE)}{many}</g>"


def _stacks(points: Sequence[MapPoint], view: View) -> list[Stack]:
    """The points, those together that would hide one another."""
    found: list[list[MapPoint]] = []
    for near in _NEAR_PX:
        found = _joined(points, view, near)
        if len(found) <= _PLACES_MAX:
            break
    stacks = []
    for here in found:
        # At the first of them, so that no two stacks come nearer than they are meant to.
        x, y = view.at(here[0].lon_e6, here[0].lat_e6)
        by_scope = {scope: [p.incident for p in here if p.scope == scope] for scope in SCOPES}
        stacks.append(Stack(x, y, {scope: held for scope, held in by_scope.items() if held}))
    return stacks


def _joined(points: Sequence[MapPoint], view: View, near: float) -> list[list[MapPoint]]:
    """Each point with the first that lies nearer than `near` pixels."""
    found: list[list[MapPoint]] = []
    #: The first points of what was found, by the square of that size in which they lie.
    firsts: dict[tuple[int, int], list[tuple[float, float, list[MapPoint]]]] = {}
    for point in points:
        x, y = view.at(point.lon_e6, point.lat_e6)
        column, row = int(x // near), int(y // near)
        around = (
            (math.dist((x, y), (other_x, other_y)), here)
            for square in product((column - 1, column, column + 1), (row - 1, row, row + 1))
            for other_x, other_y, here in firsts.get(square, ())
        )
        distance, here = min(around, key=lambda pair: pair[0], default=(near, []))
        if distance >= near:
            here = []
            found.append(here)
            firsts.setdefault((column, row), []).append((x, y, here))
        here.append(point)
    return found


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


def _labels(map_: Map, stacks: Iterable[Stack], view: View, wording: Wording) -> Iterator[str]:
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
    taken += [stack.box for stack in stacks]
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
