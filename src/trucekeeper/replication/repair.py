"""Make a damaged log whole again from its own sound files and from what peers hold.

The signed head decides: whatever does not give its root is not taken. The damaged copy is set aside
until the new one is published, so that nothing is lost where no peer can help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trucekeeper.errors import NodeError, Place, VerificationError
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.note import NoteError, VerifierKey
from trucekeeper.logs.tiles import bundle_leaves, parse_tile_path, tile_path
from trucekeeper.replication.mirror import FolderSource, Source, mirror
from trucekeeper.storage.disk import Disk, read_or_none
from trucekeeper.storage.log_folder import HEAD, LOCK, PERSISTED, HeldLog, verified_head
from trucekeeper.vocabulary.ids import LogName

#: Where the files of a damaged log wait, beside its folder.
ASIDE = ".damaged"


def repair(
    disk: Disk, folder: str, log: LogName, key: VerifierKey, peers: Iterable[Source]
) -> HeldLog:
    """The log, whole again, at the head that its folder or, where that is damaged, a peer shows.

    Raises VerificationError where neither gives the signed entries; then the files are as they
    were, set aside."""
    _set_aside(disk, folder)
    own = FolderSource(disk, f"{folder}{ASIDE}")
    sources = (own, *peers)
    note = _head(log, key, sources)
    try:
        held = mirror(disk, folder, log, key, _Sound(note, sources))
    except VerificationError:
        held = mirror(disk, folder, log, key, _Sound(note, sources[1:]))
    for path in disk.files(f"{folder}{ASIDE}"):
        disk.remove(f"{folder}{ASIDE}/{path}")
    _mend_persisted(disk, folder, held)
    return held


def _mend_persisted(disk: Disk, folder: str, held: HeldLog) -> None:
    """Where the head that a writer persisted cannot be read, or contradicts the log, put the log's
    own in its place. One that was persisted and not published was shown to nobody."""
    path = f"{folder}/{PERSISTED}"
    data = read_or_none(disk, path)
    if data is None:
        return
    try:
        head = parse_checkpoint(data.decode())
        sound = head.origin == held.checkpoint.origin
        sound &= head.size > held.size or head.root == held.levels.root(head.size)
    except (UnicodeDecodeError, NoteError):
        sound = False
    if not sound:
        disk.swap(path, data, held.checkpoint.text().encode())


def _set_aside(disk: Disk, folder: str) -> None:
    """Move the log's files out of the way; what a writer persisted stays, for it may have been
    signed."""
    moved = [path for path in disk.files(folder) if path not in (LOCK, PERSISTED)]
    for path in moved:
        disk.write(f"{folder}{ASIDE}/{path}", disk.read(f"{folder}/{path}"))
    disk.sync_many([f"{folder}{ASIDE}/{path}" for path in moved])
    for path in moved:
        disk.remove(f"{folder}/{path}")


def _head(log: LogName, key: VerifierKey, sources: Sequence[Source]) -> bytes:
    """Our own head where it verifies; else the largest that a peer shows."""
    found: list[tuple[int, bytes]] = []
    for number, source in enumerate(sources):
        try:
            note = source.read(HEAD)
            head = None if note is None else verified_head(note, key, Place(file=HEAD, log=log))
        except (VerificationError, NodeError):
            continue
        if note is not None and head is not None:
            if number == 0:
                return note
            found.append((head.size, note))
    return max(found, default=(0, b""))[1]


@dataclass(frozen=True, slots=True)
class _Sound:
    """A head, and of each bundle the first copy that agrees with a tile beside it."""

    note: bytes
    sources: Sequence[Source]

    def read(self, path: str) -> bytes | None:
        """A file of the log."""
        if path == HEAD:
            return self.note or None
        parsed = parse_tile_path(path)
        if parsed is None or parsed[0] is not None:
            return None
        _, number, width = parsed
        copies = []
        for source in self.sources:
            try:
                data, tile = source.read(path), source.read(tile_path(0, number, width))
            except NodeError:
                continue
            leaves = None if data is None else bundle_leaves(data)
            if data is not None and leaves is not None:
                if tile is not None and b"".join(leaves) == tile:
                    return data
                copies.append(data)
        return copies[0] if copies else None
