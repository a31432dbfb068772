"""Whether any two quorums of a policy share somebody who is not on the side of the log's author.

Exact, and fast whatever the policy: in a policy every witness and group is a member of one group at
most, so a quorum is a tree, and how far two disjoint sets get is counted group by group. Only who
has keys in several groups is tried on either side. Follows the arithmetic of cosigning in Sigsum's
list archive (N. Möller, 2023)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from trucekeeper.logs.policy import Policy
from trucekeeper.logs.text import NoteError

#: Holders with keys in several groups; every one of them doubles the work.
TRIED_MAX = 8
#: What a holder can do for two heads that contradict each other: sign for the one or the other.
#: Who is on the author's side can do both.
Done = tuple[int, int]
_BOTH: Done = (1, 1)
_ONE: Done = (1, 0)
_OTHER: Done = (0, 1)
_NEITHER: Done = (0, 0)
_EITHER = (_ONE, _OTHER)


@dataclass(frozen=True, slots=True)
class _Needs:
    """A group over holders and groups."""

    least: int
    members: tuple[_Needs | str, ...]


def fault(policy: Policy, author_side: Collection[str]) -> str | None:
    """Why a policy is of no use against the author's side; None where it is. Raises NoteError where
    too many have keys in several groups to find out.

    author_side: the names in the keys (`<agreement>/<participant>/witness`), not the policy's own.
    """
    found = split(policy, author_side)
    if found is None:
        return None
    one, other = (", ".join(holders) or "nobody else" for holders in found)
    return (
        "two quorums need not share anybody outside the author's side: with that side, "
        f"{one} are one and {other} are another"
    )


def split(
    policy: Policy, author_side: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Two sets of holders, none in both and none of the author's side, each of which is a quorum
    together with that side; as small as they can be made by leaving out. None where there are no
    such sets. Raises NoteError as `fault`."""
    if policy.quorum is None:
        return (), ()
    holders = {witness.name: witness.key.name for witness in policy.witnesses}
    needs: dict[str, _Needs | str] = dict(holders)
    for group in policy.groups:
        needs[group.name] = _joined(_Needs(group.least, tuple(needs[m] for m in group.members)))
    quorum = needs[policy.quorum]
    times = Counter(_holders(quorum))
    repeated = sorted(h for h in times if times[h] > 1 and h not in author_side)
    if len(repeated) > TRIED_MAX:
        raise NoteError(f"more than {TRIED_MAX} witnesses with keys in several groups")
    free: dict[str, tuple[Done, ...]] = {
        h: (_BOTH,) if h in author_side else _EITHER for h in times
    }
    for tried in product(_EITHER, repeat=len(repeated)):
        chosen = free | {h: (done,) for h, done in zip(repeated, tried, strict=True)}
        if _BOTH in _reach(quorum, chosen):
            return _example(quorum, chosen, author_side)
    return None


def _joined(group: _Needs) -> _Needs | str:
    """The holder of a group in which all keys are of one holder, for whoever gives one receipt can
    give all; else the group."""
    first = group.members[0]
    return first if isinstance(first, str) and set(group.members) == {first} else group


def _holders(needs: _Needs | str) -> Iterator[str]:
    if isinstance(needs, str):
        yield needs
    else:
        for member in needs.members:
            yield from _holders(member)


def _reach(needs: _Needs | str, can: Mapping[str, tuple[Done, ...]]) -> tuple[Done, ...]:
    """What can be had of a group for the one head and for the other, at best."""
    if isinstance(needs, str):
        return can[needs]
    # For every number of members that sign for the one head, how many can sign for the other.
    counts = {0: 0}
    for member in needs.members:
        more: dict[int, int] = {}
        for (one, other), (adds, adds_other) in product(counts.items(), _reach(member, can)):
            more[one + adds] = max(more.get(one + adds, 0), other + adds_other)
        counts = more
    least = needs.least
    if any(one >= least and other >= least for one, other in counts.items()):
        return (_BOTH,)
    met = [
        done
        for done, count in ((_ONE, max(counts)), (_OTHER, max(counts.values())))
        if count >= least
    ]
    return tuple(met) or (_NEITHER,)


def _example(
    quorum: _Needs | str, can: Mapping[str, tuple[Done, ...]], author_side: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who signs what where both heads get a quorum: holder by holder nothing, if the others do."""
    chosen = dict(can)
    for holder in sorted(set(can) - set(author_side)):
        for done in (_NEITHER, *can[holder]):
            chosen[holder] = (done,)
            if _BOTH in _reach(quorum, chosen):
                break
    signed = {h: chosen[h][0] for h in sorted(set(can) - set(author_side))}
    return (
        tuple(h for h, done in signed.items() if done == _ONE),
        tuple(h for h, done in signed.items() if done == _OTHER),
    )
