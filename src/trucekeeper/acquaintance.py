"""Who a node is to the others, and the others to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from trucekeeper.governance.key_document import read_key_text
from trucekeeper.logs.note import VerifierKey
from trucekeeper.replication.identity import Identity, NodeSigner
from trucekeeper.replication.message import Send
from trucekeeper.replication.peer import HttpPeer, PeerAddress, split_url
from trucekeeper.replication.signing import tag
from trucekeeper.vocabulary.words import KeyRole
from trucekeeper.workspace import Node

#: The keys of key documents that stand for a role here.
_KEY_ROLES: Mapping[str, tuple[KeyRole, ...]] = {
    "node": ("node",),
    "witness": ("witness", "witness-mldsa"),
    "mirror": ("mirror", "mirror-mldsa"),
}


def identity_of(node: Node) -> Identity:
    """Who a node is to the others: by the keys in its folder, and the others by their accepted key
    documents, or where a participant has none by the keys that its node gave."""
    own = node.folder.keyring.roles

    def known(participant: str, role: str) -> tuple[VerifierKey, ...]:
        folder = node.folder
        found: list[VerifierKey] = []
        for kind in _KEY_ROLES[role]:
            if folder.keyrings.keys_ever(participant, kind):
                found += folder.keyrings.key(participant, kind)
            else:
                read = (read_key_text(text) for text in folder.trust.given(participant, kind))
                found += [key for key in read if key is not None]
        return tuple(found)

    def signers(role: str) -> tuple[NodeSigner, ...]:
        return tuple(own[kind] for kind in _KEY_ROLES[role] if kind in own)

    return Identity(
        node.participants, own.get("node"), signers("witness"), signers("mirror"), known
    )


def http_peer(
    node: Node,
    identity: Identity,
    address: PeerAddress,
    send: Send,
    close: Callable[[], None] = lambda: None,
    nonce: Callable[[], str] = lambda: secrets.token_hex(16),
) -> HttpPeer:
    """A peer at an address, as this node asks it. send: carries requests there; close: ends the
    connection; nonce: 32 new hexadecimal digits."""
    _, authority, prefix = split_url(address.url)
    to = tag(node.agreement.file.agreement.id, address.participant)
    return HttpPeer(
        address.participant,
        authority,
        prefix,
        send,
        node.clock,
        nonce,
        to,
        identity.node,
        close,
    )
