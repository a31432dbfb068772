"""Which text may stand in a statement: NFC over Unicode 14.0, no control characters but line feed
and tab."""

from __future__ import annotations

import unicodedata

from trucekeeper.vocabulary.unicode14 import is_assigned

_ALLOWED_CONTROLS = "\n\t"


def is_plain(text: str) -> bool:
    """Whether the text is NFC over code points that Unicode 14.0 assigns, without control
    characters."""
    if text.isascii():
        return text.isprintable() or all(ch.isprintable() or ch in _ALLOWED_CONTROLS for ch in text)
    return (
        all(is_assigned(ord(ch)) for ch in text)
        and unicodedata.is_normalized("NFC", text)
        and not any(
            unicodedata.category(ch) in ("Cc", "Cs") and ch not in _ALLOWED_CONTROLS for ch in text
        )
    )


def plain(text: str) -> str:
    """The text in the form that a statement takes: NFC, without control characters and code points
    that Unicode 14.0 does not assign. For text that people bring in; a foreign statement is never
    changed."""
    kept = "".join(
        ch
        for ch in unicodedata.normalize("NFC", text)
        if ch in _ALLOWED_CONTROLS
        or (is_assigned(ord(ch)) and unicodedata.category(ch) not in ("Cc", "Cs"))
    )
    # What was taken out may have kept a letter and its accent apart.
    return unicodedata.normalize("NFC", kept)


def name_key(name: str) -> str:
    """The form in which names as stated are compared: NFC, case-folded, inner space single, outer
    space cut."""
    return unicodedata.normalize("NFC", " ".join(name.casefold().split()))
