"""The whole derivation on one screen: agreement and statements in, relations out.

A pure function of a set of statements: same cut, same figures, on every node. Nothing here reads a
clock, a file or a network. The order of the steps is section 6 of the design."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from trucekeeper.agreement.rules import Agreement
from trucekeeper.findings.measures import MEASURES, measure_rows
from trucekeeper.findings.outcomes import OUTCOMES, Examined, Examining
from trucekeeper.findings.positions import POSITIONS, Taken, Views, position_rows, take_positions
from trucekeeper.findings.summaries import incident_table, outcome_table
from trucekeeper.findings.summary import INCIDENTS, incident_row
from trucekeeper.governance.adherence import ADHERENCE, Standings
from trucekeeper.governance.disputed import (
    DISPUTED_LOGS,
    DISPUTED_VALUES,
    disputed_log_rows,
    disputed_value_rows,
)
from trucekeeper.governance.effect import Governed, govern
from trucekeeper.governance.entries import STATEMENTS
from trucekeeper.governance.heads import HEADS, head_rows
from trucekeeper.governance.keeping import UNCHECKED_STARTS, unchecked_rows
from trucekeeper.governance.keyring import KEYS
from trucekeeper.governance.mechanism import MECHANISM, mechanism_rows
from trucekeeper.governance.payloads import PAYLOADS, payload_rows
from trucekeeper.governance.readings import READINGS, reading_rows
from trucekeeper.governance.receipts import RECEIPTS
from trucekeeper.governance.record import ONE_HISTORY, Cut, Histories, Record
from trucekeeper.governance.sealing import SEALED_LOGS, sealed_rows
from trucekeeper.incidents.claims import element_table
from trucekeeper.incidents.elements import (
    ELEMENTS_RELATION,
    Incident,
    contested,
    make_incidents,
)
from trucekeeper.incidents.located import Located, as_match_reports, locate
from trucekeeper.incidents.matched import MATCHES, match_table
from trucekeeper.incidents.members import Members, Reports
from trucekeeper.incidents.names import report_numbers, resolver
from trucekeeper.incidents.scope import SCOPE, Scope, Scoping, scope_table
from trucekeeper.matching.clusters import Matches
from trucekeeper.matching.reference import match_by_definition
from trucekeeper.matching.reports import Constraints, MatchReport
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
from trucekeeper.monitoring.counting import count_table, incident_count_table
from trucekeeper.monitoring.counts import (
    COUNTS,
    INCIDENT_COUNTS,
    TALLIES,
    Buckets,
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
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.relations import Relation, relations_digest

Matcher = Callable[[Sequence[MatchReport], Constraints, Settings], Matches]

RELATIONS: tuple[Relation, ...] = (
    STATEMENTS,
    DISPUTED_LOGS,
    DISPUTED_VALUES,
    HEADS,
    RECEIPTS,
    MECHANISM,
    SEALED_LOGS,
    UNCHECKED_STARTS,
    ADHERENCE,
    RECOGNITIONS,
    KEYS,
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
    PAYLOADS,
    OBLIGATIONS,
    READINGS,
)

#: The relations of which `disputed_values` tells.
_OTHERS = tuple(r for r in RELATIONS if r not in (STATEMENTS, DISPUTED_LOGS, DISPUTED_VALUES))


class Tables(Mapping[str, pa.Table]):
    """The relations by name, each made when it is first read."""

    def __init__(self, makers: Mapping[Relation, Callable[[], pa.Table]]) -> None:
        assert set(makers) == set(RELATIONS)
        self._makers = {relation.name: makers[relation] for relation in RELATIONS}
        self._made: dict[str, pa.Table] = {}

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True)
class Derived:
    """All that follows from one cut at one instant: the values of the steps, and the relations.

    numbers: every number and reference of a report → the number of its incident.
    """

    agreement: Agreement
    cut: Cut
    as_of: int
    settings: Settings
    governed: Governed = field(repr=False)
    located: Sequence[Located] = field(repr=False)
    matches: Matches = field(repr=False)
    incidents: Sequence[Incident] = field(repr=False)
    #: The incidents' reports as columns.
    members: Members = field(repr=False)
    scopes: Sequence[Scope] = field(repr=False)
    taken: Sequence[Taken] = field(repr=False)
    examined: Sequence[Examined] = field(repr=False)
    standings: Standings = field(repr=False)
    disputed: Mapping[tuple[RefText, RefText], tuple[RefText, ...]] = field(repr=False)
    numbers: Mapping[str, str] = field(repr=False)
    #: The same under other rules: another text of the agreement.
    under: Callable[[Agreement], Derived] = field(repr=False)

    @cached_property
    def tables(self) -> Tables:
        """The relations."""
        return Tables({**_from_incidents(self), **_from_registers(self), **_from_readings(self)})

    @cached_property
    def summary(self) -> list[dict[str, Any]]:
        """The rows of `incidents`, in the order of `incidents`."""
        return [incident_row(e, self.matches, self.agreement) for e in self.examined]

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
    histories: Histories = ONE_HISTORY,
) -> Derived:
    """The picture of a cut at an instant.

    record: the statements of the logs of the cut's face. histories: their keys, and the branches of
    those of which several histories are held. as_of: the instant at which clocks and
    states are evaluated; None takes `default_as_of`.
    """
    governed = govern(agreement, record, histories)
    agreement = governed.agreement
    settings = matching_settings(agreement)
    moment = default_as_of(governed) if as_of is None else as_of

    def under(rules: Agreement) -> Derived:
        return derive(rules, record, cut, as_of=moment, matcher=matcher, histories=histories)

    located = locate(governed)
    bound, disputed = bound_matches(governed)
    matches = matcher(as_match_reports(located, agreement), bound, settings)
    own_numbers = report_numbers(located, agreement)
    incidents = make_incidents(located, matches, own_numbers)
    numbers = resolver({i.number: [m.ref for m in i.members] for i in incidents}, own_numbers)

    standings = Standings(governed)
    members = Members(Reports(located, agreement), incidents, matches)
    scopes = Scoping(agreement, standings).of_all(members)

    taken = take_positions(governed, incidents)
    examining = Examining(governed, Views(agreement, taken), cut.face, moment)
    examined = [examining.of(i, scope) for i, scope in zip(incidents, scopes, strict=True)]
    return Derived(
        agreement, cut, moment, settings, governed, located, matches, incidents, members, scopes,
        taken, examined, standings, disputed, numbers, under,
    )  # fmt: skip


def _from_incidents(d: Derived) -> dict[Relation, Callable[[], pa.Table]]:
    """Relations of steps 0 to 6: statements, incidents, scope, outcomes, clocks, counts."""
    agreement, governed = d.agreement, d.governed
    buckets = Buckets(agreement.calendar)
    cases = Cases(governed, d.examined, d.cut.face, d.as_of)
    return {
        STATEMENTS: lambda: STATEMENTS.table_of(governed.entries),
        DISPUTED_LOGS: lambda: DISPUTED_LOGS.table(disputed_log_rows(governed)),
        DISPUTED_VALUES: lambda: DISPUTED_VALUES.table(
            disputed_value_rows(governed, d.tables, _OTHERS)
        ),
        HEADS: lambda: HEADS.table(head_rows(governed, d.cut)),
        MECHANISM: lambda: MECHANISM.table(mechanism_rows(agreement, governed.acts)),
        SEALED_LOGS: lambda: SEALED_LOGS.table(sealed_rows(governed, d.cut)),
        UNCHECKED_STARTS: lambda: UNCHECKED_STARTS.table(unchecked_rows(governed)),
        RECEIPTS: lambda: RECEIPTS.table([r.row() for r in governed.head_receipts]),
        KEYS: lambda: KEYS.table(governed.keyrings.rows()),
        ADHERENCE: lambda: ADHERENCE.table(d.standings.rows()),
        MATCHES: lambda: match_table(d.members, d.disputed),
        INCIDENTS: lambda: incident_table(d.examined, d.members),
        ELEMENTS_RELATION: lambda: element_table(d.members),
        SCOPE: lambda: scope_table(d.members, d.scopes),
        POSITIONS: lambda: POSITIONS.table(position_rows(d.taken)),
        OUTCOMES: lambda: outcome_table(d.examined, d.members),
        MEASURES: lambda: MEASURES.table(measure_rows(governed, d.numbers, d.as_of)),
        CLOCKS: lambda: CLOCKS.table(cases.rows()),
        COVERAGE: lambda: COVERAGE.table(coverage_rows(governed, d.cut.face)),
        TALLIES: lambda: TALLIES.table(tally_rows(governed)),
        COUNTS: lambda: count_table(governed, d.members.reports, buckets),
        INCIDENT_COUNTS: lambda: incident_count_table(
            d.tables[INCIDENTS.name],
            contested(d.tables[ELEMENTS_RELATION.name]),
            d.members,
            buckets,
        ),
    }


def _from_registers(d: Derived) -> dict[Relation, Callable[[], pa.Table]]:
    """Relations of what is stated beside reports and positions, and of the agreement's promises."""
    registers = Registers(d.governed, d.incidents, d.numbers)
    correspondence = Correspondence(d.governed, d.numbers)
    return {
        RECOGNITIONS: lambda: RECOGNITIONS.table(correspondence.recognitions()),
        CORRECTIONS: lambda: CORRECTIONS.table(correspondence.corrections()),
        VISITS: lambda: VISITS.table(registers.visits()),
        EVIDENCE: lambda: EVIDENCE.table(registers.evidence()),
        POSTS: lambda: POSTS.table(registers.posts()),
        MAP_VERSIONS: lambda: MAP_VERSIONS.table(registers.map_versions()),
        NOTICES: lambda: NOTICES.table(registers.notices()),
        MESSAGES: lambda: MESSAGES.table(correspondence.messages()),
        LETTERS: lambda: LETTERS.table(correspondence.letters()),
        PUBLICATIONS: lambda: PUBLICATIONS.table(correspondence.publications()),
        PAYLOADS: lambda: PAYLOADS.table(payload_rows(d.governed)),
        OBLIGATIONS: lambda: OBLIGATIONS.table(obligation_rows(d.agreement, d.as_of)),
    }


def _from_readings(d: Derived) -> dict[Relation, Callable[[], pa.Table]]:
    """What would be other under other texts of the agreement."""
    compared = [relation for relation in RELATIONS if relation is not READINGS]
    return {
        READINGS: lambda: READINGS.table(
            reading_rows(d.governed, compared, d.tables, lambda rules: d.under(rules).tables)
        )
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
    held = governed.entries
    for author, at, state in zip(held["author"], held["stated_at"], held["state"], strict=True):
        counted = at is not None and state != "disputed"
        if counted and author in governed.agreement.participants:
            latest[author] = max(latest.get(author, at), at)
    times = sorted(latest.values(), reverse=True)
    return times[1] if len(times) > 1 else times[0] if times else governed.agreement.in_force[0]
