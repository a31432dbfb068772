"""A verified copy of one log, from whatever gives its files: streamed bundle by bundle, tiles made
anew, published only once the signed root came out. An interrupted copy goes on where it was."""

from __future__ import annotations

import dataclasses
from itertools import islice
from typing import Protocol

from trucekeeper.errors import Code, Place, Problem, VerificationError
from trucekeeper.logs.checkpoint import Checkpoint
from trucekeeper.logs.cosignature import merged, own_lines
from trucekeeper.logs.levels import Levels
from trucekeeper.logs.note import NOTE_BYTES_MAX, NoteError, VerifierKey, parse_note
from trucekeeper.logs.tiles import (
    BUNDLE_BYTES_MAX,
    TILE_BYTES_MAX,
    TILE_WIDTH,
    bundle_leaves,
    bundle_prefix,
    parse_tile_path,
    tile_path,
    widths,
)
from trucekeeper.storage.disk import Disk, read_or_none, replace
from trucekeeper.storage.growth import (
    Growth,
    clear_beyond,
    clear_outgrown,
    clear_partials_beyond,
    reserve,
)
from trucekeeper.storage.log_folder import (
    HEAD,
    LOCK,
    PERSISTED,
    HeldLog,
    persisted_head,
    read_log,
    same_head,
    verified_head,
)

#: More entries than this no log is believed to have (about 35 GB of statements).
ENTRIES_MAX = 100_000_000
#: The least an entry takes: its length and its hash.
_ENTRY_BYTES_MIN = 34
#: How often it is asked whether there is still room, in bundles.
_LOOK_EVERY = 256


class Source(Protocol):
    """What gives the files of one log: a folder, a peer, a bundle. Nothing of it is believed, but
    that the receipts on its head were verified (`with_known_lines`)."""

    def read(self, path: str) -> bytes | None:
        """A file of the log (`checkpoint`, `tile/...`), None where the source has none. May stop
        reading after `bytes_max(path)` + 1 bytes; more is refused."""


class FolderSource:
    """A log's folder as a source."""

    def __init__(self, disk: Disk, folder: str) -> None:
        self.disk = disk
        self.folder = folder

    def read(self, path: str) -> bytes | None:
        """A file of the log, None where there is none."""
        return read_or_none(self.disk, f"{self.folder}/{path}", bytes_max(path) + 1)


class TwoHistories(VerificationError):  # noqa: N818  # the name says what was found
    """A source shows another history of a log than the one held. Nothing was overwritten.

    held: the log as held; note: the source's signed head, verified; source: gives its entries and
    tiles; index: the first that differs, None where the source does not show it."""

    def __init__(
        self, problem: Problem, held: HeldLog, note: bytes, source: Source, index: int | None
    ) -> None:
        super().__init__(problem)
        self.held = held
        self.note = note
        self.source = source
        self.index = index


def bytes_max(path: str) -> int:
    """How many bytes a file of a log may have."""
    parsed = parse_tile_path(path)
    if parsed is None:
        return NOTE_BYTES_MAX
    return BUNDLE_BYTES_MAX if parsed[0] is None else TILE_BYTES_MAX


def mirror(
    disk: Disk,
    folder: str,
    name: str,
    key: VerifierKey,
    source: Source,
    held: HeldLog | None = None,
    *,
    is_own: bool = False,
) -> HeldLog:
    """The log as the source holds it, where that goes on from ours; ours, where it is behind.

    held: ours as verified before, where the caller has it; else it is verified now. is_own: whether
    it is the log of which a writer here persists the head. Raises TwoHistories, VerificationError
    or StorageError; then our copy is as it was."""
    with disk.lock(f"{folder}/{LOCK}"):
        note = _read(source, HEAD, name)
        ours = read_or_none(disk, f"{folder}/{HEAD}", NOTE_BYTES_MAX + 1) or b""
        if held is None or not (ours == held.note or same_head(ours, held.note)):
            held = read_log(disk, folder, name, key)
        elif ours != held.note:
            # With the signature that was verified, whichever key made it, only receipts are new.
            if own_lines(parse_note(ours)) != own_lines(parse_note(held.note)):
                verified_head(ours, key, Place(file=f"{folder}/{HEAD}", log=name))
            held = dataclasses.replace(held, note=ours)
        if note is None:
            return held
        return _Mirror(disk, folder, held, source, is_own=is_own).goes_on(note, key)


