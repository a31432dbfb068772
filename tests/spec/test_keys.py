"""Cases: which keys are in force, and whose word that is; who signed a statement in person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from tests.asking import Row, only, rows
from tests.keys import (
    attests,
    document,
    key,
    log_row,
    officer,
    officer_row,
    root,
    states,
    witness_row,
)
from tests.samples import HASH, at
from tests.world import World, agreement
from trucekeeper.errors import Code
from trucekeeper.governance.keyring import Keyrings
from trucekeeper.statements import kinds
from trucekeeper.statements.kinds import Keys
from trucekeeper.statements.parts import KeyRow

LOG = "a.guarantors"


def keyrings(world: World) -> Keyrings:
    return Keyrings.of(world.record(), world.agreement)


def fates(world: World) -> list[tuple[int, str, str | None]]:
    """Number, state and code of every document of a, each once."""
    found = [
        (r["number"], r["state"], r["code"]) for r in rows(world.derive(), "keys", role="root")
    ]
    return list(dict.fromkeys(found))


def test_the_first_document_is_in_force_when_its_roots_signed() -> None:
    world = World()
    ref = states(world, document(1, log_row(), witness_row()))
    row = only(world.derive(), "keys", role="witness")
    assert (row["participant"], row["state"], row["basis"]) == ("a", "in-force", [ref])
    assert [str(k) for k in keyrings(world).key("a", "witness")] == [row["key"]]
    assert keyrings(world).key("b", "witness") == ()


def test_rotation_needs_the_roots_before_and_its_own() -> None:
    world = World()
    states(world, document(1, log_row()))
    new = (root(2), root(3))
    states(world, document(2, log_row(), roots=new, threshold=2, signed=new))
    assert fates(world) == [(1, "in-force", None), (2, "refused", Code.TOO_FEW_ROOTS.id)]
    # The same document again, with the old root's signature: signatures add up, wherever they stand.
    signed = document(2, log_row(), roots=new, threshold=2, signed=(root(1),))
    states(world, signed, by="b")
    assert fates(world) == [(1, "replaced", None), (2, "in-force", None)]
    # From now on the old root alone changes nothing.
    states(world, document(3, log_row(), signed=(root(1),)))
    assert fates(world)[-1] == (3, "refused", Code.TOO_FEW_ROOTS.id)


def test_one_root_that_signs_twice_is_one() -> None:
    world = World()
    pair = (root(1), root(2))
    made = document(1, roots=pair, threshold=2, signed=(root(1),))
    again = msgspec.structs.replace(made, signatures=made.signatures * 2)
    states(world, again)
    assert fates(world) == [(1, "refused", Code.TOO_FEW_ROOTS.id)]


def test_a_gap_waits_for_what_is_missing() -> None:
    world = World()
    states(world, document(1, log_row()))
    states(world, document(3, log_row()))
    assert fates(world) == [(1, "in-force", None), (3, "pending", Code.NUMBER_GAP.id)]
    states(world, document(2, log_row()), by="b")
    assert fates(world)[-1] == (3, "in-force", None)


def test_two_documents_of_one_number_are_both_kept_and_neither_counts() -> None:
    world = World()
    states(world, document(1, log_row()))
    states(world, document(2, log_row(), witness_row()))
    states(world, document(2, log_row()))
    assert fates(world) == [(1, "in-force", None), (2, "conflicting", Code.TWO_KEY_DOCUMENTS.id)]
    assert keyrings(world).key("a", "witness") == ()
    # The next document that the roots sign ends it.
    states(world, document(3, log_row(), witness_row()))
    assert len(keyrings(world).key("a", "witness")) == 1


def test_a_thief_of_a_log_key_brings_no_roots_of_his_own() -> None:
    world = World()
    states(world, document(1, log_row()))
    states(world, document(1, log_row(seed="thief"), roots=(root(1, seed="thief"),)))
    assert fates(world) == [(1, "in-force", None), (1, "refused", Code.OTHER_ROOTS.id)]
    # Nor does another participant, whose log is not a's.
    other = World()
    states(other, document(1, log_row(seed="thief"), roots=(root(1, seed="thief"),)), by="b")
    assert fates(other) == [(1, "refused", Code.OTHER_ROOTS.id)]


def test_a_key_is_in_force_for_a_range_of_entries() -> None:
    world = World()
    rows_ = (log_row(end_index=12), log_row(seed="second", first_index=10))
    states(world, document(1, *rows_))
    first, second = (key(f"spec/{LOG}").key, key(f"spec/{LOG}", seed="second").key)
    ring = keyrings(world)
    assert ring.log_keys(LOG, 10) == (first,)
    assert ring.log_keys(LOG, 11) == (second, first)
    assert ring.log_keys(LOG, 12) == (second, first)
    assert ring.log_keys(LOG, 13) == (second,)
    assert ring.log_keys("b.guarantors", 1) is None


def test_a_void_key_is_void_from_its_index_on() -> None:
    world = World()
    rows_ = (log_row(end_index=5, end_root=HASH), log_row(seed="second", first_index=5))
    states(world, document(1, *rows_))
    first, second = (key(f"spec/{LOG}").key, key(f"spec/{LOG}", seed="second").key)
    assert keyrings(world).log_keys(LOG, 5) == (first,)
    assert keyrings(world).log_keys(LOG, 6) == (second,)


def test_nobody_takes_back_what_roots_have_signed() -> None:
    world = World()
    log, _, index = states(world, document(1, witness_row())).rpartition("/")
    world.named["document"] = (log, int(index))  # type: ignore[assignment]  # a log's name
    world.say("03 10:00 a withdraws document")
    assert len(keyrings(world).key("a", "witness")) == 1


def test_a_document_tells_nothing_of_a_log_to_who_may_not_read_it() -> None:
    world = World()
    ref = states(world, document(1, log_row()), circle="public")
    row = only(world.derive(face="public"), "statements", ref=ref)
    assert (row["state"], row["code"]) == ("not-admissible", Code.CITES_NARROWER.id)


WRONG: list[tuple[str, Callable[[], Keys]]] = [
    ("a witness key as log key", lambda: document(1, KeyRow(role="log", key=witness_row().key, log=LOG))),
    ("the log of another", lambda: document(1, log_row("b.guarantors"))),
    ("the log of another circle", lambda: document(1, log_row("a.public"))),
    ("the witness key of another", lambda: document(1, witness_row(of="b"))),
    ("one key in two roles", lambda: document(1, KeyRow(role="officer", key=str(officer("one", of="a").key)), _same_public())),
    ("a root as something else", lambda: document(1, roots=(key("spec/a/witness"),))),
    ("a root twice", lambda: document(1, roots=(root(1), root(1)))),
    ("a recipient that is none", lambda: document(1, KeyRow(role="recipient", key="age1made-up"))),
    ("no participant", lambda: document(1, of="z")),
    ("a threshold above the roots", lambda: document(1, threshold=2)),
    ("a range of nothing", lambda: document(1, msgspec.structs.replace(witness_row(), first_index=2))),
]  # fmt: skip


def _same_public() -> KeyRow:
    """The officer's public key once more, under the name of the node."""
    public = officer("one", of="a").key
    return KeyRow(role="node", key=str(replace(public, name="spec/a/node")))


