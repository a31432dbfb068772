"""Tables and plots of docs/benchmarks.md from what the steps of the matching benchmark kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import matching_plots as plots

Row = Mapping[str, Any]
MEASURES = {"pair_f1": "pair F1", "cluster_f1": "cluster F1", "bcubed_f1": "B-cubed F1"}
SIZES = ("10 thousand", "30 thousand", "100 thousand")
LARGE = ("1 million in ten country-years", "1 million in one country-year")
BASE = "30 thousand"
VARIANTS = (
    "5 % filed twice", "10 % filed twice", "a tenth in bursts of four", "uneven coverage",
    "three tenths of fields missing", "names and texts",
)  # fmt: skip
AT_DENSITY = ("100 thousand, precision not stated", "100 thousand, names and texts")
CALIBRATED = ("10 thousand", "100 thousand")
#: Deciles with fewer reports are left out of the greatest error.
FEWEST = 100
#: What was asked of pair, cluster and B-cubed F1.
ASKED = {"10 thousand": (0.955, 0.90, 0.975), "100 thousand": (0.85, 0.72, 0.925)}


def page(results: Path, docs: Path) -> None:
    """Writes every table that there are results of between its marks in benchmarks.md, and the plots beside it."""
    file = docs / "benchmarks.md"
    text = file.read_text()
    for name, (kept, table) in TABLES.items():
        if (results / kept).exists():
            text = between_marks(text, name, list(table(results)))
    file.write_text(text)
    draw(results, docs / "benchmarks")


def between_marks(text: str, name: str, lines: Sequence[str]) -> str:
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    assert begin in text and end in text, name
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    return pattern.sub(lambda _: begin + "\n".join(lines) + "\n" + end, text)


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def cases(results: Path, names: Sequence[str]) -> Iterator[tuple[str, list[Row]]]:
    """The cases of the names that there are results of."""
    for name in names:
        path = results / "quality" / f"{name}.json"
        if path.exists():
            yield name, read(path)


def spread(values: Sequence[float], digits: int = 3) -> str:
    """The mean, and the least and the greatest behind it."""
    mean = sum(values) / len(values)
    if len(values) == 1:
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def line(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def head(*cells: object) -> list[str]:
    return [line(*cells), "|" + "---|" * len(cells)]


def of(rows: Sequence[Row], name: str) -> list[float]:
    return [float(row[name]) for row in rows]


def quality(results: Path) -> Iterator[str]:
    yield from head(
        "reports", "seeds", "true of candidates", "pair P", "pair R", *MEASURES.values(), "incidents", "told"
    )  # fmt: skip
    for name, rows in cases(results, (*SIZES, *AT_DENSITY, *LARGE)):
        yield line(
            name, len(rows), f"{true_share(rows):.1%}",
            *(f"{sum(of(rows, p)) / len(rows):.3f}" for p in ("pair_precision", "pair_recall")),
            *(spread(of(rows, m)) for m in MEASURES), incidents(rows), "; ".join(told(rows)) or "nothing",
        )  # fmt: skip


def true_share(rows: Sequence[Row]) -> float:
    """About how many candidates are of one incident, as estimated without the truth."""
    return sum(of(rows, "expected_pairs")) / max(sum(of(rows, "candidates")), 1)


def incidents(rows: Sequence[Row]) -> str:
    """How many more incidents are found than there are."""
    errors = of(rows, "incidents_error")
    mean = f"{sum(errors) / len(errors):+.1%}"
    return mean if len(rows) == 1 else f"{mean} ({min(errors):+.1%} to {max(errors):+.1%})"


#: Beginnings of what the estimate warns of, in short.
WARNINGS = {
    "the two backgrounds": "backgrounds disagree", "one source has": "bursts",
    "of ": "few candidates are true", "only ": "too few to estimate",
}  # fmt: skip


def told(rows: Sequence[Row]) -> list[str]:
    """Which warnings the estimate gave, with the number of seeds."""
    short = [
        next(said for begin, said in WARNINGS.items() if warning.startswith(begin))
        for row in rows
        for warning in row["warnings"]
    ]
    return [f"{said} ({short.count(said)} of {len(rows)})" for said in dict.fromkeys(short)]


def variants(results: Path) -> Iterator[str]:
    yield from head(
        "30 thousand reports",
        *(c for m in MEASURES.values() for c in (m, "lost")),
        "incidents",
        "told",
    )
    base = read(results / "quality" / f"{BASE}.json")
    for name, rows in filed_once(cases(results, (BASE, *VARIANTS))):
        cells = []
        for m in MEASURES:
            lost = sum(of(base, m)) / len(base) - sum(of(rows, m)) / len(rows)
            cells += [spread(of(rows, m)), "" if rows == base else f"{lost:+.3f}"]
        yield line("as above" if name == BASE else name, *cells, incidents(rows), "; ".join(told(rows)) or "nothing")  # fmt: skip


def filed_once(found: Iterator[tuple[str, list[Row]]]) -> Iterator[tuple[str, list[Row]]]:
    """The cases, and behind each whose sources file twice the same without what they filed again: that a source repeats
    itself is easily seen, and would hide what it does to the rest."""
    for name, rows in found:
        yield name, rows
        if name.endswith("filed twice"):
            yield f"{name}, first filings", [row | row["first_filed"] for row in rows]


def deciles(rows: Sequence[Row], joined: bool | None = None) -> list[dict[str, float]]:
    """Posteriors by decile over all seeds. joined: only reports joined with others, or only those left alone."""
    found = []
    for n in range(10):
        cells = [c for row in rows for c in row["calibration"] if c["decile"] == n]
        chosen = [c for c in cells if joined is None or c["joined"] == joined]
        reports = sum(c["reports"] for c in chosen)
        if reports:
            stated, came_true = (
                sum(c[which] for c in chosen) / reports for which in ("stated", "came_true")
            )
            found.append(
                {"decile": n, "reports": reports, "stated": stated, "came_true": came_true}
            )
    return found


def calibration_error(found: Sequence[Row]) -> tuple[float, float]:
    """The mean by reports, and the greatest of a decile that is not nearly empty."""
    errors = [(abs(d["stated"] - d["came_true"]), d["reports"]) for d in found]
    mean = sum(error * n for error, n in errors) / sum(n for _, n in errors)
    return mean, max((error for error, n in errors if n >= FEWEST), default=0.0)


def calibration(results: Path) -> Iterator[str]:
    yield from head("posterior", *(f"{name}: reports | stated | came true" for name in CALIBRATED))
    by_case = {name: deciles(rows) for name, rows in cases(results, CALIBRATED)}
    for n in range(9, -1, -1):
        cells: list[str] = []
        for found in by_case.values():
            own = [d for d in found if d["decile"] == n]
            cells += (
                [f"{own[0]['reports']:,}", f"{own[0]['stated']:.3f}", f"{own[0]['came_true']:.3f}"]
                if own
                else ["0", "", ""]
            )
        yield line(f".{n} to {(n + 1) / 10:.1f}", *cells)
    yield ""
    yield from head("error", "all: mean", "greatest", "joined: mean", "greatest", "alone: mean", "greatest")  # fmt: skip
    for name, rows in cases(results, (*SIZES, *AT_DENSITY, *LARGE, *VARIANTS)):
        parts = [calibration_error(deciles(rows, joined)) for joined in (None, True, False)]
        yield line(name, *(f"{error:.3f}" for part in parts for error in part))


def oracles(results: Path) -> Iterator[str]:
    yield from head("reports", "matcher", *MEASURES.values())
    for name, rows in cases(results, tuple(ASKED)):
        yield line(name, "asked", *(f"{asked:.3f}" for asked in ASKED[name]))
        yield line(name, "ours, cut without the truth", *(spread(of(rows, m)) for m in MEASURES))
        path = results / "oracle" / f"{name}.json"
        if not path.exists():
            continue
        true = read(path)
        for said, which in (("pairwise oracle", "pairwise"), ("cluster oracle", "cluster")):
            yield line(name, said, *(spread([row[which][m][m] for row in true]) for m in MEASURES))


def splink_best(row: Row, variant: str) -> dict[str, float] | None:
    """The best of each measure over both ways of clustering; None where it did not finish."""
    found = row["splink"]["variants"].get(variant, {})
    ways = [
        found[how]["best"] for how in ("one_to_one", "connected") if "best" in found.get(how, {})
    ]
    return {m: max(way[m][m] for way in ways) for m in MEASURES} if ways else None


def rival(results: Path) -> Iterator[str]:
    yield from head("reports", "matcher", "seeds", *MEASURES.values(), "least s", "peak MB")
    rows = read(results / "rival.json")
    for count in dict.fromkeys(row["count"] for row in rows):
        same = [row for row in rows if row["count"] == count]
        for how, said in (("match", "ours, settings given"), ("estimate", "ours, with estimation")):
            own = [row["seconds"][how] for row in same]
            yield line(
                f"{count:,}", said, len(same), *(spread([r["own"][m] for r in same]) for m in MEASURES),
                f"{min(of(own, 'seconds')):.1f}", f"{max(of(own, 'peak_mb')):,.0f}",
            )  # fmt: skip
        for variant, said in (("em", "Splink, EM"), ("truth", "Splink, true m and u")):
            best = [b for row in same if (b := splink_best(row, variant))]
            if not best:
                continue
            yield line(
                f"{count:,}", f"{said}, best cut by the truth", len(best), *(spread(of(best, m)) for m in MEASURES),
                f"{min(splink_seconds(row, variant) for row in same if splink_best(row, variant)):.1f}",
                f"{max(row['splink']['peak_mb'] for row in same):,.0f}",
            )  # fmt: skip
        stopped = {row["splink"]["stopped"] for row in same if "stopped" in row["splink"]}
        if stopped:
            yield line(f"{count:,}", f"Splink stopped: {'; '.join(stopped)}", *[""] * 6)


def splink_seconds(row: Row, variant: str) -> float:
    """Seconds of one run with one cut, by the faster way of clustering."""
    found = row["splink"]["variants"][variant]
    ways = ("one_to_one", "connected")
    return float(min(found[how]["seconds_once"] for how in ways if how in found))


def growth(results: Path) -> Iterator[str]:
    yield from head(
        "reports", "matching s", "CPU s", "peak MB", "before", "estimating and matching s", "CPU s", "peak MB", "load"
    )  # fmt: skip
    for row in read(results / "growth.json"):
        first = row["matching"][0]
        yield line(
            f"{first['reports']:,}" + (", names and texts" if row["words"] else ""),
            spread(of(row["matching"], "seconds"), 2), f"{min(of(row['matching'], 'cpu_seconds')):.2f}",
            f"{max(of(row['matching'], 'peak_mb')):,.0f}", f"{first['before_mb']:,}",
            *(f"{row['estimating'][name]:.1f}" for name in ("seconds", "cpu_seconds")),
            f"{row['estimating']['peak_mb']:,}", row["load"],
        )  # fmt: skip


def labelled(results: Path) -> Iterator[str]:
    yield from read(results / "labelled.json")


#: Each table, the result that it needs.
TABLES: Mapping[str, tuple[str, Callable[[Path], Iterator[str]]]] = {
    "matching quality": ("quality", quality),
    "matching variants": (f"quality/{BASE}.json", variants),
    "matching calibration": ("quality", calibration),
    "matching oracles": ("oracle", oracles),
    "matching rival": ("rival.json", rival),
    "matching growth": ("growth.json", growth),
    "matching labelled": ("labelled.json", labelled),
}


def draw(results: Path, folder: Path) -> None:
    """The plots of what there are results of."""
    curves = [
        {"cases": name, **d} for name, rows in cases(results, CALIBRATED) for d in deciles(rows) if d["reports"] >= FEWEST
    ]  # fmt: skip
    plots.draw(folder / "matching-calibration.svg", plots.calibration(curves))
    if (results / "rival.json").exists():
        plots.draw(folder / "matching-rival.svg", plots.quality(list(beside(results))))
    if (results / "growth.json").exists():
        plots.draw(folder / "matching-growth.svg", plots.growth(list(grown(results))))


def beside(results: Path) -> Iterator[dict[str, object]]:
    """Ours and Splink's F1 on every seed."""
    for row in read(results / "rival.json"):
        for m, measure in MEASURES.items():
            common = {"size": f"{row['count']:,}", "measure": measure}
            yield {**common, "matcher": "ours", "f1": row["own"][m]}
            for variant, said in (("em", "Splink, EM"), ("truth", "Splink, true m and u")):
                best = splink_best(row, variant)
                if best:
                    yield {**common, "matcher": said, "f1": best[m]}


def grown(results: Path) -> Iterator[dict[str, object]]:
    """Seconds of all threads and peak of each size, of the coarse fields."""
    for row in read(results / "growth.json"):
        if row["words"]:
            continue
        runs = {"matching": row["matching"], "with estimation": [row["estimating"]]}
        for what, measured in runs.items():
            common = {"reports": measured[0]["reports"], "what": what}
            yield {**common, "figure": "CPU seconds", "value": min(of(measured, "cpu_seconds"))}
            yield {**common, "figure": "peak MB", "value": max(of(measured, "peak_mb"))}
