"""Every word of the closed lists is in the glossary."""

from __future__ import annotations

import typing
from pathlib import Path

import pytest

from trucekeeper.vocabulary import quantities, words
from trucekeeper.vocabulary.kinds import KINDS

GLOSSARY = (Path(__file__).parents[2] / "GLOSSARY.md").read_text()
LISTS = {
    name: typing.get_args(value)
    for name, value in {**vars(words), "CountUnit": quantities.CountUnit}.items()
    if typing.get_origin(value) is typing.Literal
}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_word_of_a_list_is_explained(name: str) -> None:
    grades = name in ("SourceGrade", "InfoGrade")
    missing = [word for word in LISTS[name] if not grades and str(word) not in GLOSSARY]
    assert missing == []


def test_every_kind_is_explained() -> None:
    assert [kind for kind in KINDS if f"{kind}" not in GLOSSARY] == []
