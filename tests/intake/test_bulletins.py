"""Bulletins of two parties' counts: one tally for each, nothing added and nothing repaired."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.intake.files import NOW, at, codes, csv_text, local, taken
from trucekeeper.errors import IntakeError
from trucekeeper.intake.drafts import Taken
from trucekeeper.statements.kinds import Tally
from trucekeeper.statements.parts import Judgement, TallyPart
from trucekeeper.vocabulary.times import seconds

BULLETIN = {
    "bulletin_id": "B-1",
    "published": "2031-03-02",
    "period": "day",
    "aa_total": "",
    "bb_total": "",
    "split_complete": "False",
    "split_matches_total": "",
    "aa_on_bb_claims": "",
    "source_url": "https://press.example/1",
    "note": "",
}
PART = {
    "bulletin_id": "B-1",
    "registering_party": "BB",
    "province": "North",
    "admin1_pcode": "N1",
    "count": "2",
}
PARTIES = {"AA": "a", "BB": "b"}


def bulletins(
    path: Path, rows: list[dict[str, str]], *parts: dict[str, str], **options: Any
) -> Taken:
    """A pair of tables, taken in as guarantor A publishes them."""
    (path / "bulletins.csv").write_text(csv_text(BULLETIN | row for row in rows))
    (path / "counts.csv").write_text(
        csv_text([PART | part for part in parts] or [PART]) if parts else ",".join(PART) + "\n"
    )
    usual = {"author": "press", "circle": "public", "parties": PARTIES, "publisher": "a"}
    return taken(path, **{**usual, **options})


def tallies(result: Taken) -> dict[str, Tally]:
    """The tallies by their reference."""
    found = {}
    for draft in result.drafts:
        assert isinstance(draft.body, Tally)
        found[draft.body.report_ref or ""] = draft.body
    return found


def judged(path: Path, claims: str) -> tuple[Judgement, ...]:
    """What party A says of the eight cases of party B."""
    result = bulletins(path, [{"bb_total": "8", "aa_on_bb_claims": claims}])
    assert not result.problems
    return tallies(result)["B-1 BB"].judgements


def test_a_bulletin(tmp_path: Path) -> None:
    """One tally per party that is given a count: registered by it, published by one."""
    result = bulletins(
        tmp_path,
        [{"aa_total": "0", "bb_total": "5", "note": "A copy", "split_complete": "True"}],
        {},
        {"province": "Capital", "admin1_pcode": "S1|S2", "count": "3"},
    )
    assert not result.problems
    found = tallies(result)
    assert list(found) == ["B-1 AA", "B-1 BB"]
    assert found["B-1 AA"].totals == (0,)
    body = found["B-1 BB"]
    assert body == Tally(
        registered_by="b",
        published_by="a",
        span="day",
        period=body.period,
        report_ref="B-1 BB",
        published_on=date(2031, 3, 2),
        totals=(5,),
        parts=(
            TallyPart(area_name="North", codes=("N1",), count=2),
            TallyPart(area_name="Capital", codes=("S1", "S2"), count=3),
        ),
        address="https://press.example/1",
        remark="A copy",
    )


@pytest.mark.parametrize(
    ("span", "begins"), [("day", "2031-03-01 00:00"), ("week", "2031-02-24 00:00")]
)
def test_the_period_is_what_the_count_surely_lies_in(
    tmp_path: Path, span: str, begins: str
) -> None:
    """24 hours that end at an hour unknown, or the week to the bulletin's day."""
    result = bulletins(tmp_path, [{"aa_total": "3", "period": span}])
    (body,) = tallies(result).values()
    assert body.period is not None
    assert seconds(body.period.earliest) == at(begins)
    assert seconds(body.period.latest) == at("2031-03-03 00:00")
    (body,) = tallies(bulletins(tmp_path, [{"aa_total": "3"}], rules=local(120))).values()
    assert body.period is not None
    assert seconds(body.period.latest) == at("2031-03-02 22:00")


def test_when_a_bulletin_counts_as_stated(tmp_path: Path) -> None:
    """By the end of its day; one of today now; one without a date when its data set was out."""
    stated = [
        draft.stated_at
        for published in ("2031-03-02", "2031-03-10", "")
        for draft in bulletins(tmp_path, [{"aa_total": "3", "published": published}]).drafts
    ]
    assert stated == [at("2031-03-03 00:00"), NOW, NOW]


