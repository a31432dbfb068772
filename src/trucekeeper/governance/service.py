"""Service: from when a participant is taken to hold a statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.vocabulary.ids import RefText, split_ref
from trucekeeper.vocabulary.times import hours_later


@dataclass(frozen=True, slots=True)
class Served:
    """From when. proof: the participant's own context, or `deemed` under the agreement's rule, or
    `stated`: in a transcription, where nobody proves anything, the time that the statement gives.
    refs: the context that it follows from."""

    at: int
    proof: str
    refs: tuple[RefText, ...]


def served(
    governed: Governed, reader: str, statement: Statement, releases: Iterable[RefText] = ()
) -> Served | None:
    """From when a participant holds a statement, or any of its releases that it may read: the
    earliest that is proven or deemed. None where nothing is."""
    agreement = governed.agreement
    if agreement.file.agreement.transcription:
        return Served(statement.at, "stated", ())
    found: list[tuple[int, str, RefText]] = []
    rule = agreement.file.service
    places = [(statement.log, statement.index), *filter(None, map(split_ref, releases))]
    for log, index in places:
        if not agreement.may_read(reader, log):
            continue
        receipt = governed.receipts.first(reader, log, index)
        if receipt is not None:
            found.append((receipt.at, receipt.context, receipt.context))
        held = None if rule is None else governed.receipts.first(rule.held_by, log, index)
        if rule is not None and held is not None:
            deemed = hours_later(held.at, rule.deemed_after_hours, governed.still)
            found += [] if deemed is None else [(deemed, "deemed", held.context)]
    if not found:
        return None
    at, proof, context = min(found)
    return Served(at, proof, (context,))
