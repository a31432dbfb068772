"""A node's folder: agreement, roster, logs, keys, desk. What stands where, and nothing of what it
means.

agreement.toml + its attachments     the agreement, no keys in it
roster.toml                          participant or component → log → verifier key; root keys and
                                     accepted key documents
logs/<log>/, logs/<log>.vkey         own logs and mirrored ones alike
keys/                                the node's own, as keys.keyring says
.writer                              the lock of whoever changes the roster
desk/, cache/                        drafts and names; what may be deleted
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from trucekeeper.agreement.rules import Agreement, load
from trucekeeper.errors import Code, NodeError, Place, Problem, StorageError, VerificationError
from trucekeeper.governance.keyring import Keyrings
from trucekeeper.governance.record import RosterRow
from trucekeeper.keys.age import Passphrase, Secret
from trucekeeper.keys.custody import Signer
from trucekeeper.keys.keyring import (
    IDENTITY,
    Keyring,
    Seeds,
    Vault,
    make_identity,
    make_log_key,
    make_role_keys,
    read_keyring,
)
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.note import NoteError, VerifierKey, parse_key, parse_note, sign_note
from trucekeeper.storage.disk import Disk, RealDisk, replace
from trucekeeper.storage.log_folder import HEAD, LOCK, HeldLog, read_log
from trucekeeper.storage.roster import read_roster, read_trust_of, write_roster
from trucekeeper.storage.trust import ROSTER, NodeKey, Trust
from trucekeeper.vocabulary.ids import LogName, author_of

AGREEMENT = "agreement.toml"
Told = TypeVar("Told")


@dataclass(frozen=True)
class NodeFolder:
    """A node's folder as read: nothing in it is unverified but what `problems` names."""

    path: Path
    disk: Disk
    agreement: Agreement
    roster: tuple[RosterRow, ...]
    signers: Mapping[LogName, Signer]
    keyring: Keyring
    trust: Trust

    @cached_property
    def keyrings(self) -> Keyrings:
        """The keys in force by the key documents that the roster has."""
        return self.trust.keyrings(self.agreement)

    def key(self, log: str, note: bytes | None = None) -> VerifierKey:
        """The key that verifies a head of a log: of those in force at its size, the one that signed
        it. note: the head; default: as it stands here. Raises NodeError where none is in force, or
        `<log>.vkey` says another."""
        first, (size, ids) = self._first_key(log), self._head(log, note)
        keys = self.keyrings.log_keys(log, size)
        if keys is None:
            return first
        signed = next((key for key in keys if key.id in ids), None)
        if signed is None and self._void_key(log, first, ids) is not None:
            where = Place(log=log, index=size)
            raise NodeError(Problem(Code.VOID_HEAD, where, f"size {size}", "a key in force"))
        return signed or next(iter(keys), first)

    def next_signer(self, log: LogName, count: int = 1) -> Signer:
        """The own key that signs the head of a log that is longer by `count`. Raises NodeError
        where none is in force."""
        return self.signer_at(log, self._head(log)[0] + count)

    def signer_at(self, log: LogName, size: int) -> Signer:
        """The own key that signs a log's head of a size. Raises NodeError where none is in
        force."""
        own = self.keyring.logs[log]
        keys = self.keyrings.log_keys(log, size)
        if keys is None:
            return own[0]
        for key in keys:
            for signer in own:
                if signer.key == key:
                    return signer
        found = ", ".join(signer.key.id.hex() for signer in own)
        expected = ", ".join(key.id.hex() for key in keys) or "a key in force"
        raise NodeError(Problem(Code.KEY_NOT_IN_FORCE, Place(log=log), found, expected))

    def _void_key(self, log: str, first: VerifierKey, ids: Container[bytes]) -> VerifierKey | None:
        """Of all keys that a log ever had, the one among these that signed a head."""
        keys = [first, *self.keyrings.log_keys_ever(log)]
        return next((key for key in keys if key.id in ids), None)

    def _head(self, log: str, note: bytes | None = None) -> tuple[int, frozenset[bytes]]:
        """Size of a log's head, and the ids of the keys that signed it, before any is verified."""
        path = f"logs/{log}/{HEAD}"
        if note is None and self.disk.exists(path):
            note = self.disk.read(path)
        try:
            head = parse_note(note or b"")
            size = parse_checkpoint(head.text).size
        except NoteError:
            return 0, frozenset()
        return size, frozenset(line.key_id for line in head.signatures)

    def _first_key(self, log: str) -> VerifierKey:
        """The key of a log by the roster, from before any key document."""
        row = next((row for row in self.roster if row.log == log), None)
        place = Place(file=ROSTER, log=log)
        if row is None:
            raise NodeError(Problem(Code.NOT_ON_ROSTER, place, f"`{log}`", "a log on the roster"))
        beside = f"logs/{log}.vkey"
        if self.disk.exists(beside) and self.disk.read(beside).decode(
            "utf-8", "replace"
        ).strip() not in (row.key, *map(str, self.keyrings.log_keys_ever(log))):
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

    def show_key(self, log: str) -> None:
        """Put the key that signed the head beside the log, for other tools, where key documents
        have changed it."""
        beside = f"logs/{log}.vkey"
        if self.keyrings.log_rows(log):
            line = f"{self.key(log)}\n".encode()
            if not self.disk.exists(beside) or self.disk.read(beside) != line:
                replace(self.disk, beside, line)

    def held_void(self, log: str) -> HeldLog:
        """A log whose head is by a key that was void at its size, verified by that key all the
        same. Raises VerificationError."""
        first = self._first_key(log)
        key = self._void_key(log, first, self._head(log)[1]) or first
        return read_log(self.disk, f"logs/{log}", log, key)

    def logs_here(self) -> list[LogName]:
        """The logs on the roster, in the agreement's order."""
        listed = {row.log for row in self.roster}
        return [log for log in self.agreement.logs if log in listed]


