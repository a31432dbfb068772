"""Property 7 where a participant is not honest: whoever saw which history first, after exchange
everybody derives the same."""

from __future__ import annotations

import random
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.strategies import world_lines
from tests.samples import at
from tests.world import World
from trucekeeper.governance.record import branches_of
from trucekeeper.logs.equivocation import EvidenceError
from trucekeeper.logs.tree import leaf_hash
from trucekeeper.picture import Derived, derive
from trucekeeper.statements import kinds
from trucekeeper.vocabulary.ids import LogName, ref_text
from trucekeeper.vocabulary.relations import rows_of

AS_OF = 1_932_595_200
LOG = LogName("a.guarantors")
TAIL = st.lists(
    st.sampled_from([
        "20 10:00 a reports shelling at Vell by e-brigades killed 1",
        "20 11:00 a reports mortar-fire at Karsk by d-army on e-brigades killed 2",
        "20 12:00 a saw all",
        "20 13:00 a declares outsiders adherent from 05",
    ]),
    min_size=1, max_size=3,
)  # fmt: skip
OTHERS = st.lists(
    st.sampled_from([
        "21 10:00 b saw all",
        "21 11:00 c saw a.guarantors",
        "21 12:00 c reports shelling at Vell by e-brigades killed 1",
        "21 13:00 b affirms occurrence of told",
        "21 14:00 c matches told with shared",
    ]),
    max_size=4,
)  # fmt: skip


@st.composite
def forks(draw: st.DrawFn) -> World:
    """A world in which a's log has two or three histories, others cite any of them, and some of it
    is proven, wholly or by heads alone, by one or two participants."""
    world = World(
        *draw(world_lines()), "19 10:00 a reports shelling at Karsk by e-brigades #shared"
    )
    sizes = draw(st.lists(st.integers(0, len(world.entries[LOG])), min_size=1, max_size=3))
    for size in sizes:
        for line in draw(TAIL):
            world.named["told"] = world.say(line)
            world.leaves["told"] = leaf_hash(world.entries[LOG][-1]).hex()
        for line in draw(OTHERS):
            world.say(line)
        world.goes_back(LOG, size)
    marker = (
        f"22 10:00 a reports shelling at Southby by e-brigades killed {draw(st.integers(1, 9))}"
    )
    world.say(marker)
    for who in draw(st.lists(st.sampled_from("bc"), max_size=2)):
        whole, pair = draw(st.booleans()), draw(st.sampled_from([(0, -1), (-2, -1)]))
        with suppress(EvidenceError):  # the two may be of one history, up to these sizes
            body = kinds.TwoHistories(log=LOG, evidence=world.evidence(LOG, *pair, whole=whole))
            world.state(who, "guarantors", at(23), body)
    return world


def seen(world: World, chance: random.Random) -> Derived:
    """The picture of a node that came to hold the logs, and the histories of a's, in some order."""
    told = [[(leaf_hash(e), e) for e in entries] for entries in world.told_of(LOG)]
    told += [history[: chance.randint(0, len(history))] for history in told]
    chance.shuffle(told)
    record = world.record()
    record[LOG] = branches_of(LOG, told)[0]
    logs = list(record)
    chance.shuffle(logs)
    histories = world.histories(chance.shuffle)
    shuffled = {log: record[log] for log in logs}
    cut = world.cut()
    return derive(world.agreement, shuffled, cut, as_of=AS_OF, histories=histories)


@given(forks(), st.randoms(use_true_random=False))
def test_which_history_was_seen_first_does_not_matter(world: World, chance: random.Random) -> None:
    assert len({seen(world, chance).digest for _ in range(3)}) == 1


@given(forks())
def test_no_entry_of_any_history_is_lost_and_none_beyond_the_freeze_counts(world: World) -> None:
    picture = world.derive()
    held = {(r["ref"], r["leaf"]) for r in rows_of(picture.tables["statements"])}
    for log in world.entries:
        for history in world.told_of(log):
            for index, entry in enumerate(history):
                assert (ref_text(log, index), leaf_hash(entry).hex()) in held
    (frozen,) = rows_of(picture.tables["disputed_logs"])
    common = branches_of(LOG, [[(leaf_hash(e), e) for e in h] for h in world.told_of(LOG)])[0]
    assert frozen["size"] <= len(common)
    for statement in picture.governed.statements:
        assert statement.log != LOG or statement.index < frozen["size"]


@given(forks(), st.randoms(use_true_random=False))
def test_more_evidence_never_makes_a_frozen_log_longer_than_its_histories_share(
    world: World, chance: random.Random
) -> None:
    """Evidence of the same two heads may prove more of what they share; of others, less. Stated
    again by anybody it changes nothing but by whom it was found."""
    before = {r["log"]: r["size"] for r in rows_of(seen(world, chance).tables["disputed_logs"])}
    for stated in [s for entries in world.record().values() for s in entries]:
        if isinstance(stated.body, kinds.TwoHistories):
            world.state("un", "guarantors", at(24), stated.body)
    after = {r["log"]: r["size"] for r in rows_of(seen(world, chance).tables["disputed_logs"])}
    assert before == after
