"""What a log has more than one that is held: bundles and tiles, each a new file, never overwritten.

Nothing refers to the files until a head that covers them is published; until then they may be torn
or missing and are no part of the log."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from itertools import zip_longest

from trucekeeper.errors import Code, Place, Problem, StorageError
from trucekeeper.logs.tiles import (
    TILE_BYTES_MAX,
    TILE_WIDTH,
    parse_tile_path,
    tile_path,
)
from trucekeeper.storage.beside import Beside
from trucekeeper.storage.disk import PARTIAL, Disk, read_or_none
from trucekeeper.storage.log_folder import HeldLog
from trucekeeper.storage.recheck import check, expected

#: Room beyond what a batch needs: its head, and the blocks that file systems round up to.
RESERVE_BYTES = 1 << 20
_BLOCK = 4096
#: How many files a helper makes durable and looks at at once.
PART_FILES = 256


class Growth:
    """Writes the bundles and tiles of a log that grows, one bundle after another. keep: leave alone
    what holds the right bytes already, for a published head may rest on it. helper: makes durable
    what was written, and looks at it, while more is written."""

    def __init__(
        self,
        disk: Disk,
        folder: str,
        held: HeldLog,
        *,
        keep: bool = False,
        helper: Beside | None = None,
    ) -> None:
        self.disk = disk
        self.folder = folder
        self.keep = keep
        self.helper = helper
        self.old_size = held.size
        self.levels = held.levels
        self.paths: list[str] = []
        self.parts: list[list[str]] = []

    def add(self, bundle: bytes, leaves: Sequence[bytes], *, written: bool = False) -> None:
        """The next bundle, whole from its beginning, and the leaf hashes of its new entries.
        written: it lies on the disk already."""
        before = self.levels.size
        self.levels = self.levels.grown(leaves)
        number = before // TILE_WIDTH
        path = tile_path(None, number, self.levels.size - number * TILE_WIDTH)
        self._write(path, None if written else bundle)
        for tile, data in self.levels.tiles(before):
            if len(data) == TILE_BYTES_MAX:
                self._write(tile, data)

    def finish(self) -> None:
        """The partial tiles; then everything is durable. What a helper has made so already costs
        little here, and no error is taken from anybody but our own disk."""
        for tile, data in self.levels.tiles(self.old_size):
            if len(data) < TILE_BYTES_MAX:
                self._write(tile, data)
        self._next_part()
        self.disk.sync_many([f"{self.folder}/{path}" for part in self.parts for path in part])

    def check(self) -> None:
        """Read everything back and hash it again. Raises StorageError."""
        *others, last = self.parts
        check(self.disk, self.folder, self.levels, last)
        looked = [] if self.helper is None else self.helper.digests()
        for part, digest in zip_longest(others, looked[: len(others)]):
            if digest != expected(self.levels, part):
                check(self.disk, self.folder, self.levels, part)

    def _write(self, path: str, data: bytes | None) -> None:
        whole = f"{self.folder}/{path}"
        if data is not None and not (self.keep and read_or_none(self.disk, whole) == data):
            self.disk.write(whole, data)
        self.paths.append(path)
        if self.helper is not None and len(self.paths) >= PART_FILES:
            self.helper.look(self.paths)
            self._next_part()

    def _next_part(self) -> None:
        self.parts.append(self.paths)
        self.paths = []


def reserve(disk: Disk, where: Place, need: int, files: int) -> None:
    """Refuse early what the disk has no room for. Raises StorageError."""
    need += files * _BLOCK + RESERVE_BYTES
    if (free := disk.free_bytes()) < need:
        problem = Problem(Code.DISK_FULL, where, f"{free} bytes free", f"{need} bytes")
        raise StorageError(problem)


def clear_beyond(disk: Disk, folder: str, size: int) -> None:
    """Remove what an interrupted writer left beyond a head of this size."""
    for path in disk.files(folder):
        parsed = parse_tile_path(path)
        if parsed is not None:
            level, number, width = parsed
            beyond = number * TILE_WIDTH + width > size >> (8 * (level or 0))
        else:
            beyond = path.endswith(PARTIAL)
        if beyond:
            disk.remove(f"{folder}/{path}")


def clear_partials_beyond(disk: Disk, folder: str, old_size: int, size: int) -> None:
    """Remove the partial files that an interrupted writer left between a head of old_size and one
    of size: a process that was killed may have written a part of one, and a larger head would take
    it for its own."""
    for level in (None, *range(8)):
        shift = 8 * (level or 0)
        old, new = old_size >> shift, size >> shift
        for number in range(old // TILE_WIDTH, new // TILE_WIDTH + 1):
            partial = f"{folder}/{tile_path(level, number)}.p"
            for name in disk.files(partial):
                if not name.isdecimal() or number * TILE_WIDTH + int(name) > old:
                    disk.remove(f"{partial}/{name}")
        if level is not None and not new:
            return


def clear_outgrown(disk: Disk, folder: str, old_size: int, size: int) -> None:
    """Remove the partial files whose full one exists since the log grew from old_size to size, as
    C2SP tlog-tiles allows. What cannot be removed does no harm."""
    level, old, new = 0, old_size, size
    while old:
        number, width = divmod(old, TILE_WIDTH)
        if width and new // TILE_WIDTH > number:
            for kind in (level, None) if level == 0 else (level,):
                partial = f"{folder}/{tile_path(kind, number)}.p"
                with contextlib.suppress(StorageError):
                    for name in disk.files(partial):
                        disk.remove(f"{partial}/{name}")
        level, old, new = level + 1, old >> 8, new >> 8
