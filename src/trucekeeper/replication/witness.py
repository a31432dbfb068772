"""Receipts given and asked for (C2SP tlog-witness, tlog-cosignature).

A receipt by a *witness* key says: I have seen this head, and it follows from all heads of the log
that I saw before. A receipt by a *mirror* key says besides: I hold the data. Neither is agreement
with anything in the log, and no writing waits for one.

What a witness has seen stands in `witness/<sha256 of origin>/checkpoint` and is replaced by
compare-and-swap, durably, before a receipt leaves the node."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from threading import Lock

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code, NodeError, Place, Problem
from trucekeeper.logs import witness as protocol
from trucekeeper.logs.checkpoint import Checkpoint
from trucekeeper.logs.cosignature import cosign, merged, own_lines
from trucekeeper.logs.note import (
    Note,
    NoteError,
    SignatureLine,
    VerifierKey,
    parse_note,
    verify_line,
)
from trucekeeper.logs.tile_proofs import TileHashes
from trucekeeper.replication.identity import Identity, NodeSigner
from trucekeeper.replication.message import Response
from trucekeeper.replication.peer import HttpPeer
from trucekeeper.storage.disk import Disk, read_or_none
from trucekeeper.storage.log_folder import HEAD, LOCK, verified_head
from trucekeeper.vocabulary.ids import LogName

#: How often a peer is asked anew because it has seen another size meanwhile.
_TRIES = 5
_RECEIPT_ROLES = ("witness", "mirror")


def no_hint(_log: LogName, _sender: str | None) -> None:
    """What follows from a new head where nobody waits for it."""


def no_suspicion(_log: LogName, _note: Note) -> None:
    """What follows from a head that does not follow from what was seen, where nobody is told."""


@dataclass
class Witness:
    """The receipts of one node. key_of: the key that verifies a head of a log, of those in force at
    its size, None where the log is not on the roster. on_head: a log has a head that this node may
    not hold yet, and who sent it. suspects: a head signed by the log's key that does not follow
    from what was seen."""

    disk: Disk
    agreement: Agreement
    identity: Identity
    clock: Callable[[], float]
    key_of: Callable[[LogName, bytes], VerifierKey | None]
    on_head: Callable[[LogName, str | None], None] = no_hint
    suspects: Callable[[LogName, Note], None] = no_suspicion

    def __post_init__(self) -> None:
        self._guard = Lock()

    def add_checkpoint(self, log: LogName, body: bytes, sender: str | None) -> Response:
        """The answer to a head that is to be witnessed."""
        try:
            asked = protocol.parse_request(body)
        except NoteError:
            return _response(protocol.malformed())
        if not self.identity.witness:
            return _response(protocol.Answer(404, protocol.TEXT_TYPE, b"no witness here\n"))
        self.hold(log)
        with self._alone(log):
            kept, last = self._last(log)
            decided = protocol.decide(last, asked, self.key_of(log, bytes(asked.note)))
            if isinstance(decided, protocol.Accepted):
                self._keep(log, kept, asked.note)
        if isinstance(decided, protocol.Refused):
            if decided.two_histories or decided.answer.status == 422:
                self.suspects(log, asked.note)
            return _response(decided.answer)
        lines = self._lines(self.identity.witness, decided.checkpoint)
        self.on_head(log, sender)
        return _response(protocol.cosigned([*lines, *self._mirror_lines(log, asked.note)]))

    def hold(self, log: LogName) -> None:
        """Give the receipts for a log as it lies here, durably: seen, and held. Where it does not
        follow from what was seen, none. Raises VerificationError, StorageError."""
        here = self._here(log) if self.identity.witness else None
        if here is None:
            return
        note, head = here
        signers = (*self.identity.witness, *self.identity.mirror)
        missing = [s for s in signers if not note.by(s.key)]
        with self._alone(log):
            kept, last = self._last(log)
            follows = last is None or self._follows(log, last, head)
            if follows and (last is None or last.size < head.size):
                self._keep(log, kept, note)
        if not follows:
            self.suspects(log, note)
        elif missing:
            lines = self._lines(missing, head)
            add_receipts(self.disk, log, Note(note.text, tuple(lines)))

    @contextlib.contextmanager
    def _alone(self, log: LogName) -> Iterator[None]:
        """Decide and keep as one step: against the threads of this process, and other processes.
        Raises StorageError where another writes."""
        with self._guard, self.disk.lock(self._path(log).removesuffix(HEAD) + LOCK):
            yield

    def _last(self, log: LogName) -> tuple[bytes | None, Checkpoint | None]:
        """The file and the head that was witnessed last."""
        path = self._path(log)
        kept = read_or_none(self.disk, path)
        key = None if kept is None else self.key_of(log, kept)
        if kept is None or key is None:
            return kept, None
        return kept, verified_head(kept, key, Place(file=path, log=log))

    def _keep(self, log: LogName, kept: bytes | None, note: Note) -> None:
        """Put a head in the place of the last one, durably."""
        key = self.key_of(log, bytes(note))
        assert key is not None
        self.disk.swap(self._path(log), kept, bytes(with_known_lines(note, [key])))

    def _path(self, log: LogName) -> str:
        return f"witness/{protocol.monitoring_path(self.agreement.origin(log))}"

    def _follows(self, log: LogName, last: Checkpoint, head: Checkpoint) -> bool:
        """Whether the log as held here and the head witnessed last are one history, as far as both
        go."""
        if last.size > head.size:
            return True  # seen but not held yet: whether it follows was shown then
        try:
            return own_tiles(self.disk, log, head.size).root(last.size) == last.root
        except NoteError:
            return False

    def _lines(self, signers: Iterable[NodeSigner], head: Checkpoint) -> list[SignatureLine]:
        at = int(self.clock())
        return [cosign(head, signer.key, signer.sign, at) for signer in signers]

    def _mirror_lines(self, log: LogName, note: Note) -> list[SignatureLine]:
        """The receipts "I hold the data" for this very head, where it is held."""
        here = self._here(log)
        if here is None or here[0].text != note.text:
            return []
        return [line for signer in self.identity.mirror for line in here[0].by(signer.key)]

    def _here(self, log: LogName) -> tuple[Note, Checkpoint] | None:
        """The head of a log as it lies here; None where there is none, or it is on no roster."""
        data = read_or_none(self.disk, f"logs/{log}/{HEAD}")
        key = None if data is None else self.key_of(log, data)
        return None if data is None or key is None else _verified(data, log, key)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a peer answered to a head. size: of the head it has seen last; None: it does not follow
    this log. receipts: the head with its lines, verified."""

    size: int | None
    receipts: Note | None = None


