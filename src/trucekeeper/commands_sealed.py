"""The commands for sealed payloads: `seal`, `open`, `erase`, `disclose`, and the verifier behind
`check --disclosure`. None prints what a payload holds."""

from __future__ import annotations

import csv
import io
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast, get_args

import click

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code, NodeError, Place, Problem, QuestionError
from trucekeeper.governance.payloads import payload_files
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.persons import warnings
from trucekeeper.intake.sheets import read_bytes, read_csv
from trucekeeper.intake.workbooks import ZIP, read_workbook
from trucekeeper.replication.payloads import missing_payloads
from trucekeeper.sealing import Opened, Parcel, Sealing
from trucekeeper.statements.commitment import List
from trucekeeper.statements.disclosure import Disclosed, DisclosureError, read_disclosure
from trucekeeper.statements.kinds import Sealed
from trucekeeper.storage.node_folder import AGREEMENT
from trucekeeper.storage.payloads import PayloadStore
from trucekeeper.terminal import FOUND_PROBLEMS, Output, command, node_option
from trucekeeper.vocabulary.ids import LogName, split_ref
from trucekeeper.vocabulary.text import plain
from trucekeeper.vocabulary.words import SealedForm, SealedWhat
from trucekeeper.workspace import Node

ON_SCREEN = Path("-")
_ROWS = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")
REASONS = ("consent-withdrawn", "danger", "retention-ended", "sealed-in-error")

_as = click.option("--as", "author", help="Participant that states it; default: the node's own.")
_officer = click.option("--officer", default="officer", help="Key id of the officer who signs.")
_for = click.option(
    "--for",
    "recipients",
    multiple=True,
    required=True,
    metavar="PARTICIPANT",
    help="Who can open it, beside its author; may be repeated.",
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "circle", required=True, help="Circle that sees that there is a payload.")
@_for
@click.option(
    "--what",
    type=click.Choice(get_args(SealedWhat)),
    default="other",
    help="What it is, in a neutral word; default: other.",
)
@click.option(
    "--form",
    type=click.Choice(get_args(SealedForm)),
    help="In which form; default: list for a table (CSV, XLSX), else data.",
)
@click.option("--about", metavar="REF", help="The statement that it belongs to.")
@_as
@_officer
@node_option
@command
def seal(
    output: Output,
    file: Path,
    circle: str,
    recipients: tuple[str, ...],
    what: str,
    form: str | None,
    about: str | None,
    author: str | None,
    officer: str,
    folder: Path,
) -> int:
    """Encrypt a file to named participants, and state a salted commitment to it.

    A table becomes a list, of which single cells can be disclosed later.

    Example: trucekeeper seal list.csv --to all --for un --what persons
    """
    node = output.open(folder)
    data = read_bytes(file)
    is_table = file.suffix.lower() in (".csv", ".xlsx") if form is None else form == "list"
    content = _list_of(file.name, data) if is_table else data
    parcel = Parcel(_author(node, author), circle, recipients, officer)
    with output.doing("Sealing"):
        ref = Sealing(node).seal(
            content,
            parcel,
            what=cast("SealedWhat", what),
            form=cast("SealedForm", "list" if is_table else form or "data"),
            about=about,
        )
    output.say(f"Sealed as {ref} for {', '.join(recipients)}", ref=ref, recipients=recipients)
    return 0


@click.command("open")
@click.argument("ref")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="File to write, readable by its owner alone; `-` for a pipe.",
)
@node_option
@command
def open_(output: Output, ref: str, out: Path, folder: Path) -> int:
    """Open a payload that is sealed to this node, check it against its commitment, write a file.

    A list, and a disclosure whose file is named .csv, are written as CSV.

    Example: trucekeeper open a.all/12 --out list.csv --node nodes/un
    """
    if out == ON_SCREEN and (sys.stdout.isatty() or output.as_json):
        found = "a terminal" if not output.as_json else "a JSON object"
        raise NodeError(Problem(Code.NOT_ON_A_TERMINAL, Place(), found, "--out FILE, or a pipe"))
    opened = Sealing(output.open(folder)).open(ref)
    data = _as_file(opened, as_csv=out.suffix.lower() == ".csv")
    if out == ON_SCREEN:
        click.echo(data, nl=False)
        return 0
    _write_private(out, data)
    output.say(f"Opened {ref}: as committed to. Wrote {out}", ref=ref, written=str(out))
    return 0


