"""Proofs as their users meet them: made on a node, checked without one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import trucekeeper as tk
from trucekeeper.cli import main
from trucekeeper.errors import Code, QuestionError, VerificationError
from trucekeeper.keys.custody import signer_from_seed
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.cosignature import cosign
from trucekeeper.logs.message import COSIGNATURE
from trucekeeper.logs.note import Note, VerifierKey
from trucekeeper.logs.proof import Proof, parse_proof
from trucekeeper.logs.tree import inclusion_proof, leaf_hash
from trucekeeper.storage.proofs import proofs_of
from trucekeeper.vocabulary.ids import LogName

LOG = LogName("a.guarantors")
NODES = Path(__file__).parents[2] / "examples" / "northern-line" / "nodes"
REF = "a.guarantors/5"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def answer(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    """Exit code and the JSON object of a command."""
    result = run(*arguments, "--json")
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A proof made on a's node, in a folder that is no node."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a5.tlog-proof"
    assert run("prove", REF, "--node", NODES / "a", "--out", path).exit_code == 0
    return path


def key(log: str, node: str = "a") -> str:
    return (NODES / node / "logs" / f"{log}.vkey").read_text().strip()


def codes(told: dict[str, Any]) -> set[str]:
    return {problem["code"] for problem in told["problems"]}


def test_a_proof_is_checked_without_a_node(proof: Path) -> None:
    code, told = answer("check", proof, "--key", key("a.guarantors"))
    assert code == 0
    (row,) = told["proofs"]
    held = tk.open(NODES / "un").held[LOG]
    assert row["holds"] is True
    assert (row["log"], row["index"], row["size"]) == ("a.guarantors", 5, held.size)
    assert row["root"] == held.checkpoint.root.hex()
    assert row["leaf"] == held.leaves[5].hex()
    assert row["statement"]["kind"] == "answer"
    assert told["shows_not"]
    said = run("check", proof, "--key", key("a.guarantors")).output
    assert "holds exactly this statement at index 5" in said
    assert "It does not show:" in said and "that what is stated is true" in said
    assert "response: acknowledged" in said


@pytest.mark.parametrize(
    "keys",
    [
        ("--key", NODES / "b" / "logs" / "a.guarantors.vkey"),
        ("--roster", NODES / "un" / "roster.toml"),
        ("--node", NODES / "c"),
        ("--key", key("b.guarantors"), "--key", key("a.guarantors")),
    ],
    ids=["file", "roster", "node", "several"],
)
def test_keys_come_from_where_the_reader_says(proof: Path, keys: tuple[str | Path, ...]) -> None:
    assert answer("check", proof, *keys)[0] == 0


def test_the_node_in_the_current_folder_has_the_keys(
    proof: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert codes(answer("check", proof)[1]) == {"V-003"}
    monkeypatch.chdir(NODES / "un")
    assert answer("check", proof)[0] == 0


def test_a_proof_under_another_key_is_no_proof(proof: Path) -> None:
    code, told = answer("check", proof, "--key", key("b.guarantors"))
    assert (code, codes(told)) == (2, {Code.NO_KEY_FOR_PROOF.id})
    other = key("a.guarantors").replace("+", "x+", 1)
    assert answer("check", proof, "--key", other)[0] == 2


def test_a_changed_proof_is_refused_beside_a_true_one(proof: Path) -> None:
    data = parse_proof(proof.read_bytes())
    assert data.extra is not None
    changed = proof.with_name("changed.tlog-proof")
    entry = data.extra.replace(b"acknowledged", b"acknowledgex")
    changed.write_bytes(bytes(Proof(data.index, data.path, data.note, entry)))
    cut = proof.with_name("cut.tlog-proof")
    cut.write_bytes(proof.read_bytes()[:-9])
    code, told = answer("check", proof, changed, cut, "--key", key("a.guarantors"))
    assert (code, codes(told)) == (1, {Code.PROOF_FAILS.id, Code.NOT_A_PROOF.id})
    assert [row["holds"] for row in told["proofs"]] == [True, False, False]


def test_the_entry_may_travel_beside_the_proof(proof: Path) -> None:
    entry = proof.with_name("a5.json")
    code, told = answer("prove", REF, "--node", NODES / "a", "--out", proof, "--entry", entry)
    assert (code, told["written"]) == (0, [str(proof), str(entry)])
    held = tk.open(NODES / "a").held[LOG]
    assert leaf_hash(entry.read_bytes()) == held.leaves[5]
    whole = parse_proof(proof.read_bytes())
    proof.write_bytes(bytes(Proof(whole.index, whole.path, whole.note)))
    code, told = answer("check", proof, "--key", key("a.guarantors"))
    assert (code, codes(told)) == (2, {Code.NO_ENTRY.id})
    assert answer("check", proof, "--entry", entry, "--key", key("a.guarantors"))[0] == 0
    entry.write_bytes(entry.read_bytes() + b" ")
    code, told = answer("check", proof, "--entry", entry, "--key", key("a.guarantors"))
    assert (code, codes(told)) == (1, {Code.PROOF_FAILS.id})


def test_who_gets_a_proof_is_told_who_may_read_it(proof: Path) -> None:
    said = run("prove", REF, "--node", NODES / "a", "--out", proof).output
    assert "for the circle `guarantors`" in said
    public = proof.with_name("public.tlog-proof")
    assert "circle" not in run("prove", "a.public/0", "--node", NODES / "a", "--out", public).output


def test_a_page_checks_this_proof_or_any(proof: Path) -> None:
    one, any_ = proof.with_name("one.html"), proof.with_name("any.html")
    code, told = answer("prove", REF, "--node", NODES / "a", "--page", one)
    assert (code, told["written"]) == (0, [str(one)])
    assert proof.read_text() in one.read_text().replace("&#43;", "+")
    assert key("a.guarantors") in one.read_text().replace("&#43;", "+")
    both = answer("prove", REF, "--node", NODES / "a", "--page", one, "--out", proof)[1]["written"]
    assert both == [str(proof), str(one)]
    code, told = answer("prove", "--page", any_)
    assert (code, told["written"]) == (0, [str(any_)])
    assert "embedded" not in any_.read_text().partition("<script>")[0]


def test_proofs_of_a_whole_log_are_those_of_the_definition() -> None:
    held = tk.open(NODES / "a").held[LOG]
    order = [*range(held.size), 5, 90, 5]
    for index, proof, entry in zip(order, proofs_of(held, order), held.entries(), strict=False):
        assert list(proof.path) == inclusion_proof(list(held.leaves), index)
        assert proof.extra == entry or index in (5, 90)


def test_any_member_of_the_circle_makes_the_same_proof(proof: Path) -> None:
    again = proof.with_name("un.tlog-proof")
    assert run("prove", REF, "--node", NODES / "un", "--out", again).exit_code == 0
    assert again.read_bytes() == proof.read_bytes()


def test_receipts_and_a_policy_are_told_in_words(proof: Path) -> None:
    read = parse_proof(proof.read_bytes())
    checkpoint = parse_checkpoint(read.note.text)
    signed = {
        name: signer_from_seed(f"northern-line/{name}", bytes([i]) * 32)
        for i, name in enumerate(("b/witness", "un/mirror"))
    }
    lines, keys = [], []
    for (name, signer), at in zip(signed.items(), (1_930_000_000, 2**62), strict=True):
        keys.append(VerifierKey(f"northern-line/{name}", COSIGNATURE, signer.key.public))
        lines.append(cosign(checkpoint, keys[-1], signer.sign, at))
    note = Note(read.note.text, (*read.note.signatures, *lines))
    proof.write_bytes(bytes(Proof(read.index, read.path, note, read.extra)))
    log = key("a.guarantors")
    said = run("check", proof, "--key", log, "--key", str(keys[0])).output
    assert "receipt: northern-line/b/witness had this head, at 2031-02-27T23:06:40Z" in said
    assert "Not checked, for want of a key: signatures by northern-line/un/mirror" in said
    policy = proof.with_name("policy")
    rows = f"log {log}\nwitness b {keys[0]}\nwitness un {keys[1]}\n"
    policy.write_text(f"{rows}group both all b un\nquorum both\n")
    code, told = answer("check", proof, "--policy", policy)
    assert code == 0
    assert told["proofs"][0]["quorum"] == {"witnesses": ["b", "un"], "met": True}
    assert [r["at"] for r in told["proofs"][0]["receipts"]][1] == f"{2**62} seconds after 1970"
    said = run("check", proof, "--policy", policy).output
    assert "un/mirror had this head, and holds what is in it" in said
    assert "receipts of b, un are a quorum by the policy that you gave" in said
    policy.write_text(f"{rows}quorum nobody\n")
    assert answer("check", proof, "--policy", policy)[0] == 2


def test_an_entry_in_no_known_form_is_shown_without_its_text(tmp_path: Path) -> None:
    shutil.copytree(NODES / "a", tmp_path / "a")
    node = tk.open(tmp_path / "a")
    node.append(LOG, [b"\x1b[31mnothing known"])
    ref = f"{LOG}/{node.held[LOG].size - 1}"
    path = tmp_path / "x.tlog-proof"
    path.write_bytes(bytes(node.prove(ref)))
    result = run("check", path, "--node", tmp_path / "a")
    assert result.exit_code == 0
    assert "not understood: S-003" in result.output
    assert "nothing known" not in result.output


def test_no_proof_of_what_is_not_there_or_is_damaged(tmp_path: Path) -> None:
    node = tk.open(NODES / "d")
    for ref in ("a.guarantors/5", "d.all/99999", "nothing", "d.all"):
        with pytest.raises(QuestionError) as raised:
            node.prove(ref)
        assert raised.value.problems[0].code is Code.NO_SUCH_REFERENCE
    shutil.copytree(NODES / "a", tmp_path / "a")
    head = tmp_path / "a" / "logs" / "a.guarantors" / "checkpoint"
    head.write_bytes(head.read_bytes().replace(b"\n97\n", b"\n98\n"))
    with pytest.raises(VerificationError):
        tk.open(tmp_path / "a").prove(REF)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "nowhere.tlog-proof"), "I-001"),
        (("check", "a5.tlog-proof", "--key", "nowhere.vkey"), "I-001"),
        (("check", "a5.tlog-proof", "--key", "no+key+at all"), "V-003"),
        (("check", "a5.tlog-proof", "--roster", "nowhere.toml"), "I-001"),
        (("check", "a5.tlog-proof", "--roster", "a5.tlog-proof"), "A-001"),
        (("check", "a5.tlog-proof", "--entry", "nowhere.json"), "I-001"),
        (("prove", "a.guarantors/9999", "--node", NODES / "a"), "Q-006"),
        (("prove", REF, "--node", NODES / "a", "--out", "a5.tlog-proof/x"), "L-008"),
        (("prove", REF), "N-001"),
        (("prove",), "Q-006"),
        (("prove", "--page", "x.html", "--out", "x.tlog-proof"), "Q-006"),
    ],
)
def test_what_cannot_be_done_is_told_with_exit_code_2(
    proof: Path, arguments: tuple[str | Path, ...], code: str
) -> None:
    assert proof.exists()
    exit_code, told = answer(*arguments)
    assert exit_code == 2
    (problem,) = told["problems"]
    assert (problem["code"], bool(problem["remedy"])) == (code, True)
