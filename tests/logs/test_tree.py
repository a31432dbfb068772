"""The tree of RFC 6962 against known values, and proofs over every small size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucekeeper.logs import tree

#: The eight entries of the RFC 6962 reference tests, and the roots over the first n of them.
ENTRIES = [
    bytes.fromhex(h)
    for h in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
LEAVES = [tree.leaf_hash(str(i).encode()) for i in range(300)]


@pytest.mark.parametrize("size", ROOTS)
def test_known_roots(size: int) -> None:
    leaves = [tree.leaf_hash(entry) for entry in ENTRIES[:size]]
    assert tree.root(leaves).hex() == ROOTS[size]


@pytest.mark.parametrize("size", range(1, 34))
def test_every_inclusion_proof_verifies_and_no_other(size: int) -> None:
    root = tree.root(LEAVES[:size])
    for index in range(size):
        proof = tree.inclusion_proof(LEAVES[:size], index)
        assert tree.verify_inclusion(LEAVES[index], index, size, proof, root)
        assert not tree.verify_inclusion(LEAVES[index + 1], index, size, proof, root)
        assert not tree.verify_inclusion(LEAVES[index], index, size, [*proof, root], root)


@pytest.mark.parametrize("size", range(1, 34))
def test_every_consistency_proof_verifies(size: int) -> None:
    root = tree.root(LEAVES[:size])
    for old in range(1, size + 1):
        proof = tree.consistency_proof(LEAVES[:size], old)
        old_root = tree.root(LEAVES[:old])
        assert tree.verify_consistency(old, old_root, size, root, proof)
        if old < size:
            assert not tree.verify_consistency(
                old, tree.root(LEAVES[1 : old + 1]), size, root, proof
            )


@given(st.lists(st.integers(0, 300), max_size=8))
def test_roots_of_prefixes_in_one_pass(sizes: list[int]) -> None:
    found = tree.roots_at(LEAVES, sizes)
    assert found == {size: tree.root(LEAVES[:size]) for size in set(sizes)}
