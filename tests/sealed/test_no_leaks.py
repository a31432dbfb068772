"""Leaking is impossible by construction: made-up names are planted in sealed payloads over a whole run, and every file
of the nodes that are no recipients, and every output of all nodes, is searched for them."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import trucekeeper as tk
from tests.console.client import TestClient
from tests.sealed.nodes import PERSONS, sealing_nodes
from trucekeeper.cli import main
from trucekeeper.console.app import make_app
from trucekeeper.picture import RELATIONS

NAMES = [word for row in PERSONS for word in row] + ["Dagny Ostrowell", "behind the mill"]
ACCOUNT = "Dagny Ostrowell told the team what she saw behind the mill."


def forms(text: str) -> Iterator[bytes]:
    """A text as it might lie somewhere."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield text.encode(encoding)
        yield text.encode(encoding).hex().encode()
        yield base64.b64encode(text.encode(encoding)).rstrip(b"=")[:-1]


WANTED = [form for name in NAMES if len(name) > 4 for form in forms(name)]


def found_in(data: bytes) -> list[bytes]:
    return [form for form in WANTED if form in data]


def searched(folder: Path) -> int:
    """How many files a folder has, none of which holds a name."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        assert found_in(path.read_bytes()) == [], path
        assert found_in(path.name.encode()) == []
    return len(files)


def console_pages(nodes: list[tk.Node]) -> list[str]:
    """What the console shows of payloads, and its explanation of one."""
    with TestClient(make_app(nodes)) as client:
        pages = []
        for name, face in (
            ("a", "guarantors"),
            ("b", "guarantors"),
            ("c", "guarantors"),
            ("d", "public"),
        ):
            for path in (
                "",
                f"{face}/",
                f"{face}/report/2031-03",
                f"{face}/table/payloads",
                f"{face}/explain/a.public/0",
            ):
                answer = client.get(f"/{name}/{path}")
                assert answer.status_code == 200, (name, path)
                pages.append(answer.text)
        return pages


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"..." + base64.b64encode(ACCOUNT[:15].encode()))
    with pytest.raises(AssertionError):
        searched(tmp_path)


def test_no_name_leaves_its_recipients(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    # Only what is brought in and what a recipient writes holds names: outside the nodes.
    desk, run = tmp_path / "desk", tmp_path / "run"
    desk.mkdir()
    (desk / "list.csv").write_text("".join(f"{','.join(row)}\n" for row in PERSONS))
    (desk / "account.txt").write_text(ACCOUNT)
    (desk / "ragged.csv").write_text(f"{','.join(PERSONS[0])}\n{PERSONS[1][0]}\n")
    sealing_nodes(run, "a", "b", "c", "d")
    a, b, c, d = (run / name for name in "abcd")
    outputs: list[str] = []

    def do(*arguments: str | Path, code: int = 0) -> None:
        for form in ([], ["--json"]):
            result = CliRunner().invoke(main, [*map(str, arguments), *form])
            outputs.append(result.output + repr(result.exception))
            if not form:
                assert result.exit_code == code, result.output

    # Refused first, so that errors are among what is searched.
    do("seal", desk / "ragged.csv", "--to", "guarantors", "--for", "b", "--node", a, code=2)
    do("seal", desk / "list.csv", "--to", "guarantors", "--for", "d", "--node", a, code=2)
    do("seal", desk / "list.csv", "--to", "guarantors", "--for", "b", "--node", a)
    do(
        "seal",
        desk / "account.txt",
        "--to",
        "public",
        "--for",
        "b",
        "--about",
        "a.guarantors/0",
        "--node",
        a,
        code=2,
    )
    do(
        "seal",
        desk / "account.txt",
        "--to",
        "guarantors",
        "--for",
        "b",
        "--about",
        "a.guarantors/0",
        "--node",
        a,
    )
    do(
        "seal",
        desk / "account.txt",
        "--to",
        "public",
        "--for",
        "b",
        "--what",
        "account",
        "--node",
        a,
    )
    do("disclose", "a.guarantors/1", "--rows", "1-2", "--fields", "name", "--for", "b", "--node", a)
    do(
        "disclose",
        "a.guarantors/1",
        "--rows",
        "9",
        "--fields",
        "name",
        "--for",
        "b",
        "--node",
        a,
        code=2,
    )
    for reader, peer in ((b, a), (c, b), (d, c), (d, a)):
        do("sync", peer, "--node", reader)
    do("open", "a.guarantors/1", "--out", desk / "b.csv", "--node", b)
    do("open", "a.guarantors/1", "--out", desk / "c.csv", "--node", c, code=2)
    do("open", "a.public/0", "--out", desk / "d.txt", "--node", d, code=2)
    for folder, face in ((a, "guarantors"), (b, "guarantors"), (c, "guarantors"), (d, "public")):
        do("check", "--node", folder)
        do(
            "report",
            "2031-03",
            "--face",
            face,
            "--out",
            run / f"report-{folder.name}",
            "--node",
            folder,
        )
        for relation in RELATIONS:
            out = run / f"export-{folder.name}"
            out.mkdir(exist_ok=True)
            for form in ("csv", "json", "parquet"):
                do(
                    "show",
                    relation.name,
                    "--face",
                    face,
                    "--format",
                    form,
                    "--out",
                    out / f"{relation.name}.{form}",
                    "--node",
                    folder,
                )
    do("check", "--explain", "a.guarantors/1", "--face", "guarantors", "--node", c)
    do("erase", "a.guarantors/1", "--reason", "danger", "--yes", "--node", a)
    do("sync", a, "--node", c)
    pages = console_pages([tk.open(folder) for folder in (a, b, c, d)])
    # Every node's own folder too: contents lie there encrypted, to the author and recipients alike.
    assert searched(run) > 100
    assert (desk / "b.csv").is_file()
    assert not (desk / "c.csv").exists()
    seen = capfd.readouterr()
    for text in (*outputs, *pages, caplog.text, seen.out, seen.err):
        assert found_in(text.encode()) == []
    assert any("withheld" in page for page in pages)
