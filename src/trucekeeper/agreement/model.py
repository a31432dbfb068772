"""The agreement's shape: one value per block of the file, as it stands there.

Instants are aware; dates are days of the agreement's own calendar. `source` names entries of
`[[sources]]`. `amendment` names the amendment with which a block comes into force. What the blocks
mean together is in `rules`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import field

from trucekeeper.vocabulary.ids import IDENTIFIER
from trucekeeper.vocabulary.times import Instant
from trucekeeper.vocabulary.words import ActClass, Role, Standing

Id = Annotated[str, msgspec.Meta(pattern=f"^{IDENTIFIER.pattern}$")]
ZoneId = Annotated[str, msgspec.Meta(pattern="^[A-Za-z][A-Za-z0-9-]{0,39}$")]
ClauseId = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Hours = Annotated[int, msgspec.Meta(ge=1, le=24 * 366)]
Sources = tuple[str, ...]


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every block of the file has in common."""


class Head(Block, frozen=True, kw_only=True):
    """`[agreement]`: what it is and from when it holds."""

    id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9./-]{0,60}$")]
    title: str
    in_force: Instant
    until: Instant | None = None
    rules: Annotated[int, msgspec.Meta(ge=1)] = 1
    reporting_circle: Id
    languages: tuple[str, ...] = ("en",)
    #: Printed on every page, after the software's own words.
    note: str | None = None
    exercise: bool = False
    transcription: bool = False
    source: Sources = ()


class Offset(Block, frozen=True, kw_only=True):
    """UTC offset of local time from an instant on."""

    starts: Instant = field(name="from")
    minutes: Annotated[int, msgspec.Meta(ge=-14 * 60, le=14 * 60)]
    source: Sources = ()


class Time(Block, frozen=True, kw_only=True):
    """`[time]`: the agreement's own calendar."""

    offsets: tuple[Offset, ...]
    day_ends_hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 0


