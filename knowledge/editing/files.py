"""Entries out to a file and in again, as YAML (as the shipped files are written) or Excel. What comes in is a draft."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import yaml

from core.errors import HuiChuangError, Misuse, NotFound
from core.staff import Staff
from knowledge.editing import content as contents
from knowledge.editing import spreadsheet
from knowledge.editing.editing import Editing
from knowledge.editing.reading import Reading
from knowledge.editing.version import Json, Origin, State
from knowledge.entry import Entry

MAX_ENTRIES = 5_000
FORMS = ("yaml", "xlsx")
Raw = Iterator[tuple[str, Json, list[tuple[str, str]]]]
"""(place, content, [(field, what is wrong)])."""


class Files:
    """Export and load."""

    def __init__(self, *, editing: Editing, reading: Reading) -> None:
        self._editing = editing
        self._reading = reading

    async def export(self, form: str, topic: str) -> bytes:
        """What is published last of every entry (of one topic); raises Misuse for another form."""
        if form not in FORMS:
            raise Misuse("bad_format", "format 应为 yaml 或 xlsx。")
        newest = {one.entry_id: one.entry for one in await self._reading.published()}
        chosen = [entry for entry in newest.values() if topic in ("", entry.topic)]
        return spreadsheet.write(chosen) if form == "xlsx" else to_yaml(chosen)

    async def load(self, staff: Staff, name: str, data: bytes) -> Json:
        """A draft for every entry that is new or different.

        Gives `{"read", "drafts", "faults": [{"place", "field", "says"}]}`. Raises Misuse for a file that is none.
        """
        raws = spreadsheet.read(data) if name.lower().endswith(".xlsx") else from_yaml(data)
        faults: list[Json] = []
        count = drafts = 0
        for place, content, wrong in raws:
            count += 1
            faults += [_fault(place, field, says) for field, says in wrong]
            try:
                drafts += await self._take(staff, content)
                entry = contents.read(content, entry_id=content.get("id") or "new")
                faults += [_fault(place, fault.field, fault.says) for fault in contents.faults(entry)]
            except HuiChuangError as error:
                faults.append(_fault(place, "", error.message))
        return {"read": count, "drafts": drafts, "faults": faults}

    async def _take(self, staff: Staff, content: Json) -> int:
        """1 when a draft was made, 0 when the newest version says the same."""
        entry_id = content.get("id") or ""
        try:
            newest = (await self._reading.versions(entry_id))[-1] if entry_id else None
        except NotFound:
            newest = None
        if newest is None:
            await self._editing.create(content, staff, origin=Origin.IMPORT)
            return 1
        if contents.same(newest.entry, contents.read(content, entry_id=entry_id)):
            return 0
        if newest.state is State.DRAFT:
            await self._editing.save(entry_id, newest.number, content, newest.revision, staff)
        else:
            await self._editing.draft(entry_id, staff, content=content, note="文件导入", origin=Origin.IMPORT)
        return 1


def to_yaml(entries: list[Entry]) -> bytes:
    """One document for each topic, each written as a shipped file is."""
    topics: dict[str, list[Json]] = {}
    for entry in entries:
        topics.setdefault(entry.topic, []).append(contents.raw(entry))
    documents = [{"topic": topic, "entries": raws} for topic, raws in topics.items()]
    return yaml.safe_dump_all(documents, allow_unicode=True, sort_keys=False, width=120).encode()


def from_yaml(data: bytes) -> Raw:
    """Every entry of every document; raises Misuse for a file that is not written so."""
    try:
        documents = [one for one in yaml.load_all(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader) if one is not None]
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise Misuse("bad_file", f"YAML 文件读不懂：{' '.join(str(error).split())[:200]}") from None
    if not documents or not all(_is_stock(one) for one in documents):
        raise Misuse("bad_file", "YAML 文件应有 topic（文字）和 entries（列表）。")
    if sum(len(one["entries"]) for one in documents) > MAX_ENTRIES:
        raise Misuse("too_many_rows", f"一次最多 {MAX_ENTRIES} 条。")
    for document in documents:
        for place, raw in enumerate(document["entries"], 1):
            where = f"{document['topic']} 第{place}条"
            if isinstance(raw, dict):
                yield where, *_of_raw(raw, document["topic"])
            else:
                yield where, {}, [("", "应是一组字段")]


def _is_stock(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and isinstance(document.get("topic"), str)
        and isinstance(document.get("entries"), list)
    )


def _of_raw(raw: Json, topic: str) -> tuple[Json, list[tuple[str, str]]]:
    """A content as pages send it."""
    known = {*contents.LABELS, "id", "version", "author", "reviewer", "reviewed_on"} - {"topic"}
    wrong = [(str(name), "没有这个字段") for name in raw if name not in known]
    content = {str(name): _plain(value) for name, value in raw.items() if name in known}
    basis = raw.get("basis")
    content["basis"] = [_ground(item) for item in basis] if isinstance(basis, list) else []
    return content | {"topic": topic}, wrong


def _plain(value: Any) -> Any:
    """Days as text, and what YAML takes for a number in a list of words, too."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, list):
        return [str(item) if isinstance(item, int | float | date) else item for item in value]
    return value


def _ground(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    if "document" in item:
        return {"law": item.get("title", ""), "article": item["document"], "quote": item.get("quote") or ""} | {
            "kind": "document"
        }
    return {"law": item.get("law", ""), "article": item.get("article", ""), "quote": item.get("quote") or ""} | {
        "kind": "law"
    }


def _fault(place: str, field: str, says: str) -> Json:
    return {"place": place, "field": contents.LABELS.get(field, field), "says": says}
