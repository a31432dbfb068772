"""Keys on nodes: the ceremony, rotation, theft; and that no private key is seen anywhere."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import shutil
import traceback
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.functional.test_nodes import earnest, node, reopened, says, still
from tests.keys import key
from trucekeeper import ceremony, workspace
from trucekeeper.cli import main
from trucekeeper.errors import Code, NodeError, Place, TrucekeeperError
from trucekeeper.governance.key_document import sign_document
from trucekeeper.keys import age, custody, keyring
from trucekeeper.keys.age import Secret
from trucekeeper.keys.custody import Signer, read_key
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.note import MLDSA_COSIGNATURE, VerifierKey, parse_note
from trucekeeper.membership import join
from trucekeeper.replication.pull import FolderPeer
from trucekeeper.statements.kinds import Keys
from trucekeeper.workspace import Node

LINE = "mortar-fire at Karsk by d-army on e-brigades"
LOG: Any = "a.guarantors"
ROOT = key("spec/a/root-1")


@pytest.fixture(autouse=True)
def _quick_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase that costs nothing; one test uses the real one."""
    monkeypatch.setattr(keyring, "encrypt_with_passphrase", quick_encrypt)
    monkeypatch.setattr(keyring, "decrypt_with_passphrase", quick_decrypt)
    monkeypatch.setattr(ceremony, "encrypt_with_passphrase", quick_encrypt)
    monkeypatch.setattr(ceremony, "decrypt_with_passphrase", quick_decrypt)


def _identity_of(passphrase: Secret) -> Secret:
    return age.new_identity(custody.public_seed(passphrase.reveal().decode(), "quick"))


def quick_encrypt(data: bytes, passphrase: Secret) -> bytes:
    return age.encrypt(data, [age.recipient_of(_identity_of(passphrase))])


def quick_decrypt(data: bytes, passphrase: Secret, where: Place) -> bytes:
    return age.decrypt(data, _identity_of(passphrase), where)


def signed(documents: list[Keys], *roots: Signer) -> list[Keys]:
    made = []
    for document in documents:
        for root in roots or (ROOT,):
            document = sign_document(document, root.key, root.sign)  # noqa: PLW2901  # one more line
        made.append(document)
    return made


def introduced(held: Node) -> Node:
    """The node after its first key documents."""
    first = ceremony.draft(held, roots=[str(ROOT.key)])
    _, problems = ceremony.state(held, signed(first), officer="o-1")
    assert problems == []
    return held


def sync(held: Node, *peers: Node) -> list[str]:
    """Copy from peers; the codes of what went wrong."""
    return [p.code.id for p in held.sync(*(peer.folder.path for peer in peers)).problems]


# Rotation and theft


def test_a_rotated_key_is_taken_where_the_roots_signed_it(tmp_path: Path) -> None:
    a, b = introduced(node(tmp_path / "a", "a")), node(tmp_path / "b", "b")
    assert sync(b, a) == []
    old = a.folder.signers[LOG].key
    ceremony.state(a, signed([ceremony.rotate(a, LOG, overlap=10)]), officer="o-1")
    a = still(workspace.open(tmp_path / "a"))
    assert a.folder.signers[LOG].key != old
    says(a, LINE)
    assert a.folder.key(LOG) == a.folder.signers[LOG].key
    assert sync(b, a) == []
    assert reopened(b).problems == reopened(a).problems == ()
    assert b.held[LOG].size == a.held[LOG].size
    # A third, who never saw the first key, follows from the first document to the latest.
    c = node(tmp_path / "c", "c")
    assert c.sync(tmp_path / "b").first_seen == ("a",)
    assert reopened(c).held[LOG].size == a.held[LOG].size


def test_receipts_go_on_after_a_rotation(tmp_path: Path) -> None:
    a, b = introduced(node(tmp_path / "a", "a")), node(tmp_path / "b", "b")
    witness = join(b)
    assert witness.sync([FolderPeer(a.folder)]).problems == ()
    ceremony.state(a, signed([ceremony.rotate(a, LOG, overlap=10)]), officer="o-1")
    says(a, LINE)
    assert witness.sync([FolderPeer(reopened(a).folder)]).problems == ()
    origin = a.agreement.origin(LOG)
    seen = FolderPeer(b.folder).witnessed(origin)
    assert seen is not None
    assert parse_checkpoint(parse_note(seen).text).size == a.held[LOG].size
    assert parse_note(b.held[LOG].disk.read(f"logs/{LOG}/checkpoint")).by(known_witness(b))


