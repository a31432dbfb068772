"""The made-up month as its users read it: each scene of the example, on the nodes as they are committed."""

from __future__ import annotations

import base64
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import trucekeeper as tk
from trucekeeper.errors import Code, TrucekeeperError
from trucekeeper.facade import Picture
from trucekeeper.logs.note import parse_note
from trucekeeper.sealing import Sealing
from trucekeeper.vocabulary.ids import LogName

ROOT = Path(__file__).parents[2]
NODES = ROOT / "examples" / "northern-line" / "nodes"
PARTICIPANTS = ["a", "b", "c", "d", "e", "un"]


@cache
def node(name: str) -> tk.Node:
    return tk.open(NODES / name)


@cache
def picture(name: str = "un", as_of: str = "2031-03-31", face: str = "guarantors") -> Picture:
    return node(name).derive(as_of=as_of, face=face)


def of_report(report_ref: str, picture_: Picture | None = None) -> Any:
    """The incident of the report that its source calls so."""
    held = picture_ or picture()
    ref = next(m.ref for m in held.derived.located if m.report.report_ref == report_ref)
    return held.incidents.where(incident=held.derived.numbers[ref])[0]


def outcome(report_ref: str) -> Any:
    return picture().rows("outcomes").where(incident=of_report(report_ref)["incident"])[0]


@pytest.mark.parametrize("name", PARTICIPANTS)
def test_every_node_verifies(name: str) -> None:
    assert node(name).problems == ()
    assert node(name).participants == (name,)


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_the_face_of_the_guarantors_is_the_same_on_every_node(name: str) -> None:
    assert picture(name).cut.digest == picture().cut.digest
    assert picture(name).digest == picture().digest
    assert picture(name).report("2031-03").to_json() == picture().report("2031-03").to_json()


@pytest.mark.parametrize("name", PARTICIPANTS)
def test_the_public_face_is_the_same_on_every_node(name: str) -> None:
    assert picture(name, face="public").digest == picture(face="public").digest


def test_no_more_reports_than_a_month_should_have() -> None:
    assert len(picture().rows("matches")) <= 150


def test_both_saw_it_and_the_finding_stands() -> None:
    found = outcome("A-900")
    assert (found["status"], found["outcome"]) == ("finding", "established-consensus")
    assert of_report("A-900")["sources"][:2] == ["a", "b"]
    measure = picture().rows("measures")[0]
    assert (measure["addressee"], measure["response"], measure["state"]) == (
        "a",
        "measure-taken",
        "taken",
    )


def test_one_side_only() -> None:
    assert of_report("B-903")["matching"] == "single"


def test_a_contested_act_and_a_contested_author() -> None:
    elements = picture().rows("elements").where(status="contested")
    assert elements.where(incident=of_report("A-901")["incident"], element="act")
    assert elements.where(incident=of_report("A-902")["incident"], element="author")


def test_the_accused_guarantor_alone_denies_and_the_report_says_so() -> None:
    found = outcome("B-904")
    assert (found["occurrence_denied_by"], found["occurrence_affirmed_by"]) == (["a"], ["b", "c"])
    assert found["draft"] == "facts-contested"
    assert found["draft_without_interested"] == "responsibility-not-agreed"
    assert (found["status"], found["outcome"]) == ("finding", "responsibility-not-agreed")
    told = [
        sentence
        for section in picture().report("2031-03").document.sections
        if section.id == "examined"
        for part in section.parts
        for sentence in getattr(part, "sentences", ())
    ]
    number = of_report("B-904")["incident"]
    start = next(i for i, m in enumerate(told) if m.args.get("incident") == number)
    ids = {m.id: m.args for m in told[start : start + 8]}
    assert ids["told.occurrence.affirms"]["who"] == ("b", "c")
    assert ids["told.occurrence.denies"]["who"] == ("a",)
    assert ids["told.author.cannot-confirm"]["who"] == ("c",)
    assert ids["told.interested"]["who"] == ("a",)


def test_fire_at_an_excluded_group_is_outside() -> None:
    found = of_report("B-905")
    assert (found["scope"], found["scope_clause"], found["outcome"]) == (
        "outside",
        "2.2",
        "outside-agreement",
    )


