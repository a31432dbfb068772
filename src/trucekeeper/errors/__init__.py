"""Every problem the program can report: code, what it means, what to do.

Three kinds of failure have three mechanisms. Bad data becomes a `Problem`, a value that is
collected while the rest goes on. A failed operation raises a `TrucekeeperError`. Our own mistakes
are assertions.

    TrucekeeperError
    ├── AgreementError       an agreement that cannot be used; carries all its problems
    ├── VerificationError    a log that does not verify: nothing is read from it
    ├── StorageError         a folder that cannot be read or written
    ├── IntakeError          a file that cannot be taken in at all
    ├── NodeError            a node that cannot do what was asked of it
    └── QuestionError        a face, period, table, language or format that does not exist
"""

from __future__ import annotations

import msgspec

from trucekeeper.errors.codes import Code

__all__ = [
    "NOWHERE",
    "AgreementError",
    "Code",
    "IntakeError",
    "NodeError",
    "Place",
    "Problem",
    "QuestionError",
    "StorageError",
    "TrucekeeperError",
    "VerificationError",
]


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a problem is. Every part that is known is set."""

    file: str | None = None
    line: int | None = None
    row: int | None = None
    column: str | None = None
    key: str | None = None
    log: str | None = None
    index: int | None = None

    def __str__(self) -> str:
        named = (
            ("", self.file),
            ("line ", self.line),
            ("row ", self.row),
            ("column ", self.column),
            ("", self.key),
        )
        parts = [f"{word}{value}" for word, value in named if value is not None]
        if self.log is not None:
            parts.append(self.log if self.index is None else f"{self.log}/{self.index}")
        return ", ".join(parts) or "(no place)"


NOWHERE = Place()


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong: where, what was found, what was expected, what to do."""

    code: Code
    place: Place
    found: str
    expected: str

    @property
    def remedy(self) -> str:
        return self.code.remedy

    def __str__(self) -> str:
        return (
            f"{self.code.id} {self.place}: {self.code.meaning}. "
            f"Found: {self.found}. Expected: {self.expected}. Remedy: {self.code.remedy}."
        )

    def as_row(self) -> dict[str, object]:
        """The problem as plain values, for `--json`."""
        return {
            "code": self.code.id,
            "meaning": self.code.meaning,
            "place": msgspec.to_builtins(self.place),
            "found": self.found,
            "expected": self.expected,
            "remedy": self.code.remedy,
        }


class TrucekeeperError(Exception):
    """An operation failed. Carries the problems that made it fail, at least one."""

    def __init__(self, *problems: Problem) -> None:
        assert problems
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class AgreementError(TrucekeeperError):
    """The agreement cannot be used."""


class VerificationError(TrucekeeperError):
    """A log does not verify; nothing is read from it."""


class StorageError(TrucekeeperError):
    """A folder or a disk refused."""


class IntakeError(TrucekeeperError):
    """A file cannot be taken in at all."""


class NodeError(TrucekeeperError):
    """The node cannot do what was asked of it."""


class QuestionError(TrucekeeperError):
    """What was asked for does not exist."""
