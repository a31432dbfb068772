"""Registers of what is said beside reports: calls, letters, corrections, publications,
recognitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.statements.kinds import (
    AmendmentAdopted,
    Answer,
    Comment,
    Corrigendum,
    FlashReport,
    HotlineCall,
    Protest,
    Publication,
    Recognition,
    ShiftHandover,
    Transmission,
)
from trucekeeper.vocabulary.relations import (
    BASIS,
    CLAUSES,
    INSTANT,
    TEXT,
    TEXTS,
    TRUTH,
    WHOLE,
    Column,
    Relation,
    Row,
)
from trucekeeper.vocabulary.times import seconds

_REF = Column("ref", TEXT, "the statement")
_BY = Column("participant", TEXT, "who states it")
_AT = Column("stated_at", INSTANT, "when it was stated")
_INCIDENTS = Column("incidents", TEXTS, "numbers of the incidents it speaks of")

MESSAGES = Relation(
    "messages",
    "Hotline calls, flash reports and shift hand-overs, in order of time. Counted nowhere.",
    (
        Column("at", INSTANT, "when"),
        Column("kind", TEXT, "hotline-call, flash-report or shift-handover"),
        _BY,
        Column(
            "about",
            TEXT,
            "who called whom and whether reached; act of a flash report; open items of a hand-over",
        ),
        _INCIDENTS,
        _REF,
        BASIS,
    ),
    ("at", "ref"),
)

LETTERS = Relation(
    "letters",
    "Comments, protests and answers.",
    (
        _REF,
        _BY,
        _AT,
        Column("kind", TEXT, "comment, protest or answer"),
        Column("to", TEXTS, "the statements it speaks of"),
        Column("addressee", TEXT, "of a protest"),
        Column("response", TEXT, "of an answer: acknowledged, denied, regret, ..."),
        Column("text", TEXT, "text as stated"),
        _INCIDENTS,
        BASIS,
    ),
    ("stated_at", "ref"),
)

CORRECTIONS = Relation(
    "corrections",
    "Every correction and withdrawal, with what it changed. The originals stay in `statements`.",
    (
        _REF,
        _BY,
        _AT,
        Column("kind", TEXT, "correction or withdrawal"),
        Column("of", TEXT, "the original"),
        Column("of_kind", TEXT, "kind of the original"),
        Column("incident", TEXT, "incident in which it stands now, where it is a report in effect"),
        BASIS,
    ),
    ("stated_at", "ref"),
)

PUBLICATIONS = Relation(
    "publications",
    "What was published, sent and received, and the corrigenda.",
    (
        _REF,
        _BY,
        _AT,
        Column("kind", TEXT, "publication, transmission or corrigendum"),
        Column("period", TEXT, "period of the report"),
        Column("face", TEXT, "face of the report"),
        Column("report_digest", TEXT, "SHA-256 of report.json"),
        Column("recipient", TEXT, "of a transmission"),
        Column("symbol", TEXT, "document symbol"),
        Column("number", WHOLE, "of a corrigendum"),
        Column("of", TEXT, "the publication it belongs to"),
        BASIS,
    ),
    ("stated_at", "ref"),
)

RECOGNITIONS = Relation(
    "recognitions",
    "Which text of the agreement each participant recognises, and who adopted which amendment.",
    (
        _BY,
        Column("what", TEXT, "`agreement`, or the amendment"),
        Column("digest", TEXT, "SHA-256 of the text it means"),
        Column("same_text", TRUTH, "whether that is the text of this picture"),
        Column("text_language", TEXT, "language of the text"),
        Column("in_force", TRUTH, "of an amendment: whether enough have adopted it"),
        _REF,
        BASIS,
        CLAUSES,
    ),
    ("what", "participant"),
)


class Correspondence:
    """The registers of one picture. numbers: the number of each report's incident."""

    def __init__(self, governed: Governed, numbers: Mapping[str, str]) -> None:
        self.governed = governed
        self.agreement: Agreement = governed.agreement
        self.home = numbers

    def _numbers(self, refs: Sequence[str]) -> list[str]:
        found = (self.governed.resolve(ref) for ref in refs)
        return sorted({self.home[s.ref] for s in found if s is not None and s.ref in self.home})

    def messages(self) -> list[dict[str, Any]]:
        found = []
        for s, call in self.governed.of_kind(HotlineCall):
            reached = "reached" if call.reached else "not reached"
            about = f"{call.caller} called {call.called}: {reached}"
            found.append(self._message(s, seconds(call.at), "hotline-call", about, call.reports))
        for s, flash in self.governed.of_kind(FlashReport):
            found.append(self._message(s, seconds(flash.at), "flash-report", flash.act, ()))
        for s, shift in self.governed.of_kind(ShiftHandover):
            about = f"{len(shift.open_items)} open items"
            found.append(
                self._message(s, seconds(shift.at), "shift-handover", about, shift.open_items)
            )
        return found

    def _message(
        self, s: Statement, at: int, kind: str, about: str, refs: Sequence[str]
    ) -> dict[str, Any]:
        return {
            "at": at,
            "kind": kind,
            "participant": s.author,
            "about": about,
            "incidents": self._numbers(refs),
            "ref": s.ref,
            "basis": list(s.basis),
        }

    def letters(self) -> list[dict[str, Any]]:
        found = []
        for s in self.governed.statements:
            match s.body:
                case Comment(subject=subject, text=text):
                    found.append(self._letter(s, [subject], None, None, text))
                case Protest(reports=reports, addressee=addressee, text=words):
                    found.append(self._letter(s, list(reports), addressee, None, words))
                case Answer(to=to, response=response, text=words):
                    found.append(self._letter(s, [to], None, response, words))
                case _:
                    continue
        return found

    def _letter(
        self,
        s: Statement,
        to: list[str],
        addressee: str | None,
        response: str | None,
        text: str | None,
    ) -> dict[str, Any]:
        return {
            "ref": s.ref,
            "participant": s.author,
            "stated_at": s.at,
            "kind": s.body.kind,
            "to": to,
            "addressee": addressee,
            "response": response,
            "text": text,
            "incidents": self._numbers(to),
            "basis": list(s.basis),
        }

    def publications(self) -> list[dict[str, Any]]:
        found = []
        for s in self.governed.statements:
            row: dict[str, Any] = dict.fromkeys(
                ("period", "face", "report_digest", "recipient", "symbol", "number", "of")
            )
            match s.body:
                case Publication(period=period, face=face, report_digest=digest):
                    row |= {"period": period, "face": face, "report_digest": digest}
                case Transmission(publication=of, recipient=recipient, symbol=symbol):
                    row |= {"recipient": recipient, "symbol": symbol, "of": of}
                case Corrigendum(publication=of, number=number):
                    row |= {"number": number, "of": of}
                case _:
                    continue
            found.append(
                row
                | {
                    "ref": s.ref,
                    "participant": s.author,
                    "stated_at": s.at,
                    "kind": s.body.kind,
                    "basis": list(s.basis),
                }
            )
        return found

    def recognitions(self) -> list[dict[str, Any]]:
        digest, found = self.agreement.digest, []
        language: str | None
        for s in self.governed.statements:
            row: dict[str, Any] = {
                "participant": s.author,
                "ref": s.ref,
                "basis": list(s.basis),
                "clauses": [],
            }
            match s.body:
                case Recognition(agreement_digest=means, text_language=language):
                    what, in_force = "agreement", None
                case AmendmentAdopted(agreement_digest=means, amendment=what):
                    language, in_force = None, what in self.agreement.adopted
                    row["clauses"] = [
                        a.clause
                        for a in self.agreement.file.amendments
                        if a.id == what and a.clause
                    ]
                case _:
                    continue
            found.append(
                row
                | {
                    "what": what,
                    "digest": means,
                    "same_text": means == digest,
                    "text_language": language,
                    "in_force": in_force,
                }
            )
        return found

    def corrections(self) -> list[dict[str, Any]]:
        """From the rows of `statements`: what corrects and withdraws is itself never among the
        statements in effect."""
        if not self.governed.changes:
            return []
        kinds: Mapping[str, Row] = {row["ref"]: row for row in self.governed.rows}
        found = []
        for row in self.governed.rows:
            if row["kind"] in ("correction", "withdrawal") and row["state"] not in (
                "not-admissible",
                "pending",
            ):
                original = self.governed.changes.get(row["ref"])
                if original is not None:
                    found.append(
                        {
                            "ref": row["ref"],
                            "participant": row["author"],
                            "stated_at": row["stated_at"],
                            "kind": row["kind"],
                            "of": original,
                            "of_kind": kinds[original]["kind"],
                            "incident": self.home.get(original),
                            "basis": [row["ref"], original],
                        }
                    )
        return found
