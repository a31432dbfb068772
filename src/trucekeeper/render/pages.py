"""What the report and the console have in common: one template environment, one style sheet, and
the line that stands on every printed page.

Pages have no script and ask nothing of the network. Their styles are inside them; whoever serves
them names each by its hash in the Content-Security-Policy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from trucekeeper.render.catalogue import Catalogue, Wording, no_such_language
from trucekeeper.render.english import ENGLISH
from trucekeeper.render.readings import Cell
from trucekeeper.reporting.document import Message

CATALOGUES: dict[str, Catalogue] = {ENGLISH.language: ENGLISH}


def catalogue_of(language: str) -> Catalogue:
    """The catalogue of a language. Raises QuestionError."""
    if language not in CATALOGUES:
        raise no_such_language(language, list(CATALOGUES))
    return CATALOGUES[language]


@cache
def environment(*packages: str) -> Environment:
    """The templates of the given packages, then those of the report. Everything is escaped."""
    loaders = [PackageLoader(package) for package in (*packages, "trucekeeper.render")]
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def style_sheet() -> str:
    """The style sheet of every page."""
    return files("trucekeeper.render").joinpath("templates/style.css").read_text("utf-8")


def running_style(warnings: Sequence[str], line: str, page: str) -> str:
    """The style that puts the warnings at the head and `line` at the foot of every printed page.
    page: the words around the page's number, as `page # of #`."""
    around = page.split("#")
    numbered = (
        f"{_css(f'{line} · {around[0]}')} counter(page) {_css(around[1])} counter(pages) "
        f"{_css(around[2])}"
    )
    face = "font: 7.5pt 'Noto Sans', sans-serif; color: #1c2126;"
    head = f"@top-center {{ content: {_css(' '.join(warnings))}; {face} font-weight: 600; }} "
    foot = f"@bottom-center {{ content: {numbered}; {face} }}"
    return f"@page {{ {head if warnings else ''}{foot} }}"


def _css(text: str) -> str:
    """A text as a CSS string in which nothing can end the string or the style."""
    kept = (c if c.isascii() and (c.isalnum() or c in " .,:;-") else f"\\{ord(c):x} " for c in text)
    return f'"{"".join(kept)}"'


def style_policy(styles: Iterable[str]) -> str:
    """The sources of a Content-Security-Policy's `style-src` that admit these styles alone."""
    digests = (hashlib.sha256(style.encode()).digest() for style in styles)
    return " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)


def said(message: Message, wording: Wording) -> Markup:
    """A message as markup, each value set apart from the words around it, whatever its script."""
    return spans(wording.pieces(message))


def spans(pieces: Iterable[tuple[str, bool]]) -> Markup:
    """Pieces of a sentence as markup."""
    return Markup("").join(
        Markup("<bdi>{}</bdi>").format(text) if is_value else escape(text)
        for text, is_value in pieces
    )


def cell_markup(cell: Cell, *, lines: bool = False, address: str | None = None) -> Markup:
    """What stands inside a cell. lines: each item on its own line. address: where it leads."""
    if cell.kind in ("none-received", "not-stated", "undetermined"):
        return Markup('<span class="{}">{}</span>').format(cell.kind, cell.text)
    if cell.kind == "number":
        return escape(cell.text)
    # A day and its hour may part at the end of a line, a day never.
    items = cell.text.split(" ") if cell.kind == "time" else cell.items
    between = " " if cell.kind == "time" else "<br>" if lines else ", "
    inside = between.join(f"<bdi>{escape(item)}</bdi>" for item in items)
    if address is not None:
        inside = f'<a href="{escape(address)}">{inside}</a>'
    return Markup(inside)  # noqa: S704 - every item is escaped above


def render(template: str, *packages: str, **values: Any) -> str:
    """A template filled in."""
    return environment(*packages).get_template(template).render(**values)
