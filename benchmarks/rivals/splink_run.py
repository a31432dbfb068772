"""Splink over made-up reports, set up as well as its users would and with its best cuts found by the truth.

.venv-splink/bin/python -m benchmarks.rivals.splink_run REPORTS.parquet RESULT.json

The reports: the columns of benchmarks/made_up.py and `truth`, the number of the incident. Splink is told the share of
true pairs among the candidates. Variant `em`: m and u by expectation maximisation over two grids of blocks, without the
truth. Variant `truth`: m and u counted from the truth, what no user has; its ceiling."""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import splink
from splink.blocking_rule_library import CustomRule
from splink.internals.exceptions import SplinkException

from benchmarks.memory import peak_mb
from benchmarks.quality import agreement
from benchmarks.rivals import splink_model as model

Array = np.ndarray[Any, np.dtype[Any]]
Probabilities = dict[str, tuple[list[float], list[float]]]

#: Cuts in bits (the base-2 logarithm of the odds), from the likely best outwards, as time may run out.
CUTS = {
    "one_to_one": (0, -1, -0.5, 0.5, 1, -1.5, 1.5, -2, 2, -2.5, 2.5, -3, 3),
    "connected": (1, 2, 0, 3, -1, 4, -2, 5),
}
MEASURES = ("pair_f1", "cluster_f1", "bcubed_f1")
#: Pairs of which levels are counted, and pairs of each training.
COUNTED = 500_000
TRAINED = 2_000_000


class Run:
    """One database of reports and what is found in it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, *, local: bool, seconds: float) -> None:
        self.con = con
        self.local = local
        self.ends = time.perf_counter() + seconds
        self.api = splink.DuckDBAPI(con)
        self.seconds: dict[str, float] = {}
        self.result: dict[str, Any] = {
            "versions": {"splink": splink.__version__, "duckdb": duckdb.__version__},
            "local_authors": local, "seconds": self.seconds, "variants": {},
        }  # fmt: skip

    @contextmanager
    def timed(self, seconds: dict[str, float], stage: str) -> Iterator[None]:
        started = time.perf_counter()
        if started > self.ends:
            raise TimeoutError(f"before {stage}")
        try:
            yield
        finally:
            seconds[stage] = round(time.perf_counter() - started, 2)
            self.result["peak_mb"] = peak_mb()

    def read(self, path: str) -> None:
        """Reports, candidate pairs, and how often each level is seen among them."""
        with self.timed(self.seconds, "prepare"):
            self.sources = model.prepare(self.con, path)
            self.comparisons = model.comparisons(self.con, local=self.local)
            self.tables = [
                self.api.register(f"report_{s}", dataset_display_name=s) for s in self.sources
            ]
            self.truth = self.con.execute(
                "select truth from report order by unique_id"
            ).fetchnumpy()["truth"]
        with self.timed(self.seconds, "candidates"):
            found, true = model.candidates(self.con)
            self.pairs = self.api.register("candidate")
        self.share = true / found
        self.result |= {"reports": len(self.truth), "candidates": found, "candidates_true": true}
        with self.timed(self.seconds, "levels"):
            self.start, self.counted = self._levels()

    def linker(self, probabilities: Probabilities, *, keep_levels: bool = False) -> Any:
        settings = splink.SettingsCreator(
            link_type="link_only",
            probability_two_random_records_match=self.share,
            comparisons=[c.settings(*probabilities[c.name]) for c in self.comparisons],
            blocking_rules_to_generate_predictions=[],
            retain_matching_columns=keep_levels,
            max_iterations=60,
            em_convergence=0.0002,
        )
        return splink.Linker(self.tables, settings, log_level=None)

    def predict(self, linker: Any, pairs: Any, cut: float | None = None) -> Any:
        linker.table_management.register_blocked_pairs_for_predict(pairs)
        return linker.inference.predict(threshold_match_weight=cut)

    def _levels(self) -> tuple[Probabilities, Probabilities]:
        """Where expectation maximisation starts (m guessed, u as seen among all candidates), and both by the truth."""
        even: Probabilities = {
            c.name: ([1 / len(c.levels)] * len(c.levels),) * 2 for c in self.comparisons
        }
        self.con.execute(
            f"create table sampled as select * from candidate using sample reservoir({COUNTED} rows) repeatable (1)"
        )
        levels = self.predict(self.linker(even, keep_levels=True), self.api.register("sampled"))
        names = ", ".join(f"gamma_{c.name}" for c in self.comparisons)
        seen = self.con.execute(f"""
            select {names}, l.truth = r.truth as truth, count(*) as pairs from {levels.physical_name} as pair
            join report as l on l.unique_id = unique_id_l join report as r on r.unique_id = unique_id_r group by all
        """).fetchnumpy()
        levels.drop_table_from_database_and_remove_from_cache()
        start, counted = {}, {}
        for c in self.comparisons:
            level = len(c.levels) - 1 - seen[f"gamma_{c.name}"]
            shares = {
                which: _shares(level, len(c.levels), seen["pairs"] * weight)
                for which, weight in (
                    ("all", 1),
                    ("true", seen["truth"]),
                    ("false", ~seen["truth"]),
                )
            }
            guessed = sum(one.m for one in c.levels)
            start[c.name] = ([one.m / guessed for one in c.levels], shares["all"])
            counted[c.name] = (shares["true"], shares["false"])
        return start, counted

    def em(self) -> Any:
        linker = self.linker(self.start)
        for grid in ("grid_a", "grid_b"):
            linker.training.estimate_parameters_using_expectation_maximisation(
                CustomRule(f"l.{grid} = r.{grid} and {model.reach('block_')}"),
                estimate_without_term_frequencies=True,
                fix_u_probabilities=False,
                max_pairs=TRAINED,
                record_sample_proportion=0.1,
            )
        return linker

    def variant(self, name: str) -> None:
        """Trains, scores every candidate, and clusters at every cut."""
        spent: dict[str, float] = {}
        found: dict[str, Any] = {"seconds": spent}
        self.result["variants"][name] = found
        with self.timed(spent, "train"):
            linker = self.em() if name == "em" else self.linker(self.counted)
        found["parameters"] = _parameters(linker)
        with self.timed(spent, "predict"):
            edges = self.predict(linker, self.pairs, min(min(cuts) for cuts in CUTS.values()))
        counted = self.con.execute(f"select count(*) from {edges.physical_name}").fetchall()
        found["edges"] = counted[0][0]
        for how, cuts in CUTS.items():
            found[how] = {"cuts": (tried := [])}
            for cut in cuts:
                tried.append(self._clusters(linker, edges, how, cut))
                found[how]["best"] = {m: _best(tried, m) for m in MEASURES}
                once = sum((*self.seconds.values(), *spent.values()))
                once += sum(t["seconds"] for t in tried) / len(tried)
                found[how]["seconds_once"] = round(once, 1)
        edges.drop_table_from_database_and_remove_from_cache()

    def _clusters(self, linker: Any, edges: Any, how: str, cut: float) -> dict[str, float]:
        spent: dict[str, float] = {}
        with self.timed(spent, "seconds"):
            if how == "one_to_one":
                found = linker.clustering.cluster_using_single_best_links(
                    edges, duplicate_free_datasets=self.sources, threshold_match_weight=cut
                )
            else:
                found = linker.clustering.cluster_pairwise_predictions_at_threshold(
                    edges, threshold_match_weight=cut
                )
        home = self.con.execute(f"""
            select dense_rank() over (order by cluster_id) as home from {found.physical_name} order by unique_id
        """).fetchnumpy()["home"]
        found.drop_table_from_database_and_remove_from_cache()
        return {
            "cut": cut,
            **spent,
            **{name: round(value, 5) for name, value in agreement(home, self.truth).items()},
        }


def _shares(level: Array, levels: int, weight: Array) -> list[float]:
    """The share of each level where something is said; none is zero."""
    said = level < levels
    counted = np.bincount(level[said], weights=weight[said], minlength=levels) + 0.5
    shares: list[float] = (counted / counted.sum()).tolist()
    return shares


def _best(tried: Sequence[dict[str, float]], measure: str) -> dict[str, float]:
    best = max(tried, key=lambda t: t[measure])
    return {name: best[name] for name in ("cut", measure, "incidents_error")}


def _parameters(linker: Any) -> dict[str, Any]:
    """Each level's m and u."""
    return {
        c["output_column_name"]: [
            [round(level.get(p) or 0, 5) for p in ("m_probability", "u_probability")]
            for level in c["comparison_levels"]
            if not level.get("is_null_level")
        ]
        for c in linker.misc.save_model_to_json()["comparisons"]
    }


