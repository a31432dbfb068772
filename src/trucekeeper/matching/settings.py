"""The settings of matching: integer tables and thresholds, part of the agreement (its annex) with a
digest.

Every number that decides is here. All scores are milli-nats: how much more likely a pair looks if
both reports speak of one event than if they do not (Fellegi and Sunter 1969)."""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec

from trucekeeper.errors import AgreementError, Code, Place, Problem
from trucekeeper.vocabulary.categories import Likeness

Positive = Annotated[int, msgspec.Meta(ge=1, le=10**12)]
Milli = Annotated[int, msgspec.Meta(ge=-100_000, le=100_000)]


class WordTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it says that two words of a tree are alike or not; a missing word says nothing."""

    same: Milli
    broader: Milli
    sibling: Milli
    other: Milli

    def of(self, likeness: Likeness) -> int:
        return {
            Likeness.SAME: self.same,
            Likeness.BROADER: self.broader,
            Likeness.SIBLING: self.sibling,
            Likeness.OTHER: self.other,
        }[likeness]


class NumberTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it says that two ranges of numbers overlap (above zero, or at zero), lie near each
    other, or far apart."""

    overlap: Milli
    both_zero: Milli
    near: Milli
    far: Milli
    #: Ranges no further apart than this are near.
    near_max: Positive


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One annex. Distances in metres, times in seconds."""

    name: str
    #: Which reports are precise enough to be matched: radius and length of the period at most.
    radius_m_max: Positive
    period_s_max: Positive
    #: The error of a place or time that is stated as exact.
    place_floor_m: Positive
    time_floor_s: Positive
    #: A pair is a candidate within these, and within the last edge of both ratio tables.
    reach_m_max: Positive
    gap_s_max: Positive
    #: Upper edges of 16 × squared distance / variance, and the term of each bin (one per edge).
    place_edges: tuple[Positive, ...]
    place_milli: tuple[Milli, ...]
    time_edges: tuple[Positive, ...]
    time_milli: tuple[Milli, ...]
    #: Where the surroundings of a report are counted: other sources' reports within this distance
    #: and time.
    density_radius_m: Positive
    density_gap_s: Positive
    #: What a certain pair would score at a place where one other report lies in the surroundings.
    prior_milli: Milli
    act: WordTerms
    weapon: WordTerms
    author: WordTerms
    target: WordTerms
    killed: NumberTerms
    #: Pairs below this are no candidates; a pair inside a cluster that is no candidate counts as
    #: `missing_milli`.
    edge_min_milli: Milli
    missing_milli: Milli
    #: At most so many candidates of a report are kept, the best.
    candidates_max: Positive
    #: A membership counts as certain from this posterior (thousandths); a link to another incident
    #: as possible from this score.
    certain_milli: Annotated[int, msgspec.Meta(ge=500, le=1000)]
    possible_min_milli: Milli

    @property
    def digest(self) -> str:
        """SHA-256 of the settings' canonical JSON."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


def read_settings(file: str, text: bytes) -> Settings:
    """The settings of an annex file. Raises AgreementError."""
    try:
        settings = msgspec.json.decode(text, type=Settings)
    except msgspec.DecodeError as error:
        raise AgreementError(
            Problem(Code.WRONG_TYPE, Place(file=file), str(error), "matching settings as JSON")
        ) from error
    for name in ("place", "time"):
        edges, terms = getattr(settings, f"{name}_edges"), getattr(settings, f"{name}_milli")
        if list(edges) != sorted(set(edges)) or len(edges) != len(terms):
            place = Place(file=file, key=f"{name}_edges")
            raise AgreementError(
                Problem(Code.BAD_ORDER, place, "edges out of order", "ascending, as many as terms")
            )
    return settings


#: The default annex of rules version 1. The ratio terms are those of a bivariate (place) and a
#: univariate (time) normal density, −ratio/2, at the middle of each bin; the others were set by
#: hand on made-up reports and are plain about it: `docs/benchmarks.md` says how well they do.
DEFAULT = Settings(
    name="default-1",
    radius_m_max=25_000,
    period_s_max=6 * 86_400,
    place_floor_m=1_000,
    time_floor_s=3 * 3_600,
    reach_m_max=60_000,
    gap_s_max=4 * 86_400,
    place_edges=(2, 4, 8, 12, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144),
    place_milli=(
        -31,
        -94,
        -188,
        -313,
        -438,
        -625,
        -875,
        -1250,
        -1750,
        -2250,
        -2750,
        -3250,
        -3750,
        -4250,
    ),
    time_edges=(2, 4, 8, 12, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144),
    time_milli=(
        -31,
        -94,
        -188,
        -313,
        -438,
        -625,
        -875,
        -1250,
        -1750,
        -2250,
        -2750,
        -3250,
        -3750,
        -4250,
    ),
    density_radius_m=20_000,
    density_gap_s=2 * 86_400,
    prior_milli=1_000,
    act=WordTerms(same=1_200, broader=300, sibling=-200, other=-1_500),
    weapon=WordTerms(same=1_000, broader=400, sibling=-300, other=-1_000),
    author=WordTerms(same=1_000, broader=400, sibling=0, other=-1_500),
    target=WordTerms(same=600, broader=200, sibling=0, other=-800),
    killed=NumberTerms(overlap=900, both_zero=200, near=0, far=-1_000, near_max=2),
    edge_min_milli=-3_000,
    missing_milli=-1_500,
    candidates_max=64,
    certain_milli=900,
    possible_min_milli=-1_500,
)
