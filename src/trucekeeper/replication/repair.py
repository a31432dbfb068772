"""Make a damaged log whole again, in its place, from its own sound files and from what peers hold.

The signed head decides. First it is found out which leaf hashes give its root, whoever shows them;
then each bundle is taken from whoever has the entries of these hashes; then only what differs is
written, the head last. Nothing is removed or overwritten before all of it is there, and a repair
that was interrupted is simply done again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from trucekeeper.errors import Code, NodeError, Place, Problem, StorageError, VerificationError
from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.levels import Levels
from trucekeeper.logs.note import NoteError, VerifierKey, parse_note
from trucekeeper.logs.tiles import (
    TILE_WIDTH,
    bundle_leaves,
    bundle_prefix,
    parse_tile_path,
    split_hashes,
    tile_path,
    widths,
)
from trucekeeper.logs.tree import EMPTY_ROOT
from trucekeeper.replication.mirror import ENTRIES_MAX, FolderSource, Source, bytes_max
from trucekeeper.replication.pull import Peer
from trucekeeper.storage.disk import PARTIAL, Disk, read_or_none, replace
from trucekeeper.storage.histories import branch_folders, key_of_note, keys_of
from trucekeeper.storage.log_folder import (
    BESIDE,
    HEAD,
    LOCK,
    PERSISTED,
    HeldLog,
    entries_here,
    persisted_head,
    read_log,
    verified_head,
)
from trucekeeper.storage.log_writer import LogWriter
from trucekeeper.storage.node_folder import NodeFolder
from trucekeeper.vocabulary.ids import LogName

#: Whether a head that a peer shows may be the one of the history that is mended.
Fits = Callable[[Checkpoint], bool]
#: A head as a note, the same as it says, and up to which head there are to be entries.
Choice: TypeAlias = tuple[bytes, Checkpoint, Checkpoint]
#: The key that verifies a head, by what it says of itself.
KeyOf = Callable[[bytes], VerifierKey | None]


@dataclass(frozen=True, slots=True)
class Mended:
    """The logs that are whole again, and what keeps others from it."""

    logs: tuple[LogName, ...]
    problems: tuple[Problem, ...]


def mend(
    own: NodeFolder,
    held: Mapping[LogName, HeldLog],
    damaged: Iterable[LogName],
    peers: Sequence[Peer],
) -> Mended:
    """Make these logs whole again, in their own place and beside it. held: the logs that verify."""
    mended: list[LogName] = []
    problems: list[Problem] = []
    for log in damaged:
        try:
            main = held.get(log) or repair_log(own, log, [peer.source(log) for peer in peers])
            _mend_branches(own, log, main, peers)
        except (VerificationError, NodeError, StorageError) as error:
            problems += error.problems
            continue
        mended.append(log)
    return Mended(tuple(mended), tuple(problems))


def _mend_branches(own: NodeFolder, log: LogName, main: HeldLog, peers: Sequence[Peer]) -> None:
    keys = keys_of(own, log)
    for path in branch_folders(own.disk, log):
        try:
            note = read_or_none(own.disk, f"{path}/{HEAD}")
            if note is not None:
                read_log(own.disk, path, log, key_of_note(note, keys) or keys[0])
        except (VerificationError, StorageError):
            sources = [source for peer in peers for source in _histories(peer, log)]
            repair_branch(own, log, path, main, sources)


def _histories(peer: Peer, log: LogName) -> Sequence[Source]:
    with contextlib.suppress(NodeError):
        return (peer.source(log), *peer.others(log))
    return ()


def repair_log(own: NodeFolder, log: LogName, peers: Iterable[Source]) -> HeldLog:
    """A log of a node, whole again in its own place, at the head that lies there or, where that is
    damaged, at the largest that a peer shows and whose entries are to be had.

    Of an own log the head that its writer persisted is completed where the published one cannot be
    read; and no head is taken that contradicts it, or covers less than what lies here where it
    cannot be read.

    Raises VerificationError where nobody has the signed entries, and StorageError; then nothing
    that was sound was touched."""

    def key_of(note: bytes) -> VerifierKey | None:
        with contextlib.suppress(NodeError):
            return own.key(log, note)
        return None

    return _repaired(own, log, f"logs/{log}", peers, key_of, lambda _head: True)


def repair_branch(
    own: NodeFolder, log: LogName, path: str, main: HeldLog, peers: Iterable[Source]
) -> HeldLog:
    """Another history of a log, whole again in its folder. Raises as `repair_log`."""

    def is_other(head: Checkpoint) -> bool:
        return head.size <= main.size and main.levels.root(head.size) != head.root

    keys = keys_of(own, log)
    return _repaired(own, log, path, peers, lambda note: key_of_note(note, keys), is_other)


def _repaired(
    own: NodeFolder, log: LogName, folder: str, peers: Iterable[Source], key_of: KeyOf, fits: Fits
) -> HeldLog:
    disk, origin = own.disk, own.agreement.origin(log)
    with disk.lock(f"{folder}/{LOCK}"):
        sources = [_Safe(source) for source in (FolderSource(disk, folder), *peers)]
        is_own = log in own.signers and folder == f"logs/{log}"
        mending = _Mending(disk, folder, log, origin, key_of, is_own, sources)
        note, head, target, levels = mending.first_whole(mending.heads(fits))
        mending.tidy(levels)
        mending.persisted(target)
        if mending.verified(sources[0].read(HEAD)) is None:
            if target.size > head.size:
                note = _completed(own, log, folder, target)
            elif note:
                replace(disk, f"{folder}/{HEAD}", note)
            else:
                disk.remove(f"{folder}/{HEAD}")
        key = key_of(note)
        return read_log(disk, folder, log, own.key(log) if key is None else key)


def _completed(own: NodeFolder, log: LogName, folder: str, head: Checkpoint) -> bytes:
    """The head that the writer of an own log had persisted, signed and put in the place of one that
    cannot be read: what was acknowledged stands at no time outside the published log."""
    signer = own.signer_at(log, head.size).opened()
    nothing = HeldLog(log, Checkpoint(head.origin, 0, EMPTY_ROOT), b"", Levels(), own.disk, folder)
    return LogWriter(own.disk, folder, nothing).complete(signer.key, signer.sign).note


@dataclass(frozen=True, slots=True)
class _Safe:
    """A source that has nothing where it fails."""

    source: Source

    def read(self, path: str) -> bytes | None:
        """A file of the log."""
        with contextlib.suppress(NodeError, StorageError):
            data = self.source.read(path)
            return data if data is None or len(data) <= bytes_max(path) else None
        return None


@dataclass(frozen=True, slots=True)
class _Mending:
    """One repair, with the lock held. sources: our own files first."""

    disk: Disk
    folder: str
    log: LogName
    origin: str
    key_of: KeyOf
    is_own: bool
    sources: Sequence[Source]

    def heads(self, fits: Fits) -> list[Choice]:
        """What may be made whole, the best first: the signed head that is to lie here, and the head
        up to which there are to be entries.

        Our own head where it verifies; else the ones that peers show, of an own log as its writer's
        own head allows; none where nobody shows one and no entries lie here."""
        note = self.sources[0].read(HEAD)
        head = self.verified(note)
        if note is not None and head is not None:
            return [(note, head, head)]
        nothing = Checkpoint(self.origin, 0, EMPTY_ROOT)
        found: dict[tuple[int, bytes], Choice] = {}
        for source in self.sources[1:]:
            note = source.read(HEAD)
            head = self.verified(note)
            if note is not None and head is not None and head.size <= ENTRIES_MAX and fits(head):
                found.setdefault((head.size, head.root), (note, head, head))
        choices = [found[key] for key in sorted(found, reverse=True)] or [(b"", nothing, nothing)]
        if self.is_own:
            return self._own_heads(choices[0], nothing)
        if choices[0][0] or not entries_here(self.disk, self.folder):
            return choices
        raise self.nobody(HEAD, f"no head of {entries_here(self.disk, self.folder)} entries")

    def _own_heads(self, shown: Choice, nothing: Checkpoint) -> list[Choice]:
        """What may be made whole of an own log whose published head cannot be read.

        The largest that peers show, where it goes on from the one that our writer persisted: what
        lies beyond that was acknowledged to nobody. Else the persisted one: what was acknowledged
        is never given up for another history. But it is damaged where nobody has its entries and
        all that lie here are of the peers'. Where it cannot be read, all of these have to stay."""
        head, own = shown[1], self._persisted_head()
        if own is None or not own.size:
            if head.size < (here := entries_here(self.disk, self.folder)):
                raise self.nobody(HEAD, f"no head of {here} entries")
        elif not self._goes_on(head, own):
            return [(b"", nothing, own), *([shown] if self._is_of_ours(head, own) else [])]
        return [shown]

    def first_whole(
        self, choices: Sequence[Choice]
    ) -> tuple[bytes, Checkpoint, Checkpoint, Levels]:
        """The first choice of which all entries are to be had, and its hashes; they are written.
        Raises VerificationError as for the first."""
        problems: list[Problem] = []
        for note, head, target in choices:
            try:
                levels = self.leaves(target)
                self.write(target, levels)
            except VerificationError as error:
                problems = problems or list(error.problems)
                continue
            return note, head, target, levels
        raise VerificationError(*problems)

    def _goes_on(self, head: Checkpoint, own: Checkpoint) -> bool:
        """Whether a head that a peer shows goes on from the one that our writer persisted."""
        with contextlib.suppress(VerificationError):
            return head.size >= own.size and self.leaves(head).root(own.size) == own.root
        return False

    def _is_of_ours(self, head: Checkpoint, own: Checkpoint) -> bool:
        """Whether a head that a peer shows goes on from all entries that lie here, and these are as
        many as our writer persisted: fewer would not tell a damaged head from lost entries."""
        here = entries_here(self.disk, self.folder)
        if not own.size <= here <= head.size:
            return False
        with contextlib.suppress(VerificationError):
            ours = Checkpoint(self.origin, here, self.leaves(head).root(here))
            return _leaves(self.sources[:1], ours, stored=False) is not None
        return False

    def leaves(self, head: Checkpoint) -> Levels:
        """The leaf hashes that give the head's root: as our own files have them, as one peer has
        them, or as all together have them."""
        ways = [self.sources, *([source] for source in self.sources)]
        for sources in ways:
            for stored in (True, False):
                levels = _leaves(sources, head, stored=stored)
                if levels is not None:
                    return levels
        raise self.nobody(tile_path(0, 0, min(head.size, TILE_WIDTH)), "no hashes of the head")

    def write(self, head: Checkpoint, levels: Levels) -> None:
        """Everything that the head covers, where it is not there already."""
        for number, width in widths(head.size):
            wanted = levels.leaves[number * TILE_WIDTH : number * TILE_WIDTH + width]
            path = tile_path(None, number, width)
            data = next(self._bundles(number, width, wanted), None)
            if data is None:
                raise self.nobody(path, "no bundle with the signed entries")
            self._put(path, data)
        for path, data in levels.tiles(0):
            self._put(path, data)

    def tidy(self, levels: Levels) -> None:
        """Remove what is no part of a log, and partial files that the head has outgrown and that
        hold something else."""
        for path in self.disk.files(self.folder):
            parsed = parse_tile_path(path)
            if parsed is None:
                stray = path not in BESIDE and not path.endswith(PARTIAL)
            else:
                stray = parsed[2] < TILE_WIDTH and not self._is_sound(path, parsed, levels)
            if stray:
                self.disk.remove(f"{self.folder}/{path}")

    def _is_sound(self, path: str, parsed: tuple[int | None, int, int], levels: Levels) -> bool:
        """Whether a partial file holds what the log gives, or lies beyond its head."""
        level, number, width = parsed
        wanted = levels.tile(level or 0, number, width)
        data = self.sources[0].read(path)
        if level is None and data is not None:
            data = b"".join(bundle_leaves(data) or [])
        return wanted is None or data == wanted

    def persisted(self, head: Checkpoint) -> None:
        """Where the head that a writer persisted cannot be read, is older, or contradicts the log,
        put the log's own in its place: one that was not published was shown to nobody, and the next
        repair takes what it says for all that was acknowledged."""
        path = f"{self.folder}/{PERSISTED}"
        data = read_or_none(self.disk, path)
        if data is None and not self.is_own:
            return
        told = self._persisted_head()
        if told is None or (told.size <= head.size and told != head):
            self.disk.swap(path, data, head.text().encode())

    def _persisted_head(self) -> Checkpoint | None:
        head = persisted_head(self.disk, self.folder)
        return head if head is not None and head.origin == self.origin else None

    def verified(self, note: bytes | None) -> Checkpoint | None:
        """A head, where it is signed by a key of this log; else None."""
        key = None if note is None else self.key_of(note)
        if note is None or key is None:
            return None
        with contextlib.suppress(VerificationError):
            return verified_head(note, key, Place(file=HEAD, log=self.log))
        return None

    def _bundles(self, number: int, width: int, wanted: Collection[bytes]) -> Iterator[bytes]:
        """Copies of a bundle with the entries that are wanted."""
        for source in self.sources:
            for data, leaves in _bundle_of(source, number, width):
                if leaves == list(wanted):
                    yield data

    def _put(self, path: str, data: bytes) -> None:
        if self.sources[0].read(path) != data:
            replace(self.disk, f"{self.folder}/{path}", data)

    def nobody(self, path: str, found: str) -> VerificationError:
        """What is told where no source has what is needed."""
        where = Place(file=f"{self.folder}/{path}", log=self.log)
        return VerificationError(Problem(Code.DAMAGED, where, found, "a sound copy with a peer"))


