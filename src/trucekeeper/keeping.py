"""What a node states of the record's keeping by itself: what it has seen of other logs, that a log
has two histories, that a start could not be checked."""

from __future__ import annotations

from collections.abc import Sequence

from trucekeeper.errors import Place
from trucekeeper.governance.telling import HeldHead, next_context
from trucekeeper.intake.drafts import Draft
from trucekeeper.replication.branches import evidence_for
from trucekeeper.statements.kinds import Body, Context, UncheckedStart
from trucekeeper.storage.histories import HeldHistories
from trucekeeper.storage.node_folder import NodeFolder
from trucekeeper.vocabulary.ids import (
    LogName,
    author_of,
    circle_of,
    first_edition,
    newest_edition,
)


def draft(log: LogName, body: Body, officer: str) -> Draft:
    """A statement of a log's own author."""
    return Draft(author_of(log), circle_of(log), body, Place(log=log), officer=officer)


def open_logs(folder: NodeFolder, kept: HeldHistories) -> list[LogName]:
    """The logs in which the node's participants state now: the last edition of each, unless it has
    several histories."""
    own = [log for log in folder.signers if author_of(log) in folder.agreement.participants]
    newest = dict.fromkeys(newest_edition(own, first_edition(log)) for log in own)
    return [log for log in newest if log in kept.held and not kept.is_forked(log)]


def evidence(folder: NodeFolder, kept: HeldHistories, officer: str) -> list[Draft]:
    """For each own log whose readers may all read a log with several histories: that it has, with
    the proof, once."""
    return [
        draft(log, body, officer)
        for log in open_logs(folder, kept)
        for body in evidence_for(folder, kept, log)
    ]


def contexts(folder: NodeFolder, kept: HeldHistories, officer: str) -> list[Draft]:
    """For each own log of a participant, a context of the heads that every member of its circle can
    read and that it has not stated yet, with the receipts of them."""
    held = [
        HeldHead(name, log.size, log.checkpoint.root.hex(), bytes(log.note))
        for name, log in kept.held.items()
    ]
    return [
        draft(log, body, officer)
        for log in open_logs(folder, kept)
        for body in [next_context(folder.agreement, log, kept.entries(log), held)]
        if body is not None
    ]


def says_more(kept: HeldHistories, log: LogName, count: int) -> bool:
    """Whether the last entries of a log say more than that somebody saw something: else two nodes
    would answer each other forever."""
    last = kept.entries(log)[kept.held[log].size - count :]
    return any(not isinstance(stated.body, Context) for stated in last)


def unchecked_start(
    folder: NodeFolder, kept: HeldHistories, asked: Sequence[str], officer: str
) -> list[Draft]:
    """For each own log, that the node went on without any of the peers that it asked. A node that
    has stated nothing has nothing to compare."""
    sizes = {log: kept.held[log].size for log in folder.signers if log in kept.held}
    if not asked or not any(sizes.values()):
        return []
    within = folder.agreement.is_within
    return [
        draft(log, UncheckedStart(sizes=readable, asked=tuple(asked)), officer)
        for log in open_logs(folder, kept)
        if (
            readable := {
                str(o): n for o, n in sizes.items() if within(circle_of(log), circle_of(o))
            }
        )
    ]
