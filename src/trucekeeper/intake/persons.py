"""Free text that looks as if it named a protected person: a witness, complainant, detainee or
missing person. A warning before anything is signed, by cues alone: no list of anybody's names, no
model, nothing that knows one people's names better than another's.

Four cues, in Latin, Arabic and Cyrillic script: a role beside what is written like a name; kinship
or a patronymic with a name; an age with a name; a telephone or identity number. What it finds is
told by its place, and never quoted. It misses names, and a text without a warning is not thereby
without one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trucekeeper.agreement.rules import Agreement
from trucekeeper.errors import Code, Problem
from trucekeeper.governance.citing import open_restated
from trucekeeper.intake.drafts import Draft
from trucekeeper.statements.kinds import Correction, Release
from trucekeeper.statements.parts import Kind

#: The fields of statements in which people write sentences.
FREE_TEXT = frozenset({
    "asked", "conditions", "context", "demand", "description", "doubts", "note", "promised",
    "reason", "reasons", "remark", "reservation", "says", "text", "verified_how",
})  # fmt: skip
#: Who the protected are, and what is done to them; each word with its endings.
_ROLES = (
    r"\b(?:eye)?witness\b", r"\bcomplainants?\b", r"\bdetainees?\b", r"\bprisoners?\b",
    r"\bhostages?\b", r"\binformants?\b", r"\bsurvivors?\b", r"\bmissing\b", r"\bdisappeared\b",
    r"\babduct(?:ed|ees?)\b", r"\bkidnapped\b", r"\barrested\b", r"\bdetained\b",
    r"\btestif(?:ied|ies)\b", r"\btestimony (?:of|by|from)\b", r"\bсвидетел\w*", r"\bзадержан\w*",
    r"\bпленн\w*", r"\bзаложни\w*", r"\bпропавш\w*", r"\bпохищен\w*", r"\bпотерпевш\w*",
)  # fmt: skip
_ARABIC_ROLES = (
    "الشاهد", "الشاهدة", "المعتقل", "المعتقلة", "المحتجز", "المحتجزة", "الأسير", "الأسيرة",
    "المفقود", "المفقودة", "المخطوف", "المخطوفة", "الرهينة", "الناجي", "الناجية", "المشتكي",
    "المشتكية",
)  # fmt: skip
#: Small words and verbs that follow a role where no name does.
_ARABIC_SMALL = (
    "في", "من", "على", "إلى", "الى", "عن", "أن", "ان", "قال", "قالت", "كان", "كانت", "مع", "بعد",
    "قبل", "لدى", "هو", "هي", "الذي", "التي", "بين", "خلال", "داخل",
)  # fmt: skip
_KINSHIP = "son|daughter|wife|husband|brother|sister|mother|father|widow|cousin|uncle|nephew"
_KINSHIP_RU = "сын|дочь|жена|муж|брат|сестра|мать|отец|вдова"
#: Words of institutions, places and calendars: what has one of them names no person.
_NO_PERSON = (
    "Red", "Cross", "Crescent", "United", "Nations", "Human", "Rights", "Security", "Council",
    "Committee", "Ministry", "Government", "Army", "Front", "Forces?", "Brigades?", "Battalions?",
    "Division", "Regiment", "Corps", "Guards?", "Movement", "Party", "State", "Republic", "Union",
    "Commission", "Mission", "Observatory", "Network", "Cent(?:re|er)", "Agency", "News", "Radio",
    "Hospital", "Prison", "Jail", "School", "University", "Mosque", "Church", "Street", "Road",
    "Bridge", "Square", "District", "Province", "Governorate", "City", "Town", "Village", "Camp",
    "Airport", "Airbase", "Base", "Checkpoint", "Crossing", "Post", "Zone", "Line",
    "(?:North|South|East|West)(?:ern)?", "Old", "New", "Civil", "Defen[cs]e", "Local",
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", "January", "February", "March", "April", "May",
    "June", "July", "August", "September", "October", "November", "December", "The", "This",
    "That", "These", "After", "Before", "During", "When", "While", "According", "Красн\\w+",
    "Крест\\w*", "Полумесяц\\w*", "Организаци\\w+", "Наци\\w+", "Совет\\w*",
)  # fmt: skip
_PLACE_BEFORE = re.compile(
    r"(?i)\b(?:in|at|near|from|to|towards|around|outside|inside|city|town|village|в|из|под|около)\s+$"
)
_PLACE_AFTER = re.compile(
    r"(?i)(?:['’]s)?\s+(?:residents|people|city|town|village|hill|countryside|area|hospital|prison"
    r"|camp|massacre|attack|chemical|air ?strikes?|shelling|bombing)\b"
)
#: Two words or more that begin with a capital and go on small, as names of persons are written.
_WORD = r"(?:(?:al|el|ad|ar|as|at|az)-)?[A-ZÀ-ÞĀ-ŽА-ЯЁ][a-zß-ÿā-žа-яё]{1,30}(?:['’-]\w{1,30}){0,2}"
_NAME = rf"{_WORD}(?:\s+(?:{_WORD}|bin|ibn|bint|van|von|de|al)){{0,4}}\s+{_WORD}"
_ARABIC_WORD = "[\u0621-\u064a]"


def _any(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(words)})"


_NAMED = re.compile(_NAME)
_ROLE = re.compile(f"(?i:{_any(_ROLES)})")
_NOT_OF_PERSONS = re.compile(_any(_NO_PERSON))
_KIN = re.compile(
    rf"\b(?i:{_KINSHIP}) of {_WORD}|\b(?i:{_KINSHIP_RU})\s+{_WORD}"
    rf"|{_WORD}\s+[А-ЯЁ][а-яё]+(?:ович|евич|овна|евна|ична)\b"
)
_AGED = re.compile(
    rf"{_NAME}\s*,\s*(?:aged\s+)?\d{{1,2}}\s*(?:,|\.|years|лет)"
    rf"|{_NAME}\s*\(\s*(?:aged\s+)?\d{{1,2}}\s*\)"
    rf"|\b\d{{1,2}}[- ](?:year[- ]old|летн\w+)\s+{_NAME}"
)
_INTRODUCED = re.compile(
    rf"(?i:{_any(_ROLES)})[^.;:\n]{{0,20}}\b"
    rf"(?i:named|called|identified as|по имени|по фамилии)\s+{_WORD}"
)
#: Arabic has no capitals: a name introduced as one, a patronymic, or a role before two words of
#: which the second has the article, as family names do.
_ARABIC = re.compile(
    rf"\b(?:اسمه|اسمها|يدعى|تدعى|المدعو|المدعوة)\s+{_ARABIC_WORD}{{2,}}"
    rf"|\b{_ARABIC_WORD}{{3,}}\s+(?:بن|ابن|بنت)\s+{_ARABIC_WORD}{{3,}}"
    rf"|\b{_any(_ARABIC_ROLES)}\s+(?!{_any(_ARABIC_SMALL)}\b)(?!ال){_ARABIC_WORD}{{2,}}"
    rf"\s+(?:ال{_ARABIC_WORD}{{2,}}|أبو\s|عبد\s)"
)
_PHONE = re.compile(
    r"(?<![\d.+-])(?:\+|00)[1-9](?:[ ()-]{0,2}\d){8,13}(?!\d)"
    r"|(?i:\b(?:tel|phone|mobile|тел)\b\.?|هاتف|جوال|موبايل)\D{0,12}\d(?:[ ()-]?\d){5,}"
)
_IDENTITY = re.compile(
    r"(?i:\b(?:passport|id card|id no|identity (?:card|number)|national (?:id|number))\b"
    r"|паспорт\w*|удостоверени\w*|الرقم الوطني|رقم وطني|جواز سفر|رقم الهوية)"
    r"\W{0,4}(?:\w{1,4}\W{1,3}){0,2}\w{0,3}\d{5,}"
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_NEAR = 40
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def warnings(drafts: Iterable[Draft], agreement: Agreement) -> list[tuple[Draft, Problem]]:
    """The drafts whose free text may name a protected person, each with one problem: its place, the
    field and the cue."""
    known = known_words(agreement)
    found = []
    for draft in drafts:
        cues = [
            f"`{field}`: {cue}"
            for field, text in free_texts(draft.body)
            if (cue := cue_in(text, known)) is not None
        ]
        if cues:
            told = "; ".join(dict.fromkeys(cues))
            expected = "no name of a protected person"
            found.append((draft, Problem(Code.MAY_NAME_A_PERSON, draft.origin, told, expected)))
    return found


def free_texts(body: Kind) -> Iterator[tuple[str, str]]:
    """(field, text) of every free text of a body, and of what it restates."""
    for field in body.__struct_fields__:
        value: Any = getattr(body, field)
        if field in FREE_TEXT and value is not None:
            yield from ((field, text) for text in ([value] if isinstance(value, str) else value))
    if isinstance(body, Correction | Release):
        inner, _ = open_restated(body.restated)
        if inner is not None:
            yield from free_texts(inner)


def known_words(agreement: Agreement) -> frozenset[str]:
    """The words of names that the agreement itself gives: participants, groups, zones, areas."""
    file = agreement.file
    named: Sequence[str] = [
        *(p.name for p in file.participants),
        *(g.name for g in file.groups),
        *(z.name for z in file.zones),
        *(a.name for a in file.reporting_areas),
        *(a.name for a in file.excluded_areas),
    ]
    return frozenset(word.strip(",.()") for name in named for word in name.split())


def cue_in(text: str, known: frozenset[str] = frozenset()) -> str | None:
    """Which cue a text gives that it names a protected person; None where it gives none."""
    plain = text.translate(_DIGITS)
    if _PHONE.search(plain):
        return "a telephone number"
    if _IDENTITY.search(plain):
        return "an identity number"
    if _ARABIC.search(plain) or _INTRODUCED.search(plain):
        return "somebody is introduced by name"
    for sentence in _SENTENCE.split(plain):
        if any(_is_person(m, sentence, known) for m in _AGED.finditer(sentence)):
            return "an age with a name"
        if any(_is_person(m, sentence, known) for m in _KIN.finditer(sentence)):
            return "kinship with a name"
        if _role_beside_name(sentence, known):
            return "a role beside a name"
    return None


def _role_beside_name(sentence: str, known: frozenset[str]) -> bool:
    roles = [m.span() for m in _ROLE.finditer(sentence)]
    if not roles:
        return False
    others = _ROLE.sub(lambda role: "-" * len(role[0]), sentence)
    names = (m for m in _NAMED.finditer(others) if _is_person(m, others, known))
    return any(
        0 <= name.start() - end <= _NEAR or 0 <= start - name.end() <= _NEAR
        for name in names
        for start, end in roles
    )


def _is_person(match: re.Match[str], sentence: str, known: frozenset[str]) -> bool:
    """Whether what is written like a name may be a person's: no place by the word before it, no
    institution, none of the agreement's own."""
    words = [w for w in re.split(r"[\s,()]+", match[0]) if re.fullmatch(_WORD, w)]
    if any(_NOT_OF_PERSONS.fullmatch(word) for word in words) or not set(words) - known:
        return False
    before = sentence[max(0, match.start() - 12) : match.start()]
    return not _PLACE_BEFORE.search(before) and not _PLACE_AFTER.match(sentence, match.end())
