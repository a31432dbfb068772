"""Locks that are waited for a while: several processes of one node write in turn."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from trucekeeper.errors import Code, StorageError
from trucekeeper.storage.disk import Disk

_SECONDS_MAX = 5.0
_PAUSE_SECONDS = 0.01


@contextlib.contextmanager
def waiting_lock(
    disk: Disk,
    path: str,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold a lock once whoever holds it is done. Raises StorageError where that takes too long."""
    until = clock() + _SECONDS_MAX
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(disk.lock(path))
                break
            except StorageError as error:
                if error.problems[0].code is not Code.WRITER_BUSY or clock() >= until:
                    raise
            pause(_PAUSE_SECONDS)
        yield