def known_witness(held: Node) -> VerifierKey:
    return held.folder.keyring.roles["witness"].key


def test_proofs_are_checked_by_the_key_in_force_at_their_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    a, b = introduced(node(tmp_path / "a", "a")), node(tmp_path / "b", "b")
    run = CliRunner().invoke
    first = says(a, LINE)
    assert run(main, ["prove", first, "--node", "a", "--out", "old.tlog-proof"]).exit_code == 0
    ceremony.state(a, signed([ceremony.rotate(a, LOG, overlap=0)]), officer="o-1")
    second = says(a, LINE)
    assert run(main, ["prove", second, "--node", "a", "--out", "new.tlog-proof"]).exit_code == 0
    b.sync(tmp_path / "a")
    for name in ("old", "new"):
        told = run(main, ["check", f"{name}.tlog-proof", "--node", "b"])
        assert told.exit_code == 0, told.output
    size = a.held[LOG].size
    ceremony.state(a, signed([ceremony.revoke(a, LOG, size - 1)]), officer="o-1")
    b = reopened(b)
    b.sync(tmp_path / "a")
    told = run(main, ["check", "new.tlog-proof", "--node", "b"])
    assert told.exit_code == 1
    assert "K-012" in told.output


def test_a_new_key_that_no_root_signed_is_refused(tmp_path: Path) -> None:
    a, b = introduced(node(tmp_path / "a", "a")), node(tmp_path / "b", "b")
    assert sync(b, a) == []
    unsigned = signed([ceremony.rotate(a, LOG, overlap=0)], key("spec/a/root-1", seed="thief"))
    with pytest.raises(NodeError) as raised:
        ceremony.state(a, unsigned, officer="o-1")
    assert raised.value.problems[0].code is Code.TOO_FEW_ROOTS
    forged = introduced_with(node(tmp_path / "forged", "a", seed="thief"), "thief")
    codes = sync(b, forged)
    assert Code.ROSTER_DIFFERS.id in codes
    assert Code.OTHER_ROOTS.id in codes or Code.BAD_SIGNATURE.id in codes
    assert reopened(b).problems == ()


def introduced_with(held: Node, seed: str) -> Node:
    root = key("spec/a/root-1", seed=seed)
    ceremony.state(held, signed(ceremony.draft(held, roots=[str(root.key)]), root), officer="o-1")
    return held


def test_after_a_theft_the_forged_history_is_set_aside_and_the_honest_one_goes_on(
    tmp_path: Path,
) -> None:
    a, b = introduced(node(tmp_path / "a", "a")), node(tmp_path / "b", "b")
    says(a, LINE)
    shutil.copytree(tmp_path / "a", tmp_path / "thief")
    thief = still(workspace.open(tmp_path / "thief"))
    safe = a.held[LOG].size
    says(thief, f"{LINE} killed 99")
    says(thief, f"{LINE} killed 98")
    says(a, f"{LINE} killed 1")
    assert sync(b, thief) == []
    forged = b.held[LOG]
    assert sync(b, a) == [Code.TWO_HISTORIES.id]
    # a's roots say from where on the stolen key is void; a's own log goes on under another.
    ceremony.state(a, signed([ceremony.revoke(a, LOG, safe)]), officer="o-1")
    says(a, f"{LINE} killed 2")
    assert reopened(a).problems == ()
    assert sync(b, a) == []
    assert b.held[LOG].leaves == a.held[LOG].leaves
    assert reopened(b).problems == ()
    branch = tmp_path / "b" / "logs" / f"{LOG}.branches" / forged.checkpoint.root.hex()[:16]
    assert (branch / "checkpoint").read_bytes() == forged.note
    # The thief's copy is worth nothing any more: its head is by a void key.
    assert Code.VOID_HEAD.id in sync(b, thief)
    assert b.held[LOG].leaves == a.held[LOG].leaves
    # Which history the roots name decides what is held, not what counts: what both share.
    for _ in range(2):
        sync(a, b)
        sync(b, a)
    pictures = [reopened(n).derive(face="guarantors") for n in (a, b)]
    for picture in pictures:
        (frozen,) = picture.rows("disputed_logs")
        assert (frozen["log"], frozen["size"]) == (LOG, safe)
    assert pictures[0].digest == pictures[1].digest