@pytest.mark.parametrize(("why", "made"), WRONG, ids=[why for why, _ in WRONG])
def test_a_key_has_one_role_and_one_name(why: str, made: Callable[[], Keys]) -> None:
    world = World()
    wrong = made()
    states(world, wrong)
    ring = keyrings(world)
    (judged,) = next(iter(ring.chains.values())).judged
    assert judged.fault is not None, why
    assert judged.fault.code is Code.BAD_KEY_DOCUMENT
    assert ring.document(wrong.participant, wrong.circle) is None


# Officers

CHANGE = (
    "[[entitlements]]",
    '[[entitlements]]\nkinds = ["decision"]\nby = ["guarantor"]\nto = ["*"]\nsecond_officer = true\nsigned = true\n\n[[entitlements]]',
)
CASE = (
    "01 06:10 a reports mortar-fire at Karsk by d-army on e-brigades #first",
    "03 06:00 c decides established-consensus on first, present a b c, for a b c #decision",
)


def signing(*rows_: KeyRow) -> World:
    """The decision of c's officer-1 where the agreement asks for signatures."""
    world = World(*CASE, rules=agreement(CHANGE))
    states(world, document(1, *rows_, of="c"), by="c")
    return world


def fate(world: World, name: str = "decision") -> Row:
    return only(world.derive(), "statements", ref=world.ref(name))


