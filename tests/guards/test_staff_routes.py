"""Every staff route declares a permission, and every role gets exactly as far as its permissions."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sanic import Sanic

from channels.staff.guard import SAFE
from staff.roles import OWN, PERMISSIONS, ROLES, permissions
from tests import stand as stands
from tests.staff.people import enter, member
from tests.stand import Stand

PREFIX = "/api/v1/staff"
LOGIN = ("POST", f"{PREFIX}/login")
"""The only one without a permission: there is nobody yet."""
EXAMPLES = {"int": "999999", "str": "no-such-thing", "uuid": "00000000-0000-4000-8000-000000000000", "path": "x"}


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with stands.served(database_url) as made:
        yield made


def routes() -> list[tuple[str, str, Any]]:
    """(method, address with example parameters, handler) of every staff route."""
    app: Sanic[Any, Any] = list(Sanic._app_registry.values())[-1]
    found = []
    for route in app.router.routes:
        address = "/" + route.path.strip("/")
        if address.startswith(f"{PREFIX}/"):
            path = re.sub(r"<\w+:(\w+)>", lambda kind: EXAMPLES[kind[1]], address)
            found += [(method, path, route.handler) for method in sorted(route.methods or ())]
    return found


async def test_every_route_declares_a_permission(stand: Stand) -> None:
    found = routes()
    assert len(found) >= 12
    for method, path, handler in found:
        if (method, path) != LOGIN:
            assert getattr(handler, "permission", None) in PERMISSIONS, f"{method} {path} declares no permission"


async def test_every_permission_that_is_asked_for_is_held_by_a_role(stand: Stand) -> None:
    asked = {handler.permission for method, path, handler in routes() if (method, path) != LOGIN}
    assert asked <= frozenset().union(*(permissions([role]) for role in ROLES))


async def test_without_a_session_nothing_and_without_the_token_no_change(stand: Stand) -> None:
    boss = await member(stand, "boss", *ROLES)
    for method, path, _ in routes():
        if (method, path) == LOGIN:
            continue
        stranger = await stand.http.request(method, path, headers={"X-CSRF-Token": boss.csrf})
        assert stranger.status_code == 401, f"{method} {path} answers {stranger.status_code} to a stranger"
        forged = await stand.http.request(method, path, headers={"Cookie": "hc_staff=" + "A" * 43})
        assert forged.status_code == 401, f"{method} {path} believes a made-up cookie"
        if method not in SAFE:
            for csrf in ("", "wrong"):
                answer = await boss.call(method, path.removeprefix(PREFIX), csrf=csrf)
                told = (answer.status_code, answer.json()["error"]["code"])
                assert told == (403, "bad_csrf"), f"{method} {path} needs no CSRF token"


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_each_role_gets_exactly_as_far_as_its_permissions(stand: Stand, role: str) -> None:
    someone = await member(stand, "someone", role)
    for method, path, handler in routes():
        if (method, path) == LOGIN:
            continue
        await_me = await enter(stand, someone.id)  # a session of its own for each: logging out is a route, too
        answer = await await_me.call(method, path.removeprefix(PREFIX))
        if handler.permission in permissions([role]):
            assert answer.status_code not in (401, 403), f"{role}: {method} {path} -> {answer.text[:200]}"
            assert answer.status_code < 500, f"{role}: {method} {path} -> {answer.text[:200]}"
        else:
            told = (answer.status_code, answer.json()["error"]["code"])
            assert told == (403, "not_permitted"), f"{role}: {method} {path} -> {answer.text[:200]}"


async def test_before_an_initial_password_is_changed_only_the_own_account_opens(stand: Stand) -> None:
    boss = await member(stand, "boss", *ROLES)
    await stand.staff.store.change(boss.id, {"must_change": True})
    for method, path, handler in routes():
        if (method, path) != LOGIN and handler.permission != OWN:
            answer = await boss.call(method, path.removeprefix(PREFIX))
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_permitted")
