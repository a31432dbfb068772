"""Counts per day, week and month, side by side: as each registered, and as incidents.

Two participants' counts are never added. Distinct incidents are given as a range over itemised
reports: at least with every possible link joined, at most with certain links only. Tallies without
items give no bound."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.effect import Governed
from trucekeeper.incidents.elements import Incident
from trucekeeper.incidents.located import Located
from trucekeeper.matching.clusters import Matches
from trucekeeper.statements.kinds import Tally
from trucekeeper.vocabulary.relations import (
    BASIS,
    INSTANT,
    TEXT,
    TEXTS,
    WHOLE,
    Column,
    Relation,
    Row,
)
from trucekeeper.vocabulary.times import (
    FIRST_INSTANT,
    LAST_INSTANT,
    Calendar,
    iso_week,
    month,
    seconds,
)

TALLIES = Relation(
    "tallies",
    "Every tally as stated: one row a total or part. Nothing is repaired and nothing added.",
    (
        Column("ref", TEXT, "the statement"),
        Column("published_by", TEXT, "who published the count"),
        Column("registered_by", TEXT, "who registered it"),
        Column("published_on", TEXT, "day of publication; null where undated"),
        Column("span", TEXT, "day, week, month or other"),
        Column("earliest", INSTANT, "what it counts lies after this"),
        Column("latest", INSTANT, "and before this"),
        Column("part", TEXT, "`total`, or the area as named"),
        Column("area", TEXT, "reporting area; null for totals and unknown areas"),
        Column("count", WHOLE, "as stated; null where the area was named without a number"),
        Column(
            "judgements", TEXTS, "what somebody says of some of the cases, with whose word it is"
        ),
        Column("doubts", TEXTS, "what does not add up in the source"),
        BASIS,
    ),
    ("published_on", "ref", "part", "count"),
)
COUNTS = Relation(
    "counts",
    "What each registered, per period, area and act. `items` are reports one by one; `tally` is a "
    "number without items.",
    (
        Column("kind", TEXT, "day, week or month"),
        Column("period", TEXT, "as 2031-03-14, 2031-W11, 2031-03; local to the agreement"),
        Column("area", TEXT, "reporting area, `none` where in none, or `all`"),
        Column("act", TEXT, "act as stated, or `all`"),
        Column("registered_by", TEXT, "who registered"),
        Column("published_by", TEXT, "who published"),
        Column("items", WHOLE, "reports wholly inside the period"),
        Column("items_overlapping", WHOLE, "reports that reach beyond it"),
        Column(
            "tally_min",
            WHOLE,
            "the tally as stated, the least where the source gives several; daily tallies summed "
            "over days",
        ),
        Column("tally_max", WHOLE, "the greatest"),
        Column("tally_days", WHOLE, "how many daily tallies that is"),
        BASIS,
    ),
    ("kind", "period", "area", "act", "registered_by", "published_by"),
)
INCIDENT_COUNTS = Relation(
    "incident_counts",
    "Incidents per period, area and act, over itemised reports only.",
    (
        Column("kind", TEXT, "day, week or month"),
        Column("period", TEXT, "as 2031-03-14, 2031-W11, 2031-03"),
        Column("area", TEXT, "reporting area, `none`, or `all`"),
        Column("act", TEXT, "act, `contested` where reports contradict, or `all`"),
        Column("incidents", WHOLE, "incidents wholly inside the period"),
        Column("matched", WHOLE, "of these: with reports of several sources"),
        Column("single_sided", WHOLE, "with reports of one source"),
        Column("contested", WHOLE, "with an element on which participants differ"),
        Column("inside", WHOLE, "inside the agreement"),
        Column("outside", WHOLE, "outside the agreement"),
        Column("scope_open", WHOLE, "of which the scope is contested or undetermined"),
        Column("distinct_min", WHOLE, "distinct incidents at least: possible links joined"),
        Column("distinct_max", WHOLE, "distinct incidents at most: certain links only"),
        Column(
            "overlapping",
            WHOLE,
            "incidents that reach beyond the period, in none of the numbers before",
        ),
        Column(
            "aggregates",
            WHOLE,
            "records too long or imprecise to be one incident, in none of the numbers before",
        ),
    ),
    ("kind", "period", "area", "act"),
)

Bucket = tuple[str, str]
Key = tuple[str, ...]
#: The bucket of a clip as a whole.
WHOLE_CLIP: Bucket = ("period", "")
_NAMES = (("day", date.isoformat), ("week", iso_week), ("month", month))


class Buckets:
    """The days, weeks and months of the agreement's calendar that a time falls into.

    clip: only what touches this half-open period counts, and the period is itself a bucket; what
    reaches beyond it lies wholly inside none."""

    def __init__(self, calendar: Calendar, clip: tuple[int, int] | None = None) -> None:
        self.calendar = calendar
        self.clip = clip
        self._known: dict[tuple[int, int], list[tuple[Bucket, bool]]] = {}
        self._days: dict[date, tuple[Bucket, ...]] = {}

    def of_span(self, earliest: int, latest: int) -> list[tuple[Bucket, bool]]:
        """Each bucket that a half-open period touches, and whether it lies wholly inside."""
        key = (earliest, latest)
        if key not in self._known:
            self._known[key] = list(self._of_span(earliest, latest))
        return self._known[key]

    def _of_span(self, earliest: int, latest: int) -> Iterator[tuple[Bucket, bool]]:
        start, end = self.clip or (earliest, latest)
        if latest <= start or earliest >= end:
            return
        inside = start <= earliest and latest <= end
        if self.clip is not None:
            yield WHOLE_CLIP, inside
        days = map(self._of, self.calendar.days(max(earliest, start), min(latest, end)))
        for periods in zip(*days, strict=True):
            touched = dict.fromkeys(periods)
            for bucket in touched:
                yield bucket, inside and len(touched) == 1

    def _of(self, day: date) -> tuple[Bucket, ...]:
        if day not in self._days:
            self._days[day] = tuple((kind, name(day)) for kind, name in _NAMES)
        return self._days[day]

    def of_day(self, day: date) -> list[Bucket]:
        """The buckets of a reporting day."""
        start, end = self.clip or (FIRST_INSTANT, LAST_INSTANT)
        if not start <= self.calendar.day_start(day) < end:
            return []
        return [*([WHOLE_CLIP] if self.clip else []), *self._of(day)]


def tally_rows(governed: Governed) -> list[dict[str, Any]]:
    """The relation `tallies`."""
    agreement, found = governed.agreement, []
    for statement, tally in governed.of_kind(Tally):
        told = [
            f"{agreement.name(j.by)}: {j.count} {j.says}" + (f" ({j.group})" if j.group else "")
            for j in tally.judgements
        ]
        parts: list[tuple[str, str | None, int | None]] = [
            ("total", None, total) for total in tally.totals
        ]
        for part in tally.parts:
            parts.append(
                (part.area_name, tally_area(agreement, part.area_name, part.codes), part.count)
            )
        for name, area, count in parts:
            found.append(
                {
                    "ref": statement.ref,
                    "published_by": tally.published_by,
                    "registered_by": tally.registered_by,
                    "published_on": None
                    if tally.published_on is None
                    else tally.published_on.isoformat(),
                    "span": tally.span,
                    "earliest": None if tally.period is None else seconds(tally.period.earliest),
                    "latest": None if tally.period is None else seconds(tally.period.latest),
                    "part": name,
                    "area": area,
                    "count": count,
                    "judgements": told if name == "total" else [],
                    "doubts": list(tally.doubts) if name == "total" else [],
                    "basis": [statement.ref],
                }
            )
    return found


def tally_area(agreement: Agreement, name: str, codes: Sequence[str]) -> str | None:
    """The reporting area of a tally's part: by its codes if all lie in one, else by name."""
    by_code = {
        area.id if (area := agreement.reporting_area(code)) is not None else None for code in codes
    }
    if len(by_code) == 1 and None not in by_code:
        return next(iter(by_code))
    area = agreement.reporting_area_named(name)
    return None if area is None else area.id


