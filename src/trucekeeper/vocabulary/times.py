"""Instants, periods and the agreement's own calendar.

An instant is a whole number of seconds since 1970-01-01T00:00:00Z; in statements it is written
`YYYY-MM-DDTHH:MM:SSZ`. Periods are half-open. Days, weeks and months are local to the agreement,
which carries its own UTC offsets by date and the hour at which a reporting day ends, so that no
time-zone database decides a figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
HOUR_S = 3_600
DAY_S = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1)
_NAIVE_EPOCH = EPOCH.replace(tzinfo=None)
#: The instants that can be written: years 1 to 9999.
FIRST_INSTANT = -62_135_596_800
LAST_INSTANT = 253_402_300_799


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A half-open period: at or after `earliest`, before `latest`."""

    earliest: Instant
    latest: Instant


def seconds(instant: datetime) -> int:
    """Seconds since the epoch of an aware instant."""
    return int(instant.timestamp())


def instant(at: int) -> datetime:
    """The instant that is `at` seconds after the epoch."""
    return EPOCH + timedelta(seconds=at)


def instant_text(at: int) -> str:
    """The instant as `YYYY-MM-DDTHH:MM:SSZ`."""
    return instant(at).isoformat()[:19] + "Z"


def parse_instant(text: str) -> int | None:
    """Seconds since the epoch of `YYYY-MM-DDTHH:MM:SSZ`; None where the text is not that."""
    try:
        return seconds(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC))
    except ValueError:
        return None


def hours_later(start: int, hours: int, still: Iterable[tuple[int, int]] = ()) -> int | None:
    """The instant so many hours later. still: spans in order, within which no time runs; None where
    one of them does not end."""
    at, left = start, hours * HOUR_S
    for since, until in still:
        if until > at and at + left > since:
            left -= max(0, since - at)
            at = until
    return at + left if at < LAST_INSTANT else None


class Calendar(msgspec.Struct, frozen=True):
    """The agreement's local time.

    offsets: (instant from which it holds, seconds east of UTC), ascending; the first also holds
    before. day_ends_hour: local hour at which a reporting day ends; 0 is midnight. A reporting day
    that ends at
        hour h > 0 of date D begins at hour h of the date before and is named D.
    """

    offsets: tuple[tuple[int, int], ...]
    day_ends_hour: int = 0

    def offset_s(self, at: int) -> int:
        """Seconds east of UTC at an instant."""
        held = self.offsets[0][1]
        for start, offset in self.offsets:
            if start > at:
                break
            held = offset
        return held

    def to_utc(self, local: datetime) -> int:
        """The instant of a naive local time. A time that the clocks skipped is read with the offset
        before the change, one that came twice as its first occurrence."""
        naive = int((local - _NAIVE_EPOCH).total_seconds())
        candidates = [naive - offset for _, offset in self.offsets]
        fitting = [at for at in candidates if at + self.offset_s(at) == naive]
        return min(fitting) if fitting else naive - self.offset_s(naive - self.offsets[0][1])

    def day_of(self, at: int) -> date:
        """The reporting day that contains an instant."""
        shifted = at + self.offset_s(at) - self.day_ends_hour * HOUR_S
        day = EPOCH_DAY + timedelta(days=shifted // DAY_S)
        return day + timedelta(days=1) if self.day_ends_hour else day

    def day_start(self, day: date) -> int:
        """The instant at which a reporting day begins."""
        first = day - timedelta(days=1) if self.day_ends_hour else day
        return self.to_utc(_naive(first, self.day_ends_hour))

    def local_midnight(self, day: date) -> int:
        """The instant at which a calendar day begins, whatever the reporting day."""
        return self.to_utc(_naive(day, 0))

    def days(self, start: int, end: int) -> Iterator[date]:
        """The reporting days that a half-open period touches, in order."""
        day, last = self.day_of(start), self.day_of(max(start, end - 1))
        while day <= last:
            yield day
            day += timedelta(days=1)

    def local_text(self, at: int) -> str:
        """The instant in local time as `YYYY-MM-DD HH:MM`."""
        return (instant(at) + timedelta(seconds=self.offset_s(at))).strftime("%Y-%m-%d %H:%M")


def _naive(day: date, hour: int) -> datetime:
    return _NAIVE_EPOCH + (day - EPOCH_DAY) + timedelta(hours=hour)


def iso_week(day: date) -> str:
    """The ISO 8601 week of a day, as `2017-W11`."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def month(day: date) -> str:
    """The month of a day, as `2017-03`."""
    return f"{day.year:04d}-{day.month:02d}"
