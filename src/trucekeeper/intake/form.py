"""The offline form: a workbook made from the agreement, filled in anywhere and taken back in.

Same agreement, same bytes. The columns are those of `columns`; the lists are the agreement's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from trucekeeper.agreement.rules import Agreement
from trucekeeper.intake.columns import COLUMNS, ReportColumn
from trucekeeper.intake.workbooks import HELP, LISTS, REPORTS

#: Rows that the form prepares; further rows are read as well.
ROWS = 2_000
_FIRST_ROW = 2
_DATE = "yyyy-mm-dd"
_DATE_AND_TIME = "yyyy-mm-dd hh:mm"
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 (the file format knows no zone)
_TIMES = frozenset({"occurred_earliest", "occurred_latest"})
_AS_TEXT = frozenset({"report_ref", "count", "time_zone", "pcode"})
#: Columns with whole numbers and their greatest.
_WHOLE = {
    "radius_m": 20_100_000,
    "observer_radius_m": 20_100_000,
    "bearing_deg": 359,
    "distance_m": 20_100_000,
    "killed_min": 10**9,
    "killed_max": 10**9,
    "injured_min": 10**9,
    "injured_max": 10**9,
}
_DEGREES = {"latitude": 90, "longitude": 180}
_WIDE = {"description": 60, "place_name": 24, "alleged_author": 28, "target": 28, "act": 28}
_WIDTH = 18

_HELP = """\
One row is one report: what one participant says happened. That you register it says nothing about
who did it.

The second row explains each column. Leave it where it is, or delete it; it is not read as a report.

Fill in what you know. An empty cell means: not stated. Zero means zero.

Columns in bold must be filled. Where a cell offers a list, choose from it. For groups, areas, means
and languages you may write others than those listed.

A time is in the agreement's local time unless the column time zone says otherwise. Write 2031-03-01
or 2031-03-01 06:10. If you do not know the time, write the day only: it is then some time of that
day.

A place is a point with a radius, or the code of an area, or a name; best all that you know.
Latitude comes before longitude. The radius says how far off the point may be.

Several names in one cell are separated by semicolons. As author or target they are alternatives:
one of them is meant.

Write down what your source says, also where it contradicts itself; then say so in the description.

Never write the name of a witness, complainant, detainee or missing person anywhere in this file.

Keep the number of a report once it is sent. To correct the report, send its row again with the same
number."""


@dataclass(frozen=True, slots=True)
class _List:
    """Words to choose from. strict: others are refused by the form. names: what codes mean."""

    words: Sequence[str]
    strict: bool = True
    names: Sequence[str] = ()


def write_form(agreement: Agreement, path: Path) -> None:
    """Write the form as XLSX. The same agreement gives the same bytes."""
    lists = _lists(agreement)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        book.set_properties({"title": agreement.file.agreement.title, "created": _MADE})
        reports, listed, explained = map(book.add_worksheet, (REPORTS, LISTS, HELP))
        _write_help(book, explained, agreement)
        sources = _write_lists(book, listed, lists)
        _write_reports(book, reports)
        for at, column in enumerate(COLUMNS):
            _prepare(book, reports, at, column, lists.get(column.name), sources.get(column.name))


def _lists(agreement: Agreement) -> dict[str, _List]:
    """The words of each column that has a list: of the vocabulary, else of the agreement."""
    file = agreement.file
    groups = _List([group.name for group in file.groups], strict=False)
    codes = [(code, area.name) for area in file.reporting_areas for code in area.codes]
    found = {c.name: _List(c.words, strict=c.name != "means") for c in COLUMNS if c.words}
    found |= {
        "on_behalf_of": _List(
            [p.id for p in file.participants], names=[p.name for p in file.participants]
        ),
        "pcode": _List([c for c, _ in codes], strict=False, names=[name for _, name in codes]),
        "alleged_author": groups,
        "target": groups,
        "language": _List(file.agreement.languages, strict=False),
    }
    return {name: list_ for name, list_ in found.items() if list_.words}


def _write_lists(book: Any, sheet: Any, lists: dict[str, _List]) -> dict[str, str]:
    """The sheet of lists; for each column the cells that hold its words."""
    bold = book.add_format({"bold": True})
    sources, at = {}, 0
    for name, list_ in lists.items():
        sheet.write_string(0, at, name, bold)
        for row, word in enumerate(list_.words, start=1):
            sheet.write_string(row, at, word)
        letter = xl_col_to_name(at, col_abs=True)
        sources[name] = f"={LISTS}!{letter}$2:{letter}${len(list_.words) + 1}"
        for row, word in enumerate(list_.names, start=1):
            sheet.write_string(row, at + 1, word)
        at += 2 if list_.names else 1
    sheet.set_column(0, at, 30)
    sheet.freeze_panes(1, 0)
    return sources


def _write_help(book: Any, sheet: Any, agreement: Agreement) -> None:
    head = agreement.file.agreement
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "font_size": 14})
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, f"How to fill in the reports: {head.title}", bold)
    paragraphs = _HELP.split("\n\n")
    for row, paragraph in enumerate(paragraphs, start=2):
        sheet.write_string(row, 0, paragraph.replace("\n", " "), wrapped)
    sheet.write_string(len(paragraphs) + 3, 0, f"Agreement {head.id}, SHA-256 {agreement.digest}")


def _write_reports(book: Any, sheet: Any) -> None:
    heading = {"bg_color": "#E8E8E8", "border": 1}
    plain, bold = book.add_format(heading), book.add_format({**heading, "bold": True})
    small = book.add_format({"text_wrap": True, "valign": "top", "italic": True, "font_size": 8})
    for at, column in enumerate(COLUMNS):
        sheet.write_string(0, at, column.label, bold if column.needed else plain)
        sheet.write_string(1, at, column.explains, small)
    sheet.set_row(1, 110)
    sheet.freeze_panes(_FIRST_ROW, 1)


def _prepare(
    book: Any, sheet: Any, at: int, column: ReportColumn, list_: _List | None, source: str | None
) -> None:
    """Width, format and permitted values of one column."""
    is_text = column.name in _AS_TEXT
    number_format = _DATE if column.name in _TIMES else "@" if is_text else "General"
    sheet.set_column(
        at, at, _WIDE.get(column.name, _WIDTH), book.add_format({"num_format": number_format})
    )
    area = (_FIRST_ROW, at, _FIRST_ROW + ROWS - 1, at)
    if column.name in _TIMES:
        # A day typed alone stays a day; one with a time of day shows its time.
        cell = f"{xl_col_to_name(at)}{_FIRST_ROW + 1}"
        with_time = book.add_format({"num_format": _DATE_AND_TIME})
        criteria = f"=AND(ISNUMBER({cell}),MOD({cell},1)>0)"
        rule = {"type": "formula", "criteria": criteria, "format": with_time}
        sheet.conditional_format(*area, rule)
    sheet.data_validation(*area, _validation(column, list_, source))


def _validation(column: ReportColumn, list_: _List | None, source: str | None) -> dict[str, Any]:
    hint = {"input_title": column.label, "input_message": column.explains, "ignore_blank": True}
    if list_ is not None:
        return {**hint, "validate": "list", "source": source, "show_error": list_.strict}
    if column.name in _WHOLE:
        bounds = {"minimum": 0, "maximum": _WHOLE[column.name]}
        return {**hint, "validate": "integer", "criteria": "between", **bounds}
    if column.name in _DEGREES:
        limit = _DEGREES[column.name]
        bounds = {"minimum": -limit, "maximum": limit}
        return {**hint, "validate": "decimal", "criteria": "between", **bounds}
    return {**hint, "validate": "any"}
