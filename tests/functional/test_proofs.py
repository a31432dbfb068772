"""Proofs as their users meet them: made on a node, checked without one."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import trucekeeper as tk
from tests.render.page import Page
from trucekeeper.cli import main
from trucekeeper.errors import Code, QuestionError, VerificationError
from trucekeeper.keys.custody import read_key, signer_from_seed
from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.cosignature import cosign, own_lines
from trucekeeper.logs.message import COSIGNATURE
from trucekeeper.logs.note import Note, VerifierKey, sign_note
from trucekeeper.logs.proof import Proof, parse_proof
from trucekeeper.logs.tree import inclusion_proof, leaf_hash, root
from trucekeeper.storage import proof_files
from trucekeeper.storage.proof_files import proof_name, ref_of
from trucekeeper.storage.proofs import proofs_of
from trucekeeper.vocabulary.ids import LogName

LOG = LogName("a.guarantors")
NODES = Path(__file__).parents[2] / "examples" / "northern-line" / "nodes"
INDEX = 8
REF = f"a.guarantors/{INDEX}"


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
    path = tmp_path / "a.tlog-proof"
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
    assert (row["log"], row["index"], row["size"]) == ("a.guarantors", INDEX, held.size)
    assert row["root"] == held.checkpoint.root.hex()
    assert row["leaf"] == held.leaves[INDEX].hex()
    assert row["statement"]["kind"] == "answer"
    assert told["shows_not"]
    said = run("check", proof, "--key", key("a.guarantors")).output
    assert f"holds exactly this statement at index {INDEX}" in said
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
    entry = proof.with_name("a.json")
    code, told = answer("prove", REF, "--node", NODES / "a", "--out", proof, "--entry", entry)
    assert (code, told["written"]) == (0, [str(proof), str(entry)])
    held = tk.open(NODES / "a").held[LOG]
    assert leaf_hash(entry.read_bytes()) == held.leaves[INDEX]
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


def test_any_member_of_the_circle_makes_the_same_proof_with_the_receipts_it_has(
    proof: Path,
) -> None:
    again = proof.with_name("un.tlog-proof")
    assert run("prove", REF, "--node", NODES / "un", "--out", again).exit_code == 0
    one, other = parse_proof(proof.read_bytes()), parse_proof(again.read_bytes())
    assert (one.index, one.path, one.extra) == (other.index, other.path, other.extra)
    assert own_lines(one.note) == own_lines(other.note)
    assert {line.name for line in other.note.signatures} >= {"northern-line/un/witness"}


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
    note = Note(read.note.text, (*own_lines(read.note).signatures, *lines))
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
    own = VerifierKey("northern-line/a/witness", COSIGNATURE, b"7" * 32)
    said = run("check", proof, "--policy", policy).output
    assert "un/mirror had this head, and holds what is in it" in said
    assert "receipts by b, un are a quorum by the policy that you gave" in said
    for rule in ("group any1 any b un\nquorum any1", f"witness a {own}\nquorum a"):
        policy.write_text(f"{rows}{rule}\n")
        code, told = answer("check", proof, "--policy", policy)
        assert (code, codes(told)) == (2, {Code.USELESS_POLICY.id})
    policy.write_text(f"{rows}quorum none\n")
    assert answer("check", proof, "--policy", policy)[0] == 0
    policy.write_text(f"{rows}quorum nobody\n")
    assert answer("check", proof, "--policy", policy)[0] == 2


def test_an_entry_in_no_known_form_is_shown_without_its_text(tmp_path: Path) -> None:
    shutil.copytree(NODES / "a", tmp_path / "a")
    node = tk.open(tmp_path / "a")
    node.append(LOG, [b"\x1b[31mnothing known"])
    ref = f"{LOG}/{node.held[LOG].size - 1}"
    path = tmp_path / "x.tlog-proof"
    ((_, made),) = node.prove([ref])
    path.write_bytes(bytes(made))
    result = run("check", path, "--node", tmp_path / "a")
    assert result.exit_code == 0
    assert "not understood: S-003" in result.output
    assert "nothing known" not in result.output


def test_no_proof_of_what_is_not_there_or_is_damaged(tmp_path: Path) -> None:
    node = tk.open(NODES / "d")
    for ref in ("a.guarantors/5", "d.all/99999", "nothing", "d.all"):
        with pytest.raises(QuestionError) as raised:
            list(node.prove([ref]))
        assert raised.value.problems[0].code is Code.NO_SUCH_REFERENCE
    shutil.copytree(NODES / "a", tmp_path / "a")
    head = tmp_path / "a" / "logs" / "a.guarantors" / "checkpoint"
    head.write_bytes(head.read_bytes().replace(b"\n100\n", b"\n101\n"))
    with pytest.raises(VerificationError):
        list(tk.open(tmp_path / "a").prove([REF]))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "nowhere.tlog-proof"), "I-001"),
        (("check", "a.tlog-proof", "--key", "nowhere.vkey"), "I-001"),
        (("check", "a.tlog-proof", "--key", "no+key+at all"), "V-003"),
        (("check", "a.tlog-proof", "--roster", "nowhere.toml"), "I-001"),
        (("check", "a.tlog-proof", "--roster", "a.tlog-proof"), "A-001"),
        (("check", "a.tlog-proof", "--entry", "nowhere.json"), "I-001"),
        (("prove", "a.guarantors/9999", "--node", NODES / "a"), "Q-006"),
        (("prove", REF, "--node", NODES / "a", "--out", "a.tlog-proof/x"), "L-008"),
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


# The proofs of a joint report


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "march"
    assert run("report", "2031-03", "--node", NODES / "a", "--out", folder).exit_code == 0
    return folder


def proofs_in(folder: Path) -> dict[str, Path]:
    """The proofs beside a report: all but the page that checks them."""
    return {p.name: p for p in sorted((folder / "proofs").iterdir()) if p.name != "check.html"}


def test_a_report_carries_the_proofs_of_what_it_rests_on(march: Path) -> None:
    code, told = answer("check", "--against", march, "--node", NODES / "un")
    assert (code, told["same"], told["without_proof"], told["problems"]) == (0, True, [], [])
    assert told["proofs"] == len(proofs_in(march)) > 100
    # Each of them stands alone.
    one = next(p for name, p in proofs_in(march).items() if name.startswith("a.guarantors-"))
    assert answer("check", one, "--roster", NODES / "c" / "roster.toml")[0] == 0
    # What an incident of the annex rests on is among them, and nothing from beyond the face.
    picture = tk.open(NODES / "a").derive(as_of="2031-04-01T00:00:00Z")
    basis = {ref for row in picture.incidents for ref in row["basis"]}
    names = set(proofs_in(march))
    assert {proof_name(ref) for ref in basis} <= names
    assert {ref_of(name)[0] for name in names} <= {h.log for h in picture.cut.heads}  # type: ignore[index]


def test_the_report_itself_knows_nothing_of_proofs(march: Path, tmp_path: Path) -> None:
    run("report", "2031-03", "--node", NODES / "un", "--out", tmp_path, "--format", "json")
    assert (tmp_path / "report.json").read_bytes() == (march / "report.json").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.json"]


def test_the_page_of_a_report_links_its_proofs(march: Path) -> None:
    page = Page((march / "report.html").read_text())
    links = [a.attributes["href"] for a in page.all("a") if "proofs/" in a.attributes["href"]]
    assert all((march / link).is_file() for link in links)
    assert {Path(link).name for link in links} == {*proofs_in(march), "check.html"}
    assert "Check a proof" in (march / "proofs" / "check.html").read_text()
    assert "None shows that it is true" in page.text


def test_every_fault_among_the_proofs_is_told(march: Path, tmp_path: Path) -> None:
    folder = tmp_path / "march"
    shutil.copytree(march, folder)
    one, two, three = sorted((folder / "proofs").glob("a.guarantors-*"))[:3]
    names = (folder / "proofs" / f"a.guarantors-{i}.tlog-proof" for i in range(500))
    two.rename(next(path for path in names if not path.exists()))
    one.write_bytes(one.read_bytes().replace(b"index ", b"index 1"))
    three.unlink()
    code, told = answer("check", "--against", folder, "--node", NODES / "un")
    assert (code, told["same"]) == (1, True)
    assert codes(told) == {Code.PROOF_FAILS.id, Code.OTHER_STATEMENT.id}
    assert len(told["without_proof"]) == 3


def test_a_proof_from_another_history_of_a_log_is_told(march: Path, tmp_path: Path) -> None:
    shutil.copytree(NODES / "a", tmp_path / "a")
    node = tk.open(tmp_path / "a")
    held = node.held[LOG]
    key_path = tmp_path / "a" / "keys" / f"{LOG}.key"
    signer = read_key(key_path, may_be_public=True)
    entries = [*held.entries(0, held.size - 1), b'{"another":"entry"}']
    leaves = [leaf_hash(entry) for entry in entries]
    head = Checkpoint(held.checkpoint.origin, len(leaves), root(leaves))
    last = len(leaves) - 1
    path = tuple(inclusion_proof(leaves, last))
    forked = Proof(last, path, sign_note(head.text(), signer.key, signer.sign), entries[-1])
    folder = tmp_path / "march"
    shutil.copytree(march, folder)
    (folder / "proofs" / f"{LOG}-{last}.tlog-proof").write_bytes(bytes(forked))
    code, told = answer("check", "--against", folder, "--node", NODES / "un")
    assert (code, codes(told)) == (1, {Code.TWO_HISTORIES.id})


def test_many_proofs_go_into_one_archive_a_log(
    march: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_files, "FILES_MAX", 10)
    for name in ("one", "two"):
        arguments = ("report", "2031-03", "--node", NODES / "a", "--out", tmp_path / name)
        assert run(*arguments).exit_code == 0
    archives = list(proofs_in(tmp_path / "one").values())
    assert {path.name for path in archives} >= {"a.guarantors.tar.gz", "b.guarantors.tar.gz"}
    for path in archives:
        assert path.read_bytes() == (tmp_path / "two" / "proofs" / path.name).read_bytes()
        with tarfile.open(path) as archive:
            archive.extractall(tmp_path / "unpacked", filter="data")
    unpacked = {path.name: path.read_bytes() for path in (tmp_path / "unpacked").iterdir()}
    assert unpacked == {name: path.read_bytes() for name, path in proofs_in(march).items()}
    page = Page((tmp_path / "one" / "report.html").read_text())
    links = {a.attributes["href"] for a in page.all("a") if "proofs/" in a.attributes["href"]}
    assert links == {*(f"proofs/{path.name}" for path in archives), "proofs/check.html"}
    code, told = answer("check", "--against", tmp_path / "one", "--node", NODES / "un")
    assert (code, told["proofs"], told["without_proof"]) == (0, len(unpacked), [])


@pytest.mark.parametrize("fault", ["cut", "no archive", "large", "link"])
def test_an_archive_that_is_none_is_told(
    march: Path, tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proofs = tmp_path / "march" / "proofs"
    proofs.mkdir(parents=True)
    shutil.copy(march / "report.json", tmp_path / "march")
    path = proofs / "a.guarantors.tar.gz"
    if fault == "no archive":
        path.write_bytes(b"\x00" * 100)
    else:
        with tarfile.open(path, "w:gz") as archive:
            for source in sorted((march / "proofs").glob("a.guarantors-*")):
                archive.add(source, source.name)
            if fault == "link":
                member = tarfile.TarInfo("b.tlog-proof")
                member.type, member.linkname = tarfile.SYMTYPE, "elsewhere"
                archive.addfile(member)
    if fault == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    if fault == "large":
        monkeypatch.setattr(proof_files, "ARCHIVED_MAX", 3)
    code, told = answer("check", "--against", tmp_path / "march", "--node", NODES / "un")
    assert (code, codes(told)) == (1, {Code.NOT_A_PROOF.id})
