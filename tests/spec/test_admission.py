"""Cases: a statement that is kept and does not count, and why. No entry ever leaves the record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest

from tests.asking import Row, only
from tests.samples import HASH, KARSK, at
from tests.world import World, agreement, report
from trucekeeper.errors import Code
from trucekeeper.governance.entitlement import Admission
from trucekeeper.governance.record import read_entries
from trucekeeper.statements import kinds, parts
from trucekeeper.statements.encoding import Envelope, encode, encode_body, restate
from trucekeeper.statements.parts import Kind
from trucekeeper.vocabulary.ids import LogName, Reference
from trucekeeper.vocabulary.quantities import Range

FIRST = "01 06:10 a reports mortar-fire at Karsk by d-army on e-brigades #first"
REPORT = report("mortar-fire at Karsk by d-army on e-brigades", at(2))
COMMENT = kinds.Comment(subject="a.guarantors/0", text="so")


def state_of(world: World, name: str) -> Row:
    """What became of a named statement, or of a reference."""
    return only(world.derive(), "statements", ref=world.ref(name))


def entry(body: Kind, moment: datetime, **envelope: Any) -> bytes:
    """An entry of a's, its envelope as given."""
    usual = {"salt": "1" * 32, **envelope}
    return encode(
        Envelope(
            kind=body.kind, version=body.version, officer="officer-1", stated_at=moment,
            body=msgspec.Raw(encode_body(body)), **usual,
        )
    )  # fmt: skip


def judged(data: bytes, log: str = "a.guarantors") -> Row:
    """What becomes of an entry that is appended after a's first report."""
    world = World(FIRST)
    name, index = world.append(LogName(log), data)
    row = state_of(world, f"{name}/{index}")
    # The report before it is in effect as ever.
    assert state_of(world, "first")["state"] == "in-effect"
    return row


@pytest.mark.parametrize(
    ("body", "envelope", "code"),
    [
        (REPORT, {"salt": None}, Code.SALT_MISPLACED),
        (REPORT, {"on_behalf_of": "e"}, Code.SPEAKS_FOR_OTHER),
        (
            COMMENT,
            {"references": (Reference(log="a.guarantors", index=0, leaf=HASH),)},
            Code.WRONG_REFERENCE,
        ),
        (COMMENT, {}, Code.WRONG_REFERENCE),
        (kinds.Correction(of="a.guarantors/0", restated=restate(REPORT)), {}, Code.WRONG_REFERENCE),
        (kinds.Release(original=HASH, restated=restate(COMMENT)), {}, Code.WRONG_REFERENCE),
        (msgspec.structs.replace(REPORT, killed=Range(min=5, max=2)), {}, Code.BAD_RANGE),
    ],
    ids=[
        "no salt",
        "for another",
        "another leaf",
        "no leaf",
        "no leaf of what is corrected",
        "no leaf of what it releases",
        "five to two",
    ],
)
def test_it_is_kept_and_does_not_count(body: Kind, envelope: dict[str, Any], code: Code) -> None:
    row = judged(entry(body, at(3), **envelope))
    assert (row["state"], row["code"]) == ("not-admissible", code.id)


def test_a_log_that_the_agreement_does_not_know() -> None:
    """A log of a circle that its author is not in: derived from all logs at hand, it counts nowhere."""
    admission = Admission(agreement(), {})
    (stated,) = read_entries(LogName("d.guarantors"), [(b"\0" * 32, entry(REPORT, at(3)))])
    fault = admission.judge(stated)
    assert fault is not None
    assert (fault.code, fault.fact) == (Code.NOT_ON_ROSTER, "d.guarantors")


def test_a_head_that_was_never_that_log_s() -> None:
    seen = kinds.Context(heads=(parts.SeenHead(log="a.guarantors", size=1, root=HASH),))
    row = judged(entry(seen, at(3)), "b.guarantors")
    assert (row["state"], row["code"]) == ("not-admissible", Code.WRONG_HEAD.id)


def test_a_second_officer_is_awaited_and_comes() -> None:
    change = (
        "[[entitlements]]",
        '[[entitlements]]\nkinds = ["decision"]\nby = ["guarantor"]\nto = ["*"]\nsecond_officer = true\n\n[[entitlements]]',
    )
    decided = (
        FIRST,
        "03 06:00 c decides established-consensus on first, present a b c, for a b c #decision",
    )
    world = World(*decided, rules=agreement(change))
    row = state_of(world, "decision")
    assert (row["state"], row["code"]) == ("awaits-review", Code.AWAITS_REVIEW.id)
    world.say("03 07:00 c reviews decision: approved")
    # The same officer once more is no second one.
    assert state_of(world, "decision")["state"] == "awaits-review"
    review = kinds.Review(of=world.ref("decision"), approves=True)
    world.state("c", "guarantors", at(3, 8), review, ["decision"], officer="officer-2")
    assert state_of(world, "decision")["state"] == "in-effect"


def test_an_event_after_it_was_stated() -> None:
    row = judged(entry(REPORT, at(1)))
    assert (row["state"], row["code"]) == ("not-admissible", Code.FUTURE_EVENT.id)


def test_what_it_cites_is_not_in_this_cut() -> None:
    body = kinds.Comment(subject="b.guarantors/7", text="so")
    cited = (Reference(log="b.guarantors", index=7, leaf=HASH),)
    row = judged(entry(body, at(3), references=cited))
    assert (row["state"], row["code"]) == ("pending", Code.PENDING.id)


def test_an_answer_to_a_place_is_no_answer() -> None:
    world = World(FIRST)
    post = kinds.Post(post="Post 4", place=KARSK, state="established", since=at(1))
    world.state("b", "guarantors", at(2), post, name="post")
    world.say("03 06:00 c decides established-consensus on post, present a b c, for a b c #wrong")
    row = state_of(world, "wrong")
    assert (row["state"], row["code"]) == ("not-admissible", Code.WRONG_SUBJECT.id)
