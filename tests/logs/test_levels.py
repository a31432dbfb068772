"""The compact hashes of a log against the plain tree, at every size."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trucekeeper.logs.levels import Hashes, Levels
from trucekeeper.logs.tiles import bundle_leaves, bundle_prefix, pack_bundle, unpack_bundle
from trucekeeper.logs.tree import leaf_hash, leaf_hashes, root, roots_at

LEAVES = [leaf_hash(b"%d" % i) for i in range(66_000)]
ROOTS = roots_at(LEAVES, range(66_001))


def test_the_root_of_every_prefix() -> None:
    whole = Levels().grown(LEAVES)
    for size in (*range(600), *range(65_530, 65_545), 66_000):
        assert whole.root(size) == ROOTS[size]


@given(st.lists(st.integers(0, 700), max_size=6))
def test_growing_in_steps_is_growing_at_once(steps: list[int]) -> None:
    levels, size = Levels(), 0
    tiles: dict[str, bytes] = {}
    for step in steps:
        tiles |= dict(levels.grown(LEAVES[size : size + step]).tiles(size))
        levels = levels.grown(LEAVES[size : size + step])
        size += step
    at_once = Levels().grown(LEAVES[:size])
    assert levels == at_once
    assert levels.root() == root(LEAVES[:size])
    assert dict(at_once.tiles()).items() <= tiles.items()


def test_a_value_does_not_change_when_two_grow_from_it() -> None:
    start = Levels().grown(LEAVES[:300])
    one, other = start.grown(LEAVES[300:600]), start.grown(LEAVES[1000:1300])
    assert list(start.leaves) == LEAVES[:300]
    assert list(one.leaves) == LEAVES[:600]
    assert list(other.leaves) == [*LEAVES[:300], *LEAVES[1000:1300]]
    assert one.root() == ROOTS[600]
    assert start.root() == ROOTS[300]


def test_hashes_are_a_sequence() -> None:
    hashes = Hashes(LEAVES[:5])
    assert (hashes[0], hashes[-1], list(hashes[1:3])) == (LEAVES[0], LEAVES[4], LEAVES[1:3])
    assert hashes == Hashes(LEAVES[:4]).grown([LEAVES[4]])
    assert hashes != Hashes(LEAVES[:4])
    assert hashes[7:].packed(0, 0) == b""


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(0, 20))
def test_bundles(entries: list[bytes], count: int) -> None:
    data = pack_bundle(entries)
    assert unpack_bundle(data) == entries
    assert bundle_leaves(data) == leaf_hashes(entries) == [leaf_hash(entry) for entry in entries]
    assert bundle_prefix(data, min(count, len(entries))) == pack_bundle(entries[:count])
    if data:
        assert bundle_leaves(data[:-1]) is None or entries[-1] == b""


def test_a_bundle_has_256_entries_at_most() -> None:
    full, over = pack_bundle([b"x"] * 256), pack_bundle([b"x"] * 257)
    assert unpack_bundle(full) == [b"x"] * 256
    assert len(bundle_leaves(full) or []) == 256
    assert unpack_bundle(over) is None
    assert bundle_leaves(over) is None
