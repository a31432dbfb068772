"""Reports for the cases of matching, told in rows.

    report | source | days | km east, north | within km | act | by | killed

`days`: 3, or 3-5 from the beginning of the first to the end of the last. A dash: not stated."""

from __future__ import annotations

from collections.abc import Sequence

from trucekeeper.matching.clusters import Matches
from trucekeeper.matching.reference import match_by_definition
from trucekeeper.matching.reports import Constraints, MatchReport
from trucekeeper.matching.settings import DEFAULT, Settings
from trucekeeper.vocabulary.places import DEGREE_M, E6

DAY_S = 86_400


def told(rows: str) -> list[MatchReport]:
    """The reports of a table, in the order of their ties. Degrees are those of the equator."""
    found = []
    for n, line in enumerate(line for line in rows.splitlines() if line.strip()):
        cells = [None if cell.strip() == "-" else cell.strip() for cell in line.split("|")]
        cells += [None] * (8 - len(cells))
        id, source, days, at, within, act, by, killed = cells
        assert id is not None and source is not None and days is not None
        first, _, last = days.partition("-")
        east, north = (at or "0, 0").split(",")
        low, _, high = (killed or "").partition("-")
        found.append(
            MatchReport(
                id=id,
                tie=f"{n:04d}",
                source=source,
                earliest=int(first) * DAY_S,
                latest=(int(last or first) + 1) * DAY_S,
                lat_e6=None if at is None else _e6(north),
                lon_e6=None if at is None else _e6(east),
                radius_m=None if at is None else round(float(within or 1) * 1_000),
                act=act,
                authors=frozenset((by or "").split()),
                killed_min=int(low) if low else None,
                killed_max=int(high or low) if low else None,
            )
        )
    return found


def _e6(kilometres: str) -> int:
    return round(float(kilometres) * 1_000 * E6 / DEGREE_M)


def matched(
    reports: Sequence[MatchReport], bound: Constraints | None = None, settings: Settings = DEFAULT
) -> Matches:
    """The incidents by definition."""
    return match_by_definition(reports, bound or Constraints(), settings)


def incidents(
    reports: Sequence[MatchReport], bound: Constraints | None = None, settings: Settings = DEFAULT
) -> list[str]:
    """The incidents, each as the ids of its reports."""
    return [" ".join(cluster) for cluster in matched(reports, bound, settings).clusters]
