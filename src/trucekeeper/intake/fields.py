"""Values of statement kinds from plain nested data, every mistake named by its key.

Instants may be local to the agreement; points may be decimal degrees, exactly as written."""

from __future__ import annotations

import types
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from trucekeeper.errors import Code, Problem
from trucekeeper.errors import Place as Where
from trucekeeper.intake.cells import clean, e6, one_of, word_shown
from trucekeeper.intake.moments import YEARS
from trucekeeper.statements.encoding import restate
from trucekeeper.statements.kinds import BODIES
from trucekeeper.statements.parts import Kind, Restated
from trucekeeper.vocabulary.categories import ACTS, WEAPONS
from trucekeeper.vocabulary.times import EPOCH, Calendar, Instant, instant

_DEGREES = {"latitude": ("lat_e6", 90), "longitude": ("lon_e6", 180)}
#: Fields whose words stand in a tree of the vocabulary.
_TREES: Mapping[str, Mapping[str, str | None]] = {"act": ACTS, "acts": ACTS, "weapon": WEAPONS}


class FieldReader:
    """Builds values field by field, where a library decoder would stop at the first mistake.
    lines: key → line, for the places of problems."""

    def __init__(self, file: str, lines: Mapping[str, int], calendar: Calendar) -> None:
        self.file = file
        self.lines = lines
        self.calendar = calendar
        self.problems: list[Problem] = []

    def place(self, key: str) -> Where:
        """Where a key stands: its own line, or that of the nearest block around it."""
        path = key
        while path and path not in self.lines:
            path = path.rpartition("[" if path.endswith("]") else ".")[0]
        return Where(file=self.file, line=self.lines.get(path), key=key)

    def bad(self, key: str, found: str, expected: str, code: Code = Code.BAD_FIELD) -> None:
        self.problems.append(Problem(code, self.place(key), found, expected))

    def refuse_unknown(self, value: Mapping[str, Any], known: Collection[str], key: str) -> None:
        """Note each key that is none of those known."""
        for name in value.keys() - set(known):
            near = get_close_matches(name, known, n=1)
            expected = f"`{near[0]}`, perhaps" if near else one_of("", known)
            self.bad(f"{key}.{name}" if key else name, f"`{name}`", expected)

    def body(self, kind: Any, version: Any, value: Any, key: str) -> Kind | None:
        """The body of a kind; None where there is no such kind or the body has a mistake."""
        is_key = isinstance(kind, str) and isinstance(version, int)
        type_ = BODIES.get((kind, version)) if is_key else None
        if type_ is None:
            kinds = [name for name, _ in BODIES]
            found = f"{_told(kind, kinds)}, version {_told(version)}"
            expected = one_of(str(kind), kinds)
            self.bad(f"{key}.kind", found, f"{expected}, version 1", Code.NOT_UNDERSTOOD)
            return None
        body = self.value(type_, value, f"{key}.body")
        return body if isinstance(body, Kind) else None

    def value(self, type_: Any, value: Any, key: str) -> Any:
        """The value of a type; None where there is a mistake in it."""
        arms = [arm for arm in get_args(type_) if arm is not type(None)]
        origin = get_origin(type_)
        if origin in (Union, types.UnionType) and len(arms) == 1:
            return self.value(arms[0], value, key)
        if origin is Annotated and get_origin(arms[0]) is tuple:
            self._refuse_long(value, arms[1].max_length, key)
            return self.value(arms[0], value, key)
        if origin is tuple and isinstance(value, list):
            return tuple(self.value(arms[0], item, f"{key}[{i}]") for i, item in enumerate(value))
        if type_ is Restated:
            return self._restated(value, key)
        if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
            return self._struct(type_, value, key)
        return self._leaf(type_, value, key)

    def _struct(self, type_: type[msgspec.Struct], value: Any, key: str) -> Any:
        if not isinstance(value, dict):
            self.bad(key, _told(value), "a table of keys and values")
            return None
        before = len(self.problems)
        fields = {field.encode_name: field for field in msgspec.structs.fields(type_)}
        if "lat_e6" in fields:
            value = self._with_millionths(value, key)
        self.refuse_unknown(value, fields, key)
        built = {}
        for name, field in fields.items():
            path = f"{key}.{name}"
            if name in value:
                built[field.name] = self.value(field.type, value[name], path)
                self._refuse_unknown_words(name, built[field.name], path)
            elif field.required:
                self.bad(path, "nothing", f"`{name}`")
        return type_(**built) if len(self.problems) == before else None

    def _restated(self, value: Any, key: str) -> Restated | None:
        """A body inside a correction or release: written as a block of its own kind."""
        if not isinstance(value, dict) or not {"kind", "body"} <= value.keys():
            self.bad(key, _told(value), "a table with `kind` and `body`")
            return None
        self.refuse_unknown(value, ["kind", "version", "body"], key)
        body = self.body(value["kind"], value.get("version", 1), value["body"], key)
        return None if body is None else restate(body)

    def _with_millionths(self, value: dict[str, Any], key: str) -> dict[str, Any]:
        """The table with whole millionths of a degree in place of decimal degrees."""
        found = dict(value)
        for name, (field, limit) in _DEGREES.items():
            if name not in found:
                continue
            degrees, path = found.pop(name), f"{key}.{name}"
            is_number = isinstance(degrees, Decimal | int) and not isinstance(degrees, bool)
            if not is_number or not Decimal(degrees).is_finite():
                self.bad(path, _told(degrees), "decimal degrees, as 10.123456")
            elif abs(degrees) > limit:
                self.bad(path, f"a {name} beyond {limit} degrees", f"-{limit} to {limit}")
            elif field in found:
                self.bad(path, f"`{name}` beside `{field}`", "one of the two")
            else:
                found[field] = e6(Decimal(degrees))
        return found

    def _leaf(self, type_: Any, value: Any, key: str) -> Any:
        if isinstance(value, str):
            value = clean(value)
        if type_ == Instant and isinstance(value, datetime):
            value = self._instant(value, key)
        try:
            return msgspec.convert(value, type_)
        except msgspec.ValidationError as error:
            words = get_args(type_) if get_origin(type_) is Literal else ()
            reason = str(error).split(" - at ")[0]
            self.bad(key, _told(value, words), one_of(str(value), words) if words else reason)
            return None

    def _instant(self, value: datetime, key: str) -> datetime:
        if value.microsecond:
            self.bad(key, "a fraction of a second", "whole seconds")
        if value.year not in YEARS:
            self.bad(key, f"the year {value.year}", f"a year from {YEARS[0]} to {YEARS[-1]}")
            return EPOCH
        if value.tzinfo is None:
            return instant(self.calendar.to_utc(value.replace(microsecond=0)))
        return value.astimezone(UTC)

    def _refuse_long(self, value: Any, most: int | None, key: str) -> None:
        if isinstance(value, list) and most is not None and len(value) > most:
            self.bad(key, f"{len(value)} items", f"at most {most}")

    def _refuse_unknown_words(self, name: str, value: Any, key: str) -> None:
        tree = _TREES.get(name)
        for word in value if isinstance(value, tuple) else (value,):
            if tree is not None and isinstance(word, str) and word not in tree:
                self.bad(key, word_shown(word, tree), one_of(word, tree), Code.UNKNOWN_WORD)


def _told(value: Any, words: Collection[Any] = ()) -> str:
    """A value as a message may show it: never free text, never an exact place. words: the list to
    which it should belong."""
    match value:
        case str():
            return word_shown(value, [word for word in words if isinstance(word, str)])
        case dict():
            return "a table"
        case list():
            return "a list"
        case Decimal():
            return "a decimal number"
        case _:
            return f"`{value}`"
