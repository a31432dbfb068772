"""What a peer says of itself and of others' keys, and how much of it a node's roster takes.

It may be garbled, or made up. What stands on a roster stays there, so only what can be what it says
it is may get there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code, Place, Problem
from trucekeeper.governance.key_document import is_node_key, read_key_text, root_key
from trucekeeper.governance.keyring import whose
from trucekeeper.governance.record import RosterRow
from trucekeeper.keys.recipients import is_recipient
from trucekeeper.replication.exchange import About
from trucekeeper.storage.node_folder import NodeFolder
from trucekeeper.storage.trust import ROSTER, Learnt, NodeKey, Trust, Trusted, joined_keys, learn
from trucekeeper.vocabulary.ids import CircleId, LogName, author_of


def readable(own: NodeFolder, about: About, readers: Iterable[str]) -> frozenset[LogName]:
    """The logs of which a peer tells that any of the readers may read."""
    readers = tuple(readers)
    return frozenset(
        row.log
        for row in about.roster
        if any(own.agreement.may_read(reader, row.log) for reader in readers)
    )


def introduced(
    now: NodeFolder, about: About, readers: Iterable[str]
) -> tuple[tuple[RosterRow, ...], Trust, tuple[Learnt, list[Problem]]]:
    """The roster once a peer has said who it is and whose logs it holds; what was learnt with it,
    and where the peer names other keys."""
    readers = tuple(readers)
    learnt, allowed = _joined_trust(now, about, readers), readable(now, about, readers)
    rows, problems = _joined_rosters(now, (row for row in about.roster if row.log in allowed))
    return rows, learnt.trust, (learnt, problems)


def _joined_trust(own: NodeFolder, about: About, readers: Iterable[str]) -> Learnt:
    """What a peer says of root keys and key documents, taken as far as the roots that we trust
    signed it. The roots of a participant are taken from it only while we know no key of that
    participant at all; later they come from its own logs. Keys that no document holds are taken
    from the node whose they are and from no other, or a peer could bring a key under another's
    name."""
    peer = Trust(about.keys, about.trusted).read_by(own.agreement, readers)
    given = [
        key
        for key in peer.keys
        if key.participant in about.participants and _is_given(own.agreement, key)
    ]
    known = {own.agreement.owner(row.log) for row in own.roster}
    known |= {participant for participant, _ in own.trust.roots()}
    new = tuple(
        t for t in peer.participants if t.participant not in known and _has_roots(own.agreement, t)
    )
    before = Trust(
        joined_keys(own.trust.keys, given),
        (*own.trust.participants, *(Trusted(t.participant, t.circle, t.roots) for t in new)),
    )
    offers = [o for o in peer.offers() if whose(o.document) in before.roots()]
    learnt = learn(own.agreement, before, offers)
    return replace(learnt, first_seen=tuple(dict.fromkeys(t.participant for t in new)))


def _is_given(agreement: Agreement, key: NodeKey) -> bool:
    """Whether a key may stand on a roster: what was garbled on the way would else stay for ever in
    the place of the right one."""
    sound = is_node_key(agreement, key.participant, key.role, key.key)
    return sound and (key.role != "recipient" or is_recipient(key.key))


def _has_roots(agreement: Agreement, trusted: Trusted) -> bool:
    """Whether roots may stand on a roster."""
    circle = agreement.circles.get(CircleId(trusted.circle))
    member = circle is not None and trusted.participant in circle.members
    roots = [root_key(agreement, trusted.participant, text) for text in trusted.roots]
    return member and bool(roots) and None not in roots


def _is_row(own: NodeFolder, row: RosterRow) -> bool:
    """Whether a row may stand on a roster: the author's log, and a key under the log's origin."""
    key = read_key_text(row.key)
    named = key is not None and key.name == own.agreement.origin(row.log)
    return named and row.author == author_of(row.log)


def _joined_rosters(
    own: NodeFolder, other: Iterable[RosterRow]
) -> tuple[tuple[RosterRow, ...], list[Problem]]:
    """Our rows, and the other's where we have none and its is the row of such a log. A key that
    differs is never replaced."""
    rows = {row.log: row for row in own.roster}
    problems = []
    for row in other:
        if row.log not in rows and not _is_row(own, row):
            where, expected = Place(file=ROSTER, log=row.log), "a verifier key of this log"
            problems.append(Problem(Code.ROSTER_DIFFERS, where, row.key[:200], expected))
            continue
        known = rows.setdefault(row.log, row)
        if known.key != row.key:
            problems.append(
                Problem(Code.ROSTER_DIFFERS, Place(file=ROSTER, log=row.log), row.key, known.key)
            )
    return tuple(rows.values()), problems
