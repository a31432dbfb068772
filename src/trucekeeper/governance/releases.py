"""Whether a release says no more than its original."""

from __future__ import annotations

from trucekeeper.governance.citing import REFERENCE_FIELDS
from trucekeeper.statements.kinds import Body, Report
from trucekeeper.vocabulary.places import point_squared_m


def contains(wide: Body, narrow: Body) -> bool:
    """Whether a release says no more than its original: every field equal or left out, but that a
    report's period and disc may be wider, and that references may lead to releases of what the
    original cites."""
    free = {"occurred", "place", *REFERENCE_FIELDS.get(wide.kind, ())}
    if wide.kind != narrow.kind or not all(
        getattr(wide, name) in (getattr(narrow, name), None, ())
        for name in wide.__struct_fields__
        if name not in free
    ):
        return False
    return (
        not isinstance(wide, Report)
        or not isinstance(narrow, Report)
        or (
            wide.occurred.earliest <= narrow.occurred.earliest
            and wide.occurred.latest >= narrow.occurred.latest
            and _place_contains(wide, narrow)
        )
    )


def _place_contains(wide: Report, narrow: Report) -> bool:
    a, b = wide.place, narrow.place
    if a.code is not None and not (b.code or a.code).startswith(a.code):
        return False
    if a.lat_e6 is None or a.lon_e6 is None or a.radius_m is None:
        return True
    if b.lat_e6 is None or b.lon_e6 is None or b.radius_m is None:
        return False
    room = a.radius_m - b.radius_m
    apart = point_squared_m(a.lat_e6, a.lon_e6, b.lat_e6, b.lon_e6)
    return room >= 0 and apart <= room * room
