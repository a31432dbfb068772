"""The made-up mechanism of a run: its agreement, and what its participants state."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from random import Random

from trucekeeper.agreement.rules import Agreement, load
from trucekeeper.errors import Place
from trucekeeper.intake.drafts import Draft
from trucekeeper.statements import kinds, parts
from trucekeeper.vocabulary.times import Period, instant

#: In the order in which they come in: three are the least.
NAMES = ("a", "b", "c", "un", "d", "e", "f")
START = 1_930_089_600  # 2031-03-01T00:00:00Z
#: Stands in what is said among the guarantors, and must be nowhere else.
PLANTED_LATITUDE = "10123457"
PLANTED_OFFICER = "planted-officer"
INNER = "guarantors"

_HEAD = """
[agreement]
id = "simulated"
title = "A simulated truce"
in_force = 2031-03-01T00:00:00Z
reporting_circle = "guarantors"
exercise = true

[time]
offsets = [{ from = 2031-01-01T00:00:00Z, minutes = 0 }]

[[entitlements]]
kinds = ["*"]
by = ["guarantor", "un", "party"]
to = ["*"]

[[groups]]
id = "d-army"
name = "Army of D"
standing = "party"

[[clauses]]
id = "1"
summary = "No use of armed force"

[[clauses]]
id = "2"
summary = "How the mechanism decides"

[decision]
rule = "consensus"
clause = "2"
circle = "guarantors"
quorum = 2
interested = "counts"
interested_clause = "2"
"""


@cache
def land(size: int) -> Agreement:
    """The agreement of three to seven participants."""
    names = NAMES[:size]
    roles = {"un": "un", "d": "party", "e": "party", "f": "party"}
    text = _HEAD
    for name in names:
        role = roles.get(name, "guarantor")
        text += f'\n[[participants]]\nid = "{name}"\nname = "{name.upper()}"\nrole = "{role}"\n'
    inner = [name for name in names if roles.get(name) != "party"]
    for circle, members in ((INNER, inner), ("public", names)):
        listed = ", ".join(f'"{member}"' for member in members)
        text += f'\n[[circles]]\nid = "{circle}"\nmembers = [{listed}]\n'
    return load(text.encode(), {})


def something_to_say(
    chance: Random, agreement: Agreement, author: str, now: float, cited: list[str]
) -> Draft:
    """A statement of an author: a report, or something about a report that it holds."""
    inner = author in agreement.circles[INNER].members and chance.random() < 0.7
    circle = INNER if inner else "public"
    about = [ref for ref in cited if inner or ref.partition("/")[0].endswith(".public")]
    officer = PLANTED_OFFICER if inner else "officer"
    body: kinds.Report | kinds.Answer | kinds.Position
    match chance.randrange(3) if about else 0:
        case 0:
            body = _report(chance, now, inner=inner)
        case 1:
            body = kinds.Answer(to=chance.choice(about), response="acknowledged")
        case _:
            body = kinds.Position(subject=chance.choice(about), on="occurrence", stance="affirms")
    return Draft(author, circle, body, Place(), officer=officer)


def _report(chance: Random, now: float, *, inner: bool) -> kinds.Report:
    end = instant(int(now) - 600 - chance.randrange(86_400))
    latitude = int(PLANTED_LATITUDE) if inner else 10_000_000 + chance.randrange(100_000)
    return kinds.Report(
        basis="own-observation",
        act=chance.choice(["mortar-fire", "small-arms-fire", "raid"]),
        occurred=Period(earliest=end - timedelta(minutes=20), latest=end),
        place=parts.Place(
            lat_e6=latitude, lon_e6=20_000_000 + chance.randrange(400_000), radius_m=500
        ),
        alleged_author=("d-army",) if chance.random() < 0.5 else (),
    )
