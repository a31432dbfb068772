"""Tiles and entry bundles (C2SP tlog-tiles): their paths and contents for a log of a given size."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence

from trucekeeper.logs.tree import HASH_BYTES, root

TILE_WIDTH = 256
ENTRY_BYTES_MAX = 65_535
_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


def tile_path(level: int | None, number: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile, or of an entry bundle where level is None. width below 256: a partial
    one."""
    text = f"{number % 1000:03d}"
    while number >= 1000:
        number //= 1000
        text = f"x{number % 1000:03d}/{text}"
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{'entries' if level is None else level}/{text}{partial}"


def parse_tile_path(path: str) -> tuple[int | None, int, int] | None:
    """Level (None for entries), number and width of a path; None where it is no path of a tile."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    number = int(match[2].replace("x", "").replace("/", ""))
    width = int(match[3]) if match[3] else TILE_WIDTH
    level = None if match[1] == "entries" else int(match[1])
    return (
        (level, number, width)
        if tile_path(level, number, width) == path and width <= TILE_WIDTH
        else None
    )


def pack_bundle(entries: Sequence[bytes]) -> bytes:
    """Up to 256 entries, each after its length in two bytes, big-endian."""
    assert all(len(entry) <= ENTRY_BYTES_MAX for entry in entries)
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def unpack_bundle(data: bytes) -> list[bytes] | None:
    """The entries of a bundle; None where it ends inside one."""
    entries = []
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            return None
        end = at + 2 + (data[at] << 8 | data[at + 1])
        if end > len(data):
            return None
        entries.append(data[at + 2 : end])
        at = end
    return entries


def widths(size: int) -> Iterator[tuple[int, int]]:
    """(number, width) of the tiles of one level over `size` hashes: full ones, then the partial one
    if any."""
    for number in range(size // TILE_WIDTH):
        yield number, TILE_WIDTH
    if size % TILE_WIDTH:
        yield size // TILE_WIDTH, size % TILE_WIDTH


def levels(leaves: Sequence[bytes]) -> Iterator[tuple[int, Sequence[bytes]]]:
    """The hashes of each tile level from 0 up: those of level L are the roots of the full tiles of
    level L − 1."""
    level, hashes = 0, leaves
    while hashes:
        yield level, hashes
        full = len(hashes) // TILE_WIDTH
        hashes = [root(hashes[i * TILE_WIDTH : (i + 1) * TILE_WIDTH]) for i in range(full)]
        level += 1


def tiles_between(leaves: Sequence[bytes], old_size: int) -> Iterator[tuple[str, bytes]]:
    """Path and content of every tile of this tree that the tree of old_size did not have."""
    for level, hashes in levels(leaves):
        old = old_size >> (8 * level)
        for number, width in widths(len(hashes)):
            if number * TILE_WIDTH + width > old:
                start = number * TILE_WIDTH
                yield tile_path(level, number, width), b"".join(hashes[start : start + width])


def split_hashes(data: bytes) -> list[bytes] | None:
    """The hashes of a tile; None where its length is no multiple of 32."""
    if not data or len(data) % HASH_BYTES:
        return None
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]
