"""Encryption at rest in the age format: to a node's own identity, and the identity to a passphrase.

Files are plain age files, so that any age tool opens them: the identity with the passphrase, a key
with the identity."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pyrage

from trucekeeper.errors import Code, NodeError, Place, Problem

T = TypeVar("T")
VARIABLE = "TRUCEKEEPER_PASSPHRASE_FILE"
MAGIC = b"age-encryption.org/v1\n"

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


class Secret:
    """Bytes that must not be seen: no repr, no text, no pickle shows them. `reveal` gives them."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    def reveal(self) -> bytes:
        """The bytes themselves, for the library that uses them."""
        return self._data

    def __repr__(self) -> str:
        return "Secret()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


#: Gives a passphrase when it is needed, and not before. Raises NodeError where there is none.
Passphrase = Callable[[], Secret]


def new_identity(seed: bytes | None = None) -> Secret:
    """A new X25519 identity as age writes it. seed: its 32 bytes, only for exercises."""
    if seed is None:
        return Secret(str(pyrage.x25519.Identity.generate()).encode())
    return Secret(_bech32("age-secret-key-", seed).upper().encode())


def recipient_of(identity: Secret) -> str:
    """The public half, `age1…`."""
    return str(pyrage_identity(identity).to_public())


def is_identity_of(secret: Secret, recipient: str | None) -> bool:
    """Whether a secret is the identity whose public half a recipient is."""
    try:
        return recipient_of(secret) == recipient
    except (pyrage.IdentityError, UnicodeDecodeError):
        return False


def encrypt(data: bytes, recipients: Sequence[str]) -> bytes:
    """An age file to X25519 recipients."""
    made: bytes = pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(r) for r in recipients])
    return made


def decrypt(data: bytes, identity: Secret, where: Place) -> bytes:
    """What an age file to this identity holds. Raises NodeError."""
    opened = pyrage_identity(identity)
    held: bytes = _decrypted(lambda: pyrage.decrypt(data, [opened]), where, "another key")
    return held


def encrypt_with_passphrase(data: bytes, passphrase: Secret) -> bytes:
    """An age file under a passphrase (scrypt)."""
    made: bytes = pyrage.passphrase.encrypt(data, passphrase.reveal().decode())
    return made


def decrypt_with_passphrase(data: bytes, passphrase: Secret, where: Place) -> bytes:
    """What an age file under this passphrase holds. Raises NodeError."""
    text = passphrase.reveal().decode()
    held: bytes = _decrypted(
        lambda: pyrage.passphrase.decrypt(data, text), where, "another passphrase"
    )
    return held


def passphrase_from_file(path: Path) -> Secret:
    """The passphrase that a file of mode 0600 holds. Raises NodeError."""
    where = Place(file=str(path))
    try:
        mode, text = path.stat().st_mode & 0o777, path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise NodeError(
            Problem(Code.NO_PASSPHRASE, where, "no such file", "a file with the passphrase")
        ) from error
    if mode & 0o077:
        raise NodeError(Problem(Code.KEY_EXPOSED, where, f"mode {mode:04o}", "mode 0600"))
    if not text.strip():
        raise NodeError(Problem(Code.NO_PASSPHRASE, where, "an empty file", "a passphrase"))
    return Secret(text.rstrip("\r\n").encode())


def passphrase_of_environment() -> Passphrase | None:
    """The passphrase of the file that TRUCEKEEPER_PASSPHRASE_FILE names; None where it names
    none."""
    name = os.environ.get(VARIABLE)
    return None if name is None else lambda: passphrase_from_file(Path(name))


def pyrage_identity(secret: Secret) -> Any:
    """The identity as the age library takes it. Raises NodeError where it is damaged."""
    where = Place(file="keys/identity.key")
    return _decrypted(
        lambda: pyrage.x25519.Identity.from_str(secret.reveal().decode()), where, "no identity"
    )


def _decrypted(open_: Callable[[], T], where: Place, found: str) -> T:
    try:
        return open_()
    except (pyrage.DecryptError, pyrage.IdentityError, ValueError):
        problem = Problem(Code.NOT_OPENED, where, f"{found}, or damage", "the one it was made with")
    raise NodeError(problem)


def _bech32(prefix: str, data: bytes) -> str:
    """BIP 173's encoding, as age uses it: without its limit on length."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = _polymod([*expanded, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [(check >> 5 * (5 - i)) & 31 for i in range(6)]
    return prefix + "1" + "".join(_BECH32[value] for value in values)


def _polymod(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATOR):
            check ^= generator if top >> i & 1 else 0
    return check
