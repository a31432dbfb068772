"""What each author had seen: contexts checked against the logs, causal depth, proof of receipt.

A context says which heads of other logs its author held. It counts only where the cited root is the
root of that log at that size, which also makes the order of cause and effect free of circles: a
head commits to every entry below it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from trucekeeper.governance.freeze import cited_heads
from trucekeeper.governance.record import Record, Stated
from trucekeeper.logs.tree import roots_at
from trucekeeper.statements.kinds import Context, Suspension
from trucekeeper.vocabulary.ids import LogName, RefText

Key = tuple[LogName, int]


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a participant proved to hold an entry: when, by its own clock as far as the record bears
    it out, and by which context: its own, or one that carries its receipt."""

    at: int
    context: RefText


class Proof(NamedTuple):
    """That a reader held the first `size` entries of a log at an instant, by a context with this
    leaf hash."""

    reader: str
    log: LogName
    size: int
    at: int
    leaf: str
    context: RefText


class Receipts:
    """Who proved when to hold what, by verified contexts and receipts."""

    def __init__(self, proofs: Iterable[Proof]) -> None:
        seen: dict[tuple[str, LogName], list[Proof]] = {}
        for proof in proofs:
            seen.setdefault((proof.reader, proof.log), []).append(proof)
        self._by_reader = {key: _earliest_from(rows) for key, rows in seen.items()}

    def first(self, reader: str, log: LogName, index: int) -> Receipt | None:
        """The earliest proof that a participant held entry `index` of a log."""
        sizes, receipts = self._by_reader.get((reader, log), ([], []))
        position = bisect_right(sizes, index)
        return receipts[position] if position < len(sizes) else None


def _earliest_from(proofs: list[Proof]) -> tuple[list[int], list[Receipt]]:
    """For each size that was seen, the earliest proof of having seen at least as much."""
    sizes, receipts = [], []
    best: tuple[int, str, RefText] | None = None
    for proof in sorted(proofs, key=lambda p: -p.size):
        told = (proof.at, proof.leaf, proof.context)
        best = told if best is None else min(best, told)
        sizes.append(proof.size)
        receipts.append(Receipt(best[0], best[2]))
    return sizes[::-1], receipts[::-1]


def cited_roots(record: Record) -> dict[tuple[LogName, int], str]:
    """The roots of the logs at every size that a context cites or carries receipts of, or that an
    act on the mechanism lists, in hexadecimal, as far as the logs reach. Of a frozen log the record
    has what counts; heads beyond that have no root here."""
    cited: dict[LogName, set[int]] = {}
    for entries in record.values():
        for stated in entries:
            if isinstance(stated.body, Context):
                for head in stated.body.heads:
                    cited.setdefault(LogName(head.log), set()).add(head.size)
                for carried in stated.body.receipts:
                    cited.setdefault(LogName(carried.log), set()).add(carried.size)
            elif isinstance(stated.body, Suspension):
                for head in stated.body.heads:
                    cited.setdefault(LogName(head.log), set()).add(head.size)
    return {
        (log, size): root.hex()
        for log, sizes in cited.items()
        if log in record
        for size, root in roots_at([bytes.fromhex(s.leaf) for s in record[log]], sizes).items()
    }


def wrong_heads(
    record: Record, roots: Mapping[tuple[LogName, int], str] | None = None
) -> dict[RefText, str]:
    """The contexts that cite a head inside the cut which is no head of that log, and which head it
    is. roots: as `cited_roots` gives them."""
    roots = cited_roots(record) if roots is None else roots
    return {
        stated.ref: f"{head.log} at {head.size}"
        for entries in record.values()
        for stated in entries
        if isinstance(stated.body, Context)
        for head in stated.body.heads
        if roots.get((LogName(head.log), head.size), head.root) != head.root
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
                beyond = [depths[other][index] + 1 for other, index in causes]
                done.append(max([before, *beyond]) if beyond else before)
                moved = True
    assert all(len(depths[log]) == len(entries) for log, entries in record.items())
    return depths


def _causes(stated: Stated, record: Record, valid: Container[RefText]) -> list[Key]:
    """The entries of other logs that provably came before, one per log is enough for a context. A
    head beyond a freeze stands for all of that log that counts."""
    found: list[Key] = []
    heads = cited_heads(stated)
    if heads and stated.ref in valid:
        for log, head_size in heads:
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
