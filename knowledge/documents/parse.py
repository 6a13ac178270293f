"""One file -> sections with suggested drafts, and a report. Runs in the reading process (child.py)."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath

from core import personal
from core.clock import Clock
from core.errors import Misuse, TooLarge
from core.personal import Personal, PersonalKind
from knowledge.documents import excel, html, pdf, picture, plain, structure, suggest, word
from knowledge.documents.kinds import Kind, kind_of
from knowledge.documents.limits import MAX_BYTES, MAX_REMARKS
from knowledge.documents.section import Found, Json, Line, Reading, Remark, Section

Progress = Callable[[float], None]
_PRIVATE = frozenset((PersonalKind.ID_NUMBER, PersonalKind.PHONE, PersonalKind.BANK_CARD))
"""Never wanted in an answer. Offices' own numbers (landline, credit code) stand in documents by right."""
_ODD = re.compile("[\ufffd\ue000-\uf8ff]")
_TITLES = "法|条例|通知|公告|通告|意见|办法|规定|细则|规则|方案|指南|须知|问答|解答|规程|标准"
_TITLE = re.compile(rf"^[^。；，,;]{{4,60}}(?:{_TITLES})$")
READ_SHARE = 0.9
"""Share of the progress that reading takes; suggesting takes the rest."""


def parse(name: str, data: bytes, progress: Progress, clock: Clock) -> Found:
    """All that the file gives; raises Misuse or TooLarge with a sentence that says what to do."""
    if len(data) > MAX_BYTES:
        raise TooLarge("file_too_large", f"文件太大了，最大 {MAX_BYTES // 1_000_000} MB。")
    kind = kind_of(name, data)
    reading = _read(kind, data, lambda share: progress(share * READ_SHARE), clock)
    reading.lines = [_cleaned(line, reading) for line in reading.lines]
    reading.lines = _titled([line for line in reading.lines if line.text])
    if not reading.lines and not reading.remarks:
        raise Misuse("no_text", "文件里没有找到文字。如果是扫描件，请上传清楚的图片或 PDF。")
    sections = structure.sections(reading)
    title = _title(name, reading)
    head = "\n".join(line.text for line in reading.lines[:30])
    document = suggest.about(title, head, sections)
    shown = [_shown(section, document, reading) for section in sections]
    progress(1.0)
    return Found(kind=kind.value, title=document.title or title, sections=tuple(shown), report=_report(reading))


def _read(kind: Kind, data: bytes, progress: Progress, clock: Clock) -> Reading:
    if kind is Kind.PDF:
        return pdf.read(data, progress, clock)
    readers = {Kind.WORD: word.read, Kind.EXCEL: excel.read, Kind.HTML: html.read, Kind.PICTURE: picture.read}
    return readers.get(kind, plain.read)(data, progress)


def _cleaned(line: Line, reading: Reading) -> Line:
    """Without what cannot be seen, private numbers masked; both are remarked."""
    text = personal.clean(line.text)
    kinds = sorted({one.kind.value for one in personal.find(text) if one.kind in _PRIVATE})
    if kinds:
        reading.remark(line.place, f"这里有疑似{'、'.join(kinds)}，已经打码；请确认这段内容可以公开。")
    if len(_ODD.findall(text)) * 10 > len(text):
        reading.remark(line.place, "这里有认不出的字符，可能是特殊字体，请对照原件。")
    fields = {key: _masked(personal.clean(str(value))) for key, value in line.fields.items()}
    return Line(text=_masked(text), place=line.place, level=line.level, fields=fields)


def _masked(text: str) -> str:
    def say(found: Personal) -> str:
        return found.masked if found.kind in _PRIVATE else text[found.start : found.end]

    return personal.replace(text, say)


def _shown(section: Section, document: suggest.About, reading: Reading) -> Json:
    content = suggest.suggest(section, document)
    if content is None:
        start = section.text.replace("\n", " ")[:30]
        why = "没有标题" if not section.title else "太短，或者像是目录、题注"
        reading.remark(section.place, f"“{start}”{why}，没有建议成问答。")
    title = " › ".join((*section.above, section.title)) if section.title else section.text[:20]
    return {"title": title, "place": section.place, "text": section.text, "suggested": content}


def _titled(lines: list[Line]) -> list[Line]:
    """The first lines with the document's title marked as a heading, where nothing else is one."""
    if any(line.level for line in lines[:8]):
        return lines
    for place, line in enumerate(lines[:5]):
        title = line.text.strip("《》")
        if not line.fields and _TITLE.match(title) and not structure.begins_something(title):
            return [*lines[:place], replace(line, level=1), *lines[place + 1 :]]
    return lines


def _title(name: str, reading: Reading) -> str:
    first = next((line.text for line in reading.lines[:8] if line.level == 1), "")
    return first or reading.title or PurePath(name).stem[:100]


def _report(reading: Reading) -> tuple[Remark, ...]:
    remarks = list(dict.fromkeys(reading.remarks))
    if len(remarks) > MAX_REMARKS:
        left = len(remarks) - MAX_REMARKS
        remarks = [*remarks[:MAX_REMARKS], Remark(place="", says=f"另有 {left} 处类似情况没有逐条列出。")]
    return tuple(remarks)
