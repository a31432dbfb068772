"""The keys of a run: from public seeds, so that a run is its seed, and known to everybody."""

from __future__ import annotations

from pathlib import Path

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.record import RosterRow
from trucekeeper.keys.custody import Signer, public_seed, signer_from_seed
from trucekeeper.keys.keyring import Keyring, Vault
from trucekeeper.logs.note import COSIGNATURE, ED25519
from trucekeeper.storage.node_folder import owner_of
from trucekeeper.storage.trust import NodeKey, Trust

#: The keys of a node beside those of its logs, and their types.
_ROLES = {"node": ED25519, "witness": COSIGNATURE, "mirror": COSIGNATURE}


class _InMemory(Keyring):
    """Keys that lie in no folder."""

    def again(self) -> Keyring:
        """The same keys."""
        return self


def keyring_of(agreement: Agreement, participant: str) -> Keyring:
    """All keys of a participant's node."""
    logs = [log for log in agreement.logs if owner_of(agreement, log) == participant]
    return _InMemory(
        {log: (_signer(agreement, agreement.origin(log)),) for log in logs},
        {role: _role(agreement, participant, role) for role in _ROLES},
        Vault(Path(participant), may_be_public=True),
    )


def roster_of(keyring: Keyring, participant: str) -> list[RosterRow]:
    """What a node begins with: the keys of its own logs."""
    return [RosterRow(participant, log, str(signer.key)) for log, (signer,) in keyring.logs.items()]


def known_keys(agreement: Agreement) -> Trust:
    """Everybody's keys as node, witness and mirror, exchanged before the mechanism began."""
    return Trust(
        tuple(
            NodeKey(participant, role, str(_role(agreement, participant, role).key))
            for participant in agreement.participants
            for role in _ROLES
        )
    )


def _role(agreement: Agreement, participant: str, role: str) -> Signer:
    return _signer(agreement, f"{agreement.file.agreement.id}/{participant}/{role}", _ROLES[role])


def _signer(agreement: Agreement, name: str, type: int = ED25519) -> Signer:
    return signer_from_seed(name, public_seed(agreement.file.agreement.id, name), type)
