"""A node that serves: one thread takes in what is new while others derive."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from tests.functional.test_nodes import node, says
from trucekeeper.governance.record import read_entries
from trucekeeper.vocabulary.ids import LogName

LOG = LogName("a.guarantors")
REPORT = "mortar-fire at Karsk by d-army on e-brigades killed "


def test_threads_that_read_a_log_at_once_read_each_statement_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = node(tmp_path / "a", "a")
    for killed in range(3):
        says(held, f"{REPORT}{killed}")
    held.read_again()
    both = Barrier(2)

    def slowly(*arguments: Any, **more: Any) -> Any:
        with suppress(BrokenBarrierError):  # the second never comes, for it waits for the first
            both.wait(0.3)
        return read_entries(*arguments, **more)

    monkeypatch.setattr("trucekeeper.storage.histories.read_entries", slowly)
    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(held.kept.entries, LOG).result for _ in range(2)]
        assert [len(result()) for result in found] == [3, 3]
    assert len(held.kept.entries(LOG)) == 3


def test_what_was_read_of_a_log_stays_as_it_was_while_the_log_grows(tmp_path: Path) -> None:
    held = node(tmp_path / "a", "a")
    says(held, f"{REPORT}1")
    before = held.record([LOG])[LOG]
    says(held, f"{REPORT}2")
    assert (len(before), len(held.record([LOG])[LOG])) == (1, 2)
