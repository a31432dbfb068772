"""The commands on the mechanism as a whole, as an officer meets them. The whole drill is
docs/how-to/suspension.md, which tests/house runs line by line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.functional.test_cli import NODES, answer

SINCE = ("--from", "2031-04-01", "--by", "Protocol 7")


@pytest.fixture
def nodes(tmp_path: Path) -> Path:
    for name in ("a", "b", "c", "un"):
        shutil.copytree(NODES / name, tmp_path / name)
    return tmp_path


def test_each_states_its_word_and_the_act_takes_effect_once_enough_have(nodes: Path) -> None:
    """The example decides by majority."""
    code, told = answer("mechanism", "suspend", *SINCE, "--node", nodes / "a")
    assert (code, told["in_effect"], told["lacking"]) == (0, False, ["b", "c"])
    answer("sync", nodes / "a", "--node", nodes / "c")
    code, told = answer("mechanism", "suspend", *SINCE, "--node", nodes / "c")
    assert (code, told["in_effect"]) == (0, True)
    code, told = answer("show", "mechanism", "--node", nodes / "c")
    found = [(r["act"], r["state"], r["lacking"], r["instruments"]) for r in told["rows"]]
    assert found == [("suspend", "in-effect", ["b"], ["Protocol 7"])]


def test_a_custodian_that_lacks_something_is_told_what(nodes: Path) -> None:
    """The custodian had b's and c's words; what a stated meanwhile is listed, and not there."""
    answer("mechanism", "suspend", *SINCE, "--node", nodes / "a")
    answer("sync", nodes / "a", "--node", nodes / "b")
    answer("sync", nodes / "a", "--node", nodes / "c")
    for name in ("b", "c"):
        assert answer("mechanism", "hand-over", "un", *SINCE, "--node", nodes / name)[0] == 0
    shutil.rmtree(nodes / "b" / "logs" / "a.guarantors")
    shutil.rmtree(nodes / "c" / "logs" / "a.guarantors")
    answer("sync", nodes / "b", nodes / "c", "--node", nodes / "un")
    code, told = answer("mechanism", "hand-over", "--check", "--node", nodes / "un")
    assert (code, told["heads"] - told["held"]) == (1, 1)
    assert {p["place"]["log"] for p in told["problems"]} == {"a.guarantors"}
    answer("sync", nodes / "a", "--node", nodes / "un")
    code, told = answer("mechanism", "hand-over", "--check", "--node", nodes / "un")
    assert (code, told["heads"]) == (0, told["held"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("mechanism", "hand-over", *SINCE), "I-012"),
        (("mechanism", "hand-over", "nobody", *SINCE), "I-012"),
        (("mechanism", "suspend", "--from", "soon"), "Q-003"),
        (("mechanism", "suspend", "--as", "un"), "N-003"),
    ],
)
def test_what_cannot_be_stated_is_told(nodes: Path, arguments: tuple[str, ...], code: str) -> None:
    exit_code, told = answer(*arguments, "--node", nodes / "a")
    assert exit_code in (1, 2)
    assert [problem["code"] for problem in told["problems"]] == [code]
