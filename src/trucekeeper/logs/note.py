"""Signed notes (C2SP signed-note): a text, an empty line, signature lines; and verifier keys.

Keys of types 0x01, 0x04 and 0x06 are verified. Lines by other keys are kept and passed over, as the
specification says; a line by a known key that does not verify rejects the note."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from trucekeeper.logs.message import (
    COSIGNATURE,
    ED25519,
    MLDSA_COSIGNATURE,
    key_is_sound,
    verify,
)
from trucekeeper.logs.text import NoteError, base64_bytes, base64_text

__all__ = [
    "COSIGNATURE", "ED25519", "MLDSA_COSIGNATURE", "Note", "NoteError", "Sign", "SignatureLine",
    "VerifierKey", "parse_key", "parse_line", "parse_note", "sign_note", "verify_line",
    "verify_note",
]  # fmt: skip

SIGNATURES_MAX = 64
NOTE_BYTES_MAX = 1_000_000
KEY_CHARACTERS_MAX = 4_096
KEY_ID_BYTES = 4
#: Signs bytes with the key of a name.
Sign = Callable[[bytes], bytes]
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
#: Not empty, without spaces, `+` and what is no UTF-8.
_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
#: How many keys are remembered as parsed: the same few stand under every head.
_REMEMBERED = 1_024


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and its public key. `str()` gives the C2SP form `name+keyid+base64`."""

    name: str
    type: int
    public: bytes

    @property
    def id(self) -> bytes:
        return _key_id(self.name, self.type, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64_text(bytes([self.type]) + self.public)}"


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature: whose, by which key, and the bytes after the key id."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64_text(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a line feed, and its signatures."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def __bytes__(self) -> bytes:
        return (self.text + "\n" + "".join(f"{line}\n" for line in self.signatures)).encode()

    def by(self, key: VerifierKey) -> tuple[SignatureLine, ...]:
        """The lines that name this key; not verified."""
        key_id = key.id
        return tuple(
            line for line in self.signatures if line.name == key.name and line.key_id == key_id
        )


@lru_cache(_REMEMBERED)
def parse_key(text: str) -> VerifierKey:
    """The verifier key of its C2SP form, with or without a line feed at the end. Raises
    NoteError."""
    name, _, rest = text.removesuffix("\n").partition("+")
    id_hex, _, encoded = rest.partition("+")
    if len(text) > KEY_CHARACTERS_MAX or not _NAME.fullmatch(name):
        raise NoteError("a verifier key that is not `name+keyid+base64`")
    data = base64_bytes(encoded)
    if not data:
        raise NoteError("a verifier key without a key")
    key = VerifierKey(name, data[0], data[1:])
    if key.id.hex() != id_hex:
        raise NoteError("a verifier key whose id is another's")
    if not key_is_sound(key.type, key.public):
        raise NoteError("a verifier key of an unknown type, of another length, or unsound")
    return key


def parse_note(data: bytes) -> Note:
    """The note of its bytes. Raises NoteError. The text is everything up to the last empty line."""
    try:
        whole = data.decode("utf-8") if len(data) <= NOTE_BYTES_MAX else ""
    except UnicodeDecodeError as error:
        raise NoteError("a note that is not UTF-8") from error
    text, separator, lines = whole.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or _CONTROL.search(whole):
        raise NoteError("a note without text and signatures, or with control characters")
    if not 1 <= lines.count("\n") <= SIGNATURES_MAX:
        raise NoteError("too many signatures")
    return Note(text + "\n", tuple(parse_line(line) for line in lines[:-1].split("\n")))


def sign_note(text: str, key: VerifierKey, sign: Sign) -> Note:
    """The text as a note with one Ed25519 signature."""
    assert text.endswith("\n") and key.type == ED25519
    return Note(text, (SignatureLine(key.name, key.id, sign(text.encode())),))


def verify_line(line: SignatureLine, key: VerifierKey, text: str) -> int:
    """The time of a line over a note's text in POSIX seconds (0 for type 0x01, which has none).
    Raises NoteError where it is not by this key or does not verify."""
    if line.name != key.name or line.key_id != key.id:
        raise NoteError(f"a signature that is not by {key.name}")
    return verify(key.type, key.public, key.name, line.signature, text)


def verify_note(note: Note, key: VerifierKey) -> None:
    """Check the signature of one known key. Raises NoteError where it is absent or wrong."""
    lines = note.by(key)
    if not lines:
        raise NoteError(f"no signature by {key.name}")
    for line in lines:
        verify_line(line, key, note.text)


def parse_line(text: str) -> SignatureLine:
    """The signature of its line, without the line feed. Raises NoteError."""
    dash, _, rest = text.partition(" ")
    name, _, encoded = rest.partition(" ")
    data = base64_bytes(encoded)
    if dash != "—" or not _NAME.fullmatch(name) or len(data) <= KEY_ID_BYTES:
        raise NoteError("a malformed signature line")
    return SignatureLine(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


@lru_cache(_REMEMBERED)
def _key_id(name: str, type: int, public: bytes) -> bytes:
    data = name.encode() + b"\n" + bytes([type]) + public
    return hashlib.sha256(data).digest()[:KEY_ID_BYTES]
