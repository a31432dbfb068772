"""The command line. Every command acts on the node in the current folder, or on `--node FOLDER`.

What a command gives for people or for programs, and its exit code, is in `terminal`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import msgspec

from trucekeeper import commands_exchange, commands_sealed, workspace
from trucekeeper.commands_histories import check_evidence, continue_
from trucekeeper.commands_keys import keys
from trucekeeper.commands_matching import estimate, explain, match
from trucekeeper.commands_mechanism import mechanism
from trucekeeper.commands_proofs import check_files, check_report_proofs, prove, read_published
from trucekeeper.commands_sealed import check_disclosure, check_payloads, naming_nobody
from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.facade import Picture
from trucekeeper.intake.form import write_form
from trucekeeper.intake.read import FORMATS, Format, take
from trucekeeper.intake.stated import stated_before
from trucekeeper.keys.keyring import lie_in_clear
from trucekeeper.logs.equivocation import SUFFIX
from trucekeeper.picture import RELATIONS
from trucekeeper.render.relations import RELATION_FORMATS, relation_text
from trucekeeper.reporting.compare import differences
from trucekeeper.reporting.period import parse_period
from trucekeeper.storage.proof_files import FOLDER as PROOFS
from trucekeeper.terminal import (
    FOUND_PROBLEMS,
    Output,
    command,
    face_option,
    known_by_option,
    node_option,
    node_passphrase,
    passphrase_option,
)
from trucekeeper.vocabulary.ids import author_of

DERIVING = "Deriving incidents, positions and clocks"
#: Problems that only note what the source says: the row is taken.
NOTES = (Code.ALREADY_STATED, Code.DOUBTFUL)


as_of_option = click.option(
    "--as-of", help="Day (its end) or instant at which clocks are evaluated."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trucekeeper")
def main() -> None:
    """The record of a jointly run ceasefire mechanism that nobody owns and everybody can check."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--agreement",
    required=True,
    type=click.Path(path_type=Path),
    help="agreement.toml, its attachments beside it.",
)
@click.option(
    "--as",
    "participants",
    required=True,
    multiple=True,
    help="Whose node it is; several only in an archive or exercise.",
)
@click.option(
    "--unencrypted", is_flag=True, help="Leave the private keys in the clear: who reads them signs."
)
@passphrase_option
@command
def new(
    output: Output,
    folder: Path,
    agreement: Path,
    participants: tuple[str, ...],
    unencrypted: bool,
) -> int:
    """Make a node and its keys, under a passphrase; in an exercise or archive without.

    Example: trucekeeper new nodes/a --agreement agreement.toml --as a
    """
    if not agreement.is_file():
        raise QuestionError(
            Problem(Code.NOT_READABLE, Place(file=str(agreement)), "no such file", "an agreement")
        )
    head = workspace.load_agreement(agreement).file.agreement
    clear = unencrypted or head.exercise or head.transcription
    passphrase = None if clear else node_passphrase(folder, new=True)
    node = workspace.new(folder, agreement, participants, passphrase=passphrase)
    logs = [row.log for row in node.folder.roster]
    output.say(f"Made {folder}: {', '.join(logs)}", folder=str(folder), logs=logs)
    _say_if_clear(output, node)
    return 0


