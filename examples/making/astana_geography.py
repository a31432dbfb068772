"""Make the example's maps from OCHA's boundaries: governorates, and a sketch of the de-escalation areas.

    pip install shapely
    python -m examples.making.astana_geography ../shared/geo examples/astana-2017

Governorates: COD-AB v02, valid on 2020-12-17 (CC BY 3.0 IGO; OCHA, United Nations Cartographic Section), simplified so
that neighbours keep one common line. The de-escalation areas have no public polygon: the sketch joins whole districts
of the 2015 edition that the Memorandum's words name, and decides nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping, shape

TOLERANCE_DEGREES = 0.002
#: The words of the Memorandum, paragraph 1, as districts (OCHA codes): whole districts, so larger than what was meant.
SKETCH = {
    "idlib": (
        "SY0700",
        "SY0702",
        "SY0703",
        "SY0704",
        "SY0705",
        "SY0603",
        "SY0502",
        "SY0505",
        "SY0200",
    ),
    "north-homs": ("SY0404",),
    "eastern-ghouta": ("SY0302",),
    "south": ("SY1200", "SY1202", "SY1203", "SY1400"),
}


def main(source: Path, target: Path) -> None:
    governorates = _features(source / "syr_adm1_2020.geojson")
    districts = _features(source / "syr_adm2.geojson")
    codes = sorted(governorates)
    simple = shapely.coverage_simplify([governorates[code] for code in codes], TOLERANCE_DEGREES)
    _write(target / "governorates.geojson", dict(zip(codes, simple, strict=True)))
    sketch = {
        name: shapely.union_all([districts[code] for code in members]).simplify(TOLERANCE_DEGREES)
        for name, members in SKETCH.items()
    }
    _write(target / "sketch.geojson", sketch)


def _features(path: Path) -> dict[str, Any]:
    features = json.loads(path.read_text())["features"]
    return {feature["properties"]["pcode"]: shape(feature["geometry"]) for feature in features}


def _write(path: Path, shapes: dict[str, Any]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"id": id},
            "geometry": json.loads(json.dumps(mapping(shapely.set_precision(geometry, 1e-4)))),
        }
        for id, geometry in shapes.items()
    ]
    lines = ",\n".join(json.dumps(_rounded(feature), separators=(",", ":")) for feature in features)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n')


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
