"""Cases: which reports speak of one event, and what each side says of it."""

from __future__ import annotations

from tests.asking import element, incident, only, rows
from tests.world import World


def test_both_guarantors_saw_it() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army on e-brigades killed 2 #seen-by-a
        01 06:40 b  reports shelling at Karsk by d-army on e-brigades killed 1-3 #seen-by-b
    """)
    found = incident(world, "seen-by-a")
    assert found == incident(world, "seen-by-b")
    assert (found["reports"], found["sources"], found["matching"]) == (2, ["a", "b"], "matched")
    assert (found["act"], found["killed_min"], found["killed_max"]) == ("mortar-fire", 1, 3)


def test_one_side_only() -> None:
    world = World("01 06:10 a reports mortar-fire at Karsk by d-army #alone")
    assert incident(world, "alone")["matching"] == "single"
    assert element(world, "alone", "occurrence")["status"] == "single-sided"


def test_events_far_apart_in_place_or_time_are_two() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army #first
        01 06:40 b  reports mortar-fire at Far-Off by d-army #elsewhere
        09 06:40 c  reports mortar-fire at Karsk by d-army #later
    """)
    assert len({incident(world, name)["incident"] for name in ("first", "elsewhere", "later")}) == 3


def test_a_side_that_files_twice_has_two_incidents() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army killed 2 #one
        01 06:20 a  reports mortar-fire at Karsk by d-army killed 5 #other
    """)
    assert incident(world, "one")["incident"] != incident(world, "other")["incident"]


def test_records_of_one_day_and_point_in_an_archive_are_one() -> None:
    world = World("""
        02 00:00 press  reports shelling at Karsk during 48 h #first-video
        02 00:00 press  reports shelling at Karsk during 48 h with mortar-82 #second-video
    """)
    picture = world.derive()
    assert incident(world, "first-video", picture)["reports"] == 2
    assert incident(world, "first-video", picture)["matching"] == "repeated"
    repeats = [row["repeat_of"] for row in rows(picture, "matches")]
    assert repeats.count(None) == 1


def test_of_two_days_alike_a_recording_belongs_to_the_later() -> None:
    """What is dated by its recording may be given too early a beginning, hardly too early an end."""
    world = World("""
        02 00:00 a      reports shelling at Karsk during 24 h #first-day
        03 00:00 a      reports shelling at Karsk during 24 h #second-day
        03 00:00 press  reports shelling at Karsk during 48 h #recorded-on-the-second
    """)
    recorded = incident(world, "recorded-on-the-second")
    assert recorded["incident"] == incident(world, "second-day")["incident"]
    match = next(r for r in rows(world.derive(), "matches") if r["source"] == "press")
    assert match["rivals"] == [incident(world, "first-day")["incident"]]
    assert match["posterior_milli"] < 600


def test_a_copy_of_another_s_words_stops_nothing() -> None:
    """In `public` an entry carries no salt: whoever copies it to the byte has the same leaf hash."""
    world = World("""
        01 06:10 d  reports mortar-fire at Karsk by d-army on e-brigades #said
        01 06:10 e  reports mortar-fire at Karsk by d-army on e-brigades #copied
        01 06:10 e  reports mortar-fire at Karsk by d-army on e-brigades #copied-again
    """)
    statements = [row for row in rows(world.derive(), "statements") if row["kind"] == "report"]
    assert len(statements) == 3
    assert len({row["leaf"] for row in statements}) == 1
    assert {row["state"] for row in statements} == {"in-effect"}
    assert len(rows(world.derive(), "matches")) == 3


def test_a_contested_act() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army on e-brigades killed 2 #m
        01 06:40 b  reports air-strike at Karsk by d-army on e-brigades killed 2 #s
    """)
    assert incident(world, "m")["incident"] == incident(world, "s")["incident"]
    assert element(world, "m", "act")["status"] == "contested"
    assert incident(world, "m")["act"] is None


