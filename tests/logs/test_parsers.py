"""Whatever bytes another node sends, a parser takes them or says NoteError: no other error, no hang,
no memory beyond a few times what was sent."""

from __future__ import annotations

import os
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.parsers import KEYS, PARSERS, Parser
from trucekeeper.logs.note import NOTE_BYTES_MAX, NoteError, VerifierKey, parse_key, parse_note
from trucekeeper.logs.policy import POLICY_BYTES_MAX, parse_policy
from trucekeeper.logs.witness import REQUEST_BYTES_MAX, parse_request

LONG = os.environ.get("TRUCEKEEPER_HYPOTHESIS") == "long"
by_name = pytest.mark.parametrize("parser", PARSERS, ids=lambda p: p.name)
#: What means something in one of the formats.
WORDS = [
    b"\n", b"\n\n", b" ", b"\t", b"0", b"9" * 19, b"-1", b"old ", b"+", "—".encode(), b"\xed\xa0\x80",
    b"\xff", b"\x00", b"AAAA", b"==", b"none", b"group g any ", b"quorum ", b"witness w ", b"log ",
    b"tile/", b"x999/", b".p/", b"{", b"[", b'"', b"e9", b"\xe2\x80\xa8", b"\r\n", b"409 ",
]  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn, valid: tuple[bytes, ...]) -> bytes:
    """Something valid with a few parts cut out, doubled, swapped for others or changed."""
    data = draw(st.sampled_from(valid))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = draw(st.integers(at, min(len(data), at + 40)))
        part = draw(st.sampled_from([b"", data[at:end] * 2, *WORDS]) | st.binary(max_size=4))
        data = data[:at] + part + data[end:]
    return data


@by_name
def test_what_is_valid_is_taken(parser: Parser) -> None:
    for data in parser.valid:
        parser.read(data)


@by_name
@given(data=st.binary(max_size=300) | st.lists(st.sampled_from(WORDS), max_size=40).map(b"".join))
def test_any_bytes(parser: Parser, data: bytes) -> None:
    with suppress(NoteError):
        parser.read(data)


@by_name
@given(choice=st.data())
def test_what_was_valid_before_it_was_spoilt(parser: Parser, choice: st.DataObject) -> None:
    with suppress(NoteError):
        parser.read(choice.draw(spoilt(parser.valid)))


@by_name
def test_long_input_takes_memory_in_proportion(parser: Parser) -> None:
    """A lot of whatever is cheap to send. At most 128 bytes are held for one: a bundle of empty
    entries takes nearly that, unpacked and packed again."""
    length = 1_000_000 if LONG else 100_000
    for word in (*WORDS, *(b"%b\n" % line for line in parser.valid[0].splitlines()[:3])):
        data = (word * (length // len(word) + 1))[:length]
        tracemalloc.start()
        try:
            with suppress(NoteError):
                parser.read(data)
            assert tracemalloc.get_traced_memory()[1] < 100_000 + 128 * length
        finally:
            tracemalloc.stop()


def test_what_is_over_the_limit_is_refused_unread() -> None:
    for read, limit in (
        (parse_note, NOTE_BYTES_MAX),
        (parse_policy, POLICY_BYTES_MAX),
        (parse_request, REQUEST_BYTES_MAX),
    ):
        with pytest.raises(NoteError):
            read(b"\n" * (limit + 1))


@pytest.mark.parametrize("key", KEYS, ids=lambda k: f"{k.name} {k.type}")
def test_keys_of_every_other_length_are_refused(key: VerifierKey) -> None:
    for public in (b"", key.public[:-1], key.public + b"\0", key.public * 2):
        with pytest.raises(NoteError):
            parse_key(str(VerifierKey(key.name, key.type, public)))
    for type in (0, 2, 3, 5, 0xFF):
        with pytest.raises(NoteError):
            parse_key(str(VerifierKey(key.name, type, key.public)))
    for name in ("", "a b", "a+b", "a\u00a0b", "a\x01", "a\ud800"):
        with pytest.raises(NoteError):
            parse_key(f"{name}+00000000+AAAA")
