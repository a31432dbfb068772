"""The commands about proofs: `prove`, and `check` of proofs, which needs no node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import msgspec

from trucekeeper import workspace
from trucekeeper.acquaintance import identity_of
from trucekeeper.errors import (
    Code,
    Place,
    Problem,
    QuestionError,
    TrucekeeperError,
    VerificationError,
)
from trucekeeper.governance.keyring import covers, whose
from trucekeeper.governance.policies import policy_of
from trucekeeper.logs.cosignature import Receipt
from trucekeeper.logs.message import MLDSA_COSIGNATURE
from trucekeeper.logs.note import NoteError, VerifierKey, parse_key
from trucekeeper.logs.policy import Policy, parse_policy
from trucekeeper.logs.proof import SUFFIX
from trucekeeper.render.proof_page import proof_page
from trucekeeper.reporting.document import Document, read_document
from trucekeeper.statements.encoding import decode
from trucekeeper.statements.parts import KeyRow
from trucekeeper.storage.proof_files import proof_name, read_proofs, ref_of
from trucekeeper.storage.proofs import CheckedProof, check_proof
from trucekeeper.storage.roster import parse_roster
from trucekeeper.storage.trust import ROSTER, read_trust
from trucekeeper.terminal import FOUND_PROBLEMS, Output, command, node_option, write_file
from trucekeeper.vocabulary.ids import LogName, author_of, circle_of, ref_text
from trucekeeper.vocabulary.text import plain
from trucekeeper.vocabulary.times import instant_text

#: What no proof shows, said with every one that holds.
SHOWS_NOT = (
    "that what is stated is true",
    "that anybody agrees with it: a receipt says “I had this head”, and no more",
    "that it still counts: its author may have corrected or withdrawn it since",
)


@click.command()
@click.argument("ref", required=False)
@click.option(
    "--out", type=click.Path(path_type=Path), help=f"File to write; default: LOG-INDEX{SUFFIX}."
)
@click.option(
    "--entry", type=click.Path(path_type=Path), help="Write the statement's bytes to a file too."
)
@click.option(
    "--page",
    type=click.Path(path_type=Path),
    help="Write a page that checks this proof in a browser, offline; without REF, any proof.",
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    help="Write the C2SP tlog-policy of the log too: its key, and whose receipts are a quorum.",
)
@node_option
@command
def prove(
    output: Output,
    ref: str | None,
    out: Path | None,
    entry: Path | None,
    page: Path | None,
    policy: Path | None,
    folder: Path,
) -> int:
    """Write a proof that a log holds a statement, for anyone to check without a node.

    Example: trucekeeper prove a.guarantors/5 --out a5.tlog-proof
    """
    if ref is None:
        if page is None or out is not None or entry is not None or policy is not None:
            expected = "log/index of a statement, or --page alone"
            raise QuestionError(Problem(Code.NO_SUCH_REFERENCE, Place(), "no REF", expected))
        write_file(page, proof_page().encode())
        output.say(f"Wrote {page}, which checks any proof", written=[str(page)])
        return 0
    node = output.open(folder)
    ((_, proof),) = node.prove([ref])
    assert proof.extra is not None
    name = proof_name(ref)
    wanted = {out or Path(name): bytes(proof)} if out or page is None else {}
    log = LogName(ref.rpartition("/")[0])
    if entry is not None:
        wanted[entry] = proof.extra
    if page is not None:
        keys = [str(node.folder.key(log))]
        wanted[page] = proof_page(bytes(proof), name=name, keys=keys).encode()
    if policy is not None:
        wanted[policy] = bytes(_policy_of(node, log))
    for path, data in wanted.items():
        write_file(path, data)
    circle = circle_of(log)
    written = [str(path) for path in wanted]
    output.say(f"Wrote {', '.join(written)}", written=written, ref=ref, circle=circle)
    if circle != "public":
        output.say(
            f"This holds the statement, which is for the circle `{circle}`: whoever gets it can "
            "read it."
        )
    return 0


def _policy_of(node: workspace.Node, log: LogName) -> Policy:
    """The policy of a log, by the witness keys that the node knows. Raises QuestionError."""
    known = identity_of(node).known
    keys = {p: known(p, "witness") for p in node.agreement.participants}
    policy = policy_of(node.agreement, log, node.folder.key(log), keys)
    if policy is None:
        found = f"witness keys of {', '.join(p for p in keys if keys[p]) or 'nobody'}"
        where = Place(log=log)
        raise QuestionError(Problem(Code.NO_SUCH_KEY, where, found, "those of a quorum"))
    return policy


def check_files(
    output: Output,
    files: Sequence[Path],
    *,
    keys: Sequence[str],
    roster: Path | None,
    policy: Path | None,
    entry: Path | None,
    folder: Path,
) -> int:
    """Check proofs, and say what each shows and what none does. keys: verifier keys or files of
    them, and those of the policy; else those of a roster, else of the node in the folder, if there
    is one."""
    rules = None if policy is None else _policy(policy)
    known = known_keys(keys, roster, folder, rules)
    bytes_of_entry = None if entry is None else _read(entry, "a statement's bytes")
    found: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for file in files:
        data = _read(file, "a proof")
        try:
            checked = known.checked(data, str(file), entry=bytes_of_entry, policy=rules)
        except VerificationError as error:
            problems += error.problems
            found.append({"file": str(file), "holds": False})
            output.say(f"{file}: does not hold")
            continue
        found.append({"file": str(file), "holds": True, **as_row(checked)})
        output.say("\n".join([f"{file}: holds", *_told(checked)]))
    output.fields |= {"proofs": found, "shows_not": list(SHOWS_NOT)}
    output.problems(problems)
    return FOUND_PROBLEMS if problems else 0


def check_report_proofs(
    output: Output, node: workspace.Node, folder: Path, cited: Iterable[str]
) -> bool:
    """Check every proof in a report's folder with the keys of the node's roster, and against the
    node's own copies of the logs; whether all hold."""
    known = known_keys((), None, node.folder.path)
    held: set[str] = set()
    problems: list[Problem] = []
    with output.doing(f"Checking the proofs in {folder}"):
        try:
            for name, data in read_proofs(folder):
                try:
                    held.add(_in_report(known.checked(data, name), name, node))
                except TrucekeeperError as error:
                    problems += error.problems
        except VerificationError as error:
            problems += error.problems
    missing = sorted(set(cited) - held)
    output.say(
        f"{len(held)} proofs hold, {len(problems)} do not; "
        f"{len(missing)} statements that it rests on have none beside it",
        proofs=len(held),
        without_proof=missing,
    )
    output.problems(problems)
    return not problems


