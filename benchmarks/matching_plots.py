"""Plots of the matching benchmark, as SVG by Vega-Lite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import vl_convert

Rows = Sequence[Mapping[str, object]]
CONFIG = {
    "font": "sans-serif",
    "background": "white",
    "axis": {"grid": True, "gridColor": "#d5d9de"},
}


def draw(path: Path, spec: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"config": CONFIG, **spec}
    path.write_text(vl_convert.vegalite_to_svg(whole, allowed_base_urls=[]) + "\n")


def calibration(rows: Rows) -> dict[str, Any]:
    """What came true over what was stated. rows: cases, stated, came_true."""
    x = {
        "field": "stated",
        "type": "quantitative",
        "title": "posterior stated",
        "scale": {"domain": [0, 1]},
    }
    y = {
        "field": "came_true",
        "type": "quantitative",
        "title": "came true",
        "scale": {"domain": [0, 1]},
    }
    even = [{"stated": n, "came_true": n} for n in (0, 1)]
    return {
        "width": 320, "height": 320,
        "layer": [
            {"data": {"values": even}, "mark": {"type": "line", "color": "#9aa3ad", "strokeDash": [4, 4]},
             "encoding": {"x": x, "y": y}},
            {"data": {"values": rows}, "mark": {"type": "line", "point": True},
             "encoding": {"x": x, "y": y, "strokeDash": by_case(), "shape": by_case(), "color": by_case()}},
        ],
    }  # fmt: skip


def by_case() -> dict[str, Any]:
    return {"field": "cases", "type": "nominal", "title": "reports"}


def quality(rows: Rows) -> dict[str, Any]:
    """F1 by measure and matcher. rows: size, measure, matcher, f1."""
    return {
        "data": {"values": rows},
        "facet": {
            "column": {"field": "measure", "type": "nominal", "title": None, "sort": None},
            "row": {"field": "size", "type": "nominal", "title": None, "sort": None},
        },
        "spec": {
            "width": 180, "height": {"step": 20},
            "layer": [
                {"mark": {"type": "point", "filled": True, "size": 60},
                 "encoding": {
                    "x": {"field": "f1", "type": "quantitative", "title": "F1", "scale": {"zero": False}},
                    "y": {"field": "matcher", "type": "nominal", "title": None, "sort": None},
                 }},
            ],
        },
    }  # fmt: skip


def growth(rows: Rows) -> dict[str, Any]:
    """Seconds and peak memory over reports, both axes in powers of ten. rows: reports, figure, what, value."""
    return {
        "data": {"values": rows},
        "facet": {"column": {"field": "figure", "type": "nominal", "title": None, "sort": None}},
        "resolve": {"scale": {"y": "independent"}},
        "spec": {
            "width": 300, "height": 240,
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": {"field": "reports", "type": "quantitative", "scale": {"type": "log"},
                      "axis": {"format": "~s"}},
                "y": {"field": "value", "type": "quantitative", "title": None, "scale": {"type": "log"},
                      "axis": {"format": "~r"}},
                "color": {"field": "what", "type": "nominal", "title": None},
                "strokeDash": {"field": "what", "type": "nominal", "title": None},
            },
        },
    }  # fmt: skip
