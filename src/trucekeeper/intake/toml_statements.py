"""Statements of any kind from TOML: a block `[[statement]]` for each, its body under
`[statement.body]`.

    [[statement]]
    kind = "report"
    stated_at = 2031-03-01T07:00:00Z      # optional, as are version, circle, officer, language
    [statement.body]                      # and on_behalf_of
    act = "mortar-fire"
    occurred = { earliest = 2031-03-01T06:10:00Z, latest = 2031-03-01T06:20:00Z }
    place = { latitude = 10.5, longitude = 20.5, radius_m = 500 }

A time without an offset is local to the agreement. Every mistake is named by its key; a statement
without one goes on beside those that have some."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from trucekeeper.agreement.lines import key_lines
from trucekeeper.errors import Code, IntakeError, Place, Problem
from trucekeeper.intake.cells import one_of, word_shown
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.fields import FieldReader
from trucekeeper.intake.setting import Setting
from trucekeeper.intake.sheets import decode_text
from trucekeeper.statements.encoding import Officer
from trucekeeper.statements.parts import Word
from trucekeeper.vocabulary.ids import IDENTIFIER, author_of, log_name
from trucekeeper.vocabulary.times import Instant, instant_text, seconds

#: The keys of a block beside its body, with the type of each.
_HEAD: Mapping[str, Any] = {
    "kind": str,
    "version": int,
    "circle": Annotated[str, msgspec.Meta(pattern=f"^{IDENTIFIER.pattern}$")],
    "officer": Officer,
    "stated_at": Instant,
    "on_behalf_of": Word,
    "language": Annotated[str, msgspec.Meta(min_length=2, max_length=35)],
}


def take_toml(file: str, data: bytes, setting: Setting) -> tuple[list[Draft], list[Problem]]:
    """The statements of a TOML file and every mistake in the others.

    Raises IntakeError where the text is not TOML in UTF-8 or holds no statement."""
    text = decode_text(file, data).replace("\r\n", "\n")
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, ArithmeticError) as error:
        raise IntakeError(
            Problem(Code.NOT_TOML, Place(file=file), str(error), "TOML 1.0")
        ) from error
    blocks = raw.get("statement")
    if not isinstance(blocks, list) or not blocks:
        expected = "one block `[[statement]]` or several"
        raise IntakeError(Problem(Code.BAD_FIELD, Place(file=file), "no statement", expected))
    reader = FieldReader(file, key_lines(text), setting.calendar)
    reader.refuse_unknown(raw, ["statement"], "")
    drafts = [_draft(reader, block, f"statement[{i}]", setting) for i, block in enumerate(blocks)]
    return [draft for draft in drafts if draft is not None], reader.problems


def _draft(reader: FieldReader, block: Any, key: str, setting: Setting) -> Draft | None:
    """The draft of a block; None where it has a mistake."""
    before = len(reader.problems)
    if not isinstance(block, dict):
        reader.bad(key, "no table", "a block `[[statement]]`")
        return None
    reader.refuse_unknown(block, [*_HEAD, "body"], key)
    head = {
        name: reader.value(type_, block[name], f"{key}.{name}")
        for name, type_ in _HEAD.items()
        if name in block
    }
    for name in ("kind", "body"):
        if name not in block:
            reader.bad(f"{key}.{name}", "nothing", f"`{name}`")
    body = None
    if head.get("kind") is not None and "body" in block:
        body = reader.body(head["kind"], head.get("version", 1), block["body"], key)
    if len(reader.problems) == before:
        _check_head(reader, head, key, setting)
    if len(reader.problems) > before or body is None:
        return None
    at = head.get("stated_at")
    draft = setting.draft(body, reader.place(key), stated_at=None if at is None else seconds(at))
    said = {name: head[name] for name in ("circle", "officer", "on_behalf_of") if name in head}
    return replace(draft, language=head.get("language", setting.language), **said)


def _check_head(reader: FieldReader, head: Mapping[str, Any], key: str, setting: Setting) -> None:
    """What the agreement and the clock say of a block's head."""
    rules, circle = setting.agreement, head.get("circle", setting.circle)
    if log_name(setting.author, circle) not in rules.logs:
        found = f"`{setting.author}` in `{circle}`"
        own = [log for log in rules.logs if author_of(log) == setting.author]
        reader.bad(f"{key}.circle", found, one_of("", own), Code.NOT_IN_AGREEMENT)
    by = head.get("on_behalf_of")
    if by is not None and by not in rules.participants:
        found, expected = word_shown(by, rules.participants), one_of(by, rules.participants)
        reader.bad(f"{key}.on_behalf_of", found, expected, Code.NOT_IN_AGREEMENT)
    at = head.get("stated_at")
    if at is not None and seconds(at) > setting.now:
        expected = f"at or before {instant_text(setting.now)}"
        reader.bad(f"{key}.stated_at", instant_text(seconds(at)), expected, Code.FUTURE_DATE)
