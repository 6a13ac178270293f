"""REST: preview, suggestions, the retrieval bench, queues, warnings, the coverage map, unanswered questions."""

import asyncio

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty

from channels.staff import knowledge_reading as asked
from channels.staff.guard import Gate, allowed
from channels.staff.knowledge import PREFIX
from channels.staff.knowledge_port import Bench
from channels.web import reading
from channels.web.answering import json
from core.errors import Misuse
from core.staff import Staff


class KnowledgeToolRoutes:
    """Under /api/v1/staff/knowledge, too."""

    def __init__(self, *, gate: Gate, bench: Bench) -> None:
        self.gate = gate
        self._bench = bench

    def blueprint(self) -> Blueprint:
        """All of them."""
        routes: Blueprint = Blueprint("staff_knowledge_tools", url_prefix=PREFIX)
        routes.add_route(self.preview, "/preview", methods=["POST"])
        routes.add_route(self.suggest, "/suggest", methods=["POST"])
        routes.add_route(self.search, "/search", methods=["POST"])
        routes.add_route(self.reviews, "/reviews", methods=["GET"])
        routes.add_route(self.warnings, "/warnings", methods=["GET"])
        routes.add_route(self.close_mark, "/warnings/<mark_id:int>/close", methods=["POST"])
        routes.add_route(self.coverage, "/coverage", methods=["GET"])
        routes.add_route(self.unanswered, "/unanswered", methods=["GET"])
        routes.add_route(self.close_question, "/unanswered/<question_id:int>/close", methods=["POST"])
        return routes

    @allowed("knowledge.read")
    async def preview(self, request: Request, staff: Staff) -> HTTPResponse:
        """How a content would be said, and what is wrong with it; nothing is stored."""
        return json(self._bench.preview(reading.body(request).get("content")))

    @allowed("knowledge.read")
    async def suggest(self, request: Request, staff: Staff) -> HTTPResponse:
        """Near questions of other entries, and further ways of asking."""
        return json(await self._bench.suggest(reading.body(request).get("content")))

    @allowed("knowledge.read")
    async def search(self, request: Request, staff: Staff) -> HTTPResponse:
        """The retrieval bench: what would be answered, and why."""
        data = reading.body(request)
        question = data.get("question")
        if not isinstance(question, str) or not question.strip() or len(question) > reading.MAX_TEXT:
            raise Misuse("bad_question", f"question 应为 1 到 {reading.MAX_TEXT} 个字的问题。")
        region, on = asked.region(data), asked.day(data, "on")
        return json(await asyncio.to_thread(self._bench.search, question, region=region, on=on))

    @allowed("knowledge.read")
    async def reviews(self, request: Request, staff: Staff) -> HTTPResponse:
        """What waits for approval; `mine`: whether the caller wrote in it and may not approve it."""
        waiting = await self._bench.reading.reviews()
        items = [
            item | {"mine": staff.account in item["writers"], "covered": staff.covers(item["region"])}
            for item in waiting
        ]
        return json({"items": items})

    @allowed("knowledge.read")
    async def warnings(self, request: Request, staff: Staff) -> HTTPResponse:
        """What ends soon, what contradicts, what rests on a changed rule."""
        return json(await self._bench.warnings())

    @allowed("knowledge.review")
    async def close_mark(self, request: Request, staff: Staff, mark_id: int) -> HTTPResponse:
        """The entry was read again after its rule changed."""
        await self._bench.close_mark(staff, asked.number(mark_id, "mark_id"))
        return empty()

    @allowed("knowledge.read")
    async def coverage(self, request: Request, staff: Staff) -> HTTPResponse:
        """How many entries answer, by topic and region."""
        return json(await self._bench.reading.coverage())

    @allowed("knowledge.read")
    async def unanswered(self, request: Request, staff: Staff) -> HTTPResponse:
        """What citizens asked in vain, with the nearest entries."""
        page, size = asked.page(request)
        return json(await self._bench.unanswered.page(page, size))

    @allowed("knowledge.edit")
    async def close_question(self, request: Request, staff: Staff, question_id: int) -> HTTPResponse:
        """An unanswered question is dealt with."""
        data = reading.body(request)
        entry_id = asked.entry_id(data["entry_id"]) if data.get("entry_id") else ""
        await self._bench.close_question(
            staff, asked.number(question_id, "question_id"), entry_id=entry_id, note=asked.note(data)
        )
        return empty()
