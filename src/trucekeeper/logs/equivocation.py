"""Evidence that one log has two histories: two heads that its key signed and that cannot both be
prefixes of one log.

It is evidence (i) where the heads have one size and two roots, (ii) where for one index they hold
two leaf hashes, each proven under its head. A consistency proof that fails is no evidence: anybody
can spoil a proof. Who holds both branches also proves how far the two agree: a smaller head of
which both are continuations, and the entries right behind it, which differ. Self-contained: a
verifier needs the log's verifier key and nothing else."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from trucekeeper.logs.checkpoint import Checkpoint, parse_checkpoint
from trucekeeper.logs.note import (
    KEY_ID_BYTES,
    Note,
    NoteError,
    SignatureLine,
    VerifierKey,
    verify_note,
)
from trucekeeper.logs.tree import (
    consistency_proof,
    inclusion_proof,
    root,
    verify_consistency,
    verify_inclusion,
)
from trucekeeper.statements.parts import CommonPrefix, Inclusion, SignedHead, TwoHeads

FORMAT = "trucekeeper-evidence-1"
SUFFIX = ".tk-evidence"
FILE_BYTES_MAX = 65_535


class EvidenceError(ValueError):
    """What was given proves no two histories; says why."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """What evidence proves. common: up to which size both histories are the same, as far as proven.
    exact: whether they are proven to differ right behind it."""

    one: Checkpoint
    other: Checkpoint
    common: int
    exact: bool


class _File(TwoHeads, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The evidence as a file."""

    format: str


# Building


def build(
    keys: Sequence[VerifierKey], notes: tuple[Note, Note], leaves: tuple[Sequence[bytes], ...] = ()
) -> TwoHeads:
    """The evidence of two heads signed by keys of a log, with all that can be proven.

    leaves: the leaf hashes of both branches, at least as many as their heads say, where they are
    held; without them the sizes must be equal. Raises EvidenceError where the two heads are of one
    history."""
    heads = [_signed(note, keys) for note in notes]
    order = sorted((0, 1), key=lambda i: (heads[i].size, heads[i].root))
    one, other = (heads[i] for i in order)
    if not leaves:
        found = TwoHeads(origin=keys[0].name, one=one, other=other)
    else:
        branches = [list(leaves[i][: heads[i].size]) for i in order]
        found = _proven(keys[0].name, one, other, branches)
    verify(found, keys)
    return found


def _signed(note: Note, keys: Sequence[VerifierKey]) -> SignedHead:
    checkpoint = parse_checkpoint(note.text)
    known = {(key.name, key.id) for key in keys}
    line = next((n for n in note.signatures if (n.name, n.key_id) in known), None)
    if line is None or not checkpoint.size:
        raise EvidenceError("a head that no key of the log has signed, or one of no entries")
    signature = base64.b64encode(line.key_id + line.signature).decode()
    return SignedHead(size=checkpoint.size, root=checkpoint.root.hex(), signature=signature)


def _proven(
    origin: str, one: SignedHead, other: SignedHead, branches: Sequence[list[bytes]]
) -> TwoHeads:
    common = common_size(*branches)
    if common == one.size:
        raise EvidenceError("one head is a prefix of the other: one history")
    paths = [consistency_proof(branch, common) if common else [] for branch in branches]
    prefix = CommonPrefix(
        size=common,
        root=root(branches[0][:common]).hex(),
        to_one=_hexes(paths[0]),
        to_other=_hexes(paths[1]),
    ) if common else None  # fmt: skip
    entries = [
        Inclusion(leaf=branch[common].hex(), path=_hexes(inclusion_proof(branch, common)))
        for branch in branches
    ]
    return TwoHeads(
        origin=origin, one=one, other=other, index=common, one_entry=entries[0],
        other_entry=entries[1], prefix=prefix,
    )  # fmt: skip


