"""The nodes that this one fetches from: `peers.toml`, and one peer over HTTP.

Only the address that stands in `peers.toml` is asked: no redirect is followed, no other host
contacted. Every answer is bounded in size and in time, and nothing of it is believed before it is
verified against a log's key."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import ssl
import time
import tomllib
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from trucekeeper.errors import Code, NodeError, Place, Problem
from trucekeeper.logs.note import NOTE_BYTES_MAX
from trucekeeper.logs.witness import monitoring_path
from trucekeeper.replication.exchange import About, Heads, heads_in, others_in
from trucekeeper.replication.identity import NodeSigner
from trucekeeper.replication.message import BODY_BYTES_MAX, Request, Response, Send
from trucekeeper.replication.signing import sign
from trucekeeper.storage.disk import Disk
from trucekeeper.vocabulary.ids import LogName

PEERS = "peers.toml"
Answer = TypeVar("Answer", About, Heads)
_ANSWER_BYTES_MAX = 8_388_608
_CHUNK = 65_536
_PEERS_MAX = 256
_HEADERS = ("content-type", "content-encoding", "etag", "retry-after", "date")
#: Failures of a connection that was kept and that the other side has closed meanwhile.
_STALE = (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest)


class PeerAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One peer: whose node it is, and where it answers."""

    participant: str
    url: str


class _PeersFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    peers: tuple[PeerAddress, ...] = ()


def read_peers(disk: Disk) -> tuple[PeerAddress, ...]:
    """The peers of peers.toml; none where there is no such file. Raises NodeError."""
    if not disk.exists(PEERS):
        return ()
    try:
        text = disk.read(PEERS).decode("utf-8")
        peers = msgspec.convert(tomllib.loads(text), _PeersFile).peers
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _bad_peers(str(error)) from error
    if len(peers) > _PEERS_MAX:
        raise _bad_peers(f"{len(peers)} peers")
    for peer in peers:
        split_url(peer.url)
    return peers


def split_url(url: str) -> tuple[str, str, str]:
    """Scheme, authority and prefix of a peer's address. Raises NodeError."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or parts.username or not url.isascii():
        raise _bad_peers(f"`{url}`")
    return parts.scheme, parts.netloc, parts.path.rstrip("/")


def _bad_peers(found: str) -> NodeError:
    expected = '[[peers]] with participant = "..." and url = "https://..."'
    return NodeError(Problem(Code.BAD_PEERS, Place(file=PEERS), found, expected))


class HttpSend:
    """Carries requests to one address over one connection that is kept. seconds: for one whole
    answer, and for each wait inside it."""

    def __init__(self, url: str, *, seconds: float = 20.0) -> None:
        self.scheme, self.authority, _ = split_url(url)
        self._seconds = seconds
        self._lock = Lock()
        self._connection: http.client.HTTPConnection | None = None

    def __call__(self, request: Request) -> Response:
        """The response to a request. Raises OSError, or http.client.HTTPException."""
        with self._lock:
            if self._connection is not None:
                with contextlib.suppress(*_STALE):
                    return self._exchanged(request)
            return self._exchanged(request)

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _exchanged(self, request: Request) -> Response:
        connection = self._connection = self._connection or self._connect()
        headers = {**request.headers, "host": request.authority}
        try:
            connection.request(request.method, request.target, request.body or None, headers)
            with connection.getresponse() as answer:
                body = _read_all(answer, time.monotonic() + self._seconds)
        except BaseException:
            self.close()
            raise
        told = {name: value for name in _HEADERS if (value := answer.getheader(name))}
        return Response(answer.status, body, told)

    def _connect(self) -> http.client.HTTPConnection:
        if self.scheme == "https":
            return http.client.HTTPSConnection(
                self.authority, timeout=self._seconds, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(self.authority, timeout=self._seconds)


def _read_all(answer: http.client.HTTPResponse, until: float) -> bytes:
    """An answer's bytes, bounded. Raises OSError where it is too large or takes too long."""
    found: list[bytes] = []
    size = 0
    while chunk := answer.read1(_CHUNK):
        found.append(chunk)
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise OSError(f"more than {BODY_BYTES_MAX} bytes")
        if time.monotonic() > until:
            raise TimeoutError("an answer that takes too long")
    if answer.length:
        raise OSError("an answer that ends early")
    return b"".join(found)


def unpacked(response: Response, limit: int) -> bytes:
    """The body as it was before it was packed. Raises ValueError where it is damaged or too
    large."""
    encoding = response.headers.get("content-encoding", "")
    if not encoding:
        if len(response.body) > limit:
            raise ValueError(f"more than {limit} bytes")
        return response.body
    if encoding != "gzip":
        raise ValueError(f"packed as {encoding[:20]}")
    packer = zlib.decompressobj(wbits=31)
    try:
        body = packer.decompress(response.body, limit + 1)
    except zlib.error as error:
        raise ValueError("not what gzip makes") from error
    if len(body) > limit or not packer.eof or packer.unused_data:
        raise ValueError("cut off, or larger than is taken")
    return body


