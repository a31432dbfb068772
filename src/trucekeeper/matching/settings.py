"""The settings of matching: integer tables and thresholds, part of the agreement (its annex) with a
digest.

Every number that decides is here. All scores are milli-nats: how much more likely the reports look
if they speak of one event than if each speaks of another (Fellegi and Sunter 1969)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated

import msgspec

from trucekeeper.errors import AgreementError, Code, Place, Problem
from trucekeeper.matching.texts import BUCKETS
from trucekeeper.vocabulary.categories import Likeness

Positive = Annotated[int, msgspec.Meta(ge=1, le=10**12)]
Milli = Annotated[int, msgspec.Meta(ge=-100_000, le=100_000)]
Share = Annotated[int, msgspec.Meta(ge=500, le=1000)]
#: Bounded so that no sum of the arithmetic leaves 64 bits.
Reach = Annotated[int, msgspec.Meta(ge=1, le=200_000)]


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


class NameTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it says that two named places have one name or code, one skeleton of consonants across
    scripts, or neither."""

    same: Milli
    similar: Milli
    other: Milli


class Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What each comparison says, for a pair of sources, for all others, or within one source."""

    #: Odds before anything is compared, where one report lies in the surroundings.
    prior_milli: Milli
    #: Of one and the same point; null: as the first bin of `place_milli`.
    same_point_milli: Milli | None = None
    #: Of each bin of `place_edges`, beside what the stated radii say.
    place_milli: tuple[Milli, ...]
    #: Of periods that overlap, beside what their lengths say; then of each bin of `gap_edges_s`.
    time_milli: tuple[Milli, ...]
    act: WordTerms
    weapon: WordTerms
    author: WordTerms
    target: WordTerms
    killed: NumberTerms
    name: NameTerms
    #: Of each bin of `text_edges`, the last for what is more alike.
    text_milli: tuple[Milli, ...]


class SourcePair(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Tables of two sources that differ from the common ones. one comes before other."""

    one: str
    other: str
    tables: Tables


