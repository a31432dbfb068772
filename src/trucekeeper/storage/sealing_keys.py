"""To whom can be sealed from this node, and what it can open: `keys/recipients.toml`, one age
recipient or several a participant, and `keys/identity.txt`, the node's own, mode 0600."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trucekeeper.errors import Code, NodeError, Place, Problem
from trucekeeper.keys.age import Identity, is_recipient, parse_identity

RECIPIENTS, IDENTITY = "keys/recipients.toml", "keys/identity.txt"


@dataclass(frozen=True, slots=True)
class SealingKeys:
    """identity: None where the node has none and can open nothing."""

    by_participant: Mapping[str, tuple[str, ...]]
    identity: Identity | None

    def recipients(self, participant: str) -> tuple[str, ...]:
        """The age recipients of a participant; none where they are not known."""
        return self.by_participant.get(participant, ())


def read_sealing_keys(folder: Path, *, may_be_public: bool) -> SealingKeys:
    """The sealing keys of a node's folder. Raises NodeError where a file cannot be used, or others
    may read the identity; that of an exercise is public."""
    path, where = folder / IDENTITY, Place(file=IDENTITY)
    identity = None
    if path.is_file():
        if not may_be_public and path.stat().st_mode & 0o077:
            found = f"mode {path.stat().st_mode & 0o777:04o}"
            raise NodeError(Problem(Code.KEY_EXPOSED, where, found, "mode 0600"))
        identity = parse_identity(path.read_text(), where)
    return SealingKeys(_read_recipients(folder / RECIPIENTS), identity)


def write_identity(folder: Path, identity: Identity) -> None:
    """Put a node's identity into its folder, once."""
    path = folder / IDENTITY
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(f"{identity.secret()}\n")


def write_recipients(folder: Path, recipients: Mapping[str, tuple[str, ...]]) -> None:
    """Put the recipients of participants into a node's folder."""
    lines = [
        f"{who} = [{', '.join(f'{key!r}' for key in keys)}]" for who, keys in recipients.items()
    ]
    (folder / RECIPIENTS).write_text("[recipients]\n" + "".join(f"{line}\n" for line in lines))


def _read_recipients(path: Path) -> dict[str, tuple[str, ...]]:
    if not path.is_file():
        return {}
    where = Place(file=RECIPIENTS)
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8")).get("recipients")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NodeError(Problem(Code.NOT_TOML, where, str(error), "TOML 1.0")) from error
    found = {}
    for participant, keys in held.items() if isinstance(held, dict) else ():
        if not isinstance(keys, list) or not all(
            isinstance(key, str) and is_recipient(key) for key in keys
        ):
            found_ = f"a key of `{participant}` that is none"
            raise NodeError(Problem(Code.NO_RECIPIENT_KEY, where, found_, "a list of `age1…`"))
        found[participant] = tuple(keys)
    return found