def read_node(path: Path, passphrase: Passphrase | None = None) -> NodeFolder:
    """The node of a folder. passphrase: asked when something is first signed. Raises NodeError or
    AgreementError."""
    if not (path / AGREEMENT).is_file():
        raise NodeError(
            Problem(Code.NOT_A_NODE, Place(file=str(path)), f"no {AGREEMENT}", "a node's folder")
        )
    disk = RealDisk(path)
    agreement = load((path / AGREEMENT).read_bytes(), read_attachments(path))
    roster = read_roster(disk)
    agreement = agreement.continuing(row.log for row in roster)
    head = agreement.file.agreement
    public = head.exercise or head.transcription
    keyring = read_keyring(Vault(path / "keys", passphrase, may_be_public=public))
    signers = {log: keys[0] for log, keys in keyring.logs.items()}
    owners = {owner_of(agreement, log) for log in signers}
    if len(owners) > 1 and not public:
        found = f"keys of {', '.join(sorted(owners))}"
        raise NodeError(
            Problem(Code.KEYS_OF_SEVERAL, Place(file="keys"), found, "keys of one participant")
        )
    folder = NodeFolder(path, disk, agreement, roster, signers, keyring, read_trust_of(disk))
    return replace_fields(folder, signers=_next_signers(folder))


def read_again(folder: NodeFolder) -> NodeFolder:
    """The folder with its roster and its keys as they stand on the disk now."""
    again = replace_fields(_with_roster(folder), keyring=folder.keyring.again())
    return replace_fields(again, signers=_next_signers(again))


def _next_signers(folder: NodeFolder) -> dict[LogName, Signer]:
    """For each own log the key that signs next; its first key where none is in force."""
    signers = {}
    for log, keys in folder.keyring.logs.items():
        try:
            signers[log] = folder.next_signer(log)
        except NodeError:
            signers[log] = keys[0]
    return signers


def read_attachments(folder: Path) -> dict[str, bytes]:
    """Every file beside the agreement, by name."""
    return {
        p.name: p.read_bytes()
        for p in sorted(folder.iterdir())
        if p.is_file() and p.name not in (AGREEMENT, ROSTER)
    }


def change_roster(
    folder: NodeFolder,
    change: Callable[[NodeFolder], tuple[Iterable[RosterRow], Trust, Told]],
) -> tuple[NodeFolder, Told]:
    """The folder with another roster, here and on the disk, and what `change` said besides. Read,
    changed and written as one step: what another thread or process of the node has learnt since
    the folder was read stays."""
    with folder.disk.lock(LOCK):
        rows, trust, told = change(_with_roster(folder))
        write_roster(folder.disk, rows, trust)
    return _with_roster(folder), told


