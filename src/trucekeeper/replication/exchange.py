"""What a node answers to other nodes: a request in, a response out, whatever carries them.

    GET  /node                          agreement, participants, the roster rows the reader may read
    GET  /heads                         the signed heads of all logs that the reader may read
    GET  /<log>/checkpoint              one signed head with its receipts
    GET  /<log>/tile/...                tiles and bundles (C2SP tlog-tiles), never beyond the head
    GET  /<log>.branches/<root>/...     another history of a log, in the same layout
    GET  /payloads/<digest>             a payload cited by a log that the reader may read
    POST /add-checkpoint                a head to be witnessed (C2SP tlog-witness)
    GET  /<sha256 of origin>/checkpoint the latest head witnessed of a log

A reader is a participant whose node signed the request; everybody else reads what is public. What a
reader may not read is answered as what does not exist."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from trucekeeper.agreement.rules import PUBLIC, Agreement
from trucekeeper.errors import StorageError, VerificationError
from trucekeeper.governance.record import RosterRow
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.note import NoteError, parse_note
from trucekeeper.logs.tiles import TILE_WIDTH, parse_tile_path
from trucekeeper.logs.witness import monitoring_path
from trucekeeper.replication.identity import Identity
from trucekeeper.replication.limits import MEMBER, STRANGER, Rates
from trucekeeper.replication.message import REQUEST_BYTES_MAX, Request, Response
from trucekeeper.replication.signing import (
    Seen,
    SignatureError,
    find_key,
    read_signature,
    tag,
    verify,
)
from trucekeeper.storage.disk import Disk, read_or_none
from trucekeeper.storage.histories import branch_folders
from trucekeeper.storage.log_folder import HEAD
from trucekeeper.storage.roster import read_roster, read_trust_of
from trucekeeper.storage.trust import NodeKey, Trusted
from trucekeeper.vocabulary.ids import LogName, circle_of

_LOG_FILE = re.compile(
    r"/(?P<history>(?P<log>[a-z][a-z0-9.-]{0,120}?)(?:\.branches/[0-9a-f]{16})?)/"
    r"(?P<file>checkpoint|tile/[0-9a-z/.]{1,80})"
)
_WITNESSED = re.compile(r"/([0-9a-f]{64})/checkpoint")
_PAYLOAD = re.compile(r"/payloads/([0-9a-f]{64})")
_NOT_FOUND = Response(404, b"not found\n", {"content-type": "text/plain"})
_YEAR = 31_536_000


class About(msgspec.Struct, frozen=True):
    """What a node says of itself to a reader. agreement: its digest. participants: whose node it
    is. keys, trusted: public halves and key documents, as they stand in its roster."""

    agreement: str
    participants: tuple[str, ...]
    roster: tuple[RosterRow, ...]
    keys: tuple[NodeKey, ...] = ()
    trusted: tuple[Trusted, ...] = ()


class Heads(msgspec.Struct, frozen=True):
    """log, or `<log>.branches/<root>` for another history of it → its head as a note."""

    heads: dict[str, str]


def heads_in(told: Mapping[str, str]) -> dict[LogName, bytes]:
    """The heads of logs in their own place."""
    return {LogName(log): note.encode() for log, note in told.items() if "/" not in log}


def others_in(told: Mapping[str, str], log: str) -> list[str]:
    """The other histories of a log."""
    return sorted(name for name in told if name.startswith(f"{log}.branches/"))


#: Answers a head that was sent to be witnessed: the log, the request's body, who sent it.
AddCheckpoint = Callable[[LogName, bytes, str | None], Response]


def no_payloads(_digest: str) -> Iterable[LogName]:
    """The logs that cite a payload, where no payload is held."""
    return ()


def no_witness(_log: LogName, _body: bytes, _sender: str | None) -> Response:
    """The answer of a node without witness keys."""
    return _NOT_FOUND


@dataclass
class Exchange:
    """One node's side of the exchange. clock: POSIX seconds. prefix: what stands before every path.
    cited: the logs that cite a payload."""

    disk: Disk
    agreement: Agreement
    identity: Identity
    clock: Callable[[], float]
    prefix: str = ""
    cited: Callable[[str], Iterable[LogName]] = no_payloads
    add_checkpoint: AddCheckpoint = no_witness

    def __post_init__(self) -> None:
        self._rates = Rates(self.clock)
        self._seen = Seen(self.clock)

    def answer(self, request: Request) -> Response:
        """The response to a request. Whatever is wrong with it is a response too."""
        if len(request.body) > REQUEST_BYTES_MAX:
            return _refused(413, "too large")
        try:
            reader = self._reader(request)
        except SignatureError as error:
            return _refused(401, str(error))
        name, rate = (f"{reader}", MEMBER) if reader else (f"@{request.client}", STRANGER)
        if not self._rates.take(name, rate):
            return _refused(429, "slower", {"retry-after": "1"})
        try:
            return self._answer(request, reader)
        except (StorageError, VerificationError, OSError):
            return _refused(503, "not readable here")

    def may_read(self, reader: str | None, log: str) -> bool:
        """Whether a reader may read a log; None reads what is public."""
        if reader is None:
            return log in self.agreement.logs and circle_of(log) == PUBLIC
        return self.agreement.may_read(reader, log) or self.may_read(None, log)

    def _reader(self, request: Request) -> str | None:
        """The participant whose node signed; None for everybody else. Raises SignatureError."""
        signed = read_signature(request)
        if signed is None:
            return None
        id = self.agreement.file.agreement.id
        for participant in self.agreement.participants:
            key = find_key(self.identity.known(participant, "node"), signed.key_id)
            if key is None:
                continue
            verify(request, signed, key)
            if signed.tag not in {tag(id, own) for own in self.identity.participants}:
                raise SignatureError("a request for another node")
            self._seen.take(signed)
            return participant
        return None

    def _answer(self, request: Request, reader: str | None) -> Response:
        if not request.path.startswith(f"{self.prefix}/"):
            return _NOT_FOUND
        path = request.path.removeprefix(self.prefix)
        match request.method, path:
            case "GET", "/node":
                return _json(request, self.about(reader))
            case "GET", "/heads":
                return _json(request, Heads(self.heads(reader)))
            case "POST", "/add-checkpoint":
                log = self._log_of(_origin(request.body))
                if log is None or not self.may_read(reader, log):
                    return _NOT_FOUND
                return self.add_checkpoint(log, request.body, reader)
            case "GET", _:
                return self._file(request, reader, path)
            case _:
                return _refused(405, "only GET, and POST of a head", {"allow": "GET, POST"})

    def _log_of(self, told: str, name: Callable[[str], str] = str) -> LogName | None:
        """The log whose origin is told, in the form that `name` gives it."""
        agreement = self.agreement
        return next((log for log in agreement.logs if name(agreement.origin(log)) == told), None)

    def about(self, reader: str | None) -> About:
        """What the node says of itself."""
        rows = tuple(r for r in read_roster(self.disk) if self.may_read(reader, r.log))
        trust = read_trust_of(self.disk)
        own = tuple(k for k in trust.keys if k.participant in self.identity.participants)
        readers = () if reader is None else (reader,)
        told = trust.read_by(self.agreement, readers).participants
        public = tuple(t for t in trust.participants if t.circle == PUBLIC and t not in told)
        return About(self.agreement.digest, self.identity.participants, rows, own, (*told, *public))

    def heads(self, reader: str | None) -> dict[str, str]:
        """The head of each history of a log that is held here and that the reader may read."""
        found = {}
        for log in self.agreement.logs:
            if self.may_read(reader, log):
                for folder in (f"logs/{log}", *branch_folders(self.disk, log)):
                    note = read_or_none(self.disk, f"{folder}/{HEAD}")
                    if note is not None:
                        found[folder.removeprefix("logs/")] = note.decode("utf-8", "replace")
        return found

    def _file(self, request: Request, reader: str | None, path: str) -> Response:
        if (told := _LOG_FILE.fullmatch(path)) and self.may_read(reader, told["log"]):
            return self._log_file(request, told["history"], told["log"], told["file"])
        if told := _WITNESSED.fullmatch(path):
            log = self._log_of(told[0].removeprefix("/"), monitoring_path)
            if log is not None and self.may_read(reader, log):
                return self._static(request, f"witness{told[0]}", _head_headers())
        if (told := _PAYLOAD.fullmatch(path)) and any(
            self.may_read(reader, log) for log in self.cited(told[1])
        ):
            return self._static(request, path.removeprefix("/"), _tile_headers(whole=True))
        return _NOT_FOUND

    def _log_file(self, request: Request, history: str, log: str, name: str) -> Response:
        folder = f"logs/{history}"
        if name == HEAD:
            return self._static(request, f"{folder}/{HEAD}", _head_headers())
        parsed = parse_tile_path(name)
        if parsed is None or not self._within_head(folder, *parsed):
            return _NOT_FOUND
        headers = _tile_headers(whole=parsed[2] == TILE_WIDTH, shared=circle_of(log) == PUBLIC)
        return self._static(request, f"{folder}/{name}", headers, packed=parsed[0] is None)

    def _within_head(self, folder: str, level: int | None, number: int, width: int) -> bool:
        """Whether the signed head covers a tile. What an append wrote before it signed is nobody's
        yet."""
        if not self.disk.exists(f"{folder}/{HEAD}"):
            return False
        try:
            size = parse_checkpoint(parse_note(self.disk.read(f"{folder}/{HEAD}")).text).size
        except NoteError:
            return False
        return number * TILE_WIDTH + width <= size >> (8 * (level or 0))

    def _static(
        self, request: Request, path: str, headers: dict[str, str], *, packed: bool = False
    ) -> Response:
        if not self.disk.exists(path):
            return _NOT_FOUND
        try:
            body = self.disk.read(path)
        except FileNotFoundError:  # outgrown a moment ago
            return _NOT_FOUND
        if packed and "gzip" in request.headers.get("accept-encoding", ""):
            body, headers = gzip.compress(body, 1, mtime=0), headers | {"content-encoding": "gzip"}
        return _with_etag(request, body, headers)


def _origin(body: bytes) -> str:
    """The origin of the head in a request of add-checkpoint; read by itself, so that what is no
    request and what names no log here are answered alike to who may not read."""
    _, _, note = body.partition(b"\n\n")
    return note.partition(b"\n")[0].decode("utf-8", "replace")


def _head_headers() -> dict[str, str]:
    return {"content-type": "text/plain; charset=utf-8", "cache-control": "no-cache"}


def _tile_headers(*, whole: bool, shared: bool = False) -> dict[str, str]:
    """What is whole never changes; what only members read may stay in no shared cache."""
    seconds = f"{_YEAR}, immutable" if whole else "60"
    return {
        "content-type": "application/octet-stream",
        "cache-control": f"{'public' if shared else 'private'}, max-age={seconds}",
        "vary": "accept-encoding, signature-input",
    }


def _json(request: Request, value: msgspec.Struct) -> Response:
    body = msgspec.json.encode(value, order="sorted")
    headers = {"content-type": "application/json", "cache-control": "no-cache"}
    return _with_etag(request, body, headers)


def _with_etag(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """The body, or 304 where the reader has it."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = headers | {"etag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(304, b"", headers)
    return Response(200, body, headers)


def _refused(status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    return Response(status, f"{why}\n".encode(), {"content-type": "text/plain"} | (headers or {}))
