"""Logs in folders: what is appended is read, any damage is found and named, interruption loses
nothing acknowledged."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from tests.logs.signers import WITNESS
from trucekeeper.errors import Code, StorageError, VerificationError
from trucekeeper.keys.custody import Signer, signer_from_seed
from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.cosignature import cosign, cosigned_at
from trucekeeper.logs.note import Note, parse_note, sign_note
from trucekeeper.logs.tiles import parse_tile_path, tile_path
from trucekeeper.replication.mirror import FolderSource, TwoHistories, mirror
from trucekeeper.storage.disk import RealDisk, as_storage_error
from trucekeeper.storage.log_folder import HeldLog, read_log
from trucekeeper.storage.log_writer import LogWriter

SIGNER: Signer = signer_from_seed("truce/a.public", b"1" * 32)
FOLDER = "logs/a.public"


def read(root: Path) -> HeldLog:
    return read_log(RealDisk(root), FOLDER, "a.public", SIGNER.key)


def append(root: Path, entries: list[bytes]) -> HeldLog:
    return LogWriter(RealDisk(root), FOLDER, read(root)).append(entries, SIGNER.key, SIGNER.sign)


def entries(count: int, start: int = 0) -> list[bytes]:
    return [f"entry {i}".encode() for i in range(start, start + count)]


@pytest.mark.parametrize(
    "batches", [[1], [1, 1, 1], [255], [256], [257], [100, 156, 1], [300, 300], [512]]
)
def test_what_was_appended_is_read(tmp_path: Path, batches: list[int]) -> None:
    done = 0
    for count in batches:
        append(tmp_path, entries(count, done))
        done += count
        assert list(read(tmp_path).entries()) == entries(done)


def test_tile_paths_of_the_specification() -> None:
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path(None, 273, 112) == "tile/entries/273.p/112"
    assert parse_tile_path("tile/1/000.p/17") == (1, 0, 17)
    for wrong in (
        "tile/0/0",
        "tile/0/1000",
        "tile/0/x000/001",
        "tile/00/000",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/64/000",
        "tile/0/" + "x001/" * 7 + "000",
        "tile/0/" + "x001/" * 1_500 + "000",
        "x",
    ):
        assert parse_tile_path(wrong) is None


def test_a_log_of_256_has_one_full_tile_and_one_above(tmp_path: Path) -> None:
    append(tmp_path, entries(256))
    files = RealDisk(tmp_path).files(FOLDER)
    assert files == [".head", "checkpoint", "tile/0/000", "tile/1/000.p/1", "tile/entries/000"]


@pytest.mark.parametrize("size", [3, 300])
def test_a_flipped_byte_anywhere_is_found_and_named(tmp_path: Path, size: int) -> None:
    append(tmp_path, entries(size - 1))
    append(tmp_path, entries(1, size - 1))
    disk = RealDisk(tmp_path)
    for path in disk.files(FOLDER):
        original = disk.read(f"{FOLDER}/{path}")
        for position in range(0, len(original), max(1, len(original) // 40)):
            damaged = bytearray(original)
            damaged[position] ^= 0x20
            disk.write(f"{FOLDER}/{path}", bytes(damaged))
            with pytest.raises(VerificationError) as raised:
                read(tmp_path)
            assert any(p.place.file == f"{FOLDER}/{path}" for p in raised.value.problems), (
                path,
                position,
            )
        disk.write(f"{FOLDER}/{path}", original)
    assert read(tmp_path).size == size


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    append(tmp_path, entries(300))
    (tmp_path / FOLDER / "tile/entries/000").unlink()
    with pytest.raises(VerificationError) as raised:
        read(tmp_path)
    assert raised.value.problems[0].code is Code.MISSING_FILE


def test_a_foreign_file_is_named(tmp_path: Path) -> None:
    append(tmp_path, entries(3))
    (tmp_path / FOLDER / "notes.txt").write_text("x")
    with pytest.raises(VerificationError) as raised:
        read(tmp_path)
    assert raised.value.problems[0].code is Code.UNEXPECTED_FILE


def test_a_head_of_another_log_is_refused(tmp_path: Path) -> None:
    append(tmp_path, entries(3))
    other = signer_from_seed("truce/b.public", b"1" * 32)
    with pytest.raises(VerificationError) as raised:
        read_log(RealDisk(tmp_path), FOLDER, "b.public", other.key)
    assert raised.value.problems[0].code is Code.BAD_SIGNATURE


def test_an_interrupted_append_leaves_the_log_as_it_was_and_is_completed_by_the_next(
    tmp_path: Path,
) -> None:
    class Interrupted(RealDisk):
        def rename(self, old: str, new: str) -> None:
            if new.endswith("checkpoint"):
                raise KeyboardInterrupt
            super().rename(old, new)

    append(tmp_path, entries(5))
    with pytest.raises(KeyboardInterrupt):
        LogWriter(Interrupted(tmp_path), FOLDER, read(tmp_path)).append(
            entries(3, 5), SIGNER.key, SIGNER.sign
        )
    assert read(tmp_path).size == 5
    whole = [*entries(8), *entries(1, 50)]
    assert list(append(tmp_path, entries(1, 50)).entries()) == whole
    assert read(tmp_path).size == 9


def test_a_disk_that_does_not_keep_what_it_was_given_is_found_before_signing(
    tmp_path: Path,
) -> None:
    class Forgetful(RealDisk):
        def write(self, path: str, data: bytes) -> None:
            super().write(path, data.replace(b"entry 2", b"entry 3") if "entries" in path else data)

    with pytest.raises(StorageError) as raised:
        LogWriter(Forgetful(tmp_path), FOLDER, read(tmp_path)).append(
            entries(4), SIGNER.key, SIGNER.sign
        )
    assert raised.value.problems[0].code is Code.DISK_FAILED
    assert not (tmp_path / FOLDER / "checkpoint").exists()


def test_an_entry_over_64_kib_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as raised:
        append(tmp_path, [b"x" * 65_536])
    assert raised.value.problems[0].code is Code.TOO_LARGE
    assert read(tmp_path).size == 0


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    disk = RealDisk(tmp_path)
    with (
        disk.lock(f"{FOLDER}/.writer"),
        pytest.raises(StorageError) as raised,
        disk.lock(f"{FOLDER}/.writer"),
    ):
        pass
    assert raised.value.problems[0].code is Code.WRITER_BUSY


def copied(copy: Path, source: Path) -> HeldLog:
    from_there = FolderSource(RealDisk(source), FOLDER)
    return mirror(RealDisk(copy), FOLDER, "a.public", SIGNER.key, from_there)


def test_a_mirror_goes_on_from_where_it_was(tmp_path: Path) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    append(source, entries(3))
    for more in (0, 5, 300):
        held = append(source, entries(more, 1000)) if more else read(source)
        assert copied(copy, source) == read(copy)
        assert list(read(copy).entries()) == list(held.entries())


def test_two_histories_are_told_and_nothing_is_overwritten(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    append(one, entries(3))
    append(other, [*entries(2), b"another", b"and more"])
    with RealDisk(one).lock(f"{FOLDER}/.writer"):
        before = {p: p.read_bytes() for p in one.rglob("*") if p.is_file()}
    with pytest.raises(TwoHistories) as raised:
        copied(one, other)
    problem = raised.value.problems[0]
    assert (problem.code, problem.place.index) == (Code.TWO_HISTORIES, 2)
    assert (raised.value.held.note, raised.value.note) == (read(one).note, read(other).note)
    assert {p: p.read_bytes() for p in one.rglob("*") if p.is_file()} == before


def test_a_full_disk_is_told_and_the_writer_goes_on_once_there_is_room(tmp_path: Path) -> None:
    class Full(RealDisk):
        full = True

        def write(self, path: str, data: bytes) -> None:
            if self.full and "tile/0" in path:
                with as_storage_error(path):
                    raise OSError(errno.ENOSPC, "No space left on device")
            super().write(path, data)

    append(tmp_path, entries(5))
    disk = Full(tmp_path)
    writer = LogWriter(disk, FOLDER, read(tmp_path))
    with pytest.raises(StorageError) as raised:
        writer.append(entries(3, 5), SIGNER.key, SIGNER.sign)
    assert raised.value.problems[0].code is Code.DISK_FULL
    assert read(tmp_path).size == 5
    disk.full = False
    writer.append(entries(2, 50), SIGNER.key, SIGNER.sign)
    assert list(read(tmp_path).entries()) == [*entries(5), *entries(2, 50)]


def test_room_is_asked_for_before_anything_is_written(tmp_path: Path) -> None:
    class Small(RealDisk):
        def free_bytes(self) -> int:
            return 1000

    with pytest.raises(StorageError) as raised:
        LogWriter(Small(tmp_path), FOLDER, read(tmp_path)).append(
            entries(1), SIGNER.key, SIGNER.sign
        )
    assert raised.value.problems[0].code is Code.DISK_FULL
    assert RealDisk(tmp_path).files(FOLDER) == []


def test_a_writer_past_which_another_wrote_is_refused(tmp_path: Path) -> None:
    first = LogWriter(RealDisk(tmp_path), FOLDER, read(tmp_path))
    first.append(entries(2), SIGNER.key, SIGNER.sign)
    append(tmp_path, entries(1, 2))
    with pytest.raises(StorageError) as raised:
        first.append(entries(1, 9), SIGNER.key, SIGNER.sign)
    assert raised.value.problems[0].code is Code.HEAD_MOVED
    assert list(read(tmp_path).entries()) == entries(3)


def test_a_persisted_head_that_the_folder_cannot_give_stops_the_log(tmp_path: Path) -> None:
    append(tmp_path, entries(2))
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    append(tmp_path, entries(1, 2))
    persisted = (tmp_path / FOLDER / ".head").read_bytes()
    shutil.rmtree(tmp_path / FOLDER)
    for path, data in before.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / FOLDER / ".head").write_bytes(persisted)
    with pytest.raises(VerificationError) as raised:
        append(tmp_path, entries(1, 9))
    assert raised.value.problems[0].code is Code.HEAD_NOT_HELD
    assert read(tmp_path).size == 2


def test_a_source_that_promises_or_gives_too_much_is_refused(tmp_path: Path) -> None:
    class Endless(FolderSource):
        def read(self, path: str) -> bytes | None:
            data = super().read(path)
            return data if data is None or path == "checkpoint" else data * 1_000_000

    append(tmp_path, entries(100))
    absurd = Checkpoint(SIGNER.key.name, 10**15, b"\0" * 32).text()
    promised = bytes(sign_note(absurd, SIGNER.key, SIGNER.sign))
    disk = RealDisk(tmp_path)
    disk.write("much/checkpoint", promised)
    for source in (Endless(disk, FOLDER), FolderSource(disk, "much")):
        with pytest.raises(VerificationError) as raised:
            mirror(RealDisk(tmp_path / "copy"), FOLDER, "a.public", SIGNER.key, source)
        assert raised.value.problems[0].code is Code.OVERSIZED


def test_copies_of_one_head_merge_to_one_receipt_of_each_key(tmp_path: Path) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    append(source, entries(3))
    for root, at in ((source, 20), (copy, 10), (source, 10)):
        copied(copy, source)
        path = root / FOLDER / "checkpoint"
        note = parse_note(path.read_bytes())
        line = cosign(parse_checkpoint(note.text), WITNESS.key, WITNESS.sign, at)
        path.write_bytes(bytes(Note(note.text, (*note.signatures[:1], line))))
    assert len(parse_note(copied(copy, source).note).signatures) == 2
    (_, line) = parse_note(copied(copy, source).note).signatures
    assert cosigned_at(line, WITNESS.key, read(copy).checkpoint) == 10


def test_an_entry_held_already_is_not_taken_anew_with_those_after_it(tmp_path: Path) -> None:
    """The new hashes alone would give the signed root."""
    append(tmp_path / "a", entries(2))
    disk = RealDisk(tmp_path / "b")
    source = FolderSource(RealDisk(tmp_path / "a"), FOLDER)
    held = mirror(disk, FOLDER, "a.public", SIGNER.key, source)
    append(tmp_path / "a", entries(1, 2))
    bundle = tmp_path / "a" / FOLDER / tile_path(None, 0, 3)
    bundle.write_bytes(bundle.read_bytes().replace(b"entry 1", b"entry 7"))
    with pytest.raises(VerificationError) as raised:
        mirror(disk, FOLDER, "a.public", SIGNER.key, source, held)
    assert {p.code for p in raised.value.problems} == {Code.DAMAGED}
    assert list(read(tmp_path / "b").entries()) == entries(2)


@pytest.mark.parametrize(("held", "torn", "then"), [(3, 5, 7), (3, 5, 300), (250, 258, 262)])
def test_what_a_killed_mirror_left_half_written_is_no_part_of_a_larger_head(
    tmp_path: Path, held: int, torn: int, then: int
) -> None:
    append(tmp_path / "a", entries(held))
    disk, source = RealDisk(tmp_path / "b"), FolderSource(RealDisk(tmp_path / "a"), FOLDER)
    mirror(disk, FOLDER, "a.public", SIGNER.key, source)
    number, width = torn // 256, torn % 256
    for level in (None, 0):
        disk.write(f"{FOLDER}/{tile_path(level, number, width)}", b"\0")
    append(tmp_path / "a", entries(then - held, held))
    mirror(disk, FOLDER, "a.public", SIGNER.key, source)
    assert list(read(tmp_path / "b").entries()) == entries(then)
