"""Many callers, one writer: whatever arrived during one flush is written together by the next. No
timer: a lone caller waits for nobody, and a crowd shares one flush."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from trucekeeper.logs.note import Sign, VerifierKey
from trucekeeper.storage.log_folder import HeldLog
from trucekeeper.storage.log_writer import LogWriter

#: What one flush takes at most, so that the first of a crowd is not kept waiting for all of it.
GROUP_ENTRIES_MAX = 65_536


@dataclass(eq=False, slots=True)
class _Waiting:
    entries: Sequence[bytes]
    first: int | None = None
    error: BaseException | None = None


class GroupWriter:
    """A writer that many threads use. The caller holds the writer's lock."""

    def __init__(self, writer: LogWriter, key: VerifierKey, sign: Sign) -> None:
        self._writer = writer
        self._key = key
        self._sign = sign
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._flushing = False

    @property
    def held(self) -> HeldLog:
        """The log as of the last flush."""
        return self._writer.held

    def append(self, entries: Sequence[bytes]) -> range:
        """The indices at which these entries stand now, durable and signed. Raises what the writer
        raised for them; entries that are refused hold up nobody else's."""
        self._writer.check_entries(entries)
        own = _Waiting(entries)
        with self._changed:
            self._waiting.append(own)
            while own.first is None and own.error is None:
                if not self._flushing:
                    self._lead()
                else:
                    self._changed.wait()
        if own.error is not None:
            raise own.error
        assert own.first is not None
        return range(own.first, own.first + len(entries))

    def _lead(self) -> None:
        """Write what waits. Called with the condition held, which others may take meanwhile."""
        group: list[_Waiting] = []
        count = 0
        while self._waiting and (not group or count < GROUP_ENTRIES_MAX):
            group.append(self._waiting.pop(0))
            count += len(group[-1].entries)
        self._flushing = True
        self._changed.release()
        error: BaseException | None = None
        end = 0
        try:
            together = [entry for waiting in group for entry in waiting.entries]
            end = self._writer.append(together, self._key, self._sign).size
        except BaseException as raised:  # noqa: BLE001  # every caller of the group is told
            error = raised
        finally:
            self._changed.acquire()
            self._flushing = False
            first = end - count
            for waiting in group:
                waiting.error, waiting.first = error, None if error else first
                first += len(waiting.entries)
            self._changed.notify_all()
