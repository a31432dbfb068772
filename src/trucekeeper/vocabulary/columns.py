"""Many values at once: classes of equal values, so that each is looked at once, and columns of
lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa

from trucekeeper.vocabulary.places import Bools, Ints

V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True)
class Classes(Generic[V]):
    """Values by classes of equal ones. of: for each value the number of its class, in the order in
    which they come; values: of each class."""

    of: Ints
    values: Sequence[V]

    @cached_property
    def first(self) -> Ints:
        """For each class the place of its first value."""
        return first_of(self.of)

    def column(self, type_: pa.DataType, rows: Ints | None = None) -> pa.Array:
        """The values themselves, or those of some rows."""
        of = self.of if rows is None else self.of[rows]
        return pa.array(self.values, type_).take(pa.array(of))


def classes(values: Iterable[V]) -> Classes[V]:
    """The classes of some values."""
    number: dict[V, int] = defaultdict(count().__next__)
    of = np.fromiter(map(number.__getitem__, values), dtype=np.int64)
    return Classes(of, list(number))


def together(columns: Sequence[Ints]) -> Ints:
    """The classes of rows that are alike in all columns, as numbers. Columns: numbers from 0 on."""
    found = columns[0]
    for column in columns[1:]:
        wide = found * (int(column.max(initial=0)) + 1) + column
        found = np.unique(wide, return_inverse=True)[1]
    return found


def first_of(of_class: Ints) -> Ints:
    """For each class the place of its first value; every class has one."""
    places: Ints = np.unique(of_class, return_index=True)[1]
    return places


def ints(values: Sequence[int]) -> Ints:
    """Whole numbers as a column."""
    return np.array(values, dtype=np.int64)


def starts_of(counts: Sequence[int] | Ints) -> Ints:
    """Where each of several runs of values begins, and where the last ends."""
    return np.concatenate([ints([0]), np.cumsum(counts, dtype=np.int64)])


def is_counting_up(places: Ints) -> bool:
    """Whether places are 0, 1, 2, …: an order that changes nothing."""
    return np.array_equal(places, np.arange(len(places)))


def is_first(sorted_keys: Ints) -> Bools:
    """Which of some keys in order are other than the one before."""
    first = np.ones(len(sorted_keys), dtype=bool)
    first[1:] = sorted_keys[1:] != sorted_keys[:-1]
    return first


def lists(values: pa.Array, starts: Ints) -> pa.ListArray:
    """A column of lists: runs of a column of values. starts: as `starts_of` gives them."""
    return pa.ListArray.from_arrays(pa.array(starts, type=pa.int32()), values)


def joined(one: pa.ListArray, other: pa.ListArray) -> pa.ListArray:
    """Lists of two columns, row by row the one after the other."""
    if not len(other.flatten()):
        return one
    rows = zip(one.to_pylist(), other.to_pylist(), strict=True)
    return pa.array([[*a, *b] for a, b in rows], one.type)
