"""Key documents and officers' signatures as people make them: drafted on the node, signed by root
keys elsewhere, stated on the node.

A root key is an age file under a passphrase of its own. It never comes near the node."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from trucekeeper.errors import Code, NodeError, Place, Problem, QuestionError
from trucekeeper.governance.key_document import (
    document_fault,
    document_text,
    officer_key_name,
    read_document,
    root_key_name,
    sign_document,
    signed_by,
)
from trucekeeper.governance.keyring import Keyrings, Offer, whose
from trucekeeper.governance.officers import signed_text
from trucekeeper.governance.record import RosterRow
from trucekeeper.intake.drafts import Draft
from trucekeeper.keys.age import Secret, decrypt_with_passphrase, encrypt_with_passphrase
from trucekeeper.keys.custody import PUBLIC_HALF, Signer, make_key, read_key, write_private
from trucekeeper.keys.keyring import make_log_key
from trucekeeper.logs.note import NoteError, sign_note
from trucekeeper.statements.kinds import Keys, Signature
from trucekeeper.statements.parts import KeyRow
from trucekeeper.storage.node_folder import (
    NodeFolder,
    change_roster,
    make_node_keys,
    publish_keys,
    read_again,
    read_node,
    resign,
)
from trucekeeper.storage.trust import Trust, learn
from trucekeeper.vocabulary.ids import CircleId, LogName, split_ref
from trucekeeper.vocabulary.words import KeyRole
from trucekeeper.workspace import Node

#: Gives the passphrase of what it is told.
Ask = Callable[[str], Secret]
OFFICERS = "desk/officers.toml"


class Officer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An officer in the desk. id: what stands in statements; name: what stands nowhere else."""

    id: str
    name: str


class _OfficersFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    officers: tuple[Officer, ...] = ()


def make_roots(
    folder: Path, agreement_id: str, participant: str, count: int, ask: Ask
) -> list[Signer]:
    """Make root keys, each in a file under its own passphrase, the public half beside it."""
    made = []
    for number in range(1, count + 1):
        name = root_key_name(agreement_id, participant, number)
        path = folder / f"{participant}.root-{number}.key"
        made.append(_make_under_passphrase(path, name, ask))
    return made


def open_root(path: Path, ask: Ask) -> Signer:
    """The root key of a file. Raises NodeError."""
    if not path.is_file():
        raise NodeError(
            Problem(Code.NO_SUCH_KEY, Place(file=str(path)), "no file", "a root key's file")
        )
    return _under_passphrase(path, ask)


def read_draft(path: Path) -> Keys:
    """The key document of a file. Raises NodeError."""
    place = Place(file=str(path))
    try:
        return read_document(path.read_bytes())
    except (OSError, NoteError) as error:
        found = str(error) if isinstance(error, NoteError) else "no such file"
        raise NodeError(Problem(Code.BAD_KEY_DOCUMENT, place, found, "a key document")) from error


def sign(document: Keys, root: Signer) -> Keys:
    """The document with the signature of a root key. What signs it may be a root of the document
    before, which the file does not tell."""
    return sign_document(document, root.key, root.sign)


def draft(
    node: Node, *, roots: Sequence[str] = (), threshold: int | None = None, ended: str | None = None
) -> list[Keys]:
    """The next key documents of a node's participant, one for each of its circles: the rows in
    force, and what is new on the node. roots: verifier keys; none means as before. ended: the
    officer whose keys end here."""
    (participant,) = _only(node)
    circles = dict.fromkeys(log.rpartition(".")[2] for log in node.folder.keyring.logs)
    return [_draft(node, participant, c, tuple(roots), threshold, ended) for c in circles]


def _draft(
    node: Node,
    participant: str,
    circle: str,
    roots: tuple[str, ...],
    threshold: int | None,
    ended: str | None,
) -> Keys:
    latest = node.folder.keyrings.document(participant, circle)
    if latest is None and not roots:
        raise NodeError(
            Problem(Code.NO_SUCH_KEY, Place(key="roots"), "no root keys", "the first roots")
        )
    rows = [] if latest is None else [r for r in latest.rows if r.role in ("log", "officer")]
    rows = [_ended(node, row, participant, ended) for row in rows]
    logs = [log for log in node.folder.keyring.logs if log.rpartition(".")[2] == circle]
    for log in logs:
        if log not in {row.log for row in rows if row.role == "log"}:
            first = node.folder.keyring.logs[log][0]
            rows.append(KeyRow(role="log", key=str(first.key), log=log))
    rows += _new_officers(node, logs, {row.key for row in rows})
    for role, key in node.folder.keyring.public_keys().items():
        rows.append(KeyRow(role=_role(role), key=key))
    document = Keys(
        participant=participant,
        circle=circle,
        number=1 if latest is None else latest.number + 1,
        threshold=(1 if latest is None else latest.threshold) if threshold is None else threshold,
        roots=roots or (() if latest is None else latest.roots),
        rows=tuple(rows),
    )
    return _checked(node, document)


