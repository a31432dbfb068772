"""One statement of every kind, made up, with every field that reads well."""

from __future__ import annotations

from datetime import UTC, date, datetime

from trucekeeper.statements import kinds, parts
from trucekeeper.statements.encoding import restate
from trucekeeper.statements.parts import Kind
from trucekeeper.vocabulary.quantities import Count, Range
from trucekeeper.vocabulary.times import Period

HASH = "ab" * 32


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant of March 2031."""
    return datetime(2031, 3, day, hour, minute, tzinfo=UTC)


DAY = Period(earliest=at(1), latest=at(2))
KARSK = parts.Place(lat_e6=10_500_000, lon_e6=20_500_000, radius_m=500, code="N1", name="Karsk")
REPORT = kinds.Report(
    basis="own-observation",
    act="mortar-fire",
    occurred=Period(earliest=at(1, 6), latest=at(1, 6, 10)),
    place=KARSK,
    report_ref="A-17",
    weapon="mortar-82",
    phenomenon="explosion",
    direction="impact",
    count=Count(unit="shells", min=3, max=5),
    observer=parts.Observer(place_name="Post 4", bearing_deg=270, distance_m=2_400),
    means=("heard", "camera"),
    alleged_author=("d-army",),
    target=("e-brigades", "civilians"),
    killed=Range(min=1, max=2),
    injured=Range(min=0),
    origins=("own patrol",),
    source_grade="B",
    info_grade=2,
    description="Three to five impacts; قصف بالهاون",
    doubts=("the post's log gives 06:20",),
)

SEALED_FILE = parts.SealedFile(
    ciphertext=HASH, bytes_padded=4_296, commitment="cd" * 32, recipients=("b", "un")
)

SAMPLES: tuple[Kind, ...] = (
    REPORT,
    kinds.Tally(
        registered_by="b", published_by="a", span="day", period=DAY, published_on=date(2031, 3, 2), totals=(4, 5),
        parts=(parts.TallyPart(area_name="North", codes=("N1",), count=3), parts.TallyPart(area_name="South")),
        judgements=(parts.Judgement(by="a", says="not-confirmed", count=4),), doubts=("two totals are given",),
    ),
    kinds.Coverage(area="north", period=DAY, looking="denied", means=("seen",), reason="road closed", denied_by="d-army"),
    kinds.Post(post="Post 4", place=KARSK, state="established", since=at(1), zone="north"),
    kinds.MapVersion(zone="south", map_version="a1", digest=HASH, since=at(1), stance="proposes"),
    kinds.Evidence(
        report="a.guarantors/0", item="photo-1", digest=HASH, media="image/jpeg", captured=DAY, context="north wall",
        custody=(parts.Custody(at=at(1, 8), step="collected", by="team-2"), parts.Custody(at=at(1, 9), step="sealed", by="room")),
    ),
    kinds.Tasking(reports=("a.guarantors/0",), tasked="c", to_establish=("occurrence", "weapon"), place=KARSK, due=at(8)),
    kinds.Visit(tasking="a.guarantors/1", period=DAY, result="not-reached", hindrance="no-access", note="turned back"),
    kinds.AccessRequest(tasking="a.guarantors/1", addressee="a", place=KARSK, period=DAY),
    kinds.AccessAnswer(request="c.guarantors/0", result="denied", reason="security"),
    kinds.Notice(notice="demolition", place=KARSK, period=DAY, by_group="d-army", acts=("controlled-detonation",)),
    kinds.HotlineCall(at=at(1, 7), caller="b", called="a", reached=True, asked="cease fire", promised="will look"),
    kinds.FlashReport(at=at(1, 6, 5), place=KARSK, act="shelling", text="impacts heard, under way"),
    kinds.ShiftHandover(at=at(1, 18), open_items=("a.guarantors/0",), note="call Karsk again"),
    kinds.Position(subject="a.guarantors/0", on="author", stance="cannot-confirm", hindrance="no-access", members_seen=("a.guarantors/0",)),
    kinds.Match(one="a.guarantors/0", other="b.guarantors/0", same=True, reason="same crater"),
    kinds.Correction(of="a.guarantors/0", restated=restate(REPORT), reason="number of shells"),
    kinds.Withdrawal(of="a.guarantors/0", reason="wrong village"),
    kinds.Comment(subject="a.guarantors/0", text="the wind was westerly"),
    kinds.Decision(
        report="a.guarantors/0", outcome="responsibility-not-agreed", procedure="sitting",
        sitting=parts.Sitting(name="third sitting", at=at(9), present=("a", "b", "c")), in_favour=("b", "c"), reserved=("a",),
    ),
    kinds.Protest(addressee="a", reports=("b.guarantors/0",), text="we protest"),
    kinds.Measure(decision="c.guarantors/3", addressee="a", demand="withdraw the battery", due=at(20), verified_how="visit"),
    kinds.Answer(to="b.guarantors/0", response="denied", text="no unit fired"),
    kinds.MeasureVerified(measure="c.guarantors/4", taken="partly-taken", at=at(21)),
    kinds.Context(
        heads=(parts.SeenHead(log="a.guarantors", size=12, root=HASH),),
        receipts=(parts.CarriedHead(log="b.guarantors", size=7, root=HASH, lines=("— spec/un/witness AAAAAAAAAAAA",)),),
    ),
    kinds.Adherence(group="outsiders", standing="adherent", since=at(5), says="joins"),
    kinds.AmendmentAdopted(amendment="first", agreement_digest=HASH),
    kinds.Recognition(agreement_digest=HASH, text_language="en"),
    kinds.Release(original=HASH, restated=restate(REPORT)),
    kinds.Publication(
        period="2031-03", face="guarantors", cut_digest=HASH, report_digest=HASH, sizes={"a.guarantors": 12}, published_at=at(31),
    ),
    kinds.Transmission(publication="un.guarantors/9", recipient="Security Council", sent_at=at(31), symbol="S/2031/1"),
    kinds.Corrigendum(publication="un.guarantors/9", number=1, text="table 2: read 4 for 5"),
    kinds.Review(of="a.guarantors/0", approves=True),
    kinds.UncheckedStart(sizes={"a.guarantors": 12}, asked=("b", "un")),
    kinds.Suspension(
        act="hand-over", agreement_digest=HASH, effective=at(31), instrument="protocol", clause="4", custodian="un",
        heads=(parts.SeenHead(log="a.guarantors", size=12, root=HASH),), reason="the mandate ends",
    ),
    kinds.Keys(
        participant="a", circle="guarantors", number=2, threshold=1, roots=("truce/a/root-1+90a2ca01+AQ==",),
        rows=(
            parts.KeyRow(role="log", key="truce/a.guarantors+90a2ca01+AQ==", log="a.guarantors", end_index=12, end_root=HASH),
            parts.KeyRow(role="recipient", key="age1made-up"),
        ),
        signatures=("— truce/a/root-1 kKLKAQ==",),
    ),
    kinds.Signature(of="a.guarantors/0", line="— truce/a/officer-o-1 kKLKAQ=="),
    kinds.TwoHistories(
        log="a.guarantors",
        evidence=parts.TwoHeads(
            origin="spec/a.guarantors", index=3,
            one=parts.SignedHead(size=5, root=HASH, signature="A" * 92), other=parts.SignedHead(size=9, root=HASH, signature="A" * 92),
            one_entry=parts.Inclusion(leaf=HASH, path=(HASH, HASH)), other_entry=parts.Inclusion(leaf="cd" * 32, path=(HASH,)),
            prefix=parts.CommonPrefix(size=3, root=HASH, to_one=(HASH,), to_other=(HASH, HASH)),
        ),
    ),
    kinds.Continuation(continues="a.guarantors", size=3, root=HASH, note="restored from a copy"),
    kinds.Sealed(
        what="persons", form="list", file=SEALED_FILE, list=parts.SealedList(root=HASH, rows=40, fields=5), about="a.guarantors/0",
    ),
    kinds.Disclosure(of="a.guarantors/7", rows=(3, 8), columns=(0, 1), file=SEALED_FILE),
    kinds.Erasure(of="a.guarantors/7", reason="consent-withdrawn"),
)  # fmt: skip
