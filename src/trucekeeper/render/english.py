"""English: every sentence and heading of a report. Short, factual, attributed; nobody but a finding
by decision speaks of a violation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from trucekeeper.render.catalogue import Catalogue
from trucekeeper.render.english_terms import TERMS
from trucekeeper.render.english_words import JUDGEMENTS, PHRASES, REASONS, WORDS

MESSAGES = {
    # What stands at the head of every page
    "warning.transcription": "Reconstruction from public sources; not a document of the mechanism.",
    "warning.exercise": "Exercise: what is recorded here was made up and did not happen.",
    "warning.note": "{text}",
    "warning.recognition": "{who:authors} {who:form|recognises|recognise} another text of the "
    "agreement than the one applied here.",
    "warning.disputed": "Two histories of the log {log} exist. Entries from {first} on are not "
    "counted ({disputed:count|none of them is held here|1 is held here|# are held here}); every "
    "history is kept.[ Evidence by {by:authors}.] {resting:count|No statement rests|1 statement "
    "rests|# statements rest} on them.[ The log goes on as {goes_on_as}.]",
    "warning.text": "{who:authors} {who:form|recognises|recognise} the text of the agreement in "
    "the language {language}, which differs from the founding text applied here. What changes "
    "under it is listed below.",
    "warning.suspend": "The mechanism is suspended since {since:instant}. Clocks stand still; no "
    "day since then is a calm day.",
    "warning.seal": "The record of the mechanism is sealed since {since:instant}. What was stated "
    "later is kept and marked.",
    "warning.hand-over": "The record of the mechanism was handed over on {since:instant}.",
    # Who could look where
    "coverage.not-published": "Not published in this face: who could look where is derived only "
    "where the records of the circle that decides are held.",
    "coverage.total": "For each of {days:count|0 days|1 day|# days} in "
    "{areas:count|0 areas|1 area|# areas}, the best that any participant states of itself is "
    "counted: could look in full, {full:number}; in part, {partial:number}; was denied access, "
    "{denied:number}; could not look, {none:number}; not stated, {not-stated:number}. Where nobody "
    "could look, the absence of reports says nothing.",
    "coverage.nobody-stated": "No participant states whether it could look anywhere in this "
    "period. The absence of reports says nothing.",
    "coverage.suspended": "On {days:count|no day|1 day|# days} the mechanism was suspended. Such a "
    "day is no calm day.",
    # What each registered
    "registered.is-not-committed": "Registered is not committed: a number says what a participant "
    "registered, not who did it.",
    "registered.never-added": "Numbers of two participants are never added: they may speak of the "
    "same incidents.",
    "registered.disputed": "Not in these numbers: what stands in {logs} beyond what all histories "
    "of each share.",
    "registered.none-received": "From {who:authors}, none was received for this period. That is "
    "not zero.",
    "tallies.as-published": "Tallies are numbers without single reports. Each is given as "
    "published, with who registered and who published it; nothing is repaired. The tables above "
    "add one participant's daily tallies over the days that have one; longer ones stand only here.",
    "tallies.days": "Of {who:author}[, published by {publisher:author},] there are daily tallies "
    "for {days:number} of the {all:number} days.",
    "tallies.undated": "{count:count|No tally|1 tally|# tallies} without a date "
    "{count:form|stands|stand} in no period.",
    # Incidents
    "incidents.none": "No report speaks of a single incident wholly inside the period.",
    "incidents.total": "{incidents:count|No incident lies|1 incident lies|# incidents lie} wholly "
    "inside the period: {matched:number} reported by several sources, {single:number} by one "
    "source.",
    "incidents.distinct": "Over single reports, the distinct incidents are at least {least:number} "
    "and at most {most:number}. Tallies without single reports give no bound.",
    "incidents.overlapping": "{count:count|No incident reaches beyond the period|1 incident "
    "reaches beyond the period and is counted apart|# incidents reach beyond the period and are "
    "counted apart}.",
    "incidents.aggregates": "{count:count|No record is too long or imprecise to be one incident|"
    "1 record is too long or imprecise to be one incident and is listed apart|# records are too "
    "long or imprecise to be one incident and are listed apart}.",
    "incidents.proposal": "That reports speak of the same incident is a proposal of the matching "
    "that the agreement sets, save where signed statements bind.",
    # What the guarantors say
    "examined.only-findings": "Only a finding by decision establishes a violation. A draft outcome "
    "is what follows from the positions so far.",
    "told.what": "Act: {act:act}. Place: {area:area}[, {zone:zone}]. Time: between "
    "{earliest:instant} and {latest:instant}. Reported by {sources:authors}.",
    "told.occurrence.affirms": "That it happened is affirmed by {who:authors}.",
    "told.occurrence.affirms-in-part": "That it happened is affirmed in part by {who:authors}.",
    "told.occurrence.denies": "That it happened is denied by {who:authors}.",
    "told.occurrence.cannot-confirm": "That it happened cannot be confirmed by {who:authors}.",
    "told.occurrence.awaits-instructions": "On whether it happened, {who:authors} "
    "{who:form|awaits|await} instructions.",
    "told.occurrence.declines": "On whether it happened, {who:authors} {who:form|declines|decline} "
    "to take a position.",
    "told.occurrence.silent": "On whether it happened, {who:authors} {who:form|has|have} said "
    "nothing.",
    "told.author.affirms": "Authorship[ by {value:stated-groups}] is affirmed by {who:authors}.",
    "told.author.affirms-in-part": "Authorship[ by {value:stated-groups}] is affirmed in part by "
    "{who:authors}.",
    "told.author.denies": "Authorship[ by {value:stated-groups}] is denied by {who:authors}.",
    "told.author.cannot-confirm": "Authorship[ by {value:stated-groups}] cannot be confirmed by "
    "{who:authors}.",
    "told.author.awaits-instructions": "On authorship[ by {value:stated-groups}], {who:authors} "
    "{who:form|awaits|await} instructions.",
    "told.author.declines": "On authorship[ by {value:stated-groups}], {who:authors} "
    "{who:form|declines|decline} to take a position.",
    "told.author.silent": "On authorship, {who:authors} {who:form|has|have} said nothing.",
    "told.interested": "{who:authors} {who:form|is itself, or through the side it answers for, the "
    "alleged author|are themselves, or through the sides they answer for, the alleged author}. "
    "With {who:form|its vote|their votes}: {with:draft}. Without {who:form|it|them}: "
    "{without:draft}. The outcome {counting:counting} counts[, under clause {clause:clause}].",
    "told.draft": "Draft outcome: {outcome:draft}.",
    "told.scope": "Scope: {result:scope}[, under clause {clause:clause}]."
    "[ Reason: {reasons:reasons}.]",
    "told.finding": "Finding, by decision {decision}: {outcome:finding}.",
    "told.proposed": "A decision is proposed, {decision}: {outcome:draft}. It does not stand so far"
    "[; the word of {missing:authors} is lacking].",
    "told.against-scope": "That decision goes against the scope that the record gives: "
    "{scope:scope}. It stands because those who decide took it.",
    "told.before-change": "Some positions were taken before the incident changed: other reports "
    "stood in it then.",
    # What stands apart
    "aggregates.apart": "These records are too long or imprecise to be one incident. They are in "
    "none of the numbers above.",
    "annex.overlapping": "The following incidents reach beyond the period. They are in none of the "
    "numbers above.",
    # Answers owed
    "clocks.as-of": "At {as_of:instant}, {overdue:count|nothing is overdue|1 answer or act is "
    "overdue|# answers or acts are overdue}.",
    "clocks.receipt-first": "Time runs from proven receipt, or from when the agreement deems a "
    "statement served; nobody is late before.",
    "clocks.none-agreed": "The agreement sets no times for answers.",
    # Corrections
    "corrections.since": "Counted since the last publication for this face: {period:period}, "
    "published {published_at:instant}.",
    "corrections.never-published": "No earlier report of this face was published.",
    "corrections.count": "{count:count|Nothing was corrected or withdrawn|1 statement was "
    "corrected or withdrawn|# statements were corrected or withdrawn}. Originals stay in the "
    "record.",
    # What is sealed
    "payloads.count": "{count:count|Nothing is sealed|1 payload is sealed|# payloads are sealed} "
    "to named recipients; {withheld:count|none is|1 is|# are} withheld, erased by the author.",
    "payloads.contents": "What they hold is in no report. Rows are counted where the payload is a "
    "list.",
    # Other texts of the agreement
    "readings.founding": "The texts of the agreement differ, and not all participants recognise "
    "the same. Everything in this report follows the founding text. This section lists what would "
    "be other under the others; it prefers none.",
    "readings.recognised": "{who:authors} {who:form|recognises|recognise} the text in the "
    "language {language}. Under it, {changes:count|nothing changes|1 value changes|# values "
    "change}.",
    # The record
    "record.mechanism": "Acts on the mechanism as a whole take effect once enough of those who "
    "decide have stated them. While it is suspended or sealed, clocks stand still.",
    "record.receipts": "A receipt says that somebody held the head of a log. A receipt is not "
    "agreement. A quorum is a label: nothing waits for it.",
    "record.outside-bracket": "{count:count|No statement has|1 statement has|# statements have} a "
    "stated time outside its record bracket.",
    "record.unchecked-starts": "{count:count|No start|1 start|# starts} of a node could not be "
    "checked with any peer. Of {open:count|none|1|#} of them, no other has seen what followed.",
    # The basis
    "disputed.kept": "Of these logs two histories exist. What all histories share is counted; "
    "what stands beyond is kept on each and counted in none of the numbers here. Why a log has two "
    "histories is not told by the record: a restored copy can be the cause.",
    "basis.recompute": "Whoever holds the logs below can compute this report again, byte for byte.",
    "basis.face": "Face {face}: what {members:authors} can all read.",
    "basis.digests": "Agreement {agreement}; roster {roster}; rules version {rules}; matching "
    "settings {settings}; cut {cut}.",
}

SECTIONS = {
    "coverage": "Who could look where",
    "registered": "What each participant registered",
    "incidents": "Incidents",
    "examined": "What the guarantors say, incident by incident",
    "clocks": "Answers owed",
    "corrections": "Corrections and withdrawals",
    "payloads": "Sealed payloads",
    "aggregates": "Records too long or imprecise to be one incident",
    "annex": "Annex: the incidents one by one",
    "readings": "What changes under other texts of the agreement",
    "record": "The record: receipts, and the mechanism as a whole",
    "basis": "What this report was computed from",
}

TABLES = {
    "coverage.by-area": "Days, by how well anybody could look",
    "coverage.denied": "Days on which a participant states that it could not look",
    "registered.by-area": "Registered, by area",
    "registered.by-act": "Registered, by act",
    "registered.by-time": "Registered, by day or week",
    "registered.others": "Registered by others: parties, observers and components",
    "tallies": "Tallies, as published",
    "incidents.by-outcome": "Incidents, by status, outcome and scope",
    "incidents.by-area": "Incidents, by area",
    "aggregates": "Records too long or imprecise to be one incident",
    "annex.inside": "Incidents wholly inside the period",
    "annex.overlapping": "Incidents that reach beyond the period",
    "clocks.by-debtor": "Answers and acts owed, by who owes them",
    "clocks.late": "Overdue, late, or of undetermined timing",
    "corrections": "Corrections and withdrawals",
    "payloads": "Sealed payloads",
    "readings.counts": "Values that change, by text and table",
    "readings.changes": "The first values that change",
    "record.mechanism": "Acts on the mechanism as a whole",
    "record.sealed": "The sealed logs",
    "record.receipts": "Whose receipts cover which heads",
    "basis.logs": "The logs, and how much of each was taken",
    "basis.recognitions": "Which text each recognises",
    "disputed.logs": "Logs of which two histories exist",
    "disputed.values": "Rows of tables that rest on entries that are not counted",
    "basis.not-admissible": "Statements received that have no effect so far",
}

FIGURES = {
    "annex.map": "Incidents on the map",
    "registered.over-time": "Registered, over time",
    "incidents.scope": "Incidents, by scope and area",
}

COLUMNS = {
    "act": "Act",
    "act-state": "State",
    "authors": "Participants",
    "changes": "Values",
    "column": "Column",
    "custodian": "Custodian",
    "data-held-by": "Who states to hold the data",
    "effective": "From",
    "entries-after": "Stated afterwards",
    "lacking": "Not stated by",
    "mechanism-act": "Act",
    "quorum": "Quorum",
    "reading": "Text",
    "receipts-by": "Receipts of",
    "relation": "Table",
    "row": "Row",
    "stated-by": "Stated by",
    "value-here": "Under the founding text",
    "value-there": "Under that text",
    "alleged-author": "Alleged author",
    "area": "Area",
    "author": "Participant",
    "clauses": "Clauses",
    "clock": "What is owed",
    "clock.met": "Met",
    "clock.met-late": "Met late",
    "clock.not-started": "Not started",
    "clock.overdue": "Overdue",
    "clock.running": "Running",
    "clock.suspended": "Standing still",
    "clock.timing-undetermined": "Timing undetermined",
    "count.aggregates": "Too imprecise",
    "count.contested": "With an element contested",
    "count.distinct_max": "Distinct, at most",
    "count.distinct_min": "Distinct, at least",
    "count.incidents": "Incidents",
    "count.inside": "Inside the agreement",
    "count.matched": "Of several sources",
    "count.outside": "Outside the agreement",
    "count.overlapping": "Beyond the period",
    "count.scope_open": "Scope open",
    "count.single_sided": "Of one source",
    "counted": "Entries counted",
    "day": "Day",
    "digest": "Digest",
    "doubts": "What does not add up",
    "due": "Due",
    "earliest": "From",
    "evidence": "Evidence",
    "evidence-by": "Evidence by",
    "goes-on-as": "Goes on as",
    "histories": "Histories held",
    "incident": "Incident",
    "judgements": "What is said of the cases",
    "killed-max": "Killed, at most",
    "killed-min": "Killed, at least",
    "kind": "Change",
    "latest": "Until",
    "log": "Log",
    "looking": "Could look",
    "looking.denied": "Denied",
    "looking.full": "In full",
    "looking.none": "Could not",
    "looking.not-stated": "Not stated",
    "looking.partial": "In part",
    "looking.suspended": "Mechanism suspended",
    "met-by": "Met by",
    "not-counted": "Entries not counted",
    "of-kind": "Of a",
    "original": "Original",
    "outcome": "Outcome",
    "problem": "Why",
    "published-by": "Published by",
    "reasons": "Reasons, as stated",
    "received": "Received",
    "registered-by": "Registered by",
    "registered.difference": "Greatest less least",
    "registered.items": "{of:author}: single reports",
    "registered.tally": "{of:author}: tally[, published by {publisher:author}]",
    "recipients": "Sealed for",
    "reports": "Reports",
    "reports.overlapping": "Reports that reach beyond the period",
    "resting": "Statements that rest on them",
    "root": "Root",
    "rows": "Rows",
    "same-text": "Text",
    "text-language": "Language",
    "scope": "Scope",
    "scope-clause": "Clause",
    "scope-reasons": "Reason",
    "scope.contested": "Scope contested",
    "scope.inside": "Inside the agreement",
    "scope.outside": "Outside the agreement",
    "scope.undetermined": "Scope undetermined",
    "sealed-rows": "Rows",
    "sealed-state": "State",
    "sealed-what": "What",
    "size": "Entries",
    "sources": "Sources",
    "span": "Counted over",
    "state": "State",
    "stated-at": "Stated",
    "statement": "Statement",
    "statements": "Statements",
    "status": "Status",
    "table": "Table",
    "target": "Target",
    "text": "Of what",
    "total": "Total",
    "weapon": "Weapon",
    "week": "Week",
    "zone": "Zone",
    "zone-basis": "Zone by",
}

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def join(names: Sequence[str]) -> str:
    """A, B and C."""
    *first, last = names or ("nobody",)
    return f"{', '.join(first)} and {last}" if first else last


def number(value: int) -> str:
    """1,234."""
    return f"{value:,}"


def day(text: str) -> str:
    """1 March 2031, from the day as `2031-03-01`."""
    at = date.fromisoformat(text)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def instant(text: str) -> str:
    """1 March 2031, 06:10 UTC, from `2031-03-01T06:10:00Z`; seconds only where there are any."""
    at = datetime.fromisoformat(text)
    clock = at.strftime("%H:%M" if at.second == 0 else "%H:%M:%S")
    return f"{day(text[:10])}, {clock} UTC"


def period(text: str) -> str:
    """A period in words: March 2031; week 11 of 2031 (10 March 2031 to 16 March 2031); 12 March
    2031; 12 March 2031 to 15 March 2031."""
    if ".." in text:
        return " to ".join(day(part) for part in text.split("..", 1))
    if "-W" in text:
        year, week = text.split("-W")
        first = date.fromisocalendar(int(year), int(week), 1)
        last = first + timedelta(days=6)
        return f"week {int(week)} of {year} ({day(str(first))} to {day(str(last))})"
    if len(text) == len("2031-03"):
        return f"{_MONTHS[int(text[5:]) - 1]} {text[:4]}"
    return day(text)


def form(count: int) -> int:
    """Singular or plural."""
    return 0 if count == 1 else 1


ENGLISH = Catalogue(
    language="en",
    direction="ltr",
    messages=MESSAGES,
    sections=SECTIONS,
    tables=TABLES,
    figures=FIGURES,
    columns=COLUMNS,
    words=WORDS,
    judgements=JUDGEMENTS,
    reasons=REASONS,
    phrases=PHRASES,
    terms=TERMS,
    join=join,
    number=number,
    instant=instant,
    period=period,
    form=form,
)
