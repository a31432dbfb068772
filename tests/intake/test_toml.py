"""Statements of any kind from TOML, every mistake named by its key."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.intake.files import NOW, at, codes, local, setting, taken
from tests.world import agreement
from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import IntakeError, Problem
from trucekeeper.governance.citing import open_restated
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.toml_statements import take_toml
from trucekeeper.statements.kinds import (
    BODIES,
    Correction,
    Coverage,
    Publication,
    Report,
    Tally,
)
from trucekeeper.statements.parts import Observer, Place, TallyPart
from trucekeeper.vocabulary.quantities import Count, Range
from trucekeeper.vocabulary.times import Period, instant

REPORT = """
[[statement]]
kind = "report"
[statement.body]
basis = "own-observation"
act = "mortar-fire"
occurred = { earliest = 2031-03-01T06:10:00Z, latest = 2031-03-01T06:20:00Z }
place = { latitude = 10.5, longitude = 20.123456, radius_m = 500, name = "Karsk" }
"""


def read(
    text: str, rules: Agreement | None = None, **options: object
) -> tuple[list[Draft], list[Problem]]:
    """The drafts and problems of a text."""
    return take_toml("s.toml", text.encode(), setting(rules, **options))  # type: ignore[arg-type]


def mistakes(text: str) -> list[tuple[str, str | None, int | None]]:
    """(code, key, line) of every problem of a text of which nothing is taken."""
    drafts, problems = read(text)
    assert not drafts
    return [(p.code.id, p.place.key, p.place.line) for p in problems]


def test_a_report() -> None:
    """Degrees as decimals, exactly; all else by the fields of the kind."""
    drafts, problems = read(REPORT)
    assert not problems
    (draft,) = drafts
    assert draft.body == Report(
        basis="own-observation",
        act="mortar-fire",
        occurred=Period(
            earliest=instant(at("2031-03-01 06:10")), latest=instant(at("2031-03-01 06:20"))
        ),
        place=Place(lat_e6=10_500_000, lon_e6=20_123_456, radius_m=500, name="Karsk"),
    )
    assert (draft.author, draft.circle, draft.officer) == ("a", "guarantors", "officer")
    assert (draft.stated_at, draft.on_behalf_of, draft.language) == (None, None, "en")
    assert (draft.origin.file, draft.origin.line, draft.origin.key) == (
        "s.toml",
        2,
        "statement[0]",
    )


def test_the_head_of_a_block() -> None:
    """What stands beside the body goes into the envelope."""
    head = """
        version = 1
        circle = "public"
        officer = "officer-2"
        stated_at = 2031-03-02T01:00:00+01:00
        on_behalf_of = "d"
        language = "ar"
        """
    (draft,), _ = read(REPORT.replace("[statement.body]", f"{head}\n[statement.body]"))
    assert (draft.circle, draft.officer, draft.on_behalf_of) == ("public", "officer-2", "d")
    assert (draft.stated_at, draft.language) == (at("2031-03-02 00:00"), "ar")


def test_parts_within_parts() -> None:
    """Lists, tables in lists, days, counts with their unit."""
    text = """
        [[statement]]
        kind = "tally"
        [statement.body]
        registered_by = "a"
        published_by = "b"
        span = "week"
        published_on = 2031-03-07
        totals = [4, 5]
        parts = [{ area_name = "North", codes = ["N1"], count = 4 }, { area_name = "rest" }]
        [[statement]]
        kind = "report"
        [statement.body]
        basis = "own-observation"
        act = "raid"
        occurred = { earliest = 2031-03-01T06:10:00Z, latest = 2031-03-01T06:20:00Z }
        place = {}
        observer = { latitude = 10.5, longitude = 20, radius_m = 5, bearing_deg = 90 }
        count = { unit = "vehicles", min = 3 }
        killed = { min = 0, max = 1 }
        info_grade = 2
        means = ["seen", "camera"]
        target = ["civilians"]
        """
    drafts, problems = read(text)
    assert not problems
    tally, report = (draft.body for draft in drafts)
    assert isinstance(tally, Tally)
    assert tally.parts == (
        TallyPart(area_name="North", codes=("N1",), count=4),
        TallyPart(area_name="rest"),
    )
    assert isinstance(report, Report)
    assert report.observer == Observer(
        lat_e6=10_500_000, lon_e6=20_000_000, radius_m=5, bearing_deg=90
    )
    assert (report.count, report.killed) == (Count(unit="vehicles", min=3), Range(min=0, max=1))


def test_times_without_offset_are_local_to_the_agreement() -> None:
    """As in tables."""
    text = REPORT.replace(":00Z", ":00")
    (draft,), _ = read(text, local(120))
    assert isinstance(draft.body, Report)
    assert draft.body.occurred.earliest == instant(at("2031-03-01 04:10"))


def test_every_kind_can_be_written() -> None:
    """The kinds are those of the vocabulary; a body without its fields says which it needs."""
    for (kind, _), type_ in BODIES.items():
        drafts, problems = read(f'[[statement]]\nkind = "{kind}"\nbody = {{}}')
        assert all(p.code.id == "S-003" for p in problems), kind
        needs_fields = any(field.required for field in msgspec.structs.fields(type_))
        assert bool(drafts) != needs_fields, kind


def test_keys_that_are_names() -> None:
    """A publication lists the sizes of logs by their names."""
    text = f"""
        [[statement]]
        kind = "publication"
        [statement.body]
        period = "2031-02"
        face = "guarantors"
        cut_digest = "{"0" * 64}"
        report_digest = "{"1" * 64}"
        published_at = 2031-03-02T00:00:00Z
        sizes = {{ "a.guarantors" = 4 }}
        """
    (draft,), problems = read(text)
    assert not problems
    assert isinstance(draft.body, Publication)
    assert draft.body.sizes == {"a.guarantors": 4}


def test_a_correction_restates_a_body() -> None:
    """Written as a block of its own kind, with the same conveniences."""
    text = REPORT.replace(
        'kind = "report"\n[statement.body]',
        """kind = "correction"
        [statement.body]
        of = "a.guarantors/0"
        [statement.body.restated]
        kind = "report"
        [statement.body.restated.body]""",
    )
    (draft,), problems = read(text)
    assert not problems
    assert isinstance(draft.body, Correction)
    body, fault = open_restated(draft.body.restated)
    assert fault is None
    assert isinstance(body, Report)
    assert body.place.lat_e6 == 10_500_000


def test_mistakes_are_named_by_their_key() -> None:
    """All of them, with their line; statements without one go on."""
    bad = """