class _Mirror:
    """One copying, with the lock held."""

    def __init__(
        self, disk: Disk, folder: str, held: HeldLog, source: Source, *, is_own: bool
    ) -> None:
        self.disk = disk
        self.folder = folder
        self.held = held
        self.source = source
        self.is_own = is_own
        self.reused = False

    def goes_on(self, note: bytes, key: VerifierKey) -> HeldLog:
        """The log after what the source has more."""
        head = verified_head(note, key, Place(file=HEAD, log=self.held.name))
        if head.size > ENTRIES_MAX:
            where, found = Place(file=HEAD, log=self.held.name), f"{head.size} entries"
            problem = Problem(Code.OVERSIZED, where, found, f"at most {ENTRIES_MAX}")
            raise VerificationError(problem)
        if head.size <= self.held.size:
            if self.held.levels.root(head.size) != head.root:
                raise self._two_histories(head, note)
            same = head.size == self.held.size and self.held.size > 0
            return (
                self._published(_merged(self.held.note, note), self.held.levels)
                if same
                else self.held
            )
        new = head.size - self.held.size
        reserve(self.disk, Place(log=self.held.name), new * _ENTRY_BYTES_MIN, 0)
        growth = self._copied(head, reuse=True)
        if growth is None and self.reused:
            growth = self._copied(head, reuse=False)
        if growth is None:
            raise self._two_histories(head, note)
        growth.finish()
        return self._published(note, growth.levels)

    def _copied(self, head: Checkpoint, *, reuse: bool) -> Growth | None:
        """Everything beyond ours, written and not yet durable; None where that does not give the
        signed root. reuse: take what an interrupted copy left on the disk."""
        if not reuse:
            clear_beyond(self.disk, self.folder, self.held.size)
        clear_partials_beyond(self.disk, self.folder, self.held.size, head.size)
        growth = Growth(self.disk, self.folder, self.held)
        first = self.held.size // TILE_WIDTH
        for number, width in islice(widths(head.size), first, None):
            if number % _LOOK_EVERY == 0:
                reserve(self.disk, Place(log=self.held.name), BUNDLE_BYTES_MAX, 2 * _LOOK_EVERY)
            kept = self._left(number) if reuse and width == TILE_WIDTH else None
            self.reused = self.reused or kept is not None
            data, leaves = kept or self._bundle(number, width)
            known = max(0, self.held.size - number * TILE_WIDTH)
            if leaves[:known] != list(self.held.leaves[self.held.size - known :]):
                return None  # the new hashes alone would give the root, over other entries
            growth.add(data, leaves[known:], written=kept is not None)
        return growth if growth.levels.root() == head.root else None

    def _left(self, number: int) -> tuple[bytes, list[bytes]] | None:
        """A full bundle that lies on our disk beyond our head."""
        data = read_or_none(self.disk, f"{self.folder}/{tile_path(None, number)}")
        leaves = None if data is None else bundle_leaves(data)
        return (data, leaves) if data and leaves and len(leaves) == TILE_WIDTH else None

    def _bundle(self, number: int, width: int) -> tuple[bytes, list[bytes]]:
        """A bundle of the source, of exactly this width, and its leaf hashes."""
        return source_bundle(self.source, self.held.name, number, width)

    def _published(self, note: bytes, levels: Levels) -> HeldLog:
        """Put the head in place, where it is not there already."""
        head = Checkpoint(self.held.checkpoint.origin, levels.size, levels.root())
        if note != self.held.note:
            if self.is_own:
                self._persist(head, levels)
            replace(self.disk, f"{self.folder}/{HEAD}", note)
            clear_outgrown(self.disk, self.folder, self.held.size, levels.size)
        return HeldLog(self.held.name, head, note, levels, self.disk, self.folder)

    def _persist(self, head: Checkpoint, levels: Levels) -> None:
        """Let the head that the writer persisted go on with what comes back, before that is
        published: a repair takes what it says for all that was acknowledged. One that this head
        does not cover stays, for it may have been seen."""
        told = persisted_head(self.disk, self.folder)
        if told is None or (told.size < head.size and told.root == levels.root(told.size)):
            path = f"{self.folder}/{PERSISTED}"
            self.disk.swap(path, read_or_none(self.disk, path), head.text().encode())

    def _two_histories(self, head: Checkpoint, note: bytes) -> VerificationError:
        """What is wrong with a head that does not agree with ours: the source shows another
        history, or what it gives is not what its head covers."""
        clear_beyond(self.disk, self.folder, self.held.size)
        name, levels, index = self.held.name, Levels(), None
        ours = iter(self.held.leaves)
        try:
            for number, width in widths(head.size):
                _, leaves = self._bundle(number, width)
                levels = levels.grown(leaves)
                pairs = zip(leaves, islice(ours, TILE_WIDTH), strict=False)
                for at, (their, own) in enumerate(pairs):
                    if index is None and their != own:
                        index = number * TILE_WIDTH + at
        except VerificationError:
            if head.size > self.held.size:
                raise
        if head.size > self.held.size and (levels.root() != head.root or index is None):
            where, found = Place(file=HEAD, log=name), "entries that do not give the signed root"
            return VerificationError(Problem(Code.DAMAGED, where, found, "the entries signed"))
        where, found = Place(log=name, index=index), "another entry at the same index"
        problem = Problem(Code.TWO_HISTORIES, where, found, "one history")
        return TwoHistories(problem, self.held, note, self.source, index)


def source_bundle(source: Source, name: str, number: int, width: int) -> tuple[bytes, list[bytes]]:
    """A source's bundle of exactly this width, and its leaf hashes. Raises VerificationError."""
    path = tile_path(None, number, width)
    data = _read(source, path, name)
    if data is None and width < TILE_WIDTH:
        path = tile_path(None, number)
        data = _read(source, path, name)
    where = Place(file=path, log=name)
    if data is None:
        raise VerificationError(Problem(Code.MISSING_FILE, where, "no file", "a bundle"))
    leaves = bundle_leaves(data)
    if leaves is None or len(leaves) < width or len(leaves) > TILE_WIDTH:
        found = "a bundle that ends early or goes on"
        raise VerificationError(Problem(Code.DAMAGED, where, found, f"{width} entries"))
    return (data, leaves) if len(leaves) == width else (bundle_prefix(data, width), leaves[:width])


def _read(source: Source, path: str, name: str) -> bytes | None:
    data = source.read(path)
    if data is not None and len(data) > bytes_max(path):
        where, found = Place(file=path, log=name), f"more than {bytes_max(path)} bytes"
        raise VerificationError(
            Problem(Code.OVERSIZED, where, found, f"at most {bytes_max(path)} bytes")
        )
    return data


def _merged(note: bytes, other: bytes) -> bytes:
    """One head with the signatures and receipts of both copies, one of each key; ours alone where a
    head cannot hold so many."""
    try:
        return bytes(merged(parse_note(note), parse_note(other)))
    except NoteError:
        return note
