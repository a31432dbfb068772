"""Proofs made from a log that is held, and checked from bytes that somebody handed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trucekeeper.errors import Code, Place, Problem, QuestionError, VerificationError
from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.message import COSIGNATURES, ED25519
from trucekeeper.logs.note import Note, NoteError, VerifierKey, parse_note
from trucekeeper.logs.policy import Policy
from trucekeeper.logs.proof import Proof, Shown, parse_proof, verify_proof
from trucekeeper.logs.quorums import fault
from trucekeeper.logs.tile_proofs import TileHashes
from trucekeeper.logs.tiles import TILE_WIDTH, parse_tile_path
from trucekeeper.storage.log_folder import HeldLog
from trucekeeper.vocabulary.ids import LogName, RefText, ref_text, split_ref


@dataclass(frozen=True, slots=True)
class CheckedProof:
    """A proof that holds. key: the one that signed the head. others: names of the signature lines
    for which the reader gave no key; they show nothing to this reader."""

    proof: Proof
    entry: bytes
    key: VerifierKey
    shown: Shown
    others: tuple[str, ...]


def prove_all(
    held: Mapping[LogName, HeldLog], problems: Sequence[Problem], refs: Iterable[str]
) -> Iterator[tuple[RefText, Proof]]:
    """The proofs of statements in the logs that are held, log after log, by index. problems: of the
    logs that do not verify. Raises QuestionError where nothing stands under a reference,
    VerificationError where its log does not verify."""
    wanted: dict[LogName, list[int]] = {}
    for ref in refs:
        log, index = split_ref(ref) or (LogName(""), 0)
        if damaged := [problem for problem in problems if problem.place.log == log]:
            raise VerificationError(*damaged)
        if log not in held or index >= held[log].size:
            expected = "log/index of a statement that this node holds"
            raise QuestionError(Problem(Code.NO_SUCH_REFERENCE, Place(), f"`{ref}`", expected))
        wanted.setdefault(log, []).append(index)
    for log, indexes in sorted(wanted.items()):
        for proof in proofs_of(held[log], sorted(indexes)):
            yield ref_text(log, proof.index), proof


def proofs_of(held: HeldLog, indexes: Iterable[int]) -> Iterator[Proof]:
    """A proof for each index, in this order, against the head as held, its receipts included.
    Neighbours share the hashes and bundles that they need. Raises VerificationError where an entry
    is no longer what was verified."""
    note, tree = parse_note(held.note), TileHashes(lambda path: _tile(held, path))
    number, bundle = -1, list[bytes]()
    for index in indexes:
        if index // TILE_WIDTH != number:
            number = index // TILE_WIDTH
            bundle = held.bundle(number)
        path = tuple(tree.inclusion(index, held.size))
        yield Proof(index, path, note, bundle[index % TILE_WIDTH])


def _tile(held: HeldLog, path: str) -> bytes | None:
    named = parse_tile_path(path)
    assert named is not None
    level, number, width = named
    return None if level is None else held.levels.tile(level, number, width)


def check_proof(
    data: bytes,
    keys: Sequence[VerifierKey],
    *,
    file: str,
    entry: bytes | None = None,
    policy: Policy | None = None,
) -> CheckedProof:
    """The proof of a file's bytes, checked with the keys that the reader trusts: of logs (type
    0x01) and of those who give receipts (0x04, 0x06). entry: the entry, where the file does not
    carry it.

    Raises QuestionError where something to check it with is missing or of no use,
    VerificationError where it does not hold."""
    where = Place(file=file)
    try:
        proof = parse_proof(data)
        origin = parse_checkpoint(proof.note.text).origin
    except NoteError as error:
        raise VerificationError(
            Problem(Code.NOT_A_PROOF, where, str(error), "a C2SP tlog-proof")
        ) from error
    entry = proof.extra if entry is None else entry
    if entry is None:
        raise QuestionError(Problem(Code.NO_ENTRY, where, "no `extra` line", "the statement"))
    key = _key_of(proof.note, origin, keys, where)
    if policy is not None and policy.quorum is not None:
        _refuse_useless(policy, origin, where)
    witnesses = [key for key in keys if key.type in COSIGNATURES]
    try:
        shown = verify_proof(proof, entry, key, witnesses, policy)
    except NoteError as error:
        expected = f"an entry of {origin}, by the key {key.id.hex()}"
        raise VerificationError(Problem(Code.PROOF_FAILS, where, str(error), expected)) from error
    checked = {line for known in (key, *witnesses) for line in proof.note.by(known)}
    others = tuple(line.name for line in proof.note.signatures if line not in checked)
    return CheckedProof(proof, entry, key, shown, others)


def _key_of(note: Note, origin: str, keys: Sequence[VerifierKey], where: Place) -> VerifierKey:
    """The log's key by which the head says that it is signed; of several the first."""
    own = [key for key in keys if key.name == origin and key.type == ED25519]
    if not own:
        names = ", ".join(sorted({key.name for key in keys})) or "no key"
        raise QuestionError(Problem(Code.NO_KEY_FOR_PROOF, where, names, f"a key of {origin}"))
    signed = {line.key_id for line in note.signatures if line.name == origin}
    return next((key for key in own if key.id in signed), own[0])


def _refuse_useless(policy: Policy, origin: str, where: Place) -> None:
    """Refuse a policy by which the author of the log could show two histories, each with a quorum.
    On the author's side are here its own keys alone: who else is, the agreement says."""
    agreement, _, log = origin.rpartition("/")
    own = f"{agreement}/{log.partition('.')[0]}/"
    side = {w.key.name for w in policy.witnesses if w.key.name.startswith(own)}
    try:
        found = fault(policy, side)
    except NoteError as error:
        found = str(error)
    if found is not None:
        expected = "quorums that share somebody besides the author"
        raise QuestionError(Problem(Code.USELESS_POLICY, where, found, expected))