def test_between_two_map_versions_the_scope_is_contested_and_silence_settles_it() -> None:
    found = of_report("C-900")
    assert (found["scope"], found["scope_test"]) == ("contested", ["place"])
    assert outcome("C-900")["status"] == "finding"
    assert outcome("C-900")["outcome"] == "scope-not-agreed"


def test_a_detonation_announced_beforehand_is_exempt() -> None:
    assert of_report("C-901")["outcome"] == "exempt-act"
    assert of_report("C-901")["incident"] in picture().rows("notices")[0]["incidents"]


def clock(report_ref: str, name: str) -> Any:
    ref = next(m.ref for m in picture().derived.located if m.report.report_ref == report_ref)
    return picture().rows("clocks").where(trigger=ref, clock=name)[0]


def test_a_late_answer_and_a_silence() -> None:
    assert clock("B-906", "answer")["state"] == "met-late"
    assert clock("B-907", "answer")["state"] == "overdue"
    overdue = picture().rows("clocks").where(state="overdue", clock="answer")
    assert len(overdue) == 1


def test_no_clock_began_before_its_receipt() -> None:
    stated = {row["ref"]: row["stated_at"] for row in picture().rows("statements")}
    running = [row for row in picture().rows("clocks") if row["received"] is not None]
    assert running
    for row in running:
        assert row["received"] > stated[row["trigger"]]
        assert row["receipt"] == "deemed" or stated[row["receipt"]] == row["received"]


def test_a_walk_out_during_which_the_mechanism_goes_on() -> None:
    found = outcome("A-903")
    assert (found["status"], found["outcome"]) == ("finding", "author-not-established")
    away = [
        r
        for r in picture().rows("statements")
        if r["author"] == "c" and "2031-03-18" <= r["stated_at"] < "2031-03-24"
    ]
    assert away == []


def test_a_withdrawn_report_and_a_correction() -> None:
    assert picture().rows("statements").where(kind="report", state="withdrawn")
    assert of_report("B-909")["killed_max"] == 2
    sections = {s.id: s for s in picture().report("2031-03").document.sections}
    corrections = next(
        p for p in sections["corrections"].parts if getattr(p, "id", "") == "corrections"
    )
    assert len(corrections.rows) == 1  # type: ignore[union-attr]  # a table


def test_a_release_coarser_than_its_original_counts_once() -> None:
    released = picture().rows("statements").where(state="released")
    assert len(released) == 1
    assert released[0]["doubtful_release"] is False
    public = [r for r in picture(face="public").incidents if r["sources"] == ["a"]]
    assert [(r["radius_m"], r["area"]) for r in public] == [(12_000, "K1")]


def test_a_denied_visit_is_a_fact_of_its_own() -> None:
    visit = picture().rows("visits")[0]
    assert (visit["access"], visit["result"], visit["hindrance"]) == (
        "denied",
        "not-reached",
        "no-access",
    )


def test_a_day_without_coverage_and_one_of_which_nobody_speaks() -> None:
    coverage = picture().rows("coverage")
    assert {r["looking"] for r in coverage.where(day="2031-03-13", area="N-1")} == {
        "none",
        "denied",
    }
    assert len(coverage.where(day="2031-03-27")) == 0


def test_who_has_root_keys_says_which_keys_are_in_force_and_one_changed_a_key() -> None:
    logs = picture().rows("keys").where(participant="b", circle="guarantors", role="log")
    first, second = sorted(
        (row for row in logs if row["number"] == 2), key=lambda row: row["first_index"] or 0
    )
    assert (first["first_index"], second["end_index"]) == (None, None)
    assert first["end_index"] == second["first_index"] + 100
    assert {row["participant"] for row in picture().rows("keys")} == {"a", "b", "c", "un"}
    for name in ("a", "c", "un"):
        held = node(name)
        assert str(held.folder.key("b.guarantors")) == second["key"] != first["key"]


