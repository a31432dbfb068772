"""The parts of which statement bodies are made: places, observers, what stands inside a kind."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from trucekeeper.vocabulary.ids import Leaf, Log, Ref
from trucekeeper.vocabulary.places import Latitude, Longitude, Metres
from trucekeeper.vocabulary.quantities import Whole
from trucekeeper.vocabulary.times import Instant
from trucekeeper.vocabulary.words import KeyRole

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Names = Annotated[tuple[Name, ...], msgspec.Meta(max_length=50)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
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


class SeenHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The head of another log as its reader held it. root: hexadecimal."""

    log: Log
    size: Annotated[int, msgspec.Meta(ge=1)]
    root: Leaf


#: A signature line of a note: Ed25519 takes 104 characters after the name.
ReceiptLine = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class CarriedHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A head with the receipts of it that the author relies on: cosignature lines as they stand
    under the head's checkpoint, Ed25519 only, in ascending order. root: hexadecimal."""

    log: Log
    size: Annotated[int, msgspec.Meta(ge=1)]
    root: Leaf
    lines: Annotated[tuple[ReceiptLine, ...], msgspec.Meta(min_length=1, max_length=32)]
