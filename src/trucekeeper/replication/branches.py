"""Other histories of a log: kept beside it when a peer shows one, and proven.

What a peer holds of a log, in the log's own place or beside it, goes on from one of the histories
held here, or is one more, kept whole. So every history reaches everybody who may read the log, its
author included, whose own history nothing overwrites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from trucekeeper.errors import Place
from trucekeeper.logs.checkpoint import Checkpoint
from trucekeeper.logs.equivocation import build, is_exact, note_of
from trucekeeper.logs.note import VerifierKey, parse_note
from trucekeeper.logs.tiles import TILE_WIDTH, widths
from trucekeeper.replication.mirror import (
    FolderSource,
    Source,
    TwoHistories,
    mirror,
    source_bundle,
)
from trucekeeper.statements import kinds
from trucekeeper.statements.parts import SignedHead, TwoHeads
from trucekeeper.storage.histories import (
    HeldHistories,
    branch_folder,
    branch_folders,
    key_of_note,
    keys_of,
    read_branches,
)
from trucekeeper.storage.log_folder import HEAD, HeldLog, verified_head
from trucekeeper.storage.node_folder import NodeFolder
from trucekeeper.vocabulary.ids import LogName, circle_of


def other_sources(peer: NodeFolder, log: str) -> list[Source]:
    """The other histories of a log that a peer's folder holds."""
    return [FolderSource(peer.disk, folder) for folder in branch_folders(peer.disk, log)]


def keep_others(
    own: NodeFolder, log: str, main: HeldLog, sources: Iterable[Source]
) -> tuple[HeldLog, list[HeldLog], bool]:
    """Take up what sources hold of a log: the history in its own place, the others, and whether one
    of these is new. Raises VerificationError, after which what was kept stays."""
    branches, _ = read_branches(own, log)
    found_new = False
    for source in sources:
        head = _head(own, log, source)
        if head is None or any(_has(h, head[0].size, head[0].root) for h in (main, *branches)):
            continue
        main, branches, new = _take(own, log, source, head, main, branches)
        found_new = found_new or new
    return main, branches, found_new


def _head(own: NodeFolder, log: str, source: Source) -> tuple[Checkpoint, VerifierKey] | None:
    """The head that a source shows, verified by whichever key of the log signed it."""
    note = source.read(HEAD)
    if note is None:
        return None
    keys = keys_of(own, log)
    key = key_of_note(note, keys) or keys[0]
    return verified_head(note, key, Place(file=HEAD, log=log)), key


def _take(
    own: NodeFolder,
    log: str,
    source: Source,
    head: tuple[Checkpoint, VerifierKey],
    main: HeldLog,
    branches: Sequence[HeldLog],
) -> tuple[HeldLog, list[HeldLog], bool]:
    """Let one of the histories go on, or keep one more. An own log is only ever written here: a
    peer that holds more of it than we do has nothing that goes beside it."""
    checkpoint, key = head
    is_own = log in own.signers
    if is_own and not _differs(main, source, checkpoint):
        return main, list(branches), False
    for held in (*branches, *(() if is_own else (main,))):
        try:
            grown = mirror(own.disk, held.folder, log, key, source, held)
        except TwoHistories:
            continue
        if held is main:
            return grown, list(branches), False
        return main, [grown if h is held else h for h in branches], False
    kept = mirror(own.disk, branch_folder(log, checkpoint.root), log, key, source)
    return main, [*branches, kept], True


def _differs(held: HeldLog, source: Source, head: Checkpoint) -> bool:
    """Whether a source shows another history than ours, not more of it."""
    if head.size <= held.size:
        return held.levels.root(head.size) != head.root
    ours = iter(held.leaves)
    for number, width in widths(head.size):
        if number * TILE_WIDTH >= held.size:
            break
        _, leaves = source_bundle(source, held.name, number, width)
        if any(own != their for own, their in zip(islice(ours, len(leaves)), leaves, strict=False)):
            return True
    return False


def _has(held: HeldLog, size: int, root: bytes) -> bool:
    return held.size >= size and held.levels.root(size) == root


# Evidence


def evidence_for(folder: NodeFolder, kept: HeldHistories, own: LogName) -> list[kinds.TwoHistories]:
    """What is to be stated in an own log: of the logs with several histories that all its readers
    may read."""
    circle, found = circle_of(own), []
    read = kept.stated(kinds.TwoHistories, folder.agreement, circle) if kept.branches else []
    stated, told = [body for log, body in read if log == own], [body for _, body in read]
    for log, branches in kept.branches.items():
        if folder.agreement.is_within(circle, circle_of(log)):
            found += evidence_of(keys_of(folder, log), kept.held[log], branches, stated, told)
    return found


def evidence_of(
    keys: Sequence[VerifierKey],
    main: HeldLog,
    branches: Sequence[HeldLog],
    stated: Iterable[kinds.TwoHistories],
    others: Iterable[kinds.TwoHistories],
) -> list[kinds.TwoHistories]:
    """What is to be stated of the histories of a log: that each differs from the one in the log's
    place, unless `stated` has it; and of two heads of which `others` prove less than can be proven
    here, all of it."""
    done = [body.evidence for body in stated if body.log == main.name]
    found: list[TwoHeads] = []
    for branch in branches:
        fork = not _has(main, branch.size, branch.checkpoint.root)
        fork = fork and not _has(branch, main.size, main.checkpoint.root)
        if fork and not any(_tells(e, main, branch) for e in done):
            notes = parse_note(main.note), parse_note(branch.note)
            found.append(build(keys, notes, (main.leaves, branch.leaves)))
    exact = {(e.one, e.other) for e in (*done, *found) if is_exact(e)}
    exact |= {(b.evidence.one, b.evidence.other) for b in others if is_exact(b.evidence)}
    for body in others:
        e = body.evidence
        if body.log == main.name and (e.one, e.other) not in exact:
            held = [_holding((main, *branches), head) for head in (e.one, e.other)]
            if held[0] is not None and held[1] is not None:
                notes = note_of(e.origin, e.one), note_of(e.origin, e.other)
                found.append(build(keys, notes, (held[0].leaves, held[1].leaves)))
                exact.add((e.one, e.other))
    return [kinds.TwoHistories(log=main.name, evidence=evidence) for evidence in found]


def _tells(evidence: TwoHeads, one: HeldLog, other: HeldLog) -> bool:
    """Whether evidence is of these two histories, as far as they went when it was stated."""
    heads = evidence.one, evidence.other
    pairs = (heads, heads[::-1])
    return any(_holding((one,), a) and _holding((other,), b) for a, b in pairs)


def _holding(histories: Iterable[HeldLog], head: SignedHead) -> HeldLog | None:
    root = bytes.fromhex(head.root)
    return next((held for held in histories if _has(held, head.size, root)), None)
