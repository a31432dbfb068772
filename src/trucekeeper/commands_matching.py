"""The commands about matching: `estimate`, `match`, and what `check --explain` tells of a score."""

from __future__ import annotations

from pathlib import Path

import click
import pyarrow.compute as pc

from trucekeeper.commands_proofs import read_published
from trucekeeper.engines.matcher import MatchedReports
from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.facade import Picture
from trucekeeper.intake.match_tables import match_file
from trucekeeper.intake.sheets import read_bytes
from trucekeeper.matching.settings import read_settings
from trucekeeper.render.relations import no_such_format, relation_text
from trucekeeper.terminal import (
    Output,
    command,
    face_option,
    known_by_option,
    node_option,
    write_file,
)

_FORMATS = {".parquet": "parquet", ".csv": "csv"}
SETTINGS_SUFFIX = ".settings.json"


@click.command()
@face_option
@known_by_option
@click.option(
    "--cut",
    "report",
    type=click.Path(path_type=Path),
    help="The cut of a published report.json, in place of --face and --known-by.",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("matching.json"),
    show_default=True,
    help="Annex file to write.",
)
@node_option
@command
def estimate(
    output: Output,
    face: str | None,
    known_by: str | None,
    report: Path | None,
    out: Path,
    folder: Path,
) -> int:
    """Estimate settings of matching from the reports of a cut, for the agreement's annex.

    Example: trucekeeper estimate --known-by 2031-03-31 --out matching.json
    """
    node = output.open(folder)
    cut = None if report is None else node.recompute(read_published(report)[1].cut)
    with output.doing("Estimating"):
        found = node.estimate(face=face, known_by=known_by, cut=cut)
    write_file(out, found.to_json())
    sources = ", ".join(f"{source} {count:,}" for source, count in found.reports.items())
    output.say(f"Wrote {out}, sha256 {found.digest}", written=str(out), digest=found.digest)
    output.say(
        f"From cut {found.cut.digest} of face {found.cut.face}: "
        f"{sum(found.reports.values()):,} reports ({sources})",
        cut=found.cut.digest,
        face=found.cut.face,
        reports=dict(found.reports),
    )
    output.say(
        f"Of {found.candidates:,} pairs compared, {found.expected_pairs:,} are expected to be of "
        "one event",
        candidates=found.candidates,
        expected_pairs=found.expected_pairs,
    )
    _say_warnings(output, found.warnings)
    output.say("They decide nothing until the agreement annexes the file under that digest.")
    return 0


@click.command()
@click.argument("reports", type=click.Path(path_type=Path))
@click.option(
    "--out", "-o", required=True, type=click.Path(path_type=Path), help="Parquet or CSV to write."
)
@click.option(
    "--settings",
    "annex",
    type=click.Path(path_type=Path),
    help="Settings file; without one they are estimated from the table and written beside --out.",
)
@click.option("--engine", default="kernel", show_default=True, help="What carries it; all agree.")
@click.option("--rivals", is_flag=True, help="Write the evidence and the best rival as well.")
@command
def match(
    output: Output, reports: Path, out: Path, annex: Path | None, engine: str, rivals: bool
) -> int:
    """Find which reports of a table (Parquet, CSV) speak of the same event; needs no node.

    Example: trucekeeper match reports.parquet --out incidents.parquet
    """
    if out.suffix not in _FORMATS:
        raise no_such_format(out.suffix or out.name, list(_FORMATS))
    settings = None if annex is None else read_settings(annex.name, read_bytes(annex))
    with output.doing(f"Matching {reports}"):
        found = match_file(reports, engine=engine, settings=settings, rivals=rivals)
    write_file(out, relation_text(found.table, _FORMATS[out.suffix]))
    written = [out]
    if annex is None:
        written.append(out.with_suffix(SETTINGS_SUFFIX))
        write_file(written[1], found.settings.to_json())
    _say_matched(output, found, written)
    _say_warnings(output, found.warnings)
    return 0


def _say_matched(output: Output, found: MatchedReports, written: list[Path]) -> None:
    sizes = pc.value_counts(found.table.column("incident")).field("counts")
    several = pc.sum(pc.greater(sizes, 1)).as_py() or 0
    count, incidents, bounds = found.table.num_rows, len(sizes), found.bounds
    output.say(
        f"Wrote {' and '.join(map(str, written))}: {count:,} reports, {incidents:,} incidents, "
        f"{several:,} of them of several reports",
        written=[str(path) for path in written],
        reports=count,
        incidents=incidents,
        of_several=several,
    )
    output.say(
        f"Settings: {found.settings.name}, sha256 {found.settings.digest}",
        settings=found.settings.name,
        digest=found.settings.digest,
    )
    cut = {"crowded": bounds.crowded, "candidates": bounds.candidates, "raised": bounds.raised}
    output.say(
        f"Cut by the bounds: {bounds.crowded:,} reports not compared for the crowd around them, "
        f"{bounds.candidates:,} pairs not among the best of both ends, {bounds.raised:,} reports "
        "in groups whose threshold was raised",
        bounds=cut,
    )


def _say_warnings(output: Output, warnings: tuple[str, ...]) -> None:
    output.fields["warnings"] = list(warnings)
    for warning in warnings:
        output.say(f"Doubtful: {warning}")


def explain(
    output: Output, picture: Picture, subject: str, other: str | None, figure: Path | None
) -> int:
    """Say why a statement or an incident is as it is, or what two reports have in common. figure:
    where the terms go as a picture."""
    lines: list[str] = []
    if other is not None:
        weighed = [picture.weigh(subject, other)]
        output.say(str(weighed[0]))
    else:
        explanation = picture.explain(subject)
        weighed, lines = list(explanation.weighed), list(explanation)
        output.say(str(explanation))
        if len(weighed) == 1 and weighed[0].rows:
            output.say(weighed[0].table())
    output.fields |= {
        "subject": subject,
        "lines": lines,
        "weighed": [one.as_row() for one in weighed],
    }
    if figure is not None:
        svg = weighed[0].svg() if len(weighed) == 1 else None
        if svg is None:
            found, expected = f"`{subject}`", "log/index of a report that was compared"
            raise QuestionError(Problem(Code.NO_SUCH_REFERENCE, Place(), found, expected))
        write_file(figure, svg.encode())
        output.say(f"Wrote {figure}", written=str(figure))
    return 0
