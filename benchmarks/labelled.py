"""How well a matcher does on real reports: precision and recall on the pairs of `examples/astana-2017/labels`, plain
and weighted by how many pairs of its stratum each stands for.

python -m benchmarks.labelled
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from pathlib import Path

from benchmarks.published import ROOT, reports
from trucekeeper.engines.columns import coded
from trucekeeper.engines.estimation import estimate
from trucekeeper.engines.kernel import THREADS
from trucekeeper.engines.values import match_on_columns
from trucekeeper.matching.reports import Constraints, MatchReport
from trucekeeper.matching.settings import DEFAULT

LABELS = ROOT / "examples" / "astana-2017" / "labels"
#: 97.5 % of a normal distribution lie below.
Z = 1.959964

#: A data set, and the publisher's identifier of a record.
Key = tuple[str, str]
#: Clusters of report ids; a report that is in none stands alone.
MatchAll = Callable[[list[MatchReport]], Sequence[Sequence[str]]]


class Label(StrEnum):
    """Whether two reports speak of one event."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True)
class LabelledPair:
    """A pair with its label and stratum. weight: how many pairs of its stratum it stands for."""

    number: int
    one: Key
    other: Key
    label: Label
    stratum: str
    population: int
    weight: float

    @property
    def kind(self) -> str:
        """What is paired."""
        if self.one[0] != self.other[0]:
            return "event and video"
        return "two events" if self.one[0] == "ged" else "two videos"


@dataclass(frozen=True)
class Measure:
    """What a matcher made of labelled pairs; `unsure` ones are counted and else left out."""

    together: Sequence[LabelledPair]
    apart: Sequence[LabelledPair]

    @property
    def unsure(self) -> int:
        return sum(pair.label is Label.UNSURE for pair in (*self.together, *self.apart))

    @property
    def wrong(self) -> list[LabelledPair]:
        """Pairs put together that are different."""
        return [pair for pair in self.together if pair.label is Label.DIFFERENT]

    @property
    def missed(self) -> list[LabelledPair]:
        """Pairs left apart that are the same."""
        return [pair for pair in self.apart if pair.label is Label.SAME]

    @property
    def right(self) -> list[LabelledPair]:
        """Pairs put together that are the same."""
        return [pair for pair in self.together if pair.label is Label.SAME]


def labelled_pairs(folder: Path = LABELS) -> list[LabelledPair]:
    """The labelled pairs with their strata."""
    design = {row["pair"]: row for row in _read(folder / "design.csv")}
    drawn = Counter(row["stratum"] for row in design.values())
    found = []
    for row in _read(folder / "pairs.csv"):
        stratum = design[row["pair"]]["stratum"]
        population = int(design[row["pair"]]["population_of_stratum"])
        found.append(
            LabelledPair(
                int(row["pair"]),
                (row["source_one"], row["id_one"]),
                (row["source_two"], row["id_two"]),
                Label(row["label"]),
                stratum,
                population,
                population / drawn[stratum],
            )
        )
    return found


def measure(pairs: Iterable[LabelledPair], home: Mapping[Key, int]) -> Measure:
    """What a matcher made of the pairs. home: the incident of each report."""
    sorted_out: dict[bool, list[LabelledPair]] = {True: [], False: []}
    for pair in pairs:
        sorted_out[home[pair.one] == home[pair.other]].append(pair)
    return Measure(together=sorted_out[True], apart=sorted_out[False])


def homes(found: Mapping[Key, MatchReport], match: MatchAll) -> dict[Key, int]:
    """The incident of each report, by the clusters that a matcher makes of all of them."""
    clusters = match(list(found.values()))
    home = {id: number for number, cluster in enumerate(clusters) for id in cluster}
    alone = len(clusters)
    return {key: home.get(report.id, alone + at) for at, (key, report) in enumerate(found.items())}


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if of == 0:
        return 0.0, 1.0
    share, slack = hits / of, Z * Z / of
    middle = share + slack / 2
    half = Z * sqrt(share * (1 - share) / of + slack / (4 * of))
    return max(0.0, (middle - half) / (1 + slack)), min(1.0, (middle + half) / (1 + slack))


def by_kind(pairs: Sequence[LabelledPair], home: Mapping[Key, int]) -> list[str]:
    """The figures by kind of pair, as lines of a Markdown table."""
    lines = [
        "| pairs | labelled | same | unsure | together | precision | weighted | recall | weighted |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    kinds = dict.fromkeys(pair.kind for pair in sorted(pairs, key=lambda pair: pair.kind))
    for name in (*kinds, "all"):
        chosen = [pair for pair in pairs if name in (pair.kind, "all")]
        lines.append(_figures(name, chosen, measure(chosen, home)))
    return lines


def table(pairs: Sequence[LabelledPair], home: Mapping[Key, int]) -> str:
    """The figures by kind of pair, then by stratum, then the pairs that went wrong, as Markdown."""
    lines = [
        *by_kind(pairs, home),
        "",
        "| stratum | pairs in it | drawn | same | different | unsure | together: same | different | unsure |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    sizes = {pair.stratum: pair.population for pair in pairs}
    for name in dict.fromkeys(
        pair.stratum for pair in sorted(pairs, key=lambda pair: -pair.population)
    ):
        chosen = [pair for pair in pairs if pair.stratum == name]
        labels = Counter(pair.label for pair in chosen)
        joined = Counter(pair.label for pair in measure(chosen, home).together)
        counts = [c[label] for c in (labels, joined) for label in Label]
        lines.append(_row(name, f"{sizes[name]:,}", len(chosen), *counts))
    whole = measure(pairs, home)
    for said, wrong in (
        ("Together, though different", whole.wrong),
        ("Apart, though the same", whole.missed),
    ):
        lines += ["", f"{said}: {', '.join(str(pair.number) for pair in wrong) or 'none'}."]
    return "\n".join(lines)


def _figures(name: str, chosen: Sequence[LabelledPair], found: Measure) -> str:
    same = [pair for pair in chosen if pair.label is Label.SAME]
    shares = [
        cell for of in ([*found.right, *found.wrong], same) for cell in _shares(found.right, of)
    ]
    return _row(name, len(chosen), len(same), found.unsure, len(found.together), *shares)


def _shares(right: Sequence[LabelledPair], of: Sequence[LabelledPair]) -> tuple[str, str]:
    """The plain share with its interval, and the share by weight."""
    if not of:
        return "none", "none"
    low, high = wilson(len(right), len(of))
    weighed = sum(pair.weight for pair in right) / sum(pair.weight for pair in of)
    return (
        f"{len(right)}/{len(of)} = {len(right) / len(of):.2f} ({low:.2f} to {high:.2f})",
        f"{weighed:.2f}",
    )


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_default(found: list[MatchReport]) -> Sequence[Sequence[str]]:
    """The clusters under the default annex."""
    return match_on_columns(found, Constraints(), DEFAULT).clusters


def by_estimate(found: list[MatchReport]) -> Sequence[Sequence[str]]:
    """The clusters under settings estimated from the same reports, without labels."""
    estimated = estimate(coded(sorted(found, key=lambda r: r.tie)), threads=THREADS)
    for warning in estimated.warnings:
        print(f"warning: {warning}")
    return match_on_columns(found, Constraints(), estimated.settings).clusters


def main() -> None:
    found, pairs = reports(), labelled_pairs()
    for name, match in (
        ("The default annex", by_default),
        ("Estimated from these reports", by_estimate),
    ):
        print(f"\n{name}:\n\n{table(pairs, homes(found, match))}")


if __name__ == "__main__":
    main()
