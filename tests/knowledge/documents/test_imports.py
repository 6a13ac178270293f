"""The life of an import: handed in, read once whoever dies, turned into drafts that nobody has published."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core.clock import ManualClock
from core.errors import Misuse, NotFound, Refused, Stale, TooMany
from knowledge.documents.imports import MAX_WAITING, Imports
from knowledge.documents.reader import GIVEN_UP, Reader
from knowledge.documents.section import Found
from knowledge.editing.editing import Editing
from knowledge.editing.reading import Reading
from knowledge.editing.version import Origin, State
from storage.audit import Audit
from storage.database import Database
from tests.knowledge.documents import files
from tests.knowledge.editing.people import REVIEWER, THIRD, WRITER, content, staff

Watch = Callable[[float], Awaitable[None]]
SECTION = {"title": "怎么办", "place": "第1段", "text": "到窗口办理。", "suggested": None}
FOUND = Found(kind="text", title="试验", sections=(SECTION,), report=())


async def read_at_once(name: str, data: bytes, watch: Watch) -> Found:
    await watch(0.5)
    return FOUND


async def hand_in(imports: Imports, name: str = "a.txt", data: bytes = "文字".encode()) -> int:
    return int((await imports.add(WRITER, name, data))["import_id"])


async def test_a_real_file_goes_all_the_way_to_drafts(
    imports: Imports, database: Database, editing: Editing, clock: ManualClock
) -> None:
    number = await hand_in(imports, "C:\\资料\\条例.docx", files.word(files.LAW))
    assert (await imports.one(number))["state"] == "waiting"
    assert await Reader(database=database, clock=clock).once()
    found = await imports.one(number)
    assert (found["state"], found["progress"], found["name"]) == ("done", 1.0, "条例.docx")
    chosen = [place for place, section in enumerate(found["sections"]) if section["suggested"]]
    made = await imports.drafts(WRITER, number, chosen, "居民服务")
    assert len(made["entry_ids"]) == len(chosen) == 4 and made["failed"] == []
    versions = await Reading(database).versions(made["entry_ids"][0])
    assert [(one.state, one.origin, one.author) for one in versions] == [(State.DRAFT, Origin.IMPORT, "writer")]
    assert versions[0].entry.topic == "居民服务" and versions[0].note.startswith("导入自 条例.docx，第")
    assert (await imports.one(number))["sections"][chosen[0]]["entry_id"] == made["entry_ids"][0]
    sent = await editing.save(made["entry_ids"][0], 1, content("card") | {"id": ""}, 1, REVIEWER)
    sent = await editing.submit(sent.entry_id, 1, sent.revision, WRITER)
    with pytest.raises(Refused):  # neither who imported it nor who wrote in it
        await editing.approve(sent.entry_id, 1, sent.revision, WRITER)
    assert (await editing.approve(sent.entry_id, 1, sent.revision, THIRD)).state is State.PUBLISHED


async def test_a_section_becomes_a_draft_once(imports: Imports, database: Database, clock: ManualClock) -> None:
    number = await hand_in(imports)
    with pytest.raises(Stale):
        await imports.drafts(WRITER, number, [0], "")
    await Reader(database=database, clock=clock, read=read_at_once).once()
    first = await imports.drafts(WRITER, number, [0, 0, 7], "")
    assert len(first["entry_ids"]) == 1 and first["failed"][0]["section"] == 7
    again = await imports.drafts(REVIEWER, number, [0], "")
    assert again["entry_ids"] == [] and "已经做成草稿" in again["failed"][0]["says"]


async def test_drafts_of_a_city_editor_hold_in_the_city(
    imports: Imports, database: Database, clock: ManualClock
) -> None:
    number = await hand_in(imports)
    await Reader(database=database, clock=clock, read=read_at_once).once()
    made = await imports.drafts(staff("city", regions=("330100",)), number, [0], "")
    assert (await Reading(database).versions(made["entry_ids"][0]))[0].entry.region == "330100"


async def test_several_readers_never_take_the_same_file(
    imports: Imports, database: Database, clock: ManualClock
) -> None:
    numbers = [await hand_in(imports, f"{n}.txt") for n in range(4)]
    seen: list[str] = []

    async def read(name: str, data: bytes, watch: Watch) -> Found:
        seen.append(name)
        await asyncio.sleep(0)
        return FOUND

    readers = [Reader(database=database, clock=clock, read=read) for _ in range(4)]
    assert await asyncio.gather(*(reader.once() for reader in readers)) == [True] * 4
    assert sorted(seen) == [f"{n}.txt" for n in range(4)]
    assert not await readers[0].once()
    assert {(await imports.one(number))["state"] for number in numbers} == {"done"}


async def test_a_dead_reader_is_succeeded_and_a_second_death_is_said(
    imports: Imports, database: Database, clock: ManualClock
) -> None:
    number = await hand_in(imports)
    other = Reader(database=database, clock=clock, read=read_at_once)
    for _ in range(2):
        begun = asyncio.Event()
        await _dies(Reader(database=database, clock=clock, read=_signals(begun)), begun)
        assert (await imports.one(number))["state"] == "working"
        assert not await other.once()  # the lease runs
        clock.advance(61)
    assert await other.once()
    told = await imports.one(number)
    assert (told["state"], told["error"]) == ("failed", GIVEN_UP)


async def test_after_one_death_the_file_is_read_all_the_same(
    imports: Imports, database: Database, clock: ManualClock
) -> None:
    number = await hand_in(imports)
    begun = asyncio.Event()
    await _dies(Reader(database=database, clock=clock, read=_signals(begun)), begun)
    clock.advance(61)
    assert await Reader(database=database, clock=clock, read=read_at_once).once()
    assert (await imports.one(number))["state"] == "done"


def _signals(begun: asyncio.Event) -> Callable[[str, bytes, Watch], Awaitable[Found]]:
    async def read(name: str, data: bytes, watch: Watch) -> Found:
        begun.set()
        await asyncio.Event().wait()
        return FOUND

    return read


async def _dies(reader: Reader, begun: asyncio.Event) -> None:
    """As a killed process ends: in the middle, without a word."""
    task = asyncio.create_task(reader.once())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_who_was_succeeded_writes_nothing(imports: Imports, database: Database, clock: ManualClock) -> None:
    number = await hand_in(imports)
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(name: str, data: bytes, watch: Watch) -> Found:
        begun.set()
        await go.wait()
        return Found(kind="text", title="过时", sections=(), report=())

    late = asyncio.create_task(Reader(database=database, clock=clock, read=slow).once())
    await begun.wait()
    clock.advance(61)
    assert await Reader(database=database, clock=clock, read=read_at_once).once()
    go.set()
    await late
    assert (await imports.one(number))["title"] == "试验"


async def test_a_file_that_cannot_be_read_says_why(imports: Imports, database: Database, clock: ManualClock) -> None:
    async def refuse(name: str, data: bytes, watch: Watch) -> Found:
        raise Misuse("damaged_file", "文件打不开。")

    number = await hand_in(imports)
    await Reader(database=database, clock=clock, read=refuse).once()
    told = await imports.one(number)
    assert (told["state"], told["error"]) == ("failed", "文件打不开。")
    assert told["report"] == [{"place": "", "says": "文件打不开。"}]


async def test_the_queue_of_one_person_is_bounded(imports: Imports) -> None:
    for number in range(MAX_WAITING):
        await hand_in(imports, f"{number}.txt")
    with pytest.raises(TooMany):
        await hand_in(imports)
    await imports.add(REVIEWER, "b.txt", b"x")
    with pytest.raises(Misuse, match="空的"):
        await imports.add(REVIEWER, "c.txt", b"")


async def test_names_are_kept_harmless(imports: Imports) -> None:
    number = await hand_in(imports, "../../etc/\u202e张三330106199001011233.txt")
    name = (await imports.one(number))["name"]
    assert "/" not in name and "199001011233" not in name and "\u202e" not in name


async def test_imports_are_audited_and_forgotten(imports: Imports, database: Database, clock: ManualClock) -> None:
    number = await hand_in(imports)
    reader = Reader(database=database, clock=clock, read=read_at_once)
    await reader.once()
    await imports.drafts(WRITER, number, [0], "")
    actions = [record.action for record in await Audit(database).records()]
    assert actions == ["import.handed_in", "knowledge.created", "import.drafted"]
    clock.advance(91 * 86_400)
    assert await reader.purge() == 1
    with pytest.raises(NotFound):
        await imports.one(number)


async def test_the_worker_follows_until_it_is_stopped(imports: Imports, database: Database, clock: ManualClock) -> None:
    number = await hand_in(imports)
    stop = asyncio.Event()
    following = asyncio.create_task(Reader(database=database, clock=clock, read=read_at_once).follow(stop))
    async with asyncio.timeout(10):
        while (await imports.one(number))["state"] != "done":  # noqa: ASYNC110 - the database wakes nobody here
            await asyncio.sleep(0)
    stop.set()
    await following
