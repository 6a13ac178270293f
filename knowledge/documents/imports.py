"""Imports as the staff pages see them: a file is handed in, watched, and chosen parts of it become drafts.

Nothing is published here: drafts go through the same review as what is written by hand, and the importing person, as
their author, cannot approve them.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.errors import HuiChuangError, Misuse, NotFound, Stale, TooLarge, TooMany
from core.personal import clean, masked
from core.staff import NATION, Staff
from knowledge.documents import store
from knowledge.documents.limits import MAX_BYTES
from knowledge.documents.section import Json
from knowledge.documents.suggest import BLANK, plain
from knowledge.editing.editing import Editing
from knowledge.editing.version import Origin
from storage import audit
from storage.database import Database

MAX_WAITING = 20
"""Files of one person that may wait at a time."""
MAX_DRAFTS = 200
"""Sections that become drafts in one request."""
LISTED = 50
MAX_ANSWER = 8000


class Imports:
    """What the pages may ask. Raises NotFound, Misuse, Refused, Retryable."""

    def __init__(self, *, database: Database, editing: Editing, clock: Clock) -> None:
        self._database = database
        self._editing = editing
        self._clock = clock

    async def add(self, staff: Staff, name: str, data: bytes) -> Json:
        """Hand a file in: `{"import_id"}`. What is plainly no document is refused at once, TooMany for a full queue."""
        name = file_name(name)
        if len(data) > MAX_BYTES:
            raise TooLarge("file_too_large", f"文件太大了，最大 {MAX_BYTES // 1_000_000} MB。")
        if not data:
            raise Misuse("empty_file", "文件是空的，没有内容可以导入。")
        digest = hashlib.sha256(data).digest()
        now = self._clock.now()
        values: Json = {"name": name, "size": len(data), "sha256": digest, "data": data}
        values |= {"account": staff.account, "account_name": staff.name}
        async with self._database.begin() as connection:
            if await store.count_open(connection, staff.account) >= MAX_WAITING:
                raise TooMany("too_many_imports", "您有太多文件在等待识别，请等它们完成。", retry_after=60.0)
            number = await store.add(connection, values, now)
            detail = {"name": name, "size": len(data), "sha256": digest.hex()}
            await self._record(connection, staff, "handed_in", number, detail)
        return {"import_id": number}

    async def recent(self) -> Json:
        """The newest imports: `{"items": [...]}` without their sections."""
        async with self._database.connect() as connection:
            return {"items": [_listed(row) for row in await store.newest(connection, LISTED)]}

    async def one(self, import_id: int) -> Json:
        """State, progress, sections, report."""
        async with self._database.connect() as connection:
            row = _there(await store.read(connection, import_id))
        drafted = {int(number): entry for number, entry in row.drafted.items()}
        sections = [section | {"entry_id": drafted.get(number, "")} for number, section in enumerate(row.sections)]
        return _listed(row) | {"sha256": row.sha256.hex(), "sections": sections, "report": row.report}

    async def drafts(self, staff: Staff, import_id: int, numbers: Sequence[int], topic: str) -> Json:
        """Make drafts of sections: `{"entry_ids", "failed": [{"section", "says"}]}`; one that fails stops no other."""
        if not numbers or len(numbers) > MAX_DRAFTS:
            raise Misuse("bad_sections", f"请选择 1 到 {MAX_DRAFTS} 段。")
        async with self._database.connect() as connection:
            row = _there(await store.read(connection, import_id))
        if row.state != "done":
            raise Stale("import_not_done", "这个文件还没有识别完。")
        made: dict[str, str] = {}
        failed: list[Json] = []
        for number in dict.fromkeys(numbers):
            try:
                made[str(number)] = await self._draft(staff, row, number, topic)
            except HuiChuangError as error:
                failed.append({"section": number, "says": error.message})
        async with self._database.begin() as connection:
            await store.set_drafted(connection, import_id, made)
            await self._record(connection, staff, "drafted", import_id, {"entries": made})
        return {"entry_ids": list(made.values()), "failed": failed}

    async def _draft(self, staff: Staff, row: Any, number: int, topic: str) -> str:
        if not 0 <= number < len(row.sections):
            raise NotFound("no_section", "文件里没有这一段。")
        if known := row.drafted.get(str(number)):
            raise Stale("already_drafted", f"这一段已经做成草稿了（{known}）。")
        section = row.sections[number]
        content = dict(section["suggested"] or _unsuggested(section))
        content["id"] = ""
        content["topic"] = topic or content.get("topic") or ""
        content["region"] = region_of(staff)
        content["answer"] = content["answer"][:MAX_ANSWER]
        note = f"导入自 {row.name}，{section['place']}"
        version = await self._editing.create(content, staff, origin=Origin.IMPORT, note=note)
        return version.entry_id

    async def _record(self, connection: AsyncConnection, staff: Staff, verb: str, number: int, detail: Json) -> None:
        await audit.append(
            connection,
            self._clock.now(),
            actor=f"staff:{staff.account}",
            action=f"import.{verb}",
            subject=f"import:{number}",
            detail=detail,
        )


def file_name(name: str) -> str:
    """The name of a file as it may be kept and shown: no folders, no control characters, numbers masked."""
    name = clean(re.split(r"[/\\]", name)[-1])
    return masked(name)[-120:] or "未命名"


def region_of(staff: Staff) -> str:
    """Where drafts of this person hold: the whole country for who is responsible for it, else the first region."""
    return NATION if staff.covers(NATION) or not staff.regions else staff.regions[0]


def _there(row: Any) -> Any:
    if row is None:
        raise NotFound("no_import", "没有这次导入，可能已经过期清除。")
    return row


def _listed(row: Any) -> Json:
    return {
        "import_id": row.id,
        "name": row.name,
        "size": row.size,
        "state": row.state,
        "progress": row.progress,
        "kind": row.kind,
        "title": row.title,
        "error": row.error,
        "author": row.account_name,
        "created_at": row.created_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
    }


def _unsuggested(section: Json) -> Json:
    """A section that a person chose although nothing was suggested for it: its text, and no question yet."""
    return BLANK | {"question": plain(section["title"])[:60], "answer": plain(section["text"])}
