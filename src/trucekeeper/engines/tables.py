"""Reports as an Arrow table: what `match_reports` reads.

    id, source, earliest, latest, lat_e6, lon_e6        needed
    radius_m, act, weapon, author, target, killed_min, killed_max, place, text      may be null or
    absent

id: whole numbers or text, each once. earliest, latest: seconds since 1970 or instants, to the
second. Coordinates in millionths of a degree. author, target: text, or lists of alternatives. Empty
text says what null says: nothing. Problems count the rows from 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucekeeper.engines.columns import Coded, Words, packed_grams
from trucekeeper.engines.scoring import WEIGHT_BITS, Array
from trucekeeper.engines.table_checks import check_table, is_listed, plain, whole_numbers
from trucekeeper.matching.reports import MatchReport
from trucekeeper.matching.settings import Settings
from trucekeeper.matching.terms import MANY
from trucekeeper.matching.texts import Grams, grams_of
from trucekeeper.vocabulary.categories import ACTS, WEAPONS
from trucekeeper.vocabulary.text import name_key


@dataclass(frozen=True)
class ReportTable:
    """A table that was checked, sorted by id. order: the row of the given table."""

    ids: pa.Array
    order: Array
    coded: Coded


def read_table(table: pa.Table, settings: Settings) -> ReportTable:
    """A table of reports. Raises IntakeError with what is wrong with it, by row."""
    check_table(table)
    return checked_table(table, settings)


def checked_table(table: pa.Table, settings: Settings) -> ReportTable:
    """A table in which nothing is wrong."""
    for n, name in enumerate(table.column_names):
        if name == "id" or pa.types.is_string_view(table.column(name).type):
            table = table.set_column(n, name, plain(table.column(name)))
    ids = table.column("id").combine_chunks()
    order = order_of(ids)
    if order is None:
        return ReportTable(ids, np.arange(len(table)), _coded(table, settings))
    by_id = pa.array(order)
    return ReportTable(ids.take(by_id), order, _coded(table.take(by_id), settings))


def order_of(ids: pa.Array) -> Array | None:
    """The order of ids; None where they are in order."""
    if pa.types.is_integer(ids.type):
        numbers = ids.to_numpy(zero_copy_only=False)
        if np.all(numbers[1:] > numbers[:-1]):
            return None
        return np.argsort(numbers, kind="stable")
    result: Array = pc.sort_indices(ids).to_numpy()
    return result


def _coded(table: pa.Table, settings: Settings) -> Coded:
    names = set(table.column_names)

    def words(name: str, known: Sequence[str] = ()) -> tuple[Array, list[Any]]:
        if name not in names:
            return np.zeros(len(table), np.int64), [None]
        return _codes(table.column(name), known)

    source, sources = words("source")
    act, acts = words("act", tuple(ACTS))
    weapon, weapons = words("weapon", tuple(WEAPONS))
    author, author_words = _sets(table, "author", names)
    target, target_words = _sets(table, "target", names)
    sets: dict[frozenset[str] | None, int] = {None: 0}
    both = [
        _recoded(codes, found, sets)
        for codes, found in ((author, author_words), (target, target_words))
    ]
    name, stated = words("place")
    keys: dict[str | None, int] = {None: 0}
    name = _recoded(name, [None if n is None else name_key(n) for n in stated], keys)
    low, high = (numbers(table, n, -1) for n in ("killed_min", "killed_max"))
    unstated = (low < 0) & (high < 0)
    radius = numbers(table, "radius_m", settings.radius_m_max)
    columns = {
        "lat": numbers(table, "lat_e6"),
        "lon": numbers(table, "lon_e6"),
        "radius": radius,
        "earliest": numbers(table, "earliest"),
        "latest": numbers(table, "latest"),
        "source": source,
        "act": act,
        "weapon": weapon,
        "authors": both[0],
        "targets": both[1],
        "killed_min": np.where(unstated, 0, np.maximum(low, 0)),
        "killed_max": np.where(unstated, -1, np.where(high < 0, MANY, high)),
        "name": name,
    }
    texts: list[Grams | None] = [None] * len(table)
    if "text" in names:
        weights = settings.frequencies.grams
        stated_texts = table.column("text").to_pylist()
        texts = [None if text is None else grams_of(text, weights) for text in stated_texts]
    words_of = Words(sources, acts, weapons, list(sets), list(keys))
    return Coded(words_of, columns, *packed_grams(texts))


def _codes(column: pa.ChunkedArray, known: Sequence[str]) -> tuple[Array, list[Any]]:
    """Each value as a number, 0 for nothing, and the values by number: those known first."""
    coded = column.combine_chunks()
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    values = coded.dictionary.to_pylist()
    stated = {value for value in values if value and value.strip()}
    distinct = sorted(stated, key=lambda value: (value not in known, value))
    number = {value: n for n, value in enumerate(distinct, 1)}
    of = np.array([0, *(number.get(value, 0) for value in values)], dtype=np.int64)
    indices = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return of[indices + 1], [None, *distinct]


def _recoded(codes: Array, values: Sequence[Any], numbers: dict[Any, int]) -> Array:
    """Codes of values as codes of what is already numbered, which grows."""
    of = np.array([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.int64)
    return of[codes]


def _sets(table: pa.Table, name: str, names: set[str]) -> tuple[Array, list[frozenset[str] | None]]:
    """The alternatives of each row as codes of sets."""
    if name not in names:
        return np.zeros(len(table), np.int64), [None]
    column = table.column(name)
    if not is_listed(column.type):
        codes, values = _codes(column, ())
        return codes, [None if v is None else frozenset({v}) for v in values]
    found: dict[frozenset[str] | None, int] = {None: 0}
    listed = ([word for word in words or () if word.strip()] for words in column.to_pylist())
    numbers = [found.setdefault(frozenset(v) if v else None, len(found)) for v in listed]
    return np.array(numbers, dtype=np.int64), list(found)


def numbers(table: pa.Table, name: str, default: int = 0) -> Array:
    """A column of whole numbers, or of instants as seconds. default: where nothing is stated."""
    if name not in table.column_names:
        return np.full(len(table), default, np.int64)
    return whole_numbers(table.column(name), default)


def reports_of(table: ReportTable) -> list[MatchReport]:
    """The rows of a table as values, whose ids are their rows in the order of ids."""
    coded, words = table.coded, table.coded.words
    columns = {name: column.tolist() for name, column in coded.columns.items()}
    found = []
    for n in range(len(table.ids)):
        own = {name: column[n] for name, column in columns.items()}
        stated, begin, end = own["killed_max"] >= 0, coded.gram_start[n], coded.gram_start[n + 1]
        grams = [(g >> WEIGHT_BITS, g % 2**WEIGHT_BITS) for g in coded.grams[begin:end].tolist()]
        found.append(
            MatchReport(
                id=str(n),
                tie=f"{n:016d}",
                source=words.sources[own["source"]] or "",
                earliest=own["earliest"],
                latest=own["latest"],
                lat_e6=own["lat"],
                lon_e6=own["lon"],
                radius_m=own["radius"],
                act=words.acts[own["act"]],
                weapon=words.weapons[own["weapon"]],
                authors=words.sets[own["authors"]] or frozenset(),
                targets=words.sets[own["targets"]] or frozenset(),
                killed_min=own["killed_min"] if stated else None,
                killed_max=own["killed_max"] if stated else None,
                name=words.names[own["name"]],
                text=tuple(grams) or None,
            )
        )
    return found
