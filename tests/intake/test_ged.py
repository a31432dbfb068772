"""The UCDP event data: both releases, places by their precision, sides as alternatives."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.intake.files import at, codes, csv_text, local, period, taken
from tests.world import agreement
from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import IntakeError
from trucekeeper.intake.drafts import Taken
from trucekeeper.statements.kinds import Report
from trucekeeper.statements.parts import Place
from trucekeeper.vocabulary.quantities import Range

#: The header of the 49-column release, as its users know it.
HEADER_49 = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,"
    "conflict_name,dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,"
    "side_b_dset_id,side_b_new_id,side_b,number_of_sources,source_article,source_office,"
    "source_date,source_headline,source_original,where_prec,where_coordinates,where_description,"
    "adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,region,event_clarity,"
    "date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,low,"
    "gwnoa,gwnob"
)
HEADER_41 = (
    "id,year,active_year,type_of_violence,conflict_new_id,conflict_name,dyad_new_id,dyad_name,"
    "side_a_new_id,side_a,side_b_new_id,gwnob,side_b,number_of_sources,source_article,"
    "source_office,source_date,source_headline,source_original,where_prec,where_coordinates,adm_1,"
    "adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,region,event_clarity,"
    "date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,low,best,high"
)
EVENT = {
    "id": "4711",
    "type_of_violence": "1",
    "side_a": "Army of D",
    "side_b": "Black Flag",
    "source_office": "Radio North",
    "source_headline": "Colonel says C did it",
    "where_prec": "1",
    "where_coordinates": "Karsk town",
    "adm_1": "North district Governorate",
    "latitude": "10.512345",
    "longitude": "20.5",
    "date_prec": "1",
    "date_start": "2031-03-01",
    "date_end": "2031-03-01",
    "low": "1",
    "best": "2",
    "high": "3",
}


def release(path: Path, *events: dict[str, str], header: str = HEADER_41, **options: Any) -> Taken:
    """A release with these events, taken in for a component."""
    rows = [dict.fromkeys(header.split(","), "") | EVENT | event for event in events]
    (path / "ged.csv").write_text(csv_text(rows), encoding="utf-8")
    return taken(path / "ged.csv", **{"author": "press", "circle": "public", **options})


def event(path: Path, rules: Agreement | None = None, **cells: str) -> Report:
    """The report of one good event."""
    result = release(path, cells, rules=rules)
    (draft,) = result.drafts
    assert isinstance(draft.body, Report)
    return draft.body


def test_an_event(tmp_path: Path) -> None:
    """One event, one report, with what the codebook says of it and nothing that a headline says."""
    body = event(tmp_path)
    assert period(body) == (at("2031-03-01 00:00"), at("2031-03-02 00:00"))
    assert body == Report(
        basis="open-source",
        act="armed-force",
        occurred=body.occurred,
        place=Place(
            lat_e6=10_512_345,
            lon_e6=20_500_000,
            radius_m=2_000,
            name="Karsk town",
            area_name="North district Governorate",
        ),
        report_ref="4711",
        alleged_author=("Army of D", "Black Flag"),
        target=("Army of D", "Black Flag"),
        killed=Range(min=1, max=3),
        origins=("radio north",),
        description=(
            "UCDP best estimate: 2; date precision 1, place precision 1, type of violence 1"
        ),
    )


def test_both_releases_say_the_same(tmp_path: Path) -> None:
    """41 and 49 columns, dates with and without midnight behind them, plain and compressed."""
    first = release(tmp_path, {}).drafts
    midnight = {"date_start": "2031-03-01 00:00:00.000", "date_end": "2031-03-01 00:00:00.000"}
    second = release(tmp_path, midnight, header=HEADER_49).drafts
    assert [draft.body for draft in first] == [draft.body for draft in second]
    packed = tmp_path / "ged.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "ged.csv").read_bytes()))
    third = taken(packed, author="press", circle="public").drafts
    assert [draft.body for draft in third] == [draft.body for draft in first]


def test_a_release_as_a_workbook(tmp_path: Path) -> None:
    """The same columns, numbers as number cells."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(EVENT))
    numbers = {"latitude": 10.512345, "longitude": 20.5, "low": 1, "best": 2, "high": 3}
    sheet.append([numbers.get(name, value) for name, value in EVENT.items()])
    book.save(tmp_path / "ged.xlsx")
    result = taken(tmp_path / "ged.xlsx", author="press", circle="public")
    assert [draft.body for draft in result.drafts] == [event(tmp_path)]


@pytest.mark.parametrize("type_", ["1", "2"])
def test_no_firing_side_is_named(tmp_path: Path, type_: str) -> None:
    """Types 1 and 2: each side may be the author, and may be the target. Groups listed together stay
    one side."""
    body = event(tmp_path, type_of_violence=type_, side_b="E-One, Black Flag ,  Old Guard")
    assert body.act == "armed-force"
    assert body.alleged_author == ("Army of D", "E-One, Black Flag, Old Guard")
    assert body.target == body.alleged_author


def test_one_sided_violence(tmp_path: Path) -> None:
    """Type 3: the side that acts, and the data's own word for those against whom."""
    body = event(tmp_path, type_of_violence="3", side_a="X, Y", side_b="Civilians")
    assert body.act == "violence-against-civilians"
    assert (body.alleged_author, body.target) == (("X, Y",), ("Civilians",))


