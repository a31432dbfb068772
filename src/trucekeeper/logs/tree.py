"""The Merkle tree of RFC 6962, section 2.1: leaf and node hashes, roots, inclusion and consistency
proofs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


#: A hash begun with its prefix: a copy of it costs less than beginning anew.
LEAF = hashlib.sha256(b"\x00")
_NODE = hashlib.sha256(b"\x01")


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256 of 0x00 and the entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The leaf hash of each entry."""
    copy, leaves = LEAF.copy, []
    for entry in entries:
        begun = copy()
        begun.update(entry)
        leaves.append(begun.digest())
    return leaves


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and the two child hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes. An odd last node moves up unchanged, which is RFC 6962's split at
    the largest power of two below the size."""
    if not leaves:
        return EMPTY_ROOT
    copy, level = _NODE.copy, list(leaves)
    while len(level) > 1:
        above, pairs = [], iter(level)
        for left, right in zip(pairs, pairs, strict=False):
            begun = copy()
            begun.update(left + right)
            above.append(begun.digest())
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


class Frontier:
    """The roots of the perfect subtrees at the right edge of a growing tree: enough to append and
    to give the root."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        node, size = leaf, self.size
        while size % 2:
            node = node_hash(self._subtrees.pop(), node)
            size //= 2
        self._subtrees.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._subtrees:
            return EMPTY_ROOT
        node = self._subtrees[-1]
        for left in reversed(self._subtrees[:-1]):
            node = node_hash(left, node)
        return node


def roots_at(leaves: Sequence[bytes], sizes: Iterable[int]) -> dict[int, bytes]:
    """The roots of the prefixes of these sizes, in one pass. Sizes beyond the leaves are left
    out."""
    wanted = sorted({size for size in sizes if 0 <= size <= len(leaves)})
    found: dict[int, bytes] = {}
    frontier = Frontier()
    for size in wanted:
        while frontier.size < size:
            frontier.append(leaves[frontier.size])
        found[size] = frontier.root()
    return found


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of a leaf, leaf side first (RFC 6962, 2.1.1)."""
    assert 0 <= index < len(leaves)
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return [*inclusion_proof(leaves[:k], index), root(leaves[k:])]
    return [*inclusion_proof(leaves[k:], index - k), root(leaves[:k])]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes
) -> bool:
    """Whether the audit path leads from the leaf to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, fn, sn = leaf, index, size - 1
    for step in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            node = node_hash(step, node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = node_hash(node, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and node == expected


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """The proof that the tree of old_size is a prefix of this one (RFC 6962, 2.1.2)."""
    assert 0 < old_size <= len(leaves)
    return _subproof(leaves, old_size, True)


def _subproof(leaves: Sequence[bytes], old_size: int, whole: bool) -> list[bytes]:
    size = len(leaves)
    if old_size == size:
        return [] if whole else [root(leaves)]
    k = _split(size)
    if old_size <= k:
        return [*_subproof(leaves[:k], old_size, whole), root(leaves[k:])]
    return [*_subproof(leaves[k:], old_size - k, False), root(leaves[:k])]


def verify_consistency(
    old_size: int, old_root: bytes, size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the tree with old_root is a prefix of the one with new_root (RFC
    9162, 2.1.4.2)."""
    if old_size == size:
        return not proof and old_root == new_root
    if not 0 < old_size < size or not proof:
        return False
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    fn, sn = old_size - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old_node = new_node = path[0]
    for step in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old_node, new_node = node_hash(step, old_node), node_hash(step, new_node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new_node = node_hash(new_node, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old_node == old_root and new_node == new_root