class Frequencies(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is added where both state this very value: more for a rare one. Several alternatives
    stand as one value, in order, joined by " | "."""

    act: Mapping[str, Milli] = {}
    weapon: Mapping[str, Milli] = {}
    author: Mapping[str, Milli] = {}
    target: Mapping[str, Milli] = {}
    name: Mapping[str, Milli] = {}
    #: Weights of the buckets of grams of free text, rare ones more; none: all alike.
    grams: tuple[Annotated[int, msgspec.Meta(ge=0, le=1000)], ...] = ()
    #: By the number killed, the last for all greater.
    killed: tuple[Milli, ...] = (0,)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """One annex. Distances in metres, times in seconds."""

    name: str
    #: Which reports are precise enough to be matched: radius and length of the period at most.
    radius_m_max: Reach
    period_s_max: Annotated[int, msgspec.Meta(ge=1, le=10**9)]
    #: The error of a place or time that is stated as exact.
    place_floor_m: Annotated[int, msgspec.Meta(ge=30, le=100_000)]
    time_floor_s: Annotated[int, msgspec.Meta(ge=900, le=10**12)]
    #: Upper edges of 16 × squared distance / variance. Beyond the last, and beyond `reach_m_max`,
    #: two reports are no candidates.
    place_edges: tuple[Annotated[int, msgspec.Meta(ge=1, le=100_000)], ...]
    reach_m_max: Reach
    #: Upper edges of the gap between periods that do not overlap; beyond the last, no candidates.
    gap_edges_s: tuple[Annotated[int, msgspec.Meta(ge=0, le=10**9)], ...]
    #: Ranges of casualties no further apart than this are near.
    killed_near_max: Positive
    #: Upper edges of the likeness of texts, thousandths.
    text_edges: tuple[Positive, ...]
    #: What a member says that lies beyond the edges of the others of its incident.
    beyond_milli: Milli
    #: Where the surroundings of a report are counted: all reports within this distance and time.
    #: One with more than `crowd_max` around it is not compared.
    density_radius_m: Reach
    density_gap_s: Annotated[int, msgspec.Meta(ge=900, le=10**9)]
    crowd_max: Annotated[int, msgspec.Meta(ge=1, le=10**6)]
    tables: Tables
    pairs: tuple[SourcePair, ...] = ()
    #: Within one source; null: a source does not repeat itself.
    repeats: Tables | None = None
    frequencies: Frequencies = Frequencies()
    #: How much of the evidence counts in a posterior, thousandths: fields that go together
    #: overstate it.
    confidence_milli: Annotated[int, msgspec.Meta(ge=1, le=2_000)]
    #: The evidence for what was not compared, beside which every membership stands: no posterior is
    #: 1000 where a report beyond the edges may belong.
    unseen_milli: Milli
    #: Pairs below this are no candidates.
    edge_min_milli: Annotated[int, msgspec.Meta(ge=-100_000, le=0)]
    #: At most so many candidates of a report are kept of each source, the best.
    candidates_max: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    #: Where more reports hang together than this, their own threshold rises by a step until they
    #: fall apart.
    component_max: Annotated[int, msgspec.Meta(ge=2, le=1000)]
    threshold_step_milli: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    #: How often every report may move to a better incident.
    rounds_max: Annotated[int, msgspec.Meta(ge=0, le=100)]
    #: A membership counts as certain from this posterior (thousandths); a link to another incident
    #: as possible from this evidence.
    certain_milli: Share
    possible_min_milli: Milli

    def to_json(self) -> bytes:
        """The bytes of an annex file: canonical JSON."""
        return msgspec.json.encode(self, order="sorted")

    @property
    def digest(self) -> str:
        """SHA-256 of the annex file, which the agreement names."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @cached_property
    def by_sources(self) -> Mapping[tuple[str, str], Tables]:
        """The tables of pairs of sources that have their own, in both orders."""
        return {
            ends: pair.tables
            for pair in self.pairs
            for ends in ((pair.one, pair.other), (pair.other, pair.one))
        }

    def between(self, one: str, other: str) -> Tables | None:
        """The tables of two sources; None within one that does not repeat itself."""
        if one == other:
            return self.repeats
        return self.by_sources.get((one, other), self.tables)

    def every_table(self) -> Iterator[tuple[str, Tables]]:
        """Each of the tables and where it stands."""
        yield "tables", self.tables
        for n, pair in enumerate(self.pairs):
            yield f"pairs.{n}.tables", pair.tables
        if self.repeats is not None:
            yield "repeats", self.repeats


def read_settings(file: str, text: bytes) -> Settings:
    """The settings of an annex file. Raises AgreementError."""
    try:
        settings = msgspec.json.decode(text, type=Settings)
    except msgspec.DecodeError as error:
        raise AgreementError(
            Problem(Code.WRONG_TYPE, Place(file=file), str(error), "matching settings as JSON")
        ) from error
    for key, found, expected in _misfits(settings):
        raise AgreementError(Problem(Code.BAD_ORDER, Place(file=file, key=key), found, expected))
    return settings


def _misfits(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Where tables and edges do not fit: key, what was found, what was expected."""
    for name in ("place_edges", "gap_edges_s", "text_edges"):
        edges = getattr(settings, name)
        if not edges or list(edges) != sorted(set(edges)):
            yield name, "edges out of order", "ascending, at least one"
    sizes = {
        "place_milli": len(settings.place_edges),
        "time_milli": len(settings.gap_edges_s) + 1,
        "text_milli": len(settings.text_edges) + 1,
    }
    for where, tables in settings.every_table():
        for name, size in sizes.items():
            if len(getattr(tables, name)) != size:
                yield f"{where}.{name}", f"{len(getattr(tables, name))} terms", f"{size}"
    for n, pair in enumerate(settings.pairs):
        if pair.one >= pair.other:
            yield f"pairs.{n}", f"{pair.one}, {pair.other}", "two sources in order"
        if (pair.one, pair.other) in {(p.one, p.other) for p in settings.pairs[:n]}:
            yield f"pairs.{n}", f"{pair.one}, {pair.other} again", "each pair once"
    if len(settings.frequencies.grams) not in (0, BUCKETS):
        found = f"{len(settings.frequencies.grams)} weights"
        yield "frequencies.grams", found, f"none, or {BUCKETS}"
    if not settings.frequencies.killed:
        yield "frequencies.killed", "no terms", "at least one"


#: The default annex of rules version 1: `estimate` over made-up reports whose errors are those that
#: the notes on practice expect, rounded to fifties. docs/benchmarks.md says how well it does.
DEFAULT = Settings(
    name="default-2",
    radius_m_max=25_000,
    period_s_max=6 * 86_400,
    place_floor_m=1_000,
    time_floor_s=3 * 3_600,
    place_edges=(2, 4, 8, 12, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144),
    reach_m_max=40_000,
    gap_edges_s=(1, 6 * 3_600, 86_400),
    killed_near_max=2,
    text_edges=(50, 100, 200, 300, 450, 600),
    beyond_milli=-8_000,
    density_radius_m=20_000,
    density_gap_s=4 * 86_400,
    crowd_max=4_000,
    tables=Tables(
        prior_milli=2_200,
        place_milli=(
            50, -350, -450, -450, -500, -600, -750, -950, -1400, -2350, -3250, -4250, -4600, -5000,
        ),
        time_milli=(0, -2500, -2500, -2000),
        act=WordTerms(same=1_450, broader=300, sibling=-500, other=-2_000),
        weapon=WordTerms(same=1_100, broader=400, sibling=-500, other=-1_400),
        author=WordTerms(same=1_200, broader=400, sibling=0, other=-1_500),
        target=WordTerms(same=600, broader=200, sibling=0, other=-800),
        killed=NumberTerms(overlap=1_200, both_zero=600, near=-450, far=-950),
        name=NameTerms(same=1_500, similar=1_000, other=-700),
        text_milli=(-500, 0, 500, 1_000, 1_500, 2_500, 3_500),
    ),
    confidence_milli=850,
    unseen_milli=-4_000,
    edge_min_milli=-1_500,
    candidates_max=3,
    component_max=64,
    threshold_step_milli=250,
    rounds_max=2,
    certain_milli=900,
    possible_min_milli=-1_500,
)  # fmt: skip
