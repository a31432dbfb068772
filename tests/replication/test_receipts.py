"""Receipts: given for what follows and for nothing else, kept before they are given, and no agreement."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.functional.test_nodes import NOON, node, says, still
from tests.replication.members import identity, known
from trucekeeper import workspace
from trucekeeper.errors import Code, NodeError
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.cosignature import receipts
from trucekeeper.logs.note import Note, SignatureLine, parse_note
from trucekeeper.logs.witness import request
from trucekeeper.replication.exchange import Exchange
from trucekeeper.replication.message import Request, Response
from trucekeeper.replication.witness import Witness, add_receipts, ask, own_tiles
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.workspace import Node

REPORT = "mortar-fire at Karsk by d-army on e-brigades killed 2"
LOG = LogName("a.guarantors")


def witness(held: Node, *, seen: list[Note] | None = None) -> Witness:
    """The witness of b, which has the row of a's log on its roster."""

    def suspects(_log: LogName, note: Note) -> None:
        if seen is not None:
            seen.append(note)

    return Witness(
        held.folder.disk,
        held.agreement,
        identity("b"),
        lambda: float(NOON),
        held.folder.key,
        suspects=suspects,
    )


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Node, Node]:
    a, b = node(tmp_path / "a", "a"), node(tmp_path / "b", "b")
    says(a, REPORT)
    b.sync(tmp_path / "a")
    return a, b


def body(held: Node, old: int) -> bytes:
    """The request of a log's author for its head as it is now."""
    note = parse_note(held.folder.disk.read(f"logs/{LOG}/checkpoint"))
    size = parse_checkpoint(note.text).size
    proof = own_tiles(held.folder.disk, LOG, size).consistency(min(old, size), size)
    return bytes(request(old, proof, note))


def kinds(response: Response, text: str) -> list[tuple[str, int]]:
    lines = parse_note(text.encode() + b"\n" + response.body)
    keys = (*known("b", "witness"), *known("b", "mirror"))
    return [(r.name.rpartition("/")[2], r.type) for r in receipts(lines, keys)]


def test_a_head_that_follows_gets_receipts_of_both_kinds_of_key(pair: tuple[Node, Node]) -> None:
    a, b = pair
    text = a.held[LOG].checkpoint.text()
    answer = witness(b).add_checkpoint(LOG, body(a, 1), "a")
    assert answer.status == 200
    assert kinds(answer, text) == [("mirror", 4), ("mirror", 6), ("witness", 4), ("witness", 6)]


def test_the_mirror_s_receipt_is_given_only_once_the_data_is_held(pair: tuple[Node, Node]) -> None:
    a, b = pair
    says(a, REPORT)
    text = a.held[LOG].checkpoint.text()
    answer = witness(b).add_checkpoint(LOG, body(a, 1), "a")
    assert kinds(answer, text) == [("witness", 4), ("witness", 6)]
    b.sync(a.folder.path)
    witness(b).hold(LOG)
    again = witness(b).add_checkpoint(LOG, body(a, 2), "a")
    assert {name for name, _ in kinds(again, text)} == {"witness", "mirror"}


def test_what_does_not_follow_gets_none_and_is_remembered(pair: tuple[Node, Node]) -> None:
    a, b = pair
    shutil.copytree(a.folder.path, a.folder.path.parent / "other")
    other = still(workspace.open(a.folder.path.parent / "other"))
    says(a, REPORT)
    says(other, "mortar-fire at Karsk by d-army on e-brigades killed 7")
    seen: list[Note] = []
    guard = witness(b, seen=seen)
    assert guard.add_checkpoint(LOG, body(a, 1), "a").status == 200
    assert guard.add_checkpoint(LOG, body(other, 2), "a").status in (409, 422)
    says(other, REPORT)
    assert guard.add_checkpoint(LOG, body(other, 2), "a").status == 422
    stale = guard.add_checkpoint(LOG, body(a, 1), "a")
    assert (stale.status, stale.body, stale.headers["content-type"]) == (
        409, b"2\n", "text/x.tlog.size",
    )  # fmt: skip
    assert len(seen) == 2
    assert guard.add_checkpoint(LOG, b"old x\n\n", "a").status == 400


def test_what_was_witnessed_is_kept_before_the_receipt_leaves(pair: tuple[Node, Node]) -> None:
    a, b = pair
    says(a, REPORT)
    assert witness(b).add_checkpoint(LOG, body(a, 1), "a").status == 200
    exchange = Exchange(b.folder.disk, b.agreement, identity("b"), lambda: float(NOON))
    (path,) = (p for p in b.folder.disk.files("witness") if p.endswith("/checkpoint"))
    kept = b.folder.disk.read(f"witness/{path}")
    assert parse_note(kept).text == a.held[LOG].checkpoint.text()
    assert exchange.answer(Request("GET", "b.example", f"/{path}")).status == 404
    assert witness(b).add_checkpoint(LOG, body(a, 1), "a").status == 409


