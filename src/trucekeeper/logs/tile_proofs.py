"""Roots and proofs from the tiles of a log (C2SP tlog-tiles), without holding its leaves: RFC 6962,
section 2.1, over the hashes that tiles give. A proof reads a tile or two of each level."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from trucekeeper.logs.text import NoteError
from trucekeeper.logs.tiles import TILE_WIDTH, tile_path
from trucekeeper.logs.tree import EMPTY_ROOT, HASH_BYTES, node_hash, root

TILE_HEIGHT = 8
#: Tiles kept after they are read: some more than the deepest proof needs.
TILES_KEPT = 64
#: Reads a file of a log's folder by its path; None where it is absent.
Read = Callable[[str], bytes | None]


class TileHashes:
    """The tree of a log, read tile by tile as it is needed.

    held: the size of the tree whose tiles there are, where that is more than the sizes asked for
    (the partial tiles of older trees may be deleted). Every method raises NoteError where a tile
    is absent or too short. What the tiles give is theirs: whoever did not verify them compares
    `root` with a signed head.
    """

    def __init__(self, read: Read, held: int | None = None) -> None:
        self._read = read
        self._held = held
        self._tile = lru_cache(TILES_KEPT)(self._read_tile)

    def root(self, size: int) -> bytes:
        """The root of the tree of the first `size` leaves."""
        self._check(size)
        return self._range(0, size, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of a leaf, leaf side first (RFC 6962, 2.1.1)."""
        self._check(size)
        if not 0 <= index < size:
            raise NoteError("an index outside the tree")
        path = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._range(middle, end, size))
                end = middle
            else:
                path.append(self._range(start, middle, size))
                start = middle
        return path[::-1]

    def consistency(self, old: int, size: int) -> list[bytes]:
        """The proof that the tree of `old` leaves is a prefix of that of `size` (RFC 6962, 2.1.2);
        empty where `old` is 0, as C2SP tlog-witness has it."""
        self._check(size)
        if not 0 <= old <= size:
            raise NoteError("an old size beyond the tree")
        if old in (0, size):
            return []
        path = []
        start, end = 0, size
        while old != end:
            middle = start + _split(end - start)
            if old <= middle:
                path.append(self._range(middle, end, size))
                end = middle
            else:
                path.append(self._range(start, middle, size))
                start = middle
        if start:
            path.append(self._range(start, end, size))
        return path[::-1]

    def _check(self, size: int) -> None:
        if size < 0 or (self._held is not None and size > self._held):
            raise NoteError("a size beyond the tree")

    def _range(self, start: int, end: int, size: int) -> bytes:
        """The root over leaves start to end, a subtree of the tree of `size`: start is a multiple
        of the least power of two that is not below its length."""
        length = end - start
        if length & (length - 1) == 0:
            return self._node(length.bit_length() - 1, start // length, size)
        middle = start + _split(length)
        return node_hash(self._range(start, middle, size), self._range(middle, end, size))

    def _node(self, height: int, index: int, size: int) -> bytes:
        """The root of the index-th perfect subtree of 2^height leaves."""
        level, rest = divmod(height, TILE_HEIGHT)
        first = index << rest
        number, offset = divmod(first, TILE_WIDTH)
        held = (size if self._held is None else self._held) >> (TILE_HEIGHT * level)
        tile = self._tile(level, number, min(TILE_WIDTH, held - number * TILE_WIDTH))
        hashes = [
            tile[i * HASH_BYTES : (i + 1) * HASH_BYTES] for i in range(offset, offset + (1 << rest))
        ]
        return root(hashes)

    def _read_tile(self, level: int, number: int, width: int) -> bytes:
        """The tile, or the full one where a partial one is gone."""
        for wide in dict.fromkeys((width, TILE_WIDTH)):
            data = self._read(tile_path(level, number, wide))
            if data is not None:
                if len(data) != wide * HASH_BYTES:
                    raise NoteError("a tile of another length than its name says")
                return data
        raise NoteError("a tile is absent")


def _split(size: int) -> int:
    """The largest power of two below a size of two or more."""
    return 1 << ((size - 1).bit_length() - 1)
