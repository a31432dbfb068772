"""Read an agreement from its bytes: every mistake at once, each with its key, its line and the
remedy."""

from __future__ import annotations

import hashlib
import tomllib
import types
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Union, get_args, get_origin

import msgspec

from trucekeeper.agreement.lines import key_lines
from trucekeeper.agreement.model import AgreementFile, Difference
from trucekeeper.errors import AgreementError, Code, Place, Problem

FILE = "agreement.toml"


def read_file(
    text: bytes, differs: Sequence[Difference] = ()
) -> tuple[AgreementFile, dict[str, int]]:
    """The agreement's blocks, and the line of each key. differs: what another text gives in their
    place; a block that there is not is passed over.

    Raises AgreementError with every mistake of form that the text has.
    """
    try:
        decoded = text.decode("utf-8")
        raw = tomllib.loads(decoded)
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise AgreementError(
            Problem(
                Code.WRONG_ENCODING,
                Place(file=FILE, line=line),
                f"the byte {text[error.start]:#04x}",
                "UTF-8 text",
            )
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise AgreementError(
            Problem(Code.NOT_TOML, Place(file=FILE), str(error), "TOML 1.0")
        ) from error
    lines = key_lines(decoded.replace("\r\n", "\n"))
    for difference in differs:
        for block in blocks_of(raw, difference):
            block.update(difference.values)
    reader = _Reader(lines)
    value = reader.build(AgreementFile, raw, "")
    if reader.problems:
        raise AgreementError(*reader.problems)
    assert isinstance(value, AgreementFile)
    return value, lines


def blocks_of(raw: Mapping[str, Any], difference: Difference) -> list[dict[str, Any]]:
    """The blocks of a file, as TOML gives them, that a difference is about: one, or none."""
    found = raw.get(difference.block)
    if isinstance(found, list):
        return [b for b in found if isinstance(b, dict) and b.get("id") == difference.id]
    return [found] if isinstance(found, dict) and difference.id is None else []


def agreement_digest(text: bytes) -> str:
    """SHA-256 of the agreement's bytes; its attachments are named in it by theirs."""
    return hashlib.sha256(text).hexdigest()


def place_of(lines: Mapping[str, int], key: str) -> Place:
    """Where a key stands: its own line, or that of the nearest block around it."""
    path = key
    while path and path not in lines:
        path = path.rpartition("[" if path.endswith("]") else ".")[0]
    return Place(file=FILE, key=key, line=lines.get(path))


class _Reader:
    """Builds values field by field, where a library decoder would stop at the first mistake."""

    def __init__(self, lines: Mapping[str, int]) -> None:
        self.lines = lines
        self.problems: list[Problem] = []

    def build(self, type_: Any, value: Any, key: str) -> Any:
        if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
            return self._struct(type_, value, key)
        if get_origin(type_) is tuple and isinstance(value, list):
            items = [
                self.build(get_args(type_)[0], item, f"{key}[{i}]") for i, item in enumerate(value)
            ]
            return tuple(items)
        arms = [arm for arm in get_args(type_) if arm is not type(None)]
        if get_origin(type_) in (Union, types.UnionType) and len(arms) == 1:
            return self.build(arms[0], value, key)
        try:
            return msgspec.convert(value, type_)
        except msgspec.ValidationError as error:
            expected = str(error).split(" - at ")[0]
            self._report(Code.WRONG_TYPE, key, repr(value), expected)
            return None

    def _struct(self, type_: type[msgspec.Struct], value: Any, key: str) -> Any:
        if not isinstance(value, dict):
            self._report(Code.WRONG_TYPE, key, repr(value), "a table of keys and values")
            return None
        before = len(self.problems)
        fields = {field.encode_name: field for field in msgspec.structs.fields(type_)}
        for name in value.keys() - fields.keys():
            near = get_close_matches(name, fields, n=1)
            hint = f"`{near[0]}`, perhaps" if near else f"one of {', '.join(fields)}"
            self._report(Code.UNKNOWN_KEY, f"{key}.{name}" if key else name, f"`{name}`", hint)
        built = {}
        for name, field in fields.items():
            path = f"{key}.{name}" if key else name
            if name in value:
                built[field.name] = self.build(field.type, value[name], path)
            elif field.required:
                self._report(Code.MISSING_KEY, path, f"no `{name}`", f"`{name}`")
        return type_(**built) if len(self.problems) == before else None

    def _report(self, code: Code, key: str, found: str, expected: str) -> None:
        self.problems.append(Problem(code, place_of(self.lines, key), found, expected))
