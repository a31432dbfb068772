"""Generated reports and worlds for the properties."""

from __future__ import annotations

from hypothesis import strategies as st

from trucekeeper.matching.model import MatchReport

_ACTS = [
    "armed-force",
    "shelling",
    "mortar-fire",
    "air-strike",
    "violence-against-civilians",
    "overflight",
]
_WEAPONS = [None, "mortar", "mortar-82", "suspected-chemical", "artillery"]
_GROUPS = st.frozensets(st.sampled_from(["g1", "g2", "g3"]), max_size=2)


@st.composite
def match_reports(draw: st.DrawFn, *, sources: int = 4, most: int = 40) -> list[MatchReport]:
    """Reports crowded enough to match, with some at the pole, at the date line, and without a
    point."""
    count = draw(st.integers(0, most))
    lat0, lon0 = draw(
        st.sampled_from([(10.0, 20.0), (0.0, 179.99), (0.0, -179.99), (89.95, 0.0), (-60.0, 5.0)])
    )
    found = []
    for i in range(count):
        has_point = draw(st.integers(0, 9)) > 0
        lat = round(lat0 * 1e6) + draw(st.integers(-400_000, 50_000))
        lon = (
            round(lon0 * 1e6) + draw(st.integers(-600_000, 600_000)) + 180_000_000
        ) % 360_000_000 - 180_000_000
        earliest = draw(st.integers(0, 20)) * 43_200
        killed = draw(st.sampled_from([(None, None), (0, 0), (1, 3), (2, None), (9, 9)]))
        found.append(
            MatchReport(
                id=f"r{i}",
                tie=f"{draw(st.integers(0, 2**32)):08x}{i:08x}",
                source=f"s{draw(st.integers(0, sources - 1))}",
                earliest=earliest,
                latest=earliest + draw(st.sampled_from([3_600, 86_400, 3 * 86_400, 30 * 86_400])),
                lat_e6=lat if has_point else None,
                lon_e6=lon if has_point else None,
                radius_m=draw(st.sampled_from([0, 500, 2_000, 10_000, 25_000, 30_000]))
                if has_point
                else None,
                act=draw(st.sampled_from(_ACTS)),
                weapon=draw(st.sampled_from(_WEAPONS)),
                authors=draw(_GROUPS),
                targets=draw(_GROUPS),
                killed_min=killed[0],
                killed_max=killed[1],
                repeats=draw(st.booleans()),
            )
        )
    return found
