"""Whatever the order in which key documents arrive, and however often: the same keys are in force."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.keys import document, log_row, root, witness_row
from tests.world import agreement
from trucekeeper.governance.key_document import document_text
from trucekeeper.governance.keyring import Keyrings, Offer, judge

DOCUMENTS = (
    document(1, log_row()),
    document(1, log_row(), witness_row()),
    document(2, log_row(), witness_row()),
    document(2, log_row(), roots=(root(1), root(2)), threshold=2),
    document(2, log_row(), roots=(root(1), root(2)), threshold=2, signed=(root(2),)),
    document(3, log_row(), roots=(root(2), root(3)), signed=(root(1), root(2))),
    document(3, log_row(), roots=(root(9),)),
    document(4, witness_row(), roots=(root(3),)),
    document(1, witness_row(of="b"), of="b"),
)


@given(
    st.lists(st.sampled_from(DOCUMENTS), min_size=1, max_size=12), st.randoms(use_true_random=False)
)
def test_the_order_of_arrival_does_not_matter(made: list, chance: random.Random) -> None:  # type: ignore[type-arg]  # documents
    trusted = tuple(str(r.key) for r in (root(1),))
    roots = {("a", "guarantors"): trusted, ("b", "guarantors"): made[0].roots}
    shuffled = [*made, *made[:3]]
    chance.shuffle(shuffled)
    first = Keyrings(agreement(), map(Offer, made), roots)
    assert Keyrings(agreement(), map(Offer, shuffled), roots).rows() == first.rows()


@given(st.lists(st.sampled_from(DOCUMENTS), max_size=12))
def test_each_accepted_document_follows_from_the_one_before(made: list) -> None:  # type: ignore[type-arg]  # documents
    trusted = tuple(str(r.key) for r in (root(1),))
    own = [Offer(d) for d in made if d.participant == "a"]
    chain = judge(agreement(), own, trusted)
    numbers = [d.number for d in chain.accepted]
    assert numbers == sorted(set(numbers))
    texts = [document_text(judged.document) for judged in chain.judged]
    assert len(texts) == len(set(texts))
    sound = [document_text(judged.document) for judged in chain.judged if judged.fault is None]
    assert sound == [document_text(accepted) for accepted in chain.accepted]
