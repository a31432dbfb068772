"""Run seeds: `python -m trucekeeper.simulation.run FIRST COUNT`. Prints every seed in which
something that must hold does not, and what the runs went through."""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from dataclasses import dataclass, field

from trucekeeper.simulation.checks import Watcher
from trucekeeper.simulation.faults import Faults
from trucekeeper.simulation.world import World

STEPS = 60


@dataclass
class Result:
    """What came of runs: seed → what broke; how often each thing happened."""

    broken: dict[int, str] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)


def run_seed(
    seed: int, *, steps: int = STEPS, size: int | None = None, faults: Faults | None = None
) -> World:
    """The world of a seed after its steps and its end, with every check. Raises Broken."""
    world = World(seed, size=size, faults=faults)
    watcher = Watcher(world)
    for _ in range(steps):
        world.step()
        watcher.after_step()
    world.settle()
    watcher.at_the_end()
    return world


def run_seeds(first: int, count: int) -> Result:
    """What came of `count` seeds from `first` on."""
    result = Result()
    for seed in range(first, first + count):
        try:
            world = run_seed(seed)
        except Exception as error:  # noqa: BLE001  # whatever it is, the seed is told
            result.broken[seed] = "".join(traceback.format_exception(error, limit=-4))
            continue
        result.happened.update(world.happened)
        result.happened["runs"] += 1
    return result


if __name__ == "__main__":
    result = run_seeds(int(sys.argv[1]), int(sys.argv[2]))
    for seed, what in result.broken.items():
        print(f"seed {seed}\n{what}")  # noqa: T201
    print(dict(sorted(result.happened.items())))  # noqa: T201
    sys.exit(1 if result.broken else 0)
