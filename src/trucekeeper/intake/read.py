"""One entry for every file: its format is told by its name and content, then it is read, and what
was stated before is left out.

    reports       CSV or XLSX with the columns of the form
    ged           a release of the UCDP Georeferenced Event Dataset, CSV or XLSX
    acled         events of the Armed Conflict Location and Event Data, as of today or as of 2017
    observations  a video archive's observations, CSV or XLSX
    bulletins     `bulletins.csv` with `counts.csv` beside it, or their folder
    statements    TOML blocks `[[statement]]`

CSV may be compressed (`.csv.gz`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code, IntakeError, Problem
from trucekeeper.errors import Place as Where
from trucekeeper.intake import acled, archive, bulletins, columns, ged
from trucekeeper.intake.bulletins import Parties, Variants, take_bulletins
from trucekeeper.intake.drafts import Draft, Taken
from trucekeeper.intake.setting import Setting, finish
from trucekeeper.intake.sheets import Sheet, read_bytes, read_csv
from trucekeeper.intake.stated import StatedBefore, settle
from trucekeeper.intake.tables import take_table
from trucekeeper.intake.toml_statements import take_toml
from trucekeeper.intake.workbooks import ZIP, read_workbook

Format = Literal["reports", "ged", "acled", "observations", "bulletins", "statements"]
FORMATS: tuple[Format, ...] = get_args(Format)
BULLETINS, COUNTS = "bulletins.csv", "counts.csv"
#: Old and encrypted Excel files; they look like no text at all.
_OLE = b"\xd0\xcf\x11\xe0"
Taking = tuple[list[Draft], list[Problem]]


def take(
    path: Path,
    agreement: Agreement,
    *,
    author: str,
    circle: str,
    stated: StatedBefore,
    now: int,
    format: Format | None = None,
    places: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    parties: Mapping[str, str] | None = None,
    publisher: str | None = None,
    variants: Variants | None = None,
) -> Taken:
    """The drafts of a file, every problem in it, and how many rows were stated before.

    author, circle: in whose log the drafts belong. stated: what the author's logs already state
    (`stated_before`); a changed row becomes a correction. now: the instant of intake, in seconds.
    places: points by town and quarter, for observations. mapping: their column → ours, for report
    tables. parties, publisher, variants: who is who in bulletins, and totals that only the pages
    give.

    Raises IntakeError where nothing of the file can be taken in."""
    setting = Setting(agreement, author, circle, now)
    setting.refuse_unknown_log(path.name)
    _refuse_unknown_format(path, format)
    if path.is_dir() or format == "bulletins":
        path = path / BULLETINS if path.is_dir() else path
        format = "bulletins"
    if format == "statements" or (format is None and path.suffix.lower() == ".toml"):
        drafts, problems = take_toml(path.name, read_bytes(path), setting)
    else:
        sheet = _read_sheet(path)
        match format or _recognise(sheet, mapping or {}):
            case "ged":
                drafts, problems = ged.take_ged(sheet, setting)
            case "acled":
                drafts, problems = acled.take_acled(sheet, setting)
            case "observations":
                drafts, problems = _observations(sheet, setting, places)
            case "bulletins":
                drafts, problems = _bulletins(path, sheet, setting, parties, publisher, variants)
            case _:
                drafts, problems = take_table(sheet, setting, mapping or {})
    finished, impossible = finish(drafts, setting)
    taken = settle(finished, stated)
    found = sorted((*problems, *impossible, *taken.problems), key=_order)
    return Taken(taken.drafts, tuple(found), taken.repeated)


def _read_sheet(path: Path) -> Sheet:
    data = read_bytes(path)
    if data.startswith(ZIP):
        return read_workbook(path.name, data)
    if data.startswith(_OLE):
        raise _unknown(path, "an old or encrypted workbook")
    return read_csv(path.name, data)


def _recognise(sheet: Sheet, mapping: Mapping[str, str]) -> Format:
    """The format of a table by its columns."""
    headers = set(sheet.headers)
    if headers >= set(ged.COLUMNS):
        return "ged"
    if acled.is_acled(sheet):
        return "acled"
    if headers >= set(archive.NEEDED):
        return "observations"
    if headers >= set(bulletins.COLUMNS):
        return "bulletins"
    if headers >= set(bulletins.COUNT_COLUMNS):
        found = f"the second table of a pair, which is read together with `{BULLETINS}`"
        raise IntakeError(
            Problem(Code.UNKNOWN_FORMAT, Where(file=sheet.file), found, f"`{BULLETINS}` itself")
        )
    if columns.recognised(sheet.headers, mapping) >= columns.RECOGNISED_MIN:
        return "reports"
    raise _unknown(Path(sheet.file), f"{len(sheet.headers)} columns that no format has")


def _observations(sheet: Sheet, setting: Setting, places: Path | None) -> Taking:
    points, problems = ({}, []) if places is None else archive.read_places(places)
    drafts, found = archive.take_archive(sheet, setting, points)
    return drafts, [*problems, *found]


def _bulletins(
    path: Path,
    sheet: Sheet,
    setting: Setting,
    parties: Mapping[str, str] | None,
    publisher: str | None,
    variants: Variants | None,
) -> Taking:
    if not parties or publisher is None:
        found = "nobody said whose the codes of the parties are, and who publishes the bulletins"
        place, expected = Where(file=path.name), "a participant for each code, and a publisher"
        raise IntakeError(Problem(Code.NOT_IN_AGREEMENT, place, found, expected))
    beside = path.with_name(path.name.replace("bulletins", "counts"))
    if beside == path:
        beside = path.with_name(COUNTS)
    counts = _read_sheet(beside)
    return take_bulletins(sheet, counts, setting, Parties(parties, publisher, variants or {}))


def _refuse_unknown_format(path: Path, format: str | None) -> None:
    if format is not None and format not in FORMATS:
        raise _unknown(path, f"`{format}`")


def _unknown(path: Path, found: str) -> IntakeError:
    listed: Sequence[str] = [f"`{name}`" for name in FORMATS]
    expected = f"one of {', '.join(listed)}, as CSV, compressed CSV, XLSX or TOML"
    return IntakeError(Problem(Code.UNKNOWN_FORMAT, Where(file=path.name), found, expected))


def _order(problem: Problem) -> tuple[str, int]:
    """By file; what concerns a file as a whole first, then by row or line."""
    return problem.place.file or "", problem.place.row or problem.place.line or 0
