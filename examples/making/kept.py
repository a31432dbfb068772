"""What cannot be made twice alike, age files and ML-DSA signatures: made once, kept with the example, and taken from there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trucekeeper.keys.recipients import encrypted
from trucekeeper.logs.note import VerifierKey
from trucekeeper.replication.identity import NodeSigner


@dataclass
class Kept:
    """The files of a folder, each called by what it is for."""

    folder: Path
    used: set[str] = field(default_factory=set)

    def encrypted(self, data: bytes, recipients: Sequence[str]) -> bytes:
        """A file that the recipients can open, the same each time."""
        return self._get(
            [data, *(text.encode() for text in recipients)], lambda: encrypted(data, recipients)
        )

    def signer(self, signer: NodeSigner) -> NodeSigner:
        """A signer whose signatures are the same each time."""
        return KeptSigner(self, signer)

    def signature(self, signer: NodeSigner, message: bytes) -> bytes:
        """The signature of a message, the same each time."""
        return self._get([str(signer.key).encode(), message], lambda: signer.sign(message))

    def drop_unused(self) -> None:
        """Remove what nothing was taken from."""
        for path in self.folder.glob("*"):
            if path.name not in self.used:
                path.unlink()

    def _get(self, what: Sequence[bytes], make: Callable[[], bytes]) -> bytes:
        digests = b"".join(hashlib.sha256(piece).digest() for piece in what)
        name = hashlib.sha256(digests).hexdigest()[:32]
        self.used.add(name)
        path = self.folder / name
        if not path.exists():
            self.folder.mkdir(exist_ok=True)
            path.write_bytes(make())
        return path.read_bytes()


@dataclass(frozen=True)
class KeptSigner:
    """One key of a node."""

    kept: Kept
    signer: NodeSigner

    @property
    def key(self) -> VerifierKey:
        """The key that verifies."""
        return self.signer.key

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        return self.kept.signature(self.signer, message)
