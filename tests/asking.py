"""Short questions to a picture, for tests that read as cases."""

from __future__ import annotations

from typing import Any

from tests.world import World
from trucekeeper.picture import Derived
from trucekeeper.vocabulary.relations import rows_of

Row = dict[str, Any]


def rows(picture: Derived, relation: str, **conditions: object) -> list[Row]:
    """The rows of a relation in which each column equals the value given, or holds it."""
    return [
        row
        for row in rows_of(picture.tables[relation])
        if all(
            v in row[k] if isinstance(row[k], list) else row[k] == v for k, v in conditions.items()
        )
    ]


def only(picture: Derived, relation: str, **conditions: object) -> Row:
    """The one row that fits."""
    found = rows(picture, relation, **conditions)
    assert len(found) == 1, (relation, conditions, found)
    return found[0]


def incident(world: World, name: str, picture: Derived | None = None) -> Row:
    """The incident of a named report."""
    picture = picture or world.derive()
    return only(picture, "incidents", incident=picture.numbers[world.ref(name)])


def outcome(world: World, name: str, picture: Derived | None = None) -> Row:
    """What follows for the incident of a named report."""
    picture = picture or world.derive()
    return only(picture, "outcomes", incident=picture.numbers[world.ref(name)])


def scope(world: World, name: str, picture: Derived | None = None) -> dict[str, Row]:
    """The four scope tests of the incident of a named report, by test."""
    picture = picture or world.derive()
    return {
        row["test"]: row
        for row in rows(picture, "scope", incident=picture.numbers[world.ref(name)])
    }


def statement(world: World, name: str, picture: Derived | None = None) -> Row:
    """What became of a named statement."""
    return only(picture or world.derive(), "statements", ref=world.ref(name))


def element(world: World, name: str, element_: str, picture: Derived | None = None) -> Row:
    """What the sides say of one element of the incident of a named report."""
    picture = picture or world.derive()
    return only(picture, "elements", incident=picture.numbers[world.ref(name)], element=element_)
