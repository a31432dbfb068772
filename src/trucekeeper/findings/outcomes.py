"""The decision rule over positions: a draft outcome for each incident, with and without an
interested guarantor; a finding only by decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from trucekeeper.agreement.rules import Agreement
from trucekeeper.findings.positions import View, Views
from trucekeeper.governance.causality import Receipts
from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.incidents.elements import Incident, compare
from trucekeeper.incidents.scope import Scope
from trucekeeper.statements.kinds import Decision
from trucekeeper.vocabulary.categories import Likeness
from trucekeeper.vocabulary.ids import CircleId, RefText
from trucekeeper.vocabulary.relations import BASIS, CLAUSES, TEXT, TEXTS, TRUTH, Column, Relation
from trucekeeper.vocabulary.times import HOUR_S
from trucekeeper.vocabulary.words import Element, Outcome

OUTCOMES = Relation(
    "outcomes",
    "What follows from the positions on each incident, and what was found. Only a finding by "
    "decision establishes a violation.",
    (
        Column("incident", TEXT, "number of the incident"),
        Column(
            "status",
            TEXT,
            "reported (nobody took a position), examined, proposed (a decision that does not "
            "stand yet), or finding",
        ),
        Column("outcome", TEXT, "the finding, else the draft that counts"),
        Column("draft", TEXT, "the draft outcome with every vote"),
        Column("draft_without_interested", TEXT, "the draft outcome without interested guarantors"),
        Column(
            "counting", TEXT, "which of the two the agreement counts: all, or without-interested"
        ),
        Column("decision", TEXT, "the decision that found it, or is proposed"),
        Column("missing", TEXTS, "whose word the proposed decision still lacks"),
        Column("voters", TEXTS, "the guarantors who decide"),
        Column("interested", TEXTS, "those of them that are, or answer for, the alleged author"),
        Column("occurrence_affirmed_by", TEXTS, "who affirms that it happened"),
        Column("occurrence_denied_by", TEXTS, "who denies it"),
        Column("occurrence_unconfirmed_by", TEXTS, "who cannot confirm it"),
        Column("author_affirmed_by", TEXTS, "who affirms an author"),
        Column("author_denied_by", TEXTS, "who denies the author alleged"),
        Column("silent", TEXTS, "who of the voters said nothing"),
        Column("disputed", TEXTS, "elements on which voters differ"),
        Column(
            "hindrances",
            TEXTS,
            "why some could not confirm: no-access, no-evidence, too-late, no-means",
        ),
        Column(
            "against_scope",
            TRUTH,
            "whether a decision found a violation that the scope tests do not find inside",
        ),
        BASIS,
        CLAUSES,
    ),
    ("incident",),
)

Verdict = Literal["affirmed", "denied", "disputed", "unconfirmed", "open", "unstated"]
_FACTS: tuple[Element, ...] = ("time", "place", "act", "weapon", "target", "effect")
_ESTABLISHED = ("established-consensus", "established-majority", "author-not-established")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft outcome over one set of voters, and the elements that kept them apart."""

    outcome: Outcome
    disputed: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on an incident. stands: whether it is a finding. missing: whose word it lacks."""

    statement: Statement
    decision: Decision
    stands: bool
    missing: tuple[str, ...]
    refs: tuple[RefText, ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """All that follows from positions and decisions on one incident."""

    incident: Incident
    scope: Scope
    status: Literal["reported", "examined", "proposed", "finding", "not-published"]
    outcome: Outcome
    draft: Drafted
    draft_without: Drafted
    counting: Literal["all", "without-interested"]
    decided: Decided | None
    voters: tuple[str, ...]
    interested: tuple[str, ...]
    views: Mapping[str, Mapping[Element, View]]

    def who(self, element: Element, *stances: str) -> tuple[str, ...]:
        """The voters with one of these stances on an element."""
        return tuple(
            v
            for v in self.voters
            if element in self.views[v] and self.views[v][element].stance in stances
        )


class Examining:
    """The outcome of every incident of one picture. face: outcomes are derived only where it holds
    the circle that decides."""

    def __init__(self, governed: Governed, views: Views, face: str, as_of: int) -> None:
        self.agreement = governed.agreement
        self.views = views
        self.face = face
        self.as_of = as_of
        self.receipts: Receipts = governed.receipts
        self._decisions: dict[RefText, list[tuple[Statement, Decision]]] = {}
        for statement, decision in governed.of_kind(Decision):
            report = governed.resolve(decision.report)
            if report is not None:
                self._decisions.setdefault(report.ref, []).append((statement, decision))

    def of(self, incident: Incident, scope: Scope) -> Examined:
        """What follows for one incident."""
        agreement = self.agreement
        voters = agreement.voters(scope.zone)
        interested = self._interested(incident, voters)
        circle = agreement.deciding_circle(scope.zone)
        rule = agreement.file.decision.interested
        counting: Literal["all", "without-interested"] = (
            "without-interested" if rule == "does-not-count" and interested else "all"
        )
        if not agreement.is_within(CircleId(self.face), CircleId(circle)):
            nothing = Drafted("not-published")
            return Examined(
                incident,
                scope,
                "not-published",
                "not-published",
                nothing,
                nothing,
                counting,
                None,
                voters,
                interested,
                {v: {} for v in voters},
            )
        views = (
            {v: self.views.of(incident, v) for v in voters}
            if self._spoken(incident)
            else {v: {} for v in voters}
        )
        draft = self._draft(incident, scope, voters, views)
        others = tuple(v for v in voters if v not in interested)
        draft_without = self._draft(incident, scope, others, views) if interested else draft
        deciding = others if counting == "without-interested" else voters
        decided = self._decided(incident, deciding)
        chosen = draft_without if counting == "without-interested" else draft
        outcome: Outcome = (
            decided.decision.outcome if decided is not None and decided.stands else chosen.outcome
        )
        status: Literal["reported", "examined", "proposed", "finding"] = (
            "finding"
            if decided is not None and decided.stands
            else "proposed"
            if decided is not None
            else "examined"
            if self.views.examined(incident)
            else "reported"
        )
        return Examined(
            incident,
            scope,
            status,
            outcome,
            draft,
            draft_without,
            counting,
            decided,
            voters,
            interested,
            views,
        )

    def _spoken(self, incident: Incident) -> bool:
        return self.views.examined(incident) or any(
            m.ref in self._decisions for m in incident.members
        )

    def _interested(self, incident: Incident, voters: Sequence[str]) -> tuple[str, ...]:
        """The voters that are the alleged author, or answer for its side. A component's allegation
        makes nobody interested."""
        sides = set()
        for member in incident.members:
            if member.source in self.agreement.participants:
                for name in member.authors:
                    group = self.agreement.groups.get(name)
                    sides |= set(
                        self.agreement.answerable_for(group.side if group is not None else name)
                    )
        return tuple(v for v in voters if v in sides)

    def _draft(
        self,
        incident: Incident,
        scope: Scope,
        voters: Sequence[str],
        views: Mapping[str, Mapping[Element, View]],
    ) -> Drafted:
        if not self.views.examined(incident):
            return Drafted("not-examined")
        if scope.result == "outside":
            return Drafted("exempt-act" if scope.exempt else "outside-agreement")
        occurrence = self._verdict("occurrence", voters, views)
        if occurrence in ("denied", "disputed"):
            return Drafted(
                "no-violation" if occurrence == "denied" else "facts-contested", ("occurrence",)
            )
        if occurrence != "affirmed":
            return Drafted(
                "not-verified" if occurrence == "unconfirmed" else "awaiting-positions",
                ("occurrence",),
            )
        disputed = tuple(
            e for e in _FACTS if self._verdict(e, voters, views) in ("disputed", "denied")
        )
        if disputed:
            return Drafted("facts-contested", disputed)
        if scope.result != "inside":
            return Drafted("scope-not-agreed", ("scope",))
        return self._responsibility(voters, views)

    def _responsibility(
        self, voters: Sequence[str], views: Mapping[str, Mapping[Element, View]]
    ) -> Drafted:
        author = self._verdict("author", voters, views)
        if author == "affirmed":
            with_dissent = any(
                "author" not in views[v] or views[v]["author"].stance != "affirms" for v in voters
            )
            return Drafted("established-majority" if with_dissent else "established-consensus")
        nobody_names = not any(
            "author" in views[v] and views[v]["author"].stance == "affirms" for v in voters
        )
        if nobody_names and author != "denied":
            return Drafted("author-not-established")
        return Drafted("responsibility-not-agreed", ("author",))

    def _verdict(
        self, element: Element, voters: Sequence[str], views: Mapping[str, Mapping[Element, View]]
    ) -> Verdict:
        """What the voters together say of an element, by the agreement's rule."""
        said = [views[v][element] for v in voters if element in views[v]]
        affirm = [view for view in said if view.stance in ("affirms", "affirms-in-part")]
        deny = [view for view in said if view.stance == "denies"]
        unconfirmed = [view for view in said if view.stance == "cannot-confirm"]
        if not said:
            return "unstated"
        if deny and not affirm:
            return "denied"
        decision = self.agreement.file.decision
        needed = len(voters) if decision.rule == "consensus" else len(voters) // 2 + 1
        quorum = min(decision.quorum, len(voters))
        if (
            len(affirm) >= needed
            and len(affirm) + len(deny) + len(unconfirmed) >= quorum
            and _alike(element, affirm)
        ):
            return "affirmed"
        if deny or (len(affirm) > 1 and not _alike(element, affirm)):
            return "disputed"
        if unconfirmed and len(affirm) + len(unconfirmed) == len(voters):
            return "unconfirmed"
        return "open"

    def _decided(self, incident: Incident, voters: Sequence[str]) -> Decided | None:
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
        receipt = self.receipts.first(voter, statement.log, statement.index)
        return (
            silence is not None
            and receipt is not None
            and receipt.at + silence.hours * HOUR_S <= self.as_of
        )


