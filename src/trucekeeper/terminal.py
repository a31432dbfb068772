"""A command's frame: what it says to people on a terminal or, with `--json`, to programs.

Exit code 0: done; 1: done, and problems were found; 2: could not be done.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from trucekeeper import workspace
from trucekeeper.errors import Code, NodeError, Place, Problem, StorageError, TrucekeeperError
from trucekeeper.keys.age import (
    Passphrase,
    Secret,
    passphrase_from_file,
    passphrase_of_environment,
)
from trucekeeper.membership import check_before_signing

FOUND_PROBLEMS, COULD_NOT_RUN = 1, 2

face_option = click.option(
    "--face", help="Circle whose face is taken; default: the reporting circle."
)
known_by_option = click.option("--known-by", help="Only what was known by this day or instant.")
node_option = click.option(
    "--node",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Folder of the node; the current one if left out.",
)


#: Where the frame keeps the file of `--passphrase-file`.
_GIVEN = "trucekeeper.passphrase-file"


def _keep_passphrase(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    context.meta[_GIVEN] = value


passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    expose_value=False,
    callback=_keep_passphrase,
    help="File of mode 0600 with the passphrase; default: TRUCEKEEPER_PASSPHRASE_FILE, or asked.",
)


def ask_for(
    *, new: bool = False, file: Path | None = None, given: bool = True
) -> Callable[[str], Secret]:
    """What asks for a passphrase: a file, else `--passphrase-file` where it is `given` for this,
    else the terminal, twice for a `new` one. Raises NodeError where there is neither."""
    context = click.get_current_context()
    chosen = file or (context.meta.get(_GIVEN) if given else None)

    def ask(what: str) -> Secret:
        if chosen is not None:
            return passphrase_from_file(chosen)
        if not sys.stdin.isatty():
            where = Place(key=what)
            raise NodeError(Problem(Code.NO_PASSPHRASE, where, "no terminal", "a passphrase"))
        word = "New passphrase" if new else "Passphrase"
        text: str = click.prompt(
            f"{word} of {what}", hide_input=True, confirmation_prompt=new, err=True
        )
        return Secret(text.encode())

    return ask


def node_passphrase(folder: Path, *, new: bool = False) -> Passphrase:
    """What gives the passphrase of a node's keys when it is needed."""
    context = click.get_current_context()
    from_environment = passphrase_of_environment()
    if context.meta.get(_GIVEN) is None and from_environment is not None:
        return from_environment
    ask = ask_for(new=new)
    return lambda: ask(f"the keys of {folder}")


class Output:
    """Where results go: for people on the terminal, or with --json as one JSON object a command."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.fields: dict[str, Any] = {}

    def say(self, text: str, **fields: Any) -> None:
        """A line for people; its facts for programs."""
        self.fields |= fields
        if not self.as_json:
            click.echo(text)

    @contextlib.contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Show on a terminal what is being done while it takes its time; elsewhere nothing."""
        if self.as_json or not sys.stderr.isatty():
            yield
            return
        from rich.console import Console  # noqa: PLC0415  # only when it is seen

        with Console(stderr=True).status(f"{what} …"):
            yield

    def open(self, folder: Path) -> workspace.Node:
        """The node in a folder, its logs verified."""
        with self.doing(f"Verifying the logs of {folder}"):
            node = workspace.open(folder, node_passphrase(folder))
        check_before_signing(node)
        return node

    def problems(self, problems: Sequence[Problem]) -> None:
        """Problems, each with its remedy; they make the exit code 1."""
        self.fields["problems"] = [problem.as_row() for problem in problems]
        for problem in problems if not self.as_json else ():
            click.echo(str(problem), err=True)

    def end(self, code: int) -> None:
        """Print the JSON object and leave."""
        if self.as_json:
            click.echo(msgspec.json.encode(self.fields).decode())
        sys.exit(code)


def command(function: Callable[..., int]) -> Callable[..., None]:
    """A command's frame: `--json`, the node, and our errors as text with exit code 2."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
    @functools.wraps(function)
    def framed(*args: Any, as_json: bool, **kwargs: Any) -> None:
        output = Output(as_json=as_json)
        try:
            code = function(output, *args, **kwargs)
        except TrucekeeperError as error:
            output.problems(error.problems)
            code = COULD_NOT_RUN
        output.end(code)

    return framed


def write_file(path: Path, data: bytes) -> None:
    """Write a file, in a folder that is made where there is none. Raises StorageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        found = error.strerror or "an error"
        raise StorageError(
            Problem(Code.DISK_FAILED, Place(file=str(path)), found, "a file to write")
        ) from error
