"""Signed notes (C2SP signed-note): a text, an empty line, signature lines; and verifier keys.

Only Ed25519 (type 0x01) is verified here; lines with other keys are kept and passed over, as the
specification says."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE = 0x04
MLDSA_COSIGNATURE = 0x06
SIGNATURES_MAX = 64
NOTE_BYTES_MAX = 1_000_000
KEY_ID_BYTES = 4
#: Signs bytes with the key of a name.
Sign = Callable[[bytes], bytes]


class NoteError(ValueError):
    """A note or verifier key that is malformed or does not verify. Caught where the file's name is
    known."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and its public key. `str()` gives the C2SP form `name+keyid+base64`."""

    name: str
    type: int
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(
            self.name.encode() + b"\n" + bytes([self.type]) + self.public
        ).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature: whose, by which key, and the bytes after the key id."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a line feed, and its signatures."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def __bytes__(self) -> bytes:
        return (self.text + "\n" + "".join(f"{line}\n" for line in self.signatures)).encode()


def parse_key(text: str) -> VerifierKey:
    """The verifier key of its C2SP form. Raises NoteError."""
    name, _, rest = text.strip("\n").partition("+")
    id_hex, _, encoded = rest.partition("+")
    data = _base64(encoded)
    if not _is_name(name) or not data:
        raise NoteError("a verifier key that is not `name+keyid+base64`")
    key = VerifierKey(name, data[0], data[1:])
    if key.id.hex() != id_hex or (key.type == ED25519 and len(key.public) != 32):
        raise NoteError("a verifier key whose id or length is wrong")
    return key


def parse_note(data: bytes) -> Note:
    """The note of its bytes. Raises NoteError. The text is everything up to the last empty line."""
    try:
        whole = data.decode("utf-8") if len(data) <= NOTE_BYTES_MAX else ""
    except UnicodeDecodeError as error:
        raise NoteError("a note that is not UTF-8") from error
    text, separator, lines = whole.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or any(ch < " " and ch != "\n" for ch in whole):
        raise NoteError("a note without text and signatures, or with control characters")
    signatures = [_signature_line(line) for line in lines[:-1].split("\n")]
    if not 1 <= len(signatures) <= SIGNATURES_MAX:
        raise NoteError("no signature, or too many")
    return Note(text + "\n", tuple(signatures))


def sign_note(text: str, key: VerifierKey, sign: Sign) -> Note:
    """The text as a note with one Ed25519 signature."""
    assert text.endswith("\n") and key.type == ED25519
    return Note(text, (SignatureLine(key.name, key.id, sign(text.encode())),))


def verify_note(note: Note, key: VerifierKey) -> None:
    """Check the signature of one known key. Raises NoteError where it is absent or wrong."""
    lines = [line for line in note.signatures if line.name == key.name and line.key_id == key.id]
    if not lines or key.type != ED25519:
        raise NoteError(f"no signature by {key.name}")
    for line in lines:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(
                line.signature, note.text.encode()
            )
        except (InvalidSignature, ValueError) as error:
            raise NoteError(f"a signature by {key.name} that does not verify") from error


def _signature_line(line: str) -> SignatureLine:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    data = _base64(encoded)
    if dash != "—" or not _is_name(name) or len(data) <= KEY_ID_BYTES:
        raise NoteError("a malformed signature line")
    return SignatureLine(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(ch.isspace() for ch in name)


def _base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("text that is not base64") from error
    if base64.b64encode(data).decode() != text:
        raise NoteError("base64 in other than its canonical form")
    return data
