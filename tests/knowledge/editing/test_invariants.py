"""Whatever people do in whatever order: days never overlap, nobody approves their own, what is withdrawn is gone."""

from collections.abc import Awaitable
from datetime import date, timedelta
from itertools import combinations, count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import HuiChuangError
from core.staff import Staff
from knowledge.editing import served, store
from knowledge.editing.editing import Editing
from knowledge.editing.ranges import Range, Torn, left_of
from knowledge.editing.version import State, Version
from storage.audit import Audit
from storage.database import Database
from tests.knowledge.editing.people import REVIEWER, THIRD, WRITER, content

DAY0 = date(2026, 1, 1)
PEOPLE = (WRITER, REVIEWER, THIRD)
VERBS = ("draft", "save", "submit", "approve", "approve", "reject", "withdraw", "emergency", "restore", "delete")
_names = count(1)

days = st.one_of(st.none(), st.integers(0, 30))
deeds = st.tuples(st.sampled_from(VERBS), st.sampled_from(PEOPLE), days, days, st.integers(1, 5))


def dated(first: int | None, last: int | None) -> dict[str, str | None]:
    """The days of a content; `None` is open."""
    if first is not None and last is not None and first > last:
        first, last = last, first
    return {
        "effective_from": None if first is None else (DAY0 + timedelta(first)).isoformat(),
        "effective_until": None if last is None else (DAY0 + timedelta(last)).isoformat(),
    }


def deed(
    editing: Editing, name: str, verb: str, who: Staff, days: dict[str, str | None], number: int, newest: Version
) -> Awaitable[object]:
    """One thing that somebody tries."""
    changed = content("card", id=name, **days)
    match verb:
        case "draft":
            return editing.draft(name, who, content=changed)
        case "save":
            return editing.save(name, newest.number, changed, newest.revision, who)
        case "submit":
            return editing.submit(name, newest.number, newest.revision, who)
        case "approve":
            return editing.approve(name, newest.number, newest.revision, who)
        case "reject":
            return editing.reject(name, newest.number, newest.revision, who, "不对")
        case "restore":
            return editing.restore(name, number, who)
        case "delete":
            return editing.delete(name, newest.number, who)
        case _:
            return editing.withdraw(
                name, number, who, reason="有误", emergency=verb == "emergency", revision=newest.revision
            )


@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(plan=st.lists(deeds, min_size=4, max_size=25))
async def test_the_rules_hold_after_every_step(
    editing: Editing, database: Database, clock: ManualClock, plan: list[tuple[str, Staff, int | None, int | None, int]]
) -> None:
    name = f"card-{next(_names)}"
    await editing.create(content("card", id=name), WRITER)
    for verb, who, first, last, number in plan:
        async with database.begin() as connection:
            versions = await store.versions_of(connection, name)
        if not versions:
            break
        try:
            await deed(editing, name, verb, who, dated(first, last), number, versions[-1])
        except HuiChuangError:
            continue  # refused: nothing may have changed, which the next look checks as well
        await hold(database, name)
    assert await Audit(database).verify() is None


async def hold(database: Database, name: str) -> None:
    """What must be true at any moment."""
    async with database.begin() as connection:
        versions = await store.versions_of(connection, name)
    published = [one for one in versions if one.state is State.PUBLISHED]
    assert not any(one.range.overlaps(other.range) for one, other in combinations(published, 2))
    assert all(one.reviewer and one.reviewer not in one.writers for one in published)
    assert len([one for one in versions if one.state in (State.DRAFT, State.REVIEW)]) <= 1
    answering = [entry for entry in (await served.read(database)).editions if entry.id == name]
    assert {entry.version for entry in answering} == {one.number for one in published}
    for day in (DAY0 + timedelta(number) for number in range(-1, 32)):
        assert len([entry for entry in answering if entry.in_force(day)]) <= 1


ranges = st.tuples(days, days).map(
    lambda pair: Range(
        first=None if pair[0] is None else DAY0 + timedelta(pair[0]),
        last=None if pair[1] is None else DAY0 + timedelta(max(pair[1], pair[0] or 0)),
    )
)


@given(old=ranges, new=ranges)
def test_what_is_left_is_every_day_that_was_not_taken(old: Range, new: Range) -> None:
    try:
        left = left_of(old, new)
    except Torn:
        assert old.holds((new.first or DAY0) - timedelta(1)) and old.holds((new.last or DAY0) + timedelta(1))
        return
    for day in (DAY0 + timedelta(number) for number in range(-2, 34)):
        assert (left is not None and left.holds(day)) == (old.holds(day) and not new.holds(day))