def test_a_broader_word_neither_confirms_nor_contradicts() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army on e-brigades killed 2 #m
        01 06:40 b  reports armed-force at Karsk by d-army on e-brigades killed 2 #f
    """)
    assert element(world, "m", "act")["status"] == "single-sided"
    assert incident(world, "m")["act"] == "mortar-fire"


def test_a_contested_author() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by e-brigades on civilians killed 2 #by-e
        01 06:40 b  reports mortar-fire at Karsk by d-army on civilians killed 2 #by-d
    """)
    assert element(world, "by-e", "author")["status"] == "contested"
    assert incident(world, "by-e")["alleged_author"] == ["d-army", "e-brigades"]


def test_a_component_makes_nothing_contested() -> None:
    world = World("""
        01 06:10 a      reports mortar-fire at Karsk by e-brigades on civilians killed 2 #by-a
        01 06:40 press  reports mortar-fire at Karsk by d-army on civilians killed 2 #by-press
    """)
    assert incident(world, "by-a")["incident"] == incident(world, "by-press")["incident"]
    assert element(world, "by-a", "author")["status"] == "single-sided"


def test_a_correction_replaces_its_report_and_the_original_stays() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army killed 2 #r
        01 08:00 a  corrects r: mortar-fire at Karsk by d-army killed 4 #c
    """)
    picture = world.derive()
    assert incident(world, "r", picture)["killed_max"] == 4
    assert only(picture, "statements", ref=world.ref("r"))["state"] == "corrected"
    assert only(picture, "corrections")["of"] == world.ref("r")


def test_a_withdrawn_report_is_in_no_incident_and_stays_on_record() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army #r
        01 08:00 a  withdraws r
    """)
    picture = world.derive()
    assert rows(picture, "incidents") == []
    assert only(picture, "statements", ref=world.ref("r"))["state"] == "withdrawn"


def test_only_its_author_may_correct_or_withdraw() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army #r
        01 08:00 b  withdraws r #w
    """)
    picture = world.derive()
    assert len(rows(picture, "incidents")) == 1
    assert only(picture, "statements", ref=world.ref("w"))["code"] == "S-011"


def test_signed_matches_of_all_guarantors_bind() -> None:
    lines = """
        01 06:10 a  reports mortar-fire at Karsk by d-army #near
        01 06:40 b  reports mortar-fire at Far-Off by d-army #far
        02 10:00 a  matches near with far
        02 10:00 b  matches near with far
    """
    assert incident(World(lines), "near")["reports"] == 1
    world = World(lines, "02 11:00 c matches near with far")
    assert incident(world, "near") == incident(world, "far")


def test_signed_separations_of_all_guarantors_bind() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army killed 2 #one
        01 06:40 b  reports mortar-fire at Karsk by d-army killed 2 #other
        02 10:00 a  separates one from other
        02 10:00 b  separates one from other
        02 10:00 c  separates one from other
    """)
    assert incident(world, "one")["incident"] != incident(world, "other")["incident"]


def test_contradictory_matches_bind_nobody_and_show() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army killed 2 #one
        01 06:40 b  reports mortar-fire at Karsk by d-army killed 2 #other
        02 10:00 a  separates one from other
        02 10:00 b  matches one with other
        02 10:00 c  separates one from other
    """)
    picture = world.derive()
    assert incident(world, "one", picture) == incident(world, "other", picture)
    assert all(row["match_disputed"] for row in rows(picture, "matches"))


def test_the_number_is_neutral_and_every_member_leads_to_it() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army killed 2 #one
        01 06:40 b  reports mortar-fire at Karsk by d-army killed 2 #other
    """)
    picture = world.derive()
    found = incident(world, "one", picture)
    day, area, letters = found["incident"].rsplit("-", 2)
    assert (day, area, len(letters)) == ("2031-03-01", "N1", 3)
    assert {picture.numbers[alias] for alias in found["aliases"]} == {found["incident"]}


def test_who_had_seen_the_other_does_not_name_the_incident() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army killed 2 #first
        01 06:20 b  saw all
        01 06:40 b  reports mortar-fire at Karsk by d-army killed 2 #second
    """)
    picture = world.derive()
    number = incident(world, "first", picture)["incident"]
    assert [d for d in (0, 1) if rows(picture, "statements", kind="report", depth=d)] == [0, 1]
    assert number == next(n for n in picture.numbers if n == number)
    assert number not in incident(world, "first", picture)["aliases"]
