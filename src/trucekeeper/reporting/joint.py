"""The joint report on one screen: which sections it has, in which order, and what must not be
overlooked."""

from __future__ import annotations

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.mechanism import Act
from trucekeeper.picture import Derived
from trucekeeper.reporting.disputed import disputed_notices
from trucekeeper.reporting.document import Document, Message
from trucekeeper.reporting.duties import (
    basis_section,
    clock_section,
    corrections_section,
    coverage_section,
    payloads_section,
)
from trucekeeper.reporting.events import (
    Events,
    aggregate_section,
    annex,
    examined_section,
    incident_section,
)
from trucekeeper.reporting.period import ReportPeriod
from trucekeeper.reporting.record import readings_section, record_section
from trucekeeper.reporting.sides import sides_section
from trucekeeper.vocabulary.relations import rows_of
from trucekeeper.vocabulary.times import instant_text


def joint_report(derived: Derived, period: ReportPeriod) -> Document:
    """The joint report of a picture for a period."""
    agreement = derived.agreement
    events = Events(derived, period)
    sections = [
        coverage_section(derived, period),
        sides_section(derived, period),
        incident_section(events),
        examined_section(events),
        clock_section(derived),
        corrections_section(derived),
        payloads_section(derived),
        aggregate_section(events),
        annex(events),
        readings_section(derived),
        record_section(derived),
        basis_section(derived),
    ]
    return Document(
        format="trucekeeper-report-1",
        agreement=agreement.file.agreement.id,
        agreement_title=agreement.file.agreement.title,
        period=period.name,
        first_day=period.first.isoformat(),
        last_day=period.last.isoformat(),
        as_of=instant_text(derived.as_of),
        cut=derived.cut,
        cut_digest=derived.cut.digest,
        warnings=warnings(derived),
        names=names(agreement),
        sections=tuple(section for section in sections if section is not None),
    )


def warnings(derived: Derived) -> tuple[Message, ...]:
    """What stands at the head of every page."""
    found = list(agreement_warnings(derived.agreement))
    differing = {
        row["participant"]
        for row in derived.tables["recognitions"].to_pylist()
        if row["what"] == "agreement" and not row["same_text"]
    }
    if differing:
        order = derived.agreement.order
        found.append(
            Message("warning.recognition", {"who": tuple(sorted(differing, key=order.__getitem__))})
        )
    texts = {row["reading"]: row["recognised_by"] for row in rows_of(derived.tables["readings"])}
    found += [
        Message("warning.text", {"who": tuple(who), "language": language})
        for language, who in texts.items()
    ]
    found += [
        Message(f"warning.{act.act}", {"since": instant_text(act.effective)})
        for act in derived.governed.acts
        if act.is_in_effect and act.effective <= derived.as_of and _lasts(derived, act)
    ]
    return (*found, *disputed_notices(derived))


def _lasts(derived: Derived, act: Act) -> bool:
    """Whether the mechanism has not been resumed since, at the day of the picture."""
    return act.act != "resume" and not any(
        other.is_in_effect and other.act == "resume"
        and act.effective <= other.effective <= derived.as_of
        for other in derived.governed.acts
    )  # fmt: skip


def agreement_warnings(agreement: Agreement) -> tuple[Message, ...]:
    """What an agreement's own text makes stand at the head of every page, whatever was stated."""
    head = agreement.file.agreement
    found = []
    if head.transcription:
        found.append(Message("warning.transcription"))
    if head.exercise:
        found.append(Message("warning.exercise"))
    if head.note:
        found.append(Message("warning.note", {"text": head.note}))
    return tuple(found)


def names(agreement: Agreement) -> dict[str, str]:
    """What identifiers are called in the agreement: authors, `area:…`, `zone:…`, `group:…`,
    `clock:…`, `clause:…`."""
    file = agreement.file
    found: dict[str, str] = {author: agreement.name(author) for author in agreement.order}
    found |= {f"area:{area.id}": area.name for area in file.reporting_areas}
    found |= {f"zone:{area.id}": area.name for area in file.excluded_areas}
    found |= {f"zone:{zone.id}": zone.name for zone in file.zones}
    found |= {f"group:{group.id}": group.name for group in file.groups}
    found |= {f"clock:{clock.id}": clock.title for clock in file.clocks}
    return found | {f"clause:{clause.id}": clause.summary for clause in file.clauses}
