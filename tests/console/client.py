"""The test client of Starlette."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # It would rather have httpx2, and works with httpx all the same.
    warnings.filterwarnings("ignore", message="Using `httpx`", append=False)
    from starlette.testclient import TestClient

__all__ = ["TestClient"]
