"""What editors and reviewers may do with an entry, and what follows from it. The rules stand here and nowhere else.

Nobody approves what they wrote in. Who saves names the revision they read. Publishing takes the days it holds for from
the versions published before; whatever is served afterwards is announced to every process in the same transaction, and
every step stands in the audit chain.
"""

import re
import secrets
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.errors import Misuse, NotFound, Refused, Stale
from core.staff import Staff
from knowledge.editing import content as contents
from knowledge.editing import store
from knowledge.editing.ranges import Range, Torn, left_of
from knowledge.editing.version import Json, Origin, State, Version
from knowledge.entry import Entry
from storage import audit
from storage.database import Database

OPEN = (State.DRAFT, State.REVIEW)
ONCE_PUBLISHED = (State.PUBLISHED, State.SUPERSEDED, State.WITHDRAWN)
"""States of versions that a citizen may have been answered with."""
NAMES = {
    State.DRAFT: "草稿",
    State.REVIEW: "待审核",
    State.PUBLISHED: "已发布",
    State.SUPERSEDED: "已被替代",
    State.WITHDRAWN: "已撤回",
}
"""States as people call them."""
_ID = re.compile(r"(?=.{1,100}$)[a-z0-9]+(-[a-z0-9]+)*")


def new_id() -> str:
    """An id for an entry that is written here."""
    return f"local-{secrets.token_hex(5)}"


