"""CSV as it really comes: delimiters, byte order marks, quotation marks, files cut off."""

from __future__ import annotations

import gzip

import pytest

from tests.intake.files import codes
from trucekeeper.errors import IntakeError
from trucekeeper.intake.sheets import Sheet, read_csv


def read(text: str | bytes) -> Sheet:
    """The table of a text."""
    return read_csv("t.csv", text.encode() if isinstance(text, str) else text)


def lines(sheet: Sheet) -> list[tuple[int, tuple[str, ...]]]:
    """Row numbers and cells."""
    return [(line.number, line.cells) for line in sheet.lines]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_line_ends_and_byte_order_mark(delimiter: str, mark: str, end: str) -> None:
    """The delimiter is the one that divides the header; a mark at the beginning is no text."""
    text = mark + end.join(["a,b,c", "1,كرسك,3", ""]).replace(",", delimiter)
    assert read(text).headers == ("a", "b", "c")
    assert lines(read(text)) == [(2, ("1", "كرسك", "3"))]


def test_rows_count_as_a_spreadsheet_shows_them() -> None:
    """A line break inside quotes begins no row; an empty line is one."""
    sheet = read('a,b\n"one\ntwo",2\n\n3,4\n')
    assert lines(sheet) == [(2, ("one\ntwo", "2")), (4, ("3", "4"))]


def test_a_comma_in_a_semicolon_table_is_text() -> None:
    """The most cells decide, not the first sign met."""
    assert lines(read("a;b;c,d\n1;2,5;3\n")) == [(2, ("1", "2,5", "3"))]


def test_header_need_not_be_the_first_line() -> None:
    """Empty lines above it are rows like others."""
    assert lines(read("\n,\na,b\n1,2\n")) == [(4, ("1", "2"))]


@pytest.mark.parametrize(
    ("data", "line", "byte"),
    [
        ("a,b\n1,caf\u00e9\n".encode("latin-1"), 2, "0xe9"),
        (b"\xef\xbb\xbfa,b\n1,2\n3,\xff\n", 3, "0xff"),
        ("a,b\n1,2\n".encode("utf-16"), 1, "0xff"),
        ("a,b\n1,2\n".encode("utf-16-le"), 1, "0x00"),
    ],
)
def test_wrong_encoding_names_the_line_of_the_byte(data: bytes, line: int, byte: str) -> None:
    """I-010: nothing is read of a text whose letters are not known."""
    with pytest.raises(IntakeError) as refused:
        read(data)
    (problem,) = refused.value.problems
    assert (problem.code.id, problem.place.line) == ("I-010", line)
    assert byte in problem.found


def test_unclosed_quotation_is_a_file_cut_off() -> None:
    """I-002: what comes before it is good, what it swallows is said to be missing."""
    sheet = read('a,b\n1,2\n3,"four\n5,6\n')
    assert lines(sheet) == [(2, ("1", "2"))]
    assert [(p.code.id, p.place.row) for p in sheet.problems] == [("I-002", 3)]


def test_unclosed_quotation_in_a_large_file() -> None:
    """Longer than any cell may be: the same."""
    sheet = read('a,b\n1,2\n3,"' + "x,y\n" * 50_000)
    assert [(p.code.id, p.place.row) for p in sheet.problems] == [("I-002", 3)]
    assert len(sheet.lines) == 1


def test_short_last_row_is_a_file_cut_off() -> None:
    """I-002; a short row in the middle is a bad row (I-005), as is one that is too long."""
    sheet = read("a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n1,2")
    assert lines(sheet) == [(3, ("1", "2", "3")), (5, ("1", "2", "3"))]
    found = [(p.code.id, p.place.row, p.found) for p in sheet.problems]
    assert found == [
        ("I-005", 2, "2 cells"),
        ("I-005", 4, "4 cells"),
        ("I-002", 6, "2 cells"),
    ]


def test_quotation_mark_inside_a_quoted_cell() -> None:
    """The row is reported, the next one is read."""
    sheet = read('a,b\n"5" shell",2\n3,4\n')
    assert lines(sheet) == [(3, ("3", "4"))]
    assert [(p.code.id, p.place.row) for p in sheet.problems] == [("I-005", 2)]


def test_compressed_file() -> None:
    """Also one made of two parts put together."""
    assert lines(read(gzip.compress(b"a,b\n1,2\n"))) == [(2, ("1", "2"))]
    assert len(lines(read(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")))) == 2


def test_compressed_file_cut_off() -> None:
    """I-002; the whole lines before the cut are good."""
    data = gzip.compress("".join(f"{i},{i * i * i}\n" for i in range(9_999)).encode())
    sheet = read(data[: len(data) // 2])
    assert codes(sheet.problems) == ["I-002"]
    assert 1_000 < len(sheet.lines) < 9_000
    assert all(int(b) == int(a) ** 3 for _, (a, b) in sheet.lines)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "I-003"), (b"\n\n", "I-003"), (b"\x1f\x8b\x08nothing that could be read", "I-001")],
)
def test_files_with_nothing_to_read(data: bytes, code: str) -> None:
    """An empty file has no header; a damaged one cannot be opened."""
    with pytest.raises(IntakeError) as refused:
        read(data)
    assert refused.value.problems[-1].code.id == code
