"""REST: entries and their versions, from the draft to what is published and taken back."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty

from channels.staff import knowledge_reading as asked
from channels.staff.guard import Gate, allowed
from channels.staff.knowledge_port import Bench
from channels.web import reading
from channels.web.answering import json
from core.message import Json
from core.staff import Staff

PREFIX = "/api/v1/staff/knowledge"
_ENTRY = "/entries/<entry_id:str>"
_VERSION = f"{_ENTRY}/versions/<number:int>"


class KnowledgeRoutes:
    """Under /api/v1/staff/knowledge; who may do what is decided by permission, region and the rules of editing."""

    def __init__(self, *, gate: Gate, bench: Bench) -> None:
        self.gate = gate
        self._bench = bench

    def blueprint(self) -> Blueprint:
        """All of them."""
        routes: Blueprint = Blueprint("staff_knowledge", url_prefix=PREFIX)
        routes.add_route(self.entries, "/entries", methods=["GET"])
        routes.add_route(self.create, "/entries", methods=["POST"])
        routes.add_route(self.entry, _ENTRY, methods=["GET"])
        routes.add_route(self.difference, f"{_ENTRY}/diff", methods=["GET"])
        routes.add_route(self.draft, f"{_ENTRY}/versions", methods=["POST"])
        routes.add_route(self.version, _VERSION, methods=["GET"])
        routes.add_route(self.save, _VERSION, methods=["PUT"])
        routes.add_route(self.delete, _VERSION, methods=["DELETE"])
        routes.add_route(self.submit, f"{_VERSION}/submit", methods=["POST"])
        routes.add_route(self.approve, f"{_VERSION}/approve", methods=["POST"])
        routes.add_route(self.reject, f"{_VERSION}/reject", methods=["POST"])
        routes.add_route(self.withdraw, f"{_VERSION}/withdraw", methods=["POST"])
        routes.add_route(self.restore, f"{_VERSION}/restore", methods=["POST"])
        return routes

    @allowed("knowledge.read")
    async def entries(self, request: Request, staff: Staff) -> HTTPResponse:
        """The list, filtered."""
        page, size = asked.page(request)
        filters = {name: asked.word(request, name) for name in ("q", "topic", "region", "state", "person")}
        filters["sort"] = asked.word(request, "sort", "updated")
        return json(await self._bench.entries(filters, page=page, size=size))

    @allowed("knowledge.read")
    async def entry(self, request: Request, staff: Staff, entry_id: str) -> HTTPResponse:
        """One entry with its history."""
        return json(await self._bench.entry(asked.entry_id(entry_id)))

    @allowed("knowledge.read")
    async def version(self, request: Request, staff: Staff, entry_id: str, number: int) -> HTTPResponse:
        """One version."""
        return json(await self._bench.version(asked.entry_id(entry_id), asked.number(number)))

    @allowed("knowledge.read")
    async def difference(self, request: Request, staff: Staff, entry_id: str) -> HTTPResponse:
        """What changed between two versions."""
        one, other = asked.number_argument(request, "from"), asked.number_argument(request, "to")
        return json(await self._bench.reading.difference(asked.entry_id(entry_id), one, other))

    @allowed("knowledge.edit")
    async def create(self, request: Request, staff: Staff) -> HTTPResponse:
        """A new entry, as a draft."""
        return json(await self._bench.create(staff, reading.body(request).get("content")), status=201)

    @allowed("knowledge.edit")
    async def draft(self, request: Request, staff: Staff, entry_id: str) -> HTTPResponse:
        """A new draft of an entry, from a content or an older version."""
        data = reading.body(request)
        start = asked.number(data["from"], "from") if data.get("from") is not None else 0
        return json(await self._bench.draft(staff, asked.entry_id(entry_id), data.get("content"), start), status=201)

    @allowed("knowledge.edit")
    async def save(self, request: Request, staff: Staff, entry_id: str, number: int) -> HTTPResponse:
        """Change a draft; 409 when somebody else saved first."""
        data, place = reading.body(request), asked.entry_id(entry_id)
        saved = await self._bench.save(staff, place, asked.number(number), data.get("content"), asked.revision(data))
        return json(saved)

    @allowed("knowledge.edit")
    async def delete(self, request: Request, staff: Staff, entry_id: str, number: int) -> HTTPResponse:
        """Throw a draft away."""
        await self._bench.editing.delete(asked.entry_id(entry_id), asked.number(number), staff)
        return empty()

    @allowed("knowledge.edit")
    async def submit(self, request: Request, staff: Staff, entry_id: str, number: int) -> HTTPResponse:
        """Ask for approval."""
        return await self._step(request, staff, entry_id, number, "submit")

    @allowed("knowledge.review")
    async def approve(self, request: Request, staff: Staff, entry_id: str, number: int) -> HTTPResponse:
        """Publish what another person wrote."""
        return await self._step(request, staff, entry_id, number, "approve")

    @allowed("knowledge.review")
    async def reject(self, request: Request, staff: Staff, entry_id: str, number: int) -> HTTPResponse:
        """Back to its author, with the reason."""
        return await self._step(request, staff, entry_id, number, "reject")

    @allowed("knowledge.withdraw")
    async def withdraw(self, request: Request, staff: Staff, entry_id: str, number: int) -> HTTPResponse:
        """Take back what is published; in an emergency the whole entry, at once."""
        data = reading.body(request)
        emergency = reading.flag(data, "emergency") if "emergency" in data else False
        withdrawn = await self._bench.step(
            staff,
            asked.entry_id(entry_id),
            asked.number(number),
            "withdraw",
            revision=0 if emergency else asked.revision(data),
            note=asked.note(data, "reason"),
            emergency=emergency,
        )
        return json(withdrawn)

    @allowed("knowledge.edit")
    async def restore(self, request: Request, staff: Staff, entry_id: str, number: int) -> HTTPResponse:
        """A new draft with the content of an old version."""
        data: Json = reading.body(request)
        restored = await self._bench.step(
            staff, asked.entry_id(entry_id), asked.number(number), "restore", revision=0, note=asked.note(data)
        )
        return json(restored, status=201)

    async def _step(self, request: Request, staff: Staff, entry_id: str, number: int, verb: str) -> HTTPResponse:
        data = reading.body(request)
        step = await self._bench.step(
            staff,
            asked.entry_id(entry_id),
            asked.number(number),
            verb,
            revision=asked.revision(data),
            note=asked.note(data),
        )
        return json(step)
