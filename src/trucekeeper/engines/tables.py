"""Reports as an Arrow table: what `match_reports` reads.

    id, source, earliest, latest, lat_e6, lon_e6        needed
    radius_m, act, weapon, author, target, killed_min, killed_max, place, text      may be null or
    absent

id: whole numbers or text, each once. earliest, latest: seconds since 1970 or instants. Coordinates
in millionths of a degree. author, target: text, or lists of alternatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucekeeper.engines.columns import Coded, Words
from trucekeeper.engines.grams import packed_texts
from trucekeeper.engines.scoring import WEIGHT_BITS, Array
from trucekeeper.errors import Code, IntakeError, Place, Problem
from trucekeeper.matching.reports import MatchReport
from trucekeeper.matching.settings import Settings
from trucekeeper.matching.terms import MANY
from trucekeeper.vocabulary.categories import ACTS, WEAPONS
from trucekeeper.vocabulary.places import E6
from trucekeeper.vocabulary.text import name_key

NEEDED = ("id", "source", "earliest", "latest", "lat_e6", "lon_e6")
OPTIONAL = (
    "radius_m", "act", "weapon", "author", "target", "killed_min", "killed_max", "place", "text",
)  # fmt: skip
#: Problems of one kind that are told in full; the others are counted.
TOLD_MAX = 20


@dataclass(frozen=True)
class ReportTable:
    """A table that was checked, sorted by id. order: the row of the given table."""

    ids: pa.Array
    order: Array
    coded: Coded


def read_table(table: pa.Table, settings: Settings) -> ReportTable:
    """A table of reports. Raises IntakeError with what is wrong with it, by row."""
    problems = list(_problems(table))
    if problems:
        raise IntakeError(*problems)
    ids = table.column("id").combine_chunks()
    order = _order_of(ids)
    sorted_ = table if order is None else table.take(pa.array(order))
    rows = np.arange(len(table)) if order is None else order
    return ReportTable(sorted_.column("id").combine_chunks(), rows, _coded(sorted_, settings))


def _order_of(ids: pa.Array) -> Array | None:
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
    low, high = (_numbers(table, n, names, -1) for n in ("killed_min", "killed_max"))
    unstated = (low < 0) & (high < 0)
    radius = _numbers(table, "radius_m", names, settings.radius_m_max)
    columns = {
        "lat": _numbers(table, "lat_e6", names, 0),
        "lon": _numbers(table, "lon_e6", names, 0),
        "radius": radius,
        "earliest": _numbers(table, "earliest", names, 0),
        "latest": _numbers(table, "latest", names, 0),
        "source": source,
        "act": act,
        "weapon": weapon,
        "authors": both[0],
        "targets": both[1],
        "killed_min": np.where(unstated, 0, np.maximum(low, 0)),
        "killed_max": np.where(unstated, -1, np.where(high < 0, MANY, high)),
        "name": name,
    }
    texts: list[str | None] = [None] * len(table)
    if "text" in names:
        texts = table.column("text").to_pylist()
    words_of = Words(sources, acts, weapons, list(sets), list(keys))
    return Coded(words_of, columns, *packed_texts(texts, settings.frequencies.grams))


def _codes(column: pa.ChunkedArray, known: Sequence[str]) -> tuple[Array, list[Any]]:
    """Each value as a number, 0 for null, and the values by number: those known first."""
    coded = column.combine_chunks()
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    values = coded.dictionary.to_pylist()
    distinct = sorted(set(values), key=lambda value: (value not in known, value))
    number = {value: n for n, value in enumerate(distinct, 1)}
    of = np.array([0, *(number[value] for value in values)], dtype=np.int64)
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
    if not pa.types.is_list(column.type):
        codes, values = _codes(column, ())
        return codes, [None if v is None else frozenset({v}) for v in values]
    found: dict[frozenset[str] | None, int] = {None: 0}
    listed = column.to_pylist()
    numbers = [found.setdefault(frozenset(v) if v else None, len(found)) for v in listed]
    return np.array(numbers, dtype=np.int64), list(found)


def _numbers(table: pa.Table, name: str, names: set[str], default: int) -> Array:
    if name not in names:
        return np.full(len(table), default, np.int64)
    column = table.column(name)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("s", tz=column.type.tz)).cast(pa.int64())
    if column.null_count:
        column = pc.fill_null(column, default)
    return column.to_numpy().astype(np.int64, copy=False)


def _problems(table: pa.Table) -> Iterator[Problem]:
    """What is wrong with a table, the first rows of each kind."""
    missing = [name for name in NEEDED if name not in table.column_names]
    for name in missing:
        yield Problem(Code.MISSING_COLUMN, Place(column=name), "no such column", ", ".join(NEEDED))
    for name in set(table.column_names) - {*NEEDED, *OPTIONAL}:
        yield Problem(
            Code.UNKNOWN_COLUMN, Place(column=name), name, ", ".join((*NEEDED, *OPTIONAL))
        )
    if missing:
        return
    wrong = [
        (name, kind)
        for name, kind in _kinds()
        if name in table.column_names and not kind[1](table.schema.field(name).type)
    ]
    for name, kind in wrong:
        yield Problem(
            Code.BAD_CELL, Place(column=name), str(table.schema.field(name).type), kind[0]
        )
    if wrong:
        return
    for name in NEEDED:
        column = table.column(name)
        if column.null_count:
            yield from _rows(pc.is_null(column).to_numpy(), name, lambda _: "nothing", "a value")
    if any(table.column(name).null_count for name in NEEDED):
        return
    lat, lon = (table.column(name).to_numpy() for name in ("lat_e6", "lon_e6"))
    yield from _rows(
        np.abs(lat) > 90 * E6, "lat_e6", lambda n: str(lat[n]), "−90000000 to 90000000"
    )
    yield from _rows(
        np.abs(lon) > 180 * E6, "lon_e6", lambda n: str(lon[n]), "−180000000 to 180000000"
    )
    names = set(table.column_names)
    earliest, latest = (_numbers(table, name, names, 0) for name in ("earliest", "latest"))
    yield from _rows(
        earliest >= latest,
        "latest",
        lambda n: f"{earliest[n]} to {latest[n]}",
        "an end after the beginning",
    )
    for name in ("radius_m", "killed_min", "killed_max"):
        if name in names:
            values = _numbers(table, name, names, 0)
            yield from _rows(values < 0, name, lambda n, v=values: str(v[n]), "a number from 0")
    ids = table.column("id")
    if len(pc.unique(ids)) < len(ids):
        counts = pc.value_counts(ids)
        twice = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
        repeated = pc.is_in(ids, value_set=twice).to_numpy()
        yield from _rows(repeated, "id", lambda n: str(ids[n].as_py()), "each id once")


def _kinds() -> Iterator[tuple[str, tuple[str, Any]]]:
    """What kind of values each column holds."""
    whole = ("whole numbers", pa.types.is_integer)
    text = ("text", _is_text)
    moment = (
        "seconds since 1970, or instants",
        lambda t: pa.types.is_integer(t) or pa.types.is_timestamp(t),
    )
    sides = (
        "text, or lists of text",
        lambda t: _is_text(t) or (pa.types.is_list(t) and _is_text(t.value_type)),
    )
    yield "id", ("whole numbers or text", lambda t: pa.types.is_integer(t) or _is_text(t))
    yield from ((name, moment) for name in ("earliest", "latest"))
    yield from (
        (name, whole) for name in ("lat_e6", "lon_e6", "radius_m", "killed_min", "killed_max")
    )
    yield from ((name, text) for name in ("source", "act", "weapon", "place", "text"))
    yield from ((name, sides) for name in ("author", "target"))


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)


def _rows(wrong: Array, column: str, found: Any, expected: str) -> Iterator[Problem]:
    rows = np.flatnonzero(wrong).tolist()
    for n in rows[:TOLD_MAX]:
        yield Problem(Code.BAD_CELL, Place(row=n, column=column), found(n), expected)
    if len(rows) > TOLD_MAX:
        rest = f"{len(rows) - TOLD_MAX} further rows"
        yield Problem(Code.BAD_CELL, Place(column=column), rest, expected)


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