def _alike(element: Element, views: Sequence[View]) -> bool:
    """Whether the values that are affirmed do not contradict each other."""
    for a, b in combinations(views, 2):
        if a.member is not None and b.member is not None:
            likeness = compare(element, a.member, b.member)
            if likeness in (Likeness.OTHER, Likeness.SIBLING):
                return False
        elif a.value != b.value:
            return False
    return True


def outcome_row(examined: Examined, agreement: Agreement) -> dict[str, Any]:
    """The row of one incident in the relation `outcomes`."""
    decided, views = examined.decided, examined.views
    chosen = examined.draft_without if examined.counting == "without-interested" else examined.draft
    hindrances = {
        view.hindrance
        for by_element in views.values()
        for view in by_element.values()
        if view.hindrance
    }
    basis = dict.fromkeys(
        ref for by_element in views.values() for view in by_element.values() for ref in view.refs
    )
    decision_rules = agreement.file.decision
    clauses = [
        c
        for c in (
            decision_rules.clause,
            decision_rules.interested_clause if examined.interested else None,
        )
        if c
    ]
    return {
        "incident": examined.incident.number,
        "status": examined.status,
        "outcome": examined.outcome,
        "draft": examined.draft.outcome,
        "draft_without_interested": examined.draft_without.outcome,
        "counting": examined.counting,
        "decision": None if decided is None else decided.statement.ref,
        "missing": [] if decided is None else list(decided.missing),
        "voters": list(examined.voters),
        "interested": list(examined.interested),
        "occurrence_affirmed_by": list(examined.who("occurrence", "affirms", "affirms-in-part")),
        "occurrence_denied_by": list(examined.who("occurrence", "denies")),
        "occurrence_unconfirmed_by": list(examined.who("occurrence", "cannot-confirm")),
        "author_affirmed_by": list(examined.who("author", "affirms", "affirms-in-part")),
        "author_denied_by": list(examined.who("author", "denies")),
        "silent": [v for v in examined.voters if not views[v]],
        "disputed": list(chosen.disputed),
        "hindrances": sorted(hindrances),
        "against_scope": examined.status == "finding"
        and examined.outcome in _ESTABLISHED
        and examined.scope.result != "inside",
        "basis": [
            *(basis or [m.ref for m in examined.incident.members]),
            *(decided.refs if decided else ()),
        ],
        "clauses": [*clauses, *([examined.scope.clause] if examined.scope.clause else [])],
    }
