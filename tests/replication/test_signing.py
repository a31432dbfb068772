"""Signed requests: RFC 9421's own vector, and every way in which a signature may not count."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from trucekeeper.keys.custody import signer_from_seed
from trucekeeper.replication.message import Request
from trucekeeper.replication.signing import (
    WINDOW_SECONDS,
    Seen,
    SignatureError,
    content_digest,
    read_signature,
    sign,
    signature_base,
    verify,
)

NODE = signer_from_seed("spec/a/node", b"\1" * 32)
NOW = 1_930_000_000
READ = Request("GET", "b.example", "/heads?all")
TOLD = Request("POST", "b.example:8018", "/add-checkpoint", body=b"old 0\n\n")


def signed(request: Request, **changes: Any) -> Request:
    told: dict[str, Any] = {"at": NOW, "nonce": "ab" * 16, "tag": "spec/b"} | changes
    return sign(request, NODE.key, NODE.sign, **told)


def check(request: Request) -> None:
    said = read_signature(request)
    assert said is not None
    verify(request, said, NODE.key)


def test_the_vector_of_rfc_9421_b_2_6() -> None:
    seed = base64.urlsafe_b64decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU=")
    request = Request(
        "POST",
        "example.com",
        "/foo?param=Value&Pet=dog",
        {
            "date": "Tue, 20 Apr 2021 02:07:55 GMT",
            "content-type": "application/json",
            "content-length": "18",
        },
        b'{"hello": "world"}',
    )
    components = ("date", "@method", "@path", "@authority", "content-type", "content-length")
    parameters = '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"'
    base = signature_base(request, components, parameters)
    assert base.decode().splitlines()[:3] == [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
    ]
    made = Ed25519PrivateKey.from_private_bytes(seed).sign(base)
    assert (
        base64.b64encode(made)
        == b"wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    )


def test_the_digests_of_rfc_9530() -> None:
    assert (
        content_digest(b'{"hello": "world"}\n')
        == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    )
    assert content_digest(b"") == "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"


@pytest.mark.parametrize("request_", [READ, TOLD, Request("GET", "B.example", "/")])
def test_what_is_signed_verifies(request_: Request) -> None:
    check(signed(request_))


@pytest.mark.parametrize(
    "change",
    [
        {"method": "DELETE"},
        {"authority": "c.example"},
        {"target": "/add-checkpoint?x"},
        {"target": "/other"},
        {"body": b"old 1\n\n"},
    ],
    ids=str,
)
def test_what_was_changed_on_the_way_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SignatureError):
        check(replace(signed(TOLD), **change))


def test_a_body_whose_digest_was_changed_with_it_is_refused() -> None:
    made = signed(TOLD)
    headers = {**made.headers, "content-digest": content_digest(b"old 1\n\n")}
    with pytest.raises(SignatureError):
        check(replace(made, headers=headers, body=b"old 1\n\n"))


def test_a_signature_that_leaves_something_out_is_refused() -> None:
    made = signed(TOLD)
    for name in ("@method", "@authority", "@path", "@query", "content-digest"):
        given_ = made.headers["signature-input"].replace(f'"{name}"', '"date"')
        with pytest.raises(SignatureError):
            read_signature(replace(made, headers={**made.headers, "signature-input": given_}))


def test_a_request_is_taken_once_and_only_now() -> None:
    now = [float(NOW)]
    seen = Seen(lambda: now[0])

    def take(**changes: Any) -> None:
        said = read_signature(signed(READ, **changes))
        assert said is not None
        seen.take(said)

    take()
    with pytest.raises(SignatureError, match="used before"):
        take()
    take(nonce="cd" * 16)
    with pytest.raises(SignatureError, match="before this node started"):
        take(at=NOW - 1, nonce="ef" * 16)
    with pytest.raises(SignatureError, match="seconds from"):
        take(at=NOW + WINDOW_SECONDS + 1, nonce="ef" * 16)
    now[0] += 3 * WINDOW_SECONDS
    with pytest.raises(SignatureError, match="seconds from"):
        take()
    take(at=int(now[0]))


def test_half_a_signature_is_none_and_no_signature_is_nobody() -> None:
    assert read_signature(READ) is None
    made = signed(READ)
    for name in ("signature", "signature-input"):
        with pytest.raises(SignatureError):
            read_signature(replace(READ, headers={name: made.headers[name]}))


@given(st.text(max_size=300), st.text(max_size=120))
def test_no_header_makes_it_fail_in_another_way(given_: str, signature: str) -> None:
    try:
        read_signature(replace(READ, headers={"signature-input": given_, "signature": signature}))
    except SignatureError:
        return


@given(st.data())
def test_a_signature_with_some_characters_changed_is_refused(data: st.DataObject) -> None:
    made = signed(TOLD)
    name = data.draw(st.sampled_from(["signature-input", "signature", "content-digest"]))
    text = made.headers[name]
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.text(min_size=0, max_size=3).filter(lambda new: new != text[at]))
    with pytest.raises(SignatureError):
        check(replace(made, headers={**made.headers, name: text[:at] + put + text[at + 1 :]}))
