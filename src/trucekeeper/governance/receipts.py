"""Receipts of heads: who cosigned which head of which log, when by its own clock, and which
contexts carry that. A receipt is not agreement.

A context carries the receipts that it relies on, so that everybody who holds the cut has them. A
witness's key says that a head was held, a mirror's that all below it is. Receipts gate nothing:
what does not verify is named, and the context that carries it counts as before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.keyring import Keyrings
from trucekeeper.governance.record import Stated
from trucekeeper.logs.checkpoint import Checkpoint
from trucekeeper.logs.cosignature import cosigned_at
from trucekeeper.logs.note import NoteError, SignatureLine, VerifierKey, parse_line
from trucekeeper.statements.kinds import Context
from trucekeeper.statements.parts import CarriedHead
from trucekeeper.vocabulary.ids import LogName, RefText
from trucekeeper.vocabulary.relations import INSTANT, TEXT, TEXTS, WHOLE, Column, Relation
from trucekeeper.vocabulary.words import Capacity

RECEIPTS = Relation(
    "receipts",
    "Every receipt of a head that a context carries: who states to have held it. A receipt is not "
    "agreement.",
    (
        Column("log", TEXT, "the log whose head it is"),
        Column("size", WHOLE, "size of the head"),
        Column("by", TEXT, "whose receipt it is; null where no key in force made it"),
        Column(
            "capacity",
            TEXT,
            "held-a-head: by a witness's key; holds-the-data: by a mirror's key; null where no key "
            "in force made it",
        ),
        Column("at", INSTANT, "when, by its own clock; null where it does not verify"),
        Column("key_type", TEXT, "kind of signature; null where no key in force made it"),
        Column(
            "state",
            TEXT,
            "verified; unknown-key: no key in force made it; does-not-verify; other-head: the log "
            "of this cut has another root at that size; pending: the log of this cut is shorter",
        ),
        Column("root", TEXT, "root of the head, hexadecimal"),
        Column("line", TEXT, "the signature line as it stands"),
        Column("basis", TEXTS, "the contexts that carry it"),
    ),
    ("log", "size", "by", "capacity", "line"),
)

State = Literal["verified", "unknown-key", "does-not-verify", "other-head", "pending"]
ROLES: Mapping[Literal["witness", "mirror"], Capacity] = {
    "witness": "held-a-head",
    "mirror": "holds-the-data",
}


class Carrier(NamedTuple):
    """A context that carries a receipt: when it was stated by its author's clock, its leaf hash."""

    at: int
    leaf: str
    author: str
    ref: RefText


@dataclass(frozen=True, slots=True)
class HeadReceipt:
    """One signature line over one head. by, capacity, at: None where `state` says why. carried: by
    which contexts, in the order of their own times, ties by leaf hash."""

    log: LogName
    size: int
    root: str
    line: str
    state: State
    by: str | None
    capacity: Capacity | None
    at: int | None
    carried: tuple[Carrier, ...]

    def row(self) -> dict[str, object]:
        """The row of the relation `receipts`."""
        return {
            "log": self.log,
            "size": self.size,
            "by": self.by,
            "capacity": self.capacity,
            "at": self.at,
            "key_type": None if self.by is None else "Ed25519",
            "state": self.state,
            "root": self.root,
            "line": self.line,
            "basis": [carrier.ref for carrier in self.carried],
        }


def carried_heads(context: Context) -> Iterable[tuple[CarriedHead, str]]:
    """Each head that a context carries receipts of, with each line."""
    return ((head, line) for head in context.receipts for line in head.lines)


def head_receipts(
    agreement: Agreement,
    keyrings: Keyrings,
    contexts: Iterable[tuple[str, int, Stated, Context]],
    sizes: Mapping[LogName, int],
    roots: Mapping[tuple[LogName, int], str],
) -> tuple[HeadReceipt, ...]:
    """Every receipt that contexts (author, when, statement, body) carry, each once, sorted.

    sizes: of the logs of the cut. roots: of the heads inside it that are cited, hexadecimal."""
    carried: dict[tuple[LogName, int, str, str], set[Carrier]] = {}
    for author, at, stated, context in contexts:
        for head, line in carried_heads(context):
            key = (LogName(head.log), head.size, head.root, line)
            carrier = Carrier(at, stated.leaf, author, stated.ref)
            carried.setdefault(key, set()).add(carrier)
    judge = _Judge(agreement, keyrings, sizes, roots)
    return tuple(
        judge.receipt(*key, tuple(sorted(carriers))) for key, carriers in sorted(carried.items())
    )


class _Judge:
    """Verifies lines against the keys in force."""

    def __init__(
        self,
        agreement: Agreement,
        keyrings: Keyrings,
        sizes: Mapping[LogName, int],
        roots: Mapping[tuple[LogName, int], str],
    ) -> None:
        self.agreement = agreement
        self.sizes = sizes
        self.roots = roots
        self.keys: dict[tuple[str, bytes], tuple[str, Capacity, VerifierKey]] = {
            (key.name, key.id): (participant, capacity, key)
            for participant in agreement.participants
            for role, capacity in ROLES.items()
            for key in keyrings.keys_ever(participant, role)
        }

    def receipt(
        self,
        log: LogName,
        size: int,
        root: str,
        line: str,
        carried: tuple[Carrier, ...],
    ) -> HeadReceipt:
        """What one line over one head is worth."""
        signature = _parsed(line)
        known = None if signature is None else self.keys.get((signature.name, signature.key_id))
        if signature is None or known is None:
            state: State = "does-not-verify" if signature is None else "unknown-key"
            return HeadReceipt(log, size, root, line, state, None, None, None, carried)
        by, capacity, key = known
        head = Checkpoint(self.agreement.origin(log), size, bytes.fromhex(root))
        try:
            at = cosigned_at(signature, key, head)
        except NoteError:
            return HeadReceipt(
                log, size, root, line, "does-not-verify", by, capacity, None, carried
            )
        return HeadReceipt(
            log, size, root, line, self._state(log, size, root), by, capacity, at, carried
        )

    def _state(self, log: LogName, size: int, root: str) -> State:
        if size > self.sizes.get(log, 0):
            return "pending"
        return "verified" if self.roots.get((log, size)) == root else "other-head"


def _parsed(line: str) -> SignatureLine | None:
    try:
        return parse_line(line)
    except NoteError:
        return None
