"""REST: documents handed in, what was understood of them, and the drafts made of it."""

from typing import Protocol

from sanic import Blueprint, HTTPResponse, Request

from channels.staff import knowledge_reading as asked
from channels.staff.guard import Gate, allowed
from channels.staff.knowledge import PREFIX
from channels.web import reading
from channels.web.answering import json
from core.errors import Misuse, TooLarge
from core.message import Json
from core.staff import Staff

LARGEST = 50_000_000
"""Bytes of one document."""
MAX_NAME = 200
MAX_SECTIONS = 200
_ONE = "/imports/<import_id:int>"


class Importing(Protocol):
    """`knowledge.documents.imports.Imports`."""

    async def add(self, staff: Staff, name: str, data: bytes) -> Json: ...
    async def recent(self) -> Json: ...
    async def one(self, import_id: int) -> Json: ...
    async def drafts(self, staff: Staff, import_id: int, numbers: list[int], topic: str) -> Json: ...


class ImportRoutes:
    """Under /api/v1/staff/knowledge/imports."""

    def __init__(self, *, gate: Gate, imports: Importing) -> None:
        self.gate = gate
        self._imports = imports

    def blueprint(self) -> Blueprint:
        """All of them."""
        routes: Blueprint = Blueprint("staff_imports", url_prefix=PREFIX)
        routes.add_route(self.recent, "/imports", methods=["GET"])
        routes.add_route(self.add, "/imports", methods=["POST"])
        routes.add_route(self.one, _ONE, methods=["GET"])
        routes.add_route(self.drafts, f"{_ONE}/drafts", methods=["POST"])
        return routes

    @allowed("knowledge.import")
    async def recent(self, request: Request, staff: Staff) -> HTTPResponse:
        """The newest imports."""
        return json(await self._imports.recent())

    @allowed("knowledge.import", largest=LARGEST)
    async def add(self, request: Request, staff: Staff) -> HTTPResponse:
        """Hand a file in; the worker reads it."""
        name = request.args.get("name", "")
        if len(name) > MAX_NAME:
            raise TooLarge("name_too_long", f"文件名太长了，请缩短到 {MAX_NAME} 个字以内。")
        return json(await self._imports.add(staff, name, request.body), status=201)

    @allowed("knowledge.import")
    async def one(self, request: Request, staff: Staff, import_id: int) -> HTTPResponse:
        """State, progress, sections with suggested drafts, and the report."""
        return json(await self._imports.one(asked.number(import_id, "import_id")))

    @allowed("knowledge.import")
    async def drafts(self, request: Request, staff: Staff, import_id: int) -> HTTPResponse:
        """Make drafts of chosen sections; they are published only after review."""
        data = reading.body(request)
        numbers = data.get("sections")
        if not isinstance(numbers, list) or not 1 <= len(numbers) <= MAX_SECTIONS:
            raise Misuse("bad_sections", f"sections 应为 1 到 {MAX_SECTIONS} 个段落的序号。")
        chosen = [reading.integer(number, "sections", 0, asked.MAX_NUMBER) for number in numbers]
        number, topic = asked.number(import_id, "import_id"), asked.note(data, "topic")
        made = await self._imports.drafts(staff, number, chosen, topic)
        return json(made, status=201)
