"""The scope test by place: where a report lies on each version of each map in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trucekeeper.agreement.checks import MAP_OWNERS
from trucekeeper.agreement.model import Clause, ExcludedArea, Zone, ZoneMap
from trucekeeper.agreement.rules import Agreement
from trucekeeper.incidents.answers import Test, ZoneFinding
from trucekeeper.incidents.elements import Incident
from trucekeeper.incidents.located import Located
from trucekeeper.vocabulary.reasons import ReasonId, reason
from trucekeeper.vocabulary.words import ScopeResult

_LIES: Mapping[str, ReasonId] = {
    "in": "inside-zone",
    "out": "outside-zone",
    "across": "across-zone",
    "no-point": "no-point",
}


class Zoning:
    """The maps of one agreement; when each holds is computed once."""

    def __init__(self, agreement: Agreement) -> None:
        self.agreement = agreement
        file = agreement.file
        self._zone_maps = {z.id: [(m, agreement.span(m)) for m in z.maps] for z in file.zones}
        self._area_maps = {
            a.id: [(m, agreement.span(m)) for m in a.maps] for a in file.excluded_areas
        }

    def spans(self) -> list[tuple[int, int] | None]:
        """When each map version holds."""
        maps = (*self._zone_maps.values(), *self._area_maps.values())
        return [span for held in maps for _, span in held]

    def place(self, report: Located, clause: Clause) -> Test:
        if not clause.zones:
            return self.everywhere(report)
        answers = []
        for zone in self.agreement.file.zones:
            if zone.id in clause.zones and self.agreement.holds(zone, report.earliest):
                answers.append(self._in_maps(report, zone, self._zone_maps[zone.id], clause.id))
        order: tuple[ScopeResult, ...] = ("inside", "contested", "undetermined", "outside")
        for result in order:
            alike = [answer for answer in answers if answer.result == result]
            if alike:
                # One zone suffices to be inside; to be in none, every zone has its word.
                return alike[0] if result in ("inside", "contested") else _together(alike)
        return Test("outside", (reason("no-zone-in-force", clause=clause.id),), (clause.id,))

    def everywhere(self, report: Located) -> Test:
        """Everywhere is inside but the areas that a clause excludes; being inside one of those is
        outside the agreement."""
        turned: dict[ScopeResult, ScopeResult] = {"inside": "outside", "outside": "inside"}
        answers = []
        for area in self.agreement.file.excluded_areas:
            if self.agreement.holds(area, report.earliest):
                test = self._in_maps(report, area, self._area_maps[area.id], area.clause)
                answers.append(
                    Test(turned.get(test.result, test.result), test.reasons, test.clauses)
                )
        order: tuple[ScopeResult, ...] = ("outside", "contested", "undetermined")
        found = next((a for result in order for a in answers if a.result == result), None)
        return found or Test(
            "inside", (reason("everywhere"),), tuple(c for a in answers for c in a.clauses)
        )

    def _in_maps(
        self,
        report: Located,
        place: Zone | ExcludedArea,
        maps: Sequence[tuple[ZoneMap, tuple[int, int] | None]],
        clause: str,
    ) -> Test:
        """Whether a report lies in a zone under each map version in force. A sketch decides
        nothing. An agreed map decides; without one, versions of participants that differ make it
        contested."""
        held = [
            m
            for m, span in maps
            if span is not None and span[0] <= report.earliest < span[1] and m.by != "sketch"
        ]
        agreed = [m for m in held if m.by == "agreed"]
        deciding = agreed or held
        cited = tuple(dict.fromkeys((place.clause or clause, clause)))
        if not deciding:
            return Test("undetermined", (reason("no-agreed-map", zone=place.id),), cited)
        lies = [(m, report.lies[place.id, m.version]) for m in deciding]
        told = tuple(
            reason(_LIES[lie], zone=place.id, map=f"{m.by} {m.version}") for m, lie in lies
        )
        kinds = {lie for _, lie in lies}
        if kinds <= {"in", "out"} and len(kinds) == 2:
            return Test("contested", told, cited)
        if kinds == {"in"}:
            return Test("inside", told, cited)
        if kinds == {"out"}:
            return Test("outside", told, cited)
        return Test("undetermined", told, cited)

    def zones_of(self, best: Located) -> tuple[ZoneFinding, ...]:
        """The zones in which the disc of an incident's most precise report lies, by the best maps
        at hand: agreed ones, else those of participants, else a sketch. Where maps of one rank
        differ, all of them are told."""
        found = []
        for zone in self.agreement.file.zones:
            if "in" not in best.lies.values() and "across" not in best.lies.values():
                break
            if not self.agreement.holds(zone, best.earliest):
                continue
            held = [
                m
                for m, span in self._zone_maps[zone.id]
                if span is not None and span[0] <= best.earliest < span[1]
            ]
            highest = min((_rank(m) for m in held), default=0)
            lies = [(m, best.lies[zone.id, m.version]) for m in held if _rank(m) == highest]
            if any(lie in ("in", "across") for _, lie in lies):
                told = tuple(
                    f"{_LIES[lie].removesuffix('-zone')} {m.by} {m.version}" for m, lie in lies
                )
                found.append(ZoneFinding(zone, told))
        return tuple(found)


def _together(alike: Sequence[Test]) -> Test:
    """Answers of one result as one, with every reason."""
    reasons = tuple(dict.fromkeys(r for answer in alike for r in answer.reasons))
    return Test(alike[0].result, reasons, tuple(dict.fromkeys(c for a in alike for c in a.clauses)))


def _rank(map_: ZoneMap) -> int:
    return ("agreed", "", "sketch").index(map_.by if map_.by in MAP_OWNERS else "")


def most_precise(incident: Incident) -> Located:
    """The member with the smallest radius, then by leaf hash; one without a point comes last."""
    return min(incident.members, key=_precision)


def _precision(member: Located) -> tuple[bool, int, str]:
    radius_m = member.report.place.radius_m
    return radius_m is None, radius_m or 0, member.statement.leaf
