"""Cases: what of sealed payloads is admissible, and what the circle sees of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import only, rows, statement
from tests.samples import HASH, SEALED_FILE, at
from tests.world import World
from trucekeeper.errors import Code
from trucekeeper.governance.payloads import citing_logs, payload_files
from trucekeeper.statements import kinds, parts
from trucekeeper.statements.encoding import restate
from trucekeeper.statements.parts import Kind

REPORT = "01 06:10 a reports mortar-fire at Karsk by d-army on e-brigades #first"
LIST = kinds.Sealed(
    what="persons",
    form="list",
    file=SEALED_FILE,
    list=parts.SealedList(root=HASH, rows=40, fields=5),
)


def sealed_world(*, public: bool = False) -> World:
    """A's list, sealed to b and the UN."""
    world = World(REPORT)
    world.state("a", "public" if public else "guarantors", at(2), LIST, name="list")
    return world


def judged(
    world: World, who: str, body: Kind, *cited: str, circle: str = "guarantors"
) -> tuple[str, str | None]:
    world.state(who, circle, at(3), body, cited, name="it")
    row = statement(world, "it")
    return row["state"], row["code"]


def file(**changes: Any) -> parts.SealedFile:
    told = {name: getattr(SEALED_FILE, name) for name in SEALED_FILE.__struct_fields__} | changes
    return parts.SealedFile(**told)


def test_what_everybody_in_the_circle_sees() -> None:
    world = sealed_world()
    row = only(world.derive(), "payloads", ref=world.ref("list"))
    assert (row["participant"], row["what"], row["rows"], row["fields"]) == ("a", "persons", 40, 5)
    assert (row["recipients"], row["state"], row["rows_disclosed"]) == (["b", "un"], "sealed", 0)
    assert rows(world.derive(face="public"), "payloads") == []


def test_disclosures_of_a_list_are_counted_by_rows() -> None:
    world = sealed_world()
    for disclosed in ((3, 8), (8, 9)):
        body = kinds.Disclosure(
            of=world.ref("list"), rows=disclosed, columns=(0,), file=SEALED_FILE
        )
        assert judged(world, "a", body, "list") == ("in-effect", None)
    row = only(world.derive(), "payloads", ref=world.ref("list"))
    assert (row["rows_disclosed"], row["state"]) == (3, "disclosed-in-part")
    assert len(rows(world.derive(), "payloads", of=world.ref("list"))) == 2


@pytest.mark.parametrize(
    ("who", "body", "code"),
    [
        ("a", kinds.Sealed(what="other", form="data", file=file(recipients=("d",))), Code.RECIPIENT_OUTSIDE),
        ("a", kinds.Sealed(what="other", form="data", file=file(recipients=("nobody",))), Code.RECIPIENT_OUTSIDE),
        ("a", kinds.Sealed(what="other", form="data", file=file(recipients=("un", "b"))), Code.BAD_FIELD),
        ("a", kinds.Sealed(what="persons", form="list", file=SEALED_FILE), Code.BAD_FIELD),
        ("a", kinds.Sealed(what="other", form="data", file=SEALED_FILE, list=LIST.list), Code.BAD_FIELD),
        ("a", kinds.Disclosure(of="a.guarantors/1", rows=(41,), columns=(0,), file=SEALED_FILE), Code.WRONG_SUBJECT),
        ("a", kinds.Disclosure(of="a.guarantors/1", rows=(1,), columns=(5,), file=SEALED_FILE), Code.WRONG_SUBJECT),
        ("a", kinds.Disclosure(of="a.guarantors/1", rows=(2, 1), columns=(0,), file=SEALED_FILE), Code.BAD_FIELD),
        ("a", kinds.Disclosure(of="a.guarantors/0", rows=(1,), columns=(0,), file=SEALED_FILE), Code.WRONG_SUBJECT),
        ("b", kinds.Disclosure(of="a.guarantors/1", rows=(1,), columns=(0,), file=SEALED_FILE), Code.NOT_THE_AUTHOR),
        ("b", kinds.Erasure(of="a.guarantors/1", reason="danger"), Code.NOT_THE_AUTHOR),
        ("a", kinds.Erasure(of="a.guarantors/0", reason="danger"), Code.WRONG_SUBJECT),
        ("a", kinds.Withdrawal(of="a.guarantors/1"), Code.WRONG_SUBJECT),
        ("a", kinds.Correction(of="a.guarantors/1", restated=restate(LIST)), Code.WRONG_SUBJECT),
        ("a", kinds.Release(original=HASH, restated=restate(LIST)), Code.WRONG_SUBJECT),
    ],
)  # fmt: skip
def test_what_is_not_admissible(who: str, body: Kind, code: Code) -> None:
    cited = [getattr(body, "of", None)] if hasattr(body, "of") else []
    assert judged(sealed_world(), who, body, *filter(None, cited)) == ("not-admissible", code.id)


