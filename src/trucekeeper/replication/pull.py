"""Mirror another node's logs: only those that this node's participants may read, verified before a
byte is kept, whether they come from a folder, over HTTP or in a bundle.

A peer that holds another history of a log is told by a problem, nothing is overwritten, its history
is kept beside ours, and the other logs go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from trucekeeper.errors import Code, NodeError, Place, Problem, StorageError, VerificationError
from trucekeeper.governance.keyring import Offer, offers_in
from trucekeeper.governance.record import RosterRow, read_entries
from trucekeeper.logs.note import NoteError, VerifierKey, parse_note
from trucekeeper.logs.witness import monitoring_path
from trucekeeper.replication.branches import keep_others, other_sources
from trucekeeper.replication.exchange import About
from trucekeeper.replication.introduction import introduced, readable
from trucekeeper.replication.mirror import FolderSource, Source, TwoHistories, mirror
from trucekeeper.replication.set_aside import is_vouched, own_copy, set_aside
from trucekeeper.replication.witness import add_receipts, with_known_lines
from trucekeeper.storage.disk import read_or_none
from trucekeeper.storage.histories import branch_folders, keys_of
from trucekeeper.storage.log_folder import HEAD, HeldLog, same_head
from trucekeeper.storage.node_folder import NodeFolder, change_roster
from trucekeeper.storage.trust import Learnt, Trust, learn
from trucekeeper.vocabulary.ids import LogName

_IS_KEYS = b'"kind":"keys"'
#: The keys by which receipts for a log are known.
ReceiptKeys = Callable[[LogName], Collection[VerifierKey]]


class Peer(Protocol):
    """Another node, however it is reached. Nothing that it says is believed. Every method may raise
    NodeError."""

    @property
    def name(self) -> str: ...

    def about(self) -> About:
        """Its agreement and roster, as far as this node may read it."""

    def heads(self) -> Mapping[LogName, bytes]:
        """The signed heads it holds, as far as this node may read them."""

    def source(self, log: LogName) -> Source:
        """The files of one log."""

    def witnessed(self, origin: str) -> bytes | None:
        """The head of a log that it has witnessed last, whether it holds the log or not."""

    def others(self, log: LogName) -> Sequence[Source]:
        """The other histories of a log that it holds."""

    def payload(self, path: str, at_most: int) -> bytes | None:
        """`payloads/<digest>`, or its first bytes up to a number; None where it has none for us."""

    def close(self) -> None:
        """Let go of what was opened for it."""


@dataclass(frozen=True)
class FolderPeer:
    """A node's folder as a peer."""

    folder: NodeFolder

    @property
    def name(self) -> str:
        return str(self.folder.path)

    def about(self) -> About:
        """Its agreement and roster."""
        owners = {self.folder.agreement.owner(log) for log in self.folder.signers}
        trust = self.folder.trust
        return About(
            self.folder.agreement.digest,
            tuple(sorted(owners)),
            self.folder.roster,
            trust.keys,
            trust.participants,
        )

    def heads(self) -> Mapping[LogName, bytes]:
        """The heads it holds."""
        read = {
            log: read_or_none(self.folder.disk, f"logs/{log}/{HEAD}")
            for log in self.folder.logs_here()
        }
        return {log: note for log, note in read.items() if note is not None}

    def source(self, log: LogName) -> Source:
        """The files of one log."""
        return FolderSource(self.folder.disk, f"logs/{log}")

    def witnessed(self, origin: str) -> bytes | None:
        """The head of a log that it has witnessed last."""
        return read_or_none(self.folder.disk, f"witness/{monitoring_path(origin)}")

    def others(self, log: LogName) -> Sequence[Source]:
        """The other histories of a log that it holds."""
        return other_sources(self.folder, log)

    def payload(self, path: str, at_most: int) -> bytes | None:
        """`payloads/<digest>`, or its first bytes up to a number; None where it has none."""
        return read_or_none(self.folder.disk, path, at_most)

    def close(self) -> None:
        """Nothing: files are opened one at a time."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a mirroring brought: log → how many new entries; the logs as they are now; what went
    wrong."""

    new: dict[LogName, int]
    held: dict[LogName, HeldLog]
    problems: tuple[Problem, ...]
    #: Logs of which several histories are held now, of those that were looked at.
    forked: tuple[LogName, ...] = ()
    #: Participants whose root keys are trusted at first sight from now on.
    first_seen: tuple[str, ...] = ()


