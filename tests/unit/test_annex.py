"""An annex that does not fit is refused with the place where it does not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from trucekeeper.errors import AgreementError
from trucekeeper.matching.settings import DEFAULT, Frequencies, Settings, SourcePair, read_settings
from trucekeeper.matching.texts import BUCKETS

TABLES = DEFAULT.tables
SHORT = replace(TABLES, time_milli=(0,))
PAIR = SourcePair(one="a", other="b", tables=TABLES)

MISFITS: dict[str, tuple[Settings, str]] = {
    "edges that fall": (replace(DEFAULT, gap_edges_s=(3, 2, 9)), "gap_edges_s"),
    "an edge twice": (replace(DEFAULT, text_edges=(50, 100, 200, 300, 450, 450)), "text_edges"),
    "no edges": (replace(DEFAULT, place_edges=()), "place_edges"),
    "more bins than terms": (replace(DEFAULT, text_edges=(1, 2)), "tables.text_milli"),
    "fewer terms than bins": (replace(DEFAULT, tables=SHORT), "tables.time_milli"),
    "terms of a pair": (replace(DEFAULT, pairs=(PAIR, replace(PAIR, other="c", tables=SHORT))), "pairs.1.tables.time_milli"),
    "terms within a source": (replace(DEFAULT, repeats=SHORT), "repeats.time_milli"),
    "a pair out of order": (replace(DEFAULT, pairs=(replace(PAIR, one="z"),)), "pairs.0"),
    "a pair of one source": (replace(DEFAULT, pairs=(replace(PAIR, one="b"),)), "pairs.0"),
    "a pair twice": (replace(DEFAULT, pairs=(PAIR, PAIR)), "pairs.1"),
    "no terms of the number killed": (replace(DEFAULT, frequencies=Frequencies(killed=())), "frequencies.killed"),
    "too few weights of grams": (replace(DEFAULT, frequencies=Frequencies(grams=(1,) * (BUCKETS - 1))), "frequencies.grams"),
}  # fmt: skip


def refused(text: bytes) -> tuple[str, str | None]:
    with pytest.raises(AgreementError) as told:
        read_settings("annex.json", text)
    (problem,) = told.value.problems
    assert problem.place.file == "annex.json"
    return problem.code.id, problem.place.key


@pytest.mark.parametrize(("settings", "key"), MISFITS.values(), ids=list(MISFITS))
def test_what_does_not_fit_is_told_by_its_key(settings: Settings, key: str) -> None:
    assert refused(msgspec.json.encode(settings)) == ("A-007", key)


@pytest.mark.parametrize(
    "change",
    [
        {"radius_m_max": 0},
        {"radius_m_max": 200_001},
        {"crowd_max": 0},
        {"component_max": 1},
        {"confidence_milli": 0},
        {"edge_min_milli": 1},
        {"certain_milli": 1_001},
        {"rounds_max": -1},
        {"threshold_step_milli": 0},
        {"place_edges": [0]},
        {"beyond_milli": 1.5},
        {"beyond_milli": "much"},
        {"name": None},
        {"colour": "red"},
    ],
    ids=str,
)
def test_what_is_out_of_bounds_or_not_known_is_refused(change: dict[str, Any]) -> None:
    text = msgspec.json.encode(msgspec.to_builtins(DEFAULT) | change)
    assert refused(text) == ("A-004", None)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff"])
def test_what_is_no_annex_is_refused(text: bytes) -> None:
    assert refused(text) == ("A-004", None)


def test_an_annex_is_read_as_it_was_written_and_its_digest_is_its_own() -> None:
    text = msgspec.json.encode(DEFAULT)
    assert read_settings("annex.json", text) == DEFAULT
    assert read_settings("annex.json", text).digest == DEFAULT.digest
    spaced = msgspec.json.format(text)
    assert read_settings("annex.json", spaced).digest == DEFAULT.digest
    other = replace(DEFAULT, beyond_milli=DEFAULT.beyond_milli - 1)
    assert other.digest != DEFAULT.digest


def test_a_pair_has_its_tables_in_both_orders_and_a_source_its_own() -> None:
    own = replace(TABLES, prior_milli=1)
    settings = replace(DEFAULT, pairs=(replace(PAIR, tables=own),))
    assert settings.between("a", "b") is settings.between("b", "a") is settings.pairs[0].tables
    assert settings.between("a", "c") is settings.tables
    assert settings.between("a", "a") is None
    assert replace(settings, repeats=own).between("a", "a") == own
