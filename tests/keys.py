"""Keys and key documents of the spec cases, from public seeds."""

from __future__ import annotations

from collections.abc import Iterable

from tests.samples import at
from tests.world import World
from trucekeeper.governance.key_document import (
    officer_key_name,
    role_key_name,
    root_key_name,
    sign_document,
)
from trucekeeper.governance.officers import signed_text
from trucekeeper.keys.custody import Signer, public_seed, signer_from_seed
from trucekeeper.logs.note import COSIGNATURE, ED25519, sign_note
from trucekeeper.statements.kinds import Keys, Signature
from trucekeeper.statements.parts import KeyRow

AGREEMENT = "spec"


def key(name: str, *, seed: str = "keys", type: int = ED25519) -> Signer:
    return signer_from_seed(name, public_seed(seed, f"{name} {type}"), type)


def root(number: int, *, of: str = "a", seed: str = "keys") -> Signer:
    return key(root_key_name(AGREEMENT, of, number), seed=seed)


def log_row(log: str = "a.guarantors", *, seed: str = "keys", **range_: object) -> KeyRow:
    signer = key(f"{AGREEMENT}/{log}", seed=seed)
    return KeyRow(role="log", key=str(signer.key), log=log, **range_)  # type: ignore[arg-type]  # a row's range


def witness_row(*, of: str = "a") -> KeyRow:
    signer = key(role_key_name(AGREEMENT, of, "witness"), type=COSIGNATURE)
    return KeyRow(role="witness", key=str(signer.key))


def officer(id: str, *, of: str = "c") -> Signer:
    return key(officer_key_name(AGREEMENT, of, id))


def officer_row(id: str, *, of: str = "c", **range_: object) -> KeyRow:
    log = f"{of}.guarantors"
    return KeyRow(role="officer", key=str(officer(id, of=of).key), log=log, **range_)  # type: ignore[arg-type]  # a row's range


def document(
    number: int = 1,
    *rows: KeyRow,
    roots: Iterable[Signer] = (),
    threshold: int = 1,
    signed: Iterable[Signer] = (),
    of: str = "a",
    circle: str = "guarantors",
) -> Keys:
    """A key document; its roots are number 1 where none is given, and sign where nobody is named."""
    held = tuple(roots) or (root(1, of=of),)
    made = Keys(
        participant=of,
        circle=circle,
        number=number,
        threshold=threshold,
        roots=tuple(str(r.key) for r in held),
        rows=rows,
    )
    for signer in tuple(signed) or held:
        made = sign_document(made, signer.key, signer.sign)
    return made


def states(world: World, made: Keys, *, by: str = "a", circle: str = "guarantors") -> str:
    """State a key document; its reference."""
    log, index = world.state(by, circle, at(2), made)
    return f"{log}/{index}"


def attests(world: World, name: str, id: str, *, with_: Signer | None = None) -> str:
    """An officer's signature of a named statement; its reference."""
    log, _, index = world.ref(name).rpartition("/")
    text = signed_text(world.agreement, log, int(index), world.reference(name).leaf)
    signer = with_ or officer(id)
    (line,) = sign_note(text, signer.key, signer.sign).signatures
    author, _, circle = log.partition(".")
    body = Signature(of=world.ref(name), line=str(line))
    where, at_index = world.state(author, circle, at(4), body, [name], officer=id)
    return f"{where}/{at_index}"
