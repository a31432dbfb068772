"""The relation `elements` for all incidents at once; equal to `element_columns`, which defines it.

What a report says of an element is put into words once for all that say the same, and values are
compared once for all pairs that are alike."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from trucekeeper.incidents.elements import ELEMENTS_RELATION, compare, stated_value
from trucekeeper.incidents.members import Members, Reports
from trucekeeper.vocabulary.categories import Likeness
from trucekeeper.vocabulary.columns import first_of, ints, is_first, lists, starts_of
from trucekeeper.vocabulary.places import Ints, squared_m
from trucekeeper.vocabulary.words import Element, ElementStatus

#: In the order of the relation: what the words of a report on each element follow from.
_SAID: Mapping[Element, tuple[str, ...]] = {
    "act": ("report.act",),
    "author": ("report.alleged_author",),
    "effect": ("report.killed", "report.injured"),
    "occurrence": ("report.kind",),
    "place": ("report.place",),
    "target": ("report.target",),
    "time": ("earliest", "latest"),
    "weapon": ("report.weapon",),
}
_NAMES = tuple(_SAID)
#: What the comparison of two reports on an element looks at, where that takes few values.
_COMPARED: Mapping[Element, str] = {
    "act": "report.act",
    "author": "authors",
    "effect": "report.killed",
    "target": "targets",
    "weapon": "report.weapon",
}
_STATUS: tuple[ElementStatus, ...] = ("single-sided", "agreed", "contested")
_SINGLE, _AGREED, _CONTESTED = range(3)
_LIKE: Mapping[Likeness | None, int] = {
    None: _SINGLE,
    Likeness.BROADER: _SINGLE,
    Likeness.SAME: _AGREED,
    Likeness.SIBLING: _CONTESTED,
    Likeness.OTHER: _CONTESTED,
}


def element_table(members: Members) -> pa.Table:
    """The relation `elements`."""
    of_report, words = _said(members.reports)
    said = of_report[members.row]
    order = np.lexsort((members.source, members.of))
    speaker, element = np.nonzero(said[order] >= 0)
    key = members.of[order][speaker] * len(_NAMES) + element
    by_row = np.argsort(key, kind="stable")
    key, member, element = key[by_row], order[speaker[by_row]], element[by_row]
    begins = is_first(key)
    row, rows = np.cumsum(begins) - 1, key[begins]
    text, source = said[member, element], members.source[member]
    # Each source's value once, where it says it first.
    alike = (row * len(members.sources) + source) * max(len(words), 1) + text
    once = np.sort(first_of(alike))
    values = starts_of(np.bincount(row[once], minlength=len(rows)))
    said_by = starts_of(np.bincount(row, minlength=len(rows)))
    return ELEMENTS_RELATION.table_of(
        {
            "incident": members.numbers.take(pa.array(rows // len(_NAMES))),
            "element": pa.array(_NAMES).take(pa.array(rows % len(_NAMES))),
            "status": pa.array(_STATUS).take(pa.array(_statuses(members, said, rows))),
            "by": lists(members.sources.take(pa.array(source[once])), values),
            "values": lists(pa.array(words, pa.string()).take(pa.array(text[once])), values),
            "basis": lists(members.refs.take(pa.array(member)), said_by),
        }
    )


def _said(reports: Reports) -> tuple[Ints, list[str]]:
    """For each report and element which words, -1 where none; and the words."""
    said = np.full((len(reports.located), len(_NAMES)), -1, dtype=np.int64)
    words: list[str] = []
    for column, (element, paths) in enumerate(_SAID.items()):
        held = reports.by(*paths)
        numbers = []
        for place in held.first.tolist():
            value = stated_value(element, reports.located[place])
            numbers.append(len(words) if value else -1)
            words += [value] if value else []
        said[:, column] = ints(numbers)[held.of]
    return said, words


def _statuses(members: Members, said: Ints, rows: Ints) -> Ints:
    """The status of each row. rows: incident × elements + element, ascending."""
    status = np.full(len(rows), _SINGLE, dtype=np.int64)
    one, other = members.pairs
    for column, element in enumerate(_NAMES):
        speak = (said[one, column] >= 0) & (said[other, column] >= 0)
        a, b = one[speak], other[speak]
        like = _compared(element, members, a, b)
        for found in (_AGREED, _CONTESTED):
            keys = members.of[a[like == found]] * len(_NAMES) + column
            status[np.searchsorted(rows, keys)] = found
    return status


def _compared(element: Element, members: Members, one: Ints, other: Ints) -> Ints:
    """What each pair of members makes of an element, were there no other."""
    if element == "occurrence":
        return np.full(len(one), _AGREED)
    if element == "time":
        before_end = members.earliest[one] < members.latest[other]
        after_start = members.earliest[other] < members.latest[one]
        return np.where(before_end & after_start, _AGREED, _CONTESTED)
    if element == "place":
        return _places_compared(members.reports, members.row[one], members.row[other])
    held = members.reports.by(_COMPARED[element])
    of_class = held.of[members.row]
    pair, alike = np.unique(of_class[one] * len(held.values) + of_class[other], return_inverse=True)
    a, b = (held.first[side] for side in divmod(pair, max(len(held.values), 1)))
    return _plainly(element, members.reports, a, b)[alike]


def _places_compared(reports: Reports, one: Ints, other: Ints) -> Ints:
    """Points by their distance; where one has none, by the definition."""
    held = reports.by("report.place")
    lat, lon, radius = (
        ints([getattr(place, name) or 0 for place in held.values])
        for name in ("lat_e6", "lon_e6", "radius_m")
    )
    has_point = np.array([p.lat_e6 is not None and p.lon_e6 is not None for p in held.values], bool)
    a, b = held.of[one], held.of[other]
    reach = radius[a] + radius[b]
    near = squared_m(lat[a], lon[a], lat[b], lon[b]) <= reach * reach
    found = np.where(near, _AGREED, _CONTESTED)
    rest = np.flatnonzero(~(has_point[a] & has_point[b]))
    found[rest] = _plainly("place", reports, one[rest], other[rest])
    return found


def _plainly(element: Element, reports: Reports, one: Ints, other: Ints) -> Ints:
    """The same by comparing each pair of reports."""
    located = reports.located
    return ints(
        [
            _LIKE[compare(element, located[a], located[b])]
            for a, b in zip(one.tolist(), other.tolist(), strict=True)
        ]
    )
