"""The closed union of statement bodies. Each kind is frozen, knows no other field, and has a
version.

Fields that are absent were not stated. `of`, `report` and the like hold `log/index`; each such
reference also stands in the envelope's `references` with the leaf hash of what it means. No kind
has a field for a witness, complainant, detainee or missing person: those appear in no clear
statement."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal, get_args

import msgspec

from trucekeeper.statements.commitment import FIELDS_MAX, ROWS_MAX
from trucekeeper.statements.parts import (
    CarriedHead,
    Custody,
    Judgement,
    KeyRow,
    KeyText,
    Kind,
    Name,
    Names,
    Observer,
    Place,
    Refs,
    Restated,
    SealedFile,
    SealedList,
    SeenHead,
    Sha256,
    SignatureText,
    Sitting,
    TallyPart,
    Text,
    TwoHeads,
    Word,
)
from trucekeeper.vocabulary.ids import Leaf, Log, Ref
from trucekeeper.vocabulary.quantities import Count, Range, Whole
from trucekeeper.vocabulary.times import Instant, Period
from trucekeeper.vocabulary.words import (
    AccessResult,
    Basis,
    DecidedOutcome,
    Direction,
    Hindrance,
    InfoGrade,
    Looking,
    Means,
    MechanismAct,
    NoticeKind,
    Phenomenon,
    PositionOn,
    Response,
    SealedForm,
    SealedWhat,
    SourceGrade,
    Stance,
    Standing,
)

Place1 = Annotated[int, msgspec.Meta(ge=1, le=ROWS_MAX)]
Place0 = Annotated[int, msgspec.Meta(ge=0, lt=FIELDS_MAX)]

# Monitoring


class Report(Kind, frozen=True, kw_only=True):
    """What one participant says happened. Registered by is never committed by.

    alleged_author, target: alternatives, one of which is meant. occurred: the event lies somewhere
    in the period. doubts: what the source got wrong, kept as said."""

    kind: ClassVar[str] = "report"
    basis: Basis
    act: Word
    occurred: Period
    place: Place
    report_ref: Name | None = None
    weapon: Word | None = None
    phenomenon: Phenomenon | None = None
    direction: Direction | None = None
    count: Count | None = None
    observer: Observer | None = None
    means: tuple[Means, ...] = ()
    alleged_author: Names = ()
    target: Names = ()
    killed: Range | None = None
    injured: Range | None = None
    origins: Names = ()
    source_grade: SourceGrade | None = None
    info_grade: InfoGrade | None = None
    description: Text | None = None
    address: Name | None = None
    doubts: Names = ()


class Tally(Kind, frozen=True, kw_only=True):
    """Counts per area and period without items, with who registered and who published them. Several
    totals where the source gives several. Nothing is repaired: `doubts` says what does not add up.
    span: over how long it counts; where it counts 24 hours that end at an hour unknown, `period` is
    what they surely lie in. period absent: undated."""

    kind: ClassVar[str] = "tally"
    registered_by: Word
    published_by: Word
    span: Literal["day", "week", "month", "other"]
    period: Period | None = None
    unit: Literal["cases"] = "cases"
    report_ref: Name | None = None
    published_on: date | None = None
    totals: tuple[Whole, ...] = ()
    parts: tuple[TallyPart, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    address: Name | None = None
    doubts: Names = ()
    remark: Text | None = None


class Coverage(Kind, frozen=True, kw_only=True):
    """Whether and how a participant could look at an area in a period. area: a zone or reporting
    area."""

    kind: ClassVar[str] = "coverage"
    area: Word
    period: Period
    looking: Looking
    means: tuple[Means, ...] = ()
    reason: Text | None = None
    denied_by: Name | None = None


class Post(Kind, frozen=True, kw_only=True):
    """An observation post or checkpoint of a participant and whether it stands."""

    kind: ClassVar[str] = "post"
    post: Word
    place: Place
    state: Literal["planned", "established", "moved", "closed"]
    since: Instant
    purpose: Literal["observation-post", "checkpoint", "team-site"] = "observation-post"
    zone: Word | None = None


class MapVersion(Kind, frozen=True, kw_only=True):
    """The version of a zone's map that a participant holds to be right. digest: SHA-256 of the
    attachment."""

    kind: ClassVar[str] = "map-version"
    zone: Word
    map_version: Word
    digest: Sha256
    since: Instant
    stance: Literal["proposes", "accepts", "objects"]
    reason: Text | None = None


class Evidence(Kind, frozen=True, kw_only=True):
    """An item of evidence by its hash, how it came to be, and its custody (Berkeley Protocol: hash
    at collection, capture context, chain of custody)."""

    kind: ClassVar[str] = "evidence"
    report: Ref
    item: Word
    digest: Sha256
    media: Word
    captured: Period | None = None
    context: Text | None = None
    custody: tuple[Custody, ...] = ()


class Tasking(Kind, frozen=True, kw_only=True):
    """A team is sent: who, where to, to establish what, by when."""

    kind: ClassVar[str] = "tasking"
    reports: Refs
    tasked: Word
    to_establish: tuple[PositionOn, ...]
    place: Place | None = None
    due: Instant | None = None
    note: Text | None = None


class Visit(Kind, frozen=True, kw_only=True):
    """What a team found, or why it found nothing."""

    kind: ClassVar[str] = "visit"
    tasking: Ref
    period: Period
    result: Literal[
        "established", "partly-established", "nothing-established", "not-reached", "not-needed"
    ]
    hindrance: Hindrance | None = None
    established: tuple[PositionOn, ...] = ()
    note: Text | None = None


class AccessRequest(Kind, frozen=True, kw_only=True):
    """Access asked of a participant. for_: the tasking it serves."""

    kind: ClassVar[str] = "access-request"
    tasking: Ref | None = None
    addressee: Word
    place: Place
    period: Period
    note: Text | None = None


class AccessAnswer(Kind, frozen=True, kw_only=True):
    """The answer to a request for access. A denial is a fact of its own: silence and denial are
    never compliance."""

    kind: ClassVar[str] = "access-answer"
    request: Ref
    result: AccessResult
    delay_minutes: Whole | None = None
    conditions: Text | None = None
    reason: Text | None = None


class Notice(Kind, frozen=True, kw_only=True):
    """Something announced beforehand: a movement, exercise, demolition, flight or convoy."""

    kind: ClassVar[str] = "notice"
    notice: NoticeKind
    place: Place
    period: Period
    by_group: Name | None = None
    acts: tuple[Word, ...] = ()
    note: Text | None = None


class HotlineCall(Kind, frozen=True, kw_only=True):
    """A call on the hotline, with what was asked and what was promised."""

    kind: ClassVar[str] = "hotline-call"
    at: Instant
    caller: Word
    called: Word
    reached: bool
    asked: Text | None = None
    promised: Text | None = None
    reports: Refs = ()


class FlashReport(Kind, frozen=True, kw_only=True):
    """First word of something under way, before it is a report. It is counted nowhere."""

    kind: ClassVar[str] = "flash-report"
    at: Instant
    place: Place
    act: Word
    text: Text


class ShiftHandover(Kind, frozen=True, kw_only=True):
    """What one shift of the operations room leaves to the next."""

    kind: ClassVar[str] = "shift-handover"
    at: Instant
    open_items: Refs = ()
    note: Text | None = None


# Facts


class Position(Kind, frozen=True, kw_only=True):
    """A stance on one element of a report, or on a cited statement as a whole or its outcome.

    value: what is affirmed instead, where it differs. members_seen: the reports that the incident
    held when the stance was taken; where it has changed since, the position is flagged."""

    kind: ClassVar[str] = "position"
    subject: Ref
    on: PositionOn
    stance: Stance
    value: Name | None = None
    hindrance: Hindrance | None = None
    members_seen: Refs = ()
    reason: Text | None = None


class Match(Kind, frozen=True, kw_only=True):
    """That two reports speak of the same event, or do not."""

    kind: ClassVar[str] = "match"
    one: Ref
    other: Ref
    same: bool
    reason: Text | None = None


class Correction(Kind, frozen=True, kw_only=True):
    """The author's own statement in its corrected form, whole. The original stays."""

    kind: ClassVar[str] = "correction"
    of: Ref
    restated: Restated
    reason: Text | None = None


