"""Cases: whether the agreement covers an incident, with the clause and the failing test."""

from __future__ import annotations

import pytest

from tests.asking import incident, scope
from tests.world import World


def told(line: str) -> tuple[str, dict[str, str], World]:
    """The scope of one report by A, and each test's result."""
    world = World(f"01 06:10 a reports {line} #r")
    tests = {name: row["result"] for name, row in scope(world, "r").items()}
    return incident(world, "r")["scope"], tests, world


def test_between_parties_in_a_zone_is_inside() -> None:
    result, tests, world = told("mortar-fire at Karsk by d-army on e-brigades")
    assert result == "inside"
    assert set(tests.values()) == {"inside"}
    assert incident(world, "r")["scope_clause"] == "1"


@pytest.mark.parametrize(
    ("line", "test", "result"),
    [
        ("mortar-fire at Karsk by d-army on black-flag", "actor", "outside"),
        ("mortar-fire at Karsk by black-flag on d-army", "actor", "outside"),
        ("mortar-fire at Karsk by outsiders on d-army", "actor", "outside"),
        ("mortar-fire at Karsk by d-army on old-guard", "actor", "undetermined"),
        ("mortar-fire at Karsk by d-army on fighters", "actor", "undetermined"),
        ("mortar-fire at Karsk by d-army on nobody-knows", "actor", "undetermined"),
        ("mortar-fire at Karsk by d-army on split-column", "actor", "contested"),
        ("mortar-fire at Karsk by d-army", "actor", "undetermined"),
        ("mortar-fire at Karsk by d-army or black-flag on e-brigades", "actor", "undetermined"),
        (
            "mortar-fire at Karsk by d-army or black-flag on d-army or black-flag",
            "actor",
            "outside",
        ),
        (
            "mortar-fire at Karsk by d-army, fighters or black-flag on d-army, fighters or black-flag",
            "actor",
            "outside",
        ),
        (
            "mortar-fire at Karsk by d-army, black-flag or e-brigades on d-army, black-flag or e-brigades",
            "actor",
            "undetermined",
        ),
        ("mortar-fire at Far-Off by d-army on e-brigades", "place", "outside"),
        ("mortar-fire at Line-End by d-army on e-brigades", "place", "undetermined"),
        ("mortar-fire at Karsk within 9000000 m by d-army on e-brigades", "place", "undetermined"),
        ("mortar-fire at Between by d-army on e-brigades", "place", "contested"),
        ("celebratory-fire at Karsk by d-army on civilians", "act", "outside"),
        ("overflight at Karsk by d-army on civilians", "act", "outside"),
        ("controlled-detonation at Karsk by d-army on civilians", "act", "outside"),
    ],
)
def test_one_failing_test_decides(line: str, test: str, result: str) -> None:
    overall, tests, _ = told(line)
    assert (tests[test], overall) == (result, result)


def test_civilians_are_protected_not_bound() -> None:
    assert told("mortar-fire at Karsk by d-army on civilians")[0] == "inside"


def test_before_the_agreement_is_outside_by_time() -> None:
    result, tests, _ = told("mortar-fire at Karsk by d-army on e-brigades during 31 h")
    assert (result, tests["time"]) == ("undetermined", "undetermined")
    world = World("02 00:00 a reports mortar-fire at Karsk by d-army on e-brigades during 24 h #r")
    assert scope(world, "r")["time"]["result"] == "inside"


def test_a_line_between_two_map_versions_says_whose_map_holds_it() -> None:
    _, _, world = told("mortar-fire at Between by d-army on e-brigades")
    assert scope(world, "r")["place"]["reasons"] == [
        'inside-zone zone=south map="a a1"',
        'outside-zone zone=south map="b b1"',
    ]
    assert incident(world, "r")["zone_basis"] == ["inside a a1", "outside b b1"]


def test_what_is_missing_is_named() -> None:
    _, _, world = told("mortar-fire at Karsk by d-army on old-guard")
    (missing,) = scope(world, "r")["actor"]["reasons"]
    assert missing == 'no-reading group=old-guard missing="a reading by any participant"'


def test_an_exempt_act_cites_the_clause_that_permits_it() -> None:
    _, _, world = told("controlled-detonation at Karsk by d-army on civilians")
    assert scope(world, "r")["act"]["clauses"] == ["2"]


def test_a_name_used_from_a_date_on_still_stands_for_its_group() -> None:
    _, tests, _ = told("mortar-fire at Karsk by d-army on New_Guard".replace("_", " "))
    assert tests["actor"] == "undetermined"


def test_two_participants_who_name_different_authors_make_it_contested() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by black-flag on civilians killed 2 #one
        01 06:40 b  reports mortar-fire at Karsk by d-army on civilians killed 2 #other
    """)
    assert incident(world, "one")["incident"] == incident(world, "other")["incident"]
    assert incident(world, "one")["scope"] == "contested"


def test_a_vague_report_beside_a_precise_one_does_not_unsettle_the_place() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army on civilians killed 2 #precise
        01 06:10 b  reports mortar-fire at Vell within 20000 m by d-army on civilians killed 2 #vague
    """)
    assert incident(world, "precise")["incident"] == incident(world, "vague")["incident"]
    assert incident(world, "precise")["scope"] == "inside"


def test_a_group_that_joins_is_bound_once_all_who_decide_say_so() -> None:
    lines = """
        02 06:00 a/public  declares outsiders adherent since 02
        02 06:00 b/public  declares outsiders adherent since 02
        05 06:10 a  reports mortar-fire at Karsk by d-army on outsiders #r
    """
    assert incident(World(lines), "r")["scope"] == "contested"
    world = World("02 06:00 c/public declares outsiders adherent since 02", lines)
    assert incident(world, "r")["scope"] == "inside"


def test_an_amendment_is_in_force_once_all_who_decide_have_stated_it() -> None:
    lines = """
        09 06:00 a  adopts first
        09 06:00 b  adopts first
        12 06:10 a  reports overflight at Karsk by d-army on civilians #r
    """
    assert scope(World(lines), "r")["act"]["result"] == "outside"
    world = World(lines, "09 06:00 c adopts first")
    assert scope(world, "r")["act"]["result"] == "inside"
    assert incident(world, "r")["scope_clause"] == "6"


def test_one_word_does_not_take_out_of_the_agreement_what_another_leaves_open() -> None:
    world = World(
        """
        01 06:10 a reports mortar-fire at Karsk on civilians #a
        01 06:10 b reports mortar-fire at Karsk by black-flag on civilians #b
        """
    )
    assert incident(world, "a")["incident"] == incident(world, "b")["incident"]
    assert incident(world, "a")["scope"] == "undetermined"
    assert scope(world, "a")["actor"]["reasons"] == ["side-not-stated side=author"]


def test_a_report_that_names_no_side_leaves_the_actor_to_those_that_do() -> None:
    world = World(
        """
        01 06:10 a reports mortar-fire at Karsk #a
        01 06:10 b reports mortar-fire at Karsk by black-flag on civilians #b
        """
    )
    assert incident(world, "a")["incident"] == incident(world, "b")["incident"]
    assert scope(world, "a")["actor"]["result"] == "outside"
