"""Sections on incidents: how many there were, what the guarantors say of them in words, and the
annex that lists each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from trucekeeper.findings.outcomes import Examined
from trucekeeper.findings.positions import View
from trucekeeper.incidents.elements import contested
from trucekeeper.incidents.located import maps_of
from trucekeeper.monitoring.counts import WHOLE_CLIP, Buckets, incident_count_rows
from trucekeeper.picture import Derived
from trucekeeper.reporting.document import (
    Chart,
    Map,
    MapPoint,
    Message,
    Paragraph,
    Section,
    Table,
    TableColumn,
    cells,
    columns,
)
from trucekeeper.reporting.period import ReportPeriod
from trucekeeper.vocabulary.places import E6
from trucekeeper.vocabulary.times import instant_text

_INCIDENT_COLUMNS = (
    *columns(incident="incident", earliest="instant", latest="instant"),
    TableColumn("area", "area", empty="undetermined"),
    *columns(zone="zone", zone_basis="lies"),
    TableColumn("act", "word", empty="undetermined"),
    TableColumn("weapon", "word", empty="not-stated"),
    TableColumn("alleged-author", "groups", empty="not-stated"),
    TableColumn("target", "groups", empty="not-stated"),
    TableColumn("killed-min", "number", empty="not-stated"),
    TableColumn("killed-max", "number", empty="not-stated"),
    *columns(reports="number", sources="authors", scope="word", scope_clause="clause"),
    *columns(scope_reasons="reasons", outcome="word", status="word"),
)
_SCOPES = ("inside", "outside", "contested", "undetermined")


class Events:
    """The incidents that touch a period: wholly inside, reaching beyond it, and records too vague
    to be one event. Rows as in the relation `incidents`."""

    def __init__(self, derived: Derived, period: ReportPeriod) -> None:
        self.derived = derived
        self.agreement = derived.agreement
        self.period = period
        self.by_number = {e.incident.number: e for e in derived.examined}
        start, end = period.start, period.end
        self.touching = [
            row
            for row in derived.summary
            if row["occurred_earliest"] < end and row["occurred_latest"] > start
        ]
        self.aggregates = [row for row in self.touching if row["matching"] == "aggregate"]
        events = [row for row in self.touching if row["matching"] != "aggregate"]
        self.inside = [
            r for r in events if start <= r["occurred_earliest"] and r["occurred_latest"] <= end
        ]
        held = {row["incident"] for row in self.inside}
        self.overlapping = [row for row in events if row["incident"] not in held]

    def counts(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The incident counts of the period by (area, act)."""
        buckets = Buckets(self.agreement.calendar, (self.period.start, self.period.end))
        disputed = contested(self.derived.tables["elements"])
        # Possible links lead to incidents outside the period too, so all are given to look them up.
        counted = incident_count_rows(
            self.touching, self.derived.incidents, disputed, self.derived.matches, buckets
        )
        return {(r["area"], r["act"]): r for r in counted if (r["kind"], r["period"]) == WHOLE_CLIP}


def incident_section(events: Events) -> Section:
    """How many incidents, by scope, outcome and area."""
    counts = events.counts()
    total = counts.get(("all", "all"), {})
    apart = [
        Message("incidents.overlapping", {"count": len(events.overlapping)}),
        Message("incidents.aggregates", {"count": len(events.aggregates)}),
    ]
    if not events.inside:
        return Section("incidents", (Paragraph((Message("incidents.none"), *apart)),))
    sentences = [
        Message(
            "incidents.total",
            {
                "incidents": total["incidents"],
                "matched": total["matched"],
                "single": total["single_sided"],
            },
        ),
        Message(
            "incidents.distinct", {"least": total["distinct_min"], "most": total["distinct_max"]}
        ),
        *apart,
        Message("incidents.proposal"),
    ]
    return Section(
        "incidents",
        (
            Paragraph(tuple(sentences)),
            _outcome_table(events),
            _area_table(events, counts),
            _scope_chart(events),
        ),
    )


