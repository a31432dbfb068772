"""What really happened along the northern line in March 2031, from a seed, and what each side reports of it.

The truth stays beside the example: a matching, a report or a reader can be held against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from examples.making.chance import Chance
from examples.making.northern_land import PLACES
from trucekeeper.statements import kinds, parts
from trucekeeper.vocabulary.quantities import Count, Range
from trucekeeper.vocabulary.times import Period

#: Local midnight of 1 March 2031, UTC+2.
START = datetime(2031, 2, 28, 22, tzinfo=UTC)
INCIDENTS = 46

_ACTS: list[tuple[str, int]] = [
    ("mortar-fire", 30), ("artillery-fire", 14), ("small-arms-fire", 24), ("heavy-machine-gun-fire", 10), ("sniping", 8),
    ("raid", 5), ("fortification", 5), ("uav-reconnaissance", 4),
]  # fmt: skip
_WEAPONS = {
    "mortar-fire": "mortar-82", "artillery-fire": "artillery-122", "small-arms-fire": "small-arms",
    "heavy-machine-gun-fire": "heavy-machine-gun", "sniping": "small-arms", "raid": "small-arms",
}  # fmt: skip
_UNITS = {
    "mortar-fire": "shells",
    "artillery-fire": "shells",
    "small-arms-fire": "bursts",
    "heavy-machine-gun-fire": "bursts",
    "sniping": "shots",
}
#: How often each source, out of a hundred, learns of an incident in a district where it has people, and elsewhere.
_EYES = {
    "a": ("K1", "V2"),
    "b": ("V2", "O3"),
    "c": ("O3", "M4"),
    "d": ("K1", "V2"),
    "e": ("O3", "M4"),
    "civil-monitors": ("K1", "M4"),
}


@dataclass(frozen=True)
class Happening:
    """One true incident."""

    number: int
    at: datetime
    place: str
    lat_e6: int
    lon_e6: int
    act: str
    author: str
    target: str
    rounds: int
    killed: int


@dataclass(frozen=True)
class Told:
    """A report of one source: what it says, when it says it, and what it truly is about."""

    source: str
    ref: str
    at: datetime
    body: kinds.Report
    happening: int


def happenings(chance: Chance) -> list[Happening]:
    """The true incidents, in order of time."""
    found = []
    for _ in range(INCIDENTS):
        name = chance.one_of(list(PLACES))
        lat, lon, _, _ = PLACES[name]
        act = chance.weighted(_ACTS)
        author = chance.one_of(["d-army", "e-brigades"])
        other = "e-brigades" if author == "d-army" else "d-army"
        at = START + timedelta(minutes=chance.below(31 * 24 * 60))
        found.append((
            at, name, round(lat * 1e6) + chance.between(-9_000, 9_000), round(lon * 1e6) + chance.between(-9_000, 9_000),
            act, author, chance.weighted([(other, 7), ("civilians", 3)]), chance.between(1, 24),
            chance.weighted([(0, 75), (1, 15), (2, 7), (4, 3)]) if act in _UNITS else 0,
        ))  # fmt: skip
    return [Happening(number, *row) for number, row in enumerate(sorted(found), 1)]


def reports(chance: Chance, happened: list[Happening]) -> list[Told]:
    """What the sources report, in order of time: late, imprecise, sometimes wrong, and not everything."""
    found: list[Told] = []
    numbers: dict[str, int] = {}
    for h in happened:
        district = PLACES[h.place][2]
        for source, districts in _EYES.items():
            often = 62 if district in districts else 14
            if source in ("d", "e") and _is_own(source, h.author):
                often = 0
            if chance.happens(often):
                numbers[source] = numbers.get(source, 0) + 1
                found.append(_told(chance, h, source, numbers[source]))
    return sorted(found, key=lambda told: (told.at, told.source))


def _is_own(party: str, author: str) -> bool:
    return author == {"d": "d-army", "e": "e-brigades"}[party]


_BASES: dict[str, Literal["party-complaint", "public-complaint"]] = {
    "d": "party-complaint",
    "e": "party-complaint",
    "civil-monitors": "public-complaint",
}


def _told(chance: Chance, h: Happening, source: str, number: int) -> Told:
    minutes = chance.one_of([10, 15, 30, 60])
    earliest = h.at.replace(second=0) - timedelta(minutes=chance.below(minutes))
    radius_m = chance.one_of([300, 500, 1_000, 2_000])
    named = chance.happens(80 if source in ("a", "b", "c") else 95)
    killed = max(0, h.killed + chance.weighted([(0, 8), (1, 1), (-1, 1)]))
    shot = _UNITS.get(h.act)
    few, many = max(1, h.rounds - chance.below(4)), h.rounds + chance.below(3)
    body = kinds.Report(
        basis=_BASES.get(source, "own-observation"),
        act="shelling"
        if h.act in ("mortar-fire", "artillery-fire") and chance.happens(15)
        else h.act,
        occurred=Period(earliest=earliest, latest=earliest + timedelta(minutes=minutes)),
        place=parts.Place(
            lat_e6=h.lat_e6 + chance.between(-radius_m, radius_m) * 6,
            lon_e6=h.lon_e6 + chance.between(-radius_m, radius_m) * 6,
            radius_m=radius_m,
            code=PLACES[h.place][2],
            name=h.place,
        ),
        report_ref=f"{source.upper()}-{number:03d}",
        weapon=_WEAPONS.get(h.act) if chance.happens(60) else None,
        count=Count(
            unit=shot,  # type: ignore[arg-type]  # a unit of the list
            min=few,
            max=max(few, many),
        )
        if shot and chance.happens(70)
        else None,
        means=(chance.one_of(["seen", "heard", "camera"]),),
        alleged_author=(h.author,) if named else (),
        target=(h.target,),
        killed=Range(min=killed, max=killed) if shot else None,
        origins=(f"{source} field team",),
        source_grade=chance.one_of(["A", "B", "C"]),
        info_grade=chance.one_of([1, 2, 3]),
    )
    at = earliest + timedelta(minutes=minutes + chance.between(20, 600))
    return Told(source, body.report_ref or "", at, body, h.number)
