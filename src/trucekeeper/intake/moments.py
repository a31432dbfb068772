"""When something occurred, as a cell says it.

`2031-03-01`, `2031-03-01 06:10`, `2031-03-01T06:10`, each time with seconds and with `Z` or
`+03:00` behind it if need be. A time without an offset is local to the agreement, or to the offset
that the row names. Nothing here reads the machine's clock or zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from trucekeeper.vocabulary.times import DAY_S, EPOCH, Calendar, Period, instant

_MOMENT = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:[T ] *(\d\d?):(\d\d)(?::(\d\d)(?:\.0+)?)? *(Z|UTC|[+-]\d\d:?\d\d)?)?"
)
_OFFSET = re.compile(r"([+-])(\d\d?):?(\d\d)?")
#: Years in which a report can be meant. It catches slips of the pen and years of other calendars.
YEARS = range(1900, 2200)
EXPECTED_DAY = "a day as `2031-03-01`, of the years 1900 to 2199"
EXPECTED = "`2031-03-01`, `2031-03-01 06:10` or `2031-03-01T06:10+03:00`, of the years 1900 to 2199"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as written. local: naive. unit_s: how exactly it is written: a day, a minute or a
    second. offset_s: seconds east of UTC where the cell itself says so."""

    local: datetime
    unit_s: int
    offset_s: int | None

    @property
    def end(self) -> datetime:
        """The local time at which what is written is over."""
        return self.local + timedelta(seconds=self.unit_s)


def parse_moment(text: str) -> Moment | None:
    """The time that a cell writes; None where it writes none."""
    match = _MOMENT.fullmatch(text)
    if match is None or int(match[1]) not in YEARS:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    unit_s = DAY_S if match[4] is None else 60 if match[6] is None else 1
    try:
        local = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 (local as written)
    except ValueError:
        return None
    offset_s = None if match[7] is None else parse_offset(match[7])
    return None if match[7] is not None and offset_s is None else Moment(local, unit_s, offset_s)


def parse_offset(text: str) -> int | None:
    """Seconds east of UTC of `UTC`, `Z` or `+03:00`; None where the text is none of them."""
    if text.upper() in ("UTC", "Z", "GMT"):
        return 0
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    within = minutes <= 14 * 60 and int(match[3] or 0) < 60
    return (-60 if match[1] == "-" else 60) * minutes if within else None


def parse_day(text: str) -> date | None:
    """The day of `2031-03-01`, also where midnight is written behind it."""
    moment = parse_moment(text)
    return moment.local.date() if moment is not None and moment.local == _midnight(moment) else None


def at(moment: Moment, local: datetime, zone_s: int | None, calendar: Calendar) -> int:
    """The instant of a local time that stands in the cell of a moment. zone_s: the row's offset."""
    offset_s = zone_s if moment.offset_s is None else moment.offset_s
    if offset_s is None:
        return calendar.to_utc(local)
    return int((local - EPOCH.replace(tzinfo=None)).total_seconds()) - offset_s


def bounds(
    earliest: Moment, latest: Moment | None, zone_s: int | None, calendar: Calendar
) -> tuple[int, int]:
    """The half-open period of two cells, in seconds.

    A day as the latest time is meant as a whole. Where there is no latest time, or it is the
    earliest again, the event lies within what is written: that day, that minute, that second. The
    end may come before the beginning: that is for the caller to refuse."""
    start = at(earliest, earliest.local, zone_s, calendar)
    if latest is None:
        return start, at(earliest, earliest.end, zone_s, calendar)
    end = at(latest, latest.local, zone_s, calendar)
    if latest.unit_s == DAY_S or end == start:
        end = at(latest, latest.end, zone_s, calendar)
    return start, end


def days(first: date, last: date, calendar: Calendar) -> Period:
    """The period from the beginning of one local day to the end of another."""
    return Period(
        earliest=instant(calendar.local_midnight(first)),
        latest=instant(calendar.local_midnight(last + timedelta(days=1))),
    )


def _midnight(moment: Moment) -> datetime:
    return moment.local.replace(hour=0, minute=0, second=0)
