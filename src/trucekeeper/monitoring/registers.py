"""Registers of the mechanism's own work: posts, maps, evidence, visits, notices. One row says what
became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trucekeeper.agreement.rules import Agreement
from trucekeeper.governance.effect import Governed, Statement
from trucekeeper.incidents.elements import Incident
from trucekeeper.statements.kinds import (
    AccessAnswer,
    AccessRequest,
    Evidence,
    MapVersion,
    Notice,
    Post,
    Tasking,
    Visit,
)
from trucekeeper.statements.parts import Place
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.places import point_squared_m
from trucekeeper.vocabulary.relations import (
    BASIS,
    INSTANT,
    TEXT,
    TEXTS,
    TRUTH,
    WHOLE,
    Column,
    Relation,
)
from trucekeeper.vocabulary.times import seconds

_REF = Column("ref", TEXT, "the statement")
_BY = Column("participant", TEXT, "who states it")
_AT = Column("stated_at", INSTANT, "when it was stated")
_INCIDENTS = Column("incidents", TEXTS, "numbers of the incidents it speaks of")

POSTS = Relation(
    "posts",
    "Observation posts and checkpoints: the last stated state of each, by participant.",
    (
        Column("post", TEXT, "name of the post"),
        _BY,
        Column("state", TEXT, "planned, established, moved or closed"),
        Column("since", INSTANT, "since when"),
        Column("purpose", TEXT, "observation-post, checkpoint or team-site"),
        Column("place", TEXT, "place as stated"),
        Column("zone", TEXT, "zone it belongs to"),
        _REF,
        BASIS,
    ),
    ("participant", "post"),
)
MAP_VERSIONS = Relation(
    "map_versions",
    "What each participant says of each version of a zone's map.",
    (
        Column("zone", TEXT, "zone"),
        Column("map_version", TEXT, "version"),
        Column("digest", TEXT, "SHA-256 of the map"),
        _BY,
        Column("stance", TEXT, "proposes, accepts or objects"),
        Column("since", INSTANT, "since when"),
        Column("attached", TRUTH, "whether the agreement has this very file attached"),
        _REF,
        BASIS,
    ),
    ("zone", "map_version", "participant"),
)
EVIDENCE = Relation(
    "evidence",
    "Items of evidence by their hash, with the state of their custody.",
    (
        Column("item", TEXT, "item"),
        Column("incident", TEXT, "incident of the report it belongs to"),
        _BY,
        Column("digest", TEXT, "SHA-256 at collection"),
        Column("media", TEXT, "media type"),
        Column("custody_steps", WHOLE, "how many steps of custody are stated"),
        Column(
            "custody_gap",
            TRUTH,
            "whether the steps are out of order or do not begin with collection or receipt",
        ),
        _REF,
        BASIS,
    ),
    ("participant", "item", "ref"),
)
VISITS = Relation(
    "visits",
    "Every tasking: access asked and answered, what the visit established. A denial is a row of "
    "its own fact.",
    (
        Column("tasking", TEXT, "the tasking"),
        Column("tasked_by", TEXT, "who tasked"),
        Column("tasked", TEXT, "who was tasked"),
        _INCIDENTS,
        Column("access_asked_of", TEXT, "addressee of the request for access"),
        Column(
            "access",
            TEXT,
            "granted, granted-with-delay, conditional, partly, denied, aborted, remote-only; null "
            "where not asked or not answered",
        ),
        Column("delay_minutes", WHOLE, "delay"),
        Column("access_reason", TEXT, "reason as stated"),
        Column(
            "result",
            TEXT,
            "established, partly-established, nothing-established, not-reached, not-needed; null "
            "where no visit is stated",
        ),
        Column("hindrance", TEXT, "no-access, no-evidence, too-late or no-means"),
        BASIS,
    ),
    ("tasking",),
)
NOTICES = Relation(
    "notices",
    "What was announced beforehand, and which incidents lie within it.",
    (
        _REF,
        _BY,
        Column("notice", TEXT, "movement, exercise, demolition, flight or convoy"),
        Column("earliest", INSTANT, "from"),
        Column("latest", INSTANT, "until before"),
        Column("acts", TEXTS, "acts announced"),
        _INCIDENTS,
        BASIS,
    ),
    ("ref",),
)


class Registers:
    """The registers of one picture. numbers: the number of each report's incident."""

    def __init__(
        self, governed: Governed, incidents: Sequence[Incident], numbers: Mapping[str, str]
    ) -> None:
        self.governed = governed
        self.agreement: Agreement = governed.agreement
        self.incidents = incidents
        self.home = numbers

    def _numbers(self, refs: Sequence[str]) -> list[str]:
        found = (self.governed.resolve(ref) for ref in refs)
        return sorted({self.home[s.ref] for s in found if s is not None and s.ref in self.home})

    def posts(self) -> list[dict[str, Any]]:
        latest: dict[tuple[str, str], tuple[Statement, Post]] = {}
        for statement, post in self.governed.of_kind(Post):
            key = (statement.author, post.post)
            rank = (seconds(post.since), statement.at, statement.leaf)
            if key not in latest or rank > (
                seconds(latest[key][1].since),
                latest[key][0].at,
                latest[key][0].leaf,
            ):
                latest[key] = (statement, post)
        return [
            {
                "post": post.post,
                "participant": s.author,
                "state": post.state,
                "since": seconds(post.since),
                "purpose": post.purpose,
                "place": post.place.name or post.place.code,
                "zone": post.zone,
                "ref": s.ref,
                "basis": list(s.basis),
            }
            for s, post in latest.values()
        ]

    def map_versions(self) -> list[dict[str, Any]]:
        digests = {attachment.sha256 for attachment in self.agreement.file.attachments}
        return [
            {
                "zone": body.zone,
                "map_version": body.map_version,
                "digest": body.digest,
                "participant": s.author,
                "stance": body.stance,
                "since": seconds(body.since),
                "attached": body.digest in digests,
                "ref": s.ref,
                "basis": list(s.basis),
            }
            for s, body in self.governed.of_kind(MapVersion)
        ]

    def evidence(self) -> list[dict[str, Any]]:
        found = []
        for s, body in self.governed.of_kind(Evidence):
            steps = [step.step for step in body.custody]
            times = [step.at for step in body.custody]
            gap = times != sorted(times) or (
                bool(steps) and steps[0] not in ("collected", "received")
            )
            found.append(
                {
                    "item": body.item,
                    "incident": next(iter(self._numbers([body.report])), None),
                    "participant": s.author,
                    "digest": body.digest,
                    "media": body.media,
                    "custody_steps": len(steps),
                    "custody_gap": gap,
                    "ref": s.ref,
                    "basis": list(s.basis),
                }
            )
        return found

    def visits(self) -> list[dict[str, Any]]:
        requests = self._by_subject(AccessRequest, lambda body: body.tasking)
        visits = self._by_subject(Visit, lambda body: body.tasking)
        answers = self._by_subject(AccessAnswer, lambda body: body.request)
        found = []
        for s, tasking in self.governed.of_kind(Tasking):
            request, visit = requests.get(s.ref), visits.get(s.ref)
            answer = None if request is None else answers.get(request[0].ref)
            used = [pair[0].ref for pair in (request, answer, visit) if pair is not None]
            found.append(
                {
                    "tasking": s.ref,
                    "tasked_by": s.author,
                    "tasked": tasking.tasked,
                    "incidents": self._numbers(tasking.reports),
                    "access_asked_of": None if request is None else request[1].addressee,
                    "access": None if answer is None else answer[1].result,
                    "delay_minutes": None if answer is None else answer[1].delay_minutes,
                    "access_reason": None if answer is None else answer[1].reason,
                    "result": None if visit is None else visit[1].result,
                    "hindrance": None if visit is None else visit[1].hindrance,
                    "basis": [s.ref, *used],
                }
            )
        return found

    def _by_subject(self, kind: Any, of: Any) -> dict[RefText, tuple[Statement, Any]]:
        """The last statement of a kind on each subject, by its author's clock, then leaf hash."""
        found: dict[RefText, tuple[Statement, Any]] = {}
        for s, body in sorted(
            self.governed.of_kind(kind), key=lambda pair: (pair[0].at, pair[0].leaf)
        ):
            subject = None if of(body) is None else self.governed.resolve(of(body))
            if subject is not None:
                found[subject.ref] = (s, body)
        return found

    def notices(self) -> list[dict[str, Any]]:
        found = []
        for s, body in self.governed.of_kind(Notice):
            earliest, latest = seconds(body.period.earliest), seconds(body.period.latest)
            within = [
                incident.number
                for incident in self.incidents
                if any(
                    earliest <= m.earliest and m.latest <= latest and _near(body, m.report.place)
                    for m in incident.members
                )
            ]
            found.append(
                {
                    "ref": s.ref,
                    "participant": s.author,
                    "notice": body.notice,
                    "earliest": earliest,
                    "latest": latest,
                    "acts": list(body.acts),
                    "incidents": within,
                    "basis": list(s.basis),
                }
            )
        return found


def _near(notice: Notice, place: Place) -> bool:
    own = notice.place
    if own.lat_e6 is None or own.lon_e6 is None or place.lat_e6 is None or place.lon_e6 is None:
        return own.code is not None and own.code == place.code
    reach = (own.radius_m or 0) + (place.radius_m or 0)
    apart = point_squared_m(own.lat_e6, own.lon_e6, place.lat_e6, place.lon_e6)
    return apart <= reach * reach
