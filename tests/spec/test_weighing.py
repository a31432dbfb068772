"""Cases: why a report is in its incident, in the words that its reader gets."""

from __future__ import annotations

import pytest

from tests.world import World
from trucekeeper.errors import Code, QuestionError
from trucekeeper.facade import Picture
from trucekeeper.render.weighing import Weighed


def weigh(world: World, name: str, other: str | None = None) -> Weighed:
    """What binds a named report, or what it has in common with another."""
    picture = Picture(world.derive())
    return picture.weigh(world.ref(name), None if other is None else world.ref(other))


def test_the_terms_of_a_membership_in_one_line() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army on e-brigades with mortar-82 killed 2 #m
        01 06:40 b  reports mortar-fire at Karsk within 2000 m by d-army on civilians with artillery #n
    """)
    told = weigh(world, "m")
    assert told.words == (
        "a.guarantors/0 is bound to b.guarantors/0 by +10.7: same point (+4.6), same time within "
        "1 h 30 min (+4.2), same act (+1.5), other weapon (−1.4), same alleged author (+1.2), "
        "other target (−0.8), 1 other report around (−0.7), any two reports (+2.2). How sure, "
        "against its rivals and against standing alone: 98.1 %. No other incident comes into question."
    )


def test_the_same_as_a_table_with_what_was_compared() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army or e-brigades killed 2 #m
        01 09:40 b  reports shelling at Vell within 20000 m by d-army killed 3-4 #n
    """)
    assert weigh(world, "m", "n").rows == (
        ("Place", "−0.3", -268, "17.2 km apart, stated to within 500 m here and 20 km there"),
        ("Time", "−2.5", -2500, "2 h 30 min between periods of 1 h here and 1 h there"),
        ("Act", "+0.3", 300, "one holds the other: mortar fire here, shelling there"),
        ("Alleged author", "+0.4", 400, "some are the same: Army of D or Brigades of E here, Army of D there"),
        ("Killed", "−0.5", -450, "the numbers are close: 2 here, 3-4 there"),
        ("Reports around", "−0.7", -693, "1 other report lies within 20 km and 4 days; the more do, the less it says to be near"),
        ("Any two reports", "+2.2", 2200, "what the settings give to any two reports that can be compared"),
        ("Sum", "−1.0", -1011, ""),
    )  # fmt: skip


def test_what_nobody_states_says_nothing_and_is_left_out() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk with mortar-82 #m
        01 06:40 b  reports mortar-fire at Karsk by d-army killed 2 #n
    """)
    terms = [row[0] for row in weigh(world, "m").rows]
    assert terms == ["Place", "Time", "Act", "Reports around", "Any two reports", "Sum"]


def test_with_several_others_it_says_as_how_many() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army killed 2 #m
        01 06:40 b  reports mortar-fire at Karsk by d-army killed 9 #n
        01 06:50 c  reports air-strike at Karsk by e-brigades killed 2 #s
    """)
    words = weigh(world, "m").words
    assert "same act as 1 of 2" in words
    assert "same alleged author as 1 of 2" in words
    assert "numbers killed agree with 1 of 2" in words
    assert "is bound to b.guarantors/0 and c.guarantors/0 by" in words


def test_the_best_rival_is_named_with_what_would_bind_it_there() -> None:
    world = World("""
        02 00:00 a      reports shelling at Karsk during 24 h #first-day
        03 00:00 a      reports shelling at Karsk during 24 h #second-day
        03 00:00 press  reports shelling at Karsk during 48 h #recorded
    """)
    picture = Picture(world.derive())
    told = picture.weigh(world.ref("recorded"))
    assert told.posterior_milli is not None and told.posterior_milli < 600
    rival = picture.derived.numbers[world.ref("first-day")]
    assert f"Next best: {rival}, +9.2: same point (+5.2), same time within 2 days" in told.words


def test_a_repetition_is_weighed_with_what_it_repeats() -> None:
    world = World("""
        01 06:10 a      reports shelling at Karsk #m
        02 00:00 press  reports shelling at Karsk during 48 h #video
        02 00:00 press  reports shelling at Karsk during 48 h with mortar-82 #again
    """)
    one, other = weigh(world, "video"), weigh(world, "again")
    assert one.rows == other.rows
    repeated = [told for told in (one, other) if " repeats press.public/" in told.words]
    assert len(repeated) == 1
    picture = Picture(world.derive())
    incident = picture.explain(picture.derived.numbers[world.ref("m")])
    assert [w.subject for w in incident.weighed].count(repeated[0].subject) == 0
    assert len(incident.weighed) == 2


def test_a_report_alone_and_one_too_vague_say_so() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army #alone
        09 06:10 b  reports mortar-fire at Far-Off during 180 h #vague
    """)
    alone, vague = weigh(world, "alone"), weigh(world, "vague")
    assert alone.words.startswith("a.guarantors/0 stands alone: no other report gains")
    assert vague.words.startswith("b.guarantors/0 stands for itself: it is too vague")
    for told in (alone, vague):
        assert (told.rows, told.total_milli, told.svg()) == ((), None, None)


def test_why_two_reports_are_not_compared() -> None:
    world = World("""
        01 06:10 a      reports mortar-fire at Karsk #m
        01 06:20 a      reports mortar-fire at Karsk #again
        01 06:40 b      reports mortar-fire at Far-Off #far
        01 07:40 c      reports mortar-fire at Karsk within 30000 m #vague
    """)
    for other, why in (
        ("again", "both are of one source"),
        ("far", "too far apart in place or time"),
        ("vague", "one has no point, or too wide a place or time"),
    ):
        told = weigh(world, "m", other)
        assert why in told.words
        assert (told.rows, told.total_milli) == ((), None)


def test_only_reports_in_effect_are_weighed() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk #m
        01 07:10 a  withdraws m
    """)
    with pytest.raises(QuestionError) as refused:
        weigh(world, "m")
    assert [p.code for p in refused.value.problems] == [Code.NO_SUCH_REFERENCE]


def test_an_explanation_tells_it_of_each_report() -> None:
    world = World("""
        01 06:10 a  reports mortar-fire at Karsk by d-army #m
        01 06:40 b  reports mortar-fire at Karsk by d-army #n
        01 06:50 c  reports mortar-fire at Karsk by d-army #o
    """)
    picture = Picture(world.derive())
    number = picture.derived.numbers[world.ref("m")]
    told = picture.explain(number)
    assert sorted(w.subject for w in told.weighed) == ["a.guarantors/0", "b.guarantors/0", "c.guarantors/0"]  # fmt: skip
    assert [line.partition(": ")[0] for line in told][-6:] == ["weighed"] * 3 + ["pair"] * 3
    assert [w.subject for w in picture.explain(world.ref("m")).weighed] == ["a.guarantors/0"]