def _verified(data: bytes, log: LogName, key: VerifierKey) -> tuple[Note, Checkpoint]:
    """The head of a log as it lies here. Its signature is verified each time, for a receipt by us
    would outlive the bit that flipped on our disk. Raises VerificationError."""
    head = verified_head(data, key, Place(file=f"logs/{log}/{HEAD}", log=log))
    return parse_note(data), head


def ask(
    peer: HttpPeer,
    disk: Disk,
    log: LogName,
    key: VerifierKey,
    old: int,
    keys: Iterable[VerifierKey],
) -> Asked:
    """The receipts of a peer for the head of a log as it lies here. key: the log's. old: the size
    the peer is taken to have seen. keys: the peer's own. Raises NodeError, VerificationError."""
    data = read_or_none(disk, f"logs/{log}/{HEAD}")
    if data is None:
        return Asked(None)
    note, head = _verified(data, log, key)
    own = own_lines(note)
    where = Place(file=f"{peer.name} {peer.authority}/{protocol.PATH}", log=log)
    found = "another size each time"
    try:
        for _ in range(_TRIES):
            proof = own_tiles(disk, log, head.size).consistency(old, head.size)
            response = peer.post(f"/{protocol.PATH}", bytes(protocol.request(old, proof, own)))
            type_ = response.headers.get("content-type", "")
            answer = protocol.Answer(response.status, type_, response.body)
            if answer.status == 404:
                return Asked(None)
            if answer.status == 200:
                return Asked(head.size, Note(note.text, _receipts(answer, own, keys)))
            size = protocol.size_of(answer)
            if size is None:
                found = f"{answer.status} {answer.body[:200].decode('ascii', 'replace').strip()}"
                break
            if size > head.size:
                return Asked(size)
            old = size
    except NoteError as error:
        raise NodeError(Problem(Code.BAD_ANSWER, where, str(error), "receipts")) from error
    raise NodeError(Problem(Code.REFUSED, where, found, "receipts"))


def _receipts(
    answer: protocol.Answer, note: Note, keys: Iterable[VerifierKey]
) -> tuple[SignatureLine, ...]:
    """The lines by known keys; none where no key of the peer is known yet. Raises NoteError where
    one of them does not verify."""
    keys = tuple(keys)
    return protocol.receipts_of(answer, note, keys) if keys else ()


def receipt_keys(identity: Identity, participants: Iterable[str]) -> tuple[VerifierKey, ...]:
    """The keys by which receipts of these participants are known."""
    return tuple(
        key for p in participants for role in _RECEIPT_ROLES for key in identity.known(p, role)
    )


def add_receipts(disk: Disk, log: str, other: Note) -> None:
    """Put another copy's lines beside those of the same head, where it still lies here. The lines
    are verified by the caller. Raises StorageError where another writes."""
    path = f"logs/{log}/{HEAD}"
    here = read_or_none(disk, path)
    if here is None or _merged(here, other) is None:
        return
    with disk.lock(f"logs/{log}/{LOCK}"):
        held = disk.read(path)
        both = _merged(held, other)
        if both is not None:
            disk.swap(path, held, both)


def _merged(held: bytes, other: Note) -> bytes | None:
    """A head's file with further lines; None where it is another head or has them already. The
    log's own signature stays as it is."""
    note = parse_note(held)
    if note.text != other.text:
        return None
    origin = note.text.partition("\n")[0]
    lines = tuple(line for line in other.signatures if line.name != origin)
    both = bytes(merged(note, Note(note.text, lines)))
    return None if both == held else both


def with_known_lines(note: Note, keys: Iterable[VerifierKey]) -> Note:
    """A head with those of its lines that verify by these keys, and no other: a peer cannot fill a
    head with lines of nobody, nor put a wrong one in the place of a right one."""
    lines = []
    for key in keys:
        for line in note.by(key):
            try:
                verify_line(line, key, note.text)
            except NoteError:
                continue
            lines.append(line)
    return Note(note.text, tuple(dict.fromkeys(lines)))


def own_tiles(disk: Disk, log: LogName, size: int) -> TileHashes:
    """The tree of a log that lies here, verified when it was taken in."""

    def read(path: str) -> bytes | None:
        whole = f"logs/{log}/{path}"
        return disk.read(whole) if disk.exists(whole) else None

    return TileHashes(read, size)


def _response(answer: protocol.Answer) -> Response:
    return Response(answer.status, answer.body, {"content-type": answer.type})
