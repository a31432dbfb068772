"""Policies: read as C2SP tlog-policy says, a label and no gate, and useless ones found exactly."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.logs.signers import LOG, WITNESS, WITNESS_PQ, head_of, keyed, leaves_of, note_of
from trucekeeper.logs.cosignature import cosign
from trucekeeper.logs.note import COSIGNATURE, MLDSA_COSIGNATURE, NoteError
from trucekeeper.logs.policy import (
    Group,
    Label,
    Policy,
    Witness,
    default_policy,
    default_quorum,
    label,
    parse_policy,
)
from trucekeeper.logs.quorums import TRIED_MAX, fault, split

NAMES = "abcdefghij"
KEYS = {name: keyed(f"truce/{name}/witness", COSIGNATURE) for name in NAMES}
PQ = {name: keyed(f"truce/{name}/witness", MLDSA_COSIGNATURE) for name in "abc"}


def policy(*lines: str, names: str = "abcde") -> Policy:
    declared = [f"witness {name} {KEYS[name].key}" for name in names]
    return parse_policy(("\n".join([f"log {LOG.key}", *declared, *lines]) + "\n").encode())


def holders(names: str) -> set[str]:
    return {f"truce/{name}/witness" for name in names}


def test_a_policy_of_two_levels_is_read_and_written_back() -> None:
    text = f"""\
# Both sides, and one of those who observe.
log {LOG.key} https://a.example/log
witness\tX1   {KEYS["a"].key}  https://x.example/
  witness X2 {KEYS["b"].key}
witness Y1 {KEYS["c"].key}

