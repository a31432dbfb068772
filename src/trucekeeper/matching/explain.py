"""The terms of a score, for the screen: why two reports were, or were not, taken for one event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from trucekeeper.matching.reports import MatchReport, Unit
from trucekeeper.matching.settings import Settings
from trucekeeper.matching.terms import is_candidate, set_terms


def explain_pair(
    a: MatchReport, b: MatchReport, around: Mapping[str, int], settings: Settings
) -> Mapping[str, int] | None:
    """The terms of a pair in milli-nats, by name, and their sum as `total`; None where it is no
    candidate."""
    if a.id not in around or b.id not in around or not is_candidate(a, b, settings):
        return None
    if settings.between(a.source, b.source) is None:
        return None
    units = [Unit((r,), frozenset({r.source}), r, around[r.id]) for r in (a, b)]
    terms = set_terms(units, settings)
    return {**asdict(terms), "total": terms.total}
