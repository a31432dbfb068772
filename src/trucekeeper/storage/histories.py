"""Every history that a node holds of its logs: the one in `logs/<log>/`, and others beside it in
`logs/<log>.branches/<first 16 digits of a root>/`, each a log folder like any other.

Which of them lies where only says which was seen first. What a cut takes of a log names the head of
each history, so that the same is taken anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from threading import RLock
from typing import TypeVar

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import (
    Code,
    NodeError,
    Place,
    Problem,
    QuestionError,
    StorageError,
    VerificationError,
)
from trucekeeper.governance.key_document import read_key_text
from trucekeeper.governance.known import known_heads, known_sizes
from trucekeeper.governance.record import (
    Branch,
    BranchHead,
    Histories,
    LogHead,
    Record,
    Stated,
    branches_of,
    read_entries,
)
from trucekeeper.logs.equivocation import common_size
from trucekeeper.logs.note import NoteError, VerifierKey, parse_key, parse_note
from trucekeeper.statements.parts import Kind
from trucekeeper.storage.disk import Disk, read_or_none
from trucekeeper.storage.log_folder import HEAD, HeldLog, read_log
from trucekeeper.storage.node_folder import NodeFolder, of_log
from trucekeeper.vocabulary.ids import CircleId, LogName, circle_of

_BRANCH = re.compile(r"([0-9a-f]{16})/")
K = TypeVar("K", bound=Kind)
#: A history as far as it is taken.
Taken = tuple[HeldLog, int]


def branch_folder(log: str, root: bytes) -> str:
    """Where a history that begins to be kept with this head stands."""
    return f"logs/{log}.branches/{root.hex()[:16]}"


def branch_folders(disk: Disk, log: str) -> list[str]:
    """The folders of the other histories of a log."""
    base = f"logs/{log}.branches"
    names = {m[1] for path in disk.files(base) if (m := _BRANCH.match(path)) is not None}
    return [f"{base}/{name}" for name in sorted(names)]


def keys_of(folder: NodeFolder, log: str) -> list[VerifierKey]:
    """Every key that may have signed heads of a log: the roster's, and those of key documents."""
    rows = [row.key for row in folder.roster if row.log == log]
    rows += [row.key for row in folder.keyrings.log_rows(log)]
    origin, found = folder.agreement.origin(log), []
    for text in dict.fromkeys(rows):
        try:
            key = parse_key(text)
        except NoteError:
            continue  # named as a problem where the log itself is read
        if key.name == origin:
            found.append(key)
    return found


def key_of_note(note: bytes, keys: Sequence[VerifierKey]) -> VerifierKey | None:
    """The key by which a head says that it is signed; nothing is verified yet."""
    try:
        signed = {(line.name, line.key_id) for line in parse_note(note).signatures}
    except NoteError:
        return None
    return next((key for key in keys if (key.name, key.id) in signed), None)


def read_branches(folder: NodeFolder, log: str) -> tuple[list[HeldLog], list[Problem]]:
    """The other histories of a log, verified whole, and what does not verify."""
    held: list[HeldLog] = []
    problems: list[Problem] = []
    keys = keys_of(folder, log)
    for path in branch_folders(folder.disk, log):
        try:
            note = read_or_none(folder.disk, f"{path}/{HEAD}")
            if note is None:
                continue  # a copy that was interrupted: nothing of it is published
            key = key_of_note(note, keys) or keys[0]
            held.append(read_log(folder.disk, path, log, key))
        except (VerificationError, NodeError, StorageError) as error:
            problems += [of_log(problem, log) for problem in error.problems]
    return held, problems


