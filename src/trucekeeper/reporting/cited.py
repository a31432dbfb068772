"""The statements that a joint report rests on, so that proofs of them can go with it."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from trucekeeper.picture import RELATIONS, Derived
from trucekeeper.reporting.document import Document, Map, Paragraph, Plain, Table
from trucekeeper.reporting.period import ReportPeriod
from trucekeeper.vocabulary.ids import RefText, split_ref


def cited_statements(
    derived: Derived, document: Document, period: ReportPeriod
) -> tuple[RefText, ...]:
    """References, by log and index: the statements that the report names; of every incident that it
    names all that its rows rest on; of the period the statements on who could look, and the
    tallies. Those inside the cut."""
    incidents = pa.array(sorted(set(_named(document, "incident"))), type=pa.string())
    found = {*_named(document, "ref"), *_named(document, "refs")}
    for relation in RELATIONS:
        names = {column.name for column in relation.columns}
        if {"basis", "incident"} <= names:
            table = derived.tables[relation.name]
            found |= _basis(table.filter(pc.is_in(table.column("incident"), incidents)))
    coverage = derived.tables["coverage"]
    days = coverage.column("day")
    inside = pc.and_(pc.greater_equal(days, period.first), pc.less_equal(days, period.last))
    found |= _basis(coverage.filter(inside))
    tallies = derived.tables["tallies"]
    begun = pc.less(tallies.column("earliest").cast(pa.int64()), period.end)
    lasting = pc.greater(tallies.column("latest").cast(pa.int64()), period.start)
    found |= _basis(tallies.filter(pc.and_(begun, lasting)))
    placed = [(split_ref(ref), ref) for ref in found]
    inside_cut = [
        (at, RefText(ref)) for at, ref in placed if at and at[1] < derived.cut.size(at[0])
    ]
    return tuple(ref for _, ref in sorted(inside_cut))


def _basis(table: pa.Table) -> set[str]:
    return set(table.column("basis").combine_chunks().flatten().unique().to_pylist())


def _named(document: Document, reading: str) -> Iterator[str]:
    """Everything of a reading (`incident`, `ref` or `refs`) that the report names."""
    for section in document.sections:
        for part in section.parts:
            if isinstance(part, Table):
                for i, column in enumerate(part.columns):
                    if column.reading == reading:
                        yield from (text for row in part.rows for text in _texts(row[i]))
            elif isinstance(part, Map) and reading == "incident":
                yield from (point.incident for point in part.points)
            elif isinstance(part, Paragraph):
                yield from (
                    text
                    for m in part.sentences
                    if reading in m.args
                    for text in _texts(m.args[reading])
                )


def _texts(value: Plain | tuple[str, ...]) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
