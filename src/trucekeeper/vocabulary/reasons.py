"""Reasons: why a test came out as it did, without a language. A catalogue has the words.

A reason is one line, `outside-zone zone=karsk map="agreed 1"`: an identifier, then its arguments; a
value that is no plain word stands in quotes as in JSON, a list of authors is parted by commas."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NewType

import msgspec

Reason = NewType("Reason", str)
ReasonId = Literal[
    # time
    "before-agreement", "after-agreement", "beyond-agreement", "in-force",
    # place
    "inside-zone", "outside-zone", "across-zone", "no-point", "no-agreed-map", "no-zone-in-force",
    "everywhere",
    # act
    "act-permitted", "act-in-no-clause", "clause-not-in-force", "act-of-clause", "act-broader",
    "act-not-of-clause",
    # actor
    "no-side-stated", "side-not-stated", "no-such-group", "sides-bound", "author-not-bound",
    "target-not-protected",
    # standing of a group
    "read-so-by-all", "readings-differ", "standing-in-text", "read-only-by", "no-reading",
    "covers-several",
]  # fmt: skip

_PLAIN = re.compile(r"[\w.,:/+-]+")
_ARGUMENT = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^" ]+)')


@lru_cache(maxsize=10_000)  # thousands of reports meet the same few reasons
def reason(id: ReasonId, **args: str | None) -> Reason:
    """A reason. An argument that is None or empty is left out."""
    return Reason(" ".join([id, *(f"{k}={_quoted(v)}" for k, v in args.items() if v)]))


def by_report_of(reason: Reason, source: str) -> Reason:
    """The reason as it follows from the report of one source, where reports lead to different
    answers."""
    return Reason(f"{reason} report_by={_quoted(source)}")


def parse_reason(text: str) -> tuple[str, dict[str, str]]:
    """Identifier and arguments of a reason."""
    id, _, rest = text.partition(" ")
    return id, {
        match[1]: msgspec.json.decode(match[2], type=str) if match[2][0] == '"' else match[2]
        for match in _ARGUMENT.finditer(rest)
    }


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else msgspec.json.encode(value).decode()
