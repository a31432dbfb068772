"""Identifiers and references.

A participant keeps one log in each of its circles, named `<participant>.<circle>`; a component's
log is `<component>.<circle>`. A statement is referred to as `<log>/<index>`, in data together with
its leaf hash."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, NewType

import msgspec

ParticipantId = NewType("ParticipantId", str)
CircleId = NewType("CircleId", str)
LogName = NewType("LogName", str)
RefText = NewType("RefText", str)
LeafHex = NewType("LeafHex", str)

IDENTIFIER = re.compile(r"[a-z][a-z0-9-]{0,39}")
LOG_NAME = re.compile(r"([a-z][a-z0-9-]{0,39})\.([a-z][a-z0-9-]{0,39})")
REF_TEXT = re.compile(r"([a-z][a-z0-9-]{0,39}\.[a-z][a-z0-9-]{0,39})/(0|[1-9][0-9]{0,14})")
LEAF_HEX = re.compile(r"[0-9a-f]{64}")

Ref = Annotated[str, msgspec.Meta(pattern=f"^{REF_TEXT.pattern}$")]
Leaf = Annotated[str, msgspec.Meta(pattern=f"^{LEAF_HEX.pattern}$")]
Log = Annotated[str, msgspec.Meta(pattern=f"^{LOG_NAME.pattern}$")]


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
    """The author (participant or component) and the circle of a log name; None where it is none."""
    match = LOG_NAME.fullmatch(name)
    return None if match is None else (match[1], CircleId(match[2]))


def log_name(author: str, circle: str) -> LogName:
    """The name of the log that an author keeps in a circle."""
    return LogName(f"{author}.{circle}")
