"""Clocks that stand still unless the world moves them, each with its own error."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class WorldTime:
    """The time that is true in a run, in POSIX seconds."""

    now: float


@dataclass(slots=True)
class SkewedClock:
    """What one node takes for the time. skew_s: how far it is wrong, in seconds."""

    world: WorldTime
    skew_s: float = field(default=0.0)

    def __call__(self) -> float:
        return self.world.now + self.skew_s
