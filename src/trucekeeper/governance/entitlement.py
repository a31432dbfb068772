"""Whether a statement is admissible, and if not why. Whatever is not stays in the log and derives,
everywhere alike, to "received, not admissible: reason"."""

from __future__ import annotations

from collections.abc import Mapping

from trucekeeper.agreement.model import Entitlement
from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code
from trucekeeper.governance.causality import cited_roots, wrong_heads
from trucekeeper.governance.citing import (
    REFERENCE_FIELDS,
    SUBJECT_KINDS,
    logs_named,
    open_restated,
    references_in,
)
from trucekeeper.governance.continuation import continuation_fault, is_delegated, opening_fault
from trucekeeper.governance.freeze import check_evidence, freeze
from trucekeeper.governance.keyring import Keyrings
from trucekeeper.governance.record import ONE_HISTORY, Histories, Record, Stated
from trucekeeper.logs.equivocation import Divergence, EvidenceError
from trucekeeper.logs.note import VerifierKey
from trucekeeper.statements.checks import check
from trucekeeper.statements.encoding import Envelope, Fault
from trucekeeper.statements.kinds import (
    Body,
    Context,
    Correction,
    Disclosure,
    Erasure,
    Keys,
    Release,
    Review,
    Sealed,
    Signature,
    Suspension,
    TwoHistories,
    UncheckedStart,
    Withdrawal,
)
from trucekeeper.vocabulary.ids import (
    CircleId,
    LogName,
    RefText,
    author_of,
    circle_of,
    first_edition,
    ref_text,
    split_log,
)
from trucekeeper.vocabulary.kinds import KEEPING_KINDS