def _with_roster(folder: NodeFolder) -> NodeFolder:
    """The folder with its roster as it stands on the disk now."""
    roster, trust = read_roster(folder.disk), read_trust_of(folder.disk)
    agreement = folder.agreement.continuing(row.log for row in roster)
    return replace_fields(folder, agreement=agreement, roster=roster, trust=trust)


def resign(folder: NodeFolder, log: LogName, held: HeldLog) -> None:
    """Put the signature of the key now in force under an own head whose key is void: same size,
    same root."""
    if held.size:
        signer = folder.next_signer(log, 0)
        note = sign_note(held.checkpoint.text(), signer.key, signer.sign)
        with folder.disk.lock(f"logs/{log}/{LOCK}"):
            replace(folder.disk, f"logs/{log}/{HEAD}", bytes(note))


def owner_of(agreement: Agreement, log: str) -> str:
    """The participant whose node keeps a log: its author, or the keeper of the component."""
    return agreement.owner(log)


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
        except StorageError as error:  # a sector that cannot be read takes one log, not the node
            problems += [of_log(problem, log) for problem in error.problems]
    return held, problems


def of_log(problem: Problem, log: str) -> Problem:
    """A problem of a file as a problem of the log to which the file belongs."""
    return msgspec.structs.replace(problem, place=msgspec.structs.replace(problem.place, log=log))


def make_node(
    path: Path,
    agreement: Path,
    participants: Sequence[str],
    seeds: Seeds | None = None,
    passphrase: Passphrase | None = None,
) -> NodeFolder:
    """Make the folder of a new node: agreement, keys, roster. passphrase: without one its keys lie
    in the clear. Raises NodeError or AgreementError."""
    if path.exists() and any(path.iterdir()):
        raise NodeError(
            Problem(
                Code.FOLDER_TAKEN, Place(file=str(path)), "a folder with files", "an empty folder"
            )
        )
    text, attachments = agreement.read_bytes(), read_attachments(agreement.parent)
    rules = load(text, attachments)
    own = _own_logs(rules, participants)
    secret = None if passphrase is None else passphrase()
    path.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(agreement, path / AGREEMENT)
    for attachment in rules.file.attachments:
        (path / attachment.file).write_bytes(attachments[attachment.file])
    keys, encrypted = path / "keys", secret is not None
    if len(participants) == 1:
        make_node_keys(keys, rules, participants[0], secret, seeds)
    elif encrypted:
        make_identity(keys, secret)
    rows = []
    for log in own:
        origin = rules.origin(log)
        seed = None if seeds is None else seeds(origin)
        signer = make_log_key(keys, log, origin, encrypted=encrypted, seed=seed)
        rows.append(RosterRow(author_of(log), log, str(signer.key)))
    write_roster(RealDisk(path), rows, Trust())
    node = read_node(path, None if secret is None else lambda: secret)
    if len(participants) == 1:
        node = publish_keys(node, participants[0])
    return node


def make_node_keys(
    keys: Path,
    rules: Agreement,
    participant: str,
    passphrase: Secret | None,
    seeds: Seeds | None = None,
) -> list[str]:
    """Make what a participant's node lacks of its identity and its keys as witness, mirror and
    node; what that was."""
    made: list[str] = []
    id = rules.file.agreement.id
    if not (keys / IDENTITY).exists():
        seed = None if seeds is None else seeds(f"{id}/{participant}/identity")
        make_identity(keys, passphrase, seed)
        made.append("identity")
    locked = Vault(keys).is_locked
    return made + list(make_role_keys(keys, id, participant, encrypted=locked, seeds=seeds))


def publish_keys(node: NodeFolder, participant: str) -> NodeFolder:
    """Put the public halves of a node's own keys into its roster, where other nodes get them."""
    own = [NodeKey(participant, role, key) for role, key in node.keyring.public_keys().items()]

    def with_own(now: NodeFolder) -> tuple[Iterable[RosterRow], Trust, None]:
        others = [key for key in now.trust.keys if key.participant != participant]
        return now.roster, Trust((*others, *own), now.trust.participants), None

    return change_roster(node, with_own)[0]


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
