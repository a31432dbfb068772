"""A node's own logs as they are written: one writer a log, kept while it is current, and shared by
threads that append at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from trucekeeper.logs.note import Sign, VerifierKey
from trucekeeper.storage.group import GroupWriter
from trucekeeper.storage.log_folder import LOCK, HeldLog
from trucekeeper.storage.log_writer import LogWriter, has_more_persisted
from trucekeeper.storage.node_folder import NodeFolder
from trucekeeper.vocabulary.ids import LogName

_Act = Callable[[LogWriter, VerifierKey, Sign], object]


class OwnLogs:
    """The writers of a node's own logs. folder: the node's, as it is now. held: its logs, of which
    what is written here is put in place."""

    def __init__(self, folder: Callable[[], NodeFolder], held: dict[LogName, HeldLog]) -> None:
        self._folder = folder
        self._held = held
        self._writers: dict[LogName, LogWriter] = {}
        self._groups: dict[LogName, GroupWriter] = {}

    def append(self, log: LogName, entries: Sequence[bytes]) -> range:
        """The indices at which canonical entries stand now, durable and signed. Threads that append
        at once share a flush. Raises StorageError, VerificationError or NodeError."""
        group = self._groups.setdefault(log, GroupWriter(log, partial(self._append, log)))
        return group.append(entries)

    def complete(self, log: LogName) -> None:
        """Publish the head that a writer had persisted when it was interrupted, for it may have
        been seen. Raises StorageError, VerificationError or NodeError."""
        is_own = log in self._folder().signers and log in self._held
        if is_own and has_more_persisted(self._held[log]):
            self._written(log, 0, LogWriter.complete)

    def _append(self, log: LogName, entries: Sequence[bytes]) -> int:
        return self._written(log, len(entries), lambda w, key, sign: w.append(entries, key, sign))

    def _written(self, log: LogName, count: int, act: _Act) -> int:
        """The size of a log after its writer did something by which it becomes so much longer. It
        costs what is written: a log is verified again only where another has written it."""
        node = self._folder()
        signer = node.next_signer(log, count).opened()
        disk, folder = node.disk, f"logs/{log}"
        with disk.lock(f"{folder}/{LOCK}"):
            writer = self._writers.get(log)
            if writer is None and log in self._held:
                writer = LogWriter(disk, folder, self._held[log])
            if writer is None or not writer.is_current():
                writer = LogWriter(disk, folder, node.held(log))
            self._writers[log] = writer
            try:
                act(writer, signer.key, signer.sign)
            finally:
                self._held[log] = writer.held
        node.show_key(log)
        return writer.held.size
