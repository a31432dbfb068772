"""Tiles and entry bundles (C2SP tlog-tiles): their paths and contents for a log of a given size."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence

from trucekeeper.logs.tree import HASH_BYTES, LEAF

TILE_WIDTH = 256
ENTRY_BYTES_MAX = 65_535
#: Levels 0 to 63; numbers of at most 21 digits, so that every one of 64 bits has a path.
_PATH = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/([1-9][0-9]{0,2}))?"
)

_LENGTH = struct.Struct(">H").pack
#: What a file may weigh: a full tile, a bundle of 256 entries of the greatest size.
TILE_BYTES_MAX = TILE_WIDTH * HASH_BYTES
BUNDLE_BYTES_MAX = TILE_WIDTH * (2 + ENTRY_BYTES_MAX)


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
    pieces: list[bytes] = []
    for entry in entries:
        pieces += (_LENGTH(len(entry)), entry)
    return b"".join(pieces)


def bundle_leaves(data: bytes) -> list[bytes] | None:
    """The leaf hashes of a bundle's entries; None where it ends inside one or has more than 256."""
    leaves: list[bytes] = []
    copy = LEAF.copy
    at, size = 0, len(data)
    while at + 1 < size and len(leaves) < TILE_WIDTH:
        start = at + 2
        at = start + (data[at] << 8 | data[at + 1])
        begun = copy()
        begun.update(data[start:at])
        leaves.append(begun.digest())
    return leaves if at == size else None


def bundle_prefix(data: bytes, count: int) -> bytes:
    """The bytes of a sound bundle's first entries."""
    at = 0
    for _ in range(count):
        at += 2 + (data[at] << 8 | data[at + 1])
    return data[:at]


def unpack_bundle(data: bytes, most: int = TILE_WIDTH) -> list[bytes] | None:
    """The entries of a bundle; None where it ends inside one or has more than `most`."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        if at + 2 > len(data) or len(entries) == most:
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


def split_hashes(data: bytes) -> list[bytes] | None:
    """The hashes of a tile; None where its length is no multiple of 32."""
    if not data or len(data) % HASH_BYTES:
        return None
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]
