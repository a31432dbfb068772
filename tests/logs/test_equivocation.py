"""Evidence of two histories: what proves it, what does not, and files that anybody can check.

`tests/vectors/evidence.json` holds files, the verifier key and what follows, for any language."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucekeeper.keys.custody import public_seed, signer_from_seed
from trucekeeper.logs.checkpoint import Checkpoint
from trucekeeper.logs.equivocation import (
    FILE_BYTES_MAX,
    Divergence,
    EvidenceError,
    build,
    common_size,
    evidence_file,
    read_evidence,
    verify,
)
from trucekeeper.logs.note import Note, parse_key, sign_note
from trucekeeper.logs.tree import leaf_hash, root
from trucekeeper.statements.parts import TwoHeads

ORIGIN = "spec/a.guarantors"
SIGNER = signer_from_seed(ORIGIN, public_seed("test", ORIGIN))
KEYS = (SIGNER.key,)
VECTORS = Path(__file__).parents[1] / "vectors" / "evidence.json"


def leaves(count: int, fork: int | None = None, branch: str = "") -> list[bytes]:
    """The leaf hashes of a log, whose entries from `fork` on belong to a branch."""
    return [
        leaf_hash(f"entry {i}{branch if fork is not None and i >= fork else ''}".encode())
        for i in range(count)
    ]


def head(hashes: list[bytes]) -> Note:
    text = Checkpoint(ORIGIN, len(hashes), root(hashes)).text()
    return sign_note(text, SIGNER.key, SIGNER.sign)


def of(one: list[bytes], other: list[bytes], *, held: bool = True) -> TwoHeads:
    return build(KEYS, (head(one), head(other)), (one, other) if held else ())


def test_equal_sizes_and_two_roots_are_evidence_by_themselves() -> None:
    found = verify(of(leaves(5, 3, "x"), leaves(5, 3, "y"), held=False), KEYS)
    assert (found.common, found.exact) == (0, False)


def test_who_holds_both_branches_proves_how_far_they_agree() -> None:
    found = verify(of(leaves(5, 3, "x"), leaves(9, 3, "y")), KEYS)
    assert (found.one.size, found.other.size, found.common, found.exact) == (5, 9, 3, True)


def test_two_heads_of_one_history_are_no_evidence() -> None:
    with pytest.raises(EvidenceError, match="one history"):
        of(leaves(5), leaves(9))
    with pytest.raises(EvidenceError, match="same"):
        of(leaves(5), leaves(5), held=False)


def test_two_sizes_without_an_index_prove_nothing_even_where_consistency_fails() -> None:
    with pytest.raises(EvidenceError, match="without an index"):
        of(leaves(5, 3, "x"), leaves(9, 3, "y"), held=False)
    whole = of(leaves(5, 3, "x"), leaves(9, 3, "y"))
    bare = msgspec.structs.replace(whole, index=None, one_entry=None, other_entry=None)
    with pytest.raises(EvidenceError, match="without an index"):
        verify(bare, KEYS)


def test_a_head_that_the_key_did_not_sign_is_no_evidence() -> None:
    other = signer_from_seed(ORIGIN, public_seed("other", ORIGIN))
    with pytest.raises(EvidenceError, match="none of the keys"):
        verify(of(leaves(5, 3, "x"), leaves(9, 3, "y")), (other.key,))
    assert verify(of(leaves(2, 0, "x"), leaves(2, 0, "y")), (other.key, *KEYS)).exact


def _mutations(evidence: TwoHeads) -> list[tuple[str, TwoHeads]]:
    put = msgspec.structs.replace
    assert evidence.one_entry is not None
    assert evidence.other_entry is not None
    assert evidence.prefix is not None
    assert evidence.index is not None
    longer, shorter = put(evidence.prefix, size=4), put(evidence.prefix, size=2)
    return [
        ("order", put(evidence, one=evidence.other, other=evidence.one)),
        ("the same head twice", put(evidence, other=evidence.one)),
        ("a head made larger", put(evidence, one=put(evidence.one, size=6))),
        ("an index moved", put(evidence, index=evidence.index + 1)),
        ("an index beyond", put(evidence, index=5)),
        ("one entry only", put(evidence, other_entry=None)),
        ("one entry twice", put(evidence, other_entry=evidence.one_entry)),
        ("entries exchanged", put(
            evidence, one_entry=evidence.other_entry, other_entry=evidence.one_entry
        )),
        ("a path cut", put(evidence, one_entry=put(
            evidence.one_entry, path=evidence.one_entry.path[:-1]
        ))),
        ("a longer prefix", put(evidence, prefix=longer)),
        ("a shorter prefix", put(evidence, prefix=shorter)),
        ("proofs exchanged", put(evidence, prefix=put(
            evidence.prefix, to_one=evidence.prefix.to_other, to_other=evidence.prefix.to_one
        ))),
        ("another origin", put(evidence, origin="spec/b.guarantors")),
        ("a signature padded", put(evidence, one=put(
            evidence.one, signature=evidence.one.signature + "AA=="
        ))),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(14))
def test_nothing_in_evidence_can_be_altered(number: int) -> None:
    _, mutated = _mutations(of(leaves(5, 3, "x"), leaves(9, 3, "y")))[number]
    with pytest.raises(EvidenceError):
        verify(mutated, KEYS)


@given(st.integers(0, 40), st.integers(1, 40), st.integers(1, 40))
def test_every_fork_is_proven_exactly_and_from_either_side_alike(
    fork: int, more: int, others: int
) -> None:
    one, other = leaves(fork + more, fork, "x"), leaves(fork + others, fork, "y")
    evidence = of(one, other)
    assert of(other, one) == evidence
    assert common_size(one, other) == fork
    found = verify(evidence, KEYS)
    assert isinstance(found, Divergence)
    assert (found.common, found.exact) == (fork, True)
    assert read_evidence(evidence_file(evidence)) == evidence


@given(st.data())
def test_no_byte_of_a_file_can_be_altered(data: st.DataObject) -> None:
    held = evidence_file(of(leaves(5, 3, "x"), leaves(9, 3, "y")))
    at = data.draw(st.integers(0, len(held) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != held[at]))
    with pytest.raises(EvidenceError):
        verify(read_evidence(held[:at] + bytes([byte]) + held[at + 1 :]), KEYS)


@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
def test_whatever_a_stranger_sends_is_refused_and_harms_nothing(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_evidence(data)


@given(st.recursive(
    st.none() | st.integers() | st.text(max_size=70) | st.sampled_from([ORIGIN, "ab" * 32]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["format", "origin", "one", "other", "size", "root", "signature", "index"]),
        inner, max_size=8,
    ), max_leaves=30,
))  # fmt: skip
def test_json_of_any_shape_is_refused(value: Any) -> None:
    with pytest.raises(EvidenceError):
        read_evidence(json.dumps(value).encode())


def test_a_file_is_bounded() -> None:
    deep = b"[" * (FILE_BYTES_MAX // 2) + b"]" * (FILE_BYTES_MAX // 2)
    for data in (b" " * (FILE_BYTES_MAX + 1), deep):
        with pytest.raises(EvidenceError):
            read_evidence(data)
    # The deepest possible proofs still fit into a statement.
    steps = ("ab" * 32,) * 63
    whole = of(leaves(5, 3, "x"), leaves(9, 3, "y"))
    assert whole.prefix is not None
    assert whole.one_entry is not None
    put = msgspec.structs.replace
    entry = put(whole.one_entry, path=steps)
    prefix = put(whole.prefix, to_one=steps, to_other=steps)
    largest = put(whole, one_entry=entry, other_entry=entry, prefix=prefix)
    assert len(evidence_file(largest)) < 30_000


# Vectors


def _cases() -> list[dict[str, Any]]:
    good = {
        "equal sizes": of(leaves(5, 3, "x"), leaves(5, 3, "y"), held=False),
        "equal sizes, both held": of(leaves(5, 3, "x"), leaves(5, 3, "y")),
        "two sizes": of(leaves(5, 3, "x"), leaves(9, 3, "y")),
        "from the first entry": of(leaves(1, 0, "x"), leaves(300, 0, "y")),
    }
    bad = dict(_mutations(good["two sizes"]))
    return [
        {"what": what, "key": str(SIGNER.key), "file": evidence_file(e).decode(), **_proves(e)}
        for what, e in {**good, **bad}.items()
    ]


def _proves(evidence: TwoHeads) -> dict[str, Any]:
    try:
        found = verify(evidence, KEYS)
    except EvidenceError:
        return {"proves": None}
    sizes = [found.one.size, found.other.size]
    return {"proves": {"sizes": sizes, "common": found.common, "exact": found.exact}}


def test_the_format_has_not_changed() -> None:
    if os.environ.get("TRUCEKEEPER_BLESS"):
        VECTORS.write_text(json.dumps(_cases(), indent=1) + "\n")
    assert json.loads(VECTORS.read_text()) == _cases()


@pytest.mark.parametrize("case", json.loads(VECTORS.read_text()), ids=lambda case: case["what"])
def test_a_vector_proves_what_it_says(case: dict[str, Any]) -> None:
    key = parse_key(case["key"])
    if case["proves"] is None:
        with pytest.raises(EvidenceError):
            verify(read_evidence(case["file"].encode()), (key,))
        return
    found = verify(read_evidence(case["file"].encode()), (key,))
    assert [found.one.size, found.other.size] == case["proves"]["sizes"]
    assert (found.common, found.exact) == (case["proves"]["common"], case["proves"]["exact"])
