"""Bulletins that give two parties' counts, from two tables: `bulletins.csv` (one row a bulletin)
and `counts.csv` (one row a bulletin, registering party and province).

One tally per bulletin and registering party. Registered is never committed, and the counts of two
parties are never added. An empty count means that the province was named without a number; the
province `unspecified` is what the source did not split. What does not add up stays and is a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from trucekeeper.errors import Code, IntakeError, Place, Problem
from trucekeeper.intake.cells import Row, one_of, shown, word_shown
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.moments import days
from trucekeeper.intake.setting import Setting
from trucekeeper.intake.sheets import Sheet
from trucekeeper.statements.kinds import Tally
from trucekeeper.statements.parts import Judgement, TallyPart
from trucekeeper.vocabulary.times import Period

COLUMNS = (
    "bulletin_id", "published", "period", "split_complete", "source_url", "note",
)  # fmt: skip
COUNT_COLUMNS = ("bulletin_id", "registering_party", "province", "admin1_pcode", "count")
_TOTAL = re.compile(r"([^\W_]+)_total")
_CLAIMS = re.compile(r"([^\W_]+)_on_([^\W_]+)_claims")
#: By span: the days before the bulletin's own that it may count. A day's bulletin counts 24 hours
#: that end at an hour it does not say.
_DAYS_BEFORE = {"day": 1, "week": 6}
_UNSPECIFIED = "unspecified"

_JUDGED = re.compile(r"(\d{1,9}) judged fire at (.{1,300})")
_PLAIN = re.compile(r"(\d{1,9}) (not )?confirmed")
_SHARE = re.compile(r"(\d{1,9}) of (\d{1,9}) confirmed")

#: Further totals that a source gives beside the first, by bulletin and party code.
Variants = Mapping[tuple[str, str], Sequence[int]]
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Parties:
    """Who is who. ids: the code in the data → the participant. publisher: the participant whose
    bulletins they are. variants: totals that only the page itself gives."""

    ids: Mapping[str, str]
    publisher: str
    variants: Variants = field(default_factory=dict)

    def refuse_unknown(self, file: str, setting: Setting) -> None:
        """Raises IntakeError that names each participant whom the agreement does not know."""
        known = setting.agreement.participants
        unknown = [id for id in (*self.ids.values(), self.publisher) if id not in known]
        if unknown:
            raise IntakeError(
                *(
                    Problem(Code.NOT_IN_AGREEMENT, Place(file=file), f"`{id}`", one_of(id, known))
                    for id in dict.fromkeys(unknown)
                )
            )


def take_bulletins(
    bulletins: Sheet, counts: Sheet, setting: Setting, parties: Parties
) -> tuple[list[Draft], list[Problem]]:
    """A tally for each bulletin and party that gives a total or a part, in the order of the
    bulletins and of `parties`.

    Raises IntakeError where a column is missing or a participant is unknown."""
    parties.refuse_unknown(bulletins.file, setting)
    bulletins.require(COLUMNS)
    counts.require(COUNT_COLUMNS)
    parts, part_problems = _parts(counts, parties)
    problems = [*bulletins.problems, *counts.problems, *part_problems]
    problems += _unknown_codes(bulletins, parties)
    drafts: list[Draft] = []
    met: set[_Key] = set()
    for row in bulletins.rows(bulletins.columns(bulletins.headers)):
        found: list[Problem] = []
        for code in parties.ids:
            # What one party's cells say badly takes nothing from the other party's.
            own = Row(row.file, row.number, row.cells, row.headers)
            key = (own.text("bulletin_id") or "", code)
            met.add(key)
            draft = _draft(own, key, parts.get(key, ()), setting, parties)
            found += [*own.problems, *own.doubts]
            if draft is not None:
                drafts.append(draft)
        problems += dict.fromkeys(found)
    problems += _strays(counts.file, "parts", set(parts) - met)
    problems += _strays(bulletins.file, "further totals", set(parties.variants) - met)
    return drafts, problems


def _draft(
    row: Row, key: _Key, parts: Sequence[TallyPart | None], setting: Setting, parties: Parties
) -> Draft | None:
    """The tally of one party; None where the bulletin gives it no count, or none that can be
    understood."""
    bulletin, code = row.needed("bulletin_id", "the bulletin's own number"), key[1]
    span: Literal["day", "week"] | None = row.word("period", _DAYS_BEFORE, needed=True)
    published = _published(row, setting)
    total = row.whole(f"{code.lower()}_total")
    judgements = _judgements(row, code, parties)
    is_complete = row.word("split_complete", ("true", "false")) == "true"
    if None in parts:
        row.bad("bulletin_id", f"a part of `{code}` that cannot be understood", "all its parts")
    if total is None and not parts:
        if judgements:
            row.bad("bulletin_id", f"judgements on cases of `{code}`", "a count of its cases")
        return None
    if row.problems or span is None:
        return None
    whole_parts = tuple(part for part in parts if part is not None)
    undated = () if published is not None else ("undated",)
    body = Tally(
        registered_by=parties.ids[code],
        published_by=parties.publisher,
        span=span,
        period=None if published is None else _period(published, span, setting),
        report_ref=f"{bulletin} {code}",
        published_on=published,
        totals=() if total is None else (total, *parties.variants.get(key, ())),
        parts=whole_parts,
        judgements=judgements,
        address=row.text("source_url"),
        doubts=(*undated, *(_sum_doubt(row, total, whole_parts) if is_complete else ())),
        remark=row.text("note"),
    )
    return setting.draft(body, row.origin, stated_at=_stated_at(published, setting))


def _published(row: Row, setting: Setting) -> date | None:
    day = row.day("published")
    if day is not None and setting.calendar.local_midnight(day) > setting.now:
        row.bad("published", f"`{day}`", "a day that has begun", Code.FUTURE_DATE)
    return day


def _period(published: date, span: str, setting: Setting) -> Period:
    """What the bulletin's hours surely lie in."""
    return days(published - timedelta(days=_DAYS_BEFORE[span]), published, setting.calendar)


