"""REST: many entries at once, as a list of ids or as a file."""

import re

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import raw

from channels.staff import knowledge_reading as asked
from channels.staff.guard import Gate, allowed
from channels.staff.knowledge import PREFIX
from channels.staff.knowledge_port import Bench
from channels.web import reading
from channels.web.answering import json
from core.errors import Misuse
from core.staff import Staff

LARGEST = 20_000_000
"""Bytes of a file that is loaded."""
MAX_IDS = 200
TYPES = {
    "yaml": "application/yaml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NAME = re.compile(r".{1,100}\.(?:ya?ml|xlsx)", re.IGNORECASE)


class KnowledgeFileRoutes:
    """Under /api/v1/staff/knowledge, too."""

    def __init__(self, *, gate: Gate, bench: Bench) -> None:
        self.gate = gate
        self._bench = bench

    def blueprint(self) -> Blueprint:
        """All of them."""
        routes: Blueprint = Blueprint("staff_knowledge_files", url_prefix=PREFIX)
        routes.add_route(self.bulk, "/bulk", methods=["POST"])
        routes.add_route(self.export, "/export", methods=["GET"])
        routes.add_route(self.load, "/load", methods=["POST"])
        return routes

    @allowed("knowledge.edit")
    async def bulk(self, request: Request, staff: Staff) -> HTTPResponse:
        """Submit, set fields or (with that permission) withdraw many; each succeeds or fails by itself."""
        data = reading.body(request)
        action = data.get("action")
        if action not in ("submit", "withdraw", "set"):
            raise Misuse("bad_action", "action 应为 submit、withdraw 或 set。")
        if action == "withdraw" and not staff.may("knowledge.withdraw"):
            raise Misuse("bad_action", "您的角色不能撤回条目。")
        ids = [asked.entry_id(one) for one in asked.words(data, "ids", MAX_IDS)]
        return json(await self._bench.bulk(staff, ids, action, asked.mapping(data, "values")))

    @allowed("knowledge.read")
    async def export(self, request: Request, staff: Staff) -> HTTPResponse:
        """What is published, as a file."""
        form = asked.word(request, "format")
        if form not in TYPES:
            raise Misuse("bad_format", "format 应为 yaml 或 xlsx。")
        data = await self._bench.files.export(form, asked.word(request, "topic"))
        headers = {"Content-Disposition": f'attachment; filename="knowledge.{form}"'}
        return raw(data, content_type=TYPES[form], headers=headers)

    @allowed("knowledge.import", largest=LARGEST)
    async def load(self, request: Request, staff: Staff) -> HTTPResponse:
        """A file of entries, as drafts."""
        name = asked.word(request, "name")
        if not _NAME.fullmatch(name):
            raise Misuse("bad_file", "文件名（name）应以 .yml、.yaml 或 .xlsx 结尾。")
        return json(await self._bench.files.load(staff, name, request.body))
