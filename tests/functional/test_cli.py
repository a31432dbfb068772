"""The command line as its users meet it, and the bad input that they bring: each a plain problem with its place and its
remedy, and nothing lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import trucekeeper as tk
from trucekeeper.cli import main

ROOT = Path(__file__).parents[2]
NODES = ROOT / "examples" / "northern-line" / "nodes"
HEAD = "report_ref,basis,act,occurred_earliest,occurred_latest,place_name,latitude,longitude,radius_m,alleged_author,description"
# The month of the example lies ahead of every clock, so what is entered today lies before it.
GOOD = "T-1,own-observation,mortar-fire,2026-03-20T06:00:00Z,2026-03-20T06:10:00Z,Karsk,6.2,-149.4,500,d-army,seen"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def answer(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    """Exit code and the JSON object of a command."""
    result = run(*arguments, "--json")
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def node(tmp_path: Path) -> Path:
    shutil.copytree(NODES / "a", tmp_path / "a")
    return tmp_path / "a"


def add(node: Path, data: str | bytes, *arguments: str) -> tuple[int, dict[str, Any]]:
    path = node.parent / "rows.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return answer("add", path, "--to", "guarantors", "--node", node, *arguments)


def table(*rows: str) -> str:
    return "\n".join([HEAD, *rows]) + "\n"


def sizes(node: Path) -> dict[str, int]:
    held = tk.open(node)
    assert held.problems == ()
    return {str(log): folder.size for log, folder in held.held.items()}


# Commands


def test_every_log_of_the_example_verifies() -> None:
    code, told = answer("check", "--node", NODES / "a")
    assert code == 0
    assert told["problems"] == []
    assert told["logs"]["a.guarantors"]["size"] > 0


def test_a_report_is_recomputed_by_another_node_or_what_differs_is_told(tmp_path: Path) -> None:
    code, made = answer("report", "2031-03", "--node", NODES / "a", "--out", tmp_path / "march")
    assert code == 0
    path = tmp_path / "march" / "report.json"
    code, same = answer("check", "--against", path, "--node", NODES / "un")
    assert (code, same["same"], same["digest"]) == (0, True, made["digest"])
    document = json.loads(path.read_bytes())
    document["agreement_title"] += "!"
    path.write_text(json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    code, other = answer("check", "--against", path, "--node", NODES / "un")
    assert (code, other["same"]) == (1, False)
    assert len(other["differences"]) == 1
    assert "agreement_title" in other["differences"][0]


def test_a_report_needs_the_logs_of_its_face(tmp_path: Path) -> None:
    run("report", "2031-03", "--node", NODES / "a", "--out", tmp_path)
    code, told = answer("check", "--against", tmp_path / "report.json", "--node", NODES / "d")
    assert code == 2
    assert {p["place"].get("log") for p in told["problems"]} >= {"a.guarantors", "b.guarantors"}
    assert {p["code"] for p in told["problems"]} == {"Q-007"}


@pytest.mark.parametrize("form", ["table", "json", "csv", "geojson", "parquet"])
def test_a_table_in_every_format(form: str, tmp_path: Path) -> None:
    out = tmp_path / f"incidents.{form}"
    result = run("show", "incidents", "--format", form, "--out", out, "--node", NODES / "a")
    assert result.exit_code == 0, result.output
    assert out.stat().st_size > 0


def test_an_explanation_leads_from_a_statement_to_what_rests_on_it() -> None:
    code, told = answer("check", "--explain", "a.guarantors/5", "--node", NODES / "a")
    assert code == 0
    assert told["lines"][0].startswith("states: ")


def test_a_node_is_made_and_exchanges(tmp_path: Path) -> None:
    agreement = ROOT / "examples" / "northern-line" / "agreement.toml"
    assert run("new", tmp_path / "a", "--agreement", agreement, "--as", "a").exit_code == 0
    assert run("new", tmp_path / "b", "--agreement", agreement, "--as", "b").exit_code == 0
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "a" / "keys").iterdir()} == {0o600}
    assert add(tmp_path / "b", table(GOOD))[0] == 0
    code, told = answer("sync", tmp_path / "b", "--node", tmp_path / "a")
    assert (code, told["new"]["b.guarantors"]) == (0, 1)
    code, told = answer("sync", tmp_path / "b", "--node", tmp_path / "a")
    assert (code, told["new"]) == (0, {})


def test_a_folder_that_is_taken_is_left_as_it_is(node: Path) -> None:
    agreement = ROOT / "examples" / "northern-line" / "agreement.toml"
    code, told = answer("new", node, "--agreement", agreement, "--as", "a")
    assert (code, told["problems"][0]["code"]) == (2, "N-002")
    assert answer("check", "--node", node)[0] == 0


# Bad input


def test_good_rows_go_in_beside_bad_ones_each_named(node: Path) -> None:
    swapped = GOOD.replace("T-1", "T-2").replace("6.2,-149.4", "-149.4,6.2")
    future = GOOD.replace("T-1", "T-3").replace("2026-", "2099-")
    code, told = add(node, table(GOOD, swapped, future))
    assert (code, len(told["stated"])) == (1, 1)
    found = {(p["code"], p["place"]["row"], p["place"]["column"]) for p in told["problems"]}
    assert ("I-006", 3, "latitude") in found
    assert ("I-007", 4, "occurred_earliest") in found
    assert all(p["found"] and p["expected"] and p["remedy"] for p in told["problems"])


def test_a_file_that_ends_in_the_middle(node: Path) -> None:
    code, told = add(node, table(GOOD) + GOOD.replace("T-1", "T-2").replace("seen", '"seen by'))
    assert (code, len(told["stated"])) == (1, 1)
    (problem,) = told["problems"]
    assert (problem["place"]["row"], problem["found"]) == (3, "a quotation that is not closed")


@pytest.mark.parametrize("encoding", ["cp1256", "utf-16"])
def test_a_file_in_another_encoding(node: Path, encoding: str) -> None:
    before = sizes(node)
    code, told = add(node, table(GOOD.replace("seen", "قصف")).encode(encoding))
    assert code == 2
    (problem,) = told["problems"]
    assert problem["code"] == "I-010"
    assert problem["place"]["line"] >= 1
    assert sizes(node) == before


def test_the_same_file_twice_adds_nothing_and_a_changed_row_is_a_correction(node: Path) -> None:
    first = add(node, table(GOOD))[1]["stated"]
    before = sizes(node)
    code, told = add(node, table(GOOD))
    assert (code, told["stated"], sizes(node)) == (0, [], before)
    changed = add(node, table(GOOD.replace("seen", "seen from Post 4")))[1]["stated"]
    (row,) = tk.open(node).derive().rows("corrections").where(ref=changed[0])
    assert row["of"] == first[0]


def test_a_dry_run_states_nothing(node: Path) -> None:
    before = sizes(node)
    code, told = add(node, table(GOOD), "--dry-run")
    assert (code, len(told["stated"]), told["dry_run"]) == (0, 1, True)
    assert sizes(node) == before


def test_an_entry_that_is_too_large(node: Path) -> None:
    """20,000 characters of four bytes are a description, but no entry."""
    before = sizes(node)
    large = GOOD.replace("seen", "\N{LEFT-POINTING MAGNIFYING GLASS}" * 20_000)
    code, told = add(node, table(large, GOOD.replace("T-1", "T-2")))
    assert (code, len(told["stated"])) == (1, 1)
    (problem,) = told["problems"]
    assert problem["place"]["row"] == 2
    assert problem["code"] == "S-021", problem
    assert sizes(node)["a.guarantors"] == before["a.guarantors"] + 1


def test_whose_key_is_not_here_is_told_and_nothing_is_signed(node: Path) -> None:
    before = sizes(node)
    code, told = add(node, table(GOOD), "--as", "b")
    assert (code, told["stated"]) == (1, [])
    assert {p["code"] for p in told["problems"]} == {"N-003"}, told
    assert sizes(node) == before


def test_who_is_not_entitled_is_told_and_nothing_is_signed(tmp_path: Path) -> None:
    shutil.copytree(NODES / "d", tmp_path / "d")
    before = sizes(tmp_path / "d")
    path = tmp_path / "post.toml"
    path.write_text(
        '[[statement]]\nkind = "post"\ncircle = "public"\n[statement.body]\n'
        'post = "Post 9"\nstate = "established"\nsince = 2026-03-01T00:00:00Z\nzone = "N-1"\n'
        'place = { latitude = 6.2, longitude = -149.4, radius_m = 50, name = "Karsk" }\n'
    )
    code, told = answer("add", path, "--node", tmp_path / "d")
    assert (code, told["stated"]) == (1, [])
    (problem,) = told["problems"]
    assert (problem["code"], problem["found"]) == ("S-005", "`post` to `public`"), problem
    assert sizes(tmp_path / "d") == before


def test_a_corrupted_tile_is_named_and_its_log_is_not_read(node: Path) -> None:
    tile = next((node / "logs" / "b.guarantors" / "tile" / "entries").rglob("*.p/*"))
    good = tile.read_bytes()
    tile.write_bytes(good[:400] + b"X" + good[401:])
    code, told = answer("check", "--node", node)
    assert code == 1
    assert any(
        p["place"].get("file", "").startswith("logs/b.guarantors/tile/entries") and p["remedy"]
        for p in told["problems"]
    )
    assert "b.guarantors" not in told["logs"]
    # The face that needs the log is refused; what does not need it is there as before.
    assert answer("show", "incidents", "--node", node)[0] == 2
    assert answer("show", "incidents", "--face", "public", "--node", node)[0] == 0
    tile.write_bytes(good)
    assert answer("check", "--node", node)[0] == 0


def test_a_damaged_tile_is_mended_from_what_is_sound(node: Path) -> None:
    before = sizes(node)
    tile = next((node / "logs" / "a.guarantors" / "tile" / "0").rglob("*[0-9]"))
    while tile.is_dir():
        tile = next(tile.iterdir())
    sound = tile.read_bytes()
    tile.write_bytes(b"x" + sound[1:])
    code, told = answer("sync", "--repair", "--node", node)
    assert (code, told["repaired"], told["problems"]) == (0, ["a.guarantors"], [])
    assert tile.read_bytes() == sound
    assert sizes(node) == before


def test_a_damaged_entry_that_nobody_has_is_told_and_left_as_it_is(node: Path) -> None:
    entries = next(p for p in (node / "logs/a.guarantors/tile/entries").rglob("*") if p.is_file())
    damaged = entries.read_bytes().replace(b"kind", b"kinb")
    entries.write_bytes(damaged)
    code, told = answer("sync", "--repair", "--node", node)
    assert (code, told["repaired"]) == (1, [])
    assert {problem["code"] for problem in told["problems"]} == {"L-001"}
    assert entries.read_bytes() == damaged


def test_an_agreement_that_contradicts_itself_is_told_all_at_once(tmp_path: Path) -> None:
    for path in (ROOT / "examples" / "northern-line").glob("*.*"):
        shutil.copy(path, tmp_path)
    text = (tmp_path / "agreement.toml").read_text()
    text = text.replace('id = "b"', 'id = "a"', 1).replace("quorum = ", "quorum = 9", 1)
    (tmp_path / "agreement.toml").write_text(text)
    code, told = answer(
        "new", tmp_path / "n", "--agreement", tmp_path / "agreement.toml", "--as", "a"
    )
    assert code == 2
    assert len(told["problems"]) >= 2
    assert all(p["place"]["line"] and p["remedy"] for p in told["problems"])
    assert not (tmp_path / "n").exists()


def test_two_participants_who_recognise_different_texts(node: Path) -> None:
    path = node.parent / "recognition.toml"
    path.write_text(
        '[[statement]]\nkind = "recognition"\ncircle = "public"\n[statement.body]\n'
        f'agreement_digest = "{"0" * 64}"\ntext_language = "ar"\n'
    )
    code, told = answer("add", path, "--node", node)
    assert (code, len(told["stated"])) == (0, 1), told
    rows = tk.open(node).derive(face="public").rows("recognitions")
    texts = {(r["participant"], r["same_text"]) for r in rows if r["what"] == "agreement"}
    assert {("a", False), ("b", True)} <= texts


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("add", "nowhere.csv"), "No such file"),
        (("add", "."), "directory"),
        (("report", "2031-13"), "2031-13"),
        (("show", "no-such"), "no-such"),
        (("show", "incidents", "--face", "nobody"), "nobody"),
        (("report", "2031-03", "--lang", "ar"), "ar"),
        (("report", "2031-03", "--format", "docx"), "docx"),
        (("check", "--explain", "a.guarantors/9999"), "a.guarantors/9999"),
        (("check", "--against", "nowhere.json"), "nowhere.json"),
        (("sync", "nowhere"), "nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_told_with_exit_code_2(
    node: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], found: str
) -> None:
    monkeypatch.chdir(node)
    code, told = answer(*arguments)
    assert code == 2
    (problem,) = told["problems"]
    assert found in json.dumps(problem)
    assert problem["remedy"]
