"""Nodes that exchange heads, data and receipts, without a network between them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import msgspec
import pytest

from tests.functional.test_nodes import NOON, files, node, reopened, says
from tests.world import report
from trucekeeper.acquaintance import identity_of
from trucekeeper.errors import Code, NodeError
from trucekeeper.errors import Place as Where
from trucekeeper.intake.drafts import Draft
from trucekeeper.logs.cosignature import receipts
from trucekeeper.logs.note import parse_note
from trucekeeper.membership import Member
from trucekeeper.replication.bundle import Bundle, bundle_of
from trucekeeper.replication.message import Request, Response
from trucekeeper.replication.peer import HttpPeer
from trucekeeper.replication.signing import tag
from trucekeeper.replication.watch import Pace
from trucekeeper.statements import parts
from trucekeeper.statements.kinds import UncheckedStart
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.vocabulary.times import instant
from trucekeeper.workspace import Node

REPORT = "mortar-fire at Karsk by d-army on e-brigades killed 2"
LOG = LogName("a.guarantors")
NONCES = count(1)


class Net:
    """The nodes of participants, each with all others as peers. `down`: who does not answer;
    `sent`: every byte that was sent to whom."""

    def __init__(self, folder: Path, *participants: str) -> None:
        self.now = 0.0
        self.down: set[str] = set()
        self.sent: dict[str, list[bytes]] = {name: [] for name in participants}
        self.members: dict[str, Member] = {}
        for name in participants:
            self.join(node(folder / name, name))

    def join(self, held: Node) -> Member:
        (name,) = held.participants
        identity = identity_of(held)
        peers = {
            other: HttpPeer(
                other,
                f"{other}.example",
                "",
                self._send(name, other),
                lambda: float(NOON),
                lambda: f"{next(NONCES):032x}",
                tag("spec", other),
                identity.node,
            )
            for other in self.sent
            if other != name
        }
        urls = {other: f"https://{other}.example" for other in peers}
        member = Member(held, identity, peers, urls, Pace(context=0.0), lambda: self.now)
        self.members[name] = member
        self.exchanges = {n: m.exchange() for n, m in self.members.items()}
        return member

    def _send(self, sender: str, to: str) -> Callable[[Request], Response]:
        def send(request: Request) -> Response:
            if to in self.down or sender in self.down:
                raise ConnectionRefusedError("nobody there")
            answer = self.exchanges[to].answer(request)
            self.sent[to].append(repr(request).encode() + request.body)
            self.sent[sender].append(repr(answer.headers).encode() + answer.body)
            return answer

        return send

    def meet(self, *names: str) -> None:
        """Everybody syncs with everybody, until nobody has anything new."""
        for _ in range(3):
            for name in names or tuple(self.members):
                member = self.members[name]
                problems = member.sync(member.peers.values()).problems
                assert problems == (), problems

    def node(self, name: str) -> Node:
        return self.members[name].node


@pytest.fixture
def net(tmp_path: Path) -> Net:
    return Net(tmp_path, "a", "b", "un", "d")


def holders(held: Node, log: str, net: Net) -> set[str]:
    """Whose receipts a node has for the head of a log."""
    note = parse_note(held.folder.disk.read(f"logs/{log}/checkpoint"))
    keys = net.members["a"].receipt_keys(log)  # type: ignore[arg-type]  # a log's name
    return {receipt.name.removeprefix("spec/") for receipt in receipts(note, keys)}


def test_a_statement_reaches_everybody_who_may_read_it_with_receipts(net: Net) -> None:
    ref = says(net.node("a"), REPORT)
    net.meet()
    for name in ("b", "un"):
        rows = net.node(name).derive(face="guarantors").rows("statements").where(kind="report")
        assert [row["ref"] for row in rows] == [ref]
    assert "a.guarantors" not in net.node("d").held
    expected = {f"{p}/{role}" for p in ("a", "b", "un") for role in ("witness", "mirror")}
    assert holders(net.node("a"), "a.guarantors", net) == expected
    assert holders(net.node("b"), "a.guarantors", net) == expected


def test_everybody_then_has_the_same_heads_and_is_silent(net: Net) -> None:
    says(net.node("a"), REPORT)
    says(net.node("b"), REPORT, circle="public")
    net.meet()
    digests = {
        net.node(n).derive(face="guarantors", as_of="2031-03-31").digest for n in ("a", "b", "un")
    }
    assert len(digests) == 1
    roots = {
        n: {log: h.checkpoint for log, h in net.node(n).held.items() if h.size} for n in net.members
    }
    net.meet()
    assert roots == {
        n: {log: h.checkpoint for log, h in net.node(n).held.items() if h.size} for n in net.members
    }
    for name in net.members:
        assert reopened(net.node(name)).problems == ()


def test_the_other_side_s_disk_and_every_byte_sent_to_it_hold_nothing_of_the_guarantors(
    net: Net, tmp_path: Path
) -> None:
    says(net.node("a"), REPORT)
    says(net.node("b"), "mortar-fire at Line-End by d-army on e-brigades killed 7")
    says(net.node("a"), REPORT, circle="public")
    net.meet()
    planted = [
        value
        for log in ("a.guarantors", "b.guarantors", "un.guarantors")
        for held in [net.node("a").held[log]]  # type: ignore[index]  # a log's name
        for value in (
            *held.entries(),
            *held.leaves,
            held.checkpoint.root,
            held.checkpoint.text().encode(),
        )
    ]
    disk = b"".join(files(tmp_path / "d").values()) + " ".join(files(tmp_path / "d")).encode()
    sent = b"".join(net.sent["d"])
    for told in (*planted, b".guarantors"):
        assert told not in disk
        assert told not in sent
    assert b"a.public" in sent


def test_planted_coordinates_and_officers_reach_no_party(tmp_path: Path) -> None:
    """What only the guarantors may know, searched for in the other side's disk and in every byte sent to it."""
    net = Net(tmp_path, "a", "b", "c", "un", "d", "e")
    net.meet()
    place = parts.Place(lat_e6=10_512_345, lon_e6=20_598_765, radius_m=50, name="Quarry Seven")
    told = report("mortar-fire at Karsk by d-army on e-brigades", instant(NOON - 3_600))
    secret = Draft(
        "a",
        "guarantors",
        msgspec.structs.replace(told, place=place),
        Where(),
        officer="officer-whitethorn",
        stated_at=NOON,
    )
    assert net.node("a").state([secret])[1] == []
    says(net.node("b"), REPORT, circle="public")
    net.meet()
    bundle_of(net.node("b").folder, tmp_path / "x.tkb", "guarantors")
    bundle_of(net.node("b").folder, tmp_path / "public.tkb", "public")
    public = net.members["d"].named(str(tmp_path / "public.tkb"))
    assert net.members["d"].sync([public]).problems == ()
    planted = (b"10512345", b"20598765", b"Quarry Seven", b"whitethorn")
    seen = b"".join(files(tmp_path / "un").values())
    assert all(word in seen for word in planted)
    party = b"".join(files(tmp_path / "d").values()) + " ".join(files(tmp_path / "d")).encode()
    for told_ in (party, b"".join(net.sent["d"]), (tmp_path / "x.tkb").read_bytes()):
        assert [word for word in planted if word in told_ or word.hex().encode() in told_] == []
    assert isinstance(public, Bundle)
    public.close()


