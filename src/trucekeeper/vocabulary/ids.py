"""Identifiers and references.

A participant keeps one log in each of its circles, named `<participant>.<circle>`; a component's
log is `<component>.<circle>`. A log that is frozen goes on as its next edition, `<log>.2`, then
`<log>.3`. A statement is referred to as `<log>/<index>`, in data together with its leaf hash."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, NewType

import msgspec

ParticipantId = NewType("ParticipantId", str)
CircleId = NewType("CircleId", str)
LogName = NewType("LogName", str)
RefText = NewType("RefText", str)
LeafHex = NewType("LeafHex", str)

IDENTIFIER = re.compile(r"[a-z][a-z0-9-]{0,39}")
LOG_NAME = re.compile(
    r"([a-z][a-z0-9-]{0,39})\.([a-z][a-z0-9-]{0,39})(?:\.([2-9]|[1-9][0-9]{1,2}))?"
)
REF_TEXT = re.compile(
    r"([a-z][a-z0-9-]{0,39}\.[a-z][a-z0-9-]{0,39}(?:\.(?:[2-9]|[1-9][0-9]{1,2}))?)"
    r"/(0|[1-9][0-9]{0,14})"
)
LEAF_HEX = re.compile(r"[0-9a-f]{64}")

Ref = Annotated[str, msgspec.Meta(pattern=f"^{REF_TEXT.pattern}\\Z")]
Leaf = Annotated[str, msgspec.Meta(pattern=f"^{LEAF_HEX.pattern}\\Z")]
Log = Annotated[str, msgspec.Meta(pattern=f"^{LOG_NAME.pattern}\\Z")]


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement cited by where it stands and by what it is."""

    log: Log
    index: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    leaf: Leaf


def ref_text(log: str, index: int) -> RefText:
    """`log/index`, the way a statement is named to people."""
    return RefText(f"{log}/{index}")


def split_ref(text: str) -> tuple[LogName, int] | None:
    """The log and index of `log/index`; None where the text is no reference."""
    match = REF_TEXT.fullmatch(text)
    return None if match is None else (LogName(match[1]), int(match[2]))


@lru_cache(maxsize=4_096)
def split_log(name: str) -> tuple[str, CircleId] | None:
    """The author (participant or component) and the circle of a log name, of whichever edition;
    None where it is none."""
    match = LOG_NAME.fullmatch(name)
    return None if match is None else (match[1], CircleId(match[2]))


@lru_cache(maxsize=4_096)
def author_of(log: str) -> str:
    """The participant or component that keeps a log."""
    return log.partition(".")[0]


@lru_cache(maxsize=4_096)
def circle_of(log: str) -> CircleId:
    """The circle in which a log stands."""
    return CircleId(log.split(".", 2)[1])


@lru_cache(maxsize=4_096)
def edition_of(log: str) -> int:
    """1 for the log that the agreement foresees, 2 and more for those that go on from it."""
    match = LOG_NAME.fullmatch(log)
    return int(match[3]) if match is not None and match[3] else 1


def first_edition(log: str) -> LogName:
    """The log that the agreement foresees, of which this is an edition."""
    return LogName(".".join(log.split(".", 2)[:2]))


def edition(log: str, number: int) -> LogName:
    """The name of an edition of a log."""
    first = first_edition(log)
    return first if number == 1 else LogName(f"{first}.{number}")


def newest_edition(logs: Iterable[str], first: str) -> LogName:
    """The latest of some logs that goes on from a log; the log itself where none does."""
    held = [log for log in logs if first_edition(log) == first]
    return LogName(max(held, key=edition_of, default=first))


def log_name(author: str, circle: str) -> LogName:
    """The name of the log that an author keeps in a circle."""
    return LogName(f"{author}.{circle}")
