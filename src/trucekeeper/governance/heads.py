"""Which heads of the logs others hold, and whether their receipts are what the agreement calls a
quorum. A label: nothing waits for it, nothing follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from trucekeeper.agreement.quorums import is_met
from trucekeeper.governance.effect import Governed
from trucekeeper.governance.record import Cut
from trucekeeper.statements.kinds import Context
from trucekeeper.vocabulary.ids import LogName, RefText, author_of
from trucekeeper.vocabulary.relations import (
    BASIS,
    CLAUSES,
    TEXT,
    TEXTS,
    TRUTH,
    WHOLE,
    Column,
    Relation,
)

HEADS = Relation(
    "heads",
    "Each log's head in the cut, and each head of which there are receipts: who states to hold it. "
    "A receipt is not agreement; a quorum is a label.",
    (
        Column("log", TEXT, "the log"),
        Column("size", WHOLE, "size of the head"),
        Column("root", TEXT, "its root, hexadecimal"),
        Column("is_last", TRUTH, "whether it is the head of the cut"),
        Column(
            "seen_by", TEXTS, "participants whose contexts cite it or a later one, without signing"
        ),
        Column("receipts_by", TEXTS, "participants with a receipt of it or of a later head"),
        Column("data_held_by", TEXTS, "those of them who state to hold all that is below it"),
        Column(
            "quorum",
            TEXT,
            "met or not-met by the receipts of those who are not on its author's side; none-agreed "
            "where the agreement names no quorum",
        ),
        BASIS,
        CLAUSES,
    ),
    ("log", "size"),
)


def head_rows(
    governed: Governed, cut: Cut, also: Mapping[LogName, tuple[int, str]] | None = None
) -> list[dict[str, Any]]:
    """The relation `heads`. also: log → (size, root) of one more head to look at."""
    receipts: dict[str, list[_Evidence]] = {}
    for r in governed.head_receipts:
        if r.state == "verified" and r.by is not None and r.capacity is not None:
            told = _Evidence(r.size, r.by, r.capacity, r.carried[0].ref, r.root)
            receipts.setdefault(r.log, []).append(told)
    seen: dict[str, list[_Evidence]] = {}
    for statement, context in governed.of_kind(Context):
        for head in context.heads:
            if statement.author != author_of(head.log):
                told = _Evidence(head.size, statement.author, "seen", statement.ref, head.root)
                seen.setdefault(head.log, []).append(told)
    rows = []
    for last in cut.heads:
        given = receipts.get(last.log, [])
        pending = sorted([*given, *seen.get(last.log, ())])
        covering: dict[tuple[str, str], RefText] = {}
        roots = {told.size: told.root for told in given} | {last.size: last.root}
        roots |= dict([also[last.log]]) if also is not None and last.log in also else {}
        # From the last head down: whoever holds a head holds all before it.
        for size in sorted(roots, reverse=True):
            while pending and pending[-1].size >= size:
                told = pending.pop()
                covering[told.capacity, told.by] = told.ref
            which = {"log": last.log, "size": size, "root": roots[size]}
            held = _held(governed, last.log, covering)
            rows.append(which | {"is_last": size == last.size} | held)
    return rows


class _Evidence(NamedTuple):
    """That somebody saw a head, or gave a receipt of it; and the context that says so."""

    size: int
    by: str
    capacity: str
    ref: RefText
    root: str


def _held(
    governed: Governed, log: LogName, covering: Mapping[tuple[str, str], RefText]
) -> dict[str, Any]:
    """Who holds a head. covering: (capacity, or `seen`; by whom) → the context that shows it."""
    agreement, order = governed.agreement, governed.agreement.order
    quorum = agreement.quorum_of(log.split(".")[1])

    def whose(*capacities: str) -> list[str]:
        found = {by for capacity, by in covering if capacity in capacities}
        return sorted(found, key=order.__getitem__)

    holders = whose("held-a-head", "holds-the-data")
    label = "none-agreed"
    if quorum is not None:
        counted = set(holders) - agreement.side_of(author_of(log))
        label = "met" if is_met(agreement.quorums, quorum.id, counted) else "not-met"
    return {
        "seen_by": whose("seen"),
        "receipts_by": holders,
        "data_held_by": whose("holds-the-data"),
        "quorum": label,
        "basis": [
            covering[key] for key in sorted(covering, key=lambda key: (order[key[1]], key[0]))
        ],
        "clauses": [quorum.clause] if quorum is not None and quorum.clause else [],
    }
