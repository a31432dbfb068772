"""An author's log as intake sees it: what was signed, in order."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.intake.files import NOW, taken
from trucekeeper.errors import NOWHERE
from trucekeeper.governance.record import Stated, read_entries
from trucekeeper.intake.drafts import Draft, Taken
from trucekeeper.intake.stated import stated_before
from trucekeeper.logs.tree import leaf_hash
from trucekeeper.statements.encoding import Envelope, encode, encode_body
from trucekeeper.statements.parts import Kind
from trucekeeper.vocabulary.ids import LogName, log_name
from trucekeeper.vocabulary.times import instant


class Log:
    """The logs of one author, by circle."""

    def __init__(self) -> None:
        self.entries: dict[LogName, list[bytes]] = {}

    def sign(self, draft: Draft) -> str:
        """The reference of a draft, signed."""
        envelope = Envelope(
            kind=draft.body.kind,
            version=draft.body.version,
            officer=draft.officer,
            stated_at=instant(NOW if draft.stated_at is None else draft.stated_at),
            body=msgspec.Raw(encode_body(draft.body)),
            language=draft.language,
            on_behalf_of=draft.on_behalf_of,
            salt=None if draft.circle == "public" else "0" * 32,
        )
        entries = self.entries.setdefault(log_name(draft.author, draft.circle), [])
        entries.append(encode(envelope))
        return f"{log_name(draft.author, draft.circle)}/{len(entries) - 1}"

    def say(self, body: Kind, *, officer: str = "officer") -> str:
        """The reference of a statement made elsewhere than by intake."""
        return self.sign(Draft("a", "guarantors", body, NOWHERE, officer=officer))

    def record(self) -> list[Stated]:
        return [
            stated
            for log, entries in self.entries.items()
            for stated in read_entries(log, [(leaf_hash(entry), entry) for entry in entries])
        ]

    def take(self, path: Path) -> Taken:
        """Take a file in, and sign what is new."""
        result = taken(path, stated=stated_before(self.record()))
        for draft in result.drafts:
            self.sign(draft)
        return result
