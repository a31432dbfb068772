"""Observations of a video archive: the recording's day, points from a list, acts by their words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.files import at, codes, csv_text, local, period, taken
from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import IntakeError
from trucekeeper.intake.archive import COLUMNS
from trucekeeper.intake.drafts import Taken
from trucekeeper.statements.kinds import Report
from trucekeeper.statements.parts import Place

VIDEO = {
    "Description": "Army of D shells the market",
    "City": "NORTHTOWN",
    "Neighborhood": "Karsk",
    "Reference_Code": "XX_1",
    "Violation_Type": "Unlawful attacks",
    "Recording_Date": "2031-03-02",
    "Recording_Hour": "21.0",
    "Recording_Minute": "38.0",
    "Source": "Vell Media - إعلام",
    "Youtube_ID": "https://video.example/1",
    "Database_ID": "64496",
}
PLACES = [
    {"City": "Northtown", "Neighborhood": "Karsk ", "Latitude": "10.5", "Longitude": "20.5"},
    {"City": "Northtown", "Neighborhood": "Vell", "Latitude": "", "Longitude": ""},
]


def observations(
    path: Path,
    *videos: dict[str, str],
    rules: Agreement | None = None,
    places: list[dict[str, str]] | None = None,
) -> Taken:
    """A table of videos and a list of places, taken in for a component."""
    rows = [dict.fromkeys(COLUMNS, "") | VIDEO | video for video in videos]
    (path / "videos.csv").write_text(csv_text(rows), encoding="utf-8")
    (path / "places.csv").write_text(csv_text(places or PLACES), encoding="utf-8")
    known = None if places == [] else path / "places.csv"
    return taken(path / "videos.csv", author="press", circle="public", places=known, rules=rules)


def video(path: Path, rules: Agreement | None = None, **cells: str) -> Report:
    """The report of one good video."""
    result = observations(path, cells, rules=rules)
    assert not result.problems
    (draft,) = result.drafts
    assert isinstance(draft.body, Report)
    return draft.body


def test_a_video(tmp_path: Path) -> None:
    """The title names an author; it is kept as the publisher's words and mined for nothing."""
    body = video(tmp_path)
    assert body == Report(
        basis="open-source",
        act="armed-force",
        occurred=body.occurred,
        place=Place(
            lat_e6=10_500_000,
            lon_e6=20_500_000,
            radius_m=2_000,
            name="Karsk",
            area_name="NORTHTOWN",
        ),
        report_ref="64496",
        origins=("vell media - إعلام",),
        description=(
            "Army of D shells the market\nType: Unlawful attacks\nReference: XX_1\n"
            "Channel: Vell Media - إعلام\nRecorded (day, hour, minute): 2031-03-02 21.0 38.0"
        ),
        address="https://video.example/1",
    )


def test_the_event_lies_before_the_end_of_the_recording_s_day(tmp_path: Path) -> None:
    """From the beginning of the local day before it: who films at dawn films the night."""
    assert period(video(tmp_path)) == (at("2031-03-01 00:00"), at("2031-03-03 00:00"))
    body = video(tmp_path, local(120))
    assert period(body) == (at("2031-02-28 22:00"), at("2031-03-02 22:00"))


def test_points(tmp_path: Path) -> None:
    """The row's own, else that of town and quarter whatever their case, else only the names."""
    own = video(tmp_path, Latitude="10.123456", Longitude="20.1").place
    assert (own.lat_e6, own.lon_e6, own.radius_m) == (10_123_456, 20_100_000, 2_000)
    assert video(tmp_path, City=" northtown").place.lat_e6 == 10_500_000
    for cells in ({"Neighborhood": "Vell"}, {"City": "Southtown"}, {"Neighborhood": ""}):
        assert video(tmp_path, None, **cells).place.radius_m is None
    assert video(tmp_path, Neighborhood="").place.name == "NORTHTOWN"
    assert video(tmp_path, City="", Neighborhood="").place == Place()
    (draft,) = observations(tmp_path, {}, places=[]).drafts
    assert isinstance(draft.body, Report)
    assert draft.body.place == Place(name="Karsk", area_name="NORTHTOWN")


@pytest.mark.parametrize(
    ("weapon", "type_", "act", "class_"),
    [
        ("Chemical Weapons", "Use of it", "alleged-toxic-agent-use", "suspected-chemical"),
        ("Cluster Munition", "Use of it", "cluster-munition-use", "cluster-munition"),
        ("Incendiary Weapons", "Use of it", "incendiary-munition-use", "incendiary-weapon"),
        ("Chemical Weapons, Cluster Munition", "Use of it", "armed-force", None),
        ("", "Arbitrary and forcible displacement", "forced-displacement", None),
        ("", "Sieges and economic rights", "aid-blocked", None),
        ("", "Alleged civilian casualties from D attacks", "violence-against-civilians", None),
        ("", "Civilian casualties", "armed-force", None),
        ("", "", "armed-force", None),
    ],
)
def test_acts(tmp_path: Path, weapon: str, type_: str, act: str, class_: str | None) -> None:
    """By the weapon where the row names one, and one only; else by the publisher's type."""
    body = video(tmp_path, Weapons_Used=weapon, Violation_Type=type_)
    assert (body.act, body.weapon) == (act, class_)


def test_references(tmp_path: Path) -> None:
    """The number in the data base, else the reference code, else one from the content."""
    assert video(tmp_path, Database_ID="").report_ref == "XX_1"
    without = video(tmp_path, Database_ID="", Reference_Code="").report_ref
    assert without is not None
    assert without.startswith("content-")


def test_rows_that_cannot_be_understood(tmp_path: Path) -> None:
    """Named with their row; the others go on."""
    result = observations(
        tmp_path,
        {"Recording_Date": "March"},
        {"Recording_Date": ""},
        {"Latitude": "10.5"},
        {"Database_ID": "2"},
    )
    assert [draft.origin.row for draft in result.drafts] == [5]
    assert [(p.code.id, p.place.row, p.place.column) for p in result.problems] == [
        ("I-005", 2, "Recording_Date"),
        ("I-005", 3, "Recording_Date"),
        ("I-005", 4, "Longitude"),
    ]


def test_a_place_with_two_points(tmp_path: Path) -> None:
    """Neither is taken, and it is said where; the same point twice is one."""
    twice = [*PLACES, PLACES[0]]
    assert not observations(tmp_path, {}, places=twice).problems
    other = [*PLACES, {**PLACES[0], "Latitude": "11"}]
    result = observations(tmp_path, {}, places=other)
    assert [(p.place.file, p.place.row) for p in result.problems] == [("places.csv", 4)]
    (draft,) = result.drafts
    assert isinstance(draft.body, Report)
    assert draft.body.place.lat_e6 is None


def test_a_list_of_places_that_cannot_be_used(tmp_path: Path) -> None:
    """A bad point is named; a list without its columns stops."""
    bad = [{**PLACES[0], "Latitude": "north"}]
    result = observations(tmp_path, {}, places=bad)
    assert [(p.code.id, p.place.column) for p in result.problems] == [("I-005", "Latitude")]
    with pytest.raises(IntakeError) as stopped:
        observations(tmp_path, {}, places=[{"Town": "Northtown"}])
    assert set(codes(stopped.value.problems)) == {"I-003"}
