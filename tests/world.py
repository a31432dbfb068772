"""Cases in the field's notation: a negotiator's lines in, a picture out.

Each line is one statement: day and time in March 2031, who states it (with the circle, if it is not
the guarantors'), and what. `#name` at the end names it for later lines. Nothing here is clever: the
notation only spares constructors.

    01 06:10 a        reports mortar-fire at Karsk by d-army on e-brigades killed 2 #r1
    01 09:00 un       saw all
    02 10:00 c        cannot-confirm author of r1 (no-access)
    03 12:00 b        answers r1: denied
    04 12:00 c        decides facts-contested on r1, present a b c, for a c
    05 08:00 c        cosigns a.guarantors #k          (a receipt, given outside every log)
    05 09:00 b        saw all, carrying k
    06 08:00 a        suspends from 10
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucekeeper.agreement.rules import Agreement, load
from trucekeeper.governance.key_document import sign_document
from trucekeeper.governance.known import known_sizes
from trucekeeper.governance.record import Cut, Histories, LogHead, Stated, branches_of
from trucekeeper.keys.custody import Signer, public_seed, signer_from_seed
from trucekeeper.logs.checkpoint import Checkpoint
from trucekeeper.logs.cosignature import cosign
from trucekeeper.logs.equivocation import build
from trucekeeper.logs.note import COSIGNATURE, ED25519, Sign, VerifierKey, sign_note
from trucekeeper.logs.tree import leaf_hash, root
from trucekeeper.picture import Derived, derive
from trucekeeper.statements import kinds, parts
from trucekeeper.statements.encoding import Envelope, encode, encode_body, restate
from trucekeeper.statements.parts import Kind, TwoHeads
from trucekeeper.vocabulary.ids import (
    LogName,
    Reference,
    circle_of,
    edition,
    edition_of,
    first_edition,
)
from trucekeeper.vocabulary.quantities import Range
from trucekeeper.vocabulary.times import Period, parse_instant
from trucekeeper.vocabulary.words import KeyRole, MechanismAct

#: latitude, longitude, in degrees. Karsk lies inside both zones' neighbourhood of nothing else.
PLACES = {
    "Karsk": (10.50, 20.50),
    "Vell": (10.62, 20.40),
    "Line-End": (10.50, 21.0),
    "Southby": (9.50, 20.50),
    "Between": (9.90, 20.50),
    "Far-Off": (15.0, 25.0),
}


def _square(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def _geojson(shapes: dict[str, list[list[list[float]]]]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"id": id},
            "geometry": {"type": "Polygon", "coordinates": c},
        }
        for id, c in shapes.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


ATTACHMENTS = {
    "zones.geojson": _geojson(
        {
            "north": _square(20, 10, 21, 11),
            "south-a": _square(20, 9, 21, 10),
            "south-b": _square(20, 9, 21, 9.8),
        }
    ),
    "areas.geojson": _geojson({"N1": _square(19, 10, 22, 12), "S1": _square(19, 8, 22, 10)}),
}


def agreement_text(*changes: tuple[str, str]) -> bytes:
    """The agreement of the spec cases, with some text replaced."""
    text = (Path(__file__).parent / "agreement.toml").read_text()
    for name, data in ATTACHMENTS.items():
        text = text.replace(name.partition(".")[0].upper(), hashlib.sha256(data).hexdigest())
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


@cache
def agreement(*changes: tuple[str, str]) -> Agreement:
    """The agreement of the spec cases, checked."""
    return load(agreement_text(*changes), ATTACHMENTS)


class World:
    """Logs that grow by lines of the notation."""

    def __init__(self, *lines: str, rules: Agreement | None = None) -> None:
        self.agreement = rules or agreement()
        self.entries: dict[LogName, list[bytes]] = {}
        #: Other histories of a log, whole, in the order in which they came about.
        self.others: dict[LogName, list[list[bytes]]] = {}
        self.leaves: dict[str, str] = {}
        #: The log rows of each participant's last key document.
        self.keys: dict[str, list[parts.KeyRow]] = {}
        self.documents: dict[str, int] = {}
        self.named: dict[str, tuple[LogName, int]] = {}
        self.cosigned: dict[str, parts.CarriedHead] = {}
        self.keyed: set[str] = set()
        self.salt = 0
        for line in lines:
            for single in line.strip().splitlines():
                if single.strip():
                    self.say(single)

    # The notation

    def say(self, line: str) -> tuple[LogName, int]:
        """Append the statement of one line."""
        line, _, name = (part.strip() for part in line.partition("#"))
        match = re.fullmatch(r"(\d\d) (\d\d:\d\d) +([a-z]+)(?:/([a-z]+))? +(\S+)(?: +(.*))?", line)
        assert match, f"not in the notation: {line}"
        day, time, who, circle, verb, rest = match.groups()
        at = datetime.fromisoformat(f"2031-03-{day}T{time}:00").replace(tzinfo=UTC)
        circle = circle or ("public" if who in ("press", "d", "e") else "guarantors")
        if verb == "cosigns":
            if who not in self.keyed:
                self.keyed.add(who)
                self.state(who, circle, at, key_document(self.agreement, who, circle))
            self.cosigned[name] = self._cosigned(who, rest or "", int(at.timestamp()))
            return LogName(""), 0
        body, cited = self._body(verb.rstrip(":"), rest or "", at, who, circle)
        stated = self.state(who, circle, at, body, cited, name=name)
        if isinstance(body, kinds.Continuation):
            key = str(signer_of(self.agreement, stated[0]).key)
            self.delegates(who, circle, at, parts.KeyRow(role="log", key=key, log=stated[0]))
        return stated

    def state(
        self,
        who: str,
        circle: str,
        at: datetime,
        body: Kind,
        cited: Iterable[str] = (),
        *,
        name: str = "",
        officer: str = "officer-1",
        on_behalf_of: str | None = None,
    ) -> tuple[LogName, int]:
        """Append a statement of any kind to the author's log of a circle."""
        self.salt += 1
        references = tuple(dict.fromkeys(self.reference(ref) for ref in cited))
        envelope = Envelope(
            kind=body.kind,
            version=body.version,
            officer=officer,
            stated_at=at,
            body=msgspec.Raw(encode_body(body)),
            references=references,
            on_behalf_of=on_behalf_of,
            salt=None if circle == "public" else f"{self.salt:032x}",
        )
        log = self.newest(f"{who}.{circle}")
        if isinstance(body, kinds.Continuation):
            log = edition(log, edition_of(log) + 1)
        return self.append(log, encode(envelope), name)

    def newest(self, log: str) -> LogName:
        """The last edition of a log."""
        held = [name for name in self.entries if first_edition(name) == log]
        return max(held, key=edition_of, default=LogName(log))

    def append(self, log: LogName, entry: bytes, name: str = "") -> tuple[LogName, int]:
        """Append bytes as they are."""
        self.entries.setdefault(log, []).append(entry)
        key = (log, len(self.entries[log]) - 1)
        if name:
            self.named[name] = key
            self.leaves[name] = leaf_hash(entry).hex()
        return key

    # Several histories

    def goes_back(self, log: str, size: int) -> None:
        """The log's author goes on from an earlier size, as if what follows had not been. What it
        had is another history of the log."""
        name = LogName(log)
        self.others.setdefault(name, []).append(self.entries[name])
        self.entries[name] = self.entries[name][:size]

    def delegates(
        self, who: str, circle: str, at: datetime, row: parts.KeyRow
    ) -> tuple[LogName, int]:
        """State the next key document of a participant, with one more row, signed by its root."""
        root_key = _signer(f"{self.agreement.file.agreement.id}/{who}/root-1")
        self.keys.setdefault(who, []).append(row)
        self.documents[who] = self.documents.get(who, 0) + 1
        document = kinds.Keys(
            participant=who, circle=circle, number=self.documents[who], threshold=1,
            roots=(str(root_key.key),), rows=tuple(self.keys[who]),
        )  # fmt: skip
        signed = sign_document(document, root_key.key, root_key.sign)
        return self.state(who, circle, at, signed)

    def told_of(self, log: str) -> list[list[bytes]]:
        """Every history of a log."""
        name = LogName(log)
        return [*self.others.get(name, []), self.entries.get(name, [])]

    def evidence(self, log: str, one: int = -2, other: int = -1, *, whole: bool = True) -> TwoHeads:
        """That two of its histories are two. whole: with the common prefix; else heads alone."""
        signer, told = signer_of(self.agreement, log), self.told_of(log)
        leaves = [[leaf_hash(entry) for entry in told[i]] for i in (one, other)]
        if not whole:
            leaves = [held[: min(map(len, leaves))] for held in leaves]
        one_note, other_note = (
            sign_note(Checkpoint(signer.key.name, len(h), root(h)).text(), signer.key, signer.sign)
            for h in leaves
        )
        return build((signer.key,), (one_note, other_note), tuple(leaves) if whole else ())

    def histories(self, order: Callable[[list[list[bytes]]], object] = lambda _: None) -> Histories:
        """The keys of the logs, and the branches of those with several histories. order: may put
        the histories into another order."""
        branches = {}
        for log in self.others:
            told = self.told_of(log)
            order(told)
            _, found = branches_of(log, [[(leaf_hash(e), e) for e in own] for own in told])
            branches[log] = found
        keys = {log: (signer_of(self.agreement, log).key,) for log in self.entries}
        return Histories(keys, {log: found for log, found in branches.items() if found})

    def ref(self, name: str) -> str:
        """`log/index` of a named statement; a reference passes through."""
        if name not in self.named:
            return name
        log, index = self.named[name]
        return f"{log}/{index}"

    def reference(self, name: str) -> Reference:
        log, _, index = self.ref(name).rpartition("/")
        leaf = self.leaves.get(name) or leaf_hash(self.entries[LogName(log)][int(index)]).hex()
        return Reference(log=log, index=int(index), leaf=leaf)

    def _body(
        self, verb: str, rest: str, at: datetime, who: str, circle: str
    ) -> tuple[Kind, list[str]]:
        match verb:
            case "reports":
                return report(rest, at), []
            case "saw":
                return self._context(rest, who, circle), []
            case "affirms" | "denies" | "cannot-confirm" | "awaits-instructions" | "declines":
                return self._position(verb, rest)
            case "answers":
                to, _, response = rest.partition(":")
                return kinds.Answer(to=self.ref(to), response=response.strip()), [to]  # type: ignore[arg-type]
            case "corrects":
                of, _, told = rest.partition(":")
                return kinds.Correction(of=self.ref(of), restated=restate(report(told, at))), [of]
            case "withdraws":
                return kinds.Withdrawal(of=self.ref(rest)), [rest]
            case "reviews":
                of, _, verdict = rest.partition(":")
                return kinds.Review(of=self.ref(of), approves=verdict.strip() == "approved"), [of]
            case "matches":
                one, other = rest.split(" with ")
                return kinds.Match(one=self.ref(one), other=self.ref(other), same=True), [
                    one,
                    other,
                ]
            case "separates":
                one, other = rest.split(" from ")
                return kinds.Match(one=self.ref(one), other=self.ref(other), same=False), [
                    one,
                    other,
                ]
            case "releases":
                of, _, told = rest.partition(":")
                leaf = self.reference(of).leaf
                return kinds.Release(original=leaf, restated=restate(report(told, at))), []
            case "decides":
                return self._decision(rest, at)
            case "declares":
                group, standing, _, since = rest.split()
                start = at.replace(day=int(since), hour=0, minute=0)
                return kinds.Adherence(group=group, standing=standing, since=start), []  # type: ignore[arg-type]
            case "adopts":
                digest = self.agreement.digest
                return kinds.AmendmentAdopted(amendment=rest, agreement_digest=digest), []
            case "recognises":
                text, _, language = rest.partition(" in ")
                digest = self.agreement.digest if text == "this" else "0" * 64
                body = kinds.Recognition(agreement_digest=digest, text_language=language or "en")
                return body, []
            case "suspends" | "seals" | "hands-over" | "resumes":
                return self._act(verb, rest, at, circle), []
            case "proves-two-histories-of":
                return kinds.TwoHistories(log=rest, evidence=self.evidence(rest)), []
            case "continues":
                before = self.newest(f"{who}.{circle}")
                size = int(rest.removeprefix("at "))
                leaves = [leaf_hash(entry) for entry in self.entries[before][:size]]
                head = root(leaves).hex() if size else None
                return kinds.Continuation(continues=before, size=size, root=head), []
            case "looks":
                area, _, looking = rest.partition(":")
                start = at.replace(hour=0, minute=0)
                period = Period(earliest=start, latest=start.replace(hour=23, minute=59))
                return kinds.Coverage(area=area, period=period, looking=looking.strip()), []  # type: ignore[arg-type]
            case _:
                raise AssertionError(f"no such verb: {verb}")

    def _cosigned(self, who: str, rest: str, at: int) -> parts.CarriedHead:
        """A receipt of a log's present head: by the witness's key, or `as mirror` by that one."""
        log, _, role = rest.partition(" as ")
        leaves = [leaf_hash(e) for e in self.entries[LogName(log)]]
        head = Checkpoint(self.agreement.origin(log), len(leaves), root(leaves))
        key, sign = cosigner(self.agreement.file.agreement.id, who, role or "witness")
        return parts.CarriedHead(
            log=log, size=head.size, root=head.root.hex(), lines=(str(cosign(head, key, sign, at)),)
        )

    def _heads(self, rest: str, circle: str) -> tuple[parts.SeenHead, ...]:
        """The heads of the logs named, or of all, that a circle can read."""
        return tuple(
            parts.SeenHead(
                log=log, size=len(entries), root=root([leaf_hash(e) for e in entries]).hex()
            )
            for log, entries in sorted(self.entries.items())
            if (rest == "all" or log in rest.split())
            and self.agreement.is_within(circle, circle_of(log))  # type: ignore[arg-type]
        )

    def _act(self, verb: str, rest: str, at: datetime, circle: str) -> kinds.Suspension:
        """`suspends from 10`, `hands-over from 20 to un`: on the mechanism as a whole."""
        told = dict(zip(*[iter(rest.split())] * 2, strict=True))
        acts: dict[str, MechanismAct] = {
            "suspends": "suspend", "seals": "seal", "hands-over": "hand-over", "resumes": "resume",
        }  # fmt: skip
        heads = self._heads("all", circle) if verb in ("seals", "hands-over") else ()
        return kinds.Suspension(
            act=acts[verb],
            agreement_digest=self.agreement.digest,
            effective=at.replace(day=int(told["from"]), hour=0, minute=0),
            custodian=told.get("to"),
            heads=heads,
        )

    def _context(self, rest: str, who: str, circle: str) -> kinds.Context:
        rest, _, carried = rest.partition(", carrying ")
        own = f"{who}.{circle}"
        heads = tuple(h for h in self._heads(rest, circle) if first_edition(h.log) != own)
        return kinds.Context(heads=heads, receipts=tuple(self.cosigned[c] for c in carried.split()))

    def _position(self, verb: str, rest: str) -> tuple[Kind, list[str]]:
        match = re.fullmatch(r"(\S+) of (\S+?)(?: as ([^()]+?))?(?: \((.+)\))?", rest)
        assert match, rest
        on, subject, value, note = match.groups()
        hindrance = note if note in ("no-access", "no-evidence", "too-late", "no-means") else None
        body = kinds.Position(
            subject=self.ref(subject),
            on=on,  # type: ignore[arg-type]
            stance=verb,  # type: ignore[arg-type]
            value=value,
            hindrance=hindrance,  # type: ignore[arg-type]
        )
        return body, [subject]

    def _decision(self, rest: str, at: datetime) -> tuple[Kind, list[str]]:
        match = re.fullmatch(
            r"(\S+) on (\S+?)(?:, present ([a-z ]+))?(?:, for ([a-z ]+))?(, by silence)?", rest
        )
        assert match, rest
        outcome, report_, present, favour, silence = match.groups()
        sitting = parts.Sitting(name="sitting", at=at, present=tuple((present or "").split()))
        body = kinds.Decision(
            report=self.ref(report_),
            outcome=outcome,  # type: ignore[arg-type]
            procedure="silence" if silence else "sitting",
            sitting=None if silence else sitting,
            in_favour=tuple((favour or "").split()),
        )
        return body, [report_]

    def reviews(
        self, at: str, who: str, of: str, *, approves: bool, officer: str = "officer-2"
    ) -> None:
        """A second officer's word."""
        moment = datetime.fromisoformat(f"2031-03-{at.replace(' ', 'T')}:00").replace(tzinfo=UTC)
        body = kinds.Review(of=self.ref(of), approves=approves)
        circle = circle_of(self.ref(of).partition("/")[0])
        self.state(who, circle, moment, body, [of], officer=officer)

    # What follows

    def record(self, face: str = "guarantors") -> dict[LogName, list[Stated]]:
        """The decoded logs that a face can read."""
        logs = self.agreement.continuing(self.entries).face_logs(face)
        return {
            log: branches_of(log, [[(leaf_hash(e), e) for e in own] for own in self.told_of(log)])[
                0
            ]
            for log in self.entries
            if log in logs
        }

    def derive(self, as_of: str = "2031-03-31", face: str = "guarantors") -> Derived:
        """The picture of a face."""
        at = int(datetime.fromisoformat(as_of).replace(tzinfo=UTC).timestamp())
        record, histories = self.record(face), self.histories()
        return derive(self.agreement, record, self.cut(face), as_of=at, histories=histories)

    def derive_by_default(self) -> Derived:
        """The picture at the day that follows from the statements themselves."""
        return derive(self.agreement, self.record(), self.cut())

    def known(self, at: str) -> dict[str, int]:
        """How much of each log was known at an instant."""
        moment = parse_instant(at)
        assert moment is not None
        sizes = known_sizes(self.agreement, self.record(), moment)
        return {str(log): size for log, size in sizes.items() if size}

    def cut(self, face: str = "guarantors") -> Cut:
        logs = self.agreement.face_logs(face)
        heads = tuple(
            LogHead(log, len(entries), root([leaf_hash(e) for e in entries]).hex())
            for log, entries in sorted(self.entries.items())
            if log in logs
        )
        return Cut(self.agreement.digest, "0" * 64, 1, face, heads)


