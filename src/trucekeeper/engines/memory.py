"""Memory while much is derived: Python's cycle collector looks again and again at millions of
values that all stay."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """Hold the cycle collector back. The derivation makes no cycles, so nothing is kept that would
    go."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
