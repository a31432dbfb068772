"""What keeps nodes in step: own heads are told to the circle's peers as soon as they are there, and
peers are asked when they tell of a head, and now and then.

Each peer has its own worker, so that one that does not answer delays nobody. A worker's `step` does
what is due and says when to come again; time and chance are arguments. `Watch` runs the steps in
threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import Protocol, Self

from trucekeeper.errors import Code, Problem, TrucekeeperError
from trucekeeper.vocabulary.ids import LogName

#: How long the end waits for a worker that waits for its peer.
_STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds: how often a peer is asked unprompted; the first and the longest wait after a
    failure, doubled each time; how often the own folder is looked at; how often at most it is
    stated what was seen; when it is looked again after that failed. jitter: by which part a wait
    may be longer, lest all nodes ask at once."""

    poll: float = 30.0
    backoff_first: float = 0.5
    backoff_longest: float = 300.0
    look: float = 0.05
    context: float = 1.0
    failed: float = 2.0
    jitter: float = 0.2


class Watched(Protocol):
    """The node as the watch needs it. Every method may raise TrucekeeperError."""

    def changed(self) -> Collection[LogName]:
        """The own logs whose head is another than at the last call, after taking in what other
        processes of the node wrote."""

    def hold(self, logs: Collection[LogName]) -> Sequence[Problem]:
        """Give the node's own receipts for these logs."""

    def tell(self, peer: str, logs: Collection[LogName]) -> None:
        """Tell a peer the heads of own logs that it may read, and take its receipts."""

    def fetch(self, peer: str, logs: Collection[LogName] | None) -> Sequence[Problem]:
        """Mirror what a peer holds of these logs, or of all, state what was seen, and say what went
        wrong."""


@dataclass
class Worker:
    """What one peer is owed: heads to tell, logs to fetch. chance: a number from 0 up to 1."""

    peer: str
    node: Watched
    chance: Callable[[], float]
    pace: Pace = field(default_factory=Pace)
    report: Callable[[str, Sequence[Problem]], None] = lambda _peer, _problems: None

    def __post_init__(self) -> None:
        self._news = Condition()
        self._tell: set[LogName] = set()
        self._fetch: set[LogName] = set()
        self._poll_at = 0.0
        self._wait_until = 0.0
        self._failures = 0
        self._is_news = False

    def tell(self, logs: Iterable[LogName]) -> None:
        """These own logs have a new head."""
        with self._news:
            self._tell.update(logs)
            self._wake()

    def hint(self, log: LogName) -> None:
        """The peer says that a log has a new head. It answers again, so it is asked at once."""
        with self._news:
            self._fetch.add(log)
            self._wait_until = 0.0
            self._wake()

    def wake(self) -> None:
        """Let the worker look whether it is to stop."""
        with self._news:
            self._wake()

    def _wake(self) -> None:
        self._is_news = True
        self._news.notify()

    def step(self, now: float) -> float:
        """Do what is due; when there is more to do, if nothing happens before."""
        with self._news:
            if now < self._wait_until:
                return self._wait_until
            tell, self._tell = self._tell, set()
            fetch, self._fetch = self._fetch, set()
            polling = now >= self._poll_at
        problems: Sequence[Problem] = ()
        try:
            if polling or fetch:
                problems = self.node.fetch(self.peer, None if polling else fetch)
            if tell:
                self.node.tell(self.peer, tell)
        except TrucekeeperError as error:
            return self._failed(now, error.problems, tell, fetch)
        self._failures = 0
        if polling:
            self._poll_at = now + self._longer(self.pace.poll)
        busy = [p for p in problems if p.code is Code.WRITER_BUSY]
        if others := [p for p in problems if p not in busy]:
            self.report(self.peer, others)
        with self._news:
            if busy:  # another worker fetches the same log: look again soon
                self._fetch.update(LogName(p.place.log) for p in busy if p.place.log)
                self._poll_at = min(self._poll_at, now + self.pace.backoff_first)
            return now if self._tell or (self._fetch and not busy) else self._poll_at

    def _failed(
        self, now: float, problems: Sequence[Problem], tell: set[LogName], fetch: set[LogName]
    ) -> float:
        """Owe it again, and wait, longer each time."""
        self._failures += 1
        if self._failures == 1:
            self.report(self.peer, problems)
        wait = self.pace.backoff_first * 2 ** min(self._failures - 1, 16)
        with self._news:
            self._tell |= tell
            self._fetch |= fetch
            self._wait_until = now + self._longer(min(wait, self.pace.backoff_longest))
            return self._wait_until

    def _longer(self, seconds: float) -> float:
        return seconds * (1 + self.pace.jitter * self.chance())

    def run(self, stop: Event, clock: Callable[[], float]) -> None:
        """Step until told to stop."""
        while not stop.is_set():
            again = self.step(clock())
            with self._news:
                if not self._is_news and again > clock():
                    self._news.wait(again - clock())
                self._is_news = False


@dataclass
class Watch:
    """The workers of a node, and the look at its own folder, in threads while it is entered."""

    node: Watched
    workers: dict[str, Worker]
    pace: Pace = field(default_factory=Pace)
    clock: Callable[[], float] = time.monotonic
    report: Callable[[str, Sequence[Problem]], None] = lambda _peer, _problems: None

    def __post_init__(self) -> None:
        self._stop = Event()
        self._threads = [
            Thread(target=worker.run, args=(self._stop, self.clock), name=name, daemon=True)
            for name, worker in self.workers.items()
        ]
        self._threads.append(Thread(target=self._look, name="own folder", daemon=True))

    def hint(self, log: LogName, sender: str | None) -> None:
        """A peer sent the head of a log."""
        if sender is not None and sender in self.workers:
            self.workers[sender].hint(log)

    def look(self) -> None:
        """Tell the peers what is new in the own folder."""
        changed = self.node.changed()
        for worker in self.workers.values() if changed else ():
            worker.tell(changed)
        self.node.hold(changed)

    def _look(self) -> None:
        told: Sequence[Problem] = ()
        pause = self.pace.look
        while not self._stop.wait(pause):
            pause = self.pace.look
            try:
                self.look()
                told = ()
            except TrucekeeperError as error:
                pause = self.pace.failed
                if error.problems != told:
                    told = error.problems
                    self.report("", told)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for worker in self.workers.values():
            worker.wake()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)
