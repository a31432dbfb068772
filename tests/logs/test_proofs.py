"""Proof files (C2SP tlog-proof): every true one holds, every changed one is refused, and whatever is no proof is told
without a crash."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.signers import keyed
from trucekeeper.keys.custody import Signer, signer_from_seed
from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.cosignature import cosign
from trucekeeper.logs.message import COSIGNATURE, MLDSA_COSIGNATURE
from trucekeeper.logs.note import Note, NoteError, parse_key, sign_note
from trucekeeper.logs.policy import Label, parse_policy
from trucekeeper.logs.proof import (
    HEADER,
    PATH_HASHES_MAX,
    Proof,
    parse_proof,
    verify_proof,
)
from trucekeeper.logs.tree import inclusion_proof, leaf_hash, root

ORIGIN = "truce/a.guarantors"
SIGNER = signer_from_seed(ORIGIN, b"1" * 32)
VECTORS_FILE = Path(__file__).parents[1] / "vectors" / "proofs.json"
VECTORS = json.loads(VECTORS_FILE.read_text())


def entry_of(index: int) -> bytes:
    return f'{{"number":{index}}}'.encode()


def proof_of(
    size: int,
    index: int,
    *,
    signer: Signer = SIGNER,
    origin: str = ORIGIN,
    entry: bytes | None = None,
) -> Proof:
    """A proof against the head of a made-up log. entry: what stands at the index, if not `entry_of` it."""
    entries = [entry_of(i) for i in range(size)]
    entries[index] = entries[index] if entry is None else entry
    leaves = [leaf_hash(one) for one in entries]
    checkpoint = Checkpoint(origin, size, root(leaves))
    note = sign_note(checkpoint.text(), signer.key, signer.sign)
    return Proof(index, tuple(inclusion_proof(leaves, index)), note, entries[index])


def vectors() -> dict[str, list[dict[str, str]]]:
    """What stands in tests/vectors/proofs.json: proofs that hold, and one for each way in which one does not."""

    def vector(
        name: str, proof: Proof | bytes, entry: bytes, leaf: str | None = None
    ) -> dict[str, str]:
        told = {
            "name": name,
            "key": str(SIGNER.key),
            "entry": base64.b64encode(entry).decode(),
            "proof": bytes(proof).decode(),
        }
        return told if leaf is None else told | {"leaf": leaf}

    hold = [
        vector(f"entry {i} of {n}", proof_of(n, i), entry_of(i), leaf_hash(entry_of(i)).hex())
        for n, i in ((1, 0), (2, 1), (3, 2), (5, 3), (8, 0), (257, 256), (520, 300))
    ]
    proof = proof_of(5, 3)
    bare = Proof(3, proof.path, proof.note)
    hold.append(vector("no extra", bare, entry_of(3), leaf_hash(entry_of(3)).hex()))
    text, entry = bytes(proof).decode(), entry_of(3)
    refused = [
        vector("another entry", proof, entry_of(2)),
        vector("another index", Proof(2, proof.path, proof.note, entry), entry),
        vector("a hash less", Proof(3, proof.path[:-1], proof.note, entry), entry),
        vector("a hash more", Proof(3, (*proof.path, proof.path[0]), proof.note, entry), entry),
        vector("hashes turned", Proof(3, proof.path[::-1], proof.note, entry), entry),
        vector("a head of another size", text.replace("\n5\n", "\n6\n").encode(), entry),
        vector("a head of another log", proof_of(5, 3, origin="truce/b.guarantors"), entry),
        vector("another key", proof_of(5, 3, signer=signer_from_seed(ORIGIN, b"2" * 32)), entry),
        vector("a leading zero", text.replace("index 3", "index 03").encode(), entry),
        vector("another version", text.replace("proof@v1", "proof@v2").encode(), entry),
        vector("lines of Windows", text.replace("\n", "\r\n").encode(), entry),
        vector("no empty line", text.replace("\n\n", "\n", 1).encode(), entry),
    ]
    return {"hold": hold, "refused": refused}


def holds(data: bytes, entry: bytes | None = None) -> bool:
    try:
        proof = parse_proof(data)
        shown = verify_proof(proof, entry or proof.extra or b"", SIGNER.key)
    except NoteError:
        return False
    assert shown.index == proof.index
    return True


@pytest.mark.parametrize("size", [*range(1, 40), 255, 256, 257, 520])
def test_every_entry_of_a_log_has_a_proof_that_holds(size: int) -> None:
    for index in range(size) if size < 40 else (0, 1, size // 2, size - 2, size - 1):
        assert holds(bytes(proof_of(size, index)))


@given(
    st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))), st.data()
)
def test_any_changed_byte_is_refused(log: tuple[int, int], data: st.DataObject) -> None:
    whole = bytes(proof_of(*log))
    position = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[position] ^= data.draw(st.integers(1, 255))
    assert holds(whole)
    assert not holds(bytes(changed))


def test_every_changed_bit_of_one_proof_is_refused() -> None:
    whole = bytes(proof_of(5, 3))
    for position in range(len(whole)):
        for bit in range(8):
            changed = bytearray(whole)
            changed[position] ^= 1 << bit
            assert not holds(bytes(changed)), (position, bit)


def test_what_is_cut_off_or_added_is_refused() -> None:
    whole = bytes(proof_of(5, 3))
    assert not any(holds(whole[:end]) for end in range(len(whole)))
    for more in (b"\n", b"x", b"\r\n", whole, b"\n\n"):
        assert not holds(whole + more)
        assert not holds(more + whole)
    assert not holds(whole.replace(b"\n", b"\r\n"))


def test_another_entry_index_log_or_key_is_refused() -> None:
    proof = proof_of(6, 2)
    assert holds(bytes(proof))
    assert not holds(bytes(proof), entry_of(3))
    for index in range(6):
        moved = Proof(index, proof.path, proof.note, proof.extra)
        assert holds(bytes(moved)) == (index == 2)
    other = signer_from_seed(ORIGIN, b"2" * 32)
    assert not holds(bytes(proof_of(6, 2, signer=other)))
    # The log's own key under the head of another log.
    assert not holds(bytes(proof_of(6, 2, origin="truce/b.guarantors")))


def test_an_inner_node_does_not_pass_for_an_entry() -> None:
    """A leaf and a node are hashed apart (RFC 6962, 2.1): 64 bytes of two leaf hashes are no entry."""
    leaves = [leaf_hash(entry_of(i)) for i in range(4)]
    proof = proof_of(4, 0)
    short = Proof(0, proof.path[1:], proof.note, leaves[0] + leaves[1])
    assert not holds(bytes(short))


def test_a_proof_without_extra_holds_for_its_entry_alone() -> None:
    proof = proof_of(7, 4)
    bare = Proof(proof.index, proof.path, proof.note)
    assert b"extra" not in bytes(bare)
    assert parse_proof(bytes(bare)) == bare
    assert holds(bytes(bare), entry_of(4))
    assert not holds(bytes(bare), entry_of(5))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(HEADER, "c2sp.org/tlog-proof@v2"),
        lambda text: text.replace("index 3", "index 03"),
        lambda text: text.replace("index 3", "index +3"),
        lambda text: text.replace("index 3", "index -3"),
        lambda text: text.replace("index 3", "index ٣"),
        lambda text: text.replace("index 3", "index 99999999999999999999"),
        lambda text: text.replace("index 3\n", ""),
        lambda text: text.replace("index 3\n", "index 3\nindex 3\n"),
        lambda text: text.replace("index 3\n", f"index 3\nextra {base64.b64encode(b'x').decode()}\n"),
        lambda text: text.replace("index 3\n", "index 3\n" + "A" * 43 + "=\n"),
        lambda text: text.replace("index 3\n", "index 3\n" + ("A" * 43 + "=\n") * (PATH_HASHES_MAX + 1)),
        lambda text: text.replace("index 3\n", "index 3\nAAAA\n"),
        lambda text: text.replace("extra ", "extra  "),
        lambda text: text.replace("extra ", "extra " + "A" * 100_000),
        lambda text: text.replace("index 3\n", "index 3\n\n"),
    ],
)  # fmt: skip
def test_what_the_format_does_not_allow_is_refused(change: object) -> None:
    assert callable(change)
    text = bytes(proof_of(5, 3)).decode()
    assert change(text) != text
    assert not holds(change(text).encode())


@given(st.binary(max_size=400))
def test_whatever_is_no_proof_is_told_and_nothing_else(data: bytes) -> None:
    assert not holds(data)
    assert not holds(HEADER.encode() + b"\n" + data)


_LINES = st.lists(
    st.sampled_from(
        [HEADER, "extra", "extra ", "extra YQ==", "index 0", "index 1", "A" * 43 + "=", "", ORIGIN, "1",
         "— truce/a.guarantors AAAAAAAA", "— x", "index", "\r", "é"]
    ),
    max_size=12,
)  # fmt: skip


@given(_LINES)
def test_what_looks_like_a_proof_is_read_or_told_and_written_as_it_was(lines: list[str]) -> None:
    data = "\n".join(lines).encode()
    try:
        proof = parse_proof(data)
    except NoteError:
        return
    assert bytes(proof) == data


def test_the_format_has_not_changed() -> None:
    if os.environ.get("TRUCEKEEPER_BLESS"):
        VECTORS_FILE.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n")
    assert json.loads(VECTORS_FILE.read_text()) == vectors()


@pytest.mark.parametrize("vector", VECTORS["hold"], ids=lambda v: v["name"])
def test_the_vectors_hold_and_are_made_again(vector: dict[str, str]) -> None:
    data = vector["proof"].encode()
    proof = parse_proof(data)
    entry = base64.b64decode(vector["entry"])
    shown = verify_proof(proof, entry, parse_key(vector["key"]))
    assert shown.leaf.hex() == vector["leaf"]
    assert bytes(proof) == data


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda v: v["name"])
def test_the_refused_vectors_are_refused(vector: dict[str, str]) -> None:
    with pytest.raises(NoteError):
        verify_proof(
            parse_proof(vector["proof"].encode()),
            base64.b64decode(vector["entry"]),
            parse_key(vector["key"]),
        )


WITNESS = keyed("truce/b/witness", COSIGNATURE)
MIRROR = keyed("truce/c/mirror", MLDSA_COSIGNATURE)
AT = 1_930_000_000


def with_receipts(proof: Proof) -> Proof:
    checkpoint = parse_checkpoint(proof.note.text)
    lines = [cosign(checkpoint, k.key, k.sign, AT + i) for i, k in enumerate((WITNESS, MIRROR))]
    note = Note(proof.note.text, (*proof.note.signatures, *lines))
    return Proof(proof.index, proof.path, note, proof.extra)


def test_receipts_are_shown_by_whom_and_when_and_others_are_passed_over() -> None:
    proof = parse_proof(bytes(with_receipts(proof_of(9, 4))))
    entry, witnesses = proof.extra or b"", [WITNESS.key, MIRROR.key]
    shown = verify_proof(proof, entry, SIGNER.key, witnesses)
    assert [(r.name, r.type, r.at) for r in shown.receipts] == [
        ("truce/b/witness", COSIGNATURE, AT),
        ("truce/c/mirror", MLDSA_COSIGNATURE, AT + 1),
    ]
    assert verify_proof(proof, entry, SIGNER.key).receipts == ()
    absent = keyed("truce/d/witness", COSIGNATURE).key
    assert verify_proof(proof, entry, SIGNER.key, [absent]).receipts == ()
    # A receipt is no signature of the log.
    with pytest.raises(NoteError):
        verify_proof(proof, entry, WITNESS.key, witnesses)


@given(st.data())
def test_a_changed_receipt_is_refused_or_no_longer_shown(data: st.DataObject) -> None:
    """Its name and key id are not signed: changed, they name a key that nobody knows, and the line is passed over."""
    proof = with_receipts(proof_of(9, 4))
    whole = bytes(proof)
    witnesses = [WITNESS.key, MIRROR.key]
    position = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[position] ^= data.draw(st.integers(1, 255))
    before = verify_proof(proof, entry_of(4), SIGNER.key, witnesses)
    try:
        read = parse_proof(bytes(changed))
        after = verify_proof(read, read.extra or b"", SIGNER.key, witnesses)
    except NoteError:
        return
    assert replace(after, receipts=before.receipts) == before
    assert set(after.receipts) < set(before.receipts)


def test_a_policy_labels_the_receipts_and_refuses_nothing() -> None:
    proof = with_receipts(proof_of(9, 4))
    told = f"witness b {WITNESS.key}\nwitness c {MIRROR.key}\n"
    for rule, met in (
        ("quorum b", True),
        ("group both all b c\nquorum both", True),
        ("quorum none", True),
    ):
        policy = parse_policy(f"{told}{rule}\n".encode())
        shown = verify_proof(proof, entry_of(4), SIGNER.key, policy=policy)
        assert shown.quorum == Label(("b", "c"), met)
    other = keyed("truce/d/witness", COSIGNATURE).key
    policy = parse_policy(f"{told}witness d {other}\ngroup all3 all b c d\nquorum all3\n".encode())
    assert verify_proof(proof, entry_of(4), SIGNER.key, policy=policy).quorum == Label(
        ("b", "c"), False
    )


def test_foreign_code_accepts_the_proof_and_refuses_another() -> None:
    """aics-tlog reads no proof files, but their parts: the checkpoint, the leaf and the inclusion hashes."""
    foreign = pytest.importorskip("aics_tlog", reason="aics-tlog is not installed")
    for size, index in ((1, 0), (2, 1), (7, 6), (256, 17), (300, 299)):
        head, _, note = bytes(with_receipts(proof_of(size, index))).partition(b"\n\n")
        lines = head.decode().split("\n")
        entry = base64.b64decode(lines[1].removeprefix("extra "))
        path = [base64.b64decode(line) for line in lines[3:]]
        key = foreign.parse_vkey(str(SIGNER.key))
        small = foreign.parse_vkey(str(WITNESS.key))
        verified = foreign.verify_checkpoint(foreign.parse_note(note), key, [small], quorum=1)
        assert verified.ok, verified
        verify, at = foreign.verify_inclusion, (index, verified.size, path, verified.root)
        assert verified.size == size
        assert verify(foreign.leaf_hash(entry), *at)
        assert not verify(foreign.leaf_hash(entry + b" "), *at)
