"""Sections on what was owed, changed and looked at: coverage, overdue answers, corrections, and the
basis of it all."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from trucekeeper.monitoring.coverage import looked_at, suspended_days
from trucekeeper.picture import Derived
from trucekeeper.reporting.disputed import disputed_parts
from trucekeeper.reporting.document import (
    Cells,
    Message,
    Paragraph,
    Section,
    Table,
    TableColumn,
    cells,
    columns,
)
from trucekeeper.reporting.period import ReportPeriod
from trucekeeper.statements.kinds import Publication
from trucekeeper.vocabulary.ids import CircleId, split_ref
from trucekeeper.vocabulary.relations import rows_of
from trucekeeper.vocabulary.times import instant_text

_LOOKING = ("full", "partial", "denied", "none", "not-stated")


def coverage_section(derived: Derived, period: ReportPeriod) -> Section:
    """Who could look where. Calm is never printed for a day on which nobody looked."""
    agreement = derived.agreement
    zones = [z.id for z in agreement.file.zones if _touches(derived, z, period)]
    areas = zones or [a.id for a in agreement.file.reporting_areas]
    if not agreement.is_within(
        CircleId(derived.cut.face), CircleId(agreement.file.decision.circle)
    ):
        return Section("coverage", (Paragraph((Message("coverage.not-published"),), "note"),))
    table = derived.tables["coverage"]
    inside = pc.and_(
        pc.greater_equal(table.column("day"), period.first),
        pc.less_equal(table.column("day"), period.last),
    )
    rows = table.filter(inside).to_pylist()
    suspended = suspended_days(derived.governed, period.days)
    looking = (*_LOOKING, "suspended") if suspended else _LOOKING
    best = looked_at(rows, period.days, areas, suspended)
    counted = {area: Counter(best[day, area] for day in period.days) for area in areas}
    total = sum((counts for counts in counted.values()), Counter())
    sentences = [
        Message(
            "coverage.total",
            {word: total[word] for word in looking}
            | {"days": len(period.days), "areas": len(areas)},
        )
    ]
    if not rows:
        sentences = [Message("coverage.nobody-stated")]
    if suspended:
        sentences.append(Message("coverage.suspended", {"days": len(suspended)}))
    summary = Table(
        "coverage.by-area",
        (
            TableColumn("zone" if zones else "area", "zone" if zones else "area"),
            *(TableColumn(f"looking.{w}", "number") for w in looking),
        ),
        tuple((area, *(counted[area][word] for word in looking)) for area in areas),
    )
    gaps: tuple[Cells, ...] = tuple(
        (
            row["day"].isoformat(),
            row["area"],
            row["participant"],
            row["looking"],
            tuple(row["reasons"]) or None,
        )
        for row in rows
        if row["looking"] in ("none", "denied")
    )
    headings = columns(day="day", zone="zone", author="author", looking="word", reasons="texts")
    parts: list[Paragraph | Table] = [Paragraph(tuple(sentences), "note"), summary]
    return Section(
        "coverage", (*parts, *([Table("coverage.denied", headings, gaps)] if gaps else []))
    )


def _touches(derived: Derived, zone: Any, period: ReportPeriod) -> bool:
    span = derived.agreement.span(zone)
    return span is not None and span[0] < period.end and span[1] > period.start


def clock_section(derived: Derived) -> Section:
    """What is owed and overdue, what came late, and what could not be told, at the day of the
    picture."""
    table = derived.tables["clocks"]
    states = Counter(
        zip(table.column("owed_by").to_pylist(), table.column("state").to_pylist(), strict=True)
    )
    words = ["met", "met-late", "running", "overdue", "timing-undetermined", "not-started"]
    words += ["suspended"] if any(state == "suspended" for _, state in states) else []
    order = derived.agreement.order
    debtors = sorted({debtor for debtor, _ in states}, key=lambda debtor: order[debtor])
    summary = Table(
        "clocks.by-debtor",
        (
            TableColumn("author", "author"),
            *(TableColumn(f"clock.{word}", "number") for word in words),
        ),
        tuple((debtor, *(states[debtor, word] for word in words)) for debtor in debtors),
    )
    shown = pa.array(["overdue", "met-late", "timing-undetermined"])
    late = rows_of(table.filter(pc.is_in(table.column("state"), value_set=shown)))
    names = (
        "owed_by",
        "clock",
        "trigger",
        "incident",
        "received",
        "due",
        "state",
        "met_by",
        "clauses",
    )
    headings = columns(
        author="author",
        clock="text",
        statement="ref",
        incident="incident",
        received="instant",
        due="instant",
        state="word",
        met_by="ref",
        clauses="clauses",
    )
    if not derived.agreement.file.clocks:
        return Section("clocks", (Paragraph((Message("clocks.none-agreed"),)),))
    overdue = Message(
        "clocks.as-of",
        {
            "as_of": instant_text(derived.as_of),
            "overdue": sum(states[d, "overdue"] for d in debtors),
        },
    )
    return Section(
        "clocks",
        (
            Paragraph((overdue, Message("clocks.receipt-first"))),
            summary,
            Table("clocks.late", headings, tuple(cells(row, *names) for row in late)),
        ),
    )


def corrections_section(derived: Derived) -> Section:
    """Corrections and withdrawals since the last publication of this face."""
    published = [
        (statement.at, statement.leaf, publication)
        for statement, publication in derived.governed.of_kind(Publication)
        if publication.face == derived.cut.face
    ]
    last = max(published, default=None, key=lambda row: row[:2])
    sizes = {} if last is None else dict(last[2].sizes)
    names = ("stated_at", "participant", "kind", "of_kind", "of", "incident", "ref")
    rows = []
    for row in rows_of(derived.tables["corrections"]):
        log, index = split_ref(row["ref"]) or ("", 0)
        if index >= sizes.get(log, 0):
            rows.append(cells(row, *names))
    headings = columns(
        stated_at="instant",
        author="author",
        kind="word",
        of_kind="word",
        original="ref",
        incident="incident",
        statement="ref",
    )
    since = (
        Message(
            "corrections.since", {"published_at": instant_text(last[0]), "period": last[2].period}
        )
        if last
        else Message("corrections.never-published")
    )
    return Section(
        "corrections",
        (
            Paragraph((since, Message("corrections.count", {"count": len(rows)}))),
            Table("corrections", headings, tuple(rows)),
        ),
    )


def payloads_section(derived: Derived) -> Section | None:
    """What is sealed or withheld, and for whom; where nothing is, no section. Only that it is: what
    it holds is in no report."""
    rows = rows_of(derived.tables["payloads"])
    if not rows:
        return None
    headings = columns(
        author="author",
        sealed_what="word",
        sealed_rows="number",
        recipients="authors",
        sealed_state="word",
        statement="ref",
        original="ref",
    )
    names = ("participant", "what", "rows", "recipients", "state", "ref", "of")
    withheld = sum(row["state"] == "withheld" for row in rows)
    told = Message("payloads.count", {"count": len(rows), "withheld": withheld})
    return Section(
        "payloads",
        (
            Paragraph((told, Message("payloads.contents"))),
            Table("payloads", headings, tuple(cells(row, *names) for row in rows)),
        ),
    )


def basis_section(derived: Derived) -> Section:
    """What the report was computed from, so that anybody who holds the logs can do it again."""
    cut = derived.cut
    recognised = rows_of(derived.tables["recognitions"])
    sentences = [
        Message("basis.recompute"),
        Message(
            "basis.face", {"face": cut.face, "members": derived.agreement.circles[cut.face].members}
        ),
        Message(
            "basis.digests",
            {
                "agreement": cut.agreement_digest,
                "roster": cut.roster_digest,
                "rules": cut.rules,
                "settings": derived.settings.digest,
                "cut": cut.digest,
            },
        ),
    ]
    heads: tuple[Cells, ...] = tuple(
        row
        for head in cut.heads
        for row in (
            (head.log, head.size, head.root),
            *((f"{head.log} ({branch.id})", branch.size, branch.root) for branch in head.branches),
        )
    )
    parts: list[Paragraph | Table] = [
        Paragraph(tuple(sentences)),
        Table(
            "basis.logs",
            columns(log="text", size="number", root="text"),
            heads,
        ),
    ]
    if recognised:
        rows: tuple[Cells, ...] = tuple(
            (r["participant"], r["what"], r["text_language"], r["same_text"], r["digest"])
            for r in recognised
        )
        headings = columns(
            author="author", text="text", text_language="text", same_text="word", digest="text"
        )
        parts.append(Table("basis.recognitions", headings, rows))
    parts += disputed_parts(derived)
    parts += _not_admissible(derived)
    return Section("basis", tuple(parts))


def _not_admissible(derived: Derived) -> list[Table]:
    """How many statements of each author are kept but do not count, by problem."""
    order = derived.agreement.order
    not_admissible = Counter(
        (row["author"], row["code"])
        for row in derived.governed.rows
        if row["state"] in ("not-admissible", "pending", "awaits-review")
    )
    if not not_admissible:
        return []
    faults: tuple[Cells, ...] = tuple(
        (author, code, n)
        for (author, code), n in sorted(
            not_admissible.items(), key=lambda pair: (order[pair[0][0]], pair[0][1])
        )
    )
    headings = columns(author="author", problem="text", statements="number")
    return [Table("basis.not-admissible", headings, faults)]