def _stated_at(published: date | None, setting: Setting) -> int:
    """The end of the bulletin's day, by which it was out; of an undated one, when the data set
    was."""
    if published is None:
        return setting.stated_at
    return min(setting.now, setting.calendar.local_midnight(published + timedelta(days=1)))


def _sum_doubt(row: Row, total: int | None, parts: Sequence[TallyPart]) -> tuple[str, ...]:
    counts = [part.count for part in parts]
    known = [count for count in counts if count is not None]
    if total is None or len(known) < len(counts) or sum(known) == total:
        return ()
    found = f"the parts add up to {sum(known)}, the stated total is {total}"
    return (row.doubt(found, "a total that is the sum of its parts"),)


def _judgements(row: Row, code: str, parties: Parties) -> tuple[Judgement, ...]:
    """What other parties say of the cases that this one registered."""
    found: list[Judgement] = []
    for by, participant in parties.ids.items():
        column = f"{by.lower()}_on_{code.lower()}_claims"
        for text in row.texts(column):
            judged = _judgement(text, participant)
            if judged is None:
                expected = "`3 not confirmed`, `1 of 4 confirmed` or `2 judged fire at ...`"
                row.bad(column, shown(text), f"{expected}, separated by `;`")
            else:
                found += judged
    return tuple(found)


def _judgement(text: str, by: str) -> list[Judgement] | None:
    """What one phrase says; None where it says nothing known."""
    if (judged := _JUDGED.fullmatch(text)) is not None:
        return [
            Judgement(by=by, says="target-excluded", count=int(judged[1]), group=judged[2].strip())
        ]
    if (plain := _PLAIN.fullmatch(text)) is not None:
        says: Literal["confirmed", "not-confirmed"] = "not-confirmed" if plain[2] else "confirmed"
        return [Judgement(by=by, says=says, count=int(plain[1]))]
    share = _SHARE.fullmatch(text)
    if share is None or int(share[1]) > int(share[2]):
        return None
    yes, no = int(share[1]), int(share[2]) - int(share[1])
    confirmed = [Judgement(by=by, says="confirmed", count=yes)] if yes else []
    return [*confirmed, Judgement(by=by, says="not-confirmed", count=no)] if no else confirmed


def _parts(
    counts: Sheet, parties: Parties
) -> tuple[dict[_Key, list[TallyPart | None]], list[Problem]]:
    """The parts by bulletin and party, in the order of the file; None stands for one that cannot be
    understood, so that no tally goes out without it."""
    parts: dict[_Key, list[TallyPart | None]] = {}
    problems: list[Problem] = []
    codes = {code.casefold(): code for code in parties.ids}
    unknown: set[str] = set()
    for row in counts.rows(counts.columns(COUNT_COLUMNS)):
        bulletin = row.needed("bulletin_id", "the bulletin's own number")
        party = row.needed("registering_party", "the code of a party")
        area = row.needed("province", "the name of an area, or `unspecified`")
        count = row.whole("count")
        code = codes.get((party or "").casefold())
        if party is not None and code is None and party not in unknown:
            unknown.add(party)
            found = word_shown(party, parties.ids)
            row.bad("registering_party", found, _who(parties), Code.NOT_IN_AGREEMENT)
        problems += row.problems
        if bulletin is None or code is None:
            continue
        is_good = area is not None and not row.problems
        areas = () if area == _UNSPECIFIED else row.texts("admin1_pcode", "|")
        part = TallyPart(area_name=area or "", codes=areas, count=count) if is_good else None
        parts.setdefault((bulletin, code), []).append(part)
    return parts, problems


def _unknown_codes(bulletins: Sheet, parties: Parties) -> Iterator[Problem]:
    """Columns of parties of whom nobody said who they are."""
    known = {code.lower() for code in parties.ids}
    for header in bulletins.headers:
        match = _TOTAL.fullmatch(header) or _CLAIMS.fullmatch(header)
        unknown = [] if match is None else [code for code in match.groups() if code not in known]
        if unknown:
            place = Place(file=bulletins.file, row=1, column=header)
            yield Problem(Code.NOT_IN_AGREEMENT, place, f"`{unknown[0]}`", _who(parties))


def _who(parties: Parties) -> str:
    return f"a code that is said to be a participant: {', '.join(parties.ids)}"


def _strays(file: str, what: str, keys: set[_Key]) -> Iterator[Problem]:
    for bulletin, code in sorted(keys):
        found = f"{what} of `{bulletin}`, party `{code}`"
        yield Problem(Code.BAD_CELL, Place(file=file), found, "a bulletin and party of both files")
