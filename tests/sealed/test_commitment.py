"""Commitments and disclosures against vectors that any language can recompute, and over all lists."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sealed.nodes import PERSONS
from trucekeeper.statements.commitment import (
    Salt,
    cells_of,
    commit,
    commit_list,
    commit_row,
    list_root,
    proof_of_rows,
    root_from_proof,
)
from trucekeeper.statements.disclosure import (
    DisclosureError,
    disclosure,
    list_bytes,
    read_disclosure,
    read_list,
)
from trucekeeper.storage.payloads import Frame, framed, padded_size, unframed

VECTORS = Path(__file__).parents[1] / "vectors" / "sealed.json"
SALT = Salt(bytes(range(32)))
ORIGIN = "spec/a.all"
CELLS = st.text(st.characters(codec="utf-8"), max_size=6)
LISTS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=2, max_size=12)
)


def vectors() -> dict[str, Any]:
    opened = disclosure(SALT, "a.all/7", ORIGIN, PERSONS, [2], [0])
    frame = framed(Frame(SALT, b"an account"))
    return {
        "salt": SALT.secret.hex(),
        "origin": ORIGIN,
        "payload": {
            "content": "an account",
            "commitment": commit(SALT, ORIGIN, b"an account").hex(),
        },
        "frame": {"bytes": len(frame), "sha256": hashlib.sha256(frame).hexdigest()},
        "list": {
            "rows": PERSONS,
            "content": list_bytes(PERSONS).decode(),
            "root": commit_list(SALT, ORIGIN, PERSONS).hex(),
        },
        "disclosure": json.loads(opened),
    }


def test_the_formats_have_not_changed() -> None:
    if os.environ.get("TRUCEKEEPER_BLESS"):
        VECTORS.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n")
    assert json.loads(VECTORS.read_text()) == vectors()


def test_the_vectors_follow_from_the_written_definition() -> None:
    """docs/formats.md once more, without the code that is tested."""
    held = json.loads(VECTORS.read_text())
    salt, origin = bytes.fromhex(held["salt"]), held["origin"].encode()
    named = len(origin).to_bytes(2, "big") + origin

    def sha(*parts: bytes) -> bytes:
        return hashlib.sha256(b"".join(parts)).digest()

    content = held["payload"]["content"].encode()
    assert (
        sha(b"trucekeeper-payload-v1\n", salt, named, content).hex()
        == held["payload"]["commitment"]
    )
    rows = []
    for i, row in enumerate(held["list"]["rows"]):
        cells = []
        for j, value in enumerate(row):
            at = i.to_bytes(4, "big") + j.to_bytes(2, "big")
            own = hmac.new(salt, b"trucekeeper-cell-salt-v1\n" + at, hashlib.sha256).digest()
            cells.append(sha(b"trucekeeper-cell-v1\n", own, at, value.encode()))
        rows.append(sha(b"trucekeeper-row-v1\n", i.to_bytes(4, "big"), *cells))
    left = sha(b"trucekeeper-rows-v1\n", rows[0], rows[1])
    right = sha(b"trucekeeper-rows-v1\n", rows[2], rows[3])
    above = sha(b"trucekeeper-rows-v1\n", left, right)
    size = (4).to_bytes(4, "big") + (3).to_bytes(2, "big")
    assert sha(b"trucekeeper-list-v1\n", named, size, above).hex() == held["list"]["root"]


@pytest.mark.parametrize(
    "secret", [b"", b"short", bytes(31), bytes(32), b"\x01" * 32, bytes(range(33))]
)
def test_there_is_no_commitment_without_a_salt(secret: bytes) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        Salt(secret)


def test_a_salt_is_never_printed() -> None:
    shown = f"{SALT!r} {Frame(SALT, b'an account')!r} {read_disclosure(disclosure(SALT, 'a.all/7', ORIGIN, PERSONS, [1], [0]))!r}"
    assert "\\x01" not in shown
    assert "an account" not in shown
    assert "Orlena" not in shown


@given(LISTS, st.data())
def test_the_opened_cells_of_any_list_lead_to_its_root_and_no_others_are_told(
    rows: list[list[str]], data: st.DataObject
) -> None:
    chosen = data.draw(st.sets(st.integers(1, len(rows) - 1), min_size=1))
    columns = data.draw(st.sets(st.integers(0, len(rows[0]) - 1), min_size=1))
    told = disclosure(SALT, "a.all/7", ORIGIN, rows, chosen, columns)
    found = read_disclosure(told)
    assert found.root == commit_list(SALT, ORIGIN, rows).hex()
    assert found.names == {c: rows[0][c] for c in columns}
    assert found.cells == {r: {c: rows[r][c] for c in columns} for r in chosen}
    assert SALT.secret.hex().encode() not in told
    assert read_list(list_bytes(rows)) == rows


@given(LISTS, st.data())
def test_a_proof_fits_its_rows_and_no_others(rows: list[list[str]], data: st.DataObject) -> None:
    opened = data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=1))
    proof = proof_of_rows(SALT, rows, opened)
    hashes = {i: commit_row(i, cells_of(SALT, i, rows[i])) for i in opened}
    above = root_from_proof(len(rows), hashes, proof)
    assert above is not None
    assert list_root(ORIGIN, len(rows), len(rows[0]), above) == commit_list(SALT, ORIGIN, rows)
    assert root_from_proof(len(rows), hashes, [*proof, bytes(32)]) is None
    if proof:
        assert root_from_proof(len(rows), hashes, proof[:-1]) is None
    assert root_from_proof(len(rows), {len(rows): bytes(32)}, proof) is None
    assert root_from_proof(len(rows), {}, proof) is None


def document(**changes: Any) -> bytes:
    made = json.loads(disclosure(SALT, "a.all/7", ORIGIN, PERSONS, [1, 3], [0, 2]))
    return json.dumps(made | changes).encode()


def test_a_disclosure_that_was_changed_is_refused() -> None:
    good = json.loads(document())
    assert read_disclosure(document()).cells[3] == {0: "Ismene Vaud", 2: "south yard"}
    first, one, three = good["opened"]
    other = {**one, "cells": [{**one["cells"][0], "value": "Orlena Quistou"}, *one["cells"][1:]]}
    plain = {**one, "cells": [{"salt": "00" * 32, "value": "Orlena Quistov"}, *one["cells"][1:]]}
    unnamed = {**first, "cells": ["ab" * 32, *first["cells"][1:]]}
    wrong: tuple[dict[str, Any], ...] = (
        {"rows": 4},
        {"rows": 2},
        {"rows": 99_999},
        {"fields": 2},
        {"root": "ab" * 32},
        {"origin": "spec/b.all"},
        {"proof": []},
        {"proof": ["ab" * 32]},
        {"opened": [first, other, three]},
        {"opened": [first, plain, three]},
        {"opened": [unnamed, one, three]},
        {"opened": [one, three]},
        {"opened": [first, three, one]},
        {"opened": [first, one, one]},
        {"format": "another"},
        {"more": 1},
    )
    for changes in wrong:
        with pytest.raises(DisclosureError) as caught:
            read_disclosure(document(**changes))
        assert "Quisto" not in str(caught.value)


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
    ).map(msgspec.json.encode)
)
def test_arbitrary_bytes_are_no_disclosure_no_list_and_no_frame(data: bytes) -> None:
    with pytest.raises(DisclosureError):
        read_disclosure(data)
    rows = read_list(data)
    assert rows is None or list_bytes(rows) == data
    assert unframed(data) is None


@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=2))
def test_a_changed_disclosure_tells_nothing_else(at: int, put: bytes) -> None:
    good = disclosure(SALT, "a.all/7", ORIGIN, PERSONS, [2], [0])
    at %= len(good)
    try:
        found = read_disclosure(good[:at] + put + good[at + len(put) :])
    except DisclosureError:
        return
    # What still verifies names the same list, or says of itself that it is another's statement.
    assert (found.cells, found.root) == ({2: {0: "Bram Telleske"}}, read_disclosure(good).root)


@given(st.binary(max_size=6_000), st.integers(0, 5_000), st.integers(1, 255))
def test_a_frame_has_one_form_and_its_size_is_a_power_of_two(
    content: bytes, at: int, flip: int
) -> None:
    data = framed(Frame(SALT, content))
    assert len(data) == padded_size(len(content) + 62)
    assert len(data) & (len(data) - 1) == 0
    found = unframed(data)
    assert found is not None
    assert (found.content, found.salt) == (content, SALT)
    changed = bytearray(data)
    changed[at % len(data)] ^= flip
    other = unframed(bytes(changed))
    assert other is None or (other.content, other.salt) != (content, SALT)
    assert unframed(data + bytes(len(data))) is None
