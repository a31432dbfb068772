"""Which key documents are accepted, and which keys are in force: by who signed, never by order of
arrival.

As in TUF, document n + 1 needs the threshold of n's roots and of its own. Document 1 needs its own;
it is taken as each log of its participant first states it, so that who steals a log key later
cannot put another in its place. Two documents of one number that differ are both kept, and neither
is in effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code
from trucekeeper.governance.key_document import (
    document_fault,
    document_text,
    officer_key_name,
    read_key_text,
    signed_by,
    with_lines,
)
from trucekeeper.governance.record import Record
from trucekeeper.logs.note import VerifierKey
from trucekeeper.statements.encoding import Fault
from trucekeeper.statements.kinds import Keys
from trucekeeper.statements.parts import KeyRow
from trucekeeper.vocabulary.ids import LogName, RefText
from trucekeeper.vocabulary.relations import TEXT, TEXTS, WHOLE, Column, Relation
from trucekeeper.vocabulary.words import KeyRole

KEYS = Relation(
    "keys",
    "Every key of every key document that was stated, and whether it is in force.",
    (
        Column("participant", TEXT, "whose key it is"),
        Column("circle", TEXT, "for whose logs, and for whom to read, the document is"),
        Column("number", WHOLE, "number of the key document"),
        Column("role", TEXT, "what the key is for; `root` signs key documents"),
        Column("key_id", TEXT, "C2SP key id, hexadecimal; null for an age recipient"),
        Column("key", TEXT, "the verifier key or age recipient"),
        Column("log", TEXT, "the log it is for; null for any"),
        Column("first_index", WHOLE, "from which entry of the log; null for from the first"),
        Column("end_index", WHOLE, "before which entry it ends; null for not"),
        Column("end_root", TEXT, "root of the log at that end, hexadecimal; null where not stated"),
        Column(
            "state",
            TEXT,
            "in-force, up to its end where it has one; replaced by a later document; refused, "
            "pending or conflicting like its document",
        ),
        Column("code", TEXT, "why its document is not accepted, by the catalogue of problems"),
        Column("reason", TEXT, "the fact behind that"),
        Column("basis", TEXTS, "the statements that hold the document"),
    ),
    ("participant", "circle", "number", "role", "key", "log", "first_index"),
)


#: A participant and a circle.
Whose = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """A document as it was stated: where, and by whose log. ref and log are None where it comes
    from a file."""

    document: Keys
    ref: RefText | None = None
    log: LogName | None = None
    index: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A document with all signature lines that were seen, and why it is not accepted."""

    document: Keys
    basis: tuple[RefText, ...]
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Chain:
    """All documents of one participant for one circle. accepted: those in effect, by number."""

    judged: tuple[Judged, ...]
    accepted: tuple[Keys, ...]

    @property
    def latest(self) -> Keys | None:
        return self.accepted[-1] if self.accepted else None


