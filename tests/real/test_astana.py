"""The reconstruction of 2017 with the published data sets added: what the reference case says they hold, and what
follows. The data lie beside the repository; where they are absent, these tests say so and skip."""

from __future__ import annotations

import csv
import gzip
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import trucekeeper as tk
from tests.render.page import Page
from trucekeeper.cli import main
from trucekeeper.facade import Picture
from trucekeeper.incidents.elements import Incident
from trucekeeper.incidents.scope import Scoping
from trucekeeper.vocabulary.places import inside
from trucekeeper.vocabulary.times import parse_instant

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
GED = DATA / "ged-syria-2017" / "ged_syria_20161201_20171231.csv.gz"
VIDEOS = DATA / "syrian-archive-observations" / "observations_excl_2016jan_nov.csv.gz"
PLACES = DATA / "syrian-archive-observations" / "places.csv"
#: Local midnight at which the window opens.
OPENS = parse_instant("2016-12-29T22:00:00Z") or 0
DAY = 86_400

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason="no data beside the repository"),
    pytest.mark.xdist_group("astana"),
]


def run(*arguments: str | Path) -> str:
    """What a command prints; it must not fail. The data sets' own contradictions are notes."""
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> tk.Node:
    """The example's node with both data sets added, as the README says."""
    folder = tmp_path_factory.mktemp("astana") / "node"
    shutil.copytree(ROOT / "examples" / "astana-2017" / "node", folder)
    assert run("add", GED, "--as", "ged", "--node", folder).startswith("Stated 6028 ")
    said = run(
        "add",
        VIDEOS,
        "--as",
        "syrian-archive",
        "--places",
        PLACES,
        "--names-checked",
        "--node",
        folder,
    )
    assert said.startswith("Stated 1767 ")
    return tk.open(folder)


@pytest.fixture(scope="module")
def picture(node: tk.Node) -> Picture:
    return node.derive(as_of="2017-12-31")


