"""Splink and the matcher on the same reports in the same job, one after the other.

Splink's cuts are found with the truth, for each measure the best; ours are not. Its seconds are those of one run with one
cut that somebody already knows."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.made_up import MadeUp, make
from benchmarks.matching_growth import in_own_process
from benchmarks.quality import agreement
from trucekeeper import match_reports
from trucekeeper.matching.settings import read_settings

PYTHON = ".venv-splink/bin/python"
#: Reports, country-years, seeds.
SIZES = (
    (10_000, 1, (101, 102, 103, 104, 105)),
    (100_000, 1, (101, 102, 103, 104, 105)),
    (1_000_000, 10, (101,)),
)
#: Splink is stopped after this, and may hold at most this much and never more than is free.
SECONDS = 900
MEMORY_GB = 14
SPARED_GB = 5
#: Where the search for the best cut of a million ends: one of the two variants, what a user can have.
BOTH_MAX = 200_000


def rival(
    folder: Path, rows: list[dict[str, Any]], keep: Callable[[list[dict[str, Any]]], None]
) -> None:
    """Measures each size and seed that there is no row of yet, and keeps all rows after each."""
    for count, country_years, seeds in SIZES:
        for seed in seeds:
            if (count, seed) in [(row["count"], row["seed"]) for row in rows]:
                continue
            made = make(count, seed=seed, country_years=country_years)
            rows.append({"count": count, "seed": seed, **both(made, folder)})
            keep(rows)
            print(count, seed, rows[-1]["own"], rows[-1]["seconds"], flush=True)


def both(made: MadeUp, folder: Path) -> dict[str, Any]:
    """The matcher in a process of its own, then Splink in its environment, on one file each."""
    file, settings = folder / "reports.arrow", folder / "settings.json"
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, made.table.schema) as writer:
        writer.write_table(made.table)
    seconds = {how: in_own_process(how, file, settings) for how in ("estimate", "match")}
    known = read_settings(settings.name, settings.read_bytes())
    found = match_reports(made.table, settings=known).table["incident"].to_numpy()
    own = agreement(found, made.incident)
    parquet, result = folder / "reports.parquet", folder / "splink.json"
    pq.write_table(made.table.append_column("truth", pa.array(made.incident)), parquet)
    result.unlink(missing_ok=True)
    command = [
        PYTHON, "-m", "benchmarks.rivals.splink_run", str(parquet), str(result),
        "--memory", f"{memory_gb()}GB", "--seconds", str(SECONDS), "--variants", "em",
        *(["truth"] if len(made.table) <= BOTH_MAX else []),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    load = round(os.getloadavg()[0], 1)
    splink = json.loads(result.read_text())
    return {"own": own, "seconds": seconds, "splink": splink, "load": load}


def memory_gb() -> int:
    """What Splink may hold."""
    stated = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(stated["MemAvailable"].split()[0]) // 2**20
    return max(1, min(MEMORY_GB, free - SPARED_GB))
