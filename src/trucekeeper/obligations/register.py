"""The register of promises. What became of each is no matter of this table: it says what was
promised, by whom, and when it is due under each variant."""

from __future__ import annotations

from typing import Any

from trucekeeper.agreement.rules import Agreement
from trucekeeper.vocabulary.relations import CLAUSES, INSTANT, TEXT, TEXTS, TRUTH, Column, Relation

OBLIGATIONS = Relation(
    "obligations",
    "Every promise and its deadline, one row a variant.",
    (
        Column("obligation", TEXT, "identifier in the agreement"),
        Column(
            "variant",
            TEXT,
            "`text` for the agreement's own deadline, else the source that gives another",
        ),
        Column("who", TEXTS, "who promised"),
        Column("what", TEXT, "what"),
        Column("due", INSTANT, "the instant at whose passing it is late; null where none is given"),
        Column(
            "passed",
            TRUTH,
            "whether that instant has passed at the day of the picture; null where none is given",
        ),
        Column("in_force", TRUTH, "false where it belongs to an amendment that is not adopted"),
        CLAUSES,
    ),
    ("obligation", "variant"),
)


def obligation_rows(agreement: Agreement, as_of: int) -> list[dict[str, Any]]:
    """The relation `obligations`."""
    found = []
    for obligation in agreement.file.obligations:
        deadlines = [("text", obligation.due)]
        deadlines += [(", ".join(variant.source), variant.due) for variant in obligation.variants]
        for variant, due in deadlines:
            at = None if due is None else agreement.due_instant(due)
            found.append(
                {
                    "obligation": obligation.id,
                    "variant": variant,
                    "who": list(obligation.who),
                    "what": obligation.what,
                    "due": at,
                    "passed": None if at is None else at <= as_of,
                    "in_force": obligation.amendment is None
                    or obligation.amendment in agreement.adopted,
                    "clauses": [obligation.clause],
                }
            )
    return found
