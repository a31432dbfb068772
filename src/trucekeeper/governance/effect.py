"""Which statements are in effect, in which version: corrections, withdrawals, reviews by a second
officer, releases.

The result is a set that does not depend on the order in which logs arrived. Nothing is removed:
every entry keeps its row in the relation `statements`, with its state and the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar

import msgspec

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code
from trucekeeper.governance.brackets import Bracket
from trucekeeper.governance.causality import Receipts, causal_depths
from trucekeeper.governance.citing import open_restated
from trucekeeper.governance.entitlement import Admission, stated_kind
from trucekeeper.governance.entries import (
    EntryColumns,
    disputed_columns,
    recorded_between,
    said_by,
)
from trucekeeper.governance.freeze import Frozen
from trucekeeper.governance.keyring import Keyrings
from trucekeeper.governance.mechanism import (
    Act,
    Seal,
    acts_of,
    needed_to_decide,
    seal_of,
    still_spans,
)
from trucekeeper.governance.officers import Officers
from trucekeeper.governance.receipts import HeadReceipt
from trucekeeper.governance.record import ONE_HISTORY, Histories, Record, Stated
from trucekeeper.governance.recorded import recorded
from trucekeeper.governance.releases import contains
from trucekeeper.governance.resting import resting
from trucekeeper.logs.tree import leaf_hash
from trucekeeper.statements.encoding import Fault
from trucekeeper.statements.kinds import (
    AmendmentAdopted,
    Body,
    Context,
    Correction,
    Release,
    Review,
    Withdrawal,
)
from trucekeeper.statements.parts import Kind
from trucekeeper.vocabulary.ids import (
    LogName,
    RefText,
    author_of,
    circle_of,
    edition_of,
    split_ref,
)

K = TypeVar("K", bound=Kind)


class Statement(msgspec.Struct, frozen=True):
    """A statement in effect. ref, leaf: of the original entry. version: the entry that gave the
    body. basis: both, the reviews and the officers' signatures. at: when it was stated, in seconds.

    leaf: the leaf hash, by which ties break; no two statements share one. Where entries are alike
    to the byte (in `public` nothing keeps one from copying another's), a hash of it and the place.
    """

    ref: RefText
    leaf: str
    log: LogName
    index: int
    author: str
    circle: str
    at: int
    depth: int
    body: Body
    on_behalf_of: str | None
    language: str
    version: RefText
    basis: tuple[RefText, ...]


@dataclass(frozen=True)
class Governed:
    """What step 0 gives. aliases: releases and later versions → the statement they stand for."""

    agreement: Agreement
    statements: tuple[Statement, ...]
    #: The relation `statements`.
    entries: EntryColumns
    aliases: Mapping[RefText, RefText]
    receipts: Receipts
    #: Every receipt of a head that a context carries.
    head_receipts: tuple[HeadReceipt, ...]
    by_ref: Mapping[RefText, Statement]
    #: Corrections and withdrawals → the original that they change.
    changes: Mapping[RefText, RefText]
    #: For each log, between when and when each entry was surely made.
    brackets: Mapping[LogName, Bracket]
    #: Acts on the mechanism as a whole, and the last sealing in effect.
    acts: tuple[Act, ...]
    seal: Seal | None
    #: From when until before when the mechanism is suspended or sealed: clocks stand still.
    still: tuple[tuple[int, int], ...]
    #: What does not count because its log has two histories.
    frozen: Frozen
    #: Statements → the disputed entries on which they rest.
    resting: Mapping[RefText, tuple[RefText, ...]]
    #: The key documents of the record, and the keys in force by them.
    keyrings: Keyrings

    @cached_property
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """The rows of `statements`."""
        names = list(self.entries)
        return tuple(
            dict(zip(names, row, strict=True)) for row in zip(*self.entries.values(), strict=True)
        )

    def of_kind(self, kind: type[K]) -> list[tuple[Statement, K]]:
        """The statements in effect of one kind, each with its body."""
        return self._by_kind.get(kind, [])  # type: ignore[return-value]  # filed by its type

    @cached_property
    def _by_kind(self) -> Mapping[type[Kind], list[tuple[Statement, Kind]]]:
        found: dict[type[Kind], list[tuple[Statement, Kind]]] = {}
        for statement in self.statements:
            found.setdefault(type(statement.body), []).append((statement, statement.body))
        return found

    def is_disputed(self, ref: str) -> bool:
        """Whether a reference leads beyond the freeze of a log."""
        parts = split_ref(ref)
        return parts is not None and self.frozen.beyond(parts[0], parts[1] + 1)

    def resolve(self, ref: str) -> Statement | None:
        """The statement in effect that a reference stands for, through releases and corrections."""
        return self.by_ref.get(self.aliases.get(RefText(ref), RefText(ref)))


def govern(agreement: Agreement, record: Record, histories: Histories = ONE_HISTORY) -> Governed:
    """Step 0: first under the founding agreement's own rules, then with the amendments that these
    adopt."""
    agreement = agreement.continuing(record)
    founding = _Effect(Admission(agreement, record, histories))
    adopted = adopted_amendments(agreement, founding.admissible())
    if not adopted:
        return founding.governed()
    roots = founding.admission.roots
    return _Effect(Admission(agreement.adopting(adopted), record, histories, roots)).governed()


def adopted_amendments(agreement: Agreement, admissible: Iterable[Stated]) -> frozenset[str]:
    """The amendments that enough of those who decide have stated, citing this text of the
    agreement."""
    stated_by: dict[str, set[str]] = {}
    for stated in admissible:
        if (
            isinstance(stated.body, AmendmentAdopted)
            and stated.body.agreement_digest == agreement.digest
        ):
            stated_by.setdefault(stated.body.amendment, set()).add(author_of(stated.log))
    voters = set(agreement.voters(None))
    needed = needed_to_decide(agreement, agreement.voters(None))
    return frozenset(
        amendment.id
        for amendment in agreement.file.amendments
        if len(stated_by.get(amendment.id, set()) & voters) >= needed
    )


class _Effect:
    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.agreement = admission.agreement
        self.keyrings = admission.keyrings
        self.frozen = admission.frozen
        self.record = admission.record
        self.roots = admission.roots
        entries = [stated for log in self.record.values() for stated in log]
        self.faults = {
            stated.ref: fault
            for stated in entries
            if (fault := self.admission.judge(stated)) is not None
        }
        self.by_ref = {stated.ref: stated for stated in entries}
        self.alike = Counter(stated.leaf for stated in entries)
        self.officers = Officers(self.admission, self.keyrings, self.by_ref, self.admissible())
        self.faults |= self.officers.faults
        self.reviews = self._by_subject(Review)
        for stated in self.admissible():
            fault = self.officers.fault(stated, self.reviews.get(stated.ref, []))
            if fault is not None:
                self.faults[stated.ref] = fault
        self.corrections = self._by_subject(Correction)
        self.withdrawals = self._by_subject(Withdrawal)
        self.contexts = [(s, s.body) for s in self.admissible() if isinstance(s.body, Context)]
        self.depths = causal_depths(self.record, {stated.ref for stated in self.admissible()})
        self.resting = resting(self.frozen, self.admissible())

    def admissible(self) -> list[Stated]:
        return [stated for stated in self.by_ref.values() if stated.ref not in self.faults]

    def _by_subject(
        self, kind: type[Review | Correction | Withdrawal]
    ) -> dict[RefText, list[Stated]]:
        """Admissible changes by the original that they change: through corrections of
        corrections."""
        found: dict[RefText, list[Stated]] = {}
        for stated in self.admissible():
            if isinstance(stated.body, kind):
                found.setdefault(self._original(stated.body.of), []).append(stated)
        return found

    def _original(self, ref: str) -> RefText:
        target = self.by_ref.get(RefText(ref))
        while target is not None and isinstance(target.body, Correction):
            ref = target.body.of
            target = self.by_ref.get(RefText(ref))
        return RefText(ref)

    def governed(self) -> Governed:
        releases, doubtful = self._releases()
        proven = recorded(self.agreement, self.keyrings, self.record, self.contexts, self.roots)
        aliases: dict[RefText, RefText] = dict(releases)
        for original, corrections in self.corrections.items():
            aliases |= {c.ref: releases.get(original, original) for c in corrections}
        statements = [
            statement
            for stated in self.admissible()
            if stated.ref not in releases
            and stated.ref not in self.withdrawals
            and not isinstance(stated.body, Correction)
            for statement in [self._statement(stated)]
        ]
        acts = acts_of(self.agreement, self.admissible())
        seal = seal_of(acts, self.record, self.roots)
        counted = self._columns(releases, doubtful, proven.brackets, seal)
        beyond = disputed_columns(list(self.frozen.disputed.values()))
        rows = {name: [*counted[name], *beyond[name]] for name in counted}
        by_ref = {statement.ref: statement for statement in statements}
        changes = {
            change.ref: original
            for subjects in (self.corrections, self.withdrawals)
            for original, stated in subjects.items()
            for change in stated
        }
        return Governed(
            self.agreement, tuple(statements), rows, aliases, proven.proofs, proven.receipts,
            by_ref, changes, proven.brackets, acts, seal, still_spans(acts), self.frozen,
            self.resting, self.keyrings,
        )  # fmt: skip

    def _statement(self, stated: Stated) -> Statement:
        assert stated.envelope is not None and stated.body is not None
        assert stated.at is not None
        latest = self._latest(stated)
        return Statement(
            stated.ref,
            self._tie(stated),
            stated.log,
            stated.index,
            author_of(stated.log),
            circle_of(stated.log),
            stated.at,
            self.depths[stated.log][stated.index],
            self._body(latest),
            stated.envelope.on_behalf_of,
            stated.envelope.language,
            latest.ref,
            self._basis(stated.ref, latest.ref),
        )

    def _basis(self, ref: RefText, latest: RefText) -> tuple[RefText, ...]:
        """The entry and its last version, the reviews and the officers' signatures."""
        reviews = [r.ref for entry in {ref, latest} for r in self.reviews.get(entry, ())]
        if latest == ref and not reviews and ref not in self.officers.signatures:
            return (ref,)
        signatures = self.officers.of([ref, *reviews])
        return tuple(dict.fromkeys([ref, latest, *sorted(reviews), *signatures]))

    def _tie(self, stated: Stated) -> str:
        if self.alike[stated.leaf] == 1:
            return stated.leaf
        return leaf_hash(f"{stated.leaf} {stated.ref}".encode()).hex()

    def _latest(self, stated: Stated) -> Stated:
        """The last correction of a statement by the order of its own log, or the statement."""
        corrections = self.corrections.get(stated.ref)
        if not corrections:
            return stated
        return max(corrections, key=lambda c: (edition_of(c.log), c.index))

    def _body(self, entry: Stated) -> Body:
        body = entry.body
        if isinstance(body, Correction | Release):
            body, fault = open_restated(body.restated)
            assert fault is None
        assert body is not None
        return body

    def _releases(self) -> tuple[dict[RefText, RefText], dict[RefText, bool]]:
        """Releases whose original, or a narrower release of it, the face holds → that; and whether
        they contain it."""
        releases = [s for s in self.admissible() if isinstance(s.body, Release)]
        if not releases:
            return {}, {}
        held: dict[tuple[str, str], Stated] = {
            (author_of(s.log), s.leaf): s
            for s in self.admissible()
            if not isinstance(s.body, Release | Correction)
        }
        # The narrowest circle first: its release says most. Then by content, never by arrival.
        releases.sort(key=lambda s: (len(self._members(s)), self.depths[s.log][s.index], s.leaf))
        aliases: dict[RefText, RefText] = {}
        doubtful: dict[RefText, bool] = {}
        for stated in releases:
            assert isinstance(stated.body, Release)
            key = (author_of(stated.log), stated.body.original)
            if key in held:
                original = held[key]
                aliases[stated.ref] = original.ref
                same_kind = (
                    original.body is not None
                    and stated_kind(original.body) == stated.body.restated.kind
                )
                doubtful[stated.ref] = not same_kind or not contains(
                    self._body(self._latest(stated)), self._body(self._latest(original))
                )
            else:
                held[key] = stated
        return aliases, doubtful

    def _members(self, stated: Stated) -> tuple[str, ...]:
        return self.agreement.circles[circle_of(stated.log)].members

    def _columns(
        self,
        releases: Mapping[RefText, RefText],
        doubtful: Mapping[RefText, bool],
        brackets: Mapping[LogName, Bracket],
        seal: Seal | None,
    ) -> EntryColumns:
        """The columns of `statements`, of the entries that are judged."""
        entries = list(chain.from_iterable(self.record.values()))
        faults = [self.faults.get(stated.ref) for stated in entries]
        states = [
            self._state(stated, fault, releases)
            for stated, fault in zip(entries, faults, strict=True)
        ]
        return {
            **said_by(entries),
            **recorded_between(self.agreement, self.record, brackets),
            "after_seal": [None if seal is None else seal.is_after(stated) for stated in entries],
            "state": [state for state, _ in states],
            "code": [None if fault is None else fault.code.id for fault in faults],
            "reason": [
                None if fault is None else f"{fault.code.meaning}: {fault.fact}" for fault in faults
            ],
            "doubtful_release": [doubtful.get(stated.ref) for stated in entries],
            "depth": [depth for log in self.record for depth in self.depths[log]],
            "branches": [()] * len(entries),
            "rests_on": [self.resting.get(stated.ref, ()) for stated in entries],
            "basis": [basis for _, basis in states],
        }

    def _state(
        self, stated: Stated, fault: Fault | None, releases: Mapping[RefText, RefText]
    ) -> tuple[str, list[str]]:
        if fault is not None:
            special = {
                Code.PENDING: "pending",
                Code.AWAITS_REVIEW: "awaits-review",
                Code.AWAITS_SIGNATURE: "awaits-review",
            }
            reviews = [review.ref for review in self.reviews.get(stated.ref, [])]
            return special.get(fault.code, "not-admissible"), [stated.ref, *sorted(reviews)]
        if stated.ref in self.withdrawals:
            return "withdrawn", [stated.ref, *(w.ref for w in self.withdrawals[stated.ref])]
        if stated.ref in releases:
            return "released", [stated.ref, releases[stated.ref]]
        if isinstance(stated.body, Correction):
            return "correction", [stated.ref, self._original(stated.body.of)]
        if stated.ref in self.corrections:
            return "corrected", [stated.ref, self._latest(stated).ref]
        return "in-effect", [stated.ref]
