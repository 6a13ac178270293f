"""What the staff pages may do with the lists. Every change is audited, and in force in all processes within seconds."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.errors import Misuse, NotFound, Stale, TooLarge
from core.message import Json
from core.personal import clean
from core.staff import Staff
from knowledge.sensitive import store
from knowledge.sensitive.level import level
from knowledge.sensitive.matching import Action, Words
from storage import audit
from storage.database import Database

STARTER = Path(__file__).with_name("starter.yml")
MAX_WORD = 50
MAX_WORDS = 500_000
"""Words of all lists together."""
MAX_LOAD = 100_000
"""Lines of one file."""
SHOWN_FAULTS = 20
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Lists:
    """The verbs. Raise Misuse, NotFound, Stale, Retryable."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def seed(self) -> None:
        """At the first start: the small list that is shipped."""
        shipped = yaml.safe_load(STARTER.read_text(encoding="utf-8"))["lists"]
        async with self._database.begin() as connection:
            if await store.lock(connection):
                return
            now = self._clock.now()
            for one in shipped:
                values = {name: one[name] for name in ("name", "title", "action", "whole_words")}
                number = await store.add_list(connection, values | {"active": True}, now)
                await store.add_words(connection, number, [str(word) for word in one["words"]])
            await store.announce(connection)

    async def page(self, query: str, name: str, *, page: int, size: int) -> Json:
        """`{"total", "items": [{"word", "list"}], "lists": [...]}`."""
        async with self._database.connect() as connection:
            total, found = await store.search(connection, query, name, limit=size, offset=(page - 1) * size)
            lists = [_shown(row) for row in await store.all_lists(connection)]
        return {"total": total, "items": [{"word": row.word, "list": row.name} for row in found], "lists": lists}

    async def add(self, staff: Staff, values: Json) -> Json:
        """A new, empty list."""
        name = values.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Misuse("bad_list_name", "词表的代号只能用小写字母、数字和连字符，以字母开头，最长 40 个字符。")
        fresh = {"title": name, "whole_words": False, "active": True} | _settings(values)
        if "action" not in fresh:
            raise Misuse("bad_action", f"action 应为 {'、'.join(Action)} 之一。")
        async with self._database.begin() as connection:
            await store.lock(connection)
            if await store.find(connection, name) is not None:
                raise Stale("list_exists", "这个代号的词表已经有了。")
            await store.add_list(connection, {"name": name} | fresh, self._clock.now())
            await self._changed(connection, staff, "list_added", name, fresh)
        return {"name": name} | fresh

    async def change(self, staff: Staff, name: str, values: Json) -> Json:
        """Its title, action, edges of words, or whether it is used."""
        wanted = _settings(values)
        if not wanted:
            raise Misuse("bad_values", "可以修改 title、action、whole_words、active。")
        async with self._database.begin() as connection:
            await store.lock(connection)
            row = await _found(connection, name)
            await store.change_list(connection, row.id, wanted, self._clock.now())
            await self._changed(connection, staff, "list_changed", name, wanted)
        return {"name": name} | wanted

    async def remove(self, staff: Staff, name: str) -> None:
        """Delete a list with all its words."""
        async with self._database.begin() as connection:
            await store.lock(connection)
            row = await _found(connection, name)
            await store.remove_list(connection, row.id)
            await self._changed(connection, staff, "list_removed", name, {})

    async def add_words(self, staff: Staff, name: str, words: Sequence[str]) -> Json:
        """Put words into a list: `{"added", "already", "faults": [...]}`."""
        if len(words) > MAX_LOAD:
            raise TooLarge("too_many_words", f"一次最多 {MAX_LOAD} 个词。")
        good, faults = _checked(words)
        async with self._database.begin() as connection:
            await store.lock(connection)
            row = await _found(connection, name)
            added = await store.add_words(connection, row.id, good)
            if await store.count_words(connection) > MAX_WORDS:
                raise TooLarge("too_many_words", f"全部词表最多 {MAX_WORDS} 个词。")
            if added:
                detail = {"added": added, "first": good[:20]}
                await self._changed(connection, staff, "words_added", name, detail)
        return {"added": added, "already": len(good) - added, "faults": faults}

    async def remove_words(self, staff: Staff, name: str, words: Sequence[str]) -> Json:
        """Take words out of a list: `{"removed"}`."""
        async with self._database.begin() as connection:
            await store.lock(connection)
            row = await _found(connection, name)
            removed = await store.remove_words(connection, row.id, [clean(word) for word in words])
            if removed:
                detail = {"removed": removed, "first": list(words[:20])}
                await self._changed(connection, staff, "words_removed", name, detail)
        return {"removed": removed}

    async def load(self, staff: Staff, name: str, data: bytes) -> Json:
        """Words of a text file, one a line, UTF-8 or GB 18030; `#` begins a remark."""
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            try:
                text = data.decode("gb18030")
            except UnicodeDecodeError:
                raise Misuse("bad_file", "文件不是文本。请存成 UTF-8 的 .txt，一行一个词。") from None
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        return await self.add_words(staff, name, lines)

    async def judge(self, text: str) -> Json:
        """What the stored lists would do with a text: `{"action", "lists", "shown"}`."""
        async with self._database.connect() as connection:
            words = Words(await store.active(connection))
        judged = words.judge(text)
        if judged is None:
            return {"action": "", "lists": [], "shown": text}
        return {"action": judged.action, "lists": list(judged.lists), "shown": judged.shown}

    async def _changed(self, connection: AsyncConnection, staff: Staff, verb: str, name: str, detail: Json) -> None:
        await store.announce(connection)
        await audit.append(
            connection,
            self._clock.now(),
            actor=f"staff:{staff.account}",
            action=f"sensitive.{verb}",
            subject=f"sensitive:{name}",
            detail=detail,
        )


