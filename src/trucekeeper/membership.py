"""A node among the others: what it answers them, whom it asks, the receipts it gives and takes, and
the watch that keeps all of it going."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, TypeVar

from trucekeeper.acquaintance import http_peer, identity_of
from trucekeeper.errors import Code, NodeError, Place, Problem, StorageError, VerificationError
from trucekeeper.logs.note import VerifierKey
from trucekeeper.replication.bundle import open_bundle
from trucekeeper.replication.exchange import Exchange
from trucekeeper.replication.identity import Identity
from trucekeeper.replication.peer import (
    PEERS,
    HttpPeer,
    HttpSend,
    read_peers,
)
from trucekeeper.replication.pull import FolderPeer, Peer, Pulled, pull
from trucekeeper.replication.repair import Mended, mend
from trucekeeper.replication.restored import ahead, restore
from trucekeeper.replication.watch import Pace, Watch, Worker
from trucekeeper.replication.witness import Witness, add_receipts, ask, receipt_keys
from trucekeeper.storage.disk import RealDisk
from trucekeeper.storage.node_folder import read_node
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.workspace import Node

#: The lock that a running service of a node holds.
SERVING = "cache/serving.lock"
#: How long a peer is waited for before the first signature after a start.
_START_SECONDS = 3.0
Report = Callable[[str, Sequence[Problem]], None]
T = TypeVar("T")
R = TypeVar("R")


def no_report(_peer: str, _problems: Sequence[Problem]) -> None:
    """What becomes of problems that nobody reads."""


class Each(Protocol):
    """What a function gives for each value, in their order."""

    def __call__(self, function: Callable[[T], R], values: Sequence[T], /) -> list[R]: ...


def at_once(function: Callable[[T], R], values: Sequence[T]) -> list[R]:
    """What a function gives for each value, in their order; all are asked at the same time."""
    with ThreadPoolExecutor(len(values)) as pool:
        return list(pool.map(function, values))


@dataclass
class Member:
    """A node, who it is to the others, and its peers by participant."""

    node: Node
    identity: Identity
    peers: dict[str, HttpPeer]
    urls: dict[str, str]
    pace: Pace = field(default_factory=Pace)
    monotonic: Callable[[], float] = time.monotonic
    each: Each = at_once

    def __post_init__(self) -> None:
        self._announced: dict[LogName, str] = {}
        self._seen: dict[tuple[str, LogName], int] = {}
        self._untold = False
        self._told_at = float("-inf")
        self._watch: Watch | None = None
        self._served: list[Exchange] = []
        self.witness = Witness(
            self.node.folder.disk,
            self.node.agreement,
            self.identity,
            self.node.clock,
            self._key,
            self._hint,
        )

    def exchange(self, prefix: str = "") -> Exchange:
        """What the node answers to others."""
        served = Exchange(
            self.node.folder.disk,
            self.node.agreement,
            self.identity,
            self.node.clock,
            prefix,
            cited=self.node.citing,
            add_checkpoint=self.witness.add_checkpoint,
        )
        self._served.append(served)
        return served

    def watch(self, report: Report = no_report) -> Watch:
        """The watch over the node's folder and its peers; it runs while it is entered."""
        chance = random.SystemRandom().random
        workers = {name: Worker(name, self, chance, self.pace, report) for name in self.peers}
        self._watch = Watch(self, workers, self.pace, self.monotonic, report)
        return self._watch

    def check_start(self) -> Sequence[str]:
        """Ask the peers for the heads of the node's own logs, before it signs for the first time.
        Raises NodeError where one of them holds more, or another history. The peers that were asked
        where none of them answers; else nobody. A log of which several histories are held is frozen
        and signs nothing: it does not keep the others, nor its next edition, from signing."""
        kept = self.node.kept
        held = {log: own for log, own in self.node.held.items() if not kept.is_forked(log)}

        def told(peer: HttpPeer) -> list[Problem] | None:
            try:
                return ahead(self.node.folder, peer, held)
            except NodeError:
                return None

        if not self.peers:
            return ()
        answers = self.each(told, list(self.peers.values()))
        if problems := [p for answer in answers if answer for p in answer]:
            raise NodeError(*problems)
        return tuple(self.peers) if all(answer is None for answer in answers) else ()

    def restore(self) -> Pulled:
        """Bring the node's own logs back to what its peers hold of them; what came back, and what
        was wrong. A peer that fails is a problem, and the others are asked."""
        new: dict[LogName, int] = {}
        problems: list[Problem] = []
        for peer in self.peers.values():
            try:
                pulled = restore(self.node.folder, peer, self.node.held)
            except NodeError as error:
                problems += error.problems
                continue
            self.node.held |= pulled.held
            new |= {log: new.get(log, 0) + count for log, count in pulled.new.items()}
            problems += pulled.problems
        return Pulled(new, dict(self.node.held), tuple(problems))

    def repair(self) -> Mended:
        """Make damaged logs whole again from what is sound here and from what the peers hold; of
        own logs, complete what their writer had begun."""
        damaged = [log for log in self.node.folder.logs_here() if log in self.node.damaged]
        peers = list(self.peers.values())
        mended = mend(self.node.folder, self.node.held, damaged, peers)
        self.node.read_again()
        problems = list(mended.problems)
        for log in mended.logs:
            try:
                self.node.complete(log)
            except (NodeError, VerificationError, StorageError) as error:
                problems += error.problems
        return Mended(mended.logs, tuple(problems))

    # What the watch does

    def changed(self) -> Collection[LogName]:
        """The own logs whose head is another than at the last call. States in each own log what was
        seen, at most once in a while: others are told with it."""
        now = self.monotonic()
        with self.node.guard:
            self.node.refresh()
            if self._untold and now >= self._told_at + self.pace.context:
                self._untold, self._told_at = False, now
                self.node.state(self.node.evidence("node"))
                self.node.state(self.node.contexts("node"))
            heads = {
                log: held.checkpoint.text()
                for log, held in self.node.held.items()
                if log in self.node.folder.signers and held.size
            }
        changed = [log for log, head in heads.items() if self._announced.get(log) != head]
        self._announced |= {log: heads[log] for log in changed}
        return changed

    def hold(self, logs: Collection[LogName]) -> list[Problem]:
        """Give the node's own receipts for these logs; what of them is damaged here."""
        problems: list[Problem] = []
        for log in logs:
            try:
                self.witness.hold(log)
            except (VerificationError, NodeError) as error:
                problems += error.problems
        return problems

    def tell(self, peer: str, logs: Collection[LogName]) -> None:
        """Tell a peer the heads of own logs that it may read, and take its receipts."""
        disk, keys = self.node.folder.disk, receipt_keys(self.identity, [peer])
        for log in logs:
            if not self.node.agreement.may_read(peer, log):
                continue
            old = self._seen.get((peer, log), 0)
            asked = ask(self.peers[peer], disk, log, self.node.folder.key(log), old, keys)
            if asked.size is not None:
                self._seen[peer, log] = asked.size
                self._not_ahead(peer, log, asked.size)
            if asked.receipts:
                add_receipts(disk, log, asked.receipts)

    def fetch(self, peer: str, logs: Collection[LogName] | None) -> Sequence[Problem]:
        """Mirror what a peer holds of these logs, or of all, and give receipts for it. Raises
        NodeError where it told of a log and does not show it: it may not know this node yet."""
        problems = self.pulled(self.peers[peer], logs).problems
        shown = self.peers[peer].heads() if logs else {}
        for log in logs or ():
            if log not in shown:
                where = Place(file=peer, log=log)
                raise NodeError(Problem(Code.REFUSED, where, "not shown", "the head it told of"))
        return problems

    def pulled(self, peer: Peer, logs: Collection[LogName] | None = None) -> Pulled:
        """What mirroring a peer brought; receipts for it are given."""
        pulled = pull(
            self.node.folder,
            peer,
            self.node.participants,
            dict(self.node.held),
            only=logs,
            receipts=self.receipt_keys,
        )
        with self.node.guard:
            self._untold |= self.node.take(pulled) or bool(self.node.evidence("node"))
            for served in self._served:
                served.agreement = self.node.agreement
            payloads = self.node.take_payloads(peer) if pulled.new or logs is None else []
        damaged = self.hold(pulled.held)
        return replace(pulled, problems=(*pulled.problems, *payloads, *damaged))

    def sync(self, peers: Iterable[Peer]) -> Pulled:
        """Mirror these peers, state what was seen, and take the receipts of those that answer. A
        peer that fails is a problem, and the others go on."""
        new: dict[LogName, int] = {}
        problems: list[Problem] = []
        answering = []
        for peer in peers:
            try:
                pulled = self.pulled(peer)
            except NodeError as error:
                problems += error.problems
                continue
            new |= {log: new.get(log, 0) + count for log, count in pulled.new.items()}
            problems += pulled.problems
            answering += [peer.name] if self.peers.get(peer.name) is peer else []
        changed = self.changed()
        self.hold(changed)
        for name in answering:
            try:
                self.tell(name, changed)
            except NodeError as error:
                problems += error.problems
        return Pulled(new, dict(self.node.held), tuple(problems))

    def named(self, text: str) -> Peer:
        """The peer that a person names: a bundle, a node's folder, a participant or an address of
        peers.toml. Raises NodeError."""
        for name, peer in self.peers.items():
            if text in (name, self.urls[name]):
                return peer
        path = Path(text)
        if "://" in text:
            expected = ", ".join(self.urls.values()) or f"an address in {PEERS}"
            raise NodeError(Problem(Code.BAD_PEERS, Place(file=PEERS), f"`{text}`", expected))
        if path.is_file():
            return open_bundle(path, [self.node.folder.keyring.identity])
        return FolderPeer(read_node(path))

    def close(self) -> None:
        """End the connections to the peers."""
        for peer in self.peers.values():
            peer.close()

    def _not_ahead(self, peer: str, log: LogName, size: int) -> None:
        """Raises NodeError where a peer has seen more of an own log than was ever signed here."""
        with self.node.guard:
            self.node.refresh()
            held = self.node.held.get(log)
        own = size if held is None else held.size
        if size > own:
            where, expected = Place(file=peer, log=log), f"at most {own} entries"
            raise NodeError(Problem(Code.RESTORED_BACKUP, where, f"{size} entries", expected))

    def receipt_keys(self, log: LogName) -> Collection[VerifierKey]:
        """The keys by which receipts for a log are known: those of its circle's members."""
        readers = [p for p in self.node.agreement.participants if self._reads(p, log)]
        return receipt_keys(self.identity, readers)

    def _reads(self, participant: str, log: LogName) -> bool:
        return self.node.agreement.may_read(participant, log)

    def _hint(self, log: LogName, sender: str | None) -> None:
        if self._watch is not None:
            self._watch.hint(log, sender)

    def _key(self, log: LogName, note: bytes) -> VerifierKey | None:
        """The key that verifies a head of a log on the roster."""
        try:
            return self.node.folder.key(log, note)
        except NodeError as error:
            if error.problems[0].code is Code.NOT_ON_ROSTER:
                return None
            raise


def join(
    node: Node, *, identity: Identity | None = None, seconds: float = 20.0, pace: Pace | None = None
) -> Member:
    """The node with its peers, as peers.toml names them. Raises NodeError."""
    identity = identity or identity_of(node)
    own = set(node.participants)
    addresses = [a for a in read_peers(node.folder.disk) if a.participant not in own]
    peers = {
        a.participant: http_peer(
            node, identity, a, send := HttpSend(a.url, seconds=seconds), send.close
        )
        for a in addresses
    }
    urls = {a.participant: a.url for a in addresses}
    return Member(node, identity, peers, urls, pace or Pace())


def check_before_signing(node: Node) -> None:
    """Let the node ask its peers before it signs for the first time, unless a service of the same
    node runs, which has asked them."""

    def check() -> Sequence[str]:
        try:
            with RealDisk(node.folder.path).lock(SERVING):
                pass
        except StorageError:
            return ()
        member = join(node, seconds=_START_SECONDS)
        try:
            return member.check_start()
        finally:
            member.close()

    node.before_signing = check
