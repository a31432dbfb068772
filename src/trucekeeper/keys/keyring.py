"""A node's own keys, by what they are for: one a log, one a role, and the identity that opens them.

keys/<log>.key, keys/<log>.<key id>.key    the log's first key, and those that followed it
keys/<role>.key                            witness, witness-mldsa, mirror, mirror-mldsa, node
keys/identity.key                          the age identity, under a passphrase
keys/*.vkey, keys/identity.pub             public halves of what is encrypted
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from trucekeeper.errors import Code, NodeError, Place, Problem
from trucekeeper.governance.key_document import ROLE_KEYS, role_key_name
from trucekeeper.keys.age import (
    MAGIC,
    Passphrase,
    Secret,
    decrypt,
    decrypt_with_passphrase,
    encrypt,
    encrypt_with_passphrase,
    is_identity_of,
    new_identity,
    pyrage_identity,
    recipient_of,
)
from trucekeeper.keys.custody import (
    SEED_BYTES,
    Signer,
    close_key,
    make_key,
    read_key,
    read_private,
    signer_from_seed,
    write_private,
)
from trucekeeper.vocabulary.ids import LOG_NAME, LogName
from trucekeeper.vocabulary.words import KeyRole

IDENTITY = "identity.key"
RECIPIENT = "identity.pub"
#: Seeds of keys that protect nothing, by the key's name.
Seeds = Callable[[str], bytes]


class Vault:
    """What opens a node's key files. The passphrase is asked once, when something is first
    opened."""

    __slots__ = ("_identity", "_passphrase", "folder", "may_be_public")

    def __init__(
        self, folder: Path, passphrase: Passphrase | None = None, *, may_be_public: bool = False
    ) -> None:
        self.folder = folder
        self._passphrase = passphrase
        self.may_be_public = may_be_public
        self._identity: Secret | None = None

    @property
    def recipient(self) -> str | None:
        """The public half of the identity; None where the node has none."""
        if (self.folder / RECIPIENT).is_file():
            return (self.folder / RECIPIENT).read_text().strip()
        return None

    @property
    def passphrase(self) -> Passphrase | None:
        """What asks for the passphrase, for when the folder is read again."""
        return self._passphrase

    @property
    def is_locked(self) -> bool:
        """Whether the identity is under a passphrase."""
        path = self.folder / IDENTITY
        return path.is_file() and path.read_bytes().startswith(MAGIC)

    def identity(self) -> Secret:
        """The identity itself. Raises NodeError where it is absent or the passphrase is."""
        if self._identity is None:
            path = self.folder / IDENTITY
            where = Place(file=path.name)
            if not path.is_file():
                raise NodeError(Problem(Code.NO_SUCH_KEY, where, "no file", "the node's identity"))
            data = read_private(path, may_be_public=self.may_be_public)
            if data.startswith(MAGIC):
                if self._passphrase is None:
                    problem = Problem(Code.NO_PASSPHRASE, where, "nothing", "the passphrase")
                    raise NodeError(problem)
                data = decrypt_with_passphrase(data, self._passphrase(), where)
            identity = Secret(data.strip())
            if not is_identity_of(identity, self.recipient):
                raise NodeError(Problem(Code.DAMAGED, where, "another identity", RECIPIENT))
            self._identity = identity
        return self._identity

    def open(self, data: bytes, where: Place) -> bytes:
        """What a file to the identity holds."""
        return decrypt(data, self.identity(), where)

    def close(self, data: bytes, where: Place) -> bytes:
        """A file to the identity, for which no passphrase is needed."""
        recipient = self.recipient
        if recipient is None:
            raise NodeError(Problem(Code.NO_SUCH_KEY, where, "no identity", RECIPIENT))
        return encrypt(data, [recipient])

    def __repr__(self) -> str:
        return f"Vault({self.recipient})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault is not written anywhere")


@dataclass(frozen=True)
class Keyring:
    """The keys of a node's folder. logs: every key of each log, the first first. roles: by role."""

    logs: Mapping[LogName, tuple[Signer, ...]]
    roles: Mapping[str, Signer]
    vault: Vault

    def signer(self, role: str) -> Signer:
        """The key of a role. Raises NodeError where the node has none."""
        if role not in self.roles:
            where = Place(file=f"keys/{role}.key")
            raise NodeError(Problem(Code.NO_SUCH_KEY, where, "no file", f"a key as {role}"))
        return self.roles[role]

    def again(self) -> Keyring:
        """The keys as they lie in the folder now. Raises NodeError where others may read one."""
        return read_keyring(self.vault)

    @property
    def identity(self) -> Any:
        """The node's age identity, as the age library takes it. Raises NodeError."""
        return pyrage_identity(self.vault.identity())

    @property
    def recipient(self) -> str | None:
        """The public half of the identity; None where the node has none."""
        return self.vault.recipient

    def public_keys(self) -> dict[str, str]:
        """Role → public half of what others need to know: role keys, and the age recipient."""
        found = {role: str(signer.key) for role, signer in sorted(self.roles.items())}
        return found if self.recipient is None else {**found, "recipient": self.recipient}


