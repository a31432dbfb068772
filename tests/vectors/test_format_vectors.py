"""Published values of the C2SP formats and of RFC 6962: what others wrote verifies here, and every
malformed variant is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from trucekeeper.logs import tree
from trucekeeper.logs.cosignature import Receipt, receipts
from trucekeeper.logs.message import COSIGNATURES, message
from trucekeeper.logs.note import (
    NoteError,
    VerifierKey,
    parse_key,
    parse_note,
    verify_line,
    verify_note,
)
from trucekeeper.logs.tiles import parse_tile_path, tile_path


@dataclass(frozen=True)
class Published:
    source: str
    note: bytes
    signed: list[tuple[VerifierKey, int]]


def published() -> list[Published]:
    rows = json.loads((Path(__file__).parent / "notes.json").read_text())
    return [
        Published(
            row["source"], row["note"].encode(), [(parse_key(key), at) for key, at in row["signed"]]
        )
        for row in rows
    ]


NOTES = published()
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


@pytest.mark.parametrize("vector", NOTES, ids=lambda v: v.source[:30])
def test_published_notes_verify_and_are_written_back_byte_for_byte(vector: Published) -> None:
    note = parse_note(vector.note)
    assert bytes(note) == vector.note
    for key, at in vector.signed:
        verify_note(note, key)
        assert [verify_line(line, key, note.text) for line in note.by(key)] == [at]
        assert parse_key(str(key)) == key


@pytest.mark.parametrize("vector", NOTES, ids=lambda v: v.source[:30])
def test_their_times_are_those_of_their_receipts(vector: Published) -> None:
    cosigners = [(key, at) for key, at in vector.signed if key.type in COSIGNATURES]
    if cosigners:
        given = receipts(parse_note(vector.note), [key for key, _ in cosigners])
        assert given == tuple(sorted(Receipt(key.name, key.type, at) for key, at in cosigners))


@pytest.mark.parametrize("vector", NOTES, ids=lambda v: v.source[:30])
def test_a_changed_byte_anywhere_in_a_published_note_is_refused(vector: Published) -> None:
    """By every key whose line or whose text it touches."""
    held = parse_note(vector.note)
    step = max(1, len(vector.note) // 300)
    for position in range(0, len(vector.note), step):
        changed = bytearray(vector.note)
        changed[position] ^= 1
        try:
            note = parse_note(bytes(changed))
        except NoteError:
            continue
        for key, _ in vector.signed:
            same = note.text == held.text and note.by(key) == held.by(key)
            assert same or refuses(bytes(changed), key)


def refuses(data: bytes, key: VerifierKey) -> bool:
    try:
        verify_note(parse_note(data), key)
    except NoteError:
        return True
    return False


def test_every_part_of_the_known_key_and_every_changed_letter_is_refused() -> None:
    """As the tests of Go's sumdb/note have it."""
    assert str(parse_key(PETER)) == PETER
    wrong = [
        PETER[i:j]
        for i in range(len(PETER))
        for j in range(i, len(PETER) + 1)
        if j - i < len(PETER)
    ]
    wrong += [PETER[:i] + chr(ord(PETER[i]) + 1) + PETER[i + 1 :] for i in range(len(PETER))]
    # Another length, and an unknown algorithm, each with the id that belongs to it.
    wrong.append("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==")
    wrong.append("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    for text in wrong:
        with pytest.raises(NoteError):
            parse_key(text)


@pytest.mark.parametrize(
    "data",
    [
        "TEXT",
        "TEXT\n",
        "TEXT\n\n— PeterNeumann x08goAAA",
        "\x01TEXT\n\n— PeterNeumann x08goAAA\n",
        "TEXT\n\n— Bad Name x08goAAA\n",
        "TEXT\n\n— Bad+Name x08goAAA\n",
        "TEXT\n\n— PeterNeumann x08goAAA\nUnexpected line.\n",
        "TEXT\n\n—  PeterNeumann x08goAAA\n",
        "TEXT\n\n— PeterNeumann x08gow==\n",
        "TEXT\n\n— PeterNeumann x08go\n",
        "TEXT\n\n— PeterNeumann x08goAAA" + "\n— PeterNeumann x08goAAA" * 64 + "\n",
    ],
)
def test_malformed_notes_of_the_same_tests_are_refused(data: str) -> None:
    with pytest.raises(NoteError):
        parse_note(data.encode())


def test_sixteen_signatures_and_more_are_accepted() -> None:
    line = "— PeterNeumann x08goAAA\n"
    for count in (1, 16, 64):
        assert len(parse_note(f"TEXT\n\n{line * count}".encode()).signatures) == count


@pytest.mark.parametrize(
    "public",
    [
        bytes(32),
        (1).to_bytes(32, "little"),
        (2**255 - 20).to_bytes(32, "little"),
        (2**255 - 19).to_bytes(32, "little"),
        (2**256 - 1).to_bytes(32, "little"),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    ],
)
def test_a_key_under_which_anybody_can_sign_is_refused(public: bytes) -> None:
    """The points of small order of RFC 8032, and what is not written canonically."""
    with pytest.raises(NoteError):
        parse_key(str(VerifierKey("x", 0x01, public)))


def test_the_message_of_the_text_on_cosignatures() -> None:
    """The example of C2SP tlog-cosignature, and the binary form field by field."""
    body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert message(0x04, "w", 1679315147, body) == (
        b"cosignature/v1\ntime 1679315147\n" + body.encode()
    )
    binary = message(0x06, "w.example/1", 1679315147, body)
    assert binary[:12] == b"subtree/v1\n\x00"
    assert binary[12:24] == b"\x0bw.example/1"
    assert binary[24:32] == (1679315147).to_bytes(8, "big")
    assert binary[32:60] == b"\x1bexample.com/behind-the-sofa"
    assert binary[60:76] == bytes(8) + (20852163).to_bytes(8, "big")
    assert binary[76:].hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"


#: The eight entries of the reference tests of RFC 6962, the roots over the first n, and proofs.
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
           "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
N96 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
N5F = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N6B = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
N0E = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
NCA = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
NBC = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
INCLUSION = {(0, 8): [N96, N5F, N6B], (5, 8): [NBC, NCA, ROOTS[4]], (2, 3): [ROOTS[2]]}
CONSISTENCY = {
    (1, 8): [N96, N5F, N6B],
    (6, 8): [N0E, NCA, ROOTS[4]],
    (2, 5): [N5F, NBC],
    (1, 1): [],
}


def test_the_known_tree() -> None:
    leaves = [tree.leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]
    assert [tree.root(leaves[:n]).hex() for n in range(9)] == ROOTS
    for (index, size), proof in INCLUSION.items():
        assert [h.hex() for h in tree.inclusion_proof(leaves[:size], index)] == proof
    for (old, size), proof in CONSISTENCY.items():
        assert [h.hex() for h in tree.consistency_proof(leaves[:size], old)] == proof


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1, 256, "tile/0/001"),
        (1, 42, 17, "tile/1/042.p/17"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (0, 1234067, 15, "tile/0/x001/x234/067.p/15"),
        (0, 3555699, 45, "tile/0/x003/x555/699.p/45"),
        (63, 999999999999999999, 255, "tile/63/x999/x999/x999/x999/x999/999.p/255"),
        (None, 1234067, 8, "tile/entries/x001/x234/067.p/8"),
    ],
)
def test_known_tile_paths(level: int | None, number: int, width: int, path: str) -> None:
    assert tile_path(level, number, width) == path
    assert parse_tile_path(path) == (level, number, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/x001/x234/067.p/", "tile/0/x001/x234/067.p", "tile/0/x001/x234/", "tile/0/x001/234/067",
        "tile/0/x0001/067", "tile/0/001/067", "tile/0/1234", "tile/0/067.p/256", "tile/0/067.p/0",
        "tile/0/067.p/08", "tile/100/067", "tile/-1/067", "tile/8/0/000", "tile/0/x000/067", "/tile/0/067",
        "tile/0/067/", "tile/entries/06", "tile//067", "tile/0/../067", "tile/0/067\n", "tile/0/x067",
    ],
)  # fmt: skip
def test_malformed_tile_paths(path: str) -> None:
    assert parse_tile_path(path) is None
