"""Whether a log that goes on from a frozen one was opened for it.

The next edition of a log begins with a `continuation` that names the log before it and how much of
it stands undisputed. It is held against that log as this cut has it: frozen, and with that head. A
later freeze at a smaller size takes entries of the old log away and leaves the new one open."""

from __future__ import annotations

from trucekeeper.errors import Code
from trucekeeper.governance.freeze import Frozen
from trucekeeper.governance.keyring import Keyrings
from trucekeeper.governance.record import Stated
from trucekeeper.logs.tree import roots_at
from trucekeeper.statements.encoding import Fault
from trucekeeper.statements.kinds import Continuation
from trucekeeper.vocabulary.ids import LogName, edition, edition_of, ref_text


def continuation_fault(stated: Stated) -> Fault | None:
    """Why a continuation does not stand where it must: first in the edition after the one it
    names."""
    if not isinstance(stated.body, Continuation):
        return None
    number = edition_of(stated.log)
    if stated.index or number == 1 or stated.body.continues != edition(stated.log, number - 1):
        return Fault(
            Code.LOG_NOT_OPENED, "a continuation that is not the first entry of the next log"
        )
    if (stated.body.root is None) != (stated.body.size == 0):
        return Fault(Code.LOG_NOT_OPENED, "a size without its root, or the other way round")
    return None


def opening_fault(frozen: Frozen, opening: Stated) -> Fault | None:
    """Why the entries of a later edition do not count yet, or ever, by its first; None for the log
    that the agreement foresees."""
    log = opening.log
    number = edition_of(log)
    if number == 1:
        return None
    before = edition(log, number - 1)
    if opening.fault is not None or not isinstance(opening.body, Continuation):
        return Fault(Code.LOG_NOT_OPENED, f"{log}/0 is no continuation")
    if before not in frozen.freezes:
        return Fault(Code.PENDING, f"no second history of {before} is proven in this cut")
    return continuation_fault(opening) or _head(frozen, opening.body)


def _head(frozen: Frozen, body: Continuation) -> Fault | None:
    """The head that a continuation cites must be one of the log before it: else it could be made to
    follow what had not been."""
    if body.root is None:
        return None
    if frozen.beyond(body.continues, body.size):
        known = (body.continues, body.size, body.root) in frozen.heads
        return None if known else Fault(Code.PENDING, f"{body.continues} at {body.size}")
    before = frozen.record.get(LogName(body.continues), ())
    if body.size > len(before):
        return Fault(Code.PENDING, f"{body.continues} at {body.size}")
    leaves = [bytes.fromhex(s.leaf) for s in before[: body.size]]
    if roots_at(leaves, [body.size])[body.size].hex() != body.root:
        return Fault(Code.WRONG_HEAD, ref_text(body.continues, body.size))
    return None


def is_delegated(keyrings: Keyrings, log: LogName) -> bool:
    """Whether root keys have named a key for a later edition; the log that the agreement foresees
    needs none."""
    return edition_of(log) == 1 or bool(keyrings.log_rows(log))
