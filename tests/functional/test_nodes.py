"""Nodes on disk that exchange folders: apart and together, interrupted, damaged, lied to."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.world import ATTACHMENTS, agreement_text, report
from trucekeeper import workspace
from trucekeeper.errors import Code, NodeError, Place
from trucekeeper.intake.drafts import Draft
from trucekeeper.keys.custody import public_seed
from trucekeeper.replication.pull import FolderPeer, pull
from trucekeeper.statements import kinds
from trucekeeper.statements.encoding import restate
from trucekeeper.storage.node_folder import read_again
from trucekeeper.vocabulary.times import instant, parse_instant
from trucekeeper.workspace import Node

NOON = parse_instant("2031-03-05T12:00:00Z") or 0
GUARANTORS = ("a", "b", "c")


def node(folder: Path, participant: str, *, seed: str = "test") -> Node:
    """A new node of one participant; its salts count up, so that two runs give the same bytes."""
    source = folder.parent / f"{folder.name}-agreement"
    source.mkdir(parents=True)
    (source / "agreement.toml").write_bytes(agreement_text())
    for name, data in ATTACHMENTS.items():
        (source / name).write_bytes(data)
    made = workspace.new(
        folder, source / "agreement.toml", [participant], seeds=lambda name: public_seed(seed, name)
    )
    return still(made)


def still(held: Node) -> Node:
    """The node with a clock that stands and salts that are told in advance."""
    numbers = count(sum(log.size for log in held.held.values()))
    held.clock = lambda: float(NOON)
    held.salt = lambda: f"{next(numbers):032x}"
    return held


def reopened(held: Node) -> Node:
    return still(workspace.open(held.folder.path))


def says(held: Node, line: str, *, circle: str = "guarantors") -> str:
    """State one report of the notation; its reference."""
    (author,) = held.participants
    draft = Draft(author, circle, report(line, instant(NOON - 3_600)), Place(), stated_at=NOON)
    (ref,), problems = held.state([draft])
    assert problems == []
    return ref


def trio(folder: Path) -> dict[str, Node]:
    return {name: node(folder / name, name) for name in GUARANTORS}


def exchange(nodes: dict[str, Node], pairs: Sequence[tuple[str, str]]) -> None:
    for reader, peer in pairs:
        pulled = nodes[reader].sync(nodes[peer].folder.path)
        assert pulled.problems == ()


def everybody(nodes: dict[str, Node]) -> None:
    """Exchange until nobody has anything new."""
    for _ in range(3):
        exchange(nodes, [(r, p) for r in nodes for p in nodes if r != p])


@settings(max_examples=12)
@given(
    st.lists(
        st.one_of(
            st.tuples(
                st.sampled_from(GUARANTORS), st.sampled_from(["Karsk", "Between", "Line-End"])
            ),
            st.permutations(GUARANTORS).map(lambda names: ("sync", *names[:2])),
        ),
        max_size=6,
    )
)
def test_after_a_partition_heals_all_derive_the_same(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, ...]]
) -> None:
    nodes = trio(tmp_path_factory.mktemp("nodes"))
    for step in steps:
        if step[0] == "sync":
            exchange(nodes, [(step[1], step[2])])
        else:
            says(nodes[step[0]], f"mortar-fire at {step[1]} by d-army on e-brigades killed 2")
    everybody(nodes)
    pictures = [n.derive(face="guarantors", as_of="2031-03-31") for n in nodes.values()]
    assert len({p.cut.digest for p in pictures}) == 1
    assert len({p.digest for p in pictures}) == 1
    assert len({p.report("2031-03").to_json() for p in pictures}) == 1


def test_reading_writes_nothing_and_opening_again_changes_nothing(tmp_path: Path) -> None:
    held = node(tmp_path / "a", "a")
    says(held, "mortar-fire at Karsk by d-army on e-brigades")
    before = files(tmp_path / "a")
    first = held.derive(face="guarantors")
    first.report("2031-03").to_json()
    again = reopened(held).derive(face="guarantors")
    assert first.digest == again.digest
    assert files(tmp_path / "a") == before


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_an_exchange_is_idempotent_and_then_silent(tmp_path: Path) -> None:
    nodes = trio(tmp_path)
    says(nodes["a"], "mortar-fire at Karsk by d-army on e-brigades")
    everybody(nodes)
    before = {name: files(tmp_path / name) for name in nodes}
    exchange(nodes, [("a", "b"), ("b", "a"), ("c", "a")])
    assert {name: files(tmp_path / name) for name in nodes} == before


def test_a_statement_travels_through_a_third(tmp_path: Path) -> None:
    nodes = trio(tmp_path)
    ref = says(nodes["a"], "mortar-fire at Karsk by d-army on e-brigades")
    exchange(nodes, [("b", "a"), ("c", "b")])
    assert [
        row["ref"]
        for row in nodes["c"].derive(face="guarantors").rows("statements").where(kind="report")
    ] == [ref]


def test_two_histories_are_found_at_the_next_exchange_and_both_stay(tmp_path: Path) -> None:
    nodes = trio(tmp_path)
    says(nodes["a"], "mortar-fire at Karsk by d-army on e-brigades")
    exchange(nodes, [("b", "a"), ("c", "a")])
    shutil.copytree(tmp_path / "a", tmp_path / "a-again")
    other = still(workspace.open(tmp_path / "a-again"))
    says(nodes["a"], "mortar-fire at Karsk by d-army on e-brigades killed 1")
    says(other, "mortar-fire at Karsk by d-army on e-brigades killed 7")
    exchange(nodes, [("b", "a")])
    nodes["c"].sync(tmp_path / "a-again")
    before = files(tmp_path / "c")
    found = nodes["c"].sync(nodes["b"].folder.path).problems
    assert [(p.code, p.place.log) for p in found] == [(Code.TWO_HISTORIES, "a.guarantors")]
    after = files(tmp_path / "c")
    mirrored = {n: b for n, b in before.items() if n.startswith("logs/a.guarantors/")}
    assert {n: after[n] for n in mirrored} == mirrored
    # What each of them holds still verifies, and b's copy is as it was.
    assert reopened(nodes["c"]).problems == reopened(nodes["b"]).problems == ()


def test_a_damaged_peer_is_named_and_harms_nothing(tmp_path: Path) -> None:
    """Any byte of any file of its log: what it brings either is the log as signed, or is refused by name."""
    nodes = trio(tmp_path)
    for number in range(3):
        says(nodes["a"], f"mortar-fire at Karsk by d-army on e-brigades killed {number}")
    exchange(nodes, [("b", "a")])
    says(nodes["a"], "mortar-fire at Karsk by d-army on e-brigades killed 9")
    signed = nodes["a"].held["a.guarantors"].leaves  # type: ignore[index]  # a log's name
    log = tmp_path / "a" / "logs" / "a.guarantors"
    refused = 0
    for path in sorted(p for p in log.rglob("*") if p.is_file() and p.stat().st_size):
        good = path.read_bytes()
        for at in {0, len(good) // 2, len(good) - 1}:
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            problems = nodes["b"].sync(tmp_path / "a").problems
            after = reopened(nodes["b"])
            leaves = after.held["a.guarantors"].leaves  # type: ignore[index]  # a log's name
            assert after.problems == ()
            assert list(leaves) == list(signed[: len(leaves)])
            assert len(leaves) == 4 or (len(leaves) == 3 and problems)
            refused += bool(problems)
        path.write_bytes(good)
    assert refused > 0
    exchange(nodes, [("b", "a")])
    assert reopened(nodes["b"]).held["a.guarantors"].size == 4  # type: ignore[index]  # a log's name


def test_an_exchange_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    nodes = trio(tmp_path)
    for number in range(3):
        says(nodes["a"], f"mortar-fire at Karsk by d-army on e-brigades killed {number}")
    whole = tmp_path / "half"
    shutil.copytree(tmp_path / "a", whole)
    for path in (whole / "logs" / "a.guarantors" / "tile" / "entries").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-5])
    found = nodes["b"].sync(whole).problems
    assert {p.place.log for p in found} == {"a.guarantors"}
    exchange(nodes, [("b", "a")])
    assert nodes["b"].held["a.guarantors"].size == 3  # type: ignore[index]  # a log's name


def test_a_party_gets_nothing_of_the_guarantors(tmp_path: Path) -> None:
    nodes = trio(tmp_path)
    secret = says(nodes["a"], "mortar-fire at Karsk by d-army on e-brigades")
    exchange(nodes, [("b", "a")])
    party = node(tmp_path / "d", "d")
    party.sync(tmp_path / "a", tmp_path / "b")
    disk = b"".join(files(tmp_path / "d").values()) + " ".join(files(tmp_path / "d")).encode()
    log = nodes["a"].held[secret.rpartition("/")[0]]  # type: ignore[index]  # a log's name
    told = (
        *log.entries(),
        *log.leaves,
        *(x.hex().encode() for x in log.leaves),
        log.checkpoint.root,
        log.checkpoint.root.hex().encode(),
        b"a.guarantors",
    )
    roster = (tmp_path / "d" / "roster.toml").read_bytes()
    assert [x for x in told if x in disk] == []
    assert b"guarantors" not in roster


def test_a_key_that_changed_later_is_refused(tmp_path: Path) -> None:
    nodes = trio(tmp_path)
    says(nodes["a"], "mortar-fire at Karsk by d-army on e-brigades")
    exchange(nodes, [("b", "a")])
    forged = node(tmp_path / "forged", "a", seed="another")
    says(forged, "mortar-fire at Karsk by d-army on e-brigades killed 99")
    found = nodes["b"].sync(forged.folder.path).problems
    assert found
    assert found[0].place.file == "roster.toml"
    assert found[0].code is Code.ROSTER_DIFFERS
    assert "a.guarantors" in {p.place.log for p in found}
    assert nodes["b"].held["a.guarantors"].size == 1  # type: ignore[index]  # a log's name
    assert reopened(nodes["b"]).problems == ()


def test_what_two_exchanges_at_once_learn_of_keys_both_stays(tmp_path: Path) -> None:
    nodes = trio(tmp_path)
    before = nodes["c"].folder  # as each of the threads of a node has read it
    for other in ("a", "b"):
        pull(before, FolderPeer(nodes[other].folder), ["c"])
    after = read_again(before)
    assert all(after.trust.given(name, "node") for name in GUARANTORS)
    assert {row.author for row in after.roster} == set(GUARANTORS)


def test_another_agreement_is_refused_as_a_whole(tmp_path: Path) -> None:
    held = node(tmp_path / "a", "a")
    other = node(tmp_path / "b", "b")
    text = (tmp_path / "b" / "agreement.toml").read_text()
    (tmp_path / "b" / "agreement.toml").write_text(text + "\n# a word more\n")
    with pytest.raises(NodeError) as raised:
        held.sync(other.folder.path)
    assert raised.value.problems[0].code is Code.OTHER_AGREEMENT


def test_what_was_known_then(tmp_path: Path) -> None:
    """What others had seen by then, by their own context: an earlier date on a statement does not make it known."""
    nodes = trio(tmp_path)
    first = says(nodes["a"], "mortar-fire at Karsk by d-army on e-brigades")
    exchange(nodes, [("b", "a")])
    for held in nodes.values():
        held.clock = lambda: float(NOON + 86_400)
    second = says(nodes["a"], "mortar-fire at Line-End by d-army on e-brigades")
    exchange(nodes, [("b", "a")])
    known = {
        moment: [
            row["report"]
            for row in nodes["b"].derive(face="guarantors", known_by=moment).rows("matches")
        ]
        for moment in (NOON - 1, NOON, NOON + 86_400)
    }
    assert known == {NOON - 1: [], NOON: [first], NOON + 86_400: [first, second]}


def earnest(folder: Path) -> Path:
    """The agreement of the cases, as no exercise."""
    folder.mkdir()
    (folder / "agreement.toml").write_bytes(agreement_text(("exercise = true", "exercise = false")))
    for name, data in ATTACHMENTS.items():
        (folder / name).write_bytes(data)
    return folder / "agreement.toml"


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    held = workspace.new(tmp_path / "a", earnest(tmp_path / "text"), ["a"])
    assert workspace.open(held.folder.path).participants == ("a",)
    key = tmp_path / "a" / "keys" / "a.guarantors.key"
    key.chmod(0o644)
    with pytest.raises(NodeError) as raised:
        workspace.open(held.folder.path)
    (problem,) = raised.value.problems
    assert problem.code is Code.KEY_EXPOSED
    assert "a.guarantors.key" in str(problem.place)


def test_a_node_is_one_participant_s_save_in_an_exercise(tmp_path: Path) -> None:
    with pytest.raises(NodeError) as raised:
        workspace.new(tmp_path / "n", earnest(tmp_path / "text"), ["a", "b"])
    assert raised.value.problems[0].code is Code.KEYS_OF_SEVERAL
    assert not (tmp_path / "n").exists()


def test_a_release_that_no_longer_agrees_with_its_original_is_told(tmp_path: Path) -> None:
    held = node(tmp_path / "a", "a")
    ref = says(held, "mortar-fire at Karsk by d-army on e-brigades killed 2")
    leaf = held.held["a.guarantors"].leaves[0].hex()  # type: ignore[index]  # a log's name
    other = report("mortar-fire at Karsk by d-army on e-brigades killed 7", instant(NOON - 3_600))
    release = kinds.Release(original=leaf, restated=restate(other))
    assert held.state([Draft("a", "public", release, Place(), stated_at=NOON)])[1] == []
    (problem,) = held.statement_problems()
    assert (problem.code, problem.place.log) == (Code.STALE_RELEASE, "a.public")
    assert ref == "a.guarantors/0"
