"""The offline form: made from the agreement, filled in anywhere, taken back unchanged."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from tests.intake.files import at, period, taken
from tests.world import agreement
from trucekeeper.intake.columns import COLUMNS
from trucekeeper.intake.form import write_form
from trucekeeper.intake.workbooks import HELP, LISTS, REPORTS
from trucekeeper.statements.kinds import Report
from trucekeeper.vocabulary.categories import ACTS


def form(tmp_path: Path) -> Any:
    """The form of the spec agreement, opened."""
    write_form(agreement(), tmp_path / "form.xlsx")
    return openpyxl.load_workbook(tmp_path / "form.xlsx")


def offered(book: Any, column: str) -> tuple[list[str], bool]:
    """The words that a cell of a column offers, and whether the form refuses others."""
    at_ = [c.name for c in COLUMNS].index(column) + 1
    cell = book[REPORTS].cell(3, at_).coordinate
    (rule,) = (v for v in book[REPORTS].data_validations.dataValidation if cell in v.sqref)
    assert rule.type == "list"
    cells = book[LISTS][rule.formula1.partition("!")[2].replace("$", "")]
    return [row[0].value for row in cells], bool(rule.showErrorMessage)


def fill(book: Any, row: int, **values: object) -> None:
    """Type values into a row of the form."""
    for name, value in values.items():
        book[REPORTS].cell(row, [c.name for c in COLUMNS].index(name) + 1).value = value


def test_same_agreement_same_bytes(tmp_path: Path) -> None:
    """No clock and no chance is in it; another agreement makes another form."""
    for name in ("one", "two"):
        write_form(agreement(), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    write_form(agreement(("Army of D", "Guard of D")), tmp_path / "three")
    assert (tmp_path / "one").read_bytes() != (tmp_path / "three").read_bytes()


def test_what_the_form_shows(tmp_path: Path) -> None:
    """Headings and explanations that stay in view, and a sheet that says how."""
    book = form(tmp_path)
    sheet = book[REPORTS]
    assert [cell.value for cell in sheet[1]] == [column.label for column in COLUMNS]
    assert [cell.value for cell in sheet[2]] == [column.explains for column in COLUMNS]
    assert sheet.freeze_panes == "B3"
    assert len(list(sheet.conditional_formatting)) == 2
    assert all(sheet.column_dimensions[letter].width > 15 for letter in ("A", "D", "AF"))
    told = " ".join(str(row[0]) for row in book[HELP].iter_rows(values_only=True) if row[0])
    assert "The truce of the spec cases" in told
    assert agreement().digest in told
    assert "Never write the name of a witness" in told


def test_hints_fit_into_a_cell_s_hint() -> None:
    """Excel allows 32 and 255 characters."""
    assert all(len(column.label) <= 32 and len(column.explains) <= 255 for column in COLUMNS)


def test_lists(tmp_path: Path) -> None:
    """Closed words are refused if others; names and codes are offered only."""
    book = form(tmp_path)
    assert offered(book, "act") == (list(ACTS), True)
    assert offered(book, "info_grade") == (["1", "2", "3", "4", "5", "6"], True)
    assert offered(book, "on_behalf_of") == (["a", "b", "c", "d", "e", "un"], True)
    assert offered(book, "pcode") == (["N1", "S1"], False)
    assert offered(book, "language") == (["en"], False)
    groups, is_strict = offered(book, "alleged_author")
    assert (groups[:2], is_strict) == (["Army of D", "Brigades of E"], False)
    assert offered(book, "means")[1] is False
    for name in ("basis", "weapon", "phenomenon", "direction", "source_grade", "count_unit"):
        assert offered(book, name)[1] is True


def test_an_empty_form_is_no_report(tmp_path: Path) -> None:
    """Its headings and explanations are known for what they are."""
    form(tmp_path)
    result = taken(tmp_path / "form.xlsx")
    assert (result.drafts, result.problems) == ((), ())


def test_a_filled_form_is_taken_back_unchanged(tmp_path: Path) -> None:
    """As typed into Excel: dates as date cells, grades as numbers or as words from the list."""
    book = form(tmp_path)
    six_ten = datetime(2031, 3, 1, 6, 10)  # noqa: DTZ001 (cells know no zone)
    fill(
        book,
        3,
        report_ref="A-1",
        basis="own-observation",
        act="mortar-fire",
        count="3-5",
        count_unit="shells",
        occurred_earliest=six_ten,
        occurred_latest=date(2031, 3, 1),
        pcode="N1",
        latitude=10.5,
        longitude=20.5,
        radius_m=500,
        alleged_author="Brigades of E; Black Flag",
        info_grade="2",
    )
    fill(book, 5, report_ref="A-2", basis="third-party", act="raid", info_grade=3)
    fill(book, 5, occurred_earliest="2031-03-02 10:00", time_zone="+03:00")
    book.save(tmp_path / "filled.xlsx")
    result = taken(tmp_path / "filled.xlsx")
    assert not result.problems
    assert [draft.origin.row for draft in result.drafts] == [3, 5]
    first, second = (draft.body for draft in result.drafts)
    assert isinstance(first, Report)
    assert isinstance(second, Report)
    assert period(first) == (at("2031-03-01 06:10"), at("2031-03-02 00:00"))
    assert first.alleged_author == ("Brigades of E", "Black Flag")
    assert (first.place.lat_e6, first.place.radius_m, first.info_grade) == (10_500_000, 500, 2)
    assert first.count is not None
    assert (first.count.min, first.count.max) == (3, 5)
    assert period(second) == (at("2031-03-02 07:00"), at("2031-03-02 07:01"))
    assert second.info_grade == 3
