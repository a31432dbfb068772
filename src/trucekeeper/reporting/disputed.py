"""What a report says of logs of which two histories exist: which entries are not counted, by whose
evidence, and what rests on them. Not who is to blame: a restored backup does it too."""

from __future__ import annotations

from typing import Any

from trucekeeper.picture import Derived
from trucekeeper.reporting.document import Cells, Message, Paragraph, Table, cells, columns
from trucekeeper.vocabulary.ids import ref_text
from trucekeeper.vocabulary.relations import rows_of


def disputed_notices(derived: Derived) -> tuple[Message, ...]:
    """One sentence for each frozen log, for the head of every page."""
    return tuple(_notice(row) for row in rows_of(derived.tables["disputed_logs"]))


def _notice(row: dict[str, Any]) -> Message:
    args: dict[str, Any] = {
        "log": row["log"],
        "first": ref_text(row["log"], row["size"]),
        "disputed": row["disputed"],
        "resting": row["resting"],
    }
    if row["found_by"]:
        args["by"] = tuple(row["found_by"])
    if row["goes_on_as"] is not None:
        args["goes_on_as"] = row["goes_on_as"]
    return Message("warning.disputed", args)


def disputed_parts(derived: Derived) -> list[Paragraph | Table]:
    """The frozen logs, and how many rows of which tables rest on what is not counted; nothing where
    every log has one history."""
    logs = rows_of(derived.tables["disputed_logs"])
    if not logs:
        return []
    names = ("log", "size", "disputed", "found_by", "resting", "goes_on_as", "branches", "basis")
    headings = columns(
        log="text", counted="number", not_counted="number", evidence_by="authors",
        resting="number", goes_on_as="text", histories="texts", evidence="refs",
    )  # fmt: skip
    resting: dict[str, int] = {}
    for name in derived.tables["disputed_values"].column("table").to_pylist():
        resting[name] = resting.get(name, 0) + 1
    rows: tuple[Cells, ...] = tuple((name, count) for name, count in sorted(resting.items()))
    parts: list[Paragraph | Table] = [
        Paragraph((Message("disputed.kept"),), "note"),
        Table("disputed.logs", headings, tuple(cells(row, *names) for row in logs)),
    ]
    if rows:
        parts.append(Table("disputed.values", columns(table="text", rows="number"), rows))
    return parts
