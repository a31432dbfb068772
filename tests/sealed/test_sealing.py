"""A payload's life on nodes: sealed, carried, opened, disclosed, erased; and what is told when something is wrong."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.sealed.nodes import PERSONS, reopened, seal_persons, sealing_nodes
from trucekeeper.cli import main
from trucekeeper.errors import Code, NodeError, Place, QuestionError, StorageError, TrucekeeperError
from trucekeeper.governance.payloads import citing_logs, payload_files
from trucekeeper.intake.drafts import Draft
from trucekeeper.keys.recipients import encrypted
from trucekeeper.sealing import Parcel, Sealing
from trucekeeper.statements import kinds, parts
from trucekeeper.statements.commitment import Salt, commit
from trucekeeper.storage.payloads import CONTENT_BYTES_MAX, Frame, PayloadStore, framed
from trucekeeper.workspace import Node

ACCOUNT = Parcel("a", "guarantors", ("b",))


def seal_account(held: Node) -> str:
    return Sealing(held).seal(b"what the witness told", ACCOUNT, what="account", form="text")


def row(held: Node, ref: str) -> dict[str, object]:
    (found,) = held.derive(face="guarantors").rows("payloads").where(ref=ref)
    return dict(found)


def refused(code: Code, action: object, *arguments: object) -> TrucekeeperError:
    with pytest.raises(TrucekeeperError) as caught:
        action(*arguments)  # type: ignore[operator]
    assert caught.value.problems[0].code == code
    return caught.value


def test_a_payload_is_sealed_carried_and_opened_by_who_may(tmp_path: Path) -> None:
    nodes = sealing_nodes(tmp_path, "a", "b", "c")
    ref = seal_account(nodes["a"])
    # It comes to b through c, who cannot open it.
    assert nodes["c"].sync(tmp_path / "a").problems == ()
    assert nodes["b"].sync(tmp_path / "c").problems == ()
    assert Sealing(nodes["b"]).open(ref).content == b"what the witness told"
    assert Sealing(nodes["a"]).open(ref).content == b"what the witness told"
    refused(Code.NOT_A_RECIPIENT, Sealing(nodes["c"]).open, ref)
    told = row(nodes["c"], ref)
    assert (told["state"], told["recipients"], told["form"]) == ("sealed", ["b"], "text")
    assert {n.derive(face="guarantors").rows("payloads")[0]["state"] for n in nodes.values()} == {
        "sealed"
    }


def test_cells_of_a_list_are_opened_and_no_others(tmp_path: Path) -> None:
    nodes = sealing_nodes(tmp_path, "a", "b", "c")
    ref = seal_persons(nodes["a"], "c")
    opened = Sealing(nodes["a"]).disclose(ref, [2], ["name"], Parcel("a", "guarantors", ("b",)))
    nodes["b"].sync(tmp_path / "a")
    refused(Code.NOT_A_RECIPIENT, Sealing(nodes["b"]).open, ref)
    disclosed = Sealing(nodes["b"]).open(opened).disclosed
    assert disclosed is not None
    assert (disclosed.of, disclosed.rows) == (ref, 3)
    assert (disclosed.names, disclosed.cells) == ({0: "name"}, {2: {0: "Bram Telleske"}})
    content = Sealing(nodes["b"]).open(opened).content
    assert not any(word.encode() in content for r in (1, 3) for word in PERSONS[r])
    told = row(nodes["b"], ref)
    assert (told["rows"], told["fields"], told["rows_disclosed"], told["state"]) == (
        3,
        3,
        1,
        "disclosed-in-part",
    )


def test_an_erasure_is_followed_everywhere_and_shows_alike(tmp_path: Path) -> None:
    nodes = sealing_nodes(tmp_path, "a", "b", "c")
    ref = seal_persons(nodes["a"], "b")
    opened = Sealing(nodes["a"]).disclose(ref, [1], ["name"], Parcel("a", "guarantors", ("b",)))
    for name in ("b", "c"):
        nodes[name].sync(tmp_path / "a")
        assert len(PayloadStore(nodes[name].folder.disk).names()) == 2
    before = nodes["a"].held["a.guarantors"].leaves  # type: ignore[index]
    Sealing(nodes["a"]).erase(ref, "consent-withdrawn")
    assert nodes["a"].held["a.guarantors"].leaves[: len(before)] == before  # type: ignore[index]
    nodes["c"].sync(tmp_path / "a")
    nodes["b"].sync(tmp_path / "c")
    pictures = [n.derive(face="guarantors", as_of="2031-03-31") for n in nodes.values()]
    assert len({p.digest for p in pictures}) == 1 or len({p.cut.digest for p in pictures}) > 1
    for held in nodes.values():
        assert PayloadStore(held.folder.disk).names() == []
        assert {row(held, r)["state"] for r in (ref, opened)} == {"withheld"}
        refused(Code.PAYLOAD_ERASED, Sealing(held).open, ref)
        refused(Code.PAYLOAD_ERASED, Sealing(held).open, opened)
    # A node that still has the file gives it to nobody, and none takes it.
    record = nodes["a"].record(nodes["a"].held)
    assert not payload_files(nodes["a"].agreement, record).wanted
    assert set(citing_logs(record).values()) == {("a.guarantors",)}


def test_only_the_author_erases_and_nobody_by_citing_anothers_file(tmp_path: Path) -> None:
    nodes = sealing_nodes(tmp_path, "a", "b")
    ref = seal_account(nodes["a"])
    nodes["b"].sync(tmp_path / "a")
    refused(Code.NO_KEY, Sealing(nodes["b"]).erase, ref, "danger")
    file = nodes["a"].record(["a.guarantors"])["a.guarantors"][0].body.file  # type: ignore[list-item,index,union-attr]
    copied = parts.SealedFile(
        ciphertext=file.ciphertext,
        bytes_padded=file.bytes_padded,
        commitment=file.commitment,
        recipients=("a",),
    )
    (own,), problems = nodes["b"].state(
        [Draft("b", "guarantors", kinds.Sealed(what="account", form="text", file=copied), Place())]
    )
    assert problems == []
    # The copy is no proof that b had it: the commitment holds in a's log only.
    refused(Code.OTHER_CONTENT, Sealing(nodes["b"]).open, own)
    Sealing(nodes["b"]).erase(own, "danger")
    assert Sealing(nodes["b"]).open(ref).content == b"what the witness told"


def test_who_commits_to_one_thing_and_encrypts_another_is_shown(tmp_path: Path) -> None:
    nodes = sealing_nodes(tmp_path, "a", "b")
    held = nodes["a"]
    salt = Salt(bytes(range(32)))
    keys = [key for p in ("a", "b") for key in Sealing(held).keys.recipients(p)]
    data = encrypted(framed(Frame(salt, b"another thing")), keys)
    said = commit(salt, held.agreement.origin("a.guarantors"), b"one thing").hex()
    file = parts.SealedFile(
        ciphertext=PayloadStore(held.folder.disk).put(data),
        bytes_padded=len(data),
        commitment=said,
        recipients=("b",),
    )
    (ref,), _ = held.state(
        [Draft("a", "guarantors", kinds.Sealed(what="other", form="data", file=file), Place())]
    )
    nodes["b"].sync(tmp_path / "a")
    error = refused(Code.OTHER_CONTENT, Sealing(nodes["b"]).open, ref)
    assert "a.guarantors/0" in str(error)
    assert "thing" not in str(error)


def test_a_damaged_file_is_named_and_not_taken_from_a_peer(tmp_path: Path) -> None:
    nodes = sealing_nodes(tmp_path, "a", "b", "c")
    ref = seal_account(nodes["a"])
    nodes["c"].sync(tmp_path / "a")
    (name,) = PayloadStore(nodes["a"].folder.disk).names()
    path = tmp_path / "a" / "payloads" / name
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    refused(Code.PAYLOAD_DAMAGED, Sealing(nodes["a"]).open, ref)
    assert [p.place.file for p in PayloadStore(nodes["a"].folder.disk).problems()] == [
        f"payloads/{name}"
    ]
    checked = CliRunner().invoke(main, ["check", "--node", str(tmp_path / "a"), "--json"])
    assert checked.exit_code == 1
    assert json.loads(checked.stdout)["payloads"] == {"cited": 1, "not_here": []}
    pulled = nodes["b"].sync(tmp_path / "a")
    assert [p.code for p in pulled.problems] == [Code.PAYLOAD_DAMAGED]
    refused(Code.PAYLOAD_MISSING, Sealing(nodes["b"]).open, ref)
    assert nodes["b"].sync(tmp_path / "c").problems == ()
    assert Sealing(nodes["b"]).open(ref).content == b"what the witness told"


def test_only_files_that_a_readable_log_cites_are_fetched(tmp_path: Path) -> None:
    nodes = sealing_nodes(tmp_path, "a", "b", "d")
    seal_account(nodes["a"])
    public = Sealing(nodes["a"]).seal(
        b"for d", Parcel("a", "public", ("d",)), what="papers", form="document"
    )
    assert nodes["d"].sync(tmp_path / "a").problems == ()
    assert len(PayloadStore(nodes["d"].folder.disk).names()) == 1
    assert Sealing(nodes["d"]).open(public).content == b"for d"
    record = nodes["a"].record(nodes["a"].held)
    agreement = nodes["a"].agreement
    (to_d,) = PayloadStore(nodes["d"].folder.disk).names()
    assert citing_logs(record)[to_d] == ("a.public",)
    assert len(payload_files(agreement, record).wanted) == 2


def test_what_cannot_be_sealed_leaves_nothing_behind(tmp_path: Path) -> None:
    held = sealing_nodes(tmp_path, "a", "b", "c", "d")["a"]
    sealing = Sealing(held)

    def seal(content: bytes | list[list[str]], *recipients: str) -> str:
        parcel = Parcel("a", "guarantors", recipients)
        return sealing.seal(
            content, parcel, what="other", form="data" if isinstance(content, bytes) else "list"
        )

    refused(Code.RECIPIENT_OUTSIDE, seal, b"x", "d")
    refused(Code.NO_RECIPIENT_KEY, seal, b"x", "nobody")
    refused(Code.NO_RECIPIENT_KEY, seal, b"x", "a")
    refused(Code.NO_LIST, seal, [["name", "born"], ["one"]], "b")
    refused(Code.NO_LIST, seal, [], "b")
    refused(Code.PAYLOAD_TOO_LARGE, seal, b"\x01" * (CONTENT_BYTES_MAX + 1), "b")
    assert PayloadStore(held.folder.disk).names() == []
    assert held.held["a.guarantors"].size == 0  # type: ignore[index]
    with pytest.raises(QuestionError):
        sealing.open("a.guarantors/0")
    with pytest.raises(StorageError):
        PayloadStore(held.folder.disk).get("0" * 64)


def test_cells_that_a_list_does_not_have_are_refused(tmp_path: Path) -> None:
    held = sealing_nodes(tmp_path, "a", "b", "c", "d")["a"]
    sealing, parcel = Sealing(held), Parcel("a", "guarantors", ("b",))
    ref, account = seal_persons(held, "c"), seal_account(held)
    for rows, fields in [
        ([4], ["name"]),
        ([0], ["name"]),
        ([1], ["rank"]),
        ([], ["name"]),
        ([1], []),
    ]:
        refused(Code.NO_LIST, sealing.disclose, ref, rows, fields, parcel)
    refused(Code.NO_LIST, sealing.disclose, account, [1], ["name"], parcel)


def test_a_node_without_an_identity_opens_nothing(tmp_path: Path) -> None:
    nodes = sealing_nodes(tmp_path, "a", "b")
    ref = seal_account(nodes["a"])
    nodes["b"].sync(tmp_path / "a")
    (tmp_path / "b" / "keys" / "identity.key").unlink()
    refused(Code.NO_SUCH_KEY, Sealing(nodes["b"]).open, ref)
    (tmp_path / "b" / "keys" / "identity.key").write_text("AGE-SECRET-KEY-1QQQQ")
    with pytest.raises(NodeError) as caught:
        Sealing(nodes["b"]).open(ref)
    assert "QQQQ" not in str(caught.value)
    for half in ("identity.key", "identity.pub"):
        (tmp_path / "b" / "keys" / half).unlink()
    refused(Code.NO_RECIPIENT_KEY, Sealing(reopened(nodes["b"])).open, ref)


def test_two_sealings_of_one_thing_have_nothing_in_common_but_the_size(tmp_path: Path) -> None:
    held = sealing_nodes(tmp_path, "a", "b", "c", "d")["a"]
    one, two = (row(held, ref) for ref in (seal_persons(held, "b"), seal_persons(held, "b")))
    for column in ("commitment", "root", "ciphertext"):
        assert one[column] != two[column]
    assert reopened(held).problems == ()
    longer = [*PERSONS, *[["x" * 10] * 3] * 20]
    ref = Sealing(held).seal(longer, ACCOUNT, what="persons", form="list")
    sizes = [row(held, r)["bytes_padded"] for r in (ref, str(one["ref"]))]
    assert all(isinstance(size, int) and 4_096 < size < 4_096 + 700 for size in sizes)
    assert hashlib.sha256(b"Orlena Quistov").hexdigest() not in str(one)
