"""Names of places in several scripts, and short texts, for made-up reports.

No name and no word is of a language: both are put together from syllables. A place is written by two sources in one Latin
spelling, by two in another, by one in Cyrillic and by one in Arabic script. Four of six sources write texts; a text holds
some of its incident's own details, words that go with the act, and the source's turns of phrase."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Array = npt.NDArray[Any]

#: A sound in four spellings.
CONSONANTS = (
    ("b", "b", "б", "ب"), ("d", "d", "д", "د"), ("k", "k", "к", "ك"), ("m", "m", "м", "م"), ("n", "n", "н", "ن"), ("r", "r", "р", "ر"),
    ("l", "l", "л", "ل"), ("s", "s", "с", "س"), ("sh", "sh", "ш", "ش"), ("kh", "h", "х", "خ"), ("f", "f", "ф", "ف"), ("t", "t", "т", "ت"),
)  # fmt: skip
VOWELS = (("a", "a", "а", "ا"), ("i", "y", "и", "ي"), ("u", "ou", "у", "و"), ("e", "e", "е", ""))
#: The spelling of each of the six sources.
SPELLING = (0, 0, 1, 1, 2, 3)
#: Named places about each hot spot: eight directions, near and far.
DIRECTIONS, RINGS = 8, 2
PLACES = 36 * 5 * DIRECTIONS * RINGS
NEAR_KM = 15
NAME_MISSING, NAME_WRONG = 0.30, 0.08

VOCABULARY = 4_000
DETAILS, ACT_WORDS, TURNS = 4, 12, 40
#: A report tells so many of its incident's details, of its act's words, and so many turns of phrase.
DETAIL_TOLD, ACT_WORD_TOLD, TURNS_TOLD = 0.7, 0.3, 6
TEXT_MISSING = 0.30
WRITING_SOURCES = 4


def place_of(spot: Array, offset_km: Array) -> Array:
    """The named place of each incident, from the hot spot and where it lies about it: which name is
    given says no more than where it happened."""
    angle = np.arctan2(offset_km[:, 1], offset_km[:, 0]) + np.pi
    direction = np.minimum((angle * DIRECTIONS / (2 * np.pi)).astype(np.int64), DIRECTIONS - 1)
    far = np.hypot(offset_km[:, 0], offset_km[:, 1]) > NEAR_KM
    result: Array = (spot * RINGS + far) * DIRECTIONS + direction
    return result


def stated_names(chance: np.random.Generator, place: Array, source: Array) -> pa.Array:
    """The name of each report's place as its source writes it; some name a place next to it."""
    syllables = chance.integers(0, len(CONSONANTS) * len(VOWELS), (PLACES, 3))
    long = chance.random(PLACES) < 0.6
    names = [
        _name(parts[: 3 if more else 2].tolist(), spelling)
        for spelling in range(4)
        for parts, more in zip(syllables, long, strict=True)
    ]
    wrong = chance.random(len(place)) < NAME_WRONG
    around = RINGS * DIRECTIONS
    other = place // around * around + chance.integers(0, around, len(place))
    code = np.array(SPELLING)[source] * PLACES + np.where(wrong, other, place)
    missing = chance.random(len(place)) < NAME_MISSING
    values = list(dict.fromkeys(names))
    number = {name: n for n, name in enumerate(values)}
    indices = np.array([number[name] for name in names])[code]
    return pa.DictionaryArray.from_arrays(
        pa.array(indices, mask=missing, type=pa.int32()), pa.array(values)
    )


def _name(syllables: list[int], spelling: int) -> str:
    parts = (
        CONSONANTS[s // len(VOWELS)][spelling] + VOWELS[s % len(VOWELS)][spelling]
        for s in syllables
    )
    return "".join(parts).capitalize()


def stated_texts(
    chance: np.random.Generator, incident: Array, act: Array, source: Array
) -> pa.Array:
    """The text of each report; a part of them have none."""
    words = np.array(
        [_name(w.tolist(), 0).lower() for w in chance.integers(0, 48, (VOCABULARY, 3))]
    )
    often = 1 / np.arange(1, VOCABULARY + 1) ** 0.7
    often /= often.sum()
    count = int(incident.max()) + 1
    details = chance.choice(VOCABULARY, (count, DETAILS), p=often)
    of_act = chance.choice(VOCABULARY, (10, ACT_WORDS), p=often)
    of_source = chance.choice(VOCABULARY, (6, TURNS), p=often)
    turns = of_source[source[:, None], chance.integers(0, TURNS, (len(source), TURNS_TOLD))]
    told = np.concatenate([details[incident], of_act[act], turns], axis=1)
    chances = [DETAIL_TOLD] * DETAILS + [ACT_WORD_TOLD] * ACT_WORDS + [1.0] * TURNS_TOLD
    kept = chance.random(told.shape) < chances
    silent = (source >= WRITING_SOURCES) | (chance.random(len(source)) < TEXT_MISSING)
    return pa.array(
        [
            None if none else " ".join(words[row[keep]])
            for row, keep, none in zip(told, kept, silent, strict=True)
        ],
        type=pa.string(),
    )
