"""A browser shows the console's pages under its policy, and asks nobody else for anything."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.console.nodes import node_of, rich_world
from tests.render.page import Page

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("there is no chromium on this machine", allow_module_level=True)

SERVE = """
import sys
from trucekeeper import open
from trucekeeper.console.app import serve
serve([open(sys.argv[1])], "127.0.0.1", int(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the console of a rich node is served, on a port of which the first was taken."""
    folder = tmp_path_factory.mktemp("nodes") / "joint"
    node_of(rich_world(), folder)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-c", SERVE, str(folder), str(port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
            assert served.stdout is not None
            said = served.stdout.readline().strip()
            assert said.startswith("http://127.0.0.1:") and said != f"http://127.0.0.1:{port}"
            yield said
            served.terminate()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Trucekeeper"),
        ("/joint/", "Node joint"),
        ("/joint/guarantors/report/2031-03", "Joint report: March 2031"),
        ("/joint/guarantors/table/incidents", "incidents"),
        ("/joint/guarantors/explain/a.guarantors/0", "What stands behind a.guarantors/0"),
        ("/joint/guarantors/table/nothing", "This does not exist here"),
    ],
)
def test_a_page_is_shown_as_served_and_nobody_else_is_asked(
    address: str, tmp_path: Path, path: str, title: str
) -> None:
    assert CHROMIUM is not None
    log = tmp_path / "net.json"
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-default-apps", "--disable-extensions", f"--user-data-dir={tmp_path / 'profile'}",
        # The browser's own errands lead nowhere.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--log-net-log={log}", "--enable-logging=stderr", "--dump-dom", f"{address}{path}",
    ]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert Page(shown.stdout).one("h1").text == title
    # What a policy forbids, the browser says.
    assert "Content Security Policy" not in shown.stderr
    shown_address = f"{address}{path}"
    asked = requests(log)
    assert shown_address in [url for url, _ in asked]
    own = urlsplit(address).netloc
    of_the_page = {urlsplit(url).netloc for url, initiator in asked if own in initiator}
    assert of_the_page <= {own}


def requests(log: Path) -> list[tuple[str, str]]:
    """The addresses that the browser asked for and on whose behalf, from its log of the network."""
    told = json.loads(log.read_text())
    start = told["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    started = (e["params"] for e in told["events"] if e["type"] == start and "params" in e)
    return [(p["url"], str(p.get("initiator"))) for p in started if "url" in p]
