"""A report as a tree of messages, tables and figures: identifiers and arguments, no language, no
layout, no colour.

`report.json` is this value as canonical JSON, promised byte for byte; everything else is a
rendering of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from trucekeeper.governance.record import Cut

Plain = str | int | float | bool | None
#: How a column is to be read: names of authors, words of the vocabulary, and so on.
Reading = Literal[
    "text", "number", "instant", "day", "ref", "refs", "incident", "author", "authors", "group",
    "groups", "area", "zone", "lies", "word", "words", "clause", "clauses", "period", "reasons",
    "texts",
]  # fmt: skip


class Part(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="part", tag=str.lower):
    """Anything in a document."""


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sentence by its identifier; a catalogue of a language has its words. Arguments are plain
    values, or lists of author identifiers."""

    id: str
    args: Mapping[str, Plain | tuple[str, ...]] = {}


class Paragraph(Part, frozen=True):
    """Sentences in order. kind: how much it weighs: `note` for what must not be overlooked."""

    sentences: tuple[Message, ...]
    kind: Literal["text", "note"] = "text"


class TableColumn(msgspec.Struct, frozen=True, omit_defaults=True):
    """A column: its heading by identifier, and how its cells are read. of: the author whose column
    it is, if any; published_by: who published that author's numbers, where it is another. empty:
    what a null cell means, which is never zero."""

    id: str
    reading: Reading
    of: str | None = None
    published_by: str | None = None
    empty: Literal["blank", "none-received", "not-stated", "undetermined"] = "blank"


Cells = tuple[Plain | tuple[str, ...], ...]


def columns(**readings: Reading) -> tuple[TableColumn, ...]:
    """Plain columns, by identifier (an underscore stands for a hyphen) and how their cells are
    read."""
    return tuple(TableColumn(id.replace("_", "-"), reading) for id, reading in readings.items())


def cells(row: Mapping[str, Any], *names: str) -> Cells:
    """Some values of a relation's row as cells: lists as tuples, an empty list as nothing."""
    values = (row[name] for name in names)
    return tuple((tuple(v) or None) if isinstance(v, list) else v for v in values)


class Table(Part, frozen=True):
    """Rows of plain values."""

    id: str
    columns: tuple[TableColumn, ...]
    rows: tuple[Cells, ...]


class MapPoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """An incident on the map: where, how certain the place, and its scope in a word."""

    incident: str
    lat_e6: int
    lon_e6: int
    radius_m: int
    scope: str
    act: str | None = None


class Map(Part, frozen=True):
    """The map of a report: its points over the agreement's areas and zones. outlines: (kind,
    identifier, basis, rings); kind is `area` or `zone`, basis tells a sketch from an agreed map;
    rings of millionths of a degree, lon before lat."""

    id: str
    points: tuple[MapPoint, ...]
    outlines: tuple[tuple[str, str, str, tuple[tuple[tuple[int, int], ...], ...]], ...]
    attribution: str | None = None


class Chart(Part, frozen=True):
    """Numbers side by side over time or category: one series an author, never stacked, never
    summed."""

    id: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int | None, ...]], ...]
    reading: Literal["day", "week", "area", "word"]


class Section(Part, frozen=True):
    """A titled section."""

    id: str
    parts: tuple[Paragraph | Table | Map | Chart, ...]


class Document(msgspec.Struct, frozen=True):
    """A joint report. names: what identifiers of authors, groups, areas and zones are called in the
    agreement."""

    format: Literal["trucekeeper-report-1"]
    agreement: str
    agreement_title: str
    period: str
    first_day: str
    last_day: str
    as_of: str
    cut: Cut
    cut_digest: str
    warnings: tuple[Message, ...]
    names: dict[str, str]
    sections: tuple[Section, ...]

    def to_json(self) -> bytes:
        """The canonical bytes of report.json."""
        return msgspec.json.encode(self, order="sorted") + b"\n"

    @property
    def digest(self) -> str:
        """SHA-256 of report.json."""
        return hashlib.sha256(self.to_json()).hexdigest()


def read_document(data: bytes) -> Document:
    """The document of a report.json. Raises msgspec.DecodeError."""
    return msgspec.json.decode(data, type=Document)