def _say_if_clear(output: Output, node: workspace.Node) -> None:
    in_clear = lie_in_clear(node.folder.path / "keys")
    output.fields["keys_in_clear"] = in_clear
    if in_clear:
        output.say(
            f"{len(in_clear)} private keys lie in the clear: who reads {node.folder.path / 'keys'} "
            "can sign. `trucekeeper keys passphrase` encrypts them."
        )


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--as",
    "author",
    help="Participant or component that states it; default: the node's own participant.",
)
@click.option(
    "--to",
    "circle",
    help="Circle that may read it; default: the component's, the reporting circle if one is in it, "
    "or the smallest of one's own.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="Format, where it is not told by the file.",
)
@click.option(
    "--places",
    type=click.Path(path_type=Path),
    help="Table of places that an archive's records are joined with.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="THEIRS=OURS",
    help="Read their column as ours; may be repeated.",
)
@click.option(
    "--party",
    "parties",
    multiple=True,
    metavar="CODE=PARTICIPANT",
    help="Whom a bulletin's code stands for.",
)
@click.option("--publisher", help="Participant that published the bulletins.")
@click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="BULLETIN:CODE=TOTAL",
    help="A second total that a bulletin's page gives; may be repeated.",
)
@click.option("--officer", default="officer", help="Key id of the officer who signs.")
@click.option(
    "--dry-run", is_flag=True, help="Show what would be stated and every problem; state nothing."
)
@passphrase_option
@click.option(
    "--names-checked",
    is_flag=True,
    help="An officer has read what is warned of: it names no protected person.",
)
@node_option
@command
def add(
    output: Output,
    files: tuple[Path, ...],
    author: str | None,
    circle: str | None,
    format_: Format | None,
    places: Path | None,
    columns: tuple[str, ...],
    parties: tuple[str, ...],
    publisher: str | None,
    variants: tuple[str, ...],
    officer: str,
    dry_run: bool,
    names_checked: bool,
    folder: Path,
) -> int:
    """State what files hold: tables of reports, GED, ACLED, archives, bulletins, TOML.

    Example: trucekeeper add march.csv --to guarantors --dry-run
    """
    node = output.open(folder)
    author, circle = _whose(node, author, circle)
    problems: list[Problem] = []
    stated: list[str] = []
    repeated = 0
    for file in files:
        own = [log for log in node.held if author_of(log) == author]
        entries = [stated for held in node.record(own).values() for stated in held]
        with output.doing(f"Reading {file}"):
            taken = take(
                file, node.agreement, author=author, circle=circle, stated=stated_before(entries),
                now=int(node.clock()), format=format_, places=places, mapping=_pairs(columns),
                parties=_pairs(parties), publisher=publisher, variants=_variants(variants),
            )  # fmt: skip
        drafts, doubtful = naming_nobody(
            output, taken.drafts, node.agreement, checked=names_checked, dry_run=dry_run
        )
        drafts = [replace(draft, officer=officer) for draft in drafts]
        with output.doing(f"{'Checking' if dry_run else 'Signing'} {len(drafts)} statements"):
            references, refused = node.state(drafts, dry_run=dry_run)
        stated += references
        repeated += taken.repeated
        problems += [*taken.problems, *doubtful, *refused]
    word = "Would state" if dry_run else "Stated"
    span = f" ({stated[0]} to {stated[-1]})" if stated else ""
    output.say(
        f"{word} {len(stated)}{span}; {repeated} stated before; {len(problems)} problems",
        stated=stated,
        repeated=repeated,
        dry_run=dry_run,
    )
    output.problems(problems)
    return FOUND_PROBLEMS if any(p.code not in NOTES for p in problems) else 0


def _whose(node: workspace.Node, author: str | None, circle: str | None) -> tuple[str, str]:
    if author is None:
        if len(node.participants) != 1:
            found = ", ".join(node.participants) or "no keys"
            raise QuestionError(
                Problem(Code.NOT_IN_AGREEMENT, Place(), found, "--as PARTICIPANT or COMPONENT")
            )
        author = node.participants[0]
    if author not in node.agreement.order:
        raise QuestionError(
            Problem(Code.NOT_IN_AGREEMENT, Place(), f"`{author}`", ", ".join(node.agreement.order))
        )
    component = node.agreement.components.get(author)
    default = _own_circle(node, author) if component is None else component.circle
    return author, circle or default


def _own_circle(node: workspace.Node, author: str) -> str:
    """The reporting circle, or for who is not in it the smallest circle of their own."""
    circles, reporting = node.agreement.circles, node.agreement.file.agreement.reporting_circle
    if author in circles[reporting].members:
        return reporting
    own = [c for c in circles.values() if author in c.members]
    return min(own, key=lambda c: len(c.members)).id if own else reporting


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in texts:
        theirs, equals, ours = text.partition("=")
        if not equals:
            raise QuestionError(Problem(Code.BAD_CELL, Place(), f"`{text}`", "THEIRS=OURS"))
        found[theirs.strip()] = ours.strip()
    return found


