"""Payload files between nodes: those that a log we may read cites, checked against their names;
those that their authors erased are deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from trucekeeper.errors import Code, Place, Problem
from trucekeeper.governance.payloads import Files
from trucekeeper.storage.disk import Disk, read_or_none
from trucekeeper.storage.payloads import PayloadStore, path_of

#: Reads `payloads/<name>` of a peer, or its first bytes up to a number; None where it has none.
Reading = Callable[[str, int], bytes | None]


def reading(disk: Disk) -> Reading:
    """A peer's folder as it is read from."""
    return lambda path, at_most: read_or_none(disk, path, at_most)


def exchange_payloads(store: PayloadStore, files: Files, read: Reading) -> list[Problem]:
    """Delete what was erased, copy what is wanted and not held yet; what was wrong with it."""
    store.drop(files.withheld)
    return fetch_payloads(store, files, read)[1]


def fetch_payloads(store: PayloadStore, files: Files, read: Reading) -> tuple[int, list[Problem]]:
    """Copy what is wanted and not held yet; how many files came, and what was wrong with others."""
    came, problems = 0, []
    for digest, size in sorted(files.wanted.items()):
        if store.holds(digest):
            continue
        data = read(path_of(digest), size + 1)
        if data is None:
            continue
        if len(data) != size or hashlib.sha256(data).hexdigest() != digest:
            found = f"{len(data)} other bytes from a peer"
            problems.append(
                Problem(
                    Code.PAYLOAD_DAMAGED, Place(file=path_of(digest)), found, f"its {size} bytes"
                )
            )
            continue
        store.put(data)
        came += 1
    return came, problems


def missing_payloads(store: PayloadStore, files: Files) -> list[str]:
    """The files that are wanted and not held."""
    return sorted(digest for digest in files.wanted if not store.holds(digest))
