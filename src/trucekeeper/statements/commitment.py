"""Salted commitments: a promise to bytes, or to a list cell by cell, that says nothing of them.

Every function here takes a `Salt`, and a salt has 32 bytes that nobody else knows: there is no way
to ask for the hash of a name alone, which could be guessed. Each hash begins with a line of its own
(domain separation), so that none can be passed off as another, nor as a hash of the log's tree.
Where the bytes are written down for other languages: docs/formats.md, tests/vectors/sealed.json.

A list is a Merkle tree over its rows, each row over its cells, each cell under a salt of its own
that is derived from the list's. So a few cells can be opened, to somebody who then knows that they
stood in the list of the log, and learns nothing of the others but how many there are."""

from __future__ import annotations

import hashlib
import hmac
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

SALT_BYTES = HASH_BYTES = 32
ROWS_MAX, FIELDS_MAX = 100_000, 100

_PAYLOAD = b"trucekeeper-payload-v1\n"
_SALT = b"trucekeeper-cell-salt-v1\n"
_CELL = b"trucekeeper-cell-v1\n"
_ROW = b"trucekeeper-row-v1\n"
_NODE = b"trucekeeper-rows-v1\n"
_LIST = b"trucekeeper-list-v1\n"

List = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, repr=False)
class Salt:
    """32 secret bytes. Raises ValueError for any other number, and for bytes that are all alike."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != SALT_BYTES or len(set(self.secret)) == 1:
            raise ValueError(f"a salt is {SALT_BYTES} random bytes")


def commit(salt: Salt, origin: str, content: bytes) -> bytes:
    """The commitment to a payload: SHA-256 of the domain, the salt, the origin of the log in which
    it is stated with its length in two bytes, and the content.

    The origin keeps another from passing a copied commitment off as its own."""
    return _hash(_PAYLOAD, salt.secret, _named(origin), content)


def cell_salt(salt: Salt, row: int, column: int) -> Salt:
    """The salt of one cell of a list: HMAC-SHA256 under the list's own, so that one cell's salt
    tells nothing of another's."""
    place = _SALT + _u32(row) + _u16(column)
    return Salt(hmac.new(salt.secret, place, hashlib.sha256).digest())


def commit_cell(salt: Salt, row: int, column: int, value: str) -> bytes:
    """The commitment to one cell. salt: the cell's own."""
    return _hash(_CELL, salt.secret, _u32(row), _u16(column), value.encode())


def commit_row(row: int, cells: Sequence[bytes]) -> bytes:
    """The hash of a row over the commitments to its cells."""
    return _hash(_ROW, _u32(row), *cells)


def cells_of(salt: Salt, row: int, values: Sequence[str]) -> list[bytes]:
    """The commitments to the cells of a row."""
    return [commit_cell(cell_salt(salt, row, c), row, c, value) for c, value in enumerate(values)]


def commit_list(salt: Salt, origin: str, rows: List) -> bytes:
    """The commitment to a list. rows: the names of its fields, then its rows, all of one width.

    Raises ValueError where they are not, or where there are more than can be committed to."""
    if not is_list(rows):
        raise ValueError("no list: rows of one width, the first of which names the fields")
    above = _Rows((), _hashes(salt, rows)).whole(0, len(rows))
    return list_root(origin, len(rows), len(rows[0]), above)


def is_list(rows: List) -> bool:
    """Whether the rows can be committed to: a row of names and perhaps more, all of one width."""
    return (
        0 < len(rows) <= ROWS_MAX + 1
        and 0 < len(rows[0]) <= FIELDS_MAX
        and all(len(row) == len(rows[0]) for row in rows)
    )


def list_root(origin: str, rows: int, fields: int, above: bytes) -> bytes:
    """The commitment to a list from the hash over all its rows, the row of names counted."""
    return _hash(_LIST, _named(origin), _u32(rows), _u16(fields), above)


def proof_of_rows(salt: Salt, rows: List, opened: Iterable[int]) -> list[bytes]:
    """The hashes over the rows that are not opened, left to right: with the opened rows they give
    the commitment again."""
    return list(_Rows(opened, _hashes(salt, rows)).closed(0, len(rows)))


def root_from_proof(
    count: int, opened: Mapping[int, bytes], proof: Sequence[bytes]
) -> bytes | None:
    """The hash over `count` rows, from the hashes of those opened and the proof; None where it does
    not fit. Costs a few hashes for each opened row, whatever the count says."""
    if not opened or min(opened) < 0 or max(opened) >= count:
        return None
    given = iter(proof)
    try:
        found = _Rows(opened, opened.__getitem__).up(0, count, given)
    except StopIteration:
        return None
    return found if next(given, None) is None else None


class _Rows:
    """The tree over the hashes of a list's rows, split as RFC 6962 does: at the largest power of
    two below the size. A range is its first row and its size."""

    def __init__(self, opened: Iterable[int], hash_of: Callable[[int], bytes]) -> None:
        self.opened = sorted(opened)
        self.hash_of = hash_of

    def whole(self, start: int, size: int) -> bytes:
        """The hash over a range, from all its rows."""
        if size == 1:
            return self.hash_of(start)
        half = _half(size)
        return _hash(_NODE, self.whole(start, half), self.whole(start + half, size - half))

    def up(self, start: int, size: int, given: Iterator[bytes]) -> bytes:
        """The hash over a range, from its opened rows and the hashes given for all else."""
        if not self._any_opened(start, size):
            return next(given)
        if size == 1:
            return self.hash_of(start)
        half = _half(size)
        left = self.up(start, half, given)
        return _hash(_NODE, left, self.up(start + half, size - half, given))

    def closed(self, start: int, size: int) -> Iterator[bytes]:
        """The hashes that `up` must be given, in its order."""
        if not self._any_opened(start, size):
            yield self.whole(start, size)
        elif size > 1:
            half = _half(size)
            yield from self.closed(start, half)
            yield from self.closed(start + half, size - half)

    def _any_opened(self, start: int, size: int) -> bool:
        return bisect_left(self.opened, start) < bisect_left(self.opened, start + size)


def _hashes(salt: Salt, rows: List) -> Callable[[int], bytes]:
    return [commit_row(i, cells_of(salt, i, row)) for i, row in enumerate(rows)].__getitem__


def _half(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def _hash(domain: bytes, *parts: bytes) -> bytes:
    return hashlib.sha256(domain + b"".join(parts)).digest()


def _named(origin: str) -> bytes:
    encoded = origin.encode()
    return _u16(len(encoded)) + encoded


def _u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "big")
