"""Locks that are waited for a while: several processes and threads of one node write in turn."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from trucekeeper.errors import Code, StorageError
from trucekeeper.storage.disk import Disk

_PAUSE_SECONDS = 0.01


class Patient:
    """A disk whose locks are waited for; in everything else the disk it stands before. clock and
    pause: in seconds."""

    def __init__(
        self,
        disk: Disk,
        seconds: float = 5.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._disk = disk
        self._seconds = seconds
        self._clock = clock
        self._pause = pause

    def __getattr__(self, name: str) -> Any:
        return getattr(self._disk, name)

    @contextlib.contextmanager
    def lock(self, path: str) -> Iterator[None]:
        """Hold a lock once whoever holds it is done. Raises StorageError where that takes too
        long."""
        until = self._clock() + self._seconds
        with contextlib.ExitStack() as stack:
            while True:
                try:
                    stack.enter_context(self._disk.lock(path))
                    break
                except StorageError as error:
                    if error.problems[0].code is not Code.WRITER_BUSY or self._clock() >= until:
                        raise
                self._pause(_PAUSE_SECONDS)
            yield


def patient(disk: Disk) -> Disk:
    """The disk with locks that are waited for."""
    waiting: Any = Patient(disk)
    found: Disk = waiting
    return found
