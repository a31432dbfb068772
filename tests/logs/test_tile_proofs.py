"""Roots and proofs from tiles equal those over all leaves, read few tiles, and fail clearly."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.signers import leaves_of
from trucekeeper.logs import tree
from trucekeeper.logs.levels import Levels
from trucekeeper.logs.note import NoteError
from trucekeeper.logs.tile_proofs import TileHashes

LONG = os.environ.get("TRUCEKEEPER_HYPOTHESIS") == "long"
LEAVES = leaves_of(66_000)
SIZES = range(521) if LONG else (*range(20), *range(250, 263), 300, 511, 512, 513, 520)


def tiles_of(size: int) -> dict[str, bytes]:
    return dict(Levels().grown(LEAVES[:size]).tiles())


@pytest.mark.parametrize("size", SIZES)
def test_every_proof_of_a_small_log(size: int) -> None:
    hashes = TileHashes(tiles_of(size).get)
    leaves = LEAVES[:size]
    assert hashes.root(size) == tree.root(leaves)
    step = 1 if LONG else max(1, size // 24)
    for index in range(0, size, step):
        assert hashes.inclusion(index, size) == tree.inclusion_proof(leaves, index)
    for old in range(1, size + 1, step):
        assert hashes.consistency(old, size) == tree.consistency_proof(leaves, old)
    assert hashes.consistency(0, size) == []


LARGE = tiles_of(65_793)
HELD = TileHashes(LARGE.get, held=65_793)


@given(st.integers(1, 65_793), st.data())
def test_older_sizes_are_proved_from_the_tiles_of_a_larger_log(
    size: int, data: st.DataObject
) -> None:
    root = HELD.root(size)
    index = data.draw(st.integers(0, size - 1))
    assert tree.verify_inclusion(LEAVES[index], index, size, HELD.inclusion(index, size), root)
    old = data.draw(st.integers(1, size))
    proof = HELD.consistency(old, size)
    assert tree.verify_consistency(old, HELD.root(old), size, root, proof)


def test_a_proof_reads_a_tile_or_two_of_each_level() -> None:
    read: list[str] = []

    def reading(path: str) -> bytes | None:
        read.append(path)
        return LARGE.get(path)

    for index in range(0, 65_793, 997):
        read.clear()
        TileHashes(reading).inclusion(index, 65_793)
        assert len(read) <= 6
        read.clear()
        TileHashes(reading).consistency(index + 1, 65_793)
        assert len(read) <= 6


def test_a_full_tile_stands_in_for_a_partial_one_that_is_gone() -> None:
    files = tiles_of(600)
    pruned = {path: data for path, data in tiles_of(300).items() if path != "tile/0/001.p/44"}
    with pytest.raises(NoteError):
        TileHashes(pruned.get).root(300)
    pruned["tile/0/001"] = files["tile/0/001"]
    assert TileHashes(pruned.get).root(300) == tree.root(LEAVES[:300])


def test_what_is_absent_short_or_asked_beyond_the_tree_is_told() -> None:
    files = tiles_of(300)
    hashes = TileHashes(files.get, held=300)
    for wrong in (
        lambda: hashes.root(301),
        lambda: hashes.root(-1),
        lambda: hashes.inclusion(300, 300),
        lambda: hashes.inclusion(-1, 300),
        lambda: hashes.inclusion(0, 0),
        lambda: hashes.consistency(301, 300),
        lambda: hashes.consistency(-1, 300),
        lambda: TileHashes(dict[str, bytes]().get).root(1),
        lambda: TileHashes({**files, "tile/0/001.p/44": b"x" * 44}.get).root(300),
    ):
        with pytest.raises(NoteError):
            wrong()
