"""Nodes that know one another by keys from public seeds, and a line between them without a network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from trucekeeper.logs.note import COSIGNATURE, ED25519, MLDSA_COSIGNATURE, VerifierKey
from trucekeeper.replication.identity import Identity
from trucekeeper.replication.message import Request, Response
from trucekeeper.replication.peer import HttpPeer
from trucekeeper.replication.signing import tag

AGREEMENT = "spec"
TYPES = {
    "node": (ED25519,),
    "witness": (COSIGNATURE, MLDSA_COSIGNATURE),
    "mirror": (COSIGNATURE, MLDSA_COSIGNATURE),
}


@dataclass(frozen=True)
class Signer:
    """Signs for one name."""

    key: VerifierKey
    sign: Callable[[bytes], bytes]


def signers(participant: str, role: str) -> tuple[Signer, ...]:
    """The keys of a participant in a role."""
    name = f"{AGREEMENT}/{participant}/{role}"
    seed = hashlib.sha256(name.encode()).digest()
    found = []
    for type_ in TYPES[role]:
        private: Ed25519PrivateKey | MLDSA44PrivateKey = (
            MLDSA44PrivateKey.from_seed_bytes(seed)
            if type_ == MLDSA_COSIGNATURE
            else Ed25519PrivateKey.from_private_bytes(seed)
        )
        key = VerifierKey(name, type_, private.public_key().public_bytes_raw())
        found.append(Signer(key, private.sign))
    return tuple(found)


def known(participant: str, role: str) -> tuple[VerifierKey, ...]:
    """Everybody knows everybody's keys."""
    return tuple(signer.key for signer in signers(participant, role))


def identity(*participants: str) -> Identity:
    """Who the node of these participants is."""
    (first, *_) = participants
    return Identity(
        participants,
        signers(first, "node")[0],
        signers(first, "witness"),
        signers(first, "mirror"),
        known,
    )


NONCES = count(1)


def peer(
    reader: str | None,
    to: str,
    send: Callable[[Request], Response],
    *,
    clock: Callable[[], float],
    authority: str = "peer.example",
    prefix: str = "",
) -> HttpPeer:
    """A node as a reader sees it; None: a reader without a key."""
    node = None if reader is None else signers(reader, "node")[0]
    return HttpPeer(
        to,
        authority,
        prefix,
        send,
        clock,
        lambda: f"{next(NONCES):032x}",
        tag(AGREEMENT, to),
        node,
    )