def _in_report(checked: CheckedProof, name: str, node: workspace.Node) -> str:
    """The reference of the statement that a proof is of. Raises VerificationError where its name
    says another, or where the node's own copy of the log holds another statement there."""
    log, index = LogName(_log_of(checked)), checked.shown.index
    if ref_of(name) != (log, index):
        found = f"{log}/{index}"
        problem = Problem(Code.OTHER_STATEMENT, Place(file=name), found, "the one of its name")
        raise VerificationError(problem)
    own = node.held.get(log)
    if own is not None and index < own.size and own.leaves[index] != checked.shown.leaf:
        where = Place(file=name, log=log, index=index)
        found, expected = checked.shown.leaf.hex(), own.leaves[index].hex()
        raise VerificationError(Problem(Code.TWO_HISTORIES, where, found, expected))
    return ref_text(log, index)


@dataclass(frozen=True)
class Known:
    """The verifier keys that the reader trusts. rows: of the logs of which key documents speak, for
    which entries which key is."""

    keys: tuple[VerifierKey, ...]
    rows: tuple[KeyRow, ...] = ()

    def checked(self, data: bytes, file: str, **more: Any) -> CheckedProof:
        """A proof, checked by `check_proof`, whose head is by a key that is in force there. Raises
        QuestionError or VerificationError."""
        checked = check_proof(data, self.keys, file=file, **more)
        rows = [row for row in self.rows if row.log == _log_of(checked)]
        size = checked.shown.checkpoint.size
        if rows and not any(r.key == str(checked.key) and covers(r, size - 1) for r in rows):
            found, expected = f"{checked.key.id.hex()} at size {size}", "a key in force"
            raise VerificationError(Problem(Code.VOID_HEAD, Place(file=file), found, expected))
        return checked


def known_keys(
    keys: Sequence[str], roster: Path | None, folder: Path, policy: Policy | None = None
) -> Known:
    """The verifier keys that the reader trusts: those that are given, else those of a roster and of
    its key documents. Raises QuestionError or NodeError."""
    given = bool(keys or (policy and policy.logs))
    if roster is None and not given and (folder / ROSTER).is_file():
        roster = folder / ROSTER
    texts = [text for key in keys for text in _key_texts(key)]
    rows: list[KeyRow] = []
    if roster is not None:
        data, where = _read(roster, "a roster.toml"), Place(file=str(roster))
        latest = {whose(offer.document): offer.document for offer in read_trust(data).offers()}
        rows = [row for document in latest.values() for row in document.rows if row.role == "log"]
        texts += [row.key for row in parse_roster(data, where)] + [row.key for row in rows]
    try:
        found = [parse_key(text) for text in texts]
    except NoteError as error:
        raise QuestionError(
            Problem(Code.NO_KEY_FOR_PROOF, Place(), str(error), "`name+keyid+base64`")
        ) from error
    if policy is not None:
        found += [log.key for log in policy.logs] + [w.key for w in policy.witnesses]
    return Known(tuple(dict.fromkeys(found)), tuple(rows))


