"""The forgetful disk keeps what it promised, and nothing else is relied on."""

from __future__ import annotations

from random import Random

import pytest

from trucekeeper.errors import Code, StorageError
from trucekeeper.simulation.disk import Crashed, ForgetfulDisk
from trucekeeper.storage.disk import replace

SEEDS = range(60)


def disk(seed: int = 0) -> ForgetfulDisk:
    return ForgetfulDisk(Random(seed))  # noqa: S311  # chance that can be repeated


def after_a_crash(seed: int, *, sync: bool, sync_folder: bool) -> bytes | None:
    """What is left of a file that was written anew."""
    made = disk(seed)
    made.write("f/a", b"old")
    made.sync_many(["f/a"])
    made.write("f/a", b"newer")
    if sync:
        made.sync("f/a")
    if sync_folder:
        made.sync_folder("f")
    made.crash()
    return made.read("f/a") if made.exists("f/a") else None


def test_what_was_not_synced_is_old_or_new_or_torn() -> None:
    left = {after_a_crash(seed, sync=False, sync_folder=True) for seed in SEEDS}
    assert {b"old", b"newer"} < left <= {b"old", *(b"newer"[:n] for n in range(6))}


def test_what_was_synced_stays() -> None:
    assert {after_a_crash(seed, sync=True, sync_folder=True) for seed in SEEDS} == {b"newer"}


def test_a_name_that_was_not_synced_may_be_gone() -> None:
    left = set()
    for seed in SEEDS:
        made = disk(seed)
        made.write("f/a", b"x")
        made.sync("f/a")
        made.crash()
        left.add(made.exists("f/a"))
    assert left == {True, False}


def test_a_replaced_file_is_the_old_or_the_new_one_at_every_crash() -> None:
    for crash_at in range(6):
        for seed in SEEDS:
            made = disk(seed)
            replace(made, "f/a", b"old")
            made.crash_at = made.operations + crash_at
            try:
                replace(made, "f/a", b"newer")
                expected = {b"newer"}
            except Crashed:
                expected = {b"old", b"newer"}
            made.crash()
            assert made.read("f/a") in expected


def test_a_removed_file_may_be_back() -> None:
    left = set()
    for seed in SEEDS:
        made = disk(seed)
        replace(made, "f/a", b"x")
        made.remove("f/a")
        made.crash()
        left.add(made.exists("f/a"))
    assert left == {True, False}


def test_a_full_disk_keeps_a_beginning_and_says_so() -> None:
    made = disk()
    made.space_bytes = 2
    with pytest.raises(StorageError) as raised:
        made.write("a", b"four")
    assert raised.value.problems[0].code is Code.DISK_FULL
    assert made.read("a") == b"fo"


def test_a_disk_that_refuses_says_so() -> None:
    made = disk()
    made.write("a", b"x")
    made.read_only = True
    made.unreadable.add("a")
    for refused in (
        lambda: made.write("a", b"y"),
        lambda: made.remove("a"),
        lambda: made.read("a"),
    ):
        with pytest.raises(StorageError) as raised:
            refused()
        assert raised.value.problems[0].code is Code.DISK_FAILED


def test_a_swap_is_durable_or_refused() -> None:
    made = disk()
    made.swap("a", None, b"1")
    made.crash()
    assert made.read("a") == b"1"
    with pytest.raises(StorageError) as raised:
        made.swap("a", None, b"2")
    assert raised.value.problems[0].code is Code.HEAD_MOVED


def test_a_lock_is_held_by_one_and_ends_with_the_machine() -> None:
    made = disk()
    with pytest.raises(StorageError) as raised, made.lock("l"), made.lock("l"):
        pass
    assert raised.value.problems[0].code is Code.WRITER_BUSY
    held = made.lock("l")
    held.__enter__()
    made.crash()
    with made.lock("l"):
        pass
