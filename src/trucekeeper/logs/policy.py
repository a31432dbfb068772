"""Policies (C2SP tlog-policy): whose receipts of a head are a quorum. A quorum is a label on a
report, never a gate on writing.

A policy protects from two histories only if any two quorums share somebody who is not on the side
of the log's author: whoever is honest gives no receipt for two heads that contradict each other.
`logs/quorums.py` finds out whether that is so."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from trucekeeper.logs.cosignature import receipts
from trucekeeper.logs.message import COSIGNATURE, ED25519, MLDSA_COSIGNATURE
from trucekeeper.logs.note import Note, NoteError, VerifierKey, parse_key
from trucekeeper.logs.text import whole_number

POLICY_BYTES_MAX = 1_000_000
#: At most so many logs, so many witnesses and so many groups.
LINES_MAX = 128
_NONE = "none"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACE = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class PolicyLog:
    """A log whose heads the policy is about."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A cosigner, by the policy's own name for it. Several keys of one holder are several
    witnesses; the name in the key says whose they are."""

    name: str
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Met if at least `least` of its members are: witnesses, or groups declared before it."""

    name: str
    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses, groups, and the witness or group that is the quorum; None: no receipt is
    needed."""

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str | None

    def __bytes__(self) -> bytes:
        lines = [
            *(("log", str(log.key), log.url or "") for log in self.logs),
            *(("witness", w.name, str(w.key), w.url or "") for w in self.witnesses),
            *(("group", g.name, str(g.least), *g.members) for g in self.groups),
            ("quorum", self.quorum or _NONE),
        ]
        text = "".join(" ".join(words).rstrip(" ") + "\n" for words in lines)
        return text.encode("utf-8", "surrogateescape")

    def is_met(self, signed: Collection[str]) -> bool:
        """Whether witnesses of these names are a quorum."""
        met = set(signed) & {witness.name for witness in self.witnesses}
        for group in self.groups:
            if sum(member in met for member in group.members) >= group.least:
                met.add(group.name)
        return self.quorum is None or self.quorum in met


@dataclass(frozen=True, slots=True)
class Label:
    """Which witnesses of a policy gave a receipt, by the policy's names, and whether they are a
    quorum."""

    witnesses: tuple[str, ...]
    met: bool


def label(policy: Policy, note: Note) -> Label:
    """The label of a head. Raises NoteError where a line by a witness of the policy does not
    verify."""
    given = {
        (receipt.name, receipt.type)
        for receipt in receipts(note, (witness.key for witness in policy.witnesses))
    }
    signed = tuple(w.name for w in policy.witnesses if (w.key.name, w.key.type) in given)
    return Label(signed, policy.is_met(signed))


def parse_policy(data: bytes) -> Policy:
    """The policy of a file. Raises NoteError. Text outside ASCII is opaque, as the specification
    says."""
    if len(data) > POLICY_BYTES_MAX:
        raise NoteError("a policy of more than a million bytes")
    text = data.decode("utf-8", "surrogateescape")
    if _FORBIDDEN.search(text) or not text.endswith("\n"):
        raise NoteError("a policy with control characters, or without a line feed at its end")
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), 1):
        words = [word for word in _SPACE.split(line) if word]
        if words and not words[0].startswith("#"):
            try:
                reading.take(words)
            except NoteError as error:
                raise NoteError(f"line {number}: {error}") from error
    return reading.policy()


class _Reading:
    """What has been read of a policy's lines so far."""

    def __init__(self) -> None:
        self._logs: list[PolicyLog] = []
        self._witnesses: list[Witness] = []
        self._groups: list[Group] = []
        self._quorum: list[str] = []
        #: Names that may be used, and those that are a member already.
        self._names: set[str] = set()
        self._members: set[str] = set()
        #: The public keys of logs, and of witnesses.
        self._publics: set[tuple[str, bytes]] = set()

    def take(self, words: list[str]) -> None:
        """Read one line, split at spaces. Raises NoteError."""
        match words:
            case ["log", key, *url] if len(url) <= 1:
                parsed = self._key("log", key, (ED25519, MLDSA_COSIGNATURE))
                self._logs.append(PolicyLog(parsed, *url))
            case ["witness", name, key, *url] if len(url) <= 1:
                self._declare(name)
                parsed = self._key("witness", key, (COSIGNATURE, MLDSA_COSIGNATURE))
                self._witnesses.append(Witness(name, parsed, *url))
            case ["group", name, least, *members] if members:
                self._group(name, least, members)
            case ["quorum", name]:
                if name not in self._names | {_NONE}:
                    raise NoteError("a quorum that is not declared before")
                self._quorum.append(name)
            case _:
                raise NoteError("no line of a policy")
        if max(len(self._logs), len(self._witnesses), len(self._groups)) > LINES_MAX:
            raise NoteError(f"more than {LINES_MAX} logs, witnesses or groups")

    def policy(self) -> Policy:
        """The policy of all lines. Raises NoteError where there is not exactly one quorum."""
        if len(self._quorum) != 1:
            raise NoteError("a policy without exactly one quorum line")
        quorum = None if self._quorum[0] == _NONE else self._quorum[0]
        return Policy(tuple(self._logs), tuple(self._witnesses), tuple(self._groups), quorum)

    def _declare(self, name: str) -> None:
        if name in self._names or name == _NONE:
            raise NoteError("a name that is declared before")
        self._names.add(name)

    def _key(self, use: str, text: str, types: Collection[int]) -> VerifierKey:
        key = parse_key(text)
        if key.type not in types:
            raise NoteError(f"a key of another type than a {use} has")
        if (use, key.public) in self._publics:
            raise NoteError(f"the key of a {use} that is declared before")
        self._publics.add((use, key.public))
        return key

    def _group(self, name: str, least: str, members: list[str]) -> None:
        for member in members:
            if member not in self._names or member in self._members:
                raise NoteError("a member that is not declared before, or is one already")
            self._members.add(member)
        self._declare(name)
        count = {"any": 1, "all": len(members)}.get(least) or whole_number(least)
        if not 1 <= count <= len(members):
            raise NoteError("a group that needs none, or more than it has")
        self._groups.append(Group(name, count, tuple(members)))


