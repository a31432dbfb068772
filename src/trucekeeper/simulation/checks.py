"""What must hold in every run: after each step, and once everything is whole again.

After each step
- two heads of an honest participant's log never contradict each other, wherever they lie;
- a node that is up holds every statement that it acknowledged;
- no machine holds a log of a circle it is not in.

At the end
- nothing acknowledged is missing anywhere, but what a restored backup took from everybody;
- all honest nodes of a circle have one cut, one picture, one report;
- what was planted is found, and nobody honest is accused;
- no byte that reached a party holds what was said among the guarantors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from trucekeeper.errors import Code
from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.note import NoteError, parse_note, verify_note
from trucekeeper.simulation.faults import Misdeed
from trucekeeper.simulation.land import INNER, PLANTED_LATITUDE, PLANTED_OFFICER
from trucekeeper.simulation.station import Station
from trucekeeper.simulation.world import World
from trucekeeper.statements.kinds import TwoHistories
from trucekeeper.storage.histories import HeldHistories
from trucekeeper.storage.log_folder import HEAD, HeldLog, entries_here, persisted_head
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.vocabulary.relations import Row

#: In one run of so many every honest node derives; else one does, from the cut of all.
_DERIVED_EVERYWHERE = 4


class Broken(AssertionError):  # noqa: N818  # the word says what it is
    """A run in which something that must hold does not."""


class Watcher:
    """Looks at a world from outside, and remembers every head that it ever saw."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._roots: dict[tuple[str, int], bytes] = {}
        self._looked: dict[tuple[int, str], bytes] = {}

    # After each step

    def after_step(self) -> None:
        """Raises Broken."""
        world = self.world
        for station in world.stations.values():
            self._heads_agree(station)
            if station.put_back_once and not station.forked:
                station.forked = _is_held_in_two_histories(world, station)
            if station.member is not None and station.name in world.honest:
                _holds_what_it_acknowledged(station)
        _circles_are_kept(world)

    def _heads_agree(self, station: Station) -> None:
        for log, head in self._new_heads(station):
            author = log.partition(".")[0]
            if author not in self.world.honest or self.world.stations[author].forked:
                continue
            root = self._roots.setdefault((log, head.size), head.root)
            if root != head.root and self.world.stations[author].put_back_once:
                self.world.stations[author].forked = True
            else:
                _must(root == head.root, f"two heads of {log} at {head.size}")

    def _new_heads(self, station: Station) -> Iterator[tuple[LogName, Checkpoint]]:
        """The heads on a disk that its log's key signed, as far as they were not looked at."""
        for log in self.world.agreement.logs:
            path = f"logs/{log}/{HEAD}"
            if not station.disk.exists(path):
                continue
            note = station.disk.image_of(path)
            if self._looked.get((id(station), log)) == note:
                continue
            self._looked[id(station), log] = note
            try:
                parsed = parse_note(note)
                verify_note(parsed, self.world.key(log))
            except NoteError:
                continue  # damaged at rest
            yield log, parse_checkpoint(parsed.text)

    # At the end

    def at_the_end(self) -> None:
        """Raises Broken."""
        world = self.world
        self.after_step()
        for name in world.honest:
            _must(world.stations[name].member is not None, f"{name} does not start")
        for name, station in world.stations.items():
            station.ruined = set(station.node.damaged)
            if name in world.honest:
                _nobody_could_help(world, station)
        _converged(world)
        _planted_is_found(world)
        _nobody_honest_is_accused(world)
        _secrets_are_kept(world)


def _is_held_in_two_histories(world: World, author: Station) -> bool:
    """Whether two machines hold other entries of an author whose backup was put back: it went on
    before those who knew better could be asked, at a size that it had not had before."""
    for log in author.signers:
        held = [
            station.node.held[log]
            for station in world.stations.values()
            if station.member is not None and log in station.node.held
        ]
        for one, other in combinations(held, 2):
            shared = min(one.size, other.size)
            if one.levels.root(shared) != other.levels.root(shared):
                return True
    return False


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)


def _holds_what_it_acknowledged(station: Station) -> None:
    damaged = {problem.place.log for problem in station.node.problems}
    for log, leaves in station.acknowledged.items():
        if log in damaged or not leaves:
            continue
        held = station.node.held[log]
        index, leaf = max(leaves.items())
        sound = held.size > index and held.leaves[index] == leaf
        _must(sound, f"{log}/{index} was acknowledged and is gone")


def _circles_are_kept(world: World) -> None:
    for name, station in world.stations.items():
        for path in station.disk.files("logs"):
            author, circle, *_ = path.partition("/")[0].split(".")
            _must(world.agreement.may_read(name, f"{author}.{circle}"), f"{name} holds {path}")


def _nobody_could_help(world: World, station: Station) -> None:
    """Of a log that is still damaged, nobody honest holds the history of the head here, as far as
    it goes; nor, where the head here is damaged too, any that may be taken."""
    for log in map(LogName, station.ruined):
        wanted = _head_on(station, log)
        for name in world.honest:
            other = world.stations[name]
            if other is station or log not in other.node.held:
                continue
            for held in other.node.kept.all_of(log):
                helps = _may_take(station, held) if wanted is None else _holds(held, wanted)
                _must(not helps, f"{station.name} could have mended {log} from {name}")