class Admission:
    """The judge of one record under one agreement. frozen: what of it counts where a log has two
    histories. roots: as `cited_roots` gives them. wrong_heads: contexts whose cited head is not
    that log's."""

    def __init__(
        self,
        agreement: Agreement,
        record: Record,
        histories: Histories = ONE_HISTORY,
        roots: Mapping[tuple[LogName, int], str] | None = None,
    ) -> None:
        self.agreement = agreement
        self.histories = histories
        self._logs = frozenset(log for log in agreement.logs if split_log(log) is not None)
        # Key documents and evidence prove themselves: what becomes of the log that they stand in
        # does not matter.
        self.keyrings = Keyrings.of_histories(record, agreement, histories)
        self.frozen = freeze(record, histories, self._proves)
        self.record = self.frozen.record
        self.roots = cited_roots(self.record) if roots is None else roots
        self.wrong_heads = wrong_heads(self.record, self.roots)
        self._openings: dict[LogName, Fault | None] = {}
        self._entitlements: dict[tuple[str, str, str], list[tuple[Entitlement, int, int]]] = {}

    def judge(self, stated: Stated) -> Fault | None:
        """Why a statement is not admissible; None where it is. Review by a second officer is judged
        elsewhere."""
        if self.frozen.beyond(stated.log, stated.index + 1):
            return Fault(Code.DISPUTED, f"the first {self.frozen.freezes[stated.log].size} count")
        fault = self._form(stated)
        if fault is not None or stated.envelope is None or stated.body is None:
            return fault
        author, circle = author_of(stated.log), circle_of(stated.log)
        envelope, body = stated.envelope, stated.body
        assert stated.at is not None
        return (
            continuation_fault(stated)
            or self._opening(stated)
            or self._entitled(author, stated_kind(body), circle, stated.at)
            or self._speaks_for(author, envelope)
            or self._references(stated, envelope, circle)
            or self._cited(stated, body, envelope)
            or self._sealed(stated, body)
            or self._context(stated, body, circle)
            or self._keys(body, circle)
        )

    def _proves(self, stated: Stated) -> Divergence | None:
        if not isinstance(stated.body, TwoHistories) or self._form(stated) is not None:
            return None
        return check_evidence(self.agreement, self._keys_of_log(stated.body.log), stated.body)

    def _keys_of_log(self, log: str) -> list[VerifierKey]:
        """Every key that signed heads of a log, as far as is known here."""
        named = self.keyrings.keys_ever(self.agreement.owner(log), "log")
        first = self.histories.keys.get(LogName(log), ())
        return [*first, *(key for key in named if key.name == self.agreement.origin(log))]

    def _form(self, stated: Stated) -> Fault | None:
        """What can be told without the other logs, evidence of two histories included."""
        if stated.fault is not None or stated.envelope is None or stated.body is None:
            return stated.fault
        if stated.log not in self._logs:
            return Fault(Code.NOT_ON_ROSTER, stated.log)
        envelope, body, circle = stated.envelope, stated.body, circle_of(stated.log)
        return (
            self._salt(envelope, circle)
            or check(body, envelope.stated_at)
            or self._restated(body, envelope)
            or self._evidence(body, circle)
        )

    def _evidence(self, body: Body, circle: CircleId) -> Fault | None:
        if not isinstance(body, TwoHistories):
            return None
        if body.log not in self.agreement.logs:
            return Fault(Code.WRONG_REFERENCE, f"{body.log}: no such log")
        if not self.agreement.is_within(circle, circle_of(body.log)):
            return Fault(Code.CITES_NARROWER, body.log)
        try:
            check_evidence(self.agreement, self._keys_of_log(body.log), body)
        except EvidenceError as error:
            return Fault(Code.NO_EVIDENCE, str(error))
        return None

    def _opening(self, stated: Stated) -> Fault | None:
        """What keeps the entries of a later edition from counting. Its opening, and the key
        document that names its key, count before that."""
        if stated.index == 0:
            return opening_fault(self.frozen, stated)
        if stated.log not in self._openings:
            opening = self._find(ref_text(stated.log, 0))
            assert opening is not None
            self._openings[stated.log] = opening_fault(self.frozen, opening)
        named = isinstance(stated.body, Keys) or is_delegated(self.keyrings, stated.log)
        return self._openings[stated.log] or (
            None if named else Fault(Code.PENDING, f"a key document for {stated.log}")
        )

    def entitlement(self, author: str, kind: str, circle: str, at: int) -> Entitlement | None:
        """The provision that entitles an author to state a kind in a circle; the first of the file
        that holds."""
        key = (author, kind, circle)
        if key not in self._entitlements:
            self._entitlements[key] = [
                (e, *span)
                for e in self.agreement.file.entitlements
                if self._covers(e, *key) and (span := self.agreement.span(e)) is not None
            ]
        for entitlement, start, end in self._entitlements[key]:
            if start <= at < end:
                return entitlement
        return None

    def _covers(self, entitlement: Entitlement, author: str, kind: str, circle: str) -> bool:
        participant = self.agreement.participants.get(author)
        names = {author, "*", "component" if participant is None else participant.role}
        kinds, circles = {kind, "*"}, {circle, "*"}
        return bool(
            names & set(entitlement.by)
            and kinds & set(entitlement.kinds)
            and circles & set(entitlement.to)
        )

    def _entitled(self, author: str, kind: str, circle: CircleId, at: int) -> Fault | None:
        if kind in KEEPING_KINDS or self.entitlement(author, kind, circle, at) is not None:
            return None
        return Fault(Code.NOT_ENTITLED, f"`{kind}` to `{circle}`")

    def _salt(self, envelope: Envelope, circle: CircleId) -> Fault | None:
        if (envelope.salt is None) == (circle == "public"):
            return None
        return Fault(
            Code.SALT_MISPLACED, "no salt" if envelope.salt is None else "a salt in `public`"
        )

    def _speaks_for(self, author: str, envelope: Envelope) -> Fault | None:
        if envelope.on_behalf_of is None:
            return None
        participant = self.agreement.participants.get(author)
        allowed = () if participant is None else (author, *participant.answers_for)
        return (
            None
            if envelope.on_behalf_of in allowed
            else Fault(Code.SPEAKS_FOR_OTHER, envelope.on_behalf_of)
        )

    def _restated(self, body: Body, envelope: Envelope) -> Fault | None:
        if not isinstance(body, Correction | Release):
            return None
        inner, fault = open_restated(body.restated)
        return fault or (None if inner is None else check(inner, envelope.stated_at))

    def _references(self, stated: Stated, envelope: Envelope, circle: CircleId) -> Fault | None:
        for reference in envelope.references:
            log = LogName(reference.log)
            place = ref_text(log, reference.index)
            parts = split_log(log)
            if parts is None or log not in self.agreement.logs:
                return Fault(Code.WRONG_REFERENCE, f"{place}: no such log")
            if not self.agreement.is_within(circle, parts[1]):
                return Fault(Code.CITES_NARROWER, place)
            entries = self.record.get(log, ())
            if (log, reference.index, reference.leaf) in self.frozen.disputed:
                continue
            if reference.index >= len(entries) or (
                log == stated.log and reference.index >= stated.index
            ):
                return Fault(Code.PENDING, place)
            if entries[reference.index].leaf != reference.leaf:
                return Fault(Code.WRONG_REFERENCE, f"{place}: another hash")
        return None

    def _cited(self, stated: Stated, body: Body, envelope: Envelope) -> Fault | None:
        if body.kind not in REFERENCE_FIELDS and not isinstance(body, Release):
            return None  # a release cites what it restates
        declared = {ref_text(r.log, r.index) for r in envelope.references}
        inner = open_restated(body.restated)[0] if isinstance(body, Correction | Release) else None
        for part in (body, inner):
            for field, ref in references_in(part) if part is not None else ():
                if ref not in declared:
                    return Fault(Code.WRONG_REFERENCE, f"{ref} without its hash")
                target = self._find(ref)
                kind = None if target is None or target.body is None else stated_kind(target.body)
                allowed = SUBJECT_KINDS.get((part.kind, field)) if part is not None else None
                if allowed is not None and kind is not None and kind not in allowed:
                    return Fault(Code.WRONG_SUBJECT, f"{field} is a `{kind}`")
        return self._same_author(stated, body)

    def _same_author(self, stated: Stated, body: Body) -> Fault | None:
        """Corrections, withdrawals, reviews, signatures and erasures stand in the log of what they
        are of, or in one that goes on from it."""
        if not isinstance(body, Correction | Withdrawal | Review | Signature | Erasure):
            return None
        target = self._find(RefText(body.of))
        if target is None:
            return Fault(Code.CHANGES_DISPUTED, f"of {body.of}")
        if first_edition(target.log) != first_edition(stated.log):
            return Fault(Code.NOT_THE_AUTHOR, f"of {target.ref}")
        if isinstance(body, Correction) and target.body is not None:
            wanted = (
                target.body.restated.kind if isinstance(target.body, Release) else target.body.kind
            )
            if body.restated.kind != wanted:
                return Fault(Code.WRONG_SUBJECT, f"a `{wanted}` restated as `{body.restated.kind}`")
        officers = {
            entry.envelope.officer for entry in (target, stated) if entry.envelope is not None
        }
        if isinstance(body, Review) and len(officers) == 1:
            return Fault(Code.NOT_THE_AUTHOR, "the same officer")
        return None

    def _sealed(self, stated: Stated, body: Body) -> Fault | None:
        """Who can open a file can also fetch it; of a list its author opens what it has."""
        if not isinstance(body, Sealed | Disclosure):
            return None
        outside = [r for r in body.file.recipients if not self.agreement.may_read(r, stated.log)]
        if outside:
            return Fault(Code.RECIPIENT_OUTSIDE, ", ".join(f"`{name}`" for name in outside))
        if not isinstance(body, Disclosure):
            return None
        target = self._find(RefText(body.of))
        if target is None or not isinstance(target.body, Sealed):
            return Fault(Code.WRONG_SUBJECT, "of is no sealed list")
        parts, own = split_log(target.log), split_log(stated.log)
        if parts is None or own is None or parts[0] != own[0]:
            return Fault(Code.NOT_THE_AUTHOR, f"of {target.ref}")
        of = target.body.list
        if of is None or body.rows[-1] > of.rows or body.columns[-1] >= of.fields:
            return Fault(Code.WRONG_SUBJECT, "cells that the list does not have")
        return None

    def _context(self, stated: Stated, body: Body, circle: CircleId) -> Fault | None:
        if not isinstance(body, Context | Suspension | UncheckedStart):
            return None
        for log in logs_named(body):
            parts = split_log(log)
            if parts is None or log not in self.agreement.logs:
                return Fault(Code.WRONG_REFERENCE, f"{log}: no such log")
            if not self.agreement.is_within(circle, parts[1]):
                return Fault(Code.CITES_NARROWER, log)
        if not isinstance(body, Context):
            return None
        if stated.ref in self.wrong_heads:
            return Fault(Code.WRONG_HEAD, self.wrong_heads[stated.ref])
        beyond = next(
            (
                h
                for h in body.heads
                if h.size > len(self.record.get(LogName(h.log), ()))
                and (h.log, h.size, h.root) not in self.frozen.heads
            ),
            None,
        )
        return None if beyond is None else Fault(Code.PENDING, f"{beyond.log} at {beyond.size}")

    def _keys(self, body: Body, circle: CircleId) -> Fault | None:
        """A key document tells sizes of its circle's logs, which no other reader is to have."""
        if not isinstance(body, Keys) or body.circle not in self.agreement.circles:
            return None
        if self.agreement.is_within(circle, CircleId(body.circle)):
            return None
        return Fault(Code.CITES_NARROWER, f"keys for `{body.circle}`")

    def _find(self, ref: RefText) -> Stated | None:
        log, _, index = ref.rpartition("/")
        entries = self.record.get(LogName(log), ())
        return entries[int(index)] if int(index) < len(entries) else None


def stated_kind(body: Body) -> str:
    """The kind that a statement counts as: that of what a release restates, else its own."""
    return body.restated.kind if isinstance(body, Release) else body.kind
