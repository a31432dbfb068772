"""The scenes of the northern line: each thing that a mechanism must be able to hold, once.

Times are UTC; the land keeps UTC+2. `r` holds the references of the statements named before.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from examples.making.northern_land import PLACES, zones
from examples.making.rehearsal import Rehearsal
from trucekeeper.statements import kinds, parts
from trucekeeper.statements.encoding import restate
from trucekeeper.vocabulary.quantities import Count, Range
from trucekeeper.vocabulary.times import Period


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of March 2031."""
    return datetime(2031, 3, day, hour, minute, tzinfo=UTC)


#: While C is away it states nothing.
AWAY = (at(18, 0), at(24, 0))


def place(name: str, radius_m: int = 400) -> parts.Place:
    """A place of the land."""
    lat, lon, district, _ = PLACES[name]
    return parts.Place(lat_e6=round(lat * 1e6), lon_e6=round(lon * 1e6), radius_m=radius_m, code=district, name=name)


def report(
    ref: str, act: str, where: str, when: datetime, *, by: tuple[str, ...] = (), on: tuple[str, ...] = ("civilians",),
    killed: int | None = None, weapon: str | None = None, rounds: int | None = None, minutes: int = 20,
) -> kinds.Report:
    """A scripted report; `when` is the end of its period."""
    return kinds.Report(
        basis="own-observation", act=act, occurred=Period(earliest=when - timedelta(minutes=minutes), latest=when),
        place=place(where), report_ref=ref, weapon=weapon, alleged_author=by, target=on, means=("seen", "heard"),
        count=None if rounds is None else Count(unit="shells", min=rounds, max=rounds),
        killed=None if killed is None else Range(min=killed, max=killed), source_grade="A", info_grade=2,
    )  # fmt: skip


def _heard(
    s: Rehearsal, when: datetime, who: str, body: kinds.Report, *, name: str = "", answered: bool = True
) -> None:
    """A guarantor's report; whoever answers for the side it accuses does so the morning after, unless the scene says
    otherwise."""
    name = name or body.report_ref or ""
    s.say(when, who, "guarantors", body, name=name)
    for answerer, force in (("a", "d-army"), ("b", "e-brigades")):
        if answered and force in body.alleged_author and answerer != who:
            morning = when.replace(hour=5, minute=0) + timedelta(days=1)
            s.say(morning, answerer, "guarantors", lambda r: kinds.Answer(to=r[name], response="acknowledged"))


def tell(s: Rehearsal) -> None:
    """Plan every scene."""
    both_saw_it(s)
    contested(s)
    accused_guarantor_denies(s)
    outside_and_on_the_line(s)
    late_and_silent(s)
    walk_out(s)
    changes_of_mind(s)
    looking(s)
    the_rooms_own_work(s)
    groups_and_texts(s)


