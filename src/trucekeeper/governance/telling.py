"""What a node states next of what it has seen: the heads that are new, and the receipts of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.record import Stated
from trucekeeper.logs.note import NoteError, parse_note
from trucekeeper.statements.kinds import Context
from trucekeeper.statements.parts import CarriedHead, SeenHead
from trucekeeper.vocabulary.ids import LogName, circle_of, first_edition

#: A cosignature by Ed25519: eight bytes of time and the signature.
_COSIGNATURE_BYTES = 72
#: Of so many heads, and so many lines in all, a context fits into an entry.
HEADS_MAX, LINES_MAX, LINES_OF_A_HEAD_MAX = 64, 160, 32


class HeldHead(NamedTuple):
    """The head of a log as a node holds it. note: its checkpoint with all signature lines."""

    log: LogName
    size: int
    root: str
    note: bytes


def next_context(
    agreement: Agreement, log: LogName, entries: Sequence[Stated], held: Iterable[HeldHead]
) -> Context | None:
    """The context that an own log states next: heads that every member of its circle can read and
    that it has not stated, with receipts that it has not carried; None where no head is new.

    entries: of the own log so far."""
    told = [stated.body for stated in entries if isinstance(stated.body, Context)]
    sizes: dict[str, int] = {}
    for context in told:
        for head in context.heads:
            sizes[head.log] = max(sizes.get(head.log, 0), head.size)
    circle = circle_of(log)
    readable = [
        head
        for head in sorted(held)
        if head.size and agreement.is_within(circle, circle_of(head.log))
    ]
    heads = tuple(
        SeenHead(log=head.log, size=head.size, root=head.root)
        for head in readable
        if first_edition(head.log) != first_edition(log) and head.size > sizes.get(head.log, 0)
    )
    if not heads:
        return None
    carried = {
        (c.log, c.size, line) for context in told for c in context.receipts for line in c.lines
    }
    return Context(heads=heads, receipts=_new_receipts(readable, carried))


def _new_receipts(
    held: Iterable[HeldHead], carried: set[tuple[str, int, str]]
) -> tuple[CarriedHead, ...]:
    found: list[CarriedHead] = []
    room = LINES_MAX
    for head in held:
        new = [
            line for line in receipt_lines(head.note) if (head.log, head.size, line) not in carried
        ]
        lines = tuple(new[: min(LINES_OF_A_HEAD_MAX, room)])
        if lines and len(found) < HEADS_MAX:
            found.append(CarriedHead(log=head.log, size=head.size, root=head.root, lines=lines))
            room -= len(lines)
    return tuple(found)


def receipt_lines(note: bytes) -> list[str]:
    """The Ed25519 cosignature lines of a checkpoint, in ascending order; none where it is no
    note."""
    try:
        signatures = parse_note(note).signatures
    except NoteError:
        return []
    return sorted(str(s) for s in signatures if len(s.signature) == _COSIGNATURE_BYTES)
