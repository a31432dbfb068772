"""The examples are what their makers build from the inputs, to the byte."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "examples"


def files(folder: Path) -> dict[str, bytes]:
    """Every tracked kind of file: a writer's lock is none."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != ".writer"
    }


@pytest.mark.parametrize(
    ("name", "maker", "built"),
    [("northern-line", "northern_line", "nodes"), ("astana-2017", "astana", "node")],
)
def test_an_example_is_built_to_the_same_bytes(
    name: str, maker: str, built: str, tmp_path: Path
) -> None:
    folder = tmp_path / name
    shutil.copytree(ROOT / name, folder, ignore=shutil.ignore_patterns(built, "truth.json"))
    importlib.import_module(f"examples.making.{maker}").make(folder)
    made, held = files(folder), files(ROOT / name)
    assert made.keys() == held.keys()
    assert [path for path, data in held.items() if made[path] != data] == []
