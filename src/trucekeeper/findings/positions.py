"""Positions on elements of fact, resolved to the incident in which the report now stands.

A participant's own report affirms what it states; an explicit position on an element goes before
that. Of several positions of one author on one thing the last by its own clock counts, then by leaf
hash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.incidents.elements import Incident, stated_values
from trucekeeper.incidents.located import Located
from trucekeeper.statements.kinds import Decision, Position, Report
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.relations import BASIS, INSTANT, TEXT, TRUTH, Column, Relation
from trucekeeper.vocabulary.words import ELEMENTS, Element, Hindrance, Stance

POSITIONS = Relation(
    "positions",
    "Every position in effect, with what it is taken on now.",
    (
        Column("ref", TEXT, "the position"),
        Column("participant", TEXT, "whose it is"),
        Column(
            "incident",
            TEXT,
            "number of the incident in which the report stands now; null for other subjects",
        ),
        Column("subject", TEXT, "the statement on which it is taken"),
        Column("on", TEXT, "element, outcome or whole"),
        Column(
            "stance",
            TEXT,
            "affirms, affirms-in-part, denies, cannot-confirm, awaits-instructions or declines",
        ),
        Column("value", TEXT, "what is affirmed instead, where it differs"),
        Column("hindrance", TEXT, "why it could not be confirmed"),
        Column("stated_at", INSTANT, "when it was stated"),
        Column(
            "state",
            TEXT,
            "counts, replaced (by a later one of the same author), subject-not-in-effect, or "
            "subject-disputed (its log has two histories, and it stands beyond what they share)",
        ),
        Column(
            "before_change",
            TRUTH,
            "whether the incident has changed since: its reports are not those that were seen",
        ),
        BASIS,
    ),
    ("ref",),
)

StanceWord = Literal[
    "affirms", "affirms-in-part", "denies", "cannot-confirm", "awaits-instructions", "declines"
]


@dataclass(frozen=True, slots=True)
class Taken:
    """One position and what it is taken on now. incident: None where the subject is no report.
    disputed: whether the subject is not counted because its log has two histories."""

    statement: Statement
    position: Position
    subject: Statement | None
    incident: Incident | None
    counts: bool
    before_change: bool
    disputed: bool


@dataclass(frozen=True, slots=True)
class View:
    """What a participant says of one element. member: the report whose value it affirms. explicit:
    by a position, not only by its own report."""

    stance: Stance
    value: str | None
    member: Located | None
    hindrance: Hindrance | None
    explicit: bool
    refs: tuple[RefText, ...]


def take_positions(governed: Governed, incidents: Sequence[Incident]) -> list[Taken]:
    """Every position in effect, resolved."""
    positions = governed.of_kind(Position)
    if not positions:
        return []
    home = {member.ref: incident for incident in incidents for member in incident.members}
    latest: dict[tuple[str, RefText, str], tuple[int, str]] = {}
    resolved = []
    for statement, position in positions:
        subject = governed.resolve(position.subject)
        target = subject.ref if subject is not None else RefText(position.subject)
        key = (statement.author, target, position.on)
        rank = (statement.at, statement.leaf)
        latest[key] = max(latest.get(key, rank), rank)
        resolved.append((statement, position, subject, key, rank))
    found = []
    for statement, position, subject, key, rank in resolved:
        incident = home.get(subject.ref) if subject is not None else None
        counts = subject is not None and latest[key] == rank
        found.append(
            Taken(
                statement,
                position,
                subject,
                incident,
                counts,
                _changed(governed, position, incident),
                subject is None and governed.is_disputed(position.subject),
            )
        )
    return found


def _changed(governed: Governed, position: Position, incident: Incident | None) -> bool:
    if incident is None or not position.members_seen:
        return False
    seen = {
        s.ref if (s := governed.resolve(ref)) is not None else ref for ref in position.members_seen
    }
    return seen != {member.ref for member in incident.members}


def position_rows(taken: Iterable[Taken]) -> list[dict[str, Any]]:
    """The relation `positions`."""
    return [
        {
            "ref": t.statement.ref,
            "participant": t.statement.author,
            "incident": None if t.incident is None else t.incident.number,
            "subject": t.position.subject,
            "on": t.position.on,
            "stance": t.position.stance,
            "value": t.position.value,
            "hindrance": t.position.hindrance,
            "stated_at": t.statement.at,
            "state": _state(t),
            "before_change": t.before_change,
            "basis": list(t.statement.basis),
        }
        for t in taken
    ]


def _state(t: Taken) -> str:
    if t.subject is not None:
        return "counts" if t.counts else "replaced"
    return "subject-disputed" if t.disputed else "subject-not-in-effect"


class Views:
    """What every participant says of every element of the incidents on which somebody took a
    position."""

    def __init__(self, agreement: Agreement, taken: Iterable[Taken]) -> None:
        self.agreement = agreement
        self._by_incident: dict[str, list[Taken]] = defaultdict(list)
        self._on_decisions: dict[RefText, list[Taken]] = defaultdict(list)
        for t in taken:
            if not t.counts or t.statement.author not in agreement.participants:
                continue
            if t.incident is not None:
                self._by_incident[t.incident.number].append(t)
            elif t.subject is not None and isinstance(t.subject.body, Decision):
                self._on_decisions[t.subject.ref].append(t)

    def examined(self, incident: Incident) -> bool:
        """Whether anybody took a position on the incident."""
        return incident.number in self._by_incident

    def positions(self, incident: Incident) -> list[Taken]:
        """The positions that count on an incident, in the order of the agreement's participants."""
        order = self.agreement.order
        return sorted(
            self._by_incident.get(incident.number, []),
            key=lambda t: (order[t.statement.author], t.statement.leaf),
        )

    def on_decision(self, ref: RefText) -> list[Taken]:
        """The positions that count on a decision."""
        return self._on_decisions.get(ref, [])

    def of(self, incident: Incident, participant: str) -> Mapping[Element, View]:
        """What one participant says, element by element. An element of which it says nothing is
        absent."""
        views: dict[Element, View] = {}
        for member in incident.of_source(participant):
            for element, value in stated_values(member):
                if element not in views:
                    views[element] = View("affirms", value, member, None, False, (member.ref,))
        own = [t for t in self.positions(incident) if t.statement.author == participant]
        for t in sorted(own, key=lambda t: t.position.on != "whole"):
            for element, view in _spoken(t, incident):
                views[element] = view
        return views


def _spoken(t: Taken, incident: Incident) -> Iterable[tuple[Element, View]]:
    """What one position says: on an element of the cited report, or on all that it states."""
    assert t.subject is not None and isinstance(t.subject.body, Report)
    member = next(m for m in incident.members if m.ref == t.subject.ref)
    said = dict(stated_values(member))
    elements: Iterable[Element] = said
    if t.position.on not in ("whole", "outcome"):
        elements = [element for element in ELEMENTS if element == t.position.on]
    for element in elements:
        value = t.position.value or said.get(element)
        affirmed = member if t.position.value is None else None
        refs = (t.statement.ref,)
        yield element, View(t.position.stance, value, affirmed, t.position.hindrance, True, refs)
