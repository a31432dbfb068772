"""One page that checks proofs in a browser, for a reader who installs nothing.

It stands alone: script and style are inside it and named by their hashes in its own policy, which
lets it ask nothing of anybody. What it checks is what `logs/proof.py` checks."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from markupsafe import Markup

from trucekeeper.render.pages import render, style_policy

#: The check, then the page around it.
SCRIPTS = ("proof.js", "proof_page.js")


def proof_page(
    proof: bytes | None = None,
    *,
    name: str = "",
    keys: Sequence[str] = (),
    scripts: Sequence[str] = (),
) -> str:
    """The page. proof: one that it checks when it is opened, called `name`. keys: verifier keys
    that stand in it; the page says that they came with it. scripts: more of them, for tests."""
    assert (proof is None) == (not name)
    read = files("trucekeeper.render").joinpath("templates")
    style = read.joinpath("proof.css").read_text("utf-8")
    own = [*(read.joinpath(script).read_text("utf-8") for script in SCRIPTS), *scripts]
    policy = (
        f"default-src 'none'; style-src {style_policy([style])}; script-src {style_policy(own)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return render(
        "proof.html",
        policy=policy,
        style=Markup(style),  # noqa: S704 - our own sheet
        scripts=[Markup(script) for script in own],  # noqa: S704 - our own scripts
        name=name,
        proof="" if proof is None else proof.decode("utf-8"),
        keys="\n".join(keys),
    )
