"""An HTML page as a test reads it: its elements in order, its texts, its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "br", "input", "link", "img", "hr"}
#: What HTML lets stand without an end, as SVG shapes that close themselves.
_SILENT = {"style", "title", "script"}


@dataclass
class Element:
    """An element: its name, attributes, and the text inside it and its children."""

    tag: str
    attributes: dict[str, str]
    path: tuple[str, ...]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Everything in a page. Raises AssertionError where elements do not nest."""

    html: str
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()
        assert not self.open, [e.tag for e in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        path = tuple(e.tag for e in self.open)
        element = Element(tag, {k: v or "" for k, v in attrs}, path)
        assert len(element.attributes) == len(attrs), f"an attribute twice in {tag}"
        self.elements.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1].tag == tag, (tag, [e.tag for e in self.open])
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if any(e.tag == "style" for e in self.open):
            return
        for element in self.open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [e for e in self.elements if e.tag in tags]

    def one(self, tag: str) -> Element:
        (found,) = self.all(tag)
        return found

    @property
    def text(self) -> str:
        """All that a reader can read, figures and folded tables too."""
        return self.one("body").text

    def grid(self, id: str) -> list[list[str]]:
        """The cells of a table, row by row, its head first."""
        rows: list[list[str]] = []
        start = next(i for i, e in enumerate(self.elements) if e.attributes.get("id") == id)
        depth = len(self.elements[start].path)
        for element in self.elements[start + 1 :]:
            if len(element.path) <= depth:
                break
            if element.tag == "tr":
                rows.append([])
            elif element.tag in ("td", "th"):
                rows[-1].append(" ".join(element.text.split()))
        return rows
