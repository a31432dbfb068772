"""Neutral numbers of incidents: day, area and letters of the leaf hash, so that no side's order or
name shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from trucekeeper.agreement.rules import Agreement
from trucekeeper.incidents.located import Located
from trucekeeper.vocabulary.ids import RefText

#: Crockford's base 32: no letter that is taken for another.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS_MIN = 3
_NO_AREA = "XX"


def letters(leaf: str, count: int) -> str:
    """The first `count` letters of a leaf hash, five bits each."""
    digits = -(-5 * count // 4)
    return _letters(leaf[:digits], count)


@lru_cache(maxsize=1 << 17)
def _letters(digits: str, count: int) -> str:
    bits = int(digits, 16) >> (4 * len(digits) - 5 * count)
    return "".join([_ALPHABET[bits >> place & 31] for place in range(5 * count - 5, -1, -5)])


def report_numbers(located: Sequence[Located], agreement: Agreement) -> dict[RefText, str]:
    """The number that each report would give its incident, as `2031-03-14-N2-7K3`; unique in the
    face: where two share day, area and letters, both get more letters."""
    days = cache(lambda at: str(agreement.calendar.day_of(at)))
    heads = {r.ref: f"{days(r.earliest)}-{r.area or _NO_AREA}" for r in located}
    leaves = {r.ref: r.statement.leaf for r in located}
    numbers: dict[RefText, str] = {}
    open_refs, count = list(heads), _LETTERS_MIN
    while open_refs:
        told = {ref: f"{heads[ref]}-{letters(leaves[ref], count)}" for ref in open_refs}
        times = Counter(told.values())
        numbers |= {ref: number for ref, number in told.items() if times[number] == 1}
        open_refs = [ref for ref, number in told.items() if times[number] > 1]
        count += 1
        assert count <= 51, "two reports with one leaf hash"
    return numbers


def naming_member(members: Sequence[Located]) -> Located:
    """The member whose number names the incident: the least by causal depth, then leaf hash."""
    return min(members, key=lambda r: (r.statement.depth, r.statement.leaf))


def resolver(
    named: Mapping[str, Sequence[RefText]], numbers: Mapping[RefText, str]
) -> dict[str, str]:
    """Every number and reference of a member → the number of its incident."""
    return {
        alias: number
        for number, refs in named.items()
        for ref in refs
        for alias in (ref, numbers[ref])
    }
