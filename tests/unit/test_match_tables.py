"""`match_reports` over Arrow tables: whatever stands in them, an answer or problems with row and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import duckdb
import pyarrow as pa
import pytest
from msgspec.structs import replace

from trucekeeper import match_reports
from trucekeeper.engines import estimation, kernel, matcher, values
from trucekeeper.engines.matcher import ENGINES, MatchedReports
from trucekeeper.engines.tables import read_table, reports_of
from trucekeeper.engines.windows import match_window
from trucekeeper.errors import IntakeError, QuestionError
from trucekeeper.matching.reference import match_by_definition
from trucekeeper.matching.reports import Constraints
from trucekeeper.matching.settings import DEFAULT, Settings

DAY = 86_400
START = 1_930_089_600


def table(n: int = 4, **columns: Any) -> pa.Table:
    """Reports of one event, each of another source; a column of None is left out."""
    usual = {
        "id": list(range(n)),
        "source": [f"s{i}" for i in range(n)],
        "earliest": [START] * n,
        "latest": [START + DAY] * n,
        "lat_e6": [10_000_000 + 1_000 * i for i in range(n)],
        "lon_e6": [20_000_000] * n,
        "radius_m": [1_000] * n,
        "act": ["shelling"] * n,
        "killed_min": [1] * n,
        "killed_max": [2] * n,
    }
    given = {name: values for name, values in (usual | columns).items() if values is not None}
    return pa.table(given)


@pytest.fixture(params=["compiled", "numpy", "reference", "duckdb"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each engine, the one of the kernel also where nothing compiles."""
    compiles = request.param != "numpy"
    with (
        mock.patch.object(kernel, "HAS_COMPILER", new=compiles),
        mock.patch.object(values, "HAS_COMPILER", new=compiles),
        mock.patch.object(matcher, "HAS_COMPILER", new=compiles),
        mock.patch.object(estimation, "HAS_COMPILER", new=compiles),
    ):
        yield request.param if request.param in ENGINES else "kernel"


def incidents(given: pa.Table, engine: str = "kernel", settings: Settings = DEFAULT) -> list[Any]:
    found = match_reports(given, engine=engine, settings=settings).table
    result: list[Any] = found.column("incident").to_pylist()
    return result


def problems(given: pa.Table) -> list[tuple[str, int | None, str | None, str]]:
    with pytest.raises(IntakeError) as told:
        match_reports(given, settings=DEFAULT)
    assert all(problem.remedy and problem.expected for problem in told.value.problems)
    return [(p.code.id, p.place.row, p.place.column, p.found) for p in told.value.problems]


