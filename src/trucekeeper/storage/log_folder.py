"""One log as a folder of static files in the C2SP tlog-tiles layout: `checkpoint`,
`tile/<level>/...`, `tile/entries/...`.

A log is verified whole before anything of it is read: signature, root, every tile, every bundle,
every partial file that lies about. A flipped byte anywhere is found and named. Appending writes
bundles and tiles, makes them durable, reads them back and hashes them again, and only then signs
and publishes the new head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trucekeeper.errors import Code, Place, Problem, StorageError, VerificationError
from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.note import NoteError, Sign, VerifierKey, parse_note, sign_note, verify_note
from trucekeeper.logs.tiles import (
    ENTRY_BYTES_MAX,
    TILE_WIDTH,
    levels,
    pack_bundle,
    parse_tile_path,
    split_hashes,
    tile_path,
    tiles_between,
    unpack_bundle,
    widths,
)
from trucekeeper.logs.tree import EMPTY_ROOT, leaf_hash, root
from trucekeeper.storage.disk import PARTIAL, Disk, replace

HEAD = "checkpoint"
LOCK = ".writer"


@dataclass(frozen=True, slots=True)
class HeldLog:
    """A log as verified. entries and leaves in order; note: the signed head as bytes, empty for an
    empty log."""

    name: str
    checkpoint: Checkpoint
    note: bytes
    entries: tuple[bytes, ...]
    leaves: tuple[bytes, ...]

    @property
    def size(self) -> int:
        return len(self.entries)


def read_log(disk: Disk, folder: str, name: str, key: VerifierKey) -> HeldLog:
    """The log of a folder, verified whole. key.name is its origin.

    Raises VerificationError that names every damaged file.
    """
    if not disk.exists(f"{folder}/{HEAD}"):
        return _empty(disk, folder, name, key)
    note = disk.read(f"{folder}/{HEAD}")
    where = Place(file=f"{folder}/{HEAD}", log=name)
    try:
        parsed = parse_note(note)
        checkpoint = parse_checkpoint(parsed.text)
        verify_note(parsed, key)
    except NoteError as error:
        raise VerificationError(Problem(Code.BAD_SIGNATURE, where, str(error), str(key))) from error
    if checkpoint.origin != key.name:
        raise VerificationError(Problem(Code.BAD_SIGNATURE, where, checkpoint.origin, key.name))
    return _Reading(disk, folder, name).verified(checkpoint, note)


def _empty(disk: Disk, folder: str, name: str, key: VerifierKey) -> HeldLog:
    """A log without a head has no entries, and so must its folder."""
    left = [path for path in (disk.files(folder) if disk.exists(folder) else []) if path != LOCK]
    if any(not path.startswith("tile/") for path in left):
        where = Place(file=f"{folder}/{left[0]}", log=name)
        raise VerificationError(Problem(Code.MISSING_FILE, where, "no head", HEAD))
    return HeldLog(name, Checkpoint(key.name, 0, EMPTY_ROOT), b"", (), ())


class _Reading:
    """Reads one folder against a head whose signature is right."""

    def __init__(self, disk: Disk, folder: str, name: str) -> None:
        self.disk = disk
        self.folder = folder
        self.name = name
        self.problems: list[Problem] = []

    def verified(self, checkpoint: Checkpoint, note: bytes) -> HeldLog:
        entries, sound = self._entries(checkpoint.size)
        leaves = [leaf_hash(entry) for entry in entries]
        if sound and root(leaves) == checkpoint.root:
            self._tiles(leaves)
        else:
            self._find_damage(checkpoint, entries, leaves)
        self._leftovers(entries, leaves)
        if self.problems:
            raise VerificationError(*self.problems)
        return HeldLog(self.name, checkpoint, note, tuple(entries), tuple(leaves))

    def _entries(self, size: int) -> tuple[list[bytes], bool]:
        entries: list[bytes] = []
        for number, width in widths(size):
            data = self._read(None, number, width)
            bundle = None if data is None else unpack_bundle(data)
            if bundle is None or len(bundle) < width:
                if data is not None:
                    self._damaged(tile_path(None, number, width), "a bundle that ends early")
                return entries, False
            entries += bundle[:width]
        return entries, True

    def _tiles(self, leaves: Sequence[bytes]) -> None:
        """Every tile holds what the entries give."""
        for level, hashes in levels(leaves):
            for number, width in widths(len(hashes)):
                data = self._read(level, number, width)
                start = number * TILE_WIDTH
                if data is not None and data[: 32 * width] != b"".join(
                    hashes[start : start + width]
                ):
                    self._damaged(
                        tile_path(level, number, width), "hashes that the entries do not give"
                    )

    def _find_damage(
        self, checkpoint: Checkpoint, entries: Sequence[bytes], leaves: list[bytes]
    ) -> None:
        """Which file is damaged: where the tiles still give the signed root, the bundle that
        differs from them."""
        stored: list[bytes] = []
        for number, width in widths(checkpoint.size):
            data = self._read(0, number, width)
            stored += (split_hashes(data) or [])[:width] if data is not None else []
        tiles_sound = len(stored) == checkpoint.size and root(stored) == checkpoint.root
        for index, (leaf, kept) in enumerate(zip(leaves, stored, strict=False)):
            if leaf != kept:
                number, width = (
                    index // TILE_WIDTH,
                    min(TILE_WIDTH, checkpoint.size - index // TILE_WIDTH * TILE_WIDTH),
                )
                path = tile_path(None if tiles_sound else 0, number, width)
                self._damaged(path, f"another hash at index {index}", index)
                return
        if tiles_sound and len(entries) == checkpoint.size:
            return
        if not self.problems:
            self._damaged(HEAD, "a root that neither entries nor tiles give")

    def _leftovers(self, entries: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        """Every other file: smaller partial ones are allowed and must agree with the log, files
        that are no part of a log are named. What lies beyond the head was left by an interrupted
        append: it was never signed and is not read."""
        by_level = dict(levels(leaves))
        for path in self.disk.files(self.folder):
            parsed = parse_tile_path(path)
            if parsed is None:
                if path not in (HEAD, LOCK) and not path.endswith(PARTIAL):
                    self._problem(Code.UNEXPECTED_FILE, path, "a file that is no part of a log")
                continue
            level, number, width = parsed
            hashes = entries if level is None else by_level.get(level, ())
            held = hashes[number * TILE_WIDTH :][:width]
            content = pack_bundle(held) if level is None else b"".join(held)
            intact = len(held) < width or self.disk.read(f"{self.folder}/{path}") == content
            if not intact and not self._known_damaged(path):
                self._damaged(path, "other bytes than the signed log gives")

    def _read(self, level: int | None, number: int, width: int) -> bytes | None:
        """A tile or bundle: of this width, or the full one in which it has been taken up."""
        for candidate in (width, TILE_WIDTH):
            path = f"{self.folder}/{tile_path(level, number, candidate)}"
            if self.disk.exists(path):
                return self.disk.read(path)
        self._problem(Code.MISSING_FILE, tile_path(level, number, width), "no file")
        return None

    def _known_damaged(self, path: str) -> bool:
        return any(problem.place.file == f"{self.folder}/{path}" for problem in self.problems)

    def _damaged(self, path: str, found: str, index: int | None = None) -> None:
        self._problem(Code.DAMAGED, path, found, index)

    def _problem(self, code: Code, path: str, found: str, index: int | None = None) -> None:
        where = Place(file=f"{self.folder}/{path}", log=self.name, index=index)
        problem = Problem(code, where, found, "the file that was signed")
        if problem not in self.problems:
            self.problems.append(problem)


class LogWriter:
    """Writes one log, from the log as verified. The caller holds the writer's lock."""

    def __init__(self, disk: Disk, folder: str, held: HeldLog) -> None:
        self.disk = disk
        self.folder = folder
        self.held = held

    def append(self, entries: Sequence[bytes], key: VerifierKey, sign: Sign) -> HeldLog:
        """The log with these entries, durable and signed. Raises StorageError; then the head is as
        it was."""
        if not entries:
            return self.held
        for entry in entries:
            if len(entry) > ENTRY_BYTES_MAX:
                where, found = Place(log=self.held.name), f"{len(entry)} bytes"
                raise StorageError(
                    Problem(Code.TOO_LARGE, where, found, f"at most {ENTRY_BYTES_MAX}")
                )
        everything = (*self.held.entries, *entries)
        leaves = (*self.held.leaves, *(leaf_hash(entry) for entry in entries))
        self._write(everything, leaves)
        checkpoint = Checkpoint(key.name, len(everything), root(leaves))
        note = bytes(sign_note(checkpoint.text(), key, sign))
        return self._publish(HeldLog(self.held.name, checkpoint, note, everything, leaves))

    def mirror(self, other: HeldLog) -> HeldLog:
        """The log as another holds it, where that goes on from ours; ours, where it is behind.

        Raises VerificationError where the two are two histories: then nothing is written, and both
        copies stay."""
        common = min(self.held.size, other.size)
        if self.held.leaves[:common] != other.leaves[:common]:
            pairs = zip(self.held.leaves, other.leaves, strict=False)
            index = next(i for i, (own, their) in enumerate(pairs) if own != their)
            where, found = Place(log=self.held.name, index=index), "another entry at the same index"
            raise VerificationError(Problem(Code.TWO_HISTORIES, where, found, "one history"))
        if other.size <= self.held.size:
            return self.held
        self._write(other.entries, other.leaves)
        return self._publish(other)

    def _write(self, entries: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        """Bundles and tiles that the held log does not have: durable, read back, compared. A bit
        that flipped on the way to the disk would otherwise be signed and end the log (Yeti
        2022)."""
        self._clear_beyond_head()
        old = self.held.size
        written = [
            (tile_path(None, number, width), pack_bundle(entries[number * TILE_WIDTH :][:width]))
            for number, width in widths(len(entries))
            if number * TILE_WIDTH + width > old
        ]
        written += tiles_between(leaves, old)
        for path, data in written:
            replace(self.disk, f"{self.folder}/{path}", data)
        for path, data in written:
            if self.disk.read(f"{self.folder}/{path}") != data:
                where = Place(file=f"{self.folder}/{path}", log=self.held.name)
                raise StorageError(
                    Problem(
                        Code.DISK_FAILED, where, "other bytes than written", "the bytes written"
                    )
                )

    def _publish(self, log: HeldLog) -> HeldLog:
        replace(self.disk, f"{self.folder}/{HEAD}", log.note)
        self.held = log
        self._clear_outgrown()
        return log

    def _tiles_on_disk(self) -> list[tuple[str, tuple[int | None, int, int] | None]]:
        if not self.disk.exists(self.folder):
            return []
        return [(path, parse_tile_path(path)) for path in self.disk.files(self.folder)]

    def _clear_beyond_head(self) -> None:
        """Remove what an interrupted append left behind: it was never signed, so nobody was told of
        it."""
        for path, parsed in self._tiles_on_disk():
            if parsed is not None:
                level, number, width = parsed
                beyond = number * TILE_WIDTH + width > self.held.size >> (8 * (level or 0))
            else:
                beyond = path.endswith(PARTIAL)
            if beyond:
                self.disk.remove(f"{self.folder}/{path}")

    def _clear_outgrown(self) -> None:
        """Remove partial files whose full one exists now, as C2SP tlog-tiles allows."""
        for path, parsed in self._tiles_on_disk():
            if parsed is not None and parsed[2] < TILE_WIDTH:
                level, number, _ = parsed
                if (number + 1) * TILE_WIDTH <= self.held.size >> (8 * (level or 0)):
                    self.disk.remove(f"{self.folder}/{path}")
