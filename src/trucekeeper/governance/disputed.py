"""The relations on logs with two histories: where each is frozen, and what rests on what is not
counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from trucekeeper.governance.continuation import is_delegated
from trucekeeper.governance.effect import Governed
from trucekeeper.vocabulary.ids import LogName, RefText, author_of, circle_of, edition, edition_of
from trucekeeper.vocabulary.relations import (
    BASIS,
    TEXT,
    TEXTS,
    WHOLE,
    Column,
    Relation,
    plain_values,
)

DISPUTED_LOGS = Relation(
    "disputed_logs",
    "Logs of which two histories exist: up to which size each counts, by whose evidence, and what "
    "is not counted. Every history is kept.",
    (
        Column("log", TEXT, "the log"),
        Column("author", TEXT, "whose log it is"),
        Column("circle", TEXT, "who may read it"),
        Column("size", WHOLE, "how many of its entries count: what all histories share, as proven"),
        Column("found_by", TEXTS, "whose statements hold the evidence"),
        Column("disputed", WHOLE, "how many entries beyond that are held, over all histories"),
        Column(
            "branches",
            TEXTS,
            "the histories held, where there are several: the first 16 digits of each root",
        ),
        Column("resting", WHOLE, "how many statements rest on entries that are not counted"),
        Column("goes_on_as", TEXT, "the log that goes on from it; null where none is held"),
        BASIS,
    ),
    ("log",),
)
DISPUTED_VALUES = Relation(
    "disputed_values",
    "Every row of another table that rests on an entry that is not counted, by the statements "
    "that it rests on.",
    (
        Column("table", TEXT, "the table"),
        Column("row", TEXT, "the row, by what names rows in that table"),
        Column("rests_on", TEXTS, "the disputed entries"),
        BASIS,
    ),
    ("table", "row"),
)


def disputed_log_rows(governed: Governed) -> list[dict[str, Any]]:
    """The relation `disputed_logs`."""
    frozen = governed.frozen
    entries: dict[LogName, int] = defaultdict(int)
    branches: dict[LogName, set[tuple[int, str]]] = defaultdict(set)
    for (log, _, _), disputed in frozen.disputed.items():
        entries[log] += 1
        branches[log] |= {(branch.size, branch.id) for branch in disputed.branches}
    resting: dict[str, int] = defaultdict(int)
    for refs in governed.resting.values():
        for name in {ref.rpartition("/")[0] for ref in refs}:
            resting[name] += 1
    order = governed.agreement.order
    return [
        {
            "log": log,
            "author": author_of(log),
            "circle": circle_of(log),
            "size": freeze.size,
            "found_by": sorted({author_of(ref) for ref in freeze.basis}, key=order.__getitem__),
            "disputed": entries[log],
            "branches": [id for _, id in sorted(branches[log])],
            "resting": resting[log],
            "goes_on_as": _goes_on_as(governed, log),
            "basis": list(freeze.basis),
        }
        for log, freeze in frozen.freezes.items()
    ]


def _goes_on_as(governed: Governed, log: LogName) -> LogName | None:
    """The next edition, where its opening is in effect and root keys have named its key."""
    following = edition(log, edition_of(log) + 1)
    opened = RefText(f"{following}/0") in governed.by_ref
    return following if opened and is_delegated(governed.keyrings, following) else None


def disputed_value_rows(
    governed: Governed, tables: Mapping[str, pa.Table], relations: Iterable[Relation]
) -> list[dict[str, Any]]:
    """The relation `disputed_values`."""
    found: list[dict[str, Any]] = []
    resting = governed.resting
    for relation in relations if resting else ():
        names = [column.name for column in relation.columns]
        if "basis" not in names:
            continue
        table = tables[relation.name]
        keys = list(zip(*(plain_values(table.column(name)) for name in relation.key), strict=True))
        for key, basis in zip(keys, table.column("basis").to_pylist(), strict=True):
            rests_on = {disputed for ref in basis for disputed in resting.get(RefText(ref), ())}
            if rests_on:
                found.append(
                    {
                        "table": relation.name,
                        "row": ", ".join("" if part is None else str(part) for part in key),
                        "rests_on": sorted(rests_on),
                        "basis": [ref for ref in basis if ref in resting],
                    }
                )
    return found
