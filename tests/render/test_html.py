"""The HTML report: it stands alone, can be read by everybody, and carries the numbers of the record."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Literal

import msgspec
import pytest

from tests.render import worlds
from tests.render.page import Element, Page
from trucekeeper.errors import Code, QuestionError
from trucekeeper.render.catalogue import Wording
from trucekeeper.render.charts import chart_rows
from trucekeeper.render.html import report_page
from trucekeeper.render.pages import catalogue_of, style_policy
from trucekeeper.render.readings import Cell, read_cell
from trucekeeper.reporting.document import (
    Chart,
    Document,
    Message,
    Table,
    TableColumn,
    read_document,
)

KINDS: tuple[Literal["none-received", "not-stated", "undetermined", "blank"], ...] = (
    "none-received",
    "not-stated",
    "undetermined",
    "blank",
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@cache
def rich() -> Document:
    return worlds.document(worlds.rich())


@cache
def page() -> Page:
    return Page(report_page(rich()).html)


def page_wording() -> Wording:
    return Wording(catalogue_of("en"), rich().names)


def tables(document: Document) -> list[Table]:
    return [p for section in document.sections for p in section.parts if isinstance(p, Table)]


def test_it_stands_alone() -> None:
    html = report_page(rich()).html
    assert not page().all("script", "link", "img", "iframe", "object", "embed", "base", "form")
    # No address but places on the page itself.
    links = [e.attributes["href"] for e in page().all("a")]
    assert links and all(link.startswith("#") for link in links)
    assert not re.search(r"https?:|//[a-z]|url\(|@import", html)
    assert not any("src" in e.attributes or "style" in e.attributes for e in page().elements)


def test_every_identifier_stands_once_and_every_link_leads_somewhere() -> None:
    ids = [e.attributes["id"] for e in page().elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in page().elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set(element.attributes.get(name, "").split()) <= set(ids)
    assert all(e.attributes["href"][1:] in ids for e in page().all("a"))


def test_a_screen_reader_finds_its_way() -> None:
    assert page().one("html").attributes["lang"] == "en"
    assert page().one("html").attributes["dir"] == "ltr"
    for landmark in ("main", "header", "nav", "footer", "h1"):
        page().one(landmark)
    levels = [int(e.tag[1]) for e in page().all(*HEADINGS)]
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert page().all("a")[0].attributes["href"] == "#main"
    for table in page().all("table"):
        id = table.attributes["id"]
        assert sum(e.tag == "caption" for e in inside(table)) == 1, id
        heads = [e for e in inside(table) if e.tag == "th"]
        assert heads and all(e.attributes["scope"] in ("col", "row") for e in heads)
    for figure in page().all("svg"):
        named = {"aria-label", "aria-labelledby", "aria-hidden"} & set(figure.attributes)
        assert named


def inside(table: Element) -> list[Element]:
    """What stands inside an element, in order."""
    start = page().elements.index(table)
    depth = len(table.path)
    found = []
    for element in page().elements[start + 1 :]:
        if len(element.path) <= depth:
            break
        found.append(element)
    return found


def test_nothing_of_a_template_is_left() -> None:
    assert not re.search(r"[{}\[\]]", page().text)


def test_the_first_page_says_what_it_is() -> None:
    assert page().one("h1").text == "Joint report: March 2031"
    header = " ".join(page().one("header").text.split())
    for told in (
        "The truce of the spec cases",
        "1 March 2031 to 31 March 2031",
        "guarantors",
        "31 March 2031, 00:00 UTC",
        rich().cut_digest,
    ):
        assert told in header
    titles = [e.text for e in page().all("h2")]
    assert titles[:2] == ["Who could look where", "What each participant registered"]
    assert rich().digest in page().one("footer").text


def test_warnings_stand_at_the_head_and_on_every_printed_page() -> None:
    reconstructed = msgspec.structs.replace(
        rich(), warnings=(Message("warning.transcription"), *rich().warnings)
    )
    made = report_page(reconstructed)
    told = "Reconstruction from public sources; not a document of the mechanism."
    (note,) = [e for e in Page(made.html).elements if e.attributes.get("class") == "warnings"]
    assert told in note.text and "Exercise" in note.text
    running = made.styles[1]
    assert re.search(r"@top-center \{ content: \"Reconstruction from public sources", running)
    assert 'counter(page) " of " counter(pages)' in running


def test_what_is_written_is_escaped_everywhere() -> None:
    evil = "<script>alert(1)</script>\"'</style>&{}\\"
    names = {id: f"{evil}{id}" for id in rich().names}
    made = report_page(
        msgspec.structs.replace(
            rich(),
            names=names,
            agreement_title=evil,
            warnings=(Message("warning.note", {"text": evil}),),
        )
    )
    parsed = Page(made.html)
    assert not parsed.all("script")
    assert parsed.text.count("<script>alert(1)</script>") > 20
    assert len(parsed.all("style")) == len(made.styles) == 2
    assert "<" not in made.styles[1]


def test_the_policy_names_the_styles_that_stand_in_the_page() -> None:
    made = report_page(rich())
    found = re.findall(r"<style>(.*?)</style>", made.html, re.DOTALL)
    assert found == list(made.styles)
    assert style_policy(made.styles).count("'sha256-") == 2


def test_every_table_of_the_record_stands_in_the_page_with_all_its_numbers() -> None:
    for table in tables(rich()):
        grid = page().grid(f"table-{table.id}")
        if not table.rows:
            assert grid[1:] == [["None."]]
            continue
        if table.id == "coverage.denied":
            continue  # a day that follows another with the same words shares its row
        assert len(grid) == 1 + len(table.rows)
        for told, row in zip(grid[1:], table.rows, strict=True):
            for text, value, column in zip(told, row, table.columns, strict=True):
                if column.reading == "number" and isinstance(value, int):
                    assert text == f"{value:,}"


def test_nothing_received_nothing_stated_undetermined_and_zero_look_different() -> None:
    told = page().grid("table-registered.by-area")
    assert told[1][2] == "5" and told[3][2] == "not stated" and told[3][1] == "0"
    columns = {e: TableColumn("x", "number", empty=e) for e in KINDS}
    wording = page_wording()
    cells = [read_cell(columns[e], None, wording) for e in KINDS]
    assert [c.kind for c in cells] == list(KINDS)
    assert len({c.text for c in (*cells, read_cell(columns["blank"], 0, wording))}) == 5
    assert read_cell(columns["blank"], 0, wording) == Cell(("0",), "number")


def test_the_report_of_tallies_keeps_the_two_participants_numbers_apart() -> None:
    document = worlds.tallies_only()
    parsed = Page(report_page(document).html)
    head, *rows = parsed.grid("table-registered.by-area")
    assert head == [
        "Area",
        "Guarantor A: tally",
        "Guarantor B: tally, published by Guarantor A",
        "Guarantor C: single reports",
        "Greatest less least",
    ]
    assert rows[-1] == ["All areas", "13", "19", "none received", "6"]
    assert "From Guarantor C, none was received for this period. That is not zero." in parsed.text
    says = (
        "Guarantor A says: 1 case of fire at Black Flag, an excluded group; 18 cases not confirmed."
    )
    assert says in parsed.text


def test_the_sum_of_two_participants_numbers_stands_nowhere() -> None:
    document = worlds.tallies_only()
    html = report_page(document).html
    assert not re.search(r"(?<![\w.])32(?![\w.])", Page(html).text)
    # Nor in the label of a figure, or as a number of the record.
    labels = " ".join(e.attributes.get("aria-label", "") for e in Page(html).elements)
    assert not re.search(r"\b32\b", labels)
    assert b"32" not in re.findall(rb"(?<![\w.])\d+(?![\w.])", document.to_json())


def test_figures_have_their_numbers_as_a_table() -> None:
    for section in rich().sections:
        beside = [p for p in section.parts if isinstance(p, Table)]
        for part in section.parts:
            if not isinstance(part, Chart):
                continue
            head, *rows = page().grid(f"numbers-{part.id}")
            assert len(head) == 1 + len(part.series) and len(rows) == len(part.labels)
            for i, row in enumerate(rows):
                for text, (_, numbers) in zip(row[1:], part.series, strict=True):
                    number = numbers[i]
                    assert text == (f"{number:,}" if number is not None else "not stated")
            assert chart_rows(part, beside, page_wording())


def test_a_page_made_from_report_json_is_the_same_page() -> None:
    again = read_document(rich().to_json())
    assert report_page(again) == report_page(rich())


def test_incidents_lead_to_their_explanation_where_one_is_served() -> None:
    made = Page(report_page(rich(), explain="/n/f/explain/").html)
    links = {e.attributes["href"] for e in made.all("a")}
    number = rich().sections[-2].parts[1].rows[0][0]  # type: ignore[union-attr]  # the annex's table
    assert f"/n/f/explain/{number}" in links
    assert "/n/f/explain/a.guarantors/2" in links


def test_incidents_lead_to_what_is_told_of_them_in_a_file_that_stands_alone() -> None:
    numbers = {e.attributes["id"].removeprefix("told-") for e in page().all("article")}
    leading = {e.attributes["href"] for e in page().all("a")}
    assert numbers and {f"#told-{number}" for number in numbers} <= leading


def test_a_language_that_does_not_exist_is_refused() -> None:
    with pytest.raises(QuestionError) as caught:
        report_page(rich(), language="tlh")
    assert caught.value.problems[0].code is Code.NO_SUCH_LANGUAGE


def test_styles_know_no_left_and_no_right_and_no_colour_of_a_side() -> None:
    sheet = report_page(rich()).styles[0]
    assert not re.search(r"(?<!text-anchor: )\b(left|right)\b(?!\s*-)", sheet)
    for colour in re.findall(r"#[0-9a-f]{6}\b", sheet):
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        assert max(red, green, blue) - min(red, green, blue) < 24, colour
