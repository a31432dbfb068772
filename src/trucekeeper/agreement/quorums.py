"""Whose receipts of a head the agreement calls a quorum, and what is wrong with such a provision.

A quorum is a label and gates nothing. Receipts by the author's own side never count for its logs,
and whoever is honest gives no receipt for two heads that contradict each other: so a quorum says
that there is one history only if any two quorums share somebody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

from trucekeeper.agreement.model import AgreementFile, Circle, Participant, Quorum

#: Whoever is in a quorum is tried in every combination.
MEMBERS_MAX = 12


def is_met(quorums: Mapping[str, Quorum], id: str, holders: Collection[str]) -> bool:
    """Whether those who gave receipts are a quorum. quorums: by identifier, none in itself."""
    if id not in quorums:
        return id in holders
    wanted = quorums[id]
    return sum(is_met(quorums, member, holders) for member in set(wanted.of)) >= wanted.needed


def members(quorums: Mapping[str, Quorum], id: str) -> frozenset[str]:
    """The participants in a quorum, through the quorums inside it."""
    if id not in quorums:
        return frozenset({id})
    return frozenset().union(*(members(quorums, member) for member in quorums[id].of))


def side_of(participants: Sequence[Participant], author: str) -> frozenset[str]:
    """A participant, those for whom it answers, and those who answer for it."""
    answers_for = {p.id: set(p.answers_for) for p in participants}
    others = {p for p, sides in answers_for.items() if author in sides}
    return frozenset({author} | answers_for.get(author, set()) | others)


def apart(
    quorums: Mapping[str, Quorum], id: str, asked: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Two quorums among those asked that share nobody, as small as they can be; None where there
    are no such two."""
    everybody = sorted(asked)
    for one in _quorums(quorums, id, everybody):
        for other in _quorums(quorums, id, [who for who in everybody if who not in one]):
            return one, other
    return None


def _quorums(
    quorums: Mapping[str, Quorum], id: str, asked: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    for size in range(1, len(asked) + 1):
        for some in combinations(asked, size):
            if is_met(quorums, id, some):
                yield some


def faults(file: AgreementFile) -> Iterator[tuple[int, str, str, str]]:
    """(index, what, found, expected) for each provision whose names are known but of which no use
    can be made. what: the field that is wrong, or `apart` where two quorums need share nobody."""
    quorums = {quorum.id: quorum for quorum in file.quorums}
    circles = {circle.id: circle for circle in file.circles}
    for index, quorum in enumerate(file.quorums):
        if quorum.needed > len(set(quorum.of)):
            found = f"{quorum.needed} needed of {len(set(quorum.of))}"
            yield index, "needed", found, "no more than are named"
        elif quorum.circle in circles:
            yield from _of_circle(file, quorums, index, circles[quorum.circle])


def _of_circle(
    file: AgreementFile, quorums: Mapping[str, Quorum], index: int, circle: Circle
) -> Iterator[tuple[int, str, str, str]]:
    quorum = file.quorums[index]
    named = members(quorums, quorum.id)
    strangers = sorted(named - set(circle.members))
    if strangers:
        found = f"{', '.join(strangers)} cannot read `{circle.id}`"
        yield index, "of", found, "members of the circle"
        return
    if len(named) > MEMBERS_MAX:
        yield index, "of", f"{len(named)} participants", f"at most {MEMBERS_MAX}"
        return
    for author in circle.members:
        asked = named - side_of(file.participants, author)
        if not is_met(quorums, quorum.id, asked):
            found = f"for the log of `{author}` only {', '.join(sorted(asked)) or 'nobody'} counts"
            yield index, "needed", found, "a quorum that those not on the author's side can give"
        elif (two := apart(quorums, quorum.id, asked)) is not None:
            one, other = (", ".join(some) for some in two)
            found = f"for the log of `{author}` {one} are one and {other} are another"
            yield index, "apart", found, "any two quorums share somebody not on the author's side"
