"""Trees of acts and weapons, and how two words of one tree compare.

Sources: the incident types and weapon classes of section (c) of the practice notes, which follow
the published annex tables of the OSCE Special Monitoring Mission to Ukraine and the lists of
prohibited, provocative and exempt acts of the Philippine joint committees (see GLOSSARY.md). Which
act is prohibited is no matter of this tree: only the agreement's clauses say so."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import NewType

Act = NewType("Act", str)
Weapon = NewType("Weapon", str)


class Likeness(StrEnum):
    """How two words of one tree stand to each other."""

    SAME = "same"
    #: One is a kind of the other: neither confirmed nor contradicted.
    BROADER = "broader"
    #: Two kinds of the same thing one level up: a usual confusion, but two claims.
    SIBLING = "sibling"
    OTHER = "other"


#: Each act and its parent; None is a root.
ACTS: Mapping[str, str | None] = {
    "armed-force": None,
    "firing": "armed-force",
    "small-arms-fire": "firing",
    "heavy-machine-gun-fire": "firing",
    "sniping": "firing",
    "grenade-fire": "firing",
    "anti-tank-missile-fire": "firing",
    "shelling": "firing",
    "mortar-fire": "shelling",
    "artillery-fire": "shelling",
    "tank-fire": "shelling",
    "rocket-fire": "shelling",
    "missile-fire": "firing",
    "aerial-attack": "firing",
    "air-strike": "aerial-attack",
    "helicopter-attack": "aerial-attack",
    "improvised-air-dropped-munition": "aerial-attack",
    "armed-uav-attack": "aerial-attack",
    "air-defence-fire": "firing",
    "naval-fire": "firing",
    "alleged-toxic-agent-use": "firing",
    "incendiary-munition-use": "firing",
    "cluster-munition-use": "firing",
    "explosive": "armed-force",
    "improvised-explosive-device": "explosive",
    "vehicle-bomb": "improvised-explosive-device",
    "suicide-attack": "explosive",
    "mine-or-remnant-explosion": "explosive",
    "demolition": "explosive",
    "ground": "armed-force",
    "ground-attack": "ground",
    "raid": "ground",
    "infiltration": "ground",
    "seizure-of-position": "ground",
    "posture": None,
    "fortification": "posture",
    "encroachment": "posture",
    "reinforcement": "posture",
    "unauthorised-deployment": "posture",
    "heavy-weapon-in-zone": "posture",
    "air-non-kinetic": None,
    "overflight": "air-non-kinetic",
    "uav-reconnaissance": "air-non-kinetic",
    "violence-against-civilians": None,
    "killing": "violence-against-civilians",
    "abduction": "violence-against-civilians",
    "arbitrary-arrest": "violence-against-civilians",
    "torture": "violence-against-civilians",
    "forced-recruitment": "violence-against-civilians",
    "child-recruitment": "violence-against-civilians",
    "sexual-violence": "violence-against-civilians",
    "forced-displacement": "violence-against-civilians",
    "hostage-use": "violence-against-civilians",
    "access-obstruction": None,
    "aid-blocked": "access-obstruction",
    "convoy-attacked": "access-obstruction",
    "medical-care-denied": "access-obstruction",
    "civilian-movement-blocked": "access-obstruction",
    "extortion": "access-obstruction",
    "infrastructure-damage": None,
    "water-cut": "infrastructure-damage",
    "power-cut": "infrastructure-damage",
    "health-facility-damage": "infrastructure-damage",
    "school-damage": "infrastructure-damage",
    "cultural-site-damage": "infrastructure-damage",
    "obstruction-of-mechanism": None,
    "observer-obstructed": "obstruction-of-mechanism",
    "observer-threatened": "obstruction-of-mechanism",
    "observer-fired-at": "obstruction-of-mechanism",
    "sensor-damaged": "obstruction-of-mechanism",
    "jamming": "obstruction-of-mechanism",
    "failure-to-notify": "obstruction-of-mechanism",
    "failure-to-answer": "obstruction-of-mechanism",
    "information-act": None,
    "hostile-propaganda": "information-act",
    "incitement": "information-act",
    "breach-of-confidentiality": "information-act",
    "other-act": None,
    "celebratory-fire": "other-act",
    "live-fire-exercise": "other-act",
    "controlled-detonation": "other-act",
    "unrelated-crime": "other-act",
    "unknown-explosion": "other-act",
}

#: Each weapon class and its parent; None is a root. A weapon that is not known is null, never a
#: class.
WEAPONS: Mapping[str, str | None] = {
    "small-arms": None,
    "heavy-machine-gun": None,
    "automatic-grenade-launcher": None,
    "rocket-propelled-grenade": None,
    "anti-tank-guided-missile": None,
    "indirect-fire": None,
    "mortar": "indirect-fire",
    "mortar-60": "mortar",
    "mortar-82": "mortar",
    "mortar-120": "mortar",
    "mortar-160": "mortar",
    "mortar-240": "mortar",
    "artillery": "indirect-fire",
    "artillery-122": "artillery",
    "artillery-130": "artillery",
    "artillery-152": "artillery",
    "multiple-rocket-launcher": "indirect-fire",
    "multiple-rocket-launcher-107": "multiple-rocket-launcher",
    "multiple-rocket-launcher-122": "multiple-rocket-launcher",
    "multiple-rocket-launcher-220": "multiple-rocket-launcher",
    "multiple-rocket-launcher-300": "multiple-rocket-launcher",
    "improvised-rocket-or-mortar": "indirect-fire",
    "tank-gun": None,
    "infantry-fighting-vehicle-gun": None,
    "tactical-missile": None,
    "air-delivered": None,
    "aircraft-gun": "air-delivered",
    "aircraft-rocket": "air-delivered",
    "aircraft-bomb": "air-delivered",
    "helicopter-weapon": "air-delivered",
    "improvised-air-dropped": "air-delivered",
    "armed-uav": "air-delivered",
    "loitering-munition": "air-delivered",
    "air-defence": None,
    "naval-gun": None,
    "mine": None,
    "anti-personnel-mine": "mine",
    "anti-vehicle-mine": "mine",
    "improvised-explosive": None,
    "vehicle-borne-explosive": "improvised-explosive",
    "person-borne-explosive": "improvised-explosive",
    "cluster-munition": None,
    "incendiary-weapon": None,
    "suspected-chemical": None,
    "electronic-warfare": None,
}

#: These classify by effect or target, not by means: any act of armed force may be one of them as
#: well.
_CROSSING_ACTS = frozenset(
    {
        "violence-against-civilians",
        "killing",
        "convoy-attacked",
        "observer-fired-at",
        "unknown-explosion",
    }
)
_CROSSING_ROOTS = frozenset({"infrastructure-damage"})
#: These say what a thing holds, not what fires it: any carrier may deliver them.
_CROSSING_WEAPONS = frozenset({"cluster-munition", "incendiary-weapon", "suspected-chemical"})
#: The acts that such fillings make.
_FILLINGS = frozenset(
    {"alleged-toxic-agent-use", "incendiary-munition-use", "cluster-munition-use"}
)


@cache
def ancestors(tree_name: str, word: str) -> tuple[str, ...]:
    """The word and all that is broader, narrowest first."""
    tree = ACTS if tree_name == "act" else WEAPONS
    found = [word]
    while (parent := tree[found[-1]]) is not None:
        found.append(parent)
    return tuple(found)


def is_kind_of(tree_name: str, word: str, broader: str) -> bool:
    """Whether the word is the broader one or below it."""
    return broader in ancestors(tree_name, word)


@cache
def act_likeness(a: str, b: str) -> Likeness:
    """How two acts compare. Symmetric."""
    if a != b and (_crosses(a, b) or _crosses(b, a)):
        return Likeness.BROADER
    return _tree_likeness("act", a, b)


@cache
def weapon_likeness(a: str, b: str) -> Likeness:
    """How two weapon classes compare. Symmetric."""
    if a != b and (a in _CROSSING_WEAPONS) != (b in _CROSSING_WEAPONS):
        return Likeness.BROADER
    return _tree_likeness("weapon", a, b)


def _crosses(a: str, b: str) -> bool:
    by_effect = a in _CROSSING_ACTS or ancestors("act", a)[-1] in _CROSSING_ROOTS
    if by_effect and "armed-force" in ancestors("act", b):
        return True
    return a in _FILLINGS and b not in _FILLINGS and is_kind_of("act", b, "firing")


def _tree_likeness(tree_name: str, a: str, b: str) -> Likeness:
    above_a, above_b = ancestors(tree_name, a), ancestors(tree_name, b)
    if a == b:
        return Likeness.SAME
    if a in above_b or b in above_a:
        return Likeness.BROADER
    if above_a[1:2] == above_b[1:2] != ():
        return Likeness.SIBLING
    return Likeness.OTHER