BIG = 2**63 - 1
WRONG = {
    "no id": ({"id": [0, None, 2, 3]}, [("I-005", 1, "id", "nothing")]),
    "no source": ({"source": ["a", None, "", " "]}, [("I-005", n, "source", "nothing") for n in (1, 2, 3)]),
    "an id twice": ({"id": [5, 1, 7, 1]}, [("I-005", n, "id", "1") for n in (1, 3)]),
    "latitude 95": ({"lat_e6": [0, 95_000_000, 0, 0]}, [("I-005", 1, "lat_e6", "95000000")]),
    "the least number as latitude": ({"lat_e6": [-BIG - 1, 0, 0, 0]}, [("I-005", 0, "lat_e6", str(-BIG - 1))]),
    "longitude 181": ({"lon_e6": [0, 0, 0, -181_000_000]}, [("I-005", 3, "lon_e6", "-181000000")]),
    "an end before the beginning": (
        {"earliest": [START, START, START, START + 2 * DAY]}, [("I-005", 3, "latest", f"{START + 2 * DAY} to {START + DAY}")],
    ),
    "an end at the beginning": ({"latest": [START, *[START + DAY] * 3]}, [("I-005", 0, "latest", f"{START} to {START}")]),
    "milliseconds": (
        {"earliest": [START * 1_000, *[START] * 3], "latest": [START * 1_000 + DAY, *[START + DAY] * 3]},
        [("I-005", 0, "earliest", f"{START}000"), ("I-005", 0, "latest", f"{START * 1_000 + DAY}")],
    ),
    "the greatest number as instant": (
        {"latest": pa.array([2**64 - 1, *[START + DAY] * 3], pa.uint64())}, [("I-005", 0, "latest", str(2**64 - 1))],
    ),
    "a negative radius": ({"radius_m": [1, 1, -1, None]}, [("I-005", 2, "radius_m", "-1")]),
    "a radius beyond the globe": ({"radius_m": [1, 1, 30_000_000, 1]}, [("I-005", 2, "radius_m", "30000000")]),
    "fewer than nobody killed": ({"killed_min": [-1, 1, 1, 1]}, [("I-005", 0, "killed_min", "-1")]),
    "more killed than live": ({"killed_max": [5 * 10**9, 2, 2, 2]}, [("I-005", 0, "killed_max", "5000000000")]),
    "at least 5 and at most 2 killed": (
        {"killed_min": [1, 5, None, 1], "killed_max": [1, 2, 0, None]}, [("I-005", 1, "killed_max", "5 to 2")],
    ),
    "fractions of a degree": ({"lat_e6": [10.5, 1.0, 1.0, 1.0]}, [("I-005", None, "lat_e6", "double")]),
    "numbers as text": ({"radius_m": ["1", "1", "1", "1"]}, [("I-005", None, "radius_m", "string")]),
    "days as dates": ({"earliest": pa.array([1] * 4, pa.date32())}, [("I-005", None, "earliest", "date32[day]")]),
    "acts as numbers": ({"act": [1, 2, 3, 4]}, [("I-005", None, "act", "int64")]),
    "a gap in a list": ({"author": [["g"], ["g", None], None, []]}, [("I-005", 1, "author", "null in a list")]),
    "two columns missing": (
        {"source": None, "lat_e6": None}, [("I-003", None, "source", "no such column"), ("I-003", None, "lat_e6", "no such column")],
    ),
    "columns nobody knows, in their order": (
        {"note": ["x"] * 4, "colour": ["x"] * 4}, [("I-004", None, "note", "note"), ("I-004", None, "colour", "colour")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("columns", "told"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_told_with_its_row(columns: dict[str, Any], told: list[Any]) -> None:
    assert problems(table(**columns)) == told


def test_a_column_that_is_there_twice() -> None:
    once = table()
    twice = pa.Table.from_arrays(
        [*once.columns, once.column("act")], names=[*once.column_names, "act"]
    )
    assert problems(twice) == [("I-004", None, "act", "2 columns of this name")]


def test_a_source_or_an_id_that_is_nothing_in_its_dictionary() -> None:
    words = pa.array(["s0", None, "s2"])
    source = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, None]), words)
    assert problems(table(source=source)) == [("I-005", n, "source", "nothing") for n in (1, 3)]
    id = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 3]), pa.array(["x", "y", "x", "z"]))
    assert problems(table(id=id)) == [("I-005", n, "id", "x") for n in (0, 2)]


def test_many_wrong_rows_are_counted() -> None:
    told = problems(table(30, radius_m=[-1] * 30))
    assert len(told) == 21
    assert told[-1] == ("I-005", None, "radius_m", "10 further rows")


def test_an_engine_that_does_not_exist() -> None:
    with pytest.raises(QuestionError, match="kernel"):
        match_reports(table(), engine="guess")