def both_saw_it(s: Rehearsal) -> None:
    """Two guarantors report one event; a sitting finds; a measure is demanded, answered and verified; A releases its report,
    coarser, to the public."""
    seen = at(3, 6, 10)
    _heard(s, at(3, 7), "a", report("A-900", "mortar-fire", "Karsk Mill", seen, by=("d-army",), killed=2, weapon="mortar-82", rounds=6), name="both-a")
    _heard(s, at(3, 8), "b", report("B-900", "mortar-fire", "Karsk Mill", seen + timedelta(minutes=10), by=("d-army",), killed=2, rounds=5), name="both-b", answered=False)
    s.say(at(5, 9), "c", "guarantors", lambda r: kinds.Position(subject=r["both-a"], on="whole", stance="affirms", reason="crater seen on 4 March"))
    s.say(at(5, 10), "a", "guarantors", lambda r: kinds.Answer(to=r["both-b"], response="regret", text="The battery commander has been relieved."))
    sitting = parts.Sitting(name="first sitting", at=at(6, 9), present=("a", "b", "c"))
    s.say(at(6, 10), "c", "guarantors", lambda r: kinds.Decision(
        report=r["both-a"], outcome="established-consensus", procedure="sitting", sitting=sitting, in_favour=("a", "b", "c"),
        author_found="d-army", members_seen=(r["both-a"], r["both-b"]), reasons="Two reports agree; craters point to the mill road.",
    ), name="finding-1")  # fmt: skip
    s.approve(at(6, 11), "c", "finding-1")
    for who in ("a", "b"):
        s.say(at(6, 20), who, "guarantors", lambda r: kinds.Position(subject=r["finding-1"], on="whole", stance="affirms"))
    s.say(at(7, 9), "c", "guarantors", lambda r: kinds.Measure(
        decision=r["finding-1"], addressee="a", demand="Withdraw the battery from the mill road beyond the zone", due=at(14, 12),
        verified_how="Visit of a joint team to the mill road", place=place("Karsk Mill", 1_500),
    ), name="measure-1")  # fmt: skip
    s.say(at(10, 9), "a", "guarantors", lambda r: kinds.Answer(to=r["measure-1"], response="measure-taken"))
    s.say(at(13, 15), "c", "guarantors", lambda r: kinds.MeasureVerified(measure=r["measure-1"], taken="taken", at=at(13, 11)))
    day = Period(earliest=at(2, 22), latest=at(3, 22))
    s.say(at(8, 9), "a", "public", lambda r: kinds.Release(original=_leaf(s, r["both-a"]), restated=restate(kinds.Report(
        basis="own-observation", act="mortar-fire", occurred=day, place=parts.Place(lat_e6=6_240_000, lon_e6=-149_450_000, radius_m=12_000, code="K1"),
        alleged_author=("d-army",), killed=Range(min=2, max=2),
    ))))  # fmt: skip


def _leaf(s: Rehearsal, ref: str) -> str:
    log, _, index = ref.rpartition("/")
    node = next(node for node in s.nodes.values() if log in node.folder.signers)
    return node.held[log].leaves[int(index)].hex()  # type: ignore[index]  # a log name


def contested(s: Rehearsal) -> None:
    """A contested act, a contested author, and an incident that one side alone reports."""
    _heard(s, at(5, 12), "a", report("A-901", "mortar-fire", "Vellin", at(5, 11), by=("e-brigades",), killed=3), name="act-a")
    _heard(s, at(5, 13), "b", report("B-901", "air-strike", "Vellin", at(5, 11, 5), by=("e-brigades",), killed=3), name="act-b")
    _heard(s, at(7, 16), "a", report("A-902", "artillery-fire", "Ostra", at(7, 15), by=("e-brigades",), killed=1, rounds=4), name="author-a")
    _heard(s, at(7, 17), "b", report("B-902", "artillery-fire", "Ostra", at(7, 15, 10), by=("d-army",), killed=1, rounds=4), name="author-b")
    _heard(s, at(4, 9), "b", report("B-903", "sniping", "Pell", at(4, 8), by=("d-army",), on=("e-brigades",), killed=1))


