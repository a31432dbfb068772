"""Periods of reports: `2031-03`, `2031-03-12`, `2031-W11`, `2031-03-12..2031-03-15` (inclusive), in
agreement time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.vocabulary.times import Calendar

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """A period by its name. first, last: reporting days, inclusive. start, end: half-open
    instants."""

    name: str
    first: date
    last: date
    start: int
    end: int

    @property
    def days(self) -> list[date]:
        """Its reporting days in order."""
        return [self.first + timedelta(days=i) for i in range((self.last - self.first).days + 1)]


def parse_period(text: str, calendar: Calendar) -> ReportPeriod:
    """The period of a name. Raises QuestionError."""
    try:
        first, last = _days(text.strip())
    except ValueError as error:
        expected = "2031-03, 2031-03-12, 2031-W11 or 2031-03-12..2031-03-15"
        raise QuestionError(Problem(Code.BAD_DATE, Place(), f"`{text}`", expected)) from error
    end = calendar.day_start(last + timedelta(days=1))
    return ReportPeriod(text.strip(), first, last, calendar.day_start(first), end)


def _days(text: str) -> tuple[date, date]:
    if ".." in text:
        first, last = (date.fromisoformat(part) for part in text.split("..", 1))
        if last < first:
            raise ValueError("the end lies before the beginning")
        return first, last
    if match := _MONTH.fullmatch(text):
        first = date(int(match[1]), int(match[2]), 1)
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if match := _WEEK.fullmatch(text):
        first = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return first, first + timedelta(days=6)
    return date.fromisoformat(text), date.fromisoformat(text)
