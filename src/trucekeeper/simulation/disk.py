"""A disk that forgets: what was not made durable may be lost, in part or whole, when the machine
stops.

It keeps two states of every file and of every name: what a running process sees, and what surely
outlives a crash. `write` changes the first only; `sync` makes a file's bytes durable, `sync_folder`
the names in a folder. At a crash every file that was not synced keeps its old bytes, its new ones,
or a beginning of the new ones; every name that was not synced is as before or as after (POSIX
promises no more). Faults of the medium: no space, read-only, a failing read, a flipped bit, a
truncated file."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from trucekeeper.errors import Code, Place, Problem, StorageError
from trucekeeper.storage.disk import as_storage_error, read_or_none, replace


class Crashed(BaseException):
    """The machine stopped. Not an `Exception`: no code of ours may go on after it."""


@dataclass(slots=True)
class _File:
    """The bytes that a process sees, and those that outlive a crash (None: not even empty)."""

    seen: bytes
    durable: bytes | None = None


class ForgetfulDisk:
    """A disk in memory. chance: what a crash keeps, and which bit flips.

    operations: how many effects it had so far. crash_at: the number of the effect at which the
    machine stops, before or after it by chance. space_bytes: how much more may be written; None is
    without bound."""

    #: No other process sees it.
    shared_root = None

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.operations = 0
        self.crash_at: int | None = None
        self.space_bytes: int | None = None
        self.read_only = False
        self.unreadable: set[str] = set()
        self._names: dict[str, _File] = {}
        self._names_durable: dict[str, _File] = {}
        self._locked: set[str] = set()

    # What a process does

    def read(self, path: str, at_most: int | None = None) -> bytes:
        """The file's bytes, or its first `at_most`. Raises FileNotFoundError, StorageError."""
        if path in self.unreadable:
            with as_storage_error(path):
                raise OSError(errno.EIO, "Input/output error")
        if path not in self._names:
            raise FileNotFoundError(path)
        return self._names[path].seen[:at_most]

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder."""
        return path in self._names or any(name.startswith(f"{path}/") for name in self._names)

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder, relative to it, sorted."""
        start = "" if folder in ("", ".") else f"{folder}/"
        return sorted(name[len(start) :] for name in self._names if name.startswith(start))

    def write(self, path: str, data: bytes) -> None:
        """Write a file; what is written before the space ends stays, as on a real disk."""
        with self._effect(path):
            room = len(data) if self.space_bytes is None else max(0, self.space_bytes)
            file = self._names.setdefault(path, _File(b""))
            file.seen = data[:room]
            if self.space_bytes is not None:
                self.space_bytes -= len(file.seen)
            if room < len(data):
                raise OSError(errno.ENOSPC, "No space left on device")

    def sync(self, path: str) -> None:
        """Make a file's bytes durable."""
        with self._effect(path):
            file = self._names[path]
            file.durable = file.seen

    def rename(self, old: str, new: str) -> None:
        """Put a file in the place of another, atomically."""
        with self._effect(new):
            self._names[new] = self._names.pop(old)

    def sync_folder(self, folder: str) -> None:
        """Make the names in a folder durable."""
        with self._effect(folder):
            for name in {*self._names, *self._names_durable}:
                if (name.rpartition("/")[0] or ".") == folder:
                    self._keep(name)

    def sync_many(self, paths: Sequence[str]) -> None:
        """Make these files durable, their bytes and their names."""
        with self._effect(paths[0] if paths else "."):
            for path in paths:
                file = self._names[path]
                file.durable = file.seen
                self._keep(path)

    def swap(self, path: str, old: bytes | None, new: bytes) -> None:
        """Put new bytes in the place of the old ones, durably, effect by effect as on a real disk.
        Raises StorageError with HEAD_MOVED where the file holds other bytes."""
        if read_or_none(self, path) != old:
            raise StorageError(
                Problem(Code.HEAD_MOVED, Place(file=path), "another head", "the head held")
            )
        replace(self, path, new)

    def free_bytes(self) -> int:
        """How much room there is."""
        return 1 << 40 if self.space_bytes is None else max(0, self.space_bytes)

    def remove(self, path: str) -> None:
        """Remove a file; nothing where there is none."""
        with self._effect(path):
            self._names.pop(path, None)

    @contextlib.contextmanager
    def lock(self, path: str) -> Iterator[None]:
        """Hold a lock against other processes. Raises StorageError where another holds it."""
        if path in self._locked:
            raise StorageError(
                Problem(Code.WRITER_BUSY, Place(file=path), "a lock", "no other writer")
            )
        self._locked.add(path)
        try:
            yield
        finally:
            self._locked.discard(path)

    # What happens to it

    def crash(self) -> None:
        """Stop the machine: what was not durable is lost by chance, and all locks are gone."""
        for name in sorted({*self._names, *self._names_durable}):
            if self._names.get(name) is not self._names_durable.get(name) and self._likely():
                self._keep(name)
        self._names = dict(self._names_durable)
        for file in self._names.values():
            file.seen = file.durable = self._what_is_left(file)
        self._locked.clear()
        self.crash_at = None

    def sound(self) -> None:
        """End every trouble of the medium; what it did to files stays."""
        self.space_bytes, self.read_only, self.crash_at = None, False, None
        self.unreadable.clear()

    def flip(self, path: str, at: int | None = None) -> None:
        """Flip one bit of a file, unseen by anybody; at: in which byte, by chance if left out."""
        file = self._names[path]
        if file.seen:
            at = self.chance.randrange(len(file.seen)) if at is None else at
            flipped = file.seen[at] ^ (1 << self.chance.randrange(8))
            file.seen = file.durable = file.seen[:at] + bytes([flipped]) + file.seen[at + 1 :]

    def truncate(self, path: str) -> None:
        """Cut a file off somewhere."""
        file = self._names[path]
        if file.seen:
            file.seen = file.durable = file.seen[: self.chance.randrange(len(file.seen))]

    def image_of(self, path: str) -> bytes:
        """One file's bytes, whatever troubles the disk."""
        return self._names[path].seen

    def image(self) -> dict[str, bytes]:
        """Every file's bytes by path: a backup."""
        return {name: file.seen for name, file in self._names.items()}

    def restore(self, image: dict[str, bytes]) -> None:
        """Put a backup in the place of everything, durably."""
        self._names = {name: _File(data, data) for name, data in image.items()}
        self._names_durable = dict(self._names)

    def _keep(self, name: str) -> None:
        """Make one name durable as it is seen."""
        if name in self._names:
            self._names_durable[name] = self._names[name]
        else:
            self._names_durable.pop(name, None)

    def _what_is_left(self, file: _File) -> bytes:
        if file.durable == file.seen:
            return file.seen
        kept = file.durable or b""
        torn = file.seen[: self.chance.randrange(len(file.seen) + 1)]
        return self.chance.choice([kept, file.seen, torn])

    def _likely(self) -> bool:
        return self.chance.random() < 0.5

    @contextlib.contextmanager
    def _effect(self, path: str) -> Iterator[None]:
        """One effect: counted, refused on a read-only disk, the place of a crash."""
        if self.crash_at is not None and self.operations >= self.crash_at and self._likely():
            raise Crashed
        self.operations += 1
        with as_storage_error(path):
            if self.read_only:
                raise OSError(errno.EROFS, "Read-only file system")
            yield
        if self.crash_at is not None and self.operations > self.crash_at:
            raise Crashed
