"""A section -> what an editor may make of it: a draft's content, in the shape of knowledge.entry.Entry.

It only takes what the document says and never adds: a person completes and another one approves it.
"""

import re
from dataclasses import dataclass

from knowledge.documents.section import Json, Section
from knowledge.documents.structure import ARTICLE, items
from knowledge.entry import Entry

_YEAR = r"(?:19|20)\d{2}"
_NUMBER = re.compile(rf"[\u4e00-\u9fa5]{{1,12}}[〔\[［(（]\s*{_YEAR}\s*[〕\]］)）]\s*(?:第)?\s*\d{{1,4}}\s*号")
_DAY = re.compile(rf"自\s*({_YEAR})\s*年\s*(\d{{1,2}})\s*月\s*(\d{{1,2}})\s*日\s*起\s*(?:施行|执行|实施|生效)")
_KINDS = "法|条例|规定|办法|细则|规则|法典"
_LAW = re.compile(rf"^(?:中华人民共和国)?[\u4e00-\u9fa5、（）()]{{2,60}}(?:{_KINDS})(?:（[^）]{{1,20}}）)?$")
_ASKS = re.compile(r"[?？]$|怎么|如何|什么|哪里|哪些|多少|多久|能否|是否|能不能|吗$|为何")
_MARK = r"^(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）)?\s*"
_MATERIALS = re.compile(_MARK + r"(?:所需|申请|申报|办理|提交)?材料(?:清单)?[:：]?\s*(.*)$")
_STEPS = re.compile(_MARK + r"(?:办理|申请|受理)?(?:流程|步骤|程序)[:：]?\s*(.*)$")
_FACTS = {
    "time_limit": re.compile(r"^(?:法定|承诺|办理|办结)*(?:办结)?时限[:：]\s*(.{1,200})$"),
    "fee": re.compile(r"^(?:是否)?收费(?:标准|依据及标准)?[:：]\s*(.{1,200})$"),
    "window": re.compile(r"^(?:办理|受理|办公)(?:地点|地址)[:：]\s*(.{1,300})$"),
    "phone": re.compile(r"^(?:咨询|联系|服务)?电话[:：]\s*(.{1,100})$"),
}
_PREFIX = re.compile(
    r"^(?:第[^条章节编]{1,8}[章节编]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)]|[\d.]+[、.]?)\s*"
)
_TAIL = re.compile(r"[?？]$|怎么.*$|如何|有什么.*$")
_CONTENTS = re.compile(r"[.…·]{4,}\s*\d+\s*$")
_ENDS = re.compile(r"(?<=[。！？!?])")
_URL = re.compile(r"https?://\S+")
BLANK = Entry(
    id="", topic="", question="", subject="", similar=(), short="", answer="", channels={}, grounds=()
).to_json()
SHORT = 120
"""Characters of a suggested spoken answer."""
QUOTE = 200
LEAST = 10
"""Characters of a section worth an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the whole document says of itself."""

    title: str
    """Its title, without book marks."""
    number: str = ""
    """Its document number (文号)."""
    is_law: bool = False
    """Whether it has articles and is called like a law."""
    effective_from: str | None = None
    """ISO day from which it holds."""


def about(title: str, head: str, sections: list[Section]) -> About:
    """What a document says of itself; `head`: its first paragraphs."""
    lines = [line.strip("#《》 ") for line in head.splitlines()]
    law = next((line for line in lines[:6] if _LAW.match(line)), "")
    number = _NUMBER.search(head)
    first = _DAY.search(head) or next((found for one in reversed(sections) if (found := _DAY.search(one.text))), None)
    articles = sum(1 for one in sections if ARTICLE.match(f"{one.title} "))
    return About(
        title=law or title.strip("《》 "),
        number=re.sub(r"\s", "", number[0]) if number else "",
        is_law=bool(articles >= 3 and (law or _LAW.match(title.strip("《》 ")))),
        effective_from=_day(first),
    )


def suggest(section: Section, document: About) -> Json | None:
    """The content of a draft; None when the section is not worth one."""
    if section.fields:
        return _of_row(section, document)
    text = section.text.strip()
    if len(text) < LEAST or _CONTENTS.search(text.splitlines()[0]) or section.title in ("", document.title):
        return None  # what stands below the title is a preamble
    content = BLANK | {
        "question": question(section, document),
        "subject": _subject(section.title),
        "answer": plain(text),
        "short": short(text),
        "basis": _basis(section, document),
        "effective_from": document.effective_from,
    }
    return content | _facts(text)


def question(section: Section, document: About) -> str:
    """The title as a question."""
    title = _PREFIX.sub("", section.title).strip()
    if ARTICLE.match(f"{title} "):
        name = f"《{document.title}》" if document.title else ""
        return f"{name}{title}是怎么规定的？"
    if _ASKS.search(title):
        return title if title.endswith(("?", "？")) else f"{title}？"
    return f"{title}有什么规定？" if document.is_law or document.number else f"{title}怎么办理？"


