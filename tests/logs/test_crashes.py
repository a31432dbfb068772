"""The writer and the mirror on a disk that crashes, or refuses, at every single operation."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.logs.fake_disk import CrashError, FakeDisk
from trucekeeper.errors import Code, Place, Problem, StorageError
from trucekeeper.keys.custody import signer_from_seed
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.tree import leaf_hash, root
from trucekeeper.replication.mirror import FolderSource, mirror
from trucekeeper.storage import log_writer
from trucekeeper.storage.disk import Disk
from trucekeeper.storage.log_folder import HeldLog, read_log
from trucekeeper.storage.log_writer import LogWriter

SIGNER = signer_from_seed("truce/a.public", b"1" * 32)
FOLDER, NAME = "logs/a.public", "a.public"
#: Batches: within a bundle, over the end of one, exactly to it, several bundles.
STORIES = ([3, 2], [250, 10], [255, 1, 1], [2, 600])


def batch(number: int, count: int) -> list[bytes]:
    return [f"batch {number} entry {i}".encode() for i in range(count)]


class Author:
    """Appends through crashes, and remembers what it was told and what was ever signed."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.signed: list[str] = []
        self.told: list[bytes] = []
        self.tried: list[list[bytes]] = []

    def sign(self, text: bytes) -> bytes:
        self.signed.append(text.decode())
        return SIGNER.sign(text)

    def held(self) -> HeldLog:
        return read_log(self.disk, FOLDER, NAME, SIGNER.key)

    def append(self, entries: list[bytes]) -> None:
        self.tried.append(entries)
        held = LogWriter(self.disk, FOLDER, self.held()).append(entries, SIGNER.key, self.sign)
        self.told = list(held.entries())

    def tell(self, story: list[int]) -> None:
        for number, count in enumerate(story):
            self.append(batch(number, count))

    def check(self) -> None:
        """Nothing that was told is lost, a batch is there whole or not at all and once, and every
        head that was ever signed is a head of this log."""
        entries = list(self.held().entries())
        assert entries[: len(self.told)] == self.told
        rest = entries
        for tried in self.tried:
            if rest[: len(tried)] == tried:
                rest = rest[len(tried) :]
        assert rest == []
        leaves = [leaf_hash(entry) for entry in entries]
        for text in self.signed:
            head = parse_checkpoint(text)
            assert head.size <= len(entries)
            assert root(leaves[: head.size]) == head.root


def at(number: int, raised: BaseException) -> Callable[[int, str], None]:
    def before(done: int, _: str) -> None:
        if done == number:
            raise raised

    return before


def operations(story: list[int]) -> int:
    disk = FakeDisk()
    author = Author(disk)
    author.tell(story)
    author.check()
    return disk.done


@pytest.mark.parametrize("journal", [True, False], ids=["journal", "no-journal"])
@pytest.mark.parametrize("story", STORIES, ids=str)
def test_a_crash_at_every_operation_loses_nothing_told_and_signs_no_fork(
    story: list[int], *, journal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not journal:
        monkeypatch.setattr(log_writer, "JOURNAL_BYTES_MAX", 0)
    for number, seed in itertools.product(range(1, operations(story) + 1), range(4)):
        disk = FakeDisk(at(number, CrashError()))
        author = Author(disk)
        with pytest.raises(CrashError):
            author.tell(story)
        author.disk = disk.crashed(seed)
        assert author.held().size >= len(author.told)
        author.append(batch(99, 4))
        author.check()
        assert author.told[-4:] == batch(99, 4)


@pytest.mark.parametrize("story", STORIES[:2], ids=str)
def test_a_second_crash_while_recovering_changes_nothing_of_that(story: list[int]) -> None:
    for first in range(1, operations(story) + 1):
        for second in itertools.count(1 + first % 3, 3):
            disk = FakeDisk(at(first, CrashError()))
            author = Author(disk)
            with pytest.raises(CrashError):
                author.tell(story)
            again = disk.crashed(2 + first * 100 + second)
            again.before = at(second, CrashError())
            author.disk = again
            try:
                author.append(batch(99, 4))
            except CrashError:
                author.disk = again.crashed(first + second)
                author.append(batch(100, 1))
                author.check()
            else:
                author.check()
                break


@pytest.mark.parametrize("lasting", [True, False], ids=["until-freed", "once"])
@pytest.mark.parametrize("story", STORIES, ids=str)
def test_a_refusal_at_every_operation_is_told_and_the_writer_goes_on(
    story: list[int], *, lasting: bool
) -> None:
    for number in range(1, operations(story) + 1):
        disk = FakeDisk()
        author = Author(disk)
        writer = LogWriter(disk, FOLDER, author.held())
        codes: set[Code] = set()

        def before(done: int, name: str, number: int = number) -> None:
            full = done >= number and not name.startswith("remove") if lasting else done == number
            if full:
                raise StorageError(Problem(Code.DISK_FULL, Place(file=name), "full", "room"))

        disk.before = before
        for count, size in enumerate(story):
            author.tried.append(batch(count, size))
            try:
                told = writer.append(batch(count, size), SIGNER.key, author.sign)
                author.told = list(told.entries())
            except StorageError as error:
                codes.add(error.problems[0].code)
                assert author.held().size >= len(author.told)
        assert codes <= {Code.DISK_FULL}
        disk.before = lambda _done, _name: None
        author.tried.append(batch(99, 4))
        author.told = list(writer.append(batch(99, 4), SIGNER.key, author.sign).entries())
        author.check()


@pytest.mark.parametrize("sizes", [(0, 3), (3, 5), (250, 260), (3, 700)], ids=str)
def test_a_mirror_that_crashes_at_every_operation_goes_on(sizes: tuple[int, int]) -> None:
    there = FakeDisk()
    author = Author(there)

    def copy(disk: Disk) -> HeldLog:
        return mirror(disk, FOLDER, NAME, SIGNER.key, FolderSource(there, FOLDER))

    if sizes[0]:
        author.append(batch(0, sizes[0]))
    start = FakeDisk()
    copy(start)
    start = start.crashed(0)
    author.append(batch(1, sizes[1] - sizes[0]))
    for step in itertools.count(4):
        number, seed = divmod(step, 4)
        disk = start.crashed(0)
        disk.before = at(number, CrashError())
        try:
            copy(disk)
        except CrashError:
            again = disk.crashed(seed)
            assert read_log(again, FOLDER, NAME, SIGNER.key).size in sizes
            assert list(copy(again).entries()) == author.told
            assert read_log(again, FOLDER, NAME, SIGNER.key).size == sizes[1]
        else:
            break
