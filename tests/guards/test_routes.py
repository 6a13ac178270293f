"""Every address of the web channel asks who calls, or is listed as public with its reason."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sanic import Sanic

from channels.web.public import PUBLIC
from tests import stand as stands
from tests.channels.line import raw
from tests.fakes.engine import says
from tests.stand import Citizen, Stand

PAGES = {"/", "/<path:path>"}
"""Listed as `GET static`."""


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with stands.served(database_url) as made:
        made.engine.script = says("好")
        yield made


def routes() -> list[tuple[str, str]]:
    """(method, address) of everything the newest application serves."""
    app: Sanic[Any, Any] = list(Sanic._app_registry.values())[-1]
    found = []
    for route in app.router.routes:
        address = "/" + route.path.strip("/")
        found += [(method, address) for method in sorted(route.methods or ())]
    return found


def listed(method: str, address: str) -> bool:
    """Whether PUBLIC names it."""
    if method == "OPTIONS":
        return "OPTIONS *" in PUBLIC
    if address in PAGES and method in ("GET", "HEAD"):
        return "GET static" in PUBLIC
    return f"{method} {address}" in PUBLIC


async def test_every_address_wants_a_token_or_is_listed(stand: Stand) -> None:
    guarded = [(method, address) for method, address in routes() if not listed(method, address)]
    assert len(guarded) >= 7
    for method, address in guarded:
        if address.startswith("/api/v1/staff/"):
            continue  # tests/guards/test_staff_routes.py asks more of them
        path = address.replace("<conversation_id:str>", "A" * 22)
        assert "<" not in path, f"teach this test the parameters of {address}"
        if path.endswith("/ws"):
            citizen = Citizen(stand=stand, id="A" * 22, token="")
            async with raw(citizen) as line:
                await line.send(type="message", text="x")
                assert await line.closed() == 4401, address
            continue
        answer = await stand.http.request(method, path, json={} if method == "POST" else None)
        assert answer.status_code == 401, f"{method} {address} answers {answer.status_code} to a stranger"
        assert answer.json()["error"]["code"]


async def test_nothing_is_listed_that_is_not_served(stand: Stand) -> None:
    served = {f"{method} {address}" for method, address in routes()}
    for name in PUBLIC:
        assert name in served or name in ("OPTIONS *", "GET static"), f"{name} is listed and not served"
    assert all(reason.strip() for reason in PUBLIC.values())
    assert ("OPTIONS", "/api/v1/conversations") in routes()