def run(
    path: str, *, variants: Sequence[str], local: bool, memory: str, threads: int, seconds: float,
    keep: Callable[[dict[str, Any]], None],
) -> None:  # fmt: skip
    """Keeps the result after every variant. Where memory or time runs out, it says so in `stopped`."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute(
            f"set memory_limit = '{memory}'; set threads = {threads}; set temp_directory = '{folder}'"
        )
        con.execute("set preserve_insertion_order = false")
        one = Run(con, local=local, seconds=seconds)
        over = threading.Timer(seconds, con.interrupt)
        over.daemon = True
        over.start()
        try:
            one.read(path)
            for variant in variants:
                one.variant(variant)
                keep(one.result)
        except (duckdb.Error, SplinkException, TimeoutError) as stopped:
            cause = stopped.__cause__ or stopped
            one.result["stopped"] = f"{type(cause).__name__}: {str(cause).splitlines()[0]}"
        over.cancel()
        keep(one.result)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reports")
    parser.add_argument("result", type=Path)
    parser.add_argument("--variants", nargs="+", default=["em", "truth"], choices=["em", "truth"])
    parser.add_argument(
        "--local-authors", action="store_true", help="frequencies of authors by place"
    )
    parser.add_argument("--memory", default="14GB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1_200)
    given = parser.parse_args()
    run(
        given.reports, variants=given.variants, local=given.local_authors, memory=given.memory, threads=given.threads,
        seconds=given.seconds, keep=lambda result: _write(given.result, result),
    )  # fmt: skip


def _write(path: Path, result: dict[str, Any]) -> None:
    path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
