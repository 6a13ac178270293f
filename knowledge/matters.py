"""Service-matter records (事项) of a province's open data -> guide entries, as drafts that a person completes.

A record is one JSON object a line with the fields of the national matter catalogue as Guangdong publishes them
(TASK_CODE, TASK_NAME, DEPT_NAME, AREACODE, accept_standard, material_intro, handle_location, handle_time …). Nothing is
added to what the record says. Ways of asking are made from the matter's name by fixed patterns and marked as such.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from core.errors import Misuse
from core.personal import clean
from core.staff import Staff
from knowledge import stock
from knowledge.entry import Entry
from knowledge.stock import FORBIDDEN

Json = dict[str, Any]
TOPIC = "办事指南"
GENERATED = "问法由事项名称自动生成，待人工核对"
_FORMS = ("{}怎么办", "怎么申请{}", "{}要什么材料", "{}去哪里办", "{}多久能办好", "{}要什么条件", "{}能在网上办吗")
_NOTHING = {"", "无", "暂无", "无要求", "null", "None"}
_NO_CONDITION = re.compile(r"^(?:无|没有)?(?:条件)?(?:受理|办理)?(?:条件)?(?:受理|办理)?$|^直接申请$")
_SUFFIXES = (" ", "\u3000", "。", "；", "，", "、")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>|\*\*|```|\]\(")
_LEAD = re.compile(r"^(?:#{1,6} |[-*] )", re.MULTILINE)
_LAW = re.compile(
    r"《([^《》]{2,60}?(?:法|条例|规定|办法|细则|法典))》[^《》第]{0,12}(第[〇零一二三四五六七八九十百千]+条)"
)
_EVENT = re.compile(r"在我馆|在我院|闪亮登场|——|展$|大赛|惠民演出")
MAX_TEXT = 6000


@dataclass(slots=True, kw_only=True)
class Imported:
    """What reading a file of matters gave."""

    entries: list[Entry] = field(default_factory=list)
    """Guide entries without grave faults."""
    refused: list[str] = field(default_factory=list)
    """Why a line was not taken, one sentence each."""
    remarks: list[str] = field(default_factory=list)
    """What a person should look at, one sentence each."""


def read(path: Path, region: str) -> Imported:
    """Every record of the file that lies within `region`; raises Misuse when it is no such file."""
    done = Imported()
    seen: dict[str, str] = {}
    for number, record in _records(path, done):
        place = str(record.get("AREACODE") or region)
        if not place.startswith(region.rstrip("0") or ""):
            done.refused.append(f"第{number}行：地区 {place} 不在 {region} 之内。")
            continue
        entry = to_entry(record, place)
        faults = [fault for fault in stock.read_one(raw(entry), TOPIC) if fault.grave]
        if faults:
            done.refused.append(f"第{number}行“{entry.question}”：{faults[0].field}：{faults[0].says}。")
        elif entry.id in seen:
            done.refused.append(f"第{number}行“{entry.question}”：事项编码与“{seen[entry.id]}”重复。")
        else:
            seen[entry.id] = entry.question
            done.entries.append(entry)
            if _EVENT.search(re.sub("怎么办理？$", "", entry.question)):
                done.remarks.append(f"第{number}行“{entry.question}”像是活动或展览的标题，不是办事事项。")
    if not done.entries:
        raise Misuse("no_matters", f"文件里没有能用的事项记录：{path.name}")
    return done


def name_of(record: Json) -> str:
    """The matter's name in one spelling: full-width brackets, no doubled ones, no sub-name that repeats the name."""
    parent = _brackets(record.get("matter_name") or record.get("TASK_NAME"))
    sub = _brackets(record.get("subTaskName")).strip("（）") if record.get("subTaskName") else ""
    if not sub:
        return _brackets(record.get("TASK_NAME")) or parent
    return sub if _repeats(sub, parent) else f"{parent}（{sub}）"


def to_entry(record: Json, region: str) -> Entry:
    """One record as a guide entry; faults are for the caller to find."""
    name, code = name_of(record), _said(record.get("TASK_CODE"))
    facts = {
        "conditions": _condition(record.get("accept_standard")),
        "address": re.sub(r"^办理地点[:：]", "", _said(record.get("handle_location"))),
        "legal": _days(record.get("handle_time")),
        "promised": _days(record.get("handle_time_limit")),
        "phone": _said(record.get("consult_phone")),
        "online": _online(record),
    }
    if "无线下" in facts["address"]:
        facts["address"] = ""
    materials = [said for item in _items(record.get("material_intro")) if (said := _said(item))]
    body, area = _said(record.get("DEPT_NAME")), _said(record.get("AREA_CODE_TEXT"))
    short = f"{name}由{body or '主管部门'}办理。" + (f"承诺{facts['promised']}内办结。" if facts["promised"] else "")
    return Entry.from_json(
        {
            **_BLANK,
            "id": f"matter-{re.sub(r'[^a-z0-9]+', '-', code.lower()).strip('-') or 'none'}",
            "topic": TOPIC,
            "question": f"怎么{name}？" if name.startswith("查询") else f"{name}怎么办理？",
            "subject": re.sub(r"（.*", "", name)[:8],
            "similar": _asked(name, record),
            "short": short,
            "answer": _answer(short, facts, materials, area, code),
            "materials": materials[:100],
            "channels": {
                key: value
                for key, value in (("window", facts["address"]), ("online", facts["online"]), ("phone", facts["phone"]))
                if value
            },
            "time_limit": "；".join(
                f"{label}{value}" for label, value in (("法定", facts["legal"]), ("承诺", facts["promised"])) if value
            ),
            "basis": _basis(facts["conditions"], area, code),
            "issuing_body": body,
            "region": region,
            "persons": _persons(record.get("service_object_name")),
            "author": f"事项导入（{GENERATED}）",
        }
    )


