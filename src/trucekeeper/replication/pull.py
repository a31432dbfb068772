"""Mirror another node's logs: only those that this node's participants may read, verified before a
byte is kept.

A peer that holds another history of a log is told by a problem, nothing is overwritten, and the
other logs go on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from trucekeeper.errors import Code, NodeError, Place, Problem, VerificationError
from trucekeeper.governance.record import RosterRow
from trucekeeper.storage.log_folder import HEAD, LOCK, HeldLog, LogWriter
from trucekeeper.storage.node_folder import NodeFolder, write_roster
from trucekeeper.vocabulary.ids import LogName


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a mirroring brought: log → how many new entries; the logs as they are now; what went
    wrong."""

    new: dict[LogName, int]
    held: dict[LogName, HeldLog]
    problems: tuple[Problem, ...]


def pull(own: NodeFolder, peer: NodeFolder, readers: Iterable[str]) -> Pulled:
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
    write_roster(own.disk, roster)
    target = replace(own, roster=roster)
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
    return Pulled(new, held, tuple(problems))


def _same_head(own: NodeFolder, peer: NodeFolder, log: LogName) -> bool:
    path = f"logs/{log}/{HEAD}"
    both = own.disk.exists(path) and peer.disk.exists(path)
    return both and own.disk.read(path) == peer.disk.read(path)


def _mirror(own: NodeFolder, peer: NodeFolder, log: LogName) -> tuple[int, HeldLog]:
    """How many entries we had, and the log as we hold it then."""
    theirs = peer.held(log)
    folder = f"logs/{log}"
    with own.disk.lock(f"{folder}/{LOCK}"):
        ours = own.held(log)
        return ours.size, LogWriter(own.disk, folder, ours).mirror(theirs)


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
