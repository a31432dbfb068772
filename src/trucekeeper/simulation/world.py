"""A run: stations that state and exchange while things go wrong, one step after the other, all of
it following from the seed."""

from __future__ import annotations

from collections import Counter
from functools import partial
from random import Random

from trucekeeper.logs.note import VerifierKey
from trucekeeper.replication.message import Request, Response, Send
from trucekeeper.simulation.clock import SkewedClock, WorldTime
from trucekeeper.simulation.faults import Faults, Misdeed, every_fault
from trucekeeper.simulation.land import NAMES, START, land
from trucekeeper.simulation.misdeeds import answer_of_a_rogue
from trucekeeper.simulation.network import Network
from trucekeeper.simulation.station import Station
from trucekeeper.vocabulary.ids import LogName

_STEP_SECONDS_MAX = 7_200
#: How many effects on the disk it takes at most until a crash that was called for comes.
_CRASH_WITHIN = 30


class World:
    """Stations, a network between them, and what happens to both.

    misdeeds: participant → what it does that no honest one would. twins: participants that show two
    histories → the second machine with the same keys."""

    def __init__(self, seed: int, *, size: int | None = None, faults: Faults | None = None) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.names = NAMES[: size or self.chance.randint(3, 7)]
        self.faults = every_fault(self.chance, self.names) if faults is None else faults
        self.misdeeds = dict(self.faults.misdeeds)
        self.agreement = land(len(self.names))
        self.time = WorldTime(START + 86_400.0)
        self.network = Network(self.chance, self.faults)
        self.stations = {name: self._station(name) for name in self.names}
        self.twins: dict[str, Station] = {}
        #: Which of the two machines of one that shows two histories a reader reaches.
        self.sees_twin = {name: self.chance.random() < 0.5 for name in self.names}
        self.steps = 0
        self.happened: Counter[str] = Counter()
        for station in self.stations.values():
            station.start()

    @property
    def honest(self) -> tuple[str, ...]:
        """The participants that do nothing wrong on purpose."""
        return tuple(name for name in self.names if name not in self.misdeeds)

    def key(self, log: LogName) -> VerifierKey:
        """The key that signs a log's heads."""
        return self.stations[log.partition(".")[0]].signers[log].key

    def shown(self, reader: str, log: LogName) -> list[bytes]:
        """The leaf hashes of a log as a reader holds it in the log's own place."""
        held = self.stations[reader].node.held.get(log)
        return [] if held is None else list(held.leaves)

    def _station(self, name: str) -> Station:
        clock = SkewedClock(self.time)
        chance = Random(self.chance.getrandbits(64))
        return Station(name, self.agreement, clock, chance, lambda peer: self._link(name, peer))

    def _link(self, reader: str, peer: str) -> Send:
        return self.network.link(
            reader, peer, lambda who, request: self._answer(who, peer, request)
        )

    def _answer(self, reader: str, peer: str, request: Request) -> Response:
        station = self.stations[peer]
        if peer in self.twins and self.sees_twin[reader]:
            station = self.twins[peer]
        misdeed = self.misdeeds.get(peer)
        if misdeed is None:
            return station.answer(reader, request)
        return answer_of_a_rogue(misdeed, station, reader, request, self.chance)

    # One step

    def step(self) -> None:
        """Let time pass and one thing happen."""
        self.steps += 1
        self.time.now += self.chance.randrange(1, _STEP_SECONDS_MAX)
        self._weather()
        name = self.chance.choice(self.names)
        station = self.stations[name]
        if name in self.twins and self.chance.random() < 0.5:
            station = self.twins[name]
        if station.member is None:
            station.do(station.start)
            if station.member is not None:
                station.do(station.mend)
            return
        if self.misdeeds.get(name) is Misdeed.STAYS_AWAY and self.steps > 10:
            return
        self._harm(station)
        if station.member is not None:
            self._act(station)

    def _act(self, station: Station) -> None:
        others = [name for name in self.names if name != station.name]
        peer = self.chance.choice(others)
        match self.chance.randrange(10):
            case 0 | 1 | 2 | 3:
                station.do(station.speak)
            case 4 | 5 | 6 | 7:
                station.do(lambda: station.fetch(peer))
            case _:
                station.do(lambda: station.tell(peer))
        if self.misdeeds.get(station.name) is Misdeed.EQUIVOCATES:
            self._split(station.name)

    def _split(self, name: str) -> None:
        """From some step on, run a second machine from a copy of the first."""
        if name not in self.twins and self.steps > 15 and self.stations[name].member is not None:
            twin = self._station(name)
            twin.disk.restore(self.stations[name].disk.image())
            self.twins[name] = twin
            twin.do(twin.start)

    # What goes wrong

    def _strikes(self, fault: str) -> bool:
        """Whether a fault happens now; counted."""
        happens: bool = self.chance.random() < getattr(self.faults, fault)
        self.happened[fault] += happens
        return happens

    def _passes(self, likelihood: float) -> bool:
        return self.chance.random() < likelihood

    def _weather(self) -> None:
        """What befalls the network and the clocks."""
        if self.network.islands and self._passes(0.2):
            self.network.islands = {}
        elif self._strikes("partition"):
            self.network.fall_apart(self.names)
        if self._strikes("skew"):
            station = self.stations[self.chance.choice(self.names)]
            station.clock.skew_s = self.chance.choice([0.0, self.chance.uniform(-90_000, 90_000)])

    def _harm(self, station: Station) -> None:
        """What befalls one machine. An older trouble of its disk may be over."""
        disk = station.disk
        if self._passes(0.3):
            disk.space_bytes, disk.read_only = None, False
            disk.unreadable.clear()
        if self._strikes("full"):
            disk.space_bytes = self.chance.randrange(20_000)
        if self._strikes("read_only"):
            disk.read_only = True
        files = [f"logs/{path}" for path in disk.files("logs") if "/" in path]
        files += [f"witness/{path}" for path in disk.files("witness")]
        if files and self._strikes("unreadable"):
            disk.unreadable.add(self.chance.choice(files))
        if files and self._strikes("flip"):
            disk.flip(self.chance.choice(files))
        if files and self._strikes("truncate"):
            disk.truncate(self.chance.choice(files))
        if self._passes(0.1):
            station.backup = disk.image()
        if self._strikes("restore"):
            station.put_back()
        elif self._strikes("crash"):
            disk.crash_at = disk.operations + self.chance.randrange(_CRASH_WITHIN)

    # The end

    def settle(self, rounds: int = 12) -> None:
        """Make everything whole, start every machine anew, and let all exchange until nothing is
        new."""
        self.network.heal()
        machines = [*self.stations.values(), *self.twins.values()]
        for station in machines:
            station.disk.sound()
            station.met.clear()
            station.forged.clear()
            station.clock.skew_s = 0.0
            if station.member is not None:
                station.stop()
            station.do(station.start)
        for station in machines:
            station.do(station.mend)
        for _ in range(rounds):
            before = self._heads()
            for name in self.honest:
                self.time.now += 60
                station = self.stations[name]
                for peer in self.names:
                    if peer != name:
                        station.do(partial(station.fetch, peer, tells=False))
                if station.is_told_to_mend:
                    station.do(station.mend)
                station.do(station.look)
            if self._heads() == before:
                return
        raise AssertionError(f"not settled after {rounds} rounds")

    def _heads(self) -> list[object]:
        """What every honest node holds."""
        return [
            [[(h.size, h.checkpoint.root) for h in kept.all_of(log)] for log in kept.held]
            for kept in (self.stations[name].node.kept for name in self.honest)
        ]