def _may_take(station: Station, held: HeldLog) -> bool:
    """Whether a node whose head of a log is damaged may take the history that another holds.

    Of another's log any; of its own one that goes on from the head which its writer persisted.
    Where none does, or that head is damaged too, it must not take one that has less than lies here
    or lacks what it acknowledged: nothing is left here that tells entries which were acknowledged
    from those of which nobody was told, and the former are never given up for what others have."""
    log = LogName(held.name)
    if log not in station.signers:
        return held.size > 0
    told = persisted_head(station.disk, f"logs/{log}")
    if told is not None and told.size and _holds(held, told):
        return True
    here = max(1, entries_here(station.disk, f"logs/{log}"), told.size if told is not None else 0)
    acknowledged = station.acknowledged.get(log, {}).items()
    return held.size >= here and all(
        index < held.size and held.leaves[index] == leaf for index, leaf in acknowledged
    )


def _head_on(station: Station, log: LogName) -> Checkpoint | None:
    path = f"logs/{log}/{HEAD}"
    try:
        return parse_checkpoint(parse_note(station.disk.image_of(path)).text)
    except (KeyError, NoteError):
        return None


def _holds(held: HeldLog, head: Checkpoint) -> bool:
    return held.size >= head.size and held.levels.root(head.size) == head.root


def _converged(world: World) -> None:
    """Every circle's honest members hold the same and derive the same."""
    for circle in world.agreement.circles.values():
        members = [world.stations[n] for n in circle.members if n in world.honest]
        nodes = [station.node for station in members if not station.ruined]
        cuts = {node.cut(face=circle.id).digest for node in nodes}
        _must(len(cuts) <= 1, f"{len(cuts)} cuts of {circle.id}")
        if nodes:
            deriving = nodes if world.seed % _DERIVED_EVERYWHERE == 0 else nodes[:1]
            pictures = [node.derive(face=circle.id, as_of="2031-04-01") for node in deriving]
            if len(pictures) > 1:
                _must(len({p.digest for p in pictures}) == 1, f"pictures of {circle.id} differ")
            _everything_is_there(world, circle.id, pictures[0].rows("statements"))


def _everything_is_there(world: World, circle: str, rows: Iterable[Row]) -> None:
    """Every acknowledged statement has its row, with its hash; of a log that forked, whose disputed
    part is frozen, every reader holds the history that has it."""
    leaves = {row["ref"]: row["leaf"] for row in rows}
    for name in world.honest:
        station = world.stations[name]
        for log, acknowledged in station.acknowledged.items():
            if log in station.ruined or not log.endswith(f".{circle}"):
                continue
            for index, leaf in acknowledged.items():
                there = leaves.get(f"{log}/{index}") == leaf.hex()
                if not there and station.forked:
                    there = all(
                        any(h.size > index and h.leaves[index] == leaf for h in kept.all_of(log))
                        for kept in _kept_by_readers(world, log)
                    )
                _must(there, f"{log}/{index} is not in the picture")


def _kept_by_readers(world: World, log: LogName) -> Iterator[HeldHistories]:
    for name in world.honest:
        station = world.stations[name]
        if world.agreement.may_read(name, log) and log not in station.ruined:
            yield station.node.kept


def _planted_is_found(world: World) -> None:
    for name, misdeed in world.misdeeds.items():
        station = world.stations[name]
        if misdeed is Misdeed.EQUIVOCATES and name in world.twins:
            for log in station.signers:
                _shown_twice_is_stated(world, log)
        told = set().union(*(world.stations[n].met for n in world.honest))
        if misdeed is Misdeed.FORGES:
            for forged in station.forged:
                _must(
                    (Code.BAD_SIGNATURE, forged) in told, f"none told that {name} forged {forged}"
                )
        if misdeed is Misdeed.STAYS_AWAY:
            silent = any(c is Code.UNREACHABLE and at.startswith(f"{name} ") for c, at in told)
            _must(silent, f"nobody told that {name} stays away")


def _shown_twice_is_stated(world: World, log: LogName) -> None:
    """Where two honest nodes were shown different histories of a log, each one that may read it
    states so."""
    readers = [n for n in world.honest if world.agreement.may_read(n, log)]
    shown = {n: world.shown(n, log) for n in readers}
    common = min((len(leaves) for leaves in shown.values()), default=0)
    if len({tuple(leaves[:common]) for leaves in shown.values()}) <= 1:
        return
    for reader in readers:
        _must(log in accused(world.stations[reader]), f"{reader} does not know of two {log}")


def _nobody_honest_is_accused(world: World) -> None:
    for name in world.honest:
        for log in accused(world.stations[name]):
            author = log.partition(".")[0]
            innocent = author in world.honest and not world.stations[author].forked
            _must(not innocent, f"{name} holds that {log} has two histories")


def accused(station: Station) -> set[str]:
    """The logs of which two histories are stated, as far as a node can read."""
    record = station.node.record(station.node.held)
    return {
        stated.body.log
        for entries in record.values()
        for stated in entries
        if isinstance(stated.body, TwoHistories)
    }


def _secrets_are_kept(world: World) -> None:
    inner = world.agreement.circles[INNER].members
    for name, station in world.stations.items():
        if name in inner:
            continue
        bodies = [*station.disk.image().values(), *world.network.received.get(name, [])]
        for body in bodies:
            for secret in (PLANTED_LATITUDE, PLANTED_OFFICER):
                _must(secret.encode() not in body, f"{name} got what it may not read")
