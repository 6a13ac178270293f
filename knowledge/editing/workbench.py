"""What the knowledge pages of the staff site may ask, in the shapes they get: one method for each route."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from core.clock import Clock, today
from core.errors import HuiChuangError, Misuse
from core.staff import Staff
from knowledge.editing import content as contents
from knowledge.editing import warnings
from knowledge.editing.editing import Editing
from knowledge.editing.files import Files
from knowledge.editing.reading import SORTS, Reading, Wanted
from knowledge.editing.unanswered import Unanswered
from knowledge.editing.version import Json, State, Version
from knowledge.editing.warnings import Marks
from knowledge.entry import Entry
from knowledge.live import Live
from knowledge.search import Knowledge
from storage.database import Database
from storage.usage import Usage

SIMILAR = 5
PROPOSALS = 10
MAX_BULK = 200
SETTABLE = ("topic", "region", "effective_from", "effective_until", "persons", "issuing_body", "insurance", "keywords")
"""Fields that may be set for many entries at once."""
_FORMS = ("{}怎么办", "{}去哪里办", "{}要什么材料", "{}多久能办好", "{}要钱吗", "怎么办{}", "{}有什么条件")

Compose = Callable[[Entry], Json]
"""How an entry is said: `{"chat": message, "speech": text, "full": text}`."""


Served = Knowledge | Live


class Workbench:
    """Checks, changes and shows; raises what `Editing` and `Reading` raise."""

    def __init__(self, *, database: Database, knowledge: Served, clock: Clock, compose: Compose) -> None:
        self._live = knowledge
        self._clock = clock
        self._compose = compose
        self._usage = Usage(database)
        self._marks = Marks(database)
        self.editing = Editing(database=database, clock=clock)
        self.reading = Reading(database)
        self.unanswered = Unanswered(database)
        self.files = Files(editing=self.editing, reading=self.reading)

    # --- reading

    async def entries(self, filters: Mapping[str, str], *, page: int, size: int) -> Json:
        """One page of the list; raises Misuse for an unknown filter value."""
        wanted = Wanted(**filters)
        if wanted.sort not in SORTS:
            raise Misuse("bad_sort", f"sort 应为 {'、'.join(SORTS)} 之一。")
        if wanted.state and wanted.state not in list(State):
            raise Misuse("bad_state", f"state 应为 {'、'.join(State)} 之一。")
        uses = {name: use.to_json() for name, use in (await self._usage.by_entry(self._clock.now())).items()}
        return await self.reading.entries(wanted, uses, page=page, size=size)

    async def entry(self, entry_id: str) -> Json:
        """One entry with its history, and how each version was used."""
        found = await self.reading.entry(entry_id)
        uses = await self._usage.by_version(self._clock.now())
        for version in found["versions"]:
            use = uses.get((entry_id, version["number"]))
            version["stats"] = use.to_json() if use else None
        return found

    async def version(self, entry_id: str, number: int) -> Json:
        """One version with its content."""
        return shown(await self.reading.version(entry_id, number))

    # --- writing

    async def create(self, staff: Staff, content: object) -> Json:
        """A new entry."""
        return shown(await self.editing.create(content, staff))

    async def draft(self, staff: Staff, entry_id: str, content: object, start: int) -> Json:
        """A new draft of an entry."""
        return shown(await self.editing.draft(entry_id, staff, content=content, start=start))

    async def save(self, staff: Staff, entry_id: str, number: int, content: object, revision: int) -> Json:
        """Change a draft."""
        return shown(await self.editing.save(entry_id, number, content, revision, staff))

    async def step(
        self, staff: Staff, entry_id: str, number: int, verb: str, *, revision: int, note: str, emergency: bool = False
    ) -> Json:
        """submit, approve, reject, withdraw or restore."""
        match verb:
            case "submit":
                version = await self.editing.submit(entry_id, number, revision, staff, note)
            case "approve":
                version = await self.editing.approve(entry_id, number, revision, staff, note)
            case "reject":
                version = await self.editing.reject(entry_id, number, revision, staff, note)
            case "withdraw":
                version = await self.editing.withdraw(
                    entry_id, number, staff, reason=note, emergency=emergency, revision=revision
                )
            case "restore":
                version = await self.editing.restore(entry_id, number, staff, note)
            case _:
                raise Misuse("bad_step")
        return shown(version)

    async def bulk(self, staff: Staff, ids: list[str], action: str, values: Json) -> Json:
        """The same for many entries: `{"done": [ids], "failed": [{"id", "says"}]}`; one that fails stops no other."""
        if len(ids) > MAX_BULK:
            raise Misuse("too_many_entries", f"一次最多处理 {MAX_BULK} 条。")
        if action == "set" and (not values or set(values) - set(SETTABLE)):
            raise Misuse("bad_values", f"可以批量修改的有：{'、'.join(contents.LABELS[name] for name in SETTABLE)}。")
        done: list[str] = []
        failed: list[Json] = []
        for entry_id in dict.fromkeys(ids):
            try:
                await self._one_of_many(staff, entry_id, action, values)
                done.append(entry_id)
            except HuiChuangError as error:
                failed.append({"id": entry_id, "says": error.message})
        return {"done": done, "failed": failed}

    async def _one_of_many(self, staff: Staff, entry_id: str, action: str, values: Json) -> None:
        versions = await self.reading.versions(entry_id)
        newest = versions[-1]
        if action == "submit":
            await self.editing.submit(entry_id, newest.number, newest.revision, staff)
        elif action == "withdraw":
            published = [one for one in versions if one.state is State.PUBLISHED]
            if not published:
                raise Misuse("wrong_state", "这个条目没有已发布的版本。")
            reason = str(values.get("reason") or "")
            last = published[-1]
            await self.editing.withdraw(
                entry_id, last.number, staff, reason=reason, emergency=False, revision=last.revision
            )
        elif action == "set":
            await self._set(staff, newest, values)
        else:
            raise Misuse("bad_action", "action 应为 submit、withdraw 或 set。")

    async def _set(self, staff: Staff, newest: Version, values: Json) -> None:
        """Into the open draft, or into a new one."""
        content = newest.content | values
        if newest.state is State.DRAFT:
            await self.editing.save(newest.entry_id, newest.number, content, newest.revision, staff)
        else:
            await self.editing.draft(newest.entry_id, staff, content=content, note="批量修改")

    # --- judging

    def preview(self, content: object) -> Json:
        """How a content would be said, and what is wrong with it."""
        entry = contents.read(content, entry_id=_id(content))
        found = contents.faults(entry)
        faults = [
            {"field": fault.field, "label": contents.LABELS.get(fault.field, fault.field), "says": fault.says}
            | {"grave": fault.grave}
            for fault in found
            if fault.field != "id"
        ]
        return self._compose(entry) | {"faults": faults}

    async def suggest(self, content: object) -> Json:
        """Questions of other entries that are near, and further ways of asking this one."""
        entry = contents.read(content, entry_id=_id(content))
        near = self._near(entry)
        asked = await self.unanswered.near(entry.id, PROPOSALS)
        taken = set(entry.questions)
        proposals = [text for text in dict.fromkeys((*asked, *self._variants(entry))) if text not in taken]
        return {"similar": near[:SIMILAR], "proposals": proposals[:PROPOSALS]}

    def search(self, question: str, *, region: str, on: date | None) -> Json:
        """What would be answered, and what each way of comparing contributed."""
        day = on or today(self._clock)
        found = self._live.search(question, region=region, on=day, limit=10)
        shares = self._live.shares(question, [hit.entry.id for hit in found.hits])
        return {
            "decision": found.decision.value,
            "on": day.isoformat(),
            "completed": question,
            "hits": [
                {
                    "entry_id": hit.entry.id,
                    "version": hit.entry.version,
                    "question": hit.entry.question,
                    "region": hit.entry.region,
                    "score": hit.score,
                    "matched": hit.matched,
                    "shares": shares.get(hit.entry.id, {}),
                }
                for hit in found.hits
            ],
            "elsewhere": found.elsewhere,
        }

    async def warnings(self) -> Json:
        """What needs an editor's eye."""
        versions = await self.reading.published()
        return {
            "expiring": warnings.expiring(versions, today(self._clock)),
            "contradictions": warnings.contradictions(versions),
            "sources": await self._marks.open(),
        }

    async def close_mark(self, staff: Staff, mark_id: int) -> None:
        """An entry was read again after its rule changed."""
        await self._marks.close(mark_id, staff, self._clock.now())

    async def close_question(self, staff: Staff, question_id: int, *, entry_id: str, note: str) -> None:
        """An unanswered question is dealt with."""
        if not entry_id and not note:
            raise Misuse("no_note", "请选一个能回答它的条目，或写明不处理的原因。")
        await self.unanswered.close(question_id, staff, entry_id=entry_id, note=note, now=self._clock.now())

    def _near(self, entry: Entry) -> list[Json]:
        """Other entries that this one's question finds."""
        found: dict[str, Json] = {}
        for question in (entry.question, *entry.similar[:5]):
            if not question:
                continue
            for hit in self._live.search(question, region=entry.region, on=today(self._clock), limit=SIMILAR).hits:
                other, known = hit.entry, found.get(hit.entry.id)
                if other.id != entry.id and (known is None or known["score"] < hit.score):
                    found[other.id] = {"entry_id": other.id, "question": other.question, "score": hit.score}
        return sorted(found.values(), key=lambda item: -float(item["score"]))

    def _variants(self, entry: Entry) -> list[str]:
        """Common ways of asking about its subject that no other entry answers already."""
        asked = [form.format(entry.subject) for form in _FORMS] if entry.subject else []
        return [text for text in asked if not self._owned(text, entry)]

    def _owned(self, question: str, entry: Entry) -> bool:
        found = self._live.search(question, region=entry.region, on=today(self._clock), limit=1)
        return found.decision.value == "answer" and found.hits[0].entry.id != entry.id


def shown(version: Version) -> Json:
    """A version with its content."""
    return version.to_json() | {"content": version.content}


def _id(content: object) -> str:
    """The id that a content brings; a made-up one before it has any."""
    value: Any = content.get("id") if isinstance(content, dict) else ""
    return value if isinstance(value, str) and value else "new"
