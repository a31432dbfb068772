"""Exchange as one file on a stick: `.tkb`, an age file to the members of a circle.

Inside the encryption:

    trucekeeper-bundle-v1 LF
    {"agreement": ..., "participants": ..., "roster": ..., "circle": ..., "heads": ...} LF
    <path> <length> LF <length bytes>        once for each file
    end <number of files> LF

Paths are those of the exchange (`<log>/checkpoint` stands in `heads`): `<log>/tile/...` and
`payloads/<digest>`. A path names a place in the bundle and never one on a disk. A bundle that is
cut off gives what was whole in it, and a problem. Nothing in it is believed before it is verified,
exactly as over HTTP."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

import msgspec
import pyrage

from trucekeeper.errors import Code, NodeError, Place, Problem, StorageError
from trucekeeper.governance.record import RosterRow
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.note import NoteError, parse_note
from trucekeeper.logs.tiles import TILE_WIDTH, parse_tile_path, tile_path, widths
from trucekeeper.replication.exchange import About, heads_in, others_in
from trucekeeper.replication.message import BODY_BYTES_MAX
from trucekeeper.storage.disk import Disk, read_or_none
from trucekeeper.storage.histories import branch_folders
from trucekeeper.storage.log_folder import HEAD
from trucekeeper.storage.node_folder import NodeFolder
from trucekeeper.storage.trust import ROSTER, NodeKey, Trusted
from trucekeeper.vocabulary.ids import LogName

SUFFIX = ".tkb"
#: What a bundle may hold, so that a small file cannot fill a disk.
BUNDLE_BYTES_MAX = 16 * 2**30
FILES_MAX = 2**22
_MAGIC = b"trucekeeper-bundle-v1\n"
_HEADER_BYTES_MAX = 8_388_608
_FILE = re.compile(
    rb"([a-z][a-z0-9.-]{0,120}?(?:\.branches/[0-9a-f]{16})?/tile/[0-9a-z/.]{1,80}"
    rb"|payloads/[0-9a-f]{64}) (0|[1-9][0-9]{0,8})\n"
)
_LINE_BYTES_MAX = 280


class Header(msgspec.Struct, frozen=True):
    """What a bundle says of itself. heads: log, or another history of
    it → its head as a note."""

    agreement: str
    participants: tuple[str, ...]
    circle: str
    roster: tuple[RosterRow, ...]
    heads: dict[str, str]
    keys: tuple[NodeKey, ...] = ()
    trusted: tuple[Trusted, ...] = ()


# Writing


@dataclass(frozen=True, slots=True)
class Bundled:
    """What a bundle that was written holds, and who can open it."""

    logs: tuple[LogName, ...]
    readers: tuple[str, ...]


def bundle_of(
    node: NodeFolder,
    target: Path,
    circle: str,
    since: Path | None = None,
    payloads: Iterable[str] = (),
) -> Bundled:
    """Write all logs of a circle's face that a node holds into a bundle that the circle's members
    can open. since: an earlier bundle, of which the node is a reader. Raises NodeError,
    QuestionError or StorageError."""
    agreement, disk, trust = node.agreement, node.disk, node.trust
    here, readers = set(node.logs_here()), tuple(agreement.circles[circle].members)
    logs = [log for log in agreement.face_logs(circle) if log in here]
    heads = {
        folder.removeprefix("logs/"): note.decode()
        for log in logs
        for folder in (f"logs/{log}", *branch_folders(disk, log))
        if (note := read_or_none(disk, f"{folder}/{HEAD}")) is not None
    }
    own = tuple(sorted({agreement.owner(log) for log in node.signers}))
    rows = tuple(row for row in node.roster if row.log in logs)
    keys = tuple(key for key in trust.keys if key.participant in own)
    documents = trust.read_by(agreement, readers).participants
    header = Header(agreement.digest, own, circle, rows, heads, keys, documents)
    sizes = {} if since is None else _sizes(since, node)
    recipients = recipients_of(node, readers)
    write_bundle(target, disk, header, recipients, since=sizes, payloads=payloads)
    return Bundled(tuple(log for log in logs if log in heads), readers)


def _sizes(since: Path, node: NodeFolder) -> dict[str, int]:
    earlier = open_bundle(since, [node.keyring.identity])
    try:
        return {name: head_size(note.encode()) for name, note in earlier.header.heads.items()}
    finally:
        earlier.close()


def recipients_of(node: NodeFolder, participants: Iterable[str]) -> list[str]:
    """The age recipients of participants. Raises NodeError where one has none."""
    found: list[str] = []
    for participant in participants:
        texts = node.keyrings.recipients(participant) or node.trust.given(participant, "recipient")
        if not texts:
            where, name = Place(file=ROSTER), f"`{participant}`"
            raise NodeError(Problem(Code.NO_RECIPIENT, where, name, "an age recipient"))
        found += texts
    return found


def write_bundle(
    target: Path,
    disk: Disk,
    header: Header,
    recipients: Sequence[str],
    *,
    since: Mapping[str, int],
    payloads: Iterable[str] = (),
) -> int:
    """Write a bundle of the logs whose heads stand in the header, encrypted to age recipients; how
    many files are in it. since: the size of each log that its readers have already.

    The file is there whole or not at all. Raises StorageError."""
    keys = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    stream = _Stream(_written(disk, header, since, payloads))
    partial = target.with_name(f"{target.name}.new")
    try:
        with partial.open("wb") as file:
            pyrage.encrypt_io(stream, file, keys)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        found = error.strerror or type(error).__name__
        problem = Problem(Code.DISK_FAILED, Place(file=str(target)), found, "a write")
        raise StorageError(problem) from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return stream.files


def head_size(note: bytes) -> int:
    """The size that a signed head tells; 0 where it is none."""
    try:
        return parse_checkpoint(parse_note(note).text).size
    except NoteError:
        return 0


def _written(
    disk: Disk, header: Header, since: Mapping[str, int], payloads: Iterable[str]
) -> Iterator[bytes]:
    """The parts of a bundle in order; a file's line and bytes are one part."""
    yield _MAGIC + msgspec.json.encode(header, order="sorted") + b"\n"
    number = 0
    sizes = {log: head_size(note.encode()) for log, note in header.heads.items()}
    logs = (_log_files(disk, log, size, since.get(log, 0)) for log, size in sizes.items())
    sealed = ((f"payloads/{digest}", f"payloads/{digest}") for digest in payloads)
    for kept, named in chain(chain.from_iterable(logs), sealed):
        if disk.exists(kept):
            data = disk.read(kept)
            number += 1
            yield f"{named} {len(data)}\n".encode() + data
    yield f"end {number}\n".encode()


