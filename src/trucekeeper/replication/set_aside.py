"""A copy of a log that a stolen key made, kept beside the log and out of the way.

Where a key document says "void after size N, root R", the roots have said which history is the
participant's: one that has R at N. A copy that has not is kept, file by file, under
`logs/<log>.branches/`, and the log begins anew from a peer that has it."""

from __future__ import annotations

from trucekeeper.errors import Code, NodeError
from trucekeeper.logs.tree import roots_at
from trucekeeper.storage.disk import replace
from trucekeeper.storage.log_folder import HEAD, LOCK, HeldLog
from trucekeeper.storage.node_folder import NodeFolder
from trucekeeper.vocabulary.ids import LogName


def own_copy(own: NodeFolder, log: LogName) -> tuple[HeldLog, bool]:
    """A log as held here, and whether its head is by a key that was void at its size. Raises
    VerificationError."""
    try:
        return own.held(log), False
    except NodeError as error:
        if error.problems[0].code is not Code.VOID_HEAD:
            raise
    return own.held_void(log), True


def is_vouched(own: NodeFolder, theirs: HeldLog, ours: HeldLog, *, void: bool) -> bool:
    """Whether the roots say that of two histories theirs is the participant's. void: our head is by
    a key that was void at its size."""
    for row in own.keyrings.log_rows(theirs.name):
        size, stated = row.end_index, row.end_root
        if size and theirs.size >= size and _root(theirs, size) == stated:
            return void or ours.size < size or _root(ours, size) != stated
    return False


def set_aside(own: NodeFolder, ours: HeldLog) -> None:
    """Copy our history to the branches of its log, then take it out of the log's folder: the head
    first, for without it the rest is no part of a log."""
    folder = f"logs/{ours.name}"
    branch = f"{folder}.branches/{ours.checkpoint.root.hex()[:16]}"
    paths = [path for path in own.disk.files(folder) if path != LOCK]
    for path in paths:
        replace(own.disk, f"{branch}/{path}", own.disk.read(f"{folder}/{path}"))
    for path in sorted(paths, key=lambda path: path != HEAD):
        own.disk.remove(f"{folder}/{path}")


def _root(log: HeldLog, size: int) -> str:
    return roots_at(log.leaves, [size])[size].hex()
