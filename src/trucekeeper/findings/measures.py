"""Measures demanded after a finding, followed to their verification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trucekeeper.governance.effect import Governed
from trucekeeper.statements.kinds import Answer, Decision, Measure, MeasureVerified
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.relations import BASIS, INSTANT, TEXT, Column, Relation
from trucekeeper.vocabulary.times import seconds

MEASURES = Relation(
    "measures",
    "Every measure demanded: of whom, by when, what was answered, whether it was verified.",
    (
        Column("ref", TEXT, "the demand"),
        Column("incident", TEXT, "number of the incident it follows from"),
        Column("decision", TEXT, "the decision it follows from"),
        Column("demanded_by", TEXT, "who demands"),
        Column("addressee", TEXT, "of whom"),
        Column("demand", TEXT, "what"),
        Column("verified_how", TEXT, "how it will be verified"),
        Column("due", INSTANT, "by when"),
        Column("response", TEXT, "the addressee's last answer; null where there is none"),
        Column(
            "state", TEXT, "running, overdue, taken, partly-taken, not-taken or could-not-verify"
        ),
        BASIS,
    ),
    ("ref",),
)


def measure_rows(
    governed: Governed, numbers: Mapping[str, str], as_of: int
) -> list[dict[str, Any]]:
    """The relation `measures`. numbers: the number of each report's incident."""
    answers: dict[RefText, list[tuple[int, str, Answer, RefText]]] = {}
    for statement, body in governed.of_kind(Answer):
        subject = governed.resolve(body.to)
        if subject is not None:
            answers.setdefault(subject.ref, []).append(
                (statement.at, statement.leaf, body, statement.ref)
            )
    verified: dict[RefText, list[tuple[int, str, MeasureVerified, RefText]]] = {}
    for statement, verification in governed.of_kind(MeasureVerified):
        subject = governed.resolve(verification.measure)
        if subject is not None:
            row = (statement.at, statement.leaf, verification, statement.ref)
            verified.setdefault(subject.ref, []).append(row)
    found = []
    for statement, measure in governed.of_kind(Measure):
        decision = governed.resolve(measure.decision)
        report = None
        if decision is not None and isinstance(decision.body, Decision):
            report = governed.resolve(decision.body.report)
        answer = max(answers.get(statement.ref, []), default=None, key=lambda row: row[:2])
        check = max(verified.get(statement.ref, []), default=None, key=lambda row: row[:2])
        due = seconds(measure.due)
        found.append(
            {
                "ref": statement.ref,
                "incident": None if report is None else numbers.get(report.ref),
                "decision": measure.decision,
                "demanded_by": statement.author,
                "addressee": measure.addressee,
                "demand": measure.demand,
                "verified_how": measure.verified_how,
                "due": due,
                "response": None if answer is None else answer[2].response,
                "state": check[2].taken
                if check is not None
                else "overdue"
                if due <= as_of
                else "running",
                "basis": [
                    statement.ref,
                    *([answer[3]] if answer else []),
                    *([check[3]] if check else []),
                ],
            }
        )
    return found
