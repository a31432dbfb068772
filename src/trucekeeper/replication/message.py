"""A request and a response as values: what the exchange takes and gives, whatever carries it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

#: What an answer is at most, where its path tells no smaller bound: the largest payload, with what
#: age adds to it. A bundle of 256 full entries is a quarter of that.
BODY_BYTES_MAX = 65 * 2**20
#: What a request's body is at most: a consistency proof and a head with its receipts.
REQUEST_BYTES_MAX = 262_144


@dataclass(frozen=True, slots=True)
class Request:
    """One request. target: path and query as sent. Names of headers are in lower case. client:
    whence it came, for the rate of those who do not sign."""

    method: str
    authority: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = ""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query with its question mark, which RFC 9421 also gives where there is none."""
        return "?" + self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class Response:
    """One response. Names of headers are in lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


#: Carries a request to one peer and brings its response. Raises OSError where there is none.
Send = Callable[[Request], Response]