class Editing:
    """The verbs. All raise NotFound for what is not there, Refused for what is not theirs, Stale, Retryable."""

    def __init__(self, *, database: Database, clock: Clock, new_id: Callable[[], str] = new_id) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id

    async def create(self, content: object, staff: Staff, *, origin: Origin = Origin.STAFF, note: str = "") -> Version:
        """A new entry as draft 1; an id is given when the content brings none. Raises Misuse."""
        wanted = content.get("id") if isinstance(content, dict) else ""
        if wanted and (not isinstance(wanted, str) or not _ID.fullmatch(wanted)):
            raise Misuse("bad_entry_id", "条目编号只能用小写字母、数字和连字符，最长 100 个字符。")
        entry = contents.read(content, entry_id=wanted or self._new_id())
        _within(staff, entry.region)
        now = self._clock.now()
        async with self._database.begin() as connection:
            if not await store.add_entry(connection, entry, now):
                raise Stale("entry_exists", "这个编号的条目已经有了。")
            values = _fresh(entry, 1, staff, now, origin) | {"note": note}
            version = await store.add_version(connection, values)
            await _record(connection, now, staff, "created", version)
        return version

    async def draft(
        self,
        entry_id: str,
        staff: Staff,
        *,
        content: object = None,
        start: int = 0,
        note: str = "",
        origin: Origin = Origin.STAFF,
    ) -> Version:
        """A new draft, from a content or from version `start` (the newest when 0); one at a time."""
        now = self._clock.now()
        async with self._database.begin() as connection:
            versions = await self._locked(connection, entry_id, staff)
            self._none_open(versions)
            begun = _numbered(versions, start) if start else versions[-1]
            entry = contents.read(content, entry_id=entry_id) if content is not None else begun.entry
            _within(staff, entry.region)
            values = _fresh(entry, versions[-1].number + 1, staff, now, origin) | {"note": note}
            version = await store.add_version(connection, values)
            await _record(connection, now, staff, "drafted", version, start=begun.number)
        return version

    async def save(self, entry_id: str, number: int, content: object, revision: int, staff: Staff) -> Version:
        """Change a draft. Raises Stale when somebody else saved since `revision`."""
        entry = contents.read(content, entry_id=entry_id)
        _within(staff, entry.region)
        now = self._clock.now()
        async with self._database.begin() as connection:
            old = await self._in(connection, entry_id, number, staff, revision, State.DRAFT)
            days = _range(entry)
            values: Json = {
                "content": entry.to_json(),
                "effective_from": days.first,
                "effective_until": days.last,
                "writers": list(dict.fromkeys((*old.writers, staff.account))),
            }
            version = await store.change(connection, old, values, now)
            await store.touch(connection, entry_id, now, content=values["content"])
            await _record(connection, now, staff, "saved", version)
        return version

    async def delete(self, entry_id: str, number: int, staff: Staff) -> None:
        """Throw a draft away; an entry that never had another version goes with it."""
        now = self._clock.now()
        async with self._database.begin() as connection:
            versions = await self._locked(connection, entry_id, staff)
            version = _numbered(versions, number)
            _must_be(version, State.DRAFT)
            await store.remove(connection, version)
            if len(versions) == 1:
                await store.remove_entry(connection, entry_id)
            else:
                last = versions[-2]
                await store.touch(connection, entry_id, now, newest=last.number, content=last.content)
            await _record(connection, now, staff, "deleted", version)

    async def submit(self, entry_id: str, number: int, revision: int, staff: Staff, note: str = "") -> Version:
        """Ask for approval. Raises Misuse naming what must be mended first."""
        now = self._clock.now()
        async with self._database.begin() as connection:
            version = await self._in(connection, entry_id, number, staff, revision, State.DRAFT)
            grave = [fault for fault in contents.faults(version.entry) if fault.grave]
            if grave:
                says = "；".join(f"{contents.LABELS.get(fault.field, fault.field)}：{fault.says}" for fault in grave)
                raise Misuse("bad_content", f"请先改好再提交。{says}")
            version = await store.change(connection, version, {"state": State.REVIEW.value, "note": note}, now)
            await _record(connection, now, staff, "submitted", version)
        return version

    async def reject(self, entry_id: str, number: int, revision: int, staff: Staff, note: str) -> Version:
        """Back to its author, with the reason."""
        if not note.strip():
            raise Misuse("no_note", "请写明退回的原因。")
        now = self._clock.now()
        async with self._database.begin() as connection:
            version = await self._in(connection, entry_id, number, staff, revision, State.REVIEW)
            _other_person(version, staff)
            values = {"state": State.DRAFT.value, "note": note} | _reviewed_by(staff)
            version = await store.change(connection, version, values, now)
            await _record(connection, now, staff, "rejected", version)
        return version

    async def approve(self, entry_id: str, number: int, revision: int, staff: Staff, note: str = "") -> Version:
        """Publish. Raises Refused for who wrote in it, Misuse when it would tear an older version's days in two."""
        now = self._clock.now()
        async with self._database.begin() as connection:
            version = await self._in(connection, entry_id, number, staff, revision, State.REVIEW)
            _other_person(version, staff)
            version = await publish(connection, version, now, {"note": note} | _reviewed_by(staff))
            await _record(connection, now, staff, "published", version)
        return version

    async def withdraw(
        self, entry_id: str, number: int, staff: Staff, *, reason: str, emergency: bool, revision: int | None = None
    ) -> Version:
        """Take a published version back; in an emergency all published versions of the entry, whatever was read."""
        if not reason.strip():
            raise Misuse("no_note", "请写明撤回的原因。")
        now = self._clock.now()
        async with self._database.begin() as connection:
            versions = await self._locked(connection, entry_id, staff)
            wanted = _numbered(versions, number)
            if not emergency:
                _unchanged(wanted, revision)
                _must_be(wanted, State.PUBLISHED)
            going = [one for one in versions if one.state is State.PUBLISHED and (emergency or one.number == number)]
            if not going:
                raise Stale("wrong_state", "这个条目没有已发布的版本。")
            values: Json = {"state": State.WITHDRAWN.value, "note": reason, "ended_at": now}
            gone = {one.number: await store.change(connection, one, values, now) for one in going}
            for one in gone.values():
                await _record(connection, now, staff, "withdrawn", one, emergency=emergency)
            await store.announce(connection, entry_id)
        return gone.get(number) or wanted

    async def restore(self, entry_id: str, number: int, staff: Staff, note: str = "") -> Version:
        """A new draft with the content of an old version; it is reviewed like any other."""
        return await self.draft(entry_id, staff, start=number, note=note or f"恢复第 {number} 版")

    async def _locked(self, connection: AsyncConnection, entry_id: str, staff: Staff) -> tuple[Version, ...]:
        """All versions, the entry held for this transaction; the person must be responsible for its region."""
        row = await store.lock_entry(connection, entry_id)
        if row is None:
            raise NotFound("no_entry", "没有这条知识。", detail=entry_id)
        versions = await store.versions_of(connection, entry_id)
        for region in {row.region, *(one.entry.region for one in versions if one.state is State.PUBLISHED)}:
            _within(staff, region)
        return versions

    async def _in(
        self, connection: AsyncConnection, entry_id: str, number: int, staff: Staff, revision: int, state: State
    ) -> Version:
        """The version, held, unchanged since `revision` and in that state."""
        version = _numbered(await self._locked(connection, entry_id, staff), number)
        _unchanged(version, revision)
        _must_be(version, state)
        return version

    @staticmethod
    def _none_open(versions: tuple[Version, ...]) -> None:
        for version in versions:
            if version.state in OPEN:
                raise Stale("draft_open", f"第 {version.number} 版还没有发布，请先处理它。")


