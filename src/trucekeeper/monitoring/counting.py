"""The relations `counts` and `incident_counts` for all buckets at once; equal to `count_rows` and
`incident_count_rows`, which define them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucekeeper.governance.effect import Governed
from trucekeeper.incidents.members import Members, Reports
from trucekeeper.monitoring.counts import (
    COUNTS,
    INCIDENT_COUNTS,
    Buckets,
    count_row,
    tallied,
)
from trucekeeper.vocabulary.columns import Classes, classes, ints, starts_of
from trucekeeper.vocabulary.places import Bools, Ints

_NO_LISTS: list[str] = []


@dataclass(frozen=True)
class _Touched:
    """Every bucket that each of some things touches: which thing, which bucket, whether it lies
    wholly inside. names: kind and period of each bucket."""

    item: Ints
    bucket: Ints
    whole: Bools
    names: Sequence[tuple[str, str]]


def _touched(buckets: Buckets, periods: Classes[Any]) -> _Touched:
    """periods: when each thing was."""
    held = [buckets.of_span(*period) for period in periods.values]
    flat = classes(bucket for touched in held for bucket, _ in touched)
    whole = np.array([whole for touched in held for _, whole in touched], dtype=bool)
    begin = starts_of([len(touched) for touched in held])
    item, entry = _runs(begin[periods.of], begin[periods.of + 1])
    return _Touched(item, flat.of[entry], whole[entry], flat.values)


def _runs(first: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Every place of several runs of places, with the number of its run before it."""
    counts = end - first
    run = np.repeat(np.arange(len(first)), counts)
    return run, first[run] + np.arange(len(run)) - starts_of(counts)[:-1][run]


@dataclass(frozen=True)
class _Axis:
    """One thing by which is counted: what it is of each item, and of all together."""

    names: Sequence[str]
    own: Ints
    all: int

    @staticmethod
    def of(held: Classes[Any], unknown: str) -> _Axis:
        names = list(dict.fromkeys([*(value or unknown for value in held.values), "all"]))
        place = {name: number for number, name in enumerate(names)}
        return _Axis(
            names, ints([place[value or unknown] for value in held.values])[held.of], place["all"]
        )


def _keys(touched: _Touched, area: _Axis, act: _Axis) -> Ints:
    """The bucket, area and act of every entry as one number: four of each, for all areas and acts
    together too."""
    item = touched.item
    every = np.ones(len(item), dtype=np.int64)
    return np.concatenate(
        [
            (touched.bucket * len(area.names) + place) * len(act.names) + what
            for place, what in product(
                (area.own[item], every * area.all), (act.own[item], every * act.all)
            )
        ]
    )


def _named(keys: Ints, touched: _Touched, area: _Axis, act: _Axis) -> dict[str, pa.Array]:
    """The columns that name a row."""
    rest, what = np.divmod(keys, len(act.names))
    bucket, place = np.divmod(rest, len(area.names))
    kinds, periods = (pa.array([n[i] for n in touched.names], pa.string()) for i in (0, 1))
    return {
        "kind": kinds.take(pa.array(bucket)),
        "period": periods.take(pa.array(bucket)),
        "area": pa.array(area.names, pa.string()).take(pa.array(place)),
        "act": pa.array(act.names, pa.string()).take(pa.array(what)),
    }


def count_table(governed: Governed, reports: Reports, buckets: Buckets) -> pa.Table:
    """The relation `counts`."""
    touched = _touched(buckets, reports.by("earliest", "latest"))
    area, act = _Axis.of(reports.by("area"), "none"), _Axis.of(reports.by("report.act"), "none")
    sources = list(reports.agreement.order)
    source = np.tile(reports.source[touched.item], 4)
    keys, row = np.unique(_keys(touched, area, act) * len(sources) + source, return_inverse=True)
    whole = np.tile(touched.whole, 4)
    items = np.bincount(row[whole], minlength=len(keys))
    overlapping = np.bincount(row[~whole], minlength=len(keys))
    named, by = np.divmod(keys, len(sources))
    registered = pa.array(sources, pa.string()).take(pa.array(by))
    nothing = pa.nulls(len(keys), pa.int64())
    counted = COUNTS.table_of(
        {
            **_named(named, touched, area, act),
            "registered_by": registered,
            "published_by": registered,
            "items": pa.array(items),
            "items_overlapping": pa.array(overlapping),
            **dict.fromkeys(("tally_min", "tally_max", "tally_days"), nothing),
            "basis": pa.array([_NO_LISTS] * len(keys), pa.list_(pa.string())),
        }
    )
    return _with_tallies(counted, governed, buckets)


def _with_tallies(counted: pa.Table, governed: Governed, buckets: Buckets) -> pa.Table:
    """The same with what is stated without items."""
    stated, basis = tallied(governed, buckets)
    if not stated:
        return counted
    names = COUNTS.key
    keys = list(zip(*(counted.column(name).to_pylist() for name in names), strict=True))
    numbers = {key: row for row, key in enumerate(keys) if key in stated}
    rows = []
    for key, tallies in stated.items():
        row = numbers.get(key)
        items = (
            None
            if row is None
            else (counted["items"][row].as_py(), counted["items_overlapping"][row].as_py())
        )
        rows.append(count_row(key, items, tallies, basis[key]))
    rest = counted.filter(pa.array([key not in stated for key in keys], pa.bool_()))
    both = pa.concat_tables([rest, COUNTS.table(rows)])
    return COUNTS.table_of({name: both.column(name).combine_chunks() for name in both.column_names})


