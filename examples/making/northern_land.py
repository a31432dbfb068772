"""The made-up land of the northern line: places, districts, zones. Its coordinates lie in the open Pacific."""

from __future__ import annotations

import json

#: Name → latitude, longitude in degrees, district, and the zone that it lies in.
PLACES: dict[str, tuple[float, float, str, str]] = {
    "Karsk": (6.210, -149.480, "K1", "B-4"),
    "Karsk Mill": (6.255, -149.430, "K1", "B-4"),
    "Holm": (6.160, -149.560, "K1", "B-4"),
    "Vellin": (6.560, -149.320, "V2", "N-1"),
    "Vell Bridge": (6.610, -149.260, "V2", "N-1"),
    "Tarn": (6.520, -149.410, "V2", "N-1"),
    "Ostra": (6.580, -148.820, "O3", "N-2"),
    "Ostra Quarry": (6.640, -148.760, "O3", "N-2"),
    "Pell": (6.530, -148.900, "O3", "N-2"),
    "Marrow": (6.090, -148.840, "M4", "river-strip"),
    "Ferry Steps": (6.150, -148.905, "M4", "river-strip"),
    "Low Marrow": (6.000, -148.700, "M4", ""),
}

Ring = list[list[float]]

_AREAS: dict[str, Ring] = {
    "K1": [[-149.8, 5.9], [-149.1, 5.9], [-149.12, 6.15], [-149.08, 6.4], [-149.8, 6.4]],
    "V2": [[-149.8, 6.4], [-149.08, 6.4], [-149.1, 6.62], [-149.05, 6.8], [-149.8, 6.8]],
    "O3": [[-149.08, 6.4], [-148.4, 6.4], [-148.4, 6.8], [-149.05, 6.8], [-149.1, 6.62]],
    "M4": [[-149.1, 5.9], [-148.4, 5.9], [-148.4, 6.4], [-149.08, 6.4], [-149.12, 6.15]],
}
_ZONES: dict[str, Ring] = {
    "B-4": [[-149.65, 6.08], [-149.36, 6.06], [-149.34, 6.3], [-149.5, 6.33], [-149.65, 6.28]],
    "N-1": [[-149.5, 6.46], [-149.2, 6.45], [-149.18, 6.68], [-149.46, 6.7]],
    "N-2": [[-148.98, 6.47], [-148.7, 6.46], [-148.69, 6.7], [-148.96, 6.69]],
    # The second version of the eastern map gives up its eastern end.
    "N-2-2": [[-148.98, 6.47], [-148.79, 6.465], [-148.78, 6.695], [-148.96, 6.69]],
    "river-a": [[-148.95, 6.03], [-148.78, 6.02], [-148.77, 6.2], [-148.95, 6.21]],
    # On B's map the strip ends at the river, west of Marrow.
    "river-b": [[-148.95, 6.03], [-148.872, 6.03], [-148.868, 6.2], [-148.95, 6.21]],
}


def areas() -> bytes:
    """The districts as GeoJSON."""
    return _geojson(_AREAS)


def zones() -> bytes:
    """The zones' map versions as GeoJSON."""
    return _geojson(_ZONES)


def _geojson(shapes: dict[str, Ring]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"id": id},
            "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        }
        for id, ring in shapes.items()
    ]
    lines = ",\n".join(json.dumps(feature) for feature in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'.encode()
