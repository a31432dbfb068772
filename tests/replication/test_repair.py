"""A damaged log is made whole from what peers hold, also where their copies have gone on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.functional.test_nodes import reopened, says, trio
from trucekeeper.errors import Code, VerificationError
from trucekeeper.replication.mirror import FolderSource
from trucekeeper.replication.pull import FolderPeer
from trucekeeper.replication.repair import repair_log
from trucekeeper.replication.restored import restore
from trucekeeper.storage.disk import RealDisk
from trucekeeper.vocabulary.ids import LogName

LOG = LogName("a.guarantors")
REPORT = "mortar-fire at Karsk by d-army on e-brigades killed "


def test_a_damaged_partial_bundle_is_taken_out_of_a_longer_one(tmp_path: Path) -> None:
    nodes = trio(tmp_path)
    says(nodes["a"], f"{REPORT}1")
    says(nodes["a"], f"{REPORT}2")
    nodes["b"].sync(tmp_path / "a")
    says(nodes["a"], f"{REPORT}3")
    nodes["c"].sync(tmp_path / "a")
    bundle = tmp_path / "b" / "logs" / LOG / "tile" / "entries" / "000.p" / "2"
    sound = bundle.read_bytes()
    bundle.write_bytes(sound[:-9])
    damaged = reopened(nodes["b"])
    assert {problem.code for problem in damaged.problems} == {Code.DAMAGED}
    peer = FolderSource(nodes["c"].folder.disk, f"logs/{LOG}")
    held = repair_log(damaged.folder, LOG, [peer])
    assert (held.size, bundle.read_bytes()) == (2, sound)
    assert reopened(nodes["b"]).problems == ()


def test_what_was_acknowledged_is_not_given_up_for_another_history(tmp_path: Path) -> None:
    """A backup was put back, went on, and then its head was damaged."""
    nodes = trio(tmp_path)
    says(nodes["a"], f"{REPORT}1")
    backup = tmp_path / "backup"
    shutil.copytree(tmp_path / "a", backup)
    for killed in (2, 3):
        says(nodes["a"], f"{REPORT}{killed}")
    nodes["b"].sync(tmp_path / "a")
    shutil.rmtree(tmp_path / "a")
    shutil.copytree(backup, tmp_path / "a")
    again = reopened(nodes["a"])
    ref = says(again, f"{REPORT}4")
    own = again.held[LOG].checkpoint
    head = tmp_path / "a" / "logs" / LOG / "checkpoint"
    head.write_bytes(head.read_bytes()[:-9])
    damaged = reopened(nodes["a"])
    assert LOG in damaged.damaged
    peer = FolderSource(nodes["b"].folder.disk, f"logs/{LOG}")
    assert repair_log(damaged.folder, LOG, [peer]).checkpoint == own
    mended = reopened(nodes["a"])
    assert mended.problems == ()
    assert any(row["ref"] == ref for row in mended.derive(face="guarantors").rows("statements"))
    problems = mended.sync(tmp_path / "b").problems
    assert {problem.code for problem in problems} == {Code.TWO_HISTORIES}


def test_an_own_log_whose_head_is_damaged_is_never_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else has it, and the machine stops at any moment of the repair."""
    nodes = trio(tmp_path)
    says(nodes["a"], f"{REPORT}1")
    head = tmp_path / "a" / "logs" / LOG / "checkpoint"
    sound = head.read_bytes()
    head.write_bytes(sound[:-9])
    damaged = reopened(nodes["a"])
    removed: list[str] = []
    monkeypatch.setattr(RealDisk, "remove", lambda _disk, path: removed.append(path))
    assert repair_log(damaged.folder, LOG, []).size == 1
    assert f"logs/{LOG}/checkpoint" not in removed
    assert head.read_bytes() == sound


def test_a_copy_is_mended_up_to_where_somebody_has_the_entries(tmp_path: Path) -> None:
    """Its own head is damaged, and whoever shows the longest log has lost an entry of it."""
    nodes = trio(tmp_path)
    says(nodes["a"], f"{REPORT}1")
    nodes["c"].sync(tmp_path / "a")
    says(nodes["a"], f"{REPORT}2")
    nodes["b"].sync(tmp_path / "a")
    says(nodes["a"], f"{REPORT}3")
    bundle = tmp_path / "a" / "logs" / LOG / "tile" / "entries" / "000.p" / "3"
    bundle.write_bytes(bundle.read_bytes()[:-9])
    head = tmp_path / "b" / "logs" / LOG / "checkpoint"
    head.write_bytes(head.read_bytes()[:-9])
    damaged = reopened(nodes["b"])
    peers = [FolderSource(nodes[name].folder.disk, f"logs/{LOG}") for name in ("a", "c")]
    assert repair_log(damaged.folder, LOG, peers).size == 1
    assert reopened(nodes["b"]).problems == ()


def test_what_an_interrupted_batch_left_keeps_no_head_of_a_peer_away(tmp_path: Path) -> None:
    """The writer stopped before it persisted a head of what it had written; then the published head
    was damaged."""
    nodes = trio(tmp_path)
    says(nodes["a"], f"{REPORT}1")
    nodes["b"].sync(tmp_path / "a")
    folder = tmp_path / "a" / "logs" / LOG
    persisted, head = (folder / ".head").read_bytes(), (folder / "checkpoint").read_bytes()
    says(nodes["a"], f"{REPORT}2")
    (folder / ".head").write_bytes(persisted)
    (folder / "checkpoint").write_bytes(head[:-9])
    damaged = reopened(nodes["a"])
    peer = FolderSource(nodes["b"].folder.disk, f"logs/{LOG}")
    assert repair_log(damaged.folder, LOG, [peer]).size == 1
    mended = reopened(nodes["a"])
    assert mended.problems == ()
    assert says(mended, f"{REPORT}3") == f"{LOG}/1"


