"""A node's folder: agreement, roster, logs, keys, desk. What stands where, and nothing of what it
means.

agreement.toml + its attachments     the agreement, no keys in it
roster.toml                          participant or component → log → verifier key
logs/<log>/, logs/<log>.vkey         own logs and mirrored ones alike
keys/<log>.key                       the node's own
desk/, cache/                        drafts and names; what may be deleted
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from trucekeeper.agreement.rules import Agreement, load
from trucekeeper.errors import Code, NodeError, Place, Problem, VerificationError
from trucekeeper.governance.record import RosterRow
from trucekeeper.keys.custody import Signer, make_key, read_key
from trucekeeper.logs.note import NoteError, VerifierKey, parse_key
from trucekeeper.storage.disk import Disk, RealDisk, replace
from trucekeeper.storage.log_folder import HeldLog, read_log
from trucekeeper.vocabulary.ids import LogName, split_log

AGREEMENT = "agreement.toml"
ROSTER = "roster.toml"


class _RosterFile(msgspec.Struct, forbid_unknown_fields=True):
    logs: list[RosterRow] = []


@dataclass(frozen=True)
class NodeFolder:
    """A node's folder as read: nothing in it is unverified but what `problems` names."""

    path: Path
    disk: Disk
    agreement: Agreement
    roster: tuple[RosterRow, ...]
    signers: Mapping[LogName, Signer]

    def key(self, log: str) -> VerifierKey:
        """The verifier key of a log, by the roster. Raises NodeError where `<log>.vkey` says
        another."""
        row = next((row for row in self.roster if row.log == log), None)
        place = Place(file=ROSTER, log=log)
        if row is None:
            raise NodeError(Problem(Code.NOT_ON_ROSTER, place, f"`{log}`", "a log on the roster"))
        beside = f"logs/{log}.vkey"
        if (
            self.disk.exists(beside)
            and self.disk.read(beside).decode("utf-8", "replace").strip() != row.key
        ):
            raise NodeError(
                Problem(Code.ROSTER_DIFFERS, place, f"another key in {beside}", row.key)
            )
        try:
            key = parse_key(row.key)
        except NoteError as error:
            raise NodeError(
                Problem(Code.ROSTER_DIFFERS, place, str(error), "a verifier key")
            ) from error
        if key.name != self.agreement.origin(log):
            raise NodeError(
                Problem(Code.ROSTER_DIFFERS, place, key.name, self.agreement.origin(log))
            )
        return key

    def held(self, log: str) -> HeldLog:
        """A log, verified whole. Raises VerificationError."""
        return read_log(self.disk, f"logs/{log}", log, self.key(log))

    def logs_here(self) -> list[LogName]:
        """The logs on the roster, in the agreement's order."""
        listed = {row.log for row in self.roster}
        return [log for log in self.agreement.logs if log in listed]


def read_node(path: Path) -> NodeFolder:
    """The node of a folder. Raises NodeError or AgreementError."""
    if not (path / AGREEMENT).is_file():
        raise NodeError(
            Problem(Code.NOT_A_NODE, Place(file=str(path)), f"no {AGREEMENT}", "a node's folder")
        )
    disk = RealDisk(path)
    agreement = load((path / AGREEMENT).read_bytes(), read_attachments(path))
    roster = read_roster(disk)
    head = agreement.file.agreement
    public = head.exercise or head.transcription
    keys = sorted((path / "keys").glob("*.key"))
    signers = {LogName(key.stem): read_key(key, may_be_public=public) for key in keys}
    owners = {owner_of(agreement, log) for log in signers}
    if len(owners) > 1 and not public:
        found = f"keys of {', '.join(sorted(owners))}"
        raise NodeError(
            Problem(Code.KEYS_OF_SEVERAL, Place(file="keys"), found, "keys of one participant")
        )
    return NodeFolder(path, disk, agreement, roster, signers)


def read_attachments(folder: Path) -> dict[str, bytes]:
    """Every file beside the agreement, by name."""
    return {
        p.name: p.read_bytes()
        for p in sorted(folder.iterdir())
        if p.is_file() and p.name not in (AGREEMENT, ROSTER)
    }


