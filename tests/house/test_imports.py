"""Imports go one way, and opening a node needs no server, no workbook and no chart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: What only some commands need.
LATE = ("starlette", "uvicorn", "vl_convert", "openpyxl", "xlsxwriter", "rich")


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_contracts_of_the_architecture_are_kept() -> None:
    done = python(
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    )
    assert done.returncode == 0, done.stdout
    assert "3 kept, 0 broken" in done.stdout


def test_the_library_alone_imports_nothing_that_only_commands_need() -> None:
    done = python(f"import sys, trucekeeper; print([m for m in {LATE!r} if m in sys.modules])")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
