"""Cases: the texts of the agreement differ, and participants recognise different ones. Each is
derived; what changes is shown; none is preferred."""

from __future__ import annotations

import pytest

from tests.asking import only, rows
from tests.world import ATTACHMENTS, World, agreement, agreement_text
from trucekeeper.agreement.rules import Agreement, load
from trucekeeper.errors import AgreementError
from trucekeeper.facade import Picture

CLOCK = '[[clocks]]\nid = "answer"'
REPORT = "01 06:10 b reports mortar-fire at Karsk by old-guard on civilians killed 2 #r"


def texts(differs: str) -> str:
    return f'[[texts]]\nlanguage = "en"\n\n[[texts]]\nlanguage = "fr"\ndiffers = [{differs}]\n\n{CLOCK}'


EXCLUDED = (
    '{ clause = "3", block = "groups", id = "old-guard", '
    'values = { standing = "excluded", clause = "3" } }'
)


def rules(differs: str = EXCLUDED) -> Agreement:
    return agreement((CLOCK, texts(differs)))


def test_where_all_recognise_one_text_nothing_is_listed() -> None:
    world = World(REPORT, "02 08:00 a recognises this", "02 08:00 b recognises this", rules=rules())
    assert rows(world.derive(), "readings") == []


def test_a_text_that_nobody_recognises_is_not_derived() -> None:
    assert rows(World(REPORT, rules=rules()).derive(), "readings") == []


def test_what_changes_under_a_text_that_somebody_recognises_is_listed() -> None:
    world = World(
        REPORT,
        "02 08:00 a recognises this",
        "02 08:00 b recognises this in fr #fr",
        rules=rules(),
    )
    picture = world.derive()
    number = picture.numbers[world.ref("r")]
    found = only(picture, "readings", table="incidents", column="scope")
    assert (found["reading"], found["recognised_by"], found["row"]) == ("fr", ["b"], number)
    assert (found["value_here"], found["value_there"]) == ("undetermined", "outside")
    assert (found["basis"], found["clauses"]) == ([world.ref("fr")], ["3"])
    assert only(picture, "incidents")["scope"] == "undetermined"


def test_the_latest_recognition_of_a_participant_counts() -> None:
    world = World(
        REPORT,
        "02 08:00 b recognises this in fr",
        "03 08:00 b recognises this in en",
        rules=rules(),
    )
    assert rows(world.derive(), "readings") == []


def test_a_text_under_which_nothing_changes_says_so() -> None:
    world = World(
        "01 06:10 b reports mortar-fire at Karsk by d-army on civilians",
        "02 08:00 b recognises this in fr",
        rules=rules(
            '{ clause = "2", block = "groups", id = "outsiders", values = { name = "Les autres" } }'
        ),
    )
    changed = [r for r in rows(world.derive(), "readings") if r["table"] != "adherence"]
    assert changed == []


def test_a_deadline_or_a_beginning_may_differ() -> None:
    differs = (
        '{ clause = "5", block = "clocks", id = "answer", values = { hours = 480 } }, '
        '{ clause = "1", block = "agreement", values = { in_force = 2031-03-02T00:00:00Z } }'
    )
    world = World(
        "01 06:10 b reports mortar-fire at Karsk by d-army on civilians #r",
        "02 08:00 a saw all",
        "02 08:00 b recognises this in fr",
        rules=rules(differs),
    )
    picture = world.derive("2031-03-10")
    found = only(picture, "readings", table="clocks", column="state")
    assert (found["value_here"], found["value_there"]) == ("overdue", "running")
    found = only(picture, "readings", table="incidents", column="scope")
    assert (found["value_here"], found["value_there"]) == ("inside", "outside")


def test_the_report_says_which_text_it_follows_and_what_changes() -> None:
    world = World(REPORT, "02 08:00 b recognises this in fr", rules=rules())
    document = Picture(world.derive()).report("2031-03").document
    assert "warning.text" in {warning.id for warning in document.warnings}
    (section,) = (s for s in document.sections if s.id == "readings")
    assert [getattr(part, "id", None) for part in section.parts] == [
        None, None, "readings.counts", "readings.changes",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("differs", "code"),
    [
        ('{ clause = "33", block = "groups", id = "old-guard", values = { standing = "excluded" } }', "A-005"),
        ('{ clause = "3", block = "groups", id = "nobody", values = { standing = "excluded" } }', "A-022"),
        ('{ clause = "3", block = "groups", id = "old-guard", values = { standing = "angry" } }', "A-022"),
        ('{ clause = "3", block = "groups", id = "old-guard", values = { standing = "excluded" } }', "A-022"),
        ('{ clause = "3", block = "participants", id = "a", values = { role = "party" } }', "A-022"),
        ('{ clause = "3", block = "groups", id = "old-guard", values = { id = "new" } }', "A-022"),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_read_in_place_of_this_one_is_refused(
    differs: str, code: str
) -> None:
    with pytest.raises(AgreementError) as raised:
        load(agreement_text((CLOCK, texts(differs))), ATTACHMENTS)
    assert code in {problem.code.id for problem in raised.value.problems}
    assert all(problem.place.line is not None for problem in raised.value.problems)