class Withdrawal(Kind, frozen=True, kw_only=True):
    """The author takes a statement back. The original stays."""

    kind: ClassVar[str] = "withdrawal"
    of: Ref
    reason: Text | None = None


# Outcome


class Comment(Kind, frozen=True, kw_only=True):
    """A remark on a statement, a draft outcome or a decision proposed."""

    kind: ClassVar[str] = "comment"
    subject: Ref
    text: Text


class Decision(Kind, frozen=True, kw_only=True):
    """What a sitting decided on the incident of a report, or what is proposed under the silence
    rule.

    It stands once those named in `in_favour` endorse it by a position on it as a whole.
    """

    kind: ClassVar[str] = "decision"
    report: Ref
    outcome: DecidedOutcome
    procedure: Literal["sitting", "silence"]
    sitting: Sitting | None = None
    in_favour: tuple[Word, ...] = ()
    reserved: tuple[Word, ...] = ()
    against: tuple[Word, ...] = ()
    author_found: Name | None = None
    members_seen: Refs = ()
    reasons: Text | None = None


class Protest(Kind, frozen=True, kw_only=True):
    """A protest addressed to a participant, about reports."""

    kind: ClassVar[str] = "protest"
    addressee: Word
    reports: Refs
    text: Text | None = None


class Measure(Kind, frozen=True, kw_only=True):
    """A measure demanded: of whom, what, where, by when, and how it will be verified."""

    kind: ClassVar[str] = "measure"
    decision: Ref
    addressee: Word
    demand: Text
    due: Instant
    verified_how: Text
    place: Place | None = None


