"""The answer of one scope test, and the zone that an incident lies in."""

from __future__ import annotations

from dataclasses import dataclass

from trucekeeper.agreement.model import Zone
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.reasons import Reason
from trucekeeper.vocabulary.words import ScopeResult


@dataclass(frozen=True, slots=True)
class Test:
    """The answer of one test: for one report, or for an incident. refs: statements that it rests on
    beside the reports."""

    result: ScopeResult
    reasons: tuple[Reason, ...]
    clauses: tuple[str, ...] = ()
    refs: tuple[RefText, ...] = ()


@dataclass(frozen=True, slots=True)
class ZoneFinding:
    """Which zone an incident lies in, and what each map that could tell says of it. basis: how it
    lies, by whose map of which version: `inside agreed 2`, `outside a 1` (a participant's version),
    `across sketch 1`."""

    zone: Zone
    basis: tuple[str, ...]
