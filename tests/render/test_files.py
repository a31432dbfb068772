"""The files of a report, and relations as files: JSON, CSV, GeoJSON and the page carry the same."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.render import worlds
from tests.render.page import Page
from trucekeeper.errors import Code, QuestionError
from trucekeeper.render.geojson import incidents_geojson
from trucekeeper.render.relations import RELATION_FORMATS, formats_of, relation_text
from trucekeeper.render.tables import column_name, csv_text, document_tables, table_csv
from trucekeeper.render.write import write_report
from trucekeeper.reporting.document import Document, Table, TableColumn
from trucekeeper.vocabulary.relations import rows_of


@pytest.fixture(scope="module")
def document() -> Document:
    return worlds.document(worlds.rich())


def read_csv(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


# A report


def test_every_file_is_written_and_named(document: Document, tmp_path: Path) -> None:
    written = write_report(document, tmp_path / "march")
    names = [path.relative_to(tmp_path / "march").as_posix() for path in written]
    tables = [f"tables/{table.id}.csv" for table in document_tables(document)]
    assert names == ["report.json", "report.html", *tables, "incidents.geojson"]
    assert all(path.is_file() for path in written)
    assert (tmp_path / "march/report.json").read_bytes() == document.to_json()


def test_only_what_is_asked_for_is_written(document: Document, tmp_path: Path) -> None:
    written = write_report(document, tmp_path, formats=("json",))
    assert [path.name for path in written] == ["report.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize(
    ("asked", "code", "found"),
    [
        ({"formats": ("json", "docx")}, Code.NO_SUCH_FORMAT, "`docx`"),
        ({"language": "xx"}, Code.NO_SUCH_LANGUAGE, "`xx`"),
    ],
)
def test_what_does_not_exist_is_refused_by_name_and_nothing_is_written(
    document: Document, tmp_path: Path, asked: dict[str, Any], code: Code, found: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        write_report(document, tmp_path / "out", **asked)
    assert (caught.value.problems[0].code, caught.value.problems[0].found) == (code, found)
    assert not (tmp_path / "out").exists()


def test_json_csv_and_page_carry_the_same_numbers(document: Document, tmp_path: Path) -> None:
    write_report(document, tmp_path)
    stated = json.loads((tmp_path / "report.json").read_bytes())
    page = Page((tmp_path / "report.html").read_text())
    tables = [p for s in stated["sections"] for p in s["parts"] if p["part"] == "table"]
    assert len(tables) > 10
    # A day that follows another with the same words shares its row on the page.
    for table in (t for t in tables if t["id"] != "coverage.denied"):
        head, *lines = read_csv(tmp_path / f"tables/{table['id']}.csv")
        grid = page.grid(f"table-{table['id']}")[1:] if table["rows"] else []
        assert len(head) == len(table["columns"])
        assert len(lines) == len(table["rows"]) == len(grid)
        for row, line, told in zip(table["rows"], lines, grid, strict=True):
            for i, column in enumerate(table["columns"]):
                if column["reading"] == "number" and isinstance(row[i], int):
                    assert line[i] == str(row[i])
                    assert told[i].replace(",", "") == str(row[i])
                if row[i] is None and column.get("empty"):
                    assert line[i] == column["empty"]
                    assert told[i] == column["empty"].replace("-", " ")


def test_the_sum_of_two_participants_numbers_is_in_no_file(tmp_path: Path) -> None:
    for path in write_report(worlds.tallies_only(), tmp_path):
        if path.suffix != ".html":
            assert not re.search(r"(?<![\w.])32(?![\w.])", path.read_text("utf-8-sig")), path.name


def test_a_csv_says_whose_column_it_is_and_whose_number() -> None:
    (table,) = [t for t in document_tables(worlds.tallies_only()) if t.id == "registered.by-area"]
    head, *rows = csv.reader(io.StringIO(table_csv(table)))
    assert head == [
        "area",
        "registered.tally:a",
        "registered.tally:b|a",
        "registered.items:c",
        "registered.difference",
    ]
    assert rows[-1] == ["all", "13", "19", "none-received", "6"]


def test_a_csv_begins_with_the_mark_that_spreadsheets_need(
    document: Document, tmp_path: Path
) -> None:
    write_report(document, tmp_path, formats=("csv",))
    for path in (tmp_path / "tables").iterdir():
        data = path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbf") and b"\r" not in data


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+4", "'+4"),
        ("-4", "'-4"),
        ("@cmd", "'@cmd"),
        ("\t=1", "'\t=1"),
        (-4, "-4"),
        (("=a", "b"), "'=a;b"),
        (("a", "=b"), "a;=b"),
        (None, ""),
        (True, "true"),
        (0, "0"),
        ("a=b", "a=b"),
        (1.5, "1.5"),
    ],
)
def test_no_cell_is_a_formula(value: object, cell: str) -> None:
    (_, (read,)) = csv.reader(io.StringIO(csv_text(["x"], [[value]])))  # fmt: skip
    assert read == cell if cell else read == ""


def test_what_nothing_means_stands_in_the_cell() -> None:
    columns = tuple(
        TableColumn("x", "number", empty=empty)
        for empty in ("blank", "none-received", "not-stated", "undetermined")
    )
    table = Table("t", (*columns, TableColumn("y", "number")), ((None, None, None, None, 0),))
    assert table_csv(table).splitlines()[1] == ",none-received,not-stated,undetermined,0"


def test_columns_have_names_of_their_own(document: Document) -> None:
    for table in document_tables(document):
        names = [column_name(column) for column in table.columns]
        assert len(names) == len(set(names)), table.id


def test_incidents_as_geojson(document: Document) -> None:
    collection = json.loads(incidents_geojson(document))
    assert collection["type"] == "FeatureCollection"
    (annex,) = [t for t in document_tables(document) if t.id == "annex.inside"]
    assert len(collection["features"]) == len(annex.rows) == 10
    first = collection["features"][0]
    number = first["properties"]["incident"]
    assert first["id"] == first["properties"]["record_id"] == f"spec/guarantors/{number}"
    assert first["geometry"] == {"type": "Point", "coordinates": [20.5, 10.5]}
    assert first["properties"]["radius_m"] == 500
    assert first["properties"]["killed-max"] == 4
    assert first["properties"]["sources"] == ["a", "b"]


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="no ogrinfo on this machine")
def test_a_map_program_opens_the_geojson(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "incidents.geojson"
    path.write_bytes(incidents_geojson(document))
    said = subprocess.run(
        ["ogrinfo", "-ro", "-so", "-al", path], capture_output=True, text=True, check=True
    ).stdout
    assert "Geometry: Point" in said
    assert "Feature Count: 10" in said
    assert 'ID["EPSG",4326]' in said


# Relations


def incidents() -> pa.Table:
    return worlds.rich().tables["incidents"]


def test_a_relation_as_json_csv_and_parquet_is_the_same() -> None:
    rows = rows_of(incidents())
    assert json.loads(relation_text(incidents(), "json")) == rows
    head, *lines = csv.reader(io.StringIO(relation_text(incidents(), "csv").decode()))
    assert head == incidents().column_names and len(lines) == len(rows)
    assert [line[0] for line in lines] == [row["incident"] for row in rows]
    parquet = pq.read_table(io.BytesIO(relation_text(incidents(), "parquet")))
    assert rows_of(parquet.cast(incidents().schema)) == rows


def test_a_relation_as_geojson() -> None:
    collection = json.loads(relation_text(incidents(), "geojson"))
    assert len(collection["features"]) == incidents().num_rows
    assert collection["features"][0]["geometry"]["coordinates"] == [20.5, 10.5]
    assert "latitude" not in collection["features"][0]["properties"]


def test_what_has_no_points_is_no_geojson() -> None:
    outcomes = worlds.rich().tables["outcomes"]
    assert formats_of(outcomes) == [f for f in RELATION_FORMATS if f != "geojson"]
    for format in ("geojson", "xml"):
        with pytest.raises(QuestionError) as caught:
            relation_text(outcomes, format)
        problem = caught.value.problems[0]
        assert (problem.code, problem.found) == (Code.NO_SUCH_FORMAT, f"`{format}`")
        assert problem.expected == "table, json, csv, parquet"


def test_a_terminal_is_told_what_it_does_not_show() -> None:
    text = relation_text(incidents(), "table", rows_max=3, width=100).decode()
    *lines, last = text.splitlines()
    assert max(map(len, lines)) <= 100
    shown, hidden = last.split(" Columns not shown here: ")
    assert shown == f"3 of {incidents().num_rows} rows."
    names = hidden.removesuffix(". The other formats give all.").split(", ")
    assert lines[0].split() + names == incidents().column_names


def test_a_terminal_wide_enough_is_told_nothing_is_missing() -> None:
    table = pa.table({"name": ["a", None], "count": [1, 20], "list": [["x", "y"], []]})
    assert relation_text(table, "table", width=80).decode().splitlines() == [
        "name  count  list",
        "a         1  x; y",
        "-        20",
        "2 of 2 rows.",
    ]


def test_markup_of_a_terminal_is_text() -> None:
    table = pa.table({"name": ["[bold]x[/bold]", "\x1b[31mred"]})
    text = relation_text(table, "table", width=80).decode()
    assert text.splitlines()[1:3] == ["[bold]x[/bold]", "\N{REPLACEMENT CHARACTER}[31mred"]
