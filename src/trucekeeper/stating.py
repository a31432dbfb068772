"""What drafts become: the canonical entries of those that would be admissible in an own log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code, Problem
from trucekeeper.governance.citing import cited_in
from trucekeeper.governance.entitlement import Admission
from trucekeeper.governance.record import Histories, Record, Stated, read_entries
from trucekeeper.intake.drafts import Draft
from trucekeeper.logs.tree import leaf_hash
from trucekeeper.statements.encoding import Envelope, encode, encode_body
from trucekeeper.vocabulary.ids import LogName, Reference
from trucekeeper.vocabulary.times import instant

Clock = Callable[[], float]
Salt = Callable[[], str]


def entries_of(
    agreement: Agreement,
    log: LogName,
    drafts: Sequence[Draft],
    record: Record,
    histories: Histories,
    clock: Clock,
    salt: Salt,
) -> tuple[list[bytes], list[Problem]]:
    """The entries that an own log would have after what the record has of it, in the order of the
    drafts, and a problem for each draft that would not be admissible. clock: POSIX seconds, where a
    draft tells no time. salt: 32 new hexadecimal digits."""
    known = {name: list(entries) for name, entries in record.items()}
    own = known.setdefault(log, [])
    admission = Admission(agreement, known, histories)
    entries: list[bytes] = []
    problems: list[Problem] = []
    for draft in drafts:
        entry, missing = _entry(draft, known, clock, salt)
        (tried,) = read_entries(log, [(leaf_hash(entry), entry)], start=len(own))
        fault = admission.judge(tried)
        if missing is not None:
            problems.append(missing)
        elif fault is not None:
            problems.append(
                Problem(fault.code, draft.origin, fault.fact, "an admissible statement")
            )
        else:
            own.append(tried)
            entries.append(entry)
    return entries, problems


def _entry(
    draft: Draft, record: Mapping[LogName, Sequence[Stated]], clock: Clock, salt: Salt
) -> tuple[bytes, Problem | None]:
    references, missing = [], None
    for ref in cited_in(draft.body):
        name, _, index = ref.rpartition("/")
        entries = record.get(LogName(name), ())
        if int(index) >= len(entries):
            missing = Problem(
                Code.NO_SUCH_REFERENCE, draft.origin, ref, "a statement that this node holds"
            )
        else:
            references.append(Reference(log=name, index=int(index), leaf=entries[int(index)].leaf))
    envelope = Envelope(
        kind=draft.body.kind,
        version=draft.body.version,
        officer=draft.officer,
        stated_at=instant(int(clock()) if draft.stated_at is None else draft.stated_at),
        body=msgspec.Raw(encode_body(draft.body)),
        language=draft.language,
        on_behalf_of=draft.on_behalf_of,
        references=tuple(references),
        salt=None if draft.circle == "public" else salt(),
    )
    return encode(envelope), missing