def test_an_own_log_both_of_whose_heads_are_damaged_is_mended_by_its_entries(
    tmp_path: Path,
) -> None:
    """The persisted head stays one that can be read; every entry is there, and a peer has them."""
    nodes = trio(tmp_path)
    says(nodes["a"], f"{REPORT}1")
    nodes["b"].sync(tmp_path / "a")
    damage_both_heads(tmp_path / "a" / "logs" / LOG)
    damaged = reopened(nodes["a"])
    peer = FolderSource(nodes["b"].folder.disk, f"logs/{LOG}")
    assert repair_log(damaged.folder, LOG, [peer]).size == 1
    mended = reopened(nodes["a"])
    assert mended.problems == ()
    assert says(mended, f"{REPORT}2") == f"{LOG}/1"


def test_a_lost_entry_of_an_own_log_does_not_let_a_peer_decide(tmp_path: Path) -> None:
    """A backup was put back and went on; then its head was damaged, and what only it had."""
    nodes = trio(tmp_path)
    says(nodes["a"], f"{REPORT}1")
    backup = tmp_path / "backup"
    shutil.copytree(tmp_path / "a", backup)
    says(nodes["a"], f"{REPORT}2")
    nodes["b"].sync(tmp_path / "a")
    shutil.rmtree(tmp_path / "a")
    shutil.copytree(backup, tmp_path / "a")
    says(reopened(nodes["a"]), f"{REPORT}3")
    folder = tmp_path / "a" / "logs" / LOG
    damage_both_heads(folder)
    bundle = folder / "tile" / "entries" / "000.p" / "2"
    bundle.write_bytes(bundle.read_bytes()[:-9])
    damaged = reopened(nodes["a"])
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(VerificationError):
        repair_log(damaged.folder, LOG, [FolderSource(nodes["b"].folder.disk, f"logs/{LOG}")])
    assert before == {path: path.read_bytes() for path in before}


def damage_both_heads(folder: Path) -> None:
    """The published head ends early; the persisted one has another root."""
    head, persisted = folder / "checkpoint", folder / ".head"
    head.write_bytes(head.read_bytes()[:-9])
    origin, size, root = persisted.read_text().splitlines()
    flipped = ("B" if root[0] == "A" else "A") + root[1:]
    persisted.write_text(f"{origin}\n{size}\n{flipped}\n")


def test_what_came_back_after_a_restored_backup_is_not_given_up(tmp_path: Path) -> None:
    """Then the head was damaged, and those can be asked who have less, or nobody can."""
    nodes = trio(tmp_path)
    says(nodes["a"], f"{REPORT}1")
    nodes["c"].sync(tmp_path / "a")
    backup = tmp_path / "backup"
    shutil.copytree(tmp_path / "a", backup)
    says(nodes["a"], f"{REPORT}2")
    nodes["b"].sync(tmp_path / "a")
    shutil.rmtree(tmp_path / "a")
    shutil.copytree(backup, tmp_path / "a")
    again = reopened(nodes["a"])
    assert restore(again.folder, FolderPeer(nodes["b"].folder), again.held).new == {LOG: 1}
    head = tmp_path / "a" / "logs" / LOG / "checkpoint"
    for peers in ([FolderSource(nodes["c"].folder.disk, f"logs/{LOG}")], []):
        head.write_bytes(head.read_bytes()[:-9])
        damaged = reopened(nodes["a"])
        assert LOG in damaged.damaged
        assert repair_log(damaged.folder, LOG, peers).size == 2
        assert reopened(nodes["a"]).problems == ()


def test_what_a_repair_brought_back_is_not_given_up(tmp_path: Path) -> None:
    """The head of a backup that was put back was damaged, and so is the one that came instead."""
    nodes = trio(tmp_path)
    says(nodes["a"], f"{REPORT}1")
    backup = tmp_path / "backup"
    shutil.copytree(tmp_path / "a", backup)
    says(nodes["a"], f"{REPORT}2")
    nodes["b"].sync(tmp_path / "a")
    shutil.rmtree(tmp_path / "a")
    shutil.copytree(backup, tmp_path / "a")
    head = tmp_path / "a" / "logs" / LOG / "checkpoint"
    for peers in ([FolderSource(nodes["b"].folder.disk, f"logs/{LOG}")], []):
        head.write_bytes(head.read_bytes()[:-9])
        damaged = reopened(nodes["a"])
        assert repair_log(damaged.folder, LOG, peers).size == 2
        assert reopened(nodes["a"]).problems == ()


def test_an_own_log_of_which_no_head_is_left_is_not_cut_to_what_a_peer_has(tmp_path: Path) -> None:
    """Its last entry was acknowledged, and nobody else has it yet."""
    nodes = trio(tmp_path)
    says(nodes["a"], f"{REPORT}1")
    nodes["b"].sync(tmp_path / "a")
    says(nodes["a"], f"{REPORT}2")
    folder = tmp_path / "a" / "logs" / LOG
    for name in ("checkpoint", ".head"):
        (folder / name).write_bytes((folder / name).read_bytes()[:-9])
    damaged = reopened(nodes["a"])
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    peer = FolderSource(nodes["b"].folder.disk, f"logs/{LOG}")
    with pytest.raises(VerificationError):
        repair_log(damaged.folder, LOG, [peer])
    assert before == {path: path.read_bytes() for path in before}
