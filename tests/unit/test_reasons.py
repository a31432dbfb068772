"""Reasons are lines that are read as they are written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trucekeeper.vocabulary.reasons import by_report_of, parse_reason, reason


@given(st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_a_reason_is_read_as_it_is_written(name: str, zone: str) -> None:
    written = by_report_of(reason("no-agreed-map", zone=zone, name=name), "a")
    assert "\n" not in written
    id_, arguments = parse_reason(written)
    assert id_ == "no-agreed-map"
    assert arguments == {
        k: v for k, v in {"zone": zone, "name": name, "report_by": "a"}.items() if v
    }
