"""What a dishonest node answers in the place of what it should."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import msgspec

from trucekeeper.logs.checkpoint import parse_checkpoint
from trucekeeper.logs.note import NoteError, parse_note, sign_note
from trucekeeper.replication.exchange import Heads
from trucekeeper.replication.message import BODY_BYTES_MAX, Request, Response
from trucekeeper.replication.peer import unpacked
from trucekeeper.simulation.faults import Misdeed
from trucekeeper.simulation.station import Station
from trucekeeper.storage.log_folder import HEAD

_NOTHING = Response(404, b"not found\n")


def answer_of_a_rogue(
    misdeed: Misdeed, station: Station, reader: str, request: Request, chance: Random
) -> Response:
    """A dishonest station's answer to a reader."""
    if misdeed is Misdeed.STAYS_AWAY:
        raise OSError("it stays away")
    response = station.answer(reader, request)
    if response.status != 200 or request.path.startswith(f"/{station.name}."):
        return response
    match misdeed:
        case Misdeed.WITHHOLDS:
            return _own_heads(station, response) if request.path == "/heads" else _NOTHING
        case Misdeed.FORGES:
            return _forged(station, request, response, chance)
        case _:
            return response


def _own_heads(station: Station, response: Response) -> Response:
    heads = msgspec.json.decode(response.body, type=Heads).heads
    kept = {log: note for log, note in heads.items() if log.startswith(f"{station.name}.")}
    return replace(response, body=msgspec.json.encode(Heads(kept)), headers={})


def _forged(station: Station, request: Request, response: Response, chance: Random) -> Response:
    """Heads of others, one entry longer, signed with the station's own key in their name; and
    entries of others, changed."""
    if request.path == "/heads":
        heads = msgspec.json.decode(response.body, type=Heads).heads
        told = {log: _self_signed(station, log, note) for log, note in heads.items()}
        return replace(response, body=msgspec.json.encode(Heads(told)), headers={})
    body = unpacked(response, BODY_BYTES_MAX)
    log, _, name = request.path.removeprefix("/").partition("/")
    if name == HEAD and log in station.agreement.logs:
        note = body.decode(errors="replace")  # a bit may have flipped on its own disk
        return replace(response, body=_self_signed(station, log, note).encode(), headers={})
    if name.startswith("tile/entries/"):
        return replace(response, body=_changed(body, chance), headers={})
    return response


def _self_signed(station: Station, log: str, note: str) -> str:
    """Another's head, one entry longer, signed with the station's own key."""
    if log.startswith(f"{station.name}.") or "/" in log:
        return note
    signer = next(iter(station.signers.values()))
    try:
        head = parse_checkpoint(parse_note(note.encode()).text)
    except NoteError:
        return note  # damaged on its own disk
    station.forged.add(log)
    longer = replace(head, size=head.size + 1)
    key = replace(signer.key, name=head.origin)
    return bytes(sign_note(longer.text(), key, signer.sign)).decode()


def _changed(bundle: bytes, chance: Random) -> bytes:
    at = chance.randrange(2, len(bundle))
    return bundle[:at] + bytes([bundle[at] ^ 1]) + bundle[at + 1 :]
