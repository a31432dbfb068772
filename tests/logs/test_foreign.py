"""Foreign code reads our logs: `aics-tlog` accepts what we write and refuses every change of it, and
`aics-witness` answers our requests as our witness does. Both are installed from
requirements-foreign.lock, for tests only."""

from __future__ import annotations

import http.client
import os
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.logs.signers import (
    LOG,
    WITNESS,
    WITNESS_PQ,
    entries_of,
    files_of,
    head_of,
    keyed,
    leaves_of,
    note_of,
    seed_of,
)
from tests.logs.test_witnesses import DIALOGUES, Witness, dialogue
from trucekeeper.logs import tree
from trucekeeper.logs.cosignature import cosign, receipts
from trucekeeper.logs.note import COSIGNATURE, Note, parse_note
from trucekeeper.logs.tile_proofs import TileHashes
from trucekeeper.logs.witness import Answer, receipts_of, request, size_of

ABSENT = "absent: install it with `make .venv/ready-to-test` to have our logs read by foreign code"
aics_tlog = pytest.importorskip("aics_tlog", reason=f"aics-tlog is {ABSENT}")
aics_witness = pytest.importorskip("aics_witness", reason=f"aics-witness is {ABSENT}")

LONG = os.environ.get("TRUCEKEEPER_HYPOTHESIS") == "long"
OTHER = keyed("truce/c/witness", COSIGNATURE)
COSIGNERS = (WITNESS, OTHER, WITNESS_PQ)
AROUND = (65_535, 65_536, 65_537, 65_793)
ENTRIES = entries_of(max(AROUND))
LEAVES = leaves_of(max(AROUND))


def published(size: int) -> dict[str, bytes]:
    """All files of a log; its head has two Ed25519 receipts, and one of ML-DSA-44, which the
    foreign code does not know."""
    files = files_of(ENTRIES[:size])
    note = parse_note(files["checkpoint"])
    head = head_of(LEAVES[:size])
    lines = tuple(cosign(head, k.key, k.sign, 1_900_000_000) for k in COSIGNERS)
    return {**files, "checkpoint": bytes(Note(note.text, note.signatures + lines))}


def accepts(files: Mapping[str, bytes], size: int) -> bool:
    """Whether the foreign code takes the head, with both receipts, and every tile and bundle of a
    log of this size."""
    log = aics_tlog.parse_vkey(str(LOG.key))
    witnesses = [aics_tlog.parse_vkey(str(k.key)) for k in (WITNESS, OTHER)]
    try:
        note = aics_tlog.parse_note(files["checkpoint"])
        head = aics_tlog.parse_checkpoint(note.text)
        read = aics_tlog.verify_checkpoint(note, log, witnesses, 2, expected_origin=LOG.key.name)
        reader = aics_tlog.MemoryTileReader(dict(files))
        report = aics_tlog.audit_tiles(reader, head.size, head.root)
    except (ValueError, OSError):
        return False
    return bool(read.ok) and report.size == size


@pytest.mark.parametrize("sizes", [range(261), range(261, 521)], ids=["0-260", "261-520"])
def test_logs_of_every_size_are_accepted(sizes: range) -> None:
    for size in sizes:
        assert accepts(published(size), size), size


@pytest.mark.parametrize("size", AROUND if LONG else AROUND[1:])
def test_logs_around_65536_are_accepted_with_their_proofs(size: int) -> None:
    files = published(size)
    assert accepts(files, size)
    root = tree.root(LEAVES[:size])
    hashes = TileHashes(files.get)
    for index in (0, 1, 255, 256, 65_279, size - 1):
        assert aics_tlog.verify_inclusion(
            LEAVES[index], index, size, hashes.inclusion(index, size), root
        )
    for old in (1, 255, 256, 257, 65_280, size - 1, size):
        assert aics_tlog.verify_consistency(
            old, size, tree.root(LEAVES[:old]), root, hashes.consistency(old, size)
        )


def test_its_tiles_are_ours_byte_for_byte() -> None:
    for size in (1, 255, 256, 257, 520, *AROUND):
        ours = {p: d for p, d in files_of(ENTRIES[:size]).items() if p != "checkpoint"}
        assert aics_tlog.tiles.materialise_tiles(ENTRIES[:size]) == ours