def rotate(node: Node, log: LogName, *, overlap: int, seed: bytes | None = None) -> Keys:
    """Make a log's next key, and the document that brings it into force from the next entry on; the
    key before it may sign as many entries more as `overlap` says. seed: only where an exercise is
    rebuilt."""
    size = _own_log(node, log)
    return _with_new_key(node, log, size, size + overlap, None, seed)


def revoke(node: Node, log: LogName, index: int) -> Keys:
    """Make a log's next key, and the document by which the keys before it are void from an index
    on, with the log's root at that size."""
    size = _own_log(node, log)
    if not 0 <= index <= size:
        raise QuestionError(Problem(Code.BAD_RANGE, Place(log=log), str(index), f"0 to {size}"))
    root = node.held[log].levels.root(index).hex() if index else None
    return _with_new_key(node, log, index, index, root)


def state(
    node: Node, documents: Sequence[Keys], *, officer: str
) -> tuple[list[str], list[Problem]]:
    """State complete documents in every own log whose readers may have them, and rely on them.

    Where the key that signed so far stays in force, it signs this statement too, so that everybody
    can verify it; where it is void, the head is signed again by the key that follows it."""
    (participant,) = _only(node)
    offers = [Offer(document) for document in documents]
    learnt = learn(node.agreement, node.folder.trust, offers, first=participant)
    after = learnt.trust.keyrings(node.agreement)
    for document in documents:
        latest = after.document(*whose(document))
        if latest is None or document_text(latest) != document_text(document):
            raise NodeError(_not_accepted(node, document), *learnt.problems)

    def relied(now: NodeFolder) -> tuple[Sequence[RosterRow], Trust, None]:
        return now.roster, learn(now.agreement, now.trust, offers, first=participant).trust, None

    early = _still_sign(node, after, len(documents))
    stated, problems = node.state(_drafts(node, participant, documents, early, officer))
    change_roster(node.folder, relied)
    node.folder = read_again(node.folder)
    late = [log for log in node.folder.signers if log not in early]
    for log in late:
        # A log that was not read is one whose head is void: an earlier run was cut off here.
        resign(node.folder, log, node.held.get(log) or node.folder.held_void(log))
        node.held[log] = node.folder.held(log)
    more, others = node.state(_drafts(node, participant, documents, late, officer))
    return [*stated, *more], [*problems, *others]


def _still_sign(node: Node, after: Keyrings, count: int) -> list[LogName]:
    """The own logs whose next heads the key that signed so far may sign under the new documents
    too."""
    found = []
    for log, signer in node.folder.signers.items():
        if log in node.held:
            keys = after.log_keys(log, node.held[log].size + count)
            found += [log] if keys is None or signer.key in keys else []
    return found


def _drafts(
    node: Node, participant: str, documents: Sequence[Keys], logs: Sequence[LogName], officer: str
) -> list[Draft]:
    """The documents for each of the participant's logs whose readers may have them."""
    return [
        Draft(participant, circle, document, Place(log=log), officer=officer)
        for log in logs
        for author, _, circle in [log.partition(".")]
        for document in documents
        if author == participant
        and node.agreement.is_within(CircleId(circle), CircleId(document.circle))
    ]


def _not_accepted(node: Node, document: Keys) -> Problem:
    latest = node.folder.keyrings.document(*whose(document))
    signed = [f"{signed_by(document, d.roots)} of {d.threshold}" for d in (document, latest) if d]
    found = f"number {document.number}, roots that signed: {', then '.join(signed)}"
    expected = f"number {latest.number + 1 if latest else 1}, and enough signatures"
    place = Place(key="/".join(whose(document)))
    return Problem(Code.TOO_FEW_ROOTS, place, found, expected)


def make_missing(node: Node) -> list[str]:
    """Make the keys that a node does not have yet; which."""
    (participant,) = _only(node)
    path = node.folder.path
    made = make_node_keys(path / "keys", node.agreement, participant, None)
    publish_keys(read_node(path), participant)
    return made


# Officers


def officers(node: Node) -> tuple[Officer, ...]:
    """The officers in the desk. Raises NodeError."""
    path = node.folder.path / OFFICERS
    try:
        text = path.read_text() if path.is_file() else ""
        return msgspec.convert(tomllib.loads(text), _OfficersFile).officers
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError):
        problem = Problem(Code.NOT_TOML, Place(file=OFFICERS), "no officers", "rows of id and name")
    raise NodeError(problem)


def make_officer(node: Node, id: str, name: str, ask: Ask) -> Signer:
    """A key of an officer in the desk, under the officer's own passphrase."""
    (participant,) = _only(node)
    key_name = officer_key_name(node.agreement.file.agreement.id, participant, id)
    signer = _make_under_passphrase(_officer_path(node, id), key_name, ask)
    rows = (*officers(node), Officer(id, name))
    text = "# Names stand here and in no log.\n"
    for officer in rows:
        text += f"\n[[officers]]\nid = {_quoted(officer.id)}\nname = {_quoted(officer.name)}\n"
    write_private(node.folder.path / OFFICERS, text.encode(), anew=True)
    return signer


