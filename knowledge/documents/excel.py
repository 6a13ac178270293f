"""Excel: the stored values of its cells (formulas are not calculated, macros not looked at)."""

import io
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook  # type: ignore[import-untyped]

from core.errors import Misuse
from knowledge.documents import columns
from knowledge.documents.limits import MAX_COLUMNS, MAX_ROWS, damaged
from knowledge.documents.section import Reading

Progress = Callable[[float], None]


def read(data: bytes, progress: Progress) -> Reading:
    """Every sheet; raises Misuse naming the columns when none is understood."""
    reading, wrong = Reading(), []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that do not matter here
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            for done, sheet in enumerate(sheets):
                where = f"工作表“{sheet.title[:31]}”"
                rows = list(_rows(sheet, where, reading))
                if rows and not columns.read(rows, reading, where=where):
                    wrong.append(f"{where}的列是{columns.named(rows)}")
                    reading.remark(where, f"表头看不懂：{columns.named(rows)}。{columns.WANTED}。")
                progress((done + 1) / len(sheets))
    except MemoryError:
        raise
    except Exception as error:  # openpyxl raises what its XML and zip readers raise: many kinds, one meaning
        raise damaged(f"{type(error).__name__}: {error}") from error
    if not reading.lines:
        if wrong:
            says = f"没有看懂表格的列：{'；'.join(wrong[:3])}。{columns.WANTED}。请改好表头再上传。"
            raise Misuse("wrong_columns", says)
        if not reading.remarks:
            raise Misuse("empty_file", "表格里没有内容。")
    return reading


def _rows(sheet: Any, where: str, reading: Reading) -> Iterator[columns.Row]:
    taken = 0
    for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), 1):
        values = [_shown(cell) for cell in cells]
        if not any(values):
            if number - taken > MAX_ROWS:
                return
            continue
        taken += 1
        if taken > MAX_ROWS:
            reading.remark(f"{where}第{number}行", f"一张表最多处理 {MAX_ROWS} 行，从这里开始没有处理。")
            return
        yield f"{where}第{number}行", values


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value).strip()
