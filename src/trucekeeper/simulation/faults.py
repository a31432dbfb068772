"""The faults of a run: how likely each is, and who misbehaves on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from random import Random


class Misdeed(Enum):
    """What a participant does that no honest one would."""

    EQUIVOCATES = "shows two histories of its log"
    FORGES = "passes on another's log with an entry changed, or a head that it signed itself"
    WITHHOLDS = "does not hand on what it has"
    STAYS_AWAY = "neither states nor exchanges for most of the run"


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances per step (0 to 1) and the misdeeds, by participant.

    crash: a node stops in the middle of what it does, at any effect on its disk. flip, truncate:
    a file at rest is damaged. full, read_only, unreadable: the disk refuses for a while. lost,
    repeated, stale, garbled: what happens to one request or answer on the network. partition: the
    network falls apart for a while. skew: a clock is set wrong. restore: a node is put back to an
    older backup."""

    crash: float = 0.0
    flip: float = 0.0
    truncate: float = 0.0
    full: float = 0.0
    read_only: float = 0.0
    unreadable: float = 0.0
    lost: float = 0.0
    repeated: float = 0.0
    stale: float = 0.0
    garbled: float = 0.0
    partition: float = 0.0
    skew: float = 0.0
    restore: float = 0.0
    misdeeds: tuple[tuple[str, Misdeed], ...] = ()


NONE = Faults()


def every_fault(chance: Random, participants: tuple[str, ...]) -> Faults:
    """All faults on, at rates drawn for this run, and up to a third of the participants rogues."""
    rogues = chance.sample(participants, chance.randint(0, len(participants) // 3))
    return Faults(
        crash=chance.uniform(0.02, 0.12),
        flip=chance.uniform(0.0, 0.02),
        truncate=chance.uniform(0.0, 0.02),
        full=chance.uniform(0.0, 0.04),
        read_only=chance.uniform(0.0, 0.02),
        unreadable=chance.uniform(0.0, 0.02),
        lost=chance.uniform(0.0, 0.2),
        repeated=chance.uniform(0.0, 0.2),
        stale=chance.uniform(0.0, 0.1),
        garbled=chance.uniform(0.0, 0.05),
        partition=chance.uniform(0.0, 0.06),
        skew=chance.uniform(0.0, 0.05),
        restore=chance.uniform(0.0, 0.02),
        misdeeds=tuple((who, chance.choice(list(Misdeed))) for who in rogues),
    )
