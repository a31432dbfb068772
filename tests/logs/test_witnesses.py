"""The witness: dialogues as text, and a machine that tries any requests in any order, two at once
included."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.logs.signers import (
    LOG,
    WITNESS,
    WITNESS_PQ,
    head_of,
    keyed,
    leaves_of,
    note_of,
)
from trucekeeper.logs import tree
from trucekeeper.logs.checkpoint import Checkpoint
from trucekeeper.logs.cosignature import cosign, cosigned_at
from trucekeeper.logs.note import NoteError, VerifierKey, parse_key, parse_line
from trucekeeper.logs.witness import (
    Accepted,
    Answer,
    Refused,
    Request,
    cosigned,
    decide,
    malformed,
    monitoring_path,
    parse_request,
    receipts_of,
    request,
    size_of,
)

DIALOGUES = sorted((Path(__file__).parents[1] / "vectors" / "witness").glob("*.txt"))
_STEP = re.compile(
    r"^-- POST add-checkpoint at (\d+): [^\n]*\n(.*?)^-- (\d.*?)\n(?=-- |\Z)",
    re.MULTILINE | re.DOTALL,
)


@dataclass
class Witness:
    """A witness in memory: the smallest shell around `decide`."""

    log: VerifierKey
    last: Checkpoint | None = None
    signed: list[Checkpoint] = field(default_factory=list)

    def answer(self, body: bytes, at: int) -> Answer:
        try:
            asked = parse_request(body)
        except NoteError:
            return malformed()
        known = self.log if asked.checkpoint.origin == self.log.name else None
        decision = decide(self.last, asked, known)
        if isinstance(decision, Refused):
            return decision.answer
        self.last = decision.checkpoint
        self.signed.append(decision.checkpoint)
        return cosigned([cosign(decision.checkpoint, WITNESS.key, WITNESS.sign, at)])


def dialogue(path: Path) -> Iterator[tuple[re.Match[str], Answer]]:
    """Each step of a dialogue with the answer that our witness gives."""
    text = path.read_text()
    keys = dict(
        line.split(" ") for line in text.splitlines() if line.startswith(("log ", "witness "))
    )
    assert parse_key(keys["witness"]) == WITNESS.key
    witness = Witness(parse_key(keys["log"]))
    for step in _STEP.finditer(text):
        yield step, witness.answer(step[2].encode(), int(step[1]))


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda p: p.stem)
def test_dialogues(path: Path) -> None:
    """Every answer byte for byte. TRUCEKEEPER_BLESS=1 writes ours into the file."""
    text = path.read_text()
    steps = list(dialogue(path))
    assert len(steps) == text.count("\n-- POST")
    given = [f"{a.status} {a.type}\n{a.body.decode()}" for _, a in steps]
    if os.environ.get("TRUCEKEEPER_BLESS") == "1":
        for (step, _), answer in reversed(list(zip(steps, given, strict=True))):
            text = text[: step.start(3)] + answer + text[step.end() :]
        path.write_text(text)
    else:
        assert given == [f"{step[3]}\n" for step, _ in steps]


def test_all_statuses_occur_in_the_dialogues() -> None:
    seen = {answer.status for path in DIALOGUES for _, answer in dialogue(path)}
    assert seen == {200, 400, 403, 404, 409, 422}


LEAVES = {branch: leaves_of(24, branch) for branch in ("", "other ")}
SIZES = st.integers(0, 24)
BRANCHES = st.sampled_from(sorted(LEAVES))


def asked_for(branch: str, old: int, size: int, proof: list[bytes] | None = None) -> Request:
    """A request of a log that may lie about everything but its own signature."""
    leaves = LEAVES[branch][:size]
    if proof is None:
        proof = tree.consistency_proof(leaves, old) if 0 < old < size else []
    return request(old, proof, note_of(leaves))


class WitnessMachine(RuleBasedStateMachine):
    """Requests of a log with two histories. Some are decided while another is under way: whoever
    comes second must find that the head is no longer the one on which it was decided."""

    def __init__(self) -> None:
        super().__init__()
        self.last: Checkpoint | None = None
        self.branch = ""
        self.signed: list[Checkpoint] = []
        self.under_way: list[tuple[Checkpoint | None, Accepted, str]] = []

    def expected(self, branch: str, old: int, size: int, valid: bool) -> int:
        """The status by the leaves themselves, without any proof."""
        held = self.last.size if self.last else 0
        if old > size:
            return 400
        if old != held:
            return 409
        follows = LEAVES[branch][:held] == LEAVES[self.branch][:held]
        return 200 if valid and follows else 422

    def decide(
        self, branch: str, old: int, size: int, proof: list[bytes] | None
    ) -> Accepted | None:
        asked = asked_for(branch, old, size, proof)
        assert parse_request(bytes(asked)) == asked
        decision = decide(self.last, asked, LOG.key)
        status = 200 if isinstance(decision, Accepted) else decision.answer.status
        assert status == self.expected(
            branch, old, size, proof is None or (not proof and old in (0, size))
        )
        if isinstance(decision, Accepted):
            return decision
        two = self.last is not None and self.last.size == size and self.last != asked.checkpoint
        assert decision.two_histories is two
        if status == 409:
            assert size_of(decision.answer) == (self.last.size if self.last else 0)
        return None

    def keep(self, seen: Checkpoint | None, decision: Accepted, branch: str) -> None:
        """What a shell does: replace the head if it is the one on which was decided, then sign."""
        if self.last == seen:
            self.last = decision.checkpoint
            self.branch = branch if decision.checkpoint.size else self.branch
            self.signed.append(decision.checkpoint)

    @rule(branch=BRANCHES, old=SIZES, size=SIZES)
    def ask(self, branch: str, old: int, size: int) -> None:
        decision = self.decide(branch, old, size, None)
        if decision:
            self.keep(self.last, decision, branch)

    @rule(branch=BRANCHES, more=st.integers(0, 5))
    def ask_for_more(self, branch: str, more: int) -> None:
        held = self.last.size if self.last else 0
        self.ask(branch=branch, old=held, size=min(24, held + more))

    @rule(branch=BRANCHES, size=SIZES, proof=st.lists(st.just(b"x" * 32), max_size=3))
    def ask_with_a_false_proof(self, branch: str, size: int, proof: list[bytes]) -> None:
        held = self.last.size if self.last else 0
        decision = self.decide(branch, held, size, proof)
        if decision:
            self.keep(self.last, decision, branch)

    @rule(branch=BRANCHES, more=st.integers(0, 5))
    def begin(self, branch: str, more: int) -> None:
        held = self.last.size if self.last else 0
        decision = self.decide(branch, held, min(24, held + more), None)
        if decision:
            self.under_way.append((self.last, decision, branch))

    @rule()
    def finish(self) -> None:
        if self.under_way:
            self.keep(*self.under_way.pop(0))

    @rule()
    def strangers_get_nothing(self) -> None:
        asked = asked_for("", 0, 3)
        unknown = decide(self.last, asked, None)
        other = decide(self.last, asked, keyed("truce/b.public").key)
        forged = decide(self.last, asked, VerifierKey(LOG.key.name, 1, WITNESS.key.public))
        statuses = [d.answer.status for d in (unknown, other, forged) if isinstance(d, Refused)]
        assert statuses == [404, 404, 403]

    @invariant()
    def all_that_was_signed_is_one_history(self) -> None:
        sizes = [head.size for head in self.signed]
        assert sizes == sorted(sizes)
        one = [head_of(LEAVES[self.branch][: head.size]) for head in self.signed]
        assert one == self.signed


WitnessMachine.TestCase.settings = settings(stateful_step_count=30)
TestWitnessMachine = WitnessMachine.TestCase


def test_the_client_takes_known_receipts_and_passes_over_others() -> None:
    note = note_of(LEAVES[""][:5])
    head = head_of(LEAVES[""][:5])
    lines = [cosign(head, k.key, k.sign, 9) for k in (WITNESS, WITNESS_PQ)]
    answer = cosigned([*lines, parse_line("— somebody AAAAAGFiYw==")])
    assert receipts_of(answer, note, [WITNESS.key, WITNESS_PQ.key]) == tuple(lines)
    assert receipts_of(answer, note, [WITNESS.key]) == (lines[0],)
    assert cosigned_at(lines[1], WITNESS_PQ.key, head) == 9
    with pytest.raises(NoteError):
        receipts_of(answer, note, [keyed("truce/c/witness", 4).key])
    with pytest.raises(NoteError):
        receipts_of(answer, note_of(LEAVES[""][:6]), [WITNESS.key])


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, "text/plain", b"no\n"),
        Answer(200, "text/plain", b""),
        Answer(200, "text/plain", b"\n"),
        Answer(200, "text/plain", b"\xff\n"),
        Answer(200, "text/plain", "— somebody AAAAAGFiYw==".encode()),
        Answer(200, "text/plain", "— somebody AAAAAGFiYw==\n".encode() * 65),
        Answer(200, "text/plain", b"x" * 1_000_001),
    ],
)
def test_answers_without_receipts_are_told(answer: Answer) -> None:
    with pytest.raises(NoteError):
        receipts_of(answer, note_of(LEAVES[""][:5]), [WITNESS.key])


def test_the_size_that_a_witness_has() -> None:
    assert size_of(Answer(409, "text/x.tlog.size", b"17\n")) == 17
    assert size_of(Answer(409, "Text/X.Tlog.Size; charset=utf-8", b"0\n")) == 0
    assert size_of(Answer(409, "text/plain", b"17\n")) is None
    assert size_of(Answer(422, "text/x.tlog.size", b"17\n")) is None
    for body in (b"", b"17", b"017\n", b"-1\n", b"9223372036854775808\n", b"1\n\n"):
        with pytest.raises(NoteError):
            size_of(Answer(409, "text/x.tlog.size", body))


def test_where_a_witness_shows_the_head_that_it_has() -> None:
    assert monitoring_path("example.com/log") == (
        "4d3203c8f35cdf600e475f55fede6081a703d3d322f208865fca2ec4f0e030f8/checkpoint"
    )


@given(st.integers(0, 24), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_requests_are_read_as_they_were_written(old: int, proof: list[bytes]) -> None:
    asked = request(old, proof, note_of(LEAVES[""][:3]))
    assert parse_request(bytes(asked)) == asked
