"""The statements of a cut as they stand in the logs, and the cut itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from trucekeeper.logs.equivocation import common_size
from trucekeeper.logs.note import VerifierKey
from trucekeeper.logs.tree import root
from trucekeeper.statements.encoding import Decoded, Envelope, Fault, decode
from trucekeeper.statements.kinds import Body
from trucekeeper.vocabulary.ids import LogName, RefText, ref_text
from trucekeeper.vocabulary.times import seconds


@dataclass(frozen=True, slots=True)
class Stated:
    """One entry of one log. leaf: its leaf hash in hexadecimal. at: when it was stated, in seconds.
    envelope, body and at are None where `fault` says why."""

    log: LogName
    index: int
    leaf: str
    envelope: Envelope | None
    body: Body | None
    fault: Fault | None
    ref: RefText
    at: int | None


def read_entries(
    log: LogName, entries: Iterable[tuple[bytes, bytes]], *, start: int = 0
) -> list[Stated]:
    """The statements of one log, from (leaf hash, entry) in order. start: index of the first."""
    found = []
    for index, (leaf, entry) in enumerate(entries, start):
        decoded: Decoded = decode(entry)
        envelope, ref = decoded.envelope, ref_text(log, index)
        at = None if envelope is None else seconds(envelope.stated_at)
        found.append(Stated(log, index, leaf.hex(), envelope, decoded.body, decoded.fault, ref, at))
    return found


class RosterRow(msgspec.Struct, frozen=True):
    """Who keeps a log, and the key that signs its heads, as a C2SP verifier key."""

    author: str
    log: LogName
    key: str


class BranchHead(msgspec.Struct, frozen=True, order=True):
    """How much of one of several histories of a log was taken. root: hexadecimal."""

    size: int
    root: str

    @property
    def id(self) -> str:
        """How a branch is named to people."""
        return self.root[:16]


class LogHead(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much of a log was taken. root: hexadecimal. branches: where several histories of it are
    held, the head of each, in order; size and root are then those of what they all share."""

    log: LogName
    size: int
    root: str
    branches: tuple[BranchHead, ...] = ()


class Cut(msgspec.Struct, frozen=True):
    """What a picture is derived from. Same cut, same figures, on every node and every engine."""

    agreement_digest: str
    roster_digest: str
    rules: int
    face: str
    heads: tuple[LogHead, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the cut's canonical JSON."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    def size(self, log: str) -> int:
        """How many entries of a log are inside."""
        return next((head.size for head in self.heads if head.log == log), 0)


def roster_digest(rows: Sequence[RosterRow]) -> str:
    """SHA-256 over the roster's rows, sorted, as canonical JSON."""
    ordered = sorted(rows, key=lambda row: row.log)
    return hashlib.sha256(msgspec.json.encode(ordered, order="sorted")).hexdigest()


Record = Mapping[LogName, Sequence[Stated]]


@dataclass(frozen=True, slots=True)
class Branch:
    """One of several histories of a log: its head, and its entries beyond what all of them
    share."""

    head: BranchHead
    entries: tuple[Stated, ...]


@dataclass(frozen=True, slots=True)
class Histories:
    """What derivation knows of logs beside their entries. keys: every key that signed heads of a
    log. branches: of the logs of which several histories are held; the record then has what they
    share."""

    keys: Mapping[LogName, Sequence[VerifierKey]] = field(default_factory=dict)
    branches: Mapping[LogName, Sequence[Branch]] = field(default_factory=dict)


#: Of no log is a second history held, and no key is known.
ONE_HISTORY = Histories()


def branches_of(
    log: LogName, held: Iterable[Sequence[tuple[bytes, bytes]]]
) -> tuple[list[Stated], tuple[Branch, ...]]:
    """What all histories of a log share, and the rest of each; from (leaf hash, entry) in order.
    Which is held first does not matter. One history, or several of which the longest holds all
    others: all of it, and no branch."""
    longest_first = sorted(held, key=len, reverse=True)
    leaves = [[leaf for leaf, _ in history] for history in longest_first]
    distinct: list[int] = []
    for i, own in enumerate(leaves):
        if not any(leaves[j][: len(own)] == own for j in distinct):
            distinct.append(i)
    shared = min((common_size(leaves[distinct[0]], leaves[i]) for i in distinct), default=0)
    if len(distinct) < 2:
        return read_entries(log, longest_first[0]), ()
    found = [
        Branch(
            BranchHead(len(leaves[i]), root(leaves[i]).hex()),
            tuple(read_entries(log, longest_first[i][shared:], start=shared)),
        )
        for i in distinct
    ]
    prefix = read_entries(log, longest_first[0][:shared])
    return prefix, tuple(sorted(found, key=lambda branch: branch.head))
