"""What a node has yet to tell that it has seen."""

from __future__ import annotations

from trucekeeper.statements.kinds import Context
from trucekeeper.storage.histories import HeldHistories
from trucekeeper.vocabulary.ids import LogName


def says_more(kept: HeldHistories, log: LogName, count: int) -> bool:
    """Whether the last entries of a log say more than that somebody saw something: else two nodes
    would answer each other forever."""
    last = kept.entries(log)[kept.held[log].size - count :]
    return any(not isinstance(stated.body, Context) for stated in last)
