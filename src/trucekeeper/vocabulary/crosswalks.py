"""How our acts are called in the two data sets that researchers compare with: ACLED sub-event types
and UCDP types of violence (1 state-based, 2 non-state, 3 one-sided).

Sources: ACLED codebook, list of 25 sub-event types; Högbladh, UCDP GED Codebook 19.1. Ours is not
their taxonomy: what an act is follows from the agreement's text. Null where they have no such type.
"""

from __future__ import annotations

from collections.abc import Mapping

from trucekeeper.vocabulary.categories import ancestors

_ACLED: Mapping[str, str] = {
    "armed-force": "Armed clash",
    "grenade-fire": "Grenade",
    "shelling": "Shelling/artillery/missile attack",
    "missile-fire": "Shelling/artillery/missile attack",
    "anti-tank-missile-fire": "Shelling/artillery/missile attack",
    "naval-fire": "Shelling/artillery/missile attack",
    "incendiary-munition-use": "Shelling/artillery/missile attack",
    "cluster-munition-use": "Shelling/artillery/missile attack",
    "aerial-attack": "Air/drone strike",
    "alleged-toxic-agent-use": "Chemical weapon",
    "explosive": "Remote explosive/landmine/IED",
    "suicide-attack": "Suicide bomb",
    "violence-against-civilians": "Attack",
    "abduction": "Abduction/forced disappearance",
    "sexual-violence": "Sexual violence",
    "arbitrary-arrest": "Arrests",
    "posture": "Other",
    "unrelated-crime": "Looting/property destruction",
    "infrastructure-damage": "Looting/property destruction",
    "observer-fired-at": "Attack",
    "convoy-attacked": "Attack",
}


def acled_sub_event(act: str) -> str | None:
    """The ACLED sub-event type nearest to an act; None where ACLED has none."""
    return next((_ACLED[word] for word in ancestors("act", act) if word in _ACLED), None)


def act_of_ucdp(type_of_violence: int) -> str | None:
    """The act that a UCDP type of violence states: force between armed sides (1, 2) or against
    civilians (3)."""
    return {1: "armed-force", 2: "armed-force", 3: "violence-against-civilians"}.get(
        type_of_violence
    )