@pytest.fixture(scope="module")
def events() -> dict[str, dict[str, str]]:
    """The rows of the event data by their identifier."""
    with gzip.open(GED, "rt", encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def sides(event: Mapping[str, str]) -> tuple[str, str]:
    return event["side_a"], event["side_b"]


def names(event: Mapping[str, str]) -> set[str]:
    """Every comma-separated name of both sides."""
    return {name.strip() for side in sides(event) for name in side.split(",")}


@pytest.fixture(scope="module")
def scope(picture: Picture) -> dict[str, dict[str, Any]]:
    """By event of the window: the four tests of the incident that its report is in."""
    tests: dict[str, dict[str, Any]] = {}
    for row in picture.rows("scope"):
        tests.setdefault(row["incident"], {})[row["test"]] = row
    return {
        found.report.report_ref or "": tests[picture.derived.numbers[found.ref]]
        for found in picture.derived.located
        if found.source == "ged" and found.latest > OPENS
    }


def results(scope: dict[str, dict[str, Any]], chosen: Iterable[str], test: str) -> Counter[str]:
    return Counter(scope[id][test]["result"] for id in chosen)


def is_isil(event: Mapping[str, str]) -> bool:
    return "IS" in sides(event)


def is_hts(event: Mapping[str, str]) -> bool:
    return bool(names(event) & {"HTS", "Jabhat Fateh al-Sham"})


def test_every_report_is_in_exactly_one_incident(picture: Picture) -> None:
    kinds = Counter((row["author"], row["kind"]) for row in picture.rows("statements"))
    assert kinds["ged", "report"] == 6_028
    assert kinds["syrian-archive", "report"] == 1_767
    matches = picture.rows("matches")
    reports = sum(count for (_, kind), count in kinds.items() if kind == "report")
    assert len(matches) == len({row["report"] for row in matches}) == reports
    held = [ref for incident in picture.incidents for ref in incident["basis"]]
    assert sorted(held) == sorted(row["report"] for row in matches)
    assert sum(incident["reports"] for incident in picture.incidents) == reports


def test_the_window_has_5619_events(scope: dict[str, dict[str, Any]]) -> None:
    assert len(scope) == 5_619


def test_each_report_that_names_isil_is_outside_by_actor_with_the_clause(
    picture: Picture, events: dict[str, dict[str, str]]
) -> None:
    """As single reports, before they are matched with others."""
    derived = picture.derived
    scoping = Scoping(derived.agreement, derived.standings)
    alone = [
        scoping.of(Incident("alone", (), (found,), aggregate=False))
        for found in derived.located
        if found.source == "ged"
        and found.latest > OPENS
        and is_isil(events[found.report.report_ref or ""])
    ]
    assert len(alone) == 2_870
    assert {scope.tests["actor"].result for scope in alone} == {"outside"}
    assert {scope.clause for scope in alone} == {"ceasefire-area"}
    assert {scope.tests["place"].result for scope in alone} == {"undetermined"}


def test_their_incidents_are_outside_but_one_whose_author_another_source_leaves_open(
    picture: Picture, scope: dict[str, dict[str, Any]], events: dict[str, dict[str, str]]
) -> None:
    isil = [id for id in scope if is_isil(events[id])]
    assert results(scope, isil, "actor") == {"outside": 2_869, "undetermined": 1}
    assert results(scope, isil, "place") == {"undetermined": 2_870}
    (bombing,) = [row for row in picture.incidents if "press" in row["sources"]]
    for id in isil:
        tests = scope[id]
        assert any(reason.startswith("no-agreed-map") for reason in tests["place"]["reasons"])
        if tests["actor"]["result"] == "outside":
            # Where the other side signed nothing, that clause is cited too.
            assert "ceasefire-area" in tests["actor"]["clauses"]
        else:
            assert tests["actor"]["incident"] == bombing["incident"]


def test_hts_is_contested_where_dated_readings_differ_else_undetermined(
    scope: dict[str, dict[str, Any]], events: dict[str, dict[str, str]]
) -> None:
    hts = [id for id in scope if is_hts(events[id])]
    others = [id for id in hts if not is_isil(events[id])]
    assert (len(hts), len(others)) == (263, 106)
    # Two participants' readings are at hand for the name borne until January 2017, for none later.
    early = [id for id in others if "Jabhat Fateh al-Sham" in names(events[id])]
    assert results(scope, early, "actor") == {"contested": 10}
    for id in early:
        assert any(r.startswith("readings-differ") for r in scope[id]["actor"]["reasons"])
    late = [id for id in others if id not in early]
    assert results(scope, late, "actor") == {"undetermined": 96}
    for id in late:
        assert any(
            r.startswith(("no-reading", "read-only-by", "covers-several"))
            for r in scope[id]["actor"]["reasons"]
        ), scope[id]["actor"]["reasons"]


def test_an_umbrella_of_many_groups_is_undetermined(
    scope: dict[str, dict[str, Any]], events: dict[str, dict[str, str]]
) -> None:
    umbrella = [
        id for id in scope if sides(events[id]) == ("Government of Syria", "Syrian insurgents")
    ]
    assert len(umbrella) == 2_476
    assert results(scope, umbrella, "actor") == {"undetermined": 2_476}
    assert all(
        any(r.startswith("covers-several") for r in scope[id]["actor"]["reasons"])
        for id in umbrella
    )


def test_no_event_is_inside_while_no_map_is_agreed(scope: dict[str, dict[str, Any]]) -> None:
    assert results(scope, scope, "place") == {"undetermined": 5_619}


def test_5043_events_are_precise_enough_to_be_matched(
    picture: Picture, events: dict[str, dict[str, str]]
) -> None:
    precise = {
        id
        for id, event in events.items()
        if int(event["where_prec"]) <= 2
        and int(event["date_prec"]) <= 2
        and event["date_end"][:10] >= "2016-12-30"
    }
    assert len(precise) == 5_043
    matched = {row["report"] for row in picture.rows("matches") if row["matched"]}
    ged = {
        found.report.report_ref
        for found in picture.derived.located
        if found.source == "ged" and found.ref in matched
    }
    assert ged == precise


def test_the_aggregates_hold_half_of_the_deaths_and_stand_apart(
    picture: Picture, events: dict[str, dict[str, str]]
) -> None:
    long = {
        id
        for id, e in events.items()
        if int(e["date_prec"]) >= 4 and e["date_end"][:10] >= "2016-12-30"
    }
    assert len(long) == 88
    assert sum(int(events[id]["best"]) for id in long) == 24_438
    by_number = {row["incident"]: row for row in picture.incidents}
    for found in picture.derived.located:
        if found.source == "ged" and found.report.report_ref in long:
            assert by_number[picture.derived.numbers[found.ref]]["matching"] == "aggregate"


def test_march_wholly_inside_and_overlapping(picture: Picture) -> None:
    start = parse_instant("2017-02-28T22:00:00Z") or 0
    end = parse_instant("2017-03-31T21:00:00Z") or 0
    ged = [f for f in picture.derived.located if f.source == "ged"]
    overlap = [f for f in ged if f.earliest < end and f.latest > start]
    inside = [f for f in overlap if start <= f.earliest and f.latest <= end]
    assert (len(overlap), len(inside)) == (517, 504)
    assert sum("IS" in (*f.report.alleged_author, *f.report.target) for f in inside) == 238


def test_polygons_and_publisher_disagree_and_both_are_kept(
    node: tk.Node, picture: Picture, events: dict[str, dict[str, str]]
) -> None:
    """Over all points of the window the 14 governorates disagree 67 times, 11 points lie in none. The picture
    reads the area only from points that are good to a town or a district, and Damascus is one row."""
    window = [e for e in events.values() if e["date_end"][:10] >= "2016-12-30"]
    lats, lons = (
        np.array([round(float(e[name]) * 1_000_000) for e in window])
        for name in ("latitude", "longitude")
    )
    code: list[str | None] = [None] * len(window)
    for name, polygon in node.agreement.area_polygons:
        for row in np.flatnonzero(inside(polygon, lats, lons)):
            code[row] = name
    assert code.count(None) == 11
    stated = {"Damascus Governorate": "SY01", "Rif Dimashq Governorate": "SY03"}
    areas = {e["adm_1"]: node.agreement.reporting_area_named(e["adm_1"]) for e in window}
    stated |= {n: a.codes[0] for n, a in areas.items() if a is not None and n not in stated}
    pairs = [(c, stated[e["adm_1"]]) for c, e in zip(code, window, strict=True) if e["adm_1"]]
    assert sum(mapped != published for mapped, published in pairs) == 67

    ged = [f for f in picture.derived.located if f.source == "ged" and f.latest > OPENS]
    points = [f for f in ged if f.report.place.lat_e6 is not None]
    assert sum(f.area is None for f in points) == 10
    assert sum(f.area not in (None, f.area_stated) for f in points) == 51
    assert all(f.area_stated is not None for f in points)


def test_observations_with_and_without_a_place(picture: Picture) -> None:
    # A record's period begins a day before its recording: it is of the window by the recording.
    held = [
        f
        for f in picture.derived.located
        if f.source == "syrian-archive" and f.earliest + DAY >= OPENS
    ]
    assert len(held) == 304
    assert sum(f.report.place.lat_e6 is not None for f in held) == 201


def test_khan_shaykhun_on_4_april_is_one_incident(picture: Picture) -> None:
    end_of_day = parse_instant("2017-04-04T21:00:00Z")
    videos = [
        found
        for found in picture.derived.located
        if found.source == "syrian-archive"
        and found.report.place.name == "Khan Shaykhun"
        and found.latest == end_of_day
    ]
    assert len(videos) == 44
    (number,) = {picture.derived.numbers[found.ref] for found in videos}
    (incident,) = picture.incidents.where(incident=number)
    assert (incident["reports"], incident["sources"]) == (45, ["ged", "syrian-archive"])
    # Local midnight to midnight, the deaths as the event data have them for this day.
    assert incident["occurred_earliest"] == "2017-04-03T21:00:00Z"
    assert incident["occurred_latest"] == "2017-04-04T21:00:00Z"
    assert incident["killed_min"] == 88
    assert incident["act"] == "alleged-toxic-agent-use"


def test_every_match_has_its_posterior_and_its_rivals(picture: Picture) -> None:
    matched = [row for row in picture.rows("matches") if row["matched"]]
    assert all(0 <= row["posterior_milli"] <= 1_000 for row in matched)
    assert all(len(row["rivals"]) == len(row["rival_scores_milli"]) for row in matched)
    incidents = {row["incident"] for row in picture.incidents}
    rivals = {rival for row in matched for rival in row["rivals"]}
    assert rivals
    assert rivals <= incidents


def test_the_bombing_of_15_march_is_undetermined_and_no_violation(picture: Picture) -> None:
    """Before the event data are added and after: they name an author whom the article does not."""
    alone = tk.open(ROOT / "examples" / "astana-2017" / "node").derive(as_of="2017-12-31")
    for held, sources in ((alone, ["press"]), (picture, ["press", "ged"])):
        (row,) = [row for row in held.incidents if "press" in row["sources"]]
        assert row["sources"] == sources
        assert (row["scope"], row["status"]) == ("undetermined", "not-published")
        assert "violation" not in str(held.explain(row["incident"]))


def test_25_march_reads_13_and_19_and_none_received(picture: Picture, tmp_path: Path) -> None:
    written = picture.report("2017-03-25").write(tmp_path / "day")
    page = Page((tmp_path / "day" / "report.html").read_text())
    with (tmp_path / "day" / "tables" / "registered.by-area.csv").open(
        encoding="utf-8-sig"
    ) as file:
        heads, *rows = csv.reader(file)
    assert heads == [
        "area",
        "registered.tally:russia",
        "registered.tally:turkey|russia",
        "registered.items:iran",
        "registered.difference",
    ]
    assert rows[-1][:4] == ["all", "13", "19", "none-received"]
    text = " ".join(page.all("main")[0].text.split())
    cells = [" ".join(cell.text.split()) for cell in page.all("th", "td")]
    first = cells.index("Area")
    assert cells[first + 1 : first + 4] == [
        "Russia: tally",
        "Turkey: tally, published by Russia",
        "Iran: single reports",
    ]
    last = cells.index("All areas")
    assert cells[last + 1 : last + 4] == ["13", "19", "none received"]
    assert (
        "Russia says: 1 case of fire at Jabhat al-Nusra, an excluded group; 18 cases not confirmed."
        in text
    )
    # The sum of the two columns stands nowhere: not in the page, not in a table, not in the data.
    # The page that checks proofs is a program, the same beside every report.
    for path in (p for p in written if p.name != "check.html"):
        assert not re.search(r"(?<![\w.,-])32(?![\w.,-])", path.read_text()), path.name
    assert not re.search(r"\b32\b", text)


def test_the_same_report_from_another_node(node: tk.Node, picture: Picture, tmp_path: Path) -> None:
    """The data's months recompute to the same bytes."""
    written = picture.report("2017-03").write(tmp_path / "march", formats=["json"])
    assert run("check", "--against", written[0], "--node", node.folder.path).startswith("The same")
