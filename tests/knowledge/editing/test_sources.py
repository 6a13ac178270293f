"""A law changes: the entries that rest on what changed are named and marked, once, and the others are left alone."""

import asyncio
from datetime import date
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import NotFound
from knowledge.__main__ import main
from knowledge.editing import content as contents
from knowledge.editing import sources, warnings
from knowledge.editing.editing import Editing
from knowledge.editing.reading import Reading
from knowledge.editing.warnings import Marks
from knowledge.entry import Entry
from knowledge.laws import Laws
from storage.database import Database
from tests.knowledge.editing.people import THIRD, WRITER, content
from tests.knowledge.editing.test_editing import published, through

TODAY = date(2026, 11, 23)
OLD = "# 社会保险法\n\n第四条 单位和个人依法缴费。\n\n第五条 国家支持。\n\n第六条 监督。\n\n第七条 主管。\n"
NEW = "# 社会保险法\n\n第四条 单位和个人应当依法缴费。\n\n第六条 国家支持。\n\n第七条 主管。\n"


def laws(folder: Path, text: str, day: str) -> Laws:
    folder.mkdir()
    (folder / f"中华人民共和国社会保险法({day}).md").write_text(text, encoding="utf-8")
    return Laws(folder)


@pytest.fixture
def both(tmp_path: Path) -> tuple[Laws, Laws]:
    return laws(tmp_path / "old", OLD, "2018-12-29"), laws(tmp_path / "new", NEW, "2027-01-01")


def resting_on(name: str, article: str, *, quote: str = "", kind: str = "law") -> Entry:
    law = "社会保险法" if kind == "law" else "中华人民共和国社会保险法"
    number = article if kind == "law" else f"社会保险法{article}"
    basis = [{"law": law, "article": number, "quote": quote, "kind": kind}]
    return contents.read(content("card", basis=basis), entry_id=name)


def test_changed_removed_and_moved_articles_are_told_apart(both: tuple[Laws, Laws]) -> None:
    entries = [
        resting_on("changed", "第四条", quote="依法缴费"),
        resting_on("moved", "第五条"),
        resting_on("other", "第六条"),
        resting_on("same", "第七条"),
        resting_on("document", "第四条", kind="document"),
    ]
    found = {one.entry_id: one.says for one in sources.resting(entries, *both)}
    assert found == {
        "changed": "条文有改动；引用的原文还在",
        "moved": "条文没变，序号改为第六条",
        "other": "条文有改动",
        "document": "条文有改动",
    }


async def test_entries_are_marked_once_until_somebody_has_read_them(
    database: Database, editing: Editing, clock: ManualClock
) -> None:
    await published(editing)
    marks = Marks(database)
    found = [("card", "《社会保险法》第四条", "条文有改动")]
    assert await marks.add(found, clock.now(), actor="system") == 1
    assert await marks.add(found, clock.now(), actor="system") == 0
    (mark,) = await marks.open()
    await marks.close(mark["id"], THIRD, clock.now())
    assert await marks.open() == []
    with pytest.raises(NotFound):
        await marks.close(mark["id"], THIRD, clock.now())
    assert await marks.add(found, clock.now(), actor="system") == 1


async def test_the_command_marks_what_is_published(
    both: tuple[Laws, Laws],
    database: Database,
    database_url: str,
    editing: Editing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await published(editing)
    monkeypatch.setenv("DATABASE_URL", database_url)
    arguments = ["laws-changed", "--before", str(tmp_path / "old"), "--after", str(tmp_path / "new")]
    assert await asyncio.to_thread(main, arguments) == 0
    assert "card" in (said := capsys.readouterr().out) and "《社会保险法》第四条" in said
    assert [mark["entry_id"] for mark in await Marks(database).open()] == ["card"]


async def test_what_ends_within_thirty_days_warns(database: Database, editing: Editing) -> None:
    await published(editing, "card", effective_until="2026-12-20")
    await published(editing, "permit", effective_until="2027-03-01")
    await published(editing, "fund", effective_until="2026-12-01")
    later = content("fund", effective_from="2026-12-02")
    await through(editing, await editing.draft("fund", WRITER, content=later))
    expiring = warnings.expiring(await Reading(database).published(), TODAY)
    assert [(one["entry_id"], one["days"]) for one in expiring] == [("card", 27)]


async def test_contradictions_are_found_where_and_while_both_hold(database: Database, editing: Editing) -> None:
    alike = {"similar": content("card")["similar"], "question": "社保卡丢了应该怎么办？"}
    await published(editing, "card")
    await published(editing, "card-other", **alike, answer="什么都不用做。", short="不用管。")
    await published(editing, "card-city", **alike, answer="请到市民中心。", short="去市民中心。", region="330100")
    await published(editing, "card-past", **alike, answer="老办法。", short="老办法。", effective_until="2020-12-31")
    await published(editing, "card-old", **alike, answer="没用。", short="没用。", persons=["学生儿童"])
    found = warnings.contradictions(await Reading(database).published())
    pairs = [({side["entry_id"] for side in one["entries"]}, one["local"]) for one in found]
    assert ({"card", "card-other"}, False) in pairs
    assert ({"card", "card-city"}, True) in pairs


async def test_the_same_answer_is_no_contradiction(database: Database, editing: Editing) -> None:
    await published(editing, "card")
    await published(editing, "card-same")
    assert warnings.contradictions(await Reading(database).published()) == []


async def test_rules_of_different_times_do_not_contradict(database: Database, editing: Editing) -> None:
    await published(editing, "card", effective_until="2024-12-31")
    await published(editing, "card-new", answer="新办法。", short="新。", effective_from="2025-01-01")
    assert warnings.contradictions(await Reading(database).published()) == []
