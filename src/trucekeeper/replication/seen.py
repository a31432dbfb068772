"""What a node has yet to tell that it has seen."""

from __future__ import annotations

from trucekeeper.agreement.rules import Agreement
from trucekeeper.statements.kinds import Context
from trucekeeper.statements.parts import SeenHead
from trucekeeper.storage.histories import HeldHistories
from trucekeeper.vocabulary.ids import LogName, circle_of, first_edition


def unseen_heads(agreement: Agreement, kept: HeldHistories, own: LogName) -> tuple[SeenHead, ...]:
    """The heads of others' logs that every reader of an own log can read and that it has not stated
    yet."""
    told: dict[str, int] = {}
    for stated in kept.entries(own):
        if isinstance(stated.body, Context):
            for head in stated.body.heads:
                told[head.log] = max(told.get(head.log, 0), head.size)
    return tuple(
        SeenHead(log=other, size=held.size, root=held.checkpoint.root.hex())
        for other, held in sorted(kept.held.items())
        if first_edition(other) != first_edition(own)
        and held.size > told.get(other, 0)
        and agreement.is_within(circle_of(own), circle_of(other))
    )


def says_more(kept: HeldHistories, log: LogName, count: int) -> bool:
    """Whether the last entries of a log say more than that somebody saw something: else two nodes
    would answer each other forever."""
    last = kept.entries(log)[kept.held[log].size - count :]
    return any(not isinstance(stated.body, Context) for stated in last)