def test_an_undated_bulletin(tmp_path: Path) -> None:
    """No period is made up for it."""
    result = bulletins(tmp_path, [{"aa_total": "3", "published": ""}])
    (body,) = tallies(result).values()
    assert (body.period, body.published_on, body.doubts) == (None, None, ("undated",))
    assert not result.problems


def test_areas_without_a_number_and_what_was_not_split(tmp_path: Path) -> None:
    """Not stated is not zero; `unspecified` has no area."""
    result = bulletins(
        tmp_path,
        [{}],
        {"count": ""},
        {"province": "unspecified", "admin1_pcode": "", "count": "4"},
    )
    (body,) = tallies(result).values()
    assert body.totals == ()
    assert body.parts == (
        TallyPart(area_name="North", codes=("N1",)),
        TallyPart(area_name="unspecified", count=4),
    )


def test_parts_that_do_not_add_up(tmp_path: Path) -> None:
    """Kept as stated, with a doubt, where the bulletin's split is complete; and it is said."""
    rows = [{"aa_total": "3", "bb_total": "7", "split_complete": "True"}]
    result = bulletins(tmp_path, rows, {}, {"registering_party": "AA", "count": "3"})
    found = tallies(result)
    doubt = "the parts add up to 2, the stated total is 7"
    assert (found["B-1 AA"].doubts, found["B-1 BB"].doubts) == ((), (doubt,))
    assert [(p.code.id, p.place.row, p.found) for p in result.problems] == [("I-009", 2, doubt)]
    assert not bulletins(tmp_path, [{"bb_total": "7"}], {}).problems
    part = {"count": ""}
    assert not bulletins(
        tmp_path, rows[:0] or [{"bb_total": "7", "split_complete": "True"}], part
    ).problems


def test_several_totals(tmp_path: Path) -> None:
    """Where the page itself gives two, both stand; one for a bulletin that is not there is said."""
    variants = {("B-1", "BB"): (5,), ("B-9", "BB"): (1,)}
    result = bulletins(tmp_path, [{"bb_total": "4"}], variants=variants)
    assert tallies(result)["B-1 BB"].totals == (4, 5)
    assert [p.found for p in result.problems] == ["further totals of `B-9`, party `BB`"]


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ("", []),
        ("0 of 8 confirmed", [("not-confirmed", 8, None)]),
        ("3 of 8 confirmed", [("confirmed", 3, None), ("not-confirmed", 5, None)]),
        ("8 of 8 confirmed", [("confirmed", 8, None)]),
        ("8 not confirmed", [("not-confirmed", 8, None)]),
        (
            "1 judged fire at Black Flag; 7 not confirmed",
            [("target-excluded", 1, "Black Flag"), ("not-confirmed", 7, None)],
        ),
        ("2 confirmed", [("confirmed", 2, None)]),
    ],
)
def test_what_one_party_says_of_the_other_s_cases(
    tmp_path: Path, claims: str, found: list[tuple[str, int, str | None]]
) -> None:
    """It stands with the cases that it speaks of, under the name of who says it."""
    judgements = judged(tmp_path, claims)
    assert [(j.says, j.count, j.group) for j in judgements] == found
    assert {j.by for j in judgements} <= {"a"}


@pytest.mark.parametrize("claims", ["most confirmed", "9 of 8 confirmed", "1 judged"])
def test_judgements_that_cannot_be_understood(tmp_path: Path, claims: str) -> None:
    """The tally they belong to waits; the other party's goes on."""
    rows = [{"aa_total": "1", "bb_total": "8", "aa_on_bb_claims": claims}]
    result = bulletins(tmp_path, rows)
    assert list(tallies(result)) == ["B-1 AA"]
    assert [(p.code.id, p.place.column) for p in result.problems] == [("I-005", "aa_on_bb_claims")]


def test_judgements_on_nothing(tmp_path: Path) -> None:
    """Cases that no count is given of: said, not dropped."""
    result = bulletins(tmp_path, [{"aa_on_bb_claims": "0 of 8 confirmed"}])
    assert (result.drafts, codes(result.problems)) == ((), ["I-005"])


