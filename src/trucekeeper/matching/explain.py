"""The terms of a score, for the screen: why two reports were, or were not, taken for one event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from trucekeeper.matching.model import MatchReport, pair_terms
from trucekeeper.matching.settings import Settings


def explain_pair(
    a: MatchReport, b: MatchReport, around: Mapping[str, int], settings: Settings
) -> Mapping[str, int] | None:
    """The terms of a pair in milli-nats, by name, and their sum as `total`; None where it is no
    candidate."""
    if a.radius_m is None or b.radius_m is None:
        return None
    terms = pair_terms(a, b, around.get(a.id, 0), around.get(b.id, 0), settings)
    return None if terms is None else {**asdict(terms), "total": terms.total}