@click.command()
@click.argument("ref")
@click.option(
    "--reason", type=click.Choice(REASONS), required=True, help="Why; stated, and shown to all."
)
@click.option("--yes", is_flag=True, help="Do not ask. An erasure cannot be taken back.")
@_officer
@node_option
@command
def erase(output: Output, ref: str, reason: str, yes: bool, officer: str, folder: Path) -> int:
    """Delete an own payload and its salt here, and state it: every node deletes its copy.

    What somebody opened or copied before is beyond reach.

    Example: trucekeeper erase a.all/12 --reason consent-withdrawn
    """
    node = output.open(folder)
    if not yes and sys.stdin.isatty() and not click.confirm(f"Erase {ref} for good?", err=True):
        return FOUND_PROBLEMS
    stated = Sealing(node).erase(ref, reason, officer)
    output.say(f"Erased {ref}; stated as {stated}", erased=ref, ref=stated)
    return 0


@click.command()
@click.argument("ref")
@click.option("--rows", required=True, help="Rows to open, from 1: 3,8 or 5-7.")
@click.option("--fields", required=True, help="Fields to open, by name: name,born.")
@click.option(
    "--to", "circle", help="Circle that sees that cells were opened; default: the list's."
)
@_for
@_officer
@node_option
@command
def disclose(
    output: Output,
    ref: str,
    rows: str,
    fields: str,
    circle: str | None,
    recipients: tuple[str, ...],
    officer: str,
    folder: Path,
) -> int:
    """Open chosen cells of an own sealed list to named participants, provably and no others.

    Example: trucekeeper disclose a.all/12 --rows 3,8 --fields name --for b
    """
    node = output.open(folder)
    log, _ = split_ref(ref) or ("", 0)
    author, _, own = log.partition(".")
    parcel = Parcel(author, circle or own, recipients, officer)
    names = [field.strip() for field in fields.split(",")]
    stated = Sealing(node).disclose(ref, _numbers(rows), names, parcel)
    output.say(f"Disclosed as {stated} to {', '.join(recipients)}", ref=stated, of=ref)
    return 0


COMMANDS = (seal, open_, erase, disclose)


def check_disclosure(output: Output, path: Path, folder: Path) -> int:
    """Verify a disclosure's file without a node; in a node's folder also that a statement of its
    log committed to it."""
    try:
        found = read_disclosure(read_bytes(path))
    except DisclosureError as error:
        raise NodeError(
            Problem(Code.BAD_DISCLOSURE, Place(file=path.name), str(error), "one that verifies")
        ) from error
    cells = sum(len(opened) for opened in found.cells.values())
    output.say(
        f"{cells} cells in {len(found.cells)} of {found.rows} rows lead to the root {found.root}, "
        f"said to be stated at {found.of}",
        of=found.of, root=found.root, rows=found.rows, rows_opened=sorted(found.cells), cells=cells,
    )  # fmt: skip
    if not (folder / AGREEMENT).is_file():
        output.say("No node here: compare the root with that statement.", stated=None)
        return 0
    problems = _not_stated(output.open(folder), found, path.name)
    if not problems:
        output.say(f"{found.of} states this root: the cells stood in the list.")
    output.fields["stated"] = not problems
    output.problems(problems)
    return FOUND_PROBLEMS if problems else 0


