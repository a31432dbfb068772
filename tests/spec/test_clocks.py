"""Cases: no clock before receipt; offline is not late; lateness is shown."""

from __future__ import annotations

from tests.asking import Row, only
from tests.world import World

ACCUSED = "01 06:10 b reports mortar-fire at Karsk by d-army on civilians killed 2 #r"


def clock(world: World, as_of: str = "2031-03-31") -> Row:
    return only(world.derive(as_of), "clocks", clock="answer", trigger=world.ref("r"))


def test_no_clock_starts_before_its_receipt() -> None:
    found = clock(World(ACCUSED))
    assert (found["owed_by"], found["received"], found["state"]) == ("a", None, "not-started")


def test_it_starts_at_the_debtors_own_context() -> None:
    world = World(ACCUSED, "10 08:00 a saw all #context")
    found = clock(world, "2031-03-11")
    assert found["received"] == "2031-03-10T08:00:00Z"
    assert (found["due"], found["state"]) == ("2031-03-12T08:00:00Z", "running")
    assert found["receipt"] == world.ref("context")
    assert clock(world)["state"] == "overdue"


def test_an_answer_others_saw_in_time_meets_it() -> None:
    world = World(
        ACCUSED,
        """
        02 08:00 a  saw all
        03 08:00 a  answers r: denied #answer
        03 12:00 b  saw all
    """,
    )
    assert (clock(world)["state"], clock(world)["met_by"]) == ("met", world.ref("answer"))


def test_a_late_answer_is_met_late() -> None:
    world = World(
        ACCUSED,
        """
        02 08:00 a  saw all
        09 08:00 a  answers r: explained
        09 12:00 b  saw all
    """,
    )
    assert clock(world)["state"] == "met-late"
    assert clock(world, "2031-03-08")["state"] == "overdue"


def test_an_answer_first_seen_after_the_deadline_is_undetermined() -> None:
    world = World(
        ACCUSED,
        """
        02 08:00 a  saw all
        03 08:00 a  answers r: denied
        20 12:00 b  saw all
    """,
    )
    assert clock(world)["state"] == "timing-undetermined"


def test_backdating_does_not_help() -> None:
    world = World(
        ACCUSED,
        """
        02 08:00 a  saw all
        20 08:00 a  saw all
        03 08:00 a  answers r: denied
        20 12:00 b  saw all
    """,
    )
    assert clock(world)["state"] == "met-late"


def test_deemed_service_follows_the_agreements_rule() -> None:
    world = World(ACCUSED, "05 00:00 un saw all")
    found = clock(world)
    assert (found["receipt"], found["received"]) == ("deemed", "2031-03-15T00:00:00Z")


def test_a_component_starts_no_clock() -> None:
    world = World(
        "01 06:10 press reports mortar-fire at Karsk by d-army on civilians #r",
        "02 08:00 a saw all",
    )
    assert [r for r in world.derive().tables["clocks"].to_pylist() if r["clock"] == "answer"] == []


def test_who_cannot_read_the_demand_owes_nothing() -> None:
    picture = World(ACCUSED, "02 08:00 d saw all").derive()
    assert {row["owed_by"] for row in picture.tables["clocks"].to_pylist()} == {"a"}


def test_one_false_date_makes_nobody_late() -> None:
    world = World(ACCUSED, "02 08:00 a saw all", "31 08:00 c saw all")
    picture = world.derive_by_default()
    assert only(picture, "clocks", clock="answer")["state"] == "running"
