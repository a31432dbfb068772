"""What a node does with sealed payloads: seal, open, disclose, erase.

The file is on the disk before the statement that names it is signed, and what is opened is checked
against the commitment before anybody sees it. Contents are in no error, no log and no cache."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trucekeeper.errors import Code, NodeError, Place, Problem, QuestionError
from trucekeeper.governance.payloads import is_withheld, payload_files
from trucekeeper.governance.record import Stated
from trucekeeper.intake.drafts import Draft
from trucekeeper.keys.recipients import SealingKeys, decrypted
from trucekeeper.statements.commitment import SALT_BYTES, List, Salt, commit, commit_list, is_list
from trucekeeper.statements.disclosure import (
    Disclosed,
    DisclosureError,
    disclosure,
    list_bytes,
    read_disclosure,
    read_list,
)
from trucekeeper.statements.kinds import Disclosure, Erasure, Sealed
from trucekeeper.statements.parts import Kind, SealedFile, SealedList
from trucekeeper.storage.payloads import Frame, PayloadStore, framed, unframed
from trucekeeper.vocabulary.ids import log_name, split_log, split_ref
from trucekeeper.vocabulary.words import SealedForm, SealedWhat
from trucekeeper.workspace import Node

Chance = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A payload that was opened and is what was committed to. rows: of a list, the names of its
    fields first; disclosed: of a disclosure."""

    content: bytes
    salt: Salt
    rows: List | None = None
    disclosed: Disclosed | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """Where something sealed goes. author: in whose log; recipients: who can open it beside the
    author."""

    author: str
    circle: str
    recipients: Sequence[str]
    officer: str = "officer"