[[statement]]
kind = "report"
[statement.body]
basis = "hearsay"
act = "mortar"
occurred = { earliest = 2031-03-01T06:10:00.5Z, latest = 2031-03-01 }
place = { latitude = 91.5, longitude = "east", radius_m = -1, colour = "red" }
means = ["seen", "guessed"]
killed = 3
kiled = { min = 1 }
"""
    drafts, problems = read(REPORT + bad)
    assert [draft.origin.key for draft in drafts] == ["statement[0]"]
    found = {(p.place.key, p.place.line, p.code.id) for p in problems}
    key = "statement[1].body"
    assert found == {
        (f"{key}.basis", 13, "S-003"),
        (f"{key}.act", 14, "S-015"),
        (f"{key}.occurred.earliest", 15, "S-003"),
        (f"{key}.occurred.latest", 15, "S-003"),
        (f"{key}.place.latitude", 16, "S-003"),
        (f"{key}.place.longitude", 16, "S-003"),
        (f"{key}.place.radius_m", 16, "S-003"),
        (f"{key}.place.colour", 16, "S-003"),
        (f"{key}.means[1]", 17, "S-003"),
        (f"{key}.killed", 18, "S-003"),
        (f"{key}.kiled", 19, "S-003"),
    }
    told = {p.place.key: (p.found, p.expected) for p in problems}
    assert told[f"{key}.kiled"] == ("`kiled`", "`killed`, perhaps")
    assert told[f"{key}.killed"] == ("`3`", "a table of keys and values")
    assert told[f"{key}.basis"][1].startswith("one of `own-observation`")
    assert "91.5" not in " ".join(map(str, problems))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('kind = "report"', "", ("S-003", "statement[0].kind", 2)),
        ('kind = "report"', 'kind = "raport"', ("S-002", "statement[0].kind", 3)),
        ('kind = "report"', "kind = 3", ("S-003", "statement[0].kind", 3)),
        ('kind = "report"', 'kind = "report"\nversion = 2', ("S-002", "statement[0].kind", 3)),
        ('kind = "report"', 'kind = "report"\ncolor = 2', ("S-003", "statement[0].color", 4)),
        (
            'kind = "report"',
            'kind = "report"\ncircle = "parties"',
            ("I-012", "statement[0].circle", 4),
        ),
        (
            'kind = "report"',
            'kind = "report"\non_behalf_of = "z"',
            ("I-012", "statement[0].on_behalf_of", 4),
        ),
        (
            'kind = "report"',
            'kind = "report"\nstated_at = 2031-03-11T00:00:00Z',
            ("I-007", "statement[0].stated_at", 4),
        ),
        (
            'kind = "report"',
            'kind = "report"\nofficer = "J. Doe"',
            ("S-003", "statement[0].officer", 4),
        ),
        ("[statement.body]", "[statement.bodies]", ("S-003", "statement[0].bodies", 4)),
        (
            "2031-03-01T06:10:00Z",
            "0001-01-01T00:00:00+14:00",
            ("S-003", "statement[0].body.occurred.earliest", 7),
        ),
        ("radius_m = 500", "lat_e6 = 1", ("S-003", "statement[0].body.place.latitude", 8)),
        ("latitude = 10.5", "latitude = nan", ("S-003", "statement[0].body.place.latitude", 8)),
        (
            "latitude = 10.5",
            "latitude = true",
            ("S-003", "statement[0].body.place.latitude", 8),
        ),
    ],
)
def test_single_mistakes(old: str, new: str, found: tuple[str, str, int]) -> None:
    """Each with its code, key and line."""
    assert found in mistakes(REPORT.replace(old, new))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("statement = [1]", "statement[0]"),
        ('[[statement]]\nkind = "report"\nbody = 3', "statement[0].body"),
        (
            '[[statement]]\nkind = "correction"\nbody = { of = "a.guarantors/0", restated = 3 }',
            "statement[0].body.restated",
        ),
    ],
)
def test_values_where_tables_belong(text: str, key: str) -> None:
    """Said as such."""
    assert [found[1] for found in mistakes(text)] == [key]


def test_lists_that_are_too_long() -> None:
    """A statement names fifty groups at most."""
    many = [f"g{i}" for i in range(51)]
    assert mistakes(REPORT + f"target = {many}") == [("S-003", "statement[0].body.target", 9)]


def test_other_keys_at_the_top() -> None:
    """Nothing is passed over in silence."""
    drafts, problems = read(f'note = "x"\n{REPORT}')
    assert len(drafts) == 1
    assert [(p.place.key, p.place.line) for p in problems] == [("note", 1)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[[statement", "A-001"),
        (b"note = 3", "S-003"),
        (b"statement = []", "S-003"),
        (b"\n# caf\xe9", "I-010"),
    ],
)
def test_texts_without_a_statement(tmp_path: Path, data: bytes, code: str) -> None:
    """They stop the file."""
    (tmp_path / "s.toml").write_bytes(data)
    with pytest.raises(IntakeError) as stopped:
        taken(tmp_path / "s.toml")
    assert codes(stopped.value.problems) == [code]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("06:20", "06:00", "S-012"),
        ("radius_m = 500", 'code = "N1"', "S-013"),
        ("2031-03-01T", "2031-03-11T", "I-007"),
    ],
)
def test_impossible_statements(tmp_path: Path, old: str, new: str, code: str) -> None:
    """What any node would refuse is refused before it is signed."""
    (tmp_path / "s.toml").write_text(REPORT.replace(old, new))
    result = taken(tmp_path / "s.toml")
    assert (result.drafts, codes(result.problems)) == ((), [code])
    assert result.problems[0].place.key == "statement[0]"


def test_coverage_and_its_kind(tmp_path: Path) -> None:
    """A kind that is no report, through the one entry."""
    (tmp_path / "looked.toml").write_text("""
        [[statement]]
        kind = "coverage"
        [statement.body]
        area = "N1"
        period = { earliest = 2031-03-01T00:00:00Z, latest = 2031-03-02T00:00:00Z }
        looking = "denied"
        denied_by = "Brigades of E"
        """)
    (draft,) = taken(tmp_path / "looked.toml", rules=agreement(), now=NOW).drafts
    assert isinstance(draft.body, Coverage)
    assert draft.body.looking == "denied"
