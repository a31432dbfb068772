"""No participant is special on a page: other names change the names and nothing else."""

from __future__ import annotations

import re

import pytest

from tests.render import worlds
from tests.world import World, agreement
from trucekeeper.render.html import report_page
from trucekeeper.reporting.document import Document

#: Every side says and does the same, and nobody is first but by the agreement.
SYMMETRIC = """
01 06:10 a        reports mortar-fire at Karsk by d-army on e-brigades killed 2 #r1
01 06:10 b        reports mortar-fire at Karsk by d-army on e-brigades killed 2 #r2
01 06:10 c        reports mortar-fire at Karsk by d-army on e-brigades killed 2 #r3
02 06:10 a        reports shelling at Southby by e-brigades on d-army #s1
02 06:10 b        reports shelling at Southby by e-brigades on d-army #s2
02 06:10 c        reports shelling at Southby by e-brigades on d-army #s3
03 10:00 a        cannot-confirm author of r1 (no-access)
03 10:00 b        cannot-confirm author of r2 (no-access)
03 10:00 c        cannot-confirm author of r3 (no-access)
04 10:00 a        looks north: denied
04 10:00 b        looks north: denied
04 10:00 c        looks north: denied
"""
NAMES = {"Guarantor A": "Vex", "Guarantor B": "Wye", "Guarantor C": "Zed"}
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


def html(*changes: tuple[str, str]) -> str:
    document = worlds.document(World(SYMMETRIC, rules=agreement(*changes)).derive())
    return DIGEST.sub("(digest)", report_page(document).html)


def test_other_names_change_the_names_and_nothing_else() -> None:
    changes = [(f'name = "{old}"', f'name = "{new}"') for old, new in NAMES.items()]
    expected = html()
    for old, new in NAMES.items():
        expected = expected.replace(old, new)
    assert without_layout(html(*changes)) == without_layout(expected)


def without_layout(text: str) -> str:
    """A chart gives a longer name more room."""
    return re.sub(r"-?\d+\.\d+", "(place)", re.sub(r'viewBox="[^"]*"', "", text))


@pytest.mark.parametrize("pair", [("A", "B"), ("B", "C"), ("A", "C")])
def test_two_participants_who_exchange_their_names_exchange_them_on_the_page(
    pair: tuple[str, str],
) -> None:
    one, other = (f"Guarantor {letter}" for letter in pair)
    exchange = ((one, "Nobody"), (other, one), ("Nobody", other))
    plain, exchanged = (
        DIGEST.sub("(digest)", report_page(worlds.document(picture)).html)
        for picture in (worlds.rich(), worlds.rich(*exchange))
    )
    assert exchanged == swap(plain, one, other)


def swap(text: str, one: str, other: str) -> str:
    return text.replace(one, "\0").replace(other, one).replace("\0", other)


def test_every_list_of_participants_follows_the_agreement() -> None:
    text = html()
    head = re.findall(r"Guarantor [ABC]", text)
    lists = re.findall(r"Guarantor \w, Guarantor \w and Guarantor \w", text)
    assert head and set(lists) == {"Guarantor A, Guarantor B and Guarantor C"}


def test_no_mark_of_a_chart_tells_one_participant_from_another() -> None:
    document: Document = worlds.document(worlds.rich())
    text = report_page(document).html
    charts = re.findall(r'<svg class="chart".*?</svg>', text, re.DOTALL)
    assert len(charts) == 2
    for chart in charts:
        fills = set(re.findall(r'fill="(#[0-9a-f]+)"', chart))
        assert fills <= {"#1c2126", "#56606b"}
