"""The journal of a writer: one batch, in one file, made durable by one call before anything else is
written. Torn, it says nothing; whole, it is written again after a crash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.note import NoteError
from trucekeeper.logs.tiles import pack_bundle, unpack_bundle

_FORM = b"trucekeeper journal 1\n"


@dataclass(frozen=True, slots=True)
class Journal:
    """A batch, and the head that it goes on from."""

    after: Checkpoint
    entries: tuple[bytes, ...]


def encode_journal(after: Checkpoint, entries: Sequence[bytes]) -> bytes:
    """The bytes of a journal: form, digest of the rest, head, empty line, entries as in a
    bundle."""
    rest = after.text().encode() + b"\n" + pack_bundle(entries)
    return _FORM + hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest


def decode_journal(data: bytes) -> Journal | None:
    """The journal of its bytes; None where it is torn."""
    if not data.startswith(_FORM):
        return None
    digest, _, rest = data[len(_FORM) :].partition(b"\n")
    if digest != hashlib.sha256(rest).hexdigest().encode():
        return None
    head, _, body = rest.partition(b"\n\n")
    entries = unpack_bundle(body, most=len(body))
    try:
        after = parse_checkpoint(head.decode() + "\n")
    except (UnicodeDecodeError, NoteError):
        return None
    return None if entries is None else Journal(after, tuple(entries))
