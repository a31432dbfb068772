"""Further reports beside matched ones: only what they can touch is matched anew.

What is around them is matched with them and without. Where the two may differ is where doubt about
the new reports reaches (`engines.extents`); everything else stays as it stands."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trucekeeper.engines.columns import Coded
from trucekeeper.engines.extents import ALL, Extent, wide_e6
from trucekeeper.engines.scoring import Array
from trucekeeper.engines.sweep import TURN_E6
from trucekeeper.engines.table_checks import plain
from trucekeeper.engines.tables import checked_table, numbers, order_of
from trucekeeper.engines.windows import match_window, result_table
from trucekeeper.matching.clusters import Bounds
from trucekeeper.matching.settings import Settings
from trucekeeper.vocabulary.places import E6, squared_m
from trucekeeper.vocabulary.times import DAY_S

#: How far around new reports is looked at first, in seconds and in millionths of a degree.
AROUND_S = 20 * DAY_S
AROUND_E6 = 1_500_000


@dataclass(frozen=True)
class Changes:
    """What further reports change. rows: of old and new reports, one after the other, those whose
    place may be new, all new ones among them; found: the result for them, in their order. bounds:
    what the bounds cut more than before."""

    rows: Array
    found: pa.Table
    bounds: Bounds


def with_further(
    result: pa.Table, reports: pa.Table, settings: Settings
) -> tuple[pa.Table, Bounds]:
    """A result of `match_reports` over all reports instead of the first, and what the bounds cut
    more. reports: those that the result is of, in any order, then the further ones; all checked."""
    old, ids = len(result), plain(reports["id"])
    changes = _changes(reports, old, settings, rivals="rival" in result.column_names)
    held = result["id"].cast(ids.type)
    at = np.where(changes.rows < old, _places(changes.found["id"], held), changes.rows)
    # For each report, in the order of the result and then the further ones, where its value is.
    value = np.arange(len(ids))
    value[at] = old + np.arange(len(at))
    in_order = order_of(ids[old:].combine_chunks())
    further = old + (np.arange(len(ids) - old) if in_order is None else in_order)
    order = np.insert(np.arange(old), _places(ids.take(pa.array(further)), held), further)
    both = pa.concat_tables([result.cast(changes.found.schema), changes.found])
    return both.combine_chunks().take(pa.array(value[order])), changes.bounds


def are_among(ids: pa.ChunkedArray, among: pa.ChunkedArray) -> Array:
    """Whether each id is among sorted ones."""
    places = _places(ids, among).tolist()
    return np.array(
        [n < len(among) and among[n] == id for n, id in zip(places, ids, strict=True)], dtype=bool
    )


def _places(ids: pa.ChunkedArray, among: pa.ChunkedArray) -> Array:
    """Where each id stands, or would stand, among sorted ones."""
    found = [
        bisect_left(range(len(among)), id, key=lambda n: among[n].as_py()) for id in ids.to_pylist()
    ]
    return np.array(found, dtype=np.int64)


def _changes(reports: pa.Table, old: int, settings: Settings, *, rivals: bool) -> Changes:
    """What the reports from row `old` on change."""
    place = [numbers(reports, name) for name in ("earliest", "latest", "lat_e6", "lon_e6")]
    around_s, around_e6 = AROUND_S, AROUND_E6
    while True:
        extent = _extent([column[old:] for column in place], around_s, around_e6)
        rows = np.flatnonzero(extent.holds(*place))
        if len(rows) == len(reports):
            extent = ALL
        found = _within(reports, rows, old, extent, settings, rivals=rivals)
        if found is not None:
            return found
        around_s, around_e6 = 2 * around_s, 2 * around_e6


def _extent(new: list[Array], around_s: int, around_e6: int) -> Extent:
    earliest, latest, lat, lon = new
    middle = int(lon[0])
    across = np.abs(lon - middle)
    furthest = int(np.abs(lat).max()) + around_e6
    half = int(np.minimum(across, TURN_E6 - across).max()) + wide_e6(around_e6, furthest)
    south, north = int(lat.min()) - around_e6, int(lat.max()) + around_e6
    return Extent(
        since=int(earliest.min()) - around_s,
        until=int(latest.max()) + around_s,
        south=None if south <= -90 * E6 else south,
        north=None if north >= 90 * E6 else north,
        middle=middle,
        half=None if half >= TURN_E6 // 2 else half,
    )


def _within(
    reports: pa.Table, rows: Array, old: int, extent: Extent, settings: Settings, *, rivals: bool
) -> Changes | None:
    """What changes within a window; None where it does not decide for all of that."""
    read = checked_table(reports.take(pa.array(rows)), settings)
    at = rows[read.order]
    new = at >= old
    changed = _surroundings_of(new, read.coded, settings)
    after = match_window(read.coded, settings, extent=extent, changed=changed)
    reached = after.touched
    prior = checked_table(reports.take(pa.array(at[~new])), settings)
    before = match_window(prior.coded, settings, extent=extent)
    if not (after.decided[reached].all() and before.decided[reached[~new]].all()):
        return None
    bounds = after.bounds_of(reached) - before.bounds_of(reached[~new])
    found = result_table(read.ids, after, rivals=rivals).filter(pa.array(reached))
    return Changes(at[reached], found, bounds)


def _surroundings_of(new: Array, table: Coded, settings: Settings) -> Array:
    """The new rows of a table and those in whose surroundings one lies."""
    own = table.columns
    middle_twice, found = own["earliest"] + own["latest"], new.copy()
    for row in np.flatnonzero(new).tolist():
        near = np.abs(middle_twice - middle_twice[row]) <= 2 * settings.density_gap_s
        apart = squared_m(own["lat"], own["lon"], own["lat"][row], own["lon"][row])
        found |= near & (apart <= settings.density_radius_m**2)
    return found
