"""Every problem that the program can tell has a meaning and a remedy, and some test provokes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from trucekeeper.errors import Code

TESTS = Path(__file__).parents[1]
TEXT = "\n".join(
    p.read_text() for p in TESTS.rglob("*") if p.suffix in (".py", ".json") and p != Path(__file__)
)


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.id)
def test_a_code_says_what_it_means_and_what_to_do(code: Code) -> None:
    assert code.meaning
    assert code.remedy
    assert [other for other in Code if other.id == code.id] == [code]


def test_every_code_is_provoked_by_a_test() -> None:
    unprovoked = [c.id for c in Code if f"Code.{c.name}" not in TEXT and f'"{c.id}"' not in TEXT]
    assert unprovoked == []
