"""How alike two free texts are, in whole numbers: the angle between their vectors of character
n-grams (TF-IDF, as in Salton and Buckley 1988), and names of places across scripts.

A gram is five letters long and is known by a number of 32 bits, so that one table of weights serves
any language; a weight belongs to one of 4,096 buckets of grams and comes with the settings."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from math import isqrt

from trucekeeper.vocabulary.text import name_key

GRAM_LETTERS = 5
BUCKETS = 4_096
#: Grams of one text that are compared at most: those of the greatest weight.
GRAMS_MAX = 256
LENGTH = 1_000
_MULTIPLIER = 0x01000193
_OFFSET = 0x811C9DC5
_MASK = 0xFFFFFFFF

#: Gram number and weight, by number; the weights are of length 1,000 together.
Grams = tuple[tuple[int, int], ...]


def grams_of(text: str, weights: Sequence[int]) -> Grams | None:
    """The grams of a text; None where it has none. weights: of each bucket, or none for all
    alike."""
    folded = f" {_letters(text)} "
    counts = Counter(
        _number(folded[i : i + GRAM_LETTERS]) for i in range(len(folded) - GRAM_LETTERS + 1)
    )
    weighed = {
        gram: (weights[gram % BUCKETS] if weights else 1) * min(count, 3)
        for gram, count in counts.items()
    }
    best = sorted(weighed, key=lambda gram: (-weighed[gram], gram))[:GRAMS_MAX]
    # In thousandths: the root of a few small weights is far from whole.
    length = isqrt(sum(weighed[gram] ** 2 for gram in best) * 10**6)
    if not length:
        return None
    return tuple((gram, 1000 * LENGTH * weighed[gram] // length) for gram in sorted(best))


def likeness_milli(a: Grams, b: Grams) -> int:
    """The cosine of two texts, thousandths."""
    of = dict(b)
    return sum(weight * of.get(gram, 0) for gram, weight in a) // LENGTH


def _letters(text: str) -> str:
    """Letters and digits in lower case, without accents, words set apart by one space."""
    bare = (ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))
    return " ".join("".join(ch if ch.isalnum() else " " for ch in bare).casefold().split())


def _number(gram: str) -> int:
    number = _OFFSET
    for letter in gram:
        number = (number ^ ord(letter)) * _MULTIPLIER & _MASK
    return number ^ number >> 15


#: Letters by their sound, so that names meet across Latin, Cyrillic and Arabic script: vowels and
#: half-vowels fall away, what transliterations confuse is one class.
_CLASSES = {
    "b": "bpбпب",
    "t": "tdтдتدطضة",
    "k": "kgqcкгكقغگ",
    "x": "xhхخحه",
    "j": "jжجژ",
    "s": "szсзسصزظذث",
    "S": "шщчشچ",
    "f": "fvфвف",
    "l": "lлل",
    "m": "mмم",
    "n": "nнن",
    "r": "rрر",
}
_CLASS_OF = {letter: name for name, letters in _CLASSES.items() for letter in letters}
#: Two letters for one sound.
_DIGRAPHS = {"sh": "ш", "ch": "ч", "kh": "х", "gh": "г", "th": "т", "dh": "д", "zh": "ж"}
_ARTICLES = (
    *("al-", "el-", "ar-", "as-", "ash-", "at-", "an-", "ad-", "az-", "al ", "el "),
    *("ال", "аль-", "эль-"),
)


def skeleton(name: str) -> str:
    """The consonants of a name as classes of sound; the folded name where it has none."""
    folded = name_key(
        "".join(ch for ch in unicodedata.normalize("NFKD", name) if not unicodedata.combining(ch))
    )
    for article in _ARTICLES:
        folded = folded.removeprefix(article)
    for letters, one in _DIGRAPHS.items():
        folded = folded.replace(letters, one)
    classes = [_CLASS_OF[ch] for ch in folded if ch in _CLASS_OF]
    found = "".join(c for n, c in enumerate(classes) if n == 0 or c != classes[n - 1])
    return found or folded