def _settings(values: Json) -> Json:
    """The settings of a list that a page sent; raises Misuse."""
    wanted: Json = {}
    if (title := values.get("title")) is not None:
        if not isinstance(title, str) or not 1 <= len(clean(title)) <= 40:
            raise Misuse("bad_title", "title 应为 1 到 40 个字。")
        wanted["title"] = clean(title)
    if (action := values.get("action")) is not None:
        if action not in list(Action):
            raise Misuse("bad_action", f"action 应为 {'、'.join(Action)} 之一。")
        wanted["action"] = action
    for name in ("whole_words", "active"):
        if (flag := values.get(name)) is not None:
            if not isinstance(flag, bool):
                raise Misuse("bad_flag", f"{name} 应为 true 或 false。")
            wanted[name] = flag
    return wanted


def _checked(words: Iterable[str]) -> tuple[list[str], list[str]]:
    """(words that can be matched, sentences about the others)."""
    good: dict[str, None] = {}
    faults: list[str] = []
    for number, raw in enumerate(words, 1):
        word = " ".join(clean(raw).split())
        if len(word) > MAX_WORD:
            faults.append(f"第{number}个太长（最多 {MAX_WORD} 个字），没有加入。")
        elif len(level(word)) < 2:
            faults.append(f"第{number}个“{word[:10]}”去掉符号后不足两个字，会误伤正常的话，没有加入。")
        else:
            good[word] = None
    left = len(faults) - SHOWN_FAULTS
    return list(good), faults[:SHOWN_FAULTS] + ([f"另有 {left} 个类似问题。"] if left > 0 else [])


def _shown(row: Any) -> Json:
    names = ("name", "title", "action", "whole_words", "active", "count")
    return {name: getattr(row, "count" if name == "count" else name) for name in names}


async def _found(connection: AsyncConnection, name: str) -> Any:
    row = await store.find(connection, name)
    if row is None:
        raise NotFound("no_list", "没有这个词表。")
    return row
