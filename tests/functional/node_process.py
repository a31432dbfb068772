"""One node as a process of its own, told by lines on its input what to do. Run by test_processes.

python -m tests.functional.node_process FOLDER HOST:PORT

state CIRCLE REPORT    states it: `stated <log/index> <leaf> <monotonic seconds>` once acknowledged, or `refused <why>`
await LOG/INDEX        `shown <log/index> <monotonic seconds>` once a derivation of the reporting face shows it
heads                  `heads <JSON: log → size, root>`
end                    ends"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from threading import Event

from tests.world import report
from trucekeeper import workspace
from trucekeeper.errors import Place, TrucekeeperError
from trucekeeper.intake.drafts import Draft
from trucekeeper.membership import Member, join
from trucekeeper.replication.serve import Listening
from trucekeeper.replication.watch import Pace
from trucekeeper.vocabulary.times import instant, parse_instant
from trucekeeper.workspace import Node

NOON = parse_instant("2031-03-05T12:00:00Z") or 0


def say(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def state(node: Node, circle: str, text: str) -> None:
    (author, *_) = node.participants
    draft = Draft(author, circle, report(text, instant(NOON - 3_600)), Place(), stated_at=NOON)
    try:
        stated, problems = node.state([draft])
    except TrucekeeperError as error:
        say("refused", str(error).replace("\n", " "))
        return
    for ref in stated:
        log, _, index = ref.rpartition("/")
        leaf = node.held[log].leaves[int(index)].hex()  # type: ignore[index]  # a log's name
        say("stated", ref, leaf, time.monotonic())
    for problem in problems:
        say("refused", problem)


def wait_for(node: Node, ref: str) -> None:
    """Look at the node's own state until the statement is derivable. Derives only once it is held."""
    log, _, index = ref.rpartition("/")
    pause = Event()
    while True:
        held = node.held.get(log)  # type: ignore[call-overload]  # a log's name
        if held is not None and held.size > int(index):
            rows = node.derive().rows("statements")
            if any(row["ref"] == ref for row in rows):
                say("shown", ref, time.monotonic())
                return
        pause.wait(0.005)


def heads(node: Node) -> None:
    found = {
        log: [held.size, held.checkpoint.root.hex()]
        for log, held in sorted(node.held.items())
        if held.size
    }
    say("heads", json.dumps(found))


def run(member: Member, host: str, port: int) -> None:
    node = member.node
    node.before_signing = member.check_start
    with Listening([member.exchange()], host, port) as listening, member.watch():
        say("listening", listening.address)
        for line in sys.stdin:
            verb, _, rest = line.strip().partition(" ")
            match verb:
                case "state":
                    circle, _, text = rest.partition(" ")
                    state(node, circle, text)
                case "await":
                    wait_for(node, rest)
                case "heads":
                    heads(node)
                case "end":
                    return


def main() -> None:
    folder, at = sys.argv[1:]
    host, _, port = at.rpartition(":")
    pace = Pace(poll=1.0, backoff_first=0.05, backoff_longest=0.5, context=0.2)
    member = join(workspace.open(Path(folder)), seconds=3.0, pace=pace)
    try:
        run(member, host, int(port))
    finally:
        member.close()


if __name__ == "__main__":
    main()
