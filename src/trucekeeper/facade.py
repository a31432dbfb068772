"""What users hold: a picture with its tables, explanations and reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from trucekeeper.engines.memory import without_collecting
from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.governance.record import Cut
from trucekeeper.incidents.located import Located, as_match_reports
from trucekeeper.logs.proof import Proof
from trucekeeper.matching.explain import not_compared, weigh_membership, weigh_pair
from trucekeeper.matching.reports import MatchReport
from trucekeeper.picture import RELATIONS, Derived
from trucekeeper.render.catalogue import Wording
from trucekeeper.render.pages import catalogue_of
from trucekeeper.render.weighing import (
    Weighed,
    unweighed_pair,
    weighed_membership,
    weighed_pair,
)
from trucekeeper.render.write import write_report
from trucekeeper.reporting.cited import cited_statements
from trucekeeper.reporting.document import Document
from trucekeeper.reporting.joint import joint_report, names
from trucekeeper.reporting.period import parse_period
from trucekeeper.statements.encoding import encode_body
from trucekeeper.vocabulary.categories import ACTS, WEAPONS, is_kind_of
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.relations import rows_of
from trucekeeper.vocabulary.times import Calendar, parse_instant

Row = Mapping[str, Any]
#: The relations that an incident's explanation tells, in this order.
_OF_AN_INCIDENT = (
    "incidents", "matches", "elements", "scope", "outcomes", "positions", "clocks",
)  # fmt: skip
_TREES = {"act": ACTS, "weapon": WEAPONS}


class Rows(Sequence[Row]):
    """Rows of one relation. Instants are text, days are text; a null is None."""

    def __init__(self, relation: str, rows: Sequence[Row], columns: Sequence[str]) -> None:
        self.relation = relation
        self.columns = tuple(columns)
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Rows(self.relation, self._rows[index], self.columns)
        return self._rows[index]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<{len(self)} rows of {self.relation}: {', '.join(self.columns)}>"

    def where(self, **conditions: Any) -> Rows:
        """The rows in which each column equals the value given, or holds it where it is a list. For
        `act` and `weapon` narrower words count as well: `act="shelling"` finds mortar fire."""
        for column in conditions:
            self._known(column)
        kept = [
            row
            for row in self._rows
            if all(_fits(row[c], value, c) for c, value in conditions.items())
        ]
        return Rows(self.relation, kept, self.columns)

    def count_by(self, column: str) -> dict[Any, int]:
        """How many rows have each value of a column, most frequent first."""
        self._known(column)
        values = (tuple(v) if isinstance(v := row[column], list) else v for row in self._rows)
        return dict(sorted(Counter(values).items(), key=lambda pair: (-pair[1], str(pair[0]))))

    def _known(self, column: str) -> None:
        if column not in self.columns:
            raise QuestionError(
                Problem(Code.NO_SUCH_COLUMN, Place(), f"`{column}`", ", ".join(self.columns))
            )


def _fits(held: Any, wanted: Any, column: str) -> bool:
    if isinstance(held, list):
        return wanted in held
    if column in _TREES and held in _TREES[column] and wanted in _TREES[column]:
        return is_kind_of(column, held, wanted)
    return bool(held == wanted)


class Explanation(Sequence[str]):
    """Why something is so: lines that name statements, clauses and terms. weighed: of each report
    that it is about, why it is in its incident."""

    def __init__(self, subject: str, lines: Sequence[str], weighed: Sequence[Weighed] = ()) -> None:
        self.subject = subject
        self.weighed = tuple(weighed)
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: Any) -> Any:
        return self._lines[index]

    def __str__(self) -> str:
        return "\n".join([self.subject, *(f"  {line}" for line in self._lines)])


#: Gives the proofs of statements, log after log.
Prove = Callable[[Iterable[RefText]], Iterator[tuple[RefText, Proof]]]


class Report:
    """A joint report, as a value and as files. cited: the statements that it rests on; prove: gives
    their proofs, where the logs are at hand."""

    def __init__(
        self, document: Document, cited: Sequence[RefText] = (), prove: Prove | None = None
    ) -> None:
        self.document = document
        self.cited = tuple(cited)
        self._prove = prove

    def write(
        self, folder: str | Path, *, language: str = "en", formats: Sequence[str] | None = None
    ) -> list[Path]:
        """Write report.json, report.html, the tables as CSV, the incidents as GeoJSON and proofs of
        what the report cites, or those of `json`, `html`, `csv`, `geojson` and `proofs` that are
        named; the paths written. Raises QuestionError."""
        return write_report(
            self.document,
            Path(folder),
            language=language,
            formats=formats,
            cited=self.cited if self._prove else (),
            prove=self._prove,
        )

    def to_json(self) -> bytes:
        """The canonical bytes of report.json."""
        return self.document.to_json()


class Picture:
    """All that follows from a cut at a day."""

    def __init__(self, derived: Derived, prove: Prove | None = None) -> None:
        self.derived = derived
        self._prove = prove

    @property
    def cut(self) -> Cut:
        return self.derived.cut

    @property
    def digest(self) -> str:
        """SHA-256 over all relations; equal on every node that holds the same cut."""
        with without_collecting():
            return self.derived.digest

    @cached_property
    def incidents(self) -> Rows:
        """The relation `incidents`."""
        return self.rows("incidents")

    def table(self, name: str) -> pa.Table:
        """A relation as an Arrow table. Raises QuestionError."""
        if name not in self.derived.tables:
            raise QuestionError(
                Problem(Code.NO_SUCH_TABLE, Place(), f"`{name}`", ", ".join(self.derived.tables))
            )
        with without_collecting():
            return self.derived.tables[name]

    def rows(self, name: str) -> Rows:
        """A relation as rows."""
        table = self.table(name)
        return Rows(name, rows_of(table), table.column_names)

    def report(self, period: str) -> Report:
        """The joint report of a period: `2031-03`, `2031-03-12`, `2031-W11`, `A..B`. Raises
        QuestionError."""
        named = parse_period(period, self.derived.agreement.calendar)
        with without_collecting():
            document = joint_report(self.derived, named)
            cited = cited_statements(self.derived, document, named)
        return Report(document, cited, self._prove)

    def explain(self, subject: str | Row) -> Explanation:
        """The statements, clauses and terms behind an incident (a row, its number or any of its
        aliases) or a statement (`log/index`). Raises QuestionError."""
        name = (
            subject
            if isinstance(subject, str)
            else str(subject.get("incident") or subject.get("ref"))
        )
        if lines := self._resting_on(name):
            weighed = [self.weigh(name)] if name in self._located else []
            return Explanation(name, [*lines, *(f"weighed: {w.words}" for w in weighed)], weighed)
        number = self.derived.numbers.get(name)
        if number is None:
            raise _no_such_reference(name, "log/index, or an incident's number")
        return self._explain_incident(number)

    def weigh(self, report: str, other: str | None = None) -> Weighed:
        """Why a report (`log/index`) is in its incident, term by term, and what the best rival
        would be; or what it has in common with another report. Raises QuestionError."""
        for ref in (report, other):
            if ref is not None and ref not in self._located:
                raise _no_such_reference(ref, "log/index of a report in effect")
        matches = self.derived.matches
        if other is not None:
            one, two = (self._match_reports([ref])[ref] for ref in (report, other))
            why = not_compared(one, two, matches.around, self.derived.settings)
            if why is not None:
                return unweighed_pair(report, other, why, self._wording)
            weighing = weigh_pair(one, two, matches.around, self.derived.settings)
            return weighed_pair(weighing, self._wording)
        member = matches.memberships[report]
        clusters = [member.cluster, *(cluster for cluster, _ in member.rivals[:1])]
        reports = self._match_reports([ref for c in clusters for ref in matches.clusters[c]])
        held = weigh_membership(report, reports, matches)
        rival = None if held.rival is None else matches.clusters[held.rival[0]][0]
        number = None if rival is None else self.derived.numbers[rival]
        return weighed_membership(held, number, self._wording)

    @cached_property
    def _located(self) -> Mapping[str, Located]:
        return {located.ref: located for located in self.derived.located}

    def _match_reports(self, refs: Sequence[str]) -> dict[str, MatchReport]:
        located = [self._located[ref] for ref in refs]
        return {r.id: r for r in as_match_reports(located, self.derived.agreement)}

    def _resting_on(self, ref: str) -> list[str]:
        """What a statement states, if it is in effect, and every row that rests on it."""
        statement = self.derived.governed.by_ref.get(RefText(ref))
        lines = [] if statement is None else [f"states: {encode_body(statement.body).decode()}"]
        for relation in RELATIONS:
            table = self.derived.tables[relation.name]
            if "basis" not in table.column_names:
                continue
            basis = table.column("basis").combine_chunks()
            cited = pc.equal(basis.flatten(), ref)
            places = basis.value_parent_indices().filter(cited).unique()
            lines += [self._told(relation.name, row) for row in rows_of(table.take(places))]
        return lines

    def _explain_incident(self, number: str) -> Explanation:
        lines = []
        for name in _OF_AN_INCIDENT:
            table = self.derived.tables[name]
            told = table.filter(pc.equal(table.column("incident"), number))
            lines += [self._told(name, row) for row in rows_of(told)]
        examined = next(e for e in self.derived.examined if e.incident.number == number)
        memberships = self.derived.matches.memberships
        # What repeats another is weighed with it.
        refs = [
            member.ref
            for member in examined.incident.members
            if memberships[member.ref].repeat_of is None
        ]
        weighed = [self.weigh(ref) for ref in refs]
        lines += [f"weighed: {w.words}" for w in weighed]
        return Explanation(number, [*lines, *(f"pair: {p}" for p in self._pairs(refs))], weighed)

    def _told(self, relation: str, row: Row) -> str:
        """A row as a line; the reasons of a scope test in words."""
        if relation == "scope":
            row = {**row, "reasons": [self._wording.reason(r) for r in row["reasons"]]}
        return f"{relation}: " + ", ".join(
            f"{name} {'; '.join(map(str, value)) if isinstance(value, list) else value}"
            for name, value in row.items()
            if value not in (None, [], "") and name != "basis"
        )

    @cached_property
    def _wording(self) -> Wording:
        return Wording(catalogue_of("en"), names(self.derived.agreement))

    def _pairs(self, refs: Sequence[str]) -> list[str]:
        """What each two reports of an incident have in common; of two alone each has said it."""
        if len(refs) == 2:
            return []
        return [self.weigh(one, other).words for one, other in combinations(refs, 2)]

    def cite(self) -> str:
        """What a reader needs to find the same figures again."""
        cut = self.cut
        return (
            f"{self.derived.agreement.file.agreement.title}: face `{cut.face}`, cut {cut.digest}, "
            f"agreement {cut.agreement_digest}, "
            f"rules {cut.rules}; derived with Trucekeeper {version('trucekeeper')}"
        )


def _no_such_reference(name: str, expected: str) -> QuestionError:
    return QuestionError(Problem(Code.NO_SUCH_REFERENCE, Place(), f"`{name}`", expected))


def statement_problems(rows: Iterable[Row], participants: Sequence[str]) -> dict[str, Problem]:
    """What is kept but not admissible, by reference; and what is stale of the participants' own
    releases."""
    found: dict[str, Problem] = {}
    for row in rows:
        log, _, index = row["ref"].rpartition("/")
        where = Place(log=log, index=int(index))
        if row["code"] is not None and row["state"] != "awaits-review":
            code = next(code for code in Code if code.id == row["code"])
            found[row["ref"]] = Problem(code, where, row["reason"], "an admissible statement")
        if row["doubtful_release"] and row["author"] in participants:
            value = "another value than the original's"
            found[row["ref"]] = Problem(Code.STALE_RELEASE, where, value, "the original, or less")
    return found


def parse_moment(text: str | int, calendar: Calendar) -> int:
    """An instant from `YYYY-MM-DDTHH:MM:SSZ`, or the end of a reporting day from `YYYY-MM-DD`.
    Raises QuestionError."""
    if isinstance(text, int):
        return text
    at = parse_instant(text)
    if at is not None:
        return at
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise QuestionError(
            Problem(Code.BAD_DATE, Place(), f"`{text}`", "2031-03-31 or 2031-03-31T12:00:00Z")
        ) from error
    return calendar.day_start(day + timedelta(days=1))