witness Y2 {PQ["c"].key}
group X all X1 X2
group Y any Y1 Y2
group both 2 X Y
quorum both
"""
    read = parse_policy(text.encode())
    assert [w.name for w in read.witnesses] == ["X1", "X2", "Y1", "Y2"]
    assert read.witnesses[0].url == "https://x.example/"
    assert read.groups == (
        Group("X", 2, ("X1", "X2")), Group("Y", 1, ("Y1", "Y2")), Group("both", 2, ("X", "Y")),
    )  # fmt: skip
    assert parse_policy(bytes(read)) == read
    for signed, met in (("X1 X2 Y2", True), ("X1 X2", False), ("X1 Y1 Y2", False), ("", False)):
        assert read.is_met(signed.split()) is met


def test_text_outside_ascii_is_opaque() -> None:
    name = b"\xe2\x84\xaa\xff"
    text = b"# \xfe\nwitness %s %s\nquorum %s\n" % (name, str(WITNESS.key).encode(), name)
    assert bytes(parse_policy(text)) == text.partition(b"\n")[2]
    kelvin = text.replace(b"quorum \xe2\x84\xaa", b"quorum K")
    with pytest.raises(NoteError):
        parse_policy(kelvin)


W = f"witness a {KEYS['a'].key}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line feed"),
        ("quorum none", "line feed"),
        (W, "exactly one quorum"),
        ("quorum none\nquorum none\n", "exactly one quorum"),
        ("quorum a\n" + W, "line 1: a quorum that is not declared"),
        (W + "quorum b\n", "line 2: a quorum that is not declared"),
        (W + "group g any a b\nquorum g\n", "line 2: a member"),
        (W + "group g any g\nquorum g\n", "line 2: a member"),
        (W + "group g any a a\nquorum g\n", "line 2: a member"),
        (W + "group g any a\ngroup h any a\nquorum h\n", "line 3: a member"),
        (W + "group g any none\nquorum g\n", "line 2: a member"),
        (W + "group a any a\nquorum a\n", "declared before"),
        (W + "group g 0 a\nquorum g\n", "needs none"),
        (W + "group g 2 a\nquorum g\n", "more than it has"),
        (W + "group g 01 a\nquorum g\n", "decimal"),
        (W + "group g all\nquorum g\n", "no line of a policy"),
        (W + "group g\n", "no line of a policy"),
        (W + "quorum\n", "no line of a policy"),
        (W + "quorum a a\n", "no line of a policy"),
        (W + "cosigner a\n", "no line of a policy"),
        (W.replace("witness a", "witness none") + "quorum none\n", "declared before"),
        (W + W.replace("witness a", "witness b") + "quorum a\n", "the key of a witness"),
        (W + f"witness a {KEYS['b'].key}\nquorum a\n", "declared before"),
        (f"log {LOG.key}\nlog {LOG.key}\nquorum none\n", "the key of a log"),
        (f"witness a {LOG.key}\nquorum a\n", "another type"),
        (f"log {WITNESS.key}\nquorum none\n", "another type"),
        (f"log {LOG.key} u v\nquorum none\n", "no line of a policy"),
        ("log x\nquorum none\n", "line 1"),
        ("quorum none\r\n", "control characters"),
        ("quorum none\x7f\n", "control characters"),
        ("quorum\x0bnone\n", "control characters"),
        ("".join(f"group g{i} any w\n" for i in range(2)) + "quorum none\n", "member"),
    ],
)
def test_malformed_policies_are_refused_with_the_line(text: str, reason: str) -> None:
    with pytest.raises(NoteError, match=reason):
        parse_policy(text.encode())


def test_a_policy_has_a_bounded_size() -> None:
    many = "".join(f"witness w{i} {keyed(f'w{i}', COSIGNATURE).key}\n" for i in range(129))
    with pytest.raises(NoteError, match="more than 128"):
        parse_policy((many + "quorum none\n").encode())
    with pytest.raises(NoteError, match="million"):
        parse_policy(b"#" * 1_000_001)


def test_a_label_names_who_gave_a_receipt_and_whether_they_are_a_quorum() -> None:
    head, note = head_of(leaves_of(3)), note_of(leaves_of(3))
    two = policy("group g 2 a b c", "quorum g")
    lines = [cosign(head, KEYS[name].key, KEYS[name].sign, 5) for name in "abj"]
    for count, expected in (
        (0, Label((), False)),
        (1, Label(("a",), False)),
        (3, Label(("a", "b"), True)),
    ):
        carried = replace(note, signatures=(*note.signatures, *lines[:count]))
        assert label(two, carried) == expected
    forged = replace(lines[0], signature=lines[1].signature)
    with pytest.raises(NoteError):
        label(two, replace(note, signatures=(forged,)))
    assert label(policy("quorum none"), note) == Label((), True)


def test_a_receipt_by_either_key_of_a_holder_counts_once() -> None:
    head, note = head_of(leaves_of(3)), note_of(leaves_of(3))
    either = default_policy(LOG.key, {"b": [WITNESS.key, WITNESS_PQ.key]}, 1, ["b"])
    assert either is not None
    line = cosign(head, WITNESS_PQ.key, WITNESS_PQ.sign, 5)
    carried = replace(note, signatures=(*note.signatures, line))
    assert label(either, carried) == Label(("b:2",), True)
    assert fault(either, set()) is None


@pytest.mark.parametrize(
    ("lines", "author_side", "expected"),
    [
        (["group g 2 a b c", "quorum g"], "", None),
        (["group g 1 a b c", "quorum g"], "", ("a", "b")),
        (["group g 2 a b c d", "quorum g"], "", ("ab", "cd")),
        (["group g 3 a b c d", "quorum g"], "", None),
        # Whoever is on the author's side may sign both: what is left must still intersect.
        (["group g 3 a b c d", "quorum g"], "a", None),
        (["group g 3 a b c d", "quorum g"], "ab", ("c", "d")),
        (["quorum a"], "", None),
        (["quorum a"], "a", ("", "")),
        (["quorum none"], "", ("", "")),
        (["group g all a b", "quorum g"], "a", None),
        (["group g all a b", "quorum g"], "ab", ("", "")),
        # Two of three, and one observer of two: the two of three intersect, so all do.
        (["group x 2 a b c", "group y any d e", "group g all x y", "quorum g"], "", None),
        (["group x 2 a b c", "group y any d e", "group g all x y", "quorum g"], "a", ("bd", "ce")),
        (["group x 2 a b c", "group y any d e", "group g any x y", "quorum g"], "", ("ab", "d")),
    ],
)  # fmt: skip
def test_policies_of_which_two_quorums_share_nobody_honest(
    lines: list[str], author_side: str, expected: tuple[str, str] | None
) -> None:
    made = policy(*lines)
    found = split(made, holders(author_side))
    if expected is None:
        assert found is None
        assert fault(made, holders(author_side)) is None
        return
    one, other = expected
    assert found is not None
    assert {frozenset(found[0]), frozenset(found[1])} == {
        frozenset(holders(one)), frozenset(holders(other)),
    }  # fmt: skip
    assert "outside the author's side" in str(fault(made, holders(author_side)))


def test_two_keys_of_one_holder_in_two_groups_are_one_holder() -> None:
    lines = [f"witness {name}2 {PQ[name].key}" for name in "ab"]
    groups = ["group x any a b", "group y any a2 b2", "group g any x y", "quorum g"]
    assert split(policy(*lines, *groups), set()) == (tuple(holders("a")), tuple(holders("b")))
    both = ["group x all a b", "group y all a2 b2", "group g any x y", "quorum g"]
    assert split(policy(*lines, *both), set()) is None


def test_too_many_holders_with_keys_in_several_groups_are_refused() -> None:
    lines, members = [], []
    for i in range(TRIED_MAX + 1):
        for type in (COSIGNATURE, MLDSA_COSIGNATURE):
            lines.append(f"witness w{i}.{type} {keyed(f'w{i}', type).key}")
        members.append((f"w{i}.4", f"w{i}.6"))
    text = "\n".join(
        [
            *lines,
            "group x all " + " ".join(m[0] for m in members),
            "group y all " + " ".join(m[1] for m in members),
            "group g any x y",
            "quorum g\n",
        ]
    )
    with pytest.raises(NoteError, match="several groups"):
        split(parse_policy(text.encode()), set())


def brute_force(made: Policy, author_side: set[str]) -> bool:
    """Whether two disjoint sets of those not on the author's side are each a quorum with it, by
    trying all."""
    free = sorted({w.key.name for w in made.witnesses} - author_side)
    for choice in itertools.product((True, False), repeat=len(free)):
        sides = (
            {h for h, c in zip(free, choice, strict=True) if c is way} for way in (True, False)
        )
        if all(
            made.is_met([w.name for w in made.witnesses if w.key.name in side | author_side])
            for side in sides
        ):
            return True
    return False


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy of up to eight witnesses, of whom some hold two keys, and nested groups."""
    witnesses = [Witness(name, KEYS[name].key) for name in NAMES[: draw(st.integers(1, 8))]]
    witnesses += [
        Witness(name + "2", PQ[name].key) for name in draw(st.sets(st.sampled_from("abc")))
    ]
    open_names = [w.name for w in witnesses]
    groups = []
    for number in range(draw(st.integers(0, 6))):
        if not open_names:
            break
        members = draw(st.lists(st.sampled_from(open_names), min_size=1, unique=True))
        least = draw(st.integers(1, len(members)))
        groups.append(Group(f"g{number}", least, tuple(members)))
        open_names = [n for n in open_names if n not in members] + [f"g{number}"]
    quorum = draw(st.sampled_from(open_names))
    return Policy((), tuple(witnesses), tuple(groups), quorum)


