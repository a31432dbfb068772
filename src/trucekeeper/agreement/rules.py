"""The agreement as rules: what holds at a time, who may read what, which group a name stands for.

`load` makes it from bytes. Amendments are in force only once they are adopted, which `governance`
finds out from the statements; `Agreement.adopting` gives the rules with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

from trucekeeper.agreement.checks import check
from trucekeeper.agreement.languages import other_texts
from trucekeeper.agreement.maps import merged, missing_features, read_polygons
from trucekeeper.agreement.model import (
    AgreementFile,
    Circle,
    Clause,
    Clock,
    Component,
    Due,
    Entitlement,
    ExcludedArea,
    Group,
    Participant,
    Quorum,
    ReportingArea,
    Zone,
    ZoneMap,
)
from trucekeeper.agreement.quorums import side_of
from trucekeeper.agreement.text import agreement_digest, place_of, read_file
from trucekeeper.errors import AgreementError, Code, Place, Problem, QuestionError
from trucekeeper.vocabulary.ids import (
    CircleId,
    LogName,
    circle_of,
    edition_of,
    first_edition,
    log_name,
    split_log,
)
from trucekeeper.vocabulary.places import Polygon
from trucekeeper.vocabulary.text import name_key
from trucekeeper.vocabulary.times import FIRST_INSTANT, LAST_INSTANT, Calendar, seconds
from trucekeeper.vocabulary.words import Standing

#: The circle of everybody, participants and others.
PUBLIC = "public"

Dated = Clause | Zone | ZoneMap | Clock | Entitlement | ExcludedArea


@dataclass(frozen=True, slots=True)
class StandingAt:
    """A group's standing at one time by one reading. by: None is the agreement's own text."""

    standing: Standing
    by: str | None
    source: tuple[str, ...]


@dataclass(frozen=True)
class Agreement:
    """A checked agreement. attachments: file name → bytes. adopted: the amendments that are in
    force. continued: later editions of its logs that are held."""

    file: AgreementFile
    digest: str
    attachments: Mapping[str, bytes] = field(repr=False)
    polygons: Mapping[tuple[str, str], Polygon] = field(repr=False)
    adopted: frozenset[str] = frozenset()
    continued: tuple[LogName, ...] = ()
    #: language → the rules as that text of the agreement gives them, where it differs.
    readings: Mapping[str, Agreement] = field(default_factory=dict, repr=False)

    # Who

    @cached_property
    def participants(self) -> Mapping[str, Participant]:
        """In the order of the file, which every list of participants follows."""
        return {participant.id: participant for participant in self.file.participants}

    @cached_property
    def components(self) -> Mapping[str, Component]:
        return {component.id: component for component in self.file.components}

    @cached_property
    def guarantors(self) -> tuple[str, ...]:
        return tuple(p.id for p in self.file.participants if p.role == "guarantor")

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Where each participant and component stands in lists."""
        return {id: i for i, id in enumerate((*self.participants, *self.components))}

    def name(self, author: str) -> str:
        """The name of a participant or component; the identifier where it is neither."""
        if author in self.participants:
            return self.participants[author].name
        return self.components[author].name if author in self.components else author

    def answerable_for(self, side: str | None) -> tuple[str, ...]:
        """The guarantors that are that side, or answer for it."""
        if side is None:
            return ()
        return tuple(
            p.id
            for p in self.file.participants
            if p.role == "guarantor" and (p.id == side or side in p.answers_for)
        )

    def side_of(self, author: str) -> frozenset[str]:
        """An author, those for whom it answers, and those who answer for it; of a component, its
        keeper's side."""
        component = self.components.get(author)
        if component is not None and component.keeper is not None:
            return frozenset({author}) | side_of(self.file.participants, component.keeper)
        return side_of(self.file.participants, author)

    @cached_property
    def quorums(self) -> Mapping[str, Quorum]:
        return {quorum.id: quorum for quorum in self.file.quorums}

    def quorum_of(self, circle: str) -> Quorum | None:
        """Whose receipts label the heads of a circle's logs; None where nothing is agreed."""
        return next((q for q in self.file.quorums if q.circle == circle), None)

    # Circles

    @cached_property
    def circles(self) -> Mapping[str, Circle]:
        return {circle.id: circle for circle in self.file.circles}

    @cached_property
    def logs(self) -> tuple[LogName, ...]:
        """Every log that the agreement foresees: one for each member of each circle, one for each
        component; then the later editions that are held."""
        own = [
            log_name(member, circle.id) for circle in self.file.circles for member in circle.members
        ]
        return (
            *own,
            *(log_name(component.id, component.circle) for component in self.file.components),
            *self.continued,
        )

    def continuing(self, logs: Iterable[str]) -> Agreement:
        """The rules with those of the logs that are later editions of logs of this agreement."""
        foreseen = set(self.logs) - set(self.continued)
        held = {
            LogName(log) for log in logs if log not in foreseen and first_edition(log) in foreseen
        }
        names = tuple(
            sorted(held | set(self.continued), key=lambda n: (first_edition(n), edition_of(n)))
        )
        return self if names == self.continued else replace(self, continued=names)

    def origin(self, log: str) -> str:
        """The origin line of a log's checkpoints."""
        return f"{self.file.agreement.id}/{log}"

    def owner(self, log: str) -> str:
        """The participant whose node keeps a log: its author, or the keeper of the component."""
        parts = split_log(log)
        author = log if parts is None else parts[0]
        component = self.components.get(author)
        return author if component is None else component.keeper or component.id

    def face_logs(self, circle: str) -> tuple[LogName, ...]:
        """The logs that every member of a circle can read: of it and of every circle that contains
        it."""
        if circle not in self.circles:
            found, expected = f"`{circle}`", ", ".join(self.circles)
            raise QuestionError(Problem(Code.NO_SUCH_FACE, Place(), found, expected))
        wider = {c for c in self.circles if self.is_within(CircleId(circle), CircleId(c))}
        return tuple(log for log in self.logs if circle_of(log) in wider)

    def may_read(self, participant: str, log: str) -> bool:
        """Whether a participant is a member of the log's circle."""
        parts = split_log(log)
        return (
            parts is not None
            and parts[1] in self.circles
            and participant in self.circles[parts[1]].members
        )

    def is_within(self, narrow: CircleId, wide: CircleId) -> bool:
        """Whether every reader of `narrow` reads what is stated in `wide`. What is public is read
        by more than the participants, so it lies within nothing else."""
        if PUBLIC in (narrow, wide):
            return wide == PUBLIC
        return set(self.circles[narrow].members) <= set(self.circles[wide].members)

    # When

    @cached_property
    def calendar(self) -> Calendar:
        offsets = tuple((seconds(o.starts), o.minutes * 60) for o in self.file.time.offsets)
        return Calendar(offsets, self.file.time.day_ends_hour)

    @cached_property
    def in_force(self) -> tuple[int, int]:
        """From when until before when the agreement holds."""
        head = self.file.agreement
        return seconds(head.in_force), LAST_INSTANT if head.until is None else seconds(head.until)

    def adopting(self, amendments: Iterable[str]) -> Agreement:
        """The rules with these amendments adopted."""
        return replace(self, adopted=frozenset(amendments))

    def span(self, block: Dated) -> tuple[int, int] | None:
        """From when until before when a block holds; None where it belongs to an amendment that is
        not adopted."""
        if id(block) not in self._spans:
            self._spans[id(block)] = self._span(block)
        return self._spans[id(block)]

    @cached_property
    def _spans(self) -> dict[int, tuple[int, int] | None]:
        """By identity: the blocks of a file live as long as the agreement does."""
        return {}

    def _span(self, block: Dated) -> tuple[int, int] | None:
        start = FIRST_INSTANT if block.starts is None else seconds(block.starts)
        end = LAST_INSTANT if block.until is None else seconds(block.until)
        for amendment in self.file.amendments:
            if getattr(block, "amendment", None) == amendment.id:
                if amendment.id not in self.adopted:
                    return None
                start = max(start, seconds(amendment.in_force))
            if amendment.id in self.adopted and getattr(block, "id", None) in amendment.ends:
                end = min(end, seconds(amendment.in_force))
        return (start, end) if start < end else None

    def holds(self, block: Dated, at: int) -> bool:
        """Whether a block is in force at an instant."""
        span = self.span(block)
        return span is not None and span[0] <= at < span[1]

    def due_instant(self, due: Due) -> int | None:
        """The instant at whose passing something is late; None where it cannot be told yet."""
        if due.at is not None:
            return seconds(due.at)
        if due.on is not None:
            return self.calendar.local_midnight(due.on + timedelta(days=1))
        assert due.days is not None
        instrument = next(i for i in self.file.instruments if i.id == due.after)
        return self.calendar.local_midnight(instrument.date + timedelta(days=due.days + 1))

    # Groups

    @cached_property
    def groups(self) -> Mapping[str, Group]:
        return {group.id: group for group in self.file.groups}

    @cached_property
    def group_order(self) -> Mapping[str, int]:
        """Where each group stands in lists."""
        return {group: i for i, group in enumerate(self.groups)}

    @cached_property
    def _groups_by_name(self) -> Mapping[str, tuple[tuple[Group, int, int], ...]]:
        found: dict[str, list[tuple[Group, int, int]]] = {}
        for group in self.file.groups:
            names: dict[str, tuple[date | None, date | None]] = dict.fromkeys(
                map(name_key, (group.id, group.name)), (None, None)
            )
            names |= {name_key(name.name): (name.starts, name.until) for name in group.names}
            for key, (starts, until) in names.items():
                found.setdefault(key, []).append((group, *self._day_span(starts, until)))
        return {key: tuple(groups) for key, groups in found.items()}

    @cached_property
    def name_edges(self) -> Sequence[int]:
        """The instants between which no name changes whom it means, in order."""
        return sorted({e for held in self._groups_by_name.values() for _, *s in held for e in s})

    def find_group(self, name: str, at: int) -> Group | None:
        """The group that a name as stated stands for at a time. Where a name passed from one group
        to another its dates tell; a name used outside its dates still stands for the only group
        that ever bore it."""
        candidates = self._groups_by_name.get(name_key(name), ())
        dated = [group for group, start, end in candidates if start <= at < end]
        if len(dated) == 1:
            return dated[0]
        return candidates[0][0] if len(candidates) == 1 else None

    def standings(self, group: Group, at: int) -> tuple[StandingAt, ...]:
        """What the agreement's text says of a group at a time, and how each participant reads
        it."""
        text = StandingAt(group.standing, None, group.source)
        readings = tuple(
            StandingAt(reading.standing, reading.by, reading.source)
            for reading in group.readings
            if self._covers(reading.starts, reading.until, at)
        )
        return (text, *readings)

    def _covers(self, starts: date | None, until: date | None, at: int) -> bool:
        start, end = self._day_span(starts, until)
        return start <= at < end

    def _day_span(self, starts: date | None, until: date | None) -> tuple[int, int]:
        start = FIRST_INSTANT if starts is None else self.calendar.local_midnight(starts)
        return start, LAST_INSTANT if until is None else self.calendar.local_midnight(until)

    # Where

    def polygon(self, map_: ZoneMap) -> Polygon:
        """The area that a map version draws."""
        return merged([self.polygons[map_.file, feature] for feature in map_.features])

    @cached_property
    def area_polygons(self) -> tuple[tuple[str, Polygon], ...]:
        """The polygons of the area codes, by code."""
        if self.file.areas is None:
            return ()
        file = self.file.areas.file
        return tuple(
            sorted(
                (code, polygon) for (name, code), polygon in self.polygons.items() if name == file
            )
        )

    def reporting_area(self, code: str) -> ReportingArea | None:
        """The reporting area to which a coded area belongs: the one with a code that begins it."""
        return next(
            (a for a in self.file.reporting_areas if any(code.startswith(own) for own in a.codes)),
            None,
        )

    def reporting_area_named(self, name: str) -> ReportingArea | None:
        """The reporting area that a source calls so."""
        key = name_key(name)
        return next(
            (
                a
                for a in self.file.reporting_areas
                if key in {name_key(n) for n in (a.id, a.name, *a.names, *a.codes)}
            ),
            None,
        )

    # Deciding

    def voters(self, zone: Zone | None) -> tuple[str, ...]:
        """Who decides on an incident: the zone's own guarantors, else the voters named, else all
        guarantors."""
        if zone is not None and zone.guarantors:
            return zone.guarantors
        return self.file.decision.voters or self.guarantors

    def deciding_circle(self, zone: Zone | None) -> str:
        """In whose face outcomes, silence and lateness are derived."""
        return zone.circle if zone is not None and zone.circle else self.file.decision.circle

    def local_day_end(self, day: date) -> int:
        """The instant at which a reporting day is over."""
        return self.calendar.day_start(day + timedelta(days=1))


