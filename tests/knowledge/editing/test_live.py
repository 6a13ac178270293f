"""What is published is served by every process, swapped while it is used, and taken back at once."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from core.clock import ManualClock
from core.errors import NotFound
from core.settings import ROOT
from knowledge import shelf, stock
from knowledge.editing import served, store
from knowledge.editing.editing import Editing
from knowledge.editing.seeding import seed
from knowledge.latent import LatentEncoder
from knowledge.live import Builder, Live
from knowledge.vectors import Floats
from storage.storage import Storage
from tests.knowledge.editing.conftest import SMALL, live
from tests.knowledge.editing.people import THIRD, WRITER, content
from tests.knowledge.editing.test_editing import published, through
from tests.knowledge.stocks import write
from tests.storage.talk import KEY

TODAY = date(2026, 11, 23)
WITHIN_SECONDS = 5.0


@pytest.fixture
async def stocked(editing: Editing) -> Editing:
    """Three published entries."""
    for name in ("card", "permit", "fund"):
        await published(editing, name)
    return editing


@pytest.fixture
async def two(
    stocked: Editing, storage: Storage, database_url: str, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[tuple[Live, Live]]:
    """Two processes' knowledge: own connections, own listening, own folder of indexes."""
    async with Storage(database_url, data_key=KEY) as other:
        pair = (live(storage, clock, tmp_path / "one"), live(other, clock, tmp_path / "two"))
        for one in pair:
            await one.start()
        yield pair
        for one in pair:
            await one.stop()


def first(known: Live, question: str, on: date = TODAY) -> str:
    hits = known.search(question, on=on).hits
    return hits[0].entry.id if hits else ""


