"""A catalogue: the words of one language for every identifier that a report can hold, and how its
sentences are filled.

A sentence is a template. `{who:authors}` is an argument and how it is read; `{n:count|none|one|#}`
chooses by number, with `#` for the number itself; `{who:form|is|are}` chooses a word by how many
there are. What stands in `[square brackets]` is left out where an argument inside it is absent.
Values are filled in one pass, so that nothing inside a value is ever taken for a template."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from trucekeeper.errors import Code, Place, Problem, QuestionError
from trucekeeper.reporting.document import Message
from trucekeeper.vocabulary.reasons import parse_reason

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_FIELD = re.compile(r"\{([a-z_-]+)(?::([^{}]*))?\}")

Words = Mapping[str, str]
#: Readings of what a group's standing lacks; where the agreement does not say it, a phrase does.
_READINGS_MISSING = ("others-reading", "any-reading")


@dataclass(frozen=True)
class TermWords:
    """The words for the terms of matching. labels: by field. in_short, compared: templates by
    `field.how`, of a sentence and of a table. distance: of metres. duration: of seconds. share: of
    thousandths. points: of milli-nats, to one decimal."""

    labels: Words
    in_short: Words
    compared: Words
    sentences: Words
    distance: Callable[[int], str]
    duration: Callable[[int], str]
    share: Callable[[int], str]
    points: Callable[[int], str]


@dataclass(frozen=True)
class Catalogue:
    """The words of one language. Each mapping is by identifier.

    columns: headings; those of an author's column take {of} and {publisher}. words: by vocabulary,
    then by word. judgements: what somebody says of cases in a tally. reasons: what decided a scope
    test. phrases: the fixed words of pages. terms: what the terms of matching compare. join: names
    in a list. number: in digits. instant, period: as in running text. form: which of the forms of a
    word goes with a number, by index."""

    language: str
    direction: Literal["ltr", "rtl"]
    messages: Words
    sections: Words
    tables: Words
    figures: Words
    columns: Words
    words: Mapping[str, Words]
    judgements: Words
    reasons: Words
    phrases: Words
    terms: TermWords
    join: Callable[[Sequence[str]], str]
    number: Callable[[int], str]
    instant: Callable[[str], str]
    period: Callable[[str], str]
    form: Callable[[int], int]


@dataclass(frozen=True)
class Wording:
    """A catalogue together with what identifiers are called in one agreement."""

    catalogue: Catalogue
    names: Mapping[str, str] = field(default_factory=dict)

    # Sentences

    def sentence(self, message: Message) -> str:
        """A message in words."""
        return self.text(self.catalogue.messages[message.id], message.args)

    def pieces(self, message: Message) -> list[tuple[str, bool]]:
        """A message in words, piece by piece: each with whether it is a value, not the catalogue's
        own words."""
        return self.filled(self.catalogue.messages[message.id], message.args)

    def text(self, template: str, args: Mapping[str, Any]) -> str:
        """A template with its arguments."""
        return "".join(text for text, _ in self.filled(template, args))

    def filled(self, template: str, args: Mapping[str, Any]) -> list[tuple[str, bool]]:
        """A template with its arguments, piece by piece."""
        found: list[tuple[str, bool]] = []
        for i, part in enumerate(_OPTIONAL.split(template)):
            # The odd parts are those that stood in brackets.
            names = [match[1] for match in _FIELD.finditer(part)]
            if i % 2 and any(_absent(args.get(name)) for name in names):
                continue
            found += self._part(part, args)
        return found

    def _part(self, part: str, args: Mapping[str, Any]) -> list[tuple[str, bool]]:
        found, reached = [], 0
        for match in _FIELD.finditer(part):
            found.append((part[reached : match.start()], False))
            reading, *options = (match[2] or "text").split("|")
            found.append(self._argument(reading, options, args.get(match[1])))
            reached = match.end()
        found.append((part[reached:], False))
        return [(text, is_value) for text, is_value in found if text]

    def _argument(self, reading: str, options: Sequence[str], value: Any) -> tuple[str, bool]:
        if reading == "form":
            count = len(value) if isinstance(value, list | tuple) else int(value)
            return options[self.catalogue.form(count)], False
        if reading == "count":
            text = options[0] if value == 0 else options[1 + self.catalogue.form(value)]
            return text.replace("#", self.number(value)), False
        return self.read(reading, value), True

    # Values

    def read(self, reading: str, value: Any) -> str:
        """A value in words, as a reading says. Null is undetermined."""
        if value is None:
            return self.phrase(reading if reading in _READINGS_MISSING else "undetermined")
        match reading:
            case "text" | "ref" | "incident" | "others-reading" | "any-reading":
                return str(value)
            case "number":
                return self.number(value)
            case "authors":
                return self.catalogue.join([self.name(author) for author in value])
            case "author":
                return self.name(value)
            case "area" | "zone":
                return self.place(value)
            case "group":
                return self.group(value)
            case "readers":
                return self.readers(value)
            case "stated-groups":
                return self.stated_groups(value)
            case "clause":
                return self.clause(value)
            case "instant":
                return self.catalogue.instant(value)
            case "period":
                return self.catalogue.period(value)
            case "distance":
                return self.catalogue.terms.distance(value)
            case "duration":
                return self.catalogue.terms.duration(value)
            case "share":
                return self.catalogue.terms.share(value)
            case "points":
                return self.catalogue.terms.points(value)
            case "acts" | "weapons":
                return self.catalogue.join([self.word(reading[:-1], word) for word in value])
            case "each-stated-groups":
                return self.catalogue.join([self.stated_groups(text) for text in value])
            case "range":
                return self.stated_range(value)
            case "ranges":
                return self.catalogue.join([self.stated_range(text) for text in value])
            case "texts":
                return self.catalogue.join(list(value))
            case "reasons":
                return "; ".join(self.reason(reason) for reason in value)
            case "map":
                return self.map(value)
            case _:
                return self.word(reading, value)

    def number(self, value: Any) -> str:
        """A whole number in digits; a range as it was given."""
        return self.catalogue.number(value) if isinstance(value, int) else str(value)

    def name(self, author: str) -> str:
        return self.names.get(author, author)

    def place(self, id: str) -> str:
        """The name of an area or zone; `none` and `all` are no area."""
        if id in ("none", "all"):
            return self.catalogue.words["area"][id]
        return self.names.get(f"area:{id}") or self.names.get(f"zone:{id}", id)

    def group(self, id: str) -> str:
        """The name of a group, or of a participant named as one; else as stated."""
        return self.names.get(f"group:{id}") or self.names.get(id, id)

    def stated_groups(self, text: str) -> str:
        """Alternatives as a report or position states them, `x or y`, each by its name."""
        options = [self.group(name) for name in text.split(" or ")]
        return f" {self.phrase('or')} ".join(options)

    def stated_range(self, text: str) -> str:
        """A range as stated, `2`, `1-3`, or `2-` where its end is open."""
        if not text.endswith("-"):
            return text
        return self.text(self.catalogue.terms.sentences["or-more"], {"low": text[:-1]})

    def clause(self, id: str) -> str:
        """A clause with what it says."""
        summary = self.names.get(f"clause:{id}")
        return id if summary is None else f"{id} ({summary})"

    def reason(self, text: str) -> str:
        """What decided a scope test, or is missing for it."""
        id, args = parse_reason(text)
        told = self.text(self.catalogue.reasons[id], args)
        source = args.get("report_by")
        if source is None:
            return told
        return self.text(self.catalogue.phrases["by-report"], {"who": source, "told": told})

    def readers(self, text: str) -> str:
        """Who reads a standing so, from identifiers parted by commas; `agreement` is its text."""
        texts = {"agreement": self.phrase("the-agreement")}
        return self.catalogue.join([texts.get(by) or self.name(by) for by in text.split(",")])

    def lies(self, text: str) -> str:
        """How a place lies by which map, from `inside agreed 1`; on agreed maps, inside goes
        without saying."""
        how, _, map_ = text.partition(" ")
        if how == "inside" and map_.startswith("agreed "):
            return self.map(map_)
        return self.text(self.phrase(f"lies-{how}"), {"map": map_})

    def map(self, basis: str) -> str:
        """What a map version is called, from `agreed 2`, `a 1` (a participant's) or `sketch 1`."""
        by, _, version = basis.partition(" ")
        template = {"agreed": "map-agreed", "sketch": "map-sketch"}.get(by, "map-of")
        return self.text(self.phrase(template), {"by": by, "version": version})

    def word(self, vocabulary: str, word: Any) -> str:
        """A word of a vocabulary; where the vocabulary is open and has none, the word itself."""
        key = str(word).lower() if isinstance(word, bool) else str(word)
        return self.catalogue.words[vocabulary].get(key, key)

    def phrase(self, id: str) -> str:
        return self.catalogue.phrases[id]

    def heading(self, column: str, of: str | None, publisher: str | None) -> list[tuple[str, bool]]:
        """The heading of a column of a report, piece by piece."""
        return self.filled(self.catalogue.columns[column], {"of": of, "publisher": publisher})

    def judged(self, stated: Sequence[str]) -> list[str]:
        """What each speaker says of cases in a tally, from `by|count|says|group`: one sentence a
        speaker."""
        by_speaker: dict[str, list[str]] = {}
        for text in stated:
            by, count, says, group = text.split("|", 3)
            args = {"count": int(count), "group": group or None}
            told = self.text(self.catalogue.judgements[says], args)
            by_speaker.setdefault(by, []).append(told)
        template = self.catalogue.judgements["says"]
        return [
            self.text(template, {"by": by, "says": "; ".join(said)})
            for by, said in by_speaker.items()
        ]


def _absent(value: Any) -> bool:
    return value is None or value in ("", (), [])


def no_such_language(language: str, known: Sequence[str]) -> QuestionError:
    """The refusal of a language for which there is no catalogue."""
    return QuestionError(Problem(Code.NO_SUCH_LANGUAGE, Place(), f"`{language}`", ", ".join(known)))
