"""Importing over HTTP: who may, how large, and that a stranger cannot make the server hold a file."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from knowledge.documents.reader import Reader
from tests import stand as stands
from tests.staff.people import COOKIE, Member, member
from tests.stand import Stand

PATH = "/api/v1/staff/knowledge/imports"


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with stands.served(database_url) as made:
        yield made


async def upload(stand: Stand, who: Member, name: str, data: bytes) -> httpx.Response:
    headers = {"Cookie": f"{COOKIE}={who.token}", "X-CSRF-Token": who.csrf}
    return await stand.http.post(PATH, params={"name": name}, content=data, headers=headers)


async def test_a_file_is_handed_in_read_and_drafted(stand: Stand) -> None:
    editor = await member(stand, "editor", "editor")
    text = "# 居住证\n## 居住证怎么办\n到派出所窗口提交申请，十五日内领取。"
    answer = await upload(stand, editor, "居住证.md", text.encode())
    assert answer.status_code == 201, answer.text
    number = answer.json()["import_id"]
    assert await Reader(database=stand.storage.database, clock=stand.clock).once()
    told = (await editor.call("GET", f"/knowledge/imports/{number}")).json()
    assert told["state"] == "done" and told["sections"][0]["suggested"]["question"] == "居住证怎么办？"
    made = await editor.call("POST", f"/knowledge/imports/{number}/drafts", {"sections": [0], "topic": "居住证"})
    assert made.status_code == 201 and len(made.json()["entry_ids"]) == 1
    assert (await editor.call("GET", "/knowledge/imports")).json()["items"][0]["name"] == "居住证.md"


async def test_large_files_pass_and_larger_ones_are_refused(stand: Stand) -> None:
    editor = await member(stand, "editor", "editor")
    assert (await upload(stand, editor, "大.txt", b"x" * 5_000_000)).status_code == 201
    head = (
        f"POST {PATH}?name=a HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n"
        f"Cookie: {COOKIE}={editor.token}\r\nX-CSRF-Token: {editor.csrf}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stand.base_url.rsplit(":", 1)[1]))
    writer.write(head.encode())
    answer = await reader.readuntil(b"}}")  # before a single byte of the file was sent
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413") and b"file_too_large" in answer


async def test_who_may_not_import_sends_nothing(stand: Stand) -> None:
    agent = await member(stand, "agent", "agent")
    answer = await upload(stand, agent, "a.txt", b"x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_permitted")
    assert (await stand.http.post(PATH, params={"name": "a"}, content=b"x")).status_code == 401