@settings(max_examples=300)
@given(policies(), st.sets(st.sampled_from(NAMES)))
def test_the_counting_agrees_with_trying_all(made: Policy, on_side: set[str]) -> None:
    author_side = holders("".join(on_side))
    found = split(made, author_side)
    assert (found is not None) is brute_force(made, author_side)
    assert parse_policy(bytes(made)) == made
    if found is None:
        return
    one, other = map(set, found)
    assert not one & other
    assert not (one | other) & author_side
    for side in (one, other):
        named = [w.name for w in made.witnesses if w.key.name in side | author_side]
        assert made.is_met(named)


def test_the_default_asks_two_thirds_and_one_more_of_those_not_on_the_authors_side() -> None:
    circle = ["un", "g1", "g2", "g3", "p1", "p2", "o1"]
    assert default_quorum(circle, {"p1"}, {"un"}) == (4, ("g1", "g2", "g3", "o1", "p2"))
    assert default_quorum(circle, {"p1", "g1"}, {"un"}) == (3, ("g2", "g3", "o1", "p2"))
    assert default_quorum(["a"], {"a"}, ()) == (0, ())
    counts = [default_quorum([str(i) for i in range(n)], (), ())[0] for n in range(8)]
    assert counts == [0, 1, 2, 3, 3, 4, 5, 5]


@given(st.integers(1, 9))
def test_the_default_always_intersects_and_survives_a_third_that_signs_both(count: int) -> None:
    names = list(NAMES[:count])
    least, asked = default_quorum(names, (), ())
    made = default_policy(LOG.key, {name: [KEYS[name].key] for name in names}, least, asked)
    assert made is not None
    assert parse_policy(bytes(made)) == made
    dishonest = (count - 1) // 3
    assert fault(made, holders("".join(names[:dishonest]))) is None


def test_where_too_few_hold_keys_there_is_no_quorum_to_meet() -> None:
    assert default_policy(LOG.key, {"a": [KEYS["a"].key]}, 2, ["a", "b", "c"]) is None
    assert default_policy(LOG.key, {}, 0, []) is None
    three = {name: [KEYS[name].key] for name in "ab"}
    made = default_policy(LOG.key, three, 2, ["a", "b", "c"])
    assert made is not None
    assert [w.name for w in made.witnesses] == ["a:1", "b:1"]


def test_a_large_policy_is_judged_at_once() -> None:
    """128 witnesses in 128 nested groups; trying all would never end."""
    witnesses = [Witness(f"w{i}", keyed(f"w{i}", COSIGNATURE).key) for i in range(128)]
    groups = [Group("g0", 1, ("w0",))]
    for i in range(1, 128):
        groups.append(Group(f"g{i}", 1 + i % 2, (f"w{i}", f"g{i - 1}")))
    assert split(Policy((), tuple(witnesses), tuple(groups), "g127"), set()) is None
    flat = Group("g", 86, tuple(w.name for w in witnesses))
    assert split(Policy((), tuple(witnesses), (flat,), "g"), set()) is None
    loose = replace(flat, least=64)
    assert split(Policy((), tuple(witnesses), (loose,), "g"), set()) is not None
