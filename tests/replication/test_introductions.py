"""What a node says of itself may be garbled on the way: nothing of that may stay."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.functional.test_nodes import node, says
from tests.keys import key
from trucekeeper import ceremony
from trucekeeper.errors import NodeError
from trucekeeper.governance.key_document import sign_document
from trucekeeper.replication.exchange import About
from trucekeeper.replication.pull import FolderPeer, pull
from trucekeeper.storage.node_folder import NodeFolder, read_node
from trucekeeper.storage.trust import ROSTER
from trucekeeper.vocabulary.ids import LogName

ROOT = key("spec/a/root-1")


@dataclass(frozen=True)
class Told(FolderPeer):
    """A peer that says this of itself, and holds no logs."""

    told: About

    def about(self) -> About:
        return self.told

    def heads(self) -> Mapping[LogName, bytes]:
        return {}


@pytest.fixture(scope="module")
def author() -> Iterator[NodeFolder]:
    """A node whose keys stand in key documents."""
    with tempfile.TemporaryDirectory() as folder:
        held = node(Path(folder) / "a", "a")
        documents = [
            sign_document(document, ROOT.key, ROOT.sign)
            for document in ceremony.draft(held, roots=[str(ROOT.key)])
        ]
        ceremony.state(held, documents, officer="o-1")
        says(held, "mortar-fire at Karsk by d-army on e-brigades")
        node(Path(folder) / "c", "c")
        yield held.folder


def introduced(author: NodeFolder, told: About | None) -> bytes:
    """The roster of a new node after it has heard this of another, and then copied what is right."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c"
        shutil.copytree(author.path.parent / "c", path)
        if told is not None:
            try:
                pull(read_node(path), Told(author, told), ["c"])
            except NodeError:
                read_node(path)  # refused as a whole, and nothing harmed
        pulled = pull(read_node(path), FolderPeer(author), ["c"])
        assert pulled.problems == ()
        return (path / ROSTER).read_bytes()


@given(st.data())
def test_nothing_of_a_garbled_introduction_stays(author: NodeFolder, data: st.DataObject) -> None:
    about = FolderPeer(author).about()
    small = tuple(key for key in about.keys if "mldsa" not in key.role)  # what most bits are of
    text = msgspec.json.encode(msgspec.structs.replace(about, keys=small))
    at = data.draw(st.integers(0, len(text) - 1))
    bit = data.draw(st.integers(0, 7))
    garbled = text[:at] + bytes([text[at] ^ 1 << bit]) + text[at + 1 :]
    try:
        told = msgspec.json.decode(garbled, type=About)
    except (msgspec.DecodeError, UnicodeDecodeError):
        assume(False)
        raise AssertionError from None
    assert introduced(author, told) == introduced(author, None)
