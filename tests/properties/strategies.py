"""Generated reports and worlds for the properties."""

from __future__ import annotations

from hypothesis import strategies as st

from trucekeeper.matching.reports import MatchReport

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


_AUTHORS = ["a", "b", "c", "d", "e", "press"]
_PLACES = ["Karsk", "Vell", "Line-End", "Southby", "Between"]
_SIDES = ["d-army", "e-brigades", "black-flag", "split-column", "civilians", "nobody"]
_REPORT_ACTS = ["mortar-fire", "shelling", "air-strike", "controlled-detonation", "armed-force"]


@st.composite
def world_lines(draw: st.DrawFn, *, most: int = 14, receipts: bool = True) -> list[str]:
    """Lines of the notation (tests/world.py): reports, and statements on the reports before
    them. receipts: whether some carry signatures, which bind the names of logs."""
    lines: list[str] = []
    reports: list[tuple[str, str]] = []
    for i in range(draw(st.integers(1, most))):
        day, hour = draw(st.integers(2, 9)), draw(st.integers(0, 23))
        at = f"{day:02d} {hour:02d}:00"
        verb = draw(
            st.sampled_from(
                [
                    "report",
                    "report",
                    "report",
                    "saw",
                    "suspension",
                    *(["receipt"] if receipts else []),
                    "position",
                    "position",
                    "change",
                    "match",
                    "answer",
                ]
            )
        )
        guarantor = draw(st.sampled_from(["a", "b", "c"]))
        if verb == "report" or not reports:
            author = draw(st.sampled_from(_AUTHORS))
            told = f"{draw(st.sampled_from(_REPORT_ACTS))} at {draw(st.sampled_from(_PLACES))}"
            told += f" by {draw(st.sampled_from(_SIDES))} on {draw(st.sampled_from(_SIDES))}"
            told += f" killed {draw(st.integers(0, 3))}"
            lines.append(f"{at} {author} reports {told} #r{i}")
            reports.append((author, f"r{i}"))
        elif verb == "saw":
            lines.append(f"{at} {draw(st.sampled_from(['a', 'b', 'c', 'un', 'd']))} saw all")
        elif verb == "receipt":
            name = draw(st.sampled_from(reports))[0]
            log = f"{name}.{'public' if name in ('d', 'e', 'press') else 'guarantors'}"
            lines.append(f"{at} {guarantor} cosigns {log} #k{i}")
            lines.append(f"{at} un saw all, carrying k{i}")
        elif verb == "suspension":
            lines.append(
                f"{at} {guarantor} {draw(st.sampled_from(['suspends', 'resumes']))} from 10"
            )
        elif verb == "position":
            stance = draw(st.sampled_from(["affirms", "denies", "cannot-confirm"]))
            on = draw(st.sampled_from(["occurrence", "author", "whole", "act"]))
            lines.append(f"{at} {guarantor} {stance} {on} of {draw(st.sampled_from(reports))[1]}")
        elif verb == "change":
            author, name = draw(st.sampled_from(reports))
            change = draw(
                st.sampled_from(
                    ["withdraws {0}", "corrects {0}: shelling at Karsk by d-army killed 1"]
                )
            )
            lines.append(f"{at} {author} {change.format(name)}")
        elif verb == "match":
            one, other = (draw(st.sampled_from(reports))[1] for _ in range(2))
            lines.append(f"{at} {guarantor} matches {one} with {other}")
        else:
            lines.append(f"{at} {guarantor} answers {draw(st.sampled_from(reports))[1]}: denied")
    return lines
