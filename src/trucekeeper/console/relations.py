"""Relations on a page: which rows, and what each cell says and leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from trucekeeper.facade import Rows
from trucekeeper.picture import RELATIONS
from trucekeeper.render.catalogue import Wording
from trucekeeper.render.readings import (
    outcome_text,
    sentence_case,
    short_instant,
)
from trucekeeper.vocabulary.ids import split_ref
from trucekeeper.vocabulary.relations import Relation, rows_of

ROWS_A_PAGE = 200

#: The vocabulary of each column of words, by relation where the same name means another one.
_VOCABULARIES: Mapping[str, str] = {
    "act": "act",
    "acts": "act",
    "weapon": "weapon",
    "scope": "scope",
    "scope.result": "scope",
    "test": "test",
    "scope_test": "test",
    "incidents.status": "status",
    "outcomes.status": "status",
    "elements.status": "element-status",
    "element": "element",
    "disputed": "element",
    "on": "element",
    "positions.stance": "stance",
    "hindrance": "hindrance",
    "hindrances": "hindrance",
    "looking": "looking",
    "clocks.state": "clock",
    "response": "response",
    "access": "access",
    "notice": "notice",
    "standing": "standing",
    "counting": "counting",
    "span": "span",
    "matching": "matching",
    "statements.kind": "kind",
    "corrections.kind": "kind",
    "letters.kind": "kind",
    "messages.kind": "kind",
    "publications.kind": "kind",
    "of_kind": "kind",
    "draft": "draft",
    "draft_without_interested": "draft",
}
_AUTHORS = {
    "access_asked_of", "addressee", "author", "author_affirmed_by", "author_denied_by", "by",
    "demanded_by", "interested", "missing", "occurrence_affirmed_by", "occurrence_denied_by",
    "occurrence_unconfirmed_by", "on_behalf_of", "owed_by", "participant", "published_by",
    "registered_by", "silent", "source", "sources", "tasked", "tasked_by", "voters", "who",
}  # fmt: skip
#: `source` and `who` name other things than authors in these relations.
_NO_AUTHORS = {"adherence.source"}
_GROUPS = {"alleged_author", "group", "target"}
_PLACES = {"area", "area_stated", "zone"}
_INCIDENTS = {"aliases", "incident", "incidents", "rivals"}


def relation_of(name: str) -> Relation:
    """What a relation says of itself."""
    return next(relation for relation in RELATIONS if relation.name == name)


def filtered(table: pa.Table, conditions: Mapping[str, str]) -> pa.Table:
    """The rows in which each column equals the text given, or holds it where it is a list; empty
    text stands for null. Raises QuestionError."""
    Rows("", [], table.column_names).where(**conditions)
    if not conditions:
        return table
    wanted = {c: _typed(table.schema.field(c).type, text) for c, text in conditions.items()}
    numbered = [row | {"": i} for i, row in enumerate(rows_of(table, list(conditions)))]
    kept = Rows("", numbered, list(conditions)).where(**wanted)
    return table.take(pa.array([row[""] for row in kept], pa.int64()))


def _typed(type_: pa.DataType, text: str) -> Any:
    if text == "":
        return None
    if pa.types.is_boolean(type_):
        return {"true": True, "false": False}.get(text, text)
    if pa.types.is_integer(type_) or pa.types.is_floating(type_):
        try:
            return float(text) if pa.types.is_floating(type_) else int(text)
        except ValueError:
            return text
    return text


#: A word longer than this, as a post-quantum key, is shown by its beginning; the downloads have it
#: whole.
_WORD_MAX, _WORD_SHOWN = 240, 60


def page_cells(
    table: pa.Table, relation: str, wording: Wording, base: str, query: str
) -> list[list[dict[str, Any]]]:
    """The cells of every row: items with what each says and leads to. base: address of the face.
    query: what is added to it, as `?as_of=…`, or nothing."""
    reader = _Cells(relation, wording, base, query)
    types = {name: table.schema.field(name).type for name in table.column_names}
    return [
        [reader.cell(name, types[name], value, row) for name, value in row.items()]
        for row in rows_of(table)
    ]


class _Cells:
    def __init__(self, relation: str, wording: Wording, base: str, query: str) -> None:
        self.relation = relation
        self.wording = wording
        self.base = base
        self.query = query

    def cell(
        self, column: str, type_: pa.DataType, value: Any, row: Mapping[str, Any]
    ) -> dict[str, Any]:
        number = pa.types.is_integer(type_) or pa.types.is_floating(type_)
        if value is None:
            return {"items": [], "look": "number" if number else "", "null": True}
        if pa.types.is_timestamp(type_):
            return {"items": [(short_instant(value), None)], "look": "time", "null": False}
        values = value if isinstance(value, list) else [value]
        items = [(self._told(column, v, row), self._address(column, v)) for v in values]
        look = "number" if number else "refs" if any(address for _, address in items) else ""
        return {"items": items, "look": look, "null": False}

    def _told(self, column: str, value: Any, row: Mapping[str, Any]) -> str:
        full = f"{self.relation}.{column}"
        if column == "outcome":
            return outcome_text(value, row.get("status"), self.wording)
        if column == "zone_basis":
            return sentence_case(self.wording.lies(value))
        if full == "scope.reasons":
            return sentence_case(self.wording.reason(value))
        if isinstance(value, bool):
            return self.wording.word("truth", value)
        vocabulary = _VOCABULARIES.get(full) or _VOCABULARIES.get(column)
        if vocabulary is not None:
            return sentence_case(self.wording.word(vocabulary, value))
        if column in _AUTHORS and full not in _NO_AUTHORS:
            return self.wording.name(value)
        if column in _GROUPS:
            return self.wording.group(value)
        if column in _PLACES:
            return self.wording.place(value)
        text = str(value)
        return f"{text[:_WORD_SHOWN]}…" if len(text) > _WORD_MAX and " " not in text else text

    def _address(self, column: str, value: Any) -> str | None:
        is_ref = isinstance(value, str) and split_ref(value) is not None
        if column in _INCIDENTS or is_ref:
            return f"{self.base}/explain/{quote(str(value))}{self.query}"
        return None
