"""Where participants recognise different texts of the agreement: what would be other under each.

The picture is derived under the founding text, as the agreement file gives it. Each other text that
somebody recognises is derived as well, and what changes is listed; no text is preferred here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.statements.kinds import Recognition
from trucekeeper.vocabulary.relations import (
    BASIS,
    CLAUSES,
    TEXT,
    TEXTS,
    WHOLE,
    Column,
    Relation,
    Row,
    rows_of,
)

READINGS = Relation(
    "readings",
    "What would be other under a text of the agreement that somebody recognises and that differs "
    "from the founding text, under which everything else here is derived. Empty where nobody does.",
    (
        Column("reading", TEXT, "language of the other text"),
        Column("recognised_by", TEXTS, "participants that recognise it"),
        Column("table", TEXT, "the table that changes; null where nothing does"),
        Column(
            "changes", WHOLE, "how many values of that table change; the first of them are listed"
        ),
        Column("row", TEXT, "key of the row that changes"),
        Column("column", TEXT, "the column; null where the whole row is there under one text only"),
        Column("value_here", TEXT, "its value under the founding text; null for none"),
        Column("value_there", TEXT, "its value under the other text; null for none"),
        BASIS,
        CLAUSES,
    ),
    ("reading", "table", "row", "column"),
)

#: So many changes of one table are listed; all are counted.
LISTED_MAX = 100
#: What a row rests on is no change of what it says.
_NOT_SAID = ("basis",)


def recognised(governed: Governed) -> dict[str, list[Statement]]:
    """Language → the recognitions of that text of this agreement; of several by one participant,
    the latest."""
    latest: dict[str, tuple[Statement, Recognition]] = {}
    for statement, body in governed.of_kind(Recognition):
        held = latest.get(statement.author)
        if held is None or (statement.at, statement.leaf) > (held[0].at, held[0].leaf):
            latest[statement.author] = (statement, body)
    found: dict[str, list[Statement]] = {}
    for author in sorted(latest, key=governed.agreement.order.__getitem__):
        statement, body = latest[author]
        if body.agreement_digest == governed.agreement.digest:
            found.setdefault(body.text_language, []).append(statement)
    return found


def reading_rows(
    governed: Governed,
    relations: Sequence[Relation],
    here: Mapping[str, pa.Table],
    derive: Callable[[Agreement], Mapping[str, pa.Table]],
) -> list[dict[str, Any]]:
    """The relation `readings`. relations: those that are compared. derive: all relations under
    other rules."""
    agreement, found = governed.agreement, []
    for language, statements in recognised(governed).items():
        if language not in agreement.readings:
            continue
        text = next(t for t in agreement.file.texts if t.language == language)
        whose = {
            "reading": language,
            "recognised_by": [s.author for s in statements],
            "basis": [s.ref for s in statements],
            "clauses": list(dict.fromkeys(d.clause for d in text.differs)),
        }
        there = derive(agreement.readings[language])
        nothing = dict.fromkeys(("table", "row", "column", "value_here", "value_there"))
        changed = [
            whose | {"table": relation.name, "changes": len(changes)} | change
            for relation in relations
            if (changes := _changes(relation, here[relation.name], there[relation.name]))
            for change in changes[:LISTED_MAX]
        ]
        found += changed or [whose | nothing | {"changes": 0}]
    return found


def _changes(relation: Relation, here: pa.Table, there: pa.Table) -> list[dict[str, Any]]:
    """Each value that differs, by key and column."""
    if here.equals(there):
        return []
    one, other = (_by_key(relation, table) for table in (here, there))
    found = []
    for key in sorted(one.keys() | other.keys()):
        left, right = one.get(key), other.get(key)
        if left is None or right is None:
            present, absent = ("present", None) if right is None else (None, "present")
            found.append(_change(key, None, present, absent))
        else:
            found += [
                _change(key, name, _text(left[name]), _text(right[name]))
                for name in left
                if name not in _NOT_SAID and left[name] != right[name]
            ]
    return found


def _by_key(relation: Relation, table: pa.Table) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    times: Counter[str] = Counter()
    for row in rows_of(table):
        key = " ".join("-" if row[name] is None else str(row[name]) for name in relation.key)
        times[key] += 1
        rows[key if times[key] == 1 else f"{key} ({times[key]})"] = row
    return rows


def _change(key: str, column: str | None, here: str | None, there: str | None) -> dict[str, Any]:
    return {"row": key, "column": column, "value_here": here, "value_there": there}


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
