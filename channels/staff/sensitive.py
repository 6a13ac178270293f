"""REST: lists of sensitive words, their words, and what they would do with a text."""

from collections.abc import Sequence
from typing import Protocol

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty

from channels.staff import knowledge_reading as asked
from channels.staff.guard import Gate, allowed
from channels.web import reading
from channels.web.answering import json
from core.errors import Misuse
from core.message import Json
from core.staff import Staff

PREFIX = "/api/v1/staff"
LARGEST = 20_000_000
"""Bytes of a file of words."""
MAX_WORDS = 1_000
"""Words of one request that is no file."""
MAX_NAME = 40


class WordLists(Protocol):
    """`knowledge.sensitive.lists.Lists`."""

    async def page(self, query: str, name: str, *, page: int, size: int) -> Json: ...
    async def add(self, staff: Staff, values: Json) -> Json: ...
    async def change(self, staff: Staff, name: str, values: Json) -> Json: ...
    async def remove(self, staff: Staff, name: str) -> None: ...
    async def add_words(self, staff: Staff, name: str, words: Sequence[str]) -> Json: ...
    async def remove_words(self, staff: Staff, name: str, words: Sequence[str]) -> Json: ...
    async def load(self, staff: Staff, name: str, data: bytes) -> Json: ...
    async def judge(self, text: str) -> Json: ...


class SensitiveRoutes:
    """Under /api/v1/staff/sensitive-words and /api/v1/staff/sensitive-lists."""

    def __init__(self, *, gate: Gate, lists: WordLists) -> None:
        self.gate = gate
        self._lists = lists

    def blueprint(self) -> Blueprint:
        """All of them."""
        routes: Blueprint = Blueprint("staff_sensitive", url_prefix=PREFIX)
        routes.add_route(self.page, "/sensitive-words", methods=["GET"])
        routes.add_route(self.add_words, "/sensitive-words", methods=["POST"])
        routes.add_route(self.remove_words, "/sensitive-words", methods=["DELETE"])
        routes.add_route(self.judge, "/sensitive-words/test", methods=["POST"])
        routes.add_route(self.add, "/sensitive-lists", methods=["POST"])
        routes.add_route(self.change, "/sensitive-lists/<name:str>", methods=["PATCH"])
        routes.add_route(self.remove, "/sensitive-lists/<name:str>", methods=["DELETE"])
        routes.add_route(self.load, "/sensitive-lists/<name:str>/load", methods=["POST"])
        return routes

    @allowed("sensitive.read")
    async def page(self, request: Request, staff: Staff) -> HTTPResponse:
        """The lists, and one page of the words that contain `q`."""
        page, size = asked.page(request, 50)
        query, name = asked.word(request, "q"), asked.word(request, "list")
        return json(await self._lists.page(query, name, page=page, size=size))

    @allowed("sensitive.edit")
    async def add_words(self, request: Request, staff: Staff) -> HTTPResponse:
        """Put words into a list; in force everywhere within seconds."""
        data = reading.body(request)
        return json(await self._lists.add_words(staff, _name(data.get("list")), asked.words(data, "words", MAX_WORDS)))

    @allowed("sensitive.edit")
    async def remove_words(self, request: Request, staff: Staff) -> HTTPResponse:
        """Take words out of a list."""
        data = reading.body(request)
        name, words = _name(data.get("list")), asked.words(data, "words", MAX_WORDS)
        return json(await self._lists.remove_words(staff, name, words))

    @allowed("sensitive.read")
    async def judge(self, request: Request, staff: Staff) -> HTTPResponse:
        """What the lists would do with a text."""
        return json(await self._lists.judge(reading.text(reading.body(request))))

    @allowed("sensitive.edit")
    async def add(self, request: Request, staff: Staff) -> HTTPResponse:
        """A new list."""
        return json(await self._lists.add(staff, reading.body(request)), status=201)

    @allowed("sensitive.edit")
    async def change(self, request: Request, staff: Staff, name: str) -> HTTPResponse:
        """Another title or action, other edges, switched off or on."""
        return json(await self._lists.change(staff, _name(name), reading.body(request)))

    @allowed("sensitive.edit")
    async def remove(self, request: Request, staff: Staff, name: str) -> HTTPResponse:
        """Delete a list with its words."""
        await self._lists.remove(staff, _name(name))
        return empty()

    @allowed("sensitive.edit", largest=LARGEST)
    async def load(self, request: Request, staff: Staff, name: str) -> HTTPResponse:
        """Words from a text file, one a line."""
        return json(await self._lists.load(staff, _name(name), request.body))


def _name(value: object) -> str:
    """A list's name that could be one; raises Misuse."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not 0 < len(value) <= MAX_NAME:
        raise Misuse("bad_list_name", "缺少词表的代号（list）。")
    return value
