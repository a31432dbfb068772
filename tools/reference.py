"""Write docs/reference from the code itself: tables, statements, agreement, problems, Python. A test keeps them up to date.

python tools/reference.py docs/reference
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
import types
import typing
from pathlib import Path

import msgspec

import trucekeeper as tk
from trucekeeper.agreement import model
from trucekeeper.errors import Code
from trucekeeper.picture import RELATIONS
from trucekeeper.statements import kinds, parts
from trucekeeper.statements.kinds import BODIES

_PARTS = {
    "A": "Agreement", "S": "Statement", "L": "Log", "I": "Intake", "N": "Node", "K": "Keys", "X": "Exchange",
    "P": "Payload", "Q": "Question", "V": "Proof",
}  # fmt: skip
_MADE = "<!-- Made from the code by tools/reference.py. -->\n"


def tables() -> str:
    """Every relation with its columns."""
    text = f"# Tables\n\n{_MADE}\nWhat `trucekeeper show` and `picture.table()` give. A null means: not stated, or unknown, as the column says.\n"
    for relation in RELATIONS:
        text += f"\n## {relation.name}\n\n{relation.says}\n\nSorted by {', '.join(f'`{k}`' for k in relation.key)}.\n\n"
        text += "| column | type | says |\n|---|---|---|\n"
        for column in relation.columns:
            kind = str(column.type).replace("<element: ", "<").replace("item: ", "")
            text += f"| `{column.name}` | {kind} | {column.says} |\n"
    return text


def statements() -> str:
    """Every kind with its fields."""
    text = f"# Statements\n\n{_MADE}\n{inspect.getdoc(kinds)}\n\nThe envelope and the canonical encoding: `docs/formats.md`.\n"
    for (kind, version), type_ in BODIES.items():
        text += f"\n## {kind}, version {version}\n\n{_doc(type_)}\n\n{_fields(type_)}"
    text += "\n## Parts\n"
    for part in (
        parts.Place,
        parts.Observer,
        parts.TallyPart,
        parts.Judgement,
        parts.Custody,
        parts.Sitting,
        parts.SeenHead,
        parts.SealedFile,
        parts.SealedList,
        parts.CarriedHead,
        parts.Restated,
    ):
        text += f"\n### {part.__name__}\n\n{_doc(part)}\n\n{_fields(part)}"
    return text


def agreement() -> str:
    """Every block of the agreement file with its keys."""
    text = f"# The agreement file\n\n{_MADE}\n{inspect.getdoc(model)}\n"
    for name, type_ in vars(model).items():
        if isinstance(type_, type) and issubclass(type_, model.Block) and name != "Block":
            text += f"\n## {name}\n\n{_doc(type_)}\n\n{_fields(type_)}"
    return text


def problems() -> str:
    """Every problem with its meaning and remedy."""
    text = f"# Problems\n\n{_MADE}\nEach says where it is, what was found, what was expected, and what to do.\n"
    for letter, part in _PARTS.items():
        text += f"\n## {part}\n\n| code | meaning | remedy |\n|---|---|---|\n"
        for code in Code:
            if code.id.startswith(letter):
                text += f"| {code.id} | {code.meaning} | {code.remedy} |\n"
    return text


def _doc(type_: type) -> str:
    return inspect.getdoc(type_) or ""


def _fields(type_: type[msgspec.Struct]) -> str:
    rows = "| field | type | |\n|---|---|---|\n"
    for field in msgspec.structs.fields(type_):
        rows += f"| `{field.encode_name}` | {_type(field.type)} | {'needed' if field.required else ''} |\n"
    return rows


def _type(type_: typing.Any) -> str:
    """A type as a reader of JSON or TOML would say it."""
    origin, arguments = typing.get_origin(type_), typing.get_args(type_)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is typing.Literal:
        return " \\| ".join(f"`{a}`" for a in arguments)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"{_type(arguments[0])} → {_type(arguments[1])}"
    if arguments and type(None) in arguments:
        return " or ".join(_type(a) for a in arguments if a is not type(None))
    names = {
        "str": "text",
        "int": "whole number",
        "bool": "true or false",
        "datetime": "instant",
        "date": "day",
        "Raw": "the body",
    }
    name = getattr(type_, "__name__", str(type_))
    return names.get(name, name)


def python() -> str:
    """What `import trucekeeper` gives: each name, and what can be asked of it."""
    text = f"# Python\n\n{_MADE}\nWhat `import trucekeeper as tk` gives. Whatever is not here may change.\n"
    for name in tk.__all__:
        held = getattr(tk, name)
        text += f"\n## `{name}{_signature(held)}`\n\n{inspect.cleandoc(held.__doc__ or '')}\n"
        for member, value in vars(held).items() if inspect.isclass(held) else ():
            documented = inspect.getdoc(value)
            if not member.startswith("_") and documented and value.__class__ in _ASKED:
                called = _signature(value) if inspect.isfunction(value) else ""
                text += f"\n- `{member}{called}`: {' '.join(documented.split())}\n"
    return text


_ASKED = (property, functools.cached_property, types.FunctionType)


def _signature(held: typing.Any) -> str:
    """The parameters; none for a class that is not made by its users."""
    told = "" if inspect.isclass(held) else str(inspect.signature(held))
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", told)


def write(folder: Path) -> dict[str, str]:
    """Every page of the reference, by file name; written where a folder is given."""
    pages = {
        "tables.md": tables(),
        "statements.md": statements(),
        "agreement.md": agreement(),
        "problems.md": problems(),
        "python.md": python(),
    }
    for name, text in pages.items():
        (folder / name).write_text(text)
    return pages


if __name__ == "__main__":
    write(Path(sys.argv[1]))