def load(text: bytes, attachments: Mapping[str, bytes]) -> Agreement:
    """The agreement of a file and its attachments (name → bytes).

    Raises AgreementError with every mistake found, of form or of sense.
    """
    file, lines = read_file(text)
    problems = check(file, lines)
    polygons: dict[tuple[str, str], Polygon] = {}
    for i, attachment in enumerate(file.attachments):
        data = attachments.get(attachment.file)
        place = place_of(lines, f"attachments[{i}].file")
        if data is None:
            problems.append(
                Problem(Code.MISSING_ATTACHMENT, place, f"no `{attachment.file}`", "the file")
            )
        elif (digest := agreement_digest(data)) != attachment.sha256:
            problems.append(
                Problem(Code.WRONG_DIGEST, place, f"SHA-256 {digest}", attachment.sha256)
            )
        elif attachment.file.endswith(".geojson"):
            is_areas = file.areas is not None and file.areas.file == attachment.file
            property_ = file.areas.property if file.areas is not None and is_areas else "id"
            shapes, map_problems = read_polygons(attachment.file, data, property_)
            problems += map_problems
            polygons |= {(attachment.file, name): shape for name, shape in shapes.items()}
    texts, text_problems = other_texts(text, file, lines)
    problems += text_problems
    for other in (file, *texts.values()):
        problems += missing_features(other, lines, polygons)
    if problems:
        raise AgreementError(*problems)
    digest = agreement_digest(text)
    readings = {
        language: Agreement(other, digest, dict(attachments), polygons)
        for language, other in texts.items()
    }
    return Agreement(file, digest, dict(attachments), polygons, readings=readings)
