"""Lines -> sections: headings of the document, 第N章, 第N条, numbered titles, 问/答, rows with named cells."""

import re
from collections.abc import Iterable

from knowledge.documents.limits import MAX_SECTIONS, MAX_TEXT
from knowledge.documents.section import Line, Reading, Section

_N = r"[〇零一二三四五六七八九十百千\d]+"
_PART = re.compile(rf"^第{_N}(编|分编|章|节)(?:[ \u3000]|$|(?=[^条款项]))[^。；]{{0,40}}$")
ARTICLE = re.compile(rf"^(第{_N}条(?:之[一二三四五六七八九十]+)?)(?:[ \u3000：:]+|(?=[^第之款项规的、，,。和至及或]))")
_NUMBERED = re.compile(r"^(?:[一二三四五六七八九十]{1,3}、|\d{1,2}(?:\.\d{1,2}){1,3}[ \u3000、.]?)(.{1,40})$")
_ITEM = re.compile(r"^(?:[（(]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[）)、.．]|[①-⑳]|[-•·●◆■])\s*")
_ASK = re.compile(r"^(?:问题?|Q)\s*\d{0,3}\s*[:：.、]\s*(.+)$", re.IGNORECASE)
_REPLY = re.compile(r"^(?:答案?|回答|A)\s*\d{0,3}\s*[:：.、]\s*(.+)$", re.IGNORECASE)
_STOPS = tuple("。；，、：;,:")
_RANK = {"编": 1, "分编": 2, "章": 3, "节": 4}
MAX_SECTION = 4000
"""Characters of a section; a longer one goes on in the next."""


def begins_something(text: str) -> bool:
    """Whether a printed line begins a heading, an article or an item, and does not go on with the one before."""
    return any(one.match(text) for one in (_PART, ARTICLE, _ITEM, _ASK, _REPLY))


def heading(line: Line) -> tuple[int, str] | None:
    """(rank, title) of a heading, rank 1 the outermost; None for anything else."""
    text = line.text
    if line.level and len(text) <= 100:
        return line.level, text
    if part := _PART.match(text):
        return _RANK[part[1]], text
    if (numbered := _NUMBERED.match(text)) and not text.endswith(_STOPS) and "。" not in text:
        return (5, text) if len(numbered[1].strip()) >= 2 else None
    return None


class _Builder:
    """Collects paragraphs under the heading they stand below."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self._stack: list[tuple[int, str]] = []
        self._title = ""
        self._place = ""
        self._texts: list[str] = []
        self._size = 0

    def open(self, title: str, place: str) -> None:
        """Begin a section."""
        self.close()
        self._title, self._place = title, place

    def head(self, rank: int, title: str, place: str) -> None:
        """A heading: what is deeper or equal ends here."""
        self.open(title, place)
        self._stack = [one for one in self._stack if one[0] < rank] + [(rank, title)]

    def add(self, text: str, place: str) -> None:
        """A paragraph of the section that is open."""
        if self._size and self._size + len(text) > MAX_SECTION:
            self.open(self._title, place)
        self._place = self._place or place
        self._texts.append(text)
        self._size += len(text)

    def close(self) -> None:
        """End the section; a heading without text lives on only above others."""
        if self._texts:
            above = tuple(title for _, title in self._stack if title != self._title)
            text = "\n".join(self._texts)
            self.sections.append(Section(title=self._title, place=self._place, text=text, above=above))
        self._place, self._texts, self._size = "", [], 0

    def row(self, line: Line, title: str) -> None:
        """A row with named cells is a section by itself."""
        self.close()
        self.sections.append(Section(title=title, place=line.place, text=line.text, fields=line.fields))


def sections(reading: Reading) -> list[Section]:
    """The document cut into sections; what is beyond the limits is named in the reading's remarks."""
    build = _Builder()
    for line in _within(reading):
        if line.fields:
            build.row(line, str(line.fields.get("question") or line.fields.get("name") or ""))
        elif found := heading(line):
            build.head(*found, line.place)
        elif article := ARTICLE.match(line.text):
            build.open(article[1], line.place)
            build.add(line.text[article.end() :].strip() or line.text, line.place)
        elif asked := _ASK.match(line.text):
            build.open(asked[1], line.place)
        elif reply := _REPLY.match(line.text):
            build.add(reply[1], line.place)
        else:
            build.add(line.text, line.place)
    build.close()
    if len(build.sections) > MAX_SECTIONS:
        place = build.sections[MAX_SECTIONS].place
        reading.remark(place, f"内容太多，从这里开始没有处理；一次最多 {MAX_SECTIONS} 段，请拆成几个文件。")
    return build.sections[:MAX_SECTIONS]


def items(text: str) -> list[str]:
    """The numbered items of a text, without their numbers; empty when there are none."""
    return [_ITEM.sub("", line).strip() for line in text.splitlines() if _ITEM.match(line) and _ITEM.sub("", line)]


def _within(reading: Reading) -> Iterable[Line]:
    size = 0
    for line in reading.lines:
        size += len(line.text)
        if size > MAX_TEXT:
            reading.remark(line.place, "文件太长，从这里开始没有处理，请拆成几个文件。")
            return
        yield line
