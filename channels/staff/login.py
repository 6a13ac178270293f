"""REST: log-in, log-out, who am I, my password, my sessions."""

import re
from typing import Any, Protocol

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty

from channels.staff.guard import COOKIE, OWN, Gate, allowed
from channels.web import reading
from channels.web.access import AddressLimit, address_of
from channels.web.answering import json
from core.errors import Misuse
from core.message import Json
from core.staff import Staff

LONGEST = 200
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


class Begun(Protocol):
    """A session that has just begun."""

    @property
    def staff(self) -> Staff: ...
    @property
    def token(self) -> str: ...
    @property
    def csrf(self) -> str: ...


class Login(Protocol):
    """What checks passwords."""

    async def login(self, account: str, password: str, *, address: str, browser: str) -> Begun:
        """Raises Unauthenticated("bad_login"), TooMany("locked")."""
        ...

    async def change_password(self, staff: Staff, old: str, new: str, *, address: str, browser: str) -> Begun:
        """Raises Unauthenticated("bad_password"), Misuse("weak_password"), TooMany("locked")."""
        ...


class Sessions(Protocol):
    """A person's own sessions."""

    def csrf(self, cookie: str) -> str: ...
    async def of(self, staff: Staff, cookie: str) -> list[Json]: ...
    async def leave(self, staff: Staff, cookie: str) -> None: ...
    async def end(self, staff: Staff, session_id: int) -> None: ...
    async def end_others(self, staff: Staff, cookie: str) -> int: ...


class LoginRoutes:
    """Under /api/v1/staff; all but the log-in itself want a session."""

    def __init__(
        self, *, gate: Gate, login: Login, sessions: Sessions, trying: AddressLimit, secure: bool, lifetime: int
    ) -> None:
        self.gate = gate
        self._login = login
        self._sessions = sessions
        self._trying = trying
        self._secure = secure
        self._lifetime = lifetime

    def blueprint(self) -> Blueprint:
        """All of them."""
        routes: Blueprint = Blueprint("staff_login", url_prefix="/api/v1/staff")
        routes.add_route(self.login, "/login", methods=["POST"])
        routes.add_route(self.logout, "/logout", methods=["POST"])
        routes.add_route(self.me, "/me", methods=["GET"])
        routes.add_route(self.password, "/password", methods=["POST"])
        routes.add_route(self.sessions, "/sessions", methods=["GET"])
        routes.add_route(self.end_others, "/sessions", methods=["DELETE"])
        routes.add_route(self.end, "/sessions/<session_id:str>", methods=["DELETE"])
        return routes

    async def login(self, request: Request) -> HTTPResponse:
        """Public: account and password for a cookie. JSON only: a form of another site cannot send that."""
        self.gate.stranger(request)
        self._trying.check(address_of(request))
        data = body(request)
        begun = await self._login.login(
            word(data, "account"), word(data, "password"), address=address_of(request), browser=_browser(request)
        )
        return self._begun(begun)

    @allowed(OWN)
    async def logout(self, request: Request, staff: Staff) -> HTTPResponse:
        """End this session."""
        await self._sessions.leave(staff, cookie(request))
        return self._keep(empty(), "", 0)

    @allowed(OWN)
    async def me(self, request: Request, staff: Staff) -> HTTPResponse:
        """Who I am and what I may do; a page that was opened anew gets its CSRF token here."""
        return json(profile(staff, self._sessions.csrf(cookie(request))))

    @allowed(OWN)
    async def password(self, request: Request, staff: Staff) -> HTTPResponse:
        """Change my password: every other session ends, this one gets a new token."""
        data = body(request)
        begun = await self._login.change_password(
            staff, word(data, "old"), word(data, "new"), address=address_of(request), browser=_browser(request)
        )
        return self._begun(begun)

    @allowed(OWN)
    async def sessions(self, request: Request, staff: Staff) -> HTTPResponse:
        """Where I am logged in."""
        return json({"items": await self._sessions.of(staff, cookie(request))})

    @allowed(OWN)
    async def end(self, request: Request, staff: Staff, session_id: str) -> HTTPResponse:
        """End one of my sessions."""
        await self._sessions.end(staff, number(session_id, "session_id"))
        return empty()

    @allowed(OWN)
    async def end_others(self, request: Request, staff: Staff) -> HTTPResponse:
        """End all my sessions but this one."""
        return json({"ended": await self._sessions.end_others(staff, cookie(request))})

    def _begun(self, begun: Begun) -> HTTPResponse:
        return self._keep(json(profile(begun.staff, begun.csrf)), begun.token, self._lifetime)

    def _keep(self, response: HTTPResponse, token: str, seconds: int) -> HTTPResponse:
        """Put the token into the cookie; with 0 seconds the browser drops it."""
        response.add_cookie(
            COOKIE, token, path="/", httponly=True, samesite="Strict", secure=self._secure, max_age=seconds
        )
        return response


def profile(staff: Staff, csrf: str) -> Json:
    """What the staff site knows of who is logged in."""
    return {
        "staff": {
            "id": staff.id,
            "account": staff.account,
            "name": staff.name,
            "roles": sorted(staff.roles),
            "regions": list(staff.regions),
        },
        "csrf": csrf,
        "permissions": sorted(staff.permissions),
        "must_change": staff.must_change,
    }


def body(request: Request) -> dict[str, Any]:
    """The JSON object of a request that says it is JSON; raises Misuse."""
    if request.body and request.content_type.split(";")[0].strip().lower() != "application/json":
        raise Misuse("bad_content_type", "请求的内容类型应为 application/json。")
    return reading.body(request)


def word(data: dict[str, Any], name: str) -> str:
    """A text that must be there, as it was typed; raises Misuse."""
    value = data.get(name)
    if not isinstance(value, str) or not value or len(value) > LONGEST:
        raise Misuse(f"bad_{name}", f"缺少 {name}，或者太长（最多 {LONGEST} 个字符）。")
    return value


def number(text: str, name: str) -> int:
    """A row's number in an address, as the database can hold it; raises Misuse."""
    if not _NUMBER.fullmatch(text):
        raise Misuse("bad_number", f"{name} 应为正整数。")
    return int(text)


def cookie(request: Request) -> str:
    """The session's token; the gate has already seen that there is one."""
    return str(request.cookies.get(COOKIE, ""))


def _browser(request: Request) -> str:
    return str(request.headers.get("user-agent", ""))
