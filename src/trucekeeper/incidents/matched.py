"""The relation `matches`: for every report its incident, how sure that is, and its rivals. No
report is dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

from trucekeeper.incidents.members import Members
from trucekeeper.vocabulary.columns import ints, joined, lists, starts_of
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.relations import BASIS, TEXT, TEXTS, TRUTH, WHOLE, Column, Relation

MATCHES = Relation(
    "matches",
    "Every report in effect, in exactly one incident: a proposal of the matcher, save where "
    "signed statements bind.",
    (
        Column("report", TEXT, "the report"),
        Column("incident", TEXT, "number of its incident"),
        Column("source", TEXT, "whose report it is"),
        Column(
            "posterior_milli",
            WHOLE,
            "how sure the membership is, thousandths, against its rivals and against standing "
            "alone",
        ),
        Column(
            "score_milli",
            WHOLE,
            "evidence that binds it to the other reports, milli-nats; 0 where it stands alone",
        ),
        Column("rivals", TEXTS, "incidents to which it might belong instead, best first"),
        Column("rival_scores_milli", pa.list_(WHOLE), "the evidence for each of them"),
        Column("repeat_of", TEXT, "the report that it repeats, or is bound to be the same as"),
        Column(
            "matched",
            TRUTH,
            "false where it is too vague to be matched, or outside the agreement's time",
        ),
        Column(
            "match_disputed",
            TRUTH,
            "whether participants' signed match statements on it contradict each other",
        ),
        BASIS,
    ),
    ("report",),
)


def match_table(
    members: Members, disputed: Mapping[tuple[RefText, RefText], Iterable[RefText]]
) -> pa.Table:
    """The relation `matches`. disputed: the reports of which signed statements contradict each
    other, and those statements."""
    quarrels: dict[str, list[RefText]] = {}
    for pair, statements in disputed.items():
        for report in pair:
            quarrels.setdefault(report, []).extend(statements)
    held = members.memberships
    count = len(members.row)
    starts = starts_of([len(h.rivals) for h in held])
    rivals = ints([members.of_cluster[cluster] for h in held for cluster, _ in h.rivals])
    differ: list[tuple[RefText, ...] | list[RefText]] = [()] * count
    if quarrels:
        differ = [quarrels.get(ref, ()) for ref in members.refs.to_pylist()]
    return MATCHES.table_of(
        {
            "report": members.refs,
            "incident": members.numbers.take(pa.array(members.of)),
            "source": members.sources.take(pa.array(members.source)),
            "posterior_milli": pa.array(members.posterior),
            "score_milli": pa.array([h.score_milli for h in held], WHOLE),
            "rivals": lists(members.numbers.take(pa.array(rivals)), starts),
            "rival_scores_milli": lists(
                pa.array([score for h in held for _, score in h.rivals], WHOLE), starts
            ),
            "repeat_of": pa.array([h.repeat_of for h in held], TEXT),
            "matched": pa.array([h.matched for h in held], TRUTH),
            "match_disputed": pa.array([bool(statements) for statements in differ], TRUTH),
            "basis": joined(lists(members.refs, np.arange(count + 1)), pa.array(differ, TEXTS)),
        }
    )