class Source(Block, frozen=True, kw_only=True):
    """`[[sources]]`: where a fact was read."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    title: str
    published: date | None = None
    address: str | None = None
    note: str | None = None


class Participant(Block, frozen=True, kw_only=True):
    """`[[participants]]`: who keeps a log. `answers_for`: the participants on whose side it
    guarantees."""

    id: Id
    name: str
    role: Role
    answers_for: tuple[Id, ...] = ()
    #: Whose reading `answers_for` is, where the text does not say it.
    reading: str | None = None
    #: The sources' own words on its part.
    says: str | None = None
    source: Sources = ()


class Component(Block, frozen=True, kw_only=True):
    """`[[components]]`: a log kept for a body or a data set. It is no side: it makes nothing
    contested."""

    id: Id
    name: str
    #: Absent only in a transcription, where whoever transcribes keeps it.
    keeper: Id | None = None
    circle: Id = "public"
    transcribed: bool = False
    #: When the data set was published: the time at which its rows count as stated.
    published: Instant | None = None
    #: `day-and-place`: records of one period that lie within each other's stated radius are taken
    #: together first, as possible repeats of one event.
    repeats: Literal["none", "day-and-place"] = "none"
    licence: str | None = None
    source: Sources = ()


class Circle(Block, frozen=True, kw_only=True):
    """`[[circles]]`: a named set of participants who may read one another's statements in it. Its
    members never change."""

    id: Id
    members: tuple[Id, ...]
    #: The circle whose next edition this is.
    follows: Id | None = None


class Name(Block, frozen=True, kw_only=True):
    """A name of a group, as sources write it."""

    name: str
    starts: date | None = field(name="from", default=None)
    until: date | None = None
    language: str | None = None
    source: Sources = ()


class Reading(Block, frozen=True, kw_only=True):
    """How one participant reads a group's standing, dated and sourced. Readings that differ make
    the scope contested."""

    by: Id
    standing: Standing
    starts: date | None = field(name="from", default=None)
    until: date | None = None
    #: What was said, in a few words.
    says: str | None = None
    source: Sources = ()


class Group(Block, frozen=True, kw_only=True):
    """`[[groups]]`: an armed group, a force or a class of persons, and whether the agreement binds
    it."""

    id: Id
    name: str
    standing: Standing
    #: The participant on whose side it stands, if any: that participant's guarantors answer for it.
    side: Id | None = None
    #: An umbrella covers others, and nothing tells which: its standing stays undetermined.
    covers: tuple[Id, ...] = ()
    clause: ClauseId | None = None
    names: tuple[Name, ...] = ()
    readings: tuple[Reading, ...] = ()
    #: What would have to be at hand to settle an undetermined standing.
    missing: str | None = None
    starts: date | None = field(name="from", default=None)
    until: date | None = None
    amendment: str | None = None
    source: Sources = ()


class Variant(Block, frozen=True, kw_only=True):
    """What another source gives for the same thing."""

    value: str
    source: Sources = ()


class Instrument(Block, frozen=True, kw_only=True):
    """`[[instruments]]`: a document, with what sources say of it."""

    id: Id
    title: str
    date: date
    symbol: str | None = None
    in_force: Instant | None = None
    summary: str | None = None
    variants: tuple[Variant, ...] = ()
    source: Sources = ()


class Clause(Block, frozen=True, kw_only=True):
    """`[[clauses]]`: a provision. `acts` with a class make it a test of scope; without acts it is
    cited only.

    by, against: groups or roles of persons; empty means anybody. zones: empty means everywhere.
    """

    id: ClauseId
    summary: str
    instrument: Id | None = None
    acts_are: ActClass | None = None
    acts: tuple[str, ...] = ()
    by: tuple[Id, ...] = ()
    against: tuple[Id, ...] = ()
    zones: tuple[ZoneId, ...] = ()
    starts: Instant | None = field(name="from", default=None)
    until: Instant | None = None
    variants: tuple[Variant, ...] = ()
    amendment: str | None = None
    source: Sources = ()


class ZoneMap(Block, frozen=True, kw_only=True):
    """One version of a map. `by`: `agreed`, `sketch` (ours, decides nothing) or the participant
    whose version it is."""

    version: str
    by: Id
    file: str
    #: The GeoJSON features, by their `id` property, that make the area.
    features: tuple[str, ...]
    starts: Instant | None = field(name="from", default=None)
    until: Instant | None = None
    amendment: str | None = None
    source: Sources = ()


class Zone(Block, frozen=True, kw_only=True):
    """`[[zones]]`: an area with its own guarantors. Without a map nothing is inside or outside:
    undetermined."""

    id: ZoneId
    name: str
    clause: ClauseId | None = None
    guarantors: tuple[Id, ...] = ()
    circle: Id | None = None
    maps: tuple[ZoneMap, ...] = ()
    starts: Instant | None = field(name="from", default=None)
    until: Instant | None = None
    amendment: str | None = None
    source: Sources = ()


class ExcludedArea(Block, frozen=True, kw_only=True):
    """`[[excluded_areas]]`: where the agreement does not hold. Without a map, whether a place lies
    in it is undetermined."""

    id: Id
    name: str
    clause: ClauseId
    maps: tuple[ZoneMap, ...] = ()
    starts: Instant | None = field(name="from", default=None)
    until: Instant | None = None
    source: Sources = ()


class ReportingArea(Block, frozen=True, kw_only=True):
    """`[[reporting_areas]]`: one row of every count. Together they are a partition of the codes."""

    id: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9]{1,20}$")]
    name: str
    codes: tuple[str, ...]
    #: Names under which sources count it.
    names: tuple[str, ...] = ()


class AreasMap(Block, frozen=True, kw_only=True):
    """`[areas]`: the polygons of the codes. property: the GeoJSON property that holds the code."""

    file: str
    property: str = "id"
    attribution: str | None = None


class Silence(Block, frozen=True, kw_only=True):
    """`[decision.silence]`: a decision proposed stands if nobody objects within the hours after
    receipt."""

    hours: Hours
    clause: ClauseId


class Decision(Block, frozen=True, kw_only=True):
    """`[decision]`: how the mechanism decides. voters: empty means all guarantors (of the zone,
    where it has its own)."""

    rule: Literal["consensus", "majority"]
    clause: ClauseId | None = None
    circle: Id
    voters: tuple[Id, ...] = ()
    quorum: Annotated[int, msgspec.Meta(ge=1)]
    #: Whether a guarantor that is itself, or through its side, the alleged author has a vote that
    #: counts.
    interested: Literal["counts", "does-not-count"] = "counts"
    interested_clause: ClauseId | None = None
    silence: Silence | None = None
    source: Sources = ()


class Service(Block, frozen=True, kw_only=True):
    """`[service]`: when a statement counts as received without proof: so many hours after `held_by`
    proved to hold it."""

    deemed_after_hours: Hours
    held_by: Id
    clause: ClauseId


class Clock(Block, frozen=True, kw_only=True):
    """`[[clocks]]`: what must follow what, and within what time of receipt.

    owed_by: `answerable` (whoever answers for the alleged author's side), `addressee` (whom the
    statement names), `guarantors` (each of those who decide), `tasked` (whom the tasking names).
    """

    id: Id
    title: str
    starts_on: str
    owed_by: Literal["answerable", "addressee", "guarantors", "tasked"]
    met_by: tuple[str, ...]
    hours: Hours
    clause: ClauseId
    circle: Id | None = None
    starts: Instant | None = field(name="from", default=None)
    until: Instant | None = None
    amendment: str | None = None


class Quorum(Block, frozen=True, kw_only=True):
    """`[[quorums]]`: whose receipts of a log's head are called a quorum: `needed` of these, who are
    participants or quorums declared before. circle: whose logs it labels; without one it only
    stands in others. It is a label and gates nothing; the author's own side never counts."""

    id: Id
    needed: Annotated[int, msgspec.Meta(ge=1)]
    of: tuple[Id, ...]
    circle: Id | None = None
    clause: ClauseId | None = None


