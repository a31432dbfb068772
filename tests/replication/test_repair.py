"""A damaged log is made whole from what peers hold, also where their copies have gone on."""

from __future__ import annotations

from pathlib import Path

from tests.functional.test_nodes import reopened, says, trio
from trucekeeper.errors import Code
from trucekeeper.replication.mirror import FolderSource
from trucekeeper.replication.repair import repair_log
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
