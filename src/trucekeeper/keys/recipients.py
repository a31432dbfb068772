"""Encryption to named recipients: age with X25519 keys (age-encryption.org/v1).

age hides what is inside and nothing else: how many recipients there are stands in the file's head,
and who made it is not proved by it. The first the log says anyway; the second the log's signature
proves.

Whom a node can seal to stands in `recipients.toml`, its own identity in `identity.txt`, mode 0600,
both in the folder `keys/`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyrage
from pyrage import x25519

from trucekeeper.errors import Code, NodeError, Place, Problem

RECIPIENTS, IDENTITY = "recipients.toml", "identity.txt"


@dataclass(frozen=True, slots=True, repr=False)
class SealingKeys:
    """Whom a node can seal to, and how it opens. recipients: participant → age recipients, none
    where they are not known. own: the node's own recipient, None where it has no identity. opened:
    what a file holds, None where it is sealed to others."""

    recipients: Callable[[str], Sequence[str]]
    own: str | None
    opened: Callable[[bytes], bytes | None]


def read_sealing_keys(folder: Path, *, may_be_public: bool) -> SealingKeys:
    """The sealing keys in a node's `keys/`. Raises NodeError where a file cannot be used, or others
    may read the identity; that of an exercise is public."""
    known = _read_recipients(folder / RECIPIENTS)
    path, where = folder / IDENTITY, Place(file=IDENTITY)
    if not path.is_file():
        return SealingKeys(lambda who: known.get(who, ()), None, lambda _: None)
    if not may_be_public and path.stat().st_mode & 0o077:
        found = f"mode {path.stat().st_mode & 0o777:04o}"
        raise NodeError(Problem(Code.KEY_EXPOSED, where, found, "mode 0600"))
    try:
        identity = x25519.Identity.from_str(path.read_text().strip())
    except (pyrage.IdentityError, UnicodeDecodeError) as error:
        problem = Problem(Code.NO_RECIPIENT_KEY, where, "no age identity", "an X25519 identity")
        raise NodeError(problem) from error
    return SealingKeys(
        lambda who: known.get(who, ()),
        str(identity.to_public()),
        lambda data: decrypted(data, identity),
    )


def make_identity(folder: Path) -> str:
    """A new identity in a node's `keys/`, once; its recipient, `age1…`."""
    identity = x25519.Identity.generate()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / IDENTITY).touch(mode=0o600, exist_ok=False)
    (folder / IDENTITY).write_text(f"{identity}\n")
    return str(identity.to_public())


def write_recipients(folder: Path, recipients: Mapping[str, Sequence[str]]) -> None:
    """Put the recipients of participants into a node's `keys/`."""
    lines = [f"{who} = {list(keys)!r}\n" for who, keys in recipients.items()]
    (folder / RECIPIENTS).write_text("[recipients]\n" + "".join(lines))


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


def is_recipient(text: object) -> bool:
    """Whether a value is an X25519 recipient, `age1…`."""
    try:
        x25519.Recipient.from_str(text)
    except (pyrage.RecipientError, TypeError):
        return False
    return True


def _read_recipients(path: Path) -> dict[str, tuple[str, ...]]:
    if not path.is_file():
        return {}
    where = Place(file=RECIPIENTS)
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8")).get("recipients")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NodeError(Problem(Code.NOT_TOML, where, str(error), "TOML 1.0")) from error
    known = {}
    for participant, keys in held.items() if isinstance(held, dict) else ():
        if not isinstance(keys, list) or not all(is_recipient(key) for key in keys):
            found = f"a key of `{participant}` that is none"
            raise NodeError(Problem(Code.NO_RECIPIENT_KEY, where, found, "a list of `age1…`"))
        known[participant] = tuple(keys)
    return known
