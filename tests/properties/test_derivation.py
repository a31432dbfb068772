"""Properties 1, 2 and 5 of the derivation."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.strategies import world_lines
from tests.world import ATTACHMENTS, World, agreement_text
from trucekeeper.agreement.rules import load
from trucekeeper.engines.values import match_on_columns
from trucekeeper.governance.record import LogHead, Stated, read_entries
from trucekeeper.matching.reference import match_by_definition
from trucekeeper.picture import Derived, derive
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.vocabulary.relations import rows_of

AS_OF = 1_932_595_200
#: Who becomes whom; the UN keeps its name, which is its role too.
RENAMED = {"a": "kilo", "b": "zulu", "c": "alfa", "d": "echo", "e": "delta"}


@given(world_lines(), st.randoms(use_true_random=False))
def test_the_order_in_which_logs_are_delivered_does_not_matter(
    lines: list[str], chance: random.Random
) -> None:
    """Property 1. Within a log the order is signed; between logs, and how often, must not
    matter."""
    world = World(*lines)
    record = world.record()
    logs = [*record, *record]
    chance.shuffle(logs)
    shuffled = {log: record[log] for log in logs}
    one, other = (derive(world.agreement, r, world.cut(), as_of=AS_OF) for r in (record, shuffled))
    assert one.digest == other.digest


@given(world_lines(receipts=False))
def test_renaming_participants_renames_the_picture_and_changes_nothing_else(
    lines: list[str],
) -> None:
    """Property 2: no participant is special. Leaf hashes are held."""
    world = World(*lines)
    original = derive(world.agreement, world.record(), world.cut(), as_of=AS_OF)
    # What cites the text of the agreement goes on citing it.
    renamed_rules = replace(load(_renamed_agreement(), ATTACHMENTS), digest=world.agreement.digest)
    record = {
        LogName(_renamed(log)): _renamed_log(log, world.entries[log], entries)
        for log, entries in world.record().items()
    }
    cut = msgspec.structs.replace(
        world.cut(),
        heads=tuple(
            LogHead(LogName(_renamed(head.log)), head.size, head.root) for head in world.cut().heads
        ),
    )
    renamed = derive(renamed_rules, record, cut, as_of=AS_OF)
    for name, table in original.tables.items():
        expected = sorted(repr(_renamed_value(row)) for row in rows_of(table))
        assert sorted(repr(row) for row in rows_of(renamed.tables[name])) == expected, name


def _renamed_agreement() -> bytes:
    text = agreement_text().decode()
    return re.sub(r'"(a|b|c|d|e)"', lambda m: f'"{RENAMED[m[1]]}"', text).encode()


def _renamed(text: str) -> str:
    return re.sub(
        r"(?<![A-Za-z0-9_.-])(a|b|c|d|e)(?=\.(?:guarantors|public)\b)",
        lambda m: RENAMED[m[1]],
        text,
    )


def _renamed_log(log: LogName, raw: list[bytes], entries: list[Stated]) -> list[Stated]:
    """The log with every reference renamed in its bytes, and the leaf hashes of the original."""
    pairs = zip(raw, entries, strict=True)
    renamed = [(bytes.fromhex(e.leaf), _renamed(data.decode()).encode()) for data, e in pairs]
    return read_entries(LogName(_renamed(log)), renamed)


def _renamed_value(value: Any) -> Any:
    if isinstance(value, str):
        # A word of its own: whose version of a map it is, who reads a standing so.
        return re.sub(r'(?<![\w.-])[a-e](?=[ ,"]|$)', lambda m: RENAMED[m[0]], _renamed(value))
    if isinstance(value, list):
        return [_renamed_value(item) for item in value]
    if isinstance(value, dict):
        return {key: _renamed_value(item) for key, item in value.items()}
    return value


def _traces(picture: Derived) -> set[str]:
    """Every statement that some relation rests on."""
    return {
        ref
        for table in picture.tables.values()
        if "basis" in table.column_names
        for basis in table.column("basis").to_pylist()
        for ref in basis
    }


@given(world_lines())
def test_a_new_statement_removes_no_other_statements_trace(lines: list[str]) -> None:
    """Property 5: whatever was stated can be explained, before and after anything else is
    stated."""
    before: set[str] = set()
    for count in range(1, len(lines) + 1):
        world = World(*lines[:count])
        traces = _traces(world.derive())
        assert {
            f"{log}/{i}" for log in world.record() for i in range(len(world.entries[log]))
        } <= traces
        assert before <= traces
        before = traces


@given(world_lines())
def test_the_grid_derives_what_the_reference_derives(lines: list[str]) -> None:
    world = World(*lines)
    one, other = (
        derive(world.agreement, world.record(), world.cut(), as_of=AS_OF, matcher=matcher)
        for matcher in (match_by_definition, match_on_columns)
    )
    assert one.digest == other.digest


@given(world_lines())
def test_every_report_in_effect_is_in_exactly_one_incident(lines: list[str]) -> None:
    picture = World(*lines).derive()
    in_effect = {s.ref for s in picture.governed.statements if s.body.kind == "report"}
    listed = [row["report"] for row in rows_of(picture.tables["matches"])]
    assert sorted(listed) == sorted(in_effect)
    assert sum(row["reports"] for row in rows_of(picture.tables["incidents"])) == len(in_effect)
