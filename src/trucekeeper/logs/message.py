"""What each type of key signs, and whether a signature is one of it.

Types: 0x01 Ed25519 over the text of a note (C2SP signed-note); 0x04 Ed25519 and 0x06 ML-DSA-44 over
a checkpoint and the time at which it was cosigned (C2SP tlog-cosignature). Every type has its own
form of message, so that a signature of one never passes for another."""

from __future__ import annotations

import struct
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.text import NUMBER_MAX, NoteError

ED25519 = 0x01
COSIGNATURE = 0x04
MLDSA_COSIGNATURE = 0x06
#: The types whose signatures begin with a time: receipts.
COSIGNATURES = (COSIGNATURE, MLDSA_COSIGNATURE)
#: Length of the public key of each type.
PUBLIC_BYTES = {ED25519: 32, COSIGNATURE: 32, MLDSA_COSIGNATURE: 1312}
TIME_BYTES = 8
#: Names in the message of type 0x06 are preceded by their length in one byte.
NAME_BYTES_MAX = 255
#: How many signatures are remembered as verified or not, and of how long a message at most.
_REMEMBERED = 4_096
_REMEMBERED_BYTES_MAX = 1_024
_SUBTREE = b"subtree/v1\n\0"
_PRIME = 2**255 - 19
_OF_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
#: The second coordinates of the points of small order on the curve of Ed25519 (RFC 8032).
_SMALL_ORDER = {0, 1, _PRIME - 1, _OF_ORDER_8, _PRIME - _OF_ORDER_8}


def key_is_sound(type: int, public: bytes) -> bool:
    """Whether a public key is of a known type and of its length, and, for Ed25519, is written in
    the one canonical way and no point of small order, under which anybody can make signatures."""
    if PUBLIC_BYTES.get(type) != len(public):
        return False
    if type == MLDSA_COSIGNATURE:
        return True
    second = int.from_bytes(public, "little") & (2**255 - 1)
    return second < _PRIME and second not in _SMALL_ORDER


def message(type: int, name: str, at: int, text: str) -> bytes:
    """The bytes that the key of this name signs under a note's text. Raises NoteError where the
    type is unknown or the text is no checkpoint.

    at: POSIX seconds; of no effect for type 0x01. The message of 0x04 has the whole body; that of
    0x06 has the cosigner's name, the origin, and the range of the leaves from 0 to the size.
    """
    match type:
        case 0x01:
            return text.encode()
        case 0x04:
            parse_checkpoint(text)
            return f"cosignature/v1\ntime {at}\n{text}".encode()
        case 0x06:
            head = parse_checkpoint(text)
            return b"".join(
                (
                    _SUBTREE,
                    _named(name),
                    struct.pack(">Q", at),
                    _named(head.origin),
                    struct.pack(">QQ", 0, head.size),
                    head.root,
                )
            )
        case _:
            raise NoteError("a type of signature that is not known here")


def verify(type: int, public: bytes, name: str, signature: bytes, text: str) -> int:
    """The time of a signature over a note's text in POSIX seconds, 0 for type 0x01. Raises
    NoteError where it does not verify."""
    at = 0
    if type in COSIGNATURES:
        at = int.from_bytes(signature[:TIME_BYTES], "big")
        signature = signature[TIME_BYTES:]
        if at > NUMBER_MAX:
            raise NoteError("a time of 2^63 or more")
    signed = message(type, name, at, text)
    small = len(signed) <= _REMEMBERED_BYTES_MAX
    verifies = _verifies if small else _verifies.__wrapped__
    if not verifies(type, public, signature, signed):
        raise NoteError(f"a signature by {name} that does not verify")
    return at


@lru_cache(_REMEMBERED)
def _verifies(type: int, public: bytes, signature: bytes, signed: bytes) -> bool:
    """Whether a signature is one of these very bytes. The same heads come again from every peer."""
    key_type = MLDSA44PublicKey if type == MLDSA_COSIGNATURE else Ed25519PublicKey
    try:
        key_type.from_public_bytes(public).verify(signature, signed)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _named(name: str) -> bytes:
    data = name.encode()
    if not 1 <= len(data) <= NAME_BYTES_MAX:
        raise NoteError("a name that is not 1 to 255 bytes long")
    return bytes([len(data)]) + data
