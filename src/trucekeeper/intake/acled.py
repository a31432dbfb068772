"""Events of the Armed Conflict Location and Event Data, with the columns of today or of 2017: one
event, one report.

Source: ACLED codebook. Its first actor is not necessarily the aggressor and its second not
necessarily the target, so both are alternatives, as author and as target. But civilians and
protesters are unarmed by definition: where one of the two is such, the other acts. An actor who
stands alone acts. Somebody `unidentified` who acts is nobody's name: no author is stated.

Of conflicting numbers of dead the most conservative is recorded, so that at least as many were
killed; 0 is recorded also where nothing is known, so that none is stated. The description has the
number and the actors, with those beside them, as recorded.

The notes are not taken over: they may name persons, and the licence forbids to publish them again.
What is taken is read by whoever reads the log: its circle is to be one that the licence allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from trucekeeper.errors import Code, Problem
from trucekeeper.intake.cells import Row, plain_number, shown, word_key, word_shown
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.localities import stated_place
from trucekeeper.intake.moments import EXPECTED_DAY, YEARS, days, parse_day
from trucekeeper.intake.setting import Setting
from trucekeeper.intake.sheets import Sheet
from trucekeeper.statements.kinds import Report
from trucekeeper.vocabulary.crosswalks import ACTS_OF_ACLED, ACTS_OF_ACLED_2017
from trucekeeper.vocabulary.quantities import Range
from trucekeeper.vocabulary.times import Period, seconds

#: Written in capitals in 2017.
COLUMNS = (
    "event_id_cnty", "event_date", "time_precision", "event_type", "actor1", "inter1", "actor2",
    "inter2", "admin1", "location", "latitude", "longitude", "geo_precision", "source",
    "fatalities",
)  # fmt: skip
#: Only today's tables have it; it tells them from those of 2017.
_SUB_EVENT = "sub_event_type"
#: Who stood beside each actor, or what it was besides: today's name of the column, and that of
#: 2017.
_BESIDE = (("assoc_actor_1", "ally_actor_1"), ("assoc_actor_2", "ally_actor_2"))
#: Radius of the point by `geo_precision`: 1 the town itself, 2 near it or a small part of a region
#: for which it stands. With 3 it is any point of a region.
_RADII_M = {1: 2_000, 2: 25_000}
_REGION = 3
#: Days before and after its date in which an event surely lies, by `time_precision`: 1 the day
#: itself, 2 a week or the like, 3 a month, of which the date is the middle or an end.
_DAYS_AROUND = {1: 0, 2: 6, 3: 30}
#: Kinds of actor in words, in the order of their numbers from 1.
_KINDS = (
    ("state-forces",),
    ("rebel-group", "rebel-groups"),
    ("political-militia", "political-militias"),
    ("identity-militia", "identity-militias"),
    ("rioters",),
    ("protesters",),
    ("civilians",),
    ("external/other-forces",),
)
_UNARMED = (6, 7)
_UNIDENTIFIED = "unidentified"
_DAY_FIRST = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})")
_DAY_NAMED = re.compile(r"(\d\d?)[ -]([A-Za-z]+)[ -](\d{4})")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Actor:
    """One of the two actors of an event. name: as the report names it; stated: as ACLED does."""

    name: str
    stated: str
    is_unarmed: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The name, unless it stands for nobody."""
        return () if self.stated.casefold().startswith(_UNIDENTIFIED) else (self.name,)


def is_acled(sheet: Sheet) -> bool:
    """Whether a table is one of ACLED: no other has its reference."""
    return {"event_id_cnty", "event_type"} <= set(_folded(sheet).headers)


def take_acled(sheet: Sheet, setting: Setting) -> tuple[list[Draft], list[Problem]]:
    """The reports of a table and what is wrong with the other rows; a row whose type speaks of no
    act is left out and named. Raises IntakeError where a column is missing."""
    folded = _folded(sheet)
    folded.require(COLUMNS)
    beside = [name for names in _BESIDE for name in names]
    drafts: list[Draft] = []
    problems = list(sheet.problems)
    for row in sheet.rows(folded.columns((*COLUMNS, _SUB_EVENT, *beside))):
        body = _report(row, setting)
        problems += row.problems
        if body is not None:
            drafts.append(setting.draft(body, row.origin, stated_at=setting.stated_at))
    return drafts, problems


def _folded(sheet: Sheet) -> Sheet:
    """The table with its headers in small letters, at their positions."""
    return replace(sheet, headers=tuple(header.casefold() for header in sheet.headers))


def _report(row: Row, setting: Setting) -> Report | None:
    """The report of an event; None where its row cannot be understood or speaks of no act."""
    type_, act = _type(row)
    if type_ is not None and act is None:
        return None
    report_ref = row.needed("event_id_cnty", "the reference of the event")
    where, when = row.category("geo_precision", 3), row.category("time_precision", 3)
    fatalities = row.whole("fatalities")
    row.needed("fatalities", "a whole number")
    occurred = _period(row, when, setting)
    place = stated_place(
        row,
        setting,
        radius_m=None if where is None else _RADII_M.get(where),
        area="admin1",
        name="location",
        coded=where == _REGION,
    )
    if (row.text("event_type") or "").casefold().startswith("battle"):
        # With one side alone, the other would be cleared without anybody having said so.
        row.needed("actor2", "the name of a side, as a battle has two")
    kinds = [_kind(row, number) for number in (1, 2)]
    row.needed("actor1", "the name of an actor")
    if row.problems or occurred is None or act is None:
        return None
    actors = [_actor(row, n, kinds[n - 1], setting, seconds(occurred.earliest)) for n in (1, 2)]
    authors, targets = _sides(*actors)
    return Report(
        basis="open-source",
        act=act,
        occurred=occurred,
        place=place,
        report_ref=report_ref,
        alleged_author=authors,
        target=targets,
        killed=Range(min=fatalities) if fatalities else None,
        origins=tuple(sorted({outlet.casefold() for outlet in row.texts("source")})),
        description=(
            f"ACLED: {type_}; fatalities {fatalities}; date precision {when}, place precision "
            f"{where}{_actors_stated(row, actors)}"
        ),
    )


