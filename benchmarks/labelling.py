"""Which pairs of real reports are labelled: a sample stratified by score, drawn without chance, and a sheet that tells
the labeller neither score nor stratum.

python -m benchmarks.labelling draw SHEET DESIGN    writes both, draws the same at every run
python -m benchmarks.labelling show SHEET           prints what each pair's rows state
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isqrt
from pathlib import Path

from benchmarks.published import Source, reports, rows
from trucekeeper.matching.model import (
    MatchReport,
    in_surroundings,
    is_eligible,
    make_units,
    pair_terms,
)
from trucekeeper.matching.settings import DEFAULT, Settings
from trucekeeper.vocabulary.places import point_squared_m

SEED = 2017
SETTINGS = DEFAULT

#: Pairs of the two sources are drawn from those this near, by the middles of their periods.
REACH_M, GAP_S = 60_000, 5 * 86_400
#: The least score of each stratum of such pairs, best first; below them the lower ones, and pairs without a score.
FLOORS = {"from 3000": 3_000, "1500 to 3000": 1_500, "0 to 1500": 0, "-1500 to 0": -1_500}
LOW, NO_SCORE = "below -1500", "no score"
PER_STRATUM = 20
#: Pairs of one source, and how many of each are drawn.
SAME_SOURCE = {
    "videos, same point and day": 10,
    "videos, within 10 km and 2 days": 10,
    "events, same point and day": 5,
    "events, within 10 km and a day": 5,
}
NEAR_M, VIDEO_GAP_S, EVENT_GAP_S = 10_000, 2 * 86_400, 86_400
#: At most so many pairs of one event, and of the videos of one town and day.
EVENT_MAX, TOWN_DAY_MAX = 2, 3

#: A report by its source and the publisher's identifier.
Key = tuple[str, str]
Pair = tuple[Key, Key]
SHEET_COLUMNS = ("pair", "source_one", "id_one", "source_two", "id_two")
DESIGN_COLUMNS = ("pair", "stratum", "population_of_stratum")
SHOWN: Mapping[Source, Sequence[str]] = {
    "ged": (
        "date_start", "date_end", "date_prec", "where_coordinates", "where_prec", "adm_1", "adm_2", "latitude",
        "longitude", "type_of_violence", "dyad_name", "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown",
        "low", "best", "high", "source_office", "source_date", "source_headline", "source_original",
    ),
    "syrian-archive": (
        "Recording_Date", "Recording_Hour", "Recording_Minute", "City", "Neighborhood", "Latitude", "Longitude",
        "Violation_Type", "Weapons_Used", "Reference_Code", "Source", "Description",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Population:
    """The pairs of each stratum, and what a pair counts against: its event, or its town and day."""

    strata: Mapping[str, Sequence[Pair]]
    groups: Mapping[Key, Hashable]


def population(found: Mapping[Key, MatchReport], towns: Mapping[str, str]) -> Population:
    """Every pair of every stratum. towns: of each video, by its identifier."""
    placed = {key: report for key, report in found.items() if report.lat_e6 is not None}
    events = [key for key in placed if key[0] == "ged"]
    videos = [key for key in placed if key[0] != "ged"]
    strata: dict[str, list[Pair]] = {name: [] for name in (*FLOORS, LOW, NO_SCORE, *SAME_SOURCE)}
    around = surroundings(list(found.values()), SETTINGS)
    for event in events:
        for video in videos:
            one, other = placed[event], placed[video]
            if _is_near(one, other, REACH_M, GAP_S):
                strata[stratum(one, other, around, SETTINGS)].append((event, video))
    for named, keys, gap_s in (("videos", videos, VIDEO_GAP_S), ("events", events, EVENT_GAP_S)):
        alike, near = (name for name in SAME_SOURCE if name.startswith(named))
        for a, b in combinations(keys, 2):
            if _is_near(placed[a], placed[b], NEAR_M, gap_s):
                strata[alike if _setting(placed[a]) == _setting(placed[b]) else near].append((a, b))
    town_days = {video: (towns[video[1]], placed[video].latest) for video in videos}
    return Population(strata, {**{event: event for event in events}, **town_days})


def surroundings(found: Sequence[MatchReport], settings: Settings) -> dict[str, int]:
    """How many units of other sources lie around the unit of each report, as `matching.reference` counts them."""
    units = make_units(found, (), settings)
    scored = [(unit, unit.face) for unit in units if unit.face is not None]
    return {
        report.id: sum(
            not unit.sources & other.sources and in_surroundings(face, its, settings)
            for other, its in scored
        )
        for unit, face in scored
        for report in unit.members
    }


def stratum(
    one: MatchReport, other: MatchReport, around: Mapping[str, int], settings: Settings
) -> str:
    """The stratum of a pair of two sources."""
    if not is_eligible(one, settings) or not is_eligible(other, settings):
        return NO_SCORE
    terms = pair_terms(one, other, around[one.id], around[other.id], settings)
    if terms is None:
        return NO_SCORE
    return next((name for name, floor in FLOORS.items() if terms.total >= floor), LOW)


def draw(whole: Population) -> list[tuple[str, Pair]]:
    """The sample: of each stratum the first pairs in an order of hashes that the caps allow. What one stratum lacks the
    next gets; what is then lacking, the others, best first."""
    drawn: list[tuple[str, Pair]] = []
    lacking = 0
    caps = _Caps(whole.groups)
    crossing = (*FLOORS, LOW, NO_SCORE)
    for name in crossing:
        taken = list(_take(whole.strata[name], PER_STRATUM + lacking, caps))
        lacking += PER_STRATUM - len(taken)
        drawn += [(name, pair) for pair in taken]
    for name in crossing:
        rest = [pair for pair in whole.strata[name] if (name, pair) not in drawn]
        taken = list(_take(rest, lacking, caps))
        lacking -= len(taken)
        drawn += [(name, pair) for pair in taken]
    caps = _Caps(whole.groups)
    for name, count in SAME_SOURCE.items():
        drawn += [(name, pair) for pair in _take(whole.strata[name], count, caps)]
    return sorted(drawn, key=lambda entry: _hash("order", entry[1]))


def write(sheet: Path, design: Path) -> None:
    """The sheet, which tells neither score nor stratum, and the design, which tells the stratum and its size."""
    towns = {id: row["Neighborhood"] or row["City"] for id, row in rows("syrian-archive").items()}
    whole = population(reports(), towns)
    drawn = list(enumerate(draw(whole), start=1))
    _write(sheet, SHEET_COLUMNS, ((number, *one, *other) for number, (_, (one, other)) in drawn))
    _write(
        design,
        DESIGN_COLUMNS,
        ((number, name, len(whole.strata[name])) for number, (name, _) in drawn),
    )


def show(sheet: Path) -> None:
    """Print what the rows of each pair state, and how far apart their points are."""
    held = {source: rows(source) for source in SHOWN}
    found = reports()
    with sheet.open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    for pair in pairs:
        ends = [(pair["source_one"], pair["id_one"]), (pair["source_two"], pair["id_two"])]
        apart_m = isqrt(_squared_m(*(found[end] for end in ends)))
        print(f"\n== {pair['pair']}  ({apart_m / 1000:.1f} km)")
        for source, columns in SHOWN.items():
            for id in (id for held_by, id in ends if held_by == source):
                row = held[source][id]
                print(
                    f"{source} {id}: "
                    + " | ".join(f"{name}={row[name]}" for name in columns if row[name])
                )


class _Caps:
    """How often each event, and each town and day, is in the sample so far."""

    def __init__(self, groups: Mapping[Key, Hashable]) -> None:
        self.groups = groups
        self.taken: Counter[Hashable] = Counter()

    def take(self, pair: Pair) -> bool:
        """Whether the pair still fits; if so, it is counted."""
        most = {self.groups[key]: EVENT_MAX if key[0] == "ged" else TOWN_DAY_MAX for key in pair}
        if any(self.taken[group] >= limit for group, limit in most.items()):
            return False
        self.taken.update(most.keys())
        return True


def _take(pairs: Iterable[Pair], count: int, caps: _Caps) -> Iterator[Pair]:
    """The first pairs that the caps allow."""
    for pair in sorted(pairs, key=lambda pair: _hash("draw", pair)):
        if count <= 0:
            return
        if caps.take(pair):
            count -= 1
            yield pair


def _hash(purpose: str, pair: Pair) -> str:
    """Where a pair stands in an order that the seed decides."""
    return hashlib.sha256(f"{SEED} {purpose} {pair}".encode()).hexdigest()


def _is_near(one: MatchReport, other: MatchReport, reach_m: int, gap_s: int) -> bool:
    gap_twice = abs(one.earliest + one.latest - other.earliest - other.latest)
    return gap_twice <= 2 * gap_s and _squared_m(one, other) <= reach_m**2


def _squared_m(one: MatchReport, other: MatchReport) -> int:
    assert one.lat_e6 is not None and one.lon_e6 is not None, "only what has a point is drawn"
    assert other.lat_e6 is not None and other.lon_e6 is not None, "only what has a point is drawn"
    return point_squared_m(one.lat_e6, one.lon_e6, other.lat_e6, other.lon_e6)


def _setting(report: MatchReport) -> tuple[int, int, int | None, int | None]:
    return report.earliest, report.latest, report.lat_e6, report.lon_e6


def _write(path: Path, columns: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(lines)


if __name__ == "__main__":
    command, *paths = sys.argv[1:]
    if command == "draw":
        write(*map(Path, paths))
    else:
        show(*map(Path, paths))
