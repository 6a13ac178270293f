"""The knowledge routes as the pages use them: a whole life over HTTP, and what a citizen is told before and after."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.clock import ManualClock
from knowledge.editing import served
from knowledge.live import Live
from storage.storage import Storage
from tests import stand as stands
from tests.fakes.engine import says
from tests.knowledge.editing.conftest import live
from tests.knowledge.editing.people import content
from tests.staff.people import Member, member
from tests.stand import Stand

QUESTION = "社保卡丢了怎么办"


@pytest.fixture
async def stand(database_url: str, tmp_path: Path) -> AsyncIterator[Stand]:
    async def known(storage: Storage, clock: ManualClock) -> Live:
        opened = live(storage, clock, tmp_path)
        await opened.start()
        return opened

    async with stands.served(database_url, known=known) as made:
        made.engine.script = says("好")
        yield made


class Office:
    """An editor and a reviewer at their pages."""

    def __init__(self, stand: Stand, editor: Member, reviewer: Member) -> None:
        self._stand = stand
        self.editor = editor
        self.reviewer = reviewer

    async def call(self, who: Member, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        answer = await who.call(method, f"/knowledge{path}", body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def publish(self, version: dict[str, Any]) -> dict[str, Any]:
        """Submit, approve, and wait until it is served."""
        path = f"/entries/{version['entry_id']}/versions/{version['number']}"
        waiting = await self.call(self.editor, "POST", f"{path}/submit", {"revision": version["revision"], "note": ""})
        done = await self.call(
            self.reviewer, "POST", f"{path}/approve", {"revision": waiting["revision"], "note": "好"}
        )
        await self.served()
        return dict(done)

    async def served(self) -> None:
        """Wait until what is published now is served."""
        assert isinstance(self._stand.known, Live)
        await self._stand.known.reached(await served.revision(self._stand.storage.database))


@pytest.fixture
async def office(stand: Stand) -> Office:
    return Office(stand, await member(stand, "editor", "editor"), await member(stand, "reviewer", "reviewer"))


async def stocked(office: Office) -> None:
    """Three entries, published."""
    for name in ("card", "permit", "fund"):
        await office.publish(
            await office.call(office.editor, "POST", "/entries", {"content": content(name)}, status=201)
        )


async def test_a_whole_life_and_what_a_citizen_hears(stand: Stand, office: Office) -> None:
    await stocked(office)
    citizen = await stand.open()
    (told,) = await citizen.say(QUESTION)
    assert "当场办结" in told["text"] and told["sources"][0]["version"] == 1
    draft = await office.call(office.editor, "POST", "/entries/card/versions", {"from": 1}, status=201)
    body = {"content": content(answer="请带身份证，网上也能办。", short="网上也能办。"), "revision": draft["revision"]}
    saved = await office.call(office.editor, "PUT", "/entries/card/versions/2", body)
    await office.call(office.editor, "PUT", "/entries/card/versions/2", body, status=409)
    fields = (await office.call(office.editor, "GET", "/entries/card/diff?from=1&to=2"))["fields"]
    assert [field["name"] for field in fields] == ["short", "answer"]
    await office.publish(saved)
    (told,) = await citizen.say(QUESTION)
    assert "网上也能办" in told["text"] and told["sources"][0]["version"] == 2
    cited = (await stand.http.get("/api/v1/entries/card", params={"version": 1})).json()
    assert "当场办结" in cited["answer"] and cited["version"] == 1
    gone = {"reason": "内容有误", "emergency": True}
    supervisor = await member(stand, "boss", "admin", "reviewer")
    await office.call(supervisor, "POST", "/entries/card/versions/2/withdraw", gone)
    await office.served()
    assert all(
        source["entry_id"] != "card" for message in await citizen.say(QUESTION) for source in message.get("sources", [])
    )
    assert (await stand.http.get("/api/v1/entries/card")).status_code == 404
    taken_back = await stand.http.get("/api/v1/entries/card", params={"version": 2})
    assert (taken_back.status_code, taken_back.json()["error"]["code"]) == (404, "entry_withdrawn")
    restored = await office.call(office.editor, "POST", "/entries/card/versions/1/restore", {"note": ""}, status=201)
    assert (await office.publish(restored))["number"] == 3
    (told,) = await citizen.say(QUESTION)
    assert "当场办结" in told["text"] and told["sources"][0]["version"] == 3
    history = await office.call(office.editor, "GET", "/entries/card")
    assert [one["state"] for one in history["versions"]] == ["published", "withdrawn", "superseded"]
    assert [one["stats"] and one["stats"]["shown"] for one in history["versions"]] == [1, 1, 1]


async def test_the_same_question_before_and_after_the_day(stand: Stand, office: Office) -> None:
    """The whole turn, each time with the rule of its day; asked about another day, the answer says which."""
    old = content(effective_from="2024-01-01", short="老办法：去窗口。", answer="老办法：去窗口办理。")
    new = content(effective_from="2026-12-01", short="新办法：网上办。", answer="新办法：在网上办理。")
    await office.publish(await office.call(office.editor, "POST", "/entries", {"content": old}, status=201))
    for name in ("permit", "fund"):
        await office.publish(
            await office.call(office.editor, "POST", "/entries", {"content": content(name)}, status=201)
        )
    await office.publish(
        await office.call(office.editor, "POST", "/entries/card/versions", {"content": new}, status=201)
    )

    async def told(question: str) -> tuple[str, int]:
        (message, *_) = await (await stand.open()).say(question)
        return message["text"], message["sources"][0]["version"]

    assert (await told(QUESTION))[1] == 1
    text, version = await told("明年社保卡丢了怎么办")
    assert version == 2 and text.startswith("按已经公布的规定，2027年初适用的和现在不一样")
    text, version = await told("2023年的时候社保卡丢了怎么办")
    assert version == 1 and text.startswith("我这里没有2023年底的规定")
    stand.clock.advance(8 * 86400)  # 1 December
    text, version = await told(QUESTION)
    assert version == 2 and "新办法" in text
    text, version = await told("2025年的时候社保卡丢了怎么办")
    assert version == 1 and "老办法" in text and text.startswith("这是2025年底的规定，现在的规定已经不一样了")
    text, version = await told("以前的规定社保卡丢了怎么办")
    assert version == 1 and text.startswith("这是2026年12月1日以前的规定")


async def test_the_list_its_filters_and_the_tools(stand: Stand, office: Office) -> None:
    await stocked(office)
    await office.call(office.editor, "POST", "/entries", {"content": content("card-new", region="330100")}, status=201)
    listed = await office.call(office.editor, "GET", "/entries?size=2&sort=question")
    assert (listed["total"], len(listed["items"])) == (4, 2)
    drafts = await office.call(office.editor, "GET", "/entries?state=draft")
    assert [item["entry_id"] for item in drafts["items"]] == ["card-new"]
    local = await office.call(office.editor, "GET", "/entries?region=330000")
    assert [item["region_name"] for item in local["items"]] == ["杭州市"]
    found = await office.call(office.editor, "GET", "/entries?q=公积金能取吗")
    assert [item["entry_id"] for item in found["items"]] == ["fund"]
    preview = await office.call(office.editor, "POST", "/preview", {"content": content(similar=[])})
    assert {fault["field"] for fault in preview["faults"]} == {"similar"} and preview["speech"]
    suggested = await office.call(office.editor, "POST", "/suggest", {"content": content("card-other")})
    assert suggested["similar"][0]["entry_id"] == "card" and suggested["proposals"]
    bench = await office.call(office.editor, "POST", "/search", {"question": QUESTION, "region": "", "on": None})
    assert bench["hits"][0]["entry_id"] == "card" and sum(bench["hits"][0]["shares"].values()) > 0
    coverage = await office.call(office.editor, "GET", "/coverage")
    assert coverage == {"topics": ["试验"], "regions": [{"code": "000000", "name": "全国"}], "cells": [[3]]}
    assert set(await office.call(office.editor, "GET", "/warnings")) == {"expiring", "contradictions", "sources"}
    values = {"ids": ["card", "permit", "none"], "action": "set", "values": {"issuing_body": "人社部"}}
    done = await office.call(office.editor, "POST", "/bulk", values)
    assert done["done"] == ["card", "permit"] and [one["id"] for one in done["failed"]] == ["none"]
    waiting = {"ids": ["card", "permit"], "action": "submit", "values": {}}
    assert (await office.call(office.editor, "POST", "/bulk", waiting))["done"] == ["card", "permit"]
    reviews = (await office.call(office.reviewer, "GET", "/reviews"))["items"]
    assert [(one["entry_id"], one["changed"], one["mine"]) for one in reviews] == [
        ("card", ["发文机关"], False),
        ("permit", ["发文机关"], False),
    ]


async def test_files_go_out_and_in(stand: Stand, office: Office) -> None:
    await stocked(office)
    answer = await office.editor.call("GET", "/knowledge/export?format=xlsx")
    assert answer.status_code == 200 and answer.content[:2] == b"PK"
    headers = {"Cookie": f"hc_staff={office.editor.token}", "X-CSRF-Token": office.editor.csrf}
    path = "/api/v1/staff/knowledge/load"
    loaded = await stand.http.post(path, params={"name": "a.xlsx"}, content=answer.content, headers=headers)
    assert loaded.json() == {"read": 3, "drafts": 0, "faults": []}
    wrong = await stand.http.post(path, params={"name": "a.exe"}, content=b"x", headers=headers)
    assert wrong.json()["error"]["code"] == "bad_file"
    other = await office.reviewer.call("GET", "/knowledge/export?format=pdf")
    assert other.status_code == 400


async def test_what_was_not_answered_reaches_the_editors(stand: Stand, office: Office) -> None:
    await stocked(office)
    for _ in range(2):
        masked = stand.storage.vault.mask("我的手机号13800138000，失业保险金断缴以后还能领多久").opaque
        stand.recorder.note(masked, "330100", [("card", "社保卡的事怎么办理？", 0.2)])
    assert await stand.recorder.write() == 2
    page = await office.call(office.editor, "GET", "/unanswered")
    (item,) = page["items"]
    assert (page["total"], item["count"], item["region"]) == (1, 2, "330100")
    assert "13800138000" not in item["question"] and "失业保险金" in item["question"]
    path = f"/unanswered/{item['id']}/close"
    await office.call(office.editor, "POST", path, {}, status=400)
    await office.call(office.editor, "POST", path, {"note": "另写一条"}, status=204)
    assert (await office.call(office.editor, "GET", "/unanswered"))["total"] == 0
