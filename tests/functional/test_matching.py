"""The matcher for its users: settings from a cut, a table of one's own, why a report is where it is."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

import trucekeeper as tk
from tests.console.nodes import node_of
from tests.functional.test_cli import NODES, answer, run
from tests.world import ATTACHMENTS, World, agreement_text
from trucekeeper.agreement.rules import load
from trucekeeper.cli import main
from trucekeeper.engines import extras
from trucekeeper.engines.annex import estimated_settings
from trucekeeper.engines.values import match_on_columns
from trucekeeper.errors import Code, NodeError, QuestionError
from trucekeeper.matching.settings import DEFAULT, read_settings
from trucekeeper.picture import derive, matching_settings
from trucekeeper.statements import kinds, parts
from trucekeeper.vocabulary.quantities import Range
from trucekeeper.vocabulary.times import Period

ACTS = ("mortar-fire", "shelling", "air-strike", "sniping", "raid")
SOURCES = ("a", "b", "c", "un")


def busy_world(events: int = 260, seed: int = 7) -> World:
    """A month in which most events are told by two or three of four sources, each a little wrong."""
    chance = random.Random(seed)  # noqa: S311  # a world that is the same each time
    world = World()
    begin = datetime(2031, 3, 1, tzinfo=UTC)
    for _ in range(events):
        at = begin + timedelta(minutes=chance.randrange(29 * 24 * 60))
        lat, lon = chance.uniform(9.0, 11.0), chance.uniform(20.0, 22.0)
        act, killed = chance.choice(ACTS), chance.randrange(5)
        author = chance.choice(["d-army", "e-brigades"])
        for source in chance.sample(SOURCES, chance.choice([1, 2, 2, 3])):
            told = at + timedelta(minutes=chance.randrange(-60, 60))
            body = kinds.Report(
                basis="own-observation",
                act=act if chance.random() < 0.8 else chance.choice(ACTS),
                occurred=Period(told, told + timedelta(hours=chance.choice([1, 3, 12]))),
                place=parts.Place(
                    lat_e6=round((lat + chance.gauss(0, 0.01)) * 1e6),
                    lon_e6=round((lon + chance.gauss(0, 0.01)) * 1e6),
                    radius_m=chance.choice([500, 2_000, 5_000]),
                ),
                alleged_author=(author,) if chance.random() < 0.8 else (),
                killed=Range(min=killed, max=killed + chance.randrange(2)),
            )
            world.state(source, "guarantors", told + timedelta(hours=13), body)
    return world


def derived_of(world: World, text: bytes | None = None, **files: bytes) -> Any:
    rules = world.agreement if text is None else load(text, {**ATTACHMENTS, **files})
    return derive(rules, world.record(), world.cut(), matcher=match_on_columns)


@pytest.fixture(scope="module")
def world() -> World:
    return busy_world()


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return node_of(world, tmp_path_factory.mktemp("nodes") / "busy").folder.path


# Estimation


def test_settings_are_estimated_from_a_cut_and_name_it(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "matching.json"
    code, told = answer("estimate", "--node", folder, "--out", out)
    assert code == 0, told
    data = out.read_bytes()
    settings = read_settings(out.name, data)
    assert told["digest"] == settings.digest == hashlib.sha256(data).hexdigest()
    assert settings.name == f"estimated from cut {told['cut']}"
    assert told["cut"] == tk.open(folder).cut().digest
    assert set(told["reports"]) == set(SOURCES)
    assert told["expected_pairs"] >= 100
    assert told["candidates"] > told["expected_pairs"]
    assert settings.tables != DEFAULT.tables
    said = run("estimate", "--node", folder, "--out", out).output
    for words in ("expected to be of one event", "reports (a ", "until the agreement annexes"):
        assert words in said


def test_the_same_cut_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    once, again = (tk.open(folder).estimate().to_json() for _ in range(2))
    assert once == again
    derived = tk.open(folder).derive().derived
    assert estimated_settings(derived, threads=1).to_json() == once
    run("report", "2031-03", "--node", folder, "--out", tmp_path / "march", "--format", "json")
    report = tmp_path / "march" / "report.json"
    code, _ = answer("estimate", "--cut", report, "--node", folder, "--out", tmp_path / "s.json")
    assert (code, (tmp_path / "s.json").read_bytes()) == (0, once)


def test_another_cut_gives_other_bytes(folder: Path) -> None:
    node = tk.open(folder)
    whole = node.cut()
    heads = tuple(
        replace(h, size=h.size - 20, root=str(node.root_at(h.log, h.size - 20)))
        for h in whole.heads
    )
    one, other = node.estimate(cut=whole), node.estimate(cut=replace(whole, heads=heads))
    assert one.to_json() != other.to_json()
    assert sum(other.reports.values()) == sum(one.reports.values()) - 20 * len(heads)


def test_an_agreement_that_annexes_them_is_matched_by_them(world: World) -> None:
    estimated = estimated_settings(derived_of(world))
    annexed = (
        agreement_text()
        + (
            f'\n[matching]\nfile = "matching.json"\nclause = "4"\n'
            f'[[attachments]]\nfile = "matching.json"\nsha256 = "{estimated.digest}"\n'
        ).encode()
    )
    picture = derived_of(world, annexed, **{"matching.json": estimated.to_json()})
    assert matching_settings(picture.agreement) == picture.settings == estimated.settings
    assert estimated_settings(picture).settings.place_edges == DEFAULT.place_edges


def test_no_report_at_all_gives_no_settings() -> None:
    with pytest.raises(NodeError) as refused:
        estimated_settings(World("01 06:10 a saw all").derive())
    assert refused.value.problems[0].code is Code.TOO_FEW_PAIRS


def test_too_few_reports_give_no_settings(tmp_path: Path) -> None:
    out = tmp_path / "matching.json"
    code, told = answer("estimate", "--node", NODES / "un", "--out", out)
    assert (code, told["problems"][0]["code"]) == (2, Code.TOO_FEW_PAIRS.id)
    assert not out.exists()


def test_without_a_compiler_it_says_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(QuestionError) as refused:
        estimated_settings(world.derive())
    (problem,) = refused.value.problems
    assert (problem.code, problem.found) == (Code.NOT_INSTALLED, "numba")
    assert "trucekeeper[fast]" in problem.expected


# A table of one's own

HEAD = "id,source,earliest,latest,lat_e6,lon_e6,radius_m,act,author,killed_min"
ROWS = (
    "007,a,2031-03-01T06:00:00Z,2031-03-01T07:00:00Z,10500000,20500000,500,mortar-fire,d-army|e-brigades,2",
    "010,b,1930111200,1930114800,10501000,20500000,500,mortar-fire,d-army,",
    "008,b,2031-03-09T06:00:00Z,2031-03-09T07:00:00Z,10500000,20500000,,,,",
)


def csv(path: Path, *rows: str, head: str = HEAD) -> Path:
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def test_a_table_is_matched_and_its_settings_lie_beside(tmp_path: Path) -> None:
    reports, out = csv(tmp_path / "reports.csv", *ROWS), tmp_path / "out" / "incidents.csv"
    code, told = answer("match", reports, "--out", out)
    assert code == 0, told
    assert (told["reports"], told["incidents"], told["of_several"]) == (3, 2, 1)
    assert told["bounds"] == {"crowded": 0, "candidates": 0, "raised": 0}
    lines = out.read_text().splitlines()
    assert lines[0] == "id,incident,posterior_milli"
    assert [line.rpartition(",")[0] for line in lines[1:]] == ["007,007", "008,008", "010,007"]
    beside = out.with_suffix(".settings.json")
    settings = read_settings(beside.name, beside.read_bytes())
    assert told["written"] == [str(out), str(beside)]
    assert told["digest"] == settings.digest == hashlib.sha256(beside.read_bytes()).hexdigest()
    assert any("too few to estimate from" in warning for warning in told["warnings"])


def test_parquet_in_and_out_with_given_settings_by_every_engine(tmp_path: Path) -> None:
    annex_file = tmp_path / "default.json"
    annex_file.write_bytes(DEFAULT.to_json())
    csv(tmp_path / "r.csv", *ROWS)
    ids = ["007", "010", "008"]
    table = pa.table(
        {
            "id": ids,
            "source": ["a", "b", "b"],
            "earliest": pa.array([1930111200, 1930111200, 1930802400], pa.timestamp("s", "UTC")),
            "latest": pa.array([1930114800, 1930114800, 1930806000], pa.timestamp("s", "UTC")),
            "lat_e6": [10_500_000, 10_501_000, 10_500_000],
            "lon_e6": [20_500_000] * 3,
            "radius_m": [500, 500, None],
            "act": ["mortar-fire", "mortar-fire", None],
            "author": [["d-army", "e-brigades"], ["d-army"], None],
            "killed_min": [2, None, None],
        }
    )
    pq.write_table(table, tmp_path / "r.parquet")
    found = []
    engines = ("kernel", "reference", "duckdb")
    for source, engine in (*(("r.parquet", e) for e in engines), ("r.csv", "kernel")):
        out = tmp_path / f"{engine}-{source}.parquet"
        code, told = answer(
            "match",
            tmp_path / source,
            "-o",
            out,
            "--settings",
            annex_file,
            "--engine",
            engine,
            "--rivals",
        )
        assert (code, told["settings"], told["written"]) == (0, DEFAULT.name, [str(out)])
        found.append(pq.read_table(out))
    assert all(table == found[0] for table in found)
    assert found[0].column("incident").to_pylist() == ["007", "008", "007"]
    assert found[0].column("rival").null_count == 3


@pytest.mark.parametrize(
    ("rows", "place", "code"),
    [
        ((ROWS[0].replace("10500000", "10.5"),), {"row": 2, "column": "lat_e6"}, "I-005"),
        ((ROWS[0], "", ROWS[1].replace("1930111200", "noon")), {"row": 4, "column": "earliest"}, "I-005"),
        ((ROWS[0], ROWS[1].replace("10501000", "100501000")), {"row": 3, "column": "lat_e6"}, "I-005"),
        ((ROWS[0], ROWS[0]), {"row": 2, "column": "id"}, "I-005"),
        ((ROWS[0].replace("|e-brigades", "").replace("d-army", "|"),), {"row": 2, "column": "author"}, "I-005"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_told_by_the_row_of_the_spreadsheet(
    rows: tuple[str, ...], place: dict[str, Any], code: str, tmp_path: Path
) -> None:
    exit_code, told = answer("match", csv(tmp_path / "r.csv", *rows), "-o", tmp_path / "o.csv")
    problem = told["problems"][0]
    assert (exit_code, problem["code"]) == (2, code)
    assert problem["place"] == {"file": "r.csv", **place}
    assert not (tmp_path / "o.csv").exists()


def test_of_many_bad_cells_the_first_are_told(tmp_path: Path) -> None:
    rows = [ROWS[0].replace("007", str(n)).replace("10500000", "x") for n in range(50)]
    _, told = answer("match", csv(tmp_path / "r.csv", *rows), "-o", tmp_path / "o.csv")
    assert len(told["problems"]) == 21
    assert told["problems"][-1]["found"] == "30 further rows"


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.parquet").write_bytes(b"not a table")
    for name, arguments, code in (
        ("r.parquet", (), "I-001"),
        ("none.csv", (), "I-001"),
        ("r.ods", (), "I-011"),
        ("r.csv", ("--engine", "abacus"), "Q-004"),
        ("r.csv", ("--settings", tmp_path / "r.parquet"), "A-004"),
    ):
        csv(tmp_path / "r.csv", *ROWS)
        exit_code, told = answer("match", tmp_path / name, "-o", tmp_path / "o.csv", *arguments)
        assert (exit_code, told["problems"][0]["code"]) == (2, code), name
    assert answer("match", tmp_path / "r.csv", "-o", tmp_path / "o.txt")[0] == 2


def test_a_table_without_rows_has_no_incidents(tmp_path: Path) -> None:
    code, told = answer("match", csv(tmp_path / "r.csv"), "-o", tmp_path / "o.csv")
    assert (code, told["reports"], told["incidents"]) == (0, 0, 0)


def test_whole_numbers_stay_whole_numbers(tmp_path: Path) -> None:
    rows = [ROWS[0].replace("007", "10"), ROWS[1].replace("010", "9")]
    answer("match", csv(tmp_path / "r.csv", *rows), "-o", tmp_path / "o.parquet")
    assert pq.read_table(tmp_path / "o.parquet").column("id").to_pylist() == [9, 10]


# Why


def test_two_reports_are_explained_with_a_picture(tmp_path: Path) -> None:
    figure = tmp_path / "why.svg"
    code, told = answer(
        "check", "--explain", "a.guarantors/18", "--with", "e.all/4", "--figure", figure,
        "--node", NODES / "a",
    )  # fmt: skip
    assert code == 0
    (weighed,) = told["weighed"]
    assert weighed["posterior_milli"] is None
    assert sum(term["milli"] for term in weighed["terms"][:-1]) == weighed["total_milli"]
    assert "<svg" in figure.read_text()
    said = run("check", "--explain", "a.guarantors/18", "--with", "e.all/4", "--node", NODES / "a")
    assert "same time within 30 min (+4.2)" in said.output


def test_a_report_is_explained_with_its_terms_as_a_table() -> None:
    said = run("check", "--explain", "a.guarantors/18", "--node", NODES / "a").output
    assert "weighed: a.guarantors/18 is bound to b.guarantors/21 and e.all/4 by" in said
    assert said.splitlines()[-1].split() == ["Sum", "+12.8", "12790"]


def test_a_picture_is_of_one_report(tmp_path: Path) -> None:
    number = tk.open(NODES / "a").derive().weigh("a.guarantors/18").subject
    assert number == "a.guarantors/18"
    incident = next(r for r in tk.open(NODES / "a").derive().incidents if r["reports"] > 1)
    code, told = answer(
        "check", "--explain", incident["incident"], "--figure", tmp_path / "f.svg",
        "--node", NODES / "a",
    )  # fmt: skip
    assert (code, told["problems"][0]["code"]) == (2, "Q-006")
    refused = CliRunner().invoke(main, ["check", "--with", "a.guarantors/18"])
    assert refused.exit_code == 2
    assert "--explain" in refused.output
    assert json.loads(run("check", "--explain", incident["incident"], "--json", "--node", NODES / "a").stdout)["weighed"]  # fmt: skip
