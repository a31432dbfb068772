"""`seal`, `open`, `disclose`, `erase`, `check --disclosure`, and `add` where a text may name somebody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.sealed.nodes import PERSONS, sealing_nodes
from trucekeeper.cli import main
from trucekeeper.workspace import Node

TABLE = "name,born,held at\r\n" + "".join(f"{','.join(row)}\r\n" for row in PERSONS[1:])
ROWS = (
    "basis,act,occurred_earliest,occurred_latest,place_name,latitude,longitude,radius_m,description\n"
    + "".join(
        f"own-observation,mortar-fire,2026-03-20T06:0{i}:00Z,2026-03-20T06:10:00Z,Karsk,10.5,20.5,500,{text}\n"
        for i, text in enumerate(
            ["two impacts", "the witness Orlena Quistov saw two impacts", "one crater"]
        )
    )
)


@pytest.fixture
def nodes(tmp_path: Path) -> dict[str, Node]:
    (tmp_path / "list.csv").write_text(TABLE)
    (tmp_path / "rows.csv").write_text(ROWS)
    return sealing_nodes(tmp_path, "a", "b", "c")


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)


def told(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    result = run(*arguments, "--json")
    return result.exit_code, json.loads(result.stdout)


def codes(answer: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in answer["problems"]]


def test_a_list_from_file_to_file(nodes: dict[str, Node], tmp_path: Path) -> None:
    a, b, c = (nodes[name].folder.path for name in "abc")
    sealed = told(
        "seal",
        tmp_path / "list.csv",
        "--to",
        "guarantors",
        "--for",
        "c",
        "--what",
        "persons",
        "--node",
        a,
    )
    assert sealed == (0, {"ref": "a.guarantors/0", "recipients": ["c"]})
    opened = told(
        "disclose",
        "a.guarantors/0",
        "--rows",
        "1,3",
        "--fields",
        "name, born",
        "--for",
        "b",
        "--node",
        a,
    )
    assert opened == (0, {"ref": "a.guarantors/1", "of": "a.guarantors/0"})
    for folder in (b, c):
        assert run("sync", a, "--node", folder).exit_code == 0
    out = tmp_path / "opened.csv"
    assert run("open", "a.guarantors/0", "--out", out, "--node", c).exit_code == 0
    assert out.read_bytes() == TABLE.encode()
    assert out.stat().st_mode & 0o777 == 0o600
    assert codes(told("open", "a.guarantors/0", "--out", out, "--node", c)[1]) == ["N-002"]
    assert codes(told("open", "a.guarantors/0", "--out", tmp_path / "x", "--node", b)[1]) == [
        "P-004"
    ]
    assert not (tmp_path / "x").exists()
    document, table = tmp_path / "cells.json", tmp_path / "cells.csv"
    assert run("open", "a.guarantors/1", "--out", document, "--node", b).exit_code == 0
    assert run("open", "a.guarantors/1", "--out", table, "--node", b).exit_code == 0
    assert table.read_text().split() == [
        "row,name,born",
        "1,Orlena",
        "Quistov,2001",
        "3,Ismene",
        "Vaud,1979",
    ]


def test_a_disclosure_is_verified_with_and_without_a_node(
    nodes: dict[str, Node], tmp_path: Path
) -> None:
    a, b = (nodes[name].folder.path for name in "ab")
    run("seal", tmp_path / "list.csv", "--to", "guarantors", "--for", "c", "--node", a)
    run("seal", tmp_path / "list.csv", "--to", "guarantors", "--for", "c", "--node", a)
    run("disclose", "a.guarantors/0", "--rows", "2", "--fields", "name", "--for", "b", "--node", a)
    run("sync", a, "--node", b)
    document = tmp_path / "cells.json"
    run("open", "a.guarantors/2", "--out", document, "--node", b)
    code, alone = told("check", "--disclosure", document, "--node", tmp_path)
    assert (code, alone["rows"], alone["rows_opened"], alone["cells"], alone["stated"]) == (
        0,
        3,
        [2],
        1,
        None,
    )
    assert told("check", "--disclosure", document, "--node", b)[1]["stated"] is True
    assert "Bram" not in run("check", "--disclosure", document, "--node", b).output
    other = json.loads(document.read_text()) | {"of": "a.guarantors/1"}
    document.write_text(json.dumps(other))
    code, wrong = told("check", "--disclosure", document, "--node", b)
    assert (code, codes(wrong)) == (1, ["P-010"])
    document.write_text(json.dumps(other | {"of": "a.guarantors/99"}))
    assert codes(told("check", "--disclosure", document, "--node", b)[1]) == ["Q-006"]
    document.write_text(json.dumps(other | {"rows": 2}))
    code, changed = told("check", "--disclosure", document, "--node", tmp_path)
    assert (code, codes(changed)) == (2, ["P-010"])


def test_contents_are_not_shown_on_a_terminal(
    nodes: dict[str, Node], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = nodes["a"].folder.path
    run(
        "seal",
        tmp_path / "list.csv",
        "--to",
        "guarantors",
        "--for",
        "c",
        "--form",
        "text",
        "--node",
        a,
    )
    assert run("open", "a.guarantors/0", "--out", "-", "--node", a).stdout_bytes == TABLE.encode()
    code, answer = told("open", "a.guarantors/0", "--out", "-", "--node", a)
    assert (code, codes(answer)) == (2, ["P-012"])
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    shown = run("open", "a.guarantors/0", "--out", "-", "--node", a)
    assert shown.exit_code == 2
    assert "P-012" in shown.output
    assert "Orlena" not in shown.output


def test_an_erasure_is_asked_for_on_a_terminal(
    nodes: dict[str, Node], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = nodes["a"].folder.path
    run("seal", tmp_path / "list.csv", "--to", "guarantors", "--for", "c", "--node", a)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    refused = run("erase", "a.guarantors/0", "--reason", "danger", "--node", a, stdin="n\n")
    assert refused.exit_code == 1
    monkeypatch.undo()
    assert told("erase", "a.guarantors/0", "--reason", "danger", "--node", a) == (
        0,
        {"erased": "a.guarantors/0", "ref": "a.guarantors/1"},
    )
    assert codes(told("erase", "a.guarantors/0", "--reason", "danger", "--node", a)[1]) == ["P-007"]
    code, shown = told("show", "payloads", "--face", "guarantors", "--node", a)
    assert (code, [row["state"] for row in shown["rows"]]) == (0, ["withheld"])


def test_bad_arguments_are_told(nodes: dict[str, Node], tmp_path: Path) -> None:
    a = nodes["a"].folder.path
    (tmp_path / "ragged.csv").write_text("name,born\none\ntwo,1990\n")
    seal = ("seal", tmp_path / "list.csv", "--to", "guarantors", "--for", "c", "--node", a)
    run(*seal)
    assert codes(told("seal", tmp_path / "ragged.csv", *seal[2:])[1]) == ["I-005"]
    assert codes(told(*seal, "--about", "a.guarantors/9")[1]) == ["Q-006"]
    assert codes(told("open", "a.guarantors/7", "--out", tmp_path / "x", "--node", a)[1]) == [
        "Q-006"
    ]
    for rows in ("", "x", "1-", "0"):
        opened = (
            "disclose",
            "a.guarantors/0",
            "--rows",
            rows,
            "--fields",
            "name",
            "--for",
            "b",
            "--node",
            a,
        )
        assert codes(told(*opened)[1]) == ["P-009"]


def test_add_signs_nothing_that_may_name_a_person_until_an_officer_has_looked(
    nodes: dict[str, Node], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = nodes["a"].folder.path
    add = ("add", tmp_path / "rows.csv", "--to", "guarantors", "--node", a)
    code, answer = told(*add, "--dry-run")
    assert (code, len(answer["stated"]), codes(answer)) == (1, 3, ["P-011"])
    code, answer = told(*add)
    assert (code, len(answer["stated"]), codes(answer)) == (1, 2, ["P-011"])
    assert answer["problems"][0]["place"] == {"file": "rows.csv", "row": 3}
    assert "Orlena" not in str(answer)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    assert run(*add, stdin="n\n").exit_code == 1
    agreed = run(*add, stdin="y\n")
    assert agreed.exit_code == 0, agreed.output
    monkeypatch.undo()
    code, answer = told(
        "add", tmp_path / "rows.csv", "--to", "public", "--node", a, "--names-checked"
    )
    assert (code, len(answer["stated"])) == (0, 3)
