"""How the record itself was kept: starts that no peer could check, and what does not add up in what
was stated of time and receipts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trucekeeper.errors import Code, Place, Problem
from trucekeeper.governance.effect import Governed
from trucekeeper.statements.kinds import UncheckedStart
from trucekeeper.vocabulary.ids import split_ref
from trucekeeper.vocabulary.relations import BASIS, INSTANT, TEXT, TEXTS, Column, Relation
from trucekeeper.vocabulary.times import instant_text

UNCHECKED_STARTS = Relation(
    "unchecked_starts",
    "Every start of a node that no peer could compare with what it had published before: it may "
    "have started from an older copy of its logs.",
    (
        Column("ref", TEXT, "the statement"),
        Column("participant", TEXT, "whose node it is"),
        Column("stated_at", INSTANT, "when it was stated"),
        Column("sizes", TEXTS, "`log size` of its own logs when it started"),
        Column("asked", TEXTS, "the participants whose nodes gave no answer"),
        Column(
            "followed_by",
            INSTANT,
            "by when another had seen the log go on from there, in one history; null for not yet",
        ),
        BASIS,
    ),
    ("stated_at", "ref"),
)


def unchecked_rows(governed: Governed) -> list[dict[str, Any]]:
    """The relation `unchecked_starts`."""
    return [
        {
            "ref": statement.ref,
            "participant": statement.author,
            "stated_at": statement.at,
            "sizes": [f"{log} {size}" for log, size in sorted(body.sizes.items())],
            "asked": list(body.asked),
            "followed_by": governed.brackets[statement.log].before[statement.index],
            "basis": list(statement.basis),
        }
        for statement, body in governed.of_kind(UncheckedStart)
    ]


def keeping_problems(governed: Governed) -> Iterator[Problem]:
    """What `check` tells of how the record was kept: it counts all the same."""
    for start in unchecked_rows(governed):
        if start["followed_by"] is None:
            found = f"sizes {', '.join(start['sizes'])}"
            yield Problem(Code.UNCHECKED_START, _place(start["ref"]), found, "a peer's answer")
    for row in governed.rows:
        if row["outside_bracket"]:
            bounds = (row["recorded_after"], row["recorded_before"])
            after, before = ("open" if at is None else instant_text(at) for at in bounds)
            found = instant_text(row["stated_at"])
            expected = f"between {after} and {before}"
            yield Problem(Code.OUTSIDE_BRACKET, _place(row["ref"]), found, expected)
    for receipt in governed.head_receipts:
        if receipt.state in ("does-not-verify", "other-head"):
            found = f"{receipt.state}: {receipt.log} at {receipt.size}"
            where = _place(receipt.carried[0].ref)
            yield Problem(Code.BAD_RECEIPT, where, found, "a line that the key named made")
    for act in governed.acts:
        for ref, body in act.stated if act.state == "other-text" else ():
            found = body.agreement_digest
            yield Problem(Code.OTHER_TEXT, _place(ref), found, governed.agreement.digest)


def _place(ref: str) -> Place:
    log, index = split_ref(ref) or (ref, 0)
    return Place(log=log, index=index)
