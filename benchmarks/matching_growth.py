"""Seconds and peak memory of matching as reports grow more at one density, each measured in a process of its own.

A measured process has matched a few reports before, so that its compiled code is loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.made_up import make
from benchmarks.memory import peak_mb
from trucekeeper import match_reports
from trucekeeper.matching.settings import read_settings

#: Reports, whether with names and texts, and how often matching is measured.
SIZES = (
    (10_000, False, 3), (100_000, False, 3), (1_000_000, False, 3), (10_000_000, False, 2),
    (100_000, True, 2),
)  # fmt: skip
PER_COUNTRY_YEAR = 100_000
SEED = 101
MODULE = "benchmarks.matching_growth"
WARMING = 500


def growth(folder: Path, keep: Callable[[list[dict[str, Any]]], None]) -> None:
    """Measures each size, and keeps what there is after each."""
    rows = []
    for count, words, times in SIZES:
        file, settings = folder / "reports.arrow", folder / "settings.json"
        in_own_process("write", file, count, int(words))
        estimating = in_own_process("estimate", file, settings)
        matching = [in_own_process("match", file, settings) for _ in range(times)]
        load = round(os.getloadavg()[0], 1)
        rows.append({"words": words, "load": load, "estimating": estimating, "matching": matching})
        keep(rows)
        print(count, words, estimating, matching, flush=True)
        file.unlink()


def in_own_process(*what: object) -> dict[str, Any]:
    """What a process of its own says: "write", a file, how many reports, whether with words; "estimate", a file, where to
    write the settings; "match", a file, the settings."""
    command = [sys.executable, "-m", MODULE, *map(str, what)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def write(file: Path, count: int, *, words: bool) -> dict[str, Any]:
    """Made-up reports as an Arrow file."""
    years = max(1, count // PER_COUNTRY_YEAR)
    table = make(count, seed=SEED, country_years=years, words=words).table
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return {"reports": len(table)}


def measure(how: str, file: Path, settings_file: Path) -> dict[str, Any]:
    """Seconds of `match_reports` over the whole of a file, on the clock and of all threads, and the peak of this process."""
    with pa.memory_map(str(file)) as source:
        table = pa.ipc.open_file(source).read_all()
    settings = None
    if how == "match":
        settings = read_settings(settings_file.name, settings_file.read_bytes())
    match_reports(table.slice(0, WARMING), settings=settings)
    before = peak_mb()
    started, worked = time.perf_counter(), time.process_time()
    found = match_reports(table, settings=settings)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - worked
    if settings is None:
        settings_file.write_bytes(found.settings.to_json())
    return {
        "reports": len(table),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "before_mb": before,
        "peak_mb": peak_mb(),
    }


def main() -> None:
    how, file, last, *words = sys.argv[1:]
    if how == "write":
        done = write(Path(file), int(last), words=words == ["1"])
    else:
        done = measure(how, Path(file), Path(last))
    print(json.dumps(done))


if __name__ == "__main__":
    main()
