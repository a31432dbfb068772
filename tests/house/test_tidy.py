"""The house rules that a machine can see: sizes, the pure core, dead files, words that do not
belong."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "trucekeeper"
MODULES = sorted(SOURCE.rglob("*.py"))
CORE = (
    "errors.py", "vocabulary", "agreement", "statements", "logs", "governance", "clocks.py", "matching", "incidents",
    "findings", "monitoring", "obligations", "picture.py", "reporting",
)  # fmt: skip
FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 600
#: Modules over 400 lines that have one subject and read as a list.
LISTS = {
    "errors.py",
    "statements/kinds.py",
    "agreement/model.py",
    "agreement/checks.py",
    "monitoring/registers.py",
    "cli.py",
    "render/english_words.py",
}
#: Real participants of the reference case: facts of examples/astana-2017 only.
REAL_NAMES = re.compile(
    r"\b(russia|turkey|iran|syria|damascus|moscow|ankara|tehran|isil|nusra|hts)\w*", re.IGNORECASE
)
#: Names of data sets and their publishers, and titles that are cited.
REAL_NAMES_ALLOWED = re.compile(
    r"syrian[ -]archive|Asia/Damascus|syria-release|Syria release|syrian_archive", re.IGNORECASE
)


def name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def core_modules() -> list[Path]:
    return [m for m in MODULES if name(m).split("/")[0] in CORE]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_function_fits_a_screen_and_a_module_has_one_subject(path: Path) -> None:
    text = path.read_text()
    lines = text.count("\n")
    assert lines <= MODULE_LINES_MAX
    if lines > 400:
        assert name(path) in LISTS, f"{lines} lines"
    for function in functions(ast.parse(text)):
        assert function.end_lineno is not None
        assert function.end_lineno - function.lineno < FUNCTION_LINES_MAX, function.name


@pytest.mark.parametrize("path", core_modules(), ids=name)
def test_the_core_opens_nothing_prints_nothing_asks_nothing(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "print", "input", "breakpoint", "eval", "exec")
        if isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow"):
            raise AssertionError(f"line {node.lineno}: a clock")


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / f for f in listed.stdout.decode().split("\0") if f]


def test_no_code_or_test_names_a_real_participant() -> None:
    for path in (*MODULES, *(ROOT / "tests").rglob("*.py")):
        if (
            path == Path(__file__)
            or "tests/real" in path.as_posix()
            or "tests/golden" in path.as_posix()
        ):
            continue
        text = REAL_NAMES_ALLOWED.sub("", path.read_text())
        found = REAL_NAMES.search(text)
        assert found is None, f"{path.name}: {found[0]}"


def test_every_module_is_imported_by_another_or_is_an_entry() -> None:
    texts = {m: m.read_text() for m in MODULES}
    entries = {"cli.py", "__init__.py", "simulation/run.py"}
    for module in MODULES:
        if module.name == "__init__.py" or name(module) in entries:
            continue
        dotted = "trucekeeper." + name(module).removesuffix(".py").replace("/", ".")
        parent, _, leaf = dotted.rpartition(".")
        used = any(
            re.search(
                rf"(from {re.escape(dotted)} import|import {re.escape(dotted)}\b|from {re.escape(parent)} import .*\b{leaf}\b)",
                text,
            )
            for other, text in texts.items()
            if other != module
        )
        assert used, f"{dotted} is imported by nobody"


def test_nothing_is_unfinished() -> None:
    words = re.compile("TO" + "DO|FIX" + "ME|XX" + "X|NotImplemented" + "Error")
    for path in (*MODULES, *(ROOT / "tests").rglob("*.py")):
        assert not words.search(path.read_text()), path.name


def test_locks_have_hashes_and_no_addresses() -> None:
    for path in ROOT.glob("requirements*.lock"):
        text = path.read_text()
        assert not re.search(r"https?://|://", text)
        pinned = re.findall(r"^[a-z0-9._-]+==[^\\\n]+", text, re.MULTILINE)
        assert len(pinned) == len(
            re.findall(r"^[a-z0-9._-]+==[^\n]*\\\n +--hash=sha256:", text, re.MULTILINE)
        )


def test_no_path_of_a_machine_is_in_the_project() -> None:
    machine = re.compile(rb"(?<![A-Za-z0-9_.])/(work|tmp|root|home)/")
    for path in tracked_files():
        if path.suffix == ".lock" or path == Path(__file__) or not path.is_file():
            continue
        assert not machine.search(path.read_bytes()), path.relative_to(ROOT)
