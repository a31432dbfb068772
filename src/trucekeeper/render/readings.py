"""Cells of a report as a reader sees them: the words of a value, and what an empty cell means.

`none received`, `not stated`, `undetermined` and 0 are four different cells and look different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from trucekeeper.errors import Code
from trucekeeper.render.catalogue import Wording
from trucekeeper.reporting.document import Cells, Plain, Table, TableColumn

#: The vocabulary of each column that is read as a word.
VOCABULARIES: Mapping[str, str] = {
    "act": "act",
    "weapon": "weapon",
    "scope": "scope",
    "status": "status",
    "looking": "looking",
    "state": "clock",
    "kind": "kind",
    "of-kind": "kind",
    "span": "span",
    "same-text": "same-text",
    "sealed-what": "sealed-what",
    "sealed-state": "sealed-state",
    "mechanism-act": "mechanism-act",
    "act-state": "act-state",
    "quorum": "quorum",
}
#: Outcomes that are no more than that nobody has looked, or could see.
_UNEXAMINED = ("not-examined", "not-published")

CellKind = Literal[
    "text", "name", "number", "time", "ref", "none-received", "not-stated", "undetermined", "blank"
]
_KINDS: Mapping[str, CellKind] = {
    "number": "number",
    "instant": "time",
    "day": "time",
    "ref": "ref",
    "refs": "ref",
    "incident": "ref",
    "clause": "text",
    "clauses": "text",
    "period": "time",
    "word": "text",
    "words": "text",
    "text": "text",
    "texts": "text",
    "reasons": "text",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell in words. items: one, or several of a list. kind: what it is, for the look of it."""

    items: tuple[str, ...]
    kind: CellKind

    @property
    def text(self) -> str:
        return "; ".join(self.items)


def folded_days(table: Table) -> Table:
    """The table with rows that differ in nothing but that one day follows the other as one row, its
    first cell `first..last`. Rows stand in the order of their first days."""
    if not table.columns or table.columns[0].reading != "day":
        return table
    spans: list[tuple[date, date, Cells]] = []
    latest: dict[Cells, int] = {}
    for day_text, *rest in sorted(table.rows, key=lambda row: str(row[0])):
        day, key = date.fromisoformat(str(day_text)), tuple(rest)
        held = latest.get(key)
        if held is not None and spans[held][1] + timedelta(days=1) == day:
            spans[held] = (spans[held][0], day, key)
        else:
            latest[key] = len(spans)
            spans.append((day, day, key))
    rows = tuple(
        (f"{first}" if first == last else f"{first}..{last}", *rest) for first, last, rest in spans
    )
    return msgspec.structs.replace(table, rows=rows)


def table_cells(table: Table, wording: Wording) -> list[list[Cell]]:
    """The rows of a table in words."""
    statuses = [i for i, column in enumerate(table.columns) if column.id == "status"]
    return [
        [
            read_cell(column, value, wording, str(row[statuses[0]]) if statuses else None)
            for column, value in zip(table.columns, row, strict=True)
        ]
        for row in table.rows
    ]


def read_cell(
    column: TableColumn, value: Plain | Sequence[str], wording: Wording, status: str | None = None
) -> Cell:
    """One cell in words. status: that of the incident in the same row, which tells a draft outcome
    from a finding."""
    if value is None:
        return empty_cell(column.empty, wording)
    if column.id == "outcome":
        return Cell((outcome_text(str(value), status, wording),), "text")
    special = _special(column.id, value, wording)
    if special is not None:
        return Cell(special, "text")
    reading = column.reading
    values = value if isinstance(value, list | tuple) else (value,)
    singular = {
        "authors": "author",
        "groups": "group",
        "words": "word",
        "clauses": "clause-id",
        "reasons": "reason",
    }
    one = singular.get(reading, reading)
    items = tuple(_item(one, column, item, wording) for item in values)
    return Cell(items, _KINDS.get(reading, "name"))


def empty_cell(empty: str, wording: Wording) -> Cell:
    """A cell in which nothing stands, by what that means."""
    if empty == "none-received":
        return Cell((wording.phrase("none-received"),), "none-received")
    if empty == "not-stated":
        return Cell((wording.phrase("not-stated"),), "not-stated")
    if empty == "undetermined":
        return Cell((wording.phrase("undetermined"),), "undetermined")
    return Cell((), "blank")


def outcome_text(outcome: str, status: str | None, wording: Wording) -> str:
    """An outcome in words: a finding where it was found, else a draft, which says so."""
    if status == "finding":
        return f"{wording.phrase('finding')}: {wording.word('finding', outcome)}"
    if outcome in _UNEXAMINED:
        return sentence_case(wording.word("draft", outcome))
    return f"{wording.phrase('draft')}: {wording.word('draft', outcome)}"


def sentence_case(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def short_instant(text: str) -> str:
    """`2031-03-01 06:10` from `2031-03-01T06:10:00Z`; with seconds where there are any."""
    day, _, clock = text.removesuffix("Z").partition("T")
    return f"{day} {clock.removesuffix(':00')}" if clock else day


def _item(reading: str, column: TableColumn, value: Any, wording: Wording) -> str:
    match reading:
        case "word":
            return sentence_case(wording.word(VOCABULARIES[column.id], value))
        case "instant":
            return short_instant(value)
        case "reason":
            return sentence_case(wording.reason(value))
        case "lies":
            return sentence_case(wording.lies(value))
        case "day":
            return str(value).replace("..", f" {wording.phrase('to')} ")
        case "period" | "refs" | "texts" | "clause" | "clause-id":
            return str(value)
        case _:
            return wording.read(reading, value)


def _special(column: str, value: Any, wording: Wording) -> tuple[str, ...] | None:
    """What a column's texts mean, where they are more than text."""
    match column:
        case "judgements":
            return tuple(wording.judged(value))
        case "clock":
            return (wording.names.get(f"clock:{value}", str(value)),)
        case "problem":
            code = next((code for code in Code if code.id == value), None)
            return (str(value) if code is None else f"{code.id}: {code.meaning}",)
        case _:
            return None


def is_agreed(basis: str) -> bool:
    """Whether a line is drawn by an agreed map; else by a sketch, or by one participant's."""
    return basis.partition(" ")[0] in ("agreed", "")
