"""Whole runs, each from its seed: the ones that once broke, and fresh ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trucekeeper.simulation.disk import ForgetfulDisk
from trucekeeper.simulation.run import main, run_seed

_KEPT = [
    int(line.split()[0])
    for line in (Path(__file__).parent / "seeds.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
_COUNT = 300 if os.environ.get("TRUCEKEEPER_HYPOTHESIS") == "long" else 16
_SEEDS = [*_KEPT, *range(20_000, 20_000 + _COUNT)]


@pytest.mark.parametrize("seed", _SEEDS)
def test_everything_holds_whatever_goes_wrong(seed: int) -> None:
    run_seed(seed)


def test_a_run_is_its_seed() -> None:
    def images() -> list[dict[str, bytes]]:
        world = run_seed(1, steps=25)
        return [station.disk.image() for station in world.stations.values()]

    assert images() == images()


def test_a_broken_seed_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A disk that says it has synced and has not is found out."""
    from trucekeeper.simulation import run

    monkeypatch.setattr(ForgetfulDisk, "sync_many", lambda *_: None)
    monkeypatch.setattr(ForgetfulDisk, "sync", lambda *_: None)
    monkeypatch.setattr(
        run, "run_at_once", lambda first, count, _: [run.run_seeds(range(first, first + count))]
    )
    assert main(1, 4, 1) == 1
    assert "broken: " in capsys.readouterr().out
