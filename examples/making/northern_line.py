"""Make `examples/northern-line`: agreement, nodes and truth, the same bytes each time.

python -m examples.making.northern_line examples/northern-line
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from examples.making.chance import Chance
from examples.making.kept import Kept
from examples.making.northern_keys import tell_of_keys, tell_of_witnesses
from examples.making.northern_land import areas, zones
from examples.making.northern_story import AWAY, at, tell
from examples.making.northern_world import Happening, Told, happenings, reports
from examples.making.rehearsal import MakeBody, Rehearsal, lay_anew
from trucekeeper.statements import kinds

SEED = "trucekeeper EXERCISE northern-line 2031"
PARTICIPANTS = ["a", "b", "c", "d", "e", "un"]
SUNDAY = 6
#: Who answers for whose forces.
ANSWERS_FOR = {"a": "d-army", "b": "e-brigades"}


def make(folder: Path) -> None:
    """Build the example into a folder that holds `agreement.toml`."""
    text = (folder / "agreement.toml").read_text()
    for name, data in (("zones.geojson", zones()), ("areas.geojson", areas())):
        (folder / name).write_bytes(data)
        assert hashlib.sha256(data).hexdigest() in text, (
            f"{name} is not the file that the agreement names"
        )
    shutil.rmtree(folder / "nodes", ignore_errors=True)
    kept = Kept(folder / "kept")
    rehearsal = Rehearsal(folder / "nodes", folder / "agreement.toml", PARTICIPANTS, SEED, kept)
    chance = Chance(SEED)
    happened = happenings(chance)
    told = [
        t for t in reports(chance, happened) if not (t.source == "c" and AWAY[0] <= t.at < AWAY[1])
    ]
    for t in told:
        circle = {"d": "all", "e": "all", "civil-monitors": "public"}.get(t.source, "guarantors")
        rehearsal.say(t.at, t.source, circle, t.body, name=t.ref)
        answer(rehearsal, chance, t, circle)
    tell(rehearsal)
    tell_of_keys(rehearsal)
    tell_of_witnesses(rehearsal)
    exchange(rehearsal)
    publish(rehearsal)
    rehearsal.run()
    write_truth(folder / "truth.json", happened, told)
    for path in rehearsal.paths.values():
        lay_anew(path)
    kept.drop_unused()


def answer(rehearsal: Rehearsal, chance: Chance, told: Told, circle: str) -> None:
    """Who answers for the side that a report accuses does so within a day of the evening on which it sees it."""
    if told.at > at(29, 17):
        return
    for guarantor, force in ANSWERS_FOR.items():
        if force in told.body.alleged_author and told.source not in (guarantor, "civil-monitors"):
            evening = told.at.replace(hour=18, minute=0) + timedelta(days=told.at.hour >= 17)
            while told.source in ("d", "e") and evening.day % 3:
                evening += timedelta(days=1)
            response = chance.one_of(["acknowledged", "denied", "explained"])
            moment = evening + timedelta(hours=chance.between(2, 12))
            rehearsal.say(moment, guarantor, circle, _answering(told.ref, response))


def _answering(ref: str, response: str) -> MakeBody:
    return lambda refs: kinds.Answer(to=refs[ref], response=response)  # type: ignore[arg-type]  # a word of the list


def exchange(rehearsal: Rehearsal) -> None:
    """Every evening the UN's node takes in what the guarantors have, and they take from there what they may read; the parties
    do so every third evening, and C does not while it is away. On Sundays and on the last evening they give one another
    receipts, until all are in the same state."""
    for day in range(1, 32):
        evening = at(day, 18 if day < 31 else 20)
        away = {"c"} if AWAY[0] <= evening < AWAY[1] else set()
        away |= set() if day % 3 == 0 else {"d", "e"}
        there = [who for who in ("a", "b", "c", "d", "e") if who not in away]
        meet = rehearsal.exchange if evening.weekday() == SUNDAY or day == 31 else rehearsal.sync
        meet(evening, "un", *there)
        for number, who in enumerate(there):
            meet(evening + timedelta(minutes=20 + number), who, "un")
    for hour in (21, 22, 23):
        rehearsal.exchange(at(31, hour), "un", "a", "b", "c", "d", "e")
        for number, who in enumerate(("a", "b", "c", "d", "e")):
            rehearsal.exchange(at(31, hour, 20 + number), who, "un")
    rehearsal.witness(at(31, 23, 50), "un")


def publish(rehearsal: Rehearsal) -> None:
    """The UN publishes the joint report of the second week of March, sends it, and corrects it."""

    def publication(_: dict[str, str]) -> kinds.Publication:
        node = rehearsal.nodes["un"]
        picture = node.derive(as_of="2031-03-09", face="guarantors")
        report = picture.report("2031-W10")
        sizes = {str(head.log): head.size for head in picture.cut.heads}
        return kinds.Publication(
            period="2031-W10", face="guarantors", cut_digest=picture.cut.digest, report_digest=report.document.digest, sizes=sizes,
            published_at=at(11, 9),
        )  # fmt: skip

    rehearsal.say(at(11, 9), "un", "guarantors", publication, name="publication")
    rehearsal.approve(at(11, 9, 30), "un", "publication")
    rehearsal.say(
        at(11, 10),
        "un",
        "guarantors",
        lambda r: kinds.Transmission(
            publication=r["publication"],
            recipient="Security Council (exercise)",
            sent_at=at(11, 10),
            symbol="X/2031/7",
        ),
        name="sent",
    )
    rehearsal.approve(at(11, 10, 30), "un", "sent")
    rehearsal.say(
        at(14, 9),
        "un",
        "guarantors",
        lambda r: kinds.Corrigendum(
            publication=r["publication"],
            number=1,
            text="Incident at Ostra on 2 March: read 2 killed for 5.",
        ),
        name="corrigendum",
    )
    rehearsal.approve(at(14, 9, 30), "un", "corrigendum")


def write_truth(path: Path, happened: list[Happening], told: list[Told]) -> None:
    """What happened, and which reports tell of it."""
    rows = [
        msgspec.to_builtins(h)
        | {"at": _text(h.at), "reports": [t.ref for t in told if t.happening == h.number]}
        for h in happened
    ]
    path.write_text(
        json.dumps({"exercise": True, "seed": SEED, "incidents": rows}, indent=1) + "\n"
    )


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