def test_proofs_of_every_size_are_accepted() -> None:
    """All pairs of index and size, and of old and new size, in the long run; else some of each
    size."""
    roots = [tree.root(LEAVES[:size]) for size in range(521)]
    for size in range(1, 521):
        hashes = TileHashes(files_of(ENTRIES[:size]).get)
        step = 1 if LONG else max(1, size // 5)
        for index in (*range(0, size, step), size - 1):
            proof = hashes.inclusion(index, size)
            assert aics_tlog.verify_inclusion(LEAVES[index], index, size, proof, roots[size])
            assert not aics_tlog.verify_inclusion(
                LEAVES[index + 1], index, size, proof, roots[size]
            )
        for old in (*range(1, size, step), size):
            proof = hashes.consistency(old, size)
            assert aics_tlog.verify_consistency(old, size, roots[old], roots[size], proof)


def changes(files: Mapping[str, bytes], every: int) -> Iterator[tuple[str, int, dict[str, bytes]]]:
    """Every `every`-th byte of every file with one bit flipped."""
    for path, data in files.items():
        for position in range(0, len(data), every):
            changed = bytearray(data)
            changed[position] ^= 1 << (position % 8)
            yield path, position, {**files, path: bytes(changed)}


@pytest.mark.parametrize(("size", "every"), [(5, 1), (300, 1 if LONG else 11)])
def test_every_flipped_byte_is_refused(size: int, every: int) -> None:
    """Of the checkpoint: of what the foreign code knows. Our ML-DSA line is passed over, so it is
    left out here; it is looked at in tests/vectors."""
    files = published(size)
    note = parse_note(files["checkpoint"])
    known = Note(note.text, tuple(line for line in note.signatures if len(line.signature) < 100))
    files = {**files, "checkpoint": bytes(known)}
    assert accepts(files, size)
    for path, position, changed in changes(files, every):
        assert not accepts(changed, size), (path, position)


def test_an_edited_size_a_lost_file_and_a_lost_receipt_are_refused() -> None:
    files = published(300)
    for other in (b"299", b"301", b"0", b"30", b"3000"):
        edited = files["checkpoint"].replace(b"\n300\n", b"\n" + other + b"\n", 1)
        assert not accepts({**files, "checkpoint": edited}, 300)
    for path in sorted(files.keys() - {"checkpoint"}):
        assert not accepts({p: d for p, d in files.items() if p != path}, 300), path
    lines = files["checkpoint"].split(b"\n")
    for name in (b"truce/a.public ", b"truce/b/witness "):
        fewer = b"\n".join(line for line in lines if not line.startswith("— ".encode() + name))
        assert not accepts({**files, "checkpoint": fewer}, 300)


class ForeignWitness:
    """The foreign witness with our witness's key, in a folder, under a clock that is set."""

    def __init__(self, folder: Path, log: str) -> None:
        origin = log.partition("+")[0]
        self.at = 0
        self.store = aics_witness.store.WitnessStore(folder / "witness.db", create=True)
        key = Ed25519PrivateKey.from_private_bytes(seed_of(WITNESS.key.name, COSIGNATURE))
        config = aics_witness.config.LogConfig.from_strings(origin, [log])
        self.witness = aics_witness.service.Witness(
            WITNESS.key.name, key, self.store, [config], clock=lambda: float(self.at)
        )

    def answer(self, body: bytes, at: int) -> tuple[int, bytes]:
        self.at = at
        try:
            return 200, self.witness.add_checkpoint(body)
        except aics_witness.service.WitnessError as error:
            return error.status, error.body or b""


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda p: p.stem)
def test_the_foreign_witness_answers_as_ours(path: Path, tmp_path: Path) -> None:
    match = re.search(r"^log (.*)$", path.read_text(), re.MULTILINE)
    assert match is not None
    foreign = ForeignWitness(tmp_path, match[1])
    try:
        for step, ours in dialogue(path):
            status, body = foreign.answer(step[2].encode(), int(step[1]))
            assert status == ours.status, step[0]
            if status == 409:
                assert body == ours.body
            if status == 200:
                note = parse_note(step[2].encode().partition(b"\n\n")[2])
                theirs = parse_note(bytes(note) + body)
                assert [r.name for r in receipts(theirs, [WITNESS.key])] == [WITNESS.key.name]
    finally:
        foreign.store.close()


def test_over_loopback_it_answers_with_the_same_types(tmp_path: Path) -> None:
    foreign = ForeignWitness(tmp_path, str(LOG.key))
    server = aics_witness.service.make_server(foreign.witness, "127.0.0.1", 0)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    try:
        host, port = server.server_address[:2]
        assert host == "127.0.0.1"
        for step, ours in dialogue(next(path for path in DIALOGUES if path.stem == "sizes")):
            foreign.at = int(step[1])
            connection = http.client.HTTPConnection(host, port, timeout=10)
            connection.request("POST", "/add-checkpoint", step[2].encode())
            response = connection.getresponse()
            read = Answer(response.status, response.headers["Content-Type"], response.read())
            connection.close()
            assert (read.status, size_of(read)) == (ours.status, size_of(ours))
            if read.status == 200:
                note = parse_note(step[2].encode().partition(b"\n\n")[2])
                given = receipts_of(read, note, [WITNESS.key])
                assert given == receipts_of(ours, note, [WITNESS.key])
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
        foreign.store.close()


@settings(max_examples=400 if LONG else 20)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "other "]),
            st.integers(0, 9) | st.none(),
            st.integers(0, 12),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_the_foreign_witness_and_ours_agree_on_any_requests(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int | None, int, bool]]
) -> None:
    foreign = ForeignWitness(tmp_path_factory.mktemp("witness"), str(LOG.key))
    ours = Witness(LOG.key)
    try:
        for at, (branch, old, size, honest) in enumerate(steps, 1_900_000_000):
            leaves = leaves_of(size, branch)
            held = old if old is not None else ours.last.size if ours.last else 0
            proof = tree.consistency_proof(leaves, held) if 0 < held < size else []
            body = bytes(request(held, proof if honest else proof[1:], note_of(leaves)))
            answer = ours.answer(body, at)
            assert foreign.answer(body, at)[0] == answer.status
    finally:
        foreign.store.close()