def test_a_month_offline_then_one_bundle_and_no_clock_had_begun(tmp_path: Path) -> None:
    """A guarantor that owes answers heard nothing for a month: its clocks had not begun, and one bundle from any member
    brings it to the same figures as the others."""
    net = Net(tmp_path, "a", "b", "c", "un")
    net.meet()
    net.down = {"a", "un"}  # else the agreement deems a served, ten days after the UN holds it
    there = ("b", "c")
    for day in range(20):
        says(net.node("b"), f"mortar-fire at Karsk by d-army on e-brigades killed {day % 5}")
    for _ in range(2):
        for name in there:
            member = net.members[name]
            member.sync(member.peers[other] for other in there if other != name)
    owed = [
        row
        for row in net.node("c").derive(face="guarantors", as_of="2031-03-31").rows("clocks")
        if row["owed_by"] == "a"
    ]
    assert len(owed) >= 20
    assert {row["state"] for row in owed} == {"not-started"}
    bundle_of(net.node("c").folder, tmp_path / "month.tkb", "guarantors")
    for name in ("a", "un"):
        net.node(name).clock = lambda: float(NOON + 30 * 86_400)
    member = net.members["a"]
    bundle = member.named(str(tmp_path / "month.tkb"))
    assert member.sync([bundle]).problems == ()
    net.down = set()
    net.meet()
    pictures = [net.node(n).derive(face="guarantors", as_of="2031-04-05") for n in net.members]
    assert len({picture.digest for picture in pictures}) == 1
    states = {row["state"] for row in pictures[0].rows("clocks") if row["owed_by"] == "a"}
    assert states == {"running"}
    assert isinstance(bundle, Bundle)
    bundle.close()