def reviewed(world: World, by: str = "officer-2") -> None:
    body = kinds.Review(of=world.ref("decision"), approves=True)
    world.state("c", "guarantors", at(3, 8), body, ["decision"], officer=by, name="review")


def test_a_statement_and_its_review_count_with_the_signature_of_each_officer() -> None:
    world = signing(officer_row("officer-1"), officer_row("officer-2"))
    assert (fate(world)["state"], fate(world)["code"]) == (
        "awaits-review",
        Code.AWAITS_SIGNATURE.id,
    )
    mine = attests(world, "decision", "officer-1")
    assert fate(world)["code"] == Code.AWAITS_REVIEW.id
    reviewed(world)
    assert fate(world)["code"] == Code.AWAITS_REVIEW.id
    theirs = attests(world, "review", "officer-2")
    assert fate(world)["state"] == "in-effect"
    held = world.derive().governed.by_ref[world.ref("decision")]  # type: ignore[index]  # a reference
    assert {mine, theirs} <= set(held.basis)


@pytest.mark.parametrize(
    ("rows_", "signer"),
    [
        ((officer_row("officer-1"), officer_row("officer-2")), officer("officer-2")),
        ((), officer("officer-1")),
        ((officer_row("officer-1", first_index=2),), officer("officer-1")),
        ((officer_row("officer-1", end_index=2),), officer("officer-1")),
    ],
    ids=["another officer's key", "no delegation", "before its range", "after its range"],
)
def test_a_signature_that_does_not_hold(rows_: tuple[KeyRow, ...], signer: object) -> None:
    world = signing(*rows_)
    ref = attests(world, "decision", "officer-1", with_=signer)  # type: ignore[arg-type]  # a signer
    assert fate(world, ref)["code"] == Code.BAD_OFFICER_SIGNATURE.id
    assert fate(world)["code"] == Code.AWAITS_SIGNATURE.id


def test_a_signature_fits_no_other_statement() -> None:
    world = signing(officer_row("officer-1"))
    good = attests(world, "decision", "officer-1")
    log, _, index = good.rpartition("/")
    line = world.record()[log][int(index)].body.line  # type: ignore[index, union-attr]  # a signature
    world.say("04 06:00 c decides established-consensus on first, present a b c, for a b c #copy")
    body = kinds.Signature(of=world.ref("copy"), line=line)
    where, at_index = world.state("c", "guarantors", at(5), body, ["copy"])
    assert fate(world, f"{where}/{at_index}")["code"] == Code.BAD_OFFICER_SIGNATURE.id


def test_what_was_signed_is_withdrawn_with_a_signature_only() -> None:
    world = signing(officer_row("officer-1"), officer_row("officer-2"))
    attests(world, "decision", "officer-1")
    reviewed(world)
    attests(world, "review", "officer-2")
    world.say("05 10:00 c withdraws decision #withdrawal")
    assert fate(world)["state"] == "in-effect"
    assert fate(world, "withdrawal")["code"] == Code.AWAITS_SIGNATURE.id
    attests(world, "withdrawal", "officer-1")
    assert fate(world)["state"] == "withdrawn"


def test_where_the_agreement_does_not_ask_nothing_changes() -> None:
    world = World(*CASE)
    assert fate(world)["state"] == "in-effect"
