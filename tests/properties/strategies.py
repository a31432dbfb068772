"""Generated worlds for the properties."""

from __future__ import annotations

from hypothesis import strategies as st

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