def test_rows_that_cannot_be_understood(tmp_path: Path) -> None:
    """What concerns both parties is said once; no tally goes out without one of its parts."""
    rows = [
        {"bulletin_id": "B-1", "aa_total": "1", "bb_total": "2"},
        {"bulletin_id": "B-2", "aa_total": "1", "bb_total": "2", "published": "Monday"},
        {"bulletin_id": "B-3", "aa_total": "1", "period": "year"},
        {"bulletin_id": "B-4", "aa_total": "few", "bb_total": "2"},
        {"bulletin_id": "B-5", "aa_total": "1", "published": "2031-03-11"},
    ]
    result = bulletins(tmp_path, rows, {"count": "x"}, {"bulletin_id": "B-9"}, {"province": ""})
    assert list(tallies(result)) == ["B-1 AA", "B-4 BB"]
    found = [(p.place.file, p.place.row, p.place.column, p.code.id) for p in result.problems]
    assert found == [
        ("bulletins.csv", 2, "bulletin_id", "I-005"),
        ("bulletins.csv", 3, "published", "I-005"),
        ("bulletins.csv", 4, "period", "I-005"),
        ("bulletins.csv", 5, "aa_total", "I-005"),
        ("bulletins.csv", 6, "published", "I-007"),
        ("counts.csv", None, None, "I-005"),
        ("counts.csv", 2, "count", "I-005"),
        ("counts.csv", 4, "province", "I-005"),
    ]


def test_parties_of_whom_nobody_said_who_they_are(tmp_path: Path) -> None:
    """Each code is named once, where it stands; the known party goes on."""
    rows = [{"aa_total": "1", "bb_total": "2"}]
    result = bulletins(tmp_path, rows, {}, {}, parties={"AA": "a"})
    assert list(tallies(result)) == ["B-1 AA"]
    assert [(p.code.id, p.place.file, p.place.column) for p in result.problems] == [
        ("I-012", "bulletins.csv", "bb_total"),
        ("I-012", "bulletins.csv", "aa_on_bb_claims"),
        ("I-012", "counts.csv", "registering_party"),
    ]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"parties": {"AA": "a", "BB": "z"}}, "`z`"),
        ({"publisher": "z"}, "`z`"),
        ({"parties": None}, "nobody said whose the codes of the parties are"),
        ({"publisher": None}, "nobody said whose the codes of the parties are"),
    ],
)
def test_unknown_participants_stop_the_file(
    tmp_path: Path, options: dict[str, object], found: str
) -> None:
    """I-012: to take a registered count for somebody else's would be worse than none."""
    with pytest.raises(IntakeError) as stopped:
        bulletins(tmp_path, [{"aa_total": "1"}], **options)
    (problem,) = stopped.value.problems
    assert problem.code.id == "I-012"
    assert problem.found.startswith(found)


def test_equal_bulletins_of_different_days_are_different(tmp_path: Path) -> None:
    """The same totals a month later are another bulletin."""
    rows = [{"aa_total": "9"}, {"bulletin_id": "B-2", "published": "2031-02-02", "aa_total": "9"}]
    assert list(tallies(bulletins(tmp_path, rows))) == ["B-1 AA", "B-2 AA"]


def test_the_files_of_a_pair(tmp_path: Path) -> None:
    """Their folder, the first of them, or both renamed alike; the second alone is refused."""
    options: dict[str, Any] = {"parties": PARTIES, "publisher": "a"}
    bulletins(tmp_path, [{"aa_total": "9"}], {})
    assert len(taken(tmp_path / "bulletins.csv", **options).drafts) == 2
    with pytest.raises(IntakeError) as stopped:
        taken(tmp_path / "counts.csv", **options)
    assert codes(stopped.value.problems) == ["I-011"]
    (tmp_path / "bulletins.csv").rename(tmp_path / "march-bulletins.csv")
    with pytest.raises(IntakeError) as stopped:
        taken(tmp_path / "march-bulletins.csv", **options)
    assert [p.place.file for p in stopped.value.problems] == ["march-counts.csv"]
    (tmp_path / "counts.csv").rename(tmp_path / "march-counts.csv")
    assert len(taken(tmp_path / "march-bulletins.csv", **options).drafts) == 2
    (tmp_path / "march-bulletins.csv").rename(tmp_path / "first.csv")
    (tmp_path / "march-counts.csv").rename(tmp_path / "counts.csv")
    assert len(taken(tmp_path / "first.csv", **options).drafts) == 2
