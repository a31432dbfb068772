"""The hashes of a log, level by level as its tiles hold them, in little memory: 32 bytes an entry.

A value grows into a larger value that shares its memory, so that appending costs what is
appended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import overload

from trucekeeper.logs.tiles import TILE_WIDTH, tile_path, widths
from trucekeeper.logs.tree import EMPTY_ROOT, HASH_BYTES, root


class Hashes(Sequence[bytes]):
    """Hashes of 32 bytes in order. Never changes; compares equal to hashes of the same bytes."""

    __slots__ = ("_buffer", "_size")

    def __init__(self, hashes: Sequence[bytes] = ()) -> None:
        self._buffer = bytearray().join(hashes)
        self._size = len(hashes)

    def grown(self, more: Sequence[bytes]) -> Hashes:
        """These hashes and more after them. The first to grow goes on in the same memory, where
        what was there stays as it is; a second one copies."""
        larger = Hashes()
        used = self._size * HASH_BYTES
        larger._buffer = self._buffer if len(self._buffer) == used else self._buffer[:used]
        larger._buffer += b"".join(more)
        larger._size = self._size + len(more)
        return larger

    def packed(self, start: int, end: int) -> bytes:
        """The bytes of the hashes from start to before end."""
        assert 0 <= start <= end <= self._size
        return bytes(self._buffer[start * HASH_BYTES : end * HASH_BYTES])

    def tile(self, number: int) -> list[bytes]:
        """The hashes of one full tile."""
        data = self.packed(number * TILE_WIDTH, (number + 1) * TILE_WIDTH)
        return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Hashes: ...
    def __getitem__(self, index: int | slice) -> bytes | Hashes:
        if isinstance(index, slice):
            start, end, step = index.indices(self._size)
            assert step == 1
            part = Hashes()
            part._size = max(0, end - start)
            part._buffer = self._buffer[start * HASH_BYTES : (start + part._size) * HASH_BYTES]
            return part
        index = range(self._size)[index]
        return bytes(self._buffer[index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def __iter__(self) -> Iterator[bytes]:
        for tile, width in widths(self._size):
            data = self.packed(tile * TILE_WIDTH, tile * TILE_WIDTH + width)
            for at in range(0, len(data), HASH_BYTES):
                yield data[at : at + HASH_BYTES]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Hashes):
            return NotImplemented
        return self._size == other._size and self.packed(0, self._size) == other.packed(
            0, other._size
        )

    __hash__ = None  # type: ignore[assignment]  # compared by value, too large to be a key


class Levels:
    """The tile levels of one tree: level 0 its leaf hashes, level L the roots of the full tiles of
    level L − 1. Never changes."""

    __slots__ = ("_levels",)

    def __init__(self, levels: tuple[Hashes, ...] = (Hashes(),)) -> None:
        self._levels = levels

    def __eq__(self, other: object) -> bool:
        return self.leaves == other.leaves if isinstance(other, Levels) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # compared by value, too large to be a key

    @property
    def leaves(self) -> Hashes:
        """The leaf hashes."""
        return self._levels[0]

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0])

    @property
    def height(self) -> int:
        """How many levels of tiles there are."""
        return len(self._levels)

    def grown(self, leaves: Sequence[bytes]) -> Levels:
        """The tree with more leaves. Costs what is added."""
        grown: list[Hashes] = []
        more: Sequence[bytes] = leaves
        for level in count():
            if not more and level >= len(self._levels):
                return Levels(tuple(grown))
            held = self._levels[level] if level < len(self._levels) else Hashes()
            larger = held.grown(more)
            first, after = len(held) // TILE_WIDTH, len(larger) // TILE_WIDTH
            more = [root(larger.tile(number)) for number in range(first, after)]
            grown.append(larger)
        raise AssertionError

    def root(self, size: int | None = None) -> bytes:
        """The root over all leaves, or over the first `size` of them: over what lies at the right
        edge of each level, from below. Costs at most one tile a level."""
        size = self.size if size is None else size
        assert 0 <= size <= self.size
        node: list[bytes] = []
        for level in count():
            width = size >> (8 * level)
            if not width:
                return node[0] if node else EMPTY_ROOT
            edge = [*self._levels[level][width - width % TILE_WIDTH : width], *node]
            node = [root(edge)] if edge else []
        raise AssertionError

    def tile(self, level: int, number: int, width: int) -> bytes | None:
        """The content of a tile; None where this tree does not have it yet."""
        start = number * TILE_WIDTH
        if level >= len(self._levels) or start + width > len(self._levels[level]):
            return None
        return self._levels[level].packed(start, start + width)

    def above(self, level: int, number: int) -> bytes:
        """The root of a full tile, as the level above holds it."""
        return self._levels[level + 1][number]

    def tiles(self, old_size: int = 0) -> Iterator[tuple[str, bytes]]:
        """Path and content of every tile of this tree that the tree of old_size did not have."""
        for level, hashes in enumerate(self._levels):
            old = old_size >> (8 * level)
            for number in range(old // TILE_WIDTH, -(-len(hashes) // TILE_WIDTH)):
                start = number * TILE_WIDTH
                end = min(start + TILE_WIDTH, len(hashes))
                if end > old:
                    yield tile_path(level, number, end - start), hashes.packed(start, end)
