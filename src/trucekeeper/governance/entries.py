"""The relation of all entries: nothing that was stated ever leaves it."""

from __future__ import annotations

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
            "in-effect, corrected, correction, withdrawn, released, awaits-review, pending or "
            "not-admissible",
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
        Column("depth", WHOLE, "causal depth: steps of having seen others' statements"),
        Column("basis", TEXTS, "the statements that gave it this state"),
    ),
    ("ref",),
)