def test_a_node_without_a_key_in_force_signs_nothing(tmp_path: Path) -> None:
    a = introduced(node(tmp_path / "a", "a"))
    before = sorted((tmp_path / "a" / "keys").iterdir())
    ceremony.state(a, signed([ceremony.revoke(a, LOG, 1)]), officer="o-1")
    (new,) = [p for p in (tmp_path / "a" / "keys").iterdir() if p not in before]
    new.unlink()
    with pytest.raises(NodeError) as raised:
        says(reopened(a), LINE)
    assert raised.value.problems[0].code is Code.KEY_NOT_IN_FORCE


def test_a_revocation_that_was_cut_off_is_stated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = introduced(node(tmp_path / "a", "a"))
    documents = signed([ceremony.revoke(a, LOG, 1)])
    says(a, LINE)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ceremony, "resign", cut_off)
        with pytest.raises(KeyboardInterrupt):
            ceremony.state(a, documents, officer="o-1")
    again = reopened(a)
    assert [p.code for p in again.problems] == [Code.VOID_HEAD]
    ceremony.state(again, documents, officer="o-1")
    assert reopened(again).problems == ()
    beside = tmp_path / "a" / "logs" / f"{LOG}.vkey"
    assert beside.read_text() == f"{again.folder.signers[LOG].key}\n"


def test_an_old_node_gets_the_keys_that_it_lacks(tmp_path: Path) -> None:
    a = node(tmp_path / "a", "a")
    for path in (tmp_path / "a" / "keys").iterdir():
        if not path.name.startswith("a."):
            path.unlink()
    text = (tmp_path / "a" / "roster.toml").read_text()
    (tmp_path / "a" / "roster.toml").write_text(text.partition("\n[[keys]]")[0])
    old = reopened(a)
    assert (old.problems, old.folder.keyring.roles) == ((), {})
    with pytest.raises(NodeError) as raised:
        old.folder.keyring.signer("witness")
    assert raised.value.problems[0].code is Code.NO_SUCH_KEY
    assert "witness" in ceremony.make_missing(old)
    again = reopened(a)
    assert again.folder.keyring.signer("witness-mldsa").key.type == MLDSA_COSIGNATURE
    assert again.folder.trust.given("a", "recipient") == (again.folder.keyring.recipient,)


def test_keys_of_an_exercise_are_made_from_their_seeds_again(tmp_path: Path) -> None:
    one, other = node(tmp_path / "1" / "a", "a"), node(tmp_path / "2" / "a", "a")
    for path in sorted((one.folder.path / "keys").iterdir()):
        assert path.read_bytes() == (other.folder.path / "keys" / path.name).read_bytes()


# The command line


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def done(*arguments: str | Path) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def code_of(*arguments: str | Path) -> str:
    result = run(*arguments, "--json")
    assert result.exit_code != 0
    first: str = json.loads(result.stdout)["problems"][0]["code"]
    return first


def passphrase(folder: Path, text: str) -> Path:
    path = folder / f"{text}.passphrase"
    path.write_text(f"{text}\n")
    path.chmod(0o600)
    return path


