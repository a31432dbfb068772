"""Who a node is among the others: for whom it answers, the keys it signs requests and receipts
with, and the keys by which it knows the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from trucekeeper.logs.note import VerifierKey

#: The keys of a participant in a role (`node`, `witness`, `mirror`), those now in force.
KnownKeys = Callable[[str, str], tuple[VerifierKey, ...]]


class NodeSigner(Protocol):
    """Signs for one name."""

    @property
    def key(self) -> VerifierKey: ...

    def sign(self, message: bytes) -> bytes: ...


def nobody_known(_participant: str, _role: str) -> tuple[VerifierKey, ...]:
    """The keys that a node knows which knows none."""
    return ()


@dataclass(frozen=True)
class Identity:
    """participants: for whom this node answers; several in an exercise or archive. node: signs
    requests. witness: signs "I have seen this head". mirror: signs "I hold the data"."""

    participants: tuple[str, ...]
    node: NodeSigner | None = None
    witness: tuple[NodeSigner, ...] = ()
    mirror: tuple[NodeSigner, ...] = ()
    known: KnownKeys = nobody_known
