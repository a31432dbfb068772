"""The exchange over HTTP: one ASGI application in front of `Exchange.answer`, bounded on every
side.

It listens at an address of its own, apart from the console: the console shows what a node holds to
whoever reaches it, the exchange asks each reader who it is. With one address, one wrong line in a
reverse proxy would open the first to whom the second is meant for."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Sequence
from threading import Thread
from typing import Self

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.types import Receive, Scope, Send

from trucekeeper.replication.exchange import Exchange
from trucekeeper.replication.message import REQUEST_BYTES_MAX, Request, Response

#: Requests that are answered at a time, and connections beyond which none is taken.
OPEN_MAX = 64
CONNECTIONS_MAX = 256
_BODY_SECONDS = 10
_IDLE_SECONDS = 30
_HEADER_BYTES_MAX = 16_384
PORTS_TRIED = 100
_NONE_HERE = Response(404, b"not found\n", {"content-type": "text/plain"})


class ExchangeApp:
    """The exchanges of the nodes of this process, by the prefix of their addresses."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._exchanges = {exchange.prefix: exchange for exchange in exchanges}
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the protocol's own beginning and end too."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        answer = await self._answered(HttpRequest(scope, receive))
        headers = {"x-content-type-options": "nosniff", **answer.headers}
        await HttpResponse(answer.body, answer.status, headers)(scope, receive, send)

    async def _answered(self, http: HttpRequest) -> Response:
        if self._open >= OPEN_MAX:
            return Response(503, b"too many at once\n", {"retry-after": "1"})
        self._open += 1
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                request = await _read(http)
        except TimeoutError:
            return Response(408, b"too slow\n", {"connection": "close"})
        except ClientDisconnect:
            return Response(400, b"")
        else:
            exchange = self._exchange(request.path)
            if exchange is None:
                return _NONE_HERE
            return await run_in_threadpool(exchange.answer, request)
        finally:
            self._open -= 1

    def _exchange(self, path: str) -> Exchange | None:
        """The exchange that a path is of. One node alone has no prefix."""
        first = "/" + path.removeprefix("/").partition("/")[0]
        return self._exchanges.get(first) or self._exchanges.get("")


async def _read(http: HttpRequest) -> Request:
    """The request as a value; of too large a body only so much that it is seen to be too large."""
    body = bytearray()
    async for chunk in http.stream():
        body += chunk
        if len(body) > REQUEST_BYTES_MAX:
            break
    raw = http.scope.get("raw_path") or http.scope["path"].encode()
    query = http.scope["query_string"]
    target = (raw + b"?" + query if query else raw).decode("latin-1")
    headers = {name.lower(): value for name, value in http.headers.items()}
    client = http.client.host if http.client else ""
    return Request(http.method, headers.get("host", ""), target, headers, bytes(body), client)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


class Listening:
    """An exchange that listens, in a thread of its own. `address` is where."""

    def __init__(
        self, exchanges: Sequence[Exchange], host: str, port: int, *, tried: int = 1
    ) -> None:
        self._socket = listen(host, port, tried)
        self.port: int = self._socket.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        self.address = f"http://{shown}:{self.port}"
        config = uvicorn.Config(
            ExchangeApp(exchanges), log_level="error", access_log=False, server_header=False,
            limit_concurrency=CONNECTIONS_MAX, timeout_keep_alive=_IDLE_SECONDS,
            h11_max_incomplete_event_size=_HEADER_BYTES_MAX, timeout_graceful_shutdown=2,
            http="h11", ws="none",
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._run, name="exchange", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def listen(host: str, port: int, tried: int = PORTS_TRIED) -> socket.socket:
    """A socket on the first free port of so many from this one on; on any free one where it is 0.
    Raises OSError where none is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last = port + tried - 1
    for number in range(port, last + 1):
        # Named as TCP, or asyncio would leave Nagle's delay on: 40 ms for every answer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name == "posix":
            # Else the port of a server that just ended counts as taken. On Windows the option
            # would take a port from whoever holds it.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
            listener.listen()
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE or number == last:
                raise
        else:
            return listener
    raise AssertionError
