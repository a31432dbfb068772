"""Nodes on disk, one of which shows two histories: found, proven, kept, frozen alike, gone on from."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from itertools import permutations
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.functional.test_nodes import NOON, exchange, files, node, reopened, says, still
from tests.world import signer_of
from trucekeeper import workspace
from trucekeeper.cli import main
from trucekeeper.errors import Code, Place, QuestionError
from trucekeeper.governance.key_document import sign_document
from trucekeeper.intake.drafts import Draft
from trucekeeper.keys.custody import public_seed, signer_from_seed
from trucekeeper.logs.equivocation import evidence_file, read_evidence, verify
from trucekeeper.statements import kinds, parts
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.workspace import Node

LOG = LogName("a.guarantors")
REPORT = "mortar-fire at Karsk by d-army on e-brigades killed"


def forked(folder: Path) -> tuple[dict[str, Node], Node]:
    """A tells b of one event, and c of another, after one that it told both. The second machine of
    a."""
    nodes = {name: node(folder / name, name) for name in ("a", "b", "c")}
    says(nodes["a"], f"{REPORT} 1")
    exchange(nodes, [("b", "a"), ("c", "a")])
    shutil.copytree(folder / "a", folder / "a-again")
    other = still(workspace.open(folder / "a-again"))
    says(nodes["a"], f"{REPORT} 2")
    says(other, f"{REPORT} 7")
    says(other, f"{REPORT} 8")
    exchange(nodes, [("b", "a")])
    nodes["c"].sync(folder / "a-again")
    return nodes, other


def meet(nodes: dict[str, Node], pairs: Iterable[tuple[str, str]]) -> list[Code]:
    """Exchange, whatever is found; the problems told."""
    return [
        problem.code
        for reader, peer in pairs
        for problem in nodes[reader].sync(nodes[peer].folder.path).problems
    ]


def settle(nodes: dict[str, Node]) -> None:
    for _ in range(4):
        meet(nodes, permutations(nodes, 2))


def digests(nodes: dict[str, Node]) -> set[tuple[str, str, bytes]]:
    pictures = [n.derive(face="guarantors", as_of="2031-03-31") for n in nodes.values()]
    return {(p.cut.digest, p.digest, p.report("2031-03").to_json()) for p in pictures}


def test_both_find_it_state_it_once_and_freeze_alike(tmp_path: Path) -> None:
    nodes, _ = forked(tmp_path)
    kept = {n: d for n, d in files(tmp_path / "c").items() if n.startswith(f"logs/{LOG}/")}
    assert meet(nodes, [("c", "b"), ("b", "c")]) == [Code.TWO_HISTORIES, Code.TWO_HISTORIES]
    after = files(tmp_path / "c")
    assert {n: after[n] for n in kept} == kept
    settle(nodes)
    assert len(digests(nodes)) == 1
    picture = nodes["b"].derive(face="guarantors")
    (frozen,) = picture.rows("disputed_logs")
    assert (frozen["log"], frozen["size"], frozen["disputed"]) == (LOG, 1, 3)
    assert frozen["found_by"] == ["b", "c"]
    head = next(h for h in picture.cut.heads if h.log == LOG)
    assert (head.size, [b.size for b in head.branches]) == (1, [2, 3])
    stated = picture.rows("statements").where(kind="two-histories")
    assert sorted(row["author"] for row in stated) == ["b", "c"]
    # Then silence: nothing more is stated or found.
    before = {name: files(tmp_path / name) for name in nodes}
    assert meet(nodes, permutations(nodes, 2)) == []
    assert {name: files(tmp_path / name) for name in nodes} == before
    assert all(reopened(n).problems == () for n in nodes.values())
    assert digests({name: reopened(n) for name, n in nodes.items()}) == digests(nodes)


def test_both_branches_reach_who_met_neither_and_the_author_itself(tmp_path: Path) -> None:
    nodes, _ = forked(tmp_path)
    nodes["un"] = node(tmp_path / "un", "un")
    meet(nodes, [("c", "b"), ("un", "c"), ("a", "c")])
    for name in ("un", "a"):
        assert nodes[name].kept.is_forked(LOG)
        assert [h.size for h in nodes[name].kept.head(LOG).branches] == [2, 3]
    # The author's own history is as it was.
    assert nodes["a"].held[LOG].size == 2
    settle(nodes)
    assert len(digests(nodes)) == 1


def test_branches_that_go_on_are_kept_as_the_same_branches(tmp_path: Path) -> None:
    nodes, other = forked(tmp_path)
    meet(nodes, [("c", "b"), ("b", "c")])
    # Nobody stops a writer that goes on signing both.
    for held, number in ((nodes["a"], 3), (other, 9)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("trucekeeper.governance.entitlement.Admission.judge", lambda *_: None)
            says(held, f"{REPORT} {number}")
    nodes["b"].sync(tmp_path / "a")
    nodes["b"].sync(tmp_path / "a-again")
    nodes["c"].sync(tmp_path / "a")
    settle(nodes)
    for name in ("b", "c"):
        assert [h.size for h in nodes[name].kept.head(LOG).branches] == [3, 4]
        assert len(nodes[name].kept.branches[LOG]) == 1
    assert len(digests(nodes)) == 1


def test_a_third_history_is_one_more(tmp_path: Path) -> None:
    nodes, _ = forked(tmp_path)
    settle(nodes)
    third = still(workspace.open(tmp_path / "a-again"))
    shutil.rmtree(tmp_path / "a-again" / "logs" / f"{LOG}.branches", ignore_errors=True)
    shutil.rmtree(tmp_path / "a-again" / "logs" / LOG)
    third = still(workspace.open(tmp_path / "a-again"))
    third.clock = lambda: float(NOON + 5)
    says(third, f"{REPORT} 4")
    nodes["c"].sync(tmp_path / "a-again")
    settle(nodes)
    assert len(digests(nodes)) == 1
    (frozen,) = nodes["b"].derive(face="guarantors").rows("disputed_logs")
    assert (frozen["size"], len(frozen["branches"])) == (0, 3)


def test_evidence_stays_within_the_circle_of_its_log(tmp_path: Path) -> None:
    nodes, _ = forked(tmp_path)
    settle(nodes)
    for name in ("b", "c"):
        public = nodes[name].record([LogName(f"{name}.public")])[LogName(f"{name}.public")]
        assert not any(isinstance(s.body, kinds.TwoHistories) for s in public)


def test_what_was_known_before_is_one_history(tmp_path: Path) -> None:
    """A report made when only one history was known is computed again from that history."""
    nodes, _ = forked(tmp_path)
    before = nodes["c"].derive(face="guarantors", as_of="2031-03-31")
    settle(nodes)
    for name in ("c", "b", "a"):
        cut = nodes[name].recompute(before.cut)
        again = nodes[name].derive(cut=cut, as_of="2031-03-31")
        assert (cut, again.digest) == (before.cut, before.digest)


def test_a_head_of_no_history_held_is_told(tmp_path: Path) -> None:
    nodes, _ = forked(tmp_path)
    settle(nodes)
    lonely = node(tmp_path / "lonely", "un")
    cut = nodes["b"].cut(face="guarantors")
    with pytest.raises(QuestionError) as raised:
        lonely.recompute(cut)
    assert {p.code for p in raised.value.problems} == {Code.NOT_RECOMPUTABLE}


def test_the_log_goes_on_once_its_roots_open_another(tmp_path: Path) -> None:
    nodes, _ = forked(tmp_path)
    with pytest.raises(QuestionError) as raised:
        nodes["a"].go_on(LOG)
    assert raised.value.problems[0].code is Code.NOT_FROZEN
    settle(nodes)
    told = f"{REPORT} 3"
    body = kinds.Recognition(agreement_digest="0" * 64, text_language="en")
    draft = Draft("a", "guarantors", body, Place(), stated_at=NOON)
    assert [p.code for p in nodes["a"].state([draft])[1]] == [Code.DISPUTED]
    assert nodes["a"].go_on(LOG) == "a.guarantors.2/0"
    assert [p.code for p in nodes["a"].state([draft])[1]] == [Code.PENDING]
    delegate(nodes["a"], "a.guarantors.2")
    ref = says(nodes["a"], told)
    assert ref == "a.guarantors.2/2"
    settle(nodes)
    assert len(digests(nodes)) == 1
    picture = nodes["c"].derive(face="guarantors")
    (frozen,) = picture.rows("disputed_logs")
    assert frozen["goes_on_as"] == "a.guarantors.2"
    assert [r["state"] for r in picture.rows("statements").where(ref=ref)] == ["in-effect"]
    assert reopened(nodes["a"]).go_on(LOG) == "a.guarantors.2/0"


def delegate(held: Node, log: str) -> None:
    """State a key document, signed by a's root, that names the key of a log."""
    name = f"{held.agreement.file.agreement.id}/a/root-1"
    root = signer_from_seed(name, public_seed("test", name))
    key = str(held.folder.signers[LogName(log)].key)
    row = parts.KeyRow(role="log", key=key, log=log)
    document = kinds.Keys(
        participant="a", circle="guarantors", number=1, threshold=1, roots=(str(root.key),), rows=(row,)
    )  # fmt: skip
    signed = sign_document(document, root.key, root.sign)
    _, problems = held.state([Draft("a", "guarantors", signed, Place(), stated_at=NOON)])
    assert problems == []


