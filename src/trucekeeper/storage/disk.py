"""The disk as logs use it: few operations, each of which a simulator can fail or forget.

What a crash may do to what was done before it:

- `write`: the file may be gone, be empty, hold a part or other bytes, until `sync` or `sync_many`
  of its path has returned; a file in a folder may be gone until `sync_folder` has returned.
- `rename`: either name may be there until `sync_folder`; never a mixture of the two files.
- `remove`: the file may be back until `sync_folder`.
- `sync_many`: all those files and their names are there once it has returned.
- `swap`: the old file or the new one, whole; the new one once it has returned.
- `read`, `exists`, `files` see everything done so far, durable or not.

A refusal of the disk is a StorageError: DISK_FULL where there is no room, DISK_FAILED else."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol

from trucekeeper.errors import Code, Place, Problem, StorageError

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows has msvcrt instead
    fcntl = None  # type: ignore[assignment]
try:
    import msvcrt
except ImportError:
    msvcrt = None  # type: ignore[assignment]


#: Windows would translate line ends else.
_BINARY = getattr(os, "O_BINARY", 0)
#: What a file is called while it is being written.
PARTIAL = ".new"
#: From this many files on, everything of the file system is made durable in one call.
SYNC_TOGETHER = 24


class Disk(Protocol):
    """What storage needs of a disk. Paths are relative to the disk's root, with slashes."""

    @property
    def shared_root(self) -> str | None:
        """The folder where another process sees the same files and can make them durable in one
        call; None where there is none."""

    def read(self, path: str, at_most: int | None = None) -> bytes:
        """The file's bytes, or its first `at_most`. Raises FileNotFoundError, StorageError."""

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder."""

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder, relative to it, sorted; none where it is absent."""

    def write(self, path: str, data: bytes) -> None:
        """Write a file whole, making its folders."""

    def sync(self, path: str) -> None:
        """Make a file's bytes durable."""

    def sync_many(self, paths: Sequence[str]) -> None:
        """Make these files durable, their bytes and their names."""

    def rename(self, old: str, new: str) -> None:
        """Put a file in the place of another, atomically."""

    def sync_folder(self, folder: str) -> None:
        """Make the names in a folder durable."""

    def swap(self, path: str, old: bytes | None, new: bytes) -> None:
        """Put new bytes in the place of the old ones, durably; old is None where no file may be.

        Raises StorageError with HEAD_MOVED where the file holds other bytes: then nothing is
        done."""

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""

    def free_bytes(self) -> int:
        """How much room there is."""

    def lock(self, path: str) -> contextlib.AbstractContextManager[None]:
        """Hold a lock against other writers. Raises StorageError where another holds it."""


