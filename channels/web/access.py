"""Who may call: origins, session tokens, and how often one address may open conversations."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

from sanic import Request

from core.errors import Refused, TooMany, Unauthenticated

TOKEN_BYTES = 32
"""256 bits; >= 128 are asked for."""
MAX_ADDRESSES = 20_000


def new_token() -> str:
    """A session token, URL-safe."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_conversation_id() -> str:
    """An opaque conversation id, 128 bits, URL-safe."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> bytes:
    """What is stored of a token. It is random, so a plain SHA-256 is enough (no dictionary could hold it)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def bearer(request: Request) -> bytes:
    """Hash of the bearer token of a request; raises Unauthenticated when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("no_token")
    return token_hash(token.strip())


class Origins:
    """Which sites may call from a browser: our own, and the configured ones. No Origin header means no browser page."""

    def __init__(self, allowed: tuple[str, ...], *, own: str) -> None:
        self.allowed = frozenset(allowed)
        self._own = own

    def is_foreign(self, request: Request) -> bool:
        """True for an allowed site other than ours: it needs CORS headers."""
        return request.headers.get("origin", "").rstrip("/") in self.allowed

    def check(self, request: Request) -> None:
        """Raises Refused("bad_origin") for a page of a site that is not allowed."""
        origin = request.headers.get("origin", "").rstrip("/")
        if origin and origin not in self.allowed and origin != self._own and not self._same_host(origin, request):
            raise Refused("bad_origin", "这个网站没有被允许使用本服务。", detail=origin[:200])

    def check_own(self, request: Request) -> None:
        """Raises Refused("bad_origin") for a page of any other site, also of one that may embed the citizen window."""
        origin = request.headers.get("origin", "").rstrip("/")
        if origin and origin != self._own and not self._same_host(origin, request):
            raise Refused("bad_origin", "这个网站没有被允许使用本服务。", detail=origin[:200])

    @staticmethod
    def _same_host(origin: str, request: Request) -> bool:
        return urlsplit(origin).netloc == request.headers.get("host", "\0")


class AddressLimit:
    """How often one network address may do something: GCRA, in this process, bounded memory."""

    def __init__(self, per_minute: int, *, monotonic: Callable[[], float]) -> None:
        self._interval = 60 / per_minute
        self._burst = per_minute
        self._monotonic = monotonic
        self._until: OrderedDict[str, float] = OrderedDict()

    def check(self, address: str) -> None:
        """Raises TooMany when `address` was too quick."""
        now = self._monotonic()
        arrival = max(self._until.pop(address, now), now)
        wait = arrival - now - self._interval * (self._burst - 1)
        if wait > 0:
            self._until[address] = arrival
            raise TooMany("rate_limited", retry_after=wait)
        self._until[address] = arrival + self._interval
        if len(self._until) > MAX_ADDRESSES:
            self._until.popitem(last=False)


def address_of(request: Request) -> str:
    """The caller's network address; behind trusted proxies the one they report (Sanic's PROXIES_COUNT)."""
    return request.remote_addr or request.ip