def _type(row: Row) -> tuple[str | None, str | None]:
    """The type of an event in the words of the codebook, and its act."""
    is_of_today = _SUB_EVENT in row.headers
    column, acts = (
        (_SUB_EVENT, ACTS_OF_ACLED) if is_of_today else ("event_type", ACTS_OF_ACLED_2017)
    )
    row.needed("event_type", "a type of event")
    type_ = _known(row, column, acts)
    if type_ is not None and acts[type_] is None:
        expected = "a type of which every event is one of the acts of the glossary"
        row.bad(column, f"`{type_}`", expected, Code.NO_ACT)
    return type_, None if type_ is None else acts[type_]


def _known(row: Row, column: str, types: Mapping[str, str | None]) -> str | None:
    expected = f"one of the {len(types)} types of the ACLED codebook"
    text = row.needed(column, expected) if not row.is_bad(column) else None
    if text is None:
        return None
    key = word_key(text)
    type_ = next((type_ for type_ in types if word_key(type_) == key), None)
    if type_ is None:
        row.bad(column, word_shown(text, [word_key(type_) for type_ in types]), expected)
    return type_


def _period(row: Row, when: int | None, setting: Setting) -> Period | None:
    """From the beginning of the first local day on which it can have been to the end of the
    last."""
    row.needed("event_date", EXPECTED_DAY)
    day = _day(row)
    if day is None or when is None:
        return None
    if setting.calendar.local_midnight(day) > setting.stated_at:
        expected = "a day that has begun when it counts as stated"
        row.bad("event_date", f"`{day}`", expected, Code.FUTURE_DATE)
        return None
    around = timedelta(days=_DAYS_AROUND[when])
    return days(day - around, day + around, setting.calendar)


def _day(row: Row) -> date | None:
    """The day of `2031-03-01` or `01 March 2031`. The day comes first in `01/03/2031` of 2017; in a
    table of today a spreadsheet has written it, and nothing tells which comes first."""
    text = row.text("event_date")
    if text is None:
        return None
    number = plain_number(text)
    is_of_2017 = _SUB_EVENT not in row.headers
    day = parse_day(number)
    if is_of_2017 and (slashed := _DAY_FIRST.fullmatch(number)):
        day = _date(int(slashed[3]), int(slashed[2]), int(slashed[1]))
    elif (named := _DAY_NAMED.fullmatch(number)) and named[2].casefold() in _MONTHS:
        month = _MONTHS.index(named[2].casefold()) + 1
        day = _date(int(named[3]), month, int(named[1]))
    if day is None:
        as_well = "`01/03/2031` or `01 March 2031`" if is_of_2017 else "`01 March 2031`"
        row.bad("event_date", shown(text), f"{EXPECTED_DAY}; or {as_well}")
    return day


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def _kind(row: Row, number: int) -> int | None:
    """The kind of an actor, which tables give as a number or in words; None where there is no
    actor."""
    column, expected = f"inter{number}", "1 to 8, or the kind of actor in words"
    text = row.needed(column, expected) if row.has(f"actor{number}") else None
    if text is None:
        return None
    if text[0].isdecimal():
        return row.category(column, len(_KINDS))
    key = word_key(text)
    kind = next((kind for kind, words in enumerate(_KINDS, start=1) if key in words), None)
    if kind is None:
        row.bad(column, shown(text), expected)
    return kind


def _actor(row: Row, number: int, kind: int | None, setting: Setting, at: int) -> _Actor | None:
    """An actor; None where there is none. Of the unarmed ACLED says of which country they are
    (`Civilians (D)`): where the agreement knows only the class, the report names that."""
    stated = row.text(f"actor{number}")
    if stated is None:
        return None
    name, is_unarmed = stated, kind in _UNARMED
    if is_unarmed and setting.agreement.find_group(stated, at) is None:
        class_ = stated.partition("(")[0].strip()
        if setting.agreement.find_group(class_, at) is not None:
            name = class_
    return _Actor(name, stated, is_unarmed)


def _sides(first: _Actor | None, second: _Actor | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Alternative authors and alternative targets, by who is armed."""
    if first is None or second is None:
        alone = first or second
        assert alone is not None
        return ((), (alone.name,)) if alone.is_unarmed else (alone.names, ())
    if first.is_unarmed != second.is_unarmed:
        acts, suffers = (second, first) if first.is_unarmed else (first, second)
        return acts.names, (suffers.name,)
    either = tuple(dict.fromkeys((first.name, second.name)))
    return either, either


def _actors_stated(row: Row, actors: list[_Actor | None]) -> str:
    """The actors as ACLED names them, each with whom it names beside it."""
    said = ""
    for number, (actor, names) in enumerate(zip(actors, _BESIDE, strict=True), start=1):
        beside = [other for name in names for other in row.texts(name)]
        if actor is not None:
            said += f"; actor {number}: {actor.stated}"
            said += f", beside it: {', '.join(beside)}" if beside else ""
    return said
