"""What can be wrong with an agreement whose form is right: names that stand for nothing, ends
before beginnings, provisions that contradict each other. Every check adds its problems; none stops
the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations

from trucekeeper.agreement.model import AgreementFile, Block, Clause, Due, Group, ZoneMap
from trucekeeper.agreement.quorums import faults
from trucekeeper.agreement.text import place_of
from trucekeeper.errors import Code, Problem
from trucekeeper.vocabulary.categories import ACTS
from trucekeeper.vocabulary.kinds import KINDS
from trucekeeper.vocabulary.text import name_key
from trucekeeper.vocabulary.words import BOUND

#: Blocks that must name their source where the agreement is a transcription.
_SOURCED = (
    "participants",
    "components",
    "groups",
    "instruments",
    "clauses",
    "zones",
    "excluded_areas",
    "obligations",
    "amendments",
)
_LISTS = ("sources", *_SOURCED, "circles", "reporting_areas", "clocks", "attachments")
MAP_OWNERS = ("agreed", "sketch")


def check(file: AgreementFile, lines: Mapping[str, int]) -> list[Problem]:
    """Every contradiction and dangling name in an agreement."""
    found = _Checker(file, lines)
    found.identifiers()
    found.names()
    found.orders()
    found.circles()
    found.decision()
    found.clauses()
    found.groups()
    found.reporting_areas()
    found.quorums()
    found.deadlines()
    found.sources()
    return found.problems


class _Checker:
    def __init__(self, file: AgreementFile, lines: Mapping[str, int]) -> None:
        self.file = file
        self.lines = lines
        self.problems: list[Problem] = []
        self.participants = {p.id for p in file.participants}
        self.authors = self.participants | {c.id for c in file.components}
        self.clause_ids = {clause.id for clause in file.clauses}
        self.zone_ids = {zone.id for zone in file.zones}

    def report(self, code: Code, key: str, found: str, expected: str) -> None:
        self.problems.append(Problem(code, place_of(self.lines, key), found, expected))

    def known(self, key: str, names: Iterable[str], allowed: Iterable[str], what: str) -> None:
        allowed = set(allowed)
        for name in names:
            if name not in allowed:
                self.report(
                    Code.UNKNOWN_NAME,
                    key,
                    f"`{name}`",
                    f"{what}: {', '.join(sorted(allowed)) or 'none is declared'}",
                )

    def identifiers(self) -> None:
        for name in _LISTS:
            ids = [
                getattr(block, "file" if name == "attachments" else "id")
                for block in getattr(self.file, name)
            ]
            for repeated in sorted(id for id, count in Counter(ids).items() if count > 1):
                index = len(ids) - 1 - ids[::-1].index(repeated)
                self.report(
                    Code.REPEATED_NAME, f"{name}[{index}].id", f"`{repeated}` twice", "each once"
                )
        for both in sorted(self.participants & {c.id for c in self.file.components}):
            self.report(
                Code.REPEATED_NAME,
                "components",
                f"`{both}` is a participant too",
                "a name of its own",
            )

    def names(self) -> None:
        file, circles = self.file, {circle.id for circle in self.file.circles}
        self.known(
            "agreement.reporting_circle", [file.agreement.reporting_circle], circles, "a circle"
        )
        for i, participant in enumerate(file.participants):
            self.known(
                f"participants[{i}].answers_for",
                participant.answers_for,
                self.participants,
                "a participant",
            )
        for i, component in enumerate(file.components):
            self.known(f"components[{i}].circle", [component.circle], circles, "a circle")
            if component.keeper is not None:
                self.known(
                    f"components[{i}].keeper",
                    [component.keeper],
                    self.participants,
                    "a participant",
                )
            elif not file.agreement.transcription:
                self.report(
                    Code.MISSING_KEY,
                    f"components[{i}].keeper",
                    "no keeper",
                    "the participant that keeps its log",
                )
        for i, circle in enumerate(file.circles):
            self.known(f"circles[{i}].members", circle.members, self.participants, "a participant")
        for i, zone in enumerate(file.zones):
            self.known(
                f"zones[{i}].guarantors", zone.guarantors, self.participants, "a participant"
            )
            self.known(
                f"zones[{i}].circle", [zone.circle or "public"], circles | {"public"}, "a circle"
            )
            self._maps(f"zones[{i}].maps", zone.maps)
        for i, area in enumerate(file.excluded_areas):
            self._maps(f"excluded_areas[{i}].maps", area.maps)
        self._clause_references()
        self._entitlements_and_clocks(circles)

    def _maps(self, key: str, maps: tuple[ZoneMap, ...]) -> None:
        files = {attachment.file for attachment in self.file.attachments}
        for i, map_ in enumerate(maps):
            self.known(
                f"{key}[{i}].by",
                [map_.by],
                self.participants | set(MAP_OWNERS),
                "a participant, `agreed` or `sketch`",
            )
            self.known(f"{key}[{i}].file", [map_.file], files, "an attachment")

    def _clause_references(self) -> None:
        file = self.file
        cited: list[tuple[str, str | None]] = [("decision.clause", file.decision.clause)]
        cited.append(("decision.interested_clause", file.decision.interested_clause))
        cited += (
            [("decision.silence.clause", file.decision.silence.clause)]
            if file.decision.silence
            else []
        )
        cited += [("service.clause", file.service.clause)] if file.service else []
        for name in (
            "groups",
            "zones",
            "excluded_areas",
            "clocks",
            "obligations",
            "entitlements",
            "amendments",
            "quorums",
        ):
            cited += [
                (f"{name}[{i}].clause", block.clause) for i, block in enumerate(getattr(file, name))
            ]
        for key, clause in cited:
            self.known(key, [clause] if clause else [], self.clause_ids, "a clause")
        amendments = {amendment.id for amendment in file.amendments}
        for name in ("groups", "clauses", "zones", "clocks", "obligations", "entitlements"):
            for i, block in enumerate(getattr(file, name)):
                self.known(
                    f"{name}[{i}].amendment",
                    [block.amendment] if block.amendment else [],
                    amendments,
                    "an amendment",
                )
        ending = (
            self.clause_ids
            | self.zone_ids
            | {clock.id for clock in file.clocks}
            | {o.id for o in file.obligations}
        )
        for i, amendment in enumerate(file.amendments):
            self.known(
                f"amendments[{i}].ends",
                amendment.ends,
                ending,
                "a clause, zone, clock or obligation",
            )
        instruments = {instrument.id for instrument in file.instruments}
        for i, block in enumerate(file.clauses):
            self.known(
                f"clauses[{i}].instrument",
                [block.instrument] if block.instrument else [],
                instruments,
                "an instrument",
            )

    def _entitlements_and_clocks(self, circles: set[str]) -> None:
        roles = {"guarantor", "party", "observer", "un", "host", "not-stated", "component"}
        for i, entitlement in enumerate(self.file.entitlements):
            self.known(
                f"entitlements[{i}].kinds", entitlement.kinds, {*KINDS, "*"}, "a kind of statement"
            )
            self.known(
                f"entitlements[{i}].by",
                entitlement.by,
                self.authors | roles | {"*"},
                "a role, participant or component",
            )
            self.known(f"entitlements[{i}].to", entitlement.to, circles | {"*"}, "a circle")
        for i, clock in enumerate(self.file.clocks):
            self.known(f"clocks[{i}].starts_on", [clock.starts_on], KINDS, "a kind of statement")
            self.known(f"clocks[{i}].met_by", clock.met_by, KINDS, "a kind of statement")
            self.known(
                f"clocks[{i}].circle", [clock.circle] if clock.circle else [], circles, "a circle"
            )
        if self.file.service:
            self.known(
                "service.held_by", [self.file.service.held_by], self.participants, "a participant"
            )

    def orders(self) -> None:
        if not self.file.time.offsets:
            self.report(Code.MISSING_KEY, "time.offsets", "no offset", "at least one")
        starts = [offset.starts for offset in self.file.time.offsets]
        if starts != sorted(set(starts)):
            self.report(
                Code.BAD_ORDER,
                "time.offsets",
                "offsets out of order",
                "each later than the one before",
            )
        head = self.file.agreement
        if head.until is not None and head.until <= head.in_force:
            self.report(
                Code.BAD_ORDER, "agreement.until", str(head.until), f"later than {head.in_force}"
            )
        for name in ("groups", "clauses", "zones", "excluded_areas", "clocks", "entitlements"):
            for i, block in enumerate(getattr(self.file, name)):
                self._order(f"{name}[{i}]", block)
                for part in ("maps", "names", "readings"):
                    for j, inner in enumerate(getattr(block, part, ())):
                        self._order(f"{name}[{i}].{part}[{j}]", inner)

    def _order(self, key: str, block: Block) -> None:
        starts, until = getattr(block, "starts", None), getattr(block, "until", None)
        if starts is not None and until is not None and until <= starts:
            self.report(Code.BAD_ORDER, f"{key}.until", str(until), f"later than {starts}")

    def circles(self) -> None:
        ids = [circle.id for circle in self.file.circles]
        if "public" not in ids:
            self.report(Code.MISSING_KEY, "circles", "no circle `public`", "a circle of everybody")
        else:
            public = ids.index("public")
            missing = self.participants - set(self.file.circles[public].members)
            if missing:
                found = f"`public` without {', '.join(sorted(missing))}"
                self.report(Code.CONTRADICTION, f"circles[{public}].members", found, "everybody")
        for one, other in combinations(self.file.circles, 2):
            same = set(one.members) == set(other.members) and other.follows != one.id
            if same and "public" not in (one.id, other.id):
                index = self.file.circles.index(other)
                self.report(
                    Code.CONTRADICTION,
                    f"circles[{index}].members",
                    f"the same members as `{one.id}`",
                    "one circle for one set",
                )

    def decision(self) -> None:
        decision, file = self.file.decision, self.file
        circles = {circle.id: circle.members for circle in file.circles}
        self.known("decision.circle", [decision.circle], circles, "a circle")
        self.known("decision.voters", decision.voters, self.participants, "a participant")
        voters = decision.voters or tuple(p.id for p in file.participants if p.role == "guarantor")
        if decision.quorum > len(voters):
            self.report(
                Code.CONTRADICTION,
                "decision.quorum",
                str(decision.quorum),
                f"at most {len(voters)}, who vote",
            )
        outside = set(voters) - set(circles.get(decision.circle, voters))
        if outside:
            found = f"{', '.join(sorted(outside))} cannot read `{decision.circle}`"
            self.report(
                Code.CONTRADICTION, "decision.circle", found, "a circle that holds every voter"
            )

    def clauses(self) -> None:
        groups = {group.id for group in self.file.groups}
        for i, clause in enumerate(self.file.clauses):
            self.known(f"clauses[{i}].acts", clause.acts, ACTS, "an act of the vocabulary")
            self.known(f"clauses[{i}].by", clause.by, groups, "a group")
            self.known(f"clauses[{i}].against", clause.against, groups, "a group")
            self.known(f"clauses[{i}].zones", clause.zones, self.zone_ids, "a zone")
            if bool(clause.acts) != (clause.acts_are is not None):
                self.report(
                    Code.CONTRADICTION,
                    f"clauses[{i}].acts_are",
                    "acts without a class, or a class without acts",
                    "both or neither",
                )
        for (_, one), (j, other) in combinations(enumerate(self.file.clauses), 2):
            shared = sorted(set(one.acts) & set(other.acts))
            if shared and _opposed(one, other):
                found = f"`{shared[0]}` is {one.acts_are} in `{one.id}` and {other.acts_are} here"
                self.report(
                    Code.CONTRADICTION,
                    f"clauses[{j}].acts",
                    found,
                    "one class for one act, place, actor and time",
                )

    def groups(self) -> None:
        ids = {group.id for group in self.file.groups}
        sides = self.participants
        for i, group in enumerate(self.file.groups):
            self.known(
                f"groups[{i}].side", [group.side] if group.side else [], sides, "a participant"
            )
            self.known(f"groups[{i}].covers", group.covers, ids, "a group")
            for j, reading in enumerate(group.readings):
                self.known(
                    f"groups[{i}].readings[{j}].by",
                    [reading.by],
                    self.participants,
                    "a participant",
                )
            if group.covers and group.standing != "undetermined":
                found = f"an umbrella that is `{group.standing}`"
                self.report(
                    Code.CONTRADICTION,
                    f"groups[{i}].standing",
                    found,
                    "`undetermined`: nothing tells which group it was",
                )
            if group.standing == "excluded" and group.clause is None:
                self.report(
                    Code.MISSING_KEY,
                    f"groups[{i}].clause",
                    "excluded by no clause",
                    "the clause that excludes it",
                )
        for (_, one), (j, other) in combinations(enumerate(self.file.groups), 2):
            shared = _all_names(one) & _all_names(other)
            if shared and _overlap(one, other):
                opposed = (one.standing in BOUND) != (other.standing in BOUND)
                code = Code.CONTRADICTION if opposed else Code.REPEATED_NAME
                both = f"`{one.id}` ({one.standing}) and `{other.id}` ({other.standing})"
                found = f"`{min(shared)}` names {both} at one time"
                self.report(code, f"groups[{j}].names", found, "one group to a name at a time")

    def reporting_areas(self) -> None:
        codes = [
            (i, code) for i, area in enumerate(self.file.reporting_areas) for code in area.codes
        ]
        for (_, one), (j, other) in combinations(codes, 2):
            if one.startswith(other) or other.startswith(one):
                self.report(
                    Code.NOT_A_PARTITION,
                    f"reporting_areas[{j}].codes",
                    f"`{other}` overlaps `{one}`",
                    "each code once",
                )
        if self.file.areas is not None:
            files = {attachment.file for attachment in self.file.attachments}
            self.known("areas.file", [self.file.areas.file], files, "an attachment")
        if self.file.matching.file is not None:
            files = {attachment.file for attachment in self.file.attachments}
            self.known("matching.file", [self.file.matching.file], files, "an attachment")

    def quorums(self) -> None:
        """Names and clauses first; what a quorum is worth only where its names are known."""
        before, problems = set(self.participants), len(self.problems)
        circles = {circle.id for circle in self.file.circles}
        labelled: set[str] = set()
        for i, quorum in enumerate(self.file.quorums):
            key = f"quorums[{i}]"
            self.known(f"{key}.of", quorum.of, before, "a participant, or a quorum declared before")
            if quorum.id in before:
                found = f"`{quorum.id}` is declared before"
                self.report(Code.REPEATED_NAME, f"{key}.id", found, "a name of its own")
            before.add(quorum.id)
            if quorum.circle is None:
                continue
            self.known(f"{key}.circle", [quorum.circle], circles, "a circle")
            if quorum.circle in labelled:
                found = f"`{quorum.circle}` twice"
                self.report(Code.REPEATED_NAME, f"{key}.circle", found, "one quorum for a circle")
            labelled.add(quorum.circle)
            if quorum.clause is None:
                found = "by no clause"
                self.report(Code.MISSING_KEY, f"{key}.clause", found, "the clause that says so")
        if len(self.problems) == problems:
            for i, what, found, expected in faults(self.file):
                code = Code.QUORUMS_APART if what == "apart" else Code.NO_QUORUM
                field = "of" if what == "apart" else what
                self.report(code, f"quorums[{i}].{field}", found, expected)

    def deadlines(self) -> None:
        for i, obligation in enumerate(self.file.obligations):
            if obligation.due is not None:
                self._due(f"obligations[{i}].due", obligation.due)
            for j, variant in enumerate(obligation.variants):
                self._due(f"obligations[{i}].variants[{j}].due", variant.due)

    def _due(self, key: str, due: Due) -> None:
        forms = (due.on is not None) + (due.at is not None) + (due.days is not None)
        if forms != 1 or (due.days is None) != (due.after is None):
            self.report(
                Code.CONTRADICTION,
                key,
                "no deadline, or more than one form of it",
                "`on`, `at`, or `days` with `after`",
            )
        instruments = {instrument.id for instrument in self.file.instruments}
        self.known(f"{key}.after", [due.after] if due.after else [], instruments, "an instrument")

    def sources(self) -> None:
        declared = {source.id for source in self.file.sources}
        for name in _SOURCED:
            for i, block in enumerate(getattr(self.file, name)):
                self.known(f"{name}[{i}].source", block.source, declared, "a source")
                if self.file.agreement.transcription and not block.source:
                    self.report(
                        Code.NO_SOURCE, f"{name}[{i}].source", "no source", "where it was read"
                    )
                for part in ("names", "readings", "maps", "variants"):
                    for j, inner in enumerate(getattr(block, part, ())):
                        self.known(
                            f"{name}[{i}].{part}[{j}].source", inner.source, declared, "a source"
                        )
                        if part == "readings" and (not inner.source or inner.starts is None):
                            self.report(
                                Code.NO_SOURCE,
                                f"{name}[{i}].readings[{j}]",
                                "no source or no date",
                                "a dated, sourced reading",
                            )


def _opposed(one: Clause, other: Clause) -> bool:
    same_reach = (one.by, one.against, one.zones) == (other.by, other.against, other.zones)
    return (
        one.acts_are != other.acts_are
        and same_reach
        and _overlap(one, other)
        and one.amendment == other.amendment
    )


def _overlap(one: Clause | Group, other: Clause | Group) -> bool:
    one_first = one.until is None or other.starts is None or other.starts < one.until
    other_first = other.until is None or one.starts is None or one.starts < other.until
    return bool(one_first and other_first)


def _all_names(group: Group) -> set[str]:
    return {name_key(name) for name in (group.id, group.name, *(name.name for name in group.names))}
