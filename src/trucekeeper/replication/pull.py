"""Mirror another node's logs: only those that this node's participants may read, verified before a
byte is kept.

A peer that holds another history of a log is told by a problem, nothing is overwritten, its history
is kept beside ours, and the other logs go on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from trucekeeper.errors import Code, NodeError, Place, Problem, VerificationError
from trucekeeper.governance.keyring import whose
from trucekeeper.governance.record import RosterRow
from trucekeeper.replication.branches import keep_others, peer_sources
from trucekeeper.replication.mirror import FolderSource, TwoHistories, mirror
from trucekeeper.replication.set_aside import is_vouched, own_copy, set_aside
from trucekeeper.storage.disk import read_or_none
from trucekeeper.storage.disk import replace as replace_file
from trucekeeper.storage.histories import branch_folders
from trucekeeper.storage.log_folder import HEAD, HeldLog, read_log, same_head
from trucekeeper.storage.node_folder import NodeFolder, write_roster
from trucekeeper.storage.trust import Learnt, Trust, Trusted, joined_keys, learn
from trucekeeper.vocabulary.ids import LogName


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


def pull(
    own: NodeFolder,
    peer: NodeFolder,
    readers: Collection[str],
    verified: Mapping[LogName, HeldLog] | None = None,
) -> Pulled:
    """Mirror into `own` what `peer` holds of the logs that any of `readers` may read.

    verified: our logs as verified before, so that only what is new costs time. Raises NodeError
    where the two nodes hold different agreements.
    """
    if own.agreement.digest != peer.agreement.digest:
        where = Place(file=str(peer.path))
        raise NodeError(
            Problem(Code.OTHER_AGREEMENT, where, peer.agreement.digest, own.agreement.digest)
        )
    allowed = {
        row.log
        for row in peer.roster
        if any(own.agreement.may_read(reader, row.log) for reader in readers)
    }
    roster, problems = _joined_rosters(
        own.roster, [row for row in peer.roster if row.log in allowed]
    )
    learnt = _joined_trust(own, peer.trust.read_by(own.agreement, readers))
    problems += learnt.problems
    write_roster(own.disk, roster, learnt.trust)
    agreement = own.agreement.continuing(row.log for row in roster)
    target = replace(own, agreement=agreement, roster=roster, trust=learnt.trust)
    new: dict[LogName, int] = {}
    forked: list[LogName] = []
    held: dict[LogName, HeldLog] = {}
    for log in peer.logs_here():
        if log not in allowed or _nothing_new(own, peer, log):
            continue
        try:
            before, after, other = _pull_log(target, peer, log, (verified or {}).get(log))
            forked += [log] if branch_folders(target, log) else []
            problems += [other] if other is not None else []
            if log not in own.signers:
                held[log] = after
            if more := after.size - before:
                new[log] = more
        except (VerificationError, NodeError) as error:
            problems += error.problems
    told = tuple(dict.fromkeys(problems))
    return Pulled(new, held, told, tuple(forked), learnt.first_seen)


def _pull_log(
    own: NodeFolder, peer: NodeFolder, log: LogName, held: HeldLog | None
) -> tuple[int, HeldLog, Problem | None]:
    """How many entries we had of a log, the log as we hold it then, and a problem where the peer
    shows a history that we had not."""
    found: TwoHistories | None = None
    held, void = own_copy(own, log) if held is None else (held, False)
    before = held.size
    if log not in own.signers:
        try:
            held = _mirror(own, peer, log, held, void=void)
        except TwoHistories as error:
            found = error
    held, _, new = keep_others(own, log, held, peer_sources(peer, log))
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


def _nothing_new(own: NodeFolder, peer: NodeFolder, log: LogName) -> bool:
    return _same_head(own, peer, log) and not branch_folders(peer, log)


def _joined_trust(own: NodeFolder, peer: Trust) -> Learnt:
    """What the peer's roster has of root keys and key documents, taken as far as the roots that we
    trust signed it. The roots of a participant are taken from it only while we know no key of that
    participant at all; later they come from its own logs."""
    known = {own.agreement.owner(row.log) for row in own.roster}
    known |= {participant for participant, _ in own.trust.roots()}
    new = tuple(t for t in peer.participants if t.participant not in known)
    before = Trust(
        joined_keys(own.trust.keys, peer.keys),
        (*own.trust.participants, *(Trusted(t.participant, t.circle, t.roots) for t in new)),
    )
    offers = [o for o in peer.offers() if whose(o.document) in before.roots()]
    learnt = learn(own.agreement, before, offers)
    return replace(learnt, first_seen=tuple(dict.fromkeys(t.participant for t in new)))


def _same_head(own: NodeFolder, peer: NodeFolder, log: LogName) -> bool:
    path = f"logs/{log}/{HEAD}"
    both = own.disk.exists(path) and peer.disk.exists(path)
    return both and own.disk.read(path) == peer.disk.read(path)


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
