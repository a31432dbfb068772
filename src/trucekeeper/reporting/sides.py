"""What each side registered, side by side. Two participants' numbers are never added; who gave none
has "none received", never zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from trucekeeper.monitoring.counts import WHOLE_CLIP, Buckets, count_rows, tally_day
from trucekeeper.picture import Derived
from trucekeeper.reporting.document import (
    Cells,
    Chart,
    Message,
    Paragraph,
    Plain,
    Section,
    Table,
    TableColumn,
)
from trucekeeper.reporting.period import ReportPeriod
from trucekeeper.statements.kinds import Tally
from trucekeeper.vocabulary.times import iso_week

Key = tuple[str, str, str, str]


class Sides:
    """The counts of one period: items by who registered them, tallies by who registered and who
    published them."""

    def __init__(self, derived: Derived, period: ReportPeriod) -> None:
        self.agreement = derived.agreement
        self.period = period
        buckets = Buckets(self.agreement.calendar, (period.start, period.end))
        self.rows = count_rows(derived.governed, derived.located, buckets)
        #: (author, publisher, whether it is a tally) of every column that holds a number in this
        #: period.
        self.columns = self._columns()
        self._cells: dict[tuple[Key, tuple[str, str]], Mapping[str, Any]] = {
            (
                (r["kind"], r["period"], r["area"], r["act"]),
                (r["registered_by"], r["published_by"]),
            ): r
            for r in self.rows
        }
        self.tallies = [
            (statement, tally)
            for statement, tally in derived.governed.of_kind(Tally)
            if (day := tally_day(self.agreement, tally)) is not None
            and period.first <= day <= period.last
        ]
        self.undated = sum(
            tally_day(self.agreement, tally) is None for _, tally in derived.governed.of_kind(Tally)
        )

    def _columns(self) -> list[tuple[str, str, str]]:
        """For every guarantor a column, empty where it gave nothing; tallies by another's
        publication get their own."""
        found: list[tuple[str, str, str]] = []
        for author in self.agreement.guarantors:
            own = [r for r in self.rows if r["registered_by"] == author]
            items = any(r["items"] is not None for r in own)
            publishers = [
                p
                for p in self.agreement.order
                if any(r["published_by"] == p and r["tally_min"] is not None for r in own)
            ]
            if items or not publishers:
                found.append((author, author, "items"))
            found += [(author, publisher, "tally") for publisher in publishers]
        return found

    def table(self, id: str, heading: TableColumn, keys: Sequence[tuple[str, Key]]) -> Table:
        """A row for each key: the numbers of every guarantor, and between them the difference."""
        columns = [heading]
        for author, publisher, basis in self.columns:
            published_by = publisher if publisher != author else None
            empty: Literal["not-stated", "none-received"] = (
                "not-stated" if basis == "tally" else "none-received"
            )
            columns.append(
                TableColumn(f"registered.{basis}", "number", author, published_by, empty)
            )
        columns.append(TableColumn("registered.difference", "number"))
        return Table(id, tuple(columns), tuple(self._row(name, key) for name, key in keys))

    def _row(self, name: str, key: Key) -> Cells:
        numbers = [self._number(key, column) for column in self.columns]
        given = [
            (author, n)
            for (author, _, _), n in zip(self.columns, numbers, strict=True)
            if isinstance(n, int)
        ]
        # Between authors: one who gives single reports and a tally besides has no one number.
        comparable = len(given) > 1 and len({author for author, _ in given}) == len(given)
        counts = [n for _, n in given]
        return (name, *numbers, max(counts) - min(counts) if comparable else None)

    def _number(self, key: Key, column: tuple[str, str, str]) -> Plain:
        author, publisher, basis = column
        row = self._cells.get((key, (author, publisher)))
        if basis == "items":
            if row is not None and row["items"] is not None:
                return int(row["items"])
            gave_any = any(
                r["registered_by"] == author and r["items"] is not None for r in self.rows
            )
            return 0 if gave_any else None
        if row is None or row["tally_min"] is None:
            return None
        low, high = row["tally_min"], row["tally_max"]
        return int(low) if low == high else f"{low}-{high}"

    def tally_days(self) -> list[Message]:
        """For how many days of the period each author's daily tallies are at hand."""
        whole = (*WHOLE_CLIP, "all", "all")
        held = [
            (author, publisher, row["tally_days"])
            for author, publisher, basis in self.columns
            if basis == "tally" and (row := self._cells.get((whole, (author, publisher))))
        ]
        return [
            Message(
                "tallies.days",
                {
                    "who": author,
                    "publisher": publisher if publisher != author else None,
                    "days": days,
                    "all": len(self.period.days),
                },
            )
            for author, publisher, days in held
            if len(self.period.days) > 1 and days is not None
        ]

    def keys(self, kind: str, period: str = "", act: str = "all") -> list[tuple[str, Key]]:
        """(area, key) of every area with a number, in the agreement's order, then `none`, then
        `all`."""
        order = [area.id for area in self.agreement.file.reporting_areas] + ["none", "all"]
        held = {
            r["area"]
            for r in self._of_guarantors()
            if (r["kind"], r["period"], r["act"]) == (kind, period, act)
        }
        return [(area, (kind, period, area, act)) for area in order if area in held]

    def act_keys(self) -> list[tuple[str, Key]]:
        """(act, key) of every act that a guarantor's reports name, most frequent first."""
        weight: dict[str, int] = {}
        for r in self._of_guarantors():
            if (r["kind"], r["period"]) == WHOLE_CLIP and r["area"] == "all" and r["act"] != "all":
                weight[r["act"]] = weight.get(r["act"], 0) + (r["items"] or 0)
        acts = sorted((act for act, n in weight.items() if n), key=lambda act: (-weight[act], act))
        return [(act, (*WHOLE_CLIP, "all", act)) for act in acts]

    def time_keys(self) -> tuple[str, list[tuple[str, Key]]]:
        """Days of a period of up to two weeks, else weeks; every one of the period, numbers or
        not."""
        kind = "day" if len(self.period.days) <= 14 else "week"
        names = dict.fromkeys(
            day.isoformat() if kind == "day" else iso_week(day) for day in self.period.days
        )
        return kind, [(name, (kind, name, "all", "all")) for name in names]

    def _of_guarantors(self) -> Iterable[Mapping[str, Any]]:
        return (r for r in self.rows if r["registered_by"] in self.agreement.guarantors)


