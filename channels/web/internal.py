"""What only this machine's own processes may call: Rasa's action endpoint, guarded by the internal token."""

import hmac
from collections.abc import Awaitable, Callable

from sanic import Blueprint, HTTPResponse, Request

from channels.web import reading
from channels.web.answering import json
from core.errors import Unauthenticated
from core.message import Json

Actions = Callable[[Json], Awaitable[Json]]


class InternalRoutes:
    """POST /internal/actions/webhook?token=… (Rasa sends its endpoint's token as a query parameter)."""

    def __init__(self, *, actions: Actions, token: str) -> None:
        self._actions = actions
        self._token = token

    def blueprint(self) -> Blueprint:
        """The one route."""
        routes: Blueprint = Blueprint("internal", url_prefix="/internal")
        routes.add_route(self.webhook, "/actions/webhook", methods=["POST"])
        return routes

    async def webhook(self, request: Request) -> HTTPResponse:
        """Run one of our actions for Rasa."""
        given = request.args.get("token", "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise Unauthenticated("bad_internal_token")
        return json(await self._actions(reading.body(request)))
