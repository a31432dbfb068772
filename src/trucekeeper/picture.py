"""The whole derivation on one screen: agreement and statements in, relations out.

A pure function of a set of statements: same cut, same figures, on every node. Nothing here reads a
clock, a file or a network. The order of the steps is section 6 of the design."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from trucekeeper.agreement.rules import Agreement
from trucekeeper.findings.measures import MEASURES, measure_rows
from trucekeeper.findings.outcomes import OUTCOMES, Examined, Examining, outcome_row
from trucekeeper.findings.positions import POSITIONS, Taken, Views, position_rows, take_positions
from trucekeeper.findings.summary import INCIDENTS, incident_row
from trucekeeper.governance.adherence import ADHERENCE, Standings
from trucekeeper.governance.effect import STATEMENTS, Governed, govern
from trucekeeper.governance.record import Cut, Record
from trucekeeper.incidents.elements import ELEMENTS_RELATION, Incident, element_rows, make_incidents
from trucekeeper.incidents.located import as_match_reports, locate
from trucekeeper.incidents.matched import MATCHES, match_rows
from trucekeeper.incidents.names import report_numbers, resolver
from trucekeeper.incidents.scope import SCOPE, Scope, Scoping, scope_rows
from trucekeeper.matching.clusters import Constraints, Matches
from trucekeeper.matching.model import MatchReport
from trucekeeper.matching.reference import match_by_definition
from trucekeeper.matching.settings import DEFAULT, Settings, read_settings
from trucekeeper.matching.statements import bound_matches
from trucekeeper.monitoring.cases import CLOCKS, Cases
from trucekeeper.monitoring.correspondence import (
    CORRECTIONS,
    LETTERS,
    MESSAGES,
    PUBLICATIONS,
    RECOGNITIONS,
    Correspondence,
)
from trucekeeper.monitoring.counts import (
    COUNTS,
    INCIDENT_COUNTS,
    TALLIES,
    Buckets,
    count_rows,
    incident_count_rows,
    tally_rows,
)
from trucekeeper.monitoring.coverage import COVERAGE, coverage_rows
from trucekeeper.monitoring.registers import (
    EVIDENCE,
    MAP_VERSIONS,
    NOTICES,
    POSTS,
    VISITS,
    Registers,
)
from trucekeeper.obligations.register import OBLIGATIONS, obligation_rows
from trucekeeper.vocabulary.relations import Relation, relations_digest

Matcher = Callable[[Sequence[MatchReport], Constraints, Settings], Matches]

RELATIONS: tuple[Relation, ...] = (
    STATEMENTS,
    ADHERENCE,
    RECOGNITIONS,
    MATCHES,
    INCIDENTS,
    ELEMENTS_RELATION,
    SCOPE,
    POSITIONS,
    OUTCOMES,
    MEASURES,
    CLOCKS,
    COVERAGE,
    TALLIES,
    COUNTS,
    INCIDENT_COUNTS,
    CORRECTIONS,
    VISITS,
    EVIDENCE,
    POSTS,
    MAP_VERSIONS,
    NOTICES,
    MESSAGES,
    LETTERS,
    PUBLICATIONS,
    OBLIGATIONS,
)


@dataclass(frozen=True)
class Derived:
    """All that follows from one cut: the relations, and the values they were made of."""

    agreement: Agreement
    cut: Cut
    as_of: int
    tables: Mapping[str, pa.Table] = field(repr=False)
    numbers: Mapping[str, str] = field(repr=False)
    governed: Governed = field(repr=False)
    examined: Sequence[Examined] = field(repr=False)
    taken: Sequence[Taken] = field(repr=False)
    matches: Matches = field(repr=False)
    settings: Settings = field(repr=False)

    @cached_property
    def spans(self) -> Mapping[str, tuple[int, int]]:
        """From when until before when each incident lies, by number."""
        table = self.tables["incidents"]
        times = (
            table.column(name).cast(pa.int64()).to_pylist()
            for name in ("occurred_earliest", "occurred_latest")
        )
        return dict(
            zip(table.column("incident").to_pylist(), zip(*times, strict=True), strict=True)
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the relations as sorted canonical JSON lines."""
        return relations_digest(self.tables)


