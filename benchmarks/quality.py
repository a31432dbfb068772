"""How well a matching agrees with the truth: pairs, exact clusters of two or more, B-cubed; and how true its
posteriors are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def f1(right: float, found: float, true: float) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * right / (found + true) if found + true else 1.0


def scores(clusters: Sequence[Sequence[str]], truth: Mapping[str, int]) -> dict[str, float]:
    """`agreement` of clusters of ids that hold every id once."""
    ids = [id for cluster in clusters for id in cluster]
    assert len(ids) == len(truth)
    found = np.repeat(np.arange(len(clusters)), [len(cluster) for cluster in clusters])
    return agreement(found, np.array([truth[id] for id in ids]))


def agreement(found: Array, truth: Array) -> dict[str, float]:
    """Precision, recall and F1 over pairs, over exact clusters of at least two, and B-cubed; the error of the number of
    incidents. found, truth: the cluster and the incident of each report."""
    home, found_size = _numbered(found)
    incident, true_size = _numbered(truth)
    overlap, shared = np.unique(home * len(true_size) + incident, return_counts=True)
    of_found, of_true = found_size[overlap // len(true_size)], true_size[overlap % len(true_size)]
    right, in_found, in_true = (
        int((n * (n - 1) // 2).sum()) for n in (shared, found_size, true_size)
    )
    joined, told_twice = int((found_size >= 2).sum()), int((true_size >= 2).sum())
    exact = int(((shared >= 2) & (shared == of_found) & (shared == of_true)).sum())
    precision, recall = (float((shared**2 / of).sum()) / len(home) for of in (of_found, of_true))
    return {
        "pair_precision": right / in_found if in_found else 1.0,
        "pair_recall": right / in_true if in_true else 1.0,
        "pair_f1": f1(right, in_found, in_true),
        "cluster_precision": exact / joined if joined else 1.0,
        "cluster_recall": exact / told_twice if told_twice else 1.0,
        "cluster_f1": f1(exact, joined, told_twice),
        "bcubed_precision": precision,
        "bcubed_recall": recall,
        "bcubed_f1": 2 * precision * recall / (precision + recall),
        "incidents_error": len(found_size) / len(true_size) - 1,
    }


def calibration(posterior_milli: Array, found: Array, truth: Array) -> list[dict[str, float]]:
    """Posteriors beside what came true, by decile and by whether a report was joined with others.

    Of a joined report that share came true of the other members of its cluster that speak of its incident; a report left
    alone is right where no other report speaks of its incident. Each: decile, joined, reports, and the sums of both."""
    home, found_size = _numbered(found)
    incident, true_size = _numbered(truth)
    _, at, shared = np.unique(
        home * len(true_size) + incident, return_inverse=True, return_counts=True
    )
    joined, others = found_size[home] >= 2, np.maximum(found_size[home] - 1, 1)
    right = np.where(joined, (shared[at] - 1) / others, true_size[incident] == 1)
    decile = np.minimum(posterior_milli // 100, 9)
    rows = []
    for n in range(10):
        for together in (True, False):
            chosen = (decile == n) & (joined == together)
            stated, came_true = posterior_milli[chosen].sum() / 1000, right[chosen].sum()
            rows.append(
                {
                    "decile": n, "joined": together, "reports": int(chosen.sum()),
                    "stated": float(stated), "came_true": float(came_true),
                }
            )  # fmt: skip
    return rows


def _numbered(labels: Array) -> tuple[Array, Array]:
    """Labels as numbers from zero, and how many there are of each."""
    _, number, count = np.unique(labels, return_inverse=True, return_counts=True)
    return number.astype(np.int64), count.astype(np.int64)
