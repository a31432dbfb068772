"""A sealed record log by log: its last heads, who holds them, and what was stated afterwards."""

from __future__ import annotations

from typing import Any

from trucekeeper.governance.effect import Governed
from trucekeeper.governance.heads import head_rows
from trucekeeper.governance.record import Cut
from trucekeeper.vocabulary.relations import (
    BASIS,
    TEXT,
    TEXTS,
    TRUTH,
    WHOLE,
    Column,
    Relation,
)

SEALED_LOGS = Relation(
    "sealed_logs",
    "Each log of a sealed record: its last head, whose receipts cover it, what was stated after. "
    "Nothing is removed. Empty where the record is not sealed.",
    (
        Column("log", TEXT, "the log"),
        Column("size", WHOLE, "size of its last head; null where those who sealed list none"),
        Column("root", TEXT, "root of its last head, hexadecimal"),
        Column("receipts_by", TEXTS, "participants with a receipt of it or of a later head"),
        Column(
            "custodian_holds",
            TRUTH,
            "whether the custodian's context or receipt covers it; null without a hand-over",
        ),
        Column("entries_after", WHOLE, "statements made after the sealing: kept, and marked"),
        BASIS,
    ),
    ("log",),
)


def sealed_rows(governed: Governed, cut: Cut) -> list[dict[str, Any]]:
    """The relation `sealed_logs`."""
    seal = governed.seal
    if seal is None:
        return []
    after: dict[str, int] = {}
    for row in governed.rows:
        if row["after_seal"]:
            log = row["ref"].rpartition("/")[0]
            after[log] = after.get(log, 0) + 1
    handed = [a for a in governed.acts if a.is_in_effect and a.act == "hand-over"]
    custodian = handed[-1].custodian if handed else None
    basis = [ref for act in (seal.act, *handed[-1:]) for ref, _ in act.stated]
    covered = head_rows(governed, cut, also=seal.heads)
    rows = []
    for head in cut.heads:
        size, root = seal.heads.get(head.log, (None, None))
        held = next((r for r in covered if (r["log"], r["size"]) == (head.log, size)), None)
        who = {*held["seen_by"], *held["receipts_by"]} if held is not None else set()
        own = custodian is not None and head.log.partition(".")[0] == custodian
        rows.append(
            {
                "log": head.log,
                "size": size,
                "root": root,
                "receipts_by": [] if held is None else held["receipts_by"],
                "custodian_holds": None if custodian is None else own or custodian in who,
                "entries_after": after.get(head.log, 0),
                "basis": basis,
            }
        )
    return rows
