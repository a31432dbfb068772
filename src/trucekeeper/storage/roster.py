"""The file roster.toml: whose key signs which log, and which root keys and key documents the node
relies on."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from trucekeeper.errors import Code, NodeError, Place, Problem
from trucekeeper.governance.record import RosterRow
from trucekeeper.storage.disk import Disk, read_or_none, replace
from trucekeeper.storage.trust import ROSTER, NodeKey, Trust, Trusted, read_trust, trust_text


class _RosterFile(msgspec.Struct, forbid_unknown_fields=True):
    logs: list[RosterRow] = []
    keys: list[NodeKey] = []
    participants: list[Trusted] = []


def read_roster(disk: Disk) -> tuple[RosterRow, ...]:
    """The rows of roster.toml. Raises NodeError."""
    place = Place(file=ROSTER)
    if not disk.exists(ROSTER):
        raise NodeError(Problem(Code.NOT_A_NODE, place, "no roster", "a roster"))
    return parse_roster(disk.read(ROSTER), place)


@lru_cache(16)
def parse_roster(data: bytes, place: Place) -> tuple[RosterRow, ...]:
    """The rows of a roster.toml's bytes. Raises NodeError."""
    try:
        rows = msgspec.convert(tomllib.loads(data.decode("utf-8")), _RosterFile).logs
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise NodeError(
            Problem(Code.NOT_TOML, place, str(error), "rows of author, log and key")
        ) from error
    return tuple(rows)


def read_trust_of(disk: Disk) -> Trust:
    """Root keys and key documents of roster.toml. Raises NodeError."""
    return read_trust(disk.read(ROSTER)) if disk.exists(ROSTER) else Trust()


def write_roster(disk: Disk, rows: Iterable[RosterRow], trust: Trust) -> None:
    """Put the rows into roster.toml, and each key beside its log. Nothing is written that stands
    there already."""
    ordered: Sequence[RosterRow] = sorted(rows, key=lambda row: row.log)
    text = "# Whose key signs the heads of which log. Compare with the participants before trust.\n"
    for row in ordered:
        text += f'\n[[logs]]\nauthor = "{row.author}"\nlog = "{row.log}"\nkey = "{row.key}"\n'
        if not disk.exists(f"logs/{row.log}.vkey"):
            replace(disk, f"logs/{row.log}.vkey", f"{row.key}\n".encode())
    whole = (text + trust_text(trust)).encode()
    if read_or_none(disk, ROSTER) != whole:
        replace(disk, ROSTER, whole)
