"""Keys of logs: one Ed25519 key a log, in a file of mode 0600 that only its owner reads.

The file holds one line, `PRIVATE+KEY+<name>+<key id>+<base64>`, the form of the Go checksum
database's note package. It is not encrypted; SECURITY.md says so. Keys of an exercise or a
transcription come from a public seed and protect nothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucekeeper.errors import Code, NodeError, Problem
from trucekeeper.errors import Place as Where
from trucekeeper.logs.note import ED25519, VerifierKey

_PREFIX = "PRIVATE+KEY+"
_SEED_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """Signs for one name."""

    key: VerifierKey
    _private: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature of a message."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"Signer({self.key.name})"


def signer_from_seed(name: str, seed: bytes, type: int = ED25519) -> Signer:
    """The signer of a 32-byte seed."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return Signer(VerifierKey(name, type, private.public_key().public_bytes_raw()), private)


def public_seed(public: str, name: str) -> bytes:
    """The seed of a key that protects nothing: of an exercise or transcription, from a public
    text."""
    return hashlib.sha256(f"trucekeeper EXERCISE key\n{public}\n{name}\n".encode()).digest()


def make_key(path: Path, name: str, seed: bytes | None = None) -> Signer:
    """A new key in a file of mode 0600. seed: only for exercises and transcriptions."""
    seed = secrets.token_bytes(_SEED_BYTES) if seed is None else seed
    signer = signer_from_seed(name, seed)
    encoded = base64.b64encode(bytes([ED25519]) + seed).decode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(f"{_PREFIX}{name}+{signer.key.id.hex()}+{encoded}\n")
    return signer


def read_key(path: Path, *, may_be_public: bool) -> Signer:
    """The signer of a key file. Raises NodeError where the file is damaged, or others may read it.

    may_be_public: the key is of an exercise or transcription, whose seed is public.
    """
    where = Where(file=path.name)
    if not may_be_public and path.stat().st_mode & 0o077:
        found = f"mode {path.stat().st_mode & 0o777:04o}"
        raise NodeError(Problem(Code.KEY_EXPOSED, where, found, "mode 0600"))
    name, _, rest = path.read_text().strip().removeprefix(_PREFIX).partition("+")
    id_hex, _, encoded = rest.partition("+")
    try:
        data = base64.b64decode(encoded, validate=True)
        signer = signer_from_seed(name, data[1:])
    except (binascii.Error, ValueError) as error:
        raise NodeError(Problem(Code.DAMAGED, where, "no key", "a key file")) from error
    if signer.key.id.hex() != id_hex or data[0] != ED25519:
        raise NodeError(Problem(Code.DAMAGED, where, "another key id", "the key's own id"))
    return signer
