"""Faults are named by file, entry and field, in a sentence."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.errors import Misuse
from knowledge import stock
from knowledge.laws import Laws
from tests.knowledge.stocks import entry, write


def test_a_good_file_is_read(tmp_path: Path) -> None:
    read = stock.load(write(tmp_path, entry("card", effective_from=date(2020, 1, 1), keywords=["补卡", 2039])))
    assert read[0].topic == "试验"
    assert read[0].questions[0] == "社保卡的事怎么办理？"
    assert read[0].keywords == ("补卡", "2039")
    assert read[0].basis[0].article == "第四条"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "Card 1"}, "id"),
        ({"question": ""}, "question"),
        ({"question": 7}, "question"),
        ({"similar": ["只有一个"]}, "similar"),
        ({"similar": "不是列表"}, "similar"),
        ({"answer": "看 <b>这里</b>"}, "answer"),
        ({"answer": "- 第一\n- 第二"}, "answer"),
        ({"short": "保证能领到。"}, "short"),
        ({"basis": []}, "basis"),
        ({"basis": [{"law": "社会保险法"}]}, "basis"),
        ({"region": "33"}, "region"),
        ({"persons": ["路人"]}, "persons"),
        ({"insurance": "火险"}, "insurance"),
        ({"version": 0}, "version"),
        ({"varies_by_city": "是"}, "varies_by_city"),
        ({"effective_from": "2020年"}, "effective_from"),
        ({"effective_from": date(2021, 1, 1), "effective_until": date(2020, 1, 1)}, "effective_until"),
        ({"channels": {"phone": 12333}}, "channels"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_fault_names_file_entry_and_field(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    folder = write(tmp_path, entry("card", **changes))
    with pytest.raises(Misuse) as caught:
        stock.load(folder)
    assert "some.yml" in caught.value.message
    assert str(changes.get("id", "card")) in caught.value.message
    assert f"{field}：" in caught.value.message


def test_broken_yaml_is_one_fault_and_other_files_are_read(tmp_path: Path) -> None:
    write(tmp_path, entry("card"))
    (tmp_path / "bad.yml").write_text("topic: [", encoding="utf-8")
    (tmp_path / "list.yml").write_text("- 1", encoding="utf-8")
    read, faults = stock.read(tmp_path)
    assert [item.id for item in read] == ["card"]
    assert [fault.file for fault in faults] == ["bad.yml", "list.yml"]


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="no_entries"):
        stock.load(tmp_path)


def test_an_id_used_twice_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, entry("card"))
    write(tmp_path, entry("card"), name="two.yml")
    with pytest.raises(Misuse, match="bad_entries"):
        stock.load(tmp_path)


def test_a_related_entry_that_is_gone_is_told_and_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path, entry("card", related=["gone"]))
    assert [fault.field for fault in stock.read(folder)[1]] == ["related"]
    assert stock.load(folder)[0].related == ()


def test_one_question_in_two_entries_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path, entry("card"), entry("card-two", question="另一个？"))
    assert {fault.field for fault in stock.read(folder)[1]} == {"similar"}


def test_a_basis_is_checked_against_the_law(tmp_path: Path) -> None:
    laws = tmp_path / "laws"
    laws.mkdir()
    (laws / "社会保险法(2018-12-29).md").write_text("# 社会保险法\n\n第四条 依法缴纳。\n", encoding="utf-8")
    basis = [
        {"law": "社会保险法", "article": "第四条", "quote": "依法缴纳"},
        {"law": "社会保险法", "article": "第四条", "quote": "不用缴纳"},
        {"law": "社会保险法", "article": "第九百条"},
        {"law": "没有的法", "article": "第一条"},
    ]
    read = stock.load(write(tmp_path / "entries", entry("card", basis=basis)))
    assert [fault.field for fault in stock.check_basis(read, Laws(laws))] == ["quote", "basis"]