class RealDisk:
    """A folder of the file system."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._root = str(root)
        self._new_folders: set[Path] = set()
        self._descriptor: int | None = None

    @property
    def shared_root(self) -> str | None:
        """The folder, where one call makes everything in it durable (Linux)."""
        return str(self.root.resolve()) if hasattr(_libc(), "syncfs") else None

    def read(self, path: str, at_most: int | None = None) -> bytes:
        """The file's bytes, or its first `at_most`. Raises FileNotFoundError, StorageError."""
        try:
            descriptor = os.open(f"{self._root}/{path}", os.O_RDONLY | _BINARY)
            try:
                return _read_all(descriptor, at_most)
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _refused(error, path, "a read") from error

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder."""
        return (self.root / path).exists()

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder, relative to it, sorted; none where it is absent."""
        base = str(self.root / folder)
        found = []
        for where, _, names in os.walk(base):
            inside = os.path.relpath(where, base).replace(os.sep, "/")
            found += names if inside == "." else [f"{inside}/{name}" for name in names]
        return sorted(found)

    def write(self, path: str, data: bytes) -> None:
        """Write a file whole, making its folders."""
        try:
            descriptor = self._created(path)
            try:
                at = os.write(descriptor, data)
                while at < len(data):
                    more = os.write(descriptor, data[at:])
                    if not more:
                        raise OSError(errno.ENOSPC, "a short write")
                    at += more
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _refused(error, path, "a write") from error

    def _created(self, path: str) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY
        try:
            descriptor = os.open(f"{self._root}/{path}", flags, 0o666)
        except FileNotFoundError:
            self._make_folder((self.root / path).parent)
            descriptor = os.open(f"{self._root}/{path}", flags, 0o666)
        self.watch()
        return descriptor

    def sync(self, path: str) -> None:
        """Make a file's bytes durable."""
        with as_storage_error(path):
            _sync(f"{self._root}/{path}", os.O_RDWR | _BINARY)

    def sync_many(self, paths: Sequence[str]) -> None:
        """Make these files durable, their bytes and their names."""
        if len(paths) >= SYNC_TOGETHER and self._sync_all():
            return
        folders = dict.fromkeys(path.rpartition("/")[0] or "." for path in paths)
        for path in paths:
            self.sync(path)
        for folder in folders:
            self.sync_folder(folder)

    def _sync_all(self) -> bool:
        """Whether everything of the file system could be made durable in one call (Linux)."""
        call = getattr(_libc(), "syncfs", None)
        if call is None or self._descriptor is None:
            return False
        if call(self._descriptor):
            number = ctypes.get_errno()
            raise _refused(OSError(number, os.strerror(number)), ".", "a write")
        self._new_folders.clear()
        return True

    def rename(self, old: str, new: str) -> None:
        """Put a file in the place of another, atomically."""
        with as_storage_error(new):
            (self.root / old).replace(self.root / new)

    def sync_folder(self, folder: str) -> None:
        """Make the names in a folder durable, and the folder's own name where this disk made it.
        Windows keeps them so by itself."""
        if os.name == "nt":
            return
        where = self.root / folder
        with as_storage_error(folder):
            while True:
                _sync(str(where), os.O_RDONLY)
                if where not in self._new_folders:
                    return
                self._new_folders.discard(where)
                where = where.parent

    def swap(self, path: str, old: bytes | None, new: bytes) -> None:
        """Put new bytes in the place of the old ones, durably. Raises StorageError. The caller
        holds the folder's lock; what is found here is a folder that was put back or written past
        the lock."""
        if read_or_none(self, path) != old:
            problem = Problem(Code.HEAD_MOVED, Place(file=path), "another head", "the head held")
            raise StorageError(problem)
        replace(self, path, new)

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        with as_storage_error(path):
            (self.root / path).unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """How much room there is."""
        with as_storage_error("."):
            there = next(p for p in (self.root, *self.root.parents) if p.exists())
            return shutil.disk_usage(there).free

    @contextlib.contextmanager
    def lock(self, path: str) -> Iterator[None]:
        """Hold a lock against other writers. Raises StorageError where another holds it."""
        target = self.root / path
        with as_storage_error(path):
            self._make_folder(target.parent)
            file = target.open("ab")
        with file:
            try:
                _lock(file)
            except OSError as error:
                problem = Problem(Code.WRITER_BUSY, Place(file=path), "a lock", "no other writer")
                raise StorageError(problem) from error
            yield

    def watch(self) -> None:
        """Begin to watch for write errors, as a first write does: syncfs tells those since its
        descriptor was opened."""
        if self._descriptor is None and os.name != "nt":
            self._descriptor = os.open(self.root, os.O_RDONLY)
            weakref.finalize(self, os.close, self._descriptor)

    def _make_folder(self, folder: Path) -> None:
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            self._new_folders.add(new)


def read_or_none(disk: Disk, path: str, at_most: int | None = None) -> bytes | None:
    """The file's bytes, or None where there is none."""
    try:
        return disk.read(path, at_most)
    except FileNotFoundError:
        return None


def replace(disk: Disk, path: str, data: bytes) -> None:
    """Write a file so that after a crash either the old one or the new one is there, whole."""
    partial = f"{path}{PARTIAL}"
    disk.write(partial, data)
    disk.sync(partial)
    disk.rename(partial, path)
    disk.sync_folder(path.rpartition("/")[0] or ".")


def _read_all(descriptor: int, at_most: int | None) -> bytes:
    size = os.fstat(descriptor).st_size + 1
    left = size if at_most is None else min(size, at_most)
    pieces = [os.read(descriptor, left)]
    while pieces[-1] and (left := left - len(pieces[-1])) > 0:
        pieces.append(os.read(descriptor, left))
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _sync(path: str, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock(file: IO[bytes]) -> None:
    """Lock a file or raise OSError. A system without file locks has none."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    elif msvcrt is not None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]


def _libc() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None, use_errno=True)
    except (OSError, TypeError):  # pragma: no cover  # Windows
        return None


def _refused(error: OSError, path: str, what: str) -> StorageError:
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    code = Code.DISK_FULL if full else Code.DISK_FAILED
    found = error.strerror or type(error).__name__
    return StorageError(Problem(code, Place(file=path), found, what))


@contextlib.contextmanager
def as_storage_error(path: str) -> Iterator[None]:
    """What the system refuses, as a StorageError."""
    try:
        yield
    except OSError as error:
        raise _refused(error, path, "a write") from error
