"""One log as a folder of static files in the C2SP tlog-tiles layout: `checkpoint`,
`tile/<level>/...`, `tile/entries/...`; beside them, of its own writer, `.writer` (lock), `.journal`
and `.head`.

A log is verified whole before anything of it is read: signature, root, every tile, every bundle,
every partial file that lies about. A flipped byte anywhere is found and named. What lies beyond the
published head was left by an interrupted writer: nobody was told of it, and it is not read."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from trucekeeper.errors import Code, Place, Problem, StorageError, VerificationError
from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.levels import Hashes, Levels
from trucekeeper.logs.note import NOTE_BYTES_MAX, NoteError, VerifierKey, parse_note, verify_note
from trucekeeper.logs.tiles import (
    BUNDLE_BYTES_MAX,
    TILE_BYTES_MAX,
    TILE_WIDTH,
    bundle_leaves,
    bundle_prefix,
    parse_tile_path,
    split_hashes,
    tile_path,
    unpack_bundle,
    widths,
)
from trucekeeper.logs.tree import EMPTY_ROOT, leaf_hash, root
from trucekeeper.storage.disk import PARTIAL, Disk, read_or_none

HEAD = "checkpoint"
LOCK = ".writer"
JOURNAL = ".journal"
#: The head that is about to be signed, or was signed last: the text of a checkpoint.
PERSISTED = ".head"
BESIDE = (HEAD, LOCK, JOURNAL, PERSISTED)


@dataclass(frozen=True, slots=True)
class HeldLog:
    """A log as verified: a snapshot that later writing does not change. note: the signed head as
    bytes, empty for an empty log. Entries stay on the disk."""

    name: str
    checkpoint: Checkpoint
    note: bytes
    levels: Levels
    disk: Disk = field(repr=False, compare=False)
    folder: str = field(compare=False)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.checkpoint.size

    def goes_on_from(self, other: HeldLog) -> bool:
        """Whether this log begins with all of the other."""
        return self.size >= other.size and self.levels.root(other.size) == other.checkpoint.root

    @property
    def leaves(self) -> Hashes:
        """The leaf hash of each entry."""
        return self.levels.leaves

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The entries from start to before end, read from the disk and hashed again.

        Raises VerificationError where they are no longer the ones that were verified."""
        end = self.size if end is None else min(end, self.size)
        for number in range(start // TILE_WIDTH, -(-end // TILE_WIDTH)):
            first = number * TILE_WIDTH
            entries = self.bundle(number)
            yield from entries[max(0, start - first) : end - first]

    def bundle(self, number: int) -> list[bytes]:
        """The entries of one bundle as far as this log goes, read and hashed again."""
        first = number * TILE_WIDTH
        width = min(TILE_WIDTH, self.size - first)
        path, data = read_tile(self.disk, self.folder, None, number, width)
        where = Place(file=f"{self.folder}/{path}", log=self.name)
        if data is None:
            raise VerificationError(Problem(Code.MISSING_FILE, where, "no file", "a bundle"))
        entries = (unpack_bundle(data) or [])[:width]
        for at in range(width):
            if at >= len(entries) or leaf_hash(entries[at]) != self.leaves[first + at]:
                where = Place(file=where.file, log=self.name, index=first + at)
                problem = Problem(Code.DAMAGED, where, "another hash", "the entry verified before")
                raise VerificationError(problem)
        return entries


def read_log(disk: Disk, folder: str, name: str, key: VerifierKey) -> HeldLog:
    """The log of a folder, verified whole. key.name is its origin.

    Raises VerificationError that names every damaged file.
    """
    note = read_or_none(disk, f"{folder}/{HEAD}", NOTE_BYTES_MAX + 1)
    if note is None:
        return _empty(disk, folder, name, key)
    checkpoint = verified_head(note, key, Place(file=f"{folder}/{HEAD}", log=name))
    return _Reading(disk, folder, name, checkpoint).verified(note)


def verified_head(note: bytes, key: VerifierKey, where: Place) -> Checkpoint:
    """The checkpoint of a signed head. Raises VerificationError."""
    try:
        parsed = parse_note(note)
        checkpoint = parse_checkpoint(parsed.text)
        verify_note(parsed, key)
    except NoteError as error:
        raise VerificationError(Problem(Code.BAD_SIGNATURE, where, str(error), str(key))) from error
    if checkpoint.origin != key.name:
        raise VerificationError(Problem(Code.BAD_SIGNATURE, where, checkpoint.origin, key.name))
    return checkpoint


def persisted_head(disk: Disk, folder: str) -> Checkpoint | None:
    """The head that the writer of an own log persisted last, where it can be read."""
    with contextlib.suppress(UnicodeDecodeError, NoteError, StorageError):
        data = read_or_none(disk, f"{folder}/{PERSISTED}", NOTE_BYTES_MAX)
        return None if data is None else parse_checkpoint(data.decode())
    return None


def entries_here(disk: Disk, folder: str) -> int:
    """How many entries the bundles of a folder have, by their names."""
    ends = [0]
    for path in disk.files(folder):
        parsed = parse_tile_path(path)
        if parsed is not None and parsed[0] is None:
            ends.append(parsed[1] * TILE_WIDTH + parsed[2])
    return max(ends)


def same_head(note: bytes, other: bytes) -> bool:
    """Whether two signed heads say the same, whoever gave receipts for them."""
    try:
        return parse_note(note).text == parse_note(other).text
    except NoteError:
        return note == other


def read_tile(
    disk: Disk, folder: str, level: int | None, number: int, width: int
) -> tuple[str, bytes | None]:
    """Path and bytes of a tile or bundle (level None) of at least this width: the file of that
    width, else the full one in which it has been taken up."""
    at_most = 1 + (BUNDLE_BYTES_MAX if level is None else TILE_BYTES_MAX)
    for candidate in (width, TILE_WIDTH):
        path = tile_path(level, number, candidate)
        data = read_or_none(disk, f"{folder}/{path}", at_most)
        if data is not None:
            return path, data
    return tile_path(level, number, width), None


def _empty(disk: Disk, folder: str, name: str, key: VerifierKey) -> HeldLog:
    """A log without a head has no entries, and so must its folder."""
    for path in disk.files(folder):
        if not path.startswith("tile/") and path not in BESIDE and not path.endswith(PARTIAL):
            where = Place(file=f"{folder}/{path}", log=name)
            raise VerificationError(Problem(Code.MISSING_FILE, where, "no head", HEAD))
    return HeldLog(name, Checkpoint(key.name, 0, EMPTY_ROOT), b"", Levels(), disk, folder)


class _Reading:
    """Reads one folder against a head whose signature is right, bundle by bundle."""

    def __init__(self, disk: Disk, folder: str, name: str, checkpoint: Checkpoint) -> None:
        self.disk = disk
        self.folder = folder
        self.name = name
        self.checkpoint = checkpoint
        self.problems: list[Problem] = []
        #: Files that differ from what the entries give: damaged where the entries are sound.
        self.differing: list[Problem] = []
        self.levels = Levels()
        #: level and number → widths of the files that are there.
        self.there: dict[tuple[int | None, int], list[int]] = defaultdict(list)

    def verified(self, note: bytes) -> HeldLog:
        self._list()
        sound = self._entries()
        if sound and self.levels.root() == self.checkpoint.root:
            self.problems += self.differing
        else:
            self._find_damage()
        self._persisted()
        if self.problems:
            raise VerificationError(*self.problems)
        return HeldLog(self.name, self.checkpoint, note, self.levels, self.disk, self.folder)

    def _list(self) -> None:
        """Which tiles and bundles there are; files that are no part of a log are named."""
        for path in self.disk.files(self.folder):
            parsed = parse_tile_path(path)
            if parsed is not None:
                self.there[parsed[:2]].append(parsed[2])
            elif path not in BESIDE and not path.endswith(PARTIAL):
                self._problem(Code.UNEXPECTED_FILE, path, "a file that is no part of a log")

    def _entries(self) -> bool:
        """Every bundle, and every tile as the entries give it. False where a bundle is short."""
        for number, width in widths(self.checkpoint.size):
            path, data = read_tile(self.disk, self.folder, None, number, width)
            if data is None:
                self._problem(Code.MISSING_FILE, path, "no file")
                return False
            leaves = bundle_leaves(data)
            if leaves is None or len(leaves) < width:
                self._damaged(path, "a bundle that ends early")
                return False
            before = self.levels
            self.levels = before.grown(leaves[:width])
            self._partial_bundles(number, width, data, len(leaves))
            self._tiles(before.size, final=self.levels.size == self.checkpoint.size)
        return True

    def _partial_bundles(self, number: int, width: int, data: bytes, count: int) -> None:
        """The other files of a bundle hold a part of it."""
        for smaller in self.there[None, number]:
            path = tile_path(None, number, smaller)
            if smaller > width or (smaller == width == count):
                continue
            if self.disk.read(f"{self.folder}/{path}") != bundle_prefix(data, smaller):
                self._differs(path, "other bytes than the signed log gives")

    def _tiles(self, old_size: int, *, final: bool) -> None:
        """The tiles that these entries made full, and at the end the partial ones, hold what the
        entries give."""
        for level in range(self.levels.height):
            old, size = old_size >> (8 * level), self.levels.size >> (8 * level)
            numbers = range(old // TILE_WIDTH, size // TILE_WIDTH)
            for number in numbers:
                self._tile(level, number, TILE_WIDTH)
            if final and size % TILE_WIDTH:
                self._tile(level, size // TILE_WIDTH, size % TILE_WIDTH)

    def _tile(self, level: int, number: int, width: int) -> None:
        hashes = self.levels.tile(level, number, width)
        assert hashes is not None
        path, data = read_tile(self.disk, self.folder, level, number, width)
        if data is None:
            self._problem(Code.MISSING_FILE, path, "no file")
        elif data[: len(hashes)] != hashes or (path == tile_path(level, number, width)) != (
            len(data) == len(hashes)
        ):
            self._differs(path, "hashes that the entries do not give")
        for smaller in self.there[level, number]:
            other = tile_path(level, number, smaller)
            if (
                smaller < width
                and self.disk.read(f"{self.folder}/{other}") != hashes[: 32 * smaller]
            ):
                self._differs(other, "other bytes than the signed log gives")

    def _find_damage(self) -> None:
        """Which file is damaged: where the tiles still give the signed root, the bundle that
        differs from them."""
        stored: list[bytes] = []
        size = self.checkpoint.size
        for number, width in widths(size):
            path, data = read_tile(self.disk, self.folder, 0, number, width)
            if data is None:
                self._problem(Code.MISSING_FILE, path, "no file")
            stored += (split_hashes(data or b"") or [])[:width]
        tiles_sound = len(stored) == size and root(stored) == self.checkpoint.root
        for index, (leaf, kept) in enumerate(zip(self.levels.leaves, stored, strict=False)):
            if leaf != kept:
                number = index // TILE_WIDTH
                width = min(TILE_WIDTH, size - number * TILE_WIDTH)
                level = None if tiles_sound else 0
                path, _ = read_tile(self.disk, self.folder, level, number, width)
                self._damaged(path, f"another hash at index {index}", index)
                return
        if not (tiles_sound and self.levels.size == size) and not self.problems:
            self._damaged(HEAD, "a root that neither entries nor tiles give")

    def _persisted(self) -> None:
        """The head persisted before signing is this one, an earlier one of this log, or one that
        the writer has yet to sign."""
        data = read_or_none(self.disk, f"{self.folder}/{PERSISTED}", NOTE_BYTES_MAX)
        if data is None or self.problems:
            return
        try:
            persisted = parse_checkpoint(data.decode())
        except ValueError:
            self._damaged(PERSISTED, "no head of a log")
            return
        size = persisted.size
        if persisted.origin != self.checkpoint.origin or (
            size <= self.levels.size and persisted.root != self.levels.root(size)
        ):
            self._damaged(PERSISTED, "a head that this log never had")

    def _differs(self, path: str, found: str) -> None:
        self.differing.append(self._of(Code.DAMAGED, path, found))

    def _damaged(self, path: str, found: str, index: int | None = None) -> None:
        self.problems.append(self._of(Code.DAMAGED, path, found, index))

    def _problem(self, code: Code, path: str, found: str) -> None:
        problem = self._of(code, path, found)
        if problem not in self.problems:
            self.problems.append(problem)

    def _of(self, code: Code, path: str, found: str, index: int | None = None) -> Problem:
        where = Place(file=f"{self.folder}/{path}", log=self.name, index=index)
        return Problem(code, where, found, "the file that was signed")
