"""The parts of which statement bodies are made: places, observers, what stands inside a kind."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from trucekeeper.statements.commitment import FIELDS_MAX, ROWS_MAX
from trucekeeper.vocabulary.ids import Leaf, Log, Ref
from trucekeeper.vocabulary.places import Latitude, Longitude, Metres
from trucekeeper.vocabulary.quantities import Whole
from trucekeeper.vocabulary.times import Instant
from trucekeeper.vocabulary.words import KeyRole

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Names = Annotated[tuple[Name, ...], msgspec.Meta(max_length=50)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
#: The greatest file in payloads/: what is padded to 64 MiB, and age's own bytes around it.
FILE_BYTES_MAX = 2**26 + 2**16
PaddedSize = Annotated[int, msgspec.Meta(ge=1, le=FILE_BYTES_MAX)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}\\Z")]
Refs = tuple[Ref, ...]
#: A verifier key, the longest of which are of type ML-DSA-44, or an age recipient.
KeyText = Annotated[str, msgspec.Meta(min_length=1, max_length=2_500)]
SignatureText = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every kind has: its name and version. These are no fields; the envelope carries them."""

    kind: ClassVar[str] = ""
    version: ClassVar[int] = 1


class Place(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Where something was: a point with its radius, or a coded area, or both; and the name as
    stated."""

    lat_e6: Latitude | None = None
    lon_e6: Longitude | None = None
    radius_m: Metres | None = None
    code: Word | None = None
    name: Name | None = None
    #: The area that a publisher names beside the point, kept where it disagrees with the map.
    area_name: Name | None = None


class Observer(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """From where something was observed. bearing_deg: clockwise from true north."""

    place_name: Name | None = None
    lat_e6: Latitude | None = None
    lon_e6: Longitude | None = None
    radius_m: Metres | None = None
    bearing_deg: Annotated[int, msgspec.Meta(ge=0, le=359)] | None = None
    distance_m: Metres | None = None


class TallyPart(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The count of one area. count absent: the area was named without a number. codes: empty where
    it was not split."""

    area_name: Name
    codes: tuple[Word, ...] = ()
    count: Whole | None = None


class Judgement(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What `by` says of some of the cases that another registered."""

    by: Word
    says: Literal["confirmed", "not-confirmed", "target-excluded", "out-of-scope"]
    count: Whole
    group: Name | None = None


class Custody(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One step of custody: when, what was done, by which function. Functions, not names."""

    at: Instant
    step: Literal[
        "collected",
        "received",
        "copied",
        "sealed",
        "opened",
        "examined",
        "handed-over",
        "returned",
        "destroyed",
    ]
    by: Word


class Restated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body of some kind, inside a correction or release."""

    kind: Word
    version: Annotated[int, msgspec.Meta(ge=1)]
    body: msgspec.Raw


class KeyRow(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A key and what it is for. key: a C2SP verifier key, or an age recipient. first_index,
    end_index: for which entries of `log`, half-open; end_root: the root of the log at that end."""

    role: KeyRole
    key: KeyText
    log: Log | None = None
    first_index: Whole | None = None
    end_index: Whole | None = None
    end_root: Leaf | None = None


class Sitting(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A sitting of the mechanism: when, and who was there."""

    name: Name
    at: Instant
    present: tuple[Word, ...]
    absent: tuple[Word, ...] = ()


class SealedFile(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A file in payloads/, by what can be told of it without opening it. ciphertext: SHA-256 of the
    file, which is its name. bytes_padded: its size. commitment: salted, to what it holds.
    recipients: participants that can open it; the author is one of them without being named."""

    ciphertext: Sha256
    bytes_padded: PaddedSize
    commitment: Sha256
    recipients: Annotated[tuple[Word, ...], msgspec.Meta(min_length=1, max_length=50)]


class SealedList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a sealed payload is a list, committed to cell by cell. rows: how many, without the row
    of names; fields: how many each has. root: salted, over all."""

    root: Sha256
    rows: Annotated[int, msgspec.Meta(ge=0, le=ROWS_MAX)]
    fields: Annotated[int, msgspec.Meta(ge=1, le=FIELDS_MAX)]


class SeenHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The head of another log as its reader held it. root: hexadecimal."""

    log: Log
    size: Annotated[int, msgspec.Meta(ge=1)]
    root: Leaf


Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
#: A proof in a tree of fewer than 2^63 leaves has at most as many steps.
Path = Annotated[tuple[Hash, ...], msgspec.Meta(max_length=64)]


class SignedHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A head as its log signed it. root: hexadecimal. signature: what stands after the name in the
    note's signature line, base64 of key id and signature."""

    size: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    root: Leaf
    signature: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9+/]{80,5000}={0,2}$")]


class Inclusion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A leaf hash and its audit path, leaf side first (RFC 6962, 2.1.1)."""

    leaf: Leaf
    path: Path


class CommonPrefix(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A smaller head of which both are continuations, with the proofs (RFC 6962, 2.1.2)."""

    size: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    root: Leaf
    to_one: Path
    to_other: Path


class TwoHeads(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Two signed heads of one log that are of two histories, and what proves it.

    one: the smaller by size, then root, so that everybody who proves the same writes the same.
    index: where the entries differ, with both under their heads; needed where the sizes differ."""

    origin: Annotated[str, msgspec.Meta(pattern="^[!-*,-~]{1,200}$")]
    one: SignedHead
    other: SignedHead
    index: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] | None = None
    one_entry: Inclusion | None = None
    other_entry: Inclusion | None = None
    prefix: CommonPrefix | None = None


#: A signature line of a note: Ed25519 takes 104 characters after the name.
ReceiptLine = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class CarriedHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A head with the receipts of it that the author relies on: cosignature lines as they stand
    under the head's checkpoint, Ed25519 only, in ascending order. root: hexadecimal."""

    log: Log
    size: Annotated[int, msgspec.Meta(ge=1)]
    root: Leaf
    lines: Annotated[tuple[ReceiptLine, ...], msgspec.Meta(min_length=1, max_length=32)]
