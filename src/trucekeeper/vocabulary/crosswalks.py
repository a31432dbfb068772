"""How our acts are called in the two data sets that researchers compare with: ACLED sub-event types
and UCDP types of violence (1 state-based, 2 non-state, 3 one-sided).

Sources: ACLED codebook, list of 25 sub-event types; ACLED codebook of 2017, list of 9 event types;
Högbladh, UCDP GED Codebook 19.1. Ours is not their taxonomy: what an act is follows from the
agreement's text. Null where they have no such type.

Back from a type of theirs leads the narrowest act of which all its events are; null where they are
of none, as demonstrations and agreements, or may be of several: an arrest need not be arbitrary,
and what is looted may be a waterworks or a shop."""

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

#: The act of each sub-event type. Shelling, artillery and missiles are one type of theirs, and fire
#: of several kinds here. Territory is seized, whoever takes it: the one type says `regains`, the
#: other `overtakes`, and the act is the same.
ACTS_OF_ACLED: Mapping[str, str | None] = {
    "Government regains territory": "seizure-of-position",
    "Non-state actor overtakes territory": "seizure-of-position",
    "Armed clash": "armed-force",
    "Excessive force against protesters": "violence-against-civilians",
    "Protest with intervention": None,
    "Peaceful protest": None,
    "Violent demonstration": None,
    "Mob violence": None,
    "Chemical weapon": "alleged-toxic-agent-use",
    "Air/drone strike": "aerial-attack",
    "Suicide bomb": "suicide-attack",
    "Shelling/artillery/missile attack": "firing",
    "Remote explosive/landmine/IED": "explosive",
    "Grenade": "grenade-fire",
    "Sexual violence": "sexual-violence",
    "Attack": "violence-against-civilians",
    "Abduction/forced disappearance": "abduction",
    "Agreement": None,
    "Arrests": None,
    "Change to group/activity": None,
    "Disrupted weapons use": None,
    "Headquarters or base established": "posture",
    "Looting/property destruction": None,
    "Non-violent transfer of territory": "posture",
    "Other": None,
}
#: The same for the event types of 2017, which had no sub-event types. Remote violence was fire as
#: well as explosive devices.
ACTS_OF_ACLED_2017: Mapping[str, str | None] = {
    "Battle-No change of territory": "armed-force",
    "Battle-Government regains territory": "seizure-of-position",
    "Battle-Non-state actor overtakes territory": "seizure-of-position",
    "Headquarters or base established": "posture",
    "Non-violent transfer of territory": "posture",
    "Remote violence": "armed-force",
    "Riots/Protests": None,
    "Strategic development": None,
    "Violence against civilians": "violence-against-civilians",
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