def no_receipts(_log: LogName) -> Collection[VerifierKey]:
    """The keys of a node that knows nobody's receipts."""
    return ()


def pull(
    own: NodeFolder,
    peer: Peer,
    readers: Iterable[str],
    verified: Mapping[LogName, HeldLog] | None = None,
    *,
    only: Collection[LogName] | None = None,
    receipts: ReceiptKeys = no_receipts,
) -> Pulled:
    """Mirror into `own` what `peer` holds of the logs that any of `readers` may read.

    verified: our logs as verified before, so that only what is new costs time. only: these logs and
    no others. receipts: whose are taken along. Raises NodeError where the two nodes hold different
    agreements.
    """
    about = peer.about()
    if own.agreement.digest != about.agreement:
        where = Place(file=peer.name)
        raise NodeError(Problem(Code.OTHER_AGREEMENT, where, about.agreement, own.agreement.digest))
    readers = tuple(readers)
    own, (learnt, differing) = change_roster(own, lambda now: introduced(now, about, readers))
    passage = _Passage(peer, readable(own, about, readers), only, receipts)
    first = passage.over(own, verified or {})
    first = replace(
        first,
        problems=tuple(dict.fromkeys((*differing, *learnt.problems, *first.problems))),
        first_seen=learnt.first_seen,
    )
    offers = _offers(first)
    if not offers:
        return first
    own, told = change_roster(own, lambda now: _told(now, offers))
    seen = tuple(dict.fromkeys((*learnt.first_seen, *told.first_seen)))
    if not told.accepted:
        return replace(first, problems=(*first.problems, *told.problems), first_seen=seen)
    # What came tells of other keys: by these some log may verify that did not.
    again = passage.over(own, {**(verified or {}), **first.held})
    return Pulled(
        {log: first.new.get(log, 0) + again.new.get(log, 0) for log in {**first.new, **again.new}},
        first.held | again.held,
        tuple(dict.fromkeys((*differing, *learnt.problems, *again.problems, *told.problems))),
        tuple(dict.fromkeys((*first.forked, *again.forked))),
        seen,
    )


@dataclass(frozen=True)
class _Passage:
    """What is asked of a peer, which may be gone over twice. allowed: the logs that may be read."""

    peer: Peer
    allowed: Collection[LogName]
    only: Collection[LogName] | None
    receipts: ReceiptKeys

    def over(self, own: NodeFolder, verified: Mapping[LogName, HeldLog]) -> Pulled:
        """What one passage over the peer's logs brings, by the keys that are relied on now."""
        found = Pulled({}, {}, ())
        problems: list[Problem] = []
        for log, note in self.peer.heads().items():
            if log not in self.allowed or (self.only is not None and log not in self.only):
                continue
            try:
                found = self._log(own, log, note, verified.get(log), found)
            except (VerificationError, NodeError) as error:
                problems += error.problems
            except StorageError as error:
                if error.problems[0].code is not Code.WRITER_BUSY:
                    raise
                problems += error.problems
        return replace(found, problems=tuple(dict.fromkeys((*found.problems, *problems))))

    def _log(
        self, own: NodeFolder, log: LogName, note: bytes, before: HeldLog | None, found: Pulled
    ) -> Pulled:
        """What was found, with one log more."""
        others = self.peer.others(log)
        if _is_held(own, log, note):
            _take_receipts(own, log, note, self.receipts(log))
            if not others:
                return found
        keys = (*keys_of(own, log), *self.receipts(log))
        sources = [KnownLines(source, keys) for source in (self.peer.source(log), *others)]
        size, after, other = _pull_log(own, log, before, sources)
        own.show_key(log)
        more = after.size - size
        return replace(
            found,
            new=found.new | ({log: more} if more else {}),
            held=found.held | ({} if log in own.signers else {log: after}),
            problems=(*found.problems, *([] if other is None else [other])),
            forked=(*found.forked, *([log] if branch_folders(own.disk, log) else [])),
        )


