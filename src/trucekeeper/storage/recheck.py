"""What was written, read back and hashed again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from trucekeeper.errors import Code, Place, Problem, StorageError
from trucekeeper.logs.levels import Levels
from trucekeeper.logs.tiles import TILE_WIDTH, bundle_leaves, parse_tile_path, split_hashes
from trucekeeper.logs.tree import root
from trucekeeper.storage.disk import Disk


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
