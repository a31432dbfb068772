"""Commands on two histories of a log: what evidence proves, and how a frozen log goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from trucekeeper.commands_proofs import known_keys
from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.logs.equivocation import (
    SUFFIX,
    EvidenceError,
    read_evidence,
    verify,
    what_is_proven,
)
from trucekeeper.storage.trust import ROSTER
from trucekeeper.terminal import FOUND_PROBLEMS, Output, command, node_option


@click.command("continue")
@click.argument("log")
@click.option("--note", help="Why there are two histories, if it is to be stated.")
@click.option("--officer", default="officer", help="Key id of the officer who signs.")
@node_option
@command
def continue_(output: Output, log: str, note: str | None, officer: str, folder: Path) -> int:
    """Open the log that goes on from a log of one's own that is frozen.

    Example: trucekeeper continue a.guarantors --node nodes/a
    """
    node = output.open(folder)
    if log not in node.held:
        raise QuestionError(Problem(Code.NO_KEY, Place(log=log), f"`{log}`", ", ".join(node.held)))
    with output.doing(f"Opening what goes on from {log}"):
        opened = node.go_on(log, officer=officer, note=note)
    output.say(f"{log} goes on from {opened}", opened=opened)
    output.say("Nothing else in it counts until a key document names its key: trucekeeper keys")
    return 0


def check_evidence(
    output: Output, path: Path, keys: Sequence[str], roster: Path | None, folder: Path
) -> int:
    """Say what a file of two histories proves and what it does not. The log's keys are those given,
    else those of the roster beside the file or in the node's folder."""
    try:
        evidence = read_evidence(path.read_bytes())
    except OSError as error:
        raise QuestionError(
            Problem(Code.NOT_READABLE, Place(file=str(path)), str(error), f"a file *{SUFFIX}")
        ) from error
    except EvidenceError as error:
        return _no_evidence(output, path, error)
    beside = path.parent if (path.parent / ROSTER).is_file() else folder
    trusted = known_keys(keys, roster, beside).keys
    known = [key for key in trusted if key.name == evidence.origin]
    if not known:
        found = f"no key of {evidence.origin}"
        raise QuestionError(Problem(Code.NOT_ON_ROSTER, Place(file=ROSTER), found, "--key VKEY"))
    try:
        proven = verify(evidence, known)
    except EvidenceError as error:
        return _no_evidence(output, path, error)
    for line in what_is_proven(proven, known[0]):
        output.say(line)
    sizes = [proven.one.size, proven.other.size]
    output.fields |= {"log": evidence.origin, "sizes": sizes, "common": proven.common}
    output.fields |= {"exact": proven.exact, "key": str(known[0])}
    return 0


def _no_evidence(output: Output, path: Path, error: EvidenceError) -> int:
    where = Place(file=str(path))
    output.problems([Problem(Code.NOT_EVIDENCE, where, str(error), "two histories of one log")])
    return FOUND_PROBLEMS
