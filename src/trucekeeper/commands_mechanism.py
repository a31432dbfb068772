"""`trucekeeper mechanism`: acts on the mechanism as a whole. Each command states the node's own
word; the act takes effect once enough of those who decide have stated the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import click

from trucekeeper import workspace
from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.governance.mechanism import Act
from trucekeeper.intake.drafts import Draft
from trucekeeper.statements.kinds import Suspension
from trucekeeper.statements.parts import SeenHead
from trucekeeper.terminal import FOUND_PROBLEMS, Output, command, node_option, passphrase_option
from trucekeeper.vocabulary.ids import CircleId
from trucekeeper.vocabulary.times import Calendar, instant, instant_text, parse_instant
from trucekeeper.vocabulary.words import MechanismAct


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What all four have in common."""
    for option in reversed(
        (
            click.option(
                "--from", "since", help="Day (its beginning) or instant; default: this instant."
            ),
            click.option("--by", "instrument", help="The instrument that it rests on."),
            click.option("--clause", help="The clause of the agreement that it rests on."),
            click.option("--reason", help="Why, in a few words."),
            click.option("--as", "author", help="Participant; default: the node's own."),
            click.option("--officer", default="officer", help="Key id of the officer who signs."),
            passphrase_option,
            node_option,
        )
    ):
        function = option(function)
    return function


@click.group()
def mechanism() -> None:
    """Suspend the mechanism, seal its record, hand it over, resume. Each command takes --json.

    Example: trucekeeper mechanism suspend --from 2031-03-10 --by "Protocol 4"
    """


@mechanism.command()
@_options
@command
def suspend(output: Output, **told: Any) -> int:
    """State that the mechanism is suspended: clocks stand still once enough have stated it.

    Example: trucekeeper mechanism suspend --from 2031-03-10 --by "Protocol 4"
    """
    return _state(output, "suspend", None, told)


@mechanism.command()
@_options
@command
def seal(output: Output, **told: Any) -> int:
    """State the last heads of every log held: what is stated later is kept and marked.

    Example: trucekeeper mechanism seal --from 2031-03-20 --by "Protocol 5"
    """
    return _state(output, "seal", None, told)


@mechanism.command("hand-over")
@click.argument("custodian", required=False)
@click.option("--check", is_flag=True, help="On the custodian's node: whether it holds everything.")
@_options
@command
def hand_over(output: Output, custodian: str | None, check: bool, **told: Any) -> int:
    """State that the record is handed over to a custodian, or check that it holds everything.

    Example: trucekeeper mechanism hand-over un --from 2031-03-21 --by "Protocol 5"
    """
    if check:
        return _check(output, output.open(told["folder"]))
    return _state(output, "hand-over", custodian, told)


@mechanism.command()
@_options
@command
def resume(output: Output, **told: Any) -> int:
    """State that the mechanism goes on: clocks run again from there once enough have stated it.

    Example: trucekeeper mechanism resume --from 2031-04-01 --by "Protocol 6"
    """
    return _state(output, "resume", None, told)


def _state(output: Output, act: MechanismAct, custodian: str | None, told: dict[str, Any]) -> int:
    node = output.open(told["folder"])
    rules = node.agreement
    author = str(told["author"] or ", ".join(node.participants))
    for name in (author, *([custodian] if act == "hand-over" else [])):
        if name not in rules.participants:
            found, known = f"`{name}`", ", ".join(rules.participants)
            raise QuestionError(Problem(Code.NOT_IN_AGREEMENT, Place(), found, known))
    circle = rules.file.decision.circle
    since = _since(told["since"], rules.calendar, int(node.clock()))
    body = Suspension(
        act=act,
        agreement_digest=rules.digest,
        effective=instant(since),
        instrument=told["instrument"],
        clause=told["clause"],
        custodian=custodian,
        heads=_heads(node, circle) if act in ("seal", "hand-over") else (),
        reason=told["reason"],
    )
    draft = Draft(author, circle, body, Place(), officer=told["officer"])
    stated, problems = node.state([draft])
    output.problems(problems)
    if problems:
        return FOUND_PROBLEMS
    acts = node.derive(face=circle).derived.governed.acts
    own = next(a for a in acts if any(ref == stated[0] for ref, _ in a.stated))
    _tell(output, own, stated[0])
    return 0


def _tell(output: Output, act: Act, ref: str) -> None:
    lacking = "" if act.is_in_effect else f"; not yet stated by {', '.join(act.lacking)}"
    word = "in effect" if act.is_in_effect else "not in effect so far"
    output.say(
        f"Stated {ref}: {act.act} from {instant_text(act.effective)}, {word}{lacking}",
        stated=ref,
        act=act.act,
        in_effect=act.is_in_effect,
        lacking=list(act.lacking),
    )


def _since(text: str | None, calendar: Calendar, now: int) -> int:
    """An instant, or the beginning of a day of the agreement."""
    if text is None:
        return now
    at = parse_instant(text)
    if at is not None:
        return at
    try:
        return calendar.day_start(date.fromisoformat(text))
    except ValueError as error:
        expected = "2031-03-31 or 2031-03-31T12:00:00Z"
        raise QuestionError(Problem(Code.BAD_DATE, Place(), f"`{text}`", expected)) from error


def _heads(node: workspace.Node, circle: str) -> tuple[SeenHead, ...]:
    """The heads of all logs held that every member of the circle can read."""
    logs = set(node.agreement.face_logs(CircleId(circle)))
    return tuple(
        SeenHead(log=log, size=held.size, root=held.checkpoint.root.hex())
        for log, held in sorted(node.held.items())
        if log in logs and held.size
    )


def _check(output: Output, node: workspace.Node) -> int:
    """Whether the node holds every head that the acts in effect list."""
    acts = node.derive(face=node.agreement.file.decision.circle).derived.governed.acts
    listed = {
        (head.log, head.size, head.root)
        for act in acts
        if act.is_in_effect
        for _, body in act.stated
        for head in body.heads
    }
    problems = []
    for log, size, root in sorted(listed):
        held = node.root_at(log, size)
        if held != root:
            found = "less" if held is None else f"root {held}"
            expected = f"{size} entries, root {root}"
            problems.append(Problem(Code.NOT_RECOMPUTABLE, Place(log=log), found, expected))
    output.say(
        f"{len(listed) - len(problems)} of {len(listed)} heads held", heads=len(listed),
        held=len(listed) - len(problems),
    )  # fmt: skip
    output.problems(problems)
    return FOUND_PROBLEMS if problems else 0
