"""Run seeds: `python -m trucekeeper.simulation.run FIRST COUNT [PROCESSES]`. Prints every seed in
which something that must hold does not, with its faults, and what the runs went through."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context

from trucekeeper.simulation.checks import Watcher
from trucekeeper.simulation.faults import Faults
from trucekeeper.simulation.world import World

STEPS = 60
#: How many seeds a process takes at a time.
_PART = 10
#: After how many seeds it is said how far the runs are.
_SAID_EVERY = 100


@dataclass
class Result:
    """What came of runs: seed → its faults and what broke; how often each thing happened."""

    broken: dict[int, str] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)

    def add(self, other: Result) -> None:
        """Take in what came of other runs."""
        self.broken |= other.broken
        self.happened.update(other.happened)


def run_seed(
    seed: int, *, steps: int = STEPS, size: int | None = None, faults: Faults | None = None
) -> World:
    """The world of a seed after its steps and its end, with every check. Raises Broken."""
    return run_world(World(seed, size=size, faults=faults), steps)


def run_world(world: World, steps: int = STEPS) -> World:
    """A world after its steps and its end, with every check. Raises Broken."""
    watcher = Watcher(world)
    for _ in range(steps):
        world.step()
        watcher.after_step()
    world.settle()
    watcher.at_the_end()
    return world


def run_seeds(seeds: range) -> Result:
    """What came of these seeds, one after the other."""
    result = Result()
    for seed in seeds:
        world = World(seed)
        try:
            run_world(world)
        except Exception as error:  # noqa: BLE001  # whatever it is, the seed is told
            trace = "".join(traceback.format_exception(error, limit=-6))
            result.broken[seed] = f"step {world.steps} of {world.faults}\n{trace}"
        result.happened.update(world.happened)
        result.happened.update(f"one that {misdeed.value}" for misdeed in world.misdeeds.values())
        result.happened["runs"] += 1
    return result


def run_at_once(first: int, count: int, processes: int) -> Iterator[Result]:
    """What came of parts of these seeds, in the order in which they end."""
    starts = range(first, first + count, _PART)
    parts = [range(start, min(start + _PART, first + count)) for start in starts]
    with get_context("spawn").Pool(min(processes, len(parts))) as pool:
        yield from pool.imap_unordered(run_seeds, parts)


def main(first: int, count: int, processes: int) -> int:
    """Run seeds and print what came of them; 1 where something broke, else 0."""
    begun, all_of_it, said = time.monotonic(), Result(), 0
    for part in run_at_once(first, count, processes):
        all_of_it.add(part)
        for seed, what in part.broken.items():
            print(f"seed {seed}, {what}", flush=True)  # noqa: T201
        done = all_of_it.happened["runs"]
        if done - said >= _SAID_EVERY or done == count:
            said, seconds = done, time.monotonic() - begun
            broken = len(all_of_it.broken)
            print(f"{done} of {count} seeds, {broken} broken, {seconds:.0f} s", flush=True)  # noqa: T201
    for what, times in sorted(all_of_it.happened.items()):
        print(f"{times:>9,}  {what}")  # noqa: T201
    if all_of_it.broken:
        print(f"broken: {' '.join(map(str, sorted(all_of_it.broken)))}")  # noqa: T201
    return 1 if all_of_it.broken else 0


if __name__ == "__main__":
    told = [int(number) for number in sys.argv[1:]]
    sys.exit(main(told[0], told[1], told[2] if len(told) > 2 else os.cpu_count() or 1))
