"""Who is bound, excluded or neither, at a time: the agreement's text, each participant's dated
reading, and what groups and participants stated since."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from trucekeeper.agreement.model import Group
from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.statements.kinds import Adherence
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.reasons import Reason, reason
from trucekeeper.vocabulary.relations import INSTANT, TEXT, TEXTS, Column, Relation
from trucekeeper.vocabulary.times import FIRST_INSTANT, LAST_INSTANT, seconds
from trucekeeper.vocabulary.words import BOUND, Standing

ADHERENCE = Relation(
    "adherence",
    "Which standing each group has, from when until when, by whose word.",
    (
        Column("group", TEXT, "identifier of the group in the agreement"),
        Column("name", TEXT, "its name there"),
        Column(
            "standing",
            TEXT,
            "party, adherent, covered, excluded, not-bound, protected or undetermined",
        ),
        Column(
            "by",
            TEXT,
            "the participant whose reading or statement it is; null for the agreement's own text",
        ),
        Column("from", INSTANT, "from when; null for from the beginning"),
        Column("until", INSTANT, "until before when; null for to the end"),
        Column("source", TEXTS, "sources that the agreement names"),
        Column("basis", TEXTS, "statements"),
        Column("clauses", TEXTS, "clauses"),
    ),
    ("group", "by", "from"),
)

#: What a standing means for the test by actor.
Effect = Literal["bound", "outside", "protected"]


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """What follows for one group at one time. effect: `contested` where readings differ,
    `undetermined` where something is missing, which `why` names."""

    group: Group
    effect: Literal["bound", "outside", "protected", "contested", "undetermined"]
    why: Reason
    basis: tuple[RefText, ...]


@dataclass(frozen=True, slots=True)
class _Opinion:
    by: str | None
    standing: Standing
    start: int
    end: int
    ref: RefText | None


def effect_of(standing: Standing) -> Effect | None:
    """What a standing means; None for `undetermined`."""
    if standing in BOUND:
        return "bound"
    return {"excluded": "outside", "not-bound": "outside", "protected": "protected"}.get(standing)  # type: ignore[return-value]  # the three literals


class Standings:
    """The standing of every group at any time of one record."""

    def __init__(self, governed: Governed) -> None:
        self.agreement = governed.agreement
        self._stated = _stated_opinions(governed)
        self._known: dict[tuple[str, int], GroupStanding] = {}
        edges = {o.start for opinions in self._stated.values() for o in opinions}
        for group in self.agreement.file.groups:
            for opinion in self._opinions_of_text(group):
                edges |= {opinion.start, opinion.end}
        self.edges = sorted(edges)

    def at(self, group: Group, at: int) -> GroupStanding:
        """What follows for a group at an instant."""
        key = (group.id, self.interval(at))
        if key not in self._known:
            self._known[key] = self._decide(group, at)
        return self._known[key]

    def interval(self, at: int) -> int:
        """Which of the spans an instant lies in, within which no standing changes."""
        return bisect_right(self.edges, at)

    def _opinions_of_text(self, group: Group) -> list[_Opinion]:
        day = self.agreement.calendar.local_midnight
        found = [_Opinion(None, group.standing, *_span(group.starts, group.until, day), None)]
        if group.amendment is not None and group.amendment not in self.agreement.adopted:
            found = []
        return found + [
            _Opinion(r.by, r.standing, *_span(r.starts, r.until, day), None) for r in group.readings
        ]

    def _decide(self, group: Group, at: int) -> GroupStanding:
        if group.covers:
            why = reason("covers-several", group=group.id, missing=group.missing)
            return GroupStanding(group, "undetermined", why, ())
        latest: dict[str | None, _Opinion] = {}
        for opinion in [*self._opinions_of_text(group), *self._stated.get(group.id, [])]:
            if opinion.start <= at < opinion.end and (
                opinion.by not in latest or latest[opinion.by].start <= opinion.start
            ):
                latest[opinion.by] = opinion
        basis = tuple(o.ref for o in latest.values() if o.ref is not None)
        by_effect: dict[Effect, list[str | None]] = {}
        for by in sorted(latest, key=lambda by: -1 if by is None else self.agreement.order[by]):
            effect = effect_of(latest[by].standing)
            if effect is not None:
                by_effect.setdefault(effect, []).append(by)
        return self._conclude(group, by_effect, basis)

    def _conclude(
        self, group: Group, by_effect: Mapping[Effect, list[str | None]], basis: tuple[RefText, ...]
    ) -> GroupStanding:
        voters = set(self.agreement.voters(None))
        for effect, whose in by_effect.items():
            if voters <= set(whose):
                why = reason("read-so-by-all", group=group.id, effect=effect)
                return GroupStanding(group, effect, why, basis)
        if len(by_effect) > 1:
            told = {effect: _authors(whose) for effect, whose in by_effect.items()}
            why = reason("readings-differ", group=group.id, **told)
            return GroupStanding(group, "contested", why, basis)
        for effect, whose in by_effect.items():
            if None in whose:
                why = reason("standing-in-text", group=group.id, standing=group.standing)
                return GroupStanding(group, effect, why, basis)
            why = reason(
                "read-only-by",
                group=group.id, effect=effect, by=_authors(whose), missing=group.missing,
            )  # fmt: skip
            return GroupStanding(group, "undetermined", why, basis)
        why = reason("no-reading", group=group.id, missing=group.missing)
        return GroupStanding(group, "undetermined", why, basis)

    def rows(self) -> list[dict[str, Any]]:
        """The relation `adherence`."""
        found = []
        for group in self.agreement.file.groups:
            clauses = [group.clause] if group.clause else []
            sources = {None: list(group.source)} | {r.by: list(r.source) for r in group.readings}
            for opinion in [*self._opinions_of_text(group), *self._stated.get(group.id, [])]:
                found.append(
                    {
                        "group": group.id,
                        "name": group.name,
                        "standing": opinion.standing,
                        "by": opinion.by,
                        "from": None if opinion.start == FIRST_INSTANT else opinion.start,
                        "until": None if opinion.end == LAST_INSTANT else opinion.end,
                        "source": [] if opinion.ref else sources.get(opinion.by, []),
                        "basis": [opinion.ref] if opinion.ref else [],
                        "clauses": clauses,
                    }
                )
        return found


def _authors(whose: Sequence[str | None]) -> str:
    """Who reads a standing so; `agreement` for its own text."""
    return ",".join("agreement" if by is None else by for by in whose)


def _stated_opinions(governed: Governed) -> dict[str, list[_Opinion]]:
    """Adherence statements of participants, by group. What a component says binds nobody."""
    found: dict[str, list[_Opinion]] = {}
    stated: list[tuple[Statement, Adherence]] = governed.of_kind(Adherence)
    for statement, body in sorted(
        stated, key=lambda pair: (seconds(pair[1].since), pair[0].at, pair[0].leaf)
    ):
        group = governed.agreement.find_group(body.group, seconds(body.since))
        if group is not None and statement.author in governed.agreement.participants:
            opinion = _Opinion(
                statement.author, body.standing, seconds(body.since), LAST_INSTANT, statement.ref
            )
            found.setdefault(group.id, []).append(opinion)
    return found


def _span(starts: date | None, until: date | None, day: Callable[[date], int]) -> tuple[int, int]:
    return FIRST_INSTANT if starts is None else day(starts), LAST_INSTANT if until is None else day(
        until
    )
