"""A disclosure: some cells of a committed list with their salts, and what leads from them to the
commitment. Whoever holds one verifies it without a node, and learns nothing of the other cells.

Canonical JSON. It names protected persons, so it stands in no log: it is a sealed payload itself,
or a file that its recipient keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from trucekeeper.statements.commitment import (
    FIELDS_MAX,
    ROWS_MAX,
    List,
    Salt,
    cell_salt,
    cells_of,
    commit_cell,
    commit_list,
    commit_row,
    is_list,
    list_root,
    proof_of_rows,
    root_from_proof,
)
from trucekeeper.statements.parts import Sha256
from trucekeeper.vocabulary.ids import Ref


class OpenCell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cell and its salt, in hexadecimal."""

    salt: Sha256
    value: str


class OpenRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row: each cell opened, or as its commitment. row: 0 is the row of names."""

    row: Annotated[int, msgspec.Meta(ge=0, le=ROWS_MAX)]
    cells: Annotated[
        tuple[OpenCell | Sha256, ...], msgspec.Meta(min_length=1, max_length=FIELDS_MAX)
    ]


class DisclosureFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document. of: the statement that committed to the list; origin: its log's; rows: how many
    the list has, without the row of names."""

    format: Literal["trucekeeper-disclosure-1"] = "trucekeeper-disclosure-1"
    of: Ref
    origin: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    root: Sha256
    rows: Annotated[int, msgspec.Meta(ge=0, le=ROWS_MAX)]
    fields: Annotated[int, msgspec.Meta(ge=1, le=FIELDS_MAX)]
    opened: Annotated[tuple[OpenRow, ...], msgspec.Meta(min_length=2, max_length=ROWS_MAX + 1)]
    proof: tuple[Sha256, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Disclosed:
    """What a verified disclosure opens. names: column → field; cells: row → column → value."""

    of: str
    root: str
    rows: int
    names: Mapping[int, str]
    cells: Mapping[int, Mapping[int, str]]


class DisclosureError(ValueError):
    """A disclosure that does not verify. Its text quotes nothing of it."""


_DECODER = msgspec.json.Decoder(DisclosureFile)
_LIST = msgspec.json.Decoder(list[list[str]])


def list_bytes(rows: List) -> bytes:
    """A list as the content of a payload: canonical JSON, the row of names first."""
    return msgspec.json.encode(rows)


def read_list(content: bytes) -> list[list[str]] | None:
    """The list of a payload's content; None where it is none in its one form."""
    try:
        rows = _LIST.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return rows if is_list(rows) and list_bytes(rows) == content else None


def disclosure(
    salt: Salt, of: str, origin: str, rows: List, opened: Iterable[int], columns: Iterable[int]
) -> bytes:
    """The disclosure of the cells of some rows (from 1) and columns (from 0) of a list."""
    chosen, shown = sorted({0, *opened}), set(columns)
    document = DisclosureFile(
        of=of,
        origin=origin,
        root=commit_list(salt, origin, rows).hex(),
        rows=len(rows) - 1,
        fields=len(rows[0]),
        opened=tuple(OpenRow(row, _cells(salt, row, rows[row], shown)) for row in chosen),
        proof=tuple(node.hex() for node in proof_of_rows(salt, rows, chosen)),
    )
    return msgspec.json.encode(document, order="sorted")


def _cells(
    salt: Salt, row: int, values: Sequence[str], shown: set[int]
) -> tuple[OpenCell | str, ...]:
    closed = cells_of(salt, row, values)
    return tuple(
        OpenCell(cell_salt(salt, row, c).secret.hex(), value) if c in shown else closed[c].hex()
        for c, value in enumerate(values)
    )


def read_disclosure(data: bytes) -> Disclosed:
    """What a disclosure opens, verified against the commitment that it names; whether a log holds
    that commitment is for the caller. Raises DisclosureError."""
    try:
        document = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DisclosureError(f"no disclosure: {str(error)[:200]}") from error
    numbers = [row.row for row in document.opened]
    if numbers != sorted(set(numbers)) or numbers[0] != 0:
        raise DisclosureError("rows not in order, or without the row of names")
    if any(len(row.cells) != document.fields for row in document.opened):
        raise DisclosureError("a row of another width")
    hashes = {row.row: commit_row(row.row, [*_commitments(row)]) for row in document.opened}
    proof = [bytes.fromhex(node) for node in document.proof]
    above = root_from_proof(document.rows + 1, hashes, proof)
    if above is None:
        raise DisclosureError("hashes are missing, or too many are given")
    if list_root(document.origin, document.rows + 1, document.fields, above).hex() != document.root:
        raise DisclosureError("the cells lead to another commitment")
    return _disclosed(document)


def _commitments(row: OpenRow) -> Iterable[bytes]:
    for column, cell in enumerate(row.cells):
        if isinstance(cell, OpenCell):
            yield commit_cell(_salt(cell.salt), row.row, column, cell.value)
        else:
            yield bytes.fromhex(cell)


def _salt(text: str) -> Salt:
    try:
        return Salt(bytes.fromhex(text))
    except ValueError as error:
        raise DisclosureError("a salt that is none") from error


def _disclosed(document: DisclosureFile) -> Disclosed:
    names, *rows = (
        {c: cell.value for c, cell in enumerate(row.cells) if isinstance(cell, OpenCell)}
        for row in document.opened
    )
    cells = {row.row: cells for row, cells in zip(document.opened[1:], rows, strict=True)}
    if any(set(opened) - set(names) for opened in cells.values()):
        raise DisclosureError("a cell whose field is not named")
    return Disclosed(document.of, document.root, document.rows, names, cells)