@cache
def _signer(origin: str) -> Signer:
    return signer_from_seed(origin, public_seed("test", origin))


def signer_of(rules: Agreement, log: str) -> Signer:
    """Who signs the heads of a log in the spec cases."""
    return _signer(rules.origin(log))


def cosigner(agreement_id: str, participant: str, role: str) -> tuple[VerifierKey, Sign]:
    """The key with which a participant gives receipts, and what signs with it."""
    seed = hashlib.sha256(f"{participant}/{role}".encode()).digest()
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    name = f"{agreement_id}/{participant}/{role}"
    return VerifierKey(name, ED25519 if role == "root-1" else COSIGNATURE, public), private.sign


def key_document(rules: Agreement, participant: str, circle: str) -> kinds.Keys:
    """A participant's first key document: a root, a witness's and a mirror's key."""
    agreement_id = rules.file.agreement.id
    root_key, sign = cosigner(agreement_id, participant, "root-1")
    roles: tuple[KeyRole, ...] = ("witness", "mirror")
    rows = [(role, cosigner(agreement_id, participant, role)[0]) for role in roles]
    document = kinds.Keys(
        participant=participant, circle=circle, number=1, threshold=1, roots=(str(root_key),),
        rows=tuple(parts.KeyRow(role=role, key=str(key)) for role, key in rows),
    )  # fmt: skip
    return sign_document(document, root_key, sign)


