"""Texts and names of places: alike in whole numbers, whatever the script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucekeeper.matching.texts import (
    BUCKETS,
    GRAMS_MAX,
    LENGTH,
    grams_of,
    likeness_milli,
    skeleton,
)
from trucekeeper.vocabulary.text import name_key

#: One made-up place a line: as it is written in Latin, Cyrillic and Arabic letters.
PLACES = """
    Karsk       Карск       كارسك
    Al-Karsk    аль-Карск   الكارسك
    Tal Benir   Тал Бенир   تل بنير
    Khan Zumar  Хан Зумар   خان زومار
    Shemran     Шемран      شمران
"""


@pytest.mark.parametrize("line", [line.strip() for line in PLACES.strip().splitlines()])
def test_a_name_has_one_skeleton_in_three_scripts(line: str) -> None:
    latin, cyrillic, arabic = (part.strip() for part in line.split("  ") if part.strip())
    assert skeleton(latin) == skeleton(cyrillic) == skeleton(arabic)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Al-Karsk", "Karsk", True),
        ("Ash-Shemran", "Shemran", True),
        ("KARSK", "  karsk", True),
        ("Kárşk", "Karsk", True),
        ("Karrsk", "Karsk", True),
        ("Gorsk", "Karsk", True),
        ("Karsk", "Karst", False),
        ("Karsk", "Vell", False),
        ("Karsk West", "Karsk", False),
    ],
)
def test_which_names_share_a_skeleton(one: str, other: str, *, alike: bool) -> None:
    assert (skeleton(one) == skeleton(other)) == alike


def test_a_name_without_consonants_is_its_own_skeleton() -> None:
    """Two places known by numbers or by signs of another script are not one."""
    assert skeleton("Aue") == "aue"
    assert skeleton("17") != skeleton("18")
    assert skeleton("北山") != skeleton("南山")


@given(st.text(max_size=30))
def test_a_name_is_compared_as_it_is_folded(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)
    skeleton(name)


def alike(one: str, other: str, weights: tuple[int, ...] = ()) -> int:
    a, b = grams_of(one, weights), grams_of(other, weights)
    assert a is not None and b is not None
    return likeness_milli(a, b)


@pytest.mark.parametrize(
    ("text", "again", "another"),
    [
        ("Shells fell on the market.", "SHELLS fell on the market!", "A mine went off by the road"),
        ("Снаряды упали на рынок", "снаряды  упали на рынок", "мина взорвалась у дороги"),
        ("سقطت قذائف على السوق", "سقطت قذائف، على السوق", "انفجر لغم قرب الطريق"),
    ],
)
def test_a_text_is_like_itself_and_unlike_another(text: str, again: str, another: str) -> None:
    assert grams_of(text, ()) == grams_of(again, ())
    assert 980 <= alike(text, again) <= 1_000
    assert alike(text, another) < 200 < alike(text, f"{text} {another}") < 980


def test_a_text_too_short_for_a_gram_says_nothing() -> None:
    assert [grams_of(text, ()) for text in ("", "   ", "ab", "!?", "\u0301")] == [None] * 5
    assert grams_of("abc", ()) is not None


def test_a_rare_gram_counts_more_and_one_of_no_weight_nothing() -> None:
    one, other = "the market of Karsk", "the market of Vell"
    shared = {gram % BUCKETS for gram, _ in grams_of("the market of", ()) or ()}
    light = tuple(1 if bucket in shared else 100 for bucket in range(BUCKETS))
    assert alike(one, other, light) < alike(one, other)
    assert grams_of(one, (0,) * BUCKETS) is None


@given(st.text(max_size=400), st.text(max_size=400))
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    a, b = grams_of(one, ()), grams_of(other, ())
    for grams in (a, b):
        if grams is not None:
            assert len(grams) <= GRAMS_MAX
            assert [gram for gram, _ in grams] == sorted({gram for gram, _ in grams})
            assert sum(weight**2 for _, weight in grams) <= LENGTH**2 + 2 * LENGTH * len(grams)
    if a is not None and b is not None:
        assert likeness_milli(a, b) == likeness_milli(b, a)
        # Lengths are rounded once, so a text may be a little more than wholly like another.
        assert 0 <= likeness_milli(a, b) <= LENGTH + GRAMS_MAX
