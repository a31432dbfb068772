"""A read-only console over open nodes, in one process: reports, tables, explanations.

Nobody logs in: it shows what the nodes hold to whoever reaches its port, so it listens on the
machine itself unless told otherwise, and answers only to the names it was started under, lest a
page in the reader's browser reach it by a name of its own."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import click
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trucekeeper.console import views
from trucekeeper.console.site import Site
from trucekeeper.errors import Code, NodeError, QuestionError, TrucekeeperError, VerificationError
from trucekeeper.replication.serve import listen
from trucekeeper.workspace import Node

_ASKED_WRONGLY = {Code.BAD_DATE, Code.NO_SUCH_COLUMN}
#: What every response says, unless it says something else.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # What a circle may read must not stay in a cache that others read.
    "Cache-Control": "no-store",
}


def make_app(nodes: Sequence[Node], *, hosts: Sequence[str] = ("*",)) -> Starlette:
    """The console over these nodes. hosts: the names under which it answers."""
    routes = [
        Route("/", views.home),
        Route("/healthz", views.health),
        Route("/{node}/", views.overview),
        Route("/{node}/{face}/", views.face),
        Route("/{node}/{face}/report", views.asked_report),
        Route("/{node}/{face}/report/{period}", views.report),
        Route("/{node}/{face}/table/{table}", views.table),
        Route("/{node}/{face}/explain/{ref:path}", views.explain),
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Guarded),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        ],
        exception_handlers={TrucekeeperError: _failed, HTTPException: _refused},
    )
    app.state.site = Site(nodes)
    return app


class Guarded:
    """Puts the headers on every response that keep a browser from doing more than showing it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, guarded)


def _failed(request: Request, error: Exception) -> Response:
    """What was asked for does not exist (404), was asked wrongly (400), or rests on a log that does
    not verify (503: it may be fetched again)."""
    assert isinstance(error, TrucekeeperError)
    code = error.problems[0].code
    match error:
        case QuestionError():
            status = 400 if code in _ASKED_WRONGLY else 404
        case NodeError():
            status = 404
        case VerificationError():
            status = 503
        case _:
            status = 500
    return views.problem_page(request, status, error.problems)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = views.problem_page(request, error.status_code, ())
    response.headers.update(error.headers or {})
    return response


class _Announced(uvicorn.Server):
    """A server that prints its lines once it listens."""

    def __init__(self, config: uvicorn.Config, *lines: str) -> None:
        super().__init__(config)
        self.lines = lines

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for line in self.lines:
            click.echo(line)


def serve(
    nodes: Sequence[Node], host: str = "127.0.0.1", port: int = 8017, *, after: str = ""
) -> None:
    """Serve the console until it is interrupted, and print its address once it listens. Where the
    port is taken, the next free one is. after: a line that is printed after it."""
    listener = listen(host, port)
    port = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    app = make_app(nodes, hosts=(host, shown, "127.0.0.1", "localhost", "[::1]"))
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    with listener:
        _Announced(config, f"http://{shown}:{port}", *filter(None, [after])).run(sockets=[listener])