class Keyrings:
    """The keys of all participants that follow from the documents that were offered."""

    def __init__(
        self,
        agreement: Agreement,
        offers: Iterable[Offer],
        trusted: Mapping[Whose, tuple[str, ...]] | None = None,
    ) -> None:
        self.agreement = agreement
        by_whose: dict[Whose, list[Offer]] = {}
        for offer in offers:
            by_whose.setdefault(whose(offer.document), []).append(offer)
        roots = trusted or {}
        self.chains = {
            key: judge(agreement, own, roots.get(key)) for key, own in sorted(by_whose.items())
        }

    @classmethod
    def of(
        cls,
        record: Record,
        agreement: Agreement,
        trusted: Mapping[Whose, tuple[str, ...]] | None = None,
    ) -> Keyrings:
        """The keys that follow from a record. trusted: the roots of a first document, where a node
        knows them; a derivation does not."""
        return cls(agreement, offers_in(record), trusted)

    def document(self, participant: str, circle: str) -> Keys | None:
        """The latest document that is accepted."""
        chain = self.chains.get((participant, circle))
        return None if chain is None else chain.latest

    def key(self, participant: str, role: KeyRole) -> tuple[VerifierKey, ...]:
        """The keys in force for a role of a participant's node, in any circle that is read here."""
        texts = dict.fromkeys(row.key for row in self._rows(participant, role))
        return tuple(key for key in map(read_key_text, texts) if key is not None)

    def keys_ever(self, participant: str, role: KeyRole) -> tuple[VerifierKey, ...]:
        """The keys that any accepted document names for a role: what was signed under an earlier
        document stays signed."""
        texts = dict.fromkeys(
            row.key
            for (by, _), chain in self.chains.items()
            for document in chain.accepted
            for row in document.rows
            if by == participant and row.role == role
        )
        return tuple(key for key in map(read_key_text, texts) if key is not None)

    def recipients(self, participant: str) -> tuple[str, ...]:
        """The age recipients in force."""
        return tuple(dict.fromkeys(row.key for row in self._rows(participant, "recipient")))

    def log_keys(self, log: str, size: int) -> tuple[VerifierKey, ...] | None:
        """The keys that may sign the head of a log at a size, the latest first; None where no
        accepted document speaks of the log."""
        rows = self.log_rows(log)
        if not rows:
            return None
        rows.sort(key=lambda row: -(row.first_index or 0))
        keys = [read_key_text(row.key) for row in rows if covers(row, max(size, 1) - 1)]
        return tuple(key for key in keys if key is not None)

    def log_rows(self, log: str) -> list[KeyRow]:
        """The rows of the accepted document that speak of a log."""
        return [r for r in self._rows(self.agreement.owner(log), "log") if r.log == log]

    def officer_keys(self, log: str, officer: str, *indices: int) -> tuple[VerifierKey, ...]:
        """The keys with which an officer may sign in a log; each must cover all the entries."""
        owner = self.agreement.owner(log)
        name = officer_key_name(self.agreement.file.agreement.id, owner, officer)
        found = []
        for row in self._rows(owner, "officer"):
            key = read_key_text(row.key)
            if (
                key is not None
                and key.name == name
                and row.log in (None, log)
                and all(covers(row, index) for index in indices)
            ):
                found.append(key)
        return tuple(found)

    def rows(self) -> list[dict[str, Any]]:
        """The relation `keys`."""
        found = []
        for (participant, circle), chain in self.chains.items():
            for judged in chain.judged:
                document = judged.document
                roots = [("root", root, None) for root in document.roots]
                for role, key, row in [*roots, *((r.role, r.key, r) for r in document.rows)]:
                    read = read_key_text(key)
                    found.append(
                        {
                            "participant": participant,
                            "circle": circle,
                            "number": document.number,
                            "role": role,
                            "key_id": None if read is None else read.id.hex(),
                            "key": key,
                            "log": None if row is None else row.log,
                            "first_index": None if row is None else row.first_index,
                            "end_index": None if row is None else row.end_index,
                            "end_root": None if row is None else row.end_root,
                            "state": _state(chain, judged),
                            "code": None if judged.fault is None else judged.fault.code.id,
                            "reason": None if judged.fault is None else judged.fault.fact,
                            "basis": list(judged.basis),
                        }
                    )
        return found

    def _rows(self, participant: str, role: KeyRole) -> list[KeyRow]:
        return [
            row
            for (by, _), chain in self.chains.items()
            if by == participant and chain.latest is not None
            for row in chain.latest.rows
            if row.role == role
        ]


def whose(document: Keys) -> Whose:
    """Whose document it is, and for which circle."""
    return document.participant, document.circle


def offers_in(record: Record) -> Iterator[Offer]:
    """The key documents of a record. What became of the statement that carries one does not matter:
    its roots signed it, and nobody else can take it back."""
    for log, entries in record.items():
        for stated in entries:
            if isinstance(stated.body, Keys):
                yield Offer(stated.body, stated.ref, log, stated.index)


