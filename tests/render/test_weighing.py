"""The terms of matching in words and as a waterfall."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.world import World
from trucekeeper.facade import Picture
from trucekeeper.matching.explain import FIELDS, weigh_pair
from trucekeeper.matching.reports import MatchReport
from trucekeeper.matching.settings import DEFAULT
from trucekeeper.matching.texts import grams_of
from trucekeeper.render.catalogue import Wording
from trucekeeper.render.english import ENGLISH
from trucekeeper.render.english_terms import distance, duration, points, share
from trucekeeper.render.weighing import Weighed, weighed_pair

WORDING = Wording(ENGLISH)


def report(id: str, **told: object) -> MatchReport:
    at: dict[str, object] = {
        "earliest": 0, "latest": 86_400, "lat_e6": 0, "lon_e6": 0, "radius_m": 2_000, "act": None,
    }  # fmt: skip
    return MatchReport(id=id, tie=id, source=id, **{**at, **told})  # type: ignore[arg-type]  # as told


def weigh(one: MatchReport, other: MatchReport) -> Weighed:
    around = {one.id: 2, other.id: 2}
    return weighed_pair(weigh_pair(one, other, around, DEFAULT), WORDING)


def told(one: dict[str, object], other: dict[str, object], term: str) -> str:
    """What the row of a term says of two reports."""
    rows = weigh(report("x", **one), report("y", **other)).rows
    return next(compared for label, _, _, compared in rows if label == term)


@pytest.mark.parametrize(
    ("one", "other", "term", "says"),
    [
        ({"lat_e6": 9_000}, {}, "Place", "1 km apart, stated to within 2 km here and 2 km there"),
        ({"lat_e6": 90_000}, {}, "Place", "10 km apart, stated to within 2 km here and 2 km there"),
        ({}, {}, "Place", "the same point, stated to within 2 km here and 2 km there"),
        ({}, {"earliest": 43_200, "latest": 260_000}, "Time", "12 h in common, of periods of 24 h here and 2 days 12 h there"),
        ({}, {"earliest": 86_400, "latest": 90_000}, "Time", "no time between periods of 24 h here and 1 h there"),
        ({"act": "mortar-fire"}, {"act": "artillery-fire"}, "Act", "two kinds of one thing: mortar fire here, artillery fire there"),
        ({"act": "own-word"}, {"act": "own-word"}, "Act", "the same: own-word"),
        ({"weapon": "mortar"}, {"weapon": "mine"}, "Weapon", "not the same: mortar here, mine there"),
        ({"killed_min": 0, "killed_max": 0}, {"killed_min": 0, "killed_max": 0}, "Killed", "nobody was killed, here and there"),
        ({"killed_min": 2}, {"killed_min": 5, "killed_max": 9}, "Killed", "the numbers agree: 2 or more here, 5-9 there"),
        ({"killed_min": 2, "killed_max": 2}, {"killed_min": 50, "killed_max": 50}, "Killed", "the numbers are far apart: 2 here, 50 there"),
        ({"name": "Karsk"}, {"name": "karsk"}, "Named place", "the same: Karsk"),
        ({"name": "Karsk"}, {"name": "Карск"}, "Named place", "alike in sound: Karsk here, Карск there"),
        ({"name": "Karsk"}, {"name": "Vell"}, "Named place", "not the same: Karsk here, Vell there"),
        ({"text": grams_of("shells fell near the mill", ())}, {"text": grams_of("shells fell near the mill", ())}, "Text", "alike to 99.5 %"),
    ],
)  # fmt: skip
def test_what_was_compared(
    one: dict[str, object], other: dict[str, object], term: str, says: str
) -> None:
    assert told(one, other, term) == says


def test_every_comparison_has_a_short_and_a_long_word() -> None:
    words = ENGLISH.terms
    assert set(words.labels) == set(FIELDS)
    assert {*words.in_short, "not-stated"} == set(words.compared)


def test_numbers_in_words() -> None:
    assert [distance(m) for m in (0, 80, 303, 994, 995, 1_449, 25_000)] == [
        "0 m", "80 m", "300 m", "990 m", "1 km", "1.4 km", "25 km",
    ]  # fmt: skip
    assert [duration(s) for s in (1_800, 3_600, 12_000, 129_600, 172_800, 367_200)] == [
        "30 min", "1 h", "3 h 20 min", "36 h", "2 days", "4 days 6 h",
    ]  # fmt: skip
    assert [share(m) for m in (1_000, 987, 0)] == ["100 %", "98.7 %", "0 %"]
    assert [points(m) for m in (3_149, -850, 50, 49, -49, 0)] == [
        "+3.1", "−0.9", "+0.1", "0.0", "0.0", "0.0",
    ]  # fmt: skip


def membership() -> Weighed:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army on e-brigades killed 2 #m
        01 06:40 b  reports air-strike at Karsk by d-army on e-brigades killed 2 #n
    """)
    return Picture(world.derive()).weigh(world.ref("m"))


def test_a_waterfall_has_a_bar_for_each_term_and_one_for_the_sum() -> None:
    weighed = membership()
    svg = weighed.svg()
    assert svg is not None
    texts = [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]
    for term, told_points, _, _ in weighed.rows:
        assert told_points in texts, term
    assert {"Same point", "Other act", "Sum"} <= set(texts)
    # What speaks against is hollow, what speaks for is filled, the sum is darkest.
    fills = re.findall(r'<path[^>]*fill="(#[0-9a-f]{6})" stroke="#1c2126"', svg)
    negative = sum(row[2] < 0 for row in weighed.rows[:-1])
    assert fills.count("#ffffff") == negative == 2
    assert fills.count("#56606b") == len(weighed.rows) - 1 - negative
    assert fills.count("#1c2126") == 1


def test_a_waterfall_says_in_words_what_it_shows_and_asks_nothing_of_the_network() -> None:
    weighed = membership()
    alone, inside = weighed.svg(), weighed.svg(inside_page=True)
    assert alone is not None and inside is not None
    for svg in (alone, inside):
        label = re.search(r'<svg[^>]*role="img"[^>]*aria-label="([^"]*)"', svg)
        assert label is not None and weighed.words in unescape(label[1])
        assert svg.count("http") == svg.count("xmlns")
    assert 'xmlns="http://www.w3.org/2000/svg"' in alone
    assert "xmlns" not in inside


def test_a_name_cannot_leave_the_waterfall() -> None:
    rows = weigh(report("x", name="</svg><script>"), report("y", name="</svg><script>"))
    svg = rows.svg()
    assert svg is not None and "<script" not in svg and svg.count("</svg>") == 1
    spoken = weigh(report("x", authors=frozenset({'it\'s \\ "q"'})), report("y")).svg()
    assert spoken is not None
