"""Report tables: what each column means, and what is said of a cell that cannot be understood."""

from __future__ import annotations

import pytest

from tests.intake.files import (
    NOW,
    USUAL,
    at,
    codes,
    csv_text,
    period,
    refused,
    report,
    setting,
    take_rows,
)
from tests.world import agreement
from trucekeeper.errors import IntakeError
from trucekeeper.intake.columns import COLUMNS
from trucekeeper.intake.sheets import read_csv
from trucekeeper.intake.tables import take_table
from trucekeeper.statements.kinds import Report
from trucekeeper.statements.parts import Observer, Place
from trucekeeper.vocabulary.quantities import Count, Range

POINT = {"latitude": "10.5", "longitude": "20.5", "radius_m": "500"}
FULL = {
    "report_ref": "A-17",
    "basis": "party-complaint",
    "on_behalf_of": "d",
    "act": "mortar-fire",
    "weapon": "mortar-82",
    "phenomenon": "explosion",
    "direction": "impact",
    "count": "3-5",
    "count_unit": "shells",
    "occurred_latest": "2031-03-01 07:00",
    "place_name": "Karsk",
    "pcode": "N101",
    **POINT,
    "observer_place": "Post 4",
    "observer_radius_m": "20",
    "bearing_deg": "270",
    "distance_m": "3500",
    "means": "heard; camera",
    "alleged_author": "Black Flag; Brigades of E",
    "target": "civilians",
    "killed_min": "1",
    "killed_max": "3",
    "injured_min": "0",
    "origin": "Radio North",
    "source_grade": "B",
    "info_grade": "2",
    "description": "Two houses",
    "language": "ar",
}


# What a row says


def test_a_full_row() -> None:
    """Every column has its place in the report or in its envelope."""
    drafts, problems = take_rows(FULL)
    assert not problems
    (draft,) = drafts
    assert (draft.author, draft.circle, draft.stated_at) == ("a", "guarantors", None)
    assert (draft.on_behalf_of, draft.language) == ("d", "ar")
    assert (draft.origin.file, draft.origin.row) == ("march.csv", 2)
    body = draft.body
    assert isinstance(body, Report)
    assert period(body) == (at("2031-03-01 06:10"), at("2031-03-01 07:00"))
    assert body == Report(
        basis="party-complaint",
        act="mortar-fire",
        occurred=body.occurred,
        place=Place(lat_e6=10_500_000, lon_e6=20_500_000, radius_m=500, code="N101", name="Karsk"),
        report_ref="A-17",
        weapon="mortar-82",
        phenomenon="explosion",
        direction="impact",
        count=Count(unit="shells", min=3, max=5),
        observer=Observer(place_name="Post 4", radius_m=20, bearing_deg=270, distance_m=3_500),
        means=("heard", "camera"),
        alleged_author=("Black Flag", "Brigades of E"),
        target=("civilians",),
        killed=Range(min=1, max=3),
        injured=Range(min=0),
        origins=("Radio North",),
        source_grade="B",
        info_grade=2,
        description="Two houses",
    )


def test_an_empty_cell_is_not_stated() -> None:
    """Not stated is neither zero nor a guess."""
    assert report() == Report(
        basis="own-observation", act="shelling", occurred=report().occurred, place=Place()
    )


def test_a_file_of_one_row_names_its_language() -> None:
    """Where the row does not, it is the agreement's first."""
    rules = agreement(
        ('reporting_circle = "guarantors"', 'reporting_circle = "guarantors"\nlanguages = ["fr"]')
    )
    drafts, _ = take_rows({}, rules=rules)
    assert [draft.language for draft in drafts] == ["fr"]


@pytest.mark.parametrize("text", ["Mortar fire", "mortar_fire", "MORTAR-FIRE", " mortar-fire "])
def test_words_of_lists_in_any_case(text: str) -> None:
    """What people type for a word of a list is that word."""
    assert report(act=text).act == "mortar-fire"


# What is wrong with a row


def test_every_bad_cell_of_a_row_is_named() -> None:
    """Not only the first; and good rows go on."""
    drafts, problems = take_rows(
        {"report_ref": "1"},
        {"act": "mortars", "weapon": "mortar 82mm", "latitude": "x", "killed_min": "a few"},
        {"report_ref": "3"},
    )
    assert [draft.origin.row for draft in drafts] == [2, 4]
    assert {p.place.row for p in problems} == {3}
    expected = {p.place.column: p.expected for p in problems}
    assert set(expected) == {"act", "weapon", "latitude", "longitude", "radius_m", "killed_min"}
    assert expected["weapon"] == "`mortar-82`, perhaps"


@pytest.mark.parametrize("column", ["basis", "act", "occurred_earliest"])
def test_a_needed_cell_is_empty(column: str) -> None:
    """A row without it is no report."""
    assert refused({column: ""}) == [("I-005", column)]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#FORMULA?"])
def test_a_formula_that_failed_is_no_value(error: str) -> None:
    """Not even where free text may stand."""
    assert refused({"description": error}) == [("I-005", "description")]
    assert refused({"act": error}) == [("I-005", "act")]


