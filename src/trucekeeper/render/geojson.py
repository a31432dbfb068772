"""Incidents as GeoJSON (RFC 7946): one feature each; without a point the geometry is null."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from trucekeeper.render.tables import column_name, document_tables
from trucekeeper.reporting.document import Document, Map
from trucekeeper.vocabulary.places import E6

Position = tuple[float, float]


def incidents_geojson(document: Document) -> bytes:
    """The incidents that lie wholly inside the period, with the columns of the annex as properties.

    Those that reach beyond it are in their own table, without a point. `record_id` is the number
    with the agreement and face to which it belongs; `radius_m` says how uncertain the point is."""
    maps = [p for section in document.sections for p in section.parts if isinstance(p, Map)]
    points = {point.incident: point for map_ in maps for point in map_.points}
    features = []
    for table in document_tables(document):
        if table.id != "annex.inside":
            continue
        names = [column_name(column) for column in table.columns]
        for row in table.rows:
            properties = dict(zip(names, row, strict=True))
            number = str(properties["incident"])
            point = points.get(number)
            where = None if point is None else (point.lon_e6 / E6, point.lat_e6 / E6)
            radius = None if point is None else point.radius_m
            record_id = f"{document.agreement}/{document.cut.face}/{number}"
            features.append(
                feature(
                    record_id, where, {"record_id": record_id, **properties, "radius_m": radius}
                )
            )
    return collection(features)


def feature(id: str | int, where: Position | None, properties: Mapping[str, Any]) -> dict[str, Any]:
    """One feature. where: longitude, latitude in degrees."""
    geometry = None if where is None else {"type": "Point", "coordinates": where}
    return {"type": "Feature", "id": id, "geometry": geometry, "properties": properties}


def collection(features: Iterable[Mapping[str, Any]]) -> bytes:
    """A feature collection, one feature a line."""
    lines: Sequence[bytes] = [msgspec.json.encode(feature) for feature in features]
    return b'{"type":"FeatureCollection","features":[\n' + b",\n".join(lines) + b"\n]}\n"