class Answer(Kind, frozen=True, kw_only=True):
    """The answer to a report, protest or measure."""

    kind: ClassVar[str] = "answer"
    to: Ref
    response: Response
    text: Text | None = None


class MeasureVerified(Kind, frozen=True, kw_only=True):
    """Whether a measure that was demanded was taken, as verified."""

    kind: ClassVar[str] = "measure-verified"
    measure: Ref
    taken: Literal["taken", "partly-taken", "not-taken", "could-not-verify"]
    at: Instant
    note: Text | None = None


# Governance


class Context(Kind, frozen=True, kw_only=True):
    """Which heads of other logs the author held when it stated what follows. It is the proof of
    receipt. receipts: what others cosigned, of these logs and of the author's own, by which the
    author shows when heads existed. A receipt is not agreement."""

    kind: ClassVar[str] = "context"
    heads: tuple[SeenHead, ...]
    receipts: Annotated[tuple[CarriedHead, ...], msgspec.Meta(max_length=64)] = ()


class Adherence(Kind, frozen=True, kw_only=True):
    """That a group joins, leaves, or is listed: the standing that it has from then on, by this
    author's statement."""

    kind: ClassVar[str] = "adherence"
    group: Name
    standing: Standing
    since: Instant
    says: Text | None = None


class AmendmentAdopted(Kind, frozen=True, kw_only=True):
    """That the author adopts an amendment of the agreement."""

    kind: ClassVar[str] = "amendment"
    amendment: Word
    agreement_digest: Sha256
    note: Text | None = None


class Recognition(Kind, frozen=True, kw_only=True):
    """Which text of the agreement the author recognises."""

    kind: ClassVar[str] = "recognition"
    agreement_digest: Sha256
    text_language: Word
    reservation: Text | None = None


class Sealed(Kind, frozen=True, kw_only=True):
    """A payload that stands outside the log, encrypted to those named: what the log shows of it.
    what, form: closed words, so that nothing of the contents can be said here. about: what it
    belongs to."""

    kind: ClassVar[str] = "sealed"
    what: SealedWhat
    form: SealedForm
    file: SealedFile
    list: SealedList | None = None
    about: Ref | None = None


class Disclosure(Kind, frozen=True, kw_only=True):
    """That some cells of a sealed list were opened to somebody. The cells themselves stand in a
    sealed file too; here only which they are. rows: from 1; columns: from 0."""

    kind: ClassVar[str] = "disclosure"
    of: Ref
    rows: Annotated[tuple[Place1, ...], msgspec.Meta(min_length=1, max_length=5_000)]
    columns: Annotated[tuple[Place0, ...], msgspec.Meta(min_length=1, max_length=FIELDS_MAX)]
    file: SealedFile


class Erasure(Kind, frozen=True, kw_only=True):
    """The author's word that a payload of its own is erased: every node deletes its file, and it
    shows as withheld from then on. It cannot be taken back."""

    kind: ClassVar[str] = "erasure"
    of: Ref
    reason: Literal["consent-withdrawn", "danger", "retention-ended", "sealed-in-error"]


class Release(Kind, frozen=True, kw_only=True):
    """A statement of the author's own, restated for a wider circle, as coarse as the author wishes.
    original: its leaf hash and nothing more."""

    kind: ClassVar[str] = "release"
    original: Leaf
    restated: Restated


class Publication(Kind, frozen=True, kw_only=True):
    """That a joint report was published. digests: of the cut and of report.json."""

    kind: ClassVar[str] = "publication"
    period: Word
    face: Word
    cut_digest: Sha256
    report_digest: Sha256
    sizes: dict[Log, Whole]
    published_at: Instant


