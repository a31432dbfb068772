"""The English catalogue has words for everything that a report can say, and for nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

import trucekeeper.reporting
from tests.render import worlds
from trucekeeper.errors import Code, QuestionError
from trucekeeper.render.catalogue import Wording
from trucekeeper.render.english import ENGLISH, period
from trucekeeper.render.english_words import DRAFTS
from trucekeeper.render.pages import catalogue_of
from trucekeeper.render.readings import VOCABULARIES, outcome_text
from trucekeeper.reporting.document import (
    Chart,
    Document,
    Map,
    Message,
    Paragraph,
    Table,
)
from trucekeeper.statements.kinds import BODIES
from trucekeeper.statements.parts import Judgement
from trucekeeper.vocabulary import words
from trucekeeper.vocabulary.categories import ACTS, WEAPONS
from trucekeeper.vocabulary.reasons import Reason, ReasonId, by_report_of, reason

SOURCES = sorted(Path(trucekeeper.reporting.__file__).parent.glob("*.py"))
#: Which calls name which identifiers in their first argument.
CALLS = {
    "Message": "messages",
    "Section": "sections",
    "Table": "tables",
    "_incident_table": "tables",
    "table": "tables",
    "TableColumn": "columns",
    "Chart": "figures",
    "Map": "figures",
}
NAMES = {"a": "Guarantor A", "b": "Guarantor B", "c": "Guarantor C", "group:g": "Group G"}
WORDING = Wording(ENGLISH, NAMES)


def emitted() -> Iterator[tuple[str, str]]:
    """(catalogue's part, identifier or pattern) of every call in the source of reporting."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else _name(node.func)
            if name == "columns":
                for keyword in node.keywords:
                    yield "columns", re.escape(str(keyword.arg).replace("_", "-"))
            elif name in CALLS and node.args:
                for pattern in patterns(node.args[0]):
                    yield CALLS[name], pattern


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def patterns(node: ast.expr) -> Iterator[str]:
    """The identifiers that an expression can give, as regular expressions."""
    match node:
        case ast.Constant(value=str(text)):
            yield re.escape(text)
        case ast.JoinedStr(values=parts):
            yield "".join(
                re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[a-z_-]+"
                for p in parts
            )
        case ast.IfExp(body=one, orelse=other):
            yield from patterns(one)
            yield from patterns(other)
        case _:
            return


def documents() -> list[Document]:
    noted = ("exercise = true", 'exercise = true\nnote = "made up"')
    return [
        worlds.document(worlds.rich()),
        worlds.document(worlds.rich(), "2031-03-05"),
        worlds.document(worlds.rich(noted)),
        worlds.document(worlds.rich(), "2031-03-14..2031-03-20"),
        worlds.tallies_only(),
    ]


def generated(document: Document) -> Iterator[tuple[str, str]]:
    """(catalogue's part, identifier) of everything in a report."""
    yield from (("messages", warning.id) for warning in document.warnings)
    for section in document.sections:
        yield "sections", section.id
        for part in section.parts:
            match part:
                case Paragraph():
                    yield from (("messages", sentence.id) for sentence in part.sentences)
                case Table():
                    yield "tables", part.id
                    yield from (("columns", column.id) for column in part.columns)
                case Chart() | Map():
                    yield "figures", part.id


@pytest.mark.parametrize("part", ["messages", "sections", "tables", "columns", "figures"])
def test_what_reporting_says_is_what_the_catalogue_has(part: str) -> None:
    known = set(getattr(ENGLISH, part))
    from_source = {pattern for kind, pattern in emitted() if kind == part}
    from_reports = {id for d in documents() for kind, id in generated(d) if kind == part}
    assert from_source
    literal = {re.sub(r"\\(.)", r"\1", p) for p in from_source if "[a-z_-]+" not in p}
    lacking = (literal | from_reports) - known
    assert not lacking, f"no words for {lacking}"
    idle = {
        id
        for id in known - from_reports
        if not any(re.fullmatch(pattern, id) for pattern in from_source)
    }
    assert not idle, f"words that nothing says: {idle}"


def test_every_stance_on_occurrence_and_author_has_its_sentence() -> None:
    stances = {*get_args(words.Stance), "silent"}
    wanted = {f"told.{element}.{s}" for element in ("occurrence", "author") for s in stances}
    told = {id for id in ENGLISH.messages if id.startswith(("told.occurrence", "told.author"))}
    assert told == wanted


@pytest.mark.parametrize(
    ("vocabulary", "known"),
    [
        ("act", ACTS),
        ("weapon", WEAPONS),
        ("kind", {kind for kind, _ in BODIES}),
        ("draft", get_args(words.Outcome)),
        ("finding", get_args(words.Outcome)),
        ("scope", get_args(words.ScopeResult)),
        ("test", get_args(words.ScopeTest)),
        ("standing", get_args(words.Standing)),
        ("element", get_args(words.PositionOn)),
        ("element-status", get_args(words.ElementStatus)),
        ("stance", get_args(words.Stance)),
        ("hindrance", get_args(words.Hindrance)),
        ("response", get_args(words.Response)),
        ("looking", (*get_args(words.Looking), "not-stated")),
        ("access", get_args(words.AccessResult)),
        ("notice", get_args(words.NoticeKind)),
        ("clock", get_args(words.ClockState)),
        ("sealed-what", get_args(words.SealedWhat)),
        ("sealed-state", get_args(words.SealedState)),
        ("status", ("reported", "examined", "proposed", "finding", "not-published")),
        ("counting", ("all", "without-interested")),
        ("span", ("day", "week", "month", "other")),
        ("same-text", ("true", "false")),
    ],
)
def test_every_word_of_a_vocabulary_has_a_label(vocabulary: str, known: Any) -> None:
    assert set(known) <= set(ENGLISH.words[vocabulary])


def test_every_judgement_of_a_tally_has_its_words() -> None:
    says = get_args(get_type_hints(Judgement)["says"])
    assert set(ENGLISH.judgements) == {*says, "says"}


def test_every_word_column_has_its_vocabulary() -> None:
    for document in documents():
        for section in document.sections:
            for part in section.parts:
                for column in part.columns if isinstance(part, Table) else ():
                    if column.reading in ("word", "words") and column.id != "outcome":
                        assert VOCABULARIES[column.id] in ENGLISH.words


def test_a_draft_never_says_violation() -> None:
    assert not any("violation" in text for text in DRAFTS.values())
    for outcome in get_args(words.Outcome):
        for status in ("reported", "examined", "proposed", "not-published"):
            assert "violation" not in outcome_text(outcome, status, WORDING)
    told = outcome_text("established-consensus", "finding", WORDING)
    assert told == "Finding: violation established by consensus"


def test_no_sentence_but_that_on_findings_speaks_of_a_violation() -> None:
    told = [id for id, text in ENGLISH.messages.items() if "violation" in text]
    assert told == ["examined.only-findings"]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            Message("told.occurrence.affirms", {"who": ("a", "b")}),
            "That it happened is affirmed by Guarantor A and Guarantor B.",
        ),
        (
            Message("told.occurrence.silent", {"who": ("a",)}),
            "On whether it happened, Guarantor A has said nothing.",
        ),
        (
            Message("told.author.denies", {"who": ("c",), "value": "g or b"}),
            "Authorship by Group G or Guarantor B is denied by Guarantor C.",
        ),
        (
            Message("told.author.denies", {"who": ("c",), "value": ""}),
            "Authorship is denied by Guarantor C.",
        ),
        (
            Message(
                "told.interested",
                {
                    "who": ("a",),
                    "with": "facts-contested",
                    "without": "responsibility-not-agreed",
                    "counting": "without-interested",
                    "clause": "4",
                },
            ),
            (
                "Guarantor A is itself, or through the side it answers for, the alleged author. With its vote: facts contested. "
                "Without it: facts agreed, responsibility not agreed. The outcome without that vote counts, under clause 4."
            ),
        ),
        (
            Message("told.proposed", {"outcome": "established-consensus", "decision": "a.x/1", "missing": ()}),
            "A decision is proposed, a.x/1: facts and responsibility agreed by all. It does not stand so far.",
        ),
        (
            Message("incidents.aggregates", {"count": 1}),
            "1 record is too long or imprecise to be one incident and is listed apart.",
        ),
        (
            Message("warning.note", {"text": "[a] {who:authors} {x}"}),
            "[a] {who:authors} {x}",
        ),
    ],
)  # fmt: skip
def test_sentences(message: Message, told: str) -> None:
    assert WORDING.sentence(message) == told


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (reason("act-of-clause", act="mortar-fire", acts_are="prohibited", clause="1"), "mortar fire is prohibited by clause 1"),
        (reason("standing-in-text", group="g", standing="not-bound"), "Group G: standing not bound in the agreement"),
        (reason("no-such-group", name='Some "Men"'), 'no group of the name “Some "Men"” in the agreement'),
        (reason("outside-zone", zone="n", map="agreed 2"), "outside North on agreed map 2"),
        (reason("inside-zone", zone="n", map="a 1"), "inside North on map 1 of Guarantor A"),
        (reason("readings-differ", group="g", outside="a,b", bound="agreement"), "Group G: readings differ, bound by the agreement's text, outside by Guarantor A and Guarantor B"),
        (reason("read-only-by", group="g", effect="outside", by="a", missing=None), "Group G: only Guarantor A reads it as outside; missing: a reading by the others who decide"),
        (reason("no-reading", group="g", missing="who listed it, and when"), "Group G: missing: who listed it, and when"),
        (by_report_of(reason("sides-bound"), "b"), "by Guarantor B's report: both sides are bound, or protected"),
    ],
)  # fmt: skip
def test_reasons_are_told_in_words(told: Reason, words: str) -> None:
    names = {**WORDING.names, "zone:n": "North", "clause:1": "No fire"}
    assert Wording(ENGLISH, names).reason(told) == words


def test_every_reason_has_its_words() -> None:
    assert set(ENGLISH.reasons) == set(get_args(ReasonId))


def test_judgements_are_told_by_speaker() -> None:
    stated = (
        "a|1|target-excluded|g",
        "a|18|not-confirmed|",
        "b|2|out-of-scope|",
        "b|1|target-excluded|",
    )
    assert WORDING.judged(stated) == [
        "Guarantor A says: 1 case of fire at Group G, an excluded group; 18 cases not confirmed.",
        "Guarantor B says: 2 cases outside the agreement; 1 case of fire at an excluded group.",
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("2031-03", "March 2031"),
        ("2031-03-12", "12 March 2031"),
        ("2031-W11", "week 11 of 2031 (10 March 2031 to 16 March 2031)"),
        ("2031-03-12..2031-03-15", "12 March 2031 to 15 March 2031"),
    ],
)
def test_periods(name: str, told: str) -> None:
    assert period(name) == told


def test_a_language_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(QuestionError) as caught:
        catalogue_of("xx")
    (problem,) = caught.value.problems
    assert (problem.code, problem.found, problem.expected) == (Code.NO_SUCH_LANGUAGE, "`xx`", "en")
