"""The console's pages: what they show, what they refuse, what they let a browser do."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.console.client import TestClient
from tests.console.nodes import node_of, rich_world
from tests.render.page import Page
from tests.render.worlds import at
from tests.world import World
from trucekeeper import workspace
from trucekeeper.console.app import make_app
from trucekeeper.console.site import Recent, Site
from trucekeeper.render.html import report_page
from trucekeeper.statements import kinds, parts
from trucekeeper.workspace import Node

PAGES = (
    "/",
    "/joint/",
    "/joint/guarantors/report/2031-03",
    "/joint/public/report/2031-03-25",
    "/joint/guarantors/table/incidents",
    "/joint/guarantors/table/statements?author=a",
    "/joint/guarantors/explain/a.guarantors/0",
    "/joint/guarantors/explain/2031-03-01-N1-0FM",
    "/joint/guarantors/table/nothing",
    "/nobody/",
    "/no/such/page/at/all",
)
EXERCISE = "Exercise: what is recorded here was made up and did not happen."


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    return node_of(rich_world(), tmp_path_factory.mktemp("nodes") / "joint")


@pytest.fixture(scope="module")
def client(node: Node) -> Iterator[TestClient]:
    with TestClient(make_app([node]), follow_redirects=False) as client:
        yield client


def parsed(client: TestClient, address: str, status: int = 200) -> Page:
    response = client.get(address)
    assert response.status_code == status, response.text
    return Page(response.text)


def links(page: Page) -> list[str]:
    return [e.attributes["href"] for e in page.all("a")]


# What is shown


def test_the_nodes_are_listed(client: TestClient) -> None:
    page = parsed(client, "/")
    assert "/joint/" in links(page)
    for told in ("Guarantor A, Guarantor B", "The truce of the spec cases", "guarantors, public"):
        assert told in " ".join(page.text.split())


def test_a_node_shows_faces_months_tables_and_logs(client: TestClient) -> None:
    page = parsed(client, "/joint/")
    assert "every log that this node holds verifies" in page.text
    assert {"/joint/guarantors/report/2031-03", "/joint/public/report/2031-03"} <= set(links(page))
    assert "/joint/guarantors/table/incidents" in links(page)
    assert "a.guarantors" in page.text and "Face public" in page.text


def test_a_report_is_the_one_that_the_node_makes(client: TestClient, node: Node) -> None:
    document = node.derive(face="guarantors", as_of="2031-03-31").report("2031-03").document
    answer = client.get("/joint/guarantors/report/2031-03.json")
    assert answer.content == document.to_json()
    made = report_page(document, explain="/joint/guarantors/explain/")
    served = client.get("/joint/guarantors/report/2031-03").text
    main = re.compile(r"<main.*</main>", re.DOTALL)
    assert main.findall(served) == main.findall(made.html)


def test_a_report_is_of_the_day_that_is_asked_for(client: TestClient) -> None:
    told = json.loads(client.get("/joint/guarantors/report/2031-03.json?as_of=2031-03-10").content)
    assert told["as_of"] == "2031-03-11T00:00:00Z"
    told = json.loads(client.get("/joint/guarantors/report/2031-03-12.json").content)
    assert told["as_of"] == "2031-03-13T00:00:00Z"


def test_the_form_leads_to_the_report(client: TestClient) -> None:
    answer = client.get("/joint/guarantors/report?period=2031-W11&as_of=2031-03-20")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/joint/guarantors/report/2031-W11?as_of=2031-03-20"
    assert client.get(answer.headers["location"]).status_code == 200
    turned = client.get("/joint/guarantors/report?period=//evil.example/x")
    assert turned.headers["location"] == "/joint/guarantors/report/%2F%2Fevil.example%2Fx"


def test_a_page_says_from_what_it_was_derived(client: TestClient, node: Node) -> None:
    cut = node.cut(face="guarantors").digest
    for address in ("table/incidents", "explain/a.guarantors/0"):
        page = parsed(client, f"/joint/guarantors/{address}?as_of=2031-03-31")
        assert f"States as of 1 April 2031, 00:00 UTC; cut {cut}." in page.text


def test_a_page_beyond_the_last_has_no_rows(client: TestClient) -> None:
    page = parsed(client, "/joint/guarantors/table/incidents?page=9")
    assert "No rows here, 12 in all." in " ".join(page.text.split())


def test_an_address_of_a_face_leads_to_it(client: TestClient) -> None:
    assert client.get("/joint/public/").headers["location"] == "/joint/#face-public"


def test_a_table_shows_words_and_leads_to_explanations(client: TestClient) -> None:
    page = parsed(client, "/joint/guarantors/table/incidents")
    text = " ".join(page.text.split())
    assert "Rows 1 to 12 of 12" in text
    for told in (
        "Mortar fire",
        "Finding: violation established by consensus",
        "Guarantor A",
        "North zone",
    ):
        assert told in text
    assert "/joint/guarantors/explain/2031-03-01-N1-0FM" in links(page)


def test_rows_are_kept_by_the_columns_of_the_query(client: TestClient) -> None:
    def count(query: str) -> int:
        return len(client.get(f"/joint/guarantors/table/incidents.json?{query}").json())

    assert count("") == 12
    assert count("act=shelling") == 7  # narrower words count as well
    assert count("act=shelling&area=S1") == 4
    assert count("killed_max=4") == 1
    assert count("sources=b") == 5
    assert count("zone=") == 1
    assert count("killed_max=many") == 0
    page = parsed(client, "/joint/guarantors/table/incidents?act=shelling&area=S1")
    assert "Rows 1 to 4 of 4, where act is shelling and area is S1." in " ".join(page.text.split())


def test_the_form_of_a_table_adds_a_condition(client: TestClient) -> None:
    answer = client.get("/joint/guarantors/table/incidents?zone=north&column=act&equals=raid")
    assert answer.headers["location"] == "/joint/guarantors/table/incidents?zone=north&act=raid"


def test_downloads_carry_the_rows_that_are_shown(client: TestClient) -> None:
    base = "/joint/guarantors/table/incidents"
    rows = client.get(f"{base}.json?zone=north").json()
    told = client.get(f"{base}.csv?zone=north")
    assert (
        told.headers["content-disposition"]
        == 'attachment; filename="joint-guarantors-incidents.csv"'
    )
    assert told.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(told.content.decode("utf-8-sig"))))
    assert [line["incident"] for line in lines] == [row["incident"] for row in rows]
    features = client.get(f"{base}.geojson?zone=north")
    assert features.headers["content-type"] == "application/geo+json"
    assert len(features.json()["features"]) == len(rows)


def test_a_long_table_is_paged(tmp_path: Path) -> None:
    world = World()
    for i in range(450):
        body = kinds.FlashReport(
            at=at(1, 1), place=parts.Place(name=f"place {i}"), act="shelling", text="x"
        )
        world.state("a", "guarantors", datetime(2031, 3, 2, tzinfo=UTC), body)
    client = TestClient(make_app([node_of(world, tmp_path / "long")]))
    base = "/long/guarantors/table/statements"
    counts = []
    for number in (1, 2, 3, 4):
        page = parsed(client, f"{base}?kind=flash-report&page={number}")
        counts.append(len([e for e in page.all("tr") if "tbody" in e.path]))
        following = [e for e in page.all("a") if e.attributes.get("rel") == "next"]
        assert [e.attributes["href"] for e in following] == (
            [f"{base}?kind=flash-report&page={number + 1}"] if number < 3 else []
        )
    assert counts == [200, 200, 50, 1]  # the last page says that there is none


def test_an_explanation_names_what_is_behind(client: TestClient) -> None:
    page = parsed(client, "/joint/guarantors/explain/2031-03-01-N1-0FM")
    titles = [e.text for e in page.all("h2")]
    assert titles[:2] == ["incidents", "matches"]
    assert "/joint/guarantors/explain/a.guarantors/0" in links(page)
    statement = parsed(client, "/joint/guarantors/explain/a.guarantors/0")
    assert "2031-03-01-N1-0FM" in statement.text


def test_an_explanation_shows_the_terms_of_each_membership(client: TestClient, node: Node) -> None:
    picture = node.derive(face="guarantors")
    weighed = picture.explain("2031-03-01-N1-0FM").weighed
    bound = [one for one in weighed if one.rows]
    page = parsed(client, "/joint/guarantors/explain/2031-03-01-N1-0FM")
    assert [e.text for e in page.all("h3")] == [one.subject for one in weighed]
    pictures = [e for e in page.all("svg") if e.attributes.get("role") == "img"]
    assert len(bound) == len(pictures) > 1
    for one, shown in zip(bound, pictures, strict=True):
        assert one.words in shown.attributes["aria-label"]
        assert one.words in " ".join(page.text.split())
    cells = " ".join(" ".join(e.text.split()) for e in page.all("table"))
    for row in bound[0].rows:
        assert str(row[2]) in cells
    statement = parsed(client, "/joint/guarantors/explain/a.guarantors/0")
    assert len([e for e in statement.all("svg") if e.attributes.get("role") == "img"]) == 1


def test_a_picture_of_a_day_stays_of_that_day(client: TestClient) -> None:
    page = parsed(client, "/joint/guarantors/table/clocks?as_of=2031-03-05")
    inner = [link for link in links(page) if "/explain/" in link]
    assert inner and all(link.endswith("?as_of=2031-03-05") for link in inner)


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "nodes": 1}


# What is on every page


@pytest.mark.parametrize("address", PAGES)
def test_every_page_stands_alone_and_warns(client: TestClient, address: str) -> None:
    response = client.get(address)
    page = Page(response.text)
    (note,) = [e for e in page.elements if e.attributes.get("class") == "warnings"]
    assert EXERCISE in note.text
    page.one("h1")
    assert page.one("html").attributes["lang"] == "en"
    assert not page.all("script", "link", "img", "iframe")
    assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in links(page))
    assert not any("style" in e.attributes for e in page.elements)
    for table in page.all("table"):
        assert any(e.tag == "caption" and e.path[-1] == "table" for e in page.elements), table


@pytest.mark.parametrize("address", [*PAGES, "/healthz", "/joint/guarantors/table/incidents.csv"])
def test_every_response_is_guarded(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_warnings_of_every_node_stand_on_what_is_about_none(node: Node, tmp_path: Path) -> None:
    noted = ("exercise = true", 'exercise = true\nnote = "A second record."')
    other = node_of(World(), tmp_path / "other", noted)
    client = TestClient(make_app([node, other]))
    assert "A second record." in parsed(client, "/").text
    assert "A second record." in parsed(client, "/other/").text
    assert "A second record." not in parsed(client, "/joint/").text


def test_what_is_stated_is_escaped(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    named = ('name = "Guarantor A"', f"name = '{evil}'")
    world = World("01 06:10 a reports mortar-fire at Karsk by d-army #r1")
    body = kinds.Comment(subject=world.ref("r1"), text=evil)
    world.state("b", "guarantors", at(2, 1), body, ["r1"])
    client = TestClient(make_app([node_of(world, tmp_path / "n", named)]))
    for address in (
        "/",
        "/n/",
        "/n/guarantors/report/2031-03",
        "/n/guarantors/table/letters",
        "/n/guarantors/table/letters?text=%3Cscript%3E",
    ):
        page = parsed(client, address)
        assert not page.all("script")
        assert evil in page.text or "<script>" in page.text


# What is refused


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/nobody/", 404, "N-001"),
        ("/joint/nobody/report/2031-03", 404, "Q-001"),
        ("/joint/nobody/", 404, "Q-001"),
        ("/joint/guarantors/report/soon", 400, "Q-003"),
        ("/joint/guarantors/report/2031-03?as_of=late", 400, "Q-003"),
        ("/joint/guarantors/table/nothing", 404, "Q-002"),
        ("/joint/guarantors/table/incidents.xml", 404, "Q-004"),
        ("/joint/guarantors/table/outcomes.geojson", 404, "Q-004"),
        ("/joint/guarantors/table/incidents?colour=red", 400, "Q-008"),
        ("/joint/guarantors/explain/nothing/9", 404, "Q-006"),
    ],
)
def test_what_does_not_exist_is_told_in_words(
    client: TestClient, address: str, status: int, code: str
) -> None:
    page = parsed(client, address, status)
    assert code in page.text and "What to do" in page.text


def test_there_is_no_such_page(client: TestClient) -> None:
    assert "There is no such page" in parsed(client, "/a/b/c/d", 404).text


def test_nothing_can_be_written(client: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, "/joint/").status_code == 405


def test_a_name_that_is_not_ours_is_not_answered(node: Node) -> None:
    client = TestClient(make_app([node], hosts=("127.0.0.1",)), base_url="http://evil.example")
    assert client.get("/").status_code == 400


def test_a_log_that_does_not_verify_is_told_and_the_rest_is_shown(tmp_path: Path) -> None:
    node = node_of(World("01 06:10 a reports mortar-fire at Karsk by d-army"), tmp_path / "n")
    entries = node.folder.path / "logs/a.guarantors/tile/entries/000.p/1"
    damaged = bytearray(entries.read_bytes())
    damaged[40] ^= 1
    entries.write_bytes(bytes(damaged))
    client = TestClient(make_app([workspace.open(node.folder.path)]))
    overview = parsed(client, "/n/")
    assert "L-001" in overview.text and "Face public" in overview.text
    assert EXERCISE in overview.text
    report = parsed(client, "/n/guarantors/report/2031-03", 503)
    assert "A log does not verify" in report.text and "L-001" in report.text
    assert client.get("/n/public/report/2031-03").status_code == 200


# What is kept


def test_a_picture_is_derived_once(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    site, derived = Site([node]), []
    original = Node.derive

    def counting(self: Node, **asked: object) -> object:
        derived.append(asked)
        return original(self, **asked)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(Node, "derive", counting)
    first = site.picture("joint", "guarantors", "2031-03-31")
    # The end of the day, told as an instant, is the same moment.
    assert site.picture("joint", "guarantors", "2031-04-01T00:00:00Z") is first
    assert site.picture("joint", "public", "2031-03-31") is not first
    assert len(derived) == 2


def test_a_log_that_grew_gives_a_new_picture(tmp_path: Path) -> None:
    world = World("01 06:10 a reports mortar-fire at Karsk by d-army #r1")
    node = node_of(world, tmp_path / "n")
    site = Site([node])
    before = site.picture("n", "guarantors")
    log, _ = world.say("02 06:10 a reports raid at Vell by d-army")
    node.append(log, world.entries[log][1:])
    assert len(site.picture("n", "guarantors").incidents) == len(before.incidents) + 1


def test_only_what_was_used_last_is_kept() -> None:
    recent: Recent[int] = Recent(2)
    made: list[int] = []

    def make(n: int) -> int:
        made.append(n)
        return n

    for key in (1, 2, 1, 3, 1, 2):
        assert recent.get(key, lambda key=key: make(key)) == key  # type: ignore[misc]  # bound now
    assert made == [1, 2, 3, 2]


def test_a_failure_is_not_kept() -> None:
    recent: Recent[int] = Recent(2)

    def fail() -> int:
        raise KeyError("once")

    with pytest.raises(KeyError):
        recent.get(1, fail)
    assert recent.get(1, lambda: 7) == 7


def test_nodes_of_one_name_are_told_apart(tmp_path: Path) -> None:
    nodes = [
        node_of(World(), tmp_path / str(i) / name) for i, name in enumerate(("un", "un", "healthz"))
    ]
    assert list(Site(nodes).nodes) == ["un", "un-2", "healthz-2"]
