"""A wrong agreement gets every mistake at once, each with its key path, line, fact and remedy."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import ATTACHMENTS, agreement, agreement_text
from trucekeeper.agreement.lines import key_lines
from trucekeeper.agreement.rules import load
from trucekeeper.errors import AgreementError, Problem

CLOCK = '[[clocks]]\nid = "answer"'


def quorum(**changes: object) -> str:
    """A provision on quorums, before the first clock."""
    block = {"id": "q", "needed": 2, "of": ["a", "b", "c"], "circle": "guarantors", "clause": "4"}
    lines = [f"{name} = {json.dumps(value)}" for name, value in (block | changes).items()]
    return "\n".join(["[[quorums]]", *lines, "", CLOCK])


CASES = [
    ("quorum = 2", "quorum = 9", "A-008", "decision.quorum"),
    ("quorum = 2", 'quorum = "two"', "A-004", "decision.quorum"),
    ("quorum = 2", "quorums = 2", "A-002", "decision.quorums"),
    ('rule = "consensus"', 'rule = "acclamation"', "A-004", "decision.rule"),
    ('reporting_circle = "guarantors"', 'reporting_circle = "nobody"', "A-005", "agreement.reporting_circle"),
    ('answers_for = ["d"]', 'answers_for = ["x"]', "A-005", "participants[0].answers_for"),
    ('id = "b"\nname = "Guarantor B"', 'id = "a"\nname = "Guarantor B"', "A-006", "participants[1].id"),
    ('members = ["a", "b", "c", "d", "e", "un"]', 'members = ["a", "b"]', "A-008", "circles[1].members"),
    ('id = "black-flag"\nname = "Black Flag"\nstanding = "excluded"\nclause = "3"', 'id = "black-flag"\nname = "Black Flag"\nstanding = "excluded"', "A-003", "groups[2].clause"),
    ('name = "Black Flag"', 'name = "Army of D"', "A-008", "groups[2].names"),
    ('covers = ["e-brigades", "black-flag"]', 'covers = ["e-brigades", "nobody"]', "A-005", "groups[5].covers"),
    ('acts = ["controlled-detonation"]', 'acts = ["armed-force"]', "A-008", "clauses[1].acts"),
    ('acts = ["controlled-detonation"]', 'acts = ["fireworks"]', "A-005", "clauses[1].acts"),
    ('acts_are = "exempt"\n', "", "A-008", "clauses[1].acts_are"),
    ('codes = ["S1"]', 'codes = ["N12"]', "A-009", "reporting_areas[1].codes"),
    ('features = ["north"]', 'features = ["nowhere"]', "A-012", "zones[0].maps[0].features"),
    ('file = "zones.geojson"\nsha256 = "', 'file = "zones.geojson"\nsha256 = "0', "A-004", "attachments[0].sha256"),
    ('starts_on = "report"', 'starts_on = "rumour"', "A-005", "clocks[0].starts_on"),
    ("in_force = 2031-03-01T00:00:00Z", "in_force = 2031-03-01T00:00:00Z\nuntil = 2031-02-01T00:00:00Z", "A-007", "agreement.until"),
    ("in_force = 2031-03-01T00:00:00Z", "in_force = 2031-03-01T00:00:00", "A-004", "agreement.in_force"),
    ('standing = "excluded", from = 2031-03-01, source = ["letter-a"]', 'standing = "excluded", source = ["letter-a"]', "A-013", "groups[4].readings[0]"),
    ('kinds = ["report", "tally"]', 'kinds = ["report", "gossip"]', "A-005", "entitlements[2].kinds"),
    ('clause = "4"\ncircle', 'clause = "44"\ncircle', "A-005", "decision.clause"),
    ("exercise = true", "transcription = true", "A-013", "participants[0].source"),
    (CLOCK, quorum(of=["a", "x"]), "A-005", "quorums[0].of"),
    (CLOCK, quorum(of=["a", "q"]), "A-005", "quorums[0].of"),
    (CLOCK, quorum(id="a"), "A-006", "quorums[0].id"),
    (CLOCK, quorum(circle="nobody"), "A-005", "quorums[0].circle"),
    (CLOCK, quorum(clause="44"), "A-005", "quorums[0].clause"),
    (CLOCK, quorum(needed=3, of=["a", "b"]), "A-021", "quorums[0].needed"),
    (CLOCK, quorum(needed=3), "A-021", "quorums[0].needed"),
    (CLOCK, quorum(of=["a", "b", "c", "d"]), "A-021", "quorums[0].of"),
    (CLOCK, quorum(needed=1), "A-020", "quorums[0].of"),
]  # fmt: skip


def problems(*changes: tuple[str, str]) -> tuple[Problem, ...]:
    with pytest.raises(AgreementError) as raised:
        load(agreement_text(*changes), ATTACHMENTS)
    return raised.value.problems


@pytest.mark.parametrize(
    ("old", "new", "code", "key"), CASES, ids=[f"{c[2]} {c[3]}" for c in CASES]
)
def test_each_mistake_is_named_with_its_key_and_line(
    old: str, new: str, code: str, key: str
) -> None:
    found = [p for p in problems((old, new)) if (p.code.id, p.place.key) == (code, key)]
    assert found, [str(p) for p in problems((old, new))]
    line = found[0].place.line
    assert line is not None
    text = agreement_text((old, new)).decode().splitlines()
    word = key.rpartition(".")[2].partition("[")[0]
    assert word in text[line - 1] or text[line - 1].lstrip()[0] in "[{", text[line - 1]
    assert found[0].remedy


def test_all_mistakes_are_told_at_once() -> None:
    found = {
        p.code.id
        for p in problems(
            ("quorum = 2", "quorum = 9"),
            ('codes = ["S1"]', 'codes = ["N12"]'),
            ('acts = ["controlled-detonation"]', 'acts = ["fireworks"]'),
        )
    }
    assert {"A-005", "A-008", "A-009"} <= found


def test_all_mistakes_of_form_are_told_at_once() -> None:
    found = problems(
        ("quorum = 2", 'quorum = "two"'),
        ('role = "un"', 'role = "king"'),
        ("exercise = true", "exercises = true"),
    )
    assert [p.code.id for p in found] == ["A-002", "A-004", "A-004"]


def test_a_text_that_is_no_toml_or_no_utf8() -> None:
    for text, code in ((b"[agreement\n", "A-001"), (b"a = 1\nb = '\xff'\n", "I-010")):
        with pytest.raises(AgreementError) as raised:
            load(text, {})
        assert raised.value.problems[0].code.id == code


def test_a_missing_and_a_wrong_attachment() -> None:
    for given_files, code in (({}, "A-010"), (dict.fromkeys(ATTACHMENTS, b"{}"), "A-011")):
        with pytest.raises(AgreementError) as raised:
            load(agreement_text(), given_files)
        assert {p.code.id for p in raised.value.problems} == {code}


def test_a_did_you_mean() -> None:
    found = problems(("quorum = 2", "quorun = 2"))
    assert any("`quorum`, perhaps" in p.expected for p in found)


def test_the_agreement_of_the_cases_is_right() -> None:
    assert agreement().guarantors == ("a", "b", "c")


KEYS = st.sampled_from(["a", "b-c", "d_e", '"f g"'])
VALUES = st.recursive(
    st.sampled_from(
        [
            "1",
            "true",
            '"x ] # }"',
            "'y'",
            "2031-03-01T00:00:00Z",
            "2031-03-01 00:00:00",
            '"""a\nb"""',
            "1.5",
        ]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda v: "[" + ",\n ".join(v) + (", ]" if v else "]")),
        st.dictionaries(KEYS, inner.filter(lambda v: "\n" not in v), max_size=2).map(
            lambda d: "{ " + ", ".join(f"{k} = {v}" for k, v in d.items()) + " }"
        ),
    ),
    max_leaves=6,
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "[t]\n", "[[l]]\n", "[[l.m]]\n"]),
            st.dictionaries(KEYS, VALUES, max_size=3),
        ),
        max_size=4,
    )
)
def test_lines_are_found_for_any_toml(blocks: list[tuple[str, dict[str, str]]]) -> None:
    """Whatever the reader accepts, the scanner gets through, and every top key it finds stands on
    its line."""
    text = "# head\n\n" + "".join(
        header + "".join(f"{k} = {v}  # note\n" for k, v in keys.items()) for header, keys in blocks
    )
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = text.split("\n")
    for path, line in key_lines(text).items():
        last = path.rpartition(".")[2].partition("[")[0]
        if "[" not in path.rpartition(".")[2]:
            assert last in lines[line - 1]