def accused_guarantor_denies(s: Rehearsal) -> None:
    """B reports, C affirms the occurrence and could not get there, A alone denies; the sitting finds the facts and leaves
    the responsibility open. A visit is denied."""
    _heard(s, at(9, 5, 30), "b", report("B-904", "artillery-fire", "Holm", at(9, 5), by=("d-army",), killed=4, weapon="artillery-122", rounds=9), name="denied", answered=False)
    for moment, reader, peer in ((at(9, 6, 30), "c", "b"), (at(9, 6, 31), "a", "b"), (at(9, 10, 30), "a", "c")):
        s.sync(moment, reader, peer)
    s.say(at(9, 9), "c", "guarantors", lambda r: kinds.Tasking(reports=(r["denied"],), tasked="c", to_establish=("occurrence", "author"), place=place("Holm", 2_000), due=at(12, 9)), name="tasking")
    s.say(at(9, 10), "c", "guarantors", lambda r: kinds.AccessRequest(tasking=r["tasking"], addressee="a", place=place("Holm", 2_000), period=Period(earliest=at(10, 4), latest=at(10, 16))), name="request")
    s.say(at(9, 21), "a", "guarantors", lambda r: kinds.AccessAnswer(request=r["request"], result="denied", reason="operations on the road"))
    s.say(at(11, 14), "c", "guarantors", lambda r: kinds.Visit(tasking=r["tasking"], period=Period(earliest=at(10, 6), latest=at(10, 9)), result="not-reached", hindrance="no-access", note="turned back at the bridge"))
    s.say(at(9, 22), "a", "guarantors", lambda r: kinds.Position(subject=r["denied"], on="whole", stance="denies", reason="no unit fired"), name="a-denies")
    s.say(at(10, 8), "a", "guarantors", lambda r: kinds.Answer(to=r["denied"], response="denied"))
    s.say(at(11, 15), "c", "guarantors", lambda r: kinds.Position(subject=r["denied"], on="occurrence", stance="affirms", reason="impacts heard at Post C-2"))
    s.say(at(11, 15, 5), "c", "guarantors", lambda r: kinds.Position(subject=r["denied"], on="author", stance="cannot-confirm", hindrance="no-access"))
    sitting = parts.Sitting(name="second sitting", at=at(12, 9), present=("a", "b", "c"))
    s.say(at(12, 10), "c", "guarantors", lambda r: kinds.Decision(
        report=r["denied"], outcome="responsibility-not-agreed", procedure="sitting", sitting=sitting, in_favour=("b", "c"),
        against=("a",), reasons="The impacts are agreed by B and C; who fired could not be verified without access.",
    ), name="finding-2")  # fmt: skip
    s.approve(at(12, 11), "c", "finding-2")
    s.say(at(12, 20, 30), "b", "guarantors", lambda r: kinds.Position(subject=r["finding-2"], on="whole", stance="affirms"))


def outside_and_on_the_line(s: Rehearsal) -> None:
    """Fire at an excluded group; an incident between two map versions, settled by silence; a permitted detonation."""
    _heard(s, at(8, 14), "b", report("B-905", "small-arms-fire", "Tarn", at(8, 13), by=("d-army",), on=("ashen-column",)), name="excluded")
    s.say(at(9, 20), "a", "guarantors", lambda r: kinds.Position(subject=r["excluded"], on="whole", stance="affirms", reason="fire at Ashen Column, whom the truce does not cover"))
    _heard(s, at(10, 12), "c", report("C-900", "mortar-fire", "Marrow", at(10, 11), by=("e-brigades",), killed=1, rounds=3), name="line")
    s.say(at(12, 9), "a", "guarantors", lambda r: kinds.Position(subject=r["line"], on="whole", stance="affirms"))
    s.say(at(12, 10), "b", "guarantors", lambda r: kinds.Position(subject=r["line"], on="scope", stance="denies", reason="outside the strip on our map"))
    s.say(at(25, 9), "c", "guarantors", lambda r: kinds.Decision(report=r["line"], outcome="scope-not-agreed", procedure="silence", in_favour=("c",), reasons="The two maps of the strip differ; the facts do not."), name="finding-3")
    s.approve(at(25, 10), "c", "finding-3")
    demolition = Period(earliest=at(14, 8), latest=at(14, 12))
    s.say(at(12, 14), "d", "all", kinds.Notice(notice="demolition", place=place("Ostra Quarry", 1_000), period=demolition, by_group="d-army", acts=("controlled-detonation",)))
    _heard(s, at(14, 11), "c", report("C-901", "controlled-detonation", "Ostra Quarry", at(14, 9), by=("d-army",)), name="detonation")
    s.say(at(15, 9), "a", "guarantors", lambda r: kinds.Position(subject=r["detonation"], on="whole", stance="affirms", reason="announced on 12 March"))