def report(text: str, at: datetime) -> kinds.Report:
    """`mortar-fire at Karsk within 500 m by d-army or e-brigades on civilians with mortar-82 killed
    1-3 during 2 h`."""
    words = re.split(r" (at|within|by|on|with|killed|during|origin) ", f"{text.strip()} ")
    told = dict(zip(words[1::2], (w.strip() for w in words[2::2]), strict=True))
    lat, lon = PLACES[told["at"]]
    hours = int(told.get("during", "1 h").split()[0])
    period = Period(earliest=datetime.fromtimestamp(at.timestamp() - hours * 3600, UTC), latest=at)
    place = parts.Place(
        lat_e6=round(lat * 1e6),
        lon_e6=round(lon * 1e6),
        radius_m=int(told.get("within", "500 m").split()[0]),
        name=told["at"],
    )
    low, _, high = told.get("killed", "").partition("-")
    return kinds.Report(
        basis="own-observation",
        act=words[0].strip(),
        occurred=period,
        place=place,
        weapon=told.get("with"),
        alleged_author=tuple(told["by"].split(" or ")) if "by" in told else (),
        target=tuple(told["on"].split(" or ")) if "on" in told else (),
        killed=Range(min=int(low), max=int(high or low)) if low else None,
        origins=(told["origin"],) if "origin" in told else (),
    )
