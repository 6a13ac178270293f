"""Word: paragraphs with their heading styles, tables row by row, in the order of the document."""

import io
import re
from collections.abc import Callable

from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph

from core.errors import Misuse
from knowledge.documents import columns
from knowledge.documents.limits import MAX_ROWS, damaged
from knowledge.documents.section import Line, Reading

Progress = Callable[[float], None]
_HEADING = re.compile(r"^(?:heading|标题)\s*(\d)$", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\u00a0]+")


def read(data: bytes, progress: Progress) -> Reading:
    """The body of the document; raises Misuse."""
    try:
        document = Document(io.BytesIO(data))
        reading = Reading(title=(document.core_properties.title or "").strip()[:100])
        blocks = list(document.iter_inner_content())
        paragraphs = tables = 0
        for done, block in enumerate(blocks):
            if isinstance(block, Paragraph):
                paragraphs += 1
                _paragraph(block, f"第{paragraphs}段", reading)
            else:
                tables += 1
                _table(block, f"表{tables}", reading)
            if done % 200 == 0:
                progress(done / len(blocks))
        if document.inline_shapes:
            count = len(document.inline_shapes)
            reading.remark("", f"文中有 {count} 张图片，图片里的文字没有读；需要的话请单独上传图片。")
    except MemoryError:
        raise
    except ValueError as error:
        if "macroEnabled" in str(error):
            says = "这是带宏的 Word 文件（.docm）。请另存为“Word 文档（.docx）”后再上传。"
            raise Misuse("unknown_kind", says) from error
        raise damaged(error) from error
    except Exception as error:  # python-docx raises what its XML and zip readers raise: many kinds, one meaning
        raise damaged(f"{type(error).__name__}: {error}") from error
    return reading


def _paragraph(paragraph: Paragraph, place: str, reading: Reading) -> None:
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    found = _HEADING.match(style)
    level = min(6, int(found[1])) if found and int(found[1]) else 1 if style == "Title" else 0
    for text in paragraph.text.splitlines():
        if text := _SPACE.sub(" ", text).strip(" \u3000"):
            reading.lines.append(Line(text=text, place=place, level=level))


def _table(table: Table, where: str, reading: Reading) -> None:
    rows: list[columns.Row] = []
    for number, row in enumerate(table.rows, 1):
        if number > MAX_ROWS:
            reading.remark(f"{where}第{number}行", f"一张表最多处理 {MAX_ROWS} 行，从这里开始没有处理。")
            break
        cells: list[str] = []
        seen: set[object] = set()
        for cell in row.cells:
            if cell._tc not in seen:  # a merged cell comes once for each column that it covers
                seen.add(cell._tc)
                cells.append(cell.text.strip())
        if any(cells):
            rows.append((f"{where}第{number}行", cells))
    if columns.read(rows, reading, where=where):
        return
    for place, cells in rows:
        text = "；".join(_SPACE.sub(" ", cell.replace("\n", " ")) for cell in cells if cell)
        reading.lines.append(Line(text=text, place=place))
