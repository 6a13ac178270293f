"""From a draft to an answer and back: who may, in which order, and what becomes of the versions before."""

from datetime import date
from typing import Any

import pytest

from core.errors import Misuse, NotFound, Refused, Stale
from core.staff import Staff
from knowledge.editing import served, store
from knowledge.editing.editing import Editing
from knowledge.editing.version import State, Version
from storage.audit import Audit
from storage.database import Database
from tests.knowledge.editing.people import REVIEWER, THIRD, WRITER, content, staff


async def published(editing: Editing, name: str = "card", **changes: Any) -> Version:
    """A first version, written, submitted and approved."""
    draft = await editing.create(content(name, **changes), WRITER)
    return await through(editing, draft)


async def through(editing: Editing, draft: Version, writer: Staff = WRITER, reviewer: Staff = REVIEWER) -> Version:
    """Submit and approve."""
    waiting = await editing.submit(draft.entry_id, draft.number, draft.revision, writer)
    return await editing.approve(draft.entry_id, draft.number, waiting.revision, reviewer, "核对过")


async def states(database: Database, entry_id: str = "card") -> list[tuple[int, str, date | None, date | None]]:
    """(number, state, from, until) of every version."""
    async with database.begin() as connection:
        found = await store.versions_of(connection, entry_id)
    return [(one.number, one.state.value, one.range.first, one.range.last) for one in found]


async def test_a_whole_life(editing: Editing, database: Database) -> None:
    first = await published(editing)
    assert (first.state, first.number, first.reviewer) == (State.PUBLISHED, 1, "reviewer")
    draft = await editing.draft("card", WRITER, start=1)
    changed = await editing.save("card", 2, content(short="改成这样。"), draft.revision, WRITER)
    second = await through(editing, changed)
    assert [state for _, state, *_ in await states(database)] == ["superseded", "published"]
    await editing.withdraw("card", 2, THIRD, reason="写错了", emergency=False, revision=second.revision)
    assert (await served.read(database)).editions == ()
    restored = await editing.restore("card", 1, THIRD)
    assert (restored.number, restored.state, restored.entry.short) == (3, State.DRAFT, first.entry.short)
    await through(editing, restored, writer=THIRD, reviewer=WRITER)
    assert [state for _, state, *_ in await states(database)] == ["superseded", "withdrawn", "published"]
    (entry,) = (await served.read(database)).editions
    assert (entry.version, entry.author, entry.reviewer) == (3, "third老师", "writer老师")


async def test_every_step_stands_in_the_audit_chain(editing: Editing, database: Database) -> None:
    version = await published(editing)
    await editing.withdraw("card", 1, THIRD, reason="写错了", emergency=True)
    records = await Audit(database).records()
    assert [record.action for record in records] == [
        "knowledge.created", "knowledge.submitted", "knowledge.published", "knowledge.withdrawn",
    ]  # fmt: skip
    assert {record.subject for record in records} == {f"card@{version.number}"}
    assert records[-1].actor == "staff:third"
    assert records[-1].detail["note"] == "写错了"
    assert await Audit(database).verify() is None


async def test_nobody_approves_what_they_wrote_in(editing: Editing) -> None:
    draft = await editing.create(content(), WRITER)
    saved = await editing.save("card", 1, content(short="另一个人改了。"), draft.revision, THIRD)
    waiting = await editing.submit("card", 1, saved.revision, REVIEWER)
    for own in (WRITER, THIRD):
        with pytest.raises(Refused, match="own_version"):
            await editing.approve("card", 1, waiting.revision, own)
        with pytest.raises(Refused, match="own_version"):
            await editing.reject("card", 1, waiting.revision, own, "不行")
    assert (await editing.approve("card", 1, waiting.revision, REVIEWER)).state is State.PUBLISHED


async def test_a_rejected_version_is_a_draft_again_with_the_reason(editing: Editing) -> None:
    draft = await editing.create(content(), WRITER)
    waiting = await editing.submit("card", 1, draft.revision, WRITER)
    with pytest.raises(Misuse, match="no_note"):
        await editing.reject("card", 1, waiting.revision, REVIEWER, " ")
    back = await editing.reject("card", 1, waiting.revision, REVIEWER, "依据不对")
    assert (back.state, back.note) == (State.DRAFT, "依据不对")


async def test_who_saves_names_the_revision_they_read(editing: Editing) -> None:
    draft = await editing.create(content(), WRITER)
    await editing.save("card", 1, content(short="甲。"), draft.revision, WRITER)
    with pytest.raises(Stale, match="stale_version"):
        await editing.save("card", 1, content(short="乙。"), draft.revision, THIRD)


