"""The grams of a column of texts are those of each text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucekeeper.engines.columns import packed_grams
from trucekeeper.engines.grams import packed_texts
from trucekeeper.matching.texts import BUCKETS, GRAMS_MAX, folded, grams_of

#: Letters of several scripts, with accents of their own and beside them, ligatures, digits, signs.
LETTERS = st.sampled_from("abcde дежз ابت é\u0301 ß ﬁ ١2 ,-\u0338𝒳\ud7ff")
TEXTS = st.lists(st.none() | st.text(LETTERS, max_size=60) | st.text(max_size=20), max_size=8)
WEIGHTS = st.sampled_from(
    [(), (0,) * BUCKETS, tuple(n % 1001 for n in range(BUCKETS)), (0, 1) * (BUCKETS // 2)]
)


@given(TEXTS, WEIGHTS)
def test_many_texts_at_once_have_the_grams_of_each(
    texts: list[str | None], weights: tuple[int, ...]
) -> None:
    expected = packed_grams([None if text is None else grams_of(text, weights) for text in texts])
    found = packed_texts(texts, weights)
    for one, other in zip(expected, found, strict=True):
        assert one.tolist() == other.tolist()


@pytest.mark.parametrize("weights", [(), tuple(n % 1001 for n in range(BUCKETS))])
def test_of_a_long_text_the_heaviest_grams_count(weights: tuple[int, ...]) -> None:
    chance = np.random.default_rng(1)
    texts = ["".join(chance.choice(list("abcdef "), size)) for size in (100, 2_000, 900)]
    expected = packed_grams([grams_of(text, weights) for text in texts])
    assert np.diff(expected[0]).max() == GRAMS_MAX
    for one, other in zip(expected, packed_texts(texts, weights), strict=True):
        assert one.tolist() == other.tolist()


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_fold_as_all_do(text: str) -> None:
    assert folded(text + "é").rstrip() == (folded(text + "e").rstrip())