def _log_files(disk: Disk, log: str, size: int, since: int) -> Iterator[tuple[str, str]]:
    """Where a log's files are kept, and how they are named: those that a log of `since` entries
    does not have whole. Where a partial file has been outgrown, the full one stands for it."""
    for level in (None, *range(8)):
        shift = 8 * (level or 0)
        for number, width in widths(size >> shift):
            if number * TILE_WIDTH + width > since >> shift:
                path = tile_path(level, number, width)
                if not disk.exists(f"logs/{log}/{path}"):
                    path = tile_path(level, number)
                yield f"logs/{log}/{path}", f"{log}/{path}"


class _Stream(io.RawIOBase):
    """Parts as a file that is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._left = b""
        self.files = -2  # the header and the end are no files

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        while not self._left:
            part = next(self._parts, None)
            if part is None:
                return b""
            self._left = part
            self.files += 1
        size = len(self._left) if size < 0 else size
        given, self._left = self._left[:size], self._left[size:]
        return given


# Reading


class Bundle:
    """A bundle as it was opened: a peer like another. `problems`: where it was cut off or
    damaged."""

    def __init__(
        self,
        name: str,
        header: Header,
        file: IO[bytes],
        files: Mapping[str, tuple[int, int]],
        problems: Sequence[Problem],
    ) -> None:
        self.name = name
        self.header = header
        self.problems = tuple(problems)
        self._file = file
        self._files = files

    def about(self) -> About:
        """What the node that made it says of itself."""
        head = self.header
        return About(head.agreement, head.participants, head.roster, head.keys, head.trusted)

    def heads(self) -> Mapping[LogName, bytes]:
        """The heads in it."""
        return heads_in(self.header.heads)

    def others(self, log: LogName) -> list[BundleSource]:
        """The other histories of a log in it."""
        return [BundleSource(self, name) for name in others_in(self.header.heads, log)]

    def source(self, log: LogName) -> BundleSource:
        """The files of one log."""
        return BundleSource(self, log)

    def witnessed(self, _origin: str) -> bytes | None:
        """None: a bundle has no heads that nobody holds."""
        return None

    def payloads(self) -> list[str]:
        """The digests of the payloads in it."""
        return [p.removeprefix("payloads/") for p in self._files if p.startswith("payloads/")]

    def payload(self, path: str, at_most: int) -> bytes | None:
        """`payloads/<digest>`, or its first bytes up to a number; None where it has none."""
        data = self.file(path)
        return None if data is None else data[:at_most]

    def file(self, path: str) -> bytes | None:
        """A file of it; None where it has none."""
        if path not in self._files:
            return None
        at, length = self._files[path]
        self._file.seek(at)
        return self._file.read(length)

    def close(self) -> None:
        """Forget what was decrypted."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class BundleSource:
    """The files of one history of a log in a bundle, as `mirror` reads them."""

    bundle: Bundle
    log: str

    def read(self, path: str) -> bytes | None:
        """A file of the log; None where there is none."""
        if path == HEAD:
            note = self.bundle.header.heads.get(self.log)
            return None if note is None else note.encode()
        return self.bundle.file(f"{self.log}/{path}")


