"""Web pages: headings, paragraphs and rows; scripts, navigation and footers are dropped."""

import re
from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge.documents import columns
from knowledge.documents.kinds import decode
from knowledge.documents.section import Line, Reading

Progress = Callable[[float], None]
_DROPPED = "script,style,noscript,template,nav,footer,aside,form,iframe,object,svg,button,select,head,[hidden]"
_NAMES = "nav|navbar|menu|footer|breadcrumbs?|sidebar|share|copyright|crumbs?"
_BY_NAME = re.compile(rf"(?:^|[\s_-])(?:{_NAMES})(?:$|[\s_-])", re.IGNORECASE)
_BLOCKS = frozenset(
    (
        "p",
        "div",
        "section",
        "article",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "main",
        "header",
        "blockquote",
        "pre",
        "figure",
        "figcaption",
        "br",
        "hr",
        "table",
        "tbody",
        "thead",
        "tr",
        "td",
        "th",
    )
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5", "utf-8": "utf-8"}
MAX_DEPTH = 400
"""Elements within each other; deeper ones are left out."""


def read(data: bytes, progress: Progress) -> Reading:
    """The page's own text."""
    tree = LexborHTMLParser(_decoded(data))
    reading = Reading()
    if (title := tree.css_first("title")) is not None:
        reading.title = _squeezed(title.text())[:100]
    for node in tree.css(_DROPPED):
        if node.tag != "head":
            node.decompose()
    walk = _Walk(reading)
    if tree.body is not None:
        walk.block(tree.body)
    walk.flush()
    progress(1.0)
    return reading


def _decoded(data: bytes) -> str:
    found = _CHARSET.search(data[:4096])
    charset = _CHARSETS.get(found[1].decode("ascii").lower()) if found else None
    if charset and charset != "utf-8":
        return data.decode(charset, "replace")
    return decode(data)


class _Walk:
    """Goes through the page in order, one line for each block."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._texts: list[str] = []
        self._level = 0
        self._paragraphs = 0
        self._tables = 0
        self._too_deep = False

    def block(self, node: LexborNode, depth: int = 0) -> None:
        """One element and what is in it."""
        if depth > MAX_DEPTH:
            if not self._too_deep:
                self._reading.remark(self._place(), "这里的网页层次太深，后面的内容没有读。")
            self._too_deep = True
            return
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if tag == "-text":
                self._texts.append(child.text(deep=False) or child.text_content or "")
            elif tag == "table" and not child.css("table table"):
                self.flush()
                self._table(child)
            elif tag in _BLOCKS:
                self.flush()
                if not _BY_NAME.search(" ".join(filter(None, (child.id, child.attributes.get("class"))))):
                    self._level = int(tag[1]) if re.fullmatch(r"h[1-6]", tag) else self._level
                    self.block(child, depth + 1)
                    self.flush()
                    self._level = 0
            elif not tag.startswith(("-", "_", "!")):
                self.block(child, depth + 1)

    def flush(self) -> None:
        """End the line."""
        text = _squeezed("".join(self._texts))
        self._texts = []
        if text:
            self._paragraphs += 1
            self._reading.lines.append(Line(text=text, place=self._place(), level=self._level))

    def _place(self) -> str:
        return f"第{self._paragraphs}段"

    def _table(self, table: LexborNode) -> None:
        self._tables += 1
        where = f"表{self._tables}"
        rows: list[columns.Row] = []
        for number, row in enumerate(table.css("tr"), 1):
            cells = [_squeezed(cell.text(separator=" ")) for cell in row.css("td,th")]
            if any(cells):
                rows.append((f"{where}第{number}行", cells))
        if not columns.read(rows, self._reading, where=where):
            lines = [Line(text="；".join(filter(None, cells)), place=place) for place, cells in rows]
            self._reading.lines.extend(lines)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u3000\u00a0]+", " ", text).strip()
