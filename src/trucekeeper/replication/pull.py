"""Mirror another node's logs: only those that this node's participants may read, verified before a
byte is kept, whether they come from a folder, over HTTP or in a bundle.

A peer that holds another history of a log is told by a problem, nothing is overwritten, its history
is kept beside ours, and the other logs go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from trucekeeper.errors import Code, NodeError, Place, Problem, StorageError, VerificationError
from trucekeeper.governance.record import RosterRow
from trucekeeper.logs.note import NoteError, VerifierKey, parse_note
from trucekeeper.replication.branches import keep_others, other_sources
from trucekeeper.replication.exchange import About
from trucekeeper.replication.mirror import FolderSource, Source, TwoHistories, mirror
from trucekeeper.replication.witness import add_receipts, with_known_lines
from trucekeeper.storage.disk import read_or_none
from trucekeeper.storage.histories import branch_folders, keys_of
from trucekeeper.storage.log_folder import HEAD, HeldLog, same_head, verified_head
from trucekeeper.storage.node_folder import NodeFolder, write_roster
from trucekeeper.storage.trust import Learnt, Trust, Trusted, joined_keys, learn
from trucekeeper.vocabulary.ids import LogName

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

    def others(self, log: LogName) -> Sequence[Source]:
        """The other histories of a log that it holds."""

    def payload(self, path: str) -> bytes | None:
        """`payloads/<digest>`; None where it has none for us."""


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

    def others(self, log: LogName) -> Sequence[Source]:
        """The other histories of a log that it holds."""
        return other_sources(self.folder, log)

    def payload(self, path: str) -> bytes | None:
        """`payloads/<digest>`; None where it has none."""
        return read_or_none(self.folder.disk, path)


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
    allowed = {
        row.log
        for row in about.roster
        if any(own.agreement.may_read(reader, row.log) for reader in readers)
    }
    roster, problems = _joined_rosters(own.roster, [r for r in about.roster if r.log in allowed])
    learnt = _joined_trust(own, about)
    problems += learnt.problems
    if roster != own.roster or learnt.trust != own.trust:
        write_roster(own.disk, roster, learnt.trust)
    agreement = own.agreement.continuing(row.log for row in roster)
    target = replace(own, agreement=agreement, roster=roster, trust=learnt.trust)
    new: dict[LogName, int] = {}
    forked: list[LogName] = []
    held: dict[LogName, HeldLog] = {}
    for log, note in peer.heads().items():
        if log not in allowed or (only is not None and log not in only):
            continue
        try:
            others = peer.others(log)
            if _is_held(own, log, note):
                _take_receipts(target, log, note, receipts(log))
                if not others:
                    continue
            before = (verified or {}).get(log) or target.held(log)
            keys = (*keys_of(target, log), *receipts(log))
            sources = [_KnownLines(source, keys) for source in (peer.source(log), *others)]
            after, other = _pull_log(target, log, before, sources)
            forked += [log] if branch_folders(target.disk, log) else []
            problems += [other] if other is not None else []
            if log not in own.signers:
                held[log] = after
            if more := after.size - before:
                new[log] = more
        except (VerificationError, StorageError, NodeError) as error:
            problems += error.problems
        except StorageError as error:
            if error.problems[0].code is not Code.WRITER_BUSY:
                raise
            problems += error.problems
    told = tuple(dict.fromkeys(problems))
    return Pulled(new, held, told, tuple(forked), learnt.first_seen)


def _pull_log(
    own: NodeFolder, log: LogName, held: HeldLog, sources: Sequence[Source]
) -> tuple[HeldLog, Problem | None]:
    """A log as we hold it then, and a problem where the peer shows a history that we had not.
    sources: every history that the peer holds, the one in the log's own place first."""
    found: TwoHistories | None = None
    held, void = own_copy(own, log) if held is None else (held, False)
    before = held.size
    if log not in own.signers:
        try:
            held = mirror(own.disk, f"logs/{log}", log, own.key(log), sources[0], held)
        except TwoHistories as error:
            found = error
    held, _, new = keep_others(own, log, held, sources)
    if not new:
        return before, held, None
    where = Place(log=log) if found is None else found.problems[0].place
    problem = Problem(Code.TWO_HISTORIES, where, "another history, kept beside", "one history")
    return before, held, problem


