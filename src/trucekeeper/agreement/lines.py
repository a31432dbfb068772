"""On which line of a TOML text each key stands, so that every mistake can be named where it is.

Runs only over text that `tomllib` has accepted, so it need not find mistakes of its own. (The
standard reader gives no positions, and libraries that keep them rewrite the whole document model
for it.)"""

from __future__ import annotations

import re

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ATOM = re.compile(r"[^,\]}\s#]+(?: [0-9:.]+[^,\]}\s#]*)?")


def key_lines(text: str) -> dict[str, int]:
    """Key paths such as `zones[1].maps[0].by` and the lines, from 1, on which they begin."""
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self._line_at, self._line = 0, 1

    def run(self) -> dict[str, int]:
        table = ""
        while self._skip_space():
            table = self._header() if self.text[self.at] == "[" else self._pair(table)
        return self.found

    def _header(self) -> str:
        is_array = self.text.startswith("[[", self.at)
        line = self._line_now()
        self.at += 2 if is_array else 1
        parts = self._key()
        self.at = self.text.index("]", self.at) + (2 if is_array else 1)
        path = ""
        for depth, part in enumerate(parts):
            path = _join(path, part)
            if depth < len(parts) - 1 and path in self.counts:
                path = f"{path}[{self.counts[path]}]"
        if is_array:
            self.counts[path] = self.counts.get(path, -1) + 1
            path = f"{path}[{self.counts[path]}]"
        self._note(path, line)
        return path

    def _pair(self, table: str) -> str:
        line = self._line_now()
        path = table
        for part in self._key():
            path = _join(path, part)
            self._note(path, line)
        self.at = self.text.index("=", self.at) + 1
        self._value(path)
        return table

    def _value(self, path: str) -> None:
        self._skip_space()
        start = self.text[self.at]
        if start in "\"'":
            self._string()
        elif start == "[":
            self._array(path)
        elif start == "{":
            self._inline_table(path)
        else:
            match = _ATOM.match(self.text, self.at)
            assert match
            self.at = match.end()

    def _array(self, path: str) -> None:
        self.at += 1
        index = 0
        while self._skip_space() and self.text[self.at] != "]":
            self._note(f"{path}[{index}]", self._line_now())
            self._value(f"{path}[{index}]")
            index += 1
            self._skip_comma()
        self.at += 1

    def _inline_table(self, path: str) -> None:
        self.at += 1
        while self._skip_space() and self.text[self.at] != "}":
            self._pair(path)
            self._skip_comma()
        self.at += 1

    def _skip_comma(self) -> None:
        self._skip_space()
        if self.text[self.at] == ",":
            self.at += 1

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._skip_blanks()
            if self.text[self.at] in "\"'":
                parts.append(self._string())
            else:
                match = _BARE_KEY.match(self.text, self.at)
                assert match
                parts.append(match[0])
                self.at = match.end()
            self._skip_blanks()
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def _string(self) -> str:
        quote = self.text[self.at]
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        start = at = self.at + len(fence)
        while not self.text.startswith(fence, at):
            at += 2 if quote == '"' and self.text[at] == "\\" else 1
        self.at = at + len(fence)
        while len(fence) == 3 and self.text.startswith(quote, self.at):
            self.at += 1
        return self.text[start:at]

    def _skip_blanks(self) -> None:
        while self.text[self.at] in " \t":
            self.at += 1

    def _skip_space(self) -> bool:
        """Move to the next character that is no space and in no comment; whether there is one."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text[self.at].isspace():
                self.at += 1
            else:
                return True
        return False

    def _line_now(self) -> int:
        self._line += self.text.count("\n", self._line_at, self.at)
        self._line_at = self.at
        return self._line

    def _note(self, path: str, line: int) -> None:
        self.found.setdefault(path, line)


def _join(path: str, part: str) -> str:
    return f"{path}.{part}" if path else part
