"""The commands themselves: `serve` answers other nodes and shows what another process of the node stated; `sync` and `bundle`
as an officer types them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.functional.test_nodes import node, says
from tests.functional.test_processes import ROOT, SECONDS, free_ports
from trucekeeper import workspace
from trucekeeper.cli import main
from trucekeeper.errors import Code

REPORT = "mortar-fire at Karsk by d-army on e-brigades killed 2"


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result.output


@contextmanager
def served(folder: Path, port: int) -> Iterator[str]:
    """A node's service as a process; the address of its console."""
    command = "from trucekeeper.cli import main; main()"
    arguments = ["serve", str(folder), "--port", "0", "--exchange", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [sys.executable, "-c", command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        console = process.stdout.readline().strip()
        assert process.stdout.readline().strip() == f"exchange http://127.0.0.1:{port}"
        yield console
    finally:
        process.terminate()
        process.wait(SECONDS)
        assert process.stdout is not None
        process.stdout.close()


def is_shown(page: str, ref: str) -> bool:
    """Whether a page of the console shows a statement."""
    try:
        with urllib.request.urlopen(page, timeout=SECONDS) as answer:  # noqa: S310  # our own console
            return ref in answer.read().decode()
    except urllib.error.HTTPError:
        return False


@pytest.mark.xdist_group("processes")
def test_what_another_process_states_is_shown_at_the_other_end(tmp_path: Path) -> None:
    ports = dict(zip(("a", "un"), free_ports(2), strict=True))
    for name, other in (("a", "un"), ("un", "a")):
        node(tmp_path / name, name)
        url = f"http://127.0.0.1:{ports[other]}"
        row = f'[[peers]]\nparticipant = "{other}"\nurl = "{url}"\n'
        (tmp_path / name / "peers.toml").write_text(row)
    with ExitStack() as stack:
        consoles = {n: stack.enter_context(served(tmp_path / n, ports[n])) for n in ports}
        beside = workspace.open(tmp_path / "a")
        ref = says(beside, REPORT)
        until = time.monotonic() + SECONDS
        while not is_shown(f"{consoles['un']}/un/guarantors/table/statements", ref):
            assert time.monotonic() < until, "it is not shown"
        refused = run("serve", tmp_path / "a", "--exchange", "127.0.0.1:0", code=2)
        assert Code.WRITER_BUSY.id in refused
    log = workspace.open(tmp_path / "a").folder.disk.read("logs/a.guarantors/checkpoint").decode()
    assert "spec/a/witness" in log


def test_a_round_by_hand_and_a_stick(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "un"):
        node(tmp_path / name, name)
    says(workspace.open(tmp_path / "a"), REPORT)
    for _ in range(2):
        for name in ("a", "b", "c", "un"):
            others = [tmp_path / other for other in ("a", "b", "c", "un") if other != name]
            run("sync", *others, "--node", tmp_path / name)
    says(workspace.open(tmp_path / "a"), REPORT)
    made = json.loads(run("bundle", tmp_path / "x.tkb", "--node", tmp_path / "a", "--json"))
    assert set(made["readers"]) == {"a", "b", "c", "un"}
    told = json.loads(run("sync", tmp_path / "x.tkb", "--node", tmp_path / "un", "--json"))
    assert told["new"]["a.guarantors"] >= 1
    assert "Nothing new." in run("sync", tmp_path / "x.tkb", "--node", tmp_path / "un")
    assert "hold nothing" in run("sync", "--restore", "--node", tmp_path / "un")
    nobody = run("sync", "--node", tmp_path / "un", code=2)
    assert Code.BAD_PEERS.id in nobody
    assert Code.BAD_PEERS.id in run("sync", "http://x.example", "--node", tmp_path / "un", code=2)
    (tmp_path / "cut.tkb").write_bytes((tmp_path / "x.tkb").read_bytes()[:-3])
    cut = run("sync", tmp_path / "cut.tkb", "--node", tmp_path / "b", code=2)
    assert Code.BAD_BUNDLE.id in cut
    assert Code.BAD_PEERS.id in run("serve", tmp_path / "a", "--exchange", "nowhere", code=2)