def _outcome_table(events: Events) -> Table:
    counted = Counter((row["status"], row["outcome"], row["scope"]) for row in events.inside)
    kinds = sorted({(status, outcome) for status, outcome, _ in counted})
    rows = tuple(
        (status, outcome, *(counted[status, outcome, scope] for scope in _SCOPES))
        for status, outcome in kinds
    )
    columns = (
        TableColumn("status", "word"),
        TableColumn("outcome", "word"),
        *(TableColumn(f"scope.{s}", "number") for s in _SCOPES),
    )
    return Table("incidents.by-outcome", columns, rows)


def _area_table(events: Events, counts: dict[tuple[str, str], dict[str, Any]]) -> Table:
    names = (
        "incidents",
        "matched",
        "single_sided",
        "contested",
        "inside",
        "outside",
        "scope_open",
        "distinct_min",
        "distinct_max",
        "overlapping",
        "aggregates",
    )
    order = [area.id for area in events.agreement.file.reporting_areas] + ["none", "all"]
    rows = tuple(
        (area, *(counts[area, "all"][name] for name in names))
        for area in order
        if (area, "all") in counts
    )
    columns = (
        TableColumn("area", "area"),
        *(TableColumn(f"count.{name}", "number") for name in names),
    )
    return Table("incidents.by-area", columns, rows)


def _scope_chart(events: Events) -> Chart:
    order = [area.id for area in events.agreement.file.reporting_areas] + ["none"]
    held = Counter((row["area"] or "none", row["scope"]) for row in events.inside)
    labels = [area for area in order if any(held[area, scope] for scope in _SCOPES)]
    series = tuple(
        (f"scope.{scope}", tuple(held[area, scope] for area in labels)) for scope in _SCOPES
    )
    return Chart("incidents.scope", tuple(labels), series, "area")


def examined_section(events: Events) -> Section | None:
    """What the guarantors say, incident by incident, in words. None where nobody took a
    position."""
    parts: list[Paragraph | Table] = [Paragraph((Message("examined.only-findings"),))]
    for row in (*events.inside, *events.overlapping):
        examined = events.by_number[row["incident"]]
        if examined.status in ("examined", "proposed", "finding"):
            parts.append(Paragraph(tuple(_told(examined, row, events))))
    return Section("examined", tuple(parts)) if len(parts) > 1 else None


def _told(examined: Examined, row: dict[str, Any], events: Events) -> list[Message]:
    """One incident in words: what, who says what, what follows with and without an interested
    guarantor."""
    told = [
        Message(
            "told.what",
            {
                "incident": row["incident"],
                "act": row["act"],
                "area": row["area"],
                "zone": row["zone"],
                "earliest": instant_text(row["occurred_earliest"]),
                "latest": instant_text(row["occurred_latest"]),
                "sources": tuple(row["sources"]),
            },
        )
    ]
    told += _stances("occurrence", examined) + _stances("author", examined)
    told.append(_draft(examined, events))
    scope = examined.scope
    told.append(
        Message(
            "told.scope",
            {
                "result": scope.result,
                "clause": scope.clause,
                "reasons": _reasons(examined),
            },
        )
    )
    if examined.decided is not None:
        decided = examined.decided
        told.append(
            Message(
                "told.finding" if decided.stands else "told.proposed",
                {
                    "outcome": decided.decision.outcome,
                    "decision": decided.statement.ref,
                    "missing": decided.missing,
                },
            )
        )
    if examined.against_scope:
        told.append(Message("told.against-scope", {"scope": scope.result}))
    if any(t.before_change for t in events.derived.taken if t.incident is examined.incident):
        told.append(Message("told.before-change"))
    return told


