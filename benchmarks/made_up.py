"""Made-up reports with their truth, as the table that `match_reports` reads.

A country-year is a box of 600 by 500 km with 36 districts of unequal weight, five hot spots in each; an incident is stated
by one to four of six sources. Every source errs: in the place, the day, the act, the author, the weapon, the number killed.
More reports at one density are more countries and more years side by side. What each report states of its own precision is
true on average: one in twenty lies outside. Names of places and short texts (`made_up_words`) come on request.

Facts of the generator and what they were compared with: docs/benchmarks.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks import made_up_words

Array = npt.NDArray[Any]

ACTS = (
    "mortar-fire", "artillery-fire", "rocket-fire", "air-strike", "helicopter-attack", "ground-attack", "raid",
    "infiltration", "improvised-explosive-device", "mine-or-remnant-explosion",
)  # fmt: skip
FAMILIES = (0, 0, 0, 1, 1, 2, 2, 2, 3, 3)
WEAPONS = (
    "mortar", "small-arms", "artillery", "aircraft-bomb", "improvised-explosive", "tank-gun", "mine", "multiple-rocket-launcher",
)  # fmt: skip
ACT_SHARES = (0.28, 0.16, 0.12, 0.10, 0.09, 0.08, 0.06, 0.05, 0.04, 0.02)
GROUP_SHARES = (0.30, 0.20, 0.12, 0.10, 0.07, 0.06, 0.05, 0.04, 0.03, 0.01, 0.01, 0.01)
WEAPON_SHARES = (0.30, 0.22, 0.16, 0.12, 0.08, 0.06, 0.04, 0.02)
SOURCES = ("a", "b", "c", "d", "e", "f")
COVERAGE = (0.28, 0.22, 0.18, 0.14, 0.10, 0.08)
PER_INCIDENT = (0.40, 0.27, 0.20, 0.13)
#: Stated radius and its share. Root mean square error of place 5.9 km, as in a uniform error of 0 to 10 km.
RADII_M = (1_000, 3_000, 5_000, 10_000, 15_000)
RADIUS_SHARES = (0.20, 0.20, 0.15, 0.30, 0.15)
#: Stated length of the period in days and its share; the day reported is late by 0, 1, 2 days in 60, 25, 15 of 100.
PERIOD_SHARES = (0.35, 0.20, 0.45)
OUTSIDE = 0.05
START = 1_930_089_600
DAY = 86_400
#: Countries lie five to a row of latitude, four rows; then come further years.
COLUMNS, ROWS = 5, 4


@dataclass(frozen=True)
class MadeUp:
    """Reports as a table, the number of the incident that each speaks of, and whether its source had filed it before."""

    table: pa.Table
    incident: Array
    again: Array


def make(
    count: int,
    *,
    seed: int,
    country_years: int = 1,
    stated: bool = True,
    duplicates: float = 0.0,
    bursts: float = 0.0,
    uneven: bool = False,
    missing: float = 0.0,
    words: bool = False,
) -> MadeUp:
    """About `count` reports. stated: whether each states its own precision, else all state 10 km and three days.
    duplicates: share of reports that their source files a second time. bursts: share of incidents that come in fours, in one
    town on one day. uneven: whether each source covers a third of the districts well and the others badly. missing: share of
    acts, weapons, authors and numbers killed that are left out beyond the usual. words: whether reports name places and hold
    texts."""
    chance = np.random.default_rng(seed)
    incidents = int(count / (np.dot(PER_INCIDENT, range(1, 5)) * (1 + duplicates)))
    world = _incidents(chance, incidents, country_years, bursts)
    told, source = _tellers(chance, world, uneven)
    report = _reports(chance, world, told, source, stated)
    for field in ("act", "weapon", "author", "killed") if missing else ():
        left_out = chance.random(len(told)) < missing
        report[field] = np.where(left_out, -1, report[field])
    if duplicates:
        report = _filed_twice(chance, report, duplicates)
    order = chance.permutation(len(report["incident"]))
    report = {name: column[order] for name, column in report.items()}
    table, incident = _table(report), report["incident"]
    if words:
        place, act = world["place"][incident], world["act"][incident]
        names = made_up_words.stated_names(chance, place, report["source"])
        texts = made_up_words.stated_texts(chance, incident, act, report["source"])
        table = table.append_column("place", names).append_column("text", texts)
    return MadeUp(table, incident, report["again"])


def _incidents(
    chance: np.random.Generator, n: int, country_years: int, bursts: float
) -> dict[str, Array]:
    centre = np.stack([chance.uniform(0, 600, 36), chance.uniform(0, 500, 36)], axis=1)
    weight = 1 / np.arange(1, 37) ** 0.8
    spots = centre[:, None, :] + chance.normal(0, 12, (36, 5, 2))
    district = chance.choice(36, n, p=weight / weight.sum())
    spot = chance.integers(0, 5, n)
    at = spots[district, spot] + chance.normal(0, 15, (n, 2))
    day = chance.integers(0, 365, n)
    country = chance.integers(0, country_years, n)
    act = chance.choice(10, n, p=ACT_SHARES)
    author = chance.choice(12, n, p=GROUP_SHARES)
    if bursts:
        # The second to fourth of a burst happen where and when its first does, within the town, by the same side.
        first = np.arange(n) - np.where(np.arange(n) < int(n * bursts), np.arange(n) % 4, 0)
        at = np.where((first == np.arange(n))[:, None], at, at[first] + chance.normal(0, 1, (n, 2)))
        district, spot, day, country, author = (
            column[first] for column in (district, spot, day, country, author)
        )
    local = chance.random(n) < 0.5
    author = np.where(local & (bursts == 0), (district * 5 + 3) % 12, author)
    weapon = np.where(chance.random(n) < 0.5, act % 8, chance.choice(8, n, p=WEAPON_SHARES))
    place = made_up_words.place_of(district * 5 + spot, at - spots[district, spot])
    return {
        "place": place, "x": at[:, 0], "y": at[:, 1], "day": day, "country": country, "district": district, "act": act, "author": author,
        "weapon": weapon, "killed": np.minimum(chance.geometric(0.45, n) - 1, 60),
    }  # fmt: skip


def _tellers(
    chance: np.random.Generator, world: dict[str, Array], uneven: bool
) -> tuple[Array, Array]:
    """The incident and the source of each report."""
    n = len(world["x"])
    copies = chance.choice((1, 2, 3, 4), n, p=PER_INCIDENT)
    likely = np.log(COVERAGE) + chance.gumbel(size=(n, 6))
    if uneven:
        covers = (world["district"][:, None] + np.arange(6)) % 3 == 0
        likely += np.where(covers, 1.5, -1.5)
    order = np.argsort(-likely, axis=1)
    told = np.repeat(np.arange(n), copies)
    rank = np.arange(len(told)) - np.repeat(np.cumsum(copies) - copies, copies)
    return told, order[told, rank]


def _reports(
    chance: np.random.Generator, world: dict[str, Array], told: Array, source: Array, stated: bool
) -> dict[str, Array]:
    m = len(told)
    radius = chance.choice(RADII_M, m, p=RADIUS_SHARES)
    # Even over the disc; some lie up to twice as far.
    away = (
        radius * np.sqrt(chance.random(m)) * np.where(chance.random(m) < OUTSIDE, 2.0, 1.0) / 1000
    )
    angle = chance.uniform(0, 2 * np.pi, m)
    length = chance.choice((1, 2, 3), m, p=PERIOD_SHARES)
    late = chance.integers(0, length) + (chance.random(m) < OUTSIDE / 2)
    filed = world["day"][told] + late
    act = world["act"][told]
    families = np.array(FAMILIES)
    akin = np.stack([chance.choice(np.flatnonzero(families == f), m) for f in range(4)], axis=1)
    wrong = np.where(
        chance.random(m) < 0.7, akin[np.arange(m), families[act]], chance.integers(0, 10, m)
    )
    act = np.where(chance.random(m) < 0.15, wrong, act)
    author = np.where(chance.random(m) < 0.10, chance.integers(0, 12, m), world["author"][told])
    weapon = np.where(chance.random(m) < 0.10, chance.integers(0, 8, m), world["weapon"][told])
    killed = world["killed"][told] + np.where(chance.random(m) < 0.35, chance.integers(-2, 4, m), 0)
    return {
        "incident": told,
        "again": np.zeros(m, bool),
        "source": source,
        "x": world["x"][told] + away * np.cos(angle),
        "y": world["y"][told] + away * np.sin(angle),
        "country": world["country"][told],
        "radius_m": radius if stated else np.full(m, 10_000),
        "first_day": filed - length + 1 if stated else filed - 2,
        "days": length if stated else np.full(m, 3),
        "act": act,
        "author": np.where(chance.random(m) < 0.12, -1, author),
        "weapon": np.where(chance.random(m) < 0.25, -1, weapon),
        "killed": np.where(chance.random(m) < 0.25, -1, np.maximum(killed, 0)),
    }


def _filed_twice(
    chance: np.random.Generator, report: dict[str, Array], share: float
) -> dict[str, Array]:
    """Some reports again: half of them word for word, the others with a new number of killed or a corrected act."""
    again = np.flatnonzero(chance.random(len(report["incident"])) < share)
    copy = {name: column[again].copy() for name, column in report.items()}
    copy["again"][:] = True
    changed = chance.random(len(again))
    copy["killed"] = np.where(changed < 0.3, np.maximum(copy["killed"], 0) + 1, copy["killed"])
    copy["act"] = np.where(
        (changed > 0.3) & (changed < 0.5), chance.integers(0, 10, len(again)), copy["act"]
    )
    return {name: np.concatenate([column, copy[name]]) for name, column in report.items()}


def _table(report: dict[str, Array]) -> pa.Table:
    country = report["country"]
    column, row, year = country % COLUMNS, country // COLUMNS % ROWS, country // (COLUMNS * ROWS)
    lat = -38.0 + 19.0 * row + report["y"] / 111.195
    lon = -170.0 + 60.0 * column + report["x"] / (111.195 * np.cos(np.radians(lat)))
    earliest = START + (report["first_day"] + 380 * year) * DAY
    killed = pa.array(report["killed"], mask=report["killed"] < 0, type=pa.int64())
    return pa.table(
        {
            "id": pa.array(np.arange(len(country))),
            "source": _words(report["source"], SOURCES),
            "earliest": earliest,
            "latest": earliest + report["days"] * DAY,
            "lat_e6": np.round(lat * 1e6).astype(np.int64),
            "lon_e6": np.round(lon * 1e6).astype(np.int64),
            "radius_m": report["radius_m"].astype(np.int64),
            "act": _words(report["act"], ACTS),
            "weapon": _words(report["weapon"], WEAPONS),
            "author": _words(report["author"], tuple(f"group-{i}" for i in range(12))),
            "target": pa.nulls(len(country), pa.string()),
            "killed_min": killed,
            "killed_max": killed,
        }
    )


def _words(codes: Array, words: tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, mask=codes < 0, type=pa.int32()), list(words)
    )
