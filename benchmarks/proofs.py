"""The proofs that go with a joint report: seconds and bytes beside the report itself, for a month of made-up incidents.

make bench
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from benchmarks.derivation import entry
from benchmarks.world import make
from tests.console.nodes import node_of
from tests.world import World
from trucekeeper import workspace
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.cosignature import cosign
from trucekeeper.logs.message import COSIGNATURE, MLDSA_COSIGNATURE
from trucekeeper.logs.note import Note, VerifierKey, parse_note
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.workspace import Node

WITNESSES = ("b", "c", "un")


def node_with(reports: int, folder: Path) -> Node:
    """A node that holds the reports of one month, each head with two receipts of each of three witnesses."""
    node_of(World(""), folder)
    node = workspace.open(folder)
    logs: dict[str, list[bytes]] = {}
    for number, report in enumerate(make(reports, seed=11, days=31).reports):
        circle = "public" if report.source in ("d", "e", "press") else "guarantors"
        logs.setdefault(f"{report.source}.{circle}", []).append(entry(report, number))
    for log, entries in logs.items():
        node.append(LogName(log), entries)
        head = folder / "logs" / log / "checkpoint"
        head.write_bytes(bytes(with_receipts(parse_note(head.read_bytes()))))
    return workspace.open(folder)


def with_receipts(note: Note) -> Note:
    """The head with an Ed25519 and an ML-DSA-44 receipt of each witness."""
    checkpoint, lines = parse_checkpoint(note.text), []
    for name in WITNESSES:
        seed = hashlib.sha256(name.encode()).digest()
        small, large = (
            Ed25519PrivateKey.from_private_bytes(seed),
            MLDSA44PrivateKey.from_seed_bytes(seed),
        )
        for type_, key in ((COSIGNATURE, small), (MLDSA_COSIGNATURE, large)):
            verifier = VerifierKey(
                f"test/{name}/witness", type_, key.public_key().public_bytes_raw()
            )
            lines.append(cosign(checkpoint, verifier, key.sign, 1_930_000_000))
    return Note(note.text, (*note.signatures, *lines))


def main(counts: Sequence[int]) -> None:
    print(
        "| reports | incidents | cited | report without proofs s | proofs s | files | MB of proofs |"
    )
    print("|---|---|---|---|---|---|---|")
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            print(row(count, Path(folder)), flush=True)


def row(count: int, folder: Path) -> str:
    """One line of the table."""
    node = node_with(count, folder / "node")
    picture = node.derive(as_of="2031-03-31")
    started = time.perf_counter()
    report = picture.report("2031-03")
    report.write(folder / "bare", formats=("json", "html", "csv", "geojson"))
    bare = time.perf_counter()
    written = report.write(folder / "proofs", formats=("proofs",))
    ended = time.perf_counter()
    size = sum(path.stat().st_size for path in written)
    return (
        f"| {count} | {len(picture.incidents)} | {len(report.cited)} | {bare - started:.1f} | "
        f"{ended - bare:.2f} | {len(written)} | {size / 1e6:.1f} |"
    )


if __name__ == "__main__":
    main([int(float(count)) for count in sys.argv[1:]] or [1_000, 12_000])