def covers(row: KeyRow, index: int) -> bool:
    """Whether a row is for an entry of its log."""
    end = row.end_index
    return (row.first_index or 0) <= index and (end is None or index < end)


def judge(agreement: Agreement, offers: Iterable[Offer], trusted: tuple[str, ...] | None) -> Chain:
    """Which documents of one participant for one circle are accepted. trusted: the roots of the
    first, where they are known beforehand."""
    held = list(offers)
    merged = _merged(held)
    first_roots = _first_roots(agreement, held) if trusted is None else [frozenset(trusted)]
    faults: dict[str, Fault] = {}
    accepted: list[Keys] = []
    number = 1
    while True:
        sound = []
        for text, (document, _) in merged.items():
            if document.number == number:
                fault = _fault(agreement, document, accepted[-1] if accepted else None, first_roots)
                if fault is None:
                    sound.append(text)
                else:
                    faults[text] = fault
        if len(sound) == 1:
            accepted.append(merged[sound[0]][0])
        for text in sound if len(sound) > 1 else ():
            faults[text] = Fault(Code.TWO_KEY_DOCUMENTS, f"number {number}")
        if not sound or not accepted:
            break
        number += 1
    for text, (document, _) in merged.items():
        if document.number > number:
            faults[text] = Fault(Code.NUMBER_GAP, f"number {number}")
    judged = [Judged(merged[text][0], merged[text][1], faults.get(text)) for text in sorted(merged)]
    judged.sort(key=lambda j: j.document.number)
    return Chain(tuple(judged), tuple(accepted))


def _merged(offers: Iterable[Offer]) -> dict[str, tuple[Keys, tuple[RefText, ...]]]:
    """Each document once, by its text: with all signature lines that were stated, and where."""
    by_text: dict[str, list[Offer]] = {}
    for offer in offers:
        by_text.setdefault(document_text(offer.document), []).append(offer)
    return {
        text: (
            with_lines(same[0].document, (line for o in same for line in o.document.signatures)),
            tuple(sorted({o.ref for o in same if o.ref is not None})),
        )
        for text, same in by_text.items()
    }


def _first_roots(agreement: Agreement, offers: Iterable[Offer]) -> list[frozenset[str]]:
    """The roots of the document 1 that each log of the participant states first."""
    first: dict[LogName, tuple[int, frozenset[str]]] = {}
    for offer in offers:
        document = offer.document
        if (
            offer.log is not None
            and document.number == 1
            and agreement.owner(offer.log) == document.participant
            and _fault(agreement, document, None, None) is None
        ):
            told = offer.index, frozenset(document.roots)
            first[offer.log] = min(first.get(offer.log, told), told, key=lambda pair: pair[0])
    return list({roots for _, roots in first.values()})


def _fault(
    agreement: Agreement,
    document: Keys,
    before: Keys | None,
    first_roots: list[frozenset[str]] | None,
) -> Fault | None:
    """Why a document is not accepted after the one before it. first_roots: None where any will
    do."""
    fault = document_fault(agreement, document)
    if fault is not None:
        return fault
    for signers in (document, before):
        if signers is not None:
            signed = signed_by(document, signers.roots)
            if signed < signers.threshold:
                of = f"of document {signers.number}"
                return Fault(Code.TOO_FEW_ROOTS, f"{signed} of {signers.threshold} {of}")
    if before is None and first_roots is not None:
        if len(first_roots) > 1:
            return Fault(Code.TWO_KEY_DOCUMENTS, "number 1")
        if frozenset(document.roots) not in first_roots:
            return Fault(Code.OTHER_ROOTS, "number 1")
    return None


def _state(chain: Chain, judged: Judged) -> str:
    if judged.fault is not None:
        words = {Code.NUMBER_GAP: "pending", Code.TWO_KEY_DOCUMENTS: "conflicting"}
        return words.get(judged.fault.code, "refused")
    if judged.document is not chain.latest:
        return "replaced"
    return "in-force"
