"""Trucekeeper: the record of a jointly run ceasefire mechanism that nobody owns and everybody can
check."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trucekeeper.engines.annex import Estimated
    from trucekeeper.engines.matcher import MatchedReports, match_reports
    from trucekeeper.errors import Problem, TrucekeeperError
    from trucekeeper.facade import Explanation, Picture, Report, Rows
    from trucekeeper.render.weighing import Weighed
    from trucekeeper.workspace import Node, new, open

__all__ = [
    "Estimated",
    "Explanation",
    "MatchedReports",
    "Node",
    "Picture",
    "Problem",
    "Report",
    "Rows",
    "TrucekeeperError",
    "Weighed",
    "match_reports",
    "new",
    "open",
]
_HOMES = (
    "trucekeeper.errors",
    "trucekeeper.facade",
    "trucekeeper.workspace",
    "trucekeeper.engines.matcher",
    "trucekeeper.engines.annex",
    "trucekeeper.render.weighing",
)


def __getattr__(name: str) -> object:
    """What is public, imported when it is first asked for: whoever needs one module of the package
    does not wait for all of it."""
    if name in __all__:
        for home in _HOMES:
            if hasattr(module := import_module(home), name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