def raw(entry: Entry) -> Json:
    """The entry as the files of knowledge/entries write it."""
    content = entry.to_json()
    names = ("id", "question", "subject", "similar", "short", "answer", "materials", "channels", "time_limit")
    kept = {name: content[name] for name in (*names, "issuing_body", "region", "persons", "author") if content[name]}
    kept["basis"] = [
        {"law": ground.basis.law, "article": ground.basis.article}
        if ground.is_law
        else {"document": ground.basis.article, "title": ground.basis.law}
        for ground in entry.grounds
    ]
    return kept


def write(entries: Iterable[Entry], region: str, folder: Path) -> Path:
    """The entries as one file that `stock.load` reads; gives its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"matters-{region}.yml"
    head = f"# 由事项数据导入，未经审核。{GENERATED}。\n"
    body = {"topic": TOPIC, "entries": [raw(entry) for entry in entries]}
    path.write_text(head + yaml.dump(body, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=1000))
    return path


def importer(region: str) -> Staff:
    """Who the drafts of an import from the command line are written by: nobody who could approve them."""
    edit = frozenset({"knowledge.edit", "knowledge.import"})
    name = "事项导入"
    return Staff(id=0, account="matters", name=name, roles=frozenset(), regions=(region,), permissions=edit)


_BLANK = Entry(
    id="", topic="", question="", subject="", similar=(), short="", answer="", channels={}, grounds=()
).to_json()


def _records(path: Path, done: Imported) -> Iterator[tuple[int, Json]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Misuse("no_matters", f"读不了事项文件：{path}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict) and isinstance(record.get("TASK_NAME"), str) and record.get("TASK_CODE"):
            yield number, record
        else:
            done.refused.append(f"第{number}行：不是事项记录（要有 TASK_CODE 和 TASK_NAME）。")


def _brackets(value: object) -> str:
    """A name with full-width brackets, without blanks and stray marks at its ends."""
    text = re.sub(r"\s+", "", clean(str(value or "")).replace("(", "（").replace(")", "）"))
    text = text.replace("（（", "（").replace("））", "）") if text.count("（（") == text.count("））") else text
    return text.strip("".join(_SUFFIXES))


def _repeats(sub: str, parent: str) -> bool:
    """Whether the sub-name says the whole by itself: 宗教团体成立前审批（佛教团体成立前审批）."""
    bare = re.sub(r"（.*", "", parent)
    return len(sub) >= 6 and (parent in sub or bare[-4:] in sub)


def _said(value: object) -> str:
    """A value as plain text; empty for the many ways of saying nothing."""
    if not isinstance(value, str) or value.strip() in _NOTHING:
        return ""
    text = re.sub(r"https?://", "", _LEAD.sub("", _TAG.sub("", clean(value))))
    for words in FORBIDDEN:
        text = text.replace(words, "")
    return re.sub(r"[ \t\u3000]+", " ", text).strip()[:MAX_TEXT]


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _condition(value: object) -> str:
    said = _said(value)
    return "" if _NO_CONDITION.match(said) else said


def _days(value: object) -> str:
    """30(工作日) -> 30个工作日."""
    said = _said(value)
    found = re.fullmatch(r"(\d+)[（(](.+?)[）)]", said)
    return f"{found[1]}个{found[2]}" if found else said


def _online(record: Json) -> str:
    """Platform and address as plain text, without what is only for a session."""
    address = _said(record.get("URL"))
    address = re.sub(r"[?&](?:gdbsTokenId|token|ticket)=[^&#]*", "", address)
    platform = _said(record.get("bear_paltform"))
    return "，".join(part for part in (platform, f"网址 {address}" if address else "") if part)


def _persons(value: object) -> list[str]:
    kinds = {str(item) for item in _items(value)}
    return [
        name for name, wanted in (("所有人", {"自然人"}), ("用人单位", kinds - {"自然人", "None"})) if kinds & wanted
    ]


def _asked(name: str, record: Json) -> list[str]:
    """The fixed patterns over the name, and what the record itself says that people call it."""
    called = [
        part for key in ("matter_short", "matter_daily") for part in re.split(r"[,，、;；]", _said(record.get(key)))
    ]
    more = [f"{alias.strip()}怎么办" for alias in called if 3 <= len(alias.strip()) <= 20]
    return list(dict.fromkeys([*(form.format(name) for form in _FORMS), *more]))[:20]


def _basis(conditions: str, area: str, code: str) -> list[Json]:
    """The rules that the conditions name, and the matter's own number in the catalogue."""
    laws = dict.fromkeys(_LAW.findall(conditions))
    found: list[Json] = [{"law": law, "article": article, "quote": "", "kind": "law"} for law, article in laws]
    own = {"law": f"{area}政务服务事项目录", "article": f"事项编码{code}", "quote": "", "kind": "document"}
    return [*found[:10], own]


def _answer(short: str, facts: dict[str, str], materials: list[str], area: str, code: str) -> str:
    parts = [short]
    labels = {"受理条件": "conditions", "办理地点": "address", "网上办理": "online", "法定时限": "legal"}
    labels |= {"承诺时限": "promised", "咨询电话": "phone"}
    parts += [f"{label}：{facts[key]}" for label, key in labels.items() if facts[key]]
    if materials:
        parts.append("所需材料：\n" + "\n".join(f"{number}. {item}" for number, item in enumerate(materials, 1)))
    parts.append(f"来源：{area}政务服务事项目录，事项编码{code}。办理前请向办理部门核实。")
    return "\n".join(parts)[: MAX_TEXT + 1500]
