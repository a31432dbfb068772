"""Writes one log so that nothing acknowledged is ever lost and no signed head ever contradicts
another, wherever the process dies.

    journal → bundles → tiles → durable → read back and hashed again
            → head persisted, unsigned, by compare-and-swap → signed → published → acknowledged

What is found after a crash:

- a head persisted but not published: it may have been signed, so it is completed, and no other;
- else a whole journal: it is written again;
- else whatever lies beyond the published head: nobody was told of it, and it is removed.

A batch larger than JOURNAL_BYTES_MAX has no journal: bundles and tiles are new files, never
overwritten, so the batch is its own (docs/decisions/9-writer.md)."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from trucekeeper.errors import Code, Place, Problem, StorageError, VerificationError
from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.note import NoteError, Sign, VerifierKey, sign_note, verify_note
from trucekeeper.logs.tiles import (
    BUNDLE_BYTES_MAX,
    ENTRY_BYTES_MAX,
    TILE_WIDTH,
    bundle_leaves,
    pack_bundle,
    widths,
)
from trucekeeper.logs.tree import leaf_hashes
from trucekeeper.storage.beside import beside
from trucekeeper.storage.disk import Disk, read_or_none, replace
from trucekeeper.storage.growth import Growth, clear_beyond, clear_outgrown, reserve
from trucekeeper.storage.journal import decode_journal, encode_journal
from trucekeeper.storage.log_folder import (
    HEAD,
    JOURNAL,
    PERSISTED,
    HeldLog,
    read_tile,
    same_head,
)
from trucekeeper.storage.recheck import differs

JOURNAL_BYTES_MAX = 1 << 20


class LogWriter:
    """Writes one log, from the log as verified. The caller holds the writer's lock."""

    def __init__(self, disk: Disk, folder: str, held: HeldLog) -> None:
        self.disk = disk
        self.folder = folder
        self.held = held
        self._ready = False
        self._given_up = False
        self._persisted: bytes | None = None

    def append(self, entries: Sequence[bytes], key: VerifierKey, sign: Sign) -> HeldLog:
        """The log with these entries at its end, durable, signed and published.

        Raises StorageError: then nothing is acknowledged, and the writer goes on once the cause is
        gone. HEAD_MOVED: another has written; open the log again."""
        size = check_entries(self.held.name, entries)
        if not self.is_current():
            raise StorageError(
                self._problem(Code.HEAD_MOVED, HEAD, "another head", "the head held")
            )
        self.recover(key, sign)
        if entries:
            self._append(entries, size, key, sign)
        return self.held

    def is_current(self) -> bool:
        """Whether the folder's heads are still the ones of this writer: nobody else has written,
        nothing was put back."""
        note = self._read(HEAD) or b""
        if self._ready and self._read(PERSISTED) != self._persisted:
            return False
        if note == self.held.note or same_head(note, self.held.note):
            return True
        # Ours that was put in place and whose durability the disk then did not confirm.
        return not self._ready and note.partition(b"\n\n")[0] + b"\n" == self._persisted

    def complete(self, key: VerifierKey, sign: Sign) -> HeldLog:
        """The log after the head that an interrupted writer had persisted was published, for it may
        have been seen; nothing else is signed.

        Raises VerificationError where that head cannot be made from what is on the disk."""
        if self._ready:
            return self.held
        self._persisted = self._read(PERSISTED)
        pending = self._pending(key)
        if pending is not None:
            journal = decode_journal(self._read(JOURNAL) or b"")
            whole = journal is not None and journal.after == self.held.checkpoint
            self._complete(pending, journal.entries if journal and whole else None, key, sign)
        return self.held

    def recover(self, key: VerifierKey, sign: Sign) -> HeldLog:
        """The log after what an interrupted writer left was completed or removed. Raises as
        `complete`."""
        if self._ready:
            return self.held
        self.complete(key, sign)
        data = self._read(JOURNAL)
        journal = None if data is None else decode_journal(data)
        clear_beyond(self.disk, self.folder, self.held.size)
        self._ready = True
        whole = journal is not None and journal.after == self.held.checkpoint
        if journal and whole and not self._given_up:
            self._append(journal.entries, sum(map(len, journal.entries)), key, sign)
        elif data is not None:
            self.disk.remove(f"{self.folder}/{JOURNAL}")
        self._given_up = False
        return self.held

    def _pending(self, key: VerifierKey) -> Checkpoint | None:
        """The head that was persisted and not published."""
        if self._persisted is None:
            return None
        try:
            persisted = parse_checkpoint(self._persisted.decode())
        except (UnicodeDecodeError, NoteError):
            persisted = None
        size = self.held.size
        if persisted is not None and persisted.origin == key.name:
            if persisted.size > size:
                return persisted
            if persisted.root == self.held.levels.root(persisted.size):
                return None
        raise VerificationError(
            self._problem(Code.HEAD_NOT_HELD, PERSISTED, "no head of this log", "one of its heads")
        )

    def _complete(
        self, head: Checkpoint, entries: Sequence[bytes] | None, key: VerifierKey, sign: Sign
    ) -> None:
        """Publish a persisted head from what is on the disk, else from the journal."""
        growth = self._found(head.size)
        if growth.levels.size != head.size or growth.levels.root() != head.root:
            growth = Growth(self.disk, self.folder, self.held)
            if entries is not None:
                clear_beyond(self.disk, self.folder, self.held.size)
                self._add(growth, entries)
        if growth.levels.size != head.size or growth.levels.root() != head.root:
            found = "entries that do not give it"
            raise VerificationError(
                self._problem(Code.HEAD_NOT_HELD, PERSISTED, found, "the persisted head")
            )
        growth.finish()
        growth.check()
        self._publish(head, growth, key, sign)

    def _found(self, size: int) -> Growth:
        """The bundles that lie on the disk beyond the published head, as far as they are whole."""
        growth = Growth(self.disk, self.folder, self.held, keep=True)
        for number, width in widths(size):
            known = max(0, self.held.size - number * TILE_WIDTH)
            if known >= width:
                continue
            _, data = read_tile(self.disk, self.folder, None, number, width)
            leaves = None if data is None else bundle_leaves(data)
            if data is None or leaves is None or len(leaves) != width:
                return growth
            if leaves[:known] != list(self.held.leaves[self.held.size - known :]):
                return growth
            growth.add(data, leaves[known:], written=True)
        return growth

    def _append(self, entries: Sequence[bytes], size: int, key: VerifierKey, sign: Sign) -> None:
        helper = beside(self.disk, self.folder, len(entries))
        growth = Growth(self.disk, self.folder, self.held, helper=helper)
        self._ready = False
        try:
            files = 8 + len(entries) // (TILE_WIDTH // 2)
            need = size * 9 // 8 + BUNDLE_BYTES_MAX // 64 + 36 * len(entries)
            reserve(self.disk, Place(log=self.held.name), need, files)
            if size <= JOURNAL_BYTES_MAX:
                self._journal(entries)
            self._add(growth, entries)
            growth.finish()
            growth.check()
        except StorageError:
            self._give_up()
            raise
        finally:
            if helper is not None:
                helper.end()
        head = Checkpoint(key.name, growth.levels.size, growth.levels.root())
        text = head.text().encode()
        if growth.levels.root() != head.root:
            raise differs(f"{self.folder}/{PERSISTED}")
        self.disk.swap(f"{self.folder}/{PERSISTED}", self._persisted, text)
        self._persisted = text
        if self._read(PERSISTED) != text:
            raise differs(f"{self.folder}/{PERSISTED}")
        self._publish(head, growth, key, sign)
        self._ready = True

    def _journal(self, entries: Sequence[bytes]) -> None:
        path = f"{self.folder}/{JOURNAL}"
        self.disk.write(path, encode_journal(self.held.checkpoint, entries))
        self.disk.sync(path)
        self.disk.sync_folder(self.folder)

    def _add(self, growth: Growth, entries: Sequence[bytes]) -> None:
        """The first bundle takes up the partial one that is held."""
        known = self.held.size % TILE_WIDTH
        before = self.held.bundle(self.held.size // TILE_WIDTH) if known else []
        at = 0
        while at < len(entries):
            new = entries[at : at + TILE_WIDTH - len(before)]
            at += len(new)
            growth.add(pack_bundle([*before, *new]), leaf_hashes(new))
            before = []

    def _publish(self, head: Checkpoint, growth: Growth, key: VerifierKey, sign: Sign) -> None:
        """Sign what was persisted, check the signature, and put it in the place of the old head."""
        signed = sign_note(head.text(), key, sign)
        try:
            verify_note(signed, key)
        except NoteError as error:
            problem = self._problem(Code.BAD_SIGNATURE, HEAD, str(error), str(key))
            raise VerificationError(problem) from error
        old, note = self.held.size, bytes(signed)
        replace(self.disk, f"{self.folder}/{HEAD}", note)
        self.held = HeldLog(self.held.name, head, note, growth.levels, self.disk, self.folder)
        with contextlib.suppress(StorageError):
            self.disk.remove(f"{self.folder}/{JOURNAL}")
            clear_outgrown(self.disk, self.folder, old, head.size)

    def _give_up(self) -> None:
        """A batch that failed before its head was persisted is not acknowledged and never comes
        back in this process; what it took of the disk is freed where the disk lets us."""
        self._given_up = True
        with contextlib.suppress(StorageError):
            self.disk.remove(f"{self.folder}/{JOURNAL}")
            clear_beyond(self.disk, self.folder, self.held.size)

    def _read(self, name: str) -> bytes | None:
        return read_or_none(self.disk, f"{self.folder}/{name}")

    def _problem(self, code: Code, name: str, found: str, expected: str) -> Problem:
        return Problem(
            code, Place(file=f"{self.folder}/{name}", log=self.held.name), found, expected
        )


def has_more_persisted(held: HeldLog) -> bool:
    """Whether a log's writer was interrupted after it persisted a head and before it published
    it."""
    persisted = read_or_none(held.disk, f"{held.folder}/{PERSISTED}")
    return persisted not in (None, held.checkpoint.text().encode())


def check_entries(name: str, entries: Sequence[bytes]) -> int:
    """How many bytes the entries have together. Raises StorageError where one is larger than the
    format can hold."""
    lengths = [*map(len, entries)]
    if (longest := max(lengths, default=0)) > ENTRY_BYTES_MAX:
        found, expected = f"{longest} bytes", f"at most {ENTRY_BYTES_MAX}"
        raise StorageError(Problem(Code.TOO_LARGE, Place(log=name), found, expected))
    return sum(lengths)
