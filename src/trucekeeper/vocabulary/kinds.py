"""The kinds of statement that these rules know, by area. A kind enters here together with its
derivation, under a new rules version."""

from __future__ import annotations

RULES_VERSION = 2

MONITORING_KINDS = (
    "report", "tally", "coverage", "post", "map-version", "evidence", "tasking", "visit",
    "access-request", "access-answer", "notice", "hotline-call", "flash-report", "shift-handover",
)  # fmt: skip
FACT_KINDS = ("position", "match", "correction", "withdrawal")
OUTCOME_KINDS = ("comment", "decision", "protest", "measure", "answer", "measure-verified")
GOVERNANCE_KINDS = (
    "context", "adherence", "amendment", "recognition", "release", "publication", "transmission",
    "corrigendum", "review", "keys", "signature", "two-histories", "continuation",
    "unchecked-start", "suspension",
)  # fmt: skip
SEALED_KINDS = ("sealed", "disclosure", "erasure")
KINDS: tuple[str, ...] = (
    MONITORING_KINDS + FACT_KINDS + OUTCOME_KINDS + GOVERNANCE_KINDS + SEALED_KINDS
)
#: Kinds that keep the record itself going: every author may state them in every log of its own.
KEEPING_KINDS = frozenset(
    {
        "context", "correction", "withdrawal", "review", "recognition", "keys", "signature",
        "two-histories", "continuation", "unchecked-start", "erasure",
    }
)  # fmt: skip
