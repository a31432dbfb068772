"""The documents are true: every command and example in them runs, every link leads somewhere, what is public is
documented and the other way round."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

import trucekeeper as tk
from tools.reference import write
from trucekeeper.cli import main
from trucekeeper.matching.settings import (
    Frequencies,
    NameTerms,
    NumberTerms,
    Settings,
    SourcePair,
    Tables,
    WordTerms,
)

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    p
    for p in (
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").glob("*/README.md"),
    )
)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language, as they stand."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[str]:
    """The command lines of a page, in order."""
    lines = [
        line.partition("#")[0].strip() for text in blocks(page, "sh") for line in text.splitlines()
    ]
    return [line for line in lines if line]


def label(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples in it, as a reader of the README has one."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "sh")], ids=label)
@pytest.mark.usefixtures("workplace")
def test_every_command_runs(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in commands(page):
        program, *arguments = shlex.split(line)
        if program == "make":
            assert set(arguments) <= targets, line
            continue
        assert program == "trucekeeper", line
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, f"{line}\n{result.output}"


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=label)
def test_every_python_example_runs(page: Path, workplace: Path) -> None:
    for text in blocks(page, "python"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", text],
            cwd=workplace,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        assert (page.parent / target).exists(), target
    for target in re.findall(r"`((?:src|tests|docs|examples)/[\w./-]+)`", page.read_text()):
        assert (ROOT / target).exists(), target


def test_the_reference_pages_are_those_of_the_code(tmp_path: Path) -> None:
    write(tmp_path)
    for made in tmp_path.iterdir():
        held = ROOT / "docs" / "reference" / made.name
        assert held.read_bytes() == made.read_bytes(), f"make docs: {made.name}"


def test_every_field_of_the_annex_is_in_the_formats() -> None:
    section = (ROOT / "docs" / "formats.md").read_text().partition("## The settings of matching")[2]
    named = set(re.findall(r"`(\w+)`", section.partition("\n## ")[0]))
    parts = (WordTerms, NumberTerms, NameTerms, Tables, SourcePair, Frequencies, Settings)
    fields = {field.name for part in parts for field in msgspec.structs.fields(part)}
    assert fields - named == set()


def test_every_command_is_in_the_readme_and_no_other() -> None:
    table = (ROOT / "README.md").read_text().partition("## Commands")[2]
    assert set(re.findall(r"^\| `([a-z-]+)", table, re.MULTILINE)) == set(main.commands)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    said = CliRunner().invoke(main, [name, "--help"]).output
    assert f"Example: trucekeeper {name}" in said
    assert "--json" in said


def test_what_is_public_is_documented_and_the_other_way_round() -> None:
    page = (ROOT / "docs" / "reference" / "python.md").read_text()
    assert re.findall(r"^## `(\w+)", page, re.MULTILINE) == list(tk.__all__)
    for name in tk.__all__:
        documented = getattr(tk, name).__doc__
        assert documented, name
        assert documented[0].isupper(), name
    readme = (ROOT / "README.md").read_text()
    assert set(re.findall(r"\btk\.(\w+)", readme)) <= set(tk.__all__)
