"""Every problem that the program can tell has a meaning and a remedy."""

from __future__ import annotations

import pytest

from trucekeeper.errors import Code


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.id)
def test_a_code_says_what_it_means_and_what_to_do(code: Code) -> None:
    assert code.meaning
    assert code.remedy
    assert [other for other in Code if other.id == code.id] == [code]
