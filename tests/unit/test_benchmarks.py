"""What the benchmark of matching measures with, on cases small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.made_up import make
from benchmarks.matching_page import between_marks
from benchmarks.quality import agreement, calibration
from benchmarks.sum_linkage import sum_linkage


def test_agreement_by_hand() -> None:
    found, truth = np.array([0, 0, 1, 1, 2]), np.array([0, 0, 1, 2, 2])
    figures = agreement(found, truth)
    assert figures["pair_precision"] == figures["pair_recall"] == 1 / 2
    assert figures["cluster_f1"] == figures["cluster_precision"] == 1 / 2
    assert figures["bcubed_precision"] == figures["bcubed_recall"] == pytest.approx(4 / 5)
    assert figures["incidents_error"] == 0


def test_a_report_comes_true_by_its_company_and_one_alone_by_being_the_only_one() -> None:
    posterior = np.array([950, 950, 350, 1000, 420])
    found, truth = np.array([0, 0, 0, 1, 2]), np.array([0, 0, 1, 2, 1])
    rows = {(row["decile"], row["joined"]): row for row in calibration(posterior, found, truth)}
    assert rows[9, True]["stated"] == 1.9
    assert rows[9, True]["came_true"] == 1.0  # half of the company of each
    assert rows[3, True]["came_true"] == 0.0
    assert rows[9, False]["came_true"] == 1.0
    assert rows[4, False]["came_true"] == 0.0
    assert sum(row["reports"] for row in rows.values()) == 5


def test_sum_linkage_joins_best_first_and_no_source_twice() -> None:
    source = np.array([1, 2, 3, 1])
    one, other = np.array([0, 1, 0, 1]), np.array([1, 2, 2, 3])
    home = sum_linkage(source, one, other, np.array([3_000, 2_000, -500, 2_900]))
    assert home[0] == home[1] == home[2] != home[3]
    home = sum_linkage(source, one, other, np.array([3_000, 2_000, -2_500, 2_900]))
    assert home[0] == home[1]
    assert len(set(home.tolist())) == 3


def test_one_seed_makes_one_table() -> None:
    options = {"words": True, "duplicates": 0.1, "bursts": 0.1, "uneven": True, "missing": 0.3}
    one, other, another = (make(500, seed=seed, **options) for seed in (6, 6, 8))  # type: ignore[arg-type]  # mixed kinds
    assert one.table.equals(other.table)
    assert not one.table.equals(another.table)
    assert 0 < one.again.sum() < 100
    assert {"place", "text"} <= set(one.table.column_names)


def test_a_table_stands_between_its_marks() -> None:
    text = "a\n<!-- x -->\nold\n<!-- end of x -->\nb"
    assert between_marks(text, "x", ["n", "m"]) == "a\n<!-- x -->\nn\nm\n<!-- end of x -->\nb"
