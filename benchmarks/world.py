"""Made-up reports with their truth, for benchmarks: a country-year of incidents, each reported by one to four of six
sources with errors of place, time and category. Facts of the generator: docs/benchmarks.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trucekeeper.matching.reports import MatchReport

ACTS = (
    "mortar-fire",
    "artillery-fire",
    "air-strike",
    "small-arms-fire",
    "raid",
    "ground-attack",
    "sniping",
    "rocket-fire",
)
WEAPONS = (
    "mortar-82",
    "artillery-122",
    "aircraft-bomb",
    "small-arms",
    None,
    None,
    "small-arms",
    "multiple-rocket-launcher",
)
GROUPS = ("d-army", "e-brigades", "black-flag", "outsiders", "split-column")
SOURCES = ("a", "b", "c", "d", "e", "press")
START = 1_930_089_600  # 2031-03-01T00:00:00Z


@dataclass(frozen=True)
class Truth:
    """Reports, and the number of the incident that each speaks of."""

    reports: list[MatchReport]
    incidents: list[int]


def make(count: int, *, seed: int, days: int = 365) -> Truth:
    """About `count` reports of one year in a box of 330 × 330 km around the zones of the spec agreement."""
    chance = np.random.default_rng(seed)
    per_incident = np.array([0.40, 0.27, 0.20, 0.13])
    incidents = int(count / (per_incident * np.arange(1, 5)).sum())
    towns = np.stack([chance.uniform(8.5, 11.5, 180), chance.uniform(19.0, 22.0, 180)], axis=1)
    weights = 1 / np.arange(1, 181) ** 0.8
    town = chance.choice(180, incidents, p=weights / weights.sum())
    place = towns[town] + chance.normal(0, 0.12, (incidents, 2))
    at = START + chance.integers(0, days * 86_400, incidents)
    act = chance.choice(len(ACTS), incidents)
    author = chance.choice(len(GROUPS), incidents, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    killed = np.minimum(chance.geometric(0.45, incidents) - 1, 60)
    copies = chance.choice(4, incidents, p=per_incident) + 1
    order = np.argsort(
        -(np.log([0.28, 0.22, 0.18, 0.14, 0.10, 0.08]) + chance.gumbel(size=(incidents, 6))), axis=1
    )
    reports: list[MatchReport] = []
    of: list[int] = []
    for i in range(incidents):
        for k in range(int(copies[i])):
            number = len(reports)
            radius = int(chance.choice([500, 2_000, 5_000, 10_000]))
            angle, away = chance.uniform(0, 2 * np.pi), chance.uniform(0, radius)
            day = (
                START
                + (int(at[i]) - START) // 86_400 * 86_400
                + int(chance.choice([0, 0, 0, 1])) * 86_400
            )
            length = int(chance.choice([3_600, 86_400, 86_400]))
            earliest = day if length == 86_400 else int(at[i]) - int(chance.integers(0, 3_600))
            what = int(act[i]) if chance.random() > 0.15 else int(chance.integers(0, len(ACTS)))
            who = int(author[i]) if chance.random() > 0.10 else int(chance.integers(0, len(GROUPS)))
            dead = max(
                0, int(killed[i]) + (int(chance.integers(-2, 4)) if chance.random() < 0.35 else 0)
            )
            reports.append(
                MatchReport(
                    id=f"r{number}",
                    tie=f"{int(chance.integers(0, 2**62)):016x}{number:048x}",
                    source=SOURCES[order[i, k]],
                    earliest=earliest,
                    latest=earliest + length,
                    lat_e6=round(1e6 * (place[i, 0] + away * np.cos(angle) / 111_195)),
                    lon_e6=round(1e6 * (place[i, 1] + away * np.sin(angle) / 109_500)),
                    radius_m=radius,
                    act=ACTS[what],
                    weapon=WEAPONS[what] if chance.random() > 0.25 else None,
                    authors=frozenset({GROUPS[who]}) if chance.random() > 0.12 else frozenset(),
                    targets=frozenset({"civilians"}),
                    killed_min=dead if chance.random() > 0.25 else None,
                    killed_max=dead,
                )
            )
            of.append(i)
    return Truth(reports, of)
