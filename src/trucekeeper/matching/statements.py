"""Signed `match` statements: which bind, and which contradict each other and therefore bind
nobody."""

from __future__ import annotations

from collections import defaultdict

from trucekeeper.governance.effect import Governed
from trucekeeper.matching.reports import Constraints
from trucekeeper.statements.kinds import Match
from trucekeeper.vocabulary.ids import RefText

Pair = tuple[RefText, RefText]


def bound_matches(governed: Governed) -> tuple[Constraints, dict[Pair, tuple[RefText, ...]]]:
    """What binds, as the agreement says whose word does; and the pairs on which participants
    contradict each other."""
    said: dict[Pair, dict[str, dict[bool, RefText]]] = defaultdict(lambda: defaultdict(dict))
    for statement, match in sorted(
        governed.of_kind(Match), key=lambda pair: (pair[0].at, pair[0].leaf)
    ):
        one, other = governed.resolve(match.one), governed.resolve(match.other)
        if (
            one is not None
            and other is not None
            and one.ref != other.ref
            and statement.author in governed.agreement.participants
        ):
            first, second = sorted((one, other), key=lambda s: s.leaf)
            said[first.ref, second.ref][statement.author] = {match.same: statement.ref}
    same: list[Pair] = []
    apart: list[Pair] = []
    disputed: dict[Pair, tuple[RefText, ...]] = {}
    for pair, by_author in said.items():
        verdicts = {verdict for own in by_author.values() for verdict in own}
        if len(verdicts) > 1:
            disputed[pair] = tuple(
                sorted(ref for own in by_author.values() for ref in own.values())
            )
        elif _binds(governed, set(by_author)):
            (same if True in verdicts else apart).append(pair)
    return Constraints(tuple(sorted(same)), tuple(sorted(apart))), disputed


def _binds(governed: Governed, authors: set[str]) -> bool:
    rule = governed.agreement.file.matching.bound_by
    if rule == "two-participants":
        return len(authors) >= 2
    return rule == "all-guarantors" and set(governed.agreement.voters(None)) <= authors
