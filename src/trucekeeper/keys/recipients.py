"""Encryption to named recipients: age with X25519 keys (age-encryption.org/v1).

age hides what is inside and nothing else: how many recipients there are stands in the file's head,
and who made it is not proved by it. The first the log says anyway; the second the log's signature
proves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyrage
from pyrage import x25519

from trucekeeper.errors import Code, NodeError, Place, Problem


def is_recipient(text: str) -> bool:
    """Whether a text is an age recipient, its checksum included."""
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


def decrypted(data: bytes, identity: x25519.Identity) -> bytes | None:
    """What a file holds; None where it is sealed to others, or damaged."""
    try:
        return bytes(pyrage.decrypt(data, [identity]))
    except pyrage.DecryptError:
        return None


@dataclass(frozen=True, slots=True, repr=False)
class SealingKeys:
    """Whom a node can seal to, and how it opens. recipients: participant → age recipients, none
    where they are not known. own: the node's own recipient, None where it has no identity. opened:
    what a file holds, None where it is sealed to others. sealed: a file for recipients."""

    recipients: Callable[[str], Sequence[str]]
    own: str | None
    opened: Callable[[bytes], bytes | None]
    sealed: Callable[[bytes, Sequence[str]], bytes] = encrypted
