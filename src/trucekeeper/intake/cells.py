"""One row of a table, read cell by cell. Every cell that cannot be understood becomes a problem, so
that one mistake hides no other.

Messages quote numbers, dates and words that are nearly those of a list, never free text or an exact
place: a list of problems is passed on more freely than the reports themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from difflib import get_close_matches
from typing import Any

from trucekeeper.errors import Code, Place, Problem
from trucekeeper.intake.moments import EXPECTED, EXPECTED_DAY, Moment, parse_day, parse_moment
from trucekeeper.vocabulary.places import E6
from trucekeeper.vocabulary.quantities import Range
from trucekeeper.vocabulary.text import plain

#: What a spreadsheet writes where its formula has no value, and what we write where a workbook
#: holds a formula whose value was never saved.
UNCOMPUTED = "#FORMULA?"
_SHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", UNCOMPUTED}
)
_NUMBERS = re.compile(r"[0-9TZ :;+,./-]{1,40}")
_DEGREES = re.compile(r"[+-]?\d{1,9}(?:[.,]\d+)?")
_WHOLE = re.compile(r"\d{1,15}(?:\.0+)?")
_BETWEEN = re.compile(r"(\d{1,15}) *[-–] *(\d{1,15})")
_LISTED_MAX = 12


def clean(text: str) -> str:
    """Text as a statement takes it, without outer space."""
    if not (text.isascii() and text.isprintable()):
        text = plain(text)
        # What is left after a control character is removed may still have to be composed.
        if not unicodedata.is_normalized("NFC", text):
            text = plain(text)
    return text.strip()


def shown(text: str) -> str:
    """A cell as a message may show it: numbers and dates; other text by its length."""
    if not text:
        return "nothing"
    return f"`{text}`" if _NUMBERS.fullmatch(text) else f"a text of {len(text)} characters"


def word_shown(text: str, known: Collection[str]) -> str:
    """A cell where a word of a list belongs, as a message may show it: if it is nearly one."""
    return f"`{text}`" if get_close_matches(word_key(text), known, n=1) else shown(text)


def word_key(text: str) -> str:
    """The form in which words of closed lists are compared: `Mortar fire` is `mortar-fire`."""
    return "-".join(re.split(r"[\s_-]+", text.casefold()))


def one_of(text: str, known: Collection[str]) -> str:
    """What was expected instead of a word: the list where it is short, else the nearest word."""
    if len(known) <= _LISTED_MAX:
        return "one of " + ", ".join(f"`{word}`" for word in known)
    near = get_close_matches(word_key(text), known, n=1)
    return f"`{near[0]}`, perhaps" if near else f"one of the {len(known)} words of the glossary"


def plain_number(text: str) -> str:
    """The number with the digits of any script as 0 to 9, and their decimal sign as a point."""
    digits = "".join(str(unicodedata.decimal(ch, ch)) for ch in text)
    return digits.replace("٫", ".").replace("−", "-")


class Row:
    """One row. cells: our column → what stands there. headers: our column → the file's own name of
    it, which problems show. problems: why no report can be made of it. doubts: what is kept and
    flagged."""

    def __init__(
        self, file: str, number: int, cells: Mapping[str, str], headers: Mapping[str, str]
    ) -> None:
        self.file = file
        self.number = number
        self.headers = headers
        self.problems: list[Problem] = []
        self.doubts: list[Problem] = []
        self._bad: set[str] = set()
        cleaned = {column: clean(text) for column, text in cells.items()}
        self.cells = {column: text for column, text in cleaned.items() if text}
        for column, text in cleaned.items():
            if text in _SHEET_ERRORS:
                computed = "a formula whose value is not saved" if text == UNCOMPUTED else text
                self.bad(column, computed, "a value")

    @property
    def origin(self) -> Place:
        return Place(file=self.file, row=self.number)

    def place(self, column: str) -> Place:
        name = self.headers.get(column, column)
        return Place(file=self.file, row=self.number, column=name)

    def bad(self, column: str, found: str, expected: str, code: Code = Code.BAD_CELL) -> None:
        self._bad.add(column)
        self.problems.append(Problem(code, self.place(column), found, expected))

    def doubt(self, found: str, expected: str) -> str:
        """What the row's source got wrong: kept as stated in the report, and noted here."""
        self.doubts.append(Problem(Code.DOUBTFUL, self.origin, found, expected))
        return found

    def is_bad(self, column: str) -> bool:
        """Whether a problem of that cell is known already."""
        return column in self._bad

    def has(self, column: str) -> bool:
        """Whether anything stands in a cell, good or bad."""
        return column in self.cells

    def text(self, column: str) -> str | None:
        """The text of a cell; None where it is empty or known to be bad."""
        return None if self.is_bad(column) else self.cells.get(column)

    def needed(self, column: str, expected: str) -> str | None:
        """The text of a cell that must not be empty."""
        if not self.has(column):
            self.bad(column, "nothing", expected)
        return self.text(column)

    def texts(self, column: str, separators: str = ";") -> tuple[str, ...]:
        """The items of a cell that lists several, each once, in their order."""
        items = re.split(f"[{separators}]", self.text(column) or "")
        return tuple(dict.fromkeys(item.strip() for item in items if item.strip()))

    # The words of closed lists are checked against the lists themselves, hence Any.

    def word(self, column: str, known: Collection[str], *, needed: bool = False) -> Any:
        """A word of a closed list; None where the cell is empty or holds none of them."""
        text = self.text(column)
        if text is not None:
            return self._known(column, text, known)
        if needed:
            self.needed(column, one_of("", known))
        return None

    def words(self, column: str, known: Collection[str]) -> tuple[Any, ...]:
        """Words of a closed list, separated by `;`."""
        return tuple(self._known(column, text, known) for text in self.texts(column))

    def _known(self, column: str, text: str, known: Collection[str]) -> Any:
        if text in known:
            return text
        key = word_key(text)
        word = next((word for word in known if word_key(word) == key), None)
        if word is None:
            self.bad(column, word_shown(text, known), one_of(text, known))
        return word

    def whole(self, column: str, most: int = 10**12, expected: str = "a whole number") -> Any:
        """A whole number from 0 to `most`; None where the cell is empty or holds none."""
        text = self.text(column)
        if text is None:
            return None
        number = plain_number(text)
        if _WHOLE.fullmatch(number) and int(Decimal(number)) <= most:
            return int(Decimal(number))
        self.bad(column, shown(text), f"{expected} from 0 to {most}")
        return None

    def category(self, column: str, most: int) -> int | None:
        """One of the numbered categories of a codebook, from 1; the cell must not be empty."""
        expected = f"1 to {most}"
        text = self.needed(column, expected)
        number: int | None = self.whole(column, most)
        if number == 0:
            self.bad(column, shown(text or ""), expected)
        return number or None

    def between(self, column: str) -> tuple[int, int] | None:
        """`3` or `3-5` as the least and the most."""
        text = self.text(column)
        if text is None:
            return None
        number = plain_number(text)
        if _WHOLE.fullmatch(number):
            return int(Decimal(number)), int(Decimal(number))
        match = _BETWEEN.fullmatch(number)
        if match is not None and int(match[1]) <= int(match[2]):
            return int(match[1]), int(match[2])
        is_date = parse_moment(text) is not None
        found = "a date, which a spreadsheet may have made of `3-5`" if is_date else shown(text)
        self.bad(column, found, "`3` or `3-5`, in a cell that is formatted as text")
        return None

    def range(self, least: str, most: str) -> Range | None:
        """The range of two cells; None where neither is given."""
        low, high = self.whole(least), self.whole(most)
        if low is not None and high is not None and low > high:
            self.bad(most, f"`{high}`", f"at least `{low}`, which stands in the other cell")
        return None if low is None and high is None else Range(min=low, max=high)

    def degrees(self, column: str) -> Decimal | None:
        """Decimal degrees, exactly as written. The cell itself is never shown."""
        text = self.text(column)
        if text is None:
            return None
        number = plain_number(text)
        if _DEGREES.fullmatch(number):
            # No coordinate has thousands to group: a comma in it is a decimal sign.
            return Decimal(number.replace(",", "."))
        self.bad(column, "no decimal number", "decimal degrees, as 10.123456")
        return None

    def day(self, column: str) -> date | None:
        """A day alone; None where the cell is empty or holds none."""
        text = self.text(column)
        day = None if text is None else parse_day(plain_number(text))
        if text is not None and day is None:
            self.bad(column, shown(text), EXPECTED_DAY)
        return day

    def moment(self, column: str) -> Moment | None:
        text = self.text(column)
        moment = None if text is None else parse_moment(plain_number(text))
        if text is not None and moment is None:
            self.bad(column, shown(text), EXPECTED)
        return moment


def e6(degrees: Decimal) -> int:
    """Millionths of a degree, the nearest (a tie goes to the even one)."""
    return int((degrees * E6).to_integral_value(ROUND_HALF_EVEN))