def short(text: str) -> str:
    """Its first sentence, or two when both are brief."""
    sentences = [one.strip() for one in _ENDS.split(plain(text).replace("\n", "")) if one.strip()]
    said = sentences[0] if sentences else ""
    if len(sentences) > 1 and len(said) + len(sentences[1]) <= SHORT // 2:
        said += sentences[1]
    return said if len(said) <= SHORT else said[: SHORT - 1] + "…"


def plain(text: str) -> str:
    """Without web addresses and marks of formatting: entries are plain text."""
    return re.sub(r"[ \t]+", " ", re.sub(r"\*\*|^[-*] |^#+ ", "", _URL.sub("", text), flags=re.MULTILINE)).strip()


def listed(text: str) -> list[str]:
    """A cell or passage as a list: its numbered items, else its lines."""
    found = items(text) or [part.strip() for part in re.split(r"[\n；;]", text) if part.strip()]
    return [plain(one) for one in found if plain(one)][:100]


def _of_row(section: Section, document: About) -> Json:
    row = section.fields
    said = str(row.get("answer") or "")
    name = str(row.get("name") or "")
    return BLANK | {
        "question": str(row.get("question") or f"{name}怎么办理？"),
        "subject": _subject(name or str(row.get("question") or "")),
        "similar": listed(str(row.get("similar") or "")),
        "topic": str(row.get("topic") or ""),
        "answer": plain(said or section.text),
        "short": plain(str(row.get("short") or "")) or short(said or _row_short(row)),
        "steps": listed(str(row.get("steps") or "")),
        "materials": listed(str(row.get("materials") or "")),
        "time_limit": plain("；".join(str(row[key]) for key in ("legal_time", "promised_time") if row.get(key))),
        "fee": plain(str(row.get("fee") or "")),
        "issuing_body": plain(str(row.get("body") or "")),
        "channels": _channels(row),
        "effective_from": document.effective_from,
        "basis": _named_basis(str(row.get("basis") or "")) or _basis(section, document),
    }


def _row_short(row: Json) -> str:
    parts = (
        [f"{row['name']}由{row['body']}办理。"] if row.get("body") else [f"{row.get('name', '')}可以按下列要求办理。"]
    )
    return "".join(parts)


def _channels(row: Json) -> dict[str, str]:
    found = {"window": row.get("address"), "phone": row.get("phone")}
    return {name: plain(str(value)) for name, value in found.items() if value}


def _basis(section: Section, document: About) -> list[Json]:
    article = ARTICLE.match(f"{section.title} ")
    if document.is_law and article:
        quote = section.text.replace("\n", "")
        return [{"law": document.title, "article": article[1], "quote": quote[:QUOTE], "kind": "law"}]
    if document.number:
        return [{"law": document.title, "article": document.number, "quote": "", "kind": "document"}]
    return []


def _named_basis(text: str) -> list[Json]:
    """《某法》第N条, or a document with its number, as a cell names it."""
    laws = re.findall(r"《([^《》]{2,60})》[^《》第]{0,12}(第[〇零一二三四五六七八九十百千]+条)", text)
    found: list[Json] = [{"law": law, "article": article, "quote": "", "kind": "law"} for law, article in laws]
    for title, number in re.findall(r"《([^《》]{2,80})》\s*[（(]([^（）()]{2,20}〔\d{4}〕\d{1,4}号)", text):
        found.append({"law": title, "article": number, "quote": "", "kind": "document"})
    return found[:20]


def _facts(text: str) -> Json:
    """Steps, materials, time limit and fee where the section names them."""
    found: Json = {"channels": {}}
    lines = text.splitlines()
    for place, line in enumerate(lines):
        for name, pattern in (("materials", _MATERIALS), ("steps", _STEPS)):
            if (marked := pattern.match(line)) and name not in found:
                rest = _until_next("\n".join(lines[place + 1 :])) if not marked[1] else marked[1]
                found[name] = listed(rest)
        for name, pattern in _FACTS.items():
            if marked := pattern.match(line):
                if name in ("window", "phone"):
                    found["channels"][name] = marked[1]
                else:
                    found[name] = marked[1]
    return found


def _until_next(text: str) -> str:
    """The numbered items that follow, up to the first line that is none."""
    taken = []
    for line in text.splitlines():
        if not items(line):
            break
        taken.append(line)
    return "\n".join(taken)


def _subject(title: str) -> str:
    subject = _TAIL.sub("", _PREFIX.sub("", ARTICLE.sub("", f"{title} ")))
    return subject.strip(" 《》")[:8]


def _day(found: re.Match[str] | None) -> str | None:
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= month <= 12 and 1 <= day <= 28 + (month != 2) * 2 else None
