"""What a process has held at most."""

from __future__ import annotations

from pathlib import Path


def peak_mb() -> int:
    """Resident MB of this process at most. Read from Linux's /proc, for what `getrusage` says holds the parent's as well."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) // 1024
