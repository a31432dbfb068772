"""Payloads outside the logs: files named by the SHA-256 of their bytes, and what is inside them.

Inside the age file stands one frame: a line that says what it is, the salt (32 bytes), the length
of the content (8 bytes), the content, and zeros up to a power of two of at least 4,096 bytes. So a
file tells of its content only which of fifteen sizes it fits into. A power of two costs at most
twice the bytes; Padmé (Nikitin et al., PoPETs 2019) costs at most 12 %, but tells 384 sizes apart
where this tells 15, and the pages and lists that are sealed here are small."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from trucekeeper.errors import Code, Place, Problem, StorageError
from trucekeeper.statements.commitment import SALT_BYTES, Salt
from trucekeeper.storage.disk import Disk, replace

FOLDER = "payloads"
PADDED_MIN, PADDED_MAX = 2**12, 2**26
_FRAME = b"trucekeeper-sealed-v1\n"
_LENGTH_BYTES = 8
_HEAD_BYTES = len(_FRAME) + SALT_BYTES + _LENGTH_BYTES
CONTENT_BYTES_MAX = PADDED_MAX - _HEAD_BYTES
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, repr=False)
class Frame:
    """What a sealed file holds: the content, and the salt under which it was committed to."""

    salt: Salt
    content: bytes


def framed(frame: Frame) -> bytes:
    """The padded bytes that are encrypted. Raises StorageError where the content is too large."""
    size = _HEAD_BYTES + len(frame.content)
    if size > PADDED_MAX:
        found, expected = f"{len(frame.content)} bytes", f"at most {CONTENT_BYTES_MAX} bytes"
        raise StorageError(Problem(Code.PAYLOAD_TOO_LARGE, Place(), found, expected))
    length = len(frame.content).to_bytes(_LENGTH_BYTES, "big")
    filled = b"".join([_FRAME, frame.salt.secret, length, frame.content])
    return filled.ljust(padded_size(size), b"\0")


def padded_size(size: int) -> int:
    """The least power of two that holds so many bytes, and never below 4,096."""
    return max(PADDED_MIN, 1 << (size - 1).bit_length())


def unframed(data: bytes) -> Frame | None:
    """What the bytes hold; None where they are no frame in its one form."""
    if not data.startswith(_FRAME) or len(data) < _HEAD_BYTES:
        return None
    at = len(_FRAME)
    secret, length = data[at : at + SALT_BYTES], data[at + SALT_BYTES : _HEAD_BYTES]
    end = _HEAD_BYTES + int.from_bytes(length, "big")
    if (
        end > len(data)
        or len(data) != padded_size(end)
        or data.count(b"\0", end) != len(data) - end
    ):
        return None
    try:
        return Frame(Salt(secret), data[_HEAD_BYTES:end])
    except ValueError:
        return None


class PayloadStore:
    """The folder `payloads/` of a node."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk

    def put(self, data: bytes) -> str:
        """Keep a file durably, read it back; its name."""
        digest = hashlib.sha256(data).hexdigest()
        if not self.holds(digest):
            replace(self.disk, path_of(digest), data)
        self.get(digest)
        return digest

    def holds(self, digest: str) -> bool:
        """Whether there is a file of that name."""
        return self.disk.exists(path_of(digest))

    def get(self, digest: str) -> bytes:
        """A file's bytes, checked against its name. Raises StorageError."""
        where = Place(file=path_of(digest))
        if not self.holds(digest):
            raise StorageError(Problem(Code.PAYLOAD_MISSING, where, "no file", "the payload"))
        data = self.disk.read(where.file or "")
        if hashlib.sha256(data).hexdigest() != digest:
            found = f"{len(data)} other bytes"
            raise StorageError(
                Problem(Code.PAYLOAD_DAMAGED, where, found, "the bytes it is named by")
            )
        return data

    def drop(self, digests: Iterable[str]) -> list[str]:
        """Delete files, and make it last; those that were there."""
        gone = [digest for digest in digests if self.holds(digest)]
        for digest in gone:
            self.disk.remove(path_of(digest))
        if gone:
            self.disk.sync_folder(FOLDER)
        return gone

    def names(self) -> list[str]:
        """The names of all files that are named as payloads are."""
        held = self.disk.files(FOLDER) if self.disk.exists(FOLDER) else []
        return [name for name in held if _DIGEST.fullmatch(name)]

    def problems(self) -> list[Problem]:
        """What is damaged of the files that are held."""
        found: list[Problem] = []
        for name in self.names():
            try:
                self.get(name)
            except StorageError as error:
                found += error.problems
        return found


def path_of(digest: str) -> str:
    """Where a file stands, in a node's folder and on a peer. digest: 64 hexadecimal digits."""
    assert _DIGEST.fullmatch(digest)
    return f"{FOLDER}/{digest}"