def count_rows(
    governed: Governed, located: Sequence[Located], buckets: Buckets
) -> list[dict[str, Any]]:
    """The relation `counts`, over the given buckets."""
    items: Counter[Key] = Counter()
    overlapping: Counter[Key] = Counter()
    for report in located:
        for (kind, period), whole in buckets.of_span(report.earliest, report.latest):
            for area in (report.area or "none", "all"):
                for act in (report.report.act, "all"):
                    key = (kind, period, area, act, report.source, report.source)
                    (items if whole else overlapping)[key] += 1
    tallies, basis = tallied(governed, buckets)
    found = []
    for named in dict.fromkeys([*items, *overlapping, *tallies]):
        itemised = named in items or named in overlapping
        counted = (items[named], overlapping[named]) if itemised else None
        found.append(count_row(named, counted, tallies.get(named), basis.get(named, [])))
    return found


def tallied(
    governed: Governed, buckets: Buckets
) -> tuple[dict[Key, list[tuple[int, int]]], dict[Key, list[str]]]:
    """What is stated without items, the least and the greatest of each tally; and by what."""
    tallies: dict[Key, list[tuple[int, int]]] = defaultdict(list)
    basis: dict[Key, list[str]] = defaultdict(list)
    for statement, tally in governed.of_kind(Tally):
        for (kind, period), area, low, high in _tally_counts(governed.agreement, tally, buckets):
            key = (kind, period, area, "all", tally.registered_by, tally.published_by)
            tallies[key].append((low, high))
            basis[key].append(statement.ref)
    return tallies, basis


def count_row(
    named: Key,
    items: tuple[int, int] | None,
    stated: Sequence[tuple[int, int]] | None,
    basis: Sequence[str],
) -> dict[str, Any]:
    """A row of `counts`. items: wholly inside and overlapping, of those who count one by one.
    stated: the tallies."""
    inside, overlapping = (None, None) if items is None else items
    return {
        **dict(zip(COUNTS.key, named, strict=True)),
        "items": inside,
        "items_overlapping": overlapping,
        "tally_min": None if stated is None else sum(low for low, _ in stated),
        "tally_max": None if stated is None else sum(high for _, high in stated),
        "tally_days": None if stated is None else len(stated),
        "basis": list(basis),
    }


