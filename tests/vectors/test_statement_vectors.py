"""The canonical encoding against files that any language can read.

`statements.json`: for each kind one entry as text and its leaf hash. `refused.json`: entries that
are not canonical or not understood, in hexadecimal, and the code under which they are kept.
`TRUCEKEEPER_BLESS=1` writes the first anew, in a commit that says why the format changed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.samples import SAMPLES, at
from trucekeeper.logs.tree import leaf_hash
from trucekeeper.statements.encoding import Envelope, decode, encode, encode_body
from trucekeeper.statements.kinds import BODIES
from trucekeeper.statements.parts import Kind
from trucekeeper.vocabulary.kinds import KINDS

FOLDER = Path(__file__).parent
STATEMENTS = FOLDER / "statements.json"
REFUSED = json.loads((FOLDER / "refused.json").read_text())


def entry_of(body: Kind) -> bytes:
    return encode(
        Envelope(
            kind=body.kind,
            version=body.version,
            officer="o-1",
            stated_at=at(2),
            body=msgspec.Raw(encode_body(body)),
            salt="0f" * 16,
        )
    )


def vectors() -> list[dict[str, Any]]:
    return [
        {
            "kind": body.kind,
            "entry": entry_of(body).decode(),
            "leaf_hash": leaf_hash(entry_of(body)).hex(),
        }
        for body in SAMPLES
    ]


def test_there_is_a_vector_for_every_kind() -> None:
    assert sorted(body.kind for body in SAMPLES) == sorted(KINDS)
    assert sorted(kind for kind, _ in BODIES) == sorted(KINDS)


def test_the_encoding_has_not_changed() -> None:
    if os.environ.get("TRUCEKEEPER_BLESS"):
        STATEMENTS.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n")
    assert json.loads(STATEMENTS.read_text()) == vectors()


@pytest.mark.parametrize(
    "vector",
    json.loads(STATEMENTS.read_text()) if STATEMENTS.exists() else [],
    ids=lambda v: v["kind"],
)
def test_an_entry_is_what_any_json_library_would_write(vector: dict[str, Any]) -> None:
    """Sorted keys, no white space, UTF-8: what every language's library gives with two switches."""
    value = json.loads(vector["entry"])
    again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert again == vector["entry"]
    decoded = decode(vector["entry"].encode())
    assert decoded.fault is None
    assert decoded.body in SAMPLES


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["why"])
def test_what_is_refused_is_refused_with_its_code(case: dict[str, Any]) -> None:
    entry = bytes.fromhex(case["entry_hex"]) * case.get("times", 1)
    fault = decode(entry).fault
    assert fault is not None
    assert fault.code.id == case["code"]