def open_bundle(path: Path, identities: Sequence[Any], *, most: int = BUNDLE_BYTES_MAX) -> Bundle:
    """The bundle of a file. identities: the node's own age identities. Raises NodeError where it
    is none, or not for this node."""
    where = Place(file=str(path))
    plain = tempfile.TemporaryFile()  # noqa: SIM115  # the bundle closes it
    try:
        cut = _decrypted(path, plain, identities, most, where)
        header, files, whole = _indexed(plain, where)
    except BaseException:
        plain.close()
        raise
    problems = [cut] if cut is not None else []
    if not problems and not whole:
        problems.append(Problem(Code.BAD_BUNDLE, where, "no end", "a whole bundle"))
    return Bundle(str(path), header, plain, files, problems)


def _decrypted(
    path: Path, plain: IO[bytes], identities: Sequence[Any], most: int, where: Place
) -> Problem | None:
    """What is wrong with a bundle whose first bytes decrypt. Only what age has verified is in
    `plain`. Raises NodeError where nothing decrypts."""
    try:
        with path.open("rb") as file:
            pyrage.decrypt_io(file, _Bounded(plain, most), identities)
    except pyrage.DecryptError as error:
        code = Code.BUNDLE_NOT_FOR_US if "matching" in str(error) else Code.BAD_BUNDLE
        raise NodeError(Problem(code, where, str(error), "a bundle for this node")) from error
    except OSError as error:
        if plain.tell() == 0:
            found = error.strerror or str(error)
            raise NodeError(Problem(Code.BAD_BUNDLE, where, found, "a bundle")) from error
        return Problem(Code.BAD_BUNDLE, where, str(error), "a whole bundle")
    return None


class _Bounded:
    """A file that takes so many bytes and no more."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        self._left = most

    def write(self, data: bytes) -> int:
        """Write, or raise OSError."""
        self._left -= len(data)
        if self._left < 0:
            raise OSError("larger than is taken")
        return self._file.write(data)

    def flush(self) -> None:
        """Nothing: the file is read by this process alone."""


def _indexed(plain: IO[bytes], where: Place) -> tuple[Header, dict[str, tuple[int, int]], bool]:
    """The header; path → where its bytes stand; whether the end was reached. Raises NodeError where
    there is no header."""
    plain.seek(0, io.SEEK_END)
    size = plain.tell()
    plain.seek(0)
    magic, line = plain.readline(len(_MAGIC)), plain.readline(_HEADER_BYTES_MAX)
    try:
        header = msgspec.json.decode(line if magic == _MAGIC else b"", type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NodeError(Problem(Code.BAD_BUNDLE, where, str(error), "a bundle")) from error
    files: dict[str, tuple[int, int]] = {}
    while len(files) < FILES_MAX:
        line = plain.readline(_LINE_BYTES_MAX)
        if line == f"end {len(files)}\n".encode():
            return header, files, plain.tell() == size
        told = _FILE.fullmatch(line)
        at, length = plain.tell(), int(told[2]) if told else 0
        if told is None or length > BODY_BYTES_MAX or at + length > size:
            break
        name = told[1].decode()
        if name in files or not _is_ours(name):
            break
        files[name] = (at, length)
        plain.seek(length, io.SEEK_CUR)
    return header, files, False


def _is_ours(name: str) -> bool:
    _, _, rest = name.partition("/tile/")
    return name.startswith("payloads/") or parse_tile_path(f"tile/{rest}") is not None
