"""What a body cites: the statements, and the logs whose heads or sizes it tells."""

from __future__ import annotations

from collections.abc import Mapping

from trucekeeper.errors import Code
from trucekeeper.statements.encoding import Fault, decode_body
from trucekeeper.statements.kinds import (
    BODIES,
    Body,
    Context,
    Correction,
    Release,
    Suspension,
    UncheckedStart,
)
from trucekeeper.statements.parts import Kind, Restated
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.kinds import KINDS, SEALED_KINDS

#: The fields of each kind that hold references.
REFERENCE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "evidence": ("report",),
    "tasking": ("reports",),
    "visit": ("tasking",),
    "access-request": ("tasking",),
    "access-answer": ("request",),
    "hotline-call": ("reports",),
    "shift-handover": ("open_items",),
    "position": ("subject", "members_seen"),
    "match": ("one", "other"),
    "correction": ("of",),
    "withdrawal": ("of",),
    "comment": ("subject",),
    "decision": ("report", "members_seen"),
    "protest": ("reports",),
    "measure": ("decision",),
    "answer": ("to",),
    "measure-verified": ("measure",),
    "transmission": ("publication",),
    "corrigendum": ("publication",),
    "review": ("of",),
    "signature": ("of",),
    "sealed": ("about",),
    "disclosure": ("of",),
    "erasure": ("of",),
}
#: The kinds that a reference field must point to; a field that is not listed may point to any.
SUBJECT_KINDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("evidence", "report"): frozenset({"report"}),
    ("tasking", "reports"): frozenset({"report"}),
    ("visit", "tasking"): frozenset({"tasking"}),
    ("access-request", "tasking"): frozenset({"tasking"}),
    ("access-answer", "request"): frozenset({"access-request"}),
    ("hotline-call", "reports"): frozenset({"report"}),
    ("position", "members_seen"): frozenset({"report"}),
    ("match", "one"): frozenset({"report"}),
    ("match", "other"): frozenset({"report"}),
    ("decision", "report"): frozenset({"report"}),
    ("decision", "members_seen"): frozenset({"report"}),
    ("protest", "reports"): frozenset({"report"}),
    ("measure", "decision"): frozenset({"decision"}),
    ("answer", "to"): frozenset({"report", "protest", "measure"}),
    ("measure-verified", "measure"): frozenset({"measure"}),
    ("transmission", "publication"): frozenset({"publication"}),
    ("corrigendum", "publication"): frozenset({"publication"}),
    # What is sealed is erased, never merely withdrawn; what is erased stays so.
    ("withdrawal", "of"): frozenset({*KINDS} - {*SEALED_KINDS}),
    ("disclosure", "of"): frozenset({"sealed"}),
    ("erasure", "of"): frozenset({"sealed", "disclosure"}),
}


def references_in(body: Kind) -> tuple[tuple[str, RefText], ...]:
    """(field, reference) of all that a body cites."""
    found: list[tuple[str, RefText]] = []
    for name in REFERENCE_FIELDS.get(body.kind, ()):
        value = getattr(body, name)
        if isinstance(value, str):
            found.append((name, RefText(value)))
        elif value is not None:
            found += [(name, RefText(ref)) for ref in value]
    return tuple(found)


def cited_in(body: Kind) -> list[RefText]:
    """Every reference of a body, and of what it restates, once, in order."""
    inner = open_restated(body.restated)[0] if isinstance(body, Correction | Release) else None
    found = [*references_in(body), *(references_in(inner) if inner is not None else ())]
    return list(dict.fromkeys(ref for _, ref in found))


def logs_named(body: Body) -> tuple[str, ...]:
    """The logs whose heads or sizes a body tells: every reader of it must be able to read them."""
    match body:
        case Context():
            return (*(head.log for head in body.heads), *(head.log for head in body.receipts))
        case Suspension():
            return tuple(head.log for head in body.heads)
        case UncheckedStart():
            return tuple(body.sizes)
        case _:
            return ()


def open_restated(restated: Restated) -> tuple[Body | None, Fault | None]:
    """The body inside a correction or release."""
    if (restated.kind, restated.version) not in BODIES:
        return None, Fault(Code.NOT_UNDERSTOOD, f"{restated.kind}, version {restated.version}")
    return decode_body(restated.kind, restated.version, bytes(restated.body))