AUTHOR = [["g1"], ["g1", "g2"], [], None]
TEXTS = ["shells fell on the market", None, "", "shells fell on a market"]
ENCODED = {
    "dictionaries": {"act": pa.array(["shelling"] * 4).dictionary_encode()},
    "dictionaries with gaps": {
        "act": pa.DictionaryArray.from_arrays(pa.array([0, 1, 0, 0]), pa.array(["shelling", "shelling", None])),
    },
    "long strings": {"source": pa.array(["s0", "s1", "s2", "s3"], pa.large_string())},
    "views of strings": {"source": pa.array(["s0", "s1", "s2", "s3"]).cast(pa.string_view())},
    "short numbers": {"radius_m": pa.array([1_000] * 4, pa.int16()), "killed_min": pa.array([1] * 4, pa.uint8())},
    "instants": {
        "earliest": pa.array([START] * 4, pa.timestamp("s", "UTC")),
        "latest": pa.array([(START + DAY) * 10**6 + 1] * 4, pa.timestamp("us")),
    },
    "nothing at all": {"weapon": pa.nulls(4), "target": pa.nulls(4), "text": pa.nulls(4), "place": pa.nulls(4)},
    "empty text": {"weapon": [""] * 4, "target": [" "] * 4, "text": [""] * 4, "place": ["", " ", "\t", ""]},
}  # fmt: skip


@pytest.mark.parametrize("columns", ENCODED.values(), ids=list(ENCODED))
def test_how_values_are_encoded_changes_nothing(columns: dict[str, Any], engine: str) -> None:
    usual = match_reports(table(), engine=engine, settings=DEFAULT).table
    assert match_reports(table(**columns), engine=engine, settings=DEFAULT).table.equals(usual)


def test_lists_of_alternatives_in_any_kind_of_list(engine: str) -> None:
    usual = match_reports(table(author=AUTHOR), engine=engine, settings=DEFAULT).table
    for kind in (pa.large_list(pa.string()), pa.list_(pa.dictionary(pa.int32(), pa.string()))):
        given = table(author=pa.array(AUTHOR, kind))
        assert match_reports(given, engine=engine, settings=DEFAULT).table.equals(usual)


def test_numbers_that_are_not_stated_need_no_room(engine: str) -> None:
    """Short unsigned numbers have no value that could stand for nothing."""
    kind = pa.uint8()
    short = table(
        killed_min=pa.array([1, None, 1, 3], kind), killed_max=pa.array([1, None, 2, None], kind)
    )
    long = table(killed_min=[1, None, 1, 3], killed_max=[1, None, 2, None])
    found, usual = (match_reports(t, engine=engine, settings=DEFAULT).table for t in (short, long))
    assert found.equals(usual)
    radius = table(radius_m=pa.array([100, None, 100, 100], pa.int8()))
    usual = match_reports(
        table(radius_m=[100, 25_000, 100, 100]), engine=engine, settings=DEFAULT
    ).table
    assert match_reports(radius, engine=engine, settings=DEFAULT).table.equals(usual)


def test_a_table_in_pieces_with_dictionaries_of_their_own(engine: str) -> None:
    def piece(rows: slice, words: list[str]) -> pa.Table:
        part = table().slice(rows.start, rows.stop - rows.start)
        encoded = pa.array(words).dictionary_encode()
        return part.set_column(part.column_names.index("act"), "act", encoded)

    pieces = pa.concat_tables(
        [piece(slice(2, 4), ["odd", "shelling"]), piece(slice(0, 2), ["shelling", "odd"])]
    )
    whole = table(act=["shelling", "odd", "odd", "shelling"])
    found, usual = (
        match_reports(t, engine=engine, settings=DEFAULT).table for t in (pieces, whole)
    )
    assert found.equals(usual)


def test_ids_as_text_in_any_order(engine: str) -> None:
    given = table(id=["d", "b", "c", "a"]).take([2, 0, 3, 1])
    found = match_reports(given, engine=engine, settings=DEFAULT).table
    assert found.column("id").to_pylist() == ["a", "b", "c", "d"]
    assert set(found.column("incident").to_pylist()) == {"a"}


