"""Take in what another process of the same node wrote into a log."""

from __future__ import annotations

from itertools import islice

from trucekeeper.errors import Place
from trucekeeper.logs.note import VerifierKey
from trucekeeper.logs.tiles import TILE_WIDTH, bundle_leaves, widths
from trucekeeper.storage.disk import read_or_none
from trucekeeper.storage.log_folder import (
    HEAD,
    HeldLog,
    read_log,
    read_tile,
    same_head,
    verified_head,
)


def followed(held: HeldLog, key: VerifierKey) -> HeldLog:
    """The log as it lies in its folder now; the same value where its head is the same. Where it
    grew, only what is new is read; where that does not give the signed root, all of it is.

    Raises VerificationError."""
    note = read_or_none(held.disk, f"{held.folder}/{HEAD}")
    if note is None or note == held.note or same_head(note, held.note):
        return held
    head = verified_head(note, key, Place(file=f"{held.folder}/{HEAD}", log=held.name))
    levels = held.levels
    for number, width in islice(widths(head.size), held.size // TILE_WIDTH, None):
        _, data = read_tile(held.disk, held.folder, None, number, width)
        leaves = None if data is None else bundle_leaves(data)
        if leaves is None or len(leaves) < width:
            break
        levels = levels.grown(leaves[max(0, levels.size - number * TILE_WIDTH) : width])
    if levels.size == head.size and levels.root() == head.root:
        return HeldLog(held.name, head, note, levels, held.disk, held.folder)
    return read_log(held.disk, held.folder, held.name, key)
