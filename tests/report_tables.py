"""Tables of made-up reports to be matched: close together, at the edges of the globe, in chains."""

from __future__ import annotations

import random

import pyarrow as pa
from msgspec.structs import replace

from trucekeeper.matching.settings import DEFAULT, Settings

DAY_S = 86_400
#: Corners of the globe, a hot spot in each.
SPOTS = ((10.0, 20.0), (0.0, 179.99), (0.0, -179.99), (89.6, 0.0), (-60.0, 5.0))


def crowded_table(seed: int, count: int, days: int = 60) -> pa.Table:
    """Reports so near to each other that most have rivals, over some spots and days."""
    chance = random.Random(seed)  # noqa: S311  # made up, the same every time
    spots = chance.sample(SPOTS, 2)
    spread = chance.choice([100_000, 400_000])
    rows = []
    for _ in range(count):
        lat, lon = chance.choice(spots)
        lat_e6 = min(int(lat * 1e6) + chance.randint(-spread, spread), 90_000_000)
        lon_e6 = int(lon * 1e6) + chance.randint(-spread, spread)
        begin = chance.randint(0, 2 * days) * DAY_S // 2
        killed = chance.choice([None, 0, 2, 3])
        rows.append(
            {
                "source": f"s{chance.randint(0, 3)}",
                "earliest": begin,
                "latest": begin + chance.choice([3600, DAY_S, 3 * DAY_S]),
                "lat_e6": lat_e6,
                "lon_e6": (lon_e6 + 180_000_000) % 360_000_000 - 180_000_000,
                "radius_m": chance.choice([None, 0, 1000, 5000, 20_000]),
                "act": chance.choice(["mortar-fire", "air-strike", None]),
                "author": chance.choice(["g1", "g2", None]),
                "place": chance.choice([None, "Karsk", "Vell"]),
                "killed_min": killed,
                "killed_max": killed,
            }
        )
    return _numbered(rows, chance)


def chain_table(
    seed: int, count: int, *, step_e6_max: int = 30_000, step_hours_max: int = 8
) -> pa.Table:
    """Reports one after the other to the north-east, each near to the next few alone: all hang
    together, across every border."""
    chance = random.Random(seed)  # noqa: S311  # made up, the same every time
    rows: list[dict[str, object]] = []
    lat_e6 = lon_e6 = begin = 0
    for n in range(count):
        rows.append(
            {
                "source": f"s{(n + chance.randint(0, 1)) % 4}",
                "earliest": begin,
                "latest": begin + DAY_S // 2,
                "lat_e6": lat_e6,
                "lon_e6": lon_e6,
                "radius_m": chance.choice([1000, 3000]),
                "act": chance.choice(["mortar-fire", "mortar-fire", "artillery-fire"]),
                "author": chance.choice(["g1", "g1", None]),
            }
        )
        step_e6 = chance.randint(0, step_e6_max)
        lat_e6, lon_e6 = lat_e6 + step_e6 // 2, lon_e6 + step_e6
        begin += chance.randint(0, step_hours_max) * 3600
    return _numbered(rows, chance)


def _numbered(rows: list[dict[str, object]], chance: random.Random) -> pa.Table:
    ids = chance.sample(range(10 * len(rows)), len(rows))
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return pa.table({"id": ids, **columns})


def settings_of(seed: int) -> Settings:
    """The default with bounds so small that they are met."""
    chance = random.Random(seed)  # noqa: S311  # made up, the same every time
    repeats = replace(DEFAULT.tables, prior_milli=chance.choice([-4000, 0]))
    return replace(
        DEFAULT,
        repeats=chance.choice([None, repeats]),
        crowd_max=chance.choice([8, 30, 4000]),
        component_max=chance.choice([3, 8, 64]),
        candidates_max=chance.choice([1, 3]),
        density_gap_s=chance.choice([3600, 4 * DAY_S]),
        density_radius_m=chance.choice([2000, 20_000]),
        radius_m_max=chance.choice([3000, 25_000]),
    )