def late_and_silent(s: Rehearsal) -> None:
    """A late answer, a silence, and a protest answered in time."""
    _heard(s, at(11, 12), "b", report("B-906", "mortar-fire", "Vell Bridge", at(11, 11), by=("d-army",), rounds=2), name="late", answered=False)
    s.say(at(18, 9), "a", "guarantors", lambda r: kinds.Answer(to=r["late"], response="explained", text="Registration fire, not announced."))
    _heard(s, at(13, 12), "b", report("B-907", "heavy-machine-gun-fire", "Karsk", at(13, 11), by=("d-army",)), name="silent", answered=False)
    s.say(at(15, 8), "b", "guarantors", lambda r: kinds.Protest(addressee="a", reports=(r["late"],), text="No answer after two days."), name="protest")
    s.say(at(17, 9), "a", "guarantors", lambda r: kinds.Answer(to=r["protest"], response="acknowledged"))


def walk_out(s: Rehearsal) -> None:
    """C leaves on 18 March and comes back on the 24th; the mechanism goes on without it."""
    _heard(s, at(16, 9), "a", report("A-903", "mortar-fire", "Pell", at(16, 8), killed=1, rounds=2), name="walkout-a")
    _heard(s, at(16, 10), "b", report("B-908", "mortar-fire", "Pell", at(16, 8, 10), killed=1, rounds=2), name="walkout-b")
    s.say(at(17, 12), "a", "guarantors", lambda r: kinds.Position(subject=r["walkout-b"], on="whole", stance="affirms"))
    sitting = parts.Sitting(name="third sitting", at=at(20, 9), present=("a", "b"), absent=("c",))
    s.say(at(20, 10), "b", "guarantors", lambda r: kinds.Decision(
        report=r["walkout-a"], outcome="author-not-established", procedure="sitting", sitting=sitting, in_favour=("a", "b"),
        reasons="Both saw it, neither saw who fired.",
    ), name="finding-4")  # fmt: skip
    s.approve(at(20, 11), "b", "finding-4")
    s.say(at(20, 21), "a", "guarantors", lambda r: kinds.Position(subject=r["finding-4"], on="whole", stance="affirms"))
    s.say(at(25, 12), "c", "guarantors", lambda r: kinds.Position(subject=r["walkout-a"], on="occurrence", stance="cannot-confirm", hindrance="too-late"))


def changes_of_mind(s: Rehearsal) -> None:
    """A withdrawn report and a correction."""
    wrong = report("E-900", "raid", "Ferry Steps", at(6, 4), by=("d-army",), on=("e-brigades",))
    s.say(at(6, 6), "e", "all", wrong, name="withdrawn")
    s.say(at(6, 12), "e", "all", lambda r: kinds.Withdrawal(of=r["withdrawn"], reason="our own patrol"))
    first = report("B-909", "artillery-fire", "Ostra", at(2, 8), by=("d-army",), killed=5, rounds=7)
    right = report("B-909", "artillery-fire", "Ostra", at(2, 8), by=("d-army",), killed=2, rounds=7)
    _heard(s, at(2, 9), "b", first, name="corrected")
    s.say(at(12, 9, 30), "b", "guarantors", lambda r: kinds.Correction(of=r["corrected"], restated=restate(right), reason="three of the five survived"))


def looking(s: Rehearsal) -> None:
    """Who could look where: by zone and spell of days; on 13 March nobody in N-1; of 27 March nobody says anything."""
    spells = ((1, 12), (14, 17), (18, 24), (25, 26), (28, 31))
    eyes = {"a": ("B-4", "N-1"), "b": ("N-1", "N-2"), "c": ("N-2", "river-strip")}
    for who, own in eyes.items():
        for zone in ("B-4", "N-1", "N-2", "river-strip"):
            for first, last in spells:
                away = who == "c" and first == 18
                looking_ = "none" if away else "full" if zone in own else "partial"
                _look(s, who, zone, first, last, looking_, "absent from 18 to 24 March" if away else None)
    storm = "sandstorm, nothing could be seen"
    for zone in ("B-4", "N-2", "river-strip"):
        _look(s, "b", zone, 13, 13, "partial", storm)
    _look(s, "a", "N-1", 13, 13, "none", storm)
    _look(s, "b", "N-1", 13, 13, "denied", "turned back at the bridge")
    _look(s, "c", "N-1", 13, 13, "none", storm)


