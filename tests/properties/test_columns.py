"""Relations made for all incidents at once are those that their definitions give one by one."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given

from tests.properties.strategies import world_lines
from tests.world import World
from trucekeeper import workspace
from trucekeeper.findings.outcomes import OUTCOMES, outcome_row
from trucekeeper.findings.summary import INCIDENTS
from trucekeeper.incidents.elements import ELEMENTS_RELATION, contested, element_columns
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
