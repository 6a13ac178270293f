"""REST: accounts, for those who may manage them."""

from typing import Protocol

from sanic import Blueprint, HTTPResponse, Request

from channels.staff.guard import Gate, allowed
from channels.staff.login import body, number
from channels.web.answering import json
from core.message import Json
from core.staff import Staff

MANAGE = "accounts.manage"


class Accounts(Protocol):
    """What the staff room does with accounts; each raises Misuse, Refused, NotFound."""

    async def list(self) -> list[Json]: ...
    async def add(self, by: Staff | None, values: Json, *, password: str = "") -> tuple[Json, str]: ...
    async def change(self, by: Staff, staff_id: int, values: Json) -> Json: ...
    async def reset_password(self, by: Staff | None, staff_id: int, *, password: str = "") -> str: ...
    async def end_sessions(self, by: Staff | None, staff_id: int) -> int: ...


class AccountRoutes:
    """Under /api/v1/staff/accounts."""

    def __init__(self, *, gate: Gate, accounts: Accounts, catalogue: Json) -> None:
        self.gate = gate
        self._accounts = accounts
        self._catalogue = catalogue

    def blueprint(self) -> Blueprint:
        """All of them."""
        routes: Blueprint = Blueprint("staff_accounts", url_prefix="/api/v1/staff/accounts")
        routes.add_route(self.list, "", methods=["GET"])
        routes.add_route(self.add, "", methods=["POST"])
        routes.add_route(self.change, "/<account_id:str>", methods=["PATCH"])
        routes.add_route(self.reset_password, "/<account_id:str>/password", methods=["POST"])
        routes.add_route(self.end_sessions, "/<account_id:str>/sessions", methods=["DELETE"])
        return routes

    @allowed(MANAGE)
    async def list(self, request: Request, staff: Staff) -> HTTPResponse:
        """All accounts, with the roles that can be given."""
        return json({"items": await self._accounts.list(), **self._catalogue})

    @allowed(MANAGE)
    async def add(self, request: Request, staff: Staff) -> HTTPResponse:
        """A new account; its initial password is shown this once."""
        made, password = await self._accounts.add(staff, body(request))
        return json({"account": made, "initial_password": password}, status=201)

    @allowed(MANAGE)
    async def change(self, request: Request, staff: Staff, account_id: str) -> HTTPResponse:
        """Name, roles, regions, active."""
        return json({"account": await self._accounts.change(staff, number(account_id, "account_id"), body(request))})

    @allowed(MANAGE)
    async def reset_password(self, request: Request, staff: Staff, account_id: str) -> HTTPResponse:
        """A new initial password, shown this once."""
        return json({"initial_password": await self._accounts.reset_password(staff, number(account_id, "account_id"))})

    @allowed(MANAGE)
    async def end_sessions(self, request: Request, staff: Staff, account_id: str) -> HTTPResponse:
        """Log the account out everywhere."""
        return json({"ended": await self._accounts.end_sessions(staff, number(account_id, "account_id"))})
