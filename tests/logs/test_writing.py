"""The writer on a real disk: many callers, a second pair of eyes, a disk that refuses."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from trucekeeper.errors import Code, StorageError
from trucekeeper.keys.custody import signer_from_seed
from trucekeeper.storage import beside
from trucekeeper.storage import disk as disk_module
from trucekeeper.storage.disk import RealDisk, read_or_none
from trucekeeper.storage.group import GroupWriter
from trucekeeper.storage.journal import decode_journal, encode_journal
from trucekeeper.storage.log_folder import HeldLog, read_log
from trucekeeper.storage.log_writer import LogWriter

SIGNER = signer_from_seed("truce/a.public", b"1" * 32)
FOLDER, NAME = "logs/a.public", "a.public"


def read(root: Path) -> HeldLog:
    return read_log(RealDisk(root), FOLDER, NAME, SIGNER.key)


def entries(count: int, start: int = 0) -> list[bytes]:
    return [f"entry {i}".encode() for i in range(start, start + count)]


def code_of(raised: pytest.ExceptionInfo[StorageError]) -> Code:
    return raised.value.problems[0].code


def test_callers_at_once_share_flushes_and_each_gets_its_own_range(tmp_path: Path) -> None:
    writer = LogWriter(RealDisk(tmp_path), FOLDER, read(tmp_path))
    flushes: list[int] = []
    first_is_in, go_on = threading.Event(), threading.Event()

    def write(batch: Sequence[bytes]) -> int:
        flushes.append(len(batch))
        if len(flushes) == 1:
            first_is_in.set()
            assert go_on.wait(10)
        return writer.append(batch, SIGNER.key, SIGNER.sign).size

    group = GroupWriter(NAME, write)
    ranges: dict[int, range] = {}

    def call(number: int) -> None:
        ranges[number] = group.append(entries(3, 3 * number))

    threads = [threading.Thread(target=call, args=[number]) for number in range(8)]
    threads[0].start()
    assert first_is_in.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(group._waiting) < 7:
        pass
    go_on.set()
    for thread in threads:
        thread.join()
    assert flushes == [3, 21]
    held = list(read(tmp_path).entries())
    for number, where in ranges.items():
        assert [held[i] for i in where] == entries(3, 3 * number)


def test_what_fails_is_told_to_all_who_were_written_together_and_the_next_go_on() -> None:
    failing = [True]

    def write(batch: Sequence[bytes]) -> int:
        if failing:
            failing.clear()
            raise OSError(errno.EIO, "made up")
        return len(batch)

    group = GroupWriter(NAME, write)
    with pytest.raises(OSError, match="made up"):
        group.append(entries(2))
    with pytest.raises(StorageError) as raised:
        group.append([b"x" * 65_536])
    assert code_of(raised) is Code.TOO_LARGE
    assert group.append(entries(2)) == range(2)


def test_a_second_process_looks_at_a_large_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = watched(monkeypatch)
    LogWriter(RealDisk(tmp_path), FOLDER, read(tmp_path)).append(
        entries(40_000), SIGNER.key, SIGNER.sign
    )
    assert len(looked) == 1
    assert all(looked)
    assert list(read(tmp_path).entries()) == entries(40_000)


def test_where_the_second_process_dies_the_writer_looks_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = watched(monkeypatch)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    LogWriter(RealDisk(tmp_path), FOLDER, read(tmp_path)).append(
        entries(40_000), SIGNER.key, SIGNER.sign
    )
    assert looked == []
    assert list(read(tmp_path).entries()) == entries(40_000)


@pytest.mark.parametrize("executable", [sys.executable, "/bin/false"])
def test_a_bit_that_flipped_is_found(
    executable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Flipping(RealDisk):
        def write(self, path: str, data: bytes) -> None:
            super().write(path, data.replace(b"entry 77", b"entry 78") if "/000" in path else data)

    watched(monkeypatch)
    monkeypatch.setattr(sys, "executable", executable)
    writer = LogWriter(Flipping(tmp_path), FOLDER, read(tmp_path))
    with pytest.raises(StorageError) as raised:
        writer.append(entries(40_000), SIGNER.key, SIGNER.sign)
    assert code_of(raised) is Code.DISK_FAILED
    assert raised.value.problems[0].place.file == f"{FOLDER}/tile/entries/000"
    assert not (tmp_path / FOLDER / "checkpoint").exists()
    assert not (tmp_path / FOLDER / ".head").exists()


def watched(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What second processes will see; every batch gets one."""
    if RealDisk(Path()).shared_root is None:
        pytest.skip("no call of this system makes a whole folder durable")
    monkeypatch.setattr(beside, "ENTRIES_MIN", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    looked: list[bytes] = []
    digests = beside.Beside.digests

    def looking(helper: beside.Beside) -> list[bytes]:
        found = digests(helper)
        looked.extend(found)
        return found

    monkeypatch.setattr(beside.Beside, "digests", looking)
    return looked


def test_a_short_write_a_read_error_and_a_read_only_disk_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = RealDisk(tmp_path)
    disk.write("file", b"abc")
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda _, data: len(data) // 2)
        with pytest.raises(StorageError) as raised:
            disk.write("other", b"abc")
        assert code_of(raised) is Code.DISK_FULL

    def refuse(number: int) -> object:
        def refusing(*_: object, **__: object) -> object:
            raise OSError(number, os.strerror(number))

        return refusing

    for number, name in ((errno.EIO, "read"), (errno.EROFS, "write"), (errno.ENOSPC, "write")):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, refuse(number))
            with pytest.raises(StorageError) as raised:
                disk.read("file") if name == "read" else disk.write("other", b"abc")
        assert code_of(raised) is (Code.DISK_FULL if number == errno.ENOSPC else Code.DISK_FAILED)
    assert disk.read("file") == b"abc"


