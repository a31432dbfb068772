"""A copy of a log that a stolen key made, kept beside the log and out of the way.

Where a key document says "void after size N, root R", the roots have said which history is the
participant's: one that has R at N. A copy that has not is kept, file by file, under
`logs/<log>.branches/`, and the log begins anew from a source that has it."""

from __future__ import annotations

from trucekeeper.errors import Code, NodeError, VerificationError
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.levels import Levels
from trucekeeper.logs.note import parse_note
from trucekeeper.logs.tiles import widths
from trucekeeper.replication.mirror import TwoHistories, source_bundle
from trucekeeper.storage.disk import replace
from trucekeeper.storage.log_folder import HEAD, LOCK, HeldLog
from trucekeeper.storage.node_folder import NodeFolder
from trucekeeper.vocabulary.ids import LogName


def own_copy(own: NodeFolder, log: LogName, before: HeldLog | None) -> tuple[HeldLog, bool]:
    """A log as held here, and whether its head is by a key that was void at its size. before: the
    log as verified before, by whatever key. Raises VerificationError."""
    try:
        own.key(log)
    except NodeError as error:
        if error.problems[0].code is not Code.VOID_HEAD:
            raise
        return before or own.held_void(log), True
    return before or own.held(log), False


def is_vouched(own: NodeFolder, found: TwoHistories, *, void: bool) -> bool:
    """Whether the roots say that of two histories the source's is the participant's. void: our head
    is by a key that was void at its size."""
    ours = found.held
    for row in own.keyrings.log_rows(ours.name):
        size = row.end_index
        if size and _source_root(found, size) == row.end_root is not None:
            return void or ours.size < size or ours.levels.root(size).hex() != row.end_root
    return False


def set_aside(own: NodeFolder, ours: HeldLog) -> None:
    """Copy our history to the branches of its log, then take it out of the log's folder: the head
    first, for without it the rest is no part of a log."""
    folder = f"logs/{ours.name}"
    branch = f"{folder}.branches/{ours.checkpoint.root.hex()[:16]}"
    with own.disk.lock(f"{folder}/{LOCK}"):
        paths = [path for path in own.disk.files(folder) if path != LOCK]
        for path in paths:
            replace(own.disk, f"{branch}/{path}", own.disk.read(f"{folder}/{path}"))
        for path in sorted(paths, key=lambda path: path != HEAD):
            own.disk.remove(f"{folder}/{path}")


def _source_root(found: TwoHistories, size: int) -> str | None:
    """The root of the source's history at a size that it may not have."""
    head, levels = parse_checkpoint(parse_note(found.note).text), Levels()
    if head.size < size:
        return None
    try:
        for number, width in widths(head.size):
            if levels.size < size:
                _, leaves = source_bundle(found.source, found.held.name, number, width)
                levels = levels.grown(leaves)
    except VerificationError:
        return None
    return levels.root(size).hex()
