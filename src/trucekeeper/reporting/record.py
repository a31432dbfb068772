"""Sections on the record and its rules: what would be other under another text of the agreement,
whose receipts there are, and what was done with the mechanism as a whole. Each only where there is
something to say."""

from __future__ import annotations

from trucekeeper.picture import Derived
from trucekeeper.reporting.document import (
    Cells,
    Message,
    Paragraph,
    Section,
    Table,
    cells,
    columns,
)
from trucekeeper.vocabulary.relations import rows_of

#: So many changes of one text are printed; all are counted.
_PRINTED_MAX = 20


def readings_section(derived: Derived) -> Section | None:
    """What changes under each other text of the agreement that somebody recognises."""
    rows = rows_of(derived.tables["readings"])
    if not rows:
        return None
    parts: list[Paragraph | Table] = [Paragraph((Message("readings.founding"),), "note")]
    counts: list[Cells] = []
    listed: list[Cells] = []
    for language in dict.fromkeys(row["reading"] for row in rows):
        own = [row for row in rows if row["reading"] == language]
        who, clauses = tuple(own[0]["recognised_by"]), tuple(own[0]["clauses"])
        by_table = {row["table"]: row["changes"] for row in own if row["table"] is not None}
        said = {"who": who, "language": language, "changes": sum(by_table.values())}
        parts.append(Paragraph((Message("readings.recognised", said),)))
        counts += [(language, who, table, count, clauses) for table, count in by_table.items()]
        names = ("reading", "table", "row", "column", "value_here", "value_there")
        listed += [cells(row, *names) for row in own if row["table"] is not None][:_PRINTED_MAX]
    if counts:
        headings = columns(
            reading="text", authors="authors", relation="text", changes="number", clauses="clauses"
        )
        parts.append(Table("readings.counts", headings, tuple(counts)))
        headings = columns(
            reading="text", relation="text", row="text", column="text", value_here="text",
            value_there="text",
        )  # fmt: skip
        parts.append(Table("readings.changes", headings, tuple(listed)))
    return Section("readings", tuple(parts))


def record_section(derived: Derived) -> Section | None:
    """Receipts of the heads of the cut, acts on the mechanism, starts that nobody could check, and
    stated times outside their record bracket."""
    parts = [*_mechanism(derived), *_receipts(derived), *_kept(derived)]
    return Section("record", tuple(parts)) if parts else None


def _mechanism(derived: Derived) -> list[Paragraph | Table]:
    acts = rows_of(derived.tables["mechanism"])
    if not acts:
        return []
    names = ("effective", "act", "custodian", "state", "stated_by", "lacking", "clauses")
    headings = columns(
        effective="instant", mechanism_act="word", custodian="author", act_state="word",
        stated_by="authors", lacking="authors", clauses="clauses",
    )  # fmt: skip
    told = tuple(cells(row, *names) for row in acts)
    parts: list[Paragraph | Table] = [
        Paragraph((Message("record.mechanism"),)),
        Table("record.mechanism", headings, told),
    ]
    sealed = rows_of(derived.tables["sealed_logs"])
    if sealed:
        headings = columns(
            log="text", size="number", root="text", receipts_by="authors", entries_after="number"
        )
        of_log = ("log", "size", "root", "receipts_by", "entries_after")
        rows = tuple(cells(row, *of_log) for row in sealed)
        parts.append(Table("record.sealed", headings, rows))
    return parts


def _receipts(derived: Derived) -> list[Paragraph | Table]:
    """The latest head of each log of which there are receipts, and that of the cut."""
    if not any(receipt.state == "verified" for receipt in derived.governed.head_receipts):
        return []
    heads = rows_of(derived.tables["heads"])
    latest = {row["log"]: row for row in heads if row["receipts_by"]}
    shown = [row for row in heads if row["is_last"] or latest.get(row["log"]) is row]
    headings = columns(
        log="text", size="number", receipts_by="authors", data_held_by="authors", quorum="word",
        clauses="clauses",
    )  # fmt: skip
    names = ("log", "size", "receipts_by", "data_held_by", "quorum", "clauses")
    return [
        Paragraph((Message("record.receipts"),)),
        Table("record.receipts", headings, tuple(cells(row, *names) for row in shown)),
    ]


def _kept(derived: Derived) -> list[Paragraph | Table]:
    sentences = []
    outside = sum(bool(row["outside_bracket"]) for row in derived.governed.rows)
    if outside:
        sentences.append(Message("record.outside-bracket", {"count": outside}))
    starts = rows_of(derived.tables["unchecked_starts"])
    open_ = [row for row in starts if row["followed_by"] is None]
    if starts:
        said = {"count": len(starts), "open": len(open_)}
        sentences.append(Message("record.unchecked-starts", said))
    return [Paragraph(tuple(sentences))] if sentences else []