def _variants(texts: tuple[str, ...]) -> dict[tuple[str, str], tuple[int, ...]]:
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for name, total in _pairs(texts).items():
        bulletin, colon, code = name.partition(":")
        if not colon or not total.isdecimal():
            raise QuestionError(
                Problem(Code.BAD_CELL, Place(), f"`{name}={total}`", "BULLETIN:CODE=TOTAL")
            )
        found[bulletin, code] = (*found.get((bulletin, code), ()), int(total))
    return found


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@node_option
@command
def form(output: Output, path: Path, folder: Path) -> int:
    """Write an offline XLSX form for reports, made from the agreement.

    Example: trucekeeper form reports.xlsx
    """
    write_form(output.open(folder).agreement, path)
    output.say(f"Wrote {path}", written=str(path))
    return 0


@main.command()
@click.argument("table", required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice(RELATION_FORMATS),
    default="table",
    help="How it is printed.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="File to write instead of the terminal."
)
@face_option
@as_of_option
@known_by_option
@node_option
@command
def show(
    output: Output,
    table: str | None,
    format_: str,
    out: Path | None,
    face: str | None,
    as_of: str | None,
    known_by: str | None,
    folder: Path,
) -> int:
    """Show a derived table; without a name, list them.

    Example: trucekeeper show incidents --as-of 2031-03-31 --format csv
    """
    if table is None:
        for relation in RELATIONS:
            output.say(f"{relation.name:18} {relation.says}")
        output.fields["tables"] = [relation.name for relation in RELATIONS]
        return 0
    node = output.open(folder)
    with output.doing(DERIVING):
        picture = node.derive(as_of=as_of, face=face, known_by=known_by)
        text = relation_text(picture.table(table), "json" if output.as_json else format_)
    if out is not None:
        out.write_bytes(text)
        output.say(f"Wrote {out}", written=str(out))
    elif output.as_json:
        output.fields |= {
            "table": table,
            "cut": picture.cut.digest,
            "rows": msgspec.json.decode(text),
        }
    else:
        click.echo(text, nl=False)
    return 0


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="VKEY",
    help="Verifier key to check files with, or a file of them; may be repeated.",
)
@click.option(
    "--roster",
    type=click.Path(path_type=Path),
    help="A roster.toml to check files with; default: that of the node, if there is one.",
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    help="A C2SP tlog-policy: its keys check proofs, and it says whose receipts are a quorum.",
)
@click.option(
    "--entry",
    type=click.Path(path_type=Path),
    help="The statement's bytes, where a proof does not carry them.",
)
@click.option(
    "--explain",
    "subject",
    metavar="REF",
    help="Why a statement (log/index) or an incident is as it is.",
)
@click.option(
    "--with",
    "other",
    metavar="REF",
    help="With --explain: what the two reports have in common, term by term.",
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path),
    help="With --explain of a report: write its terms as a picture (SVG).",
)
@click.option(
    "--against",
    "report",
    type=click.Path(path_type=Path),
    help="Recompute a published report.json and compare; of a folder, check its proofs too.",
)
@click.option(
    "--disclosure",
    type=click.Path(path_type=Path),
    help="Verify cells that were opened from a sealed list; needs no node.",
)
@face_option
@as_of_option
@known_by_option
@node_option
@command
def check(
    output: Output,
    files: tuple[Path, ...],
    keys: tuple[str, ...],
    roster: Path | None,
    policy: Path | None,
    entry: Path | None,
    subject: str | None,
    other: str | None,
    figure: Path | None,
    report: Path | None,
    disclosure: Path | None,
    face: str | None,
    as_of: str | None,
    known_by: str | None,
    folder: Path,
) -> int:
    """Verify every log; explain something; recompute a published report; check proofs and evidence
    of two histories, which needs no node.

    Example: trucekeeper check --against march/report.json
    """
    if subject is None and (other, figure) != (None, None):
        raise click.UsageError("--with and --figure go with --explain")
    if disclosure is not None:
        return check_disclosure(output, disclosure, folder)
    if files:
        evidence = [file for file in files if file.suffix == SUFFIX]
        proofs = tuple(file for file in files if file.suffix != SUFFIX)
        codes = [check_evidence(output, file, keys, roster, folder) for file in evidence]
        if proofs:
            codes.append(
                check_files(
                    output, proofs, keys=keys, roster=roster, policy=policy, entry=entry,
                    folder=folder,
                )
            )  # fmt: skip
        return max(codes)
    node = output.open(folder)
    if report is not None:
        return _check_report(output, node, report)
    if subject is not None:
        with output.doing(DERIVING):
            picture = node.derive(as_of=as_of, face=face, known_by=known_by)
        return explain(output, picture, subject, other, figure)
    for log, held in node.held.items():
        output.say(f"{log}: {held.size} statements verified, root {held.checkpoint.root.hex()}")
    _say_if_clear(output, node)
    output.fields["logs"] = {
        log: {"size": h.size, "root": h.checkpoint.root.hex()} for log, h in node.held.items()
    }
    problems = [
        *node.problems,
        *(node.statement_problems() if not node.problems else ()),
        *check_payloads(output, node),
    ]
    output.problems(problems)
    return FOUND_PROBLEMS if problems else 0