def test_the_whole_ceremony_shows_no_private_key(tmp_path: Path) -> None:
    """Every word that is printed, every file, every error and every repr, against every private byte."""
    text = earnest(tmp_path / "text")
    own, cold = passphrase(tmp_path, "horse-battery"), passphrase(tmp_path, "cold-staple")
    folder, roots, next_ = tmp_path / "a", tmp_path / "roots", tmp_path / "next"
    printed: list[str] = []

    def say(*arguments: str | Path, exit_code: int = 0) -> None:
        for last in ((), ("--json",)) if arguments[0] in ("check", "show") else ((),):
            result = run(*arguments, *last)
            printed.append(result.output + repr(result.exception) + "".join(traceback.format_exception(result.exc_info[1]) if result.exc_info else ""))  # fmt: skip
            assert result.exit_code == exit_code, result.output

    say("new", folder, "--agreement", text, "--as", "a", exit_code=2)
    say("new", folder, "--agreement", text, "--as", "a", "--passphrase-file", own)
    say(
        "keys",
        "root",
        roots,
        "--agreement",
        "spec",
        "--as",
        "a",
        "--count",
        "2",
        "--passphrase-file",
        cold,
    )
    publics = [x for n in (1, 2) for x in ("--root", roots / f"a.root-{n}.key.vkey")]
    say(
        "keys",
        "officer",
        "o-1",
        "--name",
        "Planted Name",
        "--node",
        folder,
        "--passphrase-file",
        cold,
    )
    say("keys", "draft", *publics, "--threshold", "2", "--out", next_, "--node", folder)
    files = sorted(next_.glob("*.keys"))
    say("keys", "sign", *files, "--with", roots / "a.root-1.key", "--passphrase-file", cold)
    say("keys", "state", *files, "--node", folder, "--passphrase-file", own, exit_code=2)
    say("keys", "sign", *files, "--with", roots / "a.root-2.key", "--passphrase-file", cold)
    say("keys", "state", *files, "--node", folder, exit_code=2)
    say("keys", "state", *files, "--node", folder, "--passphrase-file", cold, exit_code=2)
    say("keys", "state", *files, "--node", folder, "--passphrase-file", own, "--officer", "o-1")
    say(
        "keys",
        "attest",
        "a.guarantors/0",
        "--node",
        folder,
        "--passphrase-file",
        own,
        "--officer-passphrase-file",
        cold,
    )
    say("keys", "rotate", "a.guarantors", "--out", tmp_path / "rotated", "--node", folder)
    say(
        "keys", "revoke", "a.public", "--from", "1", "--out", tmp_path / "revoked", "--node", folder
    )
    say("keys", "list", "--node", folder)
    say("check", "--node", folder)
    say("show", "keys", "--node", folder)
    say("keys", "passphrase", "--node", folder, "--passphrase-file", own, "--new-file", cold)
    say("keys", "make", "--node", folder, "--passphrase-file", own)

    held = workspace.open(folder, lambda: age.passphrase_from_file(cold))
    says(still(held), LINE)
    signers = [*held.folder.signers.values(), *held.folder.keyring.roles.values()]
    for signer in signers:
        signer.sign(b"opens it")
    printed += [
        repr(x)
        for x in (*signers, held.folder, held.folder.keyring.vault, held.folder.keyring.identity)
    ]
    seen = "".join(printed).encode()
    disk = b"".join(
        p.read_bytes()
        for p in sorted(tmp_path.rglob("*"))
        if p.is_file() and p.suffix != ".passphrase"
    )
    for secret in private_bytes(held, roots, cold):
        assert secret not in seen
        assert secret not in disk
    logs = b"".join(p.read_bytes() for p in (folder / "logs").rglob("*") if p.is_file())
    assert b"Planted" not in logs


def private_bytes(held: Node, roots: Path, cold: Path) -> list[bytes]:
    """Every private key of the run and both passphrases, in each form in which they could be seen."""
    secret = age.passphrase_from_file(cold)
    vault = held.folder.keyring.vault
    lines = [
        vault.open(p.read_bytes(), Place()) for p in keyring.key_files(held.folder.path / "keys")
    ]
    officers = (held.folder.path / "desk" / "officers").glob("*.key")
    lines += [
        quick_decrypt(p.read_bytes(), secret, Place()) for p in [*roots.glob("*.key"), *officers]
    ]
    encoded = [line.strip().split(b"+", 4)[4] for line in lines]
    seeds = [base64.b64decode(line)[1:] for line in encoded]
    assert len(seeds) == 12
    assert {len(seed) for seed in seeds} == {32}
    forms = [
        *encoded,
        *seeds,
        *(s.hex().encode() for s in seeds),
        *(repr(s).encode() for s in seeds),
    ]
    return [*forms, vault.identity().reveal(), b"horse-battery", b"cold-staple"]


