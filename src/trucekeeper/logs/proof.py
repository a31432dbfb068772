"""Proofs that a log holds one entry (C2SP tlog-proof): a file that anyone checks without the log.

`c2sp.org/tlog-proof@v1`, an optional line `extra`, the index, the inclusion hashes from the leaf's
side up, an empty line, the checkpoint as it was signed, with the receipts it had. In `extra` stands
the entry itself, so that one file is enough. The specification leaves `extra` unauthenticated; here
it is believed only where its leaf hash leads to the signed root."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.cosignature import Receipt, receipts
from trucekeeper.logs.note import NOTE_BYTES_MAX, Note, VerifierKey, parse_note, verify_note
from trucekeeper.logs.policy import Label, Policy, label
from trucekeeper.logs.text import NoteError, base64_bytes, base64_text, whole_number
from trucekeeper.logs.tiles import ENTRY_BYTES_MAX
from trucekeeper.logs.tree import HASH_BYTES, leaf_hash, verify_inclusion

SUFFIX = ".tlog-proof"
HEADER = "c2sp.org/tlog-proof@v1"
#: A tree of 2^63 leaves has no longer path.
PATH_HASHES_MAX = 63
#: Header, `extra`, index and path at their longest, before the note.
_HEAD_BYTES_MAX = 100_000
PROOF_BYTES_MAX = _HEAD_BYTES_MAX + NOTE_BYTES_MAX
_EXTRA, _INDEX = "extra ", "index "


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as in its file. path: the hashes beside the way from the leaf up. extra: what the
    line `extra` carries; None where there is none."""

    index: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes | None = None

    def __bytes__(self) -> bytes:
        extra = [] if self.extra is None else [_EXTRA + base64_text(self.extra)]
        lines = [HEADER, *extra, f"index {self.index}", *map(base64_text, self.path), ""]
        return "".join(f"{line}\n" for line in lines).encode() + bytes(self.note)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a proof shows: the entry whose leaf hash is `leaf` stands at `index` of the log whose
    head is `checkpoint`. receipts: by the keys that the reader gave. quorum: by the reader's
    policy, if any."""

    checkpoint: Checkpoint
    index: int
    leaf: bytes
    receipts: tuple[Receipt, ...] = ()
    quorum: Label | None = None


def parse_proof(data: bytes) -> Proof:
    """The proof of a file's bytes; `bytes()` of it gives the same bytes. Raises NoteError."""
    head, separator, note = data.partition(b"\n\n")
    if not separator or len(head) > _HEAD_BYTES_MAX or not head.isascii():
        raise NoteError("a proof without its empty line, or with a head that is too long")
    first, *lines = head.decode("ascii").split("\n")
    if first != HEADER:
        raise NoteError(f"a first line that is not `{HEADER}`")
    extra = None
    if lines and lines[0].startswith(_EXTRA):
        extra = base64_bytes(lines.pop(0).removeprefix(_EXTRA))
        if len(extra) > ENTRY_BYTES_MAX:
            raise NoteError("more in `extra` than an entry holds")
    if not lines or not lines[0].startswith(_INDEX) or len(lines) - 1 > PATH_HASHES_MAX:
        raise NoteError("no index, or more hashes than a tree is high")
    index = whole_number(lines[0].removeprefix(_INDEX))
    path = tuple(base64_bytes(line) for line in lines[1:])
    if any(len(step) != HASH_BYTES for step in path):
        raise NoteError("a hash that is not 32 bytes")
    return Proof(index, path, parse_note(note), extra)


def verify_proof(
    proof: Proof,
    entry: bytes,
    key: VerifierKey,
    witnesses: Iterable[VerifierKey] = (),
    policy: Policy | None = None,
) -> Shown:
    """What the proof shows of an entry, by the key of its log. witnesses: keys of types 0x04 and
    0x06 whose receipts the reader wants to see.

    Raises NoteError where it shows nothing: another entry or index, a head that the key did not
    sign, another log's, or a receipt by one of these keys that does not verify."""
    verify_note(proof.note, key)
    checkpoint = parse_checkpoint(proof.note.text)
    if checkpoint.origin != key.name:
        raise NoteError(f"a head of {checkpoint.origin} under the key of {key.name}")
    leaf = leaf_hash(entry)
    if not verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root):
        raise NoteError("hashes that do not lead from this entry to the signed root")
    quorum = None if policy is None else label(policy, proof.note)
    return Shown(checkpoint, proof.index, leaf, receipts(proof.note, witnesses), quorum)
