"""One key document alone: the text that roots sign, who signed it, and what is wrong with it by
itself.

The text is a C2SP signed note: a fixed line, then the document's canonical JSON without its
signatures. A key has one role and one name: a signature made in one role can be taken for nothing
else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code
from trucekeeper.logs.note import (
    COSIGNATURE,
    ED25519,
    MLDSA_COSIGNATURE,
    Note,
    NoteError,
    Sign,
    SignatureLine,
    VerifierKey,
    parse_key,
    parse_note,
    sign_note,
    verify_note,
)
from trucekeeper.statements.checks import check_keys
from trucekeeper.statements.encoding import Fault, decode_body, encode_body
from trucekeeper.statements.kinds import Keys
from trucekeeper.statements.parts import KeyRow
from trucekeeper.vocabulary.ids import circle_of, first_edition
from trucekeeper.vocabulary.words import KeyRole

HEADER = "trucekeeper/key-document/v1"
#: What the key of a role of a node is called after its participant, and its type.
ROLE_KEYS: Mapping[KeyRole, tuple[str, int]] = {
    "witness": ("witness", COSIGNATURE),
    "witness-mldsa": ("witness", MLDSA_COSIGNATURE),
    "mirror": ("mirror", COSIGNATURE),
    "mirror-mldsa": ("mirror", MLDSA_COSIGNATURE),
    "node": ("node", ED25519),
}
_PUBLIC_BYTES = {ED25519: 32, COSIGNATURE: 32, MLDSA_COSIGNATURE: 1312}
_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_ROOT = re.compile(r"root-[1-9][0-9]{0,3}")
_OFFICER = re.compile(r"officer-([a-z0-9-]{1,64})")


def role_key_name(agreement_id: str, participant: str, role: KeyRole) -> str:
    """The name of the key that a participant's node has for a role."""
    return f"{agreement_id}/{participant}/{ROLE_KEYS[role][0]}"


def officer_key_name(agreement_id: str, participant: str, officer: str) -> str:
    """The name of an officer's key. officer: the opaque id that stands in statements."""
    return f"{agreement_id}/{participant}/officer-{officer}"


def root_key_name(agreement_id: str, participant: str, number: int) -> str:
    """The name of a participant's root key."""
    return f"{agreement_id}/{participant}/root-{number}"


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row with its key read; key is None for an age recipient."""

    row: KeyRow
    key: VerifierKey | None


def document_text(document: Keys) -> str:
    """What the root keys sign."""
    bare = msgspec.structs.replace(document, signatures=())
    return f"{HEADER}\n{encode_body(bare).decode()}\n"


def document_file(document: Keys) -> bytes:
    """The document as a file: a signed note, or its beginning where nobody has signed yet."""
    lines = "".join(f"{line}\n" for line in document.signatures)
    return f"{document_text(document)}\n{lines}".encode()


def read_document(data: bytes) -> Keys:
    """The document of a file. Raises NoteError."""
    lines: tuple[str, ...] = ()
    if data.endswith(b"\n\n") and data.count(b"\n") == 3:
        text = data[:-1].decode("utf-8", "replace")
    else:
        note = parse_note(data)
        text, lines = note.text, tuple(str(line) for line in note.signatures)
    header, _, body = text.partition("\n")
    if header != HEADER:
        raise NoteError("a file that is no key document")
    document, fault = decode_body(Keys.kind, Keys.version, body.rstrip("\n").encode())
    if fault is not None or not isinstance(document, Keys) or document.signatures:
        raise NoteError("a key document that is not canonical")
    return msgspec.structs.replace(document, signatures=lines)


def sign_document(document: Keys, key: VerifierKey, sign: Sign) -> Keys:
    """The document with one more signature line; one by the same key is replaced."""
    (line,) = sign_note(document_text(document), key, sign).signatures
    kept = [old for old in document.signatures if not _is_by(old, key)]
    return msgspec.structs.replace(document, signatures=(*kept, str(line)))


def with_lines(document: Keys, lines: Iterable[str]) -> Keys:
    """The document with these signature lines and no other, each once, in order."""
    return msgspec.structs.replace(document, signatures=tuple(sorted(set(lines))))


def signed_by(document: Keys, roots: Iterable[str]) -> int:
    """How many of these root keys have signed. A line that does not verify counts for nobody, for
    anyone can add one."""
    return len({public for public, _ in _signatures(document, roots)})


def with_lines_of(document: Keys, roots: Iterable[str]) -> Keys:
    """The document with the lines of these root keys only, one each: what others added to it may
    not crowd them out."""
    return with_lines(document, dict(_signatures(document, roots)).values())


def _signatures(document: Keys, roots: Iterable[str]) -> list[tuple[bytes, str]]:
    """(public key, line) for each line that one of these root keys made."""
    text = document_text(document)
    keys = [key for key in map(read_key_text, roots) if key is not None]
    return [
        (key.public, told)
        for told in document.signatures
        if (line := read_line(told)) is not None
        for key in keys
        if verifies(text, line, key)
    ]


def read_line(text: str) -> SignatureLine | None:
    """A signature line; None where the text is none."""
    try:
        (line,) = parse_note(f"-\n\n{text}\n".encode()).signatures
    except (NoteError, ValueError):
        return None
    return line


def verifies(text: str, line: SignatureLine, key: VerifierKey) -> bool:
    """Whether a line is this key's signature of the text."""
    try:
        verify_note(Note(text, (line,)), key)
    except NoteError:
        return False
    return True