def attest(node: Node, refs: Sequence[str], ask: Ask) -> tuple[list[str], list[Problem]]:
    """State, for each of these own statements, the signature of the officer who stated it."""
    drafts, signers = [], {}
    for ref in refs:
        parts = split_ref(ref)
        place = Place(key=ref)
        if parts is None or parts[0] not in node.held or parts[1] >= node.held[parts[0]].size:
            raise QuestionError(Problem(Code.NO_SUCH_REFERENCE, place, f"`{ref}`", "log/index"))
        log, index = parts
        stated = node.record([log])[log][index]
        officer = "" if stated.envelope is None else stated.envelope.officer
        path = _officer_path(node, officer)
        if not path.is_file():
            where = Place(file=f"desk/officers/{officer}.key")
            raise NodeError(Problem(Code.NO_SUCH_KEY, where, "no file", "the officer's key"))
        if officer not in signers:
            signers[officer] = _under_passphrase(path, ask)
        text = signed_text(node.agreement, log, index, stated.leaf)
        signer = signers[officer]
        (line,) = sign_note(text, signer.key, signer.sign).signatures
        author, _, circle = log.partition(".")
        body = Signature(of=ref, line=str(line))
        drafts.append(Draft(author, circle, body, place, officer=officer))
    return node.state(drafts)


# Parts


def _only(node: Node) -> tuple[str]:
    if len(node.participants) != 1:
        found = ", ".join(node.participants) or "no keys"
        raise NodeError(Problem(Code.KEYS_OF_SEVERAL, Place(), found, "one participant's node"))
    return (node.participants[0],)


def _own_log(node: Node, log: LogName) -> int:
    if log not in node.folder.keyring.logs or log not in node.held:
        expected = ", ".join(node.folder.keyring.logs)
        raise NodeError(Problem(Code.NO_KEY, Place(log=log), f"`{log}`", expected))
    return node.held[log].size


def _with_new_key(
    node: Node, log: LogName, start: int, end: int, root: str | None, seed: bytes | None = None
) -> Keys:
    (participant,) = _only(node)
    bare = _draft(node, participant, log.rpartition(".")[2], (), None, None)
    folder, encrypted = node.folder.path / "keys", node.folder.keyring.vault.is_locked
    signer = make_log_key(folder, log, node.agreement.origin(log), encrypted=encrypted, seed=seed)
    rows = [
        msgspec.structs.replace(row, end_index=end, end_root=root)
        if row.role == "log" and row.log == log and (row.end_index is None or row.end_index > end)
        else row
        for row in bare.rows
    ]
    new = KeyRow(role="log", key=str(signer.key), log=log, first_index=start)
    return _checked(node, msgspec.structs.replace(bare, rows=(*rows, new)))


def _ended(node: Node, row: KeyRow, participant: str, ended: str | None) -> KeyRow:
    """The row, with its end where it is of the officer whose keys end."""
    if row.role != "officer" or ended is None or row.end_index is not None or row.log is None:
        return row
    name = officer_key_name(node.agreement.file.agreement.id, participant, ended)
    if not row.key.startswith(f"{name}+"):
        return row
    return msgspec.structs.replace(row, end_index=node.held[LogName(row.log)].size)


def _new_officers(node: Node, logs: Sequence[LogName], known: set[str]) -> list[KeyRow]:
    """A row for each officer of the desk and log, from the log's next entry on."""
    keys = [
        path.with_name(path.name + PUBLIC_HALF).read_text().strip()
        for path in (_officer_path(node, officer.id) for officer in officers(node))
    ]
    return [
        KeyRow(role="officer", key=key, log=log, first_index=node.held[log].size)
        for key in keys
        if key not in known
        for log in logs
    ]


def _checked(node: Node, document: Keys) -> Keys:
    fault = document_fault(node.agreement, document)
    if fault is not None:
        raise NodeError(Problem(fault.code, Place(), fault.fact, "a key document that can be used"))
    return document


def _role(role: str) -> KeyRole:
    known: KeyRole = msgspec.convert(role, KeyRole)
    return known


def _officer_path(node: Node, id: str) -> Path:
    return node.folder.path / "desk" / "officers" / f"{id}.key"


def _make_under_passphrase(path: Path, name: str, ask: Ask) -> Signer:
    if path.exists():
        where = Place(file=str(path))
        raise NodeError(Problem(Code.FOLDER_TAKEN, where, "a key", "no file of that name"))
    passphrase = ask(name)
    return make_key(path, name, close=lambda data, _: encrypt_with_passphrase(data, passphrase))


def _under_passphrase(path: Path, ask: Ask) -> Signer:
    return read_key(
        path,
        may_be_public=False,
        open_=lambda data, where: decrypt_with_passphrase(data, ask(path.stem), where),
    )


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