class HeldHistories:
    """All that is held of the logs of a node. held: the history of each log in its own place.
    Threads may ask while another takes in more."""

    def __init__(self, folder: NodeFolder, held: dict[LogName, HeldLog]) -> None:
        self.held = held
        self.branches: dict[LogName, list[HeldLog]] = {}
        self.problems: list[Problem] = []
        self._decoded: dict[LogName, list[Stated]] = {}
        self._decoding = RLock()
        for log in held:
            self.refresh(folder, log)

    def refresh(self, folder: NodeFolder, log: LogName) -> None:
        """Read a log's other histories again."""
        found, problems = read_branches(folder, log)
        self.problems += [p for p in problems if p not in self.problems]
        if found:
            self.branches[log] = found

    def take(self, held: Mapping[LogName, HeldLog]) -> None:
        """Put these logs in the place of what was held of them."""
        with self._decoding:
            for log, now in held.items():
                if log in self.held and not now.goes_on_from(self.held[log]):
                    self._decoded.pop(log, None)
                self.held[log] = now

    def entries(self, log: LogName) -> list[Stated]:
        """The statements of the history in the log's own place, each decoded once. A list that was
        given stays as it is: whoever reads it may be slower than the log grows."""
        with self._decoding:
            held, known = self.held[log], self._decoded.get(log, [])
            if (start := len(known)) < held.size:
                new = zip(held.leaves[start:], held.entries(start), strict=True)
                known = self._decoded[log] = [*known, *read_entries(log, new, start=start)]
            return known

    def all_of(self, log: LogName) -> list[HeldLog]:
        """Every history of a log."""
        return [self.held[log], *self.branches.get(log, ())]

    def stated(
        self, kind: type[K], agreement: Agreement, circle: CircleId
    ) -> list[tuple[LogName, K]]:
        """The bodies of one kind in the logs that every member of a circle can read, each with its
        log, whatever became of them."""
        return [
            (log, stated.body)
            for log in self.held
            if agreement.is_within(circle, circle_of(log))
            for stated in self.entries(log)
            if isinstance(stated.body, kind)
        ]

    def is_forked(self, log: LogName) -> bool:
        """Whether two of the histories held cannot be of one log."""
        return log in self.branches and bool(self.head(log).branches)

    # What a cut takes

    def head(self, log: LogName) -> LogHead:
        """All that is held of a log."""
        return head_of(log, [(held, held.size) for held in self.all_of(log)])

    def find(self, log: LogName, heads: Iterable[BranchHead]) -> list[Taken] | None:
        """The histories that have these heads; None where one is not held."""
        found: list[Taken] = []
        for head in heads:
            fits = next((h for h in self.all_of(log) if _has(h, head)), None)
            if fits is None:
                return None
            found.append((fits, head.size))
        return found

    def at(self, head: LogHead) -> tuple[Sequence[Stated], tuple[Branch, ...]] | None:
        """The statements of a log as a cut takes it: what all its histories share, and the rest of
        each. None where that is not held."""
        if head.log not in self.held:
            return None
        wanted = head.branches or (BranchHead(head.size, head.root),)
        taken = self.find(head.log, wanted)
        if taken is None:
            return None
        if len(taken) == 1 and taken[0][0] is self.held[head.log]:
            return self.entries(head.log)[: head.size], ()
        told = [list(zip(h.leaves[:size], h.entries(0, size), strict=True)) for h, size in taken]
        return branches_of(head.log, told)

    def record(self, folder: NodeFolder, heads: Iterable[LogHead]) -> tuple[Record, Histories]:
        """The statements that a cut takes, with the keys of the logs. Raises QuestionError where
        they are not held."""
        record: dict[LogName, Sequence[Stated]] = {}
        branches: dict[LogName, Sequence[Branch]] = {}
        for head in heads:
            taken = self.at(head)
            if taken is None:
                problem = self.missing(head)
                assert problem is not None
                raise QuestionError(problem)
            record[head.log], found = taken
            if found:
                branches[head.log] = found
        first = {row.log: row.key for row in folder.roster if row.log in record}
        keys = {
            log: [k for k in (read_key_text(key),) if k is not None] for log, key in first.items()
        }
        return record, Histories(keys, branches)

    def missing(self, head: LogHead) -> Problem | None:
        """What keeps a cut's log from being taken here; None where nothing does."""
        wanted = head.branches or (BranchHead(head.size, head.root),)
        held = self.held.get(head.log)
        if held is not None and self.find(head.log, wanted) is not None:
            return None
        where = Place(log=head.log)
        size = 0 if held is None else max(history.size for history in self.all_of(head.log))
        needed = max(branch.size for branch in wanted)
        if size < needed or held is None:
            found = f"{size} entries"
            return Problem(Code.NOT_RECOMPUTABLE, where, found, f"{needed} entries")
        root = held.levels.root(min(head.size, held.size)).hex()
        return Problem(Code.TWO_HISTORIES, where, root, head.root)

    def known(self, agreement: Agreement, logs: Sequence[LogName], by: int) -> list[LogHead]:
        """What was known of logs by an instant. Of a log with several histories: those, as far,
        that others had proved to hold; what all share, where only that was known."""
        record = {log: self.entries(log)[: self.head(log).size] for log in logs}
        sizes = known_sizes(agreement, record, by)
        told: dict[LogName, dict[BranchHead, Taken]] = {log: {} for log in logs}
        for seen in known_heads(record, by):
            head, log = BranchHead(seen.size, seen.root), LogName(seen.log)
            if log in told and seen.size > len(record[log]):
                for found in self.find(log, [head]) or ():
                    told[log][head] = found
        return [
            head_of(log, list(told[log].values()) or [(self.held[log], sizes[log])]) for log in logs
        ]


def _has(held: HeldLog, head: BranchHead) -> bool:
    return held.size >= head.size and held.levels.root(head.size).hex() == head.root


def head_of(log: LogName, taken: Sequence[Taken]) -> LogHead:
    """How a cut names what is taken of a log. Histories that another goes on from are left out."""
    distinct: list[Taken] = []
    for held, size in sorted(taken, key=lambda pair: -pair[1]):
        head = BranchHead(size, held.levels.root(size).hex())
        if not any(size <= n and _has(other, head) for other, n in distinct):
            distinct.append((held, size))
    longest, size = distinct[0]
    if len(distinct) == 1:
        return LogHead(log, size, longest.levels.root(size).hex())
    shared = min(common_size(longest.leaves[:size], h.leaves[:n]) for h, n in distinct[1:])
    heads = sorted(BranchHead(n, h.levels.root(n).hex()) for h, n in distinct)
    return LogHead(log, shared, longest.levels.root(shared).hex(), tuple(heads))
