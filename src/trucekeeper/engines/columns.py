"""Reports as columns of whole numbers, and the settings over their codes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

import numpy as np

from trucekeeper.engines import scoring as s
from trucekeeper.engines.scoring import Array
from trucekeeper.matching.reports import MatchReport
from trucekeeper.matching.scale import LN_STEPS_MILLI, WEIGHTS_E9, ln_milli
from trucekeeper.matching.settings import Milli, Settings, Tables
from trucekeeper.matching.terms import (
    LN_2_MILLI,
    QUARTER_S,
    act_tree,
    joined,
    killed_range,
    weapon_tree,
)
from trucekeeper.matching.texts import Grams, skeleton
from trucekeeper.vocabulary.categories import ACTS, WEAPONS, Likeness
from trucekeeper.vocabulary.columns import classes
from trucekeeper.vocabulary.places import cosine_e6
from trucekeeper.vocabulary.text import name_key

Value = TypeVar("Value", bound=Hashable)
#: Columns of the tables of words, in their order; 0 is not stated.
_LIKENESS = {Likeness.SAME: 1, Likeness.BROADER: 2, Likeness.SIBLING: 3, Likeness.OTHER: 4}


@dataclass(frozen=True)
class Words:
    """The values behind the codes of a table of reports; code 0 is not stated."""

    sources: Sequence[str | None]
    acts: Sequence[str | None]
    weapons: Sequence[str | None]
    #: Authors and targets share the codes of sets.
    sets: Sequence[frozenset[str] | None]
    names: Sequence[str | None]


@dataclass(frozen=True)
class Coded:
    """Reports as codes, in the order of their ties: what becomes rows once it is sorted."""

    words: Words
    columns: Mapping[str, Array]
    #: Where the grams of each text begin in `grams`, one more than there are reports.
    gram_start: Array
    grams: Array


def coded(reports: Sequence[MatchReport]) -> Coded:
    """Reports, all with a point, as codes."""
    sources, source_words = _codes([r.source for r in reports])
    act, acts = _codes([r.act for r in reports], known=ACTS)
    weapon, weapons = _codes([r.weapon for r in reports], known=WEAPONS)
    sets, set_words = _codes(
        [*(r.authors or None for r in reports), *(r.targets or None for r in reports)]
    )
    name, names = _codes([None if r.name is None else name_key(r.name) for r in reports])
    killed = [
        (0, -1) if (r.killed_min, r.killed_max) == (None, None) else killed_range(r)
        for r in reports
    ]
    half = len(reports)
    columns = {
        "lat": _ints([r.lat_e6 or 0 for r in reports]),
        "lon": _ints([r.lon_e6 or 0 for r in reports]),
        "radius": _ints([r.radius_m or 0 for r in reports]),
        "earliest": _ints([r.earliest for r in reports]),
        "latest": _ints([r.latest for r in reports]),
        "source": sources,
        "act": act,
        "weapon": weapon,
        "authors": sets[:half],
        "targets": sets[half:],
        "killed_min": _ints([low for low, _ in killed]),
        "killed_max": _ints([high for _, high in killed]),
        "name": name,
    }
    words = Words(source_words, acts, weapons, set_words, names)
    return Coded(words, columns, *packed_grams([r.text for r in reports]))


def rows_of(
    table: Coded, order: Array, settings: Settings, *, masks: Array | None = None
) -> tuple[Array, Array]:
    """The rows of a table in an order, and the grams of their texts. masks: the sources of each row
    as bits, if not its own."""
    own = table.columns
    if masks is None:
        masks = source_masks(own["source"], len(table.words.sources))
    skeletons, _ = _codes([None if n is None else skeleton(n) for n in table.words.names])
    epoch = int(own["earliest"].min(initial=1 << 40)) // DAY_TWICE_S * DAY_TWICE_S
    variance = (own["radius"] ** 2 // 2 + settings.place_floor_m**2) // 2 + 1
    greatest = max(int(own["latest"].max(initial=epoch)) - epoch, int(variance.max(initial=1)))
    kind = np.int32 if max(greatest, len(table.grams)) < 2**31 else np.int64
    rows = np.empty((len(order), s.MASK + masks.shape[1]), kind)
    for column, name in _SAME.items():
        rows[:, column] = own[name][order]
    rows[:, s.EARLIEST] = (own["earliest"] - epoch)[order]
    rows[:, s.LATEST] = (own["latest"] - epoch)[order]
    rows[:, s.VARIANCE] = variance[order]
    rows[:, s.COSINE] = cosine_e6(own["lat"])[order]
    lengths = np.maximum(own["latest"] - own["earliest"], settings.time_floor_s) // QUARTER_S
    rows[:, s.LN_LENGTH] = ln_milli_array(lengths)[order]
    rows[:, s.SKELETON] = skeletons[own["name"]][order]
    rows[:, s.GRAMS], rows[:, s.GRAMS_END] = table.gram_start[order], table.gram_start[order + 1]
    rows[:, s.RANK] = order
    rows[:, s.AROUND], rows[:, s.LN_AROUND] = 1, 0
    rows[:, s.MASK :] = masks[order]
    return rows, table.grams


#: The columns of rows that are those of a table.
_SAME = {
    s.LON: "lon",
    s.LAT: "lat",
    s.SOURCE: "source",
    s.ACT: "act",
    s.WEAPON: "weapon",
    s.AUTHORS: "authors",
    s.TARGETS: "targets",
    s.KILLED_MIN: "killed_min",
    s.KILLED_MAX: "killed_max",
    s.NAME: "name",
}


def ln_milli_array(n: Array) -> Array:
    """`ln_milli` of each number, from 1 and below 2^53."""
    exponent = np.frexp(n.astype(np.float64))[1].astype(np.int64) - 1
    step = np.where(
        exponent >= 8, n >> np.maximum(exponent - 8, 0), n << np.maximum(8 - exponent, 0)
    )
    result: Array = exponent * 693_147 // 1000 + _LN_STEPS[step - 256]
    return result


#: Times are counted from a beginning of the reporting of days, so that a day falls where it fell.
DAY_TWICE_S = 172_800
#: Sources to a column of masks.
BITS = 30
_LN_STEPS = np.array(LN_STEPS_MILLI, dtype=np.int64)


def source_masks(sources: Array, count: int) -> Array:
    """Each row's source as one bit."""
    masks = np.zeros((len(sources), count // BITS + 1), dtype=np.int64)
    masks[np.arange(len(sources)), sources // BITS] = np.int64(1) << (sources % BITS)
    return masks


def evidence_of(words: Words, settings: Settings) -> Array:
    """The settings over the codes of a table, as one array."""
    tables = [settings.tables, *(pair.tables for pair in settings.pairs)]
    tables += [] if settings.repeats is None else [settings.repeats]
    often = settings.frequencies
    set_words = [joined(alternatives) if alternatives else None for alternatives in words.sets]
    groups, _ = _codes([g for alternatives in words.sets for g in sorted(alternatives or ())])
    act_like, weapon_like = (
        _likes(words.acts, ACTS, act_tree),
        _likes(words.weapons, WEAPONS, weapon_tree),
    )
    lists: dict[int, Sequence[int] | Array] = {
        s.BETWEEN: _between(words.sources, settings),
        s.PLACE_EDGES: settings.place_edges,
        s.GAP_EDGES: settings.gap_edges_s,
        s.TEXT_EDGES: settings.text_edges,
        s.ACT_LIKE: act_like.reshape(-1),
        s.WEAPON_LIKE: weapon_like.reshape(-1),
        s.ACT_RARE: _rare(words.acts, often.act),
        s.WEAPON_RARE: _rare(words.weapons, often.weapon),
        s.AUTHOR_RARE: _rare(set_words, often.author),
        s.TARGET_RARE: _rare(set_words, often.target),
        s.NAME_RARE: _rare(words.names, often.name),
        s.KILLED_RARE: often.killed,
        s.SETS: [0, *accumulate(len(alternatives or ()) for alternatives in words.sets)],
        s.SETS_AT: groups,
        s.LN_STEPS: LN_STEPS_MILLI,
        s.WEIGHTS: WEIGHTS_E9,
    }
    header = _numbers(words, settings, len(act_like), len(weapon_like))
    # The terms of each of the tables stand between the header and the lists.
    terms = [term for table in tables for term in _terms(table)]
    at = s.HEADER + len(terms)
    for key, values in lists.items():
        header[key] = at
        at += len(values)
    assert sorted(header) == list(range(s.HEADER))
    parts = [[header[key] for key in range(s.HEADER)], terms, *lists.values()]
    return np.concatenate([np.asarray(part, dtype=np.int64) for part in parts])


def _numbers(words: Words, settings: Settings, act_words: int, weapon_words: int) -> dict[int, int]:
    """The whole numbers of the settings, by their place."""
    bins, gaps = len(settings.place_edges), len(settings.gap_edges_s)
    return {
        s.SOURCES: len(words.sources),
        s.SPREAD: 2 * ln_milli(settings.density_radius_m) - LN_2_MILLI,
        s.WHOLE: ln_milli(max(2 * settings.density_gap_s // QUARTER_S, 1)),
        s.TIME_FLOOR: settings.time_floor_s,
        s.KILLED_NEAR_MAX: settings.killed_near_max,
        s.BEYOND: settings.beyond_milli,
        s.REACH_M: settings.reach_m_max,
        s.DENSITY_M: settings.density_radius_m,
        s.DENSITY_S: settings.density_gap_s,
        s.CROWD_MAX: settings.crowd_max,
        s.EDGE_MIN: settings.edge_min_milli,
        s.CONFIDENCE: settings.confidence_milli,
        s.UNSEEN: settings.unseen_milli,
        s.PLACE_BINS: bins,
        s.GAP_BINS: gaps,
        s.TEXT_BINS: len(settings.text_edges),
        s.ACT_WORDS: act_words,
        s.WEAPON_WORDS: weapon_words,
        s.KILLED_COUNT: len(settings.frequencies.killed),
        s.TIME_TERMS: s.PLACE_TERMS + bins,
        s.TEXT_TERMS: s.PLACE_TERMS + bins + gaps + 1,
    }


def _between(sources: Sequence[str | None], settings: Settings) -> Array:
    """For two sources where their terms begin; 0 for none."""
    width = len(_terms(settings.tables))
    at = {name: n for n, name in enumerate(sources)}
    between = np.full((len(sources), len(sources)), s.HEADER, dtype=np.int64)
    for n, pair in enumerate(settings.pairs, 1):
        if pair.one in at and pair.other in at:
            one, other = at[pair.one], at[pair.other]
            between[one, other] = between[other, one] = s.HEADER + n * width
    last = s.HEADER + (1 + len(settings.pairs)) * width
    np.fill_diagonal(between, 0 if settings.repeats is None else last)
    return between.reshape(-1)


def _terms(t: Tables) -> tuple[int, ...]:
    """The terms of two sources in one row."""
    killed, name = t.killed, t.name
    return (
        t.prior_milli,
        t.same_point_milli or 0,
        int(t.same_point_milli is not None),
        *(term for words in (t.act, t.weapon, t.author, t.target) for term in _row(words)),
        *(0, killed.overlap, killed.both_zero, killed.near, killed.far),
        *(0, name.same, name.similar, name.other, 0),
        *t.place_milli,
        *t.time_milli,
        *t.text_milli,
    )


def _row(terms: object) -> tuple[int, ...]:
    return (0, *(getattr(terms, name) for name in ("same", "broader", "sibling", "other")))


def _likes(
    words: Sequence[str | None],
    tree: Mapping[str, str | None],
    likeness: Callable[[str, str], Likeness],
) -> Array:
    """How the words of a tree compare, by code. Codes of words outside the tree come after."""
    known = 1 + sum(word in tree for word in words if word is not None)
    like = np.zeros((known, known), np.int32)
    for a, one in enumerate(words[:known]):
        for b, other in enumerate(words[:known]):
            if one is not None and other is not None:
                like[a, b] = _LIKENESS[likeness(one, other)]
    return like


def _rare(words: Sequence[str | None], frequencies: Mapping[str, Milli]) -> list[int]:
    return [0 if word is None else frequencies.get(word, 0) for word in words]


def _codes(
    values: Sequence[Value | None], *, known: Mapping[str, object] | None = None
) -> tuple[Array, list[Value | None]]:
    """Each value as a number, 0 for none, and the values by number: those known first."""
    held = classes(values)
    distinct = [value for value in held.values if value is not None]
    words: list[Value | None] = [
        None,
        *sorted(distinct, key=lambda value: value not in (known or ())),
    ]
    number = {value: n for n, value in enumerate(words)}
    return _ints([number[value] for value in held.values])[held.of], words


def packed_grams(texts: Sequence[Grams | None]) -> tuple[Array, Array]:
    """Where the grams of each text begin, and one number for each."""
    start = _ints([0, *accumulate(len(text or ()) for text in texts)])
    return start, _ints(
        [gram << s.WEIGHT_BITS | weight for text in texts for gram, weight in text or ()]
    )


def _ints(values: Sequence[int]) -> Array:
    return np.array(values, dtype=np.int64)
