"""What each author had seen: contexts checked against the logs, causal depth, proof of receipt.

A context says which heads of other logs its author held. It counts only where the cited root is the
root of that log at that size, which also makes the order of cause and effect free of circles: a
head commits to every entry below it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable
from dataclasses import dataclass

from trucekeeper.governance.freeze import cited_heads
from trucekeeper.governance.record import Record, Stated
from trucekeeper.logs.tree import roots_at
from trucekeeper.statements.kinds import Context
from trucekeeper.vocabulary.ids import LogName, RefText
from trucekeeper.vocabulary.times import seconds

Key = tuple[LogName, int]


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a participant proved to hold an entry: by which context, stated when (by its own
    clock)."""

    at: int
    context: RefText


class Receipts:
    """Who proved when to hold what. Built from verified contexts only."""

    def __init__(self, contexts: Iterable[tuple[str, Stated, Context]]) -> None:
        seen: dict[tuple[str, LogName], list[tuple[int, int, RefText]]] = {}
        for author, stated, context in contexts:
            assert stated.envelope is not None
            at = seconds(stated.envelope.stated_at)
            for head in context.heads:
                seen.setdefault((author, LogName(head.log)), []).append((head.size, at, stated.ref))
        self._by_reader = {key: _earliest_from(rows) for key, rows in seen.items()}

    def first(self, reader: str, log: LogName, index: int) -> Receipt | None:
        """The earliest proof that a participant held entry `index` of a log."""
        sizes, receipts = self._by_reader.get((reader, log), ([], []))
        position = bisect_right(sizes, index)
        return receipts[position] if position < len(sizes) else None


def _earliest_from(rows: list[tuple[int, int, RefText]]) -> tuple[list[int], list[Receipt]]:
    """For each size that was seen, the earliest context that saw at least as much."""
    sizes, receipts = [], []
    best: tuple[int, RefText] | None = None
    for size, at, ref in sorted(rows, reverse=True):
        best = (at, ref) if best is None else min(best, (at, ref))
        sizes.append(size)
        receipts.append(Receipt(*best))
    return sizes[::-1], receipts[::-1]


def wrong_heads(record: Record) -> dict[RefText, str]:
    """The contexts that cite a head inside the cut which is no head of that log, and which head it
    is. Of a frozen log the record has what counts; a head beyond that is not judged here."""
    cited: dict[LogName, set[int]] = {}
    contexts = [(s, s.body) for log in record.values() for s in log if isinstance(s.body, Context)]
    for _, context in contexts:
        for head in context.heads:
            cited.setdefault(LogName(head.log), set()).add(head.size)
    roots = {
        log: roots_at([bytes.fromhex(stated.leaf) for stated in record[log]], sizes)
        for log, sizes in cited.items()
        if log in record
    }
    return {
        stated.ref: f"{head.log} at {head.size}"
        for stated, context in contexts
        for head in context.heads
        if (root := roots.get(LogName(head.log), {}).get(head.size)) is not None
        and root.hex() != head.root
    }


def causal_depths(record: Record, valid: Container[RefText]) -> dict[LogName, list[int]]:
    """How many steps of "had seen" lie before each entry: 0 for who could have seen nothing by
    another.

    valid: the admissible contexts and continuations.
    An entry follows the one before it in its log at no cost; a context, or a reference into another
    log, is one step beyond what it cites. Independent of clocks and of the order of delivery."""
    depths: dict[LogName, list[int]] = {log: [] for log in record}
    moved = True
    while moved:
        moved = False
        for log, entries in record.items():
            done = depths[log]
            while len(done) < len(entries):
                stated = entries[len(done)]
                causes = _causes(stated, record, valid)
                if any(index >= len(depths[other]) for other, index in causes):
                    break
                before = done[-1] if done else 0
                done.append(max([before, *(depths[other][index] + 1 for other, index in causes)]))
                moved = True
    assert all(len(depths[log]) == len(entries) for log, entries in record.items())
    return depths


def _causes(stated: Stated, record: Record, valid: Container[RefText]) -> list[Key]:
    """The entries of other logs that provably came before, one per log is enough for a context. A
    head beyond a freeze stands for all of that log that counts."""
    found: list[Key] = []
    if stated.ref in valid:
        for log, head_size in cited_heads(stated):
            size = min(head_size, len(record.get(log, ())))
            if log != stated.log and size:
                found.append((log, size - 1))
    if stated.envelope is not None:
        for reference in stated.envelope.references:
            log = LogName(reference.log)
            entries = record.get(log, ()) if log != stated.log else ()
            cited = entries[reference.index] if reference.index < len(entries) else None
            if cited is not None and cited.leaf == reference.leaf:
                found.append((log, reference.index))
    return found
