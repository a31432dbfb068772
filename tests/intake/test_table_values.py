"""When, where and how many: what cells of a report table stand for, and what they cannot be."""

from __future__ import annotations

import pytest

from tests.intake.files import at, local, period, refused, report, take_rows
from trucekeeper.vocabulary.quantities import Count

POINT = {"latitude": "10.5", "longitude": "20.5", "radius_m": "500"}


# When


@pytest.mark.parametrize(
    ("earliest", "latest", "zone", "begins", "ends"),
    [
        ("2031-03-01", "", "", "2031-03-01 00:00", "2031-03-02 00:00"),
        ("2031-03-01", "2031-03-02", "", "2031-03-01 00:00", "2031-03-03 00:00"),
        ("2031-3-1", "2031-03-01", "", "2031-03-01 00:00", "2031-03-02 00:00"),
        ("2031-03-01 06:10", "", "", "2031-03-01 06:10", "2031-03-01 06:11"),
        ("2031-03-01 06:10:05", "", "", "2031-03-01 06:10:05", "2031-03-01 06:10:06"),
        ("2031-03-01 06:10", "2031-03-01 06:10", "", "2031-03-01 06:10", "2031-03-01 06:11"),
        ("2031-03-01 06:10", "2031-03-01 07:00", "", "2031-03-01 06:10", "2031-03-01 07:00"),
        ("2031-03-01T06:10", "2031-03-01", "", "2031-03-01 06:10", "2031-03-02 00:00"),
        ("2031-03-01T06:10Z", "", "+03:00", "2031-03-01 06:10", "2031-03-01 06:11"),
        ("2031-03-01 06:10+03:00", "", "", "2031-03-01 03:10", "2031-03-01 03:11"),
        ("2031-03-01 06:10", "", "UTC", "2031-03-01 06:10", "2031-03-01 06:11"),
        ("2031-03-01 06:10", "", "-05:30", "2031-03-01 11:40", "2031-03-01 11:41"),
        ("2031-03-01", "", "+03:00", "2031-02-28 21:00", "2031-03-01 21:00"),
        ("٢٠٣١-٠٣-٠١ ٠٦:١٠", "", "", "2031-03-01 06:10", "2031-03-01 06:11"),
    ],
)
def test_times(earliest: str, latest: str, zone: str, begins: str, ends: str) -> None:
    """A time as written stands for what it is written to: a day, a minute, a second."""
    body = report(occurred_earliest=earliest, occurred_latest=latest, time_zone=zone)
    assert period(body) == (at(begins), at(ends))


def test_a_time_without_offset_is_local_to_the_agreement() -> None:
    """Two hours east of Greenwich, a local day begins at 22:00 of the day before."""
    body = report(local(120), occurred_earliest="2031-03-01")
    assert period(body) == (at("2031-02-28 22:00"), at("2031-03-01 22:00"))
    body = report(local(120), occurred_earliest="2031-03-01 06:10", time_zone="UTC")
    assert period(body)[0] == at("2031-03-01 06:10")


@pytest.mark.parametrize(
    "text",
    [
        "01.03.2031",
        "03/01/2031",
        "2031-02-29",
        "2031-03-01 25:00",
        "1396-12-10",
        "yesterday",
        "2031",
        "2031-03-01 06:10+99:00",
    ],
)
def test_times_that_cannot_be_understood(text: str) -> None:
    """No order of day and month is guessed, and no other calendar's year."""
    assert refused({"occurred_earliest": text}) == [("I-005", "occurred_earliest")]


def test_the_end_is_after_the_beginning() -> None:
    """Otherwise one of the two is wrong, and nothing tells which."""
    cells = {"occurred_earliest": "2031-03-02", "occurred_latest": "2031-03-01 10:00"}
    assert refused(cells) == [("I-005", "occurred_latest")]


def test_nothing_has_happened_tomorrow() -> None:
    """I-007: a date after the day on which it is stated. The day itself is none."""
    now = at("2031-03-10 12:00")
    assert refused({"occurred_earliest": "2031-03-11"}, now=now) == [("I-007", "occurred_earliest")]
    assert refused({"occurred_earliest": "2031-03-10 15:00"}, now=now) == [
        ("I-007", "occurred_earliest")
    ]
    assert refused(
        {"occurred_earliest": "2031-03-10", "occurred_latest": "2031-03-11"}, now=now
    ) == [("I-007", "occurred_latest")]
    assert len(take_rows({"occurred_earliest": "2031-03-10"}, now=now)[0]) == 1


def test_today_is_the_day_of_whoever_writes_it() -> None:
    """At 22:30 UTC it is tomorrow already at +03:00."""
    now = at("2031-03-10 22:30")
    row = {"occurred_earliest": "2031-03-11", "time_zone": "+03:00"}
    assert len(take_rows(row, now=now)[0]) == 1
    assert len(take_rows({"occurred_earliest": "2031-03-11"}, rules=local(180), now=now)[0]) == 1


# Where