def test_receipts_beside_a_head_do_not_crowd_out_its_own_signature(pair: tuple[Node, Node]) -> None:
    a, b = pair
    held = parse_note(b.folder.disk.read(f"logs/{LOG}/checkpoint"))
    (line, *_) = held.signatures
    forged = SignatureLine(line.name, line.key_id, bytes(64))
    add_receipts(b.folder.disk, LOG, Note(held.text, (forged,)))
    assert parse_note(b.folder.disk.read(f"logs/{LOG}/checkpoint")).signatures[0] == line
    assert b.folder.held(LOG).size == 1
    assert a.folder.held(LOG).size == 1


class Says:
    """A peer that answers as it is told."""

    def __init__(self, answers: Iterable[Response]) -> None:
        self.answers = iter(answers)
        self.name, self.authority = "b", "b.example"

    def post(self, _path: str, _body: bytes) -> Response:
        return next(self.answers)


def answer(status: int, body: bytes = b"", type_: str = "text/plain") -> Response:
    return Response(status, body, {"content-type": type_})


SIZE = "text/x.tlog.size"


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([answer(409, b"0\n", SIZE)] * 9, Code.REFUSED),
        ([answer(409, b"x\n", SIZE)], Code.BAD_ANSWER),
        ([answer(422)], Code.REFUSED),
        ([answer(500, b"\xff")], Code.REFUSED),
        ([answer(200, b"no line\n")], Code.BAD_ANSWER),
        ([answer(200, b"")], Code.BAD_ANSWER),
    ],
    ids=["other sizes for ever", "no size", "refused", "failed", "no line", "nothing"],
)
def test_answers_that_are_no_receipts_are_told(
    pair: tuple[Node, Node], answers: list[Response], code: Code
) -> None:
    disk, key = pair[0].folder.disk, pair[0].folder.key(LOG)
    with pytest.raises(NodeError) as raised:
        ask(Says(answers), disk, LOG, key, 0, known("b", "witness"))  # type: ignore[arg-type]  # what is needed of a peer
    assert raised.value.problems[0].code is code


def test_a_peer_that_follows_another_size_is_asked_again(pair: tuple[Node, Node]) -> None:
    a, b = pair
    guard = witness(b)
    sent: list[bytes] = []

    class There(Says):
        def post(self, _path: str, body: bytes) -> Response:
            sent.append(body)
            return guard.add_checkpoint(LOG, body, "a")

    asked = ask(There([]), a.folder.disk, LOG, a.folder.key(LOG), 0, known("b", "witness"))  # type: ignore[arg-type]  # what is needed of a peer
    assert (asked.size, len(sent)) == (1, 2)
    assert asked.receipts is not None
    assert {line.name for line in asked.receipts.signatures} == {"spec/b/witness"}
    gone = ask(Says([answer(404)]), a.folder.disk, LOG, a.folder.key(LOG), 0, ())  # type: ignore[arg-type]  # what is needed of a peer
    assert gone.size is None
    more = ask(Says([answer(409, b"9\n", SIZE)]), a.folder.disk, LOG, a.folder.key(LOG), 0, ())  # type: ignore[arg-type]  # what is needed of a peer
    assert more.size == 9


@given(data=st.data())
def test_no_body_makes_a_witness_fail_or_sign(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    if not MADE:
        folder = tmp_path_factory.mktemp("bodies")
        a, b = node(folder / "a", "a"), node(folder / "b", "b")
        says(a, REPORT)
        b.sync(folder / "a")
        MADE.append((b, body(a, 1)))
    ((held, sound),) = MADE
    at = data.draw(st.integers(0, len(sound) - 1))
    sent = data.draw(
        st.one_of(
            st.binary(max_size=300),
            st.binary(max_size=4).map(lambda new: sound[:at] + new + sound[at + 1 :]),
        )
    )
    response = witness(held).add_checkpoint(LOG, sent, None)
    assert response.status in (200, 400, 403, 404, 409, 422)
    if response.status == 200:
        text = parse_note(sent.partition(b"\n\n")[2]).text
        assert text == parse_note(sound.partition(b"\n\n")[2]).text


MADE: list[tuple[Node, bytes]] = []  # once: the cases change nothing of it