def test_an_erasure_withholds_the_list_and_what_was_disclosed_of_it() -> None:
    world = sealed_world()
    body = kinds.Disclosure(
        of=world.ref("list"), rows=(3,), columns=(0,), file=file(ciphertext="ef" * 32)
    )
    judged(world, "a", body, "list")
    erasure = kinds.Erasure(of=world.ref("list"), reason="consent-withdrawn")
    assert judged(world, "a", erasure, "list") == ("in-effect", None)
    derived = world.derive()
    assert {row["state"] for row in rows(derived, "payloads")} == {"withheld"}
    assert only(derived, "payloads", ref=world.ref("list"))["basis"][-1] == world.ref("it")
    files = payload_files(world.agreement, world.record())
    assert not files.wanted
    assert files.withheld == {HASH, "ef" * 32}
    # An erasure is for good.
    assert judged(world, "a", kinds.Withdrawal(of="a.guarantors/3"), "a.guarantors/3")[1] == "S-016"
    assert {row["state"] for row in rows(world.derive(), "payloads")} == {"withheld"}


def test_what_is_disclosed_can_be_erased_alone() -> None:
    world = sealed_world()
    body = kinds.Disclosure(
        of=world.ref("list"), rows=(3,), columns=(0,), file=file(ciphertext="ef" * 32)
    )
    world.state("a", "guarantors", at(3), body, ["list"], name="shown")
    judged(world, "a", kinds.Erasure(of=world.ref("shown"), reason="danger"), "shown")
    states = {row["ref"]: row["state"] for row in rows(world.derive(), "payloads")}
    assert states == {world.ref("list"): "disclosed-in-part", world.ref("shown"): "withheld"}


def test_a_second_officer_is_waited_for_with_a_payload_and_never_with_an_erasure() -> None:
    from tests.world import agreement

    rule = '[[entitlements]]\nkinds = ["sealed", "erasure"]\nby = ["guarantor"]\nto = ["*"]\nsecond_officer = true\n\n'
    rules = agreement(("[[entitlements]]", rule + "[[entitlements]]"))
    world = World(REPORT, rules=rules)
    world.state("a", "guarantors", at(2), LIST, name="list")
    assert statement(world, "list")["state"] == "awaits-review"
    assert set(payload_files(rules, world.record()).wanted) == {HASH}
    erasure = kinds.Erasure(of=world.ref("list"), reason="danger")
    assert judged(world, "a", erasure, "list") == ("in-effect", None)
    assert not payload_files(rules, world.record()).wanted


def test_only_members_of_the_circle_may_fetch_a_file() -> None:
    def may(world: World) -> str:
        (logs,) = citing_logs(world.record()).values()
        readers = (
            p for p in ("a", "b", "c", "d", "e", "un") if world.agreement.may_read(p, logs[0])
        )
        return " ".join(readers)

    assert may(sealed_world()) == "a b c un"
    assert may(sealed_world(public=True)) == "a b c d e un"
