"""The main flow on one screen: open and verify a node, take a cut, derive its picture, report it;
state, and exchange.

node = open("examples/northern-line/nodes/un")     every byte it reads has been verified
picture = node.derive(as_of="2031-03-31")          a pure function of the cut
picture.report("2031-03").write("march/")          whoever holds the logs can recompute it
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import RLock

from trucekeeper import keeping
from trucekeeper.agreement.rules import Agreement, load
from trucekeeper.engines.annex import Estimated, estimated_settings
from trucekeeper.engines.memory import without_collecting
from trucekeeper.engines.values import match_on_columns
from trucekeeper.errors import Code, Place, Problem, QuestionError, VerificationError
from trucekeeper.facade import Picture, parse_moment, statement_problems
from trucekeeper.governance.keeping import keeping_problems
from trucekeeper.governance.payloads import citing_logs, payload_files
from trucekeeper.governance.record import (
    Cut,
    LogHead,
    Record,
    roster_digest,
)
from trucekeeper.intake.drafts import Draft
from trucekeeper.keys.age import Passphrase, passphrase_of_environment
from trucekeeper.logs.proof import Proof
from trucekeeper.picture import derive
from trucekeeper.replication.payloads import exchange_payloads
from trucekeeper.replication.pull import FolderPeer, Peer, Pulled, pull
from trucekeeper.replication.waiting import patient
from trucekeeper.stating import Clock, Salt, entries_of
from trucekeeper.storage.editions import opening, with_next_edition
from trucekeeper.storage.follow import followed
from trucekeeper.storage.histories import HeldHistories
from trucekeeper.storage.log_folder import HeldLog
from trucekeeper.storage.node_folder import (
    AGREEMENT,
    NodeFolder,
    make_node,
    owner_of,
    read_again,
    read_attachments,
    read_node,
    verify_all,
)
from trucekeeper.storage.own_logs import OwnLogs
from trucekeeper.storage.payloads import PayloadStore
from trucekeeper.storage.proofs import prove_all
from trucekeeper.vocabulary.ids import (
    LogName,
    RefText,
    circle_of,
    first_edition,
    log_name,
    newest_edition,
)
from trucekeeper.vocabulary.kinds import RULES_VERSION


class Node:
    """One participant's node, read and verified. `problems`: what did not verify; nothing of it is
    read."""

    def __init__(
        self, folder: NodeFolder, *, clock: Clock = time.time, salt: Salt | None = None
    ) -> None:
        self.clock = clock
        self.salt = salt or (lambda: secrets.token_hex(16))
        #: Held by whoever changes the node, where several threads use it.
        self.guard = RLock()
        #: Called once, before the first signature. Raises where the node may not sign; gives the
        #: peers that were asked where none of them answered.
        self.before_signing: Callable[[], Sequence[str]] | None = None
        self._read(folder)

    def _read(self, folder: NodeFolder) -> None:
        self.folder = folder
        self.agreement: Agreement = folder.agreement
        self.held: dict[LogName, HeldLog]
        self.held, problems = verify_all(folder)
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.kept = HeldHistories(folder, self.held)
        self.problems += tuple(self.kept.problems)
        self._own = OwnLogs(lambda: self.folder, self.held)
        self._heads_told: dict[LogName, dict[str, int]] = {}

    def read_again(self) -> None:
        """Read the folder again, and verify all of it."""
        with self.guard:
            self._read(read_again(self.folder))

    # Reading

    @property
    def damaged(self) -> set[str]:
        """The logs of which something here does not verify."""
        return {p.place.log for p in self.problems if p.place.log}

    @property
    def participants(self) -> tuple[str, ...]:
        """The participants whose keys the node has: one, or several in an archive or exercise."""
        owners = {owner_of(self.agreement, log) for log in self.folder.signers}
        return tuple(p for p in self.agreement.participants if p in owners)

    @property
    def faces(self) -> tuple[str, ...]:
        """The circles whose face this node can derive: those of which it holds a log in every
        circle needed."""
        return tuple(
            c for c in self.agreement.circles if any(circle_of(log) == c for log in self.held)
        )

    def record(self, logs: Iterable[LogName]) -> Record:
        """The statements of the logs as they stand in their own place, decoded once."""
        with self.guard:
            return {log: self.kept.entries(log) for log in logs}

    def cut(self, *, face: str | None = None, known_by: str | int | None = None) -> Cut:
        """How much of each log of a face is taken: all that is held, or what was known by an
        instant.

        Raises QuestionError where the face does not exist here, VerificationError where one of its
        logs is damaged."""
        face = face or self.agreement.file.agreement.reporting_circle
        logs = [log for log in self.agreement.face_logs(face) if log in self.held]
        if face not in self.faces:
            raise QuestionError(
                Problem(Code.NO_SUCH_FACE, Place(), f"`{face}`", ", ".join(self.faces))
            )
        damaged = [p for p in self.problems if p.place.log in self.agreement.face_logs(face)]
        if damaged:
            raise VerificationError(*damaged)
        if known_by is None:
            return self._cut(face, [self.kept.head(log) for log in logs])
        moment = parse_moment(known_by, self.agreement.calendar)
        return self._cut(face, self.kept.known(self.agreement, logs, moment))

    def _cut(self, face: str, taken: Iterable[LogHead]) -> Cut:
        heads = {head.log: head for head in taken if head.size or head.branches}
        rows = [row for row in self.folder.roster if row.log in heads]
        ordered = tuple(heads[log] for log in sorted(heads))
        return Cut(self.agreement.digest, roster_digest(rows), RULES_VERSION, face, ordered)

    def derive(
        self,
        *,
        as_of: str | int | None = None,
        face: str | None = None,
        known_by: str | int | None = None,
        cut: Cut | None = None,
    ) -> Picture:
        """The picture of a face at a day. as_of: an instant, or a day of the agreement, taken at
        its end."""
        cut = cut or self.cut(face=face, known_by=known_by)
        record, histories = self.kept.record(self.folder, cut.heads)
        moment = None if as_of is None else parse_moment(as_of, self.agreement.calendar)
        with without_collecting():
            derived = derive(
                self.agreement, record, cut, as_of=moment, matcher=match_on_columns,
                histories=histories,
            )  # fmt: skip
        return Picture(derived, self.prove)

    def estimate(
        self, *, face: str | None = None, known_by: str | int | None = None, cut: Cut | None = None
    ) -> Estimated:
        """Settings of matching, estimated from the reports of a cut, for the agreement's annex. In
        force only where the agreement names their digest. Raises QuestionError where Numba is
        not installed, NodeError where too few pairs of one event are expected."""
        picture = self.derive(face=face, known_by=known_by, cut=cut)
        return estimated_settings(picture.derived)

    def root_at(self, log: str, size: int) -> str | None:
        """The root of a log at a size, in hexadecimal; None where less is held."""
        held = self.held.get(LogName(log))
        if held is None or held.size < size:
            return None
        return held.levels.root(size).hex()

    def recompute(self, cut: Cut) -> Cut:
        """The same cut from the logs held here. Raises QuestionError that names what is missing or
        differs."""
        pairs = (
            (Code.OTHER_AGREEMENT, self.agreement.digest, cut.agreement_digest),
            (Code.NOT_UNDERSTOOD, f"rules {RULES_VERSION}", f"rules {cut.rules}"),
        )
        where = Place(file=AGREEMENT)
        problems = [Problem(code, where, own, told) for code, own, told in pairs if own != told]
        problems += [p for head in cut.heads if (p := self.kept.missing(head)) is not None]
        if problems:
            raise QuestionError(*problems)
        return self._cut(cut.face, cut.heads)

    def statement_problems(self) -> list[Problem]:
        """What is kept but not admissible, in every face, what does not add up in how the record
        was kept, and what is stale of the node's own releases."""
        found: dict[str, Problem] = {}
        for face in self.faces:
            governed = self.derive(face=face).derived.governed
            found |= statement_problems(governed.rows, self.participants)
            for problem in keeping_problems(governed):
                found[f"{problem.code.id} {problem.place}"] = problem
        return list(found.values())

    # Proving

    def prove(self, refs: Iterable[str]) -> Iterator[tuple[RefText, Proof]]:
        """Proofs that logs hold statements, log after log, with the receipts that the heads have
        here. Raises QuestionError, or VerificationError where a log is damaged."""
        return prove_all(self.held, self.problems, refs)

    # Stating

    def state(
        self, drafts: Sequence[Draft], *, dry_run: bool = False
    ) -> tuple[list[str], list[Problem]]:
        """Sign the drafts that are admissible into their logs; the references of what was stated,
        and a problem for each that was not. With dry_run nothing is written."""
        if not dry_run:
            self._check_start()
        stated: list[str] = []
        problems: list[Problem] = []
        by_log: dict[LogName, list[Draft]] = {}
        for draft in drafts:
            name = log_name(draft.author, draft.circle)
            by_log.setdefault(newest_edition(self.folder.signers, name), []).append(draft)
        for log, own in by_log.items():
            if log not in self.folder.signers:
                problems.append(
                    Problem(Code.NO_KEY, own[0].origin, f"`{log}`", ", ".join(self.folder.signers))
                )
                continue
            if log not in self.held:
                problems += [p for p in self.problems if p.place.log == log]
                continue
            entries, refused = self._entries(log, own)
            problems += refused
            start = self.held[log].size
            would = range(start, start + len(entries))
            stated += [f"{log}/{i}" for i in (would if dry_run else self.append(log, entries))]
        return stated, problems

    def go_on(self, log: str, *, officer: str = "officer", note: str | None = None) -> str:
        """Open the log that goes on from an own one that is frozen; the reference of its first
        entry. Nothing else in it counts until a key document names the key that is made here.
        Raises QuestionError where the log is not one's own, or not frozen."""
        governed, name = self.derive(face=circle_of(log)).derived.governed, LogName(log)
        self.folder = with_next_edition(self.folder, governed, name)
        self.agreement = self.folder.agreement
        after = newest_edition(self.folder.signers, first_edition(log))
        self.held[after] = self.folder.held(after)
        if self.held[after].size:
            return f"{after}/0"
        body = opening(governed, self.held[name], note)
        stated, problems = self.state([keeping.draft(name, body, officer)])
        if problems:
            raise QuestionError(*problems)
        return stated[0]

    def _check_start(self) -> None:
        """Compare the last heads of the own logs with the peers', once; state it where none of them
        answers."""
        asked = self._may_sign()
        if asked:
            self.state(keeping.unchecked_start(self.folder, self.kept, asked, "node"))

    def _may_sign(self) -> Sequence[str]:
        """Ask the peers, once, after what a writer had begun is completed; they, where none of them
        answered. Raises where the node may not sign."""
        if (check := self.before_signing) is None:
            return ()
        for log in self.folder.signers:
            with contextlib.suppress(VerificationError):  # told where that log is written
                self.complete(log)
        asked = check()
        self.before_signing = None
        return asked

    def append(self, log: LogName, entries: Sequence[bytes]) -> range:
        """The indices at which canonical entries stand now in an own log, durable and signed."""
        self._may_sign()
        return self._own.append(log, entries)

    def complete(self, log: LogName) -> None:
        """Publish the head of an own log that was persisted when its writer was interrupted."""
        self._own.complete(log)

    def _entries(self, log: LogName, drafts: Sequence[Draft]) -> tuple[list[bytes], list[Problem]]:
        """The canonical entries of the drafts that would be admissible, and why the others would
        not."""
        heads = [self.kept.head(name) for name in self.held]
        record, histories = self.kept.record(self.folder, heads)
        return entries_of(self.agreement, log, drafts, record, histories, self.clock, self.salt)

    # Exchanging

    def sync(self, *peers: Path | Peer, officer: str = "node") -> Pulled:
        """Mirror what other nodes hold and we may read, and state in each own log what was seen. A
        path is a node's folder."""
        new: dict[LogName, int] = {}
        problems: list[Problem] = []
        first_seen: list[str] = []
        news = False
        for peer in peers:
            there = FolderPeer(read_node(peer)) if isinstance(peer, Path) else peer
            pulled = pull(self.folder, there, self.participants, self.held)
            news |= self.take(pulled)
            new |= {log: new.get(log, 0) + count for log, count in pulled.new.items()}
            first_seen += pulled.first_seen
            problems += [*pulled.problems, *self.take_payloads(there)]
        self.state(self.evidence(officer))
        if news:
            self.state(self.contexts(officer))
        return Pulled(new, dict(self.held), tuple(problems), first_seen=tuple(first_seen))

    def take(self, pulled: Pulled) -> bool:
        """Go on from what a mirroring brought; whether there is something to say of it."""
        self.folder = read_again(self.folder)
        self.agreement = self.folder.agreement
        self.kept.take(pulled.held)
        for log in pulled.forked:
            self.kept.refresh(self.folder, log)
        return any(keeping.says_more(self.kept, log, count) for log, count in pulled.new.items())

    def take_payloads(self, peer: Peer) -> list[Problem]:
        """Copy the payload files that the logs here cite and a peer has, delete those that were
        erased; what was wrong with one."""
        files = payload_files(self.agreement, self.record(self.held))
        return exchange_payloads(PayloadStore(self.folder.disk), files, peer.payload)

    def citing(self, digest: str) -> Sequence[LogName]:
        """The logs that cite a payload file: who may read one of them may have it."""
        return citing_logs(self.record(self.held)).get(digest, ())

    def refresh(self) -> None:
        """Take in what other processes of this node wrote. Raises VerificationError."""
        for log, held in list(self.held.items()):
            now = followed(held, self.folder.key(log))
            if now is not held:
                self.kept.take({log: now})

    def evidence(self, officer: str) -> list[Draft]:
        """What is to be stated of logs with several histories."""
        return keeping.evidence(self.folder, self.kept, officer)

    def contexts(self, officer: str) -> list[Draft]:
        """What is to be stated of the heads of other logs, and of receipts."""
        return keeping.contexts(self.folder, self.kept, officer)


def open(path: str | Path, passphrase: Passphrase | None = None) -> Node:  # as users expect it
    """The node of a folder, every log of it verified. passphrase: asked when something is first
    signed; default: the file that TRUCEKEEPER_PASSPHRASE_FILE names. Raises NodeError or
    AgreementError."""
    folder = read_node(Path(path), passphrase or passphrase_of_environment())
    return Node(replace(folder, disk=patient(folder.disk)))


def load_agreement(path: str | Path) -> Agreement:
    """The agreement of a file, its attachments beside it. Raises AgreementError."""
    return load(Path(path).read_bytes(), read_attachments(Path(path).parent))


def new(
    path: str | Path,
    agreement: str | Path,
    participants: Sequence[str],
    *,
    seeds: Callable[[str], bytes] | None = None,
    passphrase: Passphrase | None = None,
) -> Node:
    """A new node for a participant: its agreement, its keys, its rows of the roster.

    participants: several only in an archive or exercise. seeds: keys from public seeds, by origin,
    likewise. passphrase: without one, the private keys lie in the clear. Raises NodeError or
    AgreementError.
    """
    return Node(make_node(Path(path), Path(agreement), participants, seeds, passphrase))