def incident_count_table(
    incidents: pa.Table, disputed: set[str], members: Members, buckets: Buckets
) -> pa.Table:
    """The relation `incident_counts`. incidents: that relation. disputed: numbers of those with a
    contested element."""
    earliest, latest = (
        incidents.column(f"occurred_{end}").cast(pa.int64()).to_pylist()
        for end in ("earliest", "latest")
    )
    touched = _touched(buckets, classes(zip(earliest, latest, strict=True)))
    area, act = (
        _Axis.of(classes(incidents.column(name).to_pylist()), unknown)
        for name, unknown in (("area", "none"), ("act", "contested"))
    )
    keys, row = np.unique(_keys(touched, area, act), return_inverse=True)
    raised = _raised(incidents, disputed, members)
    # What is too vague to be one incident is counted wherever it reaches.
    counted = touched.whole | (raised["aggregates"][touched.item] > 0)
    raises = {name: np.where(counted, by[touched.item], 0) for name, by in raised.items()}
    raises["overlapping"] = np.where(counted, 0, 1)
    numbers = {}
    for name, by in raises.items():
        # Sums of floats, but of whole numbers far below 2^53.
        summed = np.bincount(row, weights=np.tile(by, 4), minlength=len(keys))
        numbers[name] = summed.astype(np.int64)
    numbers["distinct_min"] = numbers["incidents"] - _joined(keys, touched, area, act, members)
    return INCIDENT_COUNTS.table_of(
        {
            **_named(keys, touched, area, act),
            **{name: pa.array(column) for name, column in numbers.items()},
        }
    )


def _raised(incidents: pa.Table, disputed: set[str], members: Members) -> Mapping[str, Ints]:
    """By how much each incident raises each number."""
    one = pc.not_equal(incidents.column("matching"), "aggregate").to_numpy()
    several = pc.greater(pc.list_value_length(incidents.column("sources")), 1).to_numpy()
    inside, outside = (
        pc.equal(incidents.column("scope"), scope).to_numpy() for scope in ("inside", "outside")
    )
    differ = pc.is_in(
        incidents.column("incident"), value_set=pa.array(sorted(disputed), pa.string())
    ).to_numpy()
    found = {
        "incidents": one,
        "matched": one & several,
        "single_sided": one & ~several,
        "contested": one & differ,
        "inside": one & inside,
        "outside": one & outside,
        "scope_open": one & ~inside & ~outside,
        "distinct_max": one * (1 + _uncertain(members)),
        "aggregates": ~one,
    }
    return {name: values.astype(np.int64) for name, values in found.items()}


def _uncertain(members: Members) -> Ints:
    """Of each incident how many reports would stand alone if only certain links held."""
    is_unit = np.array([held.repeat_of is None for held in members.memberships], dtype=bool)
    doubtful = is_unit & (members.posterior < members.matches.settings.certain_milli)
    count = len(members.incidents)
    units, doubted = (
        np.bincount(members.of[which], minlength=count) for which in (is_unit, doubtful)
    )
    return np.minimum(doubted, units - 1)


def _joined(keys: Ints, touched: _Touched, area: _Axis, act: _Axis, members: Members) -> Ints:
    """For each bucket, area and act by how many its incidents would shrink if every possible link
    inside it held."""
    home = members.of_cluster
    ends = ints([home[cluster] for pair in members.matches.possible for cluster in pair])
    one, other = ends[::2], ends[1::2]
    pair, bucket = _inside_both(touched, one, other)
    one, other = one[pair], other[pair]
    links, rows = [], []
    for same, place in _shared(area, one, other):
        for alike, what in _shared(act, one, other):
            held = np.flatnonzero(same & alike)
            key = (bucket * len(area.names) + place) * len(act.names) + what
            rows.append(np.searchsorted(keys, key[held]))
            links.append(held)
    row, link = np.concatenate(rows), np.concatenate(links)
    return _merges(len(keys), row, one[link], other[link])


def _inside_both(touched: _Touched, one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Each pair of things, and a bucket in which both lie wholly."""
    whole = np.flatnonzero(touched.whole)
    item, buckets = touched.item[whole], max(len(touched.names), 1)
    first, end = (np.searchsorted(item, [one, other], side=side) for side in ("left", "right"))
    inside_one, inside_other = (
        pair * buckets + touched.bucket[whole[entry]]
        for pair, entry in (_runs(first[side], end[side]) for side in (0, 1))
    )
    both = np.intersect1d(inside_one, inside_other, assume_unique=True)
    return both // buckets, both % buckets


def _shared(axis: _Axis, one: Ints, other: Ints) -> tuple[tuple[Bools, Ints], ...]:
    """Which pairs are counted together under what is their own, and under all; and what that is."""
    own = axis.own[one]
    together = np.full(len(one), axis.all)
    return ((own == axis.own[other]) & (own != axis.all), own), (together == axis.all, together)


def _merges(count: int, row: Ints, one: Ints, other: Ints) -> Ints:
    """For each row by how many things shrink if each pair of them there is one: things without
    groups of such as hang together, each group known by its least."""
    width = int(max(one.max(initial=0), other.max(initial=0))) + 1
    nodes, at = np.unique(
        np.concatenate([row * width + one, row * width + other]), return_inverse=True
    )
    a, b = np.split(at, 2)
    least = np.arange(len(nodes))
    while True:
        low = np.minimum(least[a], least[b])
        found = least.copy()
        np.minimum.at(found, a, low)
        np.minimum.at(found, b, low)
        found = found[found]
        if np.array_equal(found, least):
            break
        least = found
    joined = nodes[least != np.arange(len(nodes))] // width
    return np.bincount(joined, minlength=count)
