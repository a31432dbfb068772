"""The scope test by actor: over every author and target that is possible together."""

from __future__ import annotations

from itertools import product

from trucekeeper.agreement.model import Clause
from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.adherence import GroupStanding, Standings
from trucekeeper.incidents.answers import Test
from trucekeeper.incidents.located import Located, Sides
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.reasons import reason
from trucekeeper.vocabulary.words import ScopeResult


class Actors:
    """The actor test of one record; what recurs is computed once."""

    def __init__(self, agreement: Agreement, standings: Standings) -> None:
        self.agreement = agreement
        self.standings = standings
        self._known: dict[tuple[object, ...], Test] = {}

    def test(self, report: Located, clause: Clause | None) -> Test:
        """Over every author and target that is possible together: outside where each way a side is
        excluded or not bound; inside where each way all are bound; contested where a standing on
        which it turns is."""
        key = (
            report.author_sides,
            report.target_sides,
            clause and clause.id,
            self.standings.interval(report.earliest),
        )
        if key not in self._known:
            self._known[key] = self._test(report, clause)
        return self._known[key]

    def _test(self, report: Located, clause: Clause | None) -> Test:
        if not report.authors and not report.targets:
            return Test("undetermined", (reason("no-side-stated"),))
        pairs = _pairs(report.author_sides, report.target_sides)
        answers = [self._pair(a, t, report.earliest, clause) for a, t in pairs]
        results = {answer.result for answer in answers}
        chosen: ScopeResult = (
            next(iter(results))
            if len(results) == 1
            else "contested"
            if "contested" in results
            else "undetermined"
        )
        relevant = [a for a in answers if a.result == chosen] or answers
        reasons = tuple(dict.fromkeys(r for a in relevant for r in a.reasons))
        clauses = tuple(dict.fromkeys(c for a in relevant for c in a.clauses))
        return Test(
            chosen, reasons, clauses, tuple(dict.fromkeys(ref for a in relevant for ref in a.refs))
        )

    def _pair(self, author: str | None, target: str | None, at: int, clause: Clause | None) -> Test:
        sides = [self._side(name, at) for name in (author, target)]
        refs = tuple(ref for s in sides if s is not None for ref in s.basis)
        deciding: tuple[ScopeResult, ...] = ("outside", "contested")
        for result in deciding:
            of_it = [s for s in sides if s is not None and s.effect == result]
            if of_it:
                cited = tuple(dict.fromkeys(s.group.clause for s in of_it if s.group.clause))
                return Test(result, tuple(s.why for s in of_it), cited, refs)
        for name, side, word in ((author, sides[0], "author"), (target, sides[1], "target")):
            if side is None:
                unstated = reason("side-not-stated", side=word)
                unknown = unstated if name is None else reason("no-such-group", name=name)
                return Test("undetermined", (unknown,))
            if side.effect == "undetermined":
                cited = (side.group.clause,) if side.group.clause else ()
                return Test("undetermined", (side.why,), cited, refs)
        return self._named_sides(author, target, clause, refs)

    def _named_sides(
        self,
        author: str | None,
        target: str | None,
        clause: Clause | None,
        refs: tuple[RefText, ...],
    ) -> Test:
        if clause is not None and clause.by and author not in clause.by:
            unbound = reason("author-not-bound", clause=clause.id)
            return Test("outside", (unbound,), (clause.id,), refs)
        if clause is not None and clause.against and target not in clause.against:
            unprotected = reason("target-not-protected", clause=clause.id)
            return Test("outside", (unprotected,), (clause.id,), refs)
        cited = (clause.id,) if clause else ()
        return Test("inside", (reason("sides-bound"),), cited, refs)

    def _side(self, name: str | None, at: int) -> GroupStanding | None:
        group = None if name is None else self.agreement.groups.get(name)
        return None if group is None else self.standings.at(group, at)


def _pairs(authors: Sides, targets: Sides) -> list[tuple[str | None, str | None]]:
    """Every author and target that are possible together: never two groups of one side, save where
    a report names but one side."""
    sides = list(product(authors or ((None,),), targets or ((None,),)))
    opposed = [(author, target) for author, target in sides if author != target] or sides
    return list(
        dict.fromkeys(pair for author, target in opposed for pair in product(author, target))
    )
