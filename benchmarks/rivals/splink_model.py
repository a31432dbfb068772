"""The reports as Splink is given them: prepared columns, candidate pairs, and what is compared at which levels.

The levels suit the made-up reports: they were chosen on a seed that is never reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import duckdb

from benchmarks.made_up import ACTS, FAMILIES

#: A candidate pair lies within three standard deviations of both stated places, its periods within one day.
REACH_SD = 3
GAP_DAYS = 1
#: Kilometres to a millionth of a degree of latitude.
KM = 111.195e-6
#: The grids whose cells are the blocks of training: the second is half a cell aside.
GRID_KM = 40
GRID_DAYS = 4
#: Surroundings of a report: its tile of this width and the eight about it, so many days before and after.
CROWD_KM = 10
CROWD_DAYS = 15
CROWD_LEVELS = 16
#: The share of an author among the reports of a tile.
LOCAL_KM = 25
#: How much of the adjustment by term frequency counts; authors are local, so that all of it overstates.
TF_WEIGHT = 0.5

#: Upper edges of the distance in standard deviations of both places together, and a first guess of each level's m.
DISTANCES = (
    (0.25, 0.06), (0.5, 0.12), (0.75, 0.16), (1, 0.16), (1.25, 0.14),
    (1.5, 0.12), (1.75, 0.09), (2, 0.07), (2.5, 0.05), (3, 0.03),
)  # fmt: skip
#: Upper edges of the variance of both places together, in square kilometres.
VARIANCES = (2.5, 4.5, 6.5, 8.5, 11, 20, 27, 30, 40, 54, 58, 61, 70, 90)
#: Upper edges of the share of an author about both reports together.
LOCAL_SHARES = (0.03, 0.06, 0.1, 0.14, 0.2, 0.3, 0.5, 0.7, 0.9, 1.1)


@dataclass(frozen=True)
class Level:
    """One level of a comparison. m: a first guess. tf: the column whose term frequency adjusts it."""

    sql: str
    m: float
    tf: str | None = None


@dataclass(frozen=True)
class Comparison:
    """Levels in order, the last is all else. null: where it says nothing."""

    name: str
    levels: tuple[Level, ...]
    null: str | None = None

    def settings(self, m: Sequence[float], u: Sequence[float]) -> dict[str, Any]:
        """As Splink reads it. m, u: the probabilities of the levels, in order."""
        levels: list[dict[str, Any]] = []
        if self.null:
            levels.append(
                {"sql_condition": self.null, "label_for_charts": "null", "is_null_level": True}
            )
        for n, level in enumerate(self.levels):
            one: dict[str, Any] = {
                "sql_condition": level.sql, "label_for_charts": f"{self.name} {n}",
                "m_probability": m[n], "u_probability": u[n],
            }  # fmt: skip
            if level.tf:
                one |= {"tf_adjustment_column": level.tf, "tf_adjustment_weight": TF_WEIGHT}
            levels.append(one)
        return {"output_column_name": self.name, "comparison_levels": levels}


def prepare(con: duckdb.DuckDBPyConnection, path: str) -> list[str]:
    """Makes the tables `report` and, of each source, `report_SOURCE`. Returns the sources."""
    families = " ".join(
        f"when '{act}' then {family}" for act, family in zip(ACTS, FAMILIES, strict=True)
    )
    con.execute(f"""
        create table stated as select
            id as unique_id, source::varchar as source_dataset, truth,
            (lat_e6 * {KM})::double as north, (lon_e6 * {KM})::double as east,
            cos(radians(lat_e6::double / 1e6)) as narrow,
            (radius_m::double / 1000) ** 2 / 4 + 0.5::double as variance,
            earliest::double / 86400 as first_day, latest::double / 86400 as last_day,
            act::varchar as act, case act {families} end as family,
            weapon::varchar as weapon, author::varchar as author, killed_min, killed_max
        from read_parquet('{path}')""")
    ((narrowest,),) = con.execute("select min(narrow) from stated").fetchall()
    con.execute(f"""
        create table report as
        with placed as (
            select *, {_cell(CROWD_KM, narrowest)} as tile, floor(first_day)::bigint as day,
                {_cell(LOCAL_KM, narrowest)} as town
            from stated
        ), near as (
            select tile + a.k * {ROW} + b.k as tile, day, count(*) as here
            from placed, range(-1, 2) a(k), range(-1, 2) b(k) group by all
        ), spread as (
            select tile, day, sum(here) over (
                partition by tile order by day range between {CROWD_DAYS} preceding and {CROWD_DAYS} following
            )::double as crowd from near
        )
        select placed.* exclude (tile, day, town), crowd,
            count(*) over (partition by author, town)::double / count(author) over (partition by town) as author_share,
            {_grid(0, narrowest)} as grid_a, {_grid(0.5, narrowest)} as grid_b,
            north as block_north, east as block_east, narrow as block_narrow, variance as block_variance,
            first_day as block_first_day, last_day as block_last_day
        from placed join spread using (tile, day)""")
    found = con.execute("select distinct source_dataset from report order by all").fetchall()
    for (source,) in found:
        con.execute(f"""
            create table report_{source} as
            select * exclude (source_dataset) from report where source_dataset = '{source}'""")
    return [source for (source,) in found]


#: Numbers of cells: a row of them is more than a turn of the globe.
ROW = 1_000_003
STOREY = 1_000_000_007_000


def _cell(km: float, narrow: float, shift: float = 0) -> str:
    """The number of a cell: as high as stated, and as wide where a degree is narrowest, wider elsewhere."""
    return f"(floor(north / {km} + {shift})::bigint * {ROW} + floor(east * {narrow} / {km} + {shift})::bigint)"


def _grid(shift: float, narrow: float) -> str:
    return f"({_cell(GRID_KM, narrow, shift)} + floor(first_day / {GRID_DAYS} + {shift})::bigint * {STOREY})"


def reach(prefix: str = "") -> str:
    """The condition on a candidate pair l, r. prefix: of the columns; Splink does not train what a block is made of."""

    def ends(name: str) -> tuple[str, str]:
        return f"l.{prefix}{name}", f"r.{prefix}{name}"

    north, east = " - ".join(ends("north")), " - ".join(ends("east"))
    narrow, variance = " * ".join(ends("narrow")), " + ".join(ends("variance"))
    (l_first, r_first), (l_last, r_last) = ends("first_day"), ends("last_day")
    return f"""
        ({north}) * ({north}) + ({east}) * ({east}) * {narrow} <= {REACH_SD**2} * ({variance})
        and {l_first} <= {r_last} + {GAP_DAYS} and {r_first} <= {l_last} + {GAP_DAYS}"""


def candidates(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Makes the table `candidate` of every candidate pair. Returns how many there are, and how many are true."""
    widest, longest, narrowest = con.execute(
        "select sqrt(2 * max(variance)), max(last_day - first_day), min(narrow) from report"
    ).fetchall()[0]
    cell = _cell(REACH_SD * widest, narrowest)
    con.execute(f"""
        create table candidate as
        with placed as (
            select source_dataset || '-__-' || unique_id as join_key, hash(source_dataset) as source_no, truth,
                north, east, narrow, variance, first_day, last_day,
                {cell} + floor(first_day / {longest + GAP_DAYS})::bigint * {STOREY} as home
            from report
        ), near as (
            select home + a.k * {ROW} + b.k + c.k * {STOREY} as near, placed.*
            from placed, range(-1, 2) a(k), range(-1, 2) b(k), range(-1, 2) c(k)
        )
        select '0' as match_key, l.join_key as join_key_l, r.join_key as join_key_r, l.truth = r.truth as truth
        from placed as l join near as r on l.home = r.near and l.source_no < r.source_no and {reach()}""")
    counted: tuple[int, int] = con.execute(
        "select count(*), count(*) filter (truth) from candidate"
    ).fetchall()[0]
    return counted


