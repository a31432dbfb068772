"""Polygons from the GeoJSON attachments of an agreement (RFC 7946), as whole millionths of a
degree."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import msgspec

from trucekeeper.agreement.model import AgreementFile
from trucekeeper.agreement.text import place_of
from trucekeeper.errors import Code, Place, Problem
from trucekeeper.vocabulary.places import E6, Polygon

Polygons = Mapping[str, Polygon]


def read_polygons(
    file: str, text: bytes, property_: str
) -> tuple[dict[str, Polygon], list[Problem]]:
    """The polygons of a GeoJSON file by a property of their features, and what is wrong with the
    others."""
    try:
        document = msgspec.json.Decoder(float_hook=Decimal).decode(text)
        features = document["features"]
        assert isinstance(features, list)
    except (msgspec.DecodeError, KeyError, TypeError, AssertionError) as error:
        return {}, [
            Problem(
                Code.BAD_MAP,
                Place(file=file),
                str(error) or "no features",
                "a GeoJSON FeatureCollection",
            )
        ]
    found: dict[str, Polygon] = {}
    problems: list[Problem] = []
    for number, feature in enumerate(features):
        place = Place(file=file, key=f"features[{number}]")
        try:
            name = str(feature["properties"][property_])
            polygon = _polygon(feature["geometry"])
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            problems.append(
                Problem(
                    Code.BAD_MAP, place, str(error), f"a polygon with the property `{property_}`"
                )
            )
            continue
        if name in found:
            problems.append(Problem(Code.REPEATED_NAME, place, name, "one feature to a name"))
        found[name] = polygon
    return found, problems


def merged(polygons: list[Polygon]) -> Polygon:
    """One polygon of several that do not overlap: a point is in it where it is in an odd number of
    rings."""
    return Polygon(tuple(ring for polygon in polygons for ring in polygon.rings))


def _polygon(geometry: Any) -> Polygon:
    if geometry["type"] not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"a {geometry['type']}")
    shapes = (
        geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    )
    return Polygon(tuple(_ring(ring) for shape in shapes for ring in shape))


def _ring(coordinates: Any) -> tuple[tuple[int, int], ...]:
    ring = tuple((_e6(position[0]), _e6(position[1])) for position in coordinates)
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise ValueError("a ring that is not closed or has fewer than four positions")
    if not all(abs(lon) <= 180 * E6 and abs(lat) <= 90 * E6 for lon, lat in ring):
        raise ValueError("a position off the globe")
    return ring


def _e6(degrees: Any) -> int:
    return int((Decimal(degrees) * E6).to_integral_value(ROUND_HALF_EVEN))


def missing_features(
    file: AgreementFile, lines: Mapping[str, int], polygons: Mapping[tuple[str, str], Polygon]
) -> list[Problem]:
    """The features that maps name and their files do not have."""
    files_read = {name for name, _ in polygons}
    return [
        Problem(
            Code.BAD_MAP,
            place_of(lines, f"{kind}[{i}].maps[{j}].features"),
            f"no feature `{feature}`",
            "a feature of the file",
        )
        for kind in ("zones", "excluded_areas")
        for i, zone in enumerate(getattr(file, kind))
        for j, map_ in enumerate(zone.maps)
        for feature in map_.features
        if map_.file in files_read and (map_.file, feature) not in polygons
    ]
