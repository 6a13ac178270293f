"""The web channel's server: limits, routes, nothing else."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from sanic import Blueprint, Sanic

from channels.channel import Catalogue, Check, Front
from channels.web import answering
from channels.web.access import AddressLimit, Origins
from channels.web.conversations import ConversationRoutes
from channels.web.internal import Actions, InternalRoutes
from channels.web.pages import PageRoutes
from channels.web.public import PublicRoutes
from channels.web.socket import SocketRoute
from core.clock import Clock
from storage.storage import Storage

MAX_BODY = 64 * 1024
MAX_FRAME = 16 * 1024


def build(
    *,
    name: str,
    storage: Storage,
    front: Front,
    catalogue: Catalogue,
    checks: dict[str, Check],
    actions: Actions,
    internal_token: str,
    pages: Path,
    origins: Origins,
    clock: Clock,
    lifetime: timedelta,
    opening_per_minute: int,
    trusted_proxies: int = 0,
    more: Iterable[Blueprint] = (),
    alone: bool = False,
) -> Sanic[Any, Any]:
    """The application; the caller serves it.

    `more`: routes of other channels on the same port. `alone`: it is the process's only application.
    """
    app: Sanic[Any, Any] = Sanic(name, dumps=lambda data: orjson.dumps(data).decode(), configure_logging=False)
    app.config.update(
        {
            "AUTO_EXTEND": False,
            "FALLBACK_ERROR_FORMAT": "json",
            "ACCESS_LOG": False,
            # Takes the signals nobody listens to out of Sanic's own methods (7 % of a turn's processor time), for good:
            # a second application in the process would trip over them.
            "TOUCHUP": alone,
            "REQUEST_MAX_SIZE": MAX_BODY,
            "REQUEST_TIMEOUT": 10,
            "RESPONSE_TIMEOUT": 20,
            "KEEP_ALIVE_TIMEOUT": 75,
            "WEBSOCKET_MAX_SIZE": MAX_FRAME,
            "WEBSOCKET_PING_INTERVAL": 20,
            "WEBSOCKET_PING_TIMEOUT": 20,
            "GRACEFUL_SHUTDOWN_TIMEOUT": 5.0,
            "PROXIES_COUNT": trusted_proxies or None,
        }
    )
    answering.install(app, origins=origins)
    opening = AddressLimit(opening_per_minute, monotonic=clock.monotonic)
    conversations = ConversationRoutes(
        storage=storage, front=front, origins=origins, opening=opening, clock=clock, lifetime=lifetime
    )
    app.blueprint(conversations.blueprint())
    app.blueprint(SocketRoute(storage=storage, front=front, origins=origins, clock=clock).blueprint())
    app.blueprint(PublicRoutes(catalogue=catalogue, checks=checks, origins=origins).blueprint())
    app.blueprint(InternalRoutes(actions=actions, token=internal_token).blueprint())
    for routes in more:
        app.blueprint(routes)
    app.blueprint(PageRoutes(pages).blueprint())
    return app
