"""What an author's logs already state: the same file brought twice adds nothing, a changed row
corrects what it said before.

A report or tally is known again by its `report_ref`; a statement of any other kind by its content,
and by the time at which it was stated where the file gives one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from trucekeeper.errors import Code, Problem
from trucekeeper.governance.citing import open_restated
from trucekeeper.governance.record import Stated
from trucekeeper.intake.drafts import Draft, Taken
from trucekeeper.statements.encoding import encode_body, restate
from trucekeeper.statements.kinds import Correction, Report, Review, Tally, Withdrawal
from trucekeeper.statements.parts import Kind
from trucekeeper.vocabulary.ids import RefText, log_name
from trucekeeper.vocabulary.times import seconds


class Before(NamedTuple):
    """A statement of the log. ref: of the original entry. body: as it stands now."""

    ref: RefText
    body: Kind
    on_behalf_of: str | None
    language: str


class Key(NamedTuple):
    """What a statement is known again by. name: its report_ref, or its content."""

    log: str
    kind: str
    name: str


StatedBefore = Mapping[Key, Before]


def stated_before(entries: Sequence[Stated]) -> dict[Key, Before]:
    """What the entries of one log, or of several, state now: in the latest corrected version, and
    without what was withdrawn or rejected by a second officer."""
    known = {e.ref: e for e in entries if e.envelope is not None and e.body is not None}
    rejected = {
        e.body.of for e in known.values() if isinstance(e.body, Review) and not e.body.approves
    }
    standing = [e for e in known.values() if e.ref not in rejected]
    corrections: dict[RefText, list[Stated]] = {}
    gone: set[RefText] = set()
    for entry in standing:
        if isinstance(entry.body, Correction):
            original = _original(entry.body.of, entry.index, known)
            corrections.setdefault(original, []).append(entry)
        elif isinstance(entry.body, Withdrawal):
            gone.add(_original(entry.body.of, entry.index, known))
    found: dict[Key, Before] = {}
    for entry in standing:
        if entry.ref in gone or entry.body is None or entry.envelope is None:
            continue
        latest = max(corrections.get(entry.ref, [entry]), key=lambda e: e.index)
        body = _current(latest, entry.body)
        said = entry.envelope
        before = Before(entry.ref, body, said.on_behalf_of, said.language)
        for version in (entry.body, body):
            for name in _names(version, seconds(said.stated_at)):
                found[Key(entry.log, version.kind, name)] = before
    return found


def settle(drafts: Iterable[Draft], stated: StatedBefore) -> Taken:
    """The drafts that say something new, those that change what was said as corrections; and how
    many say nothing new."""
    new: list[Draft] = []
    problems: list[Problem] = []
    first: dict[Key, Draft] = {}
    repeated = 0
    for draft in drafts:
        key = _key(draft)
        twin, before = first.setdefault(key, draft), stated.get(key)
        if twin is not draft:
            same = _said(twin) == _said(draft)
            repeated += same
            problems.append(_twice(draft, twin, same=same))
        elif before is None:
            new.append(draft)
        elif (before.on_behalf_of, before.language) != (draft.on_behalf_of, draft.language):
            problems.append(_other_envelope(draft, before))
        elif before.body == draft.body:
            repeated += 1
        else:
            correction = Correction(of=before.ref, restated=restate(draft.body))
            new.append(replace(draft, body=correction))
    return Taken(tuple(new), tuple(problems), repeated)


def _original(of: str, index: int, known: Mapping[RefText, Stated]) -> RefText:
    """What the entry at an index changes, through corrections of corrections."""
    target = known.get(RefText(of))
    # An entry can only cite what stood before it; anything else is no chain to follow.
    while target is not None and isinstance(target.body, Correction) and target.index < index:
        of, index = target.body.of, target.index
        target = known.get(RefText(of))
    return RefText(of)


def _current(latest: Stated, original: Kind) -> Kind:
    if not isinstance(latest.body, Correction) or isinstance(original, Correction):
        return original
    body, _ = open_restated(latest.body.restated)
    return original if body is None else body


def _names(body: Kind, stated_at: int | None) -> list[str]:
    """The names under which a statement may be sought: with and without its time."""
    if isinstance(body, Report | Tally):
        return [] if body.report_ref is None else [body.report_ref]
    digest = hashlib.sha256(encode_body(body)).hexdigest()
    return [digest] if stated_at is None else [digest, f"{digest}@{stated_at}"]


def _key(draft: Draft) -> Key:
    log = log_name(draft.author, draft.circle)
    return Key(log, draft.body.kind, _names(draft.body, draft.stated_at)[-1])


def _said(draft: Draft) -> tuple[object, ...]:
    return draft.body, draft.on_behalf_of, draft.language


def _twice(draft: Draft, twin: Draft, *, same: bool) -> Problem:
    where = f"row {twin.origin.row}" if twin.origin.row is not None else str(twin.origin)
    if same:
        return Problem(Code.ALREADY_STATED, draft.origin, f"the same as {where}", "each once")
    found = f"the reference of {where}, with other content"
    return Problem(Code.BAD_CELL, draft.origin, found, "a reference of its own")


def _other_envelope(draft: Draft, before: Before) -> Problem:
    """A correction restates what is said, not for whom nor in which language."""
    found = f"on behalf of {draft.on_behalf_of or 'its author'}, language {draft.language}"
    expected = (
        f"on behalf of {before.on_behalf_of or 'its author'}, language {before.language}, as "
        f"{before.ref} says; withdraw that to state it otherwise"
    )
    return Problem(Code.BAD_CELL, draft.origin, found, expected)
