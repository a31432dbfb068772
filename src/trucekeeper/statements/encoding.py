"""Canonical bytes of statements: one value has one encoding, readable from any language.

JSON (RFC 8259) in UTF-8 with keys sorted by code point, no white space, integers only within ±(2^53
− 1), text in NFC over Unicode 14.0, fields at their default left out. For such values RFC 8785
gives the same bytes. At most 65,535 bytes, the entry limit of C2SP tlog-tiles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, cast

import msgspec

from trucekeeper.errors import Code
from trucekeeper.statements.kinds import BODIES, Body
from trucekeeper.statements.parts import Kind, Restated
from trucekeeper.vocabulary.ids import Reference
from trucekeeper.vocabulary.text import is_plain
from trucekeeper.vocabulary.times import Instant

ENTRY_BYTES_MAX = 65_535
INTEGER_MAX = 2**53 - 1

Officer = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,64}\\Z")]
Salt = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}\\Z")]
Commitment = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}\\Z")]


class Envelope(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What stands around every body. officer: an opaque key id. salt: 16 random bytes, outside
    `public` only."""

    kind: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9-]{0,39}\\Z")]
    version: Annotated[int, msgspec.Meta(ge=1, le=INTEGER_MAX)]
    officer: Officer
    stated_at: Instant
    body: msgspec.Raw
    language: Annotated[str, msgspec.Meta(min_length=2, max_length=35)] = "en"
    on_behalf_of: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    references: Annotated[tuple[Reference, ...], msgspec.Meta(max_length=400)] = ()
    commitments: Annotated[tuple[Commitment, ...], msgspec.Meta(max_length=50)] = ()
    salt: Salt | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an entry is kept but not admissible: the code and, in a few words, the fact. No free text
    of the entry."""

    code: Code
    fact: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """An entry as far as it could be understood. envelope and body are None where a fault stands
    instead."""

    envelope: Envelope | None
    body: Body | None
    fault: Fault | None


_ENCODER = msgspec.json.Encoder(order="sorted")
_ENVELOPE = msgspec.json.Decoder(Envelope)
_BODIES = {key: msgspec.json.Decoder(type_) for key, type_ in BODIES.items()}
_ANYTHING = msgspec.json.Decoder()
# Instants carry no fraction; msgspec writes a fraction only where there is one.
_FRACTION = re.compile(rb'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"')


def encode_body(body: Kind) -> bytes:
    """The canonical bytes of a body."""
    return _ENCODER.encode(body)


def encode(envelope: Envelope) -> bytes:
    """The canonical bytes of a statement. Its body must already be canonical."""
    return _ENCODER.encode(envelope)


def restate(body: Kind) -> Restated:
    """A body as it stands inside a correction or release."""
    return Restated(kind=body.kind, version=body.version, body=msgspec.Raw(encode_body(body)))


def decode(entry: bytes) -> Decoded:
    """An entry, checked to be canonical. Never raises: whatever is wrong is a fault."""
    if len(entry) > ENTRY_BYTES_MAX:
        return Decoded(None, None, Fault(Code.TOO_LARGE, f"{len(entry)} bytes"))
    try:
        envelope = _ENVELOPE.decode(entry)
        fault = _form_fault(entry, envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Decoded(None, None, Fault(Code.BAD_FIELD, _safe(error)))
    if fault is not None:
        return Decoded(None, None, fault)
    decoder = _BODIES.get((envelope.kind, envelope.version))
    if decoder is None:
        return Decoded(
            envelope,
            None,
            Fault(Code.NOT_UNDERSTOOD, f"{envelope.kind}, version {envelope.version}"),
        )
    body, fault = decode_body(envelope.kind, envelope.version, bytes(envelope.body))
    return Decoded(envelope, body, fault)


def decode_body(kind: str, version: int, raw: bytes) -> tuple[Body | None, Fault | None]:
    """A body of a known kind, checked to be canonical."""
    decoder = _BODIES.get((kind, version))
    if decoder is None:
        return None, Fault(Code.NOT_UNDERSTOOD, f"{kind}, version {version}")
    try:
        body = decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return None, Fault(Code.BAD_FIELD, _safe(error))
    if _ENCODER.encode(body) != raw:
        return None, Fault(Code.NOT_CANONICAL, "the body")
    return cast("Body", body), None


def _form_fault(entry: bytes, envelope: Envelope) -> Fault | None:
    if _ENCODER.encode(envelope) != entry:
        return Fault(Code.NOT_CANONICAL, "the envelope")
    if _FRACTION.search(entry):
        return Fault(Code.NOT_CANONICAL, "an instant with a fraction of a second")
    plain_ascii = entry.isascii() and b"\\" not in entry and b"\x7f" not in entry
    if not plain_ascii and not _texts_are_plain(_ANYTHING.decode(entry)):
        return Fault(Code.TEXT_NOT_ALLOWED, "a text")
    return None


def _texts_are_plain(value: object) -> bool:
    if isinstance(value, str):
        return is_plain(value)
    if isinstance(value, dict):
        return all(is_plain(key) and _texts_are_plain(inner) for key, inner in value.items())
    return not isinstance(value, list) or all(_texts_are_plain(inner) for inner in value)


def _safe(error: Exception) -> str:
    """The library's words on what was expected and where; it never quotes the value."""
    return str(error)[:200]
