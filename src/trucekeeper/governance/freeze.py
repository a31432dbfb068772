"""Where a log has two histories: up to which size it counts, and what stands beyond.

Evidence proves itself, so it counts whoever states it and wherever it stands, on a disputed branch
too: what more is known can only make a frozen log shorter, and the order of delivery cannot matter.
Each piece of evidence gives a size: what it proves the two heads to share, or what other evidence
proves of the same two heads; else nothing is proven shared. The least of them is the size of the
freeze. Entries beyond it are kept, on every branch, and not counted; which branch a reader held
first plays no part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.record import Branch, BranchHead, Histories, Record, Stated
from trucekeeper.logs.equivocation import Divergence, EvidenceError, verify
from trucekeeper.logs.note import VerifierKey
from trucekeeper.logs.tree import roots_at
from trucekeeper.statements.kinds import Context, Continuation, TwoHistories
from trucekeeper.vocabulary.ids import LogName, RefText

Entry = tuple[LogName, int, str]


@dataclass(frozen=True, slots=True)
class Freeze:
    """Up to which size a log counts. basis: the statements that prove it, in order; none where
    several histories are held and nobody has stated it yet."""

    size: int
    basis: tuple[RefText, ...]


@dataclass(frozen=True, slots=True)
class Disputed:
    """An entry beyond a freeze. branches: the heads of the histories on which it stands."""

    stated: Stated
    branches: tuple[BranchHead, ...]


@dataclass(frozen=True)
class Frozen:
    """The frozen logs of a cut. record: what counts. disputed: by log, index and leaf hash. heads:
    those cited heads beyond a freeze that are heads of a history held."""

    record: Record
    freezes: Mapping[LogName, Freeze] = field(default_factory=dict)
    disputed: Mapping[Entry, Disputed] = field(default_factory=dict)
    heads: frozenset[tuple[str, int, str]] = frozenset()

    def beyond(self, log: str, size: int) -> bool:
        """Whether a head of that size, or the entry before it, is beyond the log's freeze."""
        freeze = self.freezes.get(LogName(log))
        return freeze is not None and size > freeze.size


def check_evidence(
    agreement: Agreement, keys: Sequence[VerifierKey], body: TwoHistories
) -> Divergence:
    """What the evidence of a statement proves of the log that it names. keys: every key that the
    log ever had; that one has ended since takes nothing from what it signed. Raises
    EvidenceError."""
    if body.evidence.origin != agreement.origin(body.log):
        raise EvidenceError("heads of another log than the one named")
    if not keys:
        raise EvidenceError("no key of that log is known here")
    return verify(body.evidence, keys)


def freeze(
    record: Record, histories: Histories, proves: Callable[[Stated], Divergence | None]
) -> Frozen:
    """The frozen logs of a record. proves: what a statement of two histories proves, None where it
    is not admissible."""
    proven: dict[LogName, list[tuple[RefText, Divergence]]] = defaultdict(list)
    for stated in _all(record, histories):
        if isinstance(stated.body, TwoHistories) and stated.body.log in record:
            divergence = proves(stated)
            if divergence is not None:
                proven[LogName(stated.body.log)].append((stated.ref, divergence))
    freezes = {log: _freeze(evidence) for log, evidence in proven.items()}
    for log in histories.branches:
        held = Freeze(len(record[log]), ())
        freezes[log] = min(freezes.get(log, held), held, key=lambda f: f.size)
    freezes = {log: Freeze(f.size, _basis(proven[log])) for log, f in freezes.items()}
    if not freezes:
        return Frozen(record)
    counted = {
        log: entries[: freezes[log].size] if log in freezes else entries
        for log, entries in record.items()
    }
    disputed: dict[Entry, Disputed] = {}
    for log in freezes:
        disputed |= _beyond(log, freezes[log].size, record[log], histories.branches.get(log, ()))
    return Frozen(counted, freezes, disputed, _known_heads(record, histories, freezes))


def _freeze(evidence: Sequence[tuple[RefText, Divergence]]) -> Freeze:
    """The least of what the pairs of heads are proven to share, each by the best that is known of
    it."""
    shared: dict[tuple[object, object], int] = {}
    for _, d in evidence:
        pair = (d.one, d.other)
        shared[pair] = max(shared.get(pair, 0), d.common)
    return Freeze(min(shared.values()), ())


def _basis(evidence: Iterable[tuple[RefText, Divergence]]) -> tuple[RefText, ...]:
    return tuple(sorted({ref for ref, _ in evidence}))


def _all(record: Record, histories: Histories) -> Iterator[Stated]:
    for entries in record.values():
        yield from entries
    for branches in histories.branches.values():
        for branch in branches:
            yield from branch.entries


def _beyond(
    log: LogName, size: int, shared: Sequence[Stated], branches: Sequence[Branch]
) -> dict[Entry, Disputed]:
    """The entries beyond a freeze, each once for all histories that hold it there."""
    everywhere = tuple(branch.head for branch in branches)
    found = {(log, s.index, s.leaf): Disputed(s, everywhere) for s in shared[size:]}
    for branch in branches:
        for s in branch.entries:
            key = (log, s.index, s.leaf)
            before = found[key].branches if key in found else ()
            found[key] = Disputed(s, (*before, branch.head))
    return found


def _known_heads(
    record: Record, histories: Histories, freezes: Mapping[LogName, Freeze]
) -> frozenset[tuple[str, int, str]]:
    cited: dict[LogName, set[int]] = defaultdict(set)
    for stated in _all(record, histories):
        for log, size in cited_heads(stated):
            if log in freezes and size > freezes[log].size:
                cited[log].add(size)
    found: set[tuple[str, int, str]] = set()
    for log, sizes in cited.items():
        shared = [bytes.fromhex(s.leaf) for s in record[log]]
        rests = [b.entries for b in histories.branches.get(log, ())] or [()]
        for rest in rests:
            leaves = [*shared, *(bytes.fromhex(s.leaf) for s in rest)]
            found |= {(log, size, r.hex()) for size, r in roots_at(leaves, sizes).items()}
    return frozenset(found)


def cited_heads(stated: Stated) -> list[tuple[LogName, int]]:
    """The heads of other logs that a statement cites: those of a context, and the one from which a
    log goes on."""
    if isinstance(stated.body, Context):
        return [(LogName(head.log), head.size) for head in stated.body.heads]
    if isinstance(stated.body, Continuation) and stated.body.size:
        return [(LogName(stated.body.continues), stated.body.size)]
    return []
