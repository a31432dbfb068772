"""Settings of matching for an agreement's annex, estimated from the reports of a cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from trucekeeper.engines.columns import coded
from trucekeeper.engines.estimation import EXPECTED_MIN, estimate
from trucekeeper.engines.extras import need
from trucekeeper.engines.kernel import THREADS
from trucekeeper.errors import Code, NodeError, Place, Problem
from trucekeeper.governance.record import Cut
from trucekeeper.incidents.located import as_match_reports
from trucekeeper.matching.reports import MatchReport, is_eligible, make_units
from trucekeeper.matching.settings import Settings
from trucekeeper.matching.statements import bound_matches
from trucekeeper.picture import Derived


@dataclass(frozen=True)
class Estimated:
    """Settings of matching, and what they were estimated from: the cut, and how many reports of
    each source were precise enough to be compared, repetitions once. candidates: pairs that were
    compared. expected_pairs: of them, those expected to be of one event. warnings: what makes the
    estimate doubtful, in words."""

    settings: Settings
    cut: Cut
    reports: Mapping[str, int]
    candidates: int
    expected_pairs: int
    warnings: tuple[str, ...]

    def to_json(self) -> bytes:
        """The bytes of the annex file: canonical JSON."""
        return self.settings.to_json()

    @property
    def digest(self) -> str:
        """SHA-256 of the annex file, which the agreement names."""
        return self.settings.digest


def estimated_settings(derived: Derived, *, threads: int = THREADS) -> Estimated:
    """Settings estimated from the reports of a picture, beginning with those it was made with.

    What is one before any comparison (a component that files one thing often, a binding `match`)
    counts once. Same cut, same bytes. Raises QuestionError where Numba is not installed, NodeError
    where too few pairs are of one event to estimate anything."""
    need("numba")
    faces = _compared(derived)
    estimated = estimate(coded(faces), start=derived.settings, threads=threads)
    if estimated.expected_pairs < EXPECTED_MIN:
        found = f"{estimated.expected_pairs} pairs of one event expected among {len(faces)} reports"
        expected = f"{EXPECTED_MIN} at least"
        raise NodeError(Problem(Code.TOO_FEW_PAIRS, Place(), found, expected))
    cut = derived.cut
    return Estimated(
        replace(estimated.settings, name=f"estimated from cut {cut.digest}"),
        cut,
        dict(sorted(Counter(face.source for face in faces).items())),
        estimated.candidates,
        estimated.expected_pairs,
        estimated.warnings,
    )


def _compared(derived: Derived) -> list[MatchReport]:
    """What each unit states that is precise enough, ordered by tie."""
    reports = as_match_reports(derived.located, derived.agreement)
    ordered = sorted(reports, key=lambda r: r.tie)
    precise = {r.id: 1 for r in ordered if is_eligible(r, derived.settings)}
    same = bound_matches(derived.governed)[0].same
    units = make_units(ordered, precise, same, derived.settings)
    return [unit.face for unit in units if unit.face is not None]
