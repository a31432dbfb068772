"""Signed notes and checkpoints against the values of the C2SP texts, and against what must be
refused."""

from __future__ import annotations

import pytest

from trucekeeper.keys.custody import signer_from_seed
from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.note import NoteError, parse_key, parse_note, sign_note, verify_note

#: The verifier key and note of the Go checksum database's note package, whose format C2SP
#: signed-note describes.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()


def test_the_known_note_verifies() -> None:
    key = parse_key(PETER)
    assert str(key) == PETER
    verify_note(parse_note(PETER_NOTE), key)


def test_every_flipped_bit_of_the_known_note_is_refused() -> None:
    key = parse_key(PETER)
    for position in range(len(PETER_NOTE)):
        flipped = bytearray(PETER_NOTE)
        flipped[position] ^= 1
        with pytest.raises(NoteError):
            verify_note(parse_note(bytes(flipped)), key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann+c74f20a3",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER[:-4],
        PETER.replace("Peter", "Pe ter"),
        PETER[:-1] + "X",
    ],
)
def test_malformed_keys_are_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_key(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n- name AAAA\n",
        "text\n\n— name\n".encode(),
        "te\x01xt\n\n— name AAAAAAAAAA==\n".encode(),
        b"\xff\n\n\xe2\x80\x94 name AAAAAAAAAA==\n",
    ],
)
def test_malformed_notes_are_refused(data: bytes) -> None:
    with pytest.raises(NoteError):
        parse_note(data)


def test_unknown_signatures_are_passed_over_and_kept() -> None:
    signer = signer_from_seed("truce/a.public", b"1" * 32)
    note = sign_note(
        "truce/a.public\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", signer.key, signer.sign
    )
    other = "— somebody AAAAAGFiYw==\n".encode()
    parsed = parse_note(bytes(note) + other)
    verify_note(parsed, signer.key)
    assert bytes(parsed) == bytes(note) + other


@pytest.mark.parametrize(
    "text",
    [
        "truce/a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "truce/a\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "truce/a\n1\nAAAA\n",
        "truce/a\n1\n",
        "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "truce/a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension\n",
    ],
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(text)


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    checkpoint = Checkpoint("truce/a.public", 70_000, b"r" * 32)
    assert parse_checkpoint(checkpoint.text()) == checkpoint