async def publish(connection: AsyncConnection, version: Version, now: datetime, values: Json) -> Version:
    """Make a version answer on its days, and take those from the versions published before. The entry must be held."""
    days = _range(version.entry)
    for old in await store.versions_of(connection, version.entry_id):
        if old.state is not State.PUBLISHED or old.number == version.number:
            continue
        try:
            left = left_of(old.range, days)
        except Torn:
            place = f"第 {old.number} 版"
            says = f"这一版的有效期落在{place}的有效期中间，会把它断成两段。请把失效日期留空，或先改{place}。"
            raise Misuse("torn_range", says) from None
        if left is None:
            await store.change(connection, old, {"state": State.SUPERSEDED.value, "ended_at": now}, now)
        elif left != old.range:
            cut = {"effective_from": left.first, "effective_until": left.last}
            await store.change(connection, old, cut, now)
    published = {"state": State.PUBLISHED.value, "published_at": now}
    held = {"effective_from": days.first, "effective_until": days.last}
    version = await store.change(connection, version, values | published | held, now)
    await store.announce(connection)
    return version


def _range(entry: Entry) -> Range:
    try:
        return Range(first=entry.effective_from, last=entry.effective_until)
    except ValueError:
        raise Misuse("bad_content", "失效日期（effective_until）早于生效日期。") from None


def _fresh(entry: Entry, number: int, staff: Staff, now: datetime, origin: Origin) -> Json:
    """The row of a new draft."""
    days = _range(entry)
    return {
        "entry_id": entry.id,
        "number": number,
        "state": State.DRAFT.value,
        "content": entry.to_json(),
        "effective_from": days.first,
        "effective_until": days.last,
        "origin": origin.value,
        "author": staff.account,
        "author_name": staff.name,
        "writers": [staff.account],
        "reviewer": "",
        "reviewer_name": "",
        "note": "",
        "revision": 1,
        "created_at": now,
        "updated_at": now,
    }


def _numbered(versions: tuple[Version, ...], number: int) -> Version:
    for version in versions:
        if version.number == number:
            return version
    raise NotFound("no_version", "没有这个版本。", detail=str(number))


def _unchanged(version: Version, revision: int | None) -> None:
    if version.revision != revision:
        raise Stale("stale_version", "这一版刚刚被别人改过，请刷新后再试。", detail=f"{version.revision} {revision}")


def _must_be(version: Version, state: State) -> None:
    if version.state is not state:
        raise Stale("wrong_state", f"第 {version.number} 版现在是“{NAMES[version.state]}”，不能这样做。")


def _other_person(version: Version, staff: Staff) -> None:
    if staff.account in version.writers:
        raise Refused("own_version", "自己写的内容不能自己审核，请交给另一位同事。")


def _within(staff: Staff, region: str) -> None:
    if not staff.covers(region):
        raise Refused("not_your_region", "这个地区的条目不归您负责。", detail=region)


def _reviewed_by(staff: Staff) -> Json:
    return {"reviewer": staff.account, "reviewer_name": staff.name}


async def _record(
    connection: AsyncConnection, now: datetime, staff: Staff, verb: str, version: Version, **more: object
) -> None:
    detail: Json = {"revision": version.revision, "state": version.state.value, "note": version.note, **more}
    detail |= {"from": str(version.range.first or ""), "until": str(version.range.last or "")}
    await audit.append(
        connection,
        now,
        actor=f"staff:{staff.account}",
        action=f"knowledge.{verb}",
        subject=f"{version.entry_id}@{version.number}",
        detail=detail,
    )
