"""The gate of the staff routes: who calls, may they, and do they mean it (session, permission, CSRF token, origin).

class KnowledgeRoutes:
    def __init__(self, *, gate: Gate, ...) -> None:
        self.gate = gate

    @allowed("knowledge.edit")
    async def create(self, request: Request, staff: Staff) -> HTTPResponse: ...

    @allowed("knowledge.import", largest=50_000_000)  # the body is read after the gate
    async def upload(self, request: Request, staff: Staff) -> HTTPResponse: ...
"""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sanic import HTTPResponse, Request

from channels.web.access import AddressLimit, Origins, address_of
from core.errors import Refused, TooLarge, Unauthenticated
from core.staff import Staff

COOKIE = "hc_staff"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD"})
OWN = "account.own"
"""What everybody who is logged in may do: see and change their own account."""
SENTENCE = "您的角色不能使用这项功能。如有需要，请联系管理员。"
MUST_CHANGE = "请先修改初始密码，再使用其他功能。"


class Sessions(Protocol):
    """What the gate needs of the staff room."""

    async def check(self, cookie: str, csrf: str | None) -> Staff:
        """Whose session this is; `csrf` None: not asked for. Raises Unauthenticated, Refused("bad_csrf")."""
        ...


class Gate:
    """Admits a request or raises; one per application, shared by all staff routes."""

    def __init__(self, *, sessions: Sessions, origins: Origins, limit: AddressLimit) -> None:
        self._sessions = sessions
        self._origins = origins
        self._limit = limit

    async def admit(self, request: Request, permission: str) -> Staff:
        """Who calls. Raises TooMany, Refused (`bad_origin`, `bad_csrf`, `not_permitted`), Unauthenticated."""
        self.stranger(request)
        cookie = request.cookies.get(COOKIE, "")
        if not cookie:
            raise Unauthenticated("no_session", "请先登录。")
        csrf = None if request.method in SAFE else request.headers.get(CSRF_HEADER, "")
        staff = await self._sessions.check(cookie, csrf)
        if not staff.may(permission):
            raise Refused(
                "not_permitted",
                MUST_CHANGE if staff.must_change else SENTENCE,
                detail=f"{staff.account} wants {permission}",
            )
        return staff

    def stranger(self, request: Request) -> None:
        """What holds before a log-in, too: pages of other sites and callers that are too quick are sent away."""
        self._origins.check_own(request)
        self._limit.check(address_of(request))


class Guarded(Protocol):
    """A class of staff routes."""

    gate: Gate


Routes = TypeVar("Routes", bound=Guarded)
Rest = ParamSpec("Rest")
Handler = Callable[Concatenate[Routes, Request, Staff, Rest], Awaitable[HTTPResponse]]
Guard = Callable[Concatenate[Routes, Request, Rest], Coroutine[Any, Any, HTTPResponse]]


def allowed(permission: str, *, largest: int = 0) -> Callable[[Handler[Routes, Rest]], Guard[Routes, Rest]]:
    """Only who holds `permission` gets in; the handler is told who it is.

    `largest`: bytes of a body that may exceed the server's usual limit (add the route without `stream`); it is
    received only after the caller was admitted, so that a stranger cannot make the server hold 50 MB.
    """

    def guarded(handler: Handler[Routes, Rest]) -> Guard[Routes, Rest]:
        @wraps(handler)
        async def check(self: Routes, request: Request, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HTTPResponse:
            staff = await self.gate.admit(request, permission)
            if largest:
                await _receive(request, largest)
            return await handler(self, request, staff, *args, **kwargs)

        check.permission = permission  # type: ignore[attr-defined]  # a guard test reads it from the router
        if largest:
            # Sanic's own way (`stream=True`) writes this onto the handler, which a bound method does not let it.
            check.is_stream = True  # type: ignore[attr-defined]
        return check

    return guarded


async def _receive(request: Request, largest: int) -> None:
    """Read a streamed body into `request.body`; raises TooLarge."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > largest:
        raise TooLarge("file_too_large", f"文件太大了，最大 {largest // 1_000_000} MB。")
    if request.stream is not None:
        request.stream.request_max_size = largest
        await request.receive_body()  # type: ignore[no-untyped-call]  # Sanic leaves it without types
