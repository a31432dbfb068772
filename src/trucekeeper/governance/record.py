"""The statements of a cut as they stand in the logs, and the cut itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from trucekeeper.statements.encoding import Decoded, Envelope, Fault, decode
from trucekeeper.statements.kinds import Body
from trucekeeper.vocabulary.ids import LogName, RefText, ref_text


@dataclass(frozen=True, slots=True)
class Stated:
    """One entry of one log. leaf: its leaf hash in hexadecimal. envelope and body are None where
    `fault` says why."""

    log: LogName
    index: int
    leaf: str
    envelope: Envelope | None
    body: Body | None
    fault: Fault | None
    ref: RefText


def read_entries(
    log: LogName, entries: Iterable[tuple[bytes, bytes]], *, start: int = 0
) -> list[Stated]:
    """The statements of one log, from (leaf hash, entry) in order. start: index of the first."""
    found = []
    for index, (leaf, entry) in enumerate(entries, start):
        decoded: Decoded = decode(entry)
        ref = ref_text(log, index)
        found.append(
            Stated(log, index, leaf.hex(), decoded.envelope, decoded.body, decoded.fault, ref)
        )
    return found


class RosterRow(msgspec.Struct, frozen=True):
    """Who keeps a log, and the key that signs its heads, as a C2SP verifier key."""

    author: str
    log: LogName
    key: str


class LogHead(msgspec.Struct, frozen=True):
    """How much of a log was taken. root: hexadecimal."""

    log: LogName
    size: int
    root: str


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
