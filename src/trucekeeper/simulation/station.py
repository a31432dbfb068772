"""One participant's machine in a run: its disk, its clock, and the node that runs on it while it
is up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

from trucekeeper.acquaintance import http_peer, identity_of
from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code, Problem, TrucekeeperError
from trucekeeper.membership import Member
from trucekeeper.replication.bundle import head_size
from trucekeeper.replication.exchange import Exchange
from trucekeeper.replication.message import Request, Response, Send
from trucekeeper.replication.peer import PeerAddress
from trucekeeper.simulation.clock import SkewedClock
from trucekeeper.simulation.disk import Crashed, ForgetfulDisk
from trucekeeper.simulation.keys import keyring_of, known_keys, roster_of
from trucekeeper.simulation.land import something_to_say
from trucekeeper.storage.log_folder import HEAD
from trucekeeper.storage.node_folder import NodeFolder
from trucekeeper.storage.roster import read_roster, read_trust_of, write_roster
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.workspace import Node

T = TypeVar("T")
R = TypeVar("R")
#: What carries requests to a peer.
Link = Callable[[str], Send]


class Station:
    """A participant's machine. member: None while it is down.

    acknowledged: log → index → leaf hash of what the node said it had stated. met: code and log or
    file of all problems that it told. backup: an older image of its disk. put_back_once: whether
    its disk ever was replaced by one. forked: whether it then signed a second history, because
    those who knew better could not be asked. forged: the logs of others of which it, a forger,
    passed on heads that they did not sign. ruined: logs that are damaged here and whole with nobody
    else.
    """

    def __init__(
        self, name: str, agreement: Agreement, clock: SkewedClock, chance: Random, link: Link
    ) -> None:
        self.name = name
        self.agreement = agreement
        self.clock = clock
        self.chance = chance
        self.link = link
        self.disk = ForgetfulDisk(chance)
        self.member: Member | None = None
        self.acknowledged: dict[LogName, dict[int, bytes]] = {}
        self.met: set[tuple[Code, str]] = set()
        self.put_back_once = False
        self.forked = False
        self.ruined: set[str] = set()
        self.forged: set[str] = set()
        self._salts = 0
        self._exchange: Exchange | None = None
        self.keyring = keyring_of(agreement, name)
        self.signers = {log: signer for log, (signer,) in self.keyring.logs.items()}
        write_roster(self.disk, roster_of(self.keyring, name), known_keys(agreement))
        self.backup = self.disk.image()
        self.disk.restore(self.backup)

    # Up and down

    def start(self) -> None:
        """Open the node on this disk, as after switching the machine on; mend what is damaged."""
        roster, trust = read_roster(self.disk), read_trust_of(self.disk)
        folder = NodeFolder(
            Path(self.name), self.disk, self.agreement, roster, self.signers, self.keyring, trust
        )
        node = Node(folder, clock=self.clock, salt=self._salt)
        identity = identity_of(node)
        peers = {
            other: http_peer(
                node,
                identity,
                PeerAddress(other, f"http://{other}"),
                self.link(other),
                nonce=self._salt,
            )
            for other in self.agreement.participants
            if other != self.name
        }
        self.member = Member(node, identity, peers, {}, monotonic=self.clock, each=_one_by_one)
        node.before_signing = self.member.check_start
        self._exchange = self.member.exchange()
        self.told(node.problems)

    def stop(self) -> None:
        """Switch the machine off, or let it crash: what was not durable may be gone."""
        self.member = self._exchange = None
        self.disk.crash()

    @property
    def node(self) -> Node:
        """The node that runs."""
        assert self.member is not None
        return self.member.node

    def put_back(self) -> None:
        """Stop the machine and put an older backup in the place of its disk."""
        self.member = self._exchange = None
        self.disk.restore(self.backup)
        self.put_back_once = True
        for log, leaves in self.acknowledged.items():
            path = f"logs/{log}/{HEAD}"
            size = head_size(self.backup[path]) if path in self.backup else 0
            self.acknowledged[log] = {i: leaf for i, leaf in leaves.items() if i < size}

    def do(self, what: Callable[[], object]) -> None:
        """Do something; a crash stops the machine, a refusal is told and remembered."""
        try:
            what()
        except Crashed:
            self.stop()
        except TrucekeeperError as error:
            self.told(error.problems)

    def answer(self, _reader: str, request: Request) -> Response:
        """The answer to a peer. Raises OSError while the machine is down."""
        if self._exchange is None:
            raise OSError("nobody there")
        try:
            return self._exchange.answer(request)
        except Crashed:
            self.stop()
            raise OSError("it went down") from None

    # What its officers do

    def speak(self) -> None:
        """State something; what is acknowledged is remembered."""
        assert self.member is not None
        node = self.member.node
        reports = [
            f"{log}/{index}"
            for log, held in node.held.items()
            for index in range(max(0, held.size - 3), held.size)
            if _is_report(node, log, index)
        ]
        draft = something_to_say(self.chance, self.agreement, self.name, self.clock(), reports)
        stated, problems = node.state([draft])
        self.told(problems)
        for ref in stated:
            name, _, index = ref.rpartition("/")
            log = LogName(name)
            leaf = node.held[log].leaves[int(index)]
            self.acknowledged.setdefault(log, {})[int(index)] = leaf

    def fetch(self, peer: str, *, tells: bool = True) -> None:
        """Mirror what a peer has, and, if it tells, say what was seen."""
        assert self.member is not None
        self.told(self.member.fetch(peer, None))
        if tells:
            self.look()

    def look(self) -> None:
        """Say what was seen."""
        assert self.member is not None
        self.member.changed()

    def tell(self, peer: str) -> None:
        """Tell a peer the heads of the own logs, and take its receipts."""
        assert self.member is not None
        held = self.node.held
        self.member.tell(peer, [log for log in self.signers if log in held and held[log].size])

    def mend(self) -> None:
        """Make damaged logs whole again, and bring back what a restored backup lacks."""
        assert self.member is not None
        if self.node.damaged:
            self.told(self.member.repair().problems)
        self.told(self.member.restore().problems)

    @property
    def is_told_to_mend(self) -> bool:
        """Whether its officers read that something here is to be mended or brought back."""
        return bool(self.node.damaged) or any(c is Code.RESTORED_BACKUP for c, _ in self.met)

    def told(self, problems: Iterable[Problem]) -> None:
        """Remember the problems that were told."""
        self.met |= {(p.code, p.place.log or p.place.file or "") for p in problems}

    def _salt(self) -> str:
        self._salts += 1
        return f"{self.chance.getrandbits(128):032x}"


def _is_report(node: Node, log: LogName, index: int) -> bool:
    body = node.record([log])[log][index].body
    return body is not None and body.kind == "report"


def _one_by_one(function: Callable[[T], R], values: Sequence[T]) -> list[R]:
    return [function(value) for value in values]
