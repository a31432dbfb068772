"""The relation `matches`: for every report its incident, how sure that is, and its rivals. No
report is dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from trucekeeper.incidents.elements import Incident
from trucekeeper.matching.clusters import Matches
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


def match_columns(
    matches: Matches,
    incidents: Sequence[Incident],
    disputed: Mapping[tuple[RefText, RefText], Iterable[RefText]],
) -> dict[str, list[Any]]:
    """The columns of the relation `matches`."""
    number_of = {
        member.ref: incident.number for incident in incidents for member in incident.members
    }
    number_of_cluster = [number_of[RefText(cluster[0])] for cluster in matches.clusters]
    quarrels: dict[str, list[RefText]] = {}
    for pair, statements in disputed.items():
        for report in pair:
            quarrels.setdefault(report, []).extend(statements)
    members = [member for incident in incidents for member in incident.members]
    held = [matches.memberships[member.ref] for member in members]
    return {
        "report": [member.ref for member in members],
        "incident": [number_of[member.ref] for member in members],
        "source": [member.source for member in members],
        "posterior_milli": [h.posterior_milli for h in held],
        "score_milli": [h.score_milli for h in held],
        "rivals": [[number_of_cluster[cluster] for cluster, _ in h.rivals] for h in held],
        "rival_scores_milli": [[score for _, score in h.rivals] for h in held],
        "repeat_of": [h.repeat_of for h in held],
        "matched": [h.matched for h in held],
        "match_disputed": [member.ref in quarrels for member in members],
        "basis": [[member.ref, *quarrels.get(member.ref, [])] for member in members],
    }
