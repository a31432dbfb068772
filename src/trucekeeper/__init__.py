"""Trucekeeper: the record of a jointly run ceasefire mechanism that nobody owns and everybody can
check."""

from trucekeeper.errors import Problem, TrucekeeperError
from trucekeeper.facade import Explanation, Picture, Report, Rows
from trucekeeper.workspace import Node, new, open

__all__ = [
    "Explanation",
    "Node",
    "Picture",
    "Problem",
    "Report",
    "Rows",
    "TrucekeeperError",
    "new",
    "open",
]