def test_a_peer_that_does_not_answer_is_told_and_the_others_go_on(net: Net) -> None:
    net.meet()  # a node is known once it was asked itself
    says(net.node("a"), REPORT)
    net.down = {"b"}
    member = net.members["un"]
    pulled = member.sync(member.peers.values())
    assert [p.code for p in pulled.problems] == [Code.UNREACHABLE]
    assert net.node("un").held["a.guarantors"].size == 1  # type: ignore[index]  # a log's name


def put_back(folder: Path, backup: dict[str, bytes]) -> None:
    """Every file of a folder as it was, and no other."""
    for path in files(folder):
        (folder / path).unlink()
    for path, data in backup.items():
        (folder / path).write_bytes(data)


def test_a_backup_that_was_put_back_signs_nothing_before_it_is_whole(
    net: Net, tmp_path: Path
) -> None:
    says(net.node("a"), REPORT)
    net.meet()
    backup = files(tmp_path / "a")
    says(net.node("a"), "mortar-fire at Line-End by d-army on e-brigades killed 7")
    net.meet()
    put_back(tmp_path / "a", backup)
    restored = reopened(net.node("a"))
    member = net.join(restored)
    restored.before_signing = member.check_start
    before = files(tmp_path / "a")
    with pytest.raises(NodeError) as raised:
        says(restored, "mortar-fire at Between by d-army on e-brigades killed 1")
    assert {p.code for p in raised.value.problems} == {Code.RESTORED_BACKUP}
    assert files(tmp_path / "a") == before
    assert member.restore().new == {"a.guarantors": 1}
    assert says(restored, "mortar-fire at Between by d-army on e-brigades killed 1")
    net.meet()
    assert reopened(net.node("b")).problems == ()


def test_a_log_with_two_histories_keeps_the_others_from_nothing(net: Net, tmp_path: Path) -> None:
    says(net.node("a"), REPORT)
    net.meet()
    backup = files(tmp_path / "a")
    says(net.node("a"), "mortar-fire at Line-End by d-army on e-brigades killed 7")
    net.meet()
    put_back(tmp_path / "a", backup)
    other = reopened(net.node("a"))
    says(other, "mortar-fire at Between by d-army on e-brigades killed 1")
    net.join(other)
    for member in (*net.members.values(), *net.members.values()):
        member.sync(member.peers.values())
    forked = reopened(net.node("a"))
    forked.before_signing = net.join(forked).check_start
    told = report(REPORT, instant(NOON - 3_600))
    in_public = Draft("a", "public", told, Where(), officer="o1", stated_at=NOON)
    assert forked.state([in_public])[0] == ["a.public/0"]
    in_frozen = Draft("a", "guarantors", told, Where(), officer="o1", stated_at=NOON)
    assert [p.code for p in forked.state([in_frozen])[1]] == [Code.DISPUTED]
    again = reopened(forked)
    again.before_signing = net.join(again).check_start
    assert again.go_on(LOG) == "a.guarantors.2/0"


def test_a_start_that_nobody_could_check_is_stated(net: Net) -> None:
    held = net.node("a")
    says(held, REPORT)
    held.before_signing = net.members["a"].check_start
    net.down = set(net.members)
    says(held, REPORT)
    says(held, REPORT)
    starts = [s.body for s in held.record(held.held)[LOG] if isinstance(s.body, UncheckedStart)]
    assert [(dict(s.sizes)[LOG], set(s.asked)) for s in starts] == [(1, {"b", "d", "un"})]


def test_a_node_that_has_stated_nothing_has_nothing_to_compare(net: Net) -> None:
    held = net.node("a")
    held.before_signing = net.members["a"].check_start
    net.down = set(net.members)
    says(held, REPORT)
    assert [s.body.kind for s in held.record(held.held)[LOG] if s.body] == ["report"]
