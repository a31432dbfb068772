"""One entry for every file: the format is told by name and content, or said; what none has is
refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.intake.files import USUAL, codes, csv_text, taken
from tests.intake.test_acled import EVENT as ACLED_EVENT
from tests.intake.test_acled import EVENT_2017 as ACLED_EVENT_2017
from tests.intake.test_archive import VIDEO
from tests.intake.test_ged import EVENT
from trucekeeper.errors import IntakeError
from trucekeeper.intake.archive import COLUMNS
from trucekeeper.intake.read import FORMATS

TOML = """
[[statement]]
kind = "hotline-call"
[statement.body]
at = 2031-03-01T00:00:00Z
caller = "a"
called = "b"
reached = true
"""


def stopped(path: Path, **options: Any) -> list[str]:
    """The codes of the problems for which a file is not taken in at all."""
    with pytest.raises(IntakeError) as error:
        taken(path, **options)
    return codes(error.value.problems)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.csv", csv_text([USUAL]), "own-observation"),
        ("a.txt", csv_text([USUAL], ";"), "own-observation"),
        ("a.csv", csv_text([EVENT]), "open-source"),
        ("a.csv", csv_text([ACLED_EVENT]), "open-source"),
        ("a.csv", csv_text([ACLED_EVENT_2017]), "open-source"),
        ("a.csv", csv_text([dict.fromkeys(COLUMNS, "") | VIDEO]), "open-source"),
        ("a.toml", TOML, None),
        ("A.TOML", TOML, None),
    ],
)
def test_formats_are_told_by_content(
    tmp_path: Path, name: str, text: str, kind: str | None
) -> None:
    """Nobody has to say what a file is."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    (draft,) = taken(tmp_path / name).drafts
    assert getattr(draft.body, "basis", None) == kind


def test_a_format_can_be_said(tmp_path: Path) -> None:
    """Then it is that, whatever the name."""
    (tmp_path / "a.txt").write_text(TOML)
    assert len(taken(tmp_path / "a.txt", format="statements").drafts) == 1
    assert stopped(tmp_path / "a.txt", format="reports") == ["I-003"] * 3 + ["I-004"]


def test_a_mapped_table_is_told_by_its_mapping(tmp_path: Path) -> None:
    """Columns that the mapping names count as ours."""
    names = {"basis": "B", "act": "A", "occurred_earliest": "T"}
    (tmp_path / "a.csv").write_text(csv_text([{names[k]: v for k, v in USUAL.items()}]))
    assert stopped(tmp_path / "a.csv") == ["I-011"]
    mapping = {its: ours for ours, its in names.items()}
    assert len(taken(tmp_path / "a.csv", mapping=mapping).drafts) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"x,y\n1,2\n"),
        ("a.json", b'{"act": 1}\n'),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500),
    ],
)
def test_unknown_formats_are_refused_with_those_known(
    tmp_path: Path, name: str, data: bytes
) -> None:
    """I-011, and what would be taken."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(IntakeError) as error:
        taken(tmp_path / name)
    (problem,) = error.value.problems
    assert problem.code.id == "I-011"
    assert all(f"`{name}`" in problem.expected for name in FORMATS)


def test_a_format_that_does_not_exist(tmp_path: Path) -> None:
    """Refused by name, not taken for the nearest."""
    (tmp_path / "a.csv").write_text(csv_text([USUAL]))
    assert stopped(tmp_path / "a.csv", format="gdelt") == ["I-011"]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    """A file, a list of places, a folder without bulletins."""
    assert stopped(tmp_path / "none.csv") == ["I-001"]
    assert stopped(tmp_path) == ["I-001"]
    (tmp_path / "a.csv").write_text(csv_text([dict.fromkeys(COLUMNS, "") | VIDEO]))
    assert stopped(tmp_path / "a.csv", places=tmp_path / "none.csv") == ["I-001"]


def test_wrong_encoding_stops_the_file(tmp_path: Path) -> None:
    """I-010."""
    (tmp_path / "a.csv").write_bytes(csv_text([USUAL | {"place_name": "Kärsk"}]).encode("latin-1"))
    assert stopped(tmp_path / "a.csv") == ["I-010"]


@pytest.mark.parametrize(
    "options", [{"author": "z"}, {"circle": "parties"}, {"author": "press", "circle": "guarantors"}]
)
def test_logs_that_the_agreement_does_not_foresee(
    tmp_path: Path, options: dict[str, object]
) -> None:
    """I-012, before anything is read."""
    assert stopped(tmp_path / "none.csv", **options) == ["I-012"]


def test_problems_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    """What concerns the file first, then row by row, whichever step found it."""
    rows = [{"act": "x"}, {"report_ref": "1"}, {"report_ref": "1"}, {"count": "y"}]
    (tmp_path / "a.csv").write_text(csv_text([USUAL | {"colour": ""} | row for row in rows]))
    found = [(p.code.id, p.place.row) for p in taken(tmp_path / "a.csv").problems]
    assert found == [("I-004", 1), ("I-005", 2), ("I-008", 4), ("I-005", 5), ("I-005", 5)]


def test_places_name_the_file_and_not_the_machine(tmp_path: Path) -> None:
    """A problem is passed on; where a file lay is nobody's matter."""
    (tmp_path / "a.csv").write_text(csv_text([USUAL | {"act": "x"}]))
    assert str(tmp_path) not in str(taken(tmp_path / "a.csv").problems[0])
