"""What a node answers to whom: only what the reader may read, bounded, and nothing else even exists."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.functional.test_nodes import NOON, node, says
from tests.replication.members import identity, peer, signers
from trucekeeper.errors import Code, NodeError
from trucekeeper.replication.exchange import Exchange
from trucekeeper.replication.limits import STRANGER, Rate, Rates
from trucekeeper.replication.message import REQUEST_BYTES_MAX, Request
from trucekeeper.replication.signing import sign

REPORT = "mortar-fire at Karsk by d-army on e-brigades killed 2"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    """The node of a, which has stated to the guarantors and to the public."""
    held = node(tmp_path_factory.mktemp("exchange") / "a", "a")
    says(held, REPORT)
    says(held, REPORT, circle="public")
    return Exchange(held.folder.disk, held.agreement, identity("a"), lambda: float(NOON))


def signed(request: Request, reader: str, nonce: str, **changes: object) -> Request:
    signer = signers(reader, "node")[0]
    told = {"at": NOON, "nonce": nonce, "tag": "spec/a"} | changes
    return sign(request, signer.key, signer.sign, **told)  # type: ignore[arg-type]


def get(path: str) -> Request:
    return Request("GET", "a.example", path)


def test_a_member_reads_its_circles_and_everybody_the_public(exchange: Exchange) -> None:
    read = {
        who: set(peer(who, "a", exchange.answer, clock=exchange.clock).heads())
        for who in ("b", "un", "d", None)
    }
    assert read["b"] == read["un"] == {"a.guarantors", "a.public"}
    assert read["d"] == read[None] == {"a.public"}


def test_the_roster_tells_no_more_than_the_heads(exchange: Exchange) -> None:
    told = {
        who: {
            row.log for row in peer(who, "a", exchange.answer, clock=exchange.clock).about().roster
        }
        for who in ("b", "d")
    }
    assert told == {"b": {"a.guarantors", "a.public"}, "d": {"a.public"}}


@pytest.mark.parametrize(
    "path",
    [
        "/a.guarantors/checkpoint",
        "/a.guarantors/tile/0/000.p/1",
        "/a.guarantors/tile/entries/000.p/1",
        f"/{hashlib.sha256(b'spec/a.guarantors').hexdigest()}/checkpoint",
        f"/payloads/{'0' * 64}",
    ],
)
def test_what_one_may_not_read_is_answered_as_what_does_not_exist(
    exchange: Exchange, path: str
) -> None:
    none = exchange.answer(get("/nobody.nowhere/checkpoint"))
    assert none.status == 404
    assert exchange.answer(get(path)) == none
    assert exchange.answer(signed(get(path), "d", hashlib.md5(path.encode()).hexdigest())) == none  # noqa: S324  # a nonce


@pytest.mark.parametrize("origin", ["spec/a.guarantors", "spec/x.nowhere", ""])
def test_a_head_of_a_log_that_one_may_not_read_is_answered_alike(
    exchange: Exchange, origin: str
) -> None:
    body = f"old 0\n\n{origin}\n1\nAAAA\n\n— x AAAA\n".encode()
    answers = [
        exchange.answer(Request("POST", "a.example", "/add-checkpoint", {}, body)),
        exchange.answer(get("/nobody.nowhere/checkpoint")),
    ]
    assert answers[0] == answers[1]


def test_an_unknown_key_reads_what_is_public_and_a_wrong_signature_is_refused(
    exchange: Exchange,
) -> None:
    stranger = signed(get("/heads"), "b", "11" * 16)
    renamed = {k: v.replace("spec/b/node", "spec/b/other") for k, v in stranger.headers.items()}
    unknown = exchange.answer(replace(stranger, headers=renamed))
    assert unknown.status == 200
    assert b"guarantors" not in unknown.body
    forged = {**stranger.headers, "signature": f"node=:{'A' * 86}==:"}
    assert exchange.answer(replace(stranger, headers=forged)).status == 401


def test_a_request_counts_once_here_and_now(exchange: Exchange) -> None:
    request = signed(get("/heads"), "b", "22" * 16)
    assert exchange.answer(request).status == 200
    assert exchange.answer(request).status == 401
    assert exchange.answer(signed(get("/heads"), "b", "23" * 16, at=NOON - 999)).status == 401


def test_a_request_for_another_node_is_not_carried_here(exchange: Exchange) -> None:
    """The opposing party, which b asked for its public log, brings the same request to a."""
    carried = signed(get("/heads"), "b", "33" * 16, tag="spec/d")
    assert exchange.answer(carried).status == 401


def test_files_come_with_the_right_to_keep_them(exchange: Exchange) -> None:
    public = exchange.answer(get("/a.public/tile/entries/000.p/1"))
    own = exchange.answer(signed(get("/a.guarantors/checkpoint"), "b", "44" * 16))
    assert public.headers["cache-control"].startswith("public")
    assert own.headers["cache-control"] == "no-cache"
    again = signed(get("/a.guarantors/checkpoint"), "b", "45" * 16)
    again = replace(again, headers={**again.headers, "if-none-match": own.headers["etag"]})
    assert exchange.answer(again).status == 304
    packed = exchange.answer(
        Request("GET", "a.example", "/a.public/tile/entries/000.p/1", {"accept-encoding": "gzip"})
    )
    assert gzip.decompress(packed.body) == public.body


def test_what_was_not_signed_yet_is_not_served(exchange: Exchange) -> None:
    path = "logs/a.public/tile/entries/000.p/2"
    exchange.disk.write(path, b"\0\1x\0\1y")
    assert exchange.answer(get("/a.public/tile/entries/000.p/2")).status == 404
    exchange.disk.remove(path)


def test_only_reading_and_heads_are_taken(exchange: Exchange) -> None:
    assert exchange.answer(Request("DELETE", "a.example", "/heads")).status == 405
    large = Request("POST", "a.example", "/add-checkpoint", {}, b"x" * (REQUEST_BYTES_MAX + 1))
    assert exchange.answer(large).status == 413


def test_a_stranger_who_asks_too_often_waits(tmp_path: Path) -> None:
    held = node(tmp_path / "a", "a")
    now = [float(NOON)]
    exchange = Exchange(held.folder.disk, held.agreement, identity("a"), lambda: now[0])
    statuses = [exchange.answer(get("/heads")).status for _ in range(int(STRANGER.burst) + 1)]
    assert (statuses[-2], statuses[-1]) == (200, 429)
    assert peer("b", "a", exchange.answer, clock=lambda: now[0]).heads() == {}
    now[0] += 1
    assert exchange.answer(get("/heads")).status == 200
    while exchange.answer(get("/heads")).status == 200:
        pass
    stranger = peer(None, "a", exchange.answer, clock=lambda: now[0])
    with pytest.raises(NodeError) as raised:
        stranger.heads()
    assert raised.value.problems[0].code is Code.REFUSED


def test_a_bucket_fills_evenly_and_forgets_who_stays_away() -> None:
    now = [0.0]
    rates = Rates(lambda: now[0])
    rate = Rate(2, 3)
    assert [rates.take("x", rate) for _ in range(4)] == [True, True, True, False]
    now[0] += 0.5
    assert [rates.take("x", rate) for _ in range(2)] == [True, False]
    now[0] -= 100  # a clock that was set back gives nothing
    assert rates.take("x", rate) is False
    for other in range(5_000):
        rates.take(f"{other}", rate)
    assert len(rates._held) <= 4_096


@given(
    st.sampled_from(["GET", "POST", "PUT", ""]),
    st.text(max_size=120),
    st.dictionaries(
        st.sampled_from(["signature", "signature-input", "content-digest", "if-none-match"]),
        st.text(max_size=80),
    ),
    st.binary(max_size=400),
)
def test_no_request_makes_it_fail(
    exchange: Exchange, method: str, target: str, headers: dict[str, str], body: bytes
) -> None:
    exchange._rates = Rates(exchange.clock)
    answer = exchange.answer(Request(method, "a.example", f"/{target}", headers, body))
    assert answer.status in (200, 400, 401, 404, 405)
    assert b"guarantors" not in answer.body
