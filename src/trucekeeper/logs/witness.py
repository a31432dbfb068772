"""The witness protocol (C2SP tlog-witness, add-checkpoint) as pure functions: requests, what a
witness decides, answers.

A shell does the rest: it looks up the head that it cosigned last and the log's key, asks `decide`,
and on `Accepted` replaces that head by compare-and-swap and makes it durable *before* it cosigns
and answers. Otherwise two requests at once could make it sign a smaller head after a larger one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.cosignature import known
from trucekeeper.logs.note import (
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    Note,
    NoteError,
    SignatureLine,
    VerifierKey,
    parse_line,
    parse_note,
    verify_note,
)
from trucekeeper.logs.text import base64_bytes, base64_text, whole_number
from trucekeeper.logs.tree import EMPTY_ROOT, HASH_BYTES, verify_consistency

PROOF_LINES_MAX = 63
#: What a server need read of a request at most.
REQUEST_BYTES_MAX = NOTE_BYTES_MAX + 64 * 64
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
PATH = "add-checkpoint"


@dataclass(frozen=True, slots=True)
class Request:
    """A head to be cosigned, and the proof that the head of size `old` is its prefix."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    def __bytes__(self) -> bytes:
        lines = [f"old {self.old}\n", *(f"{base64_text(step)}\n" for step in self.proof), "\n"]
        return "".join(lines).encode() + bytes(self.note)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """The head follows from the last one. Keep it in the place of the head of size `old`, durably
    and only if that is still the last; then cosign it and answer with `cosigned`."""

    checkpoint: Checkpoint
    note: Note
    old: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer that says why not. two_histories: the log signed this head and the last one, which
    are of one size and differ: evidence to keep."""

    answer: Answer
    two_histories: bool = False


def request(old: int, proof: Sequence[bytes], note: Note) -> Request:
    """The request of a log for receipts of its head. old: the size that the witness is taken to
    have, 0 if that is not known. Raises NoteError where the note is no head."""
    assert len(proof) <= PROOF_LINES_MAX
    return Request(old, tuple(proof), note, parse_checkpoint(note.text))


def parse_request(data: bytes) -> Request:
    """The request of a body. Raises NoteError."""
    head, separator, rest = data.partition(b"\n\n")
    if not separator or len(data) > REQUEST_BYTES_MAX or head.count(b"\n") > PROOF_LINES_MAX:
        raise NoteError("a request without a head, or too long")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise NoteError("a request whose proof is not ASCII") from error
    if not first.startswith("old "):
        raise NoteError("a request without its old size")
    proof = tuple(base64_bytes(line) for line in lines)
    if any(len(step) != HASH_BYTES for step in proof):
        raise NoteError("a step of a proof that is not 32 bytes")
    note = parse_note(rest)
    return Request(
        whole_number(first.removeprefix("old ")), proof, note, parse_checkpoint(note.text)
    )


def decide(last: Checkpoint | None, asked: Request, key: VerifierKey | None) -> Accepted | Refused:
    """What a witness does with a request. last: the head that it cosigned last for this origin;
    None: none yet. key: the log's, None where the origin is not known here.

    Statuses: 404 unknown origin; 403 no valid signature of the log; 400 the old size is beyond the
    new; 409 with the size of the last head where the old size is another; 422 the proof does not
    verify, or one size has two roots.
    """
    head = asked.checkpoint
    if key is None or key.name != head.origin:
        return Refused(_said(404, "no such log here"))
    try:
        verify_note(asked.note, key)
    except NoteError:
        return Refused(_said(403, "no signature of the log that verifies"))
    size = last.size if last else 0
    two = last is not None and last.size == head.size and last.root != head.root
    if asked.old > head.size:
        return Refused(_said(400, "the old size is beyond the new"), two)
    if asked.old != size:
        return Refused(Answer(409, SIZE_TYPE, f"{size}\n".encode()), two)
    if not _follows(last.root if last else EMPTY_ROOT, asked):
        return Refused(_said(422, "the proof does not verify"), two)
    return Accepted(head, asked.note, asked.old)


def _follows(old_root: bytes, asked: Request) -> bool:
    """Whether the head is shown to follow from the old one. From nothing everything follows, with
    an empty proof; only the empty tree has no leaf."""
    head = asked.checkpoint
    if asked.old == 0:
        return not asked.proof and (head.size > 0 or head.root == EMPTY_ROOT)
    return verify_consistency(asked.old, old_root, head.size, head.root, asked.proof)


def malformed() -> Answer:
    """The answer to what is no request."""
    return _said(400, "not a request of add-checkpoint")


def cosigned(lines: Iterable[SignatureLine]) -> Answer:
    """The answer with the cosignatures of an accepted head."""
    return Answer(200, TEXT_TYPE, "".join(f"{line}\n" for line in lines).encode())


def receipts_of(
    answer: Answer, head: Note, keys: Iterable[VerifierKey]
) -> tuple[SignatureLine, ...]:
    """The cosignatures that a witness gave, those by the given keys, each verified. Raises
    NoteError where one of them does not verify or there is none, and where the answer is another:
    `size_of` says whether to ask again with another old size."""
    if answer.status != 200:
        raise NoteError(f"a witness refused: status {answer.status}")
    try:
        lines = answer.body.decode("utf-8") if len(answer.body) <= NOTE_BYTES_MAX else ""
    except UnicodeDecodeError as error:
        raise NoteError("cosignatures that are not UTF-8") from error
    if not lines.endswith("\n") or lines.count("\n") > SIGNATURES_MAX:
        raise NoteError("no cosignatures, or too many")
    given = Note(head.text, tuple(parse_line(line) for line in lines[:-1].split("\n")))
    found = known(given, keys).signatures
    if not found:
        raise NoteError("no cosignature by a known key")
    return found


def size_of(answer: Answer) -> int | None:
    """The size of the last head of a witness that says it has another than was supposed; None where
    the answer is none of that sort. Raises NoteError where it is, and has no size."""
    if answer.status != 409 or answer.type.partition(";")[0].strip().lower() != SIZE_TYPE:
        return None
    if not re.fullmatch(rb"[0-9]{1,19}\n", answer.body):
        raise NoteError("a size that is no number")
    return whole_number(answer.body.decode("ascii").removesuffix("\n"))


def monitoring_path(origin: str) -> str:
    """Where below its prefix a witness shows the head that it cosigned last for an origin (C2SP
    tlog-witness)."""
    return f"{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"


def _said(status: int, reason: str) -> Answer:
    return Answer(status, TEXT_TYPE, f"{reason}\n".encode())
