"""Plain text and Markdown."""

import re
from collections.abc import Callable

from knowledge.documents import columns
from knowledge.documents.kinds import decode
from knowledge.documents.section import Line, Reading

Progress = Callable[[float], None]
_HEADING = re.compile(r"^(#{1,6})\s+(.{1,100}?)\s*#*$")
_COMMENT = re.compile(r"^<!--.*-->$")


def read(data: bytes, progress: Progress) -> Reading:
    """One paragraph for each line; tables of Markdown row by row."""
    reading = Reading()
    rows: list[columns.Row] = []
    for number, written in enumerate(decode(data).splitlines(), 1):
        text = written.strip(" \t\u3000\ufeff")
        if text.startswith("|") and text.endswith("|") and len(text) > 2:
            rows.append((f"第{number}行", [cell.strip() for cell in text[1:-1].split("|")]))
            continue
        _table(rows, reading)
        rows = []
        if text and not _COMMENT.match(text):
            marked = _HEADING.match(text)
            level, shown = (len(marked[1]), marked[2]) if marked else (0, text)
            reading.lines.append(Line(text=shown, place=f"第{number}行", level=level))
    _table(rows, reading)
    progress(1.0)
    return reading


def _table(rows: list[columns.Row], reading: Reading) -> None:
    rows = [(place, cells) for place, cells in rows if not all(set(cell) <= set("-: ") for cell in cells)]
    if rows and not columns.read(rows, reading, where=rows[0][0]):
        lines = [Line(text="；".join(filter(None, cells)), place=place) for place, cells in rows if any(cells)]
        reading.lines.extend(lines)
