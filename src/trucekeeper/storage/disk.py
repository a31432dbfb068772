"""The disk as logs use it: few operations, each of which a simulator can fail or forget.

`write` alone promises nothing after a crash; a file is there once `write`, `sync`, `rename` and
`sync_folder` have returned, in that order, which is what `replace` does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from trucekeeper.errors import Code, Place, Problem, StorageError

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows has no fcntl; its own locking is used there
    fcntl = None  # type: ignore[assignment]


#: What a file is called while it is being written.
PARTIAL = ".new"


class Disk(Protocol):
    """What storage needs of a disk. Paths are relative to the disk's root, with slashes."""

    def read(self, path: str) -> bytes:
        """The file's bytes. Raises FileNotFoundError."""

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder."""

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder, relative to it, sorted."""

    def write(self, path: str, data: bytes) -> None:
        """Write a file, making its folders."""

    def sync(self, path: str) -> None:
        """Make a file's bytes durable."""

    def rename(self, old: str, new: str) -> None:
        """Put a file in the place of another, atomically."""

    def sync_folder(self, folder: str) -> None:
        """Make the names in a folder durable."""

    def remove(self, path: str) -> None:
        """Remove a file."""

    def lock(self, path: str) -> contextlib.AbstractContextManager[None]:
        """Hold a lock against other processes. Raises StorageError where another holds it."""


class RealDisk:
    """A folder of the file system."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes:
        """The file's bytes. Raises FileNotFoundError."""
        return (self.root / path).read_bytes()

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder."""
        return (self.root / path).exists()

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder, relative to it, sorted."""
        base = self.root / folder
        return sorted(p.relative_to(base).as_posix() for p in base.rglob("*") if p.is_file())

    def write(self, path: str, data: bytes) -> None:
        """Write a file, making its folders."""
        target = self.root / path
        with _as_storage_error(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def sync(self, path: str) -> None:
        """Make a file's bytes durable."""
        with _as_storage_error(path), (self.root / path).open("rb+") as file:
            os.fsync(file.fileno())

    def rename(self, old: str, new: str) -> None:
        """Put a file in the place of another, atomically."""
        with _as_storage_error(new):
            (self.root / old).replace(self.root / new)

    def sync_folder(self, folder: str) -> None:
        """Make the names in a folder durable. Windows keeps them so by itself."""
        if os.name == "nt":
            return
        descriptor = os.open(self.root / folder, os.O_RDONLY)
        try:
            with _as_storage_error(folder):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self, path: str) -> None:
        """Remove a file."""
        with _as_storage_error(path):
            (self.root / path).unlink()

    @contextlib.contextmanager
    def lock(self, path: str) -> Iterator[None]:
        """Hold a lock against other processes. Raises StorageError where another holds it."""
        target = self.root / path
        with _as_storage_error(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            file = target.open("ab")
        with file:
            if fcntl is not None:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError as error:
                    problem = Problem(
                        Code.WRITER_BUSY, Place(file=path), "a lock", "no other writer"
                    )
                    raise StorageError(problem) from error
            yield


def replace(disk: Disk, path: str, data: bytes) -> None:
    """Write a file so that after a crash either the old one or the new one is there, whole."""
    partial = f"{path}{PARTIAL}"
    disk.write(partial, data)
    disk.sync(partial)
    disk.rename(partial, path)
    disk.sync_folder(path.rpartition("/")[0] or ".")


@contextlib.contextmanager
def _as_storage_error(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise StorageError(Problem(Code.DISK_FAILED, Place(file=path), found, "a write")) from error
