"""A second process beside the writer of a large batch: it makes what was written durable, reads it
back and hashes it again, part after part, while more is written.

It is started anew and not copied from the writer, whose memory it would else slow down, and which
may have threads. Run as `python -m trucekeeper.storage.beside ROOT FOLDER` it takes parts, a line
of paths each, and when its input ends says a line for each: the digest, or that it could not."""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from trucekeeper.errors import StorageError
from trucekeeper.storage.disk import Disk, RealDisk
from trucekeeper.storage.recheck import seen

#: From this many entries on a second process pays.
ENTRIES_MIN = 50_000
_COULD_NOT = "-"


class Beside:
    """The writer's end of the second process. Where that dies, it says less, and nothing else
    fails."""

    def __init__(self, root: str, folder: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", __name__, root, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def look(self, paths: Sequence[str]) -> None:
        """Let it make these files durable and look at them."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(" ".join(paths) + "\n")
            self._process.stdin.flush()

    def digests(self) -> list[bytes]:
        """What it saw in each of the parts it was given; nothing, where it could not. It takes no
        more."""
        with contextlib.suppress(OSError, ValueError):  # it may end inside a line
            said, _ = self._process.communicate()
            return [b"" if line == _COULD_NOT else bytes.fromhex(line) for line in said.split()]
        return []

    def end(self) -> None:
        """Let it end."""
        with contextlib.suppress(OSError), self._process:
            self._process.kill()


def beside(disk: Disk, folder: str, entries: int) -> Beside | None:
    """A second process for a large batch, where another processor and the system can give one."""
    root = disk.shared_root
    if root is None or entries < ENTRIES_MIN or (os.cpu_count() or 1) < 2 or not sys.executable:
        return None
    try:
        return Beside(root, folder)
    except OSError:
        return None


def main() -> None:
    """Be the second process."""
    gc.disable()
    root, folder = sys.argv[1:]
    said: list[str] = []
    disk = RealDisk(Path(root))
    for line in sys.stdin:
        part = line.split()
        try:
            disk.watch()
            disk.sync_many([f"{folder}/{path}" for path in part])
            said.append(seen(disk, folder, part).hex())
        except (StorageError, FileNotFoundError):
            said.append(_COULD_NOT)
    sys.stdout.write("\n".join(said))


if __name__ == "__main__":
    main()
