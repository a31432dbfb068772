"""Parts that are installed on request."""

from __future__ import annotations

from importlib.util import find_spec

from trucekeeper.errors import Code, Place, Problem, QuestionError

#: The extra of the package that brings a module.
EXTRAS = {"numba": "fast", "duckdb": "duckdb", "pyspark": "spark", "pandas": "spark"}


def need(*modules: str) -> None:
    """Raises QuestionError where a module of an extra is not installed."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        wanted = ",".join(sorted({EXTRAS[name] for name in missing}))
        expected = f"pip install 'trucekeeper[{wanted}]'"
        where = Place(key="engine")
        raise QuestionError(Problem(Code.NOT_INSTALLED, where, ", ".join(missing), expected))
