"""Many callers, one writer: whatever arrived during one flush is written together by the next. No
timer: a lone caller waits for nobody, and a crowd shares one flush."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trucekeeper.storage.log_writer import check_entries

#: What one flush takes, unless one caller brings more.
GROUP_ENTRIES_MAX = 65_536


@dataclass(eq=False, slots=True)
class _Waiting:
    entries: Sequence[bytes]
    first: int | None = None
    error: BaseException | None = None


class GroupWriter:
    """A log's writer that many threads may call. write: appends entries durably and gives the log's
    size then; it is called by one thread at a time."""

    def __init__(self, name: str, write: Callable[[Sequence[bytes]], int]) -> None:
        self._name = name
        self._write = write
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._flushing = False

    def append(self, entries: Sequence[bytes]) -> range:
        """The indices at which these entries stand now, durable and signed.

        Raises what the writer raised for those that were written together; entries that are too
        large are refused before they join others."""
        check_entries(self._name, entries)
        own = _Waiting(entries)
        with self._changed:
            self._waiting.append(own)
            while own.first is None and own.error is None:
                if self._flushing:
                    self._changed.wait()
                else:
                    self._flush()
        if own.error is not None:
            raise own.error
        assert own.first is not None
        return range(own.first, own.first + len(entries))

    def _flush(self) -> None:
        """Write what waits. Called with the condition held; others may join the next flush
        meanwhile."""
        group: list[_Waiting] = []
        count = 0
        while self._waiting and (not group or count < GROUP_ENTRIES_MAX):
            group.append(self._waiting.pop(0))
            count += len(group[-1].entries)
        error: BaseException | None = None
        first = 0
        self._flushing = True
        self._changed.release()
        try:
            first = self._write([entry for each in group for entry in each.entries]) - count
        except BaseException as raised:  # noqa: BLE001  # every caller of the group is told
            error = raised
        finally:
            self._changed.acquire()
            self._flushing = False
            for each in group:
                each.error, each.first = error, first
                first += len(each.entries)
            self._changed.notify_all()
