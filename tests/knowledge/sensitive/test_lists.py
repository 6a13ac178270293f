"""Lists in the tables: changed by staff, audited, and in force in every process at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from core.clock import ManualClock
from core.errors import Misuse, NotFound, Stale, TooLarge
from knowledge.sensitive import store
from knowledge.sensitive.lists import Lists
from knowledge.sensitive.live import LiveWords
from storage.audit import Audit
from storage.storage import Storage
from tests.knowledge.editing.people import WRITER
from tests.stand import KEY


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    async with Storage(database_url, data_key=KEY) as opened:
        yield opened


@pytest.fixture
async def lists(storage: Storage) -> Lists:
    made = Lists(database=storage.database, clock=ManualClock(datetime(2026, 11, 23, 4, 0, tzinfo=UTC)))
    await made.seed()
    return made


async def now(storage: Storage) -> int:
    async with storage.database.connect() as connection:
        return await store.revision(connection)


async def test_the_starter_comes_once_and_what_was_deleted_stays_away(lists: Lists, storage: Storage) -> None:
    page = await lists.page("", "", page=1, size=10)
    assert {one["name"] for one in page["lists"]} == {"abuse", "gambling", "loan-fraud", "allowed"}
    await lists.remove(WRITER, "abuse")
    await lists.seed()
    assert "abuse" not in {one["name"] for one in (await lists.page("", "", page=1, size=10))["lists"]}


async def test_a_word_is_in_force_in_all_processes_and_taken_back(
    lists: Lists, storage: Storage, database_url: str
) -> None:
    async with Storage(database_url, data_key=KEY) as other:
        processes = [LiveWords(database=one.database, events=one.events) for one in (storage, other)]
        for one in processes:
            await one.start()
        await lists.add(WRITER, {"name": "city", "title": "本市", "action": "hand_over"})
        assert await lists.add_words(WRITER, "city", ["讨说法", "讨说法", "x"]) == {
            "added": 1,
            "already": 0,
            "faults": ["第3个“x”去掉符号后不足两个字，会误伤正常的话，没有加入。"],
        }
        async with asyncio.timeout(5):
            for one in processes:
                await one.reached(await now(storage))
                judged = one.judge("我要讨 說 法")
                assert judged is not None and judged.action == "hand_over"
        await lists.change(WRITER, "city", {"active": False})
        async with asyncio.timeout(5):
            for one in processes:
                await one.reached(await now(storage))
                assert one.judge("我要讨说法") is None
        for one in processes:
            await one.stop()


async def test_a_hundred_thousand_lines_are_loaded_from_a_file(lists: Lists, storage: Storage) -> None:
    await lists.add(WRITER, {"name": "big", "action": "block"})
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 400)]
    lines = [a + b + "测" for a in letters for b in letters[:250]]
    data = ("# 说明\n" + "\n".join(lines)).encode("gb18030")
    assert (await lists.load(WRITER, "big", data))["added"] == 100_000
    assert (await lists.load(WRITER, "big", data))["already"] == 100_000
    live = LiveWords(database=storage.database, events=storage.events)
    await live.start()
    assert live.count > 90_000 and live.judge(f"看看{lines[77_777]}吧") is not None
    await live.stop()
    with pytest.raises(TooLarge):
        await lists.load(WRITER, "big", data + b"\n\xb2\xe2\xca\xd4")


async def test_pages_find_words_and_wrong_wishes_are_named(lists: Lists) -> None:
    found = await lists.page("公积金", "loan-fraud", page=1, size=10)
    assert found["total"] == 2 and all("公积金" in item["word"] for item in found["items"])
    assert (await lists.page("100%_", "", page=1, size=10))["total"] == 0
    with pytest.raises(Stale):
        await lists.add(WRITER, {"name": "abuse", "action": "mask"})
    with pytest.raises(Misuse, match="代号"):
        await lists.add(WRITER, {"name": "不行", "action": "mask"})
    with pytest.raises(Misuse, match="action"):
        await lists.add(WRITER, {"name": "x", "action": "delete"})
    with pytest.raises(NotFound):
        await lists.add_words(WRITER, "nowhere", ["两字"])
    with pytest.raises(Misuse, match="不是文本"):
        await lists.load(WRITER, "abuse", b"\xff\xff\xff")
    assert await lists.remove_words(WRITER, "abuse", ["王八蛋", "没有的词"]) == {"removed": 1}
    assert (await lists.judge("王八蛋"))["action"] == ""


async def test_every_change_is_audited(lists: Lists, storage: Storage) -> None:
    await lists.add(WRITER, {"name": "city", "action": "mask"})
    await lists.add_words(WRITER, "city", ["某某"])
    await lists.remove_words(WRITER, "city", ["某某"])
    await lists.change(WRITER, "city", {"action": "block"})
    await lists.remove(WRITER, "city")
    records = await Audit(storage.database).records()
    verbs = ["list_added", "words_added", "words_removed", "list_changed", "list_removed"]
    assert [record.action for record in records] == [f"sensitive.{verb}" for verb in verbs]
    assert {record.actor for record in records} == {"staff:writer"}
