"""The page that checks proofs: what it is without a browser, and in one that it accepts every true proof, refuses every
changed one, says what it cannot check, and asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.logs.test_proofs import (
    MIRROR,
    SIGNER,
    VECTORS,
    WITNESS,
    entry_of,
    proof_of,
    with_receipts,
)
from tests.render.chromium import CHROMIUM, REASON, Chromium
from tests.render.page import Page
from trucekeeper.logs.proof import Proof
from trucekeeper.render.proof_page import proof_page

in_browser = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason=REASON)]
KEY = str(SIGNER.key)
KEYS = [KEY, str(WITNESS.key), str(MIRROR.key)]


def digests(html: str, tag: str) -> list[str]:
    texts = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return [
        f"'sha256-{base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()}'" for t in texts
    ]


@pytest.mark.parametrize("proof", [None, with_receipts(proof_of(9, 4))], ids=["any", "one"])
def test_the_page_stands_alone_under_a_strict_policy(proof: Proof | None) -> None:
    html = (
        proof_page()
        if proof is None
        else proof_page(bytes(proof), name="a-4.tlog-proof", keys=KEYS)
    )
    page = Page(html)
    (policy,) = [e for e in page.all("meta") if "Content-Security-Policy" in e.attributes.values()]
    rules = dict(r.strip().split(" ", 1) for r in policy.attributes["content"].split(";"))
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("script-src").split() == digests(html, "script")
    assert rules.pop("style-src").split() == digests(html, "style")
    assert rules == {"base-uri": "'none'", "form-action": "'none'"}
    assert not re.search(r"https?://|\ssrc=|\shref=|\sstyle=|\son\w+=", html)
    scripts = "".join(re.findall(r"<script>(.*?)</script>", html, re.DOTALL))
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|fetch\(|XMLHttp|Storage|import\(",
        scripts,
    )


def test_what_a_reader_fills_in_is_labelled() -> None:
    page = Page(proof_page())
    ids = {e.attributes["id"] for e in page.elements if "id" in e.attributes}
    for field in page.all("input", "textarea"):
        assert field.attributes["id"] in {e.attributes["for"] for e in page.all("label")}
        assert field.attributes["aria-describedby"] in ids
    (result,) = [e for e in page.all("section") if e.attributes.get("role") == "status"]
    assert result.attributes["aria-live"] == "polite"
    assert page.one("html").attributes == {"lang": "en", "dir": "ltr"}


def test_an_embedded_proof_is_in_the_page_as_it_is_in_its_file() -> None:
    proof = bytes(proof_of(5, 3))
    page = Page(proof_page(proof, name="<b>.tlog-proof", keys=[KEY]))
    (embedded,) = [e for e in page.all("pre") if e.attributes.get("id") == "embedded"]
    assert embedded.text.encode() == proof
    assert page.all("b") == []
    assert page.one("textarea").text == KEY


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "check.html"
    path.write_text(proof_page())
    return path


def found(page: Chromium) -> tuple[str, str]:
    """The verdict and all that is said of it, once the page has come to one."""
    text = """new Promise((done) => { const look = () => {
        const result = document.getElementById("result");
        if (result.dataset.verdict) done([result.dataset.verdict, result.innerText]); else setTimeout(look, 5);
    }; look(); })"""
    verdict, said = page.evaluate(text)
    return verdict, said


def shown(page: Chromium, folder: Path, proof: bytes, keys: list[str]) -> tuple[str, str]:
    path = folder / "one.html"
    path.write_text(proof_page(proof, name="one.tlog-proof", keys=keys))
    page.open(path)
    return found(page)


def checked(page: Chromium, cases: list[tuple[bytes, str]]) -> list[str]:
    """What the page's check makes of each (proof, keys): its verdict, or why it is refused."""
    told: Any = [[base64.b64encode(proof).decode(), keys] for proof, keys in cases]
    script = f"""(async () => {{ const told = []; for (const [data, keys] of {json.dumps(told)}) {{
        const bytes = Uint8Array.from(atob(data), (ch) => ch.charCodeAt(0));
        try {{ told.push((await Proofs.check(bytes, keys)).verdict); }}
        catch (error) {{ if (!(error instanceof Proofs.Refused)) throw error; told.push("refused: " + error.message); }}
    }} return told; }})()"""
    answer = page.evaluate(script)
    assert isinstance(answer, list)
    return answer


