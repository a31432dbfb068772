"""A disk in memory that crashes or refuses at a chosen operation, and then forgets what was not
made durable."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from trucekeeper.errors import Code, Place, Problem, StorageError
from trucekeeper.storage.disk import read_or_none, replace


class CrashError(BaseException):
    """The process dies here."""


@dataclass(eq=False)
class _File:
    data: bytes
    durable: bytes | None = None


class FakeDisk:
    """Counts effects. `before` is called with the number and name of each; what it raises happens
    instead of the effect."""

    @property
    def shared_root(self) -> None:
        return None

    def __init__(self, before: Callable[[int, str], None] = lambda _number, _name: None) -> None:
        self.before = before
        self.done = 0
        self.names: dict[str, _File] = {}
        self.durable_names: dict[str, _File] = {}

    def crashed(self, seed: int) -> FakeDisk:
        """What another process finds. seed 0: everything not durable is gone; 1: all of it is
        there; others: each is there, gone or torn by chance."""
        chance = random.Random(seed)  # noqa: S311  # made-up faults, no secret
        after = FakeDisk()
        for path in sorted({*self.names, *self.durable_names}):
            now, kept = self.names.get(path), self.durable_names.get(path)
            file = (kept, now, chance.choice([kept, now]))[min(seed, 2)]
            if file is not None:
                torn = file.data[: chance.randrange(len(file.data) + 1)]
                zeros = bytes(len(file.data))
                fate = chance.choice([file.durable, file.data, torn, zeros])
                if file.durable == file.data or seed == 1:
                    fate = file.data
                elif seed == 0:
                    fate = file.durable
                fate = b"" if fate is None else fate
                after.names[path] = after.durable_names[path] = _File(fate, fate)
        return after

    def _effect(self, name: str) -> None:
        self.done += 1
        self.before(self.done, name)

    def read(self, path: str, at_most: int | None = None) -> bytes:
        if path not in self.names:
            raise FileNotFoundError(path)
        return self.names[path].data[:at_most]

    def exists(self, path: str) -> bool:
        return path in self.names or any(name.startswith(f"{path}/") for name in self.names)

    def files(self, folder: str) -> list[str]:
        start = f"{folder}/"
        return sorted(name.removeprefix(start) for name in self.names if name.startswith(start))

    def write(self, path: str, data: bytes) -> None:
        """Torn if the process dies here: half of it may be there."""
        file = self.names.setdefault(path, _File(b""))
        file.data = data[: len(data) // 2]
        self._effect(f"write {path}")
        file.data = data

    def sync(self, path: str) -> None:
        self._effect(f"sync {path}")
        self.names[path].durable = self.names[path].data

    def sync_many(self, paths: Sequence[str]) -> None:
        for path in paths:
            self.sync(path)
        for folder in dict.fromkeys(path.rpartition("/")[0] for path in paths):
            self.sync_folder(folder)

    def rename(self, old: str, new: str) -> None:
        self._effect(f"rename {new}")
        self.names[new] = self.names.pop(old)

    def sync_folder(self, folder: str) -> None:
        self._effect(f"sync-folder {folder}")
        here = {p: f for p, f in self.names.items() if p.rpartition("/")[0] == folder}
        gone = [p for p in self.durable_names if p.rpartition("/")[0] == folder and p not in here]
        for path in gone:
            del self.durable_names[path]
        self.durable_names |= here

    def swap(self, path: str, old: bytes | None, new: bytes) -> None:
        if read_or_none(self, path) != old:
            raise StorageError(Problem(Code.HEAD_MOVED, Place(file=path), "another", "the old"))
        replace(self, path, new)

    def remove(self, path: str) -> None:
        self._effect(f"remove {path}")
        self.names.pop(path, None)

    def free_bytes(self) -> int:
        return 1 << 40

    @contextlib.contextmanager
    def lock(self, path: str) -> Iterator[None]:
        assert path
        yield
