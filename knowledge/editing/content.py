"""Content as pages send it, as files hold it, and what is wrong with it.

A draft may be unfinished: `read` only wants every field to be of its kind. What must be mended before anybody is asked
to approve it, `faults` says, by the same rules that the shipped files are held to.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.errors import Misuse, TooLarge
from core.personal import clean
from knowledge import stock
from knowledge.entry import Entry, Ground
from knowledge.region import NATION

Json = dict[str, Any]

BLANK: Json = Entry(
    id="", topic="", question="", subject="", similar=(), short="", answer="", channels={}, grounds=()
).to_json()
"""An empty content: what a field is when it is not sent."""
MAX_TEXT = 8000
"""Characters of one field."""
MAX_ITEMS = 100
"""Items of one list."""
TOPIC = "其他"
LABELS = {
    "topic": "主题",
    "question": "标准问题",
    "subject": "话题词",
    "similar": "相似问法",
    "short": "简短回答",
    "answer": "完整回答",
    "steps": "办理步骤",
    "materials": "所需材料",
    "channels": "办理渠道",
    "time_limit": "办理时限",
    "fee": "收费",
    "basis": "依据",
    "issuing_body": "发文机关",
    "region": "适用地区",
    "varies_by_city": "各地不同",
    "persons": "适用人群",
    "insurance": "险种",
    "effective_from": "生效日期",
    "effective_until": "失效日期",
    "keywords": "关键词",
    "related": "相关问题",
}
"""Fields that an editor writes, as editors call them, in the order of the form."""
_LISTS = ("similar", "steps", "materials", "persons", "keywords", "related")
_DAYS = ("effective_from", "effective_until")
_TEXTS = ("topic", "question", "subject", "short", "answer", "time_limit", "fee", "issuing_body", "region", "insurance")


def stored(content: Mapping[str, Any]) -> Entry:
    """The entry of a stored content, also of one that was stored before a field was thought of."""
    return Entry.from_json({**BLANK, **content})


def read(content: object, *, entry_id: str) -> Entry:
    """A content that a page sent, under that id. Raises Misuse naming the field that is not of its kind, TooLarge."""
    if not isinstance(content, dict):
        raise Misuse("bad_content", "缺少条目内容（content）。")
    values: Json = {**BLANK, "id": entry_id}
    values |= {name: _text(content, name) for name in _TEXTS}
    values |= {name: _texts(content, name) for name in _LISTS}
    values |= {name: _day(content, name) for name in _DAYS}
    values["region"] = values["region"] or NATION
    values["topic"] = values["topic"] or TOPIC
    values["varies_by_city"] = content.get("varies_by_city") is True
    values["channels"] = _channels(content.get("channels") or {})
    values["basis"] = [_ground(item) for item in _list(content, "basis")]
    return Entry.from_json(values)


def faults(entry: Entry) -> list[stock.Fault]:
    """What is wrong with an entry, by the rules of the shipped files; the grave ones must be mended first."""
    return stock.read_one(raw(entry), entry.topic)


def raw(entry: Entry) -> Json:
    """The entry as the files write it; what is empty is left out."""
    content = entry.to_json()
    kept = {name: content[name] for name in ("id", *LABELS) if name not in ("topic", "basis", *_DAYS)}
    shown = {name: value for name, value in kept.items() if value not in ("", [], {}, False)}
    shown["basis"] = [_raw_ground(ground) for ground in entry.grounds]
    for name in _DAYS:
        value = getattr(entry, name)
        shown[name] = value
    shown["region"] = entry.region
    return shown


def same(one: Entry, other: Entry) -> bool:
    """Whether two entries say the same: who wrote them, and under which number, does not count."""
    ours, theirs = one.to_json(), other.to_json()
    return all(ours[name] == theirs[name] for name in LABELS)


def differences(one: Entry, other: Entry) -> list[Json]:
    """The fields that differ: `{"name", "label", "from", "to"}`, in the order of the form."""
    ours, theirs = one.to_json(), other.to_json()
    return [
        {"name": name, "label": label, "from": ours[name], "to": theirs[name]}
        for name, label in LABELS.items()
        if ours[name] != theirs[name]
    ]


def _raw_ground(ground: Ground) -> Json:
    if ground.is_law:
        shown = {"law": ground.basis.law, "article": ground.basis.article}
    else:
        shown = {"document": ground.basis.article, "title": ground.basis.law}
    return shown | ({"quote": ground.quote} if ground.quote else {})


def _wrong(name: str, says: str) -> Misuse:
    return Misuse("bad_content", f"{LABELS.get(name, name)}（{name}）{says}")


def _text(content: Json, name: str) -> str:
    value = content.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(name, "应为文字。")
    return _kept(value, name)


def _kept(value: str, name: str) -> str:
    if len(value) > MAX_TEXT:
        raise TooLarge("content_too_long", f"{LABELS.get(name, name)}太长了，请缩短到 {MAX_TEXT} 个字以内。")
    return clean(value)


def _list(content: Json, name: str) -> list[Any]:
    value = content.get(name) or []
    if not isinstance(value, list):
        raise _wrong(name, "应为列表。")
    if len(value) > MAX_ITEMS:
        raise TooLarge("content_too_long", f"{LABELS.get(name, name)}太多了，最多 {MAX_ITEMS} 项。")
    return value


def _texts(content: Json, name: str) -> list[str]:
    items = _list(content, name)
    if not all(isinstance(item, str) for item in items):
        raise _wrong(name, "应为文字的列表。")
    return [kept for item in items if (kept := _kept(item, name))]


def _day(content: Json, name: str) -> str | None:
    value = content.get(name)
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else _no_day(name)
    except ValueError:
        return _no_day(name)


def _no_day(name: str) -> str:
    raise _wrong(name, "应为日期，如 2025-01-01。")


def _channels(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for pair in value.items() for item in pair):
        raise _wrong("channels", "应为一组“名称: 文字”。")
    return {_kept(key, "channels"): kept for key, item in value.items() if (kept := _kept(item, "channels"))}


def _ground(item: object) -> Json:
    if not isinstance(item, dict) or not all(
        isinstance(item.get(name, ""), str) for name in ("law", "article", "quote", "kind")
    ):
        raise _wrong("basis", "每条要有 law 和 article。")
    kind = item.get("kind") or "law"
    if kind not in ("law", "document"):
        raise _wrong("basis", "的 kind 应为 law 或 document。")
    return {name: _kept(item.get(name, ""), "basis") for name in ("law", "article", "quote")} | {"kind": kind}
