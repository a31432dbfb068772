"""Numbers with their bounds and unit. Zero, unknown (null) and not stated (absent) are different
things."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
#: What a count of fire counts. A breach has no unit of its own: 26 "breaches" once were 96 shells.
COUNT_UNITS = (
    "cases",
    "shots",
    "bursts",
    "shells",
    "rockets",
    "bombs",
    "explosions",
    "projectiles",
    "sorties",
    "persons",
    "vehicles",
)
CountUnit = Literal[
    "cases",
    "shots",
    "bursts",
    "shells",
    "rockets",
    "bombs",
    "explosions",
    "projectiles",
    "sorties",
    "persons",
    "vehicles",
]


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """At least `min`, at most `max`; a missing bound is not stated. At least one is given."""

    min: Whole | None = None
    max: Whole | None = None


class Count(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A range of countable things, with what is counted."""

    unit: CountUnit
    min: Whole | None = None
    max: Whole | None = None


def is_ordered(low: int | None, high: int | None) -> bool:
    """Whether a range is one: something is given, and the smallest is not above the greatest."""
    return (low is not None or high is not None) and (low is None or high is None or low <= high)
