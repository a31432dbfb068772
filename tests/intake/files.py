"""Small files for the intake tests, written as the tests need them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.world import agreement
from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Problem
from trucekeeper.intake.drafts import Draft, Taken
from trucekeeper.intake.read import take
from trucekeeper.intake.setting import Setting
from trucekeeper.intake.sheets import read_csv
from trucekeeper.intake.tables import take_table
from trucekeeper.statements.kinds import Report
from trucekeeper.vocabulary.times import parse_instant, seconds


def at(text: str) -> int:
    """Seconds of `2031-03-01 06:10` or `2031-03-01 06:10:05`, UTC."""
    full = f"{text.replace(' ', 'T')}{':00' if len(text) == 16 else ''}Z"
    found = parse_instant(full)
    assert found is not None, text
    return found


NOW = at("2031-03-10 12:00")
#: What a row has where a case says nothing else.
USUAL = {"basis": "own-observation", "act": "shelling", "occurred_earliest": "2031-03-01 06:10"}


def local(minutes: int) -> Agreement:
    """The agreement of the spec cases with another local time."""
    return agreement(("minutes = 0", f"minutes = {minutes}"))


def setting(rules: Agreement | None = None, *, author: str = "a", now: int = NOW) -> Setting:
    """Who takes in, and when: guarantor A, unless it is a component."""
    return Setting(rules or agreement(), author, "guarantors" if author == "a" else "public", now)


def csv_text(rows: Iterable[Mapping[str, str]], delimiter: str = ",") -> str:
    """A CSV with the columns of all rows, in the order in which they first stand."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def take_rows(
    *rows: Mapping[str, str],
    rules: Agreement | None = None,
    now: int = NOW,
    mapping: Mapping[str, str] | None = None,
) -> tuple[list[Draft], list[Problem]]:
    """The drafts and problems of a report table. What a row leaves out is as usual."""
    text = csv_text({**USUAL, **row} for row in rows)
    return take_table(read_csv("march.csv", text.encode()), setting(rules, now=now), mapping or {})


def report(rules: Agreement | None = None, **cells: str) -> Report:
    """The report of one good row."""
    drafts, problems = take_rows(cells, rules=rules)
    assert not problems, [str(problem) for problem in problems]
    (draft,) = drafts
    assert isinstance(draft.body, Report)
    return draft.body


def refused(cells: Mapping[str, str], *, now: int = NOW) -> list[tuple[str, str | None]]:
    """(code, column) of each problem of one bad row."""
    drafts, problems = take_rows(cells, now=now)
    assert not drafts
    assert {problem.place.row for problem in problems} == {2}
    assert {problem.place.file for problem in problems} == {"march.csv"}
    return [(problem.code.id, problem.place.column) for problem in problems]


def period(report: Report) -> tuple[int, int]:
    """The bounds of a report's period, in seconds."""
    return seconds(report.occurred.earliest), seconds(report.occurred.latest)


def taken(path: Path, **options: Any) -> Taken:
    """A file taken in for guarantor A, unless the options of `take` say otherwise; `rules` is
    another agreement."""
    usual = {"author": "a", "circle": "guarantors", "stated": {}, "now": NOW}
    rules = options.pop("rules", None) or agreement()
    return take(path, rules, **{**usual, **options})


def codes(problems: Sequence[Problem]) -> list[str]:
    """The identifiers of problems, in their order."""
    return [problem.code.id for problem in problems]
