"""Cases: between when and when something was surely made; no single clock decides."""

from __future__ import annotations

import pytest

from tests.asking import Row, only
from tests.world import World
from trucekeeper.governance.brackets import middle

REPORT = "03 06:10 b reports mortar-fire at Karsk by d-army on civilians killed 2 #r"


def bracket(world: World, name: str) -> tuple[str | None, str | None, bool | None]:
    found: Row = only(world.derive(), "statements", ref=world.ref(name))
    return found["recorded_after"], found["recorded_before"], found["outside_bracket"]


def test_an_entry_that_nobody_saw_and_that_saw_nobody_is_unbounded() -> None:
    assert bracket(World(REPORT), "r") == (None, None, None)


def test_it_existed_when_another_had_seen_it() -> None:
    world = World(REPORT, "03 12:00 a saw all")
    assert bracket(world, "r") == (None, "2031-03-03T12:00:00Z", False)


def test_the_first_who_saw_it_bounds_it_and_a_later_one_takes_nothing_away() -> None:
    world = World(REPORT, "03 12:00 a saw all", "20 12:00 c saw all")
    assert bracket(world, "r")[1] == "2031-03-03T12:00:00Z"


def test_a_receipt_that_somebody_carries_bounds_it_too() -> None:
    world = World(REPORT, "03 09:00 c cosigns b.guarantors #k", "09 12:00 a saw all, carrying k")
    assert bracket(world, "r")[1] == "2031-03-03T09:00:00Z"


def test_a_receipt_by_the_authors_own_key_proves_nothing_of_its_own_log() -> None:
    world = World(REPORT, "03 09:00 b cosigns b.guarantors #k", "09 12:00 a saw all, carrying k")
    assert bracket(world, "r")[1] == "2031-03-09T12:00:00Z"


def test_it_was_made_after_what_its_author_had_seen_by_two_others_clocks() -> None:
    world = World(
        "05 08:00 a reports shelling at Vell by e-brigades",
        "06 08:00 c reports shelling at Vell by e-brigades",
        "06 09:00 b saw all",
        REPORT,
    )
    assert bracket(world, "r") == ("2031-03-06T09:00:00Z", None, True)


def test_backdating_shows_though_the_author_is_alone_in_its_log() -> None:
    world = World(
        "05 08:00 a reports shelling at Vell by e-brigades",
        "06 08:00 c reports shelling at Vell by e-brigades",
        "02 09:00 b saw all",
        REPORT,
    )
    after, _, outside = bracket(world, "r")
    assert (after, outside) == ("2031-03-05T08:00:00Z", True)


def test_one_false_clock_makes_nobody_look_backdated() -> None:
    """The clock of c is a week fast: its word stands alone against b's."""
    world = World(
        "02 08:00 a reports shelling at Vell by e-brigades",
        "10 08:00 c reports shelling at Vell by e-brigades",
        "03 06:00 b saw all",
        REPORT,
    )
    assert bracket(world, "r") == ("2031-03-03T06:10:00Z", None, False)


def test_one_false_clock_does_not_say_that_something_existed_before_it_was_stated() -> None:
    """The clock of a is two days slow."""
    world = World(REPORT, "01 12:00 a saw all", "04 12:00 c saw all")
    assert bracket(world, "r") == (None, "2031-03-03T06:10:00Z", False)


def test_two_others_who_saw_it_before_its_stated_time_do() -> None:
    world = World(REPORT, "01 12:00 a saw all", "02 12:00 c saw all")
    assert bracket(world, "r") == (None, "2031-03-02T12:00:00Z", True)


def test_a_few_minutes_between_honest_clocks_are_no_matter() -> None:
    world = World(REPORT, "03 06:07 a saw all", "03 06:08 c saw all")
    assert bracket(world, "r") == (None, "2031-03-03T06:08:00Z", False)


def test_a_slip_of_the_pen_does_not_stay_with_its_author() -> None:
    """The report of 30 March was seen by others on the 3rd: what follows it is not late."""
    world = World(
        "30 06:00 b reports shelling at Vell by d-army #slip",
        "03 07:00 a saw all",
        "03 07:00 c saw all",
        "03 08:00 b reports mortar-fire at Karsk by d-army #r",
    )
    assert bracket(world, "slip")[1:] == ("2031-03-03T07:00:00Z", True)
    assert bracket(world, "r") == ("2031-03-03T07:00:00Z", None, False)


def test_what_was_known_follows_the_bracket() -> None:
    world = World(REPORT, "01 12:00 a saw all", "04 12:00 c saw all")
    assert world.known("2031-03-02T00:00:00Z") == {}
    assert world.known("2031-03-03T07:00:00Z") == {"b.guarantors": 1}


def test_what_a_receipt_shows_was_known() -> None:
    world = World(REPORT, "03 09:00 c cosigns b.guarantors #k", "09 12:00 a saw all, carrying k")
    assert world.known("2031-03-04T00:00:00Z") == {"b.guarantors": 1}


@pytest.mark.parametrize(
    ("instants", "expected"),
    [((5, 7, 9), 7), ((8, 7, 9), 8), ((9, 2, 3), 3), ((1, 2, 3), 2), ((4, 4, 4), 4)],
)
def test_the_middle_one_of_three(instants: tuple[int, int, int], expected: int) -> None:
    assert middle(*instants) == expected
