"""How well a matching agrees with the truth: pairs, exact clusters of two or more, B-cubed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence


def f1(right: float, found: float, true: float) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * right / (found + true) if found + true else 1.0


def scores(clusters: Sequence[Sequence[str]], truth: Mapping[str, int]) -> dict[str, float]:
    """F1 over pairs, over exact clusters of at least two, and B-cubed; and the error of the number of incidents."""
    home = {id: n for n, cluster in enumerate(clusters) for id in cluster}
    both = Counter((home[id], truth[id]) for id in home)
    found, true = Counter(home.values()), Counter(truth.values())
    pairs = [sum(n * (n - 1) // 2 for n in c.values()) for c in (both, found, true)]
    exact = sum(1 for (c, t), n in both.items() if n >= 2 and n == found[c] == true[t])
    large = [sum(1 for n in c.values() if n >= 2) for c in (found, true)]
    precision = sum(n * n / found[c] for (c, _), n in both.items()) / len(home)
    recall = sum(n * n / true[t] for (_, t), n in both.items()) / len(home)
    return {
        "pair_f1": f1(*pairs),
        "cluster_f1": f1(exact, *large),
        "bcubed_f1": 2 * precision * recall / (precision + recall),
        "incidents_error": len(found) / len(true) - 1,
    }
