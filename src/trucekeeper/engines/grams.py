"""The grams of many texts at once, as a table holds them: what `matching.texts` defines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trucekeeper.engines.scoring import WEIGHT_BITS, Array
from trucekeeper.matching.texts import BUCKETS, GRAM_LETTERS, GRAMS_MAX, LENGTH, folded

_MULTIPLIER, _OFFSET = np.uint32(0x01000193), np.uint32(0x811C9DC5)
#: Texts that are taken together, so that what is held of them on the way stays small.
_AT_ONCE = 50_000


def packed_texts(texts: Sequence[str | None], weights: Sequence[int]) -> tuple[Array, Array]:
    """Where the grams of each text begin, one more than there are texts, and one number for each
    gram with its weight. weights: of each bucket, or none for all alike."""
    of_bucket = np.array(weights, dtype=np.int64)
    start, parts = [np.zeros(1, np.int64)], [np.zeros(0, np.int64)]
    for first in range(0, len(texts), _AT_ONCE):
        held, packed = _packed(texts[first : first + _AT_ONCE], of_bucket)
        start.append(start[-1][-1] + np.cumsum(held))
        parts.append(packed)
    return np.concatenate(start), np.concatenate(parts)


def _packed(texts: Sequence[str | None], of_bucket: Array) -> tuple[Array, Array]:
    """How many grams each text has, and the grams."""
    letters = ["" if text is None else folded(text) for text in texts]
    text, gram, count = _counted(letters)
    weight = np.minimum(count, 3)
    if len(of_bucket):
        weight = weight * of_bucket[gram % BUCKETS]
    chosen = _heaviest(text, weight, len(texts))
    text, gram, weight = text[chosen], gram[chosen], weight[chosen]
    # Sums of whole numbers far below 2^53 are exact.
    squares = np.bincount(text, weights=weight**2, minlength=len(texts)).astype(np.int64)
    length = _root(squares * 10**6)[text]
    said = length > 0
    text, gram = text[said], gram[said]
    weight = 1000 * LENGTH * weight[said] // length[said]
    return np.bincount(text, minlength=len(texts)), gram << WEIGHT_BITS | weight


def _counted(letters: Sequence[str]) -> tuple[Array, Array, Array]:
    """Text, gram and how often it stands there, in the order of texts and grams."""
    # A text that ends in the middle of a gram has no gram there: those are left out by `at`.
    joined = np.frombuffer("".join(letters).encode("utf-32-le"), np.uint32)
    lengths = np.array([len(own) for own in letters], dtype=np.int64)
    grams = np.maximum(lengths - GRAM_LETTERS + 1, 0)
    text = np.repeat(np.arange(len(letters)), grams)
    at = np.arange(len(text)) + np.repeat(
        np.cumsum(lengths) - lengths - np.cumsum(grams) + grams, grams
    )
    number = np.full(max(len(joined) - GRAM_LETTERS + 1, 0), _OFFSET, np.uint32)
    for n in range(GRAM_LETTERS):
        number = (number ^ joined[n : n + len(number)]) * _MULTIPLIER
    number ^= number >> np.uint32(15)
    both, count = np.unique(text << 32 | number[at], return_counts=True)
    return both >> 32, both & 0xFFFFFFFF, count


def _heaviest(text: Array, weight: Array, texts: int) -> Array:
    """Which grams are among the heaviest of their text, of equal ones the lesser."""
    held = np.bincount(text, minlength=texts)
    chosen = np.ones(len(text), bool)
    start = np.cumsum(held) - held
    for n in np.flatnonzero(held > GRAMS_MAX).tolist():
        own = slice(start[n], start[n] + held[n])
        chosen[own] = False
        chosen[start[n] + np.argsort(-weight[own], kind="stable")[:GRAMS_MAX]] = True
    return chosen


def _root(squares: Array) -> Array:
    """The whole root of each number below 2^53."""
    root = np.sqrt(squares).astype(np.int64)
    return root - (root * root > squares)
