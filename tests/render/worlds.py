"""The worlds of these tests: one in which almost everything happens that a report can show, one with
nothing but tallies."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache

from tests.samples import HASH, SEALED_FILE
from tests.world import World, agreement
from trucekeeper.agreement.rules import Agreement
from trucekeeper.picture import Derived
from trucekeeper.reporting.document import Document
from trucekeeper.reporting.joint import joint_report
from trucekeeper.reporting.period import parse_period
from trucekeeper.statements import kinds, parts
from trucekeeper.vocabulary.times import Period

SEALED_FILE_OF_B = parts.SealedFile(
    ciphertext="ef" * 32, bytes_padded=4_400, commitment=HASH, recipients=("a", "un")
)
RICH = """
01 06:10 a        reports mortar-fire at Karsk by d-army on e-brigades with mortar-82 killed 2 #r1
01 06:20 b        reports mortar-fire at Karsk by d-army on e-brigades killed 2-4 #r2
01 09:00 un       saw all
02 10:00 c        cannot-confirm author of r1 (no-access)
02 10:00 c        affirms occurrence of r1
02 10:05 a        denies author of r2
02 11:00 b        saw all
02 12:00 a/public looks north: full
02 12:00 b        looks north: none
03 12:00 b        looks south: denied
04 08:00 c        looks north: partial
05 04:00 b        reports artillery-fire at Southby within 30000 m by e-brigades on d-army #r3
05 05:00 a        reports artillery-fire at Southby within 900 m by e-brigades on d-army #r4
05 09:00 a        affirms occurrence of r4
05 09:00 b        affirms occurrence of r4
05 09:00 c        affirms occurrence of r4
05 09:30 a        affirms author of r4
06 04:00 a        reports shelling at Between within 15000 m by split-column on civilians killed 1 #r5
07 04:00 b        reports small-arms-fire at Vell by black-flag on d-army #r6
07 05:00 c        reports overflight at Far-Off within 200 m #r7
08 05:00 press    reports air-strike at Karsk within 1000 m on civilians killed 3 #p1
09 04:00 a        reports sniping at Line-End by e-brigades on d-army #r8
10 04:00 b        reports mortar-fire at Karsk by d-army or e-brigades on civilians #r9
11 04:00 b        corrects r9: mortar-fire at Karsk by d-army on civilians killed 1
12 04:00 a        reports raid at Karsk by e-brigades on d-army #r10
13 04:00 a        withdraws r10
14 04:00 c        reports mortar-fire at Karsk by d-army on e-brigades #r11
14 09:00 a        affirms whole of r11
14 09:00 b        affirms whole of r11
14 09:00 c        affirms whole of r11
15 12:00 c        decides established-consensus on r11, present a b c, for a b c #d1
15 13:00 a        affirms whole of d1
15 13:00 b        affirms whole of d1
15 14:00 un       saw all
16 12:00 b        decides facts-contested on r4, present a b c, for b c #d2
17 04:00 c        reports armed-force at Southby within 80000 m during 300 h #r12
20 04:00 b        reports mortar-fire at Southby by e-brigades on d-army #r13
20 09:00 b        answers r1: denied
"""


@cache
def rich(*changes: tuple[str, str]) -> Derived:
    """The picture of the rich world on the last of March 2031."""
    world = World(RICH, rules=agreement(*changes))
    add_tallies(world)
    add_payloads(world)
    return world.derive()


def add_payloads(world: World) -> None:
    """B's list of forty persons, two rows of it opened; an account of C's, erased."""
    listed = parts.SealedList(root=HASH, rows=40, fields=5)
    body = kinds.Sealed(what="persons", form="list", file=SEALED_FILE_OF_B, list=listed)
    world.state("b", "guarantors", at(26, 8), body, name="list")
    opened = kinds.Disclosure(
        of=world.ref("list"), rows=(3, 8), columns=(0,), file=SEALED_FILE_OF_B
    )
    world.state("b", "guarantors", at(26, 9), opened, ["list"])
    account = kinds.Sealed(what="account", form="text", file=SEALED_FILE)
    world.state("c", "guarantors", at(26, 9), account, name="account")
    erasure = kinds.Erasure(of=world.ref("account"), reason="danger")
    world.state("c", "guarantors", at(27, 9), erasure, ["account"])


def add_tallies(world: World) -> None:
    """25 March 2031: A registered 13 and B 19, both published by A, which says that one of B's is
    fire at an excluded group and that it cannot confirm the rest. From C nothing."""
    for by, total, area in (("a", 13, 5), ("b", 19, 7)):
        world.state("a", "public", at(25, 18), tally(by, total, area))


def tally(registered_by: str, total: int, north: int) -> kinds.Tally:
    """A daily tally as A publishes it."""
    judged = (
        parts.Judgement(by="a", says="target-excluded", count=1, group="black-flag"),
        parts.Judgement(by="a", says="not-confirmed", count=total - 1),
    )
    return kinds.Tally(
        registered_by=registered_by,
        published_by="a",
        span="day",
        period=Period(earliest=at(24, 0), latest=at(25, 18)),
        published_on=date(2031, 3, 25),
        totals=(total,),
        parts=(
            parts.TallyPart(area_name="North district", codes=("N1",), count=north),
            parts.TallyPart(area_name="South district", codes=("S1",), count=total - north),
        ),
        judgements=judged if registered_by == "b" else (),
    )


def at(day: int, hour: int) -> datetime:
    """An hour of March 2031."""
    return datetime(2031, 3, day, hour, tzinfo=UTC)


@cache
def tallies_only(rules: Agreement | None = None) -> Document:
    """The report of 25 March 2031 where nothing but tallies is known."""
    world = World(rules=rules)
    add_tallies(world)
    return document(world.derive(), "2031-03-25")


def document(derived: Derived, period: str = "2031-03") -> Document:
    """The joint report of a picture."""
    return joint_report(derived, parse_period(period, derived.agreement.calendar))
