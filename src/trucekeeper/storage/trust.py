"""Which root keys and key documents of each participant a node relies on: the second part of
roster.toml.

Roots are trusted as they were first seen; from then on only what they sign changes anything. All
accepted documents are kept, so that another node can follow from the first to the latest."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code, NodeError, Place, Problem
from trucekeeper.governance.key_document import document_file, read_document
from trucekeeper.governance.keyring import Keyrings, Offer, Whose, whose
from trucekeeper.logs.note import NoteError

ROSTER = "roster.toml"


class NodeKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public half that a participant's node gave: role as in key documents."""

    participant: str
    role: str
    key: str


class Trusted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One participant's root keys in one circle, and its accepted key documents as signed notes, in
    order."""

    participant: str
    circle: str
    roots: tuple[str, ...]
    documents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trust:
    """What a roster says beside the keys of logs. keys: what nodes gave, for where no document
    says more."""

    keys: tuple[NodeKey, ...] = ()
    participants: tuple[Trusted, ...] = ()

    def offers(self) -> list[Offer]:
        """The documents. Raises NodeError where one cannot be read."""
        try:
            return [
                Offer(read_document(text.encode()))
                for trusted in self.participants
                for text in trusted.documents
            ]
        except NoteError as error:
            raise NodeError(
                Problem(Code.BAD_KEY_DOCUMENT, Place(file=ROSTER), str(error), "key documents")
            ) from error

    def roots(self) -> dict[Whose, tuple[str, ...]]:
        """Participant and circle → the root keys as they were first seen."""
        return {(t.participant, t.circle): t.roots for t in self.participants}

    def read_by(self, agreement: Agreement, readers: Iterable[str]) -> Trust:
        """What these readers may have of it: documents of their own circles."""
        held = {c.id for c in agreement.circles.values() if set(readers) & set(c.members)}
        return Trust(self.keys, tuple(t for t in self.participants if t.circle in held))

    def keyrings(self, agreement: Agreement) -> Keyrings:
        """The keys in force by the documents here."""
        return Keyrings(agreement, self.offers(), self.roots())

    def given(self, participant: str, role: str) -> tuple[str, ...]:
        """What a participant's node gave as its key for a role."""
        return tuple(k.key for k in self.keys if (k.participant, k.role) == (participant, role))


@dataclass(frozen=True)
class Learnt:
    """What a node relies on after it saw more. first_seen: participants whose roots are trusted at
    first sight from now on. accepted: whose new document."""

    trust: Trust
    first_seen: tuple[str, ...]
    accepted: tuple[Whose, ...]
    problems: tuple[Problem, ...]


def learn(
    agreement: Agreement, trust: Trust, offers: Iterable[Offer], *, first: str | None = None
) -> Learnt:
    """Take up the documents that follow from the roots trusted; of a participant without any, the
    first document that its own logs hold. What was relied on is never given up. first: the
    participant whose first document may also come from a file: the node's own."""
    roots, offers = trust.roots(), list(offers)
    if first is not None:
        for offer in offers:
            if offer.document.participant == first:
                roots.setdefault(whose(offer.document), offer.document.roots)
    rings = Keyrings(agreement, [*trust.offers(), *offers], roots)
    held = {(t.participant, t.circle): t for t in trust.participants}
    first_seen, accepted, problems = [], [], []
    for key, chain in rings.chains.items():
        before = held.get(key)
        documents = tuple(document_file(document).decode() for document in chain.accepted)
        known = 0 if before is None else len(before.documents)
        if len(documents) > known:
            root_keys = chain.accepted[0].roots if before is None else before.roots
            held[key] = Trusted(*key, root_keys, documents)
            accepted.append(key)
            first_seen += [] if before is not None else [key[0]]
        for judged in chain.judged:
            fault = judged.fault
            if fault is not None and fault.code in (Code.OTHER_ROOTS, Code.TWO_KEY_DOCUMENTS):
                where = Place(file=ROSTER, key="/".join(key))
                problems.append(Problem(fault.code, where, fault.fact, "the roots first seen"))
    ordered = tuple(held[key] for key in sorted(held))
    return Learnt(Trust(trust.keys, ordered), tuple(first_seen), tuple(accepted), tuple(problems))


@lru_cache(16)
def read_trust(text: bytes) -> Trust:
    """The second part of a roster. Raises NodeError."""
    try:
        raw = tomllib.loads(text.decode("utf-8"))
        keys = msgspec.convert(raw.get("keys", []), tuple[NodeKey, ...])
        participants = msgspec.convert(raw.get("participants", []), tuple[Trusted, ...])
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        where = Place(file=ROSTER)
        raise NodeError(Problem(Code.NOT_TOML, where, str(error), "a roster")) from error
    return Trust(keys, participants)


def trust_text(trust: Trust) -> str:
    """The second part of a roster as TOML."""
    text = ""
    for key in sorted(trust.keys, key=lambda k: (k.participant, k.role, k.key)):
        text += f"\n[[keys]]\nparticipant = {_quoted(key.participant)}\n"
        text += f"role = {_quoted(key.role)}\nkey = {_quoted(key.key)}\n"
    for trusted in trust.participants:
        text += f"\n[[participants]]\nparticipant = {_quoted(trusted.participant)}\n"
        text += f"circle = {_quoted(trusted.circle)}\n"
        text += f"roots = {_list(trusted.roots)}\ndocuments = {_list(trusted.documents)}\n"
    return text


def joined_keys(own: Iterable[NodeKey], other: Iterable[NodeKey]) -> tuple[NodeKey, ...]:
    """Our rows, and the other's of participants and roles of which we have none."""
    held = list(own)
    known = {(key.participant, key.role) for key in held}
    return (*held, *(key for key in other if (key.participant, key.role) not in known))


def _quoted(text: str) -> str:
    """A text as TOML takes it: a JSON string, in which TOML has one more letter escaped."""
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(_quoted(text) for text in texts) + "]"