def _draft(examined: Examined, events: Events) -> Message:
    """What follows from the positions; where a guarantor is interested, with its vote and
    without."""
    if not examined.interested:
        return Message("told.draft", {"outcome": examined.draft.outcome})
    return Message(
        "told.interested",
        {
            "who": examined.interested,
            "with": examined.draft.outcome,
            "without": examined.draft_without.outcome,
            "counting": examined.counting,
            "clause": events.agreement.file.decision.interested_clause,
        },
    )


def _stances(element: str, examined: Examined) -> list[Message]:
    """Who affirms, denies, cannot confirm, or has not spoken to one element; on the author, apart
    for each author that is named."""
    spoken: dict[tuple[str, str], list[str]] = {}
    for voter in examined.voters:
        view: View | None = examined.views[voter].get(element)  # type: ignore[call-overload]  # an element's name
        word = "silent" if view is None else view.stance
        value = view.value or "" if view is not None and element == "author" else ""
        spoken.setdefault((word, value), []).append(voter)
    if element == "author" and all(word == "silent" for word, _ in spoken):
        return []
    return [
        Message(
            f"told.{element}.{word}",
            {"who": tuple(who)}
            | ({"value": value} if element == "author" and word != "silent" else {}),
        )
        for (word, value), who in spoken.items()
    ]


def aggregate_section(events: Events) -> Section | None:
    """Records that are too long or imprecise to be one event, apart from every count."""
    if not events.aggregates:
        return None
    return Section(
        "aggregates",
        (
            Paragraph((Message("aggregates.apart"),)),
            _incident_table("aggregates", events.aggregates, events),
        ),
    )


def annex(events: Events) -> Section:
    """Every incident of the period, and apart those that reach beyond it."""
    parts: list[Paragraph | Table | Map] = [
        _map(events),
        _incident_table("annex.inside", events.inside, events),
    ]
    if events.overlapping:
        parts += [
            Paragraph((Message("annex.overlapping"),)),
            _incident_table("annex.overlapping", events.overlapping, events),
        ]
    return Section("annex", tuple(parts))


def _incident_table(id: str, rows: Sequence[dict[str, Any]], events: Events) -> Table:
    named = ("zone_basis", "act", "weapon", "alleged_author", "target", "killed_min", "killed_max")
    before = ("incident", "occurred_earliest", "occurred_latest", "area", "zone", *named)
    between = ("reports", "sources", "scope", "scope_clause")
    listed = tuple(
        (
            *cells(_with_texts(r), *before, *between),
            _reasons(events.by_number[r["incident"]]),
            r["outcome"],
            r["status"],
        )
        for r in rows
    )
    return Table(id, _INCIDENT_COLUMNS, listed)


def _with_texts(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its instants as text."""
    times = ("occurred_earliest", "occurred_latest")
    return row | {name: instant_text(row[name]) for name in times}


def _reasons(examined: Examined) -> tuple[str, ...] | None:
    """Why the scope is what it is; inside needs no reason."""
    scope = examined.scope
    if scope.result == "inside":
        return None
    return tuple(reason for name in scope.deciding for reason in scope.tests[name].reasons)


def _map(events: Events) -> Map:
    agreement = events.agreement
    points = tuple(
        MapPoint(
            r["incident"],
            round(r["latitude"] * E6),
            round(r["longitude"] * E6),
            r["radius_m"],
            r["scope"],
            r["act"],
        )
        for r in events.inside
        if r["latitude"] is not None
    )
    outlines = [("area", code, "", polygon.rings) for code, polygon in agreement.area_polygons]
    outlines += [
        ("zone", zone, f"{map_.by} {map_.version}", agreement.polygon(map_).rings)
        for zone, map_ in maps_of(agreement)
        if zone in {z.id for z in agreement.file.zones} and _holds_in(events, map_)
    ]
    attribution = agreement.file.areas.attribution if agreement.file.areas is not None else None
    return Map("annex.map", points, tuple(outlines), attribution)


def _holds_in(events: Events, map_: Any) -> bool:
    span = events.agreement.span(map_)
    return span is not None and span[0] < events.period.end and span[1] > events.period.start
