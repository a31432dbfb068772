"""The agreement as its text in another language gives it: this file with what differs there in its
place, checked like this file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence

from trucekeeper.agreement.checks import check
from trucekeeper.agreement.model import AgreementFile, LanguageText
from trucekeeper.agreement.text import blocks_of, place_of, read_file
from trucekeeper.errors import AgreementError, Code, Problem

#: Whom and what the record is made of is the same under every text.
_SAME_IN_ALL = ("texts", "participants", "components", "circles", "attachments", "sources")


def other_texts(
    text: bytes, file: AgreementFile, lines: Mapping[str, int]
) -> tuple[dict[str, AgreementFile], list[Problem]]:
    """Language → the file as that text gives it, for the texts that differ; and what is wrong with
    them."""
    found: dict[str, AgreementFile] = {}
    problems = list(_names(file, lines))
    raw = tomllib.loads(text.decode())
    for i, language in enumerate(file.texts):
        wrong = list(_places(raw, language, f"texts[{i}]", lines))
        problems += wrong
        if language.differs and not wrong:
            try:
                found[language.language] = _read(text, language)
            except AgreementError as error:
                problems += [
                    Problem(
                        Code.BAD_READING, place_of(lines, f"texts[{i}].differs"),
                        f"{problem.place.key}: {problem.found}", problem.expected,
                    )
                    for problem in error.problems
                ]  # fmt: skip
    return found, problems


def _read(text: bytes, language: LanguageText) -> AgreementFile:
    file, lines = read_file(text, language.differs)
    problems = check(file, lines)
    if problems:
        raise AgreementError(*problems)
    return file


def _names(file: AgreementFile, lines: Mapping[str, int]) -> Iterator[Problem]:
    clauses = {clause.id for clause in file.clauses}
    files = {attachment.file for attachment in file.attachments}
    languages = [text.language for text in file.texts]
    for i, text in enumerate(file.texts):
        named: Sequence[tuple[str, str, set[str]]] = [
            *(
                (f"texts[{i}].differs[{j}].clause", d.clause, clauses)
                for j, d in enumerate(text.differs)
            ),
            *([(f"texts[{i}].file", text.file, files)] if text.file is not None else []),
        ]
        for key, name, known in named:
            if name not in known:
                expected = ", ".join(sorted(known)) or "none is declared"
                yield Problem(Code.UNKNOWN_NAME, place_of(lines, key), f"`{name}`", expected)
        if text.language in languages[:i]:
            place = place_of(lines, f"texts[{i}].language")
            yield Problem(Code.REPEATED_NAME, place, f"`{text.language}` twice", "each once")


def _places(
    raw: Mapping[str, object], text: LanguageText, key: str, lines: Mapping[str, int]
) -> Iterator[Problem]:
    for j, difference in enumerate(text.differs):
        place = place_of(lines, f"{key}.differs[{j}].block")
        name = f"`{difference.block}`" + (f" `{difference.id}`" if difference.id else "")
        if difference.block in _SAME_IN_ALL or {"id"} & difference.values.keys():
            expected = "the same participants, circles and identifiers under every text"
            yield Problem(Code.BAD_READING, place, name, expected)
        elif len(blocks_of(raw, difference)) != 1:
            expected = "one block of this file, by its identifier where there are several"
            yield Problem(Code.BAD_READING, place, name, expected)
