"""Sealed payloads as everybody in the circle sees them: whose, for whom, how large, and whether
they are withheld. Nobody's contents are read here or anywhere in the derivation.

And which files of `payloads/` a reader may hold: those that a log which it may read cites, until
their author erases them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.governance.entitlement import Admission
from trucekeeper.governance.record import ONE_HISTORY, Record, Stated
from trucekeeper.statements.kinds import Disclosure, Erasure, Sealed
from trucekeeper.statements.parts import SealedFile
from trucekeeper.vocabulary.ids import LogName, RefText, author_of
from trucekeeper.vocabulary.relations import BASIS, INSTANT, TEXT, TEXTS, WHOLE, Column, Relation

PAYLOADS = Relation(
    "payloads",
    "Sealed payloads and disclosures from sealed lists: who sealed what for whom, and whether it "
    "is withheld. Their contents are in no table.",
    (
        Column("ref", TEXT, "the statement"),
        Column("participant", TEXT, "who sealed it"),
        Column("circle", TEXT, "who can see that there is one"),
        Column("stated_at", INSTANT, "when it was stated"),
        Column(
            "of",
            TEXT,
            "the sealed list that a disclosure opens cells of; null for the payload itself",
        ),
        Column(
            "what",
            TEXT,
            "persons, account, complaint, medical-record, recording, location, papers or other",
        ),
        Column("form", TEXT, "list, text, document, image, audio, video or data"),
        Column("about", TEXT, "the statement that it belongs to; null where none is named"),
        Column("recipients", TEXTS, "participants that can open it, beside its author"),
        Column("rows", WHOLE, "how many rows a list has, or a disclosure opens; null for no list"),
        Column("fields", WHOLE, "how many fields each has, or are opened; null for no list"),
        Column("rows_disclosed", WHOLE, "rows of a list of which some cell was opened to somebody"),
        Column("state", TEXT, "sealed, disclosed-in-part or withheld"),
        Column("commitment", TEXT, "salted commitment to the contents"),
        Column("root", TEXT, "salted commitment to a list, cell by cell; null for no list"),
        Column("ciphertext", TEXT, "SHA-256 of the file, its name in payloads/"),
        Column("bytes_padded", WHOLE, "size of the file, padded"),
        BASIS,
    ),
    ("ref",),
)


def payload_rows(governed: Governed) -> list[dict[str, Any]]:
    """The rows of `payloads`."""
    sealed = {s.ref: (s, body) for s, body in governed.of_kind(Sealed)}
    disclosures = [(s, body) for s, body in governed.of_kind(Disclosure) if body.of in sealed]
    erased: dict[str, RefText] = {}
    for s, erasure in governed.of_kind(Erasure):
        erased[erasure.of] = min(s.ref, erased.get(erasure.of, s.ref))
    opened: dict[str, list[tuple[Statement, Disclosure]]] = {}
    for s, body in disclosures:
        opened.setdefault(body.of, []).append((s, body))
    rows = [_row_of_sealed(s, body, opened.get(s.ref, []), erased) for s, body in sealed.values()]
    return rows + [
        _row_of_disclosure(s, body, sealed[RefText(body.of)][1], erased) for s, body in disclosures
    ]


def _row_of_sealed(
    s: Statement,
    body: Sealed,
    opened: list[tuple[Statement, Disclosure]],
    erased: Mapping[str, RefText],
) -> dict[str, Any]:
    gone = erased.get(s.ref)
    refs = [*(d.ref for d, _ in opened), *([gone] if gone else [])]
    return {
        **_common(s, body.file, None, body, refs),
        "rows": None if body.list is None else body.list.rows,
        "fields": None if body.list is None else body.list.fields,
        "rows_disclosed": None
        if body.list is None
        else len({r for _, d in opened for r in d.rows}),
        "state": "withheld" if gone else "disclosed-in-part" if opened else "sealed",
        "root": None if body.list is None else body.list.root,
    }


def _row_of_disclosure(
    s: Statement, body: Disclosure, of: Sealed, erased: Mapping[str, RefText]
) -> dict[str, Any]:
    gone = erased.get(s.ref) or erased.get(body.of)
    return {
        **_common(s, body.file, body.of, of, [RefText(body.of), *([gone] if gone else [])]),
        "rows": len(body.rows),
        "fields": len(body.columns),
        "rows_disclosed": None,
        "state": "withheld" if gone else "sealed",
        "root": None,
    }


def _common(
    s: Statement, file: SealedFile, of: str | None, body: Sealed, refs: list[RefText]
) -> dict[str, Any]:
    return {
        "ref": s.ref,
        "participant": s.author,
        "circle": s.circle,
        "stated_at": s.at,
        "of": of,
        "what": body.what,
        "form": body.form,
        "about": body.about,
        "recipients": list(file.recipients),
        "commitment": file.commitment,
        "ciphertext": file.ciphertext,
        "bytes_padded": file.bytes_padded,
        "basis": [*s.basis, *sorted(refs)],
    }


@dataclass(frozen=True, slots=True)
class Files:
    """Files of payloads/ by name, which is their SHA-256 in hexadecimal. wanted: with their sizes.
    withheld: to be deleted."""

    wanted: Mapping[str, int]
    withheld: frozenset[str]


def payload_files(agreement: Agreement, record: Record) -> Files:
    """Which files the logs of a record cite, and which of them were erased.

    A file that another statement still cites stays: else a participant could have another's
    evidence deleted by citing it and erasing that."""
    citing = list(_citing(record))
    erased = _erased(agreement, record)
    wanted: dict[str, int] = {}
    for stated, file in citing:
        of = stated.body.of if isinstance(stated.body, Disclosure) else stated.ref
        if not {stated.ref, of} & erased:
            wanted[file.ciphertext] = max(file.bytes_padded, wanted.get(file.ciphertext, 0))
    return Files(wanted, frozenset(f.ciphertext for _, f in citing if f.ciphertext not in wanted))


def citing_logs(record: Record) -> dict[str, tuple[LogName, ...]]:
    """The logs that cite each file: who may read one of them may fetch it."""
    found: dict[str, set[LogName]] = {}
    for stated, file in _citing(record):
        found.setdefault(file.ciphertext, set()).add(stated.log)
    return {digest: tuple(sorted(logs)) for digest, logs in found.items()}


def _citing(record: Record) -> Iterator[tuple[Stated, SealedFile]]:
    """Every statement that names a file. Admissible or not: what awaits a second officer must be at
    hand for that officer."""
    for entries in record.values():
        for stated in entries:
            if isinstance(stated.body, Sealed | Disclosure):
                yield stated, stated.body.file


def _erased(agreement: Agreement, record: Record) -> frozenset[str]:
    """The statements whose payload their own author erased."""
    admission = Admission(agreement, record, ONE_HISTORY)
    return frozenset(
        stated.body.of
        for entries in record.values()
        for stated in entries
        if isinstance(stated.body, Erasure) and admission.judge(stated) is None
    )


def is_withheld(agreement: Agreement, record: Record, stated: Stated) -> bool:
    """Whether the payload of a statement, or the list that a disclosure opens, was erased."""
    erased = _erased(
        agreement,
        {log: held for log, held in record.items() if author_of(log) == author_of(stated.log)},
    )
    of = stated.body.of if isinstance(stated.body, Disclosure) else stated.ref
    return stated.ref in erased or of in erased
