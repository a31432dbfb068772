"""The reports of the examples, as they were last looked at and found right. TRUCEKEEPER_BLESS=1 writes them anew, in a
commit that says why the meaning changed."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

import trucekeeper as tk
from trucekeeper.reporting.compare import differences

HERE = Path(__file__).parent
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("name", "node", "face", "period"),
    [
        ("northern-line-guarantors", "northern-line/nodes/un", "guarantors", "2031-03"),
        ("northern-line-public", "northern-line/nodes/d", "public", "2031-03"),
        ("astana-2017", "astana-2017/node", "public", "2017-03"),
    ],
)
def test_the_report_says_what_it_said(name: str, node: str, face: str, period: str) -> None:
    held = tk.open(EXAMPLES / node)
    end = {"2031-03": "2031-03-31", "2017-03": "2017-03-31"}[period]
    made = held.derive(face=face, as_of=end).report(period).to_json()
    path = HERE / f"{name}.json"
    if os.environ.get("TRUCEKEEPER_BLESS"):
        path.write_bytes(made)
    golden = path.read_bytes()
    assert differences(msgspec.json.decode(golden), msgspec.json.decode(made)) == []
    assert made == golden
