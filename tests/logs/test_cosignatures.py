"""Receipts of heads: what is cosigned verifies, nothing else does, and copies of one head merge in
one way only."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.signers import (
    LOG,
    MIRROR,
    WITNESS,
    WITNESS_PQ,
    Keyed,
    head_of,
    keyed,
    leaves_of,
    note_of,
)
from trucekeeper.logs.checkpoint import Checkpoint
from trucekeeper.logs.cosignature import Receipt, cosign, cosigned_at, known, merged, receipts
from trucekeeper.logs.note import (
    COSIGNATURE,
    Note,
    NoteError,
    SignatureLine,
    VerifierKey,
    parse_note,
    verify_note,
)

HEAD = head_of(leaves_of(5))
NOTE = note_of(leaves_of(5))
COSIGNERS = [WITNESS, WITNESS_PQ, MIRROR]


def with_lines(note: Note, *lines: SignatureLine) -> Note:
    return replace(note, signatures=note.signatures + lines)


@pytest.mark.parametrize("cosigner", COSIGNERS, ids=lambda k: f"{k.key.name} {k.key.type}")
@pytest.mark.parametrize("at", [0, 1, 1_679_315_147, 2**63 - 1])
def test_a_cosignature_gives_its_time(cosigner: Keyed, at: int) -> None:
    line = cosign(HEAD, cosigner.key, cosigner.sign, at)
    assert cosigned_at(line, cosigner.key, HEAD) == at
    whole = with_lines(NOTE, line)
    assert parse_note(bytes(whole)) == whole
    for key in (LOG.key, cosigner.key):
        verify_note(whole, key)


@pytest.mark.parametrize("cosigner", COSIGNERS, ids=lambda k: f"{k.key.name} {k.key.type}")
def test_it_is_for_this_head_this_time_and_this_key_only(cosigner: Keyed) -> None:
    line = cosign(HEAD, cosigner.key, cosigner.sign, 1_000)
    later = replace(line, signature=(1_001).to_bytes(8, "big") + line.signature[8:])
    heads = [
        replace(HEAD, size=6),
        replace(HEAD, root=bytes(32)),
        replace(HEAD, origin="truce/a.other"),
    ]
    for head in heads:
        with pytest.raises(NoteError):
            cosigned_at(line, cosigner.key, head)
    for wrong in (
        later,
        replace(line, signature=line.signature[:-1]),
        replace(line, signature=line.signature[:7]),
        replace(line, signature=b""),
        replace(line, signature=b"\xff" * len(line.signature)),
    ):
        with pytest.raises(NoteError):
            cosigned_at(wrong, cosigner.key, HEAD)
    other = keyed("truce/c/witness", cosigner.key.type)
    with pytest.raises(NoteError):
        cosigned_at(line, other.key, HEAD)


def test_signatures_of_one_type_never_pass_for_another() -> None:
    """The same Ed25519 key under types 0x01 and 0x04 signs different messages."""
    as_cosigner = VerifierKey(LOG.key.name, COSIGNATURE, LOG.key.public)
    for signature in (NOTE.signatures[0].signature, bytes(8) + NOTE.signatures[0].signature):
        line = SignatureLine(as_cosigner.name, as_cosigner.id, signature)
        with pytest.raises(NoteError):
            cosigned_at(line, as_cosigner, HEAD)
    with pytest.raises(NoteError):
        cosigned_at(NOTE.signatures[0], LOG.key, HEAD)


def test_an_ml_dsa_receipt_names_its_cosigner() -> None:
    line = cosign(HEAD, WITNESS_PQ.key, WITNESS_PQ.sign, 5)
    renamed = replace(WITNESS_PQ.key, name="truce/c/witness")
    with pytest.raises(NoteError):
        cosigned_at(SignatureLine(renamed.name, renamed.id, line.signature), renamed, HEAD)


def test_a_head_with_a_name_too_long_for_the_message_is_no_head_for_it() -> None:
    long = Checkpoint("x" * 256, 0, bytes(32))
    line = SignatureLine(WITNESS_PQ.key.name, WITNESS_PQ.key.id, bytes(8 + 2420))
    with pytest.raises(NoteError):
        cosigned_at(line, WITNESS_PQ.key, long)


def test_receipts_by_known_keys_the_earliest_of_each() -> None:
    lines = [
        cosign(HEAD, keyed.key, keyed.sign, at)
        for keyed, at in ((WITNESS, 20), (WITNESS, 10), (WITNESS_PQ, 30), (MIRROR, 40))
    ]
    note = with_lines(NOTE, *lines)
    assert receipts(note, [WITNESS.key, WITNESS_PQ.key]) == (
        Receipt("truce/b/witness", 0x04, 10),
        Receipt("truce/b/witness", 0x06, 30),
    )
    assert receipts(note, []) == receipts(NOTE, [WITNESS.key]) == ()
    forged = replace(lines[0], signature=bytes(72))
    with pytest.raises(NoteError):
        receipts(with_lines(note, forged), [WITNESS.key])
    assert receipts(with_lines(note, forged), [MIRROR.key]) == (
        Receipt("truce/b/mirror", 0x04, 40),
    )


def test_only_known_lines_are_taken_from_others() -> None:
    line = cosign(HEAD, WITNESS.key, WITNESS.sign, 20)
    stranger = SignatureLine("somebody", b"1234", b"abc")
    note = with_lines(NOTE, line, stranger)
    assert known(note, [LOG.key, WITNESS.key, MIRROR.key]) == with_lines(NOTE, line)
    with pytest.raises(NoteError):
        known(with_lines(note, replace(line, signature=bytes(72))), [WITNESS.key])


POOL = [
    *NOTE.signatures,
    *(
        cosign(HEAD, k.key, k.sign, at)
        for k in (WITNESS, MIRROR, keyed("truce/c/witness", COSIGNATURE))
        for at in (7, 8, 9)
    ),
    SignatureLine("truce/a.public", b"1234", b"another key of the log"),
    SignatureLine("somebody", b"1234", b"abc"),
]


@given(st.lists(st.lists(st.sampled_from(POOL), max_size=8), min_size=1, max_size=4), st.randoms())
def test_copies_merge_alike_in_any_order(
    copies: list[list[SignatureLine]], chance: random.Random
) -> None:
    def all_merged() -> Note:
        whole = Note(NOTE.text, ())
        for copy in copies:
            whole = merged(whole, Note(NOTE.text, tuple(copy)))
        return whole

    once = all_merged()
    chance.shuffle(copies)
    for copy in copies:
        chance.shuffle(copy)
    assert all_merged() == once == merged(once, once)
    assert len({(line.name, line.key_id) for line in once.signatures}) == len(once.signatures)
    assert {line.name for line in once.signatures} == {
        line.name for copy in copies for line in copy
    }
    own = [line.name == HEAD.origin for line in once.signatures]
    assert own == sorted(own, reverse=True)


def test_two_heads_do_not_merge_and_a_note_holds_only_so_many() -> None:
    with pytest.raises(NoteError):
        merged(NOTE, note_of(leaves_of(6)))
    many = Note(
        NOTE.text, tuple(SignatureLine("x", i.to_bytes(4, "big"), b"abc") for i in range(64))
    )
    with pytest.raises(NoteError):
        merged(NOTE, many)
