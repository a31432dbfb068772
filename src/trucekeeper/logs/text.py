"""What all C2SP texts share: one error, base64 in its canonical form, whole numbers without leading
zeros."""

from __future__ import annotations

import base64
import binascii
import re

#: Sizes and times are below 2^63, so that every language can hold them (C2SP tlog-cosignature).
NUMBER_MAX = 2**63 - 1
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteError(ValueError):
    """A C2SP text, key, signature or tile that is malformed or does not verify. Caught where the
    file's name is known."""


def base64_text(data: bytes) -> str:
    """The bytes in standard base64 (RFC 4648, section 4)."""
    return base64.b64encode(data).decode()


def base64_bytes(text: str) -> bytes:
    """The bytes of a base64 text. Raises NoteError where it is not exactly what `base64_text`
    gives."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("text that is not base64") from error
    if base64_text(data) != text:
        raise NoteError("base64 in other than its canonical form")
    return data


def whole_number(text: str) -> int:
    """The number that a decimal text stands for. Raises NoteError where it has a sign, a leading
    zero or another digit, or is 2^63 or more."""
    if not _NUMBER.fullmatch(text) or int(text) > NUMBER_MAX:
        raise NoteError("a number that is not a plain decimal below 2^63")
    return int(text)
