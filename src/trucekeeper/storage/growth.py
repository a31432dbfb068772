"""What a log has more than one that is held: bundles and tiles, each a new file, never overwritten.

Nothing refers to the files until a head that covers them is published; until then they may be torn
or missing and are no part of the log."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from trucekeeper.errors import Code, Place, Problem, StorageError
from trucekeeper.logs.tiles import (
    TILE_BYTES_MAX,
    TILE_WIDTH,
    bundle_leaves,
    parse_tile_path,
    split_hashes,
    tile_path,
)
from trucekeeper.logs.tree import root
from trucekeeper.storage.disk import PARTIAL, Disk
from trucekeeper.storage.log_folder import HeldLog

#: Room beyond what a batch needs: its head, and the blocks that file systems round up to.
RESERVE_BYTES = 1 << 20
_BLOCK = 4096


class Growth:
    """Writes the bundles and tiles of a log that grows, one bundle after another."""

    def __init__(self, disk: Disk, folder: str, held: HeldLog) -> None:
        self.disk = disk
        self.folder = folder
        self.old_size = held.size
        self.levels = held.levels
        self.paths: list[str] = []

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
        """The partial tiles; then everything is made durable."""
        for tile, data in self.levels.tiles(self.old_size):
            if len(data) < TILE_BYTES_MAX:
                self._write(tile, data)
        self.disk.sync_many([f"{self.folder}/{path}" for path in self.paths])

    def check(self) -> None:
        """Read everything back and hash it again, up to the root. A bit that flipped on the way to
        the disk, or while it was hashed, would otherwise be signed and end the log.

        Raises StorageError."""
        for path in self.paths:
            data = self.disk.read(f"{self.folder}/{path}")
            parsed = parse_tile_path(path)
            assert parsed is not None
            level, number, width = parsed
            if level is None:
                given = b"".join(bundle_leaves(data) or [])
                sound = given == self.levels.tile(0, number, width)
            else:
                sound = data == self.levels.tile(level, number, width)
                if width == TILE_WIDTH:
                    above = root(split_hashes(data) or [])
                    sound = sound and above == self.levels.above(level, number)
            if not sound:
                where = Place(file=f"{self.folder}/{path}")
                raise StorageError(
                    Problem(Code.DISK_FAILED, where, "other bytes than written", "what was written")
                )

    def _write(self, path: str, data: bytes | None) -> None:
        if data is not None:
            self.disk.write(f"{self.folder}/{path}", data)
        self.paths.append(path)


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
