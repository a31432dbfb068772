"""Who takes in, under which agreement and when; and the last look at every draft."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code, IntakeError, Place, Problem
from trucekeeper.intake.drafts import Draft
from trucekeeper.statements.checks import check
from trucekeeper.statements.encoding import decode_body, encode_body
from trucekeeper.statements.kinds import Report, Tally
from trucekeeper.statements.parts import Kind
from trucekeeper.vocabulary.ids import log_name
from trucekeeper.vocabulary.times import Calendar, instant, instant_text, seconds

_CODE_MAX = 60


@dataclass(frozen=True, slots=True)
class Setting:
    """author: the participant or component in whose log it will stand. circle: who may read it.
    now: the instant of intake, in seconds; nothing can have happened after it."""

    agreement: Agreement
    author: str
    circle: str
    now: int

    @property
    def calendar(self) -> Calendar:
        return self.agreement.calendar

    @property
    def published(self) -> int | None:
        """When the author's data set was published, where the agreement says so."""
        component = self.agreement.components.get(self.author)
        if component is None or component.published is None:
            return None
        return seconds(component.published)

    @property
    def stated_at(self) -> int:
        """When the rows of a published data set count as stated: when it was published, else
        now."""
        return self.now if self.published is None else self.published

    @property
    def language(self) -> str:
        """The language of a description that names none: the agreement's first."""
        languages = self.agreement.file.agreement.languages
        return languages[0] if languages else "en"

    def area_code(self, name: str | None) -> str | None:
        """The code of the reporting area that bears the name, with or without its last word
        (`Governorate`). Where an area has several codes and nothing tells which, all of them, as
        `S1|S2`."""
        for called in (name, (name or "").rpartition(" ")[0]):
            area = self.agreement.reporting_area_named(called) if called else None
            if area is not None and len(codes := "|".join(area.codes)) <= _CODE_MAX:
                return codes
        return None

    def draft(self, body: Kind, origin: Place, *, stated_at: int | None = None) -> Draft:
        return Draft(self.author, self.circle, body, origin, stated_at=stated_at)

    def refuse_unknown_log(self, file: str) -> None:
        """Raises IntakeError where the agreement foresees no log of this author and circle."""
        log = log_name(self.author, self.circle)
        if log not in self.agreement.logs:
            place, found = Place(file=file), f"the log `{log}`"
            expected = "one of " + ", ".join(f"`{name}`" for name in self.agreement.logs)
            raise IntakeError(Problem(Code.NOT_IN_AGREEMENT, place, found, expected))


def finish(drafts: Iterable[Draft], setting: Setting) -> tuple[list[Draft], list[Problem]]:
    """The drafts that can be stated, each with a reference of its own, and why the others
    cannot."""
    good: list[Draft] = []
    problems: list[Problem] = []
    for draft in drafts:
        named = replace(draft, body=with_reference(draft.body))
        problem = _impossible(named, setting)
        if problem is None:
            good.append(named)
        else:
            problems.append(problem)
    return good, problems


def with_reference(body: Kind) -> Kind:
    """The body with a reference from its content where it has none of its own, so that the same
    row, brought again, is known again."""
    if isinstance(body, Report | Tally) and body.report_ref is None:
        digest = hashlib.sha256(encode_body(body)).hexdigest()
        return msgspec.structs.replace(body, report_ref=f"content-{digest[:20]}")
    return body


def _impossible(draft: Draft, setting: Setting) -> Problem | None:
    body, fault = decode_body(draft.body.kind, draft.body.version, encode_body(draft.body))
    at = setting.now if draft.stated_at is None else draft.stated_at
    if fault is None and body is not None:
        fault = check(body, instant(at))
    if fault is None:
        return None
    if fault.code == Code.FUTURE_EVENT:
        expected = f"at or before {instant_text(at)}, when it counts as stated"
        return Problem(Code.FUTURE_DATE, draft.origin, fault.fact, expected)
    return Problem(fault.code, draft.origin, fault.fact, "an admissible statement")
