"""What the contexts and receipts of a cut prove: who held what from when, and between when and when
every entry was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.brackets import Bracket, Seen, Word, brackets, middle
from trucekeeper.governance.causality import Proof, Receipts
from trucekeeper.governance.keyring import Keyrings
from trucekeeper.governance.receipts import HeadReceipt, head_receipts
from trucekeeper.governance.record import Record, Stated
from trucekeeper.statements.kinds import Context
from trucekeeper.vocabulary.ids import LogName, author_of
from trucekeeper.vocabulary.times import FIRST_INSTANT, LAST_INSTANT


@dataclass(frozen=True, slots=True)
class Recorded:
    """receipts: every receipt of a head. brackets: of every log. proofs: who held what from
    when."""

    receipts: tuple[HeadReceipt, ...]
    brackets: Mapping[LogName, Bracket]
    proofs: Receipts


def recorded(
    agreement: Agreement,
    keyrings: Keyrings,
    record: Record,
    contexts: Sequence[tuple[Stated, Context]],
    roots: Mapping[tuple[LogName, int], str],
) -> Recorded:
    """What these contexts prove. roots: of the heads that are cited, as `cited_roots` gives
    them."""
    sizes = {log: len(entries) for log, entries in record.items()}
    told = [(author_of(s.log), _at(s), s, context) for s, context in contexts]
    receipts = head_receipts(agreement, keyrings, told, sizes, roots)
    verified = [r for r in receipts if r.state == "verified"]
    found = brackets(
        record,
        [s for s in _seen(told, verified, sizes) if s.by not in _own(agreement, s.log)],
        [w for w in _words(agreement, told, verified, record) if w.by != author_of(w.log)],
    )
    return Recorded(receipts, found, Receipts(_proofs(told, verified, found)))


def is_transcribed(agreement: Agreement, log: str) -> bool:
    """Whether a log is an archive's, entered later: it counts by stated time."""
    component = agreement.components.get(author_of(log))
    return agreement.file.agreement.transcription or (
        component is not None and component.transcribed
    )


def _own(agreement: Agreement, log: LogName) -> tuple[str | None, ...]:
    """Who has no word on when an entry of a log was made: its author, and who keeps it."""
    component = agreement.components.get(author_of(log))
    return (author_of(log), None if component is None else component.keeper)


def _seen(
    told: Iterable[tuple[str, int, Stated, Context]],
    receipts: Iterable[HeadReceipt],
    sizes: Mapping[LogName, int],
) -> Iterator[Seen]:
    """Who had seen how much of which log when, by contexts and by receipts."""
    for author, at, _, context in told:
        for head in context.heads:
            log = LogName(head.log)
            if log in sizes:
                yield Seen(log, min(head.size, sizes[log]), author, at)
    for receipt in receipts:
        assert receipt.by is not None
        assert receipt.at is not None
        yield Seen(receipt.log, receipt.size, receipt.by, receipt.at)


def _words(
    agreement: Agreement,
    told: Iterable[tuple[str, int, Stated, Context]],
    receipts: Iterable[HeadReceipt],
    record: Record,
) -> Iterator[Word]:
    """Of which instants of others' clocks an author had seen word, and from which entry on: the
    latest that a cited log states up to its head, and when a carried receipt was given."""
    latest: dict[LogName, Sequence[int]] = {}
    for _, _, stated, context in told:
        for head in context.heads:
            log = LogName(head.log)
            entries = record.get(log, ())
            by = author_of(log)
            if by in agreement.participants and 0 < head.size <= len(entries):
                if log not in latest:
                    latest[log] = list(accumulate(map(_at, entries), max))
                yield Word(stated.log, stated.index, by, latest[log][head.size - 1])
    for receipt in receipts:
        assert receipt.by is not None
        assert receipt.at is not None
        for carrier in receipt.carried:
            log_text, _, index = carrier.ref.rpartition("/")
            yield Word(LogName(log_text), int(index), receipt.by, receipt.at)


def _proofs(
    told: Iterable[tuple[str, int, Stated, Context]],
    receipts: Iterable[HeadReceipt],
    found: Mapping[LogName, Bracket],
) -> Iterator[Proof]:
    """Who held what from when. A time outside its bracket counts as the nearest inside it; that of
    a receipt is bounded by the contexts that carry it."""
    for author, at, stated, context in told:
        when = found[stated.log].clamped(stated.index, at)
        for head in context.heads:
            yield Proof(author, LogName(head.log), head.size, when, stated.leaf, stated.ref)
    for receipt in receipts:
        assert receipt.by is not None
        assert receipt.at is not None
        carriers = {c.author: c.at for c in reversed(receipt.carried) if c.author != receipt.by}
        best, second, *_ = (*sorted(carriers.values()), LAST_INSTANT, LAST_INSTANT)
        when = min(receipt.at, middle(receipt.at, best, second))
        first = receipt.carried[0]
        yield Proof(receipt.by, receipt.log, receipt.size, when, first.leaf, first.ref)


def _at(stated: Stated) -> int:
    """When an entry was stated; one that cannot be read says nothing of it."""
    return FIRST_INSTANT if stated.at is None else stated.at
