"""The written contract is what the server does: the same addresses, and every answer as described."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from unittest import SkipTest

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from sanic import Sanic
from schemathesis import Case, GenerationMode, checks

from channels.web import openapi
from staff.roles import ROLES
from tests import stand as stands
from tests.bot.talk import CONSULT
from tests.fakes.engine import says
from tests.staff.people import COOKIE, Member, enter, member
from tests.stand import Citizen, Stand

NOT_IN_THE_CONTRACT = {
    "/internal/actions/webhook",  # for our own dialogue process only
    "/api/v1/conversations/{conversation_id}/ws",  # OpenAPI has no words for WebSockets; docs/api.md does
    "/",  # the citizen window
    "/{path}",
}
EXAMPLES = 25
SCHEMA = schemathesis.openapi.from_dict(openapi.document())
OPERATIONS = [operation.ok() for operation in SCHEMA.get_all_operations()]
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.not_a_server_error,
]


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with stands.served(database_url) as made:
        made.engine.script = says("好")
        yield made


async def test_the_contract_names_what_is_served(stand: Stand) -> None:
    app: Sanic[Any, Any] = list(Sanic._app_registry.values())[-1]
    served = {
        (method.lower(), re.sub(r"<(\w+):\w+>", r"{\1}", "/" + route.path.strip("/")))
        for route in app.router.routes
        for method in route.methods or ()
        if method != "OPTIONS"
    }
    written = {
        (method, path)
        for path, item in openapi.document()["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert {(method, path) for method, path in served if path not in NOT_IN_THE_CONTRACT} == written
    assert (await stand.http.get("/openapi.json")).json() == openapi.document()
    page = (await stand.http.get("/docs")).text
    assert all(path in page for _, path in written)
    assert "<script" not in page


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
async def test_every_answer_is_as_described(stand: Stand, operation: Any, mode: GenerationMode) -> None:
    citizen = await stand.open()
    await citizen.say(CONSULT)
    boss = await member(stand, "boss", *ROLES)
    cases: list[Case] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        cases.append(case)

    try:
        await asyncio.to_thread(collect)
    except (SkipTest, Unsatisfiable):
        assert mode is GenerationMode.NEGATIVE, "nothing in it could be wrong"
    assert cases or mode is GenerationMode.NEGATIVE
    for case in cases:
        await hold(citizen, boss, case)


async def hold(citizen: Citizen, boss: Member, case: Case) -> None:
    """Send one generated request, to a conversation that is there and by a member of staff where they are wanted."""
    if "conversation_id" in (case.path_parameters or {}):
        case.path_parameters["conversation_id"] = citizen.id
        case.headers = {**(case.headers or {}), **citizen.headers}
    if case.path.startswith("/api/v1/staff/"):
        boss = await enter(citizen.stand, boss.id)  # what was generated may have ended the session before
        case.headers = {**(case.headers or {}), "X-CSRF-Token": boss.csrf}
        case.cookies = {COOKIE: boss.token}
    response = await asyncio.to_thread(case.call, base_url=citizen.stand.base_url)
    case.validate_response(response, checks=CHECKS)
