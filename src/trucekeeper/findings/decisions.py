"""Decisions of sittings, and under the silence rule: whether they stand, and whose word they
lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trucekeeper.clocks import due_at
from trucekeeper.findings.positions import Views
from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.governance.service import served
from trucekeeper.incidents.elements import Incident
from trucekeeper.statements.kinds import Decision
from trucekeeper.vocabulary.ids import RefText


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on an incident. stands: whether it is a finding. missing: whose word it lacks."""

    statement: Statement
    decision: Decision
    stands: bool
    missing: tuple[str, ...]
    refs: tuple[RefText, ...]


class Deciding:
    """The decisions of one picture."""

    def __init__(self, governed: Governed, views: Views, as_of: int) -> None:
        self.agreement = governed.agreement
        self.views = views
        self.as_of = as_of
        self.governed = governed
        self._decisions: dict[RefText, list[tuple[Statement, Decision]]] = {}
        for statement, decision in governed.of_kind(Decision):
            report = governed.resolve(decision.report)
            if report is not None:
                self._decisions.setdefault(report.ref, []).append((statement, decision))

    def is_on(self, incident: Incident) -> bool:
        """Whether any decision speaks of the incident."""
        return any(m.ref in self._decisions for m in incident.members)

    def of(self, incident: Incident, voters: Sequence[str]) -> Decided | None:
        """The decision on an incident: the last that stands, else the last that is proposed."""
        options = [
            self._judge(statement, decision, voters)
            for member in incident.members
            for statement, decision in self._decisions.get(member.ref, [])
        ]
        options.sort(key=lambda d: (d.stands, d.statement.at, d.statement.leaf))
        return options[-1] if options else None

    def _judge(self, statement: Statement, decision: Decision, voters: Sequence[str]) -> Decided:
        rules = self.agreement.file.decision
        needed = len(voters) if rules.rule == "consensus" else len(voters) // 2 + 1
        on_it = {t.statement.author: t for t in self.views.on_decision(statement.ref)}
        endorsed = {statement.author} | {
            p for p, t in on_it.items() if t.position.stance == "affirms"
        }
        objecting = {
            p
            for p, t in on_it.items()
            if t.position.stance not in ("affirms", "awaits-instructions")
        }
        if decision.procedure == "silence":
            silent_ok = {
                v for v in voters if v not in objecting and self._silence_over(statement, v)
            }
            favour = [v for v in voters if v in endorsed or v in silent_ok]
            stands = len(favour) >= needed and not (objecting & set(voters))
            missing = tuple(v for v in voters if v not in favour)
        else:
            assert decision.sitting is not None
            present = [v for v in voters if v in decision.sitting.present]
            favour = [v for v in voters if v in decision.in_favour and v in endorsed]
            missing = tuple(p for p in decision.in_favour if p not in endorsed)
            stands = (
                len(favour) >= needed
                and not missing
                and len(present) >= min(rules.quorum, len(voters))
            )
        refs = (statement.ref, *sorted(t.statement.ref for t in on_it.values()))
        return Decided(statement, decision, stands, missing, refs)

    def _silence_over(self, statement: Statement, voter: str) -> bool:
        silence = self.agreement.file.decision.silence
        start = served(self.governed, voter, statement)
        if silence is None or start is None:
            return False
        over = due_at(start.at, silence.hours, self.governed.still)
        return over is not None and over <= self.as_of
