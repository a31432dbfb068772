"""Charts and maps: what is drawn, what is not, and what the words beside them say."""

from __future__ import annotations

import re
from html import unescape

import msgspec
import pytest

from tests.render import worlds
from tests.render.page import Page
from trucekeeper.render.catalogue import Wording
from trucekeeper.render.charts import chart_rows, chart_svg
from trucekeeper.render.english import ENGLISH
from trucekeeper.render.html import report_page
from trucekeeper.render.map_view import split_points
from trucekeeper.render.maps import left_out, legend, map_description, map_svg
from trucekeeper.reporting.document import Chart, Document, Map, MapPoint, Table

NAMES = {"a": "Guarantor A", "b": "Guarantor B", "c": "Guarantor C", "zone:z": "Zone Z", "area:S": "Area S"}  # fmt: skip
WORDING = Wording(ENGLISH, NAMES)
SQUARE = (((0, 0), (1_000_000, 0), (1_000_000, 1_000_000), (0, 1_000_000), (0, 0)),)


def chart(*series: tuple[str, tuple[int | None, ...]], reading: str = "week") -> Chart:
    return Chart("registered.over-time", ("2031-W10", "2031-W11"), series, reading)  # type: ignore[arg-type]  # a word of the type


def texts(svg: str) -> list[str]:
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def test_a_panel_for_each_series_and_a_bar_for_each_number() -> None:
    drawn = chart(("a", (13, 0)), ("b", (19, None)), ("c", (None, None)))
    svg = chart_svg(drawn, chart_rows(drawn, [], WORDING), WORDING)
    assert svg is not None
    told = texts(svg)
    for name in ("Guarantor A: single reports", "Guarantor B: single reports", "Guarantor C: single reports"):  # fmt: skip
        assert told.count(name) == 1
    assert told.count("13") == told.count("19") == 1
    assert told.count("not stated") == 3
    bars = re.findall(r'<path d="([^"]*)" fill="#56606b"', svg)
    assert len(bars) == 3
    # Nothing is stacked: every bar stands on the ground of its own panel.
    heights = sorted(float(m[1]) for b in bars if (m := re.search(r"v(-?[\d.]+)h-", b)))
    assert heights[0] == 0


def test_two_participants_of_one_name_have_a_panel_each() -> None:
    drawn = chart(("x", (13, 0)), ("y", (19, 0)))
    wording = Wording(ENGLISH, {"x": "Same", "y": "Same"})
    svg = chart_svg(drawn, chart_rows(drawn, [], wording), wording)
    assert svg is not None
    told = texts(svg)
    assert {"Same: single reports (1)", "Same: single reports (2)", "13", "19"} <= set(told)


def test_a_gap_has_the_word_of_the_table_beside_it() -> None:
    document = worlds.tallies_only()
    section = document.sections[1]
    beside = [p for p in section.parts if isinstance(p, Table)]
    (drawn,) = [p for p in section.parts if isinstance(p, Chart)]
    wording = Wording(ENGLISH, document.names)
    assert [[cell.text for cell in row] for row in chart_rows(drawn, beside, wording)] == [
        ["13", "19", "none received"]
    ]
    svg = chart_svg(drawn, chart_rows(drawn, beside, wording), wording)
    assert svg is not None
    told = texts(svg)
    assert {"13", "19", "none received"} <= set(told)
    assert "Guarantor B: tally, published by Guarantor A" in told


def test_nothing_to_draw_is_no_chart() -> None:
    assert chart_svg(Chart("incidents.scope", (), (), "area"), [], WORDING) is None


def test_a_name_cannot_leave_the_chart() -> None:
    wording = Wording(ENGLISH, {"a": '</svg><script> role="x"'})
    drawn = chart(("a", (1, 2)))
    svg = chart_svg(drawn, chart_rows(drawn, [], wording), wording)
    assert svg is not None and "<script" not in svg and svg.count("</svg>") == 1
    assert any('</svg><script> role="x"' in text for text in texts(svg))


def test_a_chart_asks_nothing_of_the_network() -> None:
    drawn = chart(("a", (1, 2)))
    svg = chart_svg(drawn, chart_rows(drawn, [], WORDING), WORDING)
    assert svg is not None and "http" not in svg and "xmlns" not in svg


def point(
    number: str, lat_e6: int, lon_e6: int, scope: str = "inside", radius_m: int = 200
) -> MapPoint:
    return MapPoint(number, lat_e6, lon_e6, radius_m, scope)


def map_of(*points: MapPoint, outlines: tuple[object, ...] = (("area", "S", "", SQUARE),)) -> Map:
    return Map("annex.map", points, outlines)  # type: ignore[arg-type]  # as the type says


def drawing(map_: Map) -> Page:
    svg = map_svg(map_, WORDING, id="m")
    assert svg is not None
    return Page(f"<body>{svg}</body>")


def test_each_scope_has_its_shape_and_its_word() -> None:
    scopes = ("inside", "outside", "contested", "undetermined")
    map_ = map_of(*(point(f"n{i}", 500_000, 100_000 * (i + 1), s) for i, s in enumerate(scopes)))
    shapes = {
        title.text.partition(": ")[2]: [
            e.tag + e.attributes["class"]
            for e in drawing(map_).elements
            if e.path[-1:] == ("g",) and e.tag != "title"
        ]
        for title in drawing(map_).all("title")[1:]
    }
    assert set(shapes) == {ENGLISH.words["scope"][s] for s in scopes}
    keys = [text for _, text in legend(map_, WORDING)]
    assert keys[:4] == [
        "Inside the agreement (1)",
        "Outside the agreement (1)",
        "Contested (1)",
        "Undetermined (1)",
    ]
    assert len({key for key, _ in legend(map_, WORDING)[:4]}) == 4


