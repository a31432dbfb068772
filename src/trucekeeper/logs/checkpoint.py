"""Checkpoints (C2SP tlog-checkpoint): origin, size and root of a log, without extension lines."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from trucekeeper.logs.note import NoteError
from trucekeeper.logs.tree import HASH_BYTES

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The body that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint of a note's text. Raises NoteError; extension lines are refused, for no log of
    ours has any."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise NoteError("a checkpoint that is not origin, size and root")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("a root that is not base64") from error
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != lines[2]:
        raise NoteError("a root that is not 32 bytes in canonical base64")
    return Checkpoint(lines[0], int(lines[1]), root)