def test_receipts_are_given_on_sundays_and_on_the_last_evening() -> None:
    receipts = picture().rows("receipts")
    unknown = [row for row in receipts if row["state"] != "verified"]
    assert {row["state"] for row in unknown} == {"unknown-key"}  # of those without key documents
    assert {row["line"].split("/")[1] for row in unknown} == {"d", "e"}
    verified = [row for row in receipts if row["state"] == "verified"]
    assert {row["capacity"] for row in verified} == {"held-a-head", "holds-the-data"}
    days = {row["at"][:10] for row in verified}
    assert {"2031-03-02", "2031-03-09", "2031-03-16", "2031-03-23", "2031-03-30"} <= days
    assert all(date.fromisoformat(day).weekday() == 6 for day in days - {"2031-03-31"})
    head = node("un").held[LogName("a.guarantors")].note
    assert any(len(line.signature) > 2_000 for line in parse_note(head).signatures)  # ML-DSA


def test_a_sealed_list_is_opened_by_whom_it_is_for_and_one_row_by_another() -> None:
    states = {row["ref"]: row["state"] for row in picture().rows("payloads")}
    assert list(states.values()) == ["disclosed-in-part", "withheld", "sealed"]
    persons, account, shown = states
    opened = Sealing(node("c")).open(persons)
    assert opened.rows is not None
    assert [row[0] for row in opened.rows[1:]] == ["Person One", "Person Two", "Person Three"]
    cells = Sealing(node("a")).open(shown).disclosed
    assert cells is not None
    assert list(cells.cells) == [3]
    for name, ref, code in (
        ("a", persons, Code.NOT_A_RECIPIENT),
        ("b", shown, Code.NOT_A_RECIPIENT),
        ("c", account, Code.PAYLOAD_ERASED),
    ):
        with pytest.raises(TrucekeeperError) as raised:
            Sealing(node(name)).open(ref)
        assert raised.value.problems[0].code is code
    clear = [p for p in NODES.rglob("*") if p.is_file() and b"Person Three" in p.read_bytes()]
    assert clear == []


def test_under_the_other_text_answers_are_due_a_day_later() -> None:
    changed = picture().rows("readings").where(table="clocks", column="due")
    assert {(row["reading"], *row["recognised_by"]) for row in changed} == {("fr", "a")}
    for row in changed:
        here, there = map(datetime.fromisoformat, (row["value_here"], row["value_there"]))
        assert there - here == timedelta(days=1)


def test_every_relation_explains_every_statement() -> None:
    held = picture()
    for row in held.rows("statements"):
        assert len(held.explain(row["ref"])) >= 1


def test_whole_disk_of_a_party_holds_nothing_of_the_guarantors() -> None:
    """No entry, hash, head or size of a log that the party may not read, in any file of its node."""
    everything = b"\n".join(p.read_bytes() for p in sorted((NODES / "d").rglob("*")) if p.is_file())
    names = b"\n".join(p.as_posix().encode() for p in (NODES / "d").rglob("*"))
    secret = [held for log, held in node("un").held.items() if log.endswith(".guarantors")]
    assert sum(held.size for held in secret) > 200
    for held in secret:
        assert held.name.encode() not in everything + names
        assert base64.b64encode(held.checkpoint.root) not in everything
        assert held.checkpoint.root.hex().encode() not in everything
        for leaf, entry in zip(held.leaves, held.entries(), strict=True):
            assert entry not in everything
            assert leaf not in everything
            # A release names its original by leaf hash alone, in the circle that its author widened to.
            if leaf.hex().encode() in everything:
                assert b'"original":"' + leaf.hex().encode() in everything


def test_what_was_known_then() -> None:
    sizes = {
        day: sum(head.size for head in node("un").cut(known_by=day).heads)
        for day in ("2031-03-01", "2031-03-10", "2031-03-20", "2031-03-31")
    }
    assert list(sizes.values()) == sorted(sizes.values())
    early = node("un").derive(known_by="2031-03-10", as_of="2031-03-10")
    assert len(early.incidents) < len(picture().incidents)
    assert early.digest == node("a").derive(known_by="2031-03-10", as_of="2031-03-10").digest
