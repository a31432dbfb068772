"""The C2SP tlog-policy of one log: its key, and whose receipts of its heads are a quorum, as the
agreement names them for its circle, or else by default. For those who check proofs without a node;
a label there as here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trucekeeper.agreement.model import Quorum
from trucekeeper.agreement.quorums import members
from trucekeeper.agreement.rules import Agreement
from trucekeeper.logs.note import VerifierKey
from trucekeeper.logs.policy import (
    Group,
    Policy,
    PolicyLog,
    default_policy,
    default_quorum,
    witnesses_of,
)
from trucekeeper.vocabulary.ids import LogName, author_of, circle_of


def policy_of(
    agreement: Agreement, log: LogName, key: VerifierKey, keys: Mapping[str, Sequence[VerifierKey]]
) -> Policy | None:
    """The policy of a log. key: the log's; keys: participant → its witness keys. None where those
    who are asked and whose keys are known are fewer than a quorum. Receipts by the author's own
    side never count."""
    circle, side = circle_of(log), agreement.side_of(author_of(log))
    if agreement.quorum_of(circle) is not None:
        return _agreed(agreement, log, key, keys)
    receivers = {p.id for p in agreement.participants.values() if p.role == "un"}
    least, asked = default_quorum(agreement.circles[circle].members, side, receivers)
    return default_policy(key, keys, least, asked)


def _agreed(
    agreement: Agreement, log: LogName, key: VerifierKey, keys: Mapping[str, Sequence[VerifierKey]]
) -> Policy | None:
    quorum, side = agreement.quorum_of(circle_of(log)), agreement.side_of(author_of(log))
    assert quorum is not None
    asked = sorted(members(agreement.quorums, quorum.id) - side)
    witnesses, groups = witnesses_of(asked, keys)
    met = {group.name for group in groups}
    inside = _inside(agreement.quorums, quorum.id)
    for id, provision in agreement.quorums.items():  # each stands after those inside it
        if id in inside:
            named = tuple(dict.fromkeys(member for member in provision.of if member in met))
            if provision.needed <= len(named):
                groups.append(Group(id, provision.needed, named))
                met.add(id)
    if quorum.id not in met:
        return None
    return Policy((PolicyLog(key),), tuple(witnesses), tuple(groups), quorum.id)


def _inside(quorums: Mapping[str, Quorum], id: str) -> frozenset[str]:
    """A quorum and those inside it."""
    within = (_inside(quorums, member) for member in quorums[id].of if member in quorums)
    return frozenset({id}).union(*within)