def _policy(path: Path) -> Policy:
    try:
        return parse_policy(_read(path, "a C2SP tlog-policy"))
    except NoteError as error:
        raise QuestionError(
            Problem(Code.NOT_READABLE, Place(file=str(path)), str(error), "a C2SP tlog-policy")
        ) from error


def as_row(checked: CheckedProof) -> dict[str, Any]:
    """What a proof shows, as plain values."""
    shown, decoded = checked.shown, decode(checked.entry)
    return {
        "log": _log_of(checked),
        "index": shown.index,
        "leaf": shown.leaf.hex(),
        "origin": shown.checkpoint.origin,
        "size": shown.checkpoint.size,
        "root": shown.checkpoint.root.hex(),
        "key": str(checked.key),
        "receipts": [{"name": r.name, "type": r.type, "at": _when(r.at)} for r in shown.receipts],
        "quorum": None if shown.quorum is None else msgspec.to_builtins(shown.quorum),
        "not_checked": list(checked.others),
        "statement": msgspec.json.decode(checked.entry) if decoded.fault is None else None,
        "not_understood": None if decoded.fault is None else decoded.fault.code.id,
    }


def _told(checked: CheckedProof) -> Iterator[str]:
    shown, key = checked.shown, checked.key
    log = _log_of(checked)
    author, circle = author_of(log), circle_of(log)
    yield "  It shows:"
    yield (
        f"    the log `{log}` (author {author}, circle {circle}) holds exactly this statement "
        f"at index {shown.index} of its first {shown.checkpoint.size}"
    )
    yield f"    its key {key.id.hex()} ({key.name}) signed that; root {shown.checkpoint.root.hex()}"
    for receipt in shown.receipts:
        yield f"    {_receipt(receipt)}"
    if shown.quorum is not None:
        names = ", ".join(plain(name) for name in shown.quorum.witnesses)
        receipts = f"receipts by {names} are" if names else "without a receipt that counts it is"
        said = "a quorum" if shown.quorum.met else "no quorum"
        yield f"    {receipts} {said} by the policy that you gave"
    if checked.others:
        names = ", ".join(plain(name) for name in checked.others)
        yield f"  Not checked, for want of a key: signatures by {names}"
    yield "  It does not show:"
    yield from (f"    {text}" for text in SHOWS_NOT)
    yield "  The statement:"
    yield from (f"    {name}: {value}" for name, value in _fields(checked.entry))


def _receipt(receipt: Receipt) -> str:
    """A receipt in words: what it says, by whose clock, and no more."""
    kind = "ML-DSA-44" if receipt.type == MLDSA_COSIGNATURE else "Ed25519"
    holds = ", and holds what is in it" if receipt.name.endswith("/mirror") else ""
    at = _when(receipt.at)
    return f"receipt: {receipt.name} had this head{holds}, at {at} by its own clock ({kind})"


def _when(at: int) -> str:
    """An instant; of one beyond the calendar the seconds, for a receipt may hold any number."""
    try:
        return instant_text(at)
    except (OverflowError, ValueError, OSError):
        return f"{at} seconds after 1970"


def _log_of(checked: CheckedProof) -> str:
    return checked.shown.checkpoint.origin.rpartition("/")[2]


def _fields(entry: bytes) -> list[tuple[str, str]]:
    """The statement's fields with the names of the format, inner ones after a dot. Of an entry that
    is in no known form nothing but why: its text might be anything."""
    decoded = decode(entry)
    if decoded.envelope is None or decoded.fault is not None:
        assert decoded.fault is not None
        return [("not understood", f"{decoded.fault.code.id} {decoded.fault.code.meaning}")]
    return list(_flat("", msgspec.json.decode(entry)))


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}".removeprefix("body.").lstrip("."), inner)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for number, item in enumerate(value, 1):
            yield from _flat(f"{name}.{number}", item)
    else:
        yield name, "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _key_texts(key: str) -> list[str]:
    """A verifier key as it stands, or the lines of a file of them."""
    path = Path(key)
    if "+" in key and not path.is_file():
        return [key]
    text = _read(path, "a verifier key, or a file of them").decode("utf-8", "replace")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _read(path: Path, expected: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise QuestionError(
            Problem(Code.NOT_READABLE, Place(file=str(path)), error.strerror or "", expected)
        ) from error


def read_published(path: Path) -> tuple[bytes, Document]:
    """The bytes of a report.json, and what it says. Raises QuestionError."""
    try:
        published = path.read_bytes()
        return published, read_document(published)
    except (OSError, msgspec.DecodeError) as error:
        raise QuestionError(
            Problem(Code.NOT_READABLE, Place(file=str(path)), str(error), "a report.json")
        ) from error
