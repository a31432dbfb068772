"""The parsers of everything that comes from another node, with what they take: for the properties
of tests/logs/test_parsers.py and the targets of tests/fuzz."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.logs.signers import (
    LOG,
    MIRROR,
    WITNESS,
    WITNESS_PQ,
    entries_of,
    head_of,
    keyed,
    leaves_of,
    note_of,
)
from trucekeeper.logs import tree
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.cosignature import cosign, known, merged, receipts
from trucekeeper.logs.message import COSIGNATURES
from trucekeeper.logs.note import NoteError, parse_key, parse_line, parse_note, verify_note
from trucekeeper.logs.policy import Group, Policy, PolicyLog, label, parse_policy
from trucekeeper.logs.policy import Witness as PolicyWitness
from trucekeeper.logs.quorums import fault
from trucekeeper.logs.tiles import pack_bundle, parse_tile_path, tile_path, unpack_bundle
from trucekeeper.logs.witness import (
    Accepted,
    Answer,
    decide,
    parse_request,
    receipts_of,
    request,
    size_of,
)
from trucekeeper.statements.encoding import decode

KEYS = (LOG.key, WITNESS.key, WITNESS_PQ.key, MIRROR.key)
COSIGNERS = tuple(key for key in KEYS if key.type in COSIGNATURES)
_VECTORS = Path(__file__).parents[1] / "vectors"
HEAD = head_of(leaves_of(5))
NOTE = note_of(leaves_of(5))


@dataclass(frozen=True)
class Parser:
    """read: reads bytes, uses what was read, and checks that it is written back alike. Raises only
    NoteError. valid: what it takes."""

    name: str
    read: Callable[[bytes], None]
    valid: tuple[bytes, ...]


def _note(data: bytes) -> None:
    note = parse_note(data)
    assert bytes(note) == data
    assert merged(note, note).text == note.text
    for key in KEYS:
        with suppress(NoteError):
            verify_note(note, key)
    with suppress(NoteError):
        known(note, KEYS)
        receipts(note, COSIGNERS)


def _checkpoint(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    assert parse_checkpoint(text).text() == text


def _key(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert str(parse_key(text)) == text.removesuffix("\n")


def _line(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert str(parse_line(text)) == text


def _policy(data: bytes) -> None:
    policy = parse_policy(data)
    assert parse_policy(bytes(policy)) == policy
    label(policy, NOTE)
    fault(policy, {WITNESS.key.name})


def _request(data: bytes) -> None:
    asked = parse_request(data)
    assert bytes(asked) == data
    for last in (None, HEAD):
        for key in (None, LOG.key):
            decision = decide(last, asked, key)
            assert isinstance(decision, Accepted) or decision.answer.status >= 400


def _answer(data: bytes) -> None:
    status, _, body = data.partition(b" ")
    answer = Answer(409 if status == b"409" else 200, "text/x.tlog.size", body)
    if size_of(answer) is None:
        receipts_of(answer, NOTE, COSIGNERS)


def _tile_path(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    found = parse_tile_path(text)
    assert found is None or tile_path(*found) == text


def _bundle(data: bytes) -> None:
    entries = unpack_bundle(data)
    assert entries is None or pack_bundle(entries) == data


def _statement(data: bytes) -> None:
    decoded = decode(data)
    assert decoded.fault is not None or decoded.body is not None


def _statements() -> tuple[bytes, ...]:
    rows = json.loads((_VECTORS / "statements.json").read_text())
    return tuple(row["entry"].encode() for row in rows)


_LINES = tuple(cosign(HEAD, k.key, k.sign, 9) for k in (WITNESS, MIRROR))
_FULL = bytes(NOTE) + "".join(f"{line}\n" for line in _LINES).encode()
_POLICY = Policy(
    (PolicyLog(LOG.key, "https://a.example"),),
    (
        PolicyWitness("b", WITNESS.key),
        PolicyWitness("m", MIRROR.key),
        PolicyWitness("c", keyed("c", 4).key),
    ),
    (Group("g", 2, ("b", "m")), Group("h", 1, ("g", "c"))),
    "h",
)
_GROWTH = request(5, tree.consistency_proof(leaves_of(9), 5), note_of(leaves_of(9)))

PARSERS = (
    Parser("note", _note, (bytes(NOTE), _FULL)),
    Parser("checkpoint", _checkpoint, (HEAD.text().encode(),)),
    Parser("key", _key, tuple(f"{key}".encode() for key in KEYS)),
    Parser("line", _line, tuple(f"{line}".encode() for line in (*_LINES, *NOTE.signatures))),
    Parser("policy", _policy, (bytes(_POLICY), b"# nobody\nquorum none\n")),
    Parser("request", _request, (bytes(_GROWTH), bytes(request(0, (), NOTE)))),
    Parser("answer", _answer, (b"409 17\n", b"200 " + "".join(f"{x}\n" for x in _LINES).encode())),
    Parser("tile-path", _tile_path, (b"tile/0/x001/x234/067.p/8", b"tile/entries/000")),
    Parser("bundle", _bundle, (pack_bundle(entries_of(3)), pack_bundle([b"", b"x" * 300]))),
    Parser("statement", _statement, _statements()),
)
