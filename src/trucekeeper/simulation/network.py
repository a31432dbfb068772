"""A network that loses, repeats, delays and garbles, and that falls apart.

It carries the requests of the exchange between nodes as function calls. Because every request waits
for its answer, reordering shows as an older answer to the same request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from trucekeeper.replication.message import Request, Response, Send
from trucekeeper.simulation.faults import Faults

#: Answers one request that a reader sends. Raises OSError where nobody is there.
Answer = Callable[[str, Request], Response]


class Network:
    """Links between participants' nodes.

    islands: participant → the part of the network in which it is; empty while it is whole.
    received: participant → the bodies of all answers that reached it, to be searched for what it
    must not know."""

    def __init__(self, chance: Random, faults: Faults) -> None:
        self.chance = chance
        self.faults = faults
        self.islands: dict[str, int] = {}
        self.received: dict[str, list[bytes]] = {}
        self._earlier: dict[tuple[str, str, str, str], Response] = {}

    def fall_apart(self, participants: tuple[str, ...]) -> None:
        """Split the participants into two islands."""
        self.islands = {who: self.chance.randrange(2) for who in participants}

    def heal(self) -> None:
        """Make the network whole, and free of faults from now on."""
        self.islands = {}
        self.faults = Faults()

    def link(self, reader: str, peer: str, answer: Answer) -> Send:
        """What carries a reader's requests to a peer."""
        return lambda request: self._carry(reader, peer, request, answer)

    def _carry(self, reader: str, peer: str, request: Request, answer: Answer) -> Response:
        if self.islands.get(reader) != self.islands.get(peer) or self._happens(self.faults.lost):
            raise OSError("no route")
        key = (reader, peer, request.method, request.target)
        if key in self._earlier and self._happens(self.faults.stale):
            return self._earlier[key]
        response = answer(reader, self._garbled_request(request))
        if self._happens(self.faults.repeated):
            answer(reader, request)
        self.received.setdefault(reader, []).append(response.body)
        self._earlier[key] = response
        if self._happens(self.faults.lost):
            raise OSError("no answer")
        if response.body and self._happens(self.faults.garbled):
            return replace(response, body=self._flipped(response.body))
        return response

    def _garbled_request(self, request: Request) -> Request:
        if request.body and self._happens(self.faults.garbled):
            return replace(request, body=self._flipped(request.body))
        return request

    def _flipped(self, body: bytes) -> bytes:
        at = self.chance.randrange(len(body))
        return body[:at] + bytes([body[at] ^ (1 << self.chance.randrange(8))]) + body[at + 1 :]

    def _happens(self, likelihood: float) -> bool:
        return self.chance.random() < likelihood
