"""Receipts of heads (C2SP tlog-cosignature): who states to have held a head, and when.

A cosignature says: at that time this was the largest head of this log that I had seen, and it
followed from all that I had seen before. A mirror's key says besides: I hold the data. Neither says
that anything in the log is right."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.message import COSIGNATURES, message
from trucekeeper.logs.note import (
    SIGNATURES_MAX,
    Note,
    NoteError,
    Sign,
    SignatureLine,
    VerifierKey,
    verify_line,
    verify_note,
)
from trucekeeper.logs.text import NUMBER_MAX


@dataclass(frozen=True, slots=True, order=True)
class Receipt:
    """That the holder of a key states to have held a head. at: POSIX seconds, by its own clock."""

    name: str
    type: int
    at: int


def cosign(checkpoint: Checkpoint, key: VerifierKey, sign: Sign, at: int) -> SignatureLine:
    """The cosignature line of a key of type 0x04 or 0x06. at: POSIX seconds."""
    assert key.type in COSIGNATURES
    assert 0 <= at <= NUMBER_MAX
    signature = sign(message(key.type, key.name, at, checkpoint.text()))
    return SignatureLine(key.name, key.id, struct.pack(">Q", at) + signature)


def cosigned_at(line: SignatureLine, key: VerifierKey, checkpoint: Checkpoint) -> int:
    """When a head was cosigned, in POSIX seconds. Raises NoteError where the line is not by this
    key, is no cosignature, or does not verify."""
    if key.type not in COSIGNATURES:
        raise NoteError(f"a key of {key.name} that does not cosign")
    return verify_line(line, key, checkpoint.text())


def receipts(note: Note, keys: Iterable[VerifierKey]) -> tuple[Receipt, ...]:
    """The receipts that a head carries, by these keys, sorted by name and type; of several by one
    key, the earliest. Raises NoteError where a line by one of the keys does not verify."""
    checkpoint = parse_checkpoint(note.text)
    found = []
    for key in keys:
        times = [cosigned_at(line, key, checkpoint) for line in note.by(key)]
        if times:
            found.append(Receipt(key.name, key.type, min(times)))
    return tuple(sorted(found))


def known(note: Note, keys: Iterable[VerifierKey]) -> Note:
    """The note with only the lines of these keys, each verified. Raises NoteError where one of them
    does not verify."""
    kept: set[SignatureLine] = set()
    for key in keys:
        lines = note.by(key)
        if lines:
            verify_note(note, key)
        kept.update(lines)
    return Note(note.text, tuple(line for line in note.signatures if line in kept))


def merged(note: Note, other: Note) -> Note:
    """One head with the signatures of both copies: those under the log's own name first, then by
    name and key; of several by one key, the earliest. The same in whatever order copies are merged.
    Raises NoteError where the texts differ, or a note cannot hold so many.

    Lines are not verified: take only what is `known` from others, or a line that does not verify
    may stand in the place of one that does.
    """
    if note.text != other.text:
        raise NoteError("two heads, not two copies of one")
    earliest: dict[tuple[str, bytes], SignatureLine] = {}
    for line in (*note.signatures, *other.signatures):
        held = earliest.setdefault((line.name, line.key_id), line)
        # A cosignature begins with its time, big-endian: the least bytes are the earliest.
        if line.signature < held.signature:
            earliest[line.name, line.key_id] = line
    if len(earliest) > SIGNATURES_MAX:
        raise NoteError("too many signatures")
    origin = note.text.partition("\n")[0]
    order = sorted(earliest, key=lambda by: (by[0] != origin, by))
    return Note(note.text, tuple(earliest[by] for by in order))


def own_lines(note: Note) -> Note:
    """A head with the log's own signatures alone."""
    origin = note.text.partition("\n")[0]
    return Note(note.text, tuple(line for line in note.signatures if line.name == origin))
