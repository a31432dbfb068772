"""Compilation of loops where Numba is installed; without it the NumPy engine serves."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

try:
    import numba
    from numba import njit
except ImportError:  # pragma: no cover  # an extra
    njit = None

HAS_COMPILER = njit is not None


def _keep_compiled_code() -> bool:
    """Whether compiled code can be kept for later runs. Numba would keep it beside each module and
    look at that module alone, though it holds constants of others: so it goes to a folder that is
    named by all of the sources."""
    digest = hashlib.sha256()
    package = Path(__file__).parent.parent
    for folder in ("engines", "matching", "vocabulary"):
        for file in sorted((package / folder).glob("*.py")):
            digest.update(file.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder_of_sources = Path(home) / "trucekeeper" / digest.hexdigest()[:16]
    try:
        folder_of_sources.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder_of_sources):
            pass
    except OSError:
        return False
    numba.config.CACHE_DIR = str(folder_of_sources)  # type: ignore[attr-defined]  # set at run time
    return True


_KEPT = HAS_COMPILER and _keep_compiled_code()
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The function as machine code that lets other threads run; as it is where nothing compiles."""
    if njit is None:
        return function
    result: Callable[Arguments, Result] = njit(cache=_KEPT, nogil=True, error_model="numpy")(
        function
    )
    return result


@compiled
def wider(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same with twice the room."""
    grown = np.empty(2 * len(values), values.dtype)
    grown[: len(values)] = values
    return grown
