"""From a file to a signed log and back: what intake gives, a node signs."""

from __future__ import annotations

from pathlib import Path

import pytest

import trucekeeper.workspace as tk
from tests.intake.files import NOW, csv_text
from tests.world import ATTACHMENTS, agreement_text
from trucekeeper.intake.drafts import Taken
from trucekeeper.intake.read import take
from trucekeeper.intake.stated import stated_before
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.vocabulary.relations import rows_of

ROW = {
    "report_ref": "A-1",
    "basis": "own-observation",
    "act": "shelling",
    "occurred_earliest": "2031-03-09 06:10",
    "latitude": "10.5",
    "longitude": "20.5",
    "radius_m": "500",
    "description": "كرسك",
}


@pytest.fixture
def node(tmp_path: Path) -> tk.Node:
    """Guarantor A's node, at the time of the tests."""
    (tmp_path / "agreement.toml").write_bytes(agreement_text())
    for name, data in ATTACHMENTS.items():
        (tmp_path / name).write_bytes(data)
    made = tk.new(tmp_path / "node", tmp_path / "agreement.toml", ["a"])
    made.clock = lambda: NOW
    return made


def add(node: tk.Node, path: Path, *rows: dict[str, str]) -> Taken:
    """What a node does with a file: take it in, sign what is new."""
    path.write_text(csv_text({**ROW, **row} for row in rows), encoding="utf-8")
    before = [entry for log in node.record(node.held).values() for entry in log]
    result = take(
        path,
        node.agreement,
        author="a",
        circle="guarantors",
        stated=stated_before(before),
        now=int(node.clock()),
    )
    _, problems = node.state(result.drafts)
    assert not problems, [str(problem) for problem in problems]
    return result


def test_a_file_is_signed_once_and_corrected(node: tk.Node, tmp_path: Path) -> None:
    """Twice the same file, then a changed row: two reports and one correction in the log."""
    log, path = LogName("a.guarantors"), tmp_path / "march.csv"
    add(node, path, {}, {"report_ref": "A-2", "on_behalf_of": "d"})
    assert node.held[log].size == 2
    assert add(node, path, {}, {"report_ref": "A-2", "on_behalf_of": "d"}).repeated == 2
    assert node.held[log].size == 2
    add(node, path, {"killed_min": "2"}, {"report_ref": "A-2", "on_behalf_of": "d"})
    assert node.held[log].size == 3
    states = {row["ref"]: row["state"] for row in rows_of(node.derive().table("statements"))}
    assert states == {
        "a.guarantors/0": "corrected",
        "a.guarantors/1": "in-effect",
        "a.guarantors/2": "correction",
    }
