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


def match_rows(
    matches: Matches,
    incidents: Sequence[Incident],
    disputed: Mapping[tuple[RefText, RefText], Iterable[RefText]],
) -> list[dict[str, Any]]:
    """The relation `matches`."""
    number_of = {
        member.ref: incident.number for incident in incidents for member in incident.members
    }
    number_of_cluster = [number_of[RefText(cluster[0])] for cluster in matches.clusters]
    quarrels: dict[str, list[RefText]] = {}
    for pair, statements in disputed.items():
        for report in pair:
            quarrels.setdefault(report, []).extend(statements)
    found = []
    for incident in incidents:
        for member in incident.members:
            held = matches.memberships[member.ref]
            found.append(
                {
                    "report": member.ref,
                    "incident": incident.number,
                    "source": member.source,
                    "posterior_milli": held.posterior_milli,
                    "score_milli": held.score_milli,
                    "rivals": [number_of_cluster[cluster] for cluster, _ in held.rivals],
                    "rival_scores_milli": [score for _, score in held.rivals],
                    "repeat_of": held.repeat_of,
                    "matched": held.matched,
                    "match_disputed": member.ref in quarrels,
                    "basis": [member.ref, *quarrels.get(member.ref, [])],
                }
            )
    return found
