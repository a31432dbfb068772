"""The labelled pairs of real reports: each is there with its stratum, and its reports are in the data sets. The data lie
beside the repository; where they are absent, the tests that need them say so and skip."""

from __future__ import annotations

import pytest

from benchmarks.labelled import Label, homes, labelled_pairs, measure, wilson
from benchmarks.published import DATA, reports


def test_every_pair_has_its_stratum() -> None:
    """150 pairs, numbered through; what the pairs of a stratum stand for adds up to its population."""
    pairs = labelled_pairs()
    assert [pair.number for pair in pairs] == list(range(1, 151))
    assert len({(pair.one, pair.other) for pair in pairs}) == 150
    sizes = {pair.stratum: pair.population for pair in pairs}
    assert sum(pair.weight for pair in pairs) == pytest.approx(sum(sizes.values()))


def test_a_matcher_that_joins_nothing_and_one_that_joins_all() -> None:
    pairs = labelled_pairs()
    keys = {key for pair in pairs for key in (pair.one, pair.other)}
    same = [pair for pair in pairs if pair.label is Label.SAME]
    alone = measure(pairs, {key: number for number, key in enumerate(sorted(keys))})
    joined = measure(pairs, dict.fromkeys(keys, 0))
    assert (alone.right, alone.missed, alone.wrong) == ([], same, [])
    assert (joined.right, joined.missed) == (same, [])
    assert len(joined.right) + len(joined.wrong) + joined.unsure == len(pairs)


def test_the_interval_of_a_share() -> None:
    """Wilson 1927: half of ten, none of ten, and nothing at all."""
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.skipif(not DATA.is_dir(), reason="no data beside the repository")
def test_the_reports_of_every_pair_are_in_the_data() -> None:
    home = homes(reports(), lambda _: [])
    assert all(home[pair.one] != home[pair.other] for pair in labelled_pairs())
