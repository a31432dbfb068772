"""The matcher on a Spark cluster of two workers on this machine: the same bytes as at once."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from tests.report_tables import DAY_S, chain_table, crowded_table
from trucekeeper.engines.matcher import match_reports
from trucekeeper.engines.spark import match_frame
from trucekeeper.engines.tiles import Tiles
from trucekeeper.errors import IntakeError
from trucekeeper.matching.settings import DEFAULT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed"),
    pytest.mark.xdist_group("spark"),
]
#: Two workers of one core and 1024 MB.
MASTER = "local-cluster[2,1,1024]"
#: Tiles so small that chains and crowds cross their borders, with hardly anything around.
SMALL = Tiles(days=16, degrees=2, around_s=2 * DAY_S, around_e6=200_000)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    pyspark = pytest.importorskip("pyspark.sql", reason="PySpark is not installed")
    folder = tmp_path_factory.mktemp("spark")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["SPARK_WORKER_DIR"] = str(folder / "work")
    builder = pyspark.SparkSession.builder.master(MASTER)
    options = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": "4",
    }
    for name, value in options.items():
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    yield found
    found.stop()


def test_crowds_and_chains_across_tiles_are_matched_as_at_once(
    session: SparkSession, tmp_path: Path
) -> None:
    chain = chain_table(5, 200)
    crowd = crowded_table(8, 300).select(chain.column_names)
    apart = crowd.set_column(0, "id", pa.array([n + 10_000 for n in crowd["id"].to_pylist()]))
    table = pa.concat_tables([apart, chain])
    repeats = replace(DEFAULT.tables, prior_milli=-4000)
    annex = replace(DEFAULT, component_max=3, candidates_max=1, crowd_max=25, repeats=repeats)
    whole = match_reports(table, settings=annex)
    assert whole.bounds.raised and whole.bounds.candidates and whole.bounds.crowded
    pq.write_table(table, tmp_path / "reports.parquet")
    frame = session.read.parquet(str(tmp_path / "reports.parquet")).repartition(5)
    result, bounds = match_frame(frame, annex, SMALL)
    assert result.orderBy("id").toArrow().equals(whole.table)
    assert bounds == whole.bounds


def test_a_table_is_matched_in_the_session_that_runs(session: SparkSession) -> None:
    table = crowded_table(4, 120)
    coded = table.set_column(1, "source", table["source"].dictionary_encode())
    assert session.sparkContext.master == MASTER
    on_spark = match_reports(coded, settings=DEFAULT, engine="spark", rivals=True)
    assert on_spark.table.equals(match_reports(table, settings=DEFAULT, rivals=True).table)


def test_what_is_wrong_is_told_by_id(session: SparkSession) -> None:
    table = crowded_table(4, 20)
    lat = [95_000_000, *table["lat_e6"].to_pylist()[1:]]
    ids = [7, *table["id"].to_pylist()[1:-1], table["id"][1].as_py()]
    wrong = table.set_column(0, "id", pa.array(ids))
    wrong = wrong.set_column(wrong.column_names.index("lat_e6"), "lat_e6", pa.array(lat))
    with pytest.raises(IntakeError) as caught:
        match_frame(session.createDataFrame(wrong), DEFAULT)
    told = [(p.place.column, p.place.key, p.found) for p in caught.value.problems]
    assert told == [("lat_e6", "id 7", "95000000"), ("id", None, f"{ids[1]}, 2 times")]