class Sealing:
    """The payloads of one node. keys: whom it can seal to and what it opens with; chance: gives
    random bytes, the system's own unless an exercise is rebuilt."""

    def __init__(
        self, node: Node, keys: SealingKeys | None = None, *, chance: Chance = secrets.token_bytes
    ) -> None:
        self.node = node
        self.store = PayloadStore(node.folder.disk)
        self.keys = keys or sealing_keys(node)
        self.chance = chance

    def seal(
        self,
        content: bytes | List,
        parcel: Parcel,
        *,
        what: SealedWhat,
        form: SealedForm,
        about: str | None = None,
    ) -> str:
        """Seal bytes, or a list with the names of its fields first; the reference of the statement.
        Raises NodeError or StorageError, and then nothing is left behind."""
        salt = Salt(self.chance(SALT_BYTES))
        origin = self._origin(parcel)
        committed = None
        if not isinstance(content, bytes):
            if not is_list(content):
                raise _no_list("no rows of one width", "a row of names and rows of that width")
            root = commit_list(salt, origin, content).hex()
            committed = SealedList(root=root, rows=len(content) - 1, fields=len(content[0]))
            content = list_bytes(content)
        file = self._file(Frame(salt, content), origin, parcel)
        body = Sealed(what=what, form=form, file=file, list=committed, about=about)
        return self._state(body, parcel, file)

    def open(self, ref: str) -> Opened:
        """What a sealed payload or a disclosure holds. Raises NodeError, StorageError or
        QuestionError."""
        stated = self._stated(ref)
        body = stated.body
        assert isinstance(body, Sealed | Disclosure)
        where = Place(log=stated.log, index=stated.index)
        if self.keys.own is None:
            expected = "an age identity in keys/"
            raise NodeError(Problem(Code.NO_RECIPIENT_KEY, where, "no identity", expected))
        data = self.keys.opened(self.store.get(body.file.ciphertext))
        if data is None:
            found = f"sealed to {', '.join(body.file.recipients)} and its author"
            raise NodeError(Problem(Code.NOT_A_RECIPIENT, where, found, "one of them"))
        frame, origin = unframed(data), self.node.agreement.origin(stated.log)
        if frame is None or commit(frame.salt, origin, frame.content).hex() != body.file.commitment:
            raise _other(where, "bytes that the commitment does not stand for")
        if isinstance(body, Disclosure):
            return Opened(frame.content, frame.salt, disclosed=self._disclosed(body, frame, where))
        if body.list is None:
            return Opened(frame.content, frame.salt)
        rows = read_list(frame.content)
        if rows is None or (len(rows) - 1, len(rows[0])) != (body.list.rows, body.list.fields):
            raise _other(where, "no list of the rows and fields that are stated")
        if commit_list(frame.salt, origin, rows).hex() != body.list.root:
            raise _other(where, "cells that the list's root does not stand for")
        return Opened(frame.content, frame.salt, rows)

    def disclose(self, ref: str, rows: Sequence[int], fields: Sequence[str], parcel: Parcel) -> str:
        """Open cells of an own sealed list to recipients; the reference of the statement. rows:
        from 1; fields: by name. Raises as `open` does."""
        opened = self.open(ref)
        if opened.rows is None:
            raise _no_list("a payload that is no list", "a sealed list")
        names = list(opened.rows[0])
        columns = sorted({names.index(field) for field in fields if field in names})
        chosen = sorted(set(rows))
        if len(columns) < len(set(fields)) or not columns or not chosen:
            raise _no_list("a field that the list does not have", "its own fields")
        if chosen[0] < 1 or chosen[-1] >= len(opened.rows):
            raise _no_list("a row that the list does not have", f"1 to {len(opened.rows) - 1}")
        log, _ = split_ref(ref) or ("", 0)
        of_origin = self.node.agreement.origin(log)
        content = disclosure(opened.salt, ref, of_origin, opened.rows, chosen, columns)
        file = self._file(
            Frame(Salt(self.chance(SALT_BYTES)), content), self._origin(parcel), parcel
        )
        body = Disclosure(of=ref, rows=tuple(chosen), columns=tuple(columns), file=file)
        return self._state(body, parcel, file)

    def erase(self, ref: str, reason: str, officer: str = "officer") -> str:
        """State the erasure of an own payload, and delete what this node has of it; the reference
        of the statement. Raises NodeError."""
        stated = self._stated(ref)
        author, circle = split_log(stated.log) or ("", "")
        body = Erasure(of=ref, reason=reason)  # type: ignore[arg-type]  # checked when it is stated
        refs, problems = self.node.state([Draft(author, circle, body, Place(), officer=officer)])
        if problems:
            raise NodeError(*problems)
        drop_withheld(self.node)
        return refs[0]

    def _stated(self, ref: str) -> Stated:
        """The statement of a payload that is not withheld."""
        log, index = split_ref(ref) or (None, 0)
        entries = self.node.record([log])[log] if log is not None and log in self.node.held else ()
        if index >= len(entries) or not isinstance(entries[index].body, Sealed | Disclosure):
            expected = "log/index of a sealed payload or a disclosure"
            raise QuestionError(Problem(Code.NO_SUCH_REFERENCE, Place(), f"`{ref}`", expected))
        stated = entries[index]
        if is_withheld(self.node.agreement, self.node.record(self.node.held), stated):
            where = Place(log=stated.log, index=stated.index)
            raise NodeError(Problem(Code.PAYLOAD_ERASED, where, "an erasure", "a payload"))
        return stated

    def _disclosed(self, body: Disclosure, frame: Frame, where: Place) -> Disclosed:
        log, index = split_ref(body.of) or (None, 0)
        entries = self.node.record([log])[log] if log in self.node.held and log else ()
        of = entries[index].body if index < len(entries) else None
        try:
            found = read_disclosure(frame.content)
        except DisclosureError as error:
            raise NodeError(
                Problem(Code.BAD_DISCLOSURE, where, str(error), "a disclosure that verifies")
            ) from error
        listed = of.list if isinstance(of, Sealed) else None
        if listed is None or (listed.root, listed.rows) != (found.root, found.rows):
            raise NodeError(
                Problem(Code.BAD_DISCLOSURE, where, "another commitment", f"that of {body.of}")
            )
        if tuple(found.cells) != body.rows or tuple(sorted(found.names)) != body.columns:
            raise NodeError(
                Problem(Code.BAD_DISCLOSURE, where, "other cells", "those that are stated")
            )
        return found

    def _file(self, frame: Frame, origin: str, parcel: Parcel) -> SealedFile:
        """The sealed file, durably in the store, and what the log says of it."""
        recipients = sorted({*parcel.recipients} - {parcel.author})
        if not recipients:
            raise NodeError(
                Problem(Code.NO_RECIPIENT_KEY, Place(), "nobody", "a recipient beside the author")
            )
        keys: list[str] = []
        for participant in (parcel.author, *recipients):
            known = self._keys_of(participant, own=participant == parcel.author)
            if not known:
                found = f"none of `{participant}`"
                raise NodeError(
                    Problem(Code.NO_RECIPIENT_KEY, Place(), found, "an age recipient of each")
                )
            keys += known
        data = self.keys.sealed(framed(frame), list(dict.fromkeys(keys)))
        return SealedFile(
            ciphertext=self.store.put(data),
            bytes_padded=len(data),
            commitment=commit(frame.salt, origin, frame.content).hex(),
            recipients=tuple(recipients),
        )

    def _keys_of(self, participant: str, *, own: bool) -> tuple[str, ...]:
        """What a payload for a participant is encrypted to. Its author opens what it discloses."""
        mine = () if self.keys.own is None or not own else (self.keys.own,)
        return (*mine, *self.keys.recipients(participant))

    def _state(self, body: Kind, parcel: Parcel, file: SealedFile) -> str:
        draft = Draft(parcel.author, parcel.circle, body, Place(), officer=parcel.officer)
        refs, problems = self.node.state([draft])
        if problems:
            self.store.drop([file.ciphertext])
            raise NodeError(*problems)
        return refs[0]

    def _origin(self, parcel: Parcel) -> str:
        return self.node.agreement.origin(log_name(parcel.author, parcel.circle))


def sealing_keys(node: Node) -> SealingKeys:
    """Whom a node can seal to, by key documents or else by what nodes gave, and how it opens."""
    folder = node.folder

    def recipients(participant: str) -> Sequence[str]:
        stated = folder.keyrings.recipients(participant)
        return stated or folder.trust.given(participant, "recipient")

    keyring = folder.keyring
    return SealingKeys(
        recipients, keyring.recipient, lambda data: decrypted(data, keyring.identity)
    )


def drop_withheld(node: Node) -> list[str]:
    """Delete the files of erased payloads from a node; their names."""
    files = payload_files(node.agreement, node.record(node.held))
    return PayloadStore(node.folder.disk).drop(files.withheld)


def _other(where: Place, found: str) -> NodeError:
    return NodeError(Problem(Code.OTHER_CONTENT, where, found, "what was committed to"))


def _no_list(found: str, expected: str) -> NodeError:
    return NodeError(Problem(Code.NO_LIST, Place(), found, expected))