def comparisons(con: duckdb.DuckDBPyConnection, *, local: bool) -> list[Comparison]:
    """What is compared. local: the frequency of an author is that of the place, not of the world."""
    quantiles = [n / CROWD_LEVELS for n in range(1, CROWD_LEVELS)]
    ((crowds,),) = con.execute(
        f"select quantile_disc(2 * crowd, {quantiles}) from report"
    ).fetchall()
    square = "((north_l - north_r) * (north_l - north_r) + (east_l - east_r) * (east_l - east_r) * narrow_l * narrow_r)"
    distance = [
        Level(f"{square} <= {edge**2} * (variance_l + variance_r)", m) for edge, m in DISTANCES
    ]
    family = Level("family_l = family_r", 0.15)
    return [
        Comparison("distance", (*distance, Level("ELSE", 0.001))),
        _edges("precision", "variance_l + variance_r", VARIANCES),
        _edges("crowd", "crowd_l + crowd_r", sorted(set(crowds))),
        _period(),
        Comparison("act", (Level("act_l = act_r", 0.75, "act"), family, Level("ELSE", 0.1))),
        _word("weapon", Level("weapon_l = weapon_r", 0.8, "weapon")),
        _word("author", *(_local() if local else [Level("author_l = author_r", 0.8, "author")])),
        _killed(),
    ]


def _edges(name: str, value: str, edges: Sequence[float]) -> Comparison:
    m = 1 / (len(edges) + 1)
    return Comparison(name, (*(Level(f"{value} <= {edge}", m) for edge in edges), Level("ELSE", m)))


def _period() -> Comparison:
    """How many days both periods share, by their lengths; else whether they touch."""
    shared = "(least(last_day_l, last_day_r) - greatest(first_day_l, first_day_r))"
    long, short = (
        f"{which}(last_day_l - first_day_l, last_day_r - first_day_r)"
        for which in ("greatest", "least")
    )
    levels = [
        Level(f"{shared} > {days - 1} and {short} <= {a} and {long} <= {b}", 0.09)
        for a, b in combinations_with_replacement((1, 2, 3), 2)
        for days in range(a, 0, -1)
    ]
    touch = (Level(f"{shared} > 0", 0.01), Level(f"{shared} > -0.5", 0.02), Level("ELSE", 0.01))
    return Comparison("period", (*levels, *touch))


def _word(name: str, *same: Level) -> Comparison:
    return Comparison(name, (*same, Level("ELSE", 0.2)), f"{name}_l is null or {name}_r is null")


def _local() -> list[Level]:
    same = [
        Level(f"author_l = author_r and author_share_l + author_share_r <= {edge}", 0.07)
        for edge in LOCAL_SHARES
    ]
    return [*same, Level("author_l = author_r", 0.1)]


def _killed() -> Comparison:
    """Ranges that overlap, by how many; near; else."""
    gap = "greatest(killed_min_l - killed_max_r, killed_min_r - killed_max_l, 0)"
    same = [
        Level(f"{gap} = 0 and killed_max_l = {n}", m)
        for n, m in enumerate((0.25, 0.15, 0.08, 0.05))
    ]
    near = [Level(f"{gap} = {n}", m) for n, m in ((1, 0.15), (2, 0.1), (3, 0.04))]
    levels = (*same, Level(f"{gap} = 0", 0.05), *near, Level("ELSE", 0.02))
    return Comparison("killed", levels, "killed_min_l is null or killed_min_r is null")
