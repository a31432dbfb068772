"""What was known at a time: the prefix of each log that somebody else had proved to hold by then.

A log's author cannot prove by its own word that an entry existed; another participant's context or
receipt can, and no single false clock decides (`governance/brackets.py`). Logs that are
transcribed, entered later from an archive, count by stated time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.causality import cited_roots, wrong_heads
from trucekeeper.governance.keyring import Keyrings
from trucekeeper.governance.record import Record, Stated
from trucekeeper.governance.recorded import is_transcribed, recorded
from trucekeeper.statements.kinds import Context
from trucekeeper.statements.parts import SeenHead
from trucekeeper.vocabulary.ids import LogName, author_of
from trucekeeper.vocabulary.times import FIRST_INSTANT, seconds


def known_sizes(agreement: Agreement, record: Record, known_by: int) -> Mapping[LogName, int]:
    """How many entries of each log were known at an instant."""
    roots = cited_roots(record)
    wrong = wrong_heads(record, roots)
    contexts = [
        (stated, stated.body)
        for entries in record.values()
        for stated in entries
        if isinstance(stated.body, Context) and stated.ref not in wrong
    ]
    keyrings = Keyrings.of(record, agreement)
    found = recorded(agreement, keyrings, record, contexts, roots).brackets
    return {
        log: _stated_by(entries, known_by)
        if is_transcribed(agreement, log)
        else found[log].known_by(known_by)
        for log, entries in record.items()
    }


def known_heads(record: Record, known_by: int) -> Iterator[SeenHead]:
    """The heads that others than a log's author had proved to hold by an instant. Of a log with
    several histories the record has what these share; a head beyond may be of any of them."""
    wrong = wrong_heads(record)
    for entries in record.values():
        for stated in entries:
            if (
                isinstance(stated.body, Context)
                and stated.ref not in wrong
                and _at(stated) <= known_by
            ):
                yield from (
                    h for h in stated.body.heads if author_of(h.log) != author_of(stated.log)
                )


def _stated_by(entries: Sequence[Stated], known_by: int) -> int:
    return sum(1 for _ in takewhile(lambda stated: _at(stated) <= known_by, entries))


def _at(stated: Stated) -> int:
    """When an entry was stated; one that cannot be read counts as known with the next that can."""
    return FIRST_INSTANT if stated.envelope is None else seconds(stated.envelope.stated_at)
