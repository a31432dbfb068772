"""How alike two texts are: a number from 0 to 1000."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trucekeeper.matching.texts import BUCKETS, grams_of, likeness_milli

WEIGHTS = st.sampled_from([(), tuple(range(1, 101)) * (BUCKETS // 100) + (1,) * (BUCKETS % 100)])


@given(st.text(max_size=300), st.text(max_size=300), WEIGHTS)
def test_no_text_is_more_alike_than_itself(one: str, other: str, weights: tuple[int, ...]) -> None:
    a, b = grams_of(one, weights), grams_of(other, weights)
    if a is None or b is None:
        return
    assert 940 <= likeness_milli(a, a) <= 1000
    assert 0 <= likeness_milli(a, b) == likeness_milli(b, a) <= 1000


def test_a_short_text_is_wholly_like_itself() -> None:
    """Its length, as a whole number, made this 1437."""
    grams = grams_of("shells fell near the mill", ())
    assert grams is not None
    assert likeness_milli(grams, grams) > 990
