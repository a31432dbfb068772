"""A PostgreSQL of the benchmark's own: started on loopback in a temporary folder by an ordinary user, and stopped."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
#: Who runs it where the benchmark is run by the system's administrator, which PostgreSQL refuses to be.
ORDINARY_USER = "nobody"


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str | None]:
    """The address of a running server with its default settings, None where PostgreSQL 15 is not installed."""
    if not (PROGRAMS / "initdb").exists():
        yield None
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    user = ORDINARY_USER if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    quiet = {
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "cwd": folder,
        "user": user,
    }
    subprocess.run(
        [PROGRAMS / "initdb", "-D", data, "-U", "bench", "--auth=trust", "--encoding=UTF8", "--locale=C"],
        check=True, **quiet,
    )  # type: ignore[call-overload]  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [PROGRAMS / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder],
        **quiet,
    )  # type: ignore[call-overload]
    try:
        _wait(port)
        yield f"host=127.0.0.1 port={port} user=bench dbname=postgres"
    finally:
        running.terminate()
        running.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int) -> None:
    ready = [str(PROGRAMS / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(200):
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise TimeoutError("PostgreSQL did not start")
