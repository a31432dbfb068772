"""Relations made for all incidents at once are those that their definitions give one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given

from tests.properties.strategies import world_lines
from tests.world import World
from trucekeeper import workspace
from trucekeeper.findings.outcomes import OUTCOMES, outcome_row
from trucekeeper.findings.summary import INCIDENTS
from trucekeeper.incidents.elements import ELEMENTS_RELATION, contested, element_columns
from trucekeeper.incidents.matched import MATCHES
from trucekeeper.incidents.scope import SCOPE, Scoping
from trucekeeper.monitoring.counts import (
    COUNTS,
    INCIDENT_COUNTS,
    Buckets,
    count_rows,
    incident_count_rows,
)
from trucekeeper.picture import Derived

EXAMPLES = Path(__file__).parents[2] / "examples"


def as_defined(picture: Derived) -> dict[str, pa.Table]:
    """The relations that are made at once, by their definitions."""
    buckets = Buckets(picture.agreement.calendar)
    elements = ELEMENTS_RELATION.table_of(element_columns(picture.incidents, picture.agreement))
    outcomes = [outcome_row(e, picture.agreement) for e in picture.examined]
    return {
        "matches": MATCHES.table(matched_rows(picture)),
        "scope": SCOPE.table(scope_rows(picture)),
        "elements": elements,
        "incidents": INCIDENTS.table(picture.summary),
        "outcomes": OUTCOMES.table(outcomes),
        "counts": COUNTS.table(count_rows(picture.governed, picture.located, buckets)),
        "incident_counts": INCIDENT_COUNTS.table(
            incident_count_rows(
                picture.summary, picture.incidents, contested(elements), picture.matches, buckets
            )
        ),
    }


def matched_rows(picture: Derived) -> Iterator[dict[str, Any]]:
    numbers = picture.numbers
    for incident in picture.incidents:
        for member in incident.members:
            held = picture.matches.memberships[member.ref]
            quarrels = [s for pair, s in picture.disputed.items() if member.ref in pair]
            rivals = [picture.matches.clusters[cluster][0] for cluster, _ in held.rivals]
            yield {
                "report": member.ref,
                "incident": incident.number,
                "source": member.source,
                "posterior_milli": held.posterior_milli,
                "score_milli": held.score_milli,
                "rivals": [numbers[ref] for ref in rivals],
                "rival_scores_milli": [score for _, score in held.rivals],
                "repeat_of": held.repeat_of,
                "matched": held.matched,
                "match_disputed": bool(quarrels),
                "basis": [member.ref, *(ref for refs in quarrels for ref in refs)],
            }


def scope_rows(picture: Derived) -> Iterator[dict[str, Any]]:
    """By tests that know nothing of other incidents."""
    for incident in picture.incidents:
        scope = Scoping(picture.agreement, picture.standings).of(incident)
        for name, answer in scope.tests.items():
            yield {
                "incident": incident.number,
                "test": name,
                "result": answer.result,
                "reasons": answer.reasons,
                "basis": [*(member.ref for member in incident.members), *answer.refs],
                "clauses": answer.clauses,
            }


@given(world_lines(most=20))
def test_relations_are_those_of_their_definitions(lines: list[str]) -> None:
    picture = World(*lines).derive()
    for name, table in as_defined(picture).items():
        assert picture.tables[name].equals(table), name


@pytest.mark.parametrize("node", ["astana-2017/node", "northern-line/nodes/un"])
def test_relations_of_the_examples_are_those_of_their_definitions(node: str) -> None:
    """With tallies, places without a point, repeats and records too vague to match."""
    picture = workspace.open(EXAMPLES / node).derive().derived
    for name, table in as_defined(picture).items():
        assert picture.tables[name].equals(table), name


def test_a_record_without_reports_has_empty_relations() -> None:
    picture = World("01 09:00 a   saw all").derive()
    for name, table in as_defined(picture).items():
        assert picture.tables[name].equals(table), name
        assert len(table) == 0