def _look(s: Rehearsal, who: str, zone: str, first: int, last: int, looking_: str, reason: str | None) -> None:
    start = at(1, 0) + timedelta(days=first - 1, hours=-2)
    end = at(1, 0) + timedelta(days=last, hours=-2)
    body = kinds.Coverage(area=zone, period=Period(earliest=start, latest=end), looking=looking_, means=("seen", "camera"), reason=reason)  # type: ignore[arg-type]  # words of the list
    moment = min(end + timedelta(hours=3), at(31, 18))
    if who == "c" and AWAY[0] <= moment < AWAY[1]:
        moment = AWAY[1] + timedelta(hours=1)
    s.say(moment, who, "guarantors", body)


def the_rooms_own_work(s: Rehearsal) -> None:
    """Posts, a hotline call, a flash report, a hand-over, evidence, a comment."""
    for who, post, where, zone in (("a", "Post A-1", "Karsk", "B-4"), ("b", "Post B-1", "Pell", "N-2"), ("c", "Post C-2", "Ferry Steps", "river-strip")):
        s.say(at(1, 6), who, "guarantors", kinds.Post(post=post, place=place(where, 50), state="established", since=at(1, 5), zone=zone))
    s.say(at(9, 5, 20), "c", "guarantors", kinds.FlashReport(at=at(9, 5, 5), place=place("Holm", 3_000), act="shelling", text="Impacts heard from Post C-2, under way."))
    s.say(at(9, 6), "b", "guarantors", lambda r: kinds.HotlineCall(at=at(9, 5, 40), caller="b", called="a", reached=True, asked="Stop the fire at Holm.", promised="A asks its side.", reports=(r["denied"],)))
    s.say(at(9, 18), "b", "guarantors", lambda r: kinds.ShiftHandover(at=at(9, 18), open_items=(r["denied"],), note="Holm: access asked for tomorrow."))
    steps = (parts.Custody(at=at(4, 9), step="collected", by="joint-team"), parts.Custody(at=at(4, 12), step="sealed", by="evidence-room"))
    s.say(at(4, 13), "c", "guarantors", lambda r: kinds.Evidence(report=r["both-a"], item="fragment-1", digest=hashlib.sha256(b"fragment-1").hexdigest(), media="image/jpeg", captured=Period(earliest=at(4, 8), latest=at(4, 9)), context="north wall of the mill", custody=steps))
    s.say(at(9, 11), "c", "guarantors", lambda r: kinds.Comment(subject=r["excluded"], text="Post C-2 saw no fire that day."))


def groups_and_texts(s: Rehearsal) -> None:
    """Who recognises which text, and A another one from the middle of the month; a group that joins; an amendment; two maps."""
    for who in ("a", "b", "c", "un"):
        s.say(at(1, 8), who, "public", kinds.Recognition(agreement_digest=s.nodes[who].agreement.digest, text_language="en"))
    s.say(at(16, 12), "a", "public", kinds.Recognition(agreement_digest=s.nodes["a"].agreement.digest, text_language="fr"))
    joins = kinds.Adherence(group="river-guard", standing="adherent", since=at(17, 0), says="joins the truce")
    s.say(at(17, 8), "e", "all", joins)
    s.say(at(17, 12), "b", "guarantors", joins)
    for who in ("a", "b", "c"):
        adopted = kinds.AmendmentAdopted(amendment="flights", agreement_digest=s.nodes[who].agreement.digest)
        s.say(at(15, 12), who, "guarantors", adopted, name=f"adopted-{who}")
        s.approve(at(15, 13), who, f"adopted-{who}")
    digest = hashlib.sha256(zones()).hexdigest()
    for who, version in (("a", "a-1"), ("b", "b-1")):
        s.say(at(2, 10), who, "guarantors", kinds.MapVersion(zone="river-strip", map_version=version, digest=digest, since=at(1, 0), stance="proposes"))
    s.say(at(3, 10), "b", "guarantors", kinds.MapVersion(zone="river-strip", map_version="a-1", digest=digest, since=at(3, 0), stance="objects", reason="the river is the line"))
