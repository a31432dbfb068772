"""The main flow on one screen: open and verify a node, take a cut, derive its picture, report it;
state, and exchange.

node = open("examples/northern-line/nodes/un")     every byte it reads has been verified
picture = node.derive(as_of="2031-03-31")          a pure function of the cut
picture.report("2031-03").write("march/")          whoever holds the logs can recompute it
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from trucekeeper.agreement.rules import Agreement, load
from trucekeeper.engines.kernel import match_on_grid
from trucekeeper.engines.memory import without_collecting
from trucekeeper.errors import Code, Place, Problem, QuestionError, VerificationError
from trucekeeper.facade import Picture, parse_moment
from trucekeeper.governance.causality import wrong_heads
from trucekeeper.governance.entitlement import Admission, cited_in
from trucekeeper.governance.keeping import keeping_problems
from trucekeeper.governance.keyring import offers_in
from trucekeeper.governance.known import known_sizes
from trucekeeper.governance.record import (
    Cut,
    LogHead,
    Record,
    Stated,
    read_entries,
    roster_digest,
)
from trucekeeper.governance.telling import HeldHead, next_context
from trucekeeper.intake.drafts import Draft
from trucekeeper.keys.age import Passphrase, passphrase_of_environment
from trucekeeper.logs.tree import leaf_hash, roots_at
from trucekeeper.picture import derive
from trucekeeper.replication.pull import Pulled, pull
from trucekeeper.statements.encoding import Envelope, encode, encode_body
from trucekeeper.statements.kinds import Context
from trucekeeper.storage.log_folder import LOCK, HeldLog, LogWriter
from trucekeeper.storage.node_folder import (
    AGREEMENT,
    NodeFolder,
    make_node,
    owner_of,
    read_again,
    read_attachments,
    read_node,
    verify_all,
    write_roster,
)
from trucekeeper.storage.trust import Learnt, learn
from trucekeeper.vocabulary.ids import LogName, Reference, log_name
from trucekeeper.vocabulary.kinds import RULES_VERSION
from trucekeeper.vocabulary.times import instant

Clock = Callable[[], float]
Salt = Callable[[], str]


class Node:
    """One participant's node, read and verified. `problems`: what did not verify; nothing of it is
    read."""

    def __init__(
        self, folder: NodeFolder, *, clock: Clock = time.time, salt: Salt | None = None
    ) -> None:
        self.clock = clock
        self.salt = salt or (lambda: secrets.token_hex(16))
        self._read(folder)

    def _read(self, folder: NodeFolder) -> None:
        self.folder = folder
        self.agreement: Agreement = folder.agreement
        self.held: dict[LogName, HeldLog]
        self.held, problems = verify_all(folder)
        self.problems: tuple[Problem, ...] = tuple(problems)
        self._record: dict[LogName, list[Stated]] = {}

    # Reading

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
            c for c in self.agreement.circles if any(log.endswith(f".{c}") for log in self.held)
        )

    def record(self, logs: Iterable[LogName]) -> Record:
        """The statements of the logs, decoded once."""
        for log in logs:
            held = self.held[log]
            if log not in self._record or len(self._record[log]) != held.size:
                self._record[log] = read_entries(log, zip(held.leaves, held.entries, strict=True))
        return {log: self._record[log] for log in logs}

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
        sizes: Mapping[LogName, int] = {log: self.held[log].size for log in logs}
        if known_by is not None:
            sizes = known_sizes(
                self.agreement, self.record(logs), parse_moment(known_by, self.agreement.calendar)
            )
        return self._cut(face, {log: size for log, size in sizes.items() if size})

    def _cut(self, face: str, sizes: Mapping[LogName, int]) -> Cut:
        heads = tuple(
            LogHead(log, size, roots_at(self.held[log].leaves, [size])[size].hex())
            for log, size in sorted(sizes.items())
        )
        face_logs = set(self.agreement.face_logs(face))
        rows = [row for row in self.folder.roster if row.log in face_logs and row.log in sizes]
        return Cut(self.agreement.digest, roster_digest(rows), RULES_VERSION, face, heads)

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
        record = self.record([head.log for head in cut.heads])
        prefix = {head.log: record[head.log][: head.size] for head in cut.heads}
        moment = None if as_of is None else parse_moment(as_of, self.agreement.calendar)
        with without_collecting():
            return Picture(derive(self.agreement, prefix, cut, as_of=moment, matcher=match_on_grid))

    def root_at(self, log: str, size: int) -> str | None:
        """The root of a log at a size, in hexadecimal; None where less is held."""
        held = self.held.get(LogName(log))
        if held is None or held.size < size:
            return None
        return roots_at(held.leaves, [size])[size].hex()

    def recompute(self, cut: Cut) -> Cut:
        """The same cut from the logs held here. Raises QuestionError that names what is missing or
        differs."""
        problems = []
        if cut.agreement_digest != self.agreement.digest:
            found = self.agreement.digest
            problems.append(
                Problem(Code.OTHER_AGREEMENT, Place(file=AGREEMENT), found, cut.agreement_digest)
            )
        if cut.rules != RULES_VERSION:
            problems.append(
                Problem(
                    Code.NOT_UNDERSTOOD, Place(), f"rules {RULES_VERSION}", f"rules {cut.rules}"
                )
            )
        for head in cut.heads:
            held = self.held.get(head.log)
            size = 0 if held is None else held.size
            if held is None or size < head.size:
                found = f"{size} entries"
                problems.append(
                    Problem(
                        Code.NOT_RECOMPUTABLE, Place(log=head.log), found, f"{head.size} entries"
                    )
                )
            elif (root := roots_at(held.leaves, [head.size])[head.size].hex()) != head.root:
                problems.append(Problem(Code.TWO_HISTORIES, Place(log=head.log), root, head.root))
        if problems:
            raise QuestionError(*problems)
        return self._cut(cut.face, {head.log: head.size for head in cut.heads})

    def statement_problems(self) -> list[Problem]:
        """What is kept but not admissible, in every face, what does not add up in how the record
        was kept, and what is stale of the node's own releases."""
        found: dict[str, Problem] = {}
        for face in self.faces:
            governed = self.derive(face=face).derived.governed
            for problem in keeping_problems(governed):
                found[f"{problem.code.id} {problem.place}"] = problem
            for row in governed.rows:
                if row["code"] is not None and row["state"] != "awaits-review":
                    code = next(code for code in Code if code.id == row["code"])
                    where = Place(
                        log=row["ref"].rpartition("/")[0], index=int(row["ref"].rpartition("/")[2])
                    )
                    found[row["ref"]] = Problem(
                        code, where, row["reason"], "an admissible statement"
                    )
                if row["doubtful_release"] and row["author"] in self.participants:
                    where = Place(
                        log=row["ref"].rpartition("/")[0], index=int(row["ref"].rpartition("/")[2])
                    )
                    found[row["ref"]] = Problem(
                        Code.STALE_RELEASE,
                        where,
                        "another value than the original's",
                        "the original, or less",
                    )
        return list(found.values())

    # Stating

    def state(
        self, drafts: Sequence[Draft], *, dry_run: bool = False
    ) -> tuple[list[str], list[Problem]]:
        """Sign the drafts that are admissible into their logs; the references of what was stated,
        and a problem for each that was not. With dry_run nothing is written."""
        stated: list[str] = []
        problems: list[Problem] = []
        by_log: dict[LogName, list[Draft]] = {}
        for draft in drafts:
            by_log.setdefault(log_name(draft.author, draft.circle), []).append(draft)
        for log, own in by_log.items():
            if log not in self.folder.signers:
                problems.append(
                    Problem(Code.NO_KEY, own[0].origin, f"`{log}`", ", ".join(self.folder.signers))
                )
                continue
            entries, refused = self._entries(log, own)
            problems += refused
            start = self.held[log].size
            if not dry_run:
                self.append(log, entries)
            stated += [f"{log}/{start + i}" for i in range(len(entries))]
        return stated, problems

    def append(self, log: LogName, entries: Sequence[bytes]) -> None:
        """Append canonical entries to an own log, durably."""
        signer, folder = self.folder.next_signer(log, len(entries)), f"logs/{log}"
        with self.folder.disk.lock(f"{folder}/{LOCK}"):
            self.held[log] = LogWriter(self.folder.disk, folder, self.folder.held(log)).append(
                entries, signer.key, signer.sign
            )

    def _entries(self, log: LogName, drafts: Sequence[Draft]) -> tuple[list[bytes], list[Problem]]:
        """The canonical entries of the drafts that would be admissible, and why the others would
        not."""
        record = {name: list(entries) for name, entries in self.record(self.held).items()}
        own = record.setdefault(log, [])
        admission = Admission(self.agreement, record, wrong_heads(record))
        entries, problems = [], []
        for draft in drafts:
            entry, missing = self._entry(draft, record)
            (tried,) = read_entries(log, [(leaf_hash(entry), entry)], start=len(own))
            fault = admission.judge(tried)
            if missing is not None:
                problems.append(missing)
            elif fault is not None:
                problems.append(
                    Problem(fault.code, draft.origin, fault.fact, "an admissible statement")
                )
            else:
                own.append(tried)
                entries.append(entry)
        return entries, problems

    def _entry(
        self, draft: Draft, record: Mapping[LogName, Sequence[Stated]]
    ) -> tuple[bytes, Problem | None]:
        references, missing = [], None
        for ref in cited_in(draft.body):
            name, _, index = ref.rpartition("/")
            entries = record.get(LogName(name), ())
            if int(index) >= len(entries):
                missing = Problem(
                    Code.NO_SUCH_REFERENCE, draft.origin, ref, "a statement that this node holds"
                )
            else:
                references.append(
                    Reference(log=name, index=int(index), leaf=entries[int(index)].leaf)
                )
        envelope = Envelope(
            kind=draft.body.kind,
            version=draft.body.version,
            officer=draft.officer,
            stated_at=instant(int(self.clock()) if draft.stated_at is None else draft.stated_at),
            body=msgspec.Raw(encode_body(draft.body)),
            language=draft.language,
            on_behalf_of=draft.on_behalf_of,
            references=tuple(references),
            salt=None if draft.circle == "public" else self.salt(),
        )
        return encode(envelope), missing

    # Exchanging

    def sync(self, *peers: Path, officer: str = "node") -> Pulled:
        """Mirror what other nodes' folders hold and we may read, and state in each own log what was
        seen."""
        new: dict[LogName, int] = {}
        problems: list[Problem] = []
        first_seen: list[str] = []
        for peer in peers:
            for _ in range(2):  # once more where what came tells of other keys
                pulled = pull(self.folder, read_node(peer), self.participants)
                self.folder = read_again(self.folder)
                self.held |= pulled.held
                new |= {log: new.get(log, 0) + count for log, count in pulled.new.items()}
                learnt = self.learn_keys(pulled.held)
                first_seen += [*pulled.first_seen, *learnt.first_seen]
                if not learnt.accepted:
                    break
            problems += [*pulled.problems, *learnt.problems]
        if any(self._tells(log, count) for log, count in new.items()):
            self.state(self.contexts(officer))
        return Pulled(new, dict(self.held), tuple(problems), tuple(first_seen))

    def learn_keys(self, logs: Iterable[LogName]) -> Learnt:
        """Rely from now on on the key documents that these logs hold, as far as the roots trusted
        have signed them."""
        offers = offers_in(self.record(logs))
        learnt = learn(self.agreement, self.folder.trust, offers)
        if learnt.trust != self.folder.trust:
            write_roster(self.folder.disk, self.folder.roster, learnt.trust)
            self.folder = read_again(self.folder)
        return learnt

    def _tells(self, log: LogName, count: int) -> bool:
        """Whether new entries say more than that somebody saw something: else two nodes would
        answer each other forever."""
        return any(
            not isinstance(s.body, Context)
            for s in self.record([log])[log][self.held[log].size - count :]
        )

    def contexts(self, officer: str) -> list[Draft]:
        """For each own log of a participant, a context of the heads that every member of its circle
        can read and that it has not stated yet, with the receipts of them."""
        held = [
            HeldHead(name, log.size, log.checkpoint.root.hex(), bytes(log.note))
            for name, log in self.held.items()
        ]
        drafts = []
        for log in self.folder.signers:
            author, _, circle = log.partition(".")
            if author in self.agreement.participants:
                body = next_context(self.agreement, log, self.record([log])[log], held)
                if body is not None:
                    drafts.append(Draft(author, circle, body, Place(log=log), officer=officer))
        return drafts


def open(path: str | Path, passphrase: Passphrase | None = None) -> Node:  # as users expect it
    """The node of a folder, every log of it verified. passphrase: asked when something is first
    signed; default: the file that TRUCEKEEPER_PASSPHRASE_FILE names. Raises NodeError or
    AgreementError."""
    return Node(read_node(Path(path), passphrase or passphrase_of_environment()))


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
