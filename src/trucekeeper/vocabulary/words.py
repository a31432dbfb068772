"""The closed word lists: how something was observed, graded, positioned, decided.

Sources: section (c) of the practice notes; the Admiralty code for grades (A to F, 1 to 6, judged
apart); the OSCE annex tables for observation, direction and phenomenon. GLOSSARY.md explains each
word."""

from __future__ import annotations

from typing import Literal

Role = Literal["guarantor", "party", "observer", "un", "host", "not-stated"]
#: What a key is for, in a key document.
KeyRole = Literal[
    "log", "witness", "witness-mldsa", "mirror", "mirror-mldsa", "node", "officer", "recipient",
]  # fmt: skip
Basis = Literal[
    "own-observation",
    "party-complaint",
    "public-complaint",
    "third-party",
    "open-source",
    "bulletin",
]
Means = Literal[
    "seen", "heard", "camera", "uav", "satellite", "acoustic", "radar", "trace-on-site",
    "witness", "party-account", "open-source", "assessed",
]  # fmt: skip
Phenomenon = Literal[
    "explosion",
    "burst",
    "shot",
    "projectile",
    "muzzle-flash",
    "illumination-flare",
    "impact",
    "overflight",
    "movement",
]
Direction = Literal["outgoing", "impact", "in-flight", "cross-fire", "undetermined"]
SourceGrade = Literal["A", "B", "C", "D", "E", "F"]
InfoGrade = Literal[1, 2, 3, 4, 5, 6]

Element = Literal[
    "occurrence", "time", "place", "act", "weapon", "author", "target", "effect", "scope"
]
ELEMENTS: tuple[Element, ...] = (
    "occurrence",
    "time",
    "place",
    "act",
    "weapon",
    "author",
    "target",
    "effect",
    "scope",
)
#: What a position may be taken on: an element of a report, or the cited statement as a whole.
PositionOn = Literal[
    "occurrence",
    "time",
    "place",
    "act",
    "weapon",
    "author",
    "target",
    "effect",
    "scope",
    "outcome",
    "whole",
]
Stance = Literal[
    "affirms", "affirms-in-part", "denies", "cannot-confirm", "awaits-instructions", "declines"
]
#: Why something could not be confirmed; the words of the outcome "could not be verified, and why".
Hindrance = Literal["no-access", "no-evidence", "too-late", "no-means"]

#: `covered`: the agreement covers it, though it did not join itself.
Standing = Literal[
    "party", "adherent", "covered", "excluded", "not-bound", "protected", "undetermined"
]
#: Standings under which a group is bound by the agreement.
BOUND: frozenset[Standing] = frozenset({"party", "adherent", "covered"})

ScopeResult = Literal["inside", "outside", "contested", "undetermined"]
ScopeTest = Literal["time", "place", "act", "actor"]
ActClass = Literal["prohibited", "provocative", "exempt"]

#: Outcomes. As a draft it is what follows from the positions so far; only a decision makes it a
#: finding. The last three say that some who decide, or all, took no position yet, and that this
#: face does not hold the logs in which they would.
Outcome = Literal[
    "established-consensus",
    "established-majority",
    "responsibility-not-agreed",
    "author-not-established",
    "scope-not-agreed",
    "facts-contested",
    "not-verified",
    "no-violation",
    "exempt-act",
    "accident-acknowledged",
    "outside-agreement",
    "awaiting-positions",
    "not-examined",
    "not-published",
]
#: What a decision may find: everything but that somebody has yet to look.
DecidedOutcome = Literal[
    "established-consensus",
    "established-majority",
    "responsibility-not-agreed",
    "author-not-established",
    "scope-not-agreed",
    "facts-contested",
    "not-verified",
    "no-violation",
    "exempt-act",
    "accident-acknowledged",
    "outside-agreement",
]
#: Findings that establish a violation. Nothing else is called one.
VIOLATION_OUTCOMES: frozenset[Outcome] = frozenset(
    {"established-consensus", "established-majority", "author-not-established"}
)

Response = Literal[
    "acknowledged",
    "denied",
    "regret",
    "explained",
    "own-inquiry-opened",
    "measure-taken",
    "repeated",
]
Looking = Literal["full", "partial", "none", "denied"]
AccessResult = Literal[
    "granted", "granted-with-delay", "conditional", "partly", "denied", "aborted", "remote-only"
]
NoticeKind = Literal["movement", "exercise", "demolition", "flight", "convoy"]
ElementStatus = Literal["agreed", "contested", "single-sided", "unknown"]
ClockState = Literal[
    "not-started", "running", "suspended", "met", "met-late", "overdue", "timing-undetermined"
]
#: What those who decide may do with the mechanism as a whole.
MechanismAct = Literal["suspend", "seal", "hand-over", "resume"]
#: What a receipt of a head says: that it was held, or that all below it is.
Capacity = Literal["held-a-head", "holds-the-data"]
#: What a sealed payload is, in a neutral word; nothing of whom it names.
SealedWhat = Literal[
    "persons", "account", "complaint", "medical-record", "recording", "location", "papers", "other"
]
#: In which form it is; `list` alone is committed to cell by cell.
SealedForm = Literal["list", "text", "document", "image", "audio", "video", "data"]
SealedState = Literal["sealed", "disclosed-in-part", "withheld"]