def test_text_that_is_too_long() -> None:
    """What a statement cannot hold is refused before it is signed."""
    assert refused({"description": "x" * 20_001}) == [("I-005", "description")]
    assert refused({"place_name": "x" * 301}) == [("I-005", "place_name")]
    assert refused({"pcode": "N1" * 31}) == [("I-005", "pcode")]


def test_participants_and_languages_are_known_words() -> None:
    """Whom one may speak for is the agreement's matter; that somebody is meant is ours."""
    assert refused({"on_behalf_of": "z"}) == [("I-012", "on_behalf_of")]
    assert refused({"language": "the Queen's"}) == [("I-005", "language")]


def test_text_is_taken_in_the_form_of_statements() -> None:
    """Composed, without control characters and outer space; also where composing comes after."""
    assert report(description=" cafe\u0301\x07 ").description == "café"
    assert report(description="cafe\x07\u0301").description == "café"
    assert report(description="one\r\ntwo").description == "one\ntwo"


# Columns


def test_headers_in_any_case_and_spacing() -> None:
    """`Occurred Earliest` is `occurred_earliest`."""
    text = csv_text([{name.replace("_", " ").title(): value for name, value in USUAL.items()}])
    drafts, problems = take_table(read_csv("t.csv", text.encode()), setting(), {})
    assert len(drafts) == 1
    assert not problems


def test_an_unknown_column_is_named_once() -> None:
    """I-004, with what it may have been meant to be; the rows go on without it."""
    drafts, problems = take_rows({"plase_name": "Karsk", "": "x"}, {"plase_name": "Vell"})
    assert len(drafts) == 2
    assert [(p.code.id, p.place.row, p.place.column) for p in problems] == [
        ("I-004", 1, "plase_name"),
        ("I-004", 1, "number 5"),
    ]
    assert problems[0].expected == "`place_name`, perhaps"


def test_a_column_that_stands_twice() -> None:
    """The first one counts, and it is said."""
    drafts, problems = take_rows({"Place name": "Karsk", "place_name": "Vell"})
    (body,) = (draft.body for draft in drafts)
    assert isinstance(body, Report)
    assert body.place.name == "Karsk"
    assert codes(problems) == ["I-004"]


def test_mapping_of_columns() -> None:
    """{their column: ours}; what is mapped stands even where another column has our name."""
    row = {"Kind": "sniping", "Where": "Karsk", "act": "x"}
    drafts, problems = take_rows(row, mapping={"kind": "act", "Where": "place name"})
    (body,) = (draft.body for draft in drafts)
    assert isinstance(body, Report)
    assert (body.act, body.place.name) == ("sniping", "Karsk")
    assert codes(problems) == ["I-004"]


def test_mapping_of_a_column_that_is_absent() -> None:
    """It is said, and the rest goes on."""
    drafts, problems = take_rows({}, mapping={"Where": "place_name"})
    assert len(drafts) == 1
    assert [(p.code.id, p.expected) for p in problems] == [("I-003", "`Where`")]


def test_mapping_to_a_column_that_does_not_exist() -> None:
    """The operator's slip stops the file: nothing could be meant by it."""
    with pytest.raises(IntakeError) as stopped:
        take_rows({}, mapping={"Where": "place_nmae"})
    (problem,) = stopped.value.problems
    assert (problem.code.id, problem.expected) == ("I-004", "`place_name`, perhaps")


def test_needed_columns_that_are_missing() -> None:
    """I-003, each of them at once, with the columns that may have been meant."""
    with pytest.raises(IntakeError) as stopped:
        take_table(read_csv("t.csv", b"akt,place_name\nx,y\n"), setting(), {})
    found = [(p.code.id, p.expected) for p in stopped.value.problems]
    assert found == [
        ("I-003", "`basis`"),
        ("I-003", "`act`"),
        ("I-003", "`occurred_earliest`"),
        ("I-004", "`act`, perhaps"),
    ]


def test_problems_show_the_file_s_own_column_names() -> None:
    """Whoever mends the file looks for them."""
    _, problems = take_rows({"Wapen": "catapult"}, mapping={"Wapen": "weapon"})
    assert [p.place.column for p in problems] == ["Wapen"]


def test_explanations_of_the_form_are_no_report() -> None:
    """The form's second row is passed over, also as CSV; one with anything else in it is a row."""
    explained = {column.name: column.explains for column in COLUMNS}
    drafts, problems = take_rows(explained, {})
    assert ([draft.origin.row for draft in drafts], problems) == ([3], [])
    nothing_known = {**dict.fromkeys(USUAL, ""), "colour": "x"}
    drafts, problems = take_rows(explained | {"act": "raid"}, nothing_known)
    assert not drafts
    assert {problem.place.row for problem in problems} == {1, 2, 3}


def test_rows_keep_their_numbers_after_those_left_out() -> None:
    """A problem leads to the row that a spreadsheet shows."""
    text = f"{','.join(USUAL)}\n\n{','.join(USUAL.values())}\n,,\nown-observation,?,2031-03-01\n"
    drafts, problems = take_table(read_csv("t.csv", text.encode()), setting(now=NOW), {})
    assert [draft.origin.row for draft in drafts] == [3]
    assert [p.place.row for p in problems] == [5]
