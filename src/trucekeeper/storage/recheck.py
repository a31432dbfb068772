"""What was written, read back and hashed again, as far as possible beside the writing: a second
process looks at a large batch part after part, as each has become durable."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import multiprocessing
import os
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection

from trucekeeper.errors import Code, Place, Problem, StorageError
from trucekeeper.logs.levels import Levels
from trucekeeper.logs.tiles import TILE_WIDTH, bundle_leaves, parse_tile_path, split_hashes
from trucekeeper.logs.tree import root
from trucekeeper.storage.disk import Disk

#: From this many entries on a second process pays.
BESIDE_ENTRIES_MIN = 50_000


def seen(disk: Disk, folder: str, paths: Sequence[str]) -> bytes:
    """The digest of what the files give when they are read and hashed: of a bundle its leaf hashes,
    of a tile its hashes and, where it is full, their root."""
    digest = hashlib.sha256()
    for path in paths:
        data = disk.read(f"{folder}/{path}")
        if path.startswith("tile/entries/"):
            digest.update(b"".join(bundle_leaves(data) or [b"torn"]))
        else:
            digest.update(data)
            if "." not in path:
                digest.update(root(split_hashes(data) or []))
    return digest.digest()


def expected(levels: Levels, paths: Sequence[str]) -> bytes:
    """What `seen` must give, by the hashes about to be signed."""
    digest = hashlib.sha256()
    for path in paths:
        parsed = parse_tile_path(path)
        assert parsed is not None
        level, number, width = parsed
        digest.update(levels.tile(level or 0, number, width) or b"")
        if level is not None and width == TILE_WIDTH:
            digest.update(levels.above(level, number))
    return digest.digest()


def check(disk: Disk, folder: str, levels: Levels, paths: Sequence[str]) -> None:
    """Read files back and hash them again. Raises StorageError that names the first that differs. A
    bit that flipped on the way to the disk, or while it was hashed, would otherwise be signed and
    end the log."""
    for path in paths:
        if seen(disk, folder, [path]) != expected(levels, [path]):
            raise differs(f"{folder}/{path}")


def differs(file: str) -> StorageError:
    """What is told of a file that does not hold what was written."""
    found, wanted = "other bytes than written", "what was written"
    return StorageError(Problem(Code.DISK_FAILED, Place(file=file), found, wanted))


class Beside:
    """A second process that looks at files as they become durable. It is given paths and answers
    with digests; where there is none, or it died, `digest` says nothing."""

    def __init__(self, disk: Disk, folder: str) -> None:
        context = multiprocessing.get_context("fork")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(
            target=_look, args=(disk, folder, theirs, self._ours), daemon=True
        )
        self._process.start()
        theirs.close()

    def look(self, paths: Sequence[str]) -> None:
        """Let it look at these files."""
        with contextlib.suppress(OSError):
            self._ours.send(paths)

    def digest(self) -> bytes | None:
        """What it saw in the next of the parts it was given."""
        try:
            return self._ours.recv_bytes()
        except (OSError, EOFError):
            return None

    def end(self) -> None:
        """Let it end."""
        self._ours.close()
        self._process.join()


def beside(disk: Disk, folder: str, entries: int) -> Beside | None:
    """A second process for a large batch, where the system can give one: a process is copied only
    while it has one thread."""
    able = hasattr(os, "fork") and (os.cpu_count() or 1) > 1 and threading.active_count() == 1
    return Beside(disk, folder) if able and disk.shared and entries >= BESIDE_ENTRIES_MIN else None


def _look(disk: Disk, folder: str, paths: Connection, other_end: Connection) -> None:
    gc.disable()
    other_end.close()
    with contextlib.suppress(EOFError, OSError):
        while True:
            part = paths.recv()
            try:
                digest = seen(disk, folder, part)
            except (StorageError, FileNotFoundError):
                digest = b""
            paths.send_bytes(digest)
