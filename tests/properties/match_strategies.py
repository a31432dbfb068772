"""Generated reports, settings and constraints for the properties of matching.

A report is made from one number, so that what fails shrinks to few reports."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from trucekeeper.matching.reports import Constraints, MatchReport
from trucekeeper.matching.settings import (
    DEFAULT,
    Frequencies,
    NameTerms,
    NumberTerms,
    Settings,
    SourcePair,
    Tables,
    WordTerms,
    read_settings,
)
from trucekeeper.matching.texts import BUCKETS, grams_of

DAY_S = 86_400
SOURCES = ("s0", "s1", "s2", "s3", "s4")
#: Degrees of latitude and longitude: at the date line, beside a pole, on it, and elsewhere.
_CENTRES = (
    (10.0, 20.0), (0.0, 179.99), (0.0, -179.99), (89.95, 0.0), (89.89, 90.0), (-90.0, 7.0), (-60.0, 5.0), (35.0, 38.0),
)  # fmt: skip
_ACTS = (
    "mortar-fire",
    "shelling",
    "air-strike",
    "armed-force",
    "overflight",
    "strange",
    "odd",
    None,
)
_WEAPONS = (None, "mortar", "mortar-82", "artillery", "suspected-chemical", "catapult")
_GROUPS = ("g1", "g2", "g3", "g1 | g2")
_KILLED = ((None, None), (0, 0), (1, 3), (2, None), (None, 4), (9, 9), (2, 2), (0, 10**9))
_NAMES = (
    None, "Karsk", "KARSK ", "Al-Karsk", "Карск", "كارسك", "Vell", "Велл", "Straße", "STRASSE", "Çağ", "çağ", "17", " ",
)  # fmt: skip
_TEXTS = (
    "", "shells fell on the market of Karsk in the morning", "In the morning shells fell on Karsk market",
    "снаряды упали на рынок утром", "утром на рынок упали снаряды", "سقطت قذائف على السوق صباحا", "сл",
)  # fmt: skip
_RADII_M = (0, 1, 500, 2_000, 10_000, 25_000, 30_000, 400_000)
_LENGTHS_S = (1, 900, 3_600, DAY_S, 3 * DAY_S, 30 * DAY_S)


@st.composite
def match_reports(draw: st.DrawFn, *, most: int = 40) -> list[MatchReport]:
    """Reports crowded enough to match. Some share a point, some have none; some are vague in place
    or time; in some cases they begin before 1970, or lie centuries apart."""
    centre = draw(st.sampled_from(_CENTRES))
    spread_e6 = draw(st.sampled_from((3_000, 100_000, 400_000)))
    begin = draw(st.sampled_from((1_930_089_600, 0, -(10**9))))
    centuries_apart = draw(st.integers(0, 9)) == 0
    least = draw(st.sampled_from((0, 3, most // 2)))
    seeds = draw(st.lists(st.integers(0, 2**32), min_size=least, max_size=most))
    return [
        _report(n, seed, centre, spread_e6, begin, centuries_apart=centuries_apart)
        for n, seed in enumerate(seeds)
    ]


def _report(
    n: int,
    seed: int,
    centre: tuple[float, float],
    spread_e6: int,
    begin: int,
    *,
    centuries_apart: bool,
) -> MatchReport:
    chance = random.Random(seed)  # noqa: S311  # reports, not keys
    lat, lon = (round(degrees * 1e6) for degrees in centre)
    if chance.random() < 0.8:
        lat = max(min(lat + chance.randint(-spread_e6, spread_e6), 90_000_000), -90_000_000)
        lon = _turned(lon + chance.choice((1, 1, 20)) * chance.randint(-spread_e6, spread_e6))
    has_point = chance.random() < 0.95
    earliest = begin + chance.randint(0, 12) * 43_200
    if centuries_apart and chance.random() < 0.3:
        earliest += 2**33
    low, high = chance.choice(_KILLED)
    return MatchReport(
        id=f"r{n:03d}",
        tie=f"{chance.getrandbits(32):08x}{n:08x}",
        source=chance.choice(SOURCES),
        earliest=earliest,
        latest=earliest + chance.choice(_LENGTHS_S),
        lat_e6=lat if has_point else None,
        lon_e6=lon if has_point else None,
        radius_m=chance.choice(_RADII_M) if has_point else None,
        act=chance.choice(_ACTS),
        weapon=chance.choice(_WEAPONS),
        authors=frozenset(chance.sample(_GROUPS, chance.randint(0, 2))),
        targets=frozenset(chance.sample(_GROUPS, chance.randint(0, 2))),
        killed_min=low,
        killed_max=high,
        name=chance.choice(_NAMES),
        text=grams_of(chance.choice(_TEXTS), ()),
        repeats=chance.random() < 0.3,
        in_force=chance.random() < 0.97,
    )


def _turned(lon_e6: int) -> int:
    return (lon_e6 + 180_000_000) % 360_000_000 - 180_000_000


@st.composite
def constraints(draw: st.DrawFn, reports: Sequence[MatchReport]) -> Constraints:
    """Pairs that are bound together or apart; now and then both."""
    ids = [report.id for report in reports]
    if len(ids) < 2:
        return Constraints()
    pairs = st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(ids)), max_size=3)
    same, apart = (tuple((a, b) for a, b in draw(pairs) if a != b) for _ in range(2))
    return Constraints(same, apart)


@st.composite
def match_settings(draw: st.DrawFn) -> Settings:
    """Settings of any bounds, edges and terms that an annex may have: half of the time the
    default's edges, with bounds so low that they cut."""
    chance = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311  # settings, not keys
    base = DEFAULT if draw(st.booleans()) else _other_edges(chance)
    pick = chance.choice
    sources = sorted(chance.sample(SOURCES, 2))
    tables = _tables(chance, base)
    found = replace(
        base,
        tables=tables,
        pairs=pick(
            ((), (SourcePair(one=sources[0], other=sources[1], tables=_tables(chance, base)),))
        ),
        repeats=pick((None, replace(tables, prior_milli=pick((-3_000, 0, 2_000))))),
        frequencies=pick((Frequencies(), _frequencies(chance))),
        crowd_max=pick((1, 3, 8, 4_000)),
        candidates_max=pick((1, 2, 3, 1_000)),
        component_max=pick((2, 3, 6, 64)),
        threshold_step_milli=pick((100, 250, 3_000)),
        rounds_max=pick((0, 1, 2, 10)),
        edge_min_milli=pick((-100_000, -1_500, 0)),
        confidence_milli=pick((1, 400, 850, 2_000)),
        unseen_milli=pick((-100_000, -4_000, 2_000)),
        possible_min_milli=pick((-1_500, 0, 4_000)),
    )
    return read_settings("generated", msgspec.json.encode(found))


