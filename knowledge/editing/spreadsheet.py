"""Entries as an Excel sheet and back: one row for each entry, lists one item to a line.

Whatever begins like a formula is written as text; a formula in a sheet that is read is a fault, never evaluated.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl import Workbook, load_workbook  # type: ignore[import-untyped]
from openpyxl.cell import Cell  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

from core.errors import Misuse, TooLarge
from knowledge.editing.content import LABELS
from knowledge.entry import Entry

Json = dict[str, Any]
COLUMNS = {"id": "编号", **LABELS}
"""Field -> heading, in the order of the columns."""
NEEDED = ("question", "similar", "short", "answer", "basis")
LISTS = ("similar", "steps", "materials", "persons", "keywords", "related")
SHEET = "知识条目"
MAX_ROWS = 5_000
UNPACKED = 200_000_000
"""Bytes that a sheet may unpack to."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BAR = "｜"
_KINDS = {"law": "法律", "document": "文件"}


def write(entries: Sequence[Entry]) -> bytes:
    """An .xlsx file."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(SHEET)
    for column, heading in enumerate(COLUMNS.values(), 1):
        _put(sheet.cell(1, column), heading)
    for line, entry in enumerate(entries, 2):
        for column, text in enumerate(_row(entry), 1):
            _put(sheet.cell(line, column), text)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes) -> Iterator[tuple[str, Json, list[tuple[str, str]]]]:
    """(place, content, [(field, what is wrong)]) of every row. Raises Misuse for another file or other columns."""
    sheet = _open(data)
    rows = sheet.iter_rows()
    fields = _fields([cell.value for cell in next(rows, ())])
    for line, cells in enumerate(rows, 2):
        if line > MAX_ROWS + 1:
            raise TooLarge("too_many_rows", f"表格太长了，一次最多 {MAX_ROWS} 行。")
        if all(cell.value in (None, "") for cell in cells):
            continue
        yield f"第{line}行", *_content(dict(zip(fields, cells, strict=False)))


def _put(cell: Any, text: str) -> None:
    """Text that stays text: also `=1+1`, also when somebody clicks into the cell."""
    cell.value = text
    cell.data_type = "s"
    if text.startswith(_FORMULA):
        cell.quotePrefix = True


def _row(entry: Entry) -> list[str]:
    content = entry.to_json()
    texts: Json = {name: content[name] or "" for name in COLUMNS}
    texts |= {name: "\n".join(content[name]) for name in LISTS}
    texts["channels"] = "\n".join(f"{name}：{text}" for name, text in content["channels"].items())
    texts["basis"] = "\n".join(
        _BAR.join((_KINDS[item["kind"]], item["law"], item["article"], item["quote"])).rstrip(_BAR)
        for item in content["basis"]
    )
    texts["varies_by_city"] = "是" if content["varies_by_city"] else "否"
    return [str(texts[name]) for name in COLUMNS]


def _open(data: bytes) -> Any:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED:
                raise TooLarge("file_too_large", "表格展开后太大了，请分成几个文件。")
        return load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, OSError, EOFError):
        raise Misuse("bad_file", "这个文件不是能读的 Excel 表格（.xlsx）。") from None


def _fields(headings: Sequence[Any]) -> list[str]:
    """The field of each column; raises Misuse naming the columns that are missing or that nobody knows."""
    names = {heading: name for name, heading in COLUMNS.items()} | {name: name for name in COLUMNS}
    shown = [str(heading).strip() for heading in headings if heading not in (None, "")]
    strange = [heading for heading in shown if heading not in names]
    fields = [names.get(heading, "") for heading in shown]
    missing = [COLUMNS[name] for name in NEEDED if name not in fields]
    twice = sorted({COLUMNS[name] for name in fields if name and fields.count(name) > 1})
    says = [
        f"{what}：{'、'.join(columns)}"
        for what, columns in (("缺少的列", missing), ("不认识的列", strange), ("重复的列", twice))
        if columns
    ]
    if says:
        raise Misuse("bad_columns", f"表格的列不对。{'；'.join(says)}。请先导出一份，照着它的表头填写。")
    return fields


def _content(cells: dict[str, Cell]) -> tuple[Json, list[tuple[str, str]]]:
    wrong: list[tuple[str, str]] = []
    texts: dict[str, str] = {}
    for name, cell in cells.items():
        if cell.data_type == "f":
            wrong.append((name, "不能用公式，请填写文字"))
            continue
        texts[name] = _text(cell.value)
    content: Json = {name: texts.get(name, "") for name in COLUMNS}
    content |= {name: _lines(texts.get(name, "")) for name in LISTS}
    content["channels"] = dict(_pair(line) for line in _lines(texts.get("channels", "")))
    content["basis"] = [_ground(line, wrong) for line in _lines(texts.get("basis", ""))]
    content["varies_by_city"] = texts.get("varies_by_city", "") in ("是", "true", "True", "1")
    return content, wrong


def _text(value: Any) -> str:
    """A cell's value as text: 330100.0 is 330100, a date is its day."""
    if value is None:
        return ""
    if hasattr(value, "date"):
        return str(value.date().isoformat())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _pair(line: str) -> tuple[str, str]:
    name, _, text = line.partition("：") if "：" in line else line.partition(":")
    return name.strip(), text.strip()


def _ground(line: str, wrong: list[tuple[str, str]]) -> Json:
    parts = [part.strip() for part in line.replace("|", _BAR).split(_BAR)]
    kinds = {shown: kind for kind, shown in _KINDS.items()}
    if len(parts) < 3 or parts[0] not in kinds:
        wrong.append(("basis", "每行应为“法律｜名称｜第几条｜引文”或“文件｜标题｜文号｜引文”"))
        return {"law": line, "article": "", "quote": "", "kind": "law"}
    quote = _BAR.join(parts[3:])
    return {"law": parts[1], "article": parts[2], "quote": quote, "kind": kinds[parts[0]]}
