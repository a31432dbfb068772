"""Property 4: every value of every kind survives its encoding, and one value has one encoding."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from trucekeeper.statements import kinds
from trucekeeper.statements.encoding import Envelope, decode, encode, encode_body
from trucekeeper.statements.kinds import BODIES
from trucekeeper.vocabulary.text import is_plain
from trucekeeper.vocabulary.times import instant

MARK = "Hidden Words"
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Co", "Cn"]),
    min_size=1,
    max_size=12,
)
INSTANTS = st.integers(946_684_800, 4_102_444_800).map(instant)


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Values of a type, by its hints: a new kind or field is covered by itself."""
    match kind:
        case inspect.Metadata(type=inner):
            return values(inner)
        case inspect.UnionType(types=options):
            return st.one_of([values(option) for option in options])
        case inspect.NoneType():
            return st.none()
        case inspect.LiteralType(values=words):
            return st.sampled_from(words)
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType(ge=low, le=high):
            return st.integers(-1_000 if low is None else low, 1_000 if high is None else high)
        case inspect.StrType(pattern=str(pattern)):
            return st.from_regex(pattern.replace("$", r"\Z"), fullmatch=True)
        case inspect.StrType(min_length=low, max_length=high):
            return TEXTS.filter(lambda t: is_plain(t) and (low or 0) <= len(t) <= (high or 99))
        case inspect.DateTimeType():
            return INSTANTS
        case inspect.DateType():
            return st.dates(date(2000, 1, 1), date(2100, 1, 1))
        case inspect.VarTupleType(item_type=item, min_length=low, max_length=high):
            return st.lists(values(item), min_size=low or 0, max_size=min(high or 2, 2)).map(tuple)
        case inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(values(key), values(value), max_size=2)
        case inspect.StructType(cls=cls):
            return structs(cls)
        case inspect.RawType():
            return st.just(msgspec.Raw(b'{"of":"a.guarantors/0"}'))
        case _:
            raise AssertionError(kind)


def structs(cls: type[Any]) -> st.SearchStrategy[Any]:
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    return st.builds(cls, **{field.name: values(field.type) for field in info.fields})


def envelope(body: Any) -> Envelope:
    return Envelope(
        kind=body.kind, version=body.version, officer="officer-1", stated_at=datetime(2031, 3, 1, tzinfo=UTC),
        body=msgspec.Raw(encode_body(body)), salt="0" * 32,
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted({str(key) for key in BODIES}))
@given(st.data())
def test_every_value_of_every_kind_survives_its_encoding(name: str, data: st.DataObject) -> None:
    cls = next(cls for key, cls in BODIES.items() if str(key) == name)
    body = data.draw(structs(cls))
    entry = encode(envelope(body))
    decoded = decode(entry)
    if decoded.fault is not None:
        # What the types cannot say (text in NFC, a place without a point) is told, never raised.
        assert decoded.fault.code.id.startswith("S-")
        return
    assert decoded.body == body
    assert decoded.envelope is not None
    assert decoded.body is not None
    assert encode(decoded.envelope) == entry
    assert encode_body(decoded.body) == encode_body(body)


def told(**changes: Any) -> bytes:
    """An entry whose JSON is changed after it was made."""
    made = json.loads(encode(envelope(kinds.Comment(subject="a.guarantors/0", text=MARK))))
    made |= changes
    return json.dumps(made, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_the_words_of_a_statement_are_in_no_message() -> None:
    good = told()
    assert decode(good).fault is None
    broken = [
        good + b" ",
        b" " + good,
        good.replace(b":", b": ", 1),
        good[:-1],
        good.replace(MARK.encode(), MARK.encode() + b"\\u0000"),
        good.replace(MARK.encode(), b"e\xcc\x81" + MARK.encode()),
        good.replace(b'"text"', b'"text":"x","text"'),
        told(more=MARK),
        told(version=1.5),
        told(kind=MARK),
        told(officer=MARK),
        told(stated_at=MARK),
        told(salt=None),
        told(references=[{"log": MARK, "index": 0, "leaf": MARK}]),
        told(body={"text": MARK}),
        told(body={"subject": MARK, "text": 7}),
        told(body=MARK),
    ]
    for entry in broken:
        fault = decode(entry).fault
        assert fault is not None, entry
        assert MARK not in fault.fact
        assert "Hidden" not in str(fault)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_told_and_never_raise(data: bytes) -> None:
    assert decode(data).fault is not None


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_a_changed_entry_is_another_value_or_refused(at: int, put: bytes) -> None:
    good = told()
    place = at % len(good)
    changed = good[:place] + put + good[place + len(put) :]
    decoded = decode(changed)
    if decoded.fault is None and changed != good:
        assert decoded.envelope is not None
        assert encode(decoded.envelope) == changed
