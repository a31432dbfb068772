"""Mirror another node's logs: only those that this node's participants may read, verified before a
byte is kept.

A peer that holds another history of a log is told by a problem, nothing is overwritten, and the
other logs go on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from trucekeeper.errors import Code, NodeError, Place, Problem, VerificationError
from trucekeeper.governance.keyring import whose
from trucekeeper.governance.record import RosterRow
from trucekeeper.replication.set_aside import is_vouched, own_copy, set_aside
from trucekeeper.storage.disk import replace as replace_file
from trucekeeper.storage.log_folder import HEAD, LOCK, HeldLog, LogWriter, read_log
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
    #: Participants whose root keys are trusted at first sight from now on.
    first_seen: tuple[str, ...] = ()


def pull(own: NodeFolder, peer: NodeFolder, readers: Collection[str]) -> Pulled:
    """Mirror into `own` what `peer` holds of the logs that any of `readers` may read.

    Raises NodeError where the two nodes hold different agreements.
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
    target = replace(own, roster=roster, trust=learnt.trust)
    new: dict[LogName, int] = {}
    held: dict[LogName, HeldLog] = {}
    for log in peer.logs_here():
        if log not in allowed or log in own.signers or _same_head(own, peer, log):
            continue
        try:
            before, held[log] = _mirror(target, peer, log)
            if more := held[log].size - before:
                new[log] = more
        except (VerificationError, NodeError) as error:
            problems += error.problems
    return Pulled(new, held, tuple(dict.fromkeys(problems)), learnt.first_seen)


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


def _mirror(own: NodeFolder, peer: NodeFolder, log: LogName) -> tuple[int, HeldLog]:
    """How many entries we had, and the log as we hold it then."""
    folder = f"logs/{log}"
    has_head = peer.disk.exists(f"{folder}/{HEAD}")
    note = peer.disk.read(f"{folder}/{HEAD}") if has_head else b""
    theirs = read_log(peer.disk, folder, log, own.key(log, note))
    with own.disk.lock(f"{folder}/{LOCK}"):
        ours, void = own_copy(own, log)
        try:
            mirrored = LogWriter(own.disk, folder, ours).mirror(theirs)
        except VerificationError:
            if not is_vouched(own, theirs, ours, void=void):
                raise
            set_aside(own, ours)
            mirrored = LogWriter(own.disk, folder, own.held(log)).mirror(theirs)
        if void and mirrored.size == theirs.size:
            replace_file(own.disk, f"{folder}/{HEAD}", theirs.note)
            mirrored = theirs
        return ours.size, mirrored


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
