"""Service-matter records become guide entries that hold to the stock's rules, and say only what the record says."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import Misuse
from knowledge import matters, stock
from knowledge.__main__ import main

RECORD: dict[str, Any] = {
    "TASK_CODE": "11440000006939756B2440101007000",
    "TASK_NAME": "临时价格干预范围事项提价申报",
    "matter_name": "临时价格干预范围事项提价申报",
    "subTaskName": None,
    "DEPT_NAME": "广东省发展和改革委员会",
    "AREA_CODE_TEXT": "广东省",
    "AREACODE": "440000",
    "URL": "https://www.gdzwfw.gov.cn/gaio/apply.html?a=1&gdbsTokenId=",
    "handle_location": "办理地点：广州市越秀区东风中路305号",
    "handle_time": "30(工作日)",
    "handle_time_limit": "7(工作日)",
    "accept_standard": "符合《价格法》第三十条规定的<b>经营者</b>。",
    "consult_phone": "020-34121084",
    "bear_paltform": "广东政务服务网",
    "matter_short": "无",
    "matter_daily": "提价申报",
    "service_object_name": ["自然人", "企业法人"],
    "material_intro": ["提价申报申请报告"],
}


def file(tmp_path: Path, *records: object) -> Path:
    path = tmp_path / "matters.jsonl"
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) if one is not None else "{坏" for one in records))
    return path


def test_a_record_becomes_an_entry_without_faults(tmp_path: Path) -> None:
    entry = matters.read(file(tmp_path, RECORD), "440000").entries[0]
    assert stock.read_one(matters.raw(entry), entry.topic) == []
    assert entry.id == "matter-11440000006939756b2440101007000"
    assert entry.question == "临时价格干预范围事项提价申报怎么办理？"
    assert (entry.region, entry.time_limit) == ("440000", "法定30个工作日；承诺7个工作日")
    assert entry.channels == {
        "window": "广州市越秀区东风中路305号",
        "online": "广东政务服务网，网址 www.gdzwfw.gov.cn/gaio/apply.html?a=1",
        "phone": "020-34121084",
    }
    assert [(ground.basis.law, ground.is_law) for ground in entry.grounds] == [
        ("价格法", True),
        ("广东省政务服务事项目录", False),
    ]
    assert "提价申报怎么办" in entry.similar and matters.GENERATED in entry.author
    assert entry.persons == ("所有人", "用人单位")
    assert "来源：广东省政务服务事项目录" in entry.answer and "<b>" not in entry.answer


@pytest.mark.parametrize(
    ("parent", "sub", "name"),
    [
        ("实验动物生产许可", "变更", "实验动物生产许可（变更）"),
        ("个人所得税递延纳税报告", "（个人）", "个人所得税递延纳税报告（个人）"),
        ("宗教团体成立前审批", "佛教团体成立前审批", "佛教团体成立前审批"),
        ("建设许可(建筑类) ", "延期", "建设许可（建筑类）（延期）"),
        ("珍贵树木采伐\u3000", None, "珍贵树木采伐"),
    ],
)
def test_names_are_normalised(parent: str, sub: str | None, name: str) -> None:
    whole = f"{parent}({sub})" if sub else parent
    assert matters.name_of({"matter_name": parent, "TASK_NAME": whole, "subTaskName": sub}) == name


def test_saying_nothing_gives_nothing(tmp_path: Path) -> None:
    silent = RECORD | dict.fromkeys(("accept_standard", "material_intro", "handle_time", "consult_phone", "URL"), "无")
    entry = matters.read(file(tmp_path, silent | {"handle_location": "无线下办理窗口"}), "440000").entries[0]
    assert entry.materials == () and set(entry.channels) == {"online"}
    assert "无" not in entry.answer


def test_what_is_not_taken_is_said_line_by_line(tmp_path: Path) -> None:
    done = matters.read(file(tmp_path, RECORD, None, RECORD, RECORD | {"AREACODE": "330100"}, {"x": 1}), "440000")
    assert len(done.entries) == 1
    assert [says.split("行")[0] for says in done.refused] == ["第2", "第5", "第3", "第4"] or len(done.refused) == 4
    with pytest.raises(Misuse):
        matters.read(file(tmp_path, {"x": 1}), "440000")


def test_the_command_writes_a_stock_that_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = file(
        tmp_path, *(RECORD | {"TASK_CODE": f"11{number}", "TASK_NAME": f"事项甲{number}"} for number in range(30))
    )
    assert main(["matters", "--file", str(source), "--region", "440000", "--out", str(tmp_path / "out")]) == 0
    assert "读了 30 个事项，0 行没有用" in capsys.readouterr().out
    assert len(stock.load(tmp_path / "out")) == 30