def _check_report(output: Output, node: workspace.Node, path: Path) -> int:
    folder, path = (path, path / "report.json") if path.is_dir() else (None, path)
    published, document = read_published(path)
    cut = node.recompute(document.cut)
    with output.doing(DERIVING):
        again = node.derive(cut=cut, as_of=document.as_of).report(document.period)
    same = again.to_json() == published
    if same:
        output.say(f"The same, byte for byte: {document.digest}", same=True, digest=document.digest)
    else:
        found = differences(msgspec.json.decode(published), msgspec.json.decode(again.to_json()))
        output.say(f"It differs in {len(found)} places:", same=False, differences=found)
        for difference in found:
            output.say(f"  {difference}")
    hold = folder is None or check_report_proofs(output, node, folder, again.cited)
    return 0 if same and hold else FOUND_PROBLEMS


@main.command()
@click.argument("period")
@click.option("--lang", "language", default="en", help="Language of the rendering.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write; default: report-PERIOD."
)
@click.option(
    "--format", "formats", multiple=True, help="json, html, csv, geojson, proofs; default: all."
)
@face_option
@as_of_option
@known_by_option
@node_option
@command
def report(
    output: Output,
    period: str,
    language: str,
    out: Path | None,
    formats: tuple[str, ...],
    face: str | None,
    as_of: str | None,
    known_by: str | None,
    folder: Path,
) -> int:
    """Write the joint report of a period: 2031-03, 2031-03-12, 2031-W11, 2031-03-12..2031-03-15.

    Example: trucekeeper report 2031-03 --out march
    """
    node = output.open(folder)
    end = parse_period(period, node.agreement.calendar).end
    with output.doing(DERIVING):
        picture: Picture = node.derive(as_of=as_of or end, face=face, known_by=known_by)
        made = picture.report(period)
    target = out or Path(f"report-{period}")
    with output.doing(f"Writing {target}"):
        written = made.write(target, language=language, formats=formats or None)
    output.say(
        f"Wrote {len(written)} files to {written[0].parent}; report.json {made.document.digest}",
        written=[str(path) for path in written],
        digest=made.document.digest,
        cut=picture.cut.digest,
    )
    if any(path.parent.name == PROOFS for path in written) and picture.cut.face != "public":
        output.say(
            f"Its proofs hold statements word for word, for the circle `{picture.cut.face}`; "
            "--format leaves them out."
        )
    return 0


for other in (
    *commands_exchange.COMMANDS, *commands_sealed.COMMANDS, continue_, estimate, keys, match,
    mechanism, prove,
):  # fmt: skip
    main.add_command(other)
