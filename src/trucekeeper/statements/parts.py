"""The parts of which statement bodies are made: places, observers, what stands inside a kind."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from trucekeeper.statements.commitment import FIELDS_MAX, ROWS_MAX
from trucekeeper.vocabulary.ids import Leaf, Log, Ref
from trucekeeper.vocabulary.places import Latitude, Longitude, Metres
from trucekeeper.vocabulary.quantities import Whole
from trucekeeper.vocabulary.times import Instant

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Names = Annotated[tuple[Name, ...], msgspec.Meta(max_length=50)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
#: The greatest file in payloads/: what is padded to 64 MiB, and age's own bytes around it.
FILE_BYTES_MAX = 2**26 + 2**16
PaddedSize = Annotated[int, msgspec.Meta(ge=1, le=FILE_BYTES_MAX)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}\\Z")]
Refs = tuple[Ref, ...]


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