def _other_edges(chance: random.Random) -> Settings:
    pick = chance.choice
    place_edges = pick(((1,), (2, 144, 100_000), DEFAULT.place_edges))
    gap_edges_s = pick(((0,), (1, 10 * DAY_S), DEFAULT.gap_edges_s))
    text_edges = pick(((1,), (1, 500, 999), DEFAULT.text_edges))
    return replace(
        DEFAULT,
        radius_m_max=pick((1_000, 25_000, 200_000)),
        period_s_max=pick((1, 4 * DAY_S, 10**9)),
        place_floor_m=pick((30, 1_000, 100_000)),
        time_floor_s=pick((900, 10_800, 10**12)),
        place_edges=place_edges,
        reach_m_max=pick((1, 40_000, 90_000, 200_000)),
        gap_edges_s=gap_edges_s,
        text_edges=text_edges,
        killed_near_max=pick((1, 5)),
        beyond_milli=pick((-8_000, 500)),
        density_radius_m=pick((1, 20_000, 70_000, 200_000)),
        density_gap_s=pick((900, 4 * DAY_S, 10**9)),
    )


def _tables(chance: random.Random, base: Settings) -> Tables:
    pick = chance.choice

    def terms(count: int) -> list[int]:
        return [chance.randint(-3_000, 1_500) for _ in range(count)]

    given = replace(
        DEFAULT.tables,
        prior_milli=pick((1_500, 2_200, 4_000, 7_000)),
        same_point_milli=pick((None, 0, 2_000)),
    )
    if base is DEFAULT and chance.random() < 0.5:
        return given
    return replace(
        given,
        place_milli=tuple(terms(len(base.place_edges))),
        time_milli=tuple(terms(len(base.gap_edges_s) + 1)),
        act=WordTerms(*terms(4)),
        weapon=WordTerms(*terms(4)),
        author=WordTerms(*terms(4)),
        target=WordTerms(*terms(4)),
        killed=NumberTerms(*terms(4)),
        name=NameTerms(*terms(3)),
        text_milli=tuple(terms(len(base.text_edges) + 1)),
    )


def _frequencies(chance: random.Random) -> Frequencies:
    def terms(*words: str) -> dict[str, int]:
        return {word: chance.randint(-1_000, 3_000) for word in words}

    return Frequencies(
        act=terms("shelling", "strange", "unheard-of"),
        weapon=terms("mortar", "catapult"),
        author=terms("g1", "g1 | g2", "g1 | g2 | g3"),
        target=terms("g2", "g2 | g3"),
        name=terms("karsk", "карск", "strasse"),
        grams=chance.choice(((), (1_000, 0) * (BUCKETS // 2))),
        killed=tuple(chance.randint(-500, 2_000) for _ in range(chance.choice((1, 3, 16)))),
    )
