"""What can be told from one statement alone: impossible periods, places and ranges, words that are
in no vocabulary.

Returns a fault or None. Whether the author was entitled, and whether what it cites exists, is for
`governance`."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime

from trucekeeper.errors import Code
from trucekeeper.statements.encoding import Fault
from trucekeeper.statements.kinds import (
    AccessRequest,
    Body,
    Correction,
    Coverage,
    Decision,
    Disclosure,
    Evidence,
    FlashReport,
    Keys,
    Notice,
    Position,
    Post,
    Release,
    Report,
    Sealed,
    Suspension,
    Tally,
    Tasking,
    Visit,
)
from trucekeeper.statements.parts import Place
from trucekeeper.vocabulary.categories import ACTS, WEAPONS
from trucekeeper.vocabulary.kinds import SEALED_KINDS
from trucekeeper.vocabulary.quantities import Count, Range, is_ordered
from trucekeeper.vocabulary.times import Period

#: Kinds whose restatement makes no sense: they keep the record itself going.
NOT_RESTATED = frozenset(
    {
        "context", "correction", "withdrawal", "release", "review", "recognition", "keys",
        "signature", "two-histories", "continuation", "unchecked-start", "suspension",
        *SEALED_KINDS,
    }
)  # fmt: skip


def check(body: Body, stated_at: datetime) -> Fault | None:
    """The first thing that is impossible in a statement; None where nothing is."""
    match body:
        case Report():
            return _report(body, stated_at)
        case Tally():
            return None if body.period is None else _period(body.period)
        case Coverage() | Visit():
            return _period(body.period)
        case AccessRequest():
            return _period(body.period) or _place(body.place)
        case Notice():
            return _period(body.period) or _place(body.place) or _words(body.acts, ACTS, "act")
        case Post():
            return _place(body.place)
        case FlashReport():
            return _place(body.place) or _words([body.act], ACTS, "act")
        case Tasking():
            return None if body.place is None else _place(body.place)
        case Evidence():
            return None if body.captured is None else _period(body.captured)
        case Position():
            return _position(body)
        case Decision():
            return _decision(body)
        case Suspension():
            return _suspension(body)
        case Keys():
            return check_keys(body)
        case Sealed() | Disclosure():
            return _sealed(body)
        case Release() | Correction():
            return _restatable(body.restated.kind)
        case _:
            return None


def _report(body: Report, stated_at: datetime) -> Fault | None:
    observer = body.observer
    return (
        _period(body.occurred)
        or _place(body.place)
        or _words([body.act], ACTS, "act")
        or _words([body.weapon] if body.weapon else [], WEAPONS, "weapon")
        or _range("killed", body.killed)
        or _range("injured", body.injured)
        or _range("count", body.count)
        or (_point(observer.lat_e6, observer.lon_e6) if observer is not None else None)
        or (
            Fault(Code.FUTURE_EVENT, "occurred.earliest")
            if body.occurred.earliest > stated_at
            else None
        )
    )


def _range(name: str, stated: Range | Count | None) -> Fault | None:
    if stated is None or is_ordered(stated.min, stated.max):
        return None
    return Fault(Code.BAD_RANGE, name)


def _period(period: Period) -> Fault | None:
    return (
        Fault(Code.BAD_PERIOD, "latest is not after earliest")
        if period.latest <= period.earliest
        else None
    )


def _place(place: Place) -> Fault | None:
    if place.radius_m is not None and place.lat_e6 is None:
        return Fault(Code.BAD_PLACE, "a radius without a point")
    if place.lat_e6 is not None and place.radius_m is None:
        return Fault(Code.BAD_PLACE, "a point without a radius")
    return _point(place.lat_e6, place.lon_e6)


def _point(lat_e6: int | None, lon_e6: int | None) -> Fault | None:
    return Fault(Code.BAD_PLACE, "half a point") if (lat_e6 is None) != (lon_e6 is None) else None


def _words(words: Iterable[str], known: Container[str], what: str) -> Fault | None:
    for word in words:
        if word not in known:
            return Fault(Code.UNKNOWN_WORD, f"{what} `{word}`")
    return None


def _position(body: Position) -> Fault | None:
    if body.hindrance is not None and body.stance != "cannot-confirm":
        return Fault(Code.BAD_FIELD, "a hindrance without `cannot-confirm`")
    if body.on in ("whole", "outcome") and body.value is not None:
        return Fault(Code.BAD_FIELD, "a value on no single element")
    return None


def _decision(body: Decision) -> Fault | None:
    if (body.procedure == "sitting") != (body.sitting is not None):
        return Fault(
            Code.BAD_FIELD, "a sitting's decision without its sitting, or the other way round"
        )
    sides = [*body.in_favour, *body.reserved, *body.against]
    if len(sides) != len(set(sides)):
        return Fault(Code.BAD_FIELD, "one participant on two sides")
    return None


def _suspension(body: Suspension) -> Fault | None:
    if (body.act == "hand-over") != (body.custodian is not None):
        return Fault(Code.BAD_SUSPENSION, "a hand-over without its custodian, or a custodian else")
    if (body.act in ("seal", "hand-over")) != bool(body.heads):
        has = "with" if body.heads else "without"
        return Fault(Code.BAD_SUSPENSION, f"`{body.act}` {has} heads")
    return None


def check_keys(body: Keys) -> Fault | None:
    """What is impossible in a key document, whoever signed it."""
    if body.threshold > len(body.roots):
        return Fault(Code.BAD_KEY_DOCUMENT, "a threshold greater than the number of roots")
    for row in body.rows:
        ranged = (row.first_index, row.end_index, row.end_root) != (None, None, None)
        if ranged and row.log is None:
            return Fault(Code.BAD_KEY_DOCUMENT, f"a range without a log, for `{row.role}`")
        if row.end_index is None and row.end_root is not None:
            return Fault(Code.BAD_KEY_DOCUMENT, f"a root without its size, for `{row.role}`")
        if row.end_index is not None and row.end_index < (row.first_index or 0):
            return Fault(Code.BAD_RANGE, "end_index")
    return None


def _sealed(body: Sealed | Disclosure) -> Fault | None:
    if list(body.file.recipients) != sorted(set(body.file.recipients)):
        return Fault(Code.BAD_FIELD, "recipients not in order, each once")
    if isinstance(body, Sealed):
        if (body.form == "list") == (body.list is not None):
            return None
        return Fault(Code.BAD_FIELD, "a list without its root, or the other way round")
    for name in ("rows", "columns"):
        places = getattr(body, name)
        if list(places) != sorted(set(places)):
            return Fault(Code.BAD_FIELD, f"{name} not in order, each once")
    return None


def _restatable(kind: str) -> Fault | None:
    return (
        Fault(Code.WRONG_SUBJECT, f"`{kind}` cannot be restated") if kind in NOT_RESTATED else None
    )