async def gone(entry_id: str, *known: Live) -> None:
    """Wait until nobody serves it; TimeoutError when that takes too long."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while not all(one.withdrawn(entry_id) for one in known):  # noqa: ASYNC110 - it is this speed that is measured
            await asyncio.sleep(0)


async def reached(pair: tuple[Live, ...], storage: Storage) -> None:
    revision = await served.revision(storage.database)
    async with asyncio.timeout(30):
        await asyncio.gather(*(one.reached(revision) for one in pair))


async def test_a_publication_is_served_everywhere(two: tuple[Live, Live], stocked: Editing, storage: Storage) -> None:
    draft = await stocked.draft("card", WRITER, content=content(short="新的说法。"))
    await through(stocked, draft)
    await reached(two, storage)
    assert [one.entry("card").short for one in two] == ["新的说法。"] * 2
    assert two[0].version == two[1].version


async def test_an_emergency_is_over_everywhere_within_seconds(two: tuple[Live, Live], stocked: Editing) -> None:
    assert {first(one, "社保卡丢了怎么办") for one in two} == {"card"}
    begun = time.monotonic()
    await stocked.withdraw("card", 1, THIRD, reason="写错了", emergency=True)
    await gone("card", *two)
    assert time.monotonic() - begun < WITHIN_SECONDS
    for one in two:
        assert "card" not in {hit.entry.id for hit in one.search("社保卡丢了怎么办", on=TODAY).hits}
        with pytest.raises(NotFound):
            one.entry("card")


async def test_a_withdrawal_does_not_wait_for_a_build(
    stocked: Editing, storage: Storage, clock: ManualClock, tmp_path: Path
) -> None:
    """While the index of another change is being built, what is withdrawn is masked all the same."""
    known = live(storage, clock, tmp_path)
    await known.start()
    async with storage.database.begin() as connection:
        await store.lock(connection, store.BUILDING)  # nobody can build until this transaction ends
        await through(stocked, await stocked.draft("fund", WRITER, content=content("fund", short="改了。")))
        await stocked.withdraw("card", 1, THIRD, reason="写错了", emergency=True)
        await gone("card", known)
        assert known.entry("fund").short != "改了。"
    await reached((known,), storage)
    assert known.entry("fund").short == "改了。"
    assert known.withdrawn("card")
    await known.stop()


async def test_the_edition_of_the_day_answers(
    stocked: Editing, storage: Storage, clock: ManualClock, tmp_path: Path
) -> None:
    later = content(question="社保卡的新办法是什么？", short="新办法。", effective_from="2027-01-01")
    await through(stocked, await stocked.draft("card", WRITER, content=later))
    known = live(storage, clock, tmp_path)
    await known.start()
    for on, version in ((TODAY, 1), (date(2026, 12, 31), 1), (date(2027, 1, 1), 2)):
        (hit, *_) = known.search("社保卡的新办法是什么？", on=on).hits
        assert (hit.entry.id, hit.entry.version) == ("card", version)
    assert known.entry("card").version == 1
    clock.advance(60 * 86400)
    assert known.entry("card").version == 2
    assert [one.version for one in known.editions("card")] == [1, 2]
    await known.stop()


async def test_one_builds_and_the_others_load(stocked: Editing, storage: Storage, tmp_path: Path) -> None:
    builders = [Builder(database=storage.database, index_dir=tmp_path, encoder=SMALL) for _ in range(3)]
    now = await served.read(storage.database)
    versions = await asyncio.gather(*(builder.build(now) for builder in builders))
    assert len(set(versions)) == 1
    assert shelf.current(tmp_path) == versions[0]


async def test_a_build_killed_half_way_leaves_what_is_served(
    stocked: Editing, storage: Storage, database_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    known = live(storage, clock, tmp_path)
    await known.start()
    old = shelf.current(tmp_path)
    await known.stop()
    await through(stocked, await stocked.draft("fund", WRITER, content=content("fund", short="改了。")))
    program = [sys.executable, "-m", "tests.knowledge.editing.stalling_worker", database_url, str(tmp_path)]
    pipe = asyncio.subprocess.PIPE
    worker = await asyncio.create_subprocess_exec(*program, cwd=ROOT, stdin=pipe, stdout=pipe)
    assert worker.stdout is not None
    assert (await worker.stdout.readline()).strip() == b"stalled"
    worker.kill()
    await worker.communicate()
    assert shelf.current(tmp_path) == old
    again = live(storage, clock, tmp_path)
    await again.start()  # the lock died with its holder: nobody waits for it
    assert again.entry("fund").short == "改了。"
    assert first(again, "取公积金") == "fund"
    await again.stop()


async def test_the_shipped_index_is_copied_where_it_fits(
    stocked: Editing, storage: Storage, clock: ManualClock, tmp_path: Path
) -> None:
    """The first start after set-up builds nothing: the tables hold what the files held."""
    entries = write(tmp_path / "entries")
    shelf.build(entries, tmp_path / "shipped", SMALL)
    shipped = (entries, tmp_path / "shipped")
    database = storage.database
    async with database.begin() as connection:
        await connection.execute(text("DELETE FROM knowledge_versions"))
        await connection.execute(text("DELETE FROM knowledge_entries"))
    await seed(database, stock.load(entries), clock)
    builder = Builder(database=database, index_dir=tmp_path / "served", encoder=Unfit(SMALL), shipped=shipped)
    version = await builder.build(await served.read(database))
    assert shelf.ready(tmp_path / "served", version)
    await stocked.withdraw("card", 1, THIRD, reason="有误", emergency=True)
    with pytest.raises(AssertionError, match="builds"):
        await builder.build(await served.read(database))


async def test_what_is_not_searched_needs_no_new_index(
    stocked: Editing, storage: Storage, clock: ManualClock, tmp_path: Path
) -> None:
    known = live(storage, clock, tmp_path)
    await known.start()
    version = known.version
    await through(stocked, await stocked.draft("card", WRITER, content=content(fee="不收费")))
    await reached((known,), storage)
    assert (known.version, known.entry("card").fee, known.entry("card").version) == (version, "不收费", 2)
    await known.stop()


class Unfit:
    """An encoder of the same name that can encode questions and build nothing."""

    def __init__(self, inner: LatentEncoder) -> None:
        self.identity = inner.identity
        self._inner = inner

    def fitted(self, texts: Sequence[str], owners: Sequence[int]) -> LatentEncoder:
        raise AssertionError("it builds")

    def encode(self, texts: Sequence[str]) -> Floats:
        return self._inner.encode(texts)

    def save(self, folder: Path) -> None:
        raise AssertionError("it builds")

    def restored(self, folder: Path) -> LatentEncoder:
        return self._inner.restored(folder)
