"""A draft: what will be stated once it is signed, with the place it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trucekeeper.errors import Place, Problem
from trucekeeper.statements.parts import Kind


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement that is not signed yet. author: participant or component; circle: who may read
    it. stated_at: seconds; None is the moment of signing. origin: file, row, column: where each
    message about it points."""

    author: str
    circle: str
    body: Kind
    origin: Place
    officer: str = "officer"
    stated_at: int | None = None
    on_behalf_of: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Taken:
    """What an intake gives: drafts, in the order of the file, and every problem. Good rows go in;
    none is lost unsaid."""

    drafts: Sequence[Draft]
    problems: Sequence[Problem]
    #: How many rows say what was stated before, and are passed over.
    repeated: int = 0
