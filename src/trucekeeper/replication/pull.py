"""Mirror another node's logs: only those that this node's participants may read, verified before a
byte is kept, whether they come from a folder, over HTTP or in a bundle.

A peer that holds another history of a log is told by a problem, nothing is overwritten, its history
is kept beside ours, and the other logs go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from trucekeeper.errors import Code, NodeError, Place, Problem, StorageError, VerificationError
from trucekeeper.governance.key_document import read_key_text
from trucekeeper.governance.keyring import Offer, offers_in, whose
from trucekeeper.governance.record import RosterRow, read_entries
from trucekeeper.logs.note import NoteError, VerifierKey, parse_note
from trucekeeper.logs.witness import monitoring_path
from trucekeeper.replication.branches import keep_others, other_sources
from trucekeeper.replication.exchange import About
from trucekeeper.replication.mirror import FolderSource, Source, TwoHistories, mirror
from trucekeeper.replication.set_aside import is_vouched, own_copy, set_aside
from trucekeeper.replication.witness import add_receipts, with_known_lines
from trucekeeper.storage.disk import read_or_none
from trucekeeper.storage.histories import branch_folders, keys_of
from trucekeeper.storage.log_folder import HEAD, HeldLog, same_head
from trucekeeper.storage.node_folder import NodeFolder, change_roster
from trucekeeper.storage.trust import Learnt, Trust, Trusted, joined_keys, learn
from trucekeeper.vocabulary.ids import LogName, author_of

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
    own, (learnt, differing) = change_roster(own, lambda now: _introduced(now, about, readers))
    passage = _Passage(peer, _readable(own, about, readers), only, receipts)
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


def _readable(own: NodeFolder, about: About, readers: Iterable[str]) -> frozenset[LogName]:
    """The logs of which a peer tells that any of the readers may read."""
    readers = tuple(readers)
    return frozenset(
        row.log
        for row in about.roster
        if any(own.agreement.may_read(reader, row.log) for reader in readers)
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


def _introduced(
    now: NodeFolder, about: About, readers: Iterable[str]
) -> tuple[tuple[RosterRow, ...], Trust, tuple[Learnt, list[Problem]]]:
    """The roster once a peer has said who it is and whose logs it holds; what was learnt with it,
    and where the peer names other keys."""
    readers = tuple(readers)
    learnt, allowed = _joined_trust(now, about, readers), _readable(now, about, readers)
    rows, problems = _joined_rosters(now, (row for row in about.roster if row.log in allowed))
    return rows, learnt.trust, (learnt, problems)


def _told(now: NodeFolder, offers: Iterable[Offer]) -> tuple[tuple[RosterRow, ...], Trust, Learnt]:
    """The roster once these key documents have been read in the logs."""
    learnt = learn(now.agreement, now.trust, offers)
    return now.roster, learnt.trust, learnt


def _joined_trust(own: NodeFolder, about: About, readers: Iterable[str]) -> Learnt:
    """What a peer says of root keys and key documents, taken as far as the roots that we trust
    signed it. The roots of a participant are taken from it only while we know no key of that
    participant at all; later they come from its own logs. Keys that no document holds are taken
    from the node whose they are and from no other, or a peer could bring a key under another's
    name."""
    peer = Trust(about.keys, about.trusted).read_by(own.agreement, readers)
    given = [
        key
        for key in peer.keys
        if key.participant in about.participants
        and (key.role == "recipient" or read_key_text(key.key) is not None)
    ]
    known = {own.agreement.owner(row.log) for row in own.roster}
    known |= {participant for participant, _ in own.trust.roots()}
    new = tuple(t for t in peer.participants if t.participant not in known)
    before = Trust(
        joined_keys(own.trust.keys, given),
        (*own.trust.participants, *(Trusted(t.participant, t.circle, t.roots) for t in new)),
    )
    offers = [o for o in peer.offers() if whose(o.document) in before.roots()]
    learnt = learn(own.agreement, before, offers)
    return replace(learnt, first_seen=tuple(dict.fromkeys(t.participant for t in new)))


def _is_row(own: NodeFolder, row: RosterRow) -> bool:
    """Whether a row may stand on a roster: the author's log, and a key under the log's origin. What
    was garbled on the way would else stay for ever in the place of the right one."""
    key = read_key_text(row.key)
    named = key is not None and key.name == own.agreement.origin(row.log)
    return named and row.author == author_of(row.log)


def _joined_rosters(
    own: NodeFolder, other: Iterable[RosterRow]
) -> tuple[tuple[RosterRow, ...], list[Problem]]:
    """Our rows, and the other's where we have none and its is the row of such a log. A key that
    differs is never replaced."""
    rows = {row.log: row for row in own.roster}
    problems = []
    for row in other:
        if row.log not in rows and not _is_row(own, row):
            where, expected = Place(file="roster.toml", log=row.log), "a verifier key of this log"
            problems.append(Problem(Code.ROSTER_DIFFERS, where, row.key[:200], expected))
            continue
        known = rows.setdefault(row.log, row)
        if known.key != row.key:
            problems.append(
                Problem(
                    Code.ROSTER_DIFFERS, Place(file="roster.toml", log=row.log), row.key, known.key
                )
            )
    return tuple(rows.values()), problems
