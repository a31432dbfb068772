"""Encryption to named recipients: age with X25519 keys (age-encryption.org/v1).

age hides what is inside and nothing else: how many recipients there are stands in the file's head,
and who made it is not proved by it. The first the log says anyway; the second the log's signature
proves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyrage
from pyrage import x25519

from trucekeeper.errors import Code, NodeError, Place, Problem
from trucekeeper.vocabulary.bech32 import bech32

_PRIVATE = "AGE-SECRET-KEY-"


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """What opens files that are sealed to its recipient. Never printed."""

    _private: x25519.Identity

    @property
    def recipient(self) -> str:
        """The public half, `age1…`."""
        return str(self._private.to_public())

    def secret(self) -> str:
        """The private half as age writes it; for a key file only."""
        return str(self._private)

    def opened(self, data: bytes) -> bytes | None:
        """What a file holds; None where it is sealed to others, or damaged."""
        try:
            return bytes(pyrage.decrypt(data, [self._private]))
        except pyrage.DecryptError:
            return None

    def __repr__(self) -> str:
        return f"Identity({self.recipient})"


def new_identity() -> Identity:
    """A new identity from the system's own randomness."""
    return Identity(x25519.Identity.generate())


def identity_from_seed(seed: bytes) -> Identity:
    """The identity of 32 bytes; of an exercise or a transcription, where they are public."""
    return parse_identity(bech32(_PRIVATE.lower(), seed).upper(), Place())


def parse_identity(text: str, where: Place) -> Identity:
    """The identity of `AGE-SECRET-KEY-1…`. Raises NodeError that does not quote it."""
    try:
        return Identity(x25519.Identity.from_str(text.strip()))
    except pyrage.IdentityError as error:
        problem = Problem(Code.NO_RECIPIENT_KEY, where, "no age identity", "AGE-SECRET-KEY-1…")
        raise NodeError(problem) from error


def is_recipient(text: str) -> bool:
    """Whether a text is an X25519 recipient, `age1…`."""
    try:
        x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def encrypted(data: bytes, recipients: Sequence[str]) -> bytes:
    """A file that any of the recipients can open. Two are never alike: age's keys are random.
    Raises NodeError where one is no recipient."""
    try:
        keys = [x25519.Recipient.from_str(text) for text in recipients]
        return bytes(pyrage.encrypt(data, keys))
    except (pyrage.RecipientError, pyrage.EncryptError) as error:
        found = f"{len(recipients)} recipients, of which one cannot be used"
        problem = Problem(Code.NO_RECIPIENT_KEY, Place(), found, "recipients `age1…`")
        raise NodeError(problem) from error
