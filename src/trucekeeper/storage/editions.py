"""Opening the log that goes on from a frozen one: its key, its row of the roster, and what its
first entry says."""

from __future__ import annotations

from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.governance.effect import Governed
from trucekeeper.governance.record import RosterRow
from trucekeeper.keys.keyring import Vault, make_log_key
from trucekeeper.statements.kinds import Continuation
from trucekeeper.storage.log_folder import HeldLog
from trucekeeper.storage.node_folder import NodeFolder, change_roster, read_node
from trucekeeper.vocabulary.ids import LogName, author_of, edition, edition_of


def with_next_edition(folder: NodeFolder, governed: Governed, log: LogName) -> NodeFolder:
    """The folder with a key and a row of the roster for the next edition of an own log; as it is,
    where it has them. Raises QuestionError where the log is not frozen, or not one's own."""
    if log not in folder.signers or log not in governed.frozen.freezes:
        code = Code.NO_KEY if log not in folder.signers else Code.NOT_FROZEN
        raise QuestionError(Problem(code, Place(log=log), f"`{log}`", "an own log, frozen"))
    after = edition(log, edition_of(log) + 1)
    return folder if after in folder.signers else _with_key(folder, after)


def opening(governed: Governed, held: HeldLog, note: str | None) -> Continuation:
    """The first statement of the log that goes on from a frozen one."""
    size = min(governed.frozen.freezes[LogName(held.name)].size, held.size)
    root = held.levels.root(size).hex() if size else None
    return Continuation(continues=held.name, size=size, root=root, note=note)


def _with_key(folder: NodeFolder, log: LogName) -> NodeFolder:
    keys = folder.path / "keys"
    encrypted = Vault(keys).is_locked
    signer = make_log_key(keys, log, folder.agreement.origin(log), encrypted=encrypted)
    row = RosterRow(author_of(log), log, str(signer.key))
    change_roster(folder, lambda now: ((*now.roster, row), now.trust, None))
    return read_node(folder.path, folder.keyring.vault.passphrase)
