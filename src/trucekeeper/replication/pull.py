"""Mirror another node's logs: only those that this node's participants may read, verified before a
byte is kept.

A peer that holds another history of a log is told by a problem, nothing is overwritten, and the
other logs go on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from trucekeeper.errors import Code, NodeError, Place, Problem, VerificationError
from trucekeeper.governance.keyring import Offer, offers_in, whose
from trucekeeper.governance.record import RosterRow, read_entries
from trucekeeper.replication.mirror import FolderSource, TwoHistories, mirror
from trucekeeper.replication.set_aside import is_vouched, own_copy, set_aside
from trucekeeper.storage.log_folder import HEAD, HeldLog
from trucekeeper.storage.node_folder import NodeFolder, read_roster, write_roster
from trucekeeper.storage.trust import Learnt, Trust, Trusted, joined_keys, learn
from trucekeeper.vocabulary.ids import LogName

_IS_KEYS = b'"kind":"keys"'


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a mirroring brought: log → how many new entries; the logs as they are now; what went
    wrong."""

    new: dict[LogName, int]
    held: dict[LogName, HeldLog]
    problems: tuple[Problem, ...]
    #: Participants whose root keys are trusted at first sight from now on.
    first_seen: tuple[str, ...] = ()


def pull(
    own: NodeFolder,
    peer: NodeFolder,
    readers: Collection[str],
    verified: Mapping[LogName, HeldLog] | None = None,
) -> Pulled:
    """Mirror into `own` what `peer` holds of the logs that any of `readers` may read.

    verified: our logs as verified before, so that only what is new costs time. Raises NodeError
    where the two nodes hold different agreements.
    """
    if own.agreement.digest != peer.agreement.digest:
        where = Place(file=str(peer.path))
        raise NodeError(
            Problem(Code.OTHER_AGREEMENT, where, peer.agreement.digest, own.agreement.digest)
        )
    learnt = _joined_trust(own, peer.trust.read_by(own.agreement, readers))
    first = _pulled(replace(own, trust=learnt.trust), peer, readers, verified or {})
    told = learn(own.agreement, learnt.trust, _offers(first))
    seen = tuple(dict.fromkeys((*learnt.first_seen, *told.first_seen)))
    problems = (*learnt.problems, *told.problems)
    if not told.accepted:
        return replace(first, problems=(*first.problems, *problems), first_seen=seen)
    # What came tells of other keys: by these some log may verify that did not.
    held = {**(verified or {}), **first.held}
    roster = read_roster(own.disk)
    again = _pulled(replace(own, roster=roster, trust=told.trust), peer, readers, held)
    new = {log: first.new.get(log, 0) + again.new.get(log, 0) for log in {**first.new, **again.new}}
    return Pulled(new, first.held | again.held, (*again.problems, *problems), seen)


def _pulled(
    own: NodeFolder,
    peer: NodeFolder,
    readers: Collection[str],
    verified: Mapping[LogName, HeldLog],
) -> Pulled:
    """What one passage over the peer's logs brings, by the keys that are relied on now."""
    allowed = {
        row.log
        for row in peer.roster
        if any(own.agreement.may_read(reader, row.log) for reader in readers)
    }
    roster, problems = _joined_rosters(
        own.roster, [row for row in peer.roster if row.log in allowed]
    )
    write_roster(own.disk, roster, own.trust)
    target = replace(own, roster=roster)
    new: dict[LogName, int] = {}
    held: dict[LogName, HeldLog] = {}
    for log in peer.logs_here():
        if log not in allowed or log in own.signers or _same_head(own, peer, log):
            continue
        source = FolderSource(peer.disk, f"logs/{log}")
        try:
            before, held[log] = _mirrored(target, log, source, verified.get(log))
            target.show_key(log)
            if more := held[log].size - before:
                new[log] = more
        except (VerificationError, NodeError) as error:
            problems += error.problems
    return Pulled(new, held, tuple(problems))


def _offers(pulled: Pulled) -> list[Offer]:
    """The key documents among the new entries; the others are not decoded here."""
    found: list[Offer] = []
    for log, count in pulled.new.items():
        held = pulled.held[log]
        for index, entry in enumerate(held.entries(held.size - count), held.size - count):
            if _IS_KEYS in entry:
                found += offers_in(
                    {log: read_entries(log, [(held.leaves[index], entry)], start=index)}
                )
    return found


def _joined_trust(own: NodeFolder, peer: Trust) -> Learnt:
    """What the peer's roster has of root keys and key documents, taken as far as the roots that we
    trust signed it. The roots of a participant are taken from it only while we know no key of that
    participant at all; later they come from its own logs."""
    known = {own.agreement.owner(row.log) for row in own.roster}
    known |= {participant for participant, _ in own.trust.roots()}
    new = tuple(t for t in peer.participants if t.participant not in known)
    before = Trust(
        joined_keys(own.trust.keys, peer.keys),
        (*own.trust.participants, *(Trusted(t.participant, t.circle, t.roots) for t in new)),
    )
    offers = [o for o in peer.offers() if whose(o.document) in before.roots()]
    learnt = learn(own.agreement, before, offers)
    return replace(learnt, first_seen=tuple(dict.fromkeys(t.participant for t in new)))


def _same_head(own: NodeFolder, peer: NodeFolder, log: LogName) -> bool:
    path = f"logs/{log}/{HEAD}"
    both = own.disk.exists(path) and peer.disk.exists(path)
    return both and own.disk.read(path) == peer.disk.read(path)


def _mirrored(
    own: NodeFolder, log: LogName, source: FolderSource, before: HeldLog | None
) -> tuple[int, HeldLog]:
    """How many entries we had, and the log as we hold it then. The source's head is verified by the
    key that is in force at its size by our own roster."""
    folder, key = f"logs/{log}", own.key(log, source.read(HEAD) or b"")
    ours, void = own_copy(own, log, before)
    try:
        return ours.size, mirror(own.disk, folder, log, key, source, ours)
    except TwoHistories as found:
        if not is_vouched(own, found, void=void):
            raise
    set_aside(own, ours)
    return 0, mirror(own.disk, folder, log, key, source)


def _joined_rosters(
    own: Iterable[RosterRow], other: Iterable[RosterRow]
) -> tuple[tuple[RosterRow, ...], list[Problem]]:
    """Our rows, and the other's where we have none. A key that differs is never replaced."""
    rows = {row.log: row for row in own}
    problems = []
    for row in other:
        known = rows.setdefault(row.log, row)
        if known.key != row.key:
            problems.append(
                Problem(
                    Code.ROSTER_DIFFERS, Place(file="roster.toml", log=row.log), row.key, known.key
                )
            )
    return tuple(rows.values()), problems