class Difference(Block, frozen=True, kw_only=True):
    """What another text of the agreement gives in place of this file: the block (`groups`, `zones`,
    `agreement`, ...), its identifier where there are several, and the keys that are other there."""

    clause: ClauseId
    block: str
    id: str | None = None
    values: dict[str, Any]
    says: str | None = None


class LanguageText(Block, frozen=True, kw_only=True):
    """`[[texts]]`: the text of the agreement in a language, and where it differs from this file,
    which gives the founding text. file: an attachment."""

    language: Annotated[str, msgspec.Meta(min_length=2, max_length=35)]
    file: str | None = None
    title: str | None = None
    differs: tuple[Difference, ...] = ()


class Due(Block, frozen=True, kw_only=True):
    """When something is due: on a day (by its end), at an instant, or days after an instrument."""

    on: date | None = None
    at: Instant | None = None
    days: int | None = None
    after: Id | None = None


class DueVariant(Block, frozen=True, kw_only=True):
    """The deadline as another source gives it."""

    due: Due
    source: Sources = ()
    says: str | None = None


class Obligation(Block, frozen=True, kw_only=True):
    """`[[obligations]]`: a promise: who, what, when; each deadline as each source gives it."""

    id: Id
    clause: ClauseId
    who: tuple[str, ...]
    what: str
    due: Due | None = None
    variants: tuple[DueVariant, ...] = ()
    amendment: str | None = None
    source: Sources = ()


class Entitlement(Block, frozen=True, kw_only=True):
    """`[[entitlements]]`: who may state which kinds to which circles. by: roles or identifiers; `*`
    stands for all."""

    kinds: tuple[str, ...]
    by: tuple[str, ...]
    to: tuple[str, ...] = ("*",)
    second_officer: bool = False
    #: Whether officers sign such statements, and their reviews, with keys of their own.
    signed: bool = False
    clause: ClauseId | None = None
    starts: Instant | None = field(name="from", default=None)
    until: Instant | None = None
    amendment: str | None = None


class Matching(Block, frozen=True, kw_only=True):
    """`[matching]`: the annex that decides which reports speak of the same event. file: settings;
    absent means the default of the rules version. bound_by: whose signed `match` statements
    bind."""

    file: str | None = None
    bound_by: Literal["all-guarantors", "two-participants", "nobody"] = "all-guarantors"
    clause: ClauseId | None = None


class Attachment(Block, frozen=True, kw_only=True):
    """`[[attachments]]`: a file that is part of the agreement, by its digest."""

    file: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    sha256: Sha256
    title: str | None = None
    licence: str | None = None
    source: Sources = ()


class Amendment(Block, frozen=True, kw_only=True):
    """`[[amendments]]`: a later change. It is in force from its instant once those who decide have
    stated it."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    title: str
    in_force: Instant
    clause: ClauseId | None = None
    #: Clauses, zones, clocks and obligations that end with it.
    ends: tuple[str, ...] = ()
    source: Sources = ()


class AgreementFile(Block, frozen=True, kw_only=True):
    """The whole file."""

    agreement: Head
    time: Time
    sources: tuple[Source, ...] = ()
    participants: tuple[Participant, ...]
    components: tuple[Component, ...] = ()
    circles: tuple[Circle, ...]
    groups: tuple[Group, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    clauses: tuple[Clause, ...]
    zones: tuple[Zone, ...] = ()
    excluded_areas: tuple[ExcludedArea, ...] = ()
    areas: AreasMap | None = None
    reporting_areas: tuple[ReportingArea, ...] = ()
    decision: Decision
    service: Service | None = None
    clocks: tuple[Clock, ...] = ()
    quorums: tuple[Quorum, ...] = ()
    texts: tuple[LanguageText, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    entitlements: tuple[Entitlement, ...]
    matching: Matching = Matching()
    attachments: tuple[Attachment, ...] = ()
    amendments: tuple[Amendment, ...] = ()
