"""Every clock that runs on a statement: who owes what to whom, since when by which proof, until
when, and whether it was met.

A clock starts at the debtor's own proof of receipt (the head that its context cites), or as the
agreement deems it served; in a transcription, by stated time. Offline is not late. Derived only in
faces that hold the circle whose clock it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from trucekeeper.agreement.model import Clock
from trucekeeper.agreement.rules import Agreement
from trucekeeper.clocks import Bracket, clock_state, due_at
from trucekeeper.findings.answering import Answering
from trucekeeper.findings.outcomes import Examined
from trucekeeper.governance.citing import references_in
from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.governance.service import served
from trucekeeper.statements.kinds import AccessRequest, Measure, Protest, Report, Tasking
from trucekeeper.vocabulary.ids import CircleId, RefText
from trucekeeper.vocabulary.relations import BASIS, CLAUSES, INSTANT, TEXT, Column, Relation
from trucekeeper.vocabulary.words import ClockState

CLOCKS = Relation(
    "clocks",
    "Every clock on every statement that starts one, for each who owes. Nobody is late before it "
    "proved receipt.",
    (
        Column("clock", TEXT, "identifier of the clock in the agreement"),
        Column("trigger", TEXT, "the statement that starts it"),
        Column("owed_by", TEXT, "who owes"),
        Column(
            "incident",
            TEXT,
            "number of the incident, where the trigger is a report or speaks of one",
        ),
        Column(
            "received",
            INSTANT,
            "when the debtor proved receipt, by its own clock; null where it did not",
        ),
        Column(
            "receipt", TEXT, "the context that proves it, `deemed`, or `stated` in a transcription"
        ),
        Column("due", INSTANT, "when it is due; null where it has not started, or stands still"),
        Column(
            "state",
            TEXT,
            "not-started, running, suspended (it stands still with the mechanism), met, met-late, "
            "overdue or timing-undetermined",
        ),
        Column("met_by", TEXT, "the statement that met it"),
        BASIS,
        CLAUSES,
    ),
    ("clock", "trigger", "owed_by"),
)


class Cases:
    """The clocks of one picture."""

    def __init__(
        self, governed: Governed, examined: Sequence[Examined], face: str, as_of: int
    ) -> None:
        self.governed = governed
        self.agreement: Agreement = governed.agreement
        self.face = face
        self.as_of = as_of
        self.incident_of = {m.ref: e for e in examined for m in e.incident.members}
        self.authors_of = {m.ref: m.authors for e in examined for m in e.incident.members}
        self.entries: dict[RefText, list[RefText]] = defaultdict(list)
        for alias, ref in governed.aliases.items():
            self.entries[ref].append(alias)
        self.answers = self._answers()
        #: Participants' statements by kind.
        self.starting: dict[str, list[Statement]] = defaultdict(list)
        for statement in governed.statements:
            if statement.author in self.agreement.participants:
                self.starting[statement.body.kind].append(statement)
        self.answering = Answering(self.agreement)

    def rows(self) -> list[dict[str, Any]]:
        """The relation `clocks`."""
        found = []
        for clock in self.agreement.file.clocks:
            circle = CircleId(clock.circle or self.agreement.file.decision.circle)
            if not self.agreement.is_within(CircleId(self.face), circle):
                continue
            since, until = self.agreement.span(clock) or (0, 0)
            for statement in self.starting.get(clock.starts_on, ()):
                if since <= statement.at < until:
                    found += [
                        self._row(clock, statement, debtor)
                        for debtor in self._debtors(clock, statement)
                    ]
        return found

    def _answers(self) -> dict[tuple[str, str, RefText], list[Statement]]:
        """Statements by author, kind and what they cite; what cites a report cites its incident's
        other reports too."""
        found: dict[tuple[str, str, RefText], list[Statement]] = defaultdict(list)
        kinds = {kind for clock in self.agreement.file.clocks for kind in clock.met_by}
        for statement in self.governed.statements:
            if statement.body.kind in kinds:
                for _, ref in references_in(statement.body):
                    subject = self.governed.resolve(ref)
                    if subject is not None:
                        for cited in self._together(subject.ref):
                            found[statement.author, statement.body.kind, cited].append(statement)
        return found

    def _together(self, ref: RefText) -> list[RefText]:
        examined = self.incident_of.get(ref)
        return [ref] if examined is None else [m.ref for m in examined.incident.members]

    def _debtors(self, clock: Clock, statement: Statement) -> list[str]:
        body = statement.body
        debtors: list[str]
        match clock.owed_by:
            case "addressee":
                debtors = (
                    [body.addressee] if isinstance(body, AccessRequest | Protest | Measure) else []
                )
            case "tasked":
                debtors = [body.tasked] if isinstance(body, Tasking) else []
            case "guarantors":
                examined = self.incident_of.get(statement.ref)
                debtors = list(
                    examined.voters if examined is not None else self.agreement.voters(None)
                )
            case "answerable":
                debtors = self._answerable(statement)
        return [
            d
            for d in dict.fromkeys(debtors)
            if d in self.agreement.participants and d != statement.author
        ]

    def _answerable(self, statement: Statement) -> list[str]:
        reports = [statement.ref] if isinstance(statement.body, Report) else []
        if isinstance(statement.body, Protest):
            subjects = [self.governed.resolve(ref) for ref in statement.body.reports]
            reports = [s.ref for s in subjects if s is not None]
        alleged = (self.authors_of.get(ref, ()) for ref in reports)
        return [debtor for authors in alleged for debtor in self.answering.of(authors)]

    def _row(self, clock: Clock, statement: Statement, debtor: str) -> dict[str, Any]:
        start = served(self.governed, debtor, statement, self.entries[statement.ref])
        still = self.governed.still
        due = due_at(None if start is None else start.at, clock.hours, still)
        answer, done = self._done(clock, statement, debtor)
        examined = self.incident_of.get(statement.ref)
        basis = dict.fromkeys(
            [statement.ref, *(start.refs if start else ()), *([answer.ref] if answer else [])]
        )
        return {
            "clock": clock.id,
            "trigger": statement.ref,
            "owed_by": debtor,
            "incident": None if examined is None else examined.incident.number,
            "received": None if start is None else start.at,
            "receipt": None if start is None else start.proof,
            "due": due,
            "state": self._state(due, done, is_started=start is not None),
            "met_by": None if answer is None else answer.ref,
            "basis": list(basis),
            "clauses": [clock.clause],
        }

    def _state(self, due: int | None, done: Bracket | None, *, is_started: bool) -> ClockState:
        """The state of a clock; suspended where it has started and stands still."""
        state = clock_state(due, done, self.as_of)
        stands = any(since <= self.as_of < until for since, until in self.governed.still)
        if is_started and stands and state in ("running", "not-started"):
            return "suspended"
        return "running" if is_started and state == "not-started" else state

    def _done(
        self, clock: Clock, statement: Statement, debtor: str
    ) -> tuple[Statement | None, Bracket | None]:
        """The first act that met the clock, and between when it was surely done."""
        if not self.answers:
            return None, None
        options = [
            a
            for kind in clock.met_by
            for a in self.answers.get((debtor, kind, statement.ref), [])
            if self._reaches(a, statement)
        ]
        if not options:
            return None, None
        answer = min(options, key=lambda a: (a.at, a.leaf))
        if self.agreement.file.agreement.transcription:
            return answer, Bracket(answer.at, answer.at)
        bracket = self.governed.brackets[answer.log]
        earliest = bracket.clamped(answer.index, answer.at)
        return answer, Bracket(earliest, bracket.before[answer.index])

    def _reaches(self, answer: Statement, demand: Statement) -> bool:
        """An answer counts in the circle of its demand or a wider one."""
        return self.agreement.is_within(CircleId(demand.circle), CircleId(answer.circle))