@pytest.mark.parametrize(
    ("precision", "radius_m", "code"),
    [
        ("1", 2_000, None),
        ("2", 25_000, None),
        ("3", None, "N1"),
        ("4", None, "N1"),
        ("5", None, None),
        ("6", None, None),
        ("7", None, None),
    ],
)
def test_places_by_their_precision(
    tmp_path: Path, precision: str, radius_m: int | None, code: str | None
) -> None:
    """A point that only stands for an area is no point; the publisher's names stay."""
    place = event(tmp_path, where_prec=precision).place
    assert (place.radius_m, place.code) == (radius_m, code)
    assert (place.lat_e6 is None) == (radius_m is None)
    assert (place.name, place.area_name) == ("Karsk town", "North district Governorate")


def test_an_area_of_several_codes(tmp_path: Path) -> None:
    """Nothing tells which is meant: all are named, and the area is found again by them."""
    rules = agreement(('codes = ["N1"]', 'codes = ["N1", "N2"]\nnames = ["The North"]'))
    body = event(tmp_path, rules, where_prec="4", adm_1="The North")
    assert body.place.code == "N1|N2"
    area = rules.reporting_area("N1|N2")
    assert area is not None
    assert area.id == "N1"
    assert event(tmp_path, rules, where_prec="4", adm_1="Elsewhere").place.code is None
    many = agreement(('codes = ["N1"]', f"codes = {[f'N1{i:02}' for i in range(20)]}"))
    assert event(tmp_path, many, where_prec="4").place.code is None


def test_days_are_local_to_the_agreement(tmp_path: Path) -> None:
    """From the beginning of the first day to the end of the last."""
    body = event(tmp_path, local(120), date_end="2031-03-03")
    assert period(body) == (at("2031-02-28 22:00"), at("2031-03-03 22:00"))


@pytest.mark.parametrize(
    ("low", "best", "high", "killed"),
    [
        ("2", "1", "3", (2, 3)),
        ("2", "4", "3", (2, 3)),
        ("5", "5", "2", (2, 5)),
    ],
)
def test_estimates_that_contradict_one_another(
    tmp_path: Path, low: str, best: str, high: str, killed: tuple[int, int]
) -> None:
    """Kept, in an order that is a range, with the numbers as stated; and whoever brings the file is
    told."""
    result = release(tmp_path, {"low": low, "best": best, "high": high})
    (draft,) = result.drafts
    assert isinstance(draft.body, Report)
    assert draft.body.killed == Range(min=killed[0], max=killed[1])
    assert draft.body.doubts == (f"low {low}, best {best}, high {high}",)
    assert [(p.code.id, p.place.row) for p in result.problems] == [("I-009", 2)]


def test_nobody_killed_is_a_number(tmp_path: Path) -> None:
    """Zero is not the same as not stated."""
    assert event(tmp_path, low="0", best="0", high="0").killed == Range(min=0, max=0)


def test_origins(tmp_path: Path) -> None:
    """Each office once, whatever its case, in one order."""
    offices = "Radio North;RADIO NORTH; Herald/B,agency"
    assert event(tmp_path, source_office=offices).origins == ("agency", "herald/b", "radio north")


def test_when_a_release_counts_as_stated(tmp_path: Path) -> None:
    """At its publication, where the agreement says when that was; else now."""
    assert [d.stated_at for d in release(tmp_path, {}).drafts] == [at("2031-03-10 12:00")]
    rules = agreement(
        (
            'circle = "public"\nrepeats',
            'circle = "public"\npublished = 2031-03-05T00:00:00Z\nrepeats',
        )
    )
    result = release(tmp_path, {}, {"id": "2", "date_end": "2031-03-09"}, rules=rules)
    assert {draft.stated_at for draft in result.drafts} == {at("2031-03-05 00:00")}
    late = release(tmp_path, {"date_start": "2031-03-09", "date_end": "2031-03-09"}, rules=rules)
    assert (late.drafts, codes(late.problems)) == ((), ["I-007"])


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"id": ""}, "id"),
        ({"type_of_violence": "4"}, "type_of_violence"),
        ({"type_of_violence": "0"}, "type_of_violence"),
        ({"where_prec": "8"}, "where_prec"),
        ({"date_prec": ""}, "date_prec"),
        ({"date_start": "1 March"}, "date_start"),
        ({"date_start": "2031-03-01 10:00"}, "date_start"),
        ({"date_end": "2031-02-27"}, "date_end"),
        ({"latitude": ""}, "latitude"),
        ({"best": "some"}, "best"),
        ({"high": ""}, "high"),
        ({"side_a": ""}, "side_a"),
    ],
)
def test_events_that_cannot_be_understood(
    tmp_path: Path, cells: dict[str, str], column: str
) -> None:
    """The row is named, the others go on."""
    result = release(tmp_path, {"id": "1"}, cells, {"id": "3"})
    assert [draft.origin.row for draft in result.drafts] == [2, 4]
    assert {(p.code.id, p.place.row, p.place.column) for p in result.problems} == {
        ("I-005", 3, column)
    }


def test_a_point_off_the_globe(tmp_path: Path) -> None:
    """Refused by the form of statements, before anybody signs."""
    result = release(tmp_path, {"latitude": "105.5"})
    assert (result.drafts, [p.place.row for p in result.problems]) == ((), [2])


def test_a_release_without_a_column(tmp_path: Path) -> None:
    """I-003, by name."""
    header = [name for name in HEADER_41.split(",") if name != "where_prec"]
    rows = [{name: EVENT.get(name, "") for name in header}]
    (tmp_path / "ged.csv").write_text(csv_text(rows))
    with pytest.raises(IntakeError) as stopped:
        taken(tmp_path / "ged.csv", format="ged")
    assert [(p.code.id, p.expected) for p in stopped.value.problems] == [("I-003", "`where_prec`")]
