"""How much one reader may ask: a bucket of tokens each, filled evenly, with the clock as an
argument."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

#: How many readers are remembered; the one not seen for longest is forgotten first.
_NAMES_MAX = 4_096


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second, and so many at once after a pause."""

    per_second: float
    burst: float


#: A member of the agreement, which fetches whole logs in one go.
MEMBER = Rate(400, 8_000)
#: Everybody else, by address.
STRANGER = Rate(20, 400)


class Rates:
    """The buckets of all readers. clock: seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, rate: Rate) -> bool:
        """Whether a reader may ask once more; then one token is gone."""
        now = self._clock()
        tokens, since = self._held.pop(name, (rate.burst, now))
        tokens = min(rate.burst, tokens + max(now - since, 0.0) * rate.per_second)
        allowed = tokens >= 1
        self._held[name] = (tokens - 1 if allowed else tokens, now)
        while len(self._held) > _NAMES_MAX:
            self._held.popitem(last=False)
        return allowed