def sides_section(derived: Derived, period: ReportPeriod) -> Section:
    """What each registered, by area, act and time; what others reported; tallies as published."""
    sides = Sides(derived, period)
    agreement = derived.agreement
    silent = tuple(
        g for g in agreement.guarantors if not any(r["registered_by"] == g for r in sides.rows)
    )
    sentences = [Message("registered.is-not-committed"), Message("registered.never-added")]
    if silent:
        sentences.append(Message("registered.none-received", {"who": silent}))
    kind, times = sides.time_keys()
    parts: list[Paragraph | Table | Chart] = [
        Paragraph(tuple(sentences)),
        *_not_counted(derived),
        sides.table("registered.by-area", TableColumn("area", "area"), sides.keys(*WHOLE_CLIP)),
    ]
    if sides.act_keys():
        parts.append(sides.table("registered.by-act", TableColumn("act", "word"), sides.act_keys()))
    time_table = sides.table("registered.by-time", TableColumn(kind, "period"), times)
    parts += [time_table, _chart(sides, kind, time_table)]
    others = _others(sides)
    if others.rows:
        parts.append(others)
    if sides.tallies:
        said = (Message("tallies.as-published"), *sides.tally_days())
        parts += [Paragraph(said), _tally_table(derived, sides)]
    if sides.undated:
        parts.append(Paragraph((Message("tallies.undated", {"count": sides.undated}),)))
    return Section("registered", tuple(parts))


def _not_counted(derived: Derived) -> list[Paragraph]:
    """That of some logs not every entry is counted, where it is so."""
    logs = derived.tables["disputed_logs"].column("log").to_pylist()
    note = Message("registered.disputed", {"logs": ", ".join(logs)})
    return [Paragraph((note,), "note")] if logs else []


def _chart(sides: Sides, kind: str, table: Table) -> Chart:
    """One series a column: an author's single reports as `author`, its tally as
    `author|publisher`."""
    series = tuple(
        (
            author if basis == "items" else f"{author}|{publisher}",
            tuple(n if isinstance(n := row[i + 1], int) else None for row in table.rows),
        )
        for i, (author, publisher, basis) in enumerate(sides.columns)
    )
    return Chart(
        "registered.over-time",
        tuple(str(row[0]) for row in table.rows),
        series,
        "day" if kind == "day" else "week",
    )


def _others(sides: Sides) -> Table:
    agreement = sides.agreement
    rows: list[Cells] = []
    for author in agreement.order:
        held = [
            r
            for r in sides.rows
            if (r["kind"], r["period"]) == WHOLE_CLIP
            and r["area"] == r["act"] == "all"
            and r["registered_by"] == author
            and r["items"] is not None
        ]
        if held and author not in agreement.guarantors:
            rows.append((author, held[0]["items"], held[0]["items_overlapping"]))
    columns = (
        TableColumn("author", "author"),
        TableColumn("reports", "number"),
        TableColumn("reports.overlapping", "number"),
    )
    return Table("registered.others", columns, tuple(rows))


def _tally_table(derived: Derived, sides: Sides) -> Table:
    agreement = derived.agreement
    rows: list[Cells] = []
    for statement, tally in sides.tallies:
        said = tuple(f"{j.by}|{j.count}|{j.says}|{j.group or ''}" for j in tally.judgements)
        totals = " / ".join(str(total) for total in tally.totals) or None
        day = tally_day(agreement, tally)
        assert day is not None
        rows.append(
            (
                day.isoformat(),
                tally.span,
                tally.registered_by,
                tally.published_by,
                totals,
                said,
                tuple(tally.doubts),
                statement.ref,
            )
        )
    rows.sort(key=lambda row: (str(row[0]), agreement.order.get(str(row[2]), 0), str(row[7])))
    columns = (
        TableColumn("day", "day"),
        TableColumn("span", "word"),
        TableColumn("registered-by", "author"),
        TableColumn("published-by", "author"),
        TableColumn("total", "text", empty="not-stated"),
        TableColumn("judgements", "texts"),
        TableColumn("doubts", "texts"),
        TableColumn("statement", "ref"),
    )
    return Table("tallies", columns, tuple(rows))
