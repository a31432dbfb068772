"""Who could look where, day by day. A day on which nobody could look is never calm; one of which
nobody says anything is not stated."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import date
from typing import Any

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.statements.kinds import Coverage
from trucekeeper.vocabulary.ids import CircleId
from trucekeeper.vocabulary.relations import BASIS, DAY, TEXT, TEXTS, Column, Relation
from trucekeeper.vocabulary.times import seconds

COVERAGE = Relation(
    "coverage",
    "Each day, area and participant of which somebody says how it could look. What is not in here "
    "was not stated.",
    (
        Column("day", DAY, "reporting day"),
        Column("area", TEXT, "zone or reporting area"),
        Column("participant", TEXT, "who could look"),
        Column(
            "looking",
            TEXT,
            "full, partial, none or denied, over the whole day; partial where its statements "
            "differ within the day",
        ),
        Column("means", TEXTS, "means of observation"),
        Column("reasons", TEXTS, "reasons as stated"),
        BASIS,
    ),
    ("day", "area", "participant"),
)


def coverage_rows(governed: Governed, face: str) -> list[dict[str, Any]]:
    """The relation `coverage`; empty where the face does not hold the circle that decides."""
    agreement = governed.agreement
    if not agreement.is_within(CircleId(face), CircleId(agreement.file.decision.circle)):
        return []
    found: dict[tuple[date, str, str], list[tuple[Statement, Coverage]]] = {}
    for statement, body in governed.of_kind(Coverage):
        for day in agreement.calendar.days(
            seconds(body.period.earliest), seconds(body.period.latest)
        ):
            found.setdefault((day, body.area, statement.author), []).append((statement, body))
    return [_row(agreement, *key, stated) for key, stated in found.items()]


def _row(
    agreement: Agreement,
    day: date,
    area: str,
    participant: str,
    stated: list[tuple[Statement, Coverage]],
) -> dict[str, Any]:
    words = {body.looking for _, body in stated}
    whole_day = _covers_day(agreement, day, [body for _, body in stated])
    looking = next(iter(words)) if len(words) == 1 else "partial"
    if looking == "full" and not whole_day:
        looking = "partial"
    return {
        "day": day,
        "area": area,
        "participant": participant,
        "looking": looking,
        "means": sorted({means for _, body in stated for means in body.means}),
        "reasons": sorted({body.reason for _, body in stated if body.reason}),
        "basis": sorted(statement.ref for statement, _ in stated),
    }


def _covers_day(agreement: Agreement, day: date, bodies: list[Coverage]) -> bool:
    reached = agreement.calendar.day_start(day)
    for start, end in sorted(
        (seconds(b.period.earliest), seconds(b.period.latest)) for b in bodies
    ):
        if start > reached:
            return False
        reached = max(reached, end)
    return reached >= agreement.local_day_end(day)


def suspended_days(governed: Governed, days: Sequence[date]) -> frozenset[date]:
    """The days on which the mechanism was suspended or sealed, were it for a part of the day."""
    agreement = governed.agreement
    return frozenset(
        day
        for day in days
        if any(
            since < agreement.local_day_end(day) and until > agreement.calendar.day_start(day)
            for since, until in governed.still
        )
    )


def looked_at(
    rows: list[dict[str, Any]],
    days: Iterator[date] | list[date],
    areas: list[str],
    suspended: Container[date] = (),
) -> dict[tuple[date, str], str]:
    """For each day and area, the best that any participant could do: full, partial, none (some
    looked for and could not), denied, or `not-stated`; `suspended` where the mechanism was, and
    nobody says more."""
    order = ("full", "partial", "denied", "none")
    held: dict[tuple[date, str], set[str]] = {}
    for row in rows:
        held.setdefault((row["day"], row["area"]), set()).add(row["looking"])
    return {
        (day, area): next(
            (word for word in order if word in held.get((day, area), set())),
            "suspended" if day in suspended else "not-stated",
        )
        for day in days
        for area in areas
    }
