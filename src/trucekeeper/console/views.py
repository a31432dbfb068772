"""The pages of the console. Each takes a request and gives a response; nothing is ever written."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from trucekeeper.console.relations import ROWS_A_PAGE, filtered, page_cells, relation_of
from trucekeeper.console.site import Site
from trucekeeper.errors import Problem, TrucekeeperError
from trucekeeper.facade import Picture
from trucekeeper.picture import RELATIONS
from trucekeeper.render.catalogue import Wording
from trucekeeper.render.english import ENGLISH
from trucekeeper.render.html import Page
from trucekeeper.render.pages import render, running_style, said, style_policy, style_sheet
from trucekeeper.render.relations import no_such_format, relation_text
from trucekeeper.render.tables import BYTE_ORDER_MARK
from trucekeeper.render.weighing import COLUMNS, Weighed
from trucekeeper.vocabulary.ids import REF_TEXT
from trucekeeper.vocabulary.times import instant_text

_DOWNLOADS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "geojson": "application/geo+json",
}
#: What stands above a report that is served: the way back, and its JSON.
_PATH = Markup(
    '<nav class="path" aria-label="Path"><p><a href="/">All nodes</a> · <a href="/{0}/">{0}</a> · '
    '{1} · <a href="{2}">report.json</a></p></nav>'
)
#: What a query says that is no condition on a column.
_WORDS = ("page", "as_of")


def home(request: Request) -> Response:
    """The nodes that are served."""
    return page(request, "home.html", None, nodes=site_of(request).nodes)


def overview(request: Request) -> Response:
    """One node: its faces with the months of each, its logs, its problems."""
    site, name = site_of(request), request.path_params["node"]
    node = site.node(name)
    faces = [_face(site, name, face) for face in node.faces]
    return page(
        request,
        "node.html",
        name,
        node=node,
        faces=faces,
        relations=RELATIONS,
        heads=[(log, held.size, held.checkpoint.root.hex()) for log, held in node.held.items()],
    )


def _face(site: Site, name: str, face: str) -> dict[str, Any]:
    """A face for the overview; where it cannot be derived, why."""
    members = site.node(name).agreement.circles[face].members
    told: dict[str, Any] = {"name": face, "members": members, "months": [], "problems": ()}
    try:
        told["months"] = _months(site.picture(name, face))
    except TrucekeeperError as error:
        told["problems"] = error.problems
    return told


def _months(picture: Picture) -> list[tuple[str, int]]:
    """The months of which somebody gives a number, each with its incidents."""
    incidents = _monthly(picture.table("incident_counts"))
    numbers = dict(
        zip(
            incidents.column("period").to_pylist(),
            incidents.column("incidents").to_pylist(),
            strict=True,
        )
    )
    registered = _monthly(picture.table("counts")).column("period").to_pylist()
    return [(month, numbers.get(month, 0)) for month in sorted({*numbers, *registered})]


def _monthly(table: pa.Table) -> pa.Table:
    whole = pc.and_(pc.equal(table.column("area"), "all"), pc.equal(table.column("act"), "all"))
    return table.filter(pc.and_(whole, pc.equal(table.column("kind"), "month")))


def face(request: Request) -> Response:
    """Where a face is told of: in the overview of its node."""
    name, asked = _face_of(request)
    return RedirectResponse(f"/{name}/#face-{asked}", status_code=303)


def _face_of(request: Request) -> tuple[str, str]:
    """The node and face of an address. Raises NodeError or QuestionError where there is none."""
    name, asked = request.path_params["node"], request.path_params["face"]
    site_of(request).node(name).agreement.face_logs(asked)
    return name, asked


def asked_report(request: Request) -> Response:
    """The report that the form of an overview asks for."""
    name, face = _face_of(request)
    period = quote(request.query_params.get("period", "").strip(), safe=".")
    as_of = request.query_params.get("as_of", "").strip()
    query = f"?{urlencode({'as_of': as_of})}" if as_of else ""
    return RedirectResponse(f"/{name}/{face}/report/{period}{query}", status_code=303)


def report(request: Request) -> Response:
    """The joint report of a period as a page, or as report.json."""
    site = site_of(request)
    name, face, period = (request.path_params[part] for part in ("node", "face", "period"))
    as_of = request.query_params.get("as_of") or None
    if period.endswith(".json"):
        document = site.document(name, face, period.removesuffix(".json"), as_of)
        return Response(document.to_json(), media_type="application/json")
    above = _PATH.format(name, face, f"/{name}/{face}/report/{period}.json{_query(request)}")
    return served(site.report(name, face, period, as_of, above))


def table(request: Request) -> Response:
    """A relation: its rows, a page of them at a time, under the conditions of the query; or all of
    those rows as a download."""
    site = site_of(request)
    name, face, asked = (request.path_params[part] for part in ("node", "face", "table"))
    relation, _, format = asked.partition(".")
    if "column" in request.query_params:
        return RedirectResponse(_condition_query(request), status_code=303)
    picture = site.picture(name, face, request.query_params.get("as_of") or None)
    conditions = {k: v for k, v in request.query_params.items() if k not in _WORDS}
    rows = filtered(picture.table(relation), conditions)
    if format:
        return _download(rows, f"{name}-{face}-{relation}", format)
    number = max(1, int(given) if (given := request.query_params.get("page", "1")).isdigit() else 1)
    start = (number - 1) * ROWS_A_PAGE
    base = f"/{name}/{face}"
    shown = rows.slice(start, ROWS_A_PAGE)
    return page(
        request,
        "table.html",
        name,
        face=face,
        relation=relation_of(relation),
        rows=page_cells(shown, relation, site.wording(name), base, _query(request)),
        first=start + 1 if shown.num_rows else 0,
        last=start + shown.num_rows if shown.num_rows else 0,
        total=rows.num_rows,
        conditions=conditions,
        previous=_page_query(request, number - 1) if number > 1 else None,
        following=_page_query(request, number + 1) if start + ROWS_A_PAGE < rows.num_rows else None,
        query=f"?{request.url.query}" if request.url.query else "",
        as_of=request.query_params.get("as_of"),
        derived=_derived(picture),
        formats=[f for f in _DOWNLOADS if f != "geojson" or "latitude" in rows.column_names],
    )


def _download(rows: pa.Table, name: str, format: str) -> Response:
    if format not in _DOWNLOADS:
        raise no_such_format(format, list(_DOWNLOADS))
    data = relation_text(rows, format)
    if format == "csv":
        data = BYTE_ORDER_MARK.encode() + data
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"'}
    return Response(data, media_type=_DOWNLOADS[format], headers=headers)


def explain(request: Request) -> Response:
    """Why an incident or a statement is as it is."""
    site = site_of(request)
    name, face, ref = (request.path_params[part] for part in ("node", "face", "ref"))
    picture = site.picture(name, face, request.query_params.get("as_of") or None)
    explanation = picture.explain(ref)
    lines = [line.partition(": ") for line in explanation if not line.startswith("weighed: ")]
    address = f"/{name}/{face}/explain/"
    return page(
        request,
        "explain.html",
        name,
        face=face,
        subject=explanation.subject,
        number=picture.derived.numbers.get(ref),
        groups=[
            (relation, [_linked(told, address, _query(request)) for _, _, told in rows])
            for relation, rows in groupby(lines, key=lambda line: line[0])
        ],
        weighed=[_weighed(one, address, _query(request)) for one in explanation.weighed],
        query=_query(request),
        derived=_derived(picture),
    )


def _weighed(weighed: Weighed, address: str, query: str) -> dict[str, Any]:
    """Why a report is in its incident: words, picture, table."""
    svg = weighed.svg(inside_page=True)
    return {
        "report": _linked(weighed.subject, address, query),
        "words": _linked(weighed.words, address, query),
        "picture": None if svg is None else Markup(svg),  # noqa: S704 - made here, escaped
        "rows": weighed.rows,
        "caption": ENGLISH.terms.sentences["title"],
        "headings": [ENGLISH.terms.sentences[f"{column}-heading"] for column in COLUMNS],
    }


def _derived(picture: Picture) -> dict[str, str]:
    """From what and as of when a page was derived, in words."""
    at = ENGLISH.instant(instant_text(picture.derived.as_of))
    return {"as_of": at, "cut": picture.cut.digest}


def _linked(text: str, address: str, query: str) -> Markup:
    """A line of an explanation, its references leading on."""
    found, reached = Markup(), 0
    for match in REF_TEXT.finditer(text):
        found += text[reached : match.start()]
        found += Markup('<a href="{}{}{}">{}</a>').format(address, match[0], query, match[0])
        reached = match.end()
    return found + text[reached:]


def health(request: Request) -> Response:
    """That the console answers, and how many nodes it serves."""
    return JSONResponse({"status": "ok", "nodes": len(site_of(request).nodes)})


def problem_page(request: Request, status: int, problems: tuple[Problem, ...]) -> Response:
    """An error in words: what was found, what was expected, what to do."""
    name = request.path_params.get("node")
    shown = name if name in site_of(request).nodes else None
    return page(request, "problem.html", shown, status=status, problems=problems)


def page(request: Request, template: str, name: str | None, **values: Any) -> Response:
    """A page of the console, with the warnings of the node it is about, or of all. status: of the
    response, among the values."""
    site = site_of(request)
    wording = Wording(ENGLISH) if name is None else site.wording(name)
    warnings = site.warnings(name)
    running = running_style(
        [wording.sentence(warning) for warning in warnings],
        "Trucekeeper" if name is None else site.node(name).agreement.file.agreement.title,
        wording.phrase("page-of"),
    )
    styles = (style_sheet(), running)
    html = render(
        template,
        "trucekeeper.console",
        language=ENGLISH.language,
        direction=ENGLISH.direction,
        styles=[Markup(style) for style in styles],  # noqa: S704 - our own, nothing stated in it
        phrase=wording.phrase,
        wording=wording,
        warnings=[said(warning, wording) for warning in warnings],
        node_name=name,
        **values,
    )
    return served(Page(html, styles), int(values.get("status", 200)))


def served(made: Page, status: int = 200) -> Response:
    """A page with the policy that admits its own styles and nothing else."""
    policy = (
        f"default-src 'none'; style-src {style_policy(made.styles)}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Content-Language": ENGLISH.language}
    return Response(made.html, status, headers, media_type="text/html")


def site_of(request: Request) -> Site:
    """The site that the application serves."""
    site = request.app.state.site
    assert isinstance(site, Site)
    return site


def _query(request: Request) -> str:
    """What a link within the same picture carries on."""
    as_of = request.query_params.get("as_of")
    return f"?{urlencode({'as_of': as_of})}" if as_of else ""


def _condition_query(request: Request) -> str:
    """The query of a table with the condition that its form adds."""
    query = {k: v for k, v in request.query_params.items() if k not in ("column", "equals", "page")}
    query[request.query_params["column"]] = request.query_params.get("equals", "").strip()
    return f"{request.url.path}?{urlencode(query)}"


def _page_query(request: Request, number: int) -> str:
    query: Mapping[str, str] = dict(request.query_params) | {"page": str(number)}
    return f"?{urlencode(query)}"
