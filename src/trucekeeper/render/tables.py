"""Tables as CSV: identifiers and words as the record has them, for machines and spreadsheets.

A list is joined by `;`. An empty cell of a report holds the word for what it means, so that no
spreadsheet takes it for zero. A text that a spreadsheet would run as a formula gets an apostrophe
before it; numbers never do."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from trucekeeper.reporting.document import Document, Table, TableColumn

#: What makes spreadsheets take UTF-8 for what it is.
BYTE_ORDER_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def document_tables(document: Document) -> list[Table]:
    """Every table of a report, in its order."""
    return [p for section in document.sections for p in section.parts if isinstance(p, Table)]


def table_csv(table: Table) -> str:
    """One table as CSV, headed by column identifiers."""
    rows = [
        [
            _word_for_nothing(column) if value is None else value
            for column, value in zip(table.columns, row, strict=True)
        ]
        for row in table.rows
    ]
    return csv_text([column_name(column) for column in table.columns], rows)


def column_name(column: TableColumn) -> str:
    """The identifier of a column; that of an author's column with the author, `id:author`, and with
    the publisher where that is another, `id:author|publisher`."""
    if column.of is None:
        return column.id
    publisher = "" if column.published_by is None else f"|{column.published_by}"
    return f"{column.id}:{column.of}{publisher}"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows of plain values as CSV with LF lines."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([_cell(name) for name in header])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def _word_for_nothing(column: TableColumn) -> str:
    return "" if column.empty == "blank" else column.empty


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = ";".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
