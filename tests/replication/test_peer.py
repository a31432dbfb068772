"""A peer over HTTP: what is believed of an answer is little, and it is bounded in every way."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.functional.test_nodes import NOON, node, says
from tests.replication.members import identity, peer
from trucekeeper.errors import Code, NodeError
from trucekeeper.replication.exchange import Exchange
from trucekeeper.replication.message import Request, Response
from trucekeeper.replication.peer import HttpSend, read_peers, split_url, unpacked
from trucekeeper.replication.serve import Listening, listen
from trucekeeper.storage.disk import RealDisk

REPORT = "mortar-fire at Karsk by d-army on e-brigades killed 2"
ASKED = Request("GET", "peer.example", "/heads")


def clock() -> float:
    return float(NOON)


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """An address that answers each connection with the next of these bytes, and ends it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

    thread = Thread(target=run, daemon=True)
    thread.start()
    with listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def code_over(url: str, *, seconds: float = 20.0) -> Code:
    """What is wrong with the heads of an address."""
    send = HttpSend(url, seconds=seconds)
    try:
        return code_of(peer("b", "a", send, clock=clock).heads)
    finally:
        send.close()


def code_of(ask: Callable[[], object]) -> Code:
    with pytest.raises(NodeError) as raised:
        ask()
    return raised.value.problems[0].code


def test_answers_leave_at_once() -> None:
    listener = listen("127.0.0.1", 0)
    with listener:
        assert (
            listener.proto == socket.IPPROTO_TCP
        )  # what asyncio needs to see to send without delay


def test_over_a_real_line_it_is_the_same(tmp_path: Path) -> None:
    held = node(tmp_path / "a", "a")
    says(held, REPORT)
    exchange = Exchange(held.folder.disk, held.agreement, identity("a"), clock, prefix="/a")
    with Listening([exchange], "127.0.0.1", 0) as listening:
        send = HttpSend(listening.address)
        there = peer("b", "a", send, clock=clock, authority=send.authority, prefix="/a")
        assert set(there.heads()) == set(there.heads()) == {"a.guarantors"}
        source = there.source(next(iter(there.heads())))
        assert source.read("checkpoint") == held.held["a.guarantors"].note  # type: ignore[index]  # a log's name
        assert source.read("tile/0/000.p/1") is not None
        assert source.read("tile/0/000") is None
        large = there.post("/add-checkpoint", b"x" * 600_000)
        assert large.status == 413
        assert there.heads()
        elsewhere = peer("b", "a", send, clock=clock, authority=send.authority, prefix="/z")
        assert code_of(elsewhere.heads) is Code.REFUSED
        send.close()


def test_nobody_there_is_a_problem() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    assert code_over(url) is Code.UNREACHABLE


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", Code.REFUSED),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nxyz", Code.REFUSED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nxyz", Code.BAD_ANSWER),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nxyz", Code.UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", Code.UNREACHABLE),
        (b"\0\1\2\r\n\r\n", Code.UNREACHABLE),
        (b"", Code.UNREACHABLE),
    ],
    ids=["redirect", "failure", "no heads", "cut off", "headers", "no HTTP", "nothing"],
)  # fmt: skip
def test_an_answer_of_another_kind_is_told(answer: bytes, code: Code) -> None:
    with answering(answer) as url:
        assert code_over(url) is code


def test_an_answer_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trucekeeper.replication.peer.BODY_BYTES_MAX", 100_000)
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000
    with answering(endless) as url:
        assert code_over(url) is Code.UNREACHABLE
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab") as url:
        assert code_over(url, seconds=0.0001) is Code.UNREACHABLE


def test_a_packed_answer_is_bounded_before_it_is_unpacked() -> None:
    bomb = Response(200, gzip.compress(b"\0" * 1_000_000), {"content-encoding": "gzip"})
    assert unpacked(bomb, 1_000_000) == b"\0" * 1_000_000
    for body, limit, encoding in (
        (bomb.body, 999_999, "gzip"),
        (bomb.body[:-9], 1_000_000, "gzip"),
        (bomb.body + b"x", 1_000_000, "gzip"),
        (b"plain", 10, "gzip"),
        (b"plain", 10, "br"),
        (b"plain", 3, ""),
    ):
        with pytest.raises(ValueError, match=r"."):
            unpacked(Response(200, body, {"content-encoding": encoding}), limit)


@given(st.integers(200, 599), st.binary(max_size=200), st.sampled_from(["", "gzip", "x"]))
def test_no_answer_makes_it_fail_in_another_way(status: int, body: bytes, encoding: str) -> None:
    def send(_request: Request) -> Response:
        return Response(status, body, {"content-encoding": encoding})

    there = peer("b", "a", send, clock=clock)
    for ask in (there.heads, there.about, lambda: there.file("/a.public/checkpoint")):
        try:
            ask()
        except NodeError as error:
            assert error.problems[0].code in (Code.REFUSED, Code.BAD_ANSWER)  # noqa: PT017  # any or none


@given(st.recursive(st.none() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["heads", "a.public", "roster", "log", "key"]), inner, max_size=3), max_leaves=8))  # fmt: skip
def test_no_heads_make_it_fail_in_another_way(value: object) -> None:
    body = msgspec.json.encode(value)
    there = peer("b", "a", lambda _: Response(200, body), clock=clock)
    try:
        there.heads()
        there.about()
    except NodeError as error:
        assert error.problems[0].code is Code.BAD_ANSWER  # noqa: PT017  # or none


@pytest.mark.parametrize(
    "text",
    [
        "peers = 3",
        '[[peers]]\nparticipant = "a"\n',
        '[[peers]]\nparticipant = "a"\nurl = "ftp://x"\n',
        '[[peers]]\nparticipant = "a"\nurl = "https://user@x/"\n',
        '[[peers]]\nparticipant = "a"\nurl = "https://x:99999/"\n',
        '[[peers]]\nparticipant = "a"\nurl = "https://x/?q"\n',
        "\0",
    ],
)
def test_a_list_of_peers_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "peers.toml").write_text(text)
    assert code_of(lambda: read_peers(RealDisk(tmp_path))) is Code.BAD_PEERS


def test_peers_are_read_as_written(tmp_path: Path) -> None:
    assert read_peers(RealDisk(tmp_path)) == ()
    (tmp_path / "peers.toml").write_text('[[peers]]\nparticipant = "a"\nurl = "https://x:8/y/"\n')
    (found,) = read_peers(RealDisk(tmp_path))
    assert (found.participant, split_url(found.url)) == ("a", ("https", "x:8", "/y"))