def read_roster(disk: Disk) -> tuple[RosterRow, ...]:
    """The rows of roster.toml. Raises NodeError."""
    place = Place(file=ROSTER)
    if not disk.exists(ROSTER):
        raise NodeError(Problem(Code.NOT_A_NODE, place, "no roster", "a roster"))
    return parse_roster(disk.read(ROSTER), place)


def parse_roster(data: bytes, place: Place) -> tuple[RosterRow, ...]:
    """The rows of a roster.toml's bytes. Raises NodeError."""
    try:
        rows = msgspec.convert(tomllib.loads(data.decode("utf-8")), _RosterFile).logs
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise NodeError(
            Problem(Code.NOT_TOML, place, str(error), "rows of author, log and key")
        ) from error
    return tuple(rows)


def write_roster(disk: Disk, rows: Iterable[RosterRow]) -> None:
    """Put the rows into roster.toml, and each key beside its log."""
    ordered: Sequence[RosterRow] = sorted(rows, key=lambda row: row.log)
    text = "# Whose key signs the heads of which log. Compare with the participants before trust.\n"
    for row in ordered:
        text += f'\n[[logs]]\nauthor = "{row.author}"\nlog = "{row.log}"\nkey = "{row.key}"\n'
        if not disk.exists(f"logs/{row.log}.vkey"):
            replace(disk, f"logs/{row.log}.vkey", f"{row.key}\n".encode())
    replace(disk, ROSTER, text.encode())


def owner_of(agreement: Agreement, log: str) -> str:
    """The participant whose node keeps a log: its author, or the keeper of the component."""
    parts = split_log(log)
    author = log if parts is None else parts[0]
    component = agreement.components.get(author)
    return author if component is None else component.keeper or component.id


def verify_all(folder: NodeFolder) -> tuple[dict[LogName, HeldLog], list[Problem]]:
    """Every log that verifies, and every problem of the others. Nothing is read from a log that
    does not verify."""
    held: dict[LogName, HeldLog] = {}
    problems: list[Problem] = []
    for log in folder.logs_here():
        try:
            held[log] = folder.held(log)
        except (VerificationError, NodeError) as error:
            problems += error.problems
    return held, problems


def make_node(
    path: Path,
    agreement: Path,
    participants: Sequence[str],
    seeds: Callable[[str], bytes] | None = None,
) -> NodeFolder:
    """Make the folder of a new node: agreement, keys, roster. Raises NodeError or
    AgreementError."""
    if path.exists() and any(path.iterdir()):
        raise NodeError(
            Problem(
                Code.FOLDER_TAKEN, Place(file=str(path)), "a folder with files", "an empty folder"
            )
        )
    text, attachments = agreement.read_bytes(), read_attachments(agreement.parent)
    rules = load(text, attachments)
    own = _own_logs(rules, participants)
    path.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(agreement, path / AGREEMENT)
    for attachment in rules.file.attachments:
        (path / attachment.file).write_bytes(attachments[attachment.file])
    rows = []
    for log in own:
        origin = rules.origin(log)
        signer = make_key(
            path / "keys" / f"{log}.key", origin, None if seeds is None else seeds(origin)
        )
        rows.append(RosterRow(log.partition(".")[0], log, str(signer.key)))
    write_roster(RealDisk(path), rows)
    return read_node(path)


def _own_logs(rules: Agreement, participants: Sequence[str]) -> list[LogName]:
    unknown = [p for p in participants if p not in rules.participants]
    if unknown or not participants:
        found = ", ".join(f"`{p}`" for p in unknown) or "nobody"
        raise NodeError(
            Problem(
                Code.NOT_IN_AGREEMENT, Place(file=AGREEMENT), found, ", ".join(rules.participants)
            )
        )
    public = rules.file.agreement.exercise or rules.file.agreement.transcription
    if len(participants) > 1 and not public:
        raise NodeError(
            Problem(Code.KEYS_OF_SEVERAL, Place(), ", ".join(participants), "one participant")
        )
    owners = {*participants, *(c.id for c in rules.file.components if c.keeper is None)}
    return [log for log in rules.logs if owner_of(rules, log) in owners]
