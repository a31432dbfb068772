"""The northern line's keys, and what names protected persons, sealed. All persons are made up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from examples.making.northern_story import at
from examples.making.rehearsal import Rehearsal
from trucekeeper import ceremony
from trucekeeper.governance.key_document import root_key_name
from trucekeeper.keys.custody import Signer, signer_from_seed
from trucekeeper.keys.recipients import SealingKeys
from trucekeeper.sealing import Parcel, Sealing, sealing_keys
from trucekeeper.statements.commitment import List
from trucekeeper.statements.kinds import Keys
from trucekeeper.vocabulary.ids import LogName
from trucekeeper.workspace import Node

#: Who has root keys: the others rely on the keys that their nodes gave.
WITH_ROOTS = ("a", "b", "c", "un")
ROOTS, THRESHOLD = 3, 2
#: In the order in which chance put them, as the how-to asks.
WITNESSES: List = (
    ("name", "role", "reached through"),
    ("Person One", "miller", "Post C-2"),
    ("Person Two", "nurse at Karsk", "hotline"),
    ("Person Three", "driver", "Post A-1"),
)


def tell_of_keys(s: Rehearsal) -> None:
    """On the first day those with root keys say which keys of their nodes are in force; B changes the key of a log on the 12th."""
    for number, who in enumerate(WITH_ROOTS):
        s.plan(
            at(1, 5, number),
            _states(
                s,
                who,
                lambda node: ceremony.draft(node, roots=_public(s, node), threshold=THRESHOLD),
            ),
        )
    log = LogName("b.guarantors")
    seed = s.key_seed("northern-line/b.guarantors second")
    s.plan(
        at(12, 7),
        _states(s, "b", lambda node: [ceremony.rotate(node, log, overlap=100, seed=seed)]),
    )


def _states(s: Rehearsal, who: str, draft: Callable[[Node], list[Keys]]) -> Callable[[], None]:
    def state() -> None:
        node = s.nodes[who]
        documents = draft(node)
        for root in _roots(s, node)[:THRESHOLD]:
            documents = [ceremony.sign(document, root) for document in documents]
        _, problems = ceremony.state(node, documents, officer=f"{who}-1")
        assert not problems, problems[0]

    return state


def _roots(s: Rehearsal, node: Node) -> list[Signer]:
    id, (participant,) = node.agreement.file.agreement.id, node.participants
    names = [root_key_name(id, participant, number) for number in range(1, ROOTS + 1)]
    return [signer_from_seed(name, s.key_seed(name)) for name in names]


def _public(s: Rehearsal, node: Node) -> list[str]:
    return [str(root.key) for root in _roots(s, node)]


def tell_of_witnesses(s: Rehearsal) -> None:
    """The UN seals whom it has heard on Karsk Mill, for C alone; shows A one of the three; and erases an account that was
    withdrawn."""

    def parcel(*recipients: str) -> Parcel:
        return Parcel("un", "guarantors", recipients, "un-1")

    def seal(name: str, moment: datetime, make: Callable[[Sealing], str]) -> None:
        def run() -> None:
            s.refs[name] = make(Sealing(s.nodes["un"], _kept(s), chance=s.chance))

        s.plan(moment, run)

    seal("persons", at(4, 15), lambda sealing: sealing.seal(
        WITNESSES, parcel("c"), what="persons", form="list", about=s.refs["both-a"],
    ))  # fmt: skip
    seal("account", at(4, 16), lambda sealing: sealing.seal(
        b"What Person Two saw, in her own words. Made up.\n", parcel("a", "b", "c"), what="account", form="text", about=s.refs["both-a"],
    ))  # fmt: skip
    seal(
        "shown",
        at(5, 16),
        lambda sealing: sealing.disclose(s.refs["persons"], [3], ["name", "role"], parcel("a")),
    )
    seal(
        "erased",
        at(21, 9),
        lambda sealing: sealing.erase(s.refs["account"], "consent-withdrawn", "un-1"),
    )


def _kept(s: Rehearsal) -> SealingKeys:
    keys = sealing_keys(s.nodes["un"])
    return SealingKeys(keys.recipients, keys.own, keys.opened, s.kept.encrypted)