def test_a_private_key_is_written_nowhere_and_copied_nowhere(tmp_path: Path) -> None:
    ring = node(tmp_path / "a", "a").folder.keyring
    for thing in (ring.signer("witness"), ring.vault, ring.vault.identity()):
        with pytest.raises(TypeError):
            pickle.dumps(thing)
        with pytest.raises(TypeError):
            copy.deepcopy(thing)


def test_keys_lie_in_the_clear_only_where_that_is_said(tmp_path: Path) -> None:
    text = earnest(tmp_path / "text")
    told = done("new", tmp_path / "a", "--agreement", text, "--as", "a", "--unencrypted")
    assert "a.guarantors.key" in told["keys_in_clear"]
    assert "lie in the clear" in run("check", "--node", tmp_path / "a").output
    chosen = passphrase(tmp_path, "chosen")
    done("keys", "passphrase", "--node", tmp_path / "a", "--new-file", chosen)
    assert done("check", "--node", tmp_path / "a")["keys_in_clear"] == []
    assert done("keys", "list", "--node", tmp_path / "a")["in_clear"] == []


def test_reading_needs_no_passphrase_and_signing_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, own = earnest(tmp_path / "text"), passphrase(tmp_path, "own")
    done("new", tmp_path / "a", "--agreement", text, "--as", "a", "--passphrase-file", own)
    done("check", "--node", tmp_path / "a")
    assert code_of("keys", "rotate", "a.public", "--node", tmp_path / "a") == Code.NO_SUCH_KEY.id
    rows = tmp_path / "rows.toml"
    rows.write_text('[[statements]]\nkind = "comment"\n')
    held = workspace.open(tmp_path / "a")
    with pytest.raises(TrucekeeperError) as raised:
        says(still(held), LINE)
    assert raised.value.problems[0].code is Code.NO_PASSPHRASE
    monkeypatch.setenv(age.VARIABLE, str(own))
    says(still(workspace.open(tmp_path / "a")), LINE)
    own.chmod(0o644)
    with pytest.raises(TrucekeeperError) as raised:
        says(still(workspace.open(tmp_path / "a")), LINE)
    assert raised.value.problems[0].code is Code.KEY_EXPOSED
    wrong = passphrase(tmp_path, "wrong")
    monkeypatch.setenv(age.VARIABLE, str(wrong))
    with pytest.raises(TrucekeeperError) as raised:
        says(still(workspace.open(tmp_path / "a")), LINE)
    assert raised.value.problems[0].code is Code.NOT_OPENED


def test_the_real_passphrase_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With age's own scrypt: the identity is opened at the first signature and then no more."""
    for module in (keyring, ceremony):
        monkeypatch.setattr(module, "encrypt_with_passphrase", age.encrypt_with_passphrase)
        monkeypatch.setattr(module, "decrypt_with_passphrase", age.decrypt_with_passphrase)
    asked: list[int] = []

    def ask() -> Secret:
        asked.append(1)
        return Secret(b"geheim und lang")

    workspace.new(tmp_path / "a", earnest(tmp_path / "text"), ["a"], passphrase=ask)
    held = still(workspace.open(tmp_path / "a", ask))
    assert asked == [1]
    says(held, LINE)
    says(held, LINE, circle="public")
    held.folder.keyring.signer("mirror-mldsa").sign(b"held")
    assert asked == [1, 1]


def test_a_key_file_that_is_another_s_is_named(tmp_path: Path) -> None:
    text, own = earnest(tmp_path / "text"), passphrase(tmp_path, "own")
    done("new", tmp_path / "a", "--agreement", text, "--as", "a", "--passphrase-file", own)
    keys = tmp_path / "a" / "keys"
    shutil.copyfile(keys / "a.public.key", keys / "a.guarantors.key")
    signer = read_key(
        keys / "a.guarantors.key",
        may_be_public=False,
        open_=keyring.Vault(keys, lambda: age.passphrase_from_file(own)).open,
    )
    with pytest.raises(NodeError) as raised:
        signer.sign(b"")
    assert raised.value.problems[0].code is Code.DAMAGED