def read_keyring(vault: Vault) -> Keyring:
    """The keys in the vault's folder; nothing is decrypted. Raises NodeError where others may read
    one."""
    folder, may_be_public = vault.folder, vault.may_be_public
    logs: dict[LogName, list[Signer]] = {}
    roles: dict[str, Signer] = {}
    for path in sorted(folder.glob("*.key")):
        if path.name == IDENTITY:
            read_private(path, may_be_public=may_be_public)
            continue
        signer = read_key(path, may_be_public=may_be_public, open_=vault.open)
        name = _log_of(path.stem)
        if LOG_NAME.fullmatch(name):
            logs.setdefault(LogName(name), []).append(signer)
        elif path.stem in ROLE_KEYS:
            roles[path.stem] = signer
    return Keyring({log: tuple(keys) for log, keys in logs.items()}, roles, vault)


def _log_of(stem: str) -> str:
    """The log that a key file is named after: `<log>`, or `<log>.<key id>` of one that follows."""
    edition = ".".join(stem.split(".")[:3])
    return edition if LOG_NAME.fullmatch(edition) else ".".join(stem.split(".")[:2])


def make_identity(folder: Path, passphrase: Secret | None, seed: bytes | None = None) -> None:
    """A node's age identity: under a passphrase, or in the clear where there is none."""
    identity = new_identity(seed)
    data = identity.reveal() + b"\n"
    recipient = f"{recipient_of(identity)}\n".encode()
    write_private(folder / RECIPIENT, recipient)
    closed = data if passphrase is None else encrypt_with_passphrase(data, passphrase)
    write_private(folder / IDENTITY, closed)


def make_role_keys(
    folder: Path,
    agreement_id: str,
    participant: str,
    *,
    encrypted: bool,
    seeds: Seeds | None = None,
) -> list[KeyRole]:
    """Make the keys of roles that a node does not have yet; which."""
    made = []
    for role, (_, type_) in ROLE_KEYS.items():
        path = folder / f"{role}.key"
        if not path.exists():
            name = role_key_name(agreement_id, participant, role)
            seed = None if seeds is None else seeds(f"{name} {role}")
            close = Vault(folder).close if encrypted else None
            make_key(path, name, seed, type=type_, close=close)
            made.append(role)
    return made


def make_log_key(
    folder: Path, log: LogName, origin: str, *, encrypted: bool, seed: bytes | None = None
) -> Signer:
    """One more key of a log: its first, or one that is to follow it."""
    close = Vault(folder).close if encrypted else None
    seed = secrets.token_bytes(SEED_BYTES) if seed is None else seed
    path = folder / f"{log}.key"
    if path.exists():
        path = folder / f"{log}.{signer_from_seed(origin, seed).key.id.hex()}.key"
    return make_key(path, origin, seed, close=close)


def change_passphrase(folder: Path, vault: Vault, new: Secret) -> int:
    """Put the identity under a new passphrase, and encrypt what lies in the clear; how many files
    that were."""
    if not (folder / IDENTITY).exists():
        make_identity(folder, new)
    else:
        data = vault.identity().reveal() + b"\n"
        write_private(folder / IDENTITY, encrypt_with_passphrase(data, new), anew=True)
    return sum(close_key(path, Vault(folder).close) for path in key_files(folder))


def lie_in_clear(folder: Path) -> list[str]:
    """Names of the private files that are not encrypted."""
    paths = [*key_files(folder), *([folder / IDENTITY] if (folder / IDENTITY).exists() else [])]
    return sorted(path.name for path in paths if not path.read_bytes().startswith(MAGIC))


def key_files(folder: Path) -> Sequence[Path]:
    """The key files of a folder but the identity's."""
    return [path for path in sorted(folder.glob("*.key")) if path.name != IDENTITY]