class TestInABrowser:
    pytestmark = in_browser

    def test_a_true_proof_holds_and_nobody_is_asked(
        self, browser: Chromium, tmp_path: Path
    ) -> None:
        proof = bytes(with_receipts(proof_of(9, 4)))
        verdict, said = shown(browser, tmp_path, proof, KEYS)
        assert verdict == "holds"
        assert (
            "the log a.guarantors (author a, circle guarantors) holds exactly this statement at index 4"
            in said
        )
        assert "truce/b/witness had this head, at 2031-02-27 23:06:40 UTC by its own clock" in said
        assert "Because this browser cannot: signatures by truce/c/mirror" in said
        assert "That what is stated is true." in said
        assert browser.requested == [(tmp_path / "one.html").as_uri()]
        assert browser.complaints == []

    def test_without_a_key_only_the_hashes_are_said_to_hold(
        self, browser: Chromium, tmp_path: Path
    ) -> None:
        proof = bytes(proof_of(9, 4))
        verdict, said = shown(browser, tmp_path, proof, [])
        assert verdict == "hashes"
        assert "There is no verifier key of this log" in said
        assert "No more than that whoever made this file says that" in said
        assert shown(browser, tmp_path, proof, [str(WITNESS.key)])[0] == "hashes"

    def test_where_a_browser_cannot_check_signatures_it_says_so(
        self, browser: Chromium, tmp_path: Path
    ) -> None:
        shown(browser, tmp_path, bytes(proof_of(9, 4)), [KEY])
        browser.evaluate("""(() => {
            crypto.subtle.importKey = async () => { throw new DOMException("no", "NotSupportedError"); };
            delete document.getElementById("result").dataset.verdict;
            document.getElementById("keys").dispatchEvent(new Event("input")); })()""")
        verdict, said = found(browser)
        assert verdict == "hashes"
        assert "This browser cannot check Ed25519 signatures" in said

    def test_the_vectors(self, browser: Chromium, blank: Path) -> None:
        browser.open(blank)
        hold = [(v["proof"].encode(), v["key"]) for v in VECTORS["hold"] if "extra" in v["proof"]]
        assert checked(browser, hold) == ["holds"] * len(hold)
        refused = {v["name"]: (v["proof"].encode(), v["key"]) for v in VECTORS["refused"]}
        told = dict(zip(refused, checked(browser, list(refused.values())), strict=True))
        # The file is true; only the entry that somebody claims for it is another.
        assert told.pop("another entry") == "holds"
        # No key of that log was given.
        assert told.pop("a head of another log") == "hashes"
        assert [name for name, said in told.items() if not said.startswith("refused: ")] == []

    def test_every_changed_byte_is_refused(self, browser: Chromium, blank: Path) -> None:
        browser.open(blank)
        whole = bytes(proof_of(5, 3))
        cases = []
        for position in range(len(whole)):
            for flip in (1, 0x20, 0x80):
                changed = bytearray(whole)
                changed[position] ^= flip
                cases.append((bytes(changed), KEY))
        cases += [(whole[:end], KEY) for end in range(len(whole))] + [(whole + b"\n", KEY)]
        assert checked(browser, [(whole, KEY)]) == ["holds"]
        assert [
            c
            for c, told in zip(cases, checked(browser, cases), strict=True)
            if not told.startswith("refused: ")
        ] == []

    def test_every_size_and_index_holds_at_its_own_place_alone(
        self, browser: Chromium, blank: Path
    ) -> None:
        browser.open(blank)
        proofs = [proof_of(n, i) for n in (1, 2, 3, 5, 8, 13) for i in range(n)] + [
            proof_of(300, 256)
        ]
        assert set(checked(browser, [(bytes(p), KEY) for p in proofs])) == {"holds"}
        moved = [Proof(p.index ^ 1, p.path, p.note, p.extra) for p in proofs]
        other = [Proof(p.index, p.path, p.note, entry_of(p.index + 1)) for p in proofs]
        bare = [Proof(p.index, p.path, p.note) for p in proofs]
        told = checked(browser, [(bytes(p), KEY) for p in (*moved, *other, *bare)])
        assert all(one.startswith("refused: ") for one in told)

    def test_keys_are_read_as_pasted_or_refused(self, browser: Chromium, blank: Path) -> None:
        browser.open(blank)
        proof = bytes(with_receipts(proof_of(9, 4)))
        roster = f'# Whose.\n\n[[logs]]\nauthor = "a"\nlog = "a.guarantors"\nkey = "{KEY}"\n'
        good = [KEY, f"\r\n  {KEY}\r\n", roster, "\n".join(KEYS)]
        assert checked(browser, [(proof, keys) for keys in good]) == ["holds"] * len(good)
        bad = [
            "nonsense",
            KEY[:-4],
            KEY.replace("+", "-"),
            KEY.replace("truce", "truth"),
            f"{KEY} {KEY}",
        ]
        assert all(
            told.startswith("refused: ")
            for told in checked(browser, [(proof, keys) for keys in bad])
        )

    def test_a_file_is_chosen_or_dropped_and_keys_are_pasted(
        self, browser: Chromium, blank: Path, tmp_path: Path
    ) -> None:
        true, changed = tmp_path / "true.tlog-proof", tmp_path / "changed.tlog-proof"
        true.write_bytes(bytes(proof_of(9, 4)))
        changed.write_bytes(true.read_bytes().replace(b"index 4", b"index 5"))
        browser.open(blank)
        browser.evaluate("document.getElementById('keys').focus()")
        browser.ask("Input.insertText", text=KEY)
        browser.choose("#file", true)
        assert found(browser)[0] == "holds"
        browser.evaluate("delete document.getElementById('result').dataset.verdict")
        browser.drop(changed, 300, 300)
        verdict, said = found(browser)
        assert (verdict, "changed.tlog-proof" in said) == ("refused", True)
        assert "hashes that do not lead from this statement to the root" in said

    def test_a_statement_is_shown_as_fields_and_its_markup_as_text(
        self, browser: Chromium, tmp_path: Path
    ) -> None:
        body = {
            "description": "قصف <b id='x'>bold</b>",
            "place": {"lat_e6": 6209909, "radius_m": 500},
            "by": ["d", "e"],
        }
        told = {
            "body": body,
            "kind": "report",
            "officer": "a-1",
            "stated_at": "2031-03-01T07:00:00Z",
            "version": 1,
        }
        entry = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        _, said = shown(browser, tmp_path, bytes(proof_of_entry(entry)), [KEY])
        for line in (
            "2031-03-01 07:00:00 UTC",
            "place › latitude\n6.209909°",
            "place › radius\n500 m",
            "by\nd; e",
        ):
            assert line in said
        assert "<b id='x'>bold</b>" in said
        assert browser.evaluate("document.querySelector('#x')") is None
        assert "canonical" not in said

    @pytest.mark.parametrize(
        ("entry", "says"),
        [
            (b'{"kind": "report"}', "not in the one canonical form"),
            (b'{"kind":"report","kind":"tally"}', "not in the one canonical form"),
            (b"\xff\x00", "2 bytes that are no statement of a known form"),
            (b"", "0 bytes that are no statement of a known form"),
            (b"[1]", "no statement of a known form"),
            (b"null", "no statement of a known form"),
        ],
    )
    def test_an_entry_in_another_form_is_told(
        self, browser: Chromium, tmp_path: Path, entry: bytes, says: str
    ) -> None:
        verdict, said = shown(browser, tmp_path, bytes(proof_of_entry(entry)), [KEY])
        assert verdict == "holds"
        assert says in said


def proof_of_entry(entry: bytes) -> Proof:
    """A proof of any entry, third of five."""
    return proof_of(5, 2, entry=entry)