def test_many_files_are_made_durable_one_by_one_where_the_system_cannot_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = RealDisk(tmp_path)
    paths = [f"folder/{i}" for i in range(disk_module.SYNC_TOGETHER)]
    for path in paths:
        disk.write(path, b"x")
    synced: list[str] = []
    monkeypatch.setattr(disk_module, "_libc", lambda: None)
    monkeypatch.setattr(disk, "sync", synced.append)
    disk.sync_many(paths)
    assert synced == paths


def test_a_swap_only_from_what_was_there(tmp_path: Path) -> None:
    disk = RealDisk(tmp_path)
    disk.swap("head", None, b"1")
    disk.swap("head", b"1", b"2")
    for wrong in (None, b"1"):
        with pytest.raises(StorageError) as raised:
            disk.swap("head", wrong, b"3")
        assert code_of(raised) is Code.HEAD_MOVED
    assert read_or_none(disk, "head") == b"2"


def test_where_there_is_no_fcntl_the_other_systems_lock_refuses_a_second_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Msvcrt:
        LK_NBLCK = 2
        held: set[int] = set()  # noqa: RUF012  # one a test

        def locking(self, descriptor: int, mode: int, count: int) -> None:
            assert (mode, count) == (self.LK_NBLCK, 1)
            inode = os.fstat(descriptor).st_ino
            if inode in self.held:
                raise OSError(errno.EACCES, "locked")
            self.held.add(inode)

    monkeypatch.setattr(disk_module, "fcntl", None)
    monkeypatch.setattr(disk_module, "msvcrt", Msvcrt())
    disk = RealDisk(tmp_path)
    with disk.lock("x/.writer"), pytest.raises(StorageError) as raised, disk.lock("x/.writer"):
        pass
    assert code_of(raised) is Code.WRITER_BUSY


def test_a_torn_journal_says_nothing(tmp_path: Path) -> None:
    head = read(tmp_path).checkpoint
    data = encode_journal(head, entries(3))
    whole = decode_journal(data)
    assert whole is not None
    assert (whole.after, list(whole.entries)) == (head, entries(3))
    for at in range(len(data)):
        assert decode_journal(data[:at]) is None
        assert decode_journal(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) is None


def test_appending_reads_and_writes_no_more_for_a_longer_log(tmp_path: Path) -> None:
    class Counting(RealDisk):
        done = 0

        def read(self, path: str, at_most: int | None = None) -> bytes:
            self.done += 1
            return super().read(path, at_most)

        def write(self, path: str, data: bytes) -> None:
            self.done += 1
            super().write(path, data)

    counts = []
    for size in (300, 30_000):
        disk = Counting(tmp_path / str(size))
        writer = LogWriter(disk, FOLDER, read_log(disk, FOLDER, NAME, SIGNER.key))
        writer.append(entries(size), SIGNER.key, SIGNER.sign)
        disk.done = 0
        writer.append(entries(5), SIGNER.key, SIGNER.sign)
        counts.append(disk.done)
    assert counts[1] <= counts[0] + 2