def _mirror(
    own: NodeFolder, peer: NodeFolder, log: LogName, held: HeldLog, *, void: bool
) -> HeldLog:
    """The log as the peer holds it, where that goes on from ours, or the roots say that it does.
    void: our head is by a key that was void at its size."""
    folder = f"logs/{log}"
    note = read_or_none(peer.disk, f"{folder}/{HEAD}") or b""
    key, source = own.key(log, note), FolderSource(peer.disk, folder)
    try:
        mirrored = mirror(own.disk, folder, log, key, source, held)
    except TwoHistories:
        theirs = read_log(peer.disk, folder, log, key)
        if not is_vouched(own, theirs, held, void=void):
            raise
        set_aside(own, held)
        mirrored = mirror(own.disk, folder, log, key, source)
    if void and note and mirrored.note != note and same_head(mirrored.note, note):
        replace_file(own.disk, f"{folder}/{HEAD}", note)
        mirrored = read_log(own.disk, folder, log, key)
    return mirrored


def ahead(own: NodeFolder, peer: Peer, held: Mapping[LogName, HeldLog]) -> list[Problem]:
    """What a peer knows of this node's own logs that the node does not: the folder is a backup that
    was put back, or somebody else signs with its keys. Heads that the own key did not sign count
    for nothing."""
    problems = []
    for log, note in peer.heads().items():
        if log not in own.signers or log not in held:
            continue
        where = Place(file=peer.name, log=log)
        try:
            theirs = verified_head(note, own.key(log), where)
        except VerificationError:
            continue
        size = held[log].size
        if theirs.size > size:
            found = f"{theirs.size} entries"
            problems.append(Problem(Code.RESTORED_BACKUP, where, found, f"at most {size} entries"))
        elif held[log].levels.root(theirs.size) != theirs.root:
            found, expected = f"another history at {theirs.size} entries", "one history"
            problems.append(Problem(Code.RESTORED_BACKUP, where, found, expected))
    return problems


def restore(own: NodeFolder, peer: Peer, held: Mapping[LogName, HeldLog]) -> Pulled:
    """Bring the own logs back to what a peer holds of them, each verified by the own key."""
    new: dict[LogName, int] = {}
    found: dict[LogName, HeldLog] = {}
    problems: list[Problem] = []
    for log in peer.heads():
        if log in own.signers and log in held:
            try:
                key = own.key(log)
                source = _KnownLines(peer.source(log), (key,))
                found[log] = mirror(own.disk, f"logs/{log}", log, key, source, held[log])
            except (VerificationError, NodeError) as error:
                problems += error.problems
                continue
            if more := found[log].size - held[log].size:
                new[log] = more
    return Pulled(new, found, tuple(problems))


@dataclass(frozen=True, slots=True)
class _KnownLines:
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


def _joined_trust(own: NodeFolder, about: About) -> Learnt:
    """What a peer says of keys, taken as far as the roots that we trust signed it. Keys that no
    document holds are taken from the node whose they are and from no other, or a peer could bring a
    key under another's name."""
    given = [key for key in about.keys if key.participant in about.participants]
    known = {own.agreement.owner(row.log) for row in own.roster} | set(own.trust.roots())
    new = tuple(t for t in about.trusted if t.participant not in known)
    before = Trust(
        joined_keys(own.trust.keys, given),
        (*own.trust.participants, *(Trusted(t.participant, t.roots) for t in new)),
    )
    offers = Trust((), about.trusted).offers()
    known_roots = before.roots()
    return learn(
        own.agreement, before, [o for o in offers if o.document.participant in known_roots]
    )


def _joined_rosters(
    own: Iterable[RosterRow], other: Iterable[RosterRow]
) -> tuple[tuple[RosterRow, ...], list[Problem]]:
    """Our rows, and the other's where we have none. A key that differs is never replaced."""
    rows = {row.log: row for row in own}
    problems = []
    for row in other:
        known = rows.setdefault(row.log, row)
        if known.key != row.key:
            problems.append(
                Problem(
                    Code.ROSTER_DIFFERS, Place(file="roster.toml", log=row.log), row.key, known.key
                )
            )
    return tuple(rows.values()), problems
