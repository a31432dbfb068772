"""The two published data sets of the reference case that lie beside the repository, as matching sees them: the event
data and the video archive, taken in under the agreement of `examples/astana-2017`. They are no part of the repository.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from trucekeeper.governance.effect import govern
from trucekeeper.governance.record import read_entries
from trucekeeper.incidents.located import as_match_reports, locate
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.read import take
from trucekeeper.logs.tree import leaf_hash
from trucekeeper.matching.reports import MatchReport
from trucekeeper.statements.encoding import Envelope, encode, encode_body
from trucekeeper.vocabulary.ids import LogName, log_name
from trucekeeper.vocabulary.times import instant, parse_instant
from trucekeeper.workspace import load_agreement

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
AGREEMENT = ROOT / "examples" / "astana-2017" / "agreement.toml"
EVENTS = DATA / "ged-syria-2017" / "ged_syria_20161201_20171231.csv.gz"
VIDEOS = DATA / "syrian-archive-observations" / "observations_excl_2016jan_nov.csv.gz"
PLACES = DATA / "syrian-archive-observations" / "places.csv"

#: Who publishes them, as the agreement names the component; the column that identifies a row.
Source = Literal["ged", "syrian-archive"]
ID_COLUMNS: Mapping[Source, tuple[Path, str]] = {
    "ged": (EVENTS, "id"),
    "syrian-archive": (VIDEOS, "Database_ID"),
}

#: The days of which both have records, 30 December 2016 to 30 April 2017, as local midnights: the first included, the
#: last not.
OPENS = parse_instant("2016-12-29T22:00:00Z") or 0
CLOSES = parse_instant("2017-04-30T21:00:00Z") or 0
_NOW = parse_instant("2026-01-01T00:00:00Z") or 0


def reports() -> dict[tuple[str, str], MatchReport]:
    """Every report of both data sets that touches the window, by its source and the publisher's identifier."""
    agreement = load_agreement(AGREEMENT)
    drafts: dict[LogName, list[Draft]] = {}
    for source, path, places in (("ged", EVENTS, None), ("syrian-archive", VIDEOS, PLACES)):
        taken = take(
            path, agreement, author=source, circle="public", stated={}, now=_NOW, places=places
        )
        drafts[log_name(source, "public")] = list(taken.drafts)
    entries = {log: [_entry(draft) for draft in held] for log, held in drafts.items()}
    record = {
        log: read_entries(log, [(leaf_hash(e), e) for e in held]) for log, held in entries.items()
    }
    located = locate(govern(agreement, record))
    assert len(located) == sum(map(len, drafts.values())), "every row is a report in effect"
    return {
        (found.source, found.report.report_ref or ""): report
        for found, report in zip(located, as_match_reports(located, agreement), strict=True)
        if found.latest > OPENS and found.earliest < CLOSES
    }


def rows(source: Source) -> dict[str, dict[str, str]]:
    """The rows of a data set as they stand, by the publisher's identifier."""
    path, column = ID_COLUMNS[source]
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return {row[column]: row for row in csv.DictReader(file)}


def _entry(draft: Draft) -> bytes:
    """A draft as it would stand in a log."""
    return encode(
        Envelope(
            kind=draft.body.kind,
            version=draft.body.version,
            officer=draft.officer,
            stated_at=instant(draft.stated_at or _NOW),
            body=msgspec.Raw(encode_body(draft.body)),
            language=draft.language,
        )
    )