def tally_day(agreement: Agreement, tally: Tally) -> date | None:
    """The day under which a tally is listed: that of its publication, else the one it counts."""
    day = tally.published_on
    if day is None and tally.period is not None:
        first = agreement.calendar.day_of(seconds(tally.period.earliest))
        last = agreement.calendar.day_of(seconds(tally.period.latest) - 1)
        day = first if first == last else None
    return day


def _tally_counts(
    agreement: Agreement, tally: Tally, buckets: Buckets
) -> Iterator[tuple[Bucket, str, int, int]]:
    """What a daily tally adds to its buckets, by area. A tally over more than a day is listed,
    never summed: it may contain days that are here already."""
    day = tally_day(agreement, tally)
    if day is None or tally.span != "day":
        return
    for bucket in buckets.of_day(day):
        if tally.totals:
            yield bucket, "all", min(tally.totals), max(tally.totals)
        for part in tally.parts:
            if part.count is not None:
                yield (
                    bucket,
                    tally_area(agreement, part.area_name, part.codes) or "none",
                    part.count,
                    part.count,
                )


def incident_count_rows(
    rows: Sequence[Row],
    incidents: Sequence[Incident],
    contested: set[str],
    matches: Matches,
    buckets: Buckets,
) -> list[dict[str, Any]]:
    """The relation `incident_counts`, from the rows of `incidents`. contested: numbers of those
    with a contested element."""
    by_number = {incident.number: incident for incident in incidents}
    counted: dict[Key, list[int]] = defaultdict(lambda: [0] * len(_COUNTED))
    inside: dict[str, list[Key]] = {}
    for row in rows:
        what = _what(row, row["incident"] in contested, by_number, matches)
        held = inside.setdefault(row["incident"], [])
        for (kind, period), whole in buckets.of_span(
            row["occurred_earliest"], row["occurred_latest"]
        ):
            places = what if whole or row["matching"] == "aggregate" else _OVERLAPPING
            for area in (row["area"] or "none", "all"):
                for act in (row["act"] or "contested", "all"):
                    bucket = (kind, period, area, act)
                    numbers = counted[bucket]
                    for place in places:
                        numbers[place] += 1
                    if whole:
                        held.append(bucket)
    joined = _joined(inside, by_number, matches)
    found = []
    for key, numbers in counted.items():
        made: dict[str, Any] = dict(zip(("kind", "period", "area", "act"), key, strict=True))
        made |= dict(zip(_COUNTED, numbers, strict=True))
        made["distinct_min"] = made["incidents"] - joined.get(key, 0)
        found.append(made)
    return found


#: The numbers of a row of `incident_counts`, and the place of each.
_COUNTED = tuple(column.name for column in INCIDENT_COUNTS.columns[4:])
_PLACE = {name: place for place, name in enumerate(_COUNTED)}
_OVERLAPPING = [_PLACE["overlapping"]]


def _what(
    row: Row, contested: bool, incidents: Mapping[str, Incident], matches: Matches
) -> list[int]:
    """Which numbers an incident raises by one; a place more than once where by more."""
    if row["matching"] == "aggregate":
        return [_PLACE["aggregates"]]
    raised = [
        "incidents",
        "matched" if len(row["sources"]) > 1 else "single_sided",
        {"inside": "inside", "outside": "outside"}.get(row["scope"], "scope_open"),
        *(["contested"] if contested else []),
        *(["distinct_max"] * (1 + _uncertain(incidents[row["incident"]], matches))),
    ]
    return [_PLACE[name] for name in raised]


def _uncertain(incident: Incident, matches: Matches) -> int:
    """How many reports would stand alone if only certain links held."""
    units = [m.ref for m in incident.members if matches.memberships[m.ref].repeat_of is None]
    doubtful = sum(
        matches.memberships[ref].posterior_milli < matches.settings.certain_milli for ref in units
    )
    return min(doubtful, len(units) - 1)


def _joined(
    inside: Mapping[str, list[Key]], incidents: Mapping[str, Incident], matches: Matches
) -> dict[Key, int]:
    """For each bucket, by how many its incidents would shrink if every possible link inside it
    held."""
    home = {m.ref: number for number, incident in incidents.items() for m in incident.members}
    links: dict[Key, list[tuple[str, str]]] = defaultdict(list)
    for one, other in matches.possible:
        a, b = (home[matches.clusters[c][0]] for c in (one, other))  # type: ignore[index]  # references are text
        for key in set(inside.get(a, [])) & set(inside.get(b, [])):
            links[key].append((a, b))
    return {key: _merges(pairs) for key, pairs in links.items()}


def _merges(pairs: Sequence[tuple[str, str]]) -> int:
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    merges = 0
    for a, b in pairs:
        first, second = find(a), find(b)
        if first != second:
            leader[first] = second
            merges += 1
    return merges
