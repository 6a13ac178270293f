"""Tables whose columns have names: question/answer sheets and sheets of service matters."""

import re
from collections.abc import Sequence

from knowledge.documents.section import Json, Line, Reading

_NAMES = {
    "question": ("问题", "标准问题", "常见问题", "问", "提问", "question", "q"),
    "answer": ("答案", "回答", "完整回答", "标准答案", "答复", "答", "解答", "answer", "a"),
    "short": ("简短回答", "简答", "short"),
    "similar": ("相似问法", "相似问题", "similar"),
    "name": ("事项名称", "事项", "服务事项", "办理事项", "matter"),
    "conditions": ("受理条件", "办理条件", "申请条件", "条件"),
    "materials": ("申请材料", "所需材料", "办理材料", "申报材料", "材料", "材料清单"),
    "steps": ("办理流程", "办理步骤", "流程", "步骤"),
    "address": ("办理地点", "地点", "地址", "办理地址", "受理地点"),
    "hours": ("办理时间", "办公时间", "受理时间"),
    "legal_time": ("法定时限", "法定办结时限", "法定期限"),
    "promised_time": ("承诺时限", "承诺办结时限", "办理时限", "办结时限", "时限"),
    "fee": ("收费", "收费标准", "费用", "是否收费"),
    "phone": ("咨询电话", "电话", "联系电话"),
    "url": ("网址", "办理网址", "网上办理", "链接", "url"),
    "basis": ("依据", "设定依据", "政策依据", "法律依据"),
    "body": ("实施主体", "部门", "办理部门", "主管部门", "发文机关"),
    "persons": ("服务对象", "适用人群", "办理对象"),
    "topic": ("主题", "分类", "类别"),
}
_BY_NAME = {name: field for field, names in _NAMES.items() for name in names}
_DETAILS = {"conditions", "materials", "steps", "address", "legal_time", "promised_time", "phone", "url"}
_LOOK = 10
"""Rows in which the names of the columns are looked for."""
WANTED = "问答表要有“问题”和“答案”两列；事项表要有“事项名称”和“受理条件”“申请材料”“办理地点”“办理时限”中的至少一列"

Row = tuple[str, list[str]]
"""(place, cells)."""


def understood(cells: Sequence[str]) -> dict[int, str]:
    """Column -> field of a row of names; empty when it names neither a question sheet nor a matter sheet."""
    fields: dict[int, str] = {}
    for place, cell in enumerate(cells):
        field = _BY_NAME.get(re.sub(r"[\s*（(].*$|\s", "", cell.strip().lower()))
        if field and field not in fields.values():
            fields[place] = field
    have = set(fields.values())
    return fields if {"question", "answer"} <= have or ("name" in have and have & _DETAILS) else {}


def read(rows: Sequence[Row], reading: Reading, *, where: str) -> bool:
    """Take the rows as lines with named cells; False when the columns are not understood."""
    for number, (_, cells) in enumerate(rows[:_LOOK]):
        if fields := understood(cells):
            for place, values in rows[number + 1 :]:
                _take(fields, values, place, reading)
            return True
    if _is_plain_pair(rows):
        for place, values in rows:
            _take({0: "question", 1: "answer"}, values, place, reading)
        reading.remark(where, "没有表头，按“第一列是问题、第二列是答案”处理。")
        return True
    return False


def named(rows: Sequence[Row]) -> str:
    """How the columns are called, for a sentence that says that they are wrong."""
    cells = next((cells for _, cells in rows if sum(1 for cell in cells if cell) >= 1), [])
    shown = [f"{letter(place)}列“{cell[:12]}”" for place, cell in enumerate(cells[:8]) if cell]
    return "、".join(shown) or "空的"


def letter(place: int) -> str:
    """The name of a column: 0 -> A, 26 -> AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


def _take(fields: dict[int, str], values: Sequence[str], place: str, reading: Reading) -> None:
    row: Json = {field: values[number].strip() for number, field in fields.items() if number < len(values)}
    row = {field: value for field, value in row.items() if value}
    if not row:
        return
    lead, body = ("question", "answer") if "question" in fields.values() else ("name", "")
    missing = [name for name in (lead, body) if name and not row.get(name)]
    if missing:
        reading.remark(place, f"这一行缺少{'、'.join(_NAMES[name][0] for name in missing)}，没有导入。")
        return
    text = row["answer"] if body else "\n".join(f"{_NAMES[field][0]}：{value}" for field, value in row.items())
    reading.lines.append(Line(text=text, place=place, fields=row))


def _is_plain_pair(rows: Sequence[Row]) -> bool:
    """Two columns without names whose first one asks."""
    if not rows or any(any(cells[2:]) for _, cells in rows):
        return False
    pairs = [cells for _, cells in rows if len(cells) >= 2 and cells[0] and cells[1]]
    asks = sum(1 for cells in pairs if cells[0].rstrip().endswith(("?", "？", "吗", "呢", "么办")))
    return bool(pairs) and asks * 2 >= len(rows)
