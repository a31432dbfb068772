"""Who answers for the groups that are alleged to have acted."""

from __future__ import annotations

from trucekeeper.agreement.rules import Agreement


class Answering:
    """The guarantors that answer for alleged authors; asked once for authors that recur."""

    def __init__(self, agreement: Agreement) -> None:
        self.agreement = agreement
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, authors: tuple[str, ...]) -> tuple[str, ...]:
        """Those that are the side of one of these groups, or answer for it, each once. A name that
        is no group stands for itself."""
        if authors not in self._known:
            groups = [(name, self.agreement.groups.get(name)) for name in authors]
            sides = [name if group is None else group.side for name, group in groups]
            self._known[authors] = tuple(
                dict.fromkeys(p for side in sides for p in self.agreement.answerable_for(side))
            )
        return self._known[authors]
