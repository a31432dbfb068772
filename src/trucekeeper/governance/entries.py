"""The relation `statements`: every entry of every log, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code
from trucekeeper.governance.brackets import Bracket
from trucekeeper.governance.freeze import Disputed
from trucekeeper.governance.record import Record, Stated
from trucekeeper.governance.recorded import is_transcribed
from trucekeeper.vocabulary.ids import LogName, author_of, circle_of
from trucekeeper.vocabulary.relations import INSTANT, TEXT, TEXTS, TRUTH, WHOLE, Column, Relation

STATEMENTS = Relation(
    "statements",
    "Every entry of every log of the face, with what became of it. No entry ever leaves this "
    "table.",
    (
        Column("ref", TEXT, "log/index"),
        Column("leaf", TEXT, "leaf hash, hexadecimal"),
        Column("author", TEXT, "the participant or component whose log it is"),
        Column("circle", TEXT, "who may read it"),
        Column("kind", TEXT, "kind of statement; null where the entry could not be read"),
        Column(
            "stated_at",
            INSTANT,
            "when it was stated, by its author's clock; null where it could not be read",
        ),
        Column(
            "recorded_after",
            INSTANT,
            "after when it was surely made: what its author had seen or said before; null where "
            "nothing tells",
        ),
        Column(
            "recorded_before",
            INSTANT,
            "by when it surely existed: others had seen it, or what follows it; null where nothing "
            "tells",
        ),
        Column(
            "outside_bracket",
            TRUTH,
            "stated time outside its record bracket; null where nothing bounds it",
        ),
        Column("officer", TEXT, "opaque key id of the officer"),
        Column(
            "on_behalf_of",
            TEXT,
            "the participant for whom it was stated; null for its author itself",
        ),
        Column(
            "state",
            TEXT,
            "in-effect, corrected, correction, withdrawn, released, awaits-review, pending, "
            "disputed or not-admissible",
        ),
        Column("code", TEXT, "why it is not admissible, by the catalogue of problems"),
        Column("reason", TEXT, "the fact behind that"),
        Column(
            "doubtful_release",
            TRUTH,
            "whether a release does not contain its original; null where that cannot be told",
        ),
        Column(
            "after_seal",
            TRUTH,
            "whether it was stated after the record was sealed; null where it is not sealed",
        ),
        Column(
            "depth",
            WHOLE,
            "causal depth: steps of having seen others' statements; null for a disputed entry",
        ),
        Column(
            "branches",
            TEXTS,
            "of a disputed entry, the histories on which it stands: the first 16 digits of each "
            "root; empty where one history is held",
        ),
        Column(
            "rests_on",
            TEXTS,
            "disputed entries on which it rests, by what it cites or through it",
        ),
        Column("basis", TEXTS, "the statements that gave it this state"),
    ),
    ("ref", "leaf"),
)


#: The rows of `statements`, column by column.
EntryColumns = Mapping[str, Sequence[Any]]


def said_by(entries: Sequence[Stated]) -> dict[str, Sequence[Any]]:
    """The columns that entries fill by themselves."""
    said = [stated.envelope for stated in entries]
    return {
        "ref": [stated.ref for stated in entries],
        "leaf": [stated.leaf for stated in entries],
        "author": [author_of(stated.log) for stated in entries],
        "circle": [circle_of(stated.log) for stated in entries],
        "kind": [None if envelope is None else envelope.kind for envelope in said],
        "stated_at": [stated.at for stated in entries],
        "officer": [None if envelope is None else envelope.officer for envelope in said],
        "on_behalf_of": [None if envelope is None else envelope.on_behalf_of for envelope in said],
    }


def recorded_between(
    agreement: Agreement, record: Record, brackets: Mapping[LogName, Bracket]
) -> EntryColumns:
    """Between when and when each entry was made, and whether its stated time lies outside that. A
    log that is transcribed counts by stated time."""
    after: list[int | None] = []
    before: list[int | None] = []
    outside: list[bool | None] = []
    for log, entries in record.items():
        if is_transcribed(agreement, log):
            for column in (after, before, outside):
                column.extend([None] * len(entries))
            continue
        bracket = brackets[log]
        after += bracket.after
        before += bracket.before
        outside += [
            None
            if stated.at is None or (since is None and until is None)
            else bracket.is_outside(stated.index, stated.at)
            for stated, since, until in zip(entries, bracket.after, bracket.before, strict=True)
        ]
    return {"recorded_after": after, "recorded_before": before, "outside_bracket": outside}


def disputed_columns(disputed: Sequence[Disputed]) -> EntryColumns:
    """Entries beyond a freeze. What they say is not judged: it counts nowhere."""
    count = len(disputed)
    unknown = (
        "recorded_after", "recorded_before", "outside_bracket", "after_seal", "doubtful_release",
        "depth",
    )  # fmt: skip
    return {
        **said_by([held.stated for held in disputed]),
        **{name: [None] * count for name in unknown},
        "state": ["disputed"] * count,
        "code": [Code.DISPUTED.id] * count,
        "reason": [Code.DISPUTED.meaning] * count,
        "branches": [[branch.id for branch in held.branches] for held in disputed],
        "rests_on": [()] * count,
        "basis": [[held.stated.ref] for held in disputed],
    }
