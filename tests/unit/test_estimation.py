"""Settings estimated from made-up reports: the same on every machine's number of threads, doubtful where they are
doubtful, and no worse than those to begin with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from unittest import mock

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from benchmarks.made_up import MadeUp, make
from trucekeeper.engines import estimation
from trucekeeper.engines.compiled import HAS_COMPILER
from trucekeeper.engines.estimation import Estimate, estimate
from trucekeeper.engines.tables import read_table
from trucekeeper.engines.windows import match_window
from trucekeeper.matching.settings import DEFAULT, Settings, read_settings

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="Numba is not installed")

RECORDS: dict[str, Callable[[], MadeUp]] = {
    "even": lambda: make(3_000, seed=1),
    "uneven": lambda: make(5_000, seed=5, uneven=True),
    "bursts": lambda: make(3_000, seed=1, bursts=0.5),
    "filed twice": lambda: make(6_000, seed=1, duplicates=0.3, country_years=4),
}


@cache
def record(name: str) -> MadeUp:
    return RECORDS[name]()


def estimated(table: pa.Table, threads: int = 2) -> Estimate:
    return estimate(read_table(table, DEFAULT).coded, threads=threads)


@cache
def estimate_of(name: str) -> Estimate:
    return estimated(record(name).table)


def pair_f1(made: MadeUp, settings: Settings) -> float:
    """The harmonic mean of precision and recall over pairs of reports."""
    read = read_table(made.table, settings)
    found, truth = match_window(read.coded, settings).least, made.incident[read.order]

    def pairs(columns: npt.NDArray[Any]) -> int:
        counts = np.unique(columns, return_counts=True, axis=0)[1]
        return int((counts * (counts - 1) // 2).sum())

    right = pairs(np.stack([found, truth], axis=1))
    return 2 * right / (pairs(found[:, None]) + pairs(truth[:, None]))


@pytest.mark.parametrize("name", RECORDS)
def test_an_estimate_is_the_same_for_any_threads_and_order_of_rows(name: str) -> None:
    table = record(name).table
    order = np.random.default_rng(7).permutation(len(table))
    other = estimated(table.take(pa.array(order)), threads=5)
    assert other == estimate_of(name) == estimated(table, threads=1)


@pytest.mark.parametrize("name", RECORDS)
def test_an_estimate_is_an_annex_and_keeps_its_digest(name: str) -> None:
    settings = estimate_of(name).settings
    again = read_settings("estimated", msgspec.json.encode(settings))
    assert (again, again.digest) == (settings, settings.digest)
    assert settings.digest != DEFAULT.digest


@pytest.mark.parametrize("name", RECORDS)
def test_an_estimate_matches_no_worse_than_what_it_began_with(name: str) -> None:
    made = record(name)
    assert pair_f1(made, estimate_of(name).settings) > pair_f1(made, DEFAULT) - 0.005


@pytest.mark.parametrize(
    ("name", "warned"),
    [
        ("even", []),
        ("filed twice", []),
        ("uneven", ["the two backgrounds disagree"]),
        ("bursts", ["distinct events come in bursts"]),
    ],
)
def test_where_it_is_doubtful_it_says_so(name: str, warned: list[str]) -> None:
    warnings = estimate_of(name).warnings
    assert len(warnings) == len(warned)
    assert all(words in warning for words, warning in zip(warned, warnings, strict=True))


def test_how_many_pairs_are_of_one_event_is_about_right() -> None:
    made, found = record("even"), estimate_of("even")
    counts = np.unique(made.incident, return_counts=True)[1]
    true = int((counts * (counts - 1) // 2).sum())
    assert found.expected_pairs == pytest.approx(true, rel=0.15)
    assert found.candidates >= found.expected_pairs


def test_a_source_that_files_twice_is_found_and_no_other() -> None:
    assert estimate_of("filed twice").settings.repeats is not None
    assert estimate_of("even").settings.repeats is None
    assert estimate_of("bursts").settings.repeats is None


def on_one_day(table: pa.Table) -> pa.Table:
    for name, moment in (("earliest", 1_930_089_600), ("latest", 1_930_176_000)):
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.array([moment] * len(table)))
    return table


def of_one_source(table: pa.Table) -> pa.Table:
    return table.set_column(1, "source", pa.array(["a"] * len(table)))


@pytest.mark.parametrize(
    ("table", "warned"),
    [
        (lambda: make(60, seed=1).table, "too few to estimate from"),
        (lambda: record("even").table.slice(0, 1), "hardly longer than a week"),
        (lambda: of_one_source(record("even").table), "too few to estimate from"),
        (lambda: on_one_day(record("even").table), "hardly longer than a week"),
        (lambda: record("even").table.slice(0, 0), "no report is precise enough"),
    ],
    ids=["few", "one", "one source", "one day", "none"],
)
def test_where_nothing_can_be_learnt_the_settings_to_begin_with_are_kept(
    table: Callable[[], pa.Table], warned: str
) -> None:
    found = estimated(table())
    assert found.settings == DEFAULT
    assert warned in found.warnings[-1]
    assert "settings to begin with are kept" in found.warnings[-1]


def test_where_nothing_compiles_the_settings_to_begin_with_are_kept() -> None:
    with mock.patch.object(estimation, "HAS_COMPILER", new=False):
        found = estimated(record("even").table)
    assert found == Estimate(DEFAULT, 0, 0, (estimation.NOTHING_COMPILES,))


@pytest.mark.parametrize(
    "columns",
    [
        ("act",),
        ("radius_m", "author", "target"),
        ("killed_min", "killed_max", "weapon"),
        ("radius_m", "act", "weapon", "author", "target", "killed_min", "killed_max"),
    ],
)
def test_columns_that_are_absent_say_nothing(columns: tuple[str, ...]) -> None:
    table = record("even").table.drop_columns(list(columns))
    found = estimated(table)
    assert found == estimated(table, threads=1)
    tables = found.settings.tables
    if "act" in columns:
        assert set(msgspec.structs.astuple(tables.act)) == {0}
    if "killed_min" in columns:
        assert set(msgspec.structs.astuple(tables.killed)) == {0}
    read_settings("estimated", msgspec.json.encode(found.settings))
