"""Charts of a report as inline SVG, by Vega-Lite: one small panel for each series, all on one
scale.

Panels instead of colours: no shade stands for a participant, nothing is stacked, nothing added. A
number that was not given is a gap with the word for why, never a bar of height zero."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from trucekeeper.render.catalogue import Wording
from trucekeeper.render.readings import Cell, empty_cell, sentence_case, table_cells
from trucekeeper.reporting.document import Chart, Table, TableColumn

INK, BAR, _GRID = "#1c2126", "#56606b", "#d5d9de"
_WIDTH, _PANEL_HEIGHT, _ROW_HEIGHT, _BAND_WIDTH_MAX = 700, 78, 22, 120
#: Beyond so many bars side by side their numbers would run into one another.
_NUMBERED_MAX = 31

_DROPPED = re.compile(r' (?:xmlns|xmlns:xlink|version|class|role|aria-[a-z]+)="[^"]*"')

Rows = list[list[Cell]]


def chart_svg(chart: Chart, rows: Rows, wording: Wording) -> str | None:
    """The chart as SVG, or None where it has nothing to show. rows: of `chart_rows`."""
    if not chart.labels or not chart.series:
        return None
    import vl_convert  # noqa: PLC0415 - a large library that only figures need

    upright = chart.reading in ("day", "week")
    spec = _upright(chart, rows, wording) if upright else _lying(chart, rows, wording)
    svg: str = vl_convert.vegalite_to_svg(spec | {"config": CONFIG}, allowed_base_urls=[])
    title = wording.catalogue.figures[chart.id]
    return inline(svg, f"{title}. {chart_description(chart, wording)}")


def chart_rows(chart: Chart, beside: Sequence[Table], wording: Wording) -> Rows:
    """The numbers of the chart in words, a row for each label. Where a table beside it has the same
    rows and columns, its cells are taken: they know what a gap means."""
    for table in beside:
        same = [row[0] for row in table.rows] == list(chart.labels)
        columns = [column for column in table.columns if column.of is not None]
        if same and [_series_name(column) for column in columns] == [s[0] for s in chart.series]:
            kept = [i for i, column in enumerate(table.columns) if column.of is not None]
            return [[row[i] for i in kept] for row in table_cells(table, wording)]
    return [
        [
            empty_cell("not-stated", wording)
            if numbers[i] is None
            else Cell((wording.number(numbers[i]),), "number")
            for _, numbers in chart.series
        ]
        for i in range(len(chart.labels))
    ]


def label_texts(chart: Chart, wording: Wording) -> list[str]:
    """The labels in words."""
    if chart.reading == "area":
        return _distinct([wording.place(label) for label in chart.labels])
    return list(chart.labels)


def series_texts(chart: Chart, wording: Wording) -> list[str]:
    """The names of the series: a scope, or an author's single reports or tally."""
    return _distinct([_series_text(name, wording) for name, _ in chart.series])


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, a number behind what has the same as another: bars of one name would be drawn over
    one another."""
    return [
        f"{n} ({names[: i + 1].count(n)})" if names.count(n) > 1 else n for i, n in enumerate(names)
    ]


def chart_description(chart: Chart, wording: Wording) -> str:
    """What the chart shows, in words; its numbers stand in the table that goes with it."""
    told = wording.catalogue.join(series_texts(chart, wording))
    return wording.text(wording.phrase("chart-shows"), {"series": told})


def _series_name(column: TableColumn) -> str:
    """The series of an author's column: `author` for single reports, `author|publisher` for a
    tally."""
    if not column.id.endswith(".tally"):
        return str(column.of)
    return f"{column.of}|{column.published_by or column.of}"


def _series_text(name: str, wording: Wording) -> str:
    prefix, _, scope = name.partition(".")
    if prefix == "scope":
        return sentence_case(wording.word("scope", scope))
    author, _, publisher = name.partition("|")
    template = wording.phrase("series-tally" if publisher else "series-items")
    other = None if publisher == author else publisher
    return wording.text(template, {"of": author, "publisher": other})


CONFIG: Mapping[str, Any] = {
    "aria": False,
    "font": "sans-serif",
    "background": None,
    "view": {"stroke": None},
    "bar": {"fill": BAR},
    "text": {"fill": INK, "fontSize": 11},
    "axis": {
        "labelColor": INK,
        "labelFontSize": 11,
        "titleColor": INK,
        "gridColor": _GRID,
        "domainColor": INK,
        "tickColor": INK,
        "labelLimit": 220,
    },
    "header": {"labelColor": INK, "labelFontSize": 12, "labelFontWeight": 600, "labelLimit": 680},
}


def _upright(chart: Chart, rows: Rows, wording: Wording) -> dict[str, Any]:
    """Bars over time, a panel below the other."""
    names = series_texts(chart, wording)
    values = _values(chart, rows, wording, names)
    numbered = len(chart.labels) <= _NUMBERED_MAX
    category = {
        "field": "label",
        "type": "ordinal",
        "sort": list(chart.labels),
        "axis": {"title": None, "labelAngle": 0 if len(chart.labels) <= 8 else -45},
    }
    amount = _amount(chart)
    layers: list[dict[str, Any]] = [
        {"mark": "bar", "encoding": {"x": category, "y": amount}},
    ]
    if numbered:
        text = {"field": "text"}
        given, gap = "isValid(datum.value)", "!isValid(datum.value)"
        layers += [
            {
                "transform": [{"filter": given}],
                "mark": {"type": "text", "dy": -7},
                "encoding": {"x": category, "y": amount, "text": text},
            },
            {
                "transform": [{"filter": gap}],
                "mark": {"type": "text", "fontStyle": "italic", "fontSize": 9, "dy": -5},
                "encoding": {"x": category, "y": {"datum": 0}, "text": text},
            },
        ]
    header = {"title": None, "labelOrient": "top", "labelAnchor": "start", "labelPadding": 8}
    width = min(_WIDTH - 60, len(chart.labels) * _BAND_WIDTH_MAX)
    return {
        "data": {"values": values},
        "facet": {"row": {"field": "series", "type": "nominal", "sort": names, "header": header}},
        "spec": {"width": width, "height": _PANEL_HEIGHT, "layer": layers},
        "spacing": 26,
    }


def _lying(chart: Chart, rows: Rows, wording: Wording) -> dict[str, Any]:
    """Bars by category, a panel beside the other."""
    names = series_texts(chart, wording)
    values = _values(chart, rows, wording, names)
    labels = label_texts(chart, wording)
    category = {"field": "label", "type": "ordinal", "sort": labels, "axis": {"title": None}}
    amount = _amount(chart)
    text = {
        "mark": {"type": "text", "align": "left", "dx": 3},
        "encoding": {"y": category, "x": amount, "text": {"field": "text"}},
    }
    header = {"title": None, "labelOrient": "top", "labelAnchor": "start", "labelPadding": 6}
    return {
        "data": {"values": values},
        "facet": {
            "column": {"field": "series", "type": "nominal", "sort": names, "header": header}
        },
        "spec": {
            "width": (_WIDTH - 190) / max(1, len(names)),
            "height": {"step": _ROW_HEIGHT},
            "layer": [{"mark": "bar", "encoding": {"y": category, "x": amount}}, text],
        },
        "spacing": 24,
    }


def _values(chart: Chart, rows: Rows, wording: Wording, names: Sequence[str]) -> list[Any]:
    labels = label_texts(chart, wording)
    return [
        {"series": names[j], "label": label, "value": numbers[i], "text": rows[i][j].text}
        for j, (_, numbers) in enumerate(chart.series)
        for i, label in enumerate(labels)
    ]


def _amount(chart: Chart) -> dict[str, Any]:
    """The scale that all panels share, from zero."""
    given = [n for _, numbers in chart.series for n in numbers if n is not None]
    top = max([1, *given])
    axis = {"title": None, "tickMinStep": 1, "tickCount": 3, "format": "d"}
    return {
        "field": "value",
        "type": "quantitative",
        "axis": axis,
        "scale": {"domain": [0, top], "nice": True},
    }


def inline(svg: str, label: str) -> str:
    """The SVG as part of a page: one image with a label, without namespaces, roles and classes."""
    bare = re.sub(r"<[a-z][^<>]*>", lambda tag: _DROPPED.sub("", tag[0]), svg)
    return bare.replace("<svg", f'<svg class="chart" role="img" aria-label="{escape(label)}"', 1)