def default_quorum(
    members: Iterable[str], author_side: Collection[str], without_vote: Collection[str]
) -> tuple[int, tuple[str, ...]]:
    """How many of whom are a quorum for a log: floor(2n/3) + 1 of the n members of its circle that
    are not on its author's side and are not among those who only receive, as the UN; sorted. With
    so many, any two quorums share somebody honest while fewer than a third are not, and one
    refusal of five or more stops no quorum. (0, ()) where there is nobody.
    """
    asked = tuple(sorted(set(members) - set(author_side) - set(without_vote)))
    return (2 * len(asked) // 3 + 1 if asked else 0), asked


def default_policy(
    log: VerifierKey, keys: Mapping[str, Sequence[VerifierKey]], least: int, asked: Iterable[str]
) -> Policy | None:
    """The policy that asks for the receipts of `least` of the `asked`, as `default_quorum` gives
    them. keys: the witness keys of each; any one of them will do. None where fewer hold keys than
    are needed, or nobody is asked: no quorum can be met."""
    witnesses, groups = witnesses_of(asked, keys)
    if not 1 <= least <= len(groups):
        return None
    quorum = Group("circle:quorum", least, tuple(group.name for group in groups))
    return Policy((PolicyLog(log),), tuple(witnesses), (*groups, quorum), quorum.name)


def witnesses_of(
    asked: Iterable[str], keys: Mapping[str, Sequence[VerifierKey]]
) -> tuple[list[Witness], list[Group]]:
    """The witnesses that those asked have, and for each who has any a group that any one of its own
    meets."""
    witnesses: list[Witness] = []
    groups: list[Group] = []
    for member in asked:
        held = [
            Witness(f"{member}:{number}", key) for number, key in enumerate(keys.get(member, ()), 1)
        ]
        if held:
            witnesses += held
            groups.append(Group(member, 1, tuple(witness.name for witness in held)))
    return witnesses, groups
