"""ACLED events: the columns of today and of 2017, who acts by who is armed, and what no act is."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.files import NOW, at, codes, csv_text, local, period, setting, taken
from tests.intake.log import Log
from tests.world import agreement
from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import IntakeError
from trucekeeper.intake.acled import COLUMNS, take_acled
from trucekeeper.intake.drafts import Taken
from trucekeeper.intake.setting import finish
from trucekeeper.intake.sheets import read_csv
from trucekeeper.intake.stated import stated_before
from trucekeeper.statements.kinds import Correction, Report
from trucekeeper.statements.parts import Place
from trucekeeper.vocabulary.categories import ACTS, ancestors
from trucekeeper.vocabulary.crosswalks import ACTS_OF_ACLED, ACTS_OF_ACLED_2017, acled_sub_event
from trucekeeper.vocabulary.quantities import Range

#: The header of today, as its users know it.
HEADER = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,"
    "assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,"
    "country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,source_scale,"
    "notes,fatalities,tags,timestamp"
)
HEADER_2017 = (
    "GWNO,EVENT_ID_CNTY,EVENT_ID_NO_CNTY,EVENT_DATE,YEAR,TIME_PRECISION,EVENT_TYPE,ACTOR1,"
    "ALLY_ACTOR_1,INTER1,ACTOR2,ALLY_ACTOR_2,INTER2,INTERACTION,COUNTRY,ADMIN1,ADMIN2,ADMIN3,"
    "LOCATION,LATITUDE,LONGITUDE,GEO_PRECISION,SOURCE,NOTES,FATALITIES"
)
EVENT = {
    "event_id_cnty": "LND4711",
    "event_date": "2031-03-01",
    "year": "2031",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Army of D",
    "assoc_actor_1": "Police of D; Old Guard",
    "inter1": "1",
    "actor2": "Black Flag",
    "inter2": "2",
    "interaction": "12",
    "country": "Land",
    "admin1": "North district",
    "location": "Karsk",
    "latitude": "10.5123",
    "longitude": "20.5",
    "geo_precision": "1",
    "source": "Radio North; Herald",
    "notes": "Colonel Somebody said that C did it",
    "fatalities": "3",
    "timestamp": "1930000000",
}
EVENT_2017 = {
    "GWNO": "999",
    "EVENT_ID_CNTY": "4711LND",
    "EVENT_DATE": "01/03/2031",
    "YEAR": "2031",
    "TIME_PRECISION": "1",
    "EVENT_TYPE": "Battle-No change of territory",
    "ACTOR1": "Army of D",
    "ALLY_ACTOR_1": "Police of D",
    "INTER1": "1",
    "ACTOR2": "Black Flag",
    "INTER2": "2",
    "INTERACTION": "12",
    "COUNTRY": "Land",
    "ADMIN1": "North district",
    "LOCATION": "Karsk",
    "LATITUDE": "10.5123",
    "LONGITUDE": "20.5",
    "GEO_PRECISION": "1",
    "SOURCE": "Radio North",
    "NOTES": "Colonel Somebody said that C did it",
    "FATALITIES": "3",
}
#: What makes an event one against those who are unarmed.
ATTACK = {
    "event_type": "Violence against civilians",
    "sub_event_type": "Attack",
    "actor2": "Civilians (Land)",
    "inter2": "7",
}
SHELLING = {
    "event_type": "Explosions/Remote violence",
    "sub_event_type": "Shelling/artillery/missile attack",
}


def table(path: Path, *events: dict[str, str], mark: str = "", **options: Any) -> Taken:
    """A table of today with these events, taken in for a component. mark: what stands before it."""
    rows = [dict.fromkeys(HEADER.split(","), "") | EVENT | event for event in events]
    (path / "acled.csv").write_text(mark + csv_text(rows), encoding="utf-8")
    return taken(path / "acled.csv", **{"author": "press", "circle": "public", **options})


def table_2017(path: Path, *events: dict[str, str], **options: Any) -> Taken:
    """The same for a table of 2017."""
    rows = [dict.fromkeys(HEADER_2017.split(","), "") | EVENT_2017 | event for event in events]
    (path / "acled.csv").write_text(csv_text(rows), encoding="utf-8")
    return taken(path / "acled.csv", **{"author": "press", "circle": "public", **options})


def event(path: Path, rules: Agreement | None = None, /, **cells: str) -> Report:
    """The report of one good event of today."""
    result = table(path, cells, rules=rules)
    assert not result.problems, [str(problem) for problem in result.problems]
    (draft,) = result.drafts
    assert isinstance(draft.body, Report)
    return draft.body


def event_2017(path: Path, **cells: str) -> Report:
    """The report of one good event of 2017."""
    result = table_2017(path, cells)
    assert not result.problems, [str(problem) for problem in result.problems]
    (draft,) = result.drafts
    assert isinstance(draft.body, Report)
    return draft.body


def sides(body: Report) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return body.alleged_author, body.target


def test_an_event(tmp_path: Path) -> None:
    """One event, one report, with what the codebook says of it and nothing that the notes say."""
    body = event(tmp_path)
    assert period(body) == (at("2031-03-01 00:00"), at("2031-03-02 00:00"))
    assert body == Report(
        basis="open-source",
        act="armed-force",
        occurred=body.occurred,
        place=Place(
            lat_e6=10_512_300,
            lon_e6=20_500_000,
            radius_m=2_000,
            name="Karsk",
            area_name="North district",
        ),
        report_ref="LND4711",
        alleged_author=("Army of D", "Black Flag"),
        target=("Army of D", "Black Flag"),
        killed=Range(min=3),
        origins=("herald", "radio north"),
        description=(
            "ACLED: Armed clash; fatalities 3; date precision 1, place precision 1; actor 1: Army "
            "of D, beside it: Police of D, Old Guard; actor 2: Black Flag"
        ),
    )


def test_an_event_of_2017(tmp_path: Path) -> None:
    """Capitals, the day first, a type of event without a sub-type."""
    body = event_2017(tmp_path)
    assert body == Report(
        basis="open-source",
        act="armed-force",
        occurred=event(tmp_path).occurred,
        place=event(tmp_path).place,
        report_ref="4711LND",
        alleged_author=("Army of D", "Black Flag"),
        target=("Army of D", "Black Flag"),
        killed=Range(min=3),
        origins=("radio north",),
        description=(
            "ACLED: Battle-No change of territory; fatalities 3; date precision 1, place precision "
            "1; actor 1: Army of D, beside it: Police of D; actor 2: Black Flag"
        ),
    )


def test_a_table_is_told_by_its_columns(tmp_path: Path) -> None:
    """With a byte order mark or without, in capitals or not, compressed or as a workbook."""
    expected = event(tmp_path)
    found = [table(tmp_path, {}, mark="\N{ZERO WIDTH NO-BREAK SPACE}")]
    capitals = csv_text([{name.upper(): cell for name, cell in EVENT.items()}])
    (tmp_path / "capitals.csv").write_text(capitals)
    (tmp_path / "acled.csv.gz").write_bytes(gzip.compress((tmp_path / "acled.csv").read_bytes()))
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(EVENT))
    cells: dict[str, object] = dict(EVENT)
    cells |= {"event_date": datetime(2031, 3, 1), "latitude": 10.5123, "inter1": 1}  # noqa: DTZ001
    sheet.append(list(cells.values()))
    book.save(tmp_path / "acled.xlsx")
    for name in ("capitals.csv", "acled.csv.gz", "acled.xlsx"):
        found.append(taken(tmp_path / name, author="press", circle="public"))
    assert [[draft.body for draft in result.drafts] for result in found] == [[expected]] * 4


@pytest.mark.parametrize(
    ("armed", "unarmed"),
    [("1", "7"), ("State forces", "Civilians"), ("state  FORCES", "civilians"), ("8.0", "6")],
)
def test_kinds_of_actor_as_numbers_and_in_words(tmp_path: Path, armed: str, unarmed: str) -> None:
    """Both tell who is unarmed."""
    body = event(tmp_path, **ATTACK | {"inter1": armed, "inter2": unarmed, "actor2": "Herders"})
    assert sides(body) == (("Army of D",), ("Herders",))


@pytest.mark.parametrize("cells", [{}, SHELLING])
def test_no_aggressor_is_read_into_the_order(tmp_path: Path, cells: dict[str, str]) -> None:
    """Two who are armed: each may have acted, and each may be the target."""
    either = ("Army of D", "Black Flag")
    assert sides(event(tmp_path, **cells)) == (either, either)
    back = {"actor1": "Black Flag", "inter1": "2", "actor2": "Army of D", "inter2": "1"}
    assert sides(event(tmp_path, **cells | back)) == (either[::-1], either[::-1])
    one = {"actor2": "Army of D", "inter2": "1"}
    assert sides(event(tmp_path, **cells | one)) == (("Army of D",), ("Army of D",))


def test_the_unarmed_do_not_act(tmp_path: Path) -> None:
    """Civilians and protesters are targets, in whichever column they stand."""
    assert sides(event(tmp_path, **ATTACK)) == (("Army of D",), ("Civilians",))
    assert sides(event(tmp_path, **ATTACK | SHELLING)) == (("Army of D",), ("Civilians",))
    body = event(
        tmp_path, event_type="Protests", sub_event_type="Excessive force against protesters",
        actor1="Protesters (Land)", inter1="6", actor2="Police of D", inter2="1",
    )  # fmt: skip
    assert body.act == "violence-against-civilians"
    assert sides(body) == (("Police of D",), ("Protesters (Land)",))


def test_an_actor_who_stands_alone(tmp_path: Path) -> None:
    """Acts, or suffers if unarmed; nobody is put beside it."""
    alone = SHELLING | {"actor2": "", "inter2": "0"}
    assert sides(event(tmp_path, **alone)) == (("Army of D",), ())
    unarmed = alone | {"actor1": "Civilians (Land)", "inter1": "7"}
    assert sides(event(tmp_path, **unarmed)) == ((), ("Civilians",))


def test_civilians_by_the_word_of_the_agreement(tmp_path: Path) -> None:
    """Their country is left away where the agreement knows only the class; the description keeps
    it. A name that the agreement knows stays, and so does one of which it knows nothing."""
    body = event(tmp_path, **ATTACK)
    assert body.target == ("Civilians",)
    assert body.description is not None
    assert body.description.endswith("; actor 2: Civilians (Land)")
    known = agreement(
        (
            'name = "civilians"\nstanding = "protected"',
            'name = "civilians"\nstanding = "protected"\nnames = [{ name = "Civilians (Land)" }]',
        )
    )
    assert event(tmp_path, known, **ATTACK).target == ("Civilians (Land)",)
    journalists = ATTACK | {"actor2": "Journalists (Land)"}
    assert event(tmp_path, **journalists).target == ("Journalists (Land)",)


def test_somebody_unidentified_is_nobody(tmp_path: Path) -> None:
    """As author it is as good as not stated; as one of two it keeps the other from standing
    alone."""
    unknown = {"actor1": "Unidentified Armed Group (Land)", "inter1": "3"}
    body = event(tmp_path, **ATTACK | unknown)
    assert sides(body) == ((), ("Civilians",))
    assert body.description is not None
    assert "actor 1: Unidentified Armed Group (Land)" in body.description
    either = ("Unidentified Armed Group (Land)", "Black Flag")
    assert sides(event(tmp_path, **unknown)) == (either, either)


@pytest.mark.parametrize("type_", [name for name, act in ACTS_OF_ACLED.items() if act])
def test_sub_event_types_that_are_acts(tmp_path: Path, type_: str) -> None:
    """Each in its own spelling and in another."""
    for spelt in (type_, type_.upper()):
        assert event(tmp_path, sub_event_type=spelt).act == ACTS_OF_ACLED[type_]


@pytest.mark.parametrize("type_", [name for name, act in ACTS_OF_ACLED_2017.items() if act])
def test_event_types_of_2017_that_are_acts(tmp_path: Path, type_: str) -> None:
    """Territory that changes hands is seized, whoever takes it."""
    assert event_2017(tmp_path, EVENT_TYPE=type_).act == ACTS_OF_ACLED_2017[type_]


@pytest.mark.parametrize("type_", [name for name, act in ACTS_OF_ACLED.items() if not act])
def test_rows_that_are_no_act_are_named(tmp_path: Path, type_: str) -> None:
    """I-014 and nothing else, whatever stands in their other cells; the others go on."""
    odd = {"event_id_cnty": "", "sub_event_type": type_, "fatalities": "many", "actor2": ""}
    result = table(tmp_path, {"event_id_cnty": "1"}, odd, {"event_id_cnty": "3"})
    assert [draft.origin.row for draft in result.drafts] == [2, 4]
    (problem,) = result.problems
    assert (problem.code.id, problem.place.row, problem.place.column, problem.found) == (
        "I-014", 3, "sub_event_type", f"`{type_}`",
    )  # fmt: skip


@pytest.mark.parametrize("type_", [name for name, act in ACTS_OF_ACLED_2017.items() if not act])
def test_rows_of_2017_that_are_no_act_are_named(tmp_path: Path, type_: str) -> None:
    """By the column as the file spells it."""
    result = table_2017(tmp_path, {"EVENT_TYPE": type_})
    assert [(p.code.id, p.place.column) for p in result.problems] == [("I-014", "EVENT_TYPE")]
    assert not result.drafts


def test_the_crosswalk_says_no_more_than_the_type() -> None:
    """Back and forth: an act that a type leads to is one that leads to the type, or broader than
    all that do."""
    assert (len(ACTS_OF_ACLED), len(ACTS_OF_ACLED_2017)) == (25, 9)
    assert {*ACTS_OF_ACLED.values(), *ACTS_OF_ACLED_2017.values()} <= {*ACTS, None}
    for type_, act in ACTS_OF_ACLED.items():
        there = [own for own in ACTS if acled_sub_event(own) == type_]
        if act is not None and there:
            assert act in there or all(act in ancestors("act", own) for own in there), type_


@pytest.mark.parametrize(
    ("precision", "radius_m", "code"), [("1", 2_000, None), ("2", 25_000, None), ("3", None, "N1")]
)
def test_places_by_their_precision(
    tmp_path: Path, precision: str, radius_m: int | None, code: str | None
) -> None:
    """A point that only stands for a region is no point; the names stay."""
    place = event(tmp_path, geo_precision=precision).place
    assert (place.radius_m, place.code) == (radius_m, code)
    assert (place.lat_e6 is None) == (radius_m is None)
    assert (place.name, place.area_name) == ("Karsk", "North district")


def test_a_region_needs_no_point(tmp_path: Path) -> None:
    """Nor one that the agreement knows."""
    place = event(tmp_path, geo_precision="3", latitude="", longitude="", admin1="Elsewhere").place
    assert place == Place(name="Karsk", area_name="Elsewhere")


@pytest.mark.parametrize(
    ("precision", "first", "end"),
    [
        ("1", "2031-03-01", "2031-03-02"),
        ("2", "2031-02-23", "2031-03-08"),
        ("3", "2031-01-30", "2031-04-01"),
    ],
)
def test_times_by_their_precision(tmp_path: Path, precision: str, first: str, end: str) -> None:
    """The day; every week, and every month, that the date can stand for."""
    body = event(tmp_path, time_precision=precision)
    assert period(body) == (at(f"{first} 00:00"), at(f"{end} 00:00"))


@pytest.mark.parametrize("written", ["1 March 2031", "01-march-2031", "2031-03-01 00:00:00"])
def test_days_as_tables_write_them(tmp_path: Path, written: str) -> None:
    """Of today and of 2017; each is a day local to the agreement."""
    body = event(tmp_path, local(120), event_date=written)
    assert period(body) == (at("2031-02-28 22:00"), at("2031-03-01 22:00"))
    assert event_2017(tmp_path, EVENT_DATE=written).occurred == event(tmp_path).occurred


def test_the_day_comes_first_in_2017(tmp_path: Path) -> None:
    """And only there."""
    assert period(event_2017(tmp_path, EVENT_DATE="2/3/2031"))[0] == at("2031-03-02 00:00")
    result = table(tmp_path, {"event_date": "02/03/2031"})
    assert [(p.code.id, p.place.column) for p in result.problems] == [("I-005", "event_date")]


def test_a_day_that_has_not_begun(tmp_path: Path) -> None:
    """I-007, also where the week around it has; a day that has is taken with what is around it."""
    result = table(tmp_path, {"event_date": "2031-03-11", "time_precision": "2"})
    assert (result.drafts, codes(result.problems)) == ((), ["I-007"])
    assert period(event(tmp_path, event_date="2031-03-10", time_precision="2"))[1] > NOW


def test_the_dead(tmp_path: Path) -> None:
    """At least as many as recorded, as of several numbers it is the most conservative. None recorded
    is not the same as none: 0 stands also for what is not known."""
    assert event(tmp_path, fatalities="12").killed == Range(min=12)
    body = event(tmp_path, fatalities="0")
    assert body.killed is None
    assert body.description is not None
    assert "fatalities 0;" in body.description


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"event_id_cnty": ""}, "event_id_cnty"),
        ({"event_date": ""}, "event_date"),
        ({"event_date": "31 February 2031"}, "event_date"),
        ({"event_date": "1 Marzo 2031"}, "event_date"),
        ({"event_date": "01 March 1031"}, "event_date"),
        ({"time_precision": "4"}, "time_precision"),
        ({"event_type": ""}, "event_type"),
        ({"sub_event_type": "Armed crash"}, "sub_event_type"),
        ({"sub_event_type": ""}, "sub_event_type"),
        ({"actor1": ""}, "actor1"),
        ({"actor2": ""}, "actor2"),
        ({"inter1": ""}, "inter1"),
        ({"inter1": "9"}, "inter1"),
        ({"inter2": "0"}, "inter2"),
        ({"inter2": "Somebody"}, "inter2"),
        ({"geo_precision": "0"}, "geo_precision"),
        ({"latitude": ""}, "latitude"),
        ({"longitude": "east"}, "longitude"),
        ({"fatalities": "some"}, "fatalities"),
        ({"fatalities": ""}, "fatalities"),
        ({"actor1": "#N/A"}, "actor1"),
    ],
)
def test_events_that_cannot_be_understood(
    tmp_path: Path, cells: dict[str, str], column: str
) -> None:
    """The row is named, the others go on."""
    result = table(tmp_path, {"event_id_cnty": "1"}, cells, {"event_id_cnty": "3"})
    assert [draft.origin.row for draft in result.drafts] == [2, 4]
    assert [(p.code.id, p.place.row, p.place.column) for p in result.problems] == [
        ("I-005", 3, column)
    ]


@pytest.mark.parametrize("type_", ["", "Remote harm", "#N/A"])
def test_types_of_2017_that_are_unknown(tmp_path: Path, type_: str) -> None:
    """Once each: the one column is both the type and what tells the act."""
    result = table_2017(tmp_path, {"EVENT_TYPE": type_})
    assert [(p.code.id, p.place.column) for p in result.problems] == [("I-005", "EVENT_TYPE")]


def test_a_table_without_a_column(tmp_path: Path) -> None:
    """Known by its reference all the same; I-003, by name."""
    row = {name: cell for name, cell in EVENT.items() if name not in ("geo_precision", "inter2")}
    (tmp_path / "acled.csv").write_text(csv_text([row]))
    with pytest.raises(IntakeError) as stopped:
        taken(tmp_path / "acled.csv")
    assert [(p.code.id, p.expected) for p in stopped.value.problems] == [
        ("I-003", "`inter2`"),
        ("I-003", "`geo_precision`"),
    ]


def test_columns_that_may_be_missing(tmp_path: Path) -> None:
    """Those of which nothing is taken, and those of who stood beside an actor."""
    row = {name: EVENT[name] for name in (*COLUMNS, "sub_event_type")}
    (tmp_path / "acled.csv").write_text(csv_text([row]))
    (draft,) = taken(tmp_path / "acled.csv").drafts
    assert isinstance(draft.body, Report)
    assert draft.body.act == "armed-force"


def test_an_event_that_acled_has_changed(tmp_path: Path) -> None:
    """Is known again by its reference: the same says nothing new, another is a correction."""
    log = Log()
    for draft in table(tmp_path, {}, author="a", circle="guarantors").drafts:
        log.sign(draft)
    stated = stated_before(log.record())
    options: dict[str, Any] = {"author": "a", "circle": "guarantors", "stated": stated}
    later = {"timestamp": "1940000000", "notes": "Somebody else said so"}
    assert table(tmp_path, later, **options).repeated == 1
    (draft,) = table(tmp_path, {"fatalities": "4"}, **options).drafts
    assert isinstance(draft.body, Correction)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
cells = st.one_of(
    texts,
    st.sampled_from(["", "0", "1", "3", "7", "-1", "2.0", "٣", "2031-03-01", "01/03/2031", "#N/A"]),
    st.sampled_from(["1 March 2031", "90.5", "Civilians", "Civilians (Land)", "(", "Unidentified"]),
    st.sampled_from([*ACTS_OF_ACLED, *ACTS_OF_ACLED_2017]),
)
names = st.sampled_from([*COLUMNS, "sub_event_type", "assoc_actor_1", "assoc_actor_2"])


@given(st.lists(st.dictionaries(names, cells, max_size=8), min_size=1, max_size=4), st.booleans())
def test_no_row_is_lost_unsaid(rows: list[dict[str, str]], is_of_2017: bool) -> None:
    """Whatever stands in a table, each row is a draft or has a problem."""
    usual = {name.lower(): cell for name, cell in EVENT_2017.items()} if is_of_2017 else EVENT
    known = [{k: cell for k, cell in row.items() if k != "sub_event_type"} for row in rows]
    data = csv_text({**usual, **row} for row in (known if is_of_2017 else rows)).encode()
    found, problems = take_acled(read_csv("acled.csv", data), setting())
    good, impossible = finish(found, setting())
    told = {p.place.row for p in (*problems, *impossible)}
    assert {draft.origin.row for draft in good} | told == set(range(2, len(rows) + 2))
    assert not {draft.origin.row for draft in good} & told