def _pull_log(
    own: NodeFolder, log: LogName, before: HeldLog | None, sources: Sequence[Source]
) -> tuple[int, HeldLog, Problem | None]:
    """How many entries we had of a log, the log as we hold it then, and a problem where the peer
    shows a history that we had not. sources: every history that the peer holds, the one in the
    log's own place first."""
    held, void = own_copy(own, log, before)
    size, where = held.size, Place(log=log)
    if log not in own.signers:
        try:
            held = _mirrored(own, log, held, sources[0], void=void)
        except TwoHistories as error:
            where = error.problems[0].place
    held, _, new = keep_others(own, log, held, sources)
    problem = Problem(Code.TWO_HISTORIES, where, "another history, kept beside", "one history")
    return size, held, problem if new else None


def _mirrored(
    own: NodeFolder, log: LogName, held: HeldLog, source: Source, *, void: bool
) -> HeldLog:
    """The log as the source holds it, where that goes on from ours, or the roots say that it does.
    Its head is verified by the key that is in force at its size by our own roster. void: our head
    is by a key that was void at its size."""
    folder, key = f"logs/{log}", own.key(log, source.read(HEAD) or b"")
    try:
        return mirror(own.disk, folder, log, key, source, held)
    except TwoHistories as found:
        if not is_vouched(own, found, void=void):
            raise
    set_aside(own, held)
    return mirror(own.disk, folder, log, key, source)


def _offers(pulled: Pulled) -> list[Offer]:
    """The key documents among the new entries; the others are not decoded here."""
    found: list[Offer] = []
    for log, count in pulled.new.items():
        held = pulled.held.get(log)
        if held is None:
            continue
        for index, entry in enumerate(held.entries(held.size - count), held.size - count):
            if _IS_KEYS in entry:
                found += offers_in(
                    {log: read_entries(log, [(held.leaves[index], entry)], start=index)}
                )
    return found


@dataclass(frozen=True, slots=True)
class KnownLines:
    """A source whose head carries only lines that verify by known keys."""

    source: Source
    keys: Collection[VerifierKey]

    def read(self, path: str) -> bytes | None:
        """A file of the log."""
        data = self.source.read(path)
        if path != HEAD or data is None:
            return data
        try:
            known = with_known_lines(parse_note(data), self.keys)
        except NoteError:
            return data
        return bytes(known) if known.signatures else data


def _is_held(own: NodeFolder, log: LogName, note: bytes) -> bool:
    ours = read_or_none(own.disk, f"logs/{log}/{HEAD}")
    return ours is not None and same_head(ours, note)


def _take_receipts(
    own: NodeFolder, log: LogName, note: bytes, keys: Collection[VerifierKey]
) -> None:
    """Take the known receipts of another's copy of a head that lies here."""
    path = f"logs/{log}/{HEAD}"
    if not keys or not own.disk.exists(path) or own.disk.read(path) == note:
        return
    try:
        add_receipts(own.disk, log, with_known_lines(parse_note(note), keys))
    except NoteError:
        return


def _told(now: NodeFolder, offers: Iterable[Offer]) -> tuple[tuple[RosterRow, ...], Trust, Learnt]:
    """The roster once these key documents have been read in the logs."""
    learnt = learn(now.agreement, now.trust, offers)
    return now.roster, learnt.trust, learnt