def read_key_text(text: str) -> VerifierKey | None:
    """A verifier key of a type we know and of its right length; None where the text is none."""
    try:
        key = parse_key(text)
    except NoteError:
        return None
    return key if _PUBLIC_BYTES.get(key.type) == len(key.public) else None


def document_fault(agreement: Agreement, document: Keys) -> Fault | None:
    """What is wrong with a document by itself; None where nothing is."""
    if document.participant not in agreement.participants:
        return Fault(Code.BAD_KEY_DOCUMENT, "no such participant")
    if document.circle not in agreement.circles:
        return Fault(Code.BAD_KEY_DOCUMENT, "no such circle")
    fault = check_keys(document)
    if fault is not None:
        return fault
    names: dict[bytes, tuple[str, str]] = {}
    for text in document.roots:
        key = root_key(agreement, document.participant, text)
        if key is None:
            return Fault(Code.BAD_KEY_DOCUMENT, "a root key of another name or type")
        if key.public in names or ("root", key.name) in names.values():
            return Fault(Code.BAD_KEY_DOCUMENT, "a root key twice")
        names[key.public] = ("root", key.name)
    for row in document.rows:
        wrong = _row_fault(agreement, document, row)
        if wrong is not None:
            return Fault(Code.BAD_KEY_DOCUMENT, wrong)
        key = read_key_text(row.key)
        if key is not None and names.setdefault(key.public, (row.role, key.name)) != (
            row.role,
            key.name,
        ):
            return Fault(Code.BAD_KEY_DOCUMENT, f"one key in two roles or names, `{row.role}`")
    return None


def root_key(agreement: Agreement, participant: str, text: str) -> VerifierKey | None:
    """The root key of a participant that a text is; None where it is none."""
    key, prefix = read_key_text(text), f"{agreement.file.agreement.id}/{participant}/"
    if key is None or not key.name.startswith(prefix):
        return None
    return key if _ROOT.fullmatch(key.name.removeprefix(prefix)) else None


def is_node_key(agreement: Agreement, participant: str, role: str, text: str) -> bool:
    """Whether a text can be the public half of a participant's node in a role, or the age recipient
    as which it is sealed to."""
    if role == "recipient":
        return _RECIPIENT.fullmatch(text) is not None
    named, key = ROLE_KEYS.get(role), read_key_text(text)  # type: ignore[call-overload]  # any text
    if named is None or key is None:
        return False
    name, type_ = named
    return (key.name, key.type) == (f"{agreement.file.agreement.id}/{participant}/{name}", type_)


def _row_fault(agreement: Agreement, document: Keys, row: KeyRow) -> str | None:
    participant = document.participant
    if row.log is not None and (
        first_edition(row.log) not in agreement.logs
        or agreement.owner(row.log) != participant
        or circle_of(row.log) != document.circle
    ):
        return f"`{row.role}` for a log of somebody else or another circle"
    if row.role == "recipient":
        found = is_node_key(agreement, participant, row.role, row.key)
        return None if found else "a recipient that is no age key"
    key = read_key_text(row.key)
    if key is None:
        return f"no key for `{row.role}`"
    id = agreement.file.agreement.id
    if row.role == "log":
        if row.log is None:
            return "a log key without its log"
        right = (key.name, key.type) == (agreement.origin(row.log), ED25519)
    elif row.role == "officer":
        name = key.name.removeprefix(f"{id}/{participant}/")
        right = key.type == ED25519 and _OFFICER.fullmatch(name) is not None
    else:
        right = row.log is None and is_node_key(agreement, participant, row.role, row.key)
    return None if right else f"the key of another role as `{row.role}`"


def _is_by(line: str, key: VerifierKey) -> bool:
    read = read_line(line)
    return read is not None and (read.name, read.key_id) == (key.name, key.id)
