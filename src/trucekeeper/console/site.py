"""What the console serves: nodes by name, the pictures derived from them, the warnings that stand
on their pages."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

from trucekeeper.errors import Code, NodeError, Place, Problem
from trucekeeper.facade import Picture, parse_moment
from trucekeeper.render.catalogue import Wording
from trucekeeper.render.english import ENGLISH
from trucekeeper.render.html import Page, report_page
from trucekeeper.reporting.document import Document, Message
from trucekeeper.reporting.joint import agreement_warnings, names
from trucekeeper.reporting.period import parse_period
from trucekeeper.workspace import Node

_PICTURES_MAX = 8
_PAGES_MAX = 16
#: Addresses of the console itself, which no node may take.
_TAKEN = {"healthz"}

Made = TypeVar("Made")


class Recent(Generic[Made]):
    """What was made last, by what it was made of: at most so many things, each made once. Two
    readers who ask for the same at once wait for one making of it; a failure is not kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: OrderedDict[Hashable, Future[Made]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """The thing of a key, made if it is not at hand."""
        with self._lock:
            held = self._made.get(key)
            promised: Future[Made] = Future() if held is None else held
            self._made[key] = promised
            self._made.move_to_end(key)
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        if held is None:
            try:
                promised.set_result(make())
            except BaseException as error:  # noqa: BLE001 - raised again below, to all who wait
                with self._lock:
                    self._made.pop(key, None)
                promised.set_exception(error)
        return promised.result()


class Site:
    """The nodes of a console."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = dict(_named(nodes))
        self._pictures: Recent[Picture] = Recent(_PICTURES_MAX)
        self._pages: Recent[Page] = Recent(_PAGES_MAX)

    def node(self, name: str) -> Node:
        """The node of a name. Raises NodeError."""
        if name not in self.nodes:
            found, known = f"`{name}`", ", ".join(self.nodes)
            raise NodeError(Problem(Code.NOT_A_NODE, Place(), found, known))
        return self.nodes[name]

    def picture(self, name: str, face: str, as_of: str | int | None = None) -> Picture:
        """The picture of a face of a node, derived once for each state of its logs. Raises
        QuestionError or VerificationError."""
        node = self.node(name)
        moment = None if as_of is None else parse_moment(as_of, node.agreement.calendar)
        key = (name, face, moment, _heads(node, face))
        return self._pictures.get(key, lambda: node.derive(face=face, as_of=moment))

    def document(self, name: str, face: str, period: str, as_of: str | None) -> Document:
        """The joint report of a period, by default as of its end."""
        end = parse_period(period, self.node(name).agreement.calendar).end
        return self.picture(name, face, as_of or end).report(period).document

    def report(self, name: str, face: str, period: str, as_of: str | None, above: str) -> Page:
        """The page of a report. above: markup before its title."""
        key = (name, face, period, as_of, _heads(self.node(name), face))
        explain = f"/{name}/{face}/explain/"
        return self._pages.get(
            key,
            lambda: report_page(
                self.document(name, face, period, as_of), explain=explain, above=above
            ),
        )

    def wording(self, name: str) -> Wording:
        """The words of the pages of a node."""
        return Wording(ENGLISH, names(self.node(name).agreement))

    def warnings(self, name: str | None = None) -> list[Message]:
        """What stands on the pages of a node; of every node where none is named."""
        shown = self.nodes.values() if name not in self.nodes else [self.nodes[str(name)]]
        found = [w for node in shown for w in agreement_warnings(node.agreement)]
        return [w for i, w in enumerate(found) if w not in found[:i]]


def _heads(node: Node, face: str) -> Hashable:
    logs = (log for log in node.agreement.face_logs(face) if log in node.held)
    return tuple((log, node.held[log].size, node.held[log].checkpoint.root) for log in logs)


def _named(nodes: Sequence[Node]) -> Iterator[tuple[str, Node]]:
    """The nodes by the name of their folder, as it can stand in an address; a number tells apart
    what has the same."""
    used = set(_TAKEN)
    for node in nodes:
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", node.folder.path.resolve().name) or "node"
        name, n = plain, 1
        while name in used:
            n += 1
            name = f"{plain}-{n}"
        used.add(name)
        yield name, node
