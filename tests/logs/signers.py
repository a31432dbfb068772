"""Keys of every type from seeds, and logs of any size, for the tests of formats."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from trucekeeper.logs.checkpoint import Checkpoint
from trucekeeper.logs.levels import Levels
from trucekeeper.logs.note import (
    COSIGNATURE,
    ED25519,
    MLDSA_COSIGNATURE,
    Note,
    Sign,
    VerifierKey,
    sign_note,
)
from trucekeeper.logs.tiles import TILE_WIDTH, pack_bundle, tile_path, widths
from trucekeeper.logs.tree import leaf_hash, root


@dataclass(frozen=True, slots=True)
class Keyed:
    """A key with what signs."""

    key: VerifierKey
    sign: Sign


def seed_of(name: str, type: int = ED25519) -> bytes:
    """The seed of the key of a name and type; always the same one."""
    return hashlib.sha256(f"{type} {name}".encode()).digest()


def keyed(name: str, type: int = ED25519) -> Keyed:
    """The key of a name and type; always the same one."""
    seed = seed_of(name, type)
    if type == MLDSA_COSIGNATURE:
        pq = MLDSA44PrivateKey.from_seed_bytes(seed)
        return Keyed(VerifierKey(name, type, pq.public_key().public_bytes_raw()), pq.sign)
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return Keyed(VerifierKey(name, type, private.public_key().public_bytes_raw()), private.sign)


LOG = keyed("truce/a.public")
WITNESS = keyed("truce/b/witness", COSIGNATURE)
WITNESS_PQ = keyed("truce/b/witness", MLDSA_COSIGNATURE)
MIRROR = keyed("truce/b/mirror", COSIGNATURE)


def entries_of(size: int, branch: str = "") -> list[bytes]:
    """The entries of a log; those of another branch differ from the first on."""
    return [f"entry {branch}{i}".encode() for i in range(size)]


def leaves_of(size: int, branch: str = "") -> list[bytes]:
    """The leaf hashes of `entries_of`."""
    return [leaf_hash(entry) for entry in entries_of(size, branch)]


def head_of(leaves: Sequence[bytes], log: Keyed = LOG) -> Checkpoint:
    """The head over leaf hashes."""
    return Checkpoint(log.key.name, len(leaves), root(leaves))


def note_of(leaves: Sequence[bytes], log: Keyed = LOG) -> Note:
    """The signed head over leaf hashes."""
    return sign_note(head_of(leaves, log).text(), log.key, log.sign)


def files_of(entries: Sequence[bytes], log: Keyed = LOG) -> dict[str, bytes]:
    """All files of a log by path: checkpoint, tiles and entry bundles."""
    leaves = [leaf_hash(entry) for entry in entries]
    bundles = {
        tile_path(None, number, width): pack_bundle(
            entries[number * TILE_WIDTH : number * TILE_WIDTH + width]
        )
        for number, width in widths(len(entries))
    }
    return {
        "checkpoint": bytes(note_of(leaves, log)),
        **dict(Levels().grown(leaves).tiles()),
        **bundles,
    }