@pytest.mark.parametrize(
    ("text", "e6"),
    [
        ("10.5", 10_500_000),
        ("10.123456", 10_123_456),
        ("10.1234565", 10_123_456),
        ("10.1234575", 10_123_458),
        ("0.000001", 1),
        ("0.29", 290_000),
        ("-10.35", -10_350_000),
        ("10,5", 10_500_000),
        ("١٠٫٥", 10_500_000),
        ("90", 90_000_000),
    ],
)
def test_degrees_are_taken_exactly(text: str, e6: int) -> None:
    """Whole millionths, never through a float; a tie goes to the even one."""
    place = report(latitude=text, longitude="120.5", radius_m="1").place
    assert (place.lat_e6, place.lon_e6) == (e6, 120_500_000)


@pytest.mark.parametrize(
    ("cells", "problems"),
    [
        ({"latitude": "10.5"}, [("I-005", "longitude"), ("I-005", "radius_m")]),
        ({"longitude": "10.5", "radius_m": "1"}, [("I-005", "latitude")]),
        ({"latitude": "10.5", "longitude": "20.5"}, [("I-005", "radius_m")]),
        ({"radius_m": "500"}, [("I-005", "radius_m")]),
        ({**POINT, "radius_m": "-5"}, [("I-005", "radius_m")]),
        ({**POINT, "radius_m": "30000000"}, [("I-005", "radius_m")]),
        ({**POINT, "latitude": "10°30'"}, [("I-005", "latitude")]),
        ({**POINT, "latitude": "1e1"}, [("I-005", "latitude")]),
        ({**POINT, "longitude": "200"}, [("I-005", "longitude")]),
        ({**POINT, "latitude": "120.5"}, [("I-006", "latitude")]),
        ({**POINT, "latitude": "1050"}, [("I-005", "latitude")]),
        ({"pcode": "X9"}, [("I-012", "pcode")]),
    ],
)
def test_impossible_places(cells: dict[str, str], problems: list[tuple[str, str]]) -> None:
    """Half a point, a point without a radius, degrees off the globe, an area that is unknown."""
    assert refused(cells) == problems


def test_swapped_coordinates() -> None:
    """I-006: in no area of the agreement as given, and in one if the two are swapped. A point that
    is in none either way is a point elsewhere."""
    assert refused({"latitude": "20.5", "longitude": "10.5", "radius_m": "500"}) == [
        ("I-006", "latitude")
    ]
    assert report(latitude="50.5", longitude="60.5", radius_m="500").place.lat_e6 == 50_500_000


def test_swapped_coordinates_take_no_other_row_along() -> None:
    """The rows around it go on."""
    drafts, problems = take_rows(
        {**POINT, "report_ref": "1"},
        {**POINT, "latitude": "20.5", "longitude": "10.5", "report_ref": "2"},
        {"report_ref": "3", "place_name": "Karsk"},
    )
    assert [draft.origin.row for draft in drafts] == [2, 4]
    assert [(p.code.id, p.place.row) for p in problems] == [("I-006", 3)]


def test_messages_show_no_exact_place_and_no_free_text() -> None:
    """A list of problems is passed on more freely than the reports."""
    _, problems = take_rows(
        {"latitude": "120.123", "longitude": "20.5", "radius_m": "1"},
        {"latitude": "20.512", "longitude": "10.512", "radius_m": "1"},
        {
            "origin": "x" * 301,
            "target": ";".join(f"Ann {i}" for i in range(60)),
            "act": "Colonel Other fired",
            "pcode": "X12345",
        },
    )
    told = " ".join(str(problem) for problem in problems)
    assert len(problems) == 6
    assert not any(
        secret in told for secret in ("120.123", "20.512", "xxx", "Ann", "Other", "X123")
    )


# How many


@pytest.mark.parametrize(
    ("text", "least", "most"), [("3", 3, 3), ("3-5", 3, 5), ("3 – 5", 3, 5), ("0", 0, 0)]
)
def test_counts(text: str, least: int, most: int) -> None:
    """One number or two."""
    assert report(count=text, count_unit="shells").count == Count(
        unit="shells", min=least, max=most
    )


@pytest.mark.parametrize(
    ("cells", "problems"),
    [
        ({"count": "3"}, [("I-005", "count_unit")]),
        ({"count_unit": "shells"}, [("I-005", "count")]),
        ({"count": "5-3", "count_unit": "shells"}, [("I-005", "count")]),
        ({"count": "several", "count_unit": "shells"}, [("I-005", "count")]),
        ({"killed_min": "3", "killed_max": "1"}, [("I-005", "killed_max")]),
        ({"killed_min": "-1"}, [("I-005", "killed_min")]),
        ({"injured_max": "2.5"}, [("I-005", "injured_max")]),
        ({"bearing_deg": "360"}, [("I-005", "bearing_deg")]),
        ({"info_grade": "7"}, [("I-005", "info_grade")]),
        ({"source_grade": "G"}, [("I-005", "source_grade")]),
    ],
)
def test_impossible_numbers(cells: dict[str, str], problems: list[tuple[str, str]]) -> None:
    """Each is named where it stands."""
    assert refused(cells) == problems


def test_a_count_that_a_spreadsheet_made_a_date_of() -> None:
    """`3-5` typed into a cell becomes the fifth of March; the message says so."""
    _, problems = take_rows({"count": "2031-03-05", "count_unit": "shells"})
    assert "a date" in problems[0].found
