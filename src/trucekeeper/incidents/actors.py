"""The scope test by actor: over every author and target that is possible together."""

from __future__ import annotations

from itertools import product

from trucekeeper.agreement.model import Clause
from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.adherence import GroupStanding, Standings
from trucekeeper.incidents.answers import Test
from trucekeeper.incidents.located import Located, Sides
from trucekeeper.vocabulary.ids import RefText
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
            return Test("undetermined", "neither author nor target is stated")
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
        reason = "; ".join(dict.fromkeys(a.reason for a in relevant))
        clauses = tuple(dict.fromkeys(c for a in relevant for c in a.clauses))
        return Test(
            chosen, reason, clauses, tuple(dict.fromkeys(ref for a in relevant for ref in a.refs))
        )

    def _pair(self, author: str | None, target: str | None, at: int, clause: Clause | None) -> Test:
        sides = [self._side(name, at) for name in (author, target)]
        outside = [s for s in sides if s is not None and s.effect == "outside"]
        refs = tuple(ref for s in sides if s is not None for ref in s.basis)
        if outside:
            cited = tuple(dict.fromkeys(s.group.clause for s in outside if s.group.clause))
            return Test(
                "outside", "; ".join(f"{s.group.name}: {s.why}" for s in outside), cited, refs
            )
        contested = [s for s in sides if s is not None and s.effect == "contested"]
        if contested:
            cited = tuple(dict.fromkeys(s.group.clause for s in contested if s.group.clause))
            return Test(
                "contested", "; ".join(f"{s.group.name}: {s.why}" for s in contested), cited, refs
            )
        for name, side, word in ((author, sides[0], "author"), (target, sides[1], "target")):
            if side is None:
                what = (
                    f"the {word} is not stated"
                    if name is None
                    else f"no group of the name `{name}` in the agreement"
                )
                return Test("undetermined", what)
            if side.effect == "undetermined":
                return Test(
                    "undetermined",
                    f"{side.group.name}: {side.why}",
                    (side.group.clause,) if side.group.clause else (),
                    refs,
                )
        return self._named_sides(author, target, clause, refs)

    def _named_sides(
        self,
        author: str | None,
        target: str | None,
        clause: Clause | None,
        refs: tuple[RefText, ...],
    ) -> Test:
        if clause is not None and clause.by and author not in clause.by:
            return Test("outside", f"`{clause.id}` does not bind this author", (clause.id,), refs)
        if clause is not None and clause.against and target not in clause.against:
            return Test(
                "outside", f"`{clause.id}` does not protect this target", (clause.id,), refs
            )
        return Test(
            "inside", "both sides are bound, or protected", (clause.id,) if clause else (), refs
        )

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
