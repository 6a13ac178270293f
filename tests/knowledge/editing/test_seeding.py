"""The shipped files seed the tables once, follow their own entries afterwards, and publish over nobody's work."""

import asyncio
from dataclasses import replace

from core.clock import ManualClock
from knowledge.editing import content as contents
from knowledge.editing import served
from knowledge.editing.editing import Editing
from knowledge.editing.reading import Reading
from knowledge.editing.seeding import seed
from knowledge.entry import Entry
from storage.audit import Audit
from storage.database import Database
from tests.knowledge.editing.people import REVIEWER, WRITER, content
from tests.knowledge.editing.test_editing import through


def shipped(name: str, **changes: object) -> Entry:
    """An entry as the files bring it."""
    return replace(contents.read(content(name), entry_id=name), author="知识组", reviewer="审核组", **changes)  # type: ignore[arg-type]


STOCK = [shipped("card"), shipped("permit"), shipped("fund")]


async def states(database: Database, name: str) -> list[str]:
    return [one.state.value for one in await Reading(database).versions(name)]


async def test_the_first_start_publishes_and_the_next_changes_nothing(database: Database, clock: ManualClock) -> None:
    first = await seed(database, STOCK, clock)
    assert first.added == ["card", "permit", "fund"]
    before = await served.revision(database)
    assert not (await seed(database, STOCK, clock)).anything
    assert await served.revision(database) == before
    editions = (await served.read(database)).editions
    assert [(entry.id, entry.version, entry.author, entry.reviewer) for entry in editions] == [
        (name, 1, "知识组", "审核组") for name in ("card", "permit", "fund")
    ]
    assert [record.action for record in await Audit(database).records()] == ["knowledge.seeded"]


async def test_processes_that_start_together_seed_once(database: Database, clock: ManualClock) -> None:
    runs = await asyncio.gather(*(seed(database, STOCK, clock) for _ in range(4)))
    assert sorted(len(run.added) for run in runs) == [0, 0, 0, 3]


async def test_a_newer_shipped_version_is_published_where_nobody_worked(database: Database, clock: ManualClock) -> None:
    await seed(database, STOCK, clock)
    newer = [shipped("card", short="新的。", version=2), *STOCK[1:]]
    assert (await seed(database, newer, clock)).updated == ["card"]
    assert await states(database, "card") == ["superseded", "published"]


async def test_an_older_program_changes_nothing_back(database: Database, clock: ManualClock) -> None:
    await seed(database, [shipped("card", short="新的。", version=2)], clock)
    assert not (await seed(database, [shipped("card")], clock)).anything


async def test_work_that_was_done_here_is_not_published_over(
    database: Database, editing: Editing, clock: ManualClock
) -> None:
    await seed(database, STOCK, clock)
    await through(editing, await editing.draft("card", WRITER, content=content(short="我们自己的。")))
    newer = [shipped("card", short="程序带来的。", version=2), *STOCK[1:]]
    assert (await seed(database, newer, clock)).drafted == ["card"]
    assert await states(database, "card") == ["superseded", "published", "review"]
    assert not (await seed(database, newer, clock)).anything
    (waiting,) = await Reading(database).reviews()
    await editing.approve("card", 3, waiting["revision"], REVIEWER)
    assert next(e.short for e in (await served.read(database)).editions if e.id == "card") == "程序带来的。"


async def test_what_was_withdrawn_here_stays_withdrawn(
    database: Database, editing: Editing, clock: ManualClock
) -> None:
    await seed(database, STOCK, clock)
    await editing.withdraw("card", 1, WRITER, reason="有误", emergency=True)
    assert not (await seed(database, STOCK, clock)).anything
    await seed(database, [shipped("card", short="改好了。", version=2), *STOCK[1:]], clock)
    assert await states(database, "card") == ["withdrawn", "review"]


async def test_what_the_files_drop_is_taken_back_and_may_return(database: Database, clock: ManualClock) -> None:
    await seed(database, STOCK, clock)
    assert (await seed(database, STOCK[1:], clock)).removed == ["card"]
    assert await states(database, "card") == ["withdrawn"]
    assert not (await seed(database, STOCK[1:], clock)).anything
    assert (await seed(database, STOCK, clock)).updated == ["card"]
    assert await states(database, "card") == ["withdrawn", "published"]