@dataclass
class HttpPeer:
    """One other node. send: carries requests; node: signs them, where this node has a key. clock:
    POSIX seconds. nonce: 32 new hexadecimal digits. tag: for whom the requests are. ended:
    called at the end."""

    name: str
    authority: str
    prefix: str
    send: Send
    clock: Callable[[], float]
    nonce: Callable[[], str]
    tag: str
    node: NodeSigner | None = None
    ended: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self._heads: tuple[str, dict[str, str]] = ("", {})
        self._packed = not _is_loopback(self.authority)

    def close(self) -> None:
        """End the connection."""
        self.ended()

    def about(self) -> About:
        """What the node says of itself to this reader. Raises NodeError."""
        return self._decoded(self._get("/node"), About, "/node")

    def heads(self) -> Mapping[LogName, bytes]:
        """The heads it holds that this reader may read. Raises NodeError."""
        return heads_in(self._all_heads())

    def others(self, log: LogName) -> list[HttpSource]:
        """The other histories of a log that it holds, as it said when it was last asked for its
        heads. Raises NodeError."""
        etag, known = self._heads
        return [
            HttpSource(self, name) for name in others_in(known if etag else self._all_heads(), log)
        ]

    def _all_heads(self) -> Mapping[str, str]:
        etag, known = self._heads
        response = self._get("/heads", {"if-none-match": etag} if etag else {})
        if response.status != 304:
            known = self._decoded(response, Heads, "/heads").heads
            self._heads = (response.headers.get("etag", ""), known)
        return known

    def source(self, log: LogName) -> HttpSource:
        """The files of one log."""
        return HttpSource(self, log)

    def witnessed(self, origin: str) -> bytes | None:
        """The head of a log that it has witnessed last. Raises NodeError."""
        return self.file(f"/{monitoring_path(origin)}", NOTE_BYTES_MAX)

    def payload(self, path: str, at_most: int) -> bytes | None:
        """`payloads/<digest>`, of at most so many bytes; None where it has none for us. Raises
        NodeError."""
        return self.file(f"/{path}", at_most)

    def file(self, path: str, limit: int = BODY_BYTES_MAX) -> bytes | None:
        """A file of the node; None where it has none for us. Raises NodeError."""
        response = self._get(path, {"accept-encoding": "gzip"} if self._packed else {})
        if response.status == 404:
            return None
        return self._body(response, path, limit)

    def post(self, path: str, body: bytes) -> Response:
        """The response to a body that is sent. Raises NodeError where there is none."""
        headers = {"content-type": "text/plain; charset=utf-8"}
        return self._sent("POST", path, headers, body)

    def _get(self, path: str, headers: Mapping[str, str] = {}) -> Response:  # read only
        return self._sent("GET", path, headers, b"")

    def _sent(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        request = Request(method, self.authority, self.prefix + path, headers, body)
        if self.node is not None:
            at, nonce = int(self.clock()), self.nonce()
            request = sign(request, self.node.key, self.node.sign, at=at, nonce=nonce, tag=self.tag)
        with self._told(path):
            return self.send(request)

    @contextlib.contextmanager
    def _told(self, path: str) -> Iterator[None]:
        """A failed connection as a problem."""
        try:
            yield
        except (OSError, http.client.HTTPException) as error:
            found = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise self._problem(Code.UNREACHABLE, path, str(found), "an answer") from error

    def _body(self, response: Response, path: str, limit: int) -> bytes:
        if response.status != 200:
            said = response.body[:200].decode("ascii", "replace").strip()
            found = f"{response.status} {said}".strip()
            raise self._problem(Code.REFUSED, path, found, "200")
        try:
            return unpacked(response, limit)
        except ValueError as error:
            raise self._problem(Code.BAD_ANSWER, path, str(error), "a bounded answer") from error

    def _decoded(self, response: Response, type_: type[Answer], path: str) -> Answer:
        body = self._body(response, path, _ANSWER_BYTES_MAX)
        try:
            return msgspec.json.decode(body, type=type_)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._problem(Code.BAD_ANSWER, path, str(error), "as documented") from error

    def _problem(self, code: Code, path: str, found: str, expected: str) -> NodeError:
        where = Place(file=f"{self.name} {self.authority}{self.prefix}{path}")
        return NodeError(Problem(code, where, found, expected))


@dataclass(frozen=True, slots=True)
class HttpSource:
    """The files of one history of a log of a peer, as `mirror` reads them."""

    peer: HttpPeer
    log: str

    def read(self, path: str) -> bytes | None:
        """A file of the log; None where there is none. Raises NodeError."""
        return self.peer.file(f"/{self.log}/{path}")


def _is_loopback(authority: str) -> bool:
    """Whether a peer is on this machine, where packing costs more than it spares."""
    host = authority.rpartition(":")[0] if authority.rpartition(":")[2].isdigit() else authority
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
