"""Public routes: what everybody may read. Each says why it needs no log-in."""

import re

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, raw

from channels.channel import Catalogue, Check
from channels.web import openapi, reading
from channels.web.access import Origins
from channels.web.answering import json
from core.errors import Misuse
from core.message import Json

_PARAMETER = re.compile(r"\{(\w+)\}")
PUBLIC = {
    "GET /healthz": "a load balancer asks whether the process lives; nothing is told",
    "GET /readyz": "a load balancer asks whether it may send citizens; states of parts only, no addresses, no versions",
    "GET /metrics": "counts for Prometheus, nothing personal; a reverse proxy should keep it inside",
    "GET /openapi.json": "third-party developers read the contract",
    "GET /docs": "the same for people",
    "GET /api/v1/portal": "greeting and most asked questions, the same for everybody",
    "GET /api/v1/entries/<entry_id:str>": "the knowledge base is public information",
    "POST /api/v1/conversations": "a citizen begins anonymously; limited by address",
    "POST /api/v1/staff/login": "who logs in has no session yet; limited by address, locked after wrong passwords",
    "OPTIONS *": "CORS pre-flight of allowed sites; no data",
    "GET static": "the citizen window's own files",
}
"""Every route without log-in, and why. A guard test compares this with the router."""


class PublicRoutes:
    """Portal, entries, health, documents."""

    def __init__(self, *, catalogue: Catalogue, checks: dict[str, Check], origins: Origins) -> None:
        self._catalogue = catalogue
        self._checks = checks
        self._origins = origins

    def blueprint(self) -> Blueprint:
        """All of them."""
        routes: Blueprint = Blueprint("public")
        routes.add_route(self.healthz, "/healthz")
        routes.add_route(self.readyz, "/readyz")
        routes.add_route(self.metrics, "/metrics")
        routes.add_route(self.openapi, "/openapi.json")
        routes.add_route(self.docs, "/docs")
        routes.add_route(self.portal, "/api/v1/portal")
        routes.add_route(self.entry, "/api/v1/entries/<entry_id:str>")
        # None for staff routes: no other site may call them.
        # One for each address: the router knows an address that takes another method, and would answer 405.
        for number, address in enumerate(filter(_is_for_sites, openapi.document()["paths"])):
            pattern = _PARAMETER.sub(r"<\1:str>", address)
            routes.add_route(self.preflight, pattern, methods=["OPTIONS"], name=f"preflight_{number}")
        return routes

    async def healthz(self, _: Request) -> HTTPResponse:
        """The process lives."""
        return json({"alive": True})

    async def readyz(self, _: Request) -> HTTPResponse:
        """Every dependency with its state; 503 while one that is needed is not up."""
        parts: dict[str, Json] = {}
        for name, check in self._checks.items():
            state, detail = await check()
            parts[name] = {"state": state, "detail": detail}
        ready = all(part["state"] in ("up", "off") for part in parts.values())
        return json({"ready": ready, "parts": parts}, status=200 if ready else 503)

    async def metrics(self, _: Request) -> HTTPResponse:
        """Prometheus."""
        return raw(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    async def openapi(self, _: Request) -> HTTPResponse:
        """The contract."""
        return json(openapi.document())

    async def docs(self, _: Request) -> HTTPResponse:
        """The contract, readable."""
        return raw(openapi.page().encode(), content_type="text/html; charset=utf-8")

    async def portal(self, request: Request) -> HTTPResponse:
        """Greeting, most asked questions, topics."""
        self._origins.check(request)
        return json(self._catalogue.portal(), headers={"Cache-Control": "public, max-age=60"})

    async def entry(self, request: Request, entry_id: str) -> HTTPResponse:
        """One whole entry, in the version that a message cites when it is named."""
        self._origins.check(request)
        if len(entry_id) > 100:
            raise Misuse("bad_entry_id")
        version = reading.argument(request, "version", 0, 1, 2**31 - 1) or None
        return json(await self._catalogue.entry(entry_id, version))

    async def preflight(self, request: Request, **_: str) -> HTTPResponse:
        """CORS: an allowed site asks before it calls."""
        self._origins.check(request)
        headers = {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        }
        return empty(headers=headers if self._origins.is_foreign(request) else {})


def _is_for_sites(path: str) -> bool:
    return path.startswith("/api/") and not path.startswith("/api/v1/staff/")
