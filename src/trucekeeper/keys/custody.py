"""Private keys in files of mode 0600 that only their owner reads.

A key file holds one line, `PRIVATE+KEY+<name>+<key id>+<base64>`, the form of the Go checksum
database's note package, with the key's type and its 32-byte seed. As a rule that line is inside an
age file; beside it `<file>.vkey` has the public half, so that nothing is decrypted before something
is signed. Keys of an exercise or a transcription come from a public seed and protect nothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from trucekeeper.errors import Code, NodeError, Problem
from trucekeeper.errors import Place as Where
from trucekeeper.keys.age import MAGIC
from trucekeeper.logs.note import ED25519, MLDSA_COSIGNATURE, NoteError, VerifierKey, parse_key

_PREFIX = "PRIVATE+KEY+"
SEED_BYTES = 32
PUBLIC_HALF = ".vkey"
#: Opens or closes the bytes of a key file: (bytes, where it is) → bytes.
Opener = Callable[[bytes, Where], bytes]


class _Private(Protocol):
    def sign(self, data: bytes, /) -> bytes: ...


class Signer:
    """Signs for one name. Its private half is read when it first signs; nothing shows it."""

    __slots__ = ("_open", "_private", "key")

    def __init__(self, key: VerifierKey, open_: Callable[[], _Private]) -> None:
        self.key = key
        self._open = open_
        self._private: _Private | None = None

    def sign(self, message: bytes) -> bytes:
        """The signature of a message: Ed25519, or ML-DSA-44 where the key is of that type. Raises
        NodeError where the key cannot be opened."""
        if self._private is None:
            self._private = self._open()
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"Signer({self.key.name})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not written anywhere")


def signer_from_seed(name: str, seed: bytes, type: int = ED25519) -> Signer:
    """The signer of a 32-byte seed."""
    private, public = _halves(seed, type)
    return Signer(VerifierKey(name, type, public), lambda: private)


def public_seed(public: str, name: str) -> bytes:
    """The seed of a key that protects nothing: of an exercise or transcription, from a public
    text."""
    return hashlib.sha256(f"trucekeeper EXERCISE key\n{public}\n{name}\n".encode()).digest()


def make_key(
    path: Path,
    name: str,
    seed: bytes | None = None,
    *,
    type: int = ED25519,
    close: Opener | None = None,
) -> Signer:
    """A new key in a file of mode 0600. seed: only for exercises and transcriptions. close:
    encrypts the file; without it, it is in the clear."""
    seed = secrets.token_bytes(SEED_BYTES) if seed is None else seed
    signer = signer_from_seed(name, seed, type)
    line = f"{_PREFIX}{name}+{signer.key.id.hex()}+{_encoded(bytes([type]) + seed)}\n".encode()
    if close is not None:
        write_private(path.with_name(path.name + PUBLIC_HALF), f"{signer.key}\n".encode())
        line = close(line, Where(file=path.name))
    write_private(path, line)
    return signer


def read_key(path: Path, *, may_be_public: bool, open_: Opener | None = None) -> Signer:
    """The signer of a key file. Raises NodeError where the file is damaged, or others may read it.

    may_be_public: the key is of an exercise or transcription, whose seed is public. open_: decrypts
    the file, when it first signs.
    """
    where, data = Where(file=path.name), read_private(path, may_be_public=may_be_public)
    if not data.startswith(MAGIC):
        return _signer_of_line(data, where)
    try:
        key = parse_key(path.with_name(path.name + PUBLIC_HALF).read_text())
    except (OSError, UnicodeDecodeError, NoteError):
        problem = Problem(Code.NO_SUCH_KEY, where, "no public half", f"{path.name}{PUBLIC_HALF}")
        raise NodeError(problem) from None

    def private() -> _Private:
        assert open_ is not None
        signer = _signer_of_line(open_(data, where), where)
        if signer.key != key:
            raise NodeError(Problem(Code.DAMAGED, where, str(signer.key), str(key)))
        return signer._open()  # noqa: SLF001  # its own class

    return Signer(key, private)


def close_key(path: Path, close: Opener) -> bool:
    """Encrypt a key file that is in the clear; whether it was. Its public half is written first."""
    data = path.read_bytes()
    if data.startswith(MAGIC):
        return False
    signer = _signer_of_line(data, Where(file=path.name))
    beside = path.with_name(path.name + PUBLIC_HALF)
    write_private(beside, f"{signer.key}\n".encode(), anew=True)
    write_private(path, close(data, Where(file=path.name)), anew=True)
    return True


def read_private(path: Path, *, may_be_public: bool) -> bytes:
    """The bytes of a private file. Raises NodeError where others may read it."""
    mode = path.stat().st_mode & 0o777
    if not may_be_public and mode & 0o077:
        where = Where(file=path.name)
        raise NodeError(Problem(Code.KEY_EXPOSED, where, f"mode {mode:04o}", "mode 0600"))
    return path.read_bytes()


def write_private(path: Path, data: bytes, *, anew: bool = False) -> None:
    """Write a file of mode 0600, durably. anew: it takes the place of the one that is there; else
    there must be none, and FileExistsError is raised."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path.with_name(f"{path.name}.new") if anew else path
    target.unlink(missing_ok=True) if anew else None
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if anew:
        target.replace(path)


def _signer_of_line(data: bytes, where: Where) -> Signer:
    text = data.decode("utf-8", "replace").strip().removeprefix(_PREFIX)
    name, _, rest = text.partition("+")
    id_hex, _, encoded = rest.partition("+")
    signer = None
    try:
        decoded = base64.b64decode(encoded, validate=True)
        signer = signer_from_seed(name, decoded[1:], decoded[0])
    except (binascii.Error, ValueError, IndexError):
        pass  # the error is raised below, where no context carries what was read
    if signer is None:
        raise NodeError(Problem(Code.DAMAGED, where, "no key", "a key file"))
    if signer.key.id.hex() != id_hex:
        raise NodeError(Problem(Code.DAMAGED, where, "another key id", "the key's own id"))
    return signer


def _halves(seed: bytes, type: int) -> tuple[_Private, bytes]:
    if type == MLDSA_COSIGNATURE:
        lattice = MLDSA44PrivateKey.from_seed_bytes(seed)
        return lattice, lattice.public_key().public_bytes_raw()
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return private, private.public_key().public_bytes_raw()


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
