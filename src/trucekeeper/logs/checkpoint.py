"""Checkpoints (C2SP tlog-checkpoint): origin, size and root of a log, without extension lines."""

from __future__ import annotations

from dataclasses import dataclass

from trucekeeper.logs.text import NoteError, base64_bytes, base64_text, whole_number
from trucekeeper.logs.tree import HASH_BYTES


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The body that is signed."""
        return f"{self.origin}\n{self.size}\n{base64_text(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint of a note's text. Raises NoteError; extension lines are refused, for no log of
    ours has any."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise NoteError("a checkpoint that is not origin, size and root")
    root = base64_bytes(lines[2])
    if len(root) != HASH_BYTES:
        raise NoteError("a root that is not 32 bytes")
    return Checkpoint(lines[0], whole_number(lines[1]), root)