# The file that anybody checks


def test_evidence_is_checked_without_a_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes, _ = forked(tmp_path / "nodes")
    meet(nodes, [("c", "b")])
    (body,) = [
        s.body
        for s in nodes["c"].record([LogName("c.guarantors")])[LogName("c.guarantors")]
        if isinstance(s.body, kinds.TwoHistories)
    ]
    file = tmp_path / "a.tk-evidence"
    file.write_bytes(evidence_file(body.evidence))
    key = signer_of(nodes["a"].agreement, LOG).key
    assert verify(read_evidence(file.read_bytes()), (key,)).common == 1
    monkeypatch.chdir(tmp_path)
    by_key = CliRunner().invoke(main, ["check", str(file), "--key", str(key)])
    assert by_key.exit_code == 0, by_key.output
    assert "cannot be of one history" in by_key.output
    assert "Not proven: which of them is right" in by_key.output
    by_node = CliRunner().invoke(main, ["check", str(file), "--node", str(tmp_path / "nodes/b")])
    assert by_node.output == by_key.output
    unknown = CliRunner().invoke(main, ["check", str(file)])
    assert unknown.exit_code == 2
    shutil.copy(tmp_path / "nodes/b/roster.toml", tmp_path / "roster.toml")
    assert CliRunner().invoke(main, ["check", str(file)]).output == by_key.output
    file.write_bytes(file.read_bytes().replace(b'"size":2', b'"size":3'))
    spoilt = CliRunner().invoke(main, ["check", str(file), "--key", str(key)])
    assert spoilt.exit_code == 1
    assert "L-020" in spoilt.output


def test_a_report_says_it_in_neutral_words(tmp_path: Path) -> None:
    nodes, _ = forked(tmp_path)
    settle(nodes)
    page = tmp_path / "march"
    nodes["b"].derive(face="guarantors", as_of="2031-03-31").report("2031-03").write(page)
    text = re.sub("<[^>]*>", "", (page / "report.html").read_text().rpartition("</style>")[2])
    notice = text[text.index("Two histories of the log") :].partition("\n")[0]
    assert "Two histories of the log a.guarantors exist." in notice
    assert "a.guarantors/1 on are not counted (3 are held here); every history is kept." in notice
    assert "Evidence by Guarantor B and Guarantor C." in notice
    assert not re.search("cheat|fraud|guilt|violat|false", notice)
