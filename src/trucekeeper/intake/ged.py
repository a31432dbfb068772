"""The UCDP Georeferenced Event Dataset, in the releases of 41 and of 49 columns: one event, one
report.

Source: Högbladh, UCDP GED Codebook 19.1. Types of violence 1 and 2 name two sides and no firing
side, so both are alternatives, as author and as target; type 3 names the side that acts. A side
that lists several groups stays one. Headlines are not mined. Nothing is repaired: where
`low`, `best` and `high` contradict one another, the report says so."""

from __future__ import annotations

from datetime import date

from trucekeeper.errors import Problem
from trucekeeper.intake.cells import Row
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.localities import stated_place
from trucekeeper.intake.moments import EXPECTED_DAY, days
from trucekeeper.intake.setting import Setting
from trucekeeper.intake.sheets import Sheet
from trucekeeper.statements.kinds import Report
from trucekeeper.vocabulary.crosswalks import act_of_ucdp
from trucekeeper.vocabulary.quantities import Range
from trucekeeper.vocabulary.times import Period

COLUMNS = (
    "id", "type_of_violence", "side_a", "side_b", "source_office", "where_prec",
    "where_coordinates", "adm_1", "latitude", "longitude", "date_prec", "date_start", "date_end",
    "low", "best", "high",
)  # fmt: skip
#: Radius of the point by `where_prec`: 1 the exact place, 2 within about 25 km of it. The others
#: speak of an area (3, 4), a line (5) or a country (6), and their point only stands for it.
_RADII_M = {1: 2_000, 2: 25_000}
_AREA_PRECISIONS = (3, 4)
_ONE_SIDED = 3


def take_ged(sheet: Sheet, setting: Setting) -> tuple[list[Draft], list[Problem]]:
    """The reports of a release and what is wrong with the other rows. Raises IntakeError where a
    column is missing."""
    sheet.require(COLUMNS)
    drafts: list[Draft] = []
    problems = list(sheet.problems)
    for row in sheet.rows(sheet.columns(COLUMNS)):
        body = _report(row, setting)
        problems += [*row.problems, *row.doubts]
        if body is not None:
            drafts.append(setting.draft(body, row.origin, stated_at=setting.stated_at))
    return drafts, problems


def _report(row: Row, setting: Setting) -> Report | None:
    """The report of an event; None where its row cannot be understood."""
    report_ref = row.needed("id", "the number of the event")
    violence = row.category("type_of_violence", 3)
    where, when = row.category("where_prec", 7), row.category("date_prec", 5)
    low, best, high = (row.whole(name) for name in ("low", "best", "high"))
    for name in ("low", "best", "high"):
        row.needed(name, "a whole number")
    for name in ("side_a", "side_b"):
        # With one side alone, the other would be cleared without anybody having said so.
        row.needed(name, "the name of a side")
    occurred = _period(row, setting)
    place = stated_place(
        row,
        setting,
        radius_m=None if where is None else _RADII_M.get(where),
        area="adm_1",
        name="where_coordinates",
        coded=where in _AREA_PRECISIONS,
    )
    act = act_of_ucdp(violence) if violence is not None else None
    if row.problems or occurred is None or act is None:
        return None
    authors, targets = _sides(row, violence)
    return Report(
        basis="open-source",
        act=act,
        occurred=occurred,
        place=place,
        report_ref=report_ref,
        alleged_author=authors,
        target=targets,
        killed=Range(min=min(low, high), max=max(low, high)),
        origins=_origins(row),
        description=(
            f"UCDP best estimate: {best}; date precision {when}, place precision {where}, type of "
            f"violence {violence}"
        ),
        doubts=()
        if low <= best <= high
        else (row.doubt(f"low {low}, best {best}, high {high}", "low ≤ best ≤ high"),),
    )


def _period(row: Row, setting: Setting) -> Period | None:
    """From the beginning of the first local day to the end of the last."""
    found: list[date] = []
    for column in ("date_start", "date_end"):
        row.needed(column, EXPECTED_DAY)
        day = row.day(column)
        if day is not None:
            found.append(day)
    if len(found) < 2:
        return None
    if found[1] < found[0]:
        row.bad("date_end", f"`{found[1]}`", f"`{found[0]}` or later")
        return None
    return days(found[0], found[1], setting.calendar)


def _sides(row: Row, violence: int | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Alternative authors and alternative targets."""
    side_a, side_b = (tuple(filter(None, [_side(row, name)])) for name in ("side_a", "side_b"))
    if violence == _ONE_SIDED:
        return side_a, side_b
    either = tuple(dict.fromkeys((*side_a, *side_b)))
    return either, either


def _side(row: Row, column: str) -> str:
    """A side as the publisher names it; several groups that it lists stay one side."""
    return ", ".join(row.texts(column, ","))


def _origins(row: Row) -> tuple[str, ...]:
    return tuple(sorted({office.casefold() for office in row.texts("source_office", ";,")}))