def derive(
    agreement: Agreement,
    record: Record,
    cut: Cut,
    *,
    as_of: int | None = None,
    matcher: Matcher = match_by_definition,
) -> Derived:
    """The picture of a cut at an instant.

    record: the statements of the logs of the cut's face. as_of: the instant at which clocks and
    states are evaluated; None takes `default_as_of`."""
    governed = govern(agreement, record)
    agreement = governed.agreement
    settings = matching_settings(agreement)
    as_of = default_as_of(governed) if as_of is None else as_of

    located = locate(governed)
    bound, disputed = bound_matches(governed)
    matches = matcher(as_match_reports(located, agreement), bound, settings)
    incidents = make_incidents(located, matches, agreement)

    standings = Standings(governed)
    scoping = Scoping(agreement, standings)
    scopes = [scoping.of(incident) for incident in incidents]

    taken = take_positions(governed, incidents)
    examining = Examining(governed, Views(agreement, taken), cut.face, as_of)
    examined = [
        examining.of(incident, scope) for incident, scope in zip(incidents, scopes, strict=True)
    ]

    rows = _rows(governed, cut.face, as_of, incidents, scopes, examined, matches)
    rows |= {
        "adherence": standings.rows(),
        "matches": match_rows(matches, incidents, disputed),
        "positions": position_rows(taken),
        "counts": count_rows(governed, located, Buckets(agreement.calendar)),
    }
    tables = {relation.name: relation.table(rows[relation.name]) for relation in RELATIONS}
    numbers = resolver(
        {i.number: [m.ref for m in i.members] for i in incidents},
        report_numbers(located, agreement),
    )
    return Derived(
        agreement, cut, as_of, tables, numbers, governed, examined, taken, matches, settings
    )


def _rows(
    governed: Governed,
    face: str,
    as_of: int,
    incidents: Sequence[Incident],
    scopes: Sequence[Scope],
    examined: Sequence[Examined],
    matches: Matches,
) -> dict[str, Any]:
    """The rows of the relations that follow from incidents and from what is stated beside them."""
    agreement = governed.agreement
    elements = [row for incident in incidents for row in element_rows(incident, agreement)]
    summary = [incident_row(e, matches, agreement) for e in examined]
    contested = {row["incident"] for row in elements if row["status"] == "contested"}
    by_number = {incident.number: incident for incident in incidents}
    registers = Registers(governed, incidents)
    correspondence = Correspondence(governed, incidents)
    return {
        "statements": governed.rows,
        "recognitions": correspondence.recognitions(),
        "incidents": summary,
        "elements": elements,
        "scope": [
            row
            for incident, scope in zip(incidents, scopes, strict=True)
            for row in scope_rows(incident, scope)
        ],
        "outcomes": [outcome_row(e, agreement) for e in examined],
        "measures": measure_rows(governed, incidents, as_of),
        "clocks": Cases(governed, examined, face, as_of).rows(),
        "coverage": coverage_rows(governed, face),
        "tallies": tally_rows(governed),
        "incident_counts": incident_count_rows(
            summary, by_number, contested, matches, Buckets(agreement.calendar)
        ),
        "corrections": correspondence.corrections(),
        "visits": registers.visits(),
        "evidence": registers.evidence(),
        "posts": registers.posts(),
        "map_versions": registers.map_versions(),
        "notices": registers.notices(),
        "messages": correspondence.messages(),
        "letters": correspondence.letters(),
        "publications": correspondence.publications(),
        "obligations": obligation_rows(agreement, as_of),
    }


def matching_settings(agreement: Agreement) -> Settings:
    """The annex's settings, or the default of the rules version."""
    file = agreement.file.matching.file
    return DEFAULT if file is None else read_settings(file, agreement.attachments[file])


def default_as_of(governed: Governed) -> int:
    """The second-greatest of the participants' latest stated times, so that one false date makes
    nobody late; the greatest where only one speaks, the beginning of the agreement where nobody
    does."""
    latest: dict[str, int] = {}
    for row in governed.rows:
        if row["stated_at"] is not None and row["author"] in governed.agreement.participants:
            latest[row["author"]] = max(
                latest.get(row["author"], row["stated_at"]), row["stated_at"]
            )
    times = sorted(latest.values(), reverse=True)
    return times[1] if len(times) > 1 else times[0] if times else governed.agreement.in_force[0]
