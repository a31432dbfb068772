"""Cases: whose receipts are a quorum for a log, as a C2SP tlog-policy for readers without a node."""

from __future__ import annotations

from tests.keys import key
from tests.world import agreement
from trucekeeper.governance.policies import policy_of
from trucekeeper.logs.note import COSIGNATURE, VerifierKey
from trucekeeper.logs.policy import parse_policy
from trucekeeper.vocabulary.ids import LogName

LOG = LogName("a.guarantors")
LOG_KEY = key("spec/a.guarantors").key
CLOCK = '[[clocks]]\nid = "answer"'


def keys(*participants: str) -> dict[str, list[VerifierKey]]:
    """One witness key each."""
    return {p: [key(f"spec/{p}/witness", type=COSIGNATURE).key] for p in participants}


def told(text: str, *holders: str) -> list[str] | None:
    """The groups and the quorum of the policy."""
    rules = agreement((CLOCK, text + CLOCK)) if text else agreement()
    made = policy_of(rules, LOG, LOG_KEY, keys(*holders))
    if made is None:
        return None
    assert parse_policy(bytes(made)) == made
    return [
        line for line in bytes(made).decode().splitlines() if line.startswith(("group", "quorum"))
    ]


def test_where_nothing_is_agreed_all_but_the_author_s_side_and_the_un_are_asked() -> None:
    assert told("", "a", "b", "c", "un") == [
        "group b 1 b:1", "group c 1 c:1", "group circle:quorum 2 b c", "quorum circle:quorum",
    ]  # fmt: skip
    assert told("", "a", "b", "un") is None


def test_the_agreement_s_own_quorum_comes_first() -> None:
    quorum = (
        '[[quorums]]\nid = "two"\nneeded = 2\nof = ["b", "c", "un"]\n'
        'circle = "guarantors"\nclause = "1"\n\n'
    )
    assert told(quorum, "b", "c", "un") == [
        "group b 1 b:1", "group c 1 c:1", "group un 1 un:1", "group two 2 b c un", "quorum two",
    ]  # fmt: skip
    assert told(quorum, "b") is None
