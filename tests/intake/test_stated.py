"""The same file twice adds nothing; a changed row corrects; what was withdrawn is stated anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.files import codes, csv_text
from tests.intake.log import Log
from trucekeeper.governance.citing import open_restated
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.stated import stated_before
from trucekeeper.statements.encoding import restate
from trucekeeper.statements.kinds import Correction, Report, Review, Withdrawal

ROW = {
    "report_ref": "A-1",
    "basis": "own-observation",
    "act": "shelling",
    "occurred_earliest": "2031-03-01",
    "killed_min": "1",
}


@pytest.fixture
def file(tmp_path: Path) -> File:
    """A file to be written."""
    return File(tmp_path / "march.csv")


class File:
    """A file that is written anew between two intakes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def of(self, *rows: dict[str, str]) -> Path:
        self.path.write_text(csv_text({**ROW, **row} for row in rows), encoding="utf-8")
        return self.path


def corrected(draft: Draft) -> tuple[str, Report]:
    """What a correction changes, and the report in its corrected form."""
    assert isinstance(draft.body, Correction)
    body, _ = open_restated(draft.body.restated)
    assert isinstance(body, Report)
    return draft.body.of, body


def test_the_same_file_twice(file: File) -> None:
    """Nothing new, nothing wrong, and the count of rows passed over."""
    log = Log()
    first = log.take(file.of({}, {"report_ref": "A-2"}))
    assert (len(first.drafts), first.repeated, first.problems) == (2, 0, ())
    again = log.take(file.path)
    assert (again.drafts, again.repeated, again.problems) == ((), 2, ())


def test_rows_without_a_reference_are_known_by_their_content(file: File) -> None:
    """They get a reference from it, the same each time; a changed one is another report."""
    log = Log()
    (draft,) = log.take(file.of({"report_ref": ""})).drafts
    assert isinstance(draft.body, Report)
    assert draft.body.report_ref is not None
    assert draft.body.report_ref.startswith("content-")
    assert log.take(file.path).repeated == 1
    changed = log.take(file.of({"report_ref": "", "killed_min": "2"}))
    assert [type(d.body) for d in changed.drafts] == [Report]


def test_a_changed_row_corrects_the_original(file: File) -> None:
    """The correction restates the whole report and names the original; it too is taken once."""
    log = Log()
    log.take(file.of({}))
    (draft,) = log.take(file.of({"killed_min": "2"})).drafts
    of, body = corrected(draft)
    assert of == "a.guarantors/0"
    assert body.killed is not None
    assert (body.killed.min, body.report_ref) == (2, "A-1")
    assert (draft.origin.row, draft.author, draft.circle) == (2, "a", "guarantors")
    assert log.take(file.path).repeated == 1


def test_corrections_follow_one_another(file: File) -> None:
    """Each names the original, whatever came between; going back is a change like any other."""
    log = Log()
    for killed in ("1", "2", "3"):
        log.take(file.of({"killed_min": killed}))
    (draft,) = log.take(file.of({"killed_min": "1"})).drafts
    assert corrected(draft)[0] == "a.guarantors/0"


def test_a_correction_of_a_correction_by_hand(file: File) -> None:
    """What was said last counts, through both."""
    log = Log()
    (draft,) = log.take(file.of({})).drafts
    assert isinstance(draft.body, Report)
    second = log.say(Correction(of="a.guarantors/0", restated=restate(draft.body)))
    (other,) = Log().take(file.of({"killed_min": "5"})).drafts
    log.say(Correction(of=second, restated=restate(other.body)))
    assert log.take(file.path).repeated == 1


def test_what_was_withdrawn_is_stated_anew(file: File) -> None:
    """A withdrawal takes the statement back with all its corrections."""
    log = Log()
    log.take(file.of({}))
    log.take(file.of({"killed_min": "2"}))
    log.say(Withdrawal(of="a.guarantors/1"))
    result = log.take(file.path)
    assert [type(draft.body) for draft in result.drafts] == [Report]
    assert log.take(file.path).repeated == 1


def test_what_a_second_officer_rejected_is_stated_anew(file: File) -> None:
    """The remedy of S-010. One that was approved stands."""
    log = Log()
    log.take(file.of({}, {"report_ref": "A-2"}))
    log.say(Review(of="a.guarantors/0", approves=False), officer="second")
    log.say(Review(of="a.guarantors/1", approves=True), officer="second")
    result = log.take(file.path)
    assert [draft.origin.row for draft in result.drafts] == [2]
    assert result.repeated == 1


def test_a_rejected_correction_changes_nothing(file: File) -> None:
    """The original still says what it said."""
    log = Log()
    log.take(file.of({}))
    log.take(file.of({"killed_min": "2"}))
    log.say(Review(of="a.guarantors/1", approves=False), officer="second")
    assert log.take(file.of({})).repeated == 1


def test_one_reference_twice_in_a_file(file: File) -> None:
    """Equal rows are one report (I-008); with other content, nothing tells which is meant."""
    log = Log()
    result = log.take(file.of({}, {}, {"killed_min": "2"}))
    assert [draft.origin.row for draft in result.drafts] == [2]
    assert result.repeated == 1
    assert [(p.code.id, p.place.row) for p in result.problems] == [("I-008", 3), ("I-005", 4)]


def test_a_changed_envelope_is_no_correction(file: File) -> None:
    """For whom and in which language was stated stands outside what a correction restates."""
    log = Log()
    log.take(file.of({"on_behalf_of": ""}))
    result = log.take(file.of({"on_behalf_of": "d"}))
    assert (result.drafts, codes(result.problems)) == ((), ["I-005"])
    assert "a.guarantors/0" in result.problems[0].expected


def test_other_logs_are_not_meant(file: File) -> None:
    """The same reference in another log is another statement."""
    log = Log()
    (draft,) = Log().take(file.of({})).drafts
    log.sign(Draft("b", "guarantors", draft.body, draft.origin))
    assert len(log.take(file.path).drafts) == 1


def test_what_cannot_be_read_is_not_stated() -> None:
    """An entry that is no statement is passed over, and so is a correction that follows itself."""
    log = Log()
    restated = restate(Withdrawal(of="a.guarantors/0"))
    log.say(Correction(of="a.guarantors/0", restated=restated))
    log.entries[next(iter(log.entries))].append(b"no statement")
    assert len(stated_before(log.record())) == 2


def test_kinds_without_a_reference_are_known_by_content_and_time(tmp_path: Path) -> None:
    """A position taken again later is said again; the same file is not."""
    block = """
        [[statement]]
        kind = "adherence"
        STATED
        [statement.body]
        group = "old-guard"
        standing = "adherent"
        since = 2031-03-01T00:00:00Z
        """
    log, path = Log(), tmp_path / "adherence.toml"
    path.write_text(block.replace("STATED", "stated_at = 2031-03-02T00:00:00Z"))
    assert len(log.take(path).drafts) == 1
    assert log.take(path).repeated == 1
    path.write_text(block.replace("STATED", "stated_at = 2031-03-05T00:00:00Z"))
    assert len(log.take(path).drafts) == 1
    path.write_text(block.replace("STATED", ""))
    assert log.take(path).repeated == 1
