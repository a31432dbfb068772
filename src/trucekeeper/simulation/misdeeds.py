"""What a dishonest node answers in the place of what it should."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import msgspec

from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.note import parse_note, sign_note
from trucekeeper.replication.exchange import Heads
from trucekeeper.replication.message import Request, Response
from trucekeeper.simulation.faults import Misdeed
from trucekeeper.simulation.station import Station

_NOTHING = Response(404, b"not found\n")


def answer_of_a_rogue(
    misdeed: Misdeed, station: Station, reader: str, request: Request, chance: Random
) -> Response:
    """A dishonest station's answer to a reader."""
    own = request.path.startswith(f"/{station.name}.")
    response = station.answer(reader, request)
    match misdeed:
        case Misdeed.STAYS_AWAY:
            raise OSError("it stays away")
        case Misdeed.WITHHOLDS if not own:
            return _own_heads(station, response) if request.path == "/heads" else _NOTHING
        case Misdeed.FORGES if response.status == 200 and not own:
            station.forged += 1
            if request.path == "/heads":
                return _self_signed(station, response)
            if "/tile/entries/" in request.path:
                return replace(response, body=_changed(response.body, chance))
    return response


def _own_heads(station: Station, response: Response) -> Response:
    heads = msgspec.json.decode(response.body, type=Heads).heads if response.body else {}
    kept = {log: note for log, note in heads.items() if log.startswith(f"{station.name}.")}
    return replace(response, body=msgspec.json.encode(Heads(kept)))


def _self_signed(station: Station, response: Response) -> Response:
    """The heads of others, one entry longer, signed with the station's own key in their name."""
    heads = dict(msgspec.json.decode(response.body, type=Heads).heads) if response.body else {}
    signer = next(iter(station.signers.values()))
    for log, text in heads.items():
        if not log.startswith(f"{station.name}."):
            head = parse_checkpoint(parse_note(text.encode()).text)
            longer = replace(head, size=head.size + 1)
            key = replace(signer.key, name=head.origin)
            heads[log] = bytes(sign_note(longer.text(), key, signer.sign)).decode()
    return replace(response, body=msgspec.json.encode(Heads(heads)))


def _changed(bundle: bytes, chance: Random) -> bytes:
    at = chance.randrange(2, len(bundle))
    return bundle[:at] + bytes([bundle[at] ^ 1]) + bundle[at + 1 :]
