"""Record time: between when and when an entry was surely made, told from inside the cut only.

Later than what its author had seen of others; no later than others prove to have seen it. A clock
may be false, so no clock decides alone: of the stated time and the two best words of two others,
the middle one counts. Whichever single one of the three is false, the middle one is a true bound.
(docs/decisions/14-time.md)"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from trucekeeper.governance.record import Record, Stated
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.vocabulary.times import FIRST_INSTANT, LAST_INSTANT

#: Clocks of honest nodes differ by so much; a stated time is outside its bracket only beyond it.
CLOCKS_DIFFER_S = 300


@dataclass(frozen=True, slots=True)
class Seen:
    """That a participant held the first `size` entries of a log at an instant of its own clock."""

    log: LogName
    size: int
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Word:
    """That from entry `index` of a log on, its author had seen what another had said at an instant
    of that other's clock."""

    log: LogName
    index: int
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Bracket:
    """The brackets of one log. after, before: by index, ascending; None where nothing bounds it."""

    after: Sequence[int | None]
    before: Sequence[int | None]

    def clamped(self, index: int, at: int) -> int:
        """A stated time, or the nearest inside the bracket."""
        after, before = self.after[index], self.before[index]
        at = at if after is None else max(at, after)
        return at if before is None else min(at, before)

    def is_outside(self, index: int, at: int) -> bool:
        """Whether a stated time lies surely outside the bracket."""
        after, before = self.after[index], self.before[index]
        return (after is not None and at < after - CLOCKS_DIFFER_S) or (
            before is not None and at > before + CLOCKS_DIFFER_S
        )

    def known_by(self, instant: int) -> int:
        """How many entries others prove to have seen by an instant."""
        last = LAST_INSTANT + 1
        return bisect_right(self.before, instant, key=lambda at: last if at is None else at)


def middle(stated: int, best: int, second: int) -> int:
    """The middle one of three instants."""
    return max(min(stated, best), min(max(stated, best), second))


def brackets(
    record: Record, seen: Iterable[Seen], words: Iterable[Word]
) -> Mapping[LogName, Bracket]:
    """The brackets of every log. seen, words: by others than the log's author only."""
    seen_of: dict[LogName, list[Seen]] = {}
    words_of: dict[LogName, list[Word]] = {}
    for one in seen:
        seen_of.setdefault(one.log, []).append(one)
    for word in words:
        words_of.setdefault(word.log, []).append(word)
    return {
        log: bracket(_times(entries), seen_of.get(log, []), words_of.get(log, []))
        for log, entries in record.items()
    }


def bracket(times: Sequence[int | None], seen: Iterable[Seen], words: Iterable[Word]) -> Bracket:
    """The bracket of one log. times: stated, by index; None where an entry cannot be read."""
    firsts, before = _before(times, list(seen))
    return Bracket(_after(times, firsts, list(words)), before)


@dataclass
class _TwoBest:
    """The two best instants of two different participants, as evidence comes in."""

    sign: int
    by: dict[str, int] = field(default_factory=dict)
    best: int | None = None
    second: int | None = None

    def take(self, by: str, at: int) -> None:
        held = self.by.get(by)
        self.by[by] = at if held is None else self.sign * min(self.sign * held, self.sign * at)
        ordered = sorted(self.by.values(), key=lambda at: self.sign * at)
        self.best = ordered[0]
        self.second = ordered[1] if len(ordered) > 1 else None


def _times(entries: Sequence[Stated]) -> list[int | None]:
    return [stated.at for stated in entries]


def _own_words(times: Sequence[int | None]) -> list[int | None]:
    """By index: the greatest time that the author stated before."""
    known = (FIRST_INSTANT if at is None else at for at in times)
    greatest = [None, *accumulate(known, max)][:-1]
    return [None if at == FIRST_INSTANT else at for at in greatest]


def _before(
    times: Sequence[int | None], seen: Sequence[Seen]
) -> tuple[list[int | None], list[int | None]]:
    """By index, from the end: the first word of anybody that saw the entry; and the instant by
    which it surely existed, which is no later than for what follows it in its log."""
    size = len(times)
    if not seen:
        return [None] * size, [None] * size
    firsts: list[int | None] = [None] * size
    before: list[int | None] = [None] * size
    pending = sorted(seen, key=lambda s: s.size)
    best = _TwoBest(sign=1)
    least: int | None = None
    for index in range(size - 1, -1, -1):
        while pending and pending[-1].size > index:
            one = pending.pop()
            best.take(one.by, one.at)
        if best.best is None:
            continue
        firsts[index] = best.best
        stated = times[index]
        if stated is None:
            bound = best.best if best.second is None else best.second
        else:
            second = LAST_INSTANT if best.second is None else best.second
            bound = middle(stated, best.best, second)
        least = bound if least is None else min(least, bound)
        before[index] = least
    return firsts, before


def _after(
    times: Sequence[int | None], firsts: Sequence[int | None], words: Sequence[Word]
) -> list[int | None]:
    """By index: the instant after which an entry was surely made. The author's own earlier word
    counts against it, as far as nobody's first sight of it speaks against that word."""
    if not words and not any(firsts):
        return _own_words(times)
    after: list[int | None] = []
    pending = sorted(words, key=lambda w: w.index, reverse=True)
    best = _TwoBest(sign=-1)
    greatest: int | None = None
    for index, stated in enumerate(times):
        while pending and pending[-1].index <= index:
            word = pending.pop()
            best.take(word.by, word.at)
        if best.best is not None and (stated is not None or best.second is not None):
            second = FIRST_INSTANT if best.second is None else best.second
            bound = second if stated is None else middle(stated, best.best, second)
            greatest = bound if greatest is None else max(greatest, bound)
        after.append(greatest)
        if stated is not None:
            first = firsts[index]
            own = stated if first is None else min(stated, first)
            if greatest is None or own > greatest:
                greatest = own
    return after
