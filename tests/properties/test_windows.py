"""A window decides as all reports would, wherever it says that it decides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.report_tables import DAY_S, chain_table, crowded_table, settings_of
from trucekeeper.engines.extents import Extent
from trucekeeper.engines.matcher import match_reports
from trucekeeper.engines.slabs import match_parquet, match_table_in_slabs
from trucekeeper.engines.tables import read_table
from trucekeeper.engines.tiles import Tiles
from trucekeeper.engines.windows import match_window
from trucekeeper.errors import IntakeError
from trucekeeper.matching.settings import DEFAULT

SEEDS = st.integers(0, 2**32)
FEW = settings(max_examples=max(settings().max_examples // 6, 1))
PLACE = ("earliest", "latest", "lat", "lon")
#: What is compared of a result, beside incidents and repetitions, which are told by row.
VALUES = ("posterior", "binding", "rival_evidence", "compared", "crowded", "cut", "raised")


@given(SEEDS, st.integers(0, 30), st.integers(10, 90), st.integers(-6, 6), st.integers(1, 40))
def test_what_a_window_decides_is_what_all_reports_decide(
    seed: int, first_day: int, days: int, south: int, half: int
) -> None:
    annex = settings_of(seed)
    table = chain_table(seed, 250) if seed % 2 else crowded_table(seed, 250)
    whole = read_table(table, annex)
    own, ids = whole.coded.columns, whole.ids.to_numpy()
    middle = int(own["lon"][seed % len(ids)])
    extent = Extent(
        since=first_day * DAY_S,
        until=(first_day + days) * DAY_S,
        south=None if south < 0 else int(np.quantile(own["lat"], south / 10)),
        middle=middle,
        half=None if half > 8 else half * 250_000,
    )
    held = extent.holds(*(own[name] for name in PLACE))
    assume(held.any())
    rows = np.flatnonzero(held)
    part = read_table(table.filter(pa.array(np.isin(table["id"].to_numpy(), ids[rows]))), annex)
    everything = match_window(whole.coded, annex)
    window = match_window(part.coded, annex, extent=extent)
    assert everything.decided.all()
    sure = window.decided
    for name in VALUES:
        assert (getattr(everything, name)[rows][sure] == getattr(window, name)[sure]).all(), name
    for name in ("least", "repeat_of"):
        over_all, over_part = getattr(everything, name)[rows], getattr(window, name)
        assert (ids[over_all][sure] == ids[rows][over_part][sure]).all(), name
    over_all, over_part = everything.rival[rows][sure], window.rival[sure]
    assert ((over_all < 0) == (over_part < 0)).all()
    has_rival = over_all >= 0
    assert (ids[over_all[has_rival]] == ids[rows][over_part[has_rival]]).all()


@FEW
@given(SEEDS)
def test_rivals_are_those_of_the_definition(seed: int) -> None:
    annex, table = settings_of(seed), crowded_table(seed, 60, days=20)
    kernel, reference = (
        match_reports(table, settings=annex, engine=engine, rivals=True).table
        for engine in ("kernel", "reference")
    )
    assert kernel.equals(reference)
    assert set(kernel["rival"].drop_null().to_pylist()) <= set(kernel["incident"].to_pylist())


@FEW
@given(SEEDS)
def test_a_rim_reaches_as_far_as_evidence_hangs_together(seed: int) -> None:
    """Of a chain longer than a group may be, the first few decide where its threshold rises."""
    annex = replace(DEFAULT, density_gap_s=3600, density_radius_m=5000, radius_m_max=3000)
    table = chain_table(seed, 90, step_e6_max=5000)
    whole = read_table(table, annex)
    since = int(np.quantile(whole.coded.columns["earliest"], 0.2))
    rows = np.flatnonzero(whole.coded.columns["latest"] >= since)
    ids = whole.ids.to_numpy()[rows]
    part = read_table(table.filter(pa.array(np.isin(table["id"].to_numpy(), ids))), annex)
    everything = match_window(whole.coded, annex)
    window = match_window(part.coded, annex, extent=Extent(since=since))
    for name in VALUES:
        same = getattr(everything, name)[rows] == getattr(window, name)
        assert same[window.decided].all(), name


def test_a_window_decides_for_most_of_what_lies_well_inside() -> None:
    annex, table = DEFAULT, crowded_table(3, 600, days=100)
    whole = read_table(table, annex)
    inside = match_window(whole.coded, annex, extent=Extent(since=0, until=100 * DAY_S)).decided
    middle = whole.coded.columns["earliest"] // DAY_S
    assert inside[(middle >= 30) & (middle < 70)].all()
    assert not inside[(middle < 3) | (middle > 97)].any()


@FEW
@given(SEEDS)
def test_every_report_is_in_its_own_tile_and_where_it_is_near(seed: int) -> None:
    table = read_table(crowded_table(seed, 60), DEFAULT).coded
    own = table.columns
    tiles = Tiles(days=7, degrees=2, around_s=DAY_S, around_e6=300_000)
    place = [own[name] for name in PLACE]
    rows, tile = tiles.around(*place)
    held = set(zip(rows.tolist(), tile.tolist(), strict=True))
    assert len(held) == len(rows)
    assert {(n, t) for n, t in enumerate(tiles.own(place[0], *place[2:]).tolist())} <= held
    for number in set(tile.tolist()):
        touches = tiles.extent(number).holds(*place)
        assert {n for n, t in held if t == number} == set(np.flatnonzero(touches).tolist())


@FEW
@given(SEEDS, st.integers(20, 200), st.integers(0, 4))
def test_slabs_of_any_size_give_the_same(seed: int, reports: int, days_around: int) -> None:
    annex, table = settings_of(seed), crowded_table(seed, 200, days=30)
    around_s = 1 + days_around * DAY_S
    whole = match_reports(table, settings=annex, rivals=True)
    result, bounds = match_table_in_slabs(
        table, annex, rivals=True, slab_reports=reports, around_s=around_s
    )
    assert result.equals(whole.table) and bounds == whole.bounds


def test_a_chain_across_all_slabs_is_cut_as_it_is_cut_at_once(tmp_path: Path) -> None:
    table, given, found = (
        chain_table(3, 300),
        tmp_path / "reports.parquet",
        tmp_path / "out.parquet",
    )
    whole = match_reports(table, settings=DEFAULT)
    assert whole.bounds.raised > 50
    pq.write_table(table, given)
    bounds = match_parquet(given, found, DEFAULT, slab_reports=40, around_s=DAY_S)
    assert pq.read_table(found).cast(whole.table.schema).equals(whole.table)
    assert bounds == whole.bounds
    assert sorted(tmp_path.iterdir()) == [found, given]


@given(SEEDS, st.integers(1, 3), st.booleans())
def test_further_reports_give_what_matching_anew_gives(seed: int, count: int, chain: bool) -> None:
    annex = settings_of(seed)
    table = chain_table(seed, 120) if chain else crowded_table(seed, 150)
    chosen = np.zeros(len(table), bool)
    chosen[[seed % len(table), seed // 7 % len(table), seed // 11 % len(table)][:count]] = True
    held = match_reports(table.filter(pa.array(~chosen)), settings=annex, rivals=True)
    further = held.with_reports(table.filter(pa.array(chosen)))
    anew = match_reports(table, settings=annex, rivals=True)
    assert further.table.equals(anew.table) and further.bounds == anew.bounds


def test_further_reports_are_told_what_is_wrong_with_them() -> None:
    table = crowded_table(1, 20)
    held = match_reports(table, settings=DEFAULT)
    assert held.with_reports(table.slice(0, 0)).table.equals(held.table)
    with pytest.raises(IntakeError, match="each id once"):
        held.with_reports(table.slice(4, 1))


def test_a_file_that_is_no_parquet_is_told(tmp_path: Path) -> None:
    (tmp_path / "reports.parquet").write_bytes(b"PAR1 no more")
    for name in ("reports.parquet", "absent.parquet"):
        with pytest.raises(IntakeError, match="I-001"):
            match_parquet(tmp_path / name, tmp_path / "out.parquet", DEFAULT)
    wrong = crowded_table(2, 20).append_column("rank", pa.array(range(20)))
    pq.write_table(wrong, tmp_path / "reports.parquet")
    with pytest.raises(IntakeError, match="column rank"):
        match_parquet(tmp_path / "reports.parquet", tmp_path / "out.parquet", DEFAULT)
    twice = crowded_table(2, 20)
    twice = twice.set_column(0, "id", pa.array([7, 7, *twice["id"].to_pylist()[2:]]))
    pq.write_table(twice, tmp_path / "reports.parquet")
    with pytest.raises(IntakeError, match="each id once"):
        match_parquet(tmp_path / "reports.parquet", tmp_path / "out.parquet", DEFAULT)
    assert [path.name for path in tmp_path.iterdir()] == ["reports.parquet"]
