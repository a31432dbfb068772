"""The one clock machine: when something is due, and whether it was met.

A clock starts at proven receipt, never before; the time of an act is known only as a bracket. Met
where it was surely done before the due instant, late where surely after; otherwise the timing is
undetermined, and nobody is called late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trucekeeper.vocabulary.times import hours_later
from trucekeeper.vocabulary.words import ClockState


@dataclass(frozen=True, slots=True)
class Bracket:
    """An act happened at or after `earliest`, and at or before `latest` (None: nothing bounds it
    yet)."""

    earliest: int
    latest: int | None


def due_at(start: int | None, hours: int, still: Iterable[tuple[int, int]] = ()) -> int | None:
    """The instant at which so many hours after the start are over; None where the clock has not
    started, or stands still without an end. still: spans in order, in which no time runs."""
    return None if start is None else hours_later(start, hours, still)


def clock_state(due: int | None, done: Bracket | None, as_of: int) -> ClockState:
    """The state of a clock at an instant. An act of which only later word exists had not been done
    yet."""
    if done is not None and done.earliest > as_of:
        done = None
    if due is None:
        return "not-started" if done is None else "met"
    if done is None:
        return "running" if as_of < due else "overdue"
    if done.latest is not None and done.latest <= due:
        return "met"
    return "met-late" if done.earliest > due else "timing-undetermined"
