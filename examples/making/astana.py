"""Make `examples/astana-2017`: the node of an archive that transcribes public sources, the same bytes each time.

python -m examples.making.astana examples/astana-2017
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from examples.making.rehearsal import lay_anew
from trucekeeper import workspace
from trucekeeper.intake.drafts import Draft
from trucekeeper.intake.read import take
from trucekeeper.keys.custody import public_seed
from trucekeeper.workspace import Node

SEED = "trucekeeper EXERCISE astana-2017"
#: The archive is entered on one day; everything in it counts by stated time.
ENTERED = 1_514_764_800
PARTIES = {"RU": "russia", "TR": "turkey"}
#: The page of B17-040 gives the Turkish total as 4 and, one sentence on, as 5.
VARIANTS = {("B17-040", "TR"): (5,)}


def make(folder: Path) -> Node:
    """Build the example's node from `agreement.toml` and `inputs/`."""
    path = folder / "node"
    shutil.rmtree(path, ignore_errors=True)
    everybody = tuple(workspace.load_agreement(folder / "agreement.toml").participants)
    node = workspace.new(
        path, folder / "agreement.toml", everybody, seeds=lambda origin: public_seed(SEED, origin)
    )
    # In order of stated time, so that what was known by a day is a beginning of each log.
    drafts = sorted(
        bulletins(node, folder) + statements(node, folder), key=lambda d: d.stated_at or ENTERED
    )
    stated, problems = node.state(drafts)
    assert len(stated) == len(drafts), problems
    lay_anew(path)
    for lock in path.rglob(".writer"):
        lock.unlink()
    return node


def bulletins(node: Node, folder: Path) -> list[Draft]:
    """The tallies of the bulletins, as one guarantor published both."""
    taken = take(
        folder / "inputs", node.agreement, author="ru-mod-bulletins", circle="public", stated={}, now=ENTERED, format="bulletins",
        parties=PARTIES, publisher="russia", variants=VARIANTS,
    )  # fmt: skip
    return list(taken.drafts)


def statements(node: Node, folder: Path) -> list[Draft]:
    """The statements entered by hand, each in the log that it names."""
    found: list[Draft] = []
    for author in ("press", "ru-mod-bulletins"):
        path = folder / "inputs" / f"{author}.toml"
        found += take(
            path, node.agreement, author=author, circle="public", stated={}, now=ENTERED
        ).drafts
    return found


if __name__ == "__main__":
    make(Path(sys.argv[1]))
