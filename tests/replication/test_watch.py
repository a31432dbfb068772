"""The watch, with its clock and its chance told: what is due when, and that a failure is waited out, longer each time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from threading import Event

from trucekeeper.errors import NOWHERE, Code, NodeError, Problem
from trucekeeper.replication.watch import Pace, Watch, Worker
from trucekeeper.vocabulary.ids import LogName

LOG = LogName("a.guarantors")
FAILED = Problem(Code.UNREACHABLE, NOWHERE, "nothing", "an answer")
BUSY = Problem(Code.WRITER_BUSY, NOWHERE, "a lock", "no other writer")
PACE = Pace(poll=30, backoff_first=1, backoff_longest=10, jitter=0.5)


class Node:
    """A node that notes what it is told to do."""

    def __init__(self) -> None:
        self.done: list[tuple[str, object]] = []
        self.fails = False
        self.problems: Sequence[Problem] = ()
        self.new: Collection[LogName] = ()
        self.told = Event()

    def changed(self) -> Collection[LogName]:
        if self.fails:
            raise NodeError(FAILED)
        new, self.new = self.new, ()
        return new

    def hold(self, logs: Collection[LogName]) -> Sequence[Problem]:
        self.done += [("hold", set(logs))] if logs else []
        return ()

    def tell(self, peer: str, logs: Collection[LogName]) -> None:
        assert peer == "b"
        self._do("tell", set(logs))
        self.told.set()

    def fetch(self, peer: str, logs: Collection[LogName] | None) -> Sequence[Problem]:
        assert peer == "b"
        self._do("fetch", None if logs is None else set(logs))
        return self.problems

    def _do(self, verb: str, what: object) -> None:
        if self.fails:
            raise NodeError(FAILED)
        self.done.append((verb, what))

    def taken(self) -> list[tuple[str, object]]:
        done, self.done = self.done, []
        return done


def worker(node: Node, reported: list[Problem] | None = None) -> Worker:
    def report(_peer: str, problems: Sequence[Problem]) -> None:
        if reported is not None:
            reported.extend(problems)

    return Worker("b", node, lambda: 0.5, PACE, report)


def test_a_peer_is_asked_now_and_then_and_at_once_when_it_tells_of_a_head() -> None:
    node = Node()
    one = worker(node)
    assert one.step(0) == 37.5  # thirty seconds, and half of the half that chance may add
    assert node.taken() == [("fetch", None)]
    assert one.step(5) == 37.5
    assert node.taken() == []
    one.hint(LOG)
    one.tell([LOG])
    one.step(6)
    assert node.taken() == [("fetch", {LOG}), ("tell", {LOG})]
    one.step(40)
    assert node.taken() == [("fetch", None)]


def test_a_failure_is_waited_out_longer_each_time_and_told_once() -> None:
    node, reported = Node(), []  # type: Node, list[Problem]
    one = worker(node, reported)
    node.fails = True
    one.tell([LOG])
    at, waits = 0.0, []
    for _ in range(6):
        again = one.step(at)
        waits.append(again - at)
        assert one.step((at + again) / 2) == again
        at = again
    assert waits == [1.25, 2.5, 5.0, 10.0, 12.5, 12.5]
    assert reported == [FAILED]
    node.fails = False
    one.step(at)
    assert node.taken() == [("fetch", None), ("tell", {LOG})]


def test_a_hint_ends_the_wait_for_a_peer_that_failed() -> None:
    node = Node()
    one = worker(node)
    node.fails = True
    one.step(0)
    node.fails = False
    one.hint(LOG)
    one.step(0.1)
    assert node.taken() == [("fetch", None)]


def test_a_log_that_another_worker_fetches_is_looked_at_again_soon() -> None:
    node, reported = Node(), []  # type: Node, list[Problem]
    one = worker(node, reported)
    node.problems = (BUSY,)
    assert one.step(0) == 1.0
    assert reported == []


def test_what_is_new_in_the_own_folder_is_told_to_the_peers() -> None:
    node = Node()
    watch = Watch(node, {"b": worker(node)}, Pace(look=0.001))
    node.new = [LOG]
    with watch:
        assert node.told.wait(10)
    assert ("hold", {LOG}) in node.done
    watch.hint(LOG, None)
    watch.hint(LOG, "nobody")
