"""Signed requests (RFC 9421, HTTP Message Signatures; RFC 9530, Content-Digest), with Ed25519.

A node signs method, authority, path, query and body, the second at which it does so, a nonce, and
in `tag` for whom the request is. Without the last, a peer could carry a request that it received
to a third node and read there what only the sender may."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from trucekeeper.logs.note import Sign, VerifierKey
from trucekeeper.replication.message import Request

LABEL = "node"
DIGEST = "content-digest"
COMPONENTS = ("@method", "@authority", "@path", "@query")
#: How far the clocks of two nodes may lie apart.
WINDOW_SECONDS = 120
_HEADER_CHARS_MAX = 2_048
_NONCES_MAX = 65_536
_INPUT = re.compile(
    r'node=\(("[a-z@-]{1,40}"(?: "[a-z@-]{1,40}"){0,15})\)'
    r';created=([0-9]{1,12});keyid="([^"\\\s]{1,300})";alg="ed25519";nonce="([0-9a-f]{32})"'
    r';tag="([^"\\\s]{1,200})"'
)
_SIGNATURE = re.compile(r"node=:([A-Za-z0-9+/]{86}==):")


class SignatureError(ValueError):
    """A signature that is malformed, wrong, too old or used before."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a request says of its signature, before anything is verified."""

    components: tuple[str, ...]
    created: int
    key_id: str
    nonce: str
    tag: str
    parameters: str
    signature: bytes


def key_id(key: VerifierKey) -> str:
    """How a request names the key that signed it: `name+id`, the head of its C2SP form."""
    return f"{key.name}+{key.id.hex()}"


def tag(agreement_id: str, participant: str) -> str:
    """For whom a request is."""
    return f"{agreement_id}/{participant}"


def content_digest(body: bytes) -> str:
    """The Content-Digest field of a body (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def signature_base(request: Request, components: Sequence[str], parameters: str) -> bytes:
    """The bytes that are signed (RFC 9421, 2.5). parameters: the signature's own, from the opening
    bracket on. Raises SignatureError where a component is repeated or absent."""
    if len(set(components)) != len(components):
        raise SignatureError("a component named twice")
    lines = [f'"{name}": {_component(request, name)}' for name in components]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode("utf-8")


def sign(
    request: Request, key: VerifierKey, signer: Sign, *, at: int, nonce: str, tag: str
) -> Request:
    """The request with its signature. nonce: 32 hexadecimal digits, never used before."""
    headers = dict(request.headers)
    components: tuple[str, ...] = COMPONENTS
    if request.body:
        headers[DIGEST] = content_digest(request.body)
        components = (*COMPONENTS, DIGEST)
    names = " ".join(f'"{name}"' for name in components)
    parameters = (
        f'({names});created={at};keyid="{key_id(key)}";alg="ed25519";nonce="{nonce}";tag="{tag}"'
    )
    base = signature_base(replace(request, headers=headers), components, parameters)
    headers["signature-input"] = f"{LABEL}={parameters}"
    headers["signature"] = f"{LABEL}=:{base64.b64encode(signer(base)).decode()}:"
    return replace(request, headers=headers)


def read_signature(request: Request) -> Signed | None:
    """What a request says of its signature; None where it has none. Raises SignatureError where
    it cannot be understood, or leaves out what must be signed."""
    given, signature = (request.headers.get(n) for n in ("signature-input", "signature"))
    if given is None and signature is None:
        return None
    if given is None or signature is None or len(given) + len(signature) > _HEADER_CHARS_MAX:
        raise SignatureError("half a signature, or too long a one")
    told, value = _INPUT.fullmatch(given), _SIGNATURE.fullmatch(signature)
    if told is None or value is None:
        raise SignatureError("a signature of another form")
    components = tuple(name.strip('"') for name in told[1].split(" "))
    wanted = (*COMPONENTS, DIGEST) if request.body else COMPONENTS
    if not set(wanted) <= set(components):
        raise SignatureError("a signature that does not cover the request")
    try:
        decoded = base64.b64decode(value[1], validate=True)
    except (binascii.Error, ValueError) as error:  # pragma: no cover  # the pattern is base64
        raise SignatureError("a signature that is not base64") from error
    parameters = given.removeprefix(f"{LABEL}=")
    return Signed(components, int(told[2]), told[3], told[4], told[5], parameters, decoded)


def verify(request: Request, signed: Signed, key: VerifierKey) -> None:
    """Check the signature, and that the body is the one that was signed. Raises SignatureError."""
    base = signature_base(request, signed.components, signed.parameters)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed.signature, base)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError("a signature that does not verify") from error
    if request.body and request.headers.get(DIGEST) != content_digest(request.body):
        raise SignatureError("another body than the one signed")


class Seen:
    """The nonces of verified requests, so that none is taken twice. clock: POSIX seconds.

    A request made before this memory began is refused as well: it may have been used then."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = int(clock())
        self._order: deque[tuple[int, str]] = deque()
        self._nonces: set[str] = set()

    def take(self, signed: Signed) -> None:
        """Remember a verified request. Raises SignatureError where it was used before, or is not
        of now."""
        now = int(self._clock())
        if abs(signed.created - now) > WINDOW_SECONDS:
            raise SignatureError(f"made {signed.created - now:+d} seconds from this node's clock")
        if signed.created < self._began:
            raise SignatureError("made before this node started: make it again")
        while self._order and self._order[0][0] < now - 2 * WINDOW_SECONDS:
            self._nonces.discard(self._order.popleft()[1])
        name = f"{signed.key_id} {signed.nonce}"
        if name in self._nonces:
            raise SignatureError("used before")
        if len(self._order) >= _NONCES_MAX:
            raise SignatureError("too many requests to remember: slower")
        self._nonces.add(name)
        self._order.append((now, name))


def find_key(keys: Iterable[VerifierKey], id: str) -> VerifierKey | None:
    """The key that a request names; None where it is not among these."""
    return next((key for key in keys if key_id(key) == id), None)


def _component(request: Request, name: str) -> str:
    """A component's value (RFC 9421, 2.1 and 2.2)."""
    match name:
        case "@method":
            return request.method
        case "@authority":
            return request.authority.lower()
        case "@path":
            return request.path or "/"
        case "@query":
            return request.query
        case _ if not name.startswith("@") and name in request.headers:
            return request.headers[name].strip()
        case _:
            raise SignatureError(f"a signature over {name}, which is absent")