def common_size(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    """How many leaf hashes two logs have in common from the beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _hexes(hashes: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(step.hex() for step in hashes)


# Verifying


def verify(evidence: TwoHeads, keys: Sequence[VerifierKey]) -> Divergence:
    """What the evidence proves under the keys of the log. Raises EvidenceError that says why it
    proves nothing."""
    one, other = (_head(evidence.origin, head, keys) for head in (evidence.one, evidence.other))
    if (one.size, one.root) >= (other.size, other.root):
        raise EvidenceError("the two heads are the same, or not in order of size and root")
    differs_at = _differs_at(evidence, one, other)
    if differs_at is None and one.size != other.size:
        raise EvidenceError("heads of two sizes without an index at which their entries differ")
    common = _common(evidence, one, other)
    return Divergence(one, other, common, differs_at == common)


def note_of(origin: str, head: SignedHead) -> Note:
    """The head as the note that was signed. Raises EvidenceError."""
    try:
        data = base64.b64decode(head.signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EvidenceError("a signature that is not base64") from error
    if base64.b64encode(data).decode() != head.signature:
        raise EvidenceError("a signature in other than its canonical base64")
    line = SignatureLine(origin, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])
    return Note(Checkpoint(origin, head.size, bytes.fromhex(head.root)).text(), (line,))


def is_exact(evidence: TwoHeads) -> bool:
    """Whether evidence that verifies proves that the histories differ right behind what they
    share."""
    return evidence.index == (0 if evidence.prefix is None else evidence.prefix.size)


def _head(origin: str, head: SignedHead, keys: Sequence[VerifierKey]) -> Checkpoint:
    note = note_of(origin, head)
    (line,) = note.signatures
    for key in keys:
        if (key.name, key.id) == (line.name, line.key_id):
            try:
                verify_note(note, key)
            except NoteError as error:
                raise EvidenceError(str(error)) from error
            return parse_checkpoint(note.text)
    raise EvidenceError("a head that none of the keys given has signed")


def _differs_at(evidence: TwoHeads, one: Checkpoint, other: Checkpoint) -> int | None:
    """The index at which two entries are proven to differ; None where none is given."""
    index, entries = evidence.index, (evidence.one_entry, evidence.other_entry)
    if index is None and entries == (None, None):
        return None
    if index is None or entries[0] is None or entries[1] is None:
        raise EvidenceError("an index without both its entries, or the other way round")
    if entries[0].leaf == entries[1].leaf:
        raise EvidenceError(f"the same entry at index {index} under both heads")
    for entry, head in zip((entries[0], entries[1]), (one, other), strict=True):
        path = [bytes.fromhex(step) for step in entry.path]
        if not verify_inclusion(bytes.fromhex(entry.leaf), index, head.size, path, head.root):
            raise EvidenceError(f"an entry at index {index} that is not proven under its head")
    return index


def _common(evidence: TwoHeads, one: Checkpoint, other: Checkpoint) -> int:
    """Up to which size the two are proven to be the same."""
    prefix = evidence.prefix
    if prefix is None:
        return 0
    for path, head in ((prefix.to_one, one), (prefix.to_other, other)):
        steps = [bytes.fromhex(step) for step in path]
        if prefix.size >= head.size or not verify_consistency(
            prefix.size, bytes.fromhex(prefix.root), head.size, head.root, steps
        ):
            raise EvidenceError(f"a common prefix of {prefix.size} that is not proven")
    return prefix.size


def what_is_proven(proven: Divergence, key: VerifierKey) -> list[str]:
    """What evidence says, and what it does not, in sentences for whoever holds only the file."""
    heads = " and ".join(
        f"{head.size} entries with root {head.root.hex()}" for head in (proven.one, proven.other)
    )
    signed = f"the key {key.name}+{key.id.hex()} has signed two heads of one log"
    why = "a restored copy, a second machine, whoever else held the key, or intent"
    return [
        f"Proven: {signed} that cannot be of one history: {heads}.",
        _how_far(proven),
        f"Not proven: which of them is right, when they were signed, why there are two: {why}.",
        "Not proven: anything of what the entries say.",
    ]


def _how_far(proven: Divergence) -> str:
    if not proven.exact and not proven.common:
        return "Not proven: up to where both are the same."
    same = f"the first {proven.common} entries of both are the same"
    if not proven.exact:
        return f"Proven: {same}. Not proven: how far beyond that."
    return f"Proven: {same}; the next differ." if proven.common else "Proven: the first differ."


# Files


def evidence_file(evidence: TwoHeads) -> bytes:
    """The bytes of a `.tk-evidence` file: canonical JSON and a line feed."""
    fields = {name: getattr(evidence, name) for name in evidence.__struct_fields__}
    return msgspec.json.encode(_File(format=FORMAT, **fields), order="sorted") + b"\n"


def read_evidence(data: bytes) -> TwoHeads:
    """The evidence of a file, not verified yet. Raises EvidenceError."""
    if len(data) > FILE_BYTES_MAX:
        raise EvidenceError(f"a file of more than {FILE_BYTES_MAX} bytes")
    try:
        held = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EvidenceError(str(error)[:200]) from error
    if held.format != FORMAT:
        raise EvidenceError(f"a file that is not {FORMAT}")
    evidence = TwoHeads(**{name: getattr(held, name) for name in TwoHeads.__struct_fields__})
    if evidence_file(evidence) != data:
        raise EvidenceError("a file that is not in the one canonical form")
    return evidence
