"""The commands by which nodes exchange: `sync`, `bundle`, `serve`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import click

from trucekeeper.console.app import serve as serve_nodes
from trucekeeper.errors import Code, NodeError, Place, Problem
from trucekeeper.governance.payloads import payload_files
from trucekeeper.membership import SERVING, Member, join
from trucekeeper.replication.bundle import Bundle, bundle_of
from trucekeeper.replication.peer import PEERS
from trucekeeper.replication.pull import Peer
from trucekeeper.replication.serve import PORTS_TRIED, Listening
from trucekeeper.storage.disk import RealDisk
from trucekeeper.terminal import FOUND_PROBLEMS, Output, command, node_option
from trucekeeper.workspace import Node

EXCHANGE_PORT = 8018


@click.command()
@click.argument("peers", nargs=-1)
@click.option("--watch", is_flag=True, help="Go on until interrupted: tell and fetch what is new.")
@click.option(
    "--restore",
    is_flag=True,
    help="Bring the node's own logs back from its peers, after a backup was put back.",
)
@click.option(
    "--repair",
    is_flag=True,
    help="Make damaged logs whole again from what is sound here and what the peers hold.",
)
@node_option
@command
def sync(
    output: Output,
    peers: tuple[str, ...],
    watch: bool,
    restore: bool,
    repair: bool,
    folder: Path,
) -> int:
    """Mirror other nodes, verify them, state what was seen, and take their receipts.

    PEERS: addresses or participants of peers.toml, folders of nodes, bundles (.tkb); all of
    peers.toml if left out. A receipt says that somebody holds a log; it is not agreement.

    Example: trucekeeper sync ../b --node nodes/a

    Example: trucekeeper sync --repair --node nodes/a
    """
    node = output.open(folder)
    with contextlib.closing(join(node)) as member:
        if repair:
            return _repaired(output, member)
        if restore:
            return _restored(output, member)
        code = _synced(output, member, peers)
        if not watch:
            return code
        with _serving(node), member.watch(_report):
            output.say(f"Watching {folder} and {len(member.peers)} peers.")
            with contextlib.suppress(KeyboardInterrupt):
                Event().wait()
    return code


def _restored(output: Output, member: Member) -> int:
    with output.doing(f"Asking {len(member.peers)} peers"):
        restored = member.restore()
    for log, count in restored.new.items():
        output.say(f"{log}: {count} brought back")
    if not restored.new and not restored.problems:
        output.say("The peers hold nothing of this node that it does not hold itself.")
    output.fields["restored"] = restored.new
    output.problems(restored.problems)
    return FOUND_PROBLEMS if restored.problems else 0


def _repaired(output: Output, member: Member) -> int:
    with output.doing(f"Asking {len(member.peers)} peers"):
        mended = member.repair()
    for log in mended.logs:
        output.say(f"{log}: whole again, {member.node.held[log].size} entries")
    if not mended.logs and not mended.problems:
        output.say("No log here is damaged.")
    output.fields["repaired"] = mended.logs
    output.problems(mended.problems)
    return FOUND_PROBLEMS if mended.problems else 0


def _synced(output: Output, member: Member, names: Sequence[str]) -> int:
    with contextlib.ExitStack() as stack:
        peers: list[Peer] = list(() if names else member.peers.values())
        for name in names:
            peers.append(stack.enter_context(contextlib.closing(member.named(name))))
        if not peers:
            expected = "a peer, or peers.toml with one"
            raise NodeError(Problem(Code.BAD_PEERS, Place(file=PEERS), "no peers", expected))
        with output.doing(f"Copying and verifying {len(peers)} peers"):
            pulled = member.sync(peers)
        cut_off = [p for peer in peers if isinstance(peer, Bundle) for p in peer.problems]
        problems = [*cut_off, *pulled.problems]
    for log, count in pulled.new.items():
        output.say(f"{log}: {count} new")
    if not pulled.new and not problems:
        output.say("Nothing new.")
    output.fields["new"] = pulled.new
    output.problems(problems)
    return FOUND_PROBLEMS if problems else 0


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--circle", help="Whose members can open it; default: the reporting circle.")
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    help="An earlier bundle: leave out what was in it.",
)
@node_option
@command
def bundle(output: Output, path: Path, circle: str | None, since: Path | None, folder: Path) -> int:
    """Write all logs that a circle can read into one file for its members, encrypted to them.

    Example: trucekeeper bundle march.tkb --circle guarantors --node nodes/a
    """
    node = output.open(folder)
    circle = circle or node.agreement.file.agreement.reporting_circle
    with output.doing(f"Writing {path}"):
        face = [log for log in node.agreement.face_logs(circle) if log in node.held]
        files = payload_files(node.agreement, node.record(face)).wanted
        made = bundle_of(node.folder, path, circle, since, sorted(files))
    output.say(
        f"Wrote {path}: {len(made.logs)} logs, for {', '.join(made.readers)}",
        written=str(path),
        logs=made.logs,
        readers=made.readers,
    )
    return 0


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", help="Address of the console.")
@click.option("--port", default=8017, help="Its port; the next free one where it is taken.")
@click.option(
    "--exchange",
    "exchange_at",
    metavar="HOST:PORT",
    help="Where other nodes are answered; default: the machine itself, the first free port from "
    f"{EXCHANGE_PORT}.",
)
@command
def serve(
    output: Output, folders: tuple[Path, ...], host: str, port: int, exchange_at: str | None
) -> int:
    """Serve the reports and tables of nodes, read-only, and answer other nodes.

    Several nodes at once only in exercises: each then answers below its own name.

    Example: trucekeeper serve examples/northern-line/nodes/*
    """
    nodes = [output.open(folder) for folder in folders or (Path(),)]
    for node in nodes:
        output.problems(node.problems)
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(_exchanging(nodes, exchange_at))
        serve_nodes(nodes, host, port, after=f"exchange {address}")
    return 0


@contextlib.contextmanager
def _exchanging(nodes: Sequence[Node], at: str | None) -> Iterator[str]:
    """The exchange and the watch of these nodes while they run; where they answer."""
    heads = [node.agreement.file.agreement for node in nodes]
    if len(nodes) > 1 and not all(head.exercise or head.transcription for head in heads):
        found, expected = f"{len(nodes)} nodes", "one, or an exercise"
        raise NodeError(Problem(Code.KEYS_OF_SEVERAL, Place(), found, expected))
    host, _, port = (at or f"127.0.0.1:{EXCHANGE_PORT}").rpartition(":")
    if not host or not port.isdecimal():
        raise NodeError(Problem(Code.BAD_PEERS, Place(), f"`{at}`", "HOST:PORT"))
    with contextlib.ExitStack() as stack:
        members = [stack.enter_context(contextlib.closing(join(node))) for node in nodes]
        prefixes = [f"/{node.folder.path.resolve().name}" for node in nodes]
        exchanges = [
            member.exchange(prefix if len(nodes) > 1 else "")
            for member, prefix in zip(members, prefixes, strict=True)
        ]
        watches = [member.watch(_report) for member in members]
        tried = PORTS_TRIED if at is None else 1
        listening = Listening(exchanges, host.strip("[]"), int(port), tried=tried)
        stack.enter_context(listening)
        for node, watch in zip(nodes, watches, strict=True):
            stack.enter_context(_serving(node))
            stack.enter_context(watch)
        yield listening.address


@contextlib.contextmanager
def _serving(node: Node) -> Iterator[None]:
    """The lock that tells this node's other commands that its peers were asked before signing; a
    second service is refused."""
    if not node.folder.signers:
        yield
        return
    with RealDisk(node.folder.path).lock(SERVING):
        yield


def _report(peer: str, problems: Sequence[Problem]) -> None:
    for problem in problems:
        click.echo(f"{peer or 'own folder'}: {problem}", err=True)


COMMANDS = (sync, bundle, serve)