def test_no_row_and_one_row(engine: str) -> None:
    for settings in (DEFAULT, None):
        none = match_reports(table().slice(0, 0), engine=engine, settings=settings)
        assert none.table.num_rows == 0
        assert none.table.column_names == ["id", "incident", "posterior_milli"]
        one = match_reports(table(1), engine=engine, settings=settings).table.to_pylist()
        assert one == [{"id": 0, "incident": 0, "posterior_milli": 982}]
    assert match_reports(table().slice(0, 0), engine=engine).warnings
    assert match_reports(table(radius_m=[99_999] * 4), engine=engine).warnings


def test_of_one_source_no_two_are_one(engine: str) -> None:
    assert incidents(table(source=["a"] * 4), engine) == [0, 1, 2, 3]


def test_reports_of_one_source_that_repeat_one_another_are_one(engine: str) -> None:
    """What the first leaves unstated the others complete, their text too."""
    settings = replace(DEFAULT, repeats=replace(DEFAULT.tables, prior_milli=6_000))
    given = table(
        5, source=["a", "a", "a", "b", "c"], text=[None, "shells fell on the market", None, "shells fell on the market", "a fire"],
    )  # fmt: skip
    found, defined = (
        match_reports(given, engine=e, settings=settings) for e in (engine, "reference")
    )
    assert found.table.equals(defined.table)
    assert found.bounds == defined.bounds
    read = read_table(given, settings)
    matched = match_window(read.coded, settings)
    members = match_by_definition(reports_of(read), Constraints(), settings).memberships
    assert matched.repeat_of.tolist() == [0, 0, 0, 3, 4]
    assert [members[str(n)].repeat_of for n in range(5)] == [None, "0", "0", None, None]
    assert matched.binding.tolist() == [members[str(n)].score_milli for n in range(5)]


def test_all_at_one_point_and_time(engine: str) -> None:
    """Thirty reports of three sources: ten incidents at most have three reports each."""
    n = 30
    given = table(n, source=["a", "b", "c"] * 10, lat_e6=[10_000_000] * n)
    found = incidents(given, engine)
    assert found == incidents(given, "reference")
    assert max(found.count(incident) for incident in found) <= 3


def test_alternatives_are_not_told_apart_by_how_they_are_written(engine: str) -> None:
    """One side named "x | y" is not the alternatives x and y."""
    given = table(3, author=[["x | y"], ["x", "y"], ["y"]], act=[None] * 3)
    found, defined = (
        match_reports(given, engine=e, settings=DEFAULT) for e in (engine, "reference")
    )
    assert found.table.equals(defined.table)


def crowd(n: int) -> pa.Table:
    """A crowd at one point on one day, and three reports of one event elsewhere."""
    m = n + 3
    return table(
        m,
        source=[f"s{i % 5}" for i in range(m)],
        lat_e6=[10_000_000] * n + [30_000_000] * 3,
        earliest=[START] * m,
    )


def test_a_crowd_is_cut_and_said_and_the_others_are_matched() -> None:
    """20,000 in one place: nobody compares them all."""
    found = match_reports(crowd(20_000), settings=DEFAULT)
    assert found.bounds.crowded == 20_000
    kept = found.table.slice(20_000).column("incident").to_pylist()
    assert kept == [20_000] * 3
    assert found.table.slice(0, 20_000).column("incident").to_pylist() == list(range(20_000))


def test_a_crowd_is_the_same_for_every_engine(engine: str) -> None:
    settings = replace(DEFAULT, crowd_max=50)
    for n in (50, 51):
        found = match_reports(crowd(n), engine=engine, settings=settings)
        assert found.bounds.crowded == (n if n > 50 else 0)
        assert incidents(crowd(n), engine, settings)[n:] == [n] * 3


def test_duckdb_and_arrow_read_the_result_as_a_table() -> None:
    matched: MatchedReports = match_reports(table(), settings=DEFAULT)
    counted = duckdb.sql("SELECT incident, count(*) FROM matched GROUP BY incident")
    assert counted is not None
    assert counted.fetchall() == [(0, 4)]
    assert pa.table(matched).equals(matched.table)
    assert pa.RecordBatchReader.from_stream(matched).read_all().equals(matched.table)
