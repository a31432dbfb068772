"""A node's own logs as its peers know them: whether they know more than the node itself, as after a
backup was put back, and how it is brought back."""

from __future__ import annotations

from collections.abc import Mapping

from trucekeeper.errors import Code, NodeError, Place, Problem, VerificationError
from trucekeeper.replication.mirror import mirror
from trucekeeper.replication.pull import KnownLines, Peer, Pulled
from trucekeeper.storage.log_folder import HEAD, HeldLog, verified_head
from trucekeeper.storage.node_folder import NodeFolder
from trucekeeper.vocabulary.ids import LogName


def ahead(own: NodeFolder, peer: Peer, held: Mapping[LogName, HeldLog]) -> list[Problem]:
    """What a peer knows of this node's own logs that the node does not: the folder is a backup that
    was put back, or somebody else signs with its keys. Both what it mirrored counts and what it
    only witnessed; heads that the own key did not sign count for nothing."""
    problems: dict[LogName, Problem] = {}
    mirrored = peer.heads()
    for log in own.signers:
        if log not in held:
            continue
        notes = mirrored.get(log), peer.witnessed(own.agreement.origin(log))
        for note in notes:
            found = None if note is None else _more(own, log, note, held[log], peer.name)
            if found is not None:
                problems.setdefault(log, found)
    return list(problems.values())


def _more(own: NodeFolder, log: LogName, note: bytes, held: HeldLog, peer: str) -> Problem | None:
    """What a head of an own log says that we do not hold."""
    where = Place(file=peer, log=log)
    try:
        theirs = verified_head(note, own.key(log, note), where)
    except (VerificationError, NodeError):
        return None
    if theirs.size > held.size:
        found, expected = f"{theirs.size} entries", f"at most {held.size} entries"
        return Problem(Code.RESTORED_BACKUP, where, found, expected)
    if held.levels.root(theirs.size) != theirs.root:
        found, expected = f"another history at {theirs.size} entries", "one history"
        return Problem(Code.RESTORED_BACKUP, where, found, expected)
    return None


def restore(own: NodeFolder, peer: Peer, held: Mapping[LogName, HeldLog]) -> Pulled:
    """Bring the own logs back to what a peer holds of them, each verified by the own key in force
    there."""
    new: dict[LogName, int] = {}
    found: dict[LogName, HeldLog] = {}
    problems: list[Problem] = []
    for log in peer.heads():
        if log in own.signers and log in held:
            try:
                files = peer.source(log)
                key = own.key(log, files.read(HEAD) or b"")
                source = KnownLines(files, (key,))
                folder = f"logs/{log}"
                found[log] = mirror(own.disk, folder, log, key, source, held[log], is_own=True)
            except (VerificationError, NodeError) as error:
                problems += error.problems
                continue
            if more := found[log].size - held[log].size:
                new[log] = more
    return Pulled(new, found, tuple(problems))
