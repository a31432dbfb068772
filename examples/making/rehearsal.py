"""A rehearsed month: statements and exchanges at given times, by the real node code, with public keys and salts."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from examples.making.kept import Kept
from trucekeeper import workspace
from trucekeeper.acquaintance import identity_of
from trucekeeper.errors import Place
from trucekeeper.intake.drafts import Draft
from trucekeeper.keys.custody import public_seed
from trucekeeper.logs.note import COSIGNATURE
from trucekeeper.membership import Member
from trucekeeper.replication.mirror import FolderSource, mirror
from trucekeeper.replication.pull import FolderPeer
from trucekeeper.statements import kinds
from trucekeeper.statements.parts import Kind
from trucekeeper.storage.node_folder import owner_of, read_node
from trucekeeper.workspace import Node

Refs = dict[str, str]
MakeBody = Callable[[Refs], Kind]


@dataclass(order=True)
class Act:
    """Something that happens at a time. order: keeps what was planned first before what was planned later."""

    at: datetime
    order: int
    run: Callable[[], None] = field(compare=False)


class Rehearsal:
    """Nodes of one exercise, and what is planned for them."""

    def __init__(
        self, folder: Path, agreement: Path, participants: list[str], seed: str, kept: Kept
    ) -> None:
        self.seed = seed
        self.kept = kept
        self.now = 0.0
        self.refs: Refs = {}
        self.acts: list[Act] = []
        self._salts = 0
        self.paths = {p: folder / p for p in participants}
        for participant, path in self.paths.items():
            workspace.new(path, agreement, [participant], seeds=self.key_seed)
        self.nodes = {p: self._open(path) for p, path in self.paths.items()}

    def plan(self, at: datetime, run: Callable[[], None]) -> None:
        """Let something happen at a time."""
        self.acts.append(Act(at, len(self.acts), run))

    def run(self) -> None:
        """Let everything happen, in order of time."""
        for act in sorted(self.acts):
            self.now = act.at.timestamp()
            act.run()

    def say(
        self,
        at: datetime,
        author: str,
        circle: str,
        body: Kind | MakeBody,
        *,
        name: str = "",
        officer: str = "1",
    ) -> None:
        """Plan a statement. body: a statement, or what makes it from the references of named statements."""
        self.plan(at, lambda: self._say(author, circle, body, name, officer))

    def approve(self, at: datetime, author: str, name: str) -> None:
        """Plan that the author's second officer approves a named statement among the guarantors."""
        self.say(
            at,
            author,
            "guarantors",
            lambda refs: kinds.Review(of=refs[name], approves=True),
            officer="2",
        )

    def sync(self, at: datetime, reader: str, *peers: str) -> None:
        """Plan that one node mirrors others."""
        self.plan(at, lambda: self._sync(reader, peers))

    def exchange(self, at: datetime, reader: str, *peers: str) -> None:
        """Plan that one node mirrors others, gives its receipts for what it holds and takes theirs."""
        self.plan(at, lambda: self._exchange(reader, peers))

    def witness(self, at: datetime, who: str) -> None:
        """Plan that a node gives its receipts for all that it holds, by ML-DSA keys too."""

        def hold() -> None:
            problems = self._member(who, mldsa=True).hold(list(self.nodes[who].held))
            assert not problems, problems[0]

        self.plan(at, hold)

    def _say(
        self, author: str, circle: str, body: Kind | MakeBody, name: str, officer: str
    ) -> None:
        node = self.nodes[self._owner(author)]
        made = body(self.refs) if callable(body) else body
        draft = Draft(
            author, circle, made, Place(key=name or made.kind), officer=f"{author}-{officer}"
        )
        stated, problems = node.state([draft])
        assert not problems, problems[0]
        if name:
            self.refs[name] = stated[0]

    def _sync(self, reader: str, peers: tuple[str, ...]) -> None:
        paths = [self.paths[peer] for peer in peers]
        pulled = self.nodes[reader].sync(*paths, officer=f"{reader}-node")
        assert not pulled.problems, pulled.problems[0]

    def _exchange(self, reader: str, peers: tuple[str, ...]) -> None:
        there = [FolderPeer(read_node(self.paths[peer])) for peer in peers]
        pulled = self._member(reader).sync(there)
        assert not pulled.problems, pulled.problems[0]

    def _member(self, who: str, *, mldsa: bool = False) -> Member:
        """The node among others. Receipts by ML-DSA weigh 2,420 bytes each and are random: few are given."""
        node = self.nodes[who]
        identity = identity_of(node)
        given = {
            role: tuple(
                signer if signer.key.type == COSIGNATURE else self.kept.signer(signer)
                for signer in signers
                if mldsa or signer.key.type == COSIGNATURE
            )
            for role, signers in (("witness", identity.witness), ("mirror", identity.mirror))
        }
        identity = replace(identity, witness=given["witness"], mirror=given["mirror"])
        return Member(node, identity, {}, {}, monotonic=lambda: self.now)

    def _owner(self, author: str) -> str:
        any_node = next(iter(self.nodes.values()))
        return owner_of(any_node.agreement, f"{author}.public")

    def _open(self, path: Path) -> Node:
        return Node(read_node(path), clock=lambda: self.now, salt=self._salt)

    def key_seed(self, origin: str) -> bytes:
        """The public seed of a key."""
        return public_seed(self.seed, origin)

    def chance(self, count: int) -> bytes:
        """Bytes for the salts of sealed payloads."""
        self._salts += 1
        return hashlib.shake_256(f"{self.seed} chance {self._salts}".encode()).digest(count)

    def _salt(self) -> str:
        self._salts += 1
        return hashlib.sha256(f"{self.seed} salt {self._salts}".encode()).hexdigest()[:32]


def lay_anew(node: Path) -> None:
    """Write each log of a node once, whole: the partial files of every evening, and what a writer keeps beside, are not worth keeping."""
    folder = read_node(node)
    for log in folder.logs_here():
        whole, aside = f"logs/{log}", f"logs/{log}.aside"
        if folder.held(log).size:
            key = folder.key(log)
            (node / whole).rename(node / aside)
            mirror(folder.disk, whole, log, key, FolderSource(folder.disk, aside))
            shutil.rmtree(node / aside)