def _leaves(sources: Sequence[Source], head: Checkpoint, *, stored: bool) -> Levels | None:
    """The leaf hashes of a head as sources have them together, of each bundle the first that is
    whole; None where they do not give its root. stored: as the tiles have them; else as the entries
    give them."""
    levels = Levels()
    for number, width in widths(head.size):
        copies = (
            (leaves for source in sources for leaves in _hashes_of(source, number, width))
            if stored
            else (leaves for source in sources for _, leaves in _bundle_of(source, number, width))
        )
        leaves = next(copies, None)
        if leaves is None:
            return None
        levels = levels.grown(leaves)
    return levels if levels.root() == head.root else None


def _hashes_of(source: Source, number: int, width: int) -> Iterator[list[bytes]]:
    for candidate in _widths_there(source, number, width):
        hashes = split_hashes(source.read(tile_path(0, number, candidate)) or b"")
        if hashes and len(hashes) >= width:
            yield hashes[:width]


def _bundle_of(source: Source, number: int, width: int) -> Iterator[tuple[bytes, list[bytes]]]:
    for candidate in _widths_there(source, number, width):
        data = source.read(tile_path(None, number, candidate))
        leaves = None if data is None else bundle_leaves(data)
        if data is not None and leaves is not None and len(leaves) >= width:
            yield bundle_prefix(data, width), leaves[:width]


def _widths_there(source: Source, number: int, width: int) -> Iterator[int]:
    """The widths that a source may have a file at which holds so many entries: this one, the full
    one, and where its log has gone on, the one of its own head."""
    yield width
    if width == TILE_WIDTH:
        return
    yield TILE_WIDTH
    with contextlib.suppress(NoteError):
        size = parse_checkpoint(parse_note(source.read(HEAD) or b"").text).size
        there = size - number * TILE_WIDTH
        if width < there < TILE_WIDTH:
            yield there