def test_incidents_at_one_place_are_counted_there() -> None:
    drawn = drawing(map_of(*(point(f"n{i}", 500_000, 500_000) for i in range(3))))
    assert [e.text for e in drawn.all("text") if e.attributes["class"] == "many"] == ["3"]
    assert [e.text for e in drawn.all("title")][1:] == ["3: inside the agreement"]


def test_incidents_that_would_hide_one_another_share_a_symbol() -> None:
    near = [point(f"n{i}", 500_000 + 1_000 * i, 500_000) for i in range(3)]
    far = [point("n9", 100_000, 100_000), point("n8", 100_000, 100_500, "outside")]
    titles = [e.text for e in drawing(map_of(*near, *far)).all("title")][1:]
    assert titles == [
        "3: inside the agreement",
        "n9: inside the agreement",
        "n8: outside the agreement",
    ]


def test_a_circle_is_drawn_where_it_can_be_seen() -> None:
    drawn = drawing(
        map_of(
            point("n1", 500_000, 500_000, radius_m=100),
            point("n2", 300_000, 300_000, radius_m=20_000),
        )
    )
    circles = [e for e in drawn.all("circle") if e.attributes["class"] == "radius"]
    assert len(circles) == 1
    # One degree is 111.195 km and fills the picture's height but for its margins.
    assert float(circles[0].attributes["r"]) == pytest.approx(20 / 111.195 * 592, rel=0.02)


def test_a_line_that_is_not_agreed_is_dashed_and_named() -> None:
    map_ = map_of(
        outlines=(
            ("zone", "z", "agreed 2", SQUARE),
            ("zone", "z", "b 1", SQUARE),
            ("zone", "z", "sketch 1", SQUARE),
        )
    )
    lines = [e.attributes.get("stroke-dasharray") for e in drawing(map_).all("path")]
    assert lines[0] is None and None not in lines[1:] and len(set(lines)) == 3
    told = [text for _, text in legend(map_, WORDING)]
    assert told == [
        "1. Zone Z: agreed map 2",
        "2. Zone Z: map 1 of Guarantor B",
        "3. Zone Z: sketch 1",
        "Dashed lines are sketches, or of one participant's map: not agreed.",
    ]


def test_a_point_far_from_every_outline_is_named_instead_of_drawn() -> None:
    map_ = map_of(point("n1", 500_000, 500_000), point("n2", 40_000_000, 30_000_000))
    near, far = split_points(map_)
    assert [p.incident for p in near] == ["n1"] and [p.incident for p in far] == ["n2"]
    assert left_out(map_, WORDING) == "1 incident far from every outline is not drawn: n2."
    assert left_out(map_of(point("n1", 500_000, 500_000)), WORDING) is None


def test_a_map_over_the_date_line_is_in_one_piece() -> None:
    ring = tuple((x, y) for x, y in ((179_000_000, 0), (-179_000_000, 0), (-179_000_000, 1_000_000), (179_000_000, 1_000_000), (179_000_000, 0)))  # fmt: skip
    drawn = drawing(
        map_of(point("n1", 500_000, -179_500_000), outlines=(("area", "S", "", (ring,)),))
    )
    width = float(drawn.one("svg").attributes["viewbox"].split()[2])
    x = float(
        next(e for e in drawn.all("circle") if e.attributes["class"] == "solid").attributes["cx"]
    )
    assert width / 2 < x < width


def test_without_outlines_or_points_words_stand_instead() -> None:
    assert map_svg(map_of(outlines=()), WORDING, id="m") is None
    assert drawing(map_of(point("n1", 500_000, 500_000), outlines=())).all("circle")
    assert map_description(map_of(), WORDING).startswith("No incident with a point.")


def test_the_page_says_that_boundaries_imply_nothing() -> None:
    document: Document = worlds.document(worlds.rich())
    parsed = Page(report_page(document).html)
    caption = next(e.text for e in parsed.all("figcaption") if "map" in e.text)
    assert "Boundaries and names imply no opinion on legal status." in caption
    assert "2031-03-07-XX-TTX" in caption
    bare = msgspec.structs.replace(
        document,
        sections=tuple(
            msgspec.structs.replace(
                s,
                parts=tuple(Map("annex.map", (), ()) if isinstance(p, Map) else p for p in s.parts),
            )
            for s in document.sections
        ),
    )
    told = Page(report_page(bare).html).text
    assert "There is nothing to draw." in told and "No incident of this period has a point." in told


def test_an_attribution_is_printed() -> None:
    document = worlds.document(worlds.rich())
    sections = tuple(
        msgspec.structs.replace(
            s,
            parts=tuple(
                msgspec.structs.replace(p, attribution="Lines by the Survey")
                if isinstance(p, Map)
                else p
                for p in s.parts
            ),
        )
        for s in document.sections
    )
    made = report_page(msgspec.structs.replace(document, sections=sections))
    assert "Lines by the Survey" in Page(made.html).text