class Transmission(Kind, frozen=True, kw_only=True):
    """That something published was sent or received, and under which symbol."""

    kind: ClassVar[str] = "transmission"
    publication: Ref
    recipient: Name
    sent_at: Instant | None = None
    received_at: Instant | None = None
    symbol: Name | None = None


class Corrigendum(Kind, frozen=True, kw_only=True):
    """A numbered correction of something published."""

    kind: ClassVar[str] = "corrigendum"
    publication: Ref
    number: Annotated[int, msgspec.Meta(ge=1)]
    text: Text


class Review(Kind, frozen=True, kw_only=True):
    """The second officer's word on a statement of the same participant."""

    kind: ClassVar[str] = "review"
    of: Ref
    approves: bool
    note: Text | None = None


class Keys(Kind, frozen=True, kw_only=True):
    """One participant's keys for one circle from now on: its key document there. It names no log of
    another circle, for sizes and roots of logs are for their circle alone. number: one more than
    that of the document it replaces. roots: verifier keys, of which `threshold` must sign, together
    with as many of the document before. signatures: lines of a C2SP signed note over the document
    without them. It may be stated by anybody in the circle: what counts is who signed."""

    kind: ClassVar[str] = "keys"
    participant: Word
    circle: Word
    number: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    threshold: Annotated[int, msgspec.Meta(ge=1, le=50)]
    roots: Annotated[tuple[KeyText, ...], msgspec.Meta(min_length=1, max_length=50)]
    rows: Annotated[tuple[KeyRow, ...], msgspec.Meta(max_length=400)] = ()
    signatures: Annotated[tuple[SignatureText, ...], msgspec.Meta(max_length=60)] = ()


class Signature(Kind, frozen=True, kw_only=True):
    """An officer's own signature of a statement in the same log. line: of a C2SP signed note, by a
    key that the participant's key document delegates to the officer."""

    kind: ClassVar[str] = "signature"
    of: Ref
    line: SignatureText


class TwoHistories(Kind, frozen=True, kw_only=True):
    """That a log has two histories, with the evidence, which proves itself: it counts whoever
    states it, wherever it stands, and cannot be taken back."""

    kind: ClassVar[str] = "two-histories"
    log: Log
    evidence: TwoHeads


class Continuation(Kind, frozen=True, kw_only=True):
    """That a frozen log goes on here: the first entry of its next edition. size, root: how much of
    the frozen log its author takes as undisputed; root absent for nothing. note: why, if stated."""

    kind: ClassVar[str] = "continuation"
    continues: Log
    size: Whole
    root: Leaf | None = None
    note: Text | None = None


class UncheckedStart(Kind, frozen=True, kw_only=True):
    """That the author's node went on without any peer to compare the last heads of its own logs
    with. sizes: of its logs when it started. asked: the participants whose nodes gave no answer."""

    kind: ClassVar[str] = "unchecked-start"
    sizes: dict[Log, Whole]
    asked: Names = ()


class Suspension(Kind, frozen=True, kw_only=True):
    """That the author decides to suspend the mechanism, to seal its record, to hand it over to a
    custodian, or to resume. It takes effect once enough of those who decide state the same.

    heads: the last heads when a record is sealed; what the custodian is to hold at a hand-over.
    """

    kind: ClassVar[str] = "suspension"
    act: MechanismAct
    agreement_digest: Sha256
    effective: Instant
    instrument: Name | None = None
    clause: Word | None = None
    custodian: Word | None = None
    heads: tuple[SeenHead, ...] = ()
    reason: Text | None = None


Body = (
    Report | Tally | Coverage | Post | MapVersion | Evidence | Tasking | Visit
    | AccessRequest | AccessAnswer | Notice | HotlineCall | FlashReport | ShiftHandover
    | Position | Match | Correction | Withdrawal
    | Comment | Decision | Protest | Measure | Answer | MeasureVerified
    | Context | Adherence | AmendmentAdopted | Recognition | Release
    | Publication | Transmission | Corrigendum | Review | Keys | Signature | TwoHistories
    | Continuation | UncheckedStart | Suspension
    | Sealed | Disclosure | Erasure
)  # fmt: skip

#: Every kind that these rules understand, by name and version.
BODIES: dict[tuple[str, int], type[Kind]] = {
    (type_.kind, type_.version): type_ for type_ in get_args(Body)
}
