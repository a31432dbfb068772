"""Mirror another node's logs: only those that this node's participants may read, verified before a
byte is kept.

A peer that holds another history of a log is told by a problem, nothing is overwritten, its history
is kept beside ours, and the other logs go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from trucekeeper.errors import Code, NodeError, Place, Problem, VerificationError
from trucekeeper.governance.record import RosterRow
from trucekeeper.replication.branches import keep_others, peer_sources
from trucekeeper.replication.mirror import FolderSource, TwoHistories, mirror
from trucekeeper.storage.histories import branch_folders
from trucekeeper.storage.log_folder import HEAD, HeldLog
from trucekeeper.storage.node_folder import NodeFolder, write_roster
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


def pull(
    own: NodeFolder,
    peer: NodeFolder,
    readers: Iterable[str],
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
    write_roster(own.disk, roster)
    agreement = own.agreement.continuing(row.log for row in roster)
    target = replace(own, agreement=agreement, roster=roster)
    new: dict[LogName, int] = {}
    forked: list[LogName] = []
    held: dict[LogName, HeldLog] = {}
    for log in peer.logs_here():
        if log not in allowed or _nothing_new(own, peer, log):
            continue
        try:
            before = (verified or {}).get(log) or target.held(log)
            after, other = _pull_log(target, peer, log, before)
            forked += [log] if branch_folders(target, log) else []
            problems += [other] if other is not None else []
            if log not in own.signers:
                held[log] = after
            if more := after.size - before.size:
                new[log] = more
        except (VerificationError, NodeError) as error:
            problems += error.problems
    return Pulled(new, held, tuple(problems), tuple(forked))


def _pull_log(
    own: NodeFolder, peer: NodeFolder, log: LogName, held: HeldLog
) -> tuple[HeldLog, Problem | None]:
    """A log as we hold it then, and a problem where the peer shows a history that we had not."""
    found: TwoHistories | None = None
    if log not in own.signers:
        source = FolderSource(peer.disk, f"logs/{log}")
        try:
            held = mirror(own.disk, f"logs/{log}", log, own.key(log), source, held)
        except TwoHistories as error:
            found = error
    held, _, new = keep_others(own, log, held, peer_sources(peer, log))
    if not new:
        return held, None
    where = Place(log=log) if found is None else found.problems[0].place
    return held, Problem(Code.TWO_HISTORIES, where, "another history, kept beside", "one history")


def _nothing_new(own: NodeFolder, peer: NodeFolder, log: LogName) -> bool:
    return _same_head(own, peer, log) and not branch_folders(peer, log)


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
