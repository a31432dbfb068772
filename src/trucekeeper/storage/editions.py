"""Opening the log that goes on from a frozen one: its key, its row of the roster, and what its first
entry says."""

from __future__ import annotations

from collections.abc import Mapping

from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.governance.effect import Governed
from trucekeeper.governance.record import RosterRow
from trucekeeper.keys.keyring import Vault, make_log_key
from trucekeeper.statements.kinds import Continuation
from trucekeeper.storage.log_folder import HeldLog
from trucekeeper.storage.node_folder import NodeFolder, read_node, write_roster
from trucekeeper.vocabulary.ids import LogName, author_of, edition, edition_of


def open_edition(
    folder: NodeFolder, governed: Governed, held: HeldLog, note: str | None
) -> tuple[NodeFolder, Mapping[LogName, HeldLog], Continuation]:
    """The folder with the next edition of an own log, the new log, and its first statement. The key
    is made on the first call.

    Raises QuestionError where the log is not frozen, or no key document names the new key yet: that
    is for the root keys, which may lie elsewhere."""
    log = LogName(held.name)
    freeze, after = governed.frozen.freezes.get(log), edition(log, edition_of(log) + 1)
    if freeze is None or log not in folder.signers:
        code = Code.NO_KEY if log not in folder.signers else Code.NOT_FROZEN
        raise QuestionError(Problem(code, Place(log=log), f"`{log}`", "an own log, frozen"))
    if after not in folder.signers:
        folder = _with_key(folder, after)
    rows = {row.key for row in governed.keyrings.log_rows(after)}
    if str(folder.signers[after].key) not in rows:
        expected = f"a row for {folder.signers[after].key}"
        where = Place(log=after)
        raise QuestionError(Problem(Code.ROOTS_MUST_OPEN, where, "no such row", expected))
    size = min(freeze.size, held.size)
    root = held.levels.root(size).hex() if size else None
    body = Continuation(continues=log, size=size, root=root, note=note)
    return folder, {after: folder.held(after)}, body


def _with_key(folder: NodeFolder, log: LogName) -> NodeFolder:
    keys = folder.path / "keys"
    encrypted = Vault(keys).is_locked
    signer = make_log_key(keys, log, folder.agreement.origin(log), encrypted=encrypted)
    row = RosterRow(author_of(log), log, str(signer.key))
    write_roster(folder.disk, [*folder.roster, row])
    return read_node(folder.path)
