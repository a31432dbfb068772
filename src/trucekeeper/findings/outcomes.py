"""The decision rule over positions: a draft outcome for each incident, with and without an
interested guarantor; a finding only by decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import msgspec

from trucekeeper.agreement.model import Zone
from trucekeeper.agreement.rules import Agreement
from trucekeeper.findings.answering import Answering
from trucekeeper.findings.decisions import Decided, Deciding
from trucekeeper.findings.positions import View, Views
from trucekeeper.governance.effect import Governed
from trucekeeper.incidents.elements import Incident, compare
from trucekeeper.incidents.scope import Scope
from trucekeeper.vocabulary.categories import Likeness
from trucekeeper.vocabulary.ids import CircleId
from trucekeeper.vocabulary.relations import BASIS, CLAUSES, TEXT, TEXTS, TRUTH, Column, Relation
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

Status = Literal["reported", "examined", "proposed", "finding", "not-published"]
Verdict = Literal["affirmed", "denied", "disputed", "unconfirmed", "open", "unstated"]
_FACTS: tuple[Element, ...] = ("time", "place", "act", "weapon", "target", "effect")
_ESTABLISHED = ("established-consensus", "established-majority", "author-not-established")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft outcome over one set of voters, and the elements that kept them apart."""

    outcome: Outcome
    disputed: tuple[Element, ...] = ()


class Examined(msgspec.Struct, frozen=True):
    """All that follows from positions and decisions on one incident."""

    incident: Incident
    scope: Scope
    status: Status
    outcome: Outcome
    draft: Drafted
    draft_without: Drafted
    counting: Literal["all", "without-interested"]
    decided: Decided | None
    voters: tuple[str, ...]
    interested: tuple[str, ...]
    views: Mapping[str, Mapping[Element, View]]

    @property
    def against_scope(self) -> bool:
        """Whether a finding of a violation stands though the scope is not inside: those who decide
        may, and it is said. Where the finding is that the author is not established, nothing more
        is asked of the test by actor than that it is not outside or contested."""
        if self.status != "finding" or self.outcome not in _ESTABLISHED:
            return False
        no_author = self.outcome == "author-not-established"
        return any(
            test.result != "inside"
            and not (no_author and name == "actor" and test.result == "undetermined")
            for name, test in self.scope.tests.items()
        )

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
        self.deciding = Deciding(governed, views, as_of)
        self._zones: dict[str | None, tuple[tuple[str, ...], bool]] = {}
        self._silence: dict[tuple[str, ...], Mapping[str, Mapping[Element, View]]] = {}
        self.answering = Answering(self.agreement)

    def of(self, incident: Incident, scope: Scope) -> Examined:
        """What follows for one incident."""
        voters, published = self._zone(scope.zone)
        interested = self._interested(incident, voters)
        rule = self.agreement.file.decision.interested
        counting: Literal["all", "without-interested"] = (
            "without-interested" if rule == "does-not-count" and interested else "all"
        )
        spoken = published and self._spoken(incident)
        views = (
            {v: self.views.of(incident, v) for v in voters}
            if spoken
            else self._silence.setdefault(voters, {v: {} for v in voters})
        )
        others = tuple(v for v in voters if v not in interested)
        if published:
            draft = self._draft(incident, scope, voters, views)
            without = self._draft(incident, scope, others, views) if interested else draft
            decided = self.deciding.of(incident, others if counting != "all" else voters)
        else:
            draft = without = Drafted("not-published")
            decided = None
        outcome = draft.outcome if counting == "all" else without.outcome
        if decided is not None and decided.stands:
            outcome = decided.decision.outcome
        status = self._status(incident, decided) if published else "not-published"
        return Examined(
            incident,
            scope,
            status,
            outcome,
            draft,
            without,
            counting,
            decided,
            voters,
            interested,
            views,
        )

    def _zone(self, zone: Zone | None) -> tuple[tuple[str, ...], bool]:
        """Who decides in a zone, and whether this face holds the circle that does."""
        own = None if zone is None else zone.id
        if own not in self._zones:
            circle = CircleId(self.agreement.deciding_circle(zone))
            published = self.agreement.is_within(CircleId(self.face), circle)
            self._zones[own] = self.agreement.voters(zone), published
        return self._zones[own]

    def _status(self, incident: Incident, decided: Decided | None) -> Status:
        if decided is not None:
            return "finding" if decided.stands else "proposed"
        return "examined" if self.views.examined(incident) else "reported"

    def _spoken(self, incident: Incident) -> bool:
        return self.views.examined(incident) or self.deciding.is_on(incident)

    def _interested(self, incident: Incident, voters: Sequence[str]) -> tuple[str, ...]:
        """The voters that are the alleged author, or answer for its side. A component's allegation
        makes nobody interested."""
        participants = self.agreement.participants
        alleged = {m.authors for m in incident.members if m.source in participants}
        sides = [self.answering.of(authors) for authors in alleged]
        return tuple([v for v in voters if any(v in side for side in sides)])

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
    spoken = [view for by_element in views.values() for view in by_element.values()]
    hindrances = {view.hindrance for view in spoken if view.hindrance}
    basis = dict.fromkeys(ref for view in spoken for ref in view.refs)
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
        "against_scope": examined.against_scope,
        "basis": [
            *(basis or [m.ref for m in examined.incident.members]),
            *(decided.refs if decided else ()),
        ],
        "clauses": [*clauses, *([examined.scope.clause] if examined.scope.clause else [])],
    }
