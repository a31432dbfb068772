"""Where the rows of event data sets lie: a point with a radius, a coded area, or only names, as the
class of precision says that they state."""

from __future__ import annotations

from trucekeeper.intake.cells import Row, e6
from trucekeeper.intake.setting import Setting
from trucekeeper.statements.parts import Place


def stated_place(
    row: Row, setting: Setting, *, radius_m: int | None, area: str, name: str, coded: bool
) -> Place:
    """The place of a row. radius_m: of its point, None where that only stands for something wider;
    area, name: the columns of both; coded: whether the area, not more than that, is meant."""
    province, stated = row.text(area), row.text(name)
    if radius_m is None:
        code = setting.area_code(province) if coded else None
        return Place(code=code, name=stated, area_name=province)
    for column in ("latitude", "longitude"):
        row.needed(column, "decimal degrees, as the place precision says that it is known")
    lat, lon = row.degrees("latitude"), row.degrees("longitude")
    return Place(
        lat_e6=None if lat is None else e6(lat),
        lon_e6=None if lon is None else e6(lon),
        radius_m=radius_m,
        name=stated,
        area_name=province,
    )