def check_payloads(output: Output, node: Node) -> list[Problem]:
    """What is damaged of the payload files that a node holds; says how many there are."""
    store = PayloadStore(node.folder.disk)
    files = payload_files(node.agreement, node.record(node.held))
    missing = missing_payloads(store, files)
    if files.wanted:
        output.say(
            f"payloads: {len(files.wanted) - len(missing)} of {len(files.wanted)} files are here",
            payloads={"cited": len(files.wanted), "not_here": missing},
        )
    return store.problems()


def naming_nobody(
    output: Output,
    drafts: Sequence[Draft],
    agreement: Agreement,
    *,
    checked: bool,
    dry_run: bool,
) -> tuple[list[Draft], list[Problem]]:
    """The drafts that can be signed, and a problem for each of the others: its free text may name a
    protected person, and no officer has said that it does not.

    checked: one has, beforehand. On a terminal one is asked."""
    found = [] if checked else warnings(drafts, agreement)
    if not found or dry_run:
        return [*drafts], [problem for _, problem in found]
    if sys.stdin.isatty() and not output.as_json:
        for _, problem in found:
            click.echo(str(problem), err=True)
        if click.confirm("Read each. Do they name no protected person?", err=True):
            return [*drafts], []
    held = {id(draft) for draft, _ in found}
    return [d for d in drafts if id(d) not in held], [problem for _, problem in found]


def _not_stated(node: Node, found: Disclosed, file: str) -> list[Problem]:
    """Why the statement that a disclosure names does not bear it out; nothing where it does."""
    log, index = split_ref(found.of) or (LogName(""), 0)
    entries = node.record([log])[log] if log in node.held else ()
    where = Place(file=file, log=log, index=index)
    if index >= len(entries):
        return [Problem(Code.NO_SUCH_REFERENCE, where, "nothing here", "the sealed list")]
    body = entries[index].body
    listed = body.list if isinstance(body, Sealed) else None
    if listed is not None and (listed.root, listed.rows) == (found.root, found.rows):
        return []
    return [Problem(Code.BAD_DISCLOSURE, where, "another commitment", "this root and row count")]


def _list_of(file: str, data: bytes) -> List:
    """The rows of a table as brought, the names of its fields first. Raises NodeError where a row
    would be left out."""
    sheet = read_workbook(file, data) if data.startswith(ZIP) else read_csv(file, data)
    if sheet.problems:
        raise NodeError(*sheet.problems)
    return [
        [plain(cell) for cell in row] for row in (sheet.headers, *(r.cells for r in sheet.lines))
    ]


def _as_file(opened: Opened, *, as_csv: bool) -> bytes:
    if opened.rows is not None:
        return _csv(opened.rows)
    if opened.disclosed is None or not as_csv:
        return opened.content
    names = opened.disclosed.names
    rows = (
        [str(n), *(cells.get(c, "") for c in names)] for n, cells in opened.disclosed.cells.items()
    )
    return _csv([["row", *names.values()], *rows])


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _write_private(path: Path, data: bytes) -> None:
    """Write a new file of mode 0600. Raises NodeError where there is one: nothing is overwritten,
    and nothing is put into a file that others can read."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(data)
    except FileExistsError as error:
        found, expected = "a file", "a name that is free"
        raise NodeError(
            Problem(Code.FOLDER_TAKEN, Place(file=str(path)), found, expected)
        ) from error
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise NodeError(
            Problem(Code.DISK_FAILED, Place(file=str(path)), found, "a write")
        ) from error


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        span = _ROWS.fullmatch(part.strip())
        if span is None:
            raise QuestionError(Problem(Code.NO_LIST, Place(), "no row numbers", "3,8 or 5-7"))
        first, last = int(span[1]), int(span[2] or span[1])
        found += range(first, last + 1)
    return found


def _author(node: Node, author: str | None) -> str:
    if author is not None:
        return author
    if len(node.participants) != 1:
        found = ", ".join(node.participants) or "no keys"
        raise QuestionError(Problem(Code.NOT_IN_AGREEMENT, Place(), found, "--as PARTICIPANT"))
    return node.participants[0]
