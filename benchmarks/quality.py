"""How well a matching agrees with the truth: pairs, exact clusters of two or more, B-cubed."""

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
    """Precision, recall and F1 over pairs; F1 over exact clusters of at least two; B-cubed; the error of the number of
    incidents. found, truth: the cluster and the incident of each report."""
    home, found_size = _numbered(found)
    incident, true_size = _numbered(truth)
    overlap, shared = np.unique(home * len(true_size) + incident, return_counts=True)
    of_found, of_true = found_size[overlap // len(true_size)], true_size[overlap % len(true_size)]
    right, in_found, in_true = (
        int((n * (n - 1) // 2).sum()) for n in (shared, found_size, true_size)
    )
    exact = int(((shared >= 2) & (shared == of_found) & (shared == of_true)).sum())
    precision, recall = (float((shared**2 / of).sum()) / len(home) for of in (of_found, of_true))
    return {
        "pair_precision": right / in_found if in_found else 1.0,
        "pair_recall": right / in_true if in_true else 1.0,
        "pair_f1": f1(right, in_found, in_true),
        "cluster_f1": f1(exact, int((found_size >= 2).sum()), int((true_size >= 2).sum())),
        "bcubed_precision": precision,
        "bcubed_recall": recall,
        "bcubed_f1": 2 * precision * recall / (precision + recall),
        "incidents_error": len(found_size) / len(true_size) - 1,
    }


def _numbered(labels: Array) -> tuple[Array, Array]:
    """Labels as numbers from zero, and how many there are of each."""
    _, number, count = np.unique(labels, return_inverse=True, return_counts=True)
    return number.astype(np.int64), count.astype(np.int64)
