"""The warning before free text is signed that looks as if it named a protected person. All names are made up."""

from __future__ import annotations

import time
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import REPORT, SAMPLES
from tests.world import agreement
from trucekeeper.errors import Code, Place
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.persons import FREE_TEXT, cue_in, known_words, warnings
from trucekeeper.statements import kinds, parts
from trucekeeper.statements.encoding import restate
from trucekeeper.statements.kinds import BODIES

NAMING = [
    "The witness Bram Telleske said that two shells fell.",
    "Statement of detainee Orlena Quistov, taken at the gate",
    "Ismene Vaud, a survivor, was heard on Tuesday",
    "Among the missing is Tarek al-Marruni since the first",
    "abducted: Jonel Barsk and two others",
    "a witness named Orlena saw the truck",
    "Bram Telleske, 34, was hit at the door",
    "Ismene Vaud (17) lost a leg",
    "the 12-year-old Jonel Barsk",
    "the wife of Telleske told the team",
    "reach the team at +999 555 0147 32",
    "Phone: 0555 12 34 56",
    "passport no. XQ 1234567",
    "Свидетель Орлен Квистов сообщил о взрыве",
    "задержанная Исмена Вауд находится там же",
    "Квистов Орлен Телеевич видел машину",
    "его сын Барск ранен",
    "паспорт 4509 123456",
    "الشاهد بارسك التليسكي قال إن القصف بدأ ليلا",
    "المعتقلة أورلينا الكويستوف في السجن",
    "شاب يدعى بارسك أصيب",
    "أورلين بن تليسك",
    "هاتف ٠٥٥٥١٢٣٤٥٦",
    "الرقم الوطني 12345678901",
]
NAMING_NOBODY = [
    "Three to five impacts; two witnesses heard them. The Northern Post confirmed.",
    "Twelve detainees were exchanged at the Karsk Crossing.",
    "The prisoners were taken to Vell Prison near Line End.",
    "witness in Old Karsk heard the shelling at 06:10",
    "Testimony of Karsk Vell residents about the shelling",
    "The missing parts of the bulletin of 14 March 2031 were not published.",
    "The Red Crescent asked for the detainees of both sides.",
    "Brigade of the North; 3 killed, 12 injured, grid 370450",
    "impact at 10.500000, 20.500000, radius 500; 1200 m from the post",
    "Mortar 82 mm, 00:15 to 01:30, 2031-03-01",
    "Guarantor A detained nobody; Party D says so",
    "Свидетели слышали взрывы. Пленные переданы 5 марта.",
    "двое задержанных переданы Красному Полумесяцу",
    "الشاهد قال إن القصف بدأ ليلا",
    "المعتقلون في السجن المركزي",
    "المفقود من الأسلحة لم يحدد",
    "قصف بالهاون على القرية",
]


@pytest.mark.parametrize("text", NAMING)
def test_it_warns(text: str) -> None:
    assert cue_in(text) is not None


@pytest.mark.parametrize("text", NAMING_NOBODY)
def test_it_is_silent(text: str) -> None:
    assert cue_in(text, known_words(agreement())) is None


def test_the_names_that_the_agreement_gives_are_no_persons() -> None:
    text = "detained by the Black Flag yesterday"
    assert cue_in("detained: Black Flag") is not None
    assert cue_in("detained: Black Flag", known_words(agreement())) is None
    assert cue_in(text, known_words(agreement())) is None


def test_a_warning_names_the_place_and_quotes_nothing() -> None:
    body = kinds.Comment(subject="a.guarantors/0", text=NAMING[0])
    told = kinds.Correction(of="a.guarantors/0", restated=restate(body), reason="as said")
    drafts = [
        Draft("a", "guarantors", kind, Place(file="x.csv", row=row))
        for row, kind in enumerate((REPORT, body, told), 2)
    ]
    found = warnings(drafts, agreement())
    assert [(draft.origin.row, problem.code) for draft, problem in found] == [
        (3, Code.MAY_NAME_A_PERSON),
        (4, Code.MAY_NAME_A_PERSON),
    ]
    assert "`text`" in found[0][1].found
    assert "Telleske" not in str(found[0][1])


def test_every_field_in_which_sentences_are_written_is_looked_at() -> None:
    texts = {
        name
        for body in BODIES.values()
        for name, hint in get_type_hints(body, include_extras=True).items()
        if parts.Text in (hint, *get_args(hint)) and get_origin(hint) is not None
    }
    assert texts <= FREE_TEXT
    assert FREE_TEXT - texts == {"doubts"}
    assert (
        warnings([Draft("a", "guarantors", body, Place()) for body in SAMPLES], agreement()) == []
    )


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([*NAMING, *NAMING_NOBODY, "Aa ", "son of ", "\n"])).map("".join)
)
def test_any_text_is_looked_at_without_failing(text: str) -> None:
    cue = cue_in(text)
    assert cue is None or cue.isascii()


@pytest.mark.parametrize(
    "unit", ["Aa ", "Aa-", "al-Aa bin ", "witness Aa ", "1 ", "+1", "الشاهد ", "Aa, 3 ", "а"]
)
def test_a_long_text_takes_no_long_time(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    started = time.process_time()
    cue_in(text)
    assert time.process_time() - started < 2