async def test_a_later_rule_leaves_the_earlier_its_days(editing: Editing, database: Database) -> None:
    await published(editing, effective_from="2024-01-01")
    draft = await editing.draft("card", WRITER, content=content(effective_from="2027-01-01", short="新的。"))
    await through(editing, draft)
    assert await states(database) == [
        (1, "published", date(2024, 1, 1), date(2026, 12, 31)),
        (2, "published", date(2027, 1, 1), None),
    ]
    editions = (await served.read(database)).editions
    assert [(entry.version, entry.effective_until) for entry in editions] == [(1, date(2026, 12, 31)), (2, None)]


async def test_an_earlier_rule_may_be_entered_afterwards(editing: Editing, database: Database) -> None:
    await published(editing)
    draft = await editing.draft("card", WRITER, content=content(effective_until="2024-12-31", short="老的。"))
    await through(editing, draft)
    assert await states(database) == [
        (1, "published", date(2025, 1, 1), None),
        (2, "published", None, date(2024, 12, 31)),
    ]


async def test_no_rule_is_torn_in_two(editing: Editing) -> None:
    await published(editing)
    days = {"effective_from": "2025-01-01", "effective_until": "2025-12-31"}
    draft = await editing.draft("card", WRITER, content=content(**days))
    with pytest.raises(Misuse, match="torn_range"):
        await through(editing, draft)


async def test_an_emergency_takes_every_version_back(editing: Editing, database: Database) -> None:
    await published(editing, effective_from="2024-01-01")
    draft = await editing.draft("card", WRITER, content=content(effective_from="2027-01-01"))
    await through(editing, draft)
    await editing.withdraw("card", 2, THIRD, reason="全错", emergency=True)
    assert [state for _, state, *_ in await states(database)] == ["withdrawn", "withdrawn"]
    with pytest.raises(Stale, match="wrong_state"):
        await editing.withdraw("card", 2, THIRD, reason="再来", emergency=True)


async def test_faults_are_mended_before_anybody_is_asked(editing: Editing) -> None:
    draft = await editing.create(content(similar=["只有一个"], basis=[]), WRITER)
    with pytest.raises(Misuse, match="bad_content") as refused:
        await editing.submit("card", 1, draft.revision, WRITER)
    assert "相似问法" in refused.value.message and "依据" in refused.value.message


@pytest.mark.parametrize(
    "wrong",
    [None, [], {"similar": "x"}, {"similar": [1]}, {"effective_from": "2025-13-01"}, {"effective_from": 5},
     {"channels": {"a": 1}}, {"basis": ["x"]}, {"basis": [{"law": 1}]}, {"question": 3}, {"id": "Bad Id"},
     {"answer": "x" * 9000}, {"effective_from": "2025-01-02", "effective_until": "2025-01-01"}],
)  # fmt: skip
async def test_a_content_of_the_wrong_kind_is_refused(editing: Editing, wrong: Any) -> None:
    body = content() | wrong if isinstance(wrong, dict) else wrong
    with pytest.raises(Misuse):
        await editing.create(body, WRITER)


async def test_one_touches_only_ones_own_region(editing: Editing) -> None:
    local, other = staff("hz", regions=("330100",)), staff("nb", regions=("330200",))
    with pytest.raises(Refused, match="not_your_region"):
        await editing.create(content(), local)
    draft = await editing.create(content(region="330100"), local)
    for deed in (
        editing.save("card", 1, content(region="330100"), draft.revision, other),
        editing.save("card", 1, content(region="330200"), draft.revision, local),
        editing.submit("card", 1, draft.revision, other),
        editing.delete("card", 1, other),
        editing.draft("card", other),
    ):
        with pytest.raises(Refused, match="not_your_region"):
            await deed


async def test_what_is_not_there_is_said(editing: Editing) -> None:
    with pytest.raises(NotFound):
        await editing.submit("nothing", 1, 1, WRITER)
    await editing.create(content(), WRITER)
    with pytest.raises(NotFound):
        await editing.submit("card", 7, 1, WRITER)
    with pytest.raises(Stale, match="entry_exists"):
        await editing.create(content(), WRITER)
    with pytest.raises(Stale, match="draft_open"):
        await editing.draft("card", WRITER)


async def test_a_draft_may_be_thrown_away_and_a_published_version_not(editing: Editing, database: Database) -> None:
    await editing.create(content("permit"), WRITER)
    await editing.delete("permit", 1, WRITER)
    with pytest.raises(NotFound):
        await editing.draft("permit", WRITER)
    await published(editing)
    with pytest.raises(Stale):
        await editing.delete("card", 1, WRITER)
    await editing.draft("card", WRITER)
    await editing.delete("card", 2, WRITER)
    assert [number for number, *_ in await states(database)] == [1]
    assert (await editing.draft("card", WRITER)).number == 2
