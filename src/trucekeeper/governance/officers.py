"""What officers add to a statement: their own signatures, and a second officer's review.

A signature is over a fixed line, the place of the statement and its leaf hash, which commits to
every byte of it; so it fits no other entry, log or purpose. Where the agreement asks for
signatures, neither a statement nor a review of it counts without its officer's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from trucekeeper.agreement.model import Entitlement
from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code
from trucekeeper.governance.entitlement import Admission, stated_kind
from trucekeeper.governance.key_document import read_line, verifies
from trucekeeper.governance.keyring import Keyrings
from trucekeeper.governance.record import Stated
from trucekeeper.statements.encoding import Fault
from trucekeeper.statements.kinds import Correction, Erasure, Review, Signature, Withdrawal
from trucekeeper.vocabulary.ids import RefText, split_log

HEADER = "trucekeeper/officer-signature/v1"


def signed_text(agreement: Agreement, log: str, index: int, leaf: str) -> str:
    """What an officer signs. leaf: hexadecimal."""
    return f"{HEADER}\n{agreement.origin(log)}/{index}\n{leaf}\n"


class Officers:
    """The officers' part in the statements of one record. admissible: what counts but for them.

    signatures: statements → the signatures of their officers that hold. faults: those that do
    not."""

    def __init__(
        self,
        admission: Admission,
        keyrings: Keyrings,
        by_ref: Mapping[RefText, Stated],
        admissible: Iterable[Stated],
    ) -> None:
        self.admission = admission
        self.keyrings = keyrings
        self.by_ref = by_ref
        self.signatures: dict[RefText, list[RefText]] = {}
        self.faults: dict[RefText, Fault] = {}
        #: Whether the agreement asks anything of officers.
        provisions = admission.agreement.file.entitlements
        self.are_asked = any(p.second_officer or p.signed for p in provisions)
        for stated in admissible:
            if isinstance(stated.body, Signature):
                target = by_ref[RefText(stated.body.of)]
                fault = signature_fault(keyrings, stated, target)
                if fault is None:
                    self.signatures.setdefault(target.ref, []).append(stated.ref)
                else:
                    self.faults[stated.ref] = fault

    def fault(self, stated: Stated, reviews: Sequence[Stated]) -> Fault | None:
        """What an otherwise admissible statement still lacks of its officers."""
        assert stated.body is not None
        if not reviews and not self.are_asked:
            return None
        if isinstance(stated.body, Erasure):
            return None  # what protects a person waits for nobody
        provision = self._provision(stated, stated_kind(stated.body))
        signed = self._is_signed(stated, provision)
        if signed and stated.ref not in self.signatures:
            return Fault(Code.AWAITS_SIGNATURE, f"`{stated_kind(stated.body)}` is to be signed")
        verdicts = [
            review.body.approves
            for review in reviews
            if isinstance(review.body, Review) and (not signed or review.ref in self.signatures)
        ]
        if False in verdicts:
            return Fault(Code.REJECTED_IN_REVIEW, "a second officer rejected it")
        if provision is not None and provision.second_officer and not verdicts:
            how = ", each with a signature" if signed else ""
            kind = stated_kind(stated.body)
            return Fault(Code.AWAITS_REVIEW, f"`{kind}` needs two officers{how}")
        return None

    def of(self, refs: Iterable[RefText]) -> list[RefText]:
        """The signatures of statements, in order."""
        return sorted(s for ref in refs for s in self.signatures.get(ref, []))

    def _is_signed(self, stated: Stated, provision: Entitlement | None) -> bool:
        """Whether the agreement asks for a signature: also of what changes a signed statement."""
        changed = stated.body
        while isinstance(changed, Correction | Withdrawal):
            target = self.by_ref[RefText(changed.of)]
            changed = target.body
            kind = None if changed is None else stated_kind(changed)
            provision = None if kind is None else self._provision(target, kind)
        return provision is not None and provision.signed

    def _provision(self, stated: Stated, kind: str) -> Entitlement | None:
        parts = split_log(stated.log)
        assert parts is not None
        return self.admission.entitlement(parts[0], kind, parts[1], stated.at or 0)


def signature_fault(keyrings: Keyrings, stated: Stated, target: Stated) -> Fault | None:
    """Why a signature does not hold; None where the officer of `target` made it with a key in force
    for both entries."""
    assert isinstance(stated.body, Signature)
    if target.envelope is None:
        return Fault(Code.BAD_OFFICER_SIGNATURE, "of an entry that cannot be read")
    line = read_line(stated.body.line)
    keys = keyrings.officer_keys(stated.log, target.envelope.officer, target.index, stated.index)
    if line is None:
        return Fault(Code.BAD_OFFICER_SIGNATURE, "no signature line")
    if not keys:
        return Fault(Code.BAD_OFFICER_SIGNATURE, "no key in force for its officer")
    text = signed_text(keyrings.agreement, target.log, target.index, target.leaf)
    if not any(verifies(text, line, key) for key in keys):
        return Fault(Code.BAD_OFFICER_SIGNATURE, "another key, or another text")
    return None
