"""The mechanism as a whole: suspended, sealed, handed over, resumed, by those who decide.

An act takes effect once enough of those who decide have stated the same one: as with amendments, a
word once given is not undone by taking it back. From a suspension or sealing to the resumption the
clocks stand still. A sealed record loses nothing: what is stated later is kept and marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.record import Record, Stated
from trucekeeper.statements.kinds import Suspension
from trucekeeper.vocabulary.ids import LogName, RefText, author_of
from trucekeeper.vocabulary.kinds import KEEPING_KINDS
from trucekeeper.vocabulary.relations import (
    BASIS,
    CLAUSES,
    INSTANT,
    TEXT,
    TEXTS,
    Column,
    Relation,
)
from trucekeeper.vocabulary.times import LAST_INSTANT, seconds
from trucekeeper.vocabulary.words import MechanismAct

MECHANISM = Relation(
    "mechanism",
    "Every act on the mechanism as a whole, and whether enough of those who decide have stated it. "
    "While it is suspended or sealed the clocks stand still.",
    (
        Column("act", TEXT, "suspend, seal, hand-over or resume"),
        Column("effective", INSTANT, "from when"),
        Column("custodian", TEXT, "to whom the record is handed over"),
        Column(
            "state",
            TEXT,
            "in-effect; lacks-words: not enough have stated it; other-text: stated under another "
            "text of the agreement",
        ),
        Column("until", INSTANT, "when a suspension or sealing in effect ended; null for not yet"),
        Column("stated_by", TEXTS, "who stated it"),
        Column("lacking", TEXTS, "those who decide and have not stated it"),
        Column("instruments", TEXTS, "instruments on which they rest it, as stated"),
        BASIS,
        CLAUSES,
    ),
    ("effective", "act", "custodian", "state"),
)

_ORDER: tuple[MechanismAct, ...] = ("suspend", "seal", "hand-over", "resume")


@dataclass(frozen=True, slots=True)
class Act:
    """One act as those who stated it together mean it. heads: log → size → root, as they list
    them."""

    act: MechanismAct
    effective: int
    custodian: str | None
    state: str
    by: tuple[str, ...]
    lacking: tuple[str, ...]
    heads: Mapping[LogName, Mapping[int, str]]
    stated: tuple[tuple[RefText, Suspension], ...]

    @property
    def is_in_effect(self) -> bool:
        return self.state == "in-effect"


def needed_to_decide(agreement: Agreement, voters: Sequence[str]) -> int:
    """How many of those who decide must state the same."""
    is_consensus = agreement.file.decision.rule == "consensus"
    return len(voters) if is_consensus else len(voters) // 2 + 1


def acts_of(agreement: Agreement, admissible: Iterable[Stated]) -> tuple[Act, ...]:
    """Every act that was stated, in the order in which they take effect."""
    together: dict[tuple[int, int, str, bool], list[Stated]] = {}
    for stated in admissible:
        body = stated.body
        if isinstance(body, Suspension):
            same_text = body.agreement_digest == agreement.digest
            when = seconds(body.effective)
            key = (when, _ORDER.index(body.act), body.custodian or "", same_text)
            together.setdefault(key, []).append(stated)
    return tuple(_act(agreement, *key, together[key]) for key in sorted(together))


def _act(
    agreement: Agreement,
    effective: int,
    order: int,
    custodian: str,
    same_text: bool,
    stated: list[Stated],
) -> Act:
    voters = agreement.voters(None)
    who = {author_of(s.log) for s in stated}
    enough = len(who & set(voters)) >= needed_to_decide(agreement, voters)
    state = "other-text" if not same_text else "in-effect" if enough else "lacks-words"
    heads: dict[LogName, dict[int, str]] = {}
    told: list[tuple[RefText, Suspension]] = []
    for one in sorted(stated, key=lambda s: s.leaf):
        assert isinstance(one.body, Suspension)
        told.append((one.ref, one.body))
        for head in one.body.heads if author_of(one.log) in voters else ():
            heads.setdefault(LogName(head.log), {})[head.size] = head.root
    return Act(
        _ORDER[order], effective, custodian or None, state,
        tuple(sorted(who, key=agreement.order.__getitem__)),
        tuple(v for v in voters if v not in who), heads, tuple(told),
    )  # fmt: skip


def still_spans(acts: Iterable[Act]) -> tuple[tuple[int, int], ...]:
    """From when until before when the mechanism is suspended or sealed, in order."""
    spans: list[tuple[int, int]] = []
    since: int | None = None
    for act in acts:
        if act.is_in_effect and act.act in ("suspend", "seal") and since is None:
            since = act.effective
        elif act.is_in_effect and act.act == "resume" and since is not None:
            spans += [(since, act.effective)] if act.effective > since else []
            since = None
    return (*spans, *([] if since is None else [(since, LAST_INSTANT)]))


@dataclass(frozen=True, slots=True)
class Seal:
    """The last heads of a sealed record, and when it was opened again (LAST_INSTANT: not yet)."""

    act: Act
    opened: int
    heads: Mapping[LogName, tuple[int, str]]

    def is_after(self, stated: Stated) -> bool:
        """Whether an entry was stated after the sealing and before the record went on. What keeps
        the record itself going is no matter."""
        head = self.heads.get(stated.log)
        return (
            (head is None or stated.index >= head[0])
            and stated.envelope is not None
            and stated.envelope.kind not in (*KEEPING_KINDS, "suspension", "publication")
            and stated.at is not None
            and stated.at < self.opened
        )


def seal_of(
    acts: Sequence[Act], record: Record, roots: Mapping[tuple[LogName, int], str]
) -> Seal | None:
    """The last sealing in effect; None where there is none. The last head of each log is the
    greatest that those who decided list and that is a head of the log. roots: of the heads that
    are cited."""
    sealing = next((a for a in reversed(acts) if a.is_in_effect and a.act == "seal"), None)
    if sealing is None:
        return None
    later = [
        a.effective
        for a in acts
        if a.is_in_effect and a.act == "resume" and a.effective >= sealing.effective
    ]
    heads = {
        log: max(sound)
        for log, listed in sealing.heads.items()
        if (sound := [(size, r) for size, r in listed.items() if roots.get((log, size)) == r])
        and log in record
    }
    return Seal(sealing, min(later, default=LAST_INSTANT), heads)


def mechanism_rows(agreement: Agreement, acts: Sequence[Act]) -> list[dict[str, Any]]:
    """The relation `mechanism`."""
    ends = dict(still_spans(acts))
    clause = agreement.file.decision.clause
    rows = []
    for act in acts:
        end = (
            ends.get(act.effective) if act.is_in_effect and act.act in ("suspend", "seal") else None
        )
        stated = {body.clause for _, body in act.stated if body.clause} | {clause}
        rows.append(
            {
                "act": act.act,
                "effective": act.effective,
                "custodian": act.custodian,
                "state": act.state,
                "until": None if end == LAST_INSTANT else end,
                "stated_by": list(act.by),
                "lacking": list(act.lacking),
                "instruments": sorted({b.instrument for _, b in act.stated if b.instrument}),
                "basis": [ref for ref, _ in act.stated],
                "clauses": sorted(c for c in stated if c),
            }
        )
    return rows
