"""Bundles: one file from any member for the members of a circle; whole, cut off, damaged, for others, or hostile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pyrage
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functional.test_nodes import (
    GUARANTORS,
    NOON,
    everybody,
    node,
    reopened,
    says,
    trio,
)
from tests.world import report
from trucekeeper.errors import Code, NodeError, Place, StorageError
from trucekeeper.intake.drafts import Draft
from trucekeeper.membership import join
from trucekeeper.replication.bundle import Bundle, Header, bundle_of, open_bundle
from trucekeeper.vocabulary.times import instant
from trucekeeper.workspace import Node

REPORT = "mortar-fire at Karsk by d-army on e-brigades killed 2"
KEY = pyrage.x25519.Identity.generate()
HEADER = Header("0" * 64, ("a",), "guarantors", (), {})


def members(folder: Path) -> dict[str, Node]:
    """All members of the circle, known to one another."""
    nodes = trio(folder) | {"un": node(folder / "un", "un")}
    everybody(nodes)
    return nodes


def opened(held: Node, path: Path) -> Bundle:
    return open_bundle(path, [held.folder.keyring.identity])


def code_of(do: Callable[[], object]) -> Code:
    with pytest.raises((NodeError, StorageError)) as raised:
        do()
    return raised.value.problems[0].code


def take(held: Node, path: Path) -> list[Code]:
    """Sync a bundle; the problems of it."""
    with_peers = join(held)
    bundle = with_peers.named(str(path))
    assert isinstance(bundle, Bundle)
    pulled = with_peers.sync([bundle])
    bundle.close()
    return [p.code for p in (*bundle.problems, *pulled.problems)]


def sealed(path: Path, plain: bytes) -> Path:
    path.write_bytes(pyrage.encrypt(plain, [KEY.to_public()]))
    return path


def test_a_bundle_from_a_third_brings_what_a_line_would(tmp_path: Path) -> None:
    nodes = members(tmp_path)
    refs = [says(nodes[n], REPORT) for n in ("a", "b") for _ in range(3)]
    everybody({n: nodes[n] for n in ("a", "b")})
    made = bundle_of(nodes["b"].folder, tmp_path / "x.tkb", "guarantors")
    assert set(made.readers) == {*GUARANTORS, "un"}
    assert take(nodes["c"], tmp_path / "x.tkb") == []
    rows = nodes["c"].derive(face="guarantors").rows("statements").where(kind="report")
    assert {row["ref"] for row in rows} == set(refs)
    assert reopened(nodes["c"]).problems == ()
    size = nodes["c"].held["c.guarantors"].size  # type: ignore[index]  # a log's name
    assert take(nodes["c"], tmp_path / "x.tkb") == []
    assert nodes["c"].held["c.guarantors"].size == size  # type: ignore[index]  # a log's name


def test_the_next_bundle_leaves_out_what_was_in_the_one_before(tmp_path: Path) -> None:
    nodes = members(tmp_path)
    for number in range(300):
        says(nodes["a"], f"mortar-fire at Karsk by d-army on e-brigades killed {number % 9}")
    bundle_of(nodes["a"].folder, tmp_path / "first.tkb", "guarantors")
    says(nodes["a"], REPORT)
    bundle_of(nodes["a"].folder, tmp_path / "next.tkb", "guarantors", tmp_path / "first.tkb")
    first, later = (tmp_path / name for name in ("first.tkb", "next.tkb"))
    assert later.stat().st_size < first.stat().st_size // 2
    assert take(nodes["b"], later) == [Code.MISSING_FILE]
    assert take(nodes["b"], first) == []
    assert take(nodes["b"], later) == []
    assert nodes["b"].held["a.guarantors"].size == nodes["a"].held["a.guarantors"].size  # type: ignore[index]  # a log's name


def test_nobody_else_can_open_it(tmp_path: Path) -> None:
    nodes = members(tmp_path)
    party = node(tmp_path / "d", "d")
    says(nodes["a"], REPORT)
    bundle_of(nodes["a"].folder, tmp_path / "x.tkb", "guarantors")
    assert code_of(lambda: opened(party, tmp_path / "x.tkb")) is Code.BUNDLE_NOT_FOR_US
    assert b"guarantors" not in (tmp_path / "x.tkb").read_bytes()


def test_a_member_without_a_key_is_named_before_anything_is_written(tmp_path: Path) -> None:
    held = node(tmp_path / "a", "a")
    says(held, REPORT)
    assert (
        code_of(lambda: bundle_of(held.folder, tmp_path / "x.tkb", "guarantors"))
        is Code.NO_RECIPIENT
    )
    assert not (tmp_path / "x.tkb").exists()


def say_many(held: Node, count: int) -> None:
    """State many reports at once."""
    (author,) = held.participants
    told = report("mortar-fire at Karsk by d-army on e-brigades", instant(NOON - 3_600))
    draft = Draft(author, "guarantors", told, Place(), stated_at=NOON)
    assert held.state([draft] * count)[1] == []


def test_of_a_bundle_that_is_cut_off_what_was_whole_is_kept(tmp_path: Path) -> None:
    nodes = members(tmp_path)
    for name in ("a", "b"):
        say_many(nodes[name], 400)
    everybody({n: nodes[n] for n in ("a", "b")})
    bundle_of(nodes["a"].folder, tmp_path / "x.tkb", "guarantors")
    whole = (tmp_path / "x.tkb").read_bytes()
    (tmp_path / "cut.tkb").write_bytes(whole[: len(whole) * 8 // 10])
    assert take(nodes["c"], tmp_path / "cut.tkb")[0] is Code.BAD_BUNDLE
    held = reopened(nodes["c"])
    assert held.problems == ()
    sizes = {
        str(log): h.size for log, h in held.held.items() if log in ("a.guarantors", "b.guarantors")
    }
    assert sizes["a.guarantors"] >= 400 > sizes["b.guarantors"]
    (tmp_path / "stub.tkb").write_bytes(whole[:900])
    assert code_of(lambda: opened(held, tmp_path / "stub.tkb")) is Code.BAD_BUNDLE
    assert take(held, tmp_path / "x.tkb") == []
    assert held.held["b.guarantors"].size >= 400  # type: ignore[index]  # a log's name


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"end 1\n",
        b"end 0\nmore",
        b"../../x 3\nabcend 1\n",
        b"a.public/../../x 3\nabcend 1\n",
        b"/etc/x 3\nabcend 1\n",
        b"payloads/" + b"0" * 64 + b" 999999999\nabc",
        b"a.public/tile/0/000 99\nabc",
        b"a.public/tile/0/000.p/0 3\nabcend 1\n",
        b"a.public/tile/0/000 3\nabca.public/tile/0/000 3\nabcend 2\n",
        b"a.public/tile/0/000 03\nabcend 1\n",
        b"x" * 5_000,
    ],
    ids=lambda rest: rest[:30].decode(),
)
def test_what_is_no_bundle_inside_is_told_and_no_path_leads_out(
    tmp_path: Path, rest: bytes
) -> None:
    plain = b"trucekeeper-bundle-v1\n" + msgspec.json.encode(HEADER) + b"\n" + rest
    found = open_bundle(sealed(tmp_path / "x.tkb", plain), [KEY])
    assert [p.code for p in found.problems] == [Code.BAD_BUNDLE]
    assert all(".." not in path for path in found._files)
    found.close()
    assert [p.name for p in tmp_path.iterdir()] == ["x.tkb"]


def test_a_bundle_is_bounded(tmp_path: Path) -> None:
    plain = b"trucekeeper-bundle-v1\n" + msgspec.json.encode(HEADER) + b"\nend 0\n"
    path = sealed(tmp_path / "x.tkb", plain + b"\0" * 300_000)
    found = open_bundle(path, [KEY], most=200_000)
    assert [p.code for p in found.problems] == [Code.BAD_BUNDLE]
    found.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.booleans(), st.booleans())
def test_no_bytes_make_it_fail_in_another_way(
    tmp_path: Path, data: bytes, encrypted: bool, magic: bool
) -> None:
    head = b"trucekeeper-bundle-v1\n" + msgspec.json.encode(HEADER) + b"\n" if magic else b""
    path = tmp_path / "x.tkb"
    if encrypted:
        sealed(path, head + data)
    else:
        path.write_bytes(data)
    try:
        found = open_bundle(path, [KEY])
    except NodeError as error:
        assert error.problems[0].code in (Code.BAD_BUNDLE, Code.BUNDLE_NOT_FOR_US)  # noqa: PT017  # or none
        return
    for name in found._files:
        assert isinstance(found.file(name), bytes)
    found.close()


def test_a_full_disk_leaves_no_half_of_a_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = members(tmp_path)
    says(nodes["a"], REPORT)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pyrage, "encrypt_io", full)
    assert code_of(lambda: bundle_of(nodes["a"].folder, tmp_path / "x.tkb", "guarantors")) in (
        Code.DISK_FAILED,
        Code.DISK_FULL,
    )
    assert not list(tmp_path.glob("x.tkb*"))
